//! What becomes of a source attribute, as data.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use super::draft::POSIX;
use crate::schema::ENTERPRISE_USER;

/// A line of a mapping: where an attribute goes and how.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    /// The source attribute.
    pub(crate) from: Cow<'static, str>,
    /// The places for it: the first that is still free is taken.
    pub(crate) to: Cow<'static, [Target]>,
    /// How the value gets there.
    pub(crate) via: Transform,
}

/// A place in the SCIM resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A singular attribute of the core schema.
    Core(&'static str),
    /// A part of `name`.
    Name(&'static str),
    /// An element of a multi-valued attribute, with its `type`.
    Many(List, Option<&'static str>),
    /// A part of the address of this `type`.
    Address(Place, &'static str),
    /// An attribute of the enterprise extension.
    Enterprise(&'static str),
    /// An attribute of our POSIX extension.
    Posix(&'static str),
}

/// A multi-valued attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum List {
    Emails,
    PhoneNumbers,
    Ims,
    Photos,
    Certificates,
    Members,
}

impl List {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Emails => "emails",
            Self::PhoneNumbers => "phoneNumbers",
            Self::Ims => "ims",
            Self::Photos => "photos",
            Self::Certificates => "x509Certificates",
            Self::Members => "members",
        }
    }
}

/// Whose address it is: the `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Work,
    Home,
    Other,
}

impl Place {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Home => "home",
            Self::Other => "other",
        }
    }
}

impl Target {
    /// Whether the place is in an extension of our own.
    pub(crate) fn is_own_extension(self) -> bool {
        matches!(self, Self::Posix(_))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Core(name) => formatter.write_str(name),
            Self::Many(list, None) => formatter.write_str(list.as_str()),
            Self::Name(part) => write!(formatter, "name.{part}"),
            Self::Many(list, Some(kind)) => {
                write!(formatter, "{}[type eq \"{kind}\"]", list.as_str())
            }
            Self::Address(place, part) => {
                write!(formatter, "addresses[type eq \"{}\"].{part}", place.as_str())
            }
            Self::Enterprise(name) => write!(formatter, "{ENTERPRISE_USER}:{name}"),
            Self::Posix(name) => write!(formatter, "{POSIX}:{name}"),
        }
    }
}

/// How a value gets to its place. The special cases are named here, so that a mapping stays
/// data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transform {
    /// As it is.
    Text,
    /// Whatever the entry is known by; chosen beforehand.
    Key,
    /// What may be the user name; chosen beforehand.
    UserName,
    /// `en_GB.UTF-8` as `en-GB`.
    Language,
    /// A URI and a label behind a blank (RFC 2079): the URI.
    Uri,
    /// A fax number and parameters behind `$` (RFC 4517 §3.3.11): the number.
    Fax,
    /// Lines between `$` (RFC 4517 §3.3.28).
    PostalAddress,
    /// Two letters, in upper case.
    Country,
    /// A whole number.
    Integer,
    /// A path that begins with a slash; Windows paths have no place.
    UnixPath,
    /// All values as a list of texts.
    TextList,
    /// DER, as base64.
    Certificate,
    /// A picture, by option.
    Photo,
    /// The DN of a user, as its key.
    Manager,
    /// The DN of a member, as its key.
    Member,
    /// The `uid` of a member, as its key.
    MemberUid,
    /// An address with a prefix that names its kind and, in capitals, the primary one.
    ProxyAddress,
    /// An e-mail address that may have the prefix `smtp:`.
    PrefixedMail,
    /// The flags of an Active Directory account.
    AccountControl,
    /// The flags of a Samba account: `[UD ]`.
    SambaFlags,
    /// True when the account is disabled.
    Disabled,
    /// The role of disabled accounts among the roles (389 Directory Server).
    DisabledRole,
    /// The lock time of a password policy, of which one value means for good.
    Locked,
    /// The end as Windows counts it.
    ExpiresFiletime,
    /// The end as a `GeneralizedTime`.
    ExpiresTime,
    /// The end in days since 1970.
    ExpiresDays,
    /// A password or a hash of one.
    Password,
    /// A secret that is none the less no password text; the scheme's name.
    Secret(&'static str),
}

impl Transform {
    /// Whether the value has to be UTF-8.
    pub(crate) fn is_text(self) -> bool {
        !matches!(
            self,
            Self::Key | Self::Certificate | Self::Photo | Self::Password | Self::Secret(_)
        )
    }
}

/// A line of a built-in mapping.
pub(crate) const fn rule(from: &'static str, to: &'static [Target], via: Transform) -> Rule {
    Rule { from: Cow::Borrowed(from), to: Cow::Borrowed(to), via }
}

/// The lines of a mapping, found by source attribute.
#[derive(Debug)]
pub(crate) struct Rules {
    table: Vec<Rule>,
    by_name: HashMap<Box<str>, usize>,
    /// Where each rule's targets begin in the report.
    slots: Vec<usize>,
}

impl Rules {
    /// A mapping of these tables; `first_slot` is where its lines begin in the report.
    pub(crate) fn new<'t>(tables: impl IntoIterator<Item = &'t [Rule]>, first_slot: usize) -> Self {
        let table: Vec<Rule> = tables.into_iter().flatten().cloned().collect();
        let mut by_name = HashMap::with_capacity(table.len());
        let mut slots = Vec::with_capacity(table.len());
        let mut slot = first_slot;
        for (index, rule) in table.iter().enumerate() {
            by_name.insert(rule.from.to_ascii_lowercase().into_boxed_str(), index);
            slots.push(slot);
            slot += rule.to.len();
        }
        Self { table, by_name, slots }
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        const LONGEST: usize = 48;
        let mut lower = [0u8; LONGEST];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name.as_bytes());
        lower.make_ascii_lowercase();
        std::str::from_utf8(lower).ok().and_then(|lower| self.by_name.get(lower)).copied()
    }

    pub(crate) fn get(&self, index: usize) -> Option<&Rule> {
        self.table.get(index)
    }

    pub(crate) fn slot(&self, rule: usize, target: usize) -> usize {
        self.slots.get(rule).map_or(usize::MAX, |slot| slot + target)
    }

    /// Every source and target, in the order of their slots.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&str, Target)> {
        self.table
            .iter()
            .flat_map(|rule| rule.to.iter().map(|target| (rule.from.as_ref(), *target)))
    }
}
