//! Whether two values of an attribute are the same: a text that is equal where they are.

use super::super::fit;
use crate::schema::{Compiled, CompiledAttribute, Kind};
use crate::text;
use crate::value::{Node, View, write_string};

/// The value as a text: without order, without names' case, texts folded where case does not
/// count. Empty for what is unassigned. Goes only where the schema goes.
pub(super) fn key<'a, N: Node<'a>>(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    node: &N,
) -> String {
    match node.view() {
        View::List(items) => {
            let mut keys: Vec<String> = items
                .map(|item| single(compiled, attribute, item.view()))
                .filter(|key| !key.is_empty())
                .collect();
            keys.sort_unstable();
            keys.join(",")
        }
        view => single(compiled, attribute, view),
    }
}

fn single<'a, N: Node<'a>>(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    view: View<'a, N>,
) -> String {
    let mut out = String::new();
    match view {
        View::Bool(truth) => out.push_str(if truth { "true" } else { "false" }),
        View::Number(number) if attribute.kind == Kind::String => {
            write_string(&mut out, number.as_str());
        }
        View::Number(number) => out = number.canonical(),
        View::Text(text) => match read(attribute.kind, &text) {
            Some(read) => out = read,
            None => write_string(&mut out, &text::key(&text, attribute.case_exact)),
        },
        View::Map(members) => {
            let mut pairs: Vec<String> = members
                .filter_map(|(name, member)| {
                    let child = compiled.child(attribute.id, &name)?;
                    let value = key(compiled, child, &member);
                    (!value.is_empty()).then(|| format!("{}:{value}", child.attribute.name))
                })
                .collect();
            pairs.sort_unstable();
            if !pairs.is_empty() {
                out = format!("{{{}}}", pairs.join(","));
            }
        }
        // A list inside a list fits no attribute, and is reported as such.
        View::Null | View::List(_) | View::Foreign(_) => {}
    }
    out
}

/// What stands in quotes that do not belong there, as far as a quirk can read it.
fn read(kind: Kind, text: &str) -> Option<String> {
    match kind {
        Kind::Boolean => fit::truth(text).map(|truth| truth.to_string()),
        Kind::Integer | Kind::Decimal => fit::number(kind, text).map(|number| number.canonical()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{AttrId, builtin};
    use crate::value::read;

    #[test]
    fn order_case_and_absence_do_not_count() {
        let user = builtin::user();
        let emails = user.child(AttrId::ROOT, "emails").unwrap();
        let key_of = |text: &str| key(&user, emails, &&read(text).unwrap());
        assert_eq!(
            key_of(r#"[{"value":"Rosa@x.test","type":null},{"primary":"True"}]"#),
            key_of(r#"[{"PRIMARY":true},{},{"Value":"rosa@X.test"}]"#)
        );
        assert_ne!(key_of(r#"[{"value":"a"}]"#), key_of(r#"[{"display":"a"}]"#));
        assert_eq!(key_of("[{},null]"), "");
    }
}
