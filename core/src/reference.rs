//! References to resources, which are the same whatever version of the API they name (RFC 7643
//! §2.4).

use std::borrow::Cow;

use crate::name;
use crate::schema::{Attribute, Kind};

/// Whether an attribute says where a resource is: a `$ref` (SCH-029).
pub(crate) fn is_target(attribute: &Attribute) -> bool {
    attribute.kind == Kind::Reference && name::same(&attribute.name, "$ref")
}

/// Whether two texts of an attribute name one resource, though not by the same letters.
pub(crate) fn is_same_target(attribute: &Attribute, a: &str, b: &str) -> bool {
    a != b && is_target(attribute) && without_version(a) == without_version(b)
}

/// A URI without a `/v2` segment.
pub(crate) fn without_version(uri: &str) -> Cow<'_, str> {
    let version = uri.split('/').find(|segment| {
        segment.strip_prefix(['v', 'V']).is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    match version {
        Some(version) => Cow::Owned(uri.replacen(&format!("/{version}/"), "/", 1)),
        None => Cow::Borrowed(uri),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_is_left_out() {
        let bare = "https://scim.example.test/Users/u-1";
        for uri in [
            bare,
            "https://scim.example.test/v2/Users/u-1",
            "https://scim.example.test/V1/Users/u-1",
        ] {
            assert_eq!(without_version(uri), bare);
        }
        // An identifier, a folder, and what only begins like a version.
        for uri in ["https://scim.example.test/Users/v1", "/v2x/Users/1", "/v/Users/1", "v2", ""] {
            assert_eq!(without_version(uri), uri);
        }
    }
}
