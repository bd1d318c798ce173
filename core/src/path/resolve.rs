//! Names to attributes of a compiled schema.

use crate::name;
use crate::profile::{Profile, Quirk};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Role};

/// What a path names.
///
/// ```
/// use scimforge::path::{Resolved, resolve};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
///
/// let Resolved::Unknown { name, nearest, .. } =
///     resolve(&builtin::user(), "name.givenNane", Profile::STRICT)
/// else {
///     unreachable!("it is a slip")
/// };
/// assert_eq!((&*name, nearest.as_deref()), ("givenNane", Some("givenName")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// An attribute; the resource itself for the bare URN of the main schema.
    Attribute(AttrId),
    /// The same, by a tolerance.
    Bent(AttrId, Quirk),
    /// Nothing that this resource type has.
    Unknown {
        /// The part that is not known.
        name: Box<str>,
        /// Below what it was looked for; the resource if nothing of the path is known.
        parent: AttrId,
        /// A name that was perhaps meant.
        nearest: Option<Box<str>>,
    },
}

/// Finds what `text` names (NOT-001 to NOT-009). The longest known schema URI that `text` begins
/// with is its URN; only what is left is taken apart at the dot.
///
/// ```
/// use scimforge::path::{Resolved, resolve};
/// use scimforge::profile::{Profile, Quirk};
/// use scimforge::schema::builtin;
///
/// let user = builtin::user();
/// assert!(matches!(resolve(&user, "EMAILS.value", Profile::STRICT), Resolved::Attribute(_)));
/// // An attribute of an extension without its URN.
/// let profile = Profile::STRICT.with(Quirk::UnqualifiedExtension);
/// assert!(matches!(resolve(&user, "department", profile), Resolved::Bent(..)));
/// ```
pub fn resolve(compiled: &Compiled, text: &str, profile: Profile) -> Resolved {
    match split_urn(compiled, text, profile) {
        Some((base, "", _)) => Resolved::Attribute(base),
        Some((base, rest, bent)) => finish(compiled, base, rest, bent),
        None if text.contains(':') => unknown(compiled, AttrId::ROOT, text),
        None => plain(compiled, text, profile),
    }
}

/// Finds what `text` names below `base`: in the brackets of a value path, where no URN stands.
pub(crate) fn resolve_below(compiled: &Compiled, base: AttrId, text: &str) -> Resolved {
    finish(compiled, base, text, None)
}

/// The attribute that a name, or two with a dot, stand for below `base`, where that is all there
/// is to it; `None` for whatever has to be looked at by [`resolve`] or [`resolve_below`].
pub(crate) fn resolve_plain(compiled: &Compiled, base: AttrId, text: &[u8]) -> Option<AttrId> {
    let dot = text.iter().position(|byte| *byte == b'.');
    let head = text.get(..dot.unwrap_or(text.len()))?;
    let attribute = compiled.child_named(base, head)?;
    if attribute.role == Role::Container || text.len() == compiled.base_schema().len() {
        return None;
    }
    match dot {
        None => Some(attribute.id),
        Some(dot) => Some(compiled.child_named(attribute.id, text.get(dot + 1..)?)?.id),
    }
}

/// The longest known URI at the head of `text`: what it stands for, and what is left.
fn split_urn<'t>(
    compiled: &Compiled,
    text: &'t str,
    profile: Profile,
) -> Option<(AttrId, &'t str, Option<Quirk>)> {
    let extensions =
        compiled.extensions().map(|container| (&*container.attribute.name, container.id));
    let mut longest = 0;
    let mut split = None;
    for (uri, id) in std::iter::once((compiled.base_schema(), AttrId::ROOT)).chain(extensions) {
        // Another URI mostly shows where this one would end.
        let ends = match text.as_bytes().get(uri.len()..) {
            None => continue,
            Some([] | [b':', _, ..]) => Some(None),
            Some([b'.', ..]) if id != AttrId::ROOT && profile.allows(Quirk::LegacyExtensionDot) => {
                Some(Some(Quirk::LegacyExtensionDot))
            }
            Some(_) => None,
        };
        if let Some(bent) = ends
            && uri.len() >= longest
            && name::starts_with(text, uri)
        {
            longest = uri.len();
            split = Some((id, text.get(uri.len() + 1..).unwrap_or_default(), bent));
        }
    }
    split
}

