//! Active Directory: its names for what others have, and what only it has.

use super::rule::{List, Place, Rule, Target, Transform, rule};

use List::{Emails, PhoneNumbers, Photos};
use Place::Work;
use Target::{Address, Core, Enterprise, Many, Name};
use Transform::{Key, Photo, PrefixedMail, ProxyAddress, Text, Uri, UserName};

/// Before the common rules: `streetAddress` is what Windows shows, `department` what it calls so.
pub(super) const RULES: &[Rule] = &[
    rule("objectGUID", &[Core("externalId")], Key),
    rule("userPrincipalName", &[Core("userName")], UserName),
    rule("sAMAccountName", &[Core("userName")], UserName),
    rule("middleName", &[Name("middleName")], Text),
    rule("streetAddress", &[Address(Work, "streetAddress")], Text),
    rule("department", &[Enterprise("department")], Text),
    rule("division", &[Enterprise("division")], Text),
    rule("company", &[Enterprise("organization")], Text),
];

/// After the common rules: what joins lists, or takes what is left free.
pub(super) const LATE_RULES: &[Rule] = &[
    rule("proxyAddresses", &[Many(Emails, Some("other")), Many(List::Ims, None)], ProxyAddress),
    rule("otherMailbox", &[Many(Emails, Some("other"))], PrefixedMail),
    rule("otherTelephone", &[Many(PhoneNumbers, Some("other"))], Text),
    rule("otherHomePhone", &[Many(PhoneNumbers, Some("other"))], Text),
    rule("otherMobile", &[Many(PhoneNumbers, Some("other"))], Text),
    rule("ipPhone", &[Many(PhoneNumbers, Some("other"))], Text),
    rule("thumbnailPhoto", &[Many(Photos, Some("thumbnail"))], Photo),
    rule("wWWHomePage", &[Core("profileUrl")], Uri),
    rule("employeeID", &[Enterprise("employeeNumber")], Text),
];

/// The text of an `objectGUID`: the first three groups are stored low byte first.
pub(super) fn guid(bytes: &[u8]) -> Option<String> {
    let mut ordered = bytes.to_vec();
    ordered.get_mut(..4)?.reverse();
    ordered.get_mut(4..6)?.reverse();
    ordered.get_mut(6..8)?.reverse();
    uuid(&ordered)
}

/// The text of 16 bytes as they are.
pub(super) fn uuid(bytes: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    if bytes.len() != 16 {
        return None;
    }
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    Some(text)
}

/// The text of an `objectSid`, `S-1-5-21-…`, from its bytes or from the text itself.
pub(super) fn sid(bytes: &[u8]) -> Option<String> {
    use std::fmt::Write as _;
    if let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| text.starts_with("S-1-")) {
        return Some(text.to_owned());
    }
    let [1, count, authority @ ..] = bytes else {
        return None;
    };
    let (authority, parts) = authority.split_at_checked(6)?;
    let (parts, []) = parts.as_chunks::<4>() else {
        return None;
    };
    if parts.len() != usize::from(*count) {
        return None;
    }
    let authority = authority.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let mut text = format!("S-1-{authority}");
    for part in parts {
        let _ = write!(text, "-{}", u32::from_le_bytes(*part));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_put_in_order() {
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(guid(&bytes).unwrap(), "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(uuid(&bytes).unwrap(), "00010203-0405-0607-0809-0a0b0c0d0e0f");
        assert_eq!(guid(&bytes[..15]), None);
        let sid_bytes = [1, 2, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 2, 0, 0];
        assert_eq!(sid(&sid_bytes).unwrap(), "S-1-5-21-513");
        assert_eq!(sid(&sid_bytes[..15]), None);
        assert_eq!(sid(b"S-1-5-21-7").unwrap(), "S-1-5-21-7");
    }
}
