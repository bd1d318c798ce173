//! PATCH (RFC 7644 §3.5.2): a message is read against the schema, then applied to resources.
//!
//! [`Patch::parse`] finds every fault that can be seen without a resource; [`Patch::apply`] works
//! on a copy, so a failure leaves nothing half done (PAT-007). What is done:
//!
//! - an `add` to a multi-valued attribute is a set operation: a value that is there already is
//!   not added again (PAT-036); an attribute whose `value` cannot be changed, such as `members`,
//!   is a set of those values;
//! - marking one value `primary` unmarks the others (PAT-060);
//! - `schemas` is kept in step with the extensions that have data (PAT-021, PAT-022);
//! - after the last operation nothing that is required is gone (PAT-012, PAT-044). Complete
//!   validation of the result is the caller's.
//!
//! What the operations did is told when asked for ([`OperationReport`]); [`inverse`] undoes a
//! message, [`diff`] makes one.
//!
//! Values of a large list are found by a hash of their `value`, so that a thousand changes to a
//! group of a hundred thousand do not look at every member a thousand times.
//!
//! ```
//! use scimforge::limits::Limits;
//! use scimforge::patch::apply_patch;
//! use scimforge::profile::Profile;
//! use scimforge::schema::builtin;
//! use scimforge::value::read;
//!
//! let bakers = read(r#"{"displayName": "Bakers", "members": [{"value": "u-1"}, {"value": "u-2"}]}"#)?;
//! let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//!     "Operations": [
//!         {"op": "add", "path": "members", "value": [{"value": "u-2"}, {"value": "u-3"}]},
//!         {"op": "remove", "path": "members[value eq \"u-1\"]"}]}"#)?;
//! let group = builtin::group();
//! let outcome = apply_patch(&group, &bakers, &message, Profile::RFC, &Limits::DEFAULT)?;
//! assert_eq!(
//!     outcome.resource.get("members").map(ToString::to_string).as_deref(),
//!     Some(r#"[{"value":"u-2"},{"value":"u-3"}]"#)
//! );
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod add;
mod apply;
mod compile;
mod diff;
mod diff_list;
mod equal;
mod expand;
#[cfg(feature = "explain")]
mod explain;
mod guard;
mod identity;
mod inverse;
mod list;
#[cfg(feature = "server")]
mod named;
mod operation;
mod origin;
mod out;
mod primary;
mod remove;
mod replace;
mod schemas;
mod settle;
mod splice;
mod target;
mod touched;
mod unlisted;
#[cfg(feature = "explain")]
mod watch;
#[cfg(not(feature = "explain"))]
#[path = "unwatched.rs"]
mod watch;
mod write;

pub use diff::diff;
#[cfg(feature = "server")]
pub(crate) use equal::same_state;
#[cfg(feature = "explain")]
pub use explain::{ChangeReport, Effect, OperationReport, Touched};
#[cfg(feature = "server")]
pub(crate) use identity::identity;
pub use inverse::{Inverse, inverse};
pub use operation::{Op, Operation};
pub use splice::{Patched, Spliced};

use crate::error::Error;
use crate::limits::Limits;
use crate::profile::{Profile, Trace};
use crate::schema::Compiled;
use crate::value::Value;

/// The schema of the message (RFC 7644 §3.5.2).
///
/// ```
/// use scimforge::patch::PATCH_OP;
/// use scimforge::value::{Object, Value};
///
/// let mut message = Object::new();
/// message.insert("schemas", Value::Array(vec![Value::from(PATCH_OP)]));
/// assert!(Value::from(message).to_string().contains("messages:2.0:PatchOp"));
/// ```
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A PATCH message, read against the schema of a resource type. It borrows from what the message
/// was read from.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::Patch;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "path": "active", "value": false}]}"#)?;
/// // Read once, applied to many.
/// let user = builtin::user();
/// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
/// for text in [r#"{"userName": "rosa"}"#, r#"{"userName": "ida", "active": true}"#] {
///     assert!(patch.apply(&read(text)?)?.changed);
/// }
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Patch<'c> {
    /// The operations in order.
    pub operations: Vec<Operation<'c>>,
    /// What was bent to read the message.
    pub trace: Trace,
    compiled: &'c Compiled,
    profile: Profile,
}

/// What a PATCH makes of a resource.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::{Outcome, apply_patch};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "Replace", "path": "title", "value": "Baker"}]}"#)?;
/// let rosa = read(r#"{"userName": "rosa", "title": "Baker"}"#)?;
/// let Outcome { changed, trace, .. } =
///     apply_patch(&builtin::user(), &rosa, &message, Profile::LENIENT, &Limits::DEFAULT)?;
/// assert!(!changed, "she is one already");
/// assert_eq!(trace.entries().len(), 1, "the capital letter");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The resource afterwards.
    pub resource: Value<'static>,
    /// Whether it differs from the one before; order of values, spelling of names and a missing
    /// `primary` do not count (PAT-036, PAT-058).
    pub changed: bool,
    /// What was bent to read and apply the message.
    pub trace: Trace,
    /// What each operation did, where [`ApplyOptions::explain`] asks for it.
    #[cfg(feature = "explain")]
    pub operations: Option<Vec<OperationReport>>,
}

/// An [`Outcome`] that borrows.
struct Applied<'w> {
    resource: Value<'w>,
    changed: bool,
    trace: Trace,
    #[cfg(feature = "explain")]
    operations: Option<Vec<OperationReport>>,
}