fn plain(compiled: &Compiled, text: &str, profile: Profile) -> Resolved {
    let head = head_of(text);
    if let Some(attribute) = compiled.child(AttrId::ROOT, head) {
        return below(compiled, attribute, text, None);
    }
    let mut found =
        compiled.extensions().filter_map(|container| compiled.child(container.id, head));
    match (found.next(), found.next()) {
        (None, _) => unknown(compiled, AttrId::ROOT, head),
        (Some(attribute), None) if profile.allows(Quirk::UnqualifiedExtension) => {
            below(compiled, attribute, text, Some(Quirk::UnqualifiedExtension))
        }
        (Some(attribute), _) => Resolved::Unknown {
            name: head.into(),
            parent: AttrId::ROOT,
            nearest: Some(attribute.path.clone()),
        },
    }
}

fn head_of(text: &str) -> &str {
    text.bytes().position(|byte| byte == b'.').and_then(|dot| text.get(..dot)).unwrap_or(text)
}

fn finish(compiled: &Compiled, base: AttrId, rest: &str, bent: Option<Quirk>) -> Resolved {
    let head = head_of(rest);
    match compiled.child(base, head) {
        Some(attribute) => below(compiled, attribute, rest, bent),
        None if is_too_deep(rest, head) => unknown(compiled, base, rest),
        None => unknown(compiled, base, head),
    }
}

fn is_too_deep(text: &str, head: &str) -> bool {
    text.get(head.len() + 1..).is_some_and(|sub| sub.contains('.'))
}

/// What `text` names, which begins with the name of `attribute`.
fn below(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    text: &str,
    bent: Option<Quirk>,
) -> Resolved {
    let head = head_of(text);
    let id = match text.get(head.len() + 1..) {
        Some(_) if is_too_deep(text, head) => return unknown(compiled, attribute.parent, text),
        // A container is addressed by its URI alone, never as if it were a sub-attribute.
        _ if attribute.role == Role::Container => return unknown(compiled, attribute.parent, head),
        None => attribute.id,
        Some(sub) => match compiled.child(attribute.id, sub) {
            Some(sub) => sub.id,
            None => return unknown(compiled, attribute.id, sub),
        },
    };
    bent.map_or(Resolved::Attribute(id), |quirk| Resolved::Bent(id, quirk))
}

fn unknown(compiled: &Compiled, parent: AttrId, name: &str) -> Resolved {
    let candidates = compiled.children(parent).map(|child| &*child.attribute.name);
    Resolved::Unknown {
        name: name.into(),
        parent,
        nearest: name::nearest(name, candidates).map(Box::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;

    fn path_of(text: &str, profile: Profile) -> Option<String> {
        let user = builtin::user();
        match resolve(&user, text, profile) {
            Resolved::Attribute(id) | Resolved::Bent(id, _) => {
                Some(user.attribute(id).path.to_string())
            }
            Resolved::Unknown { .. } => None,
        }
    }

    #[test]
    fn urns_are_cut_off_before_dots() {
        let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let at = |text: &str| path_of(text, Profile::STRICT);
        assert_eq!(at("USERNAME").as_deref(), Some("userName"));
        assert_eq!(
            at("urn:ietf:params:scim:schemas:core:2.0:User:name.givenName").as_deref(),
            Some("name.givenName")
        );
        assert_eq!(
            at("urn:ietf:params:scim:schemas:core:2.0:User:meta.created").as_deref(),
            Some("meta.created")
        );
        assert_eq!(at(enterprise).as_deref(), Some(enterprise));
        assert_eq!(
            at(&format!("{}:MANAGER.$REF", enterprise.to_uppercase())),
            Some(format!("{enterprise}:manager.$ref"))
        );
        for unknown in [
            "department",
            "name.",
            "name.givenName.x",
            "emails.nope",
            "urn:x:y:userName",
            &format!("{enterprise}.department"),
            "urn:ietf:params:scim:schemas:core:2.0:Group:displayName",
            "urn:ietf:params:scim:schemas:core:2.0:Users:userName",
            "urn:ietf:params:scim:schemas:core:2.0:User:",
            &format!("{enterprise}:manager.value.x"),
        ] {
            assert_eq!(at(unknown), None, "{unknown}");
        }
        assert_eq!(
            path_of("department", Profile::LENIENT),
            Some(format!("{enterprise}:department"))
        );
        let legacy = Profile::STRICT.with(Quirk::LegacyExtensionDot);
        assert_eq!(
            path_of(&format!("{enterprise}.department"), legacy),
            Some(format!("{enterprise}:department"))
        );
    }
}
