//! Whether a document is what its schema says (RFC 7643 §2 to §4, RFC 7644 §3.3, §3.5.1).
//!
//! Any [`Node`] is walked once, with the schema beside it. The walk keeps its way on the stack
//! and hands findings to a sink as closures: [`is_valid`] never builds one and stops at the first
//! error, [`issues`] collects them all. Both run the same rules.
//!
//! ```
//! use scimforge::schema::builtin;
//! use scimforge::validate::{Options, is_valid, issues};
//! use scimforge::value::read;
//!
//! let rosa = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!     "emails": [{"value": "rosa@north.test", "primary": "yes"}]}"#)?;
//! let (user, options) = (builtin::user(), Options::default());
//! assert!(!is_valid(&user, &&rosa, &options));
//! let found: Vec<String> =
//!     issues(&user, &&rosa, &options).iter().map(ToString::to_string).collect();
//! assert!(found.iter().any(|issue| issue.starts_with("required at /userName")));
//! assert!(found.iter().any(|issue| issue.contains(" at /emails/0/primary")));
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod at;
mod fields;
pub(crate) mod finding;
pub(crate) mod fit;
mod places;
mod rules;
mod sink;
pub(crate) mod trail;
mod walk;

pub use at::issues_at;
pub use fields::fields;
pub(crate) use rules::{demands, fault, wrong_form};

use crate::error::{Issue, Severity};
use crate::limits::Limits;
use crate::name;
use crate::profile::{Profile, Quirk};
use crate::schema::Compiled;
use crate::value::{Node, Value};

/// What the document is for.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::validate::{Mode, Options, is_valid};
/// use scimforge::value::read;
///
/// let text = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "rosa"}"#;
/// let (user, rosa) = (builtin::user(), read(text)?);
/// assert!(is_valid(&user, &&rosa, &Options::default()));
/// let answer = Options { mode: Mode::Response, ..Options::default() };
/// assert!(!is_valid(&user, &&rosa, &answer), "an answer has an `id`");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The body of a POST: required attributes must be there, read-only ones are ignored with a
    /// warning.
    #[default]
    Create,
    /// The body of a PUT: as [`Mode::Create`]; immutable attributes must be as they were, and a
    /// read-only attribute is only mentioned where it differs from the original.
    Replace,
    /// A resource as a PATCH left it: immutable attributes must be as they were; what is never
    /// stored is not demanded.
    Patch,
    /// A resource that a server answers with: `id`, `meta` and every required attribute must be
    /// there, what is never returned must not.
    Response,
    /// A resource from another system: as [`Mode::Create`], but server-issued attributes are
    /// welcome and unknown ones are warnings in every profile.
    Import,
}

impl Mode {
    /// The mode as one bit of a set, by its place in [`Mode::ALL`].
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// All modes.
    pub const ALL: &'static [Self] =
        &[Self::Create, Self::Replace, Self::Patch, Self::Response, Self::Import];

    /// The name in options.
    ///
    /// ```
    /// use scimforge::validate::Mode;
    ///
    /// assert_eq!(Mode::Import.as_str(), "import");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Patch => "patch",
            Self::Response => "response",
            Self::Import => "import",
        }
    }

    /// The mode with this name, read without case; `None` if there is none.
    ///
    /// ```
    /// use scimforge::validate::Mode;
    ///
    /// assert_eq!(Mode::parse("Replace"), Some(Mode::Replace));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mode| name::same(mode.as_str(), text))
    }
}

/// How to validate. The default is a create, by the profile `rfc`.
///
/// ```
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::validate::{Options, is_valid};
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
///     "userName": "rosa", "active": "True"}"#)?;
/// let lenient = Options { profile: Profile::LENIENT, ..Options::default() };
/// assert!(is_valid(&builtin::user(), &&rosa, &lenient));
/// assert!(!is_valid(&builtin::user(), &&rosa, &Options::default()));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Options<'o> {
    /// What the document is for.
    pub mode: Mode,
    /// What is tolerated: a tolerated form is a warning instead of an error.
    pub profile: Profile,
    /// How many issues are collected, and how deep a document may be.
    pub limits: Limits,
    /// The resource as it was before a PUT or PATCH, for immutable attributes.
    pub original: Option<&'o Value<'o>>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self { mode: Mode::Create, profile: Profile::RFC, limits: Limits::DEFAULT, original: None }
    }
}

impl Options<'_> {
    /// The weight of something that a quirk tolerates, if there is such a quirk.
    fn weigh(&self, quirk: Option<Quirk>) -> Severity {
        if quirk.is_some_and(|quirk| self.profile.allows(quirk)) {
            Severity::Warning
        } else {
            Severity::Error
        }
    }
}

/// Whether there is no issue of severity error. Builds nothing and stops at the first error.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::validate::{Options, is_valid};
///
/// // Any tree will do, such as one of serde_json.
/// let bakers = serde_json::json!({
///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Bakers"});
/// assert!(is_valid(&builtin::group(), &&bakers, &Options::default()));
/// ```
pub fn is_valid<'a, N: Node<'a>>(compiled: &Compiled, node: &N, options: &Options<'_>) -> bool {
    let mut sink = sink::First::default();
    walk::resource(compiled, node, options, &mut sink);
    !sink.found()
}

/// All issues in document order, up to `limits.issues`. What a rule finds missing in an object
/// comes after what is wrong inside it. Beyond the limit errors go before warnings and advice.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::validate::{Options, issues};
/// use scimforge::value::read;
///
/// let bakers = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]}"#)?;
/// let found = issues(&builtin::group(), &&bakers, &Options::default());
/// assert_eq!(found[0].to_string(), "required at /displayName: `displayName` is required");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn issues<'a, N: Node<'a>>(compiled: &Compiled, node: &N, options: &Options<'_>) -> Vec<Issue> {
    let mut sink = sink::Collect::new(options.limits.issues);
    walk::resource(compiled, node, options, &mut sink);
    sink.into_issues()
}

#[cfg(test)]
mod tests;
