//! Identity formats to SCIM, with a report of what moved and what was lost.
//!
//! A format reader yields records; a mapping makes resources of them; a [`Report`] accounts for
//! every attribute. A bad record is rejected with its line, and the others go on. References
//! (a manager, members) are DNs in the source and keys in the result: the same keys that the
//! resources come with, so that whoever writes them to a server can put its identifiers in.
//!
//! ```
//! use scimforge::migrate::{Format, Kind, Options, convert_all};
//!
//! let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\ncn: Mara Holt\n\n\
//!     dn: cn=bakers,dc=example\nobjectClass: groupOfNames\ncn: bakers\nmember: uid=mara,dc=example\n";
//! let migrated = convert_all(Format::Ldif, input, Options::default())?;
//! assert_eq!(migrated.report.converted(Kind::Group), 1);
//! let (mara, bakers) = (migrated.resources().next(), migrated.resources().last());
//! let member = bakers.and_then(|group| group.resource.get("members")?.as_array()?.first());
//! assert_eq!(
//!     member.and_then(|member| member.get("value")?.as_str()),
//!     mara.map(|user| user.key.as_str()),
//! );
//! # Ok::<(), scimforge::error::Error>(())
//! ```

pub mod dn;
mod index;
mod ldap;
pub mod ldif;
mod migration;
mod options;
mod report;
mod time;

pub use ldap::POSIX_SCHEMA;
pub use migration::{Migration, Outcome, Resource};
pub use options::{DanglingReferences, Options, Passwords, Photos};
pub use report::{Rejection, Report};

use crate::error::{Code, Error};
use crate::schema;

/// A format that can be read.
///
/// ```
/// use scimforge::migrate::Format;
///
/// assert!(Format::ALL.contains(&Format::Ldif));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// LDIF (RFC 2849) with entries of LDAP directories, Active Directory among them.
    Ldif,
}

impl Format {
    /// Every format there is.
    pub const ALL: &[Self] = &[Self::Ldif];

    /// The format's name: `ldif`.
    ///
    /// ```
    /// use scimforge::migrate::Format;
    ///
    /// assert_eq!(Format::Ldif.as_str(), "ldif");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ldif => "ldif",
        }
    }

    /// The format of this name.
    ///
    /// ```
    /// use scimforge::migrate::Format;
    ///
    /// assert_eq!(Format::parse("ldif")?, Format::Ldif);
    /// assert_eq!(Format::parse("docx").expect_err("no").code().as_str(), "unknown-format");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `unknown-format`.
    pub fn parse(name: &str) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|format| format.as_str() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|format| format.as_str()).collect();
            Error::new(Code::UnknownFormat).with("name", name).with("values", names.join(", "))
        })
    }
}

/// What a record becomes.
///
/// ```
/// use scimforge::migrate::Kind;
///
/// assert_ne!(Kind::User.schema(), Kind::Group.schema());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `urn:ietf:params:scim:schemas:core:2.0:User`.
    User,
    /// `urn:ietf:params:scim:schemas:core:2.0:Group`.
    Group,
}

impl Kind {
    /// The name of the resource type.
    ///
    /// ```
    /// use scimforge::migrate::Kind;
    ///
    /// assert_eq!(Kind::Group.as_str(), "Group");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
        }
    }

    /// The core schema.
    ///
    /// ```
    /// use scimforge::migrate::Kind;
    /// use scimforge::schema::USER;
    ///
    /// assert_eq!(Kind::User.schema(), USER);
    /// ```
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => schema::USER,
            Self::Group => schema::GROUP,
        }
    }
}

/// The result of [`convert_all`].
///
/// ```
/// use scimforge::migrate::{Format, Migrated, Options, convert_all};
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n";
/// let Migrated { outcomes, report } = convert_all(Format::Ldif, input, Options::default())?;
/// assert_eq!((outcomes.len(), report.read()), (1, 1));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Migrated {
    /// What became of each record, in the order of the input.
    pub outcomes: Vec<Outcome>,
    /// What was done.
    pub report: Report,
}

impl Migrated {
    /// The resources, in the order of the input.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Options, convert_all};
    ///
    /// let input = b"dn: dc=example\nobjectClass: domain\ndc: example\n\n\
    ///     dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n";
    /// let migrated = convert_all(Format::Ldif, input, Options::default())?;
    /// assert_eq!((migrated.outcomes.len(), migrated.resources().count()), (2, 1));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Resource(resource) => Some(resource),
            _ => None,
        })
    }
}

/// Converts an input that is in memory as a whole.
///
/// ```
/// use scimforge::migrate::{Format, Options, convert_all};
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\ncn: Mara Holt\n";
/// let migrated = convert_all(Format::Ldif, input, Options::default())?;
/// let mara = &migrated.resources().next().expect("a person").resource;
/// let family = mara.get("name").and_then(|name| name.get("familyName"));
/// assert_eq!(family.and_then(|family| family.as_str()), Some("Holt"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `no-records` and `ldif-version`, as [`Migration::end_scan`].
pub fn convert_all(format: Format, input: &[u8], options: Options) -> Result<Migrated, Error> {
    const PIECE: usize = 256 << 10;
    let mut migration = Migration::new(format, options);
    for piece in input.chunks(PIECE) {
        migration.scan(piece);
    }
    migration.end_scan()?;
    let mut outcomes = Vec::new();
    for piece in input.chunks(PIECE) {
        migration.convert(piece);
        outcomes.extend(std::iter::from_fn(|| migration.next_outcome()));
    }
    migration.end_convert();
    outcomes.extend(std::iter::from_fn(|| migration.next_outcome()));
    Ok(Migrated { outcomes, report: migration.report })
}
