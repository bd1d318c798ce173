//! Groups of every kind, and their members.

use super::rule::{List, Rule, Target, Transform, rule};
use crate::migrate::ldif::{Attribute, Record};
use crate::name;

use Target::{Core, Many};
use Transform::{Key, Member, MemberUid, Text};

pub(super) const RULES: &[Rule] = &[
    rule("objectGUID", &[Core("externalId")], Key),
    rule("entryUUID", &[Core("externalId")], Key),
    rule("nsUniqueId", &[Core("externalId")], Key),
    rule("ibm-entryuuid", &[Core("externalId")], Key),
    rule("GUID", &[Core("externalId")], Key),
    rule("ipaUniqueID", &[Core("externalId")], Key),
    rule("cn", &[Core("displayName")], Text),
    rule("displayName", &[Core("displayName")], Text),
    rule("sAMAccountName", &[Core("displayName")], Text),
    rule("member", &[Many(List::Members, None)], Member),
    rule("uniqueMember", &[Many(List::Members, None)], Member),
    rule("memberUid", &[Many(List::Members, None)], MemberUid),
];

/// The DN of a `uniqueMember` without its unique identifier: `cn=a,dc=x#'0101'B` (RFC 4517
/// §3.3.21).
pub(super) fn without_identifier(member: &str) -> &str {
    let cut = member.strip_suffix("'B").and_then(|rest| {
        let (dn, bits) = rest.rsplit_once("#'")?;
        bits.bytes().all(|bit| matches!(bit, b'0' | b'1')).then_some(dn)
    });
    cut.unwrap_or(member)
}

/// Whether a member only stands for "no members", which groupOfNames cannot say.
pub(super) fn is_placeholder(key: &str) -> bool {
    const NAMES: [&str; 5] =
        ["dummy", "nobody", "none", "placeholder", "empty-membership-placeholder"];
    let first = key.split(',').next().unwrap_or_default();
    let value = first.strip_prefix("cn=").or_else(|| first.strip_prefix("uid="));
    key.is_empty() || value.is_some_and(|value| NAMES.contains(&value))
}

/// The attribute of which the record has some ranges but not all: Active Directory cuts long
/// lists into `member;range=0-1499` and so on, up to `range=N-*`.
pub(super) fn incomplete(record: &Record) -> Option<&'static str> {
    const RANGE: &str = "range=";
    ["member", "uniqueMember", "memberUid"].into_iter().find(|list| {
        // Without an end, `usize::MAX`.
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for attribute in record.all(list).filter(Attribute::has_options) {
            for option in attribute.options() {
                if !name::starts_with(option, RANGE) {
                    continue;
                }
                let bounds = option.get(RANGE.len()..).and_then(|bounds| bounds.split_once('-'));
                let Some((low, high)) = bounds else {
                    return true;
                };
                let high = if high == "*" { Ok(usize::MAX) } else { high.parse() };
                let (Ok(low), Ok(high)) = (low.parse(), high) else {
                    return true;
                };
                // Every value of a slice repeats the slice.
                if ranges.last() != Some(&(low, high)) {
                    ranges.push((low, high));
                }
            }
        }
        if ranges.is_empty() {
            return false;
        }
        ranges.sort_unstable();
        ranges.dedup();
        let mut next = Some(0);
        for (low, high) in ranges {
            if next != Some(low) {
                return true;
            }
            next = high.checked_add(1);
        }
        next.is_some()
    })
}
