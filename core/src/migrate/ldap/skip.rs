//! Which entries are people, which are groups, and which are neither; and attributes that are
//! the directory's own business.

use crate::migrate::Kind;
use crate::migrate::ldif::Record;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Class {
    /// A user or group.
    Kind(Kind),
    /// Nothing for SCIM; why: an object class, or a word of ours.
    Skip(String),
}

/// Never anything for SCIM, whatever other classes the entry has.
const NEVER: [&str; 14] = [
    "computer",
    "contact",
    "msDS-GroupManagedServiceAccount",
    "msDS-ManagedServiceAccount",
    "foreignSecurityPrincipal",
    "alias",
    "referral",
    "subentry",
    "pwdPolicy",
    "trustedDomain",
    "interSiteTransport",
    "builtinDomain",
    "ipaHost",
    "nisNetgroup",
];
const USERS: [&str; 6] =
    ["inetOrgPerson", "organizationalPerson", "person", "posixAccount", "user", "ipaUser"];
const GROUPS: [&str; 10] = [
    "groupOfNames",
    "groupOfUniqueNames",
    "posixGroup",
    "group",
    "groupOfURLs",
    "groupOfMembers",
    "groupOfEntries",
    "ipaUserGroup",
    "nestedGroup",
    "dynamicGroup",
];
/// Told apart from the auxiliary classes beside them.
const KNOWN: [&str; 14] = [
    "organizationalUnit",
    "domain",
    "organization",
    "dcObject",
    "account",
    "applicationProcess",
    "organizationalRole",
    "device",
    "country",
    "locality",
    "container",
    "nsContainer",
    "simpleSecurityObject",
    "rootDSE",
];

pub(super) fn classify(record: &Record) -> Class {
    let skip = |why: &str| Class::Skip(why.to_owned());
    let mut never = None;
    let mut known: Option<usize> = None;
    let mut last = None;
    let (mut user, mut group) = (false, false);
    let named = |names: &[&'static str], class: &str| {
        names.iter().position(|name| name.eq_ignore_ascii_case(class))
    };
    for class in record.values("objectClass").filter_map(|class| std::str::from_utf8(class).ok()) {
        let class = class.trim();
        user |= named(&USERS, class).is_some();
        group |= named(&GROUPS, class).is_some();
        never = never.or_else(|| named(&NEVER, class).and_then(|at| NEVER.get(at)));
        known = match (known, named(&KNOWN, class)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if !class.eq_ignore_ascii_case("top") {
            last = Some(class);
        }
    }
    if let Some(class) = never {
        return skip(class);
    }
    if !user && !group {
        let class = known.and_then(|at| KNOWN.get(at)).copied().or(last);
        return skip(class.unwrap_or("no object class"));
    }
    if truth(record, "isDeleted") {
        return skip("deleted");
    }
    if truth(record, "isCriticalSystemObject") {
        return skip("critical system object");
    }
    let kind = if user { Kind::User } else { Kind::Group };
    if kind == Kind::User {
        if is_machine(record) {
            return skip("machine account");
        }
        let login = record.first("sAMAccountName");
        if login.is_some_and(|login| crate::name::starts_with(login, "krbtgt")) {
            return skip("krbtgt");
        }
    }
    Class::Kind(kind)
}

fn truth(record: &Record, name: &str) -> bool {
    record.first(name).is_some_and(|text| text.trim().eq_ignore_ascii_case("TRUE"))
}

/// Trust accounts of domains, workstations and servers; Samba ends their names in `$`.
fn is_machine(record: &Record) -> bool {
    const TRUSTS: i64 = 0x800 | 0x1000 | 0x2000;
    let control =
        record.first("userAccountControl").and_then(|text| text.trim().parse::<i64>().ok());
    control.is_some_and(|flags| flags & TRUSTS != 0)
        || record.first("uid").is_some_and(|uid| uid.ends_with('$'))
        || record.first("sambaAcctFlags").is_some_and(|flags| flags.contains(['W', 'S', 'I']))
}

/// The directory's own business: not worth a line of loss each. In lower case, in order.
const IGNORED: &[&str] = &[
    "aci",
    "admincount",
    "badpasswordtime",
    "badpwdcount",
    "codepage",
    "contextcsn",
    "countrycode",
    "createtimestamp",
    "creatorsname",
    "directreports",
    "distinguishedname",
    "dscorepropagationdata",
    "entrycsn",
    "entrydn",
    "entryid",
    "entryusn",
    "equivalenttome",
    "groupmembership",
    "grouptype",
    "hassubordinates",
    "instancetype",
    "iscriticalsystemobject",
    "isdeleted",
    "ismemberof",
    "krblastfailedauth",
    "krblastpwdchange",
    "krblastsuccessfulauth",
    "krbloginfailedcount",
    "krbpasswordexpiration",
    "lastknownparent",
    "lastlogoff",
    "lastlogon",
    "lastlogontimestamp",
    "lockouttime",
    "logoncount",
    "memberof",
    "modifiersname",
    "modifytimestamp",
    "name",
    "numsubordinates",
    "objectcategory",
    "objectclass",
    "objectsid",
    "parentid",
    "primarygroupid",
    "pwdchangedtime",
    "pwdfailuretime",
    "pwdlastset",
    "pwdlastsuccess",
    "samaccounttype",
    "sambasid",
    "structuralobjectclass",
    "subschemasubentry",
    "usnchanged",
    "usncreated",
    "uuid",
    "whenchanged",
    "whencreated",
];

/// The attribute's name as it is reported, if it is ignored.
pub(super) fn ignored(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    IGNORED.binary_search(&lower.as_str()).ok().and_then(|at| IGNORED.get(at)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ignore_list_is_in_lower_case_and_order() {
        assert!(IGNORED.is_sorted());
        assert!(IGNORED.iter().all(|name| *name == name.to_ascii_lowercase()));
        assert_eq!(ignored("whenCreated"), Some("whencreated"));
        assert_eq!(ignored("description"), None);
    }
}