/// What may be asked of an application.
///
/// ```
/// use scimforge::patch::ApplyOptions;
///
/// let careful = ApplyOptions { max_member_loss: Some(100), ..ApplyOptions::default() };
/// assert!(!careful.explain);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Whether to tell what each operation did, in a build with the feature `explain`. Default
    /// no, which costs nothing.
    pub explain: bool,
    /// How many members the message may take away in all (Q-24): of an attribute whose values are
    /// what their `value` is, such as `members` of a group, those that were there before and are
    /// not there afterwards. Default any number.
    pub max_member_loss: Option<usize>,
}

impl<'c> Patch<'c> {
    /// Reads a message.
    ///
    /// ```
    /// use scimforge::limits::Limits;
    /// use scimforge::patch::Patch;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "titel", "value": "Baker"}]}"#)?;
    /// let user = builtin::user();
    /// let error = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT).expect_err("a slip");
    /// assert_eq!(error.issue().param("operation"), Some("0"));
    /// assert_eq!(error.issue().help().as_deref(), Some("did you mean `title`?"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first fault, with the parameter `operation` (the index) and a pointer into the
    /// message: `not-a-patch`, `too-many-operations`, `unknown-operation`, `missing-value`,
    /// `missing-path`, `value-not-an-object`, `remove-with-value`, `invalid-path`, a filter's
    /// errors, `unknown-attribute` (in a path: `scimType` invalidPath), `read-only`,
    /// `unknown-schema`, `multiple-primary`, `empty-value`, and those of
    /// [`accept_value`](crate::accept::accept_value); for a text that has not the form of its type
    /// `invalid-date-time`, `invalid-binary` and `invalid-reference`.
    pub fn parse(
        message: &Value<'c>,
        compiled: &'c Compiled,
        profile: Profile,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let mut trace = Trace::new();
        let operations = operation::read(message, compiled, profile, limits, &mut trace)?;
        Ok(Self { operations, trace, compiled, profile })
    }

    /// Applies the operations to a resource, one after the other. The resource given is not
    /// touched, so that a dry run is this with the result thrown away.
    ///
    /// ```
    /// use scimforge::limits::Limits;
    /// use scimforge::patch::Patch;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "title"}]}"#)?;
    /// let user = builtin::user();
    /// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
    /// let rosa = read(r#"{"userName": "rosa", "title": "Baker"}"#)?;
    /// assert_eq!(patch.apply(&rosa)?.resource.to_string(), r#"{"userName":"rosa"}"#);
    /// assert!(rosa.get("title").is_some(), "as it was");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// The first operation that cannot be applied, placed as in [`Patch::parse`]: `no-target`,
    /// `immutable`, `multiple-primary`, `required-removed`, `missing-base-schema`,
    /// `undeclared-extension`; `not-an-object` for a resource that is none.
    pub fn apply(&self, resource: &Value<'_>) -> Result<Outcome, Error> {
        self.apply_with(resource, &ApplyOptions::default())
    }

    /// [`Patch::apply`] with options.
    ///
    /// ```
    /// use scimforge::limits::Limits;
    /// use scimforge::patch::{ApplyOptions, Patch};
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "members"}]}"#)?;
    /// let group = builtin::group();
    /// let patch = Patch::parse(&message, &group, Profile::RFC, &Limits::DEFAULT)?;
    /// let bakers = read(r#"{"displayName": "Bakers", "members": [{"value": "u-1"}, {"value": "u-2"}]}"#)?;
    /// let options = ApplyOptions { max_member_loss: Some(1), ..ApplyOptions::default() };
    /// let error = patch.apply_with(&bakers, &options).expect_err("two members would go");
    /// assert_eq!(error.code().as_str(), "member-loss");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Patch::apply`], and `member-loss`.
    pub fn apply_with(
        &self,
        resource: &Value<'_>,
        options: &ApplyOptions,
    ) -> Result<Outcome, Error> {
        let applied = self.applied(resource, options)?;
        Ok(Outcome {
            resource: applied.resource.into_owned(),
            changed: applied.changed,
            trace: applied.trace,
            #[cfg(feature = "explain")]
            operations: applied.operations,
        })
    }

    /// The same with a resource that borrows from what it was made of.
    fn applied<'w>(
        &'w self,
        resource: &'w Value<'w>,
        options: &ApplyOptions,
    ) -> Result<Applied<'w>, Error> {
        let trace = self.trace.clone();
        let mut work =
            apply::Work::begin(self.compiled, self.profile, trace, resource, options.explain)?;
        for (index, operation) in self.operations.iter().enumerate() {
            work.operation(index, operation)
                .map_err(|error| operation::in_operation(error, index))?;
        }
        settle::finish(work, resource, options)
    }
}

/// Reads a message and applies it.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::apply_patch;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"userName": "rosa", "emails": [{"value": "r@x.test", "type": "work"}]}"#)?;
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "rosa@x.test"}]}"#)?;
/// let user = builtin::user();
/// let outcome = apply_patch(&user, &rosa, &message, Profile::STRICT, &Limits::DEFAULT)?;
/// assert!(outcome.resource.to_string().contains("rosa@x.test"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// Those of [`Patch::parse`] and [`Patch::apply`].
pub fn apply_patch(
    compiled: &Compiled,
    resource: &Value<'_>,
    message: &Value<'_>,
    profile: Profile,
    limits: &Limits,
) -> Result<Outcome, Error> {
    Patch::parse(message, compiled, profile, limits)?.apply(resource)
}
