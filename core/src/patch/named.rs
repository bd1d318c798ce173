//! What of a large list a PATCH is about, as far as that shows without the resource.

use super::touched::Touched;
use super::{Patch, equal};
use crate::schema::AttrId;

impl Patch<'_> {
    /// The texts, as they are compared, of the values of a list like `members` that this message
    /// adds or takes out, if no others matter to what it does; `None` if others do.
    pub(crate) fn named(&self, id: AttrId) -> Option<Vec<Box<str>>> {
        let attribute = self.compiled.attribute(id);
        // Whether anything is left of a list shows in the list alone.
        if attribute.required || !equal::is_set_of_values(self.compiled, id) {
            return None;
        }
        let touched = Touched::of(self)?;
        if !touched.roots.iter().any(|(root, ..)| *root == id) {
            return Some(Vec::new());
        }
        Some(touched.keys(id)?.texts().map(Into::into).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::profile::Profile;
    use crate::schema::builtin;
    use crate::value::read;

    fn named(operations: &str) -> Option<Vec<Box<str>>> {
        let text = format!(
            r#"{{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{operations}]}}"#
        );
        let group = builtin::group();
        let message = read(&text).unwrap();
        let patch = Patch::parse(&message, &group, Profile::LENIENT, &Limits::DEFAULT).unwrap();
        let id = group.child(AttrId::ROOT, "members").unwrap().id;
        let mut named = patch.named(id)?;
        named.sort();
        Some(named)
    }

    #[test]
    fn what_adds_or_removes_by_name_is_about_those_members() {
        let add =
            r#"{"op": "add", "path": "members", "value": [{"value": "U-2"}, {"value": "u-1"}]}"#;
        let remove = r#"{"op": "remove", "path": "members[value eq \"U-3\"]"}"#;
        let listed = r#"{"op": "remove", "path": "members", "value": [{"value": "u-4"}]}"#;
        let rename = r#"{"op": "replace", "path": "displayName", "value": "Bakers"}"#;
        let texts = |texts: &[&str]| Some(texts.iter().map(|text| (*text).into()).collect());
        assert_eq!(named(add), texts(&["U-2", "u-1"]));
        assert_eq!(named(&format!("{add}, {remove}")), texts(&["U-2", "U-3", "u-1"]));
        assert_eq!(named(listed), texts(&["u-4"]));
        assert_eq!(named(rename), texts(&[]));
    }

    #[test]
    fn what_looks_at_others_is_about_all() {
        for operation in [
            r#"{"op": "replace", "path": "members", "value": [{"value": "u-1"}]}"#,
            r#"{"op": "remove", "path": "members"}"#,
            r#"{"op": "remove", "path": "members[display sw \"R\"]"}"#,
            r#"{"op": "add", "path": "members", "value": [{"value": "u-1"}]},
               {"op": "remove", "path": "members[value eq \"u-1\"]"}"#,
        ] {
            assert_eq!(named(operation), None, "{operation}");
        }
    }
}
