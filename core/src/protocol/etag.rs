//! Versions and the conditions of a request (RFC 7644 §3.14, RFC 9110 §8.8, §13.1).

use crate::name;
use crate::schema::{AttrId, Compiled, Returned};
use crate::value::Value;

/// What a version is made of.
#[derive(Clone, Copy)]
pub(super) struct Part<'p> {
    pub(super) resource: &'p Value<'p>,
    /// What is never returned in this type is left out.
    pub(super) compiled: Option<&'p Compiled>,
    /// Whether there may be more that is left out than a password. `schemas` tells of it.
    pub(super) hides: bool,
}

/// The version of a resource: a weak tag over all of it but `meta` (ETG-009). It is the same in
/// every process and every release.
pub(super) fn version_of(part: &Part<'_>) -> String {
    let mut hash = Fnv::new();
    hash.part(part);
    format!("W/\"{:016x}\"", hash.finish())
}

/// The version that a change makes of another, where the resource is not there as a whole, or not
/// all of it may have a part in the version.
pub(super) fn version_after(version: &str, part: &Part<'_>) -> String {
    let mut hash = Fnv::new();
    hash.value(&Value::copied(version), None);
    hash.part(part);
    format!("W/\"{:016x}\"", hash.finish())
}

/// An attribute, and the type that it is of.
type Parent<'p> = Option<(&'p Compiled, AttrId)>;

/// Whether an attribute is in versions.
fn counts(compiled: &Compiled, id: AttrId, value: &Value<'_>) -> bool {
    if compiled.attribute(id).returned == Returned::Never {
        return false;
    }
    // Nor does it say that there is something where all of that is left out.
    value.as_object().filter(|object| !object.is_empty()).is_none_or(|object| {
        object.iter().any(|(name, value)| {
            compiled.child(id, name).is_none_or(|child| counts(compiled, child.id, value))
        })
    })
}

/// FNV-1a with 64 bits: stable in every process and release, and small. A client that finds two
/// contents with one hash gains nothing but a stale answer for itself.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }

    fn finish(&self) -> u64 {
        self.0
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.byte(*byte);
        }
    }

    fn part(&mut self, part: &Part<'_>) {
        let Some(object) = part.resource.as_object() else {
            return self.value(part.resource, None);
        };
        let is_left_out =
            |name: &str| name::same(name, "meta") || (part.hides && name::same(name, "schemas"));
        let kind = part.compiled.map(|compiled| (compiled, AttrId::ROOT));
        for (key, value) in object.iter().filter(|(key, _)| !is_left_out(key)) {
            self.member(key, value, kind);
        }
    }

    /// `parent` is what the member is in, where that is known.
    fn member(&mut self, key: &str, value: &Value<'_>, parent: Parent<'_>) {
        let own = parent.and_then(|(compiled, parent)| {
            compiled.child(parent, key).map(|attribute| (compiled, attribute.id))
        });
        if own.is_some_and(|(compiled, id)| !counts(compiled, id, value)) {
            return;
        }
        self.bytes(b"\"");
        for byte in key.bytes() {
            self.byte(byte.to_ascii_lowercase());
        }
        self.bytes(b"\":");
        self.value(value, own);
    }

    // The marks around strings and containers keep different trees apart: no mark is a byte of
    // UTF-8 text. The depth of a tree is bounded where it is made.
    fn value(&mut self, value: &Value<'_>, own: Parent<'_>) {
        match value {
            Value::Null => self.bytes(b"null"),
            Value::Bool(truth) => self.bytes(if *truth { b"true" } else { b"false" }),
            Value::Number(number) => self.bytes(number.as_str().as_bytes()),
            Value::String(text) => {
                self.bytes(&[0xff]);
                self.bytes(text.as_bytes());
                self.bytes(&[0xfe]);
            }
            Value::Array(items) => {
                self.bytes(&[0xfd]);
                for item in items {
                    self.value(item, own);
                    self.bytes(&[0xfc]);
                }
                self.bytes(&[0xfb]);
            }
            Value::Object(object) => {
                self.bytes(&[0xfa]);
                for (key, value) in object.iter() {
                    self.member(key, value, own);
                }
                self.bytes(&[0xf9]);
            }
        }
    }
}

/// Whether the header names the version: `*`, or a list of tags compared weakly, since SCIM's
/// own tags are weak (ETG-005). A tag may lack its quotes.
pub(super) fn names_version(header: &str, version: &str) -> bool {
    let wanted = opaque(version);
    let mut rest = header.trim();
    if rest == "*" {
        return true;
    }
    while !rest.is_empty() {
        let tag = rest.strip_prefix("W/").unwrap_or(rest);
        let (found, tail) = match tag.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
            Some(found) => found,
            None => tag.split_once(',').unwrap_or((tag, "")),
        };
        if found.trim() == wanted {
            return true;
        }
        rest = tail.trim_start_matches([',', ' ', '\t']);
    }
    false
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::read;

    #[test]
    fn versions_are_stable_and_leave_meta_out() {
        let version = |text: &str| {
            version_of(&Part { resource: &read(text).unwrap(), compiled: None, hides: false })
        };
        let plain = version(r#"{"id":"1","a":["x","y"],"meta":{"version":"1"}}"#);
        assert_eq!(plain, r#"W/"6e98efe757e9550e""#);
        assert_eq!(plain, version(r#"{"ID":"1","a":["x","y"]}"#));
        for other in [
            r#"{"id":"1","a":["xy"]}"#,
            r#"{"id":"1","a":["x"],"y":1}"#,
            r#"{"id":1,"a":["x","y"]}"#,
        ] {
            assert_ne!(plain, version(other), "{other}");
        }
    }

    #[test]
    fn conditions_are_lists_compared_weakly() {
        let version = r#"W/"a,b""#;
        for header in [r#"W/"a,b""#, r#""a,b""#, "*", r#" "x", W/"a,b" "#, r#""x",,"a,b""#] {
            assert!(names_version(header, version), "{header}");
        }
        for header in ["", "\"x\"", r#"W/"a""#, "W/", "\"", "a,b"] {
            assert!(!names_version(header, version), "{header}");
        }
        assert!(names_version("abc", r#"W/"abc""#));
    }
}
