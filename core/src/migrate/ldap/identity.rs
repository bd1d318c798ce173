//! What an entry is and what it is known by, before anything is converted.

use super::active_directory::{guid, sid, uuid};
use super::rule::Rules;
use super::skip::{self, Class};
use super::{Tables, groups};
use crate::error::{Code, Error};
use crate::migrate::dn;
use crate::migrate::ldif::Record;
use crate::migrate::{Kind, Options};

/// Names of an entry that gets over.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) kind: Kind,
    /// What references hold.
    pub(crate) key: String,
    pub(crate) external_id: Option<String>,
    /// The attribute that `external_id` comes from.
    pub(super) key_source: Option<&'static str>,
    pub(crate) dn: String,
    pub(crate) user_name: Option<String>,
    /// The attribute that `user_name` comes from.
    pub(super) user_name_source: Option<String>,
    pub(crate) uids: Vec<String>,
    /// Active Directory: the SID of the primary group of a user.
    pub(crate) primary_group: Option<String>,
    /// Active Directory: a group's own SID.
    pub(crate) sid: Option<String>,
}

/// What became of an entry at first sight.
#[derive(Debug)]
pub(crate) enum Sight {
    Known(Box<Identity>),
    Skip(String),
    Reject(Error),
}

/// Attributes that name an entry for good, the best first.
const KEYS: [&str; 6] =
    ["entryUUID", "objectGUID", "nsUniqueId", "ibm-entryuuid", "GUID", "ipaUniqueID"];

pub(crate) fn identify(record: &Record, tables: &Tables, options: &Options) -> Sight {
    if record.dn().trim().is_empty() {
        return Sight::Skip("root entry".to_owned());
    }
    let kind = match skip::classify(record) {
        Class::Kind(kind) => kind,
        Class::Skip(why) => return Sight::Skip(why),
    };
    let dn = match dn::key(record.dn()) {
        Ok(dn) => dn,
        Err(error) => return Sight::Reject(error),
    };
    // A deleted object of Active Directory has a line feed and this word in its name.
    if dn.split(',').next().is_some_and(|rdn| rdn.contains("\\0adel:") || rdn.contains("\\0Adel:"))
    {
        return Sight::Skip("deleted".to_owned());
    }
    match known(record, kind, dn, tables, options) {
        Ok(identity) => Sight::Known(Box::new(identity)),
        Err(error) => Sight::Reject(error),
    }
}

fn known(
    record: &Record,
    kind: Kind,
    dn: String,
    tables: &Tables,
    options: &Options,
) -> Result<Identity, Error> {
    if kind == Kind::Group
        && let Some(attribute) = groups::incomplete(record)
    {
        return Err(Error::new(Code::IncompleteRange).with("attribute", attribute));
    }
    not_text(record, tables.of(kind))?;
    let (key_source, external_id) = KEYS
        .iter()
        .find_map(|name| key(record, name).map(|key| (Some(*name), Some(key))))
        .unwrap_or_default();
    let mut identity = Identity {
        kind,
        key: external_id.clone().unwrap_or_else(|| dn.clone()),
        external_id,
        key_source,
        dn,
        user_name: None,
        user_name_source: None,
        uids: Vec::new(),
        primary_group: None,
        sid: None,
    };
    match kind {
        Kind::User => {
            let source = options.user_name.iter().find_map(|name| {
                record.first(name).map(|text| (name.to_string(), text.to_owned()))
            });
            let Some((source, text)) = source else {
                return Err(missing("userName", &options.user_name.join(", ")));
            };
            identity.user_name_source = Some(source);
            identity.user_name = Some(text);
            let uids = record.values("uid").filter_map(|uid| std::str::from_utf8(uid).ok());
            identity.uids = uids.filter(|uid| !uid.is_empty()).map(str::to_owned).collect();
            if identity.external_id.is_none() {
                identity.external_id = identity.uids.first().cloned();
                identity.key_source = Some("uid");
            }
            identity.primary_group = primary_group(record);
        }
        Kind::Group => {
            let names = ["cn", "displayName", "sAMAccountName"];
            if names.iter().all(|name| record.first(name).is_none()) {
                return Err(missing("displayName", &names.join(", ")));
            }
            identity.sid = record.values("objectSid").next().and_then(sid);
        }
    }
    Ok(identity)
}

fn missing(attribute: &str, sources: &str) -> Error {
    Error::new(Code::MissingAttribute)
        .with("attribute", attribute)
        .with("attributes", sources)
        .path(attribute)
}

/// A text that is not UTF-8 rejects the record: half a name is worse than none.
fn not_text(record: &Record, rules: &Rules) -> Result<(), Error> {
    for attribute in record.attributes().filter(|attribute| !attribute.is_text) {
        let rule = rules.find(attribute.name).and_then(|index| rules.get(index));
        if rule.is_some_and(|rule| rule.via.is_text()) {
            return Err(Error::new(Code::LdifUtf8)
                .with("attribute", attribute.name)
                .with("line", attribute.line.to_string()));
        }
    }
    Ok(())
}

/// The text of a key, in lower case, in the groups of a UUID where it is one.
fn key(record: &Record, name: &'static str) -> Option<String> {
    let value = record.values(name).find(|value| !value.is_empty())?;
    let text = std::str::from_utf8(value)
        .ok()
        .filter(|text| text.len() > 16 && text.bytes().all(|byte| byte.is_ascii_graphic()));
    let Some(text) = text else {
        return if name == "objectGUID" { guid(value) } else { uuid(value) };
    };
    let text = text.trim_matches(['{', '}']).to_ascii_lowercase();
    if name == "nsUniqueId" {
        return Some(regrouped(&text).unwrap_or(text));
    }
    Some(text)
}

/// 389 Directory Server writes a UUID as four groups of eight.
fn regrouped(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let group = |from: usize, to: usize| digits.get(from..to);
    Some([group(0, 8)?, group(8, 12)?, group(12, 16)?, group(16, 20)?, group(20, 32)?].join("-"))
}

/// The domain of the user's SID and the primary group's number in it.
fn primary_group(record: &Record) -> Option<String> {
    let number: u32 = record.first("primaryGroupID")?.trim().parse().ok()?;
    let user = record.values("objectSid").next().and_then(sid)?;
    let (domain, _) = user.rsplit_once('-')?;
    Some(format!("{domain}-{number}"))
}

impl Identity {
    /// Whether an attribute was chosen as the key or the user name.
    pub(super) fn chose(&self, name: &str) -> bool {
        let chosen = [self.key_source, self.user_name_source.as_deref()];
        chosen.into_iter().flatten().any(|chosen| chosen.eq_ignore_ascii_case(name))
    }
}
