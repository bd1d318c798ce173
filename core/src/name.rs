//! Attribute names: compared and hashed without ASCII case (RFC 7643 §2.1).
//!
//! Names are ASCII by their grammar, so ASCII case is all the case there is; schema URIs are
//! compared the same way (RFC 7644 §3.10).
//!
//! ```
//! use scimforge::name;
//!
//! assert!(name::same("userName", "USERNAME"));
//! assert!(name::is_valid("$ref") && !name::is_valid("user name"));
//! ```

use std::borrow::Cow;

use crate::schema::ENTERPRISE_USER;

/// Whether two attribute names or schema URIs are the same name.
///
/// ```
/// use scimforge::name::same;
///
/// assert!(same("displayName", "DisplayName"));
/// assert!(!same("displayName", "display-name"));
/// ```
#[inline]
pub fn same(a: &str, b: &str) -> bool {
    // Names mostly come in canonical case, and those that differ mostly do so at once.
    a.len() == b.len() && begin_alike(a, b) && (a == b || a.eq_ignore_ascii_case(b))
}

#[inline]
fn begin_alike(a: &str, b: &str) -> bool {
    const CASE: u8 = 0x20;
    match (a.as_bytes().first(), b.as_bytes().first()) {
        (Some(a), Some(b)) => a | CASE == b | CASE,
        _ => true,
    }
}

/// The names that most resources have, by their length: trees that own what they hold need no
/// copy of these.
static USUAL: &[&[&str]] = &[
    &[],
    &[],
    &["id"],
    &["ims"],
    &["type", "$ref", "name", "meta"],
    &["value", "title", "roles"],
    &["active", "emails", "groups", "locale", "region", "photos"],
    &["display", "primary", "members", "created", "manager", "country", "version", "schemas"],
    &[
        "userName", "division", "location", "locality", "userType", "nickName", "timezone",
        "password",
    ],
    &["givenName", "formatted", "addresses"],
    &[
        "familyName",
        "externalId",
        "department",
        "postalCode",
        "profileUrl",
        "costCenter",
        "middleName",
    ],
    &["displayName"],
    &["phoneNumbers", "lastModified", "resourceType", "organization", "entitlements"],
    &["streetAddress"],
    &["employeeNumber"],
    &["honorificPrefix", "honorificSuffix"],
    &["x509Certificates"],
    &["preferredLanguage"],
];

/// A name that outlives where it comes from, without a copy if it is one of the usual.
pub(crate) fn to_static(name: &str) -> Cow<'static, str> {
    let usual = USUAL.get(name.len()).copied().unwrap_or(&[ENTERPRISE_USER]);
    match usual.iter().find(|usual| **usual == name) {
        Some(usual) => Cow::Borrowed(usual),
        None => Cow::Owned(name.to_owned()),
    }
}

/// Whether `text` begins with `prefix`, without ASCII case.
///
/// ```
/// use scimforge::name::starts_with;
///
/// assert!(starts_with("URN:ietf:params:scim:schemas:core:2.0:User", "urn:"));
/// ```
#[inline]
pub fn starts_with(text: &str, prefix: &str) -> bool {
    let prefix = prefix.as_bytes();
    text.as_bytes()
        .get(..prefix.len())
        .is_some_and(|head| head == prefix || head.eq_ignore_ascii_case(prefix))
}

/// Whether `text` can be an attribute name: a letter (or the `$` of `$ref`), then letters,
/// digits, `$`, `-` and `_` (RFC 7643 §2.1 with erratum 8924).
///
/// ```
/// use scimforge::name::is_valid;
///
/// assert!(is_valid("costCenter"));
/// assert!(!is_valid("2ndName") && !is_valid(""));
/// ```
pub fn is_valid(text: &str) -> bool {
    may_begin(text) && text.bytes().all(is_name_byte)
}

/// Whether `text` is an attribute name if all its bytes may stand inside one.
#[inline]
pub(crate) fn may_begin(text: &str) -> bool {
    match text.as_bytes().first() {
        Some(b'$') => text.len() > 1,
        Some(first) => first.is_ascii_alphabetic(),
        None => false,
    }
}

/// Whether `byte` may stand inside an attribute name.
///
/// ```
/// use scimforge::name::is_name_byte;
///
/// assert!(is_name_byte(b'-') && !is_name_byte(b'.'));
/// ```
#[inline]
pub fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'-' | b'_')
}

/// The nearest of `candidates` to `text`, if it is near enough to be a slip of the pen.
///
/// Near enough: at most one edit for up to five characters, two up to ten, three beyond; a
/// swap of neighbours is one edit.
///
/// ```
/// use scimforge::name::nearest;
///
/// let names = ["userName", "nickName", "title"];
/// assert_eq!(nearest("usreName", names.into_iter()), Some("userName"));
/// assert_eq!(nearest("salary", names.into_iter()), None);
/// ```
pub fn nearest<'a>(text: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 64;
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let limit = match text.len() {
        0..=5 => 1,
        6..=10 => 2,
        _ => 3,
    };
    candidates
        .filter(|candidate| {
            candidate.len() <= LONGEST && candidate.len().abs_diff(text.len()) <= limit
        })
        .map(|candidate| (distance(text.as_bytes(), candidate.as_bytes()), candidate))
        .filter(|(edits, _)| *edits <= limit)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Edit distance with swaps of neighbours, without ASCII case.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous_a = 0u8;
    for (i, &x) in a.iter().enumerate() {
        let x = x.to_ascii_lowercase();
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        let mut previous_b = 0u8;
        for (j, &y) in b.iter().enumerate() {
            let y = y.to_ascii_lowercase();
            let at = |row: &[usize], k: usize| row.get(k).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && x == previous_b && previous_a == y {
                best = best.min(at(&before_last, j - 1) + 1);
            }
            row.push(best);
            previous_b = y;
        }
        previous_a = x;
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_grammar_and_ref_is_one() {
        for good in ["userName", "$ref", "a", "x-y_z$1"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", "$", "1a", "a.b", "a b", "é", "-a"] {
            assert!(!is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn the_usual_names_are_not_copied() {
        for (length, names) in USUAL.iter().enumerate() {
            for name in *names {
                assert_eq!(name.len(), length, "{name}");
            }
        }
        for name in [
            "userName",
            "value",
            ENTERPRISE_USER,
            "x",
            "shoeSize",
            "",
            "a name that is longer than any of them",
        ] {
            assert_eq!(to_static(name), name);
        }
        assert!(
            matches!(to_static("emails"), Cow::Borrowed(_))
                && matches!(to_static("Emails"), Cow::Owned(_))
        );
    }

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let known = ["familyName", "givenName", "emails", "active"];
        assert_eq!(nearest("familyNmae", known.into_iter()), Some("familyName"));
        assert_eq!(nearest("Actve", known.into_iter()), Some("active"));
        assert_eq!(nearest("shoeSize", known.into_iter()), None);
    }
}
