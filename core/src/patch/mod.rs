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
mod operation;
mod origin;
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
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// A PATCH message, read against the schema of a resource type. It borrows from what the message
/// was read from.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Whether to tell what each operation did, in a build with the feature `explain`. Default
    /// no, which costs nothing.
    pub explain: bool,
    /// How many members the message may take away in all: of an attribute whose values are
    /// what their `value` is, such as `members` of a group, those that were there before and are
    /// not there afterwards. Default any number.
    pub max_member_loss: Option<usize>,
}

impl<'c> Patch<'c> {
    /// Reads a message.
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
    /// # Errors
    /// The first operation that cannot be applied, placed as in [`Patch::parse`]: `no-target`,
    /// `immutable`, `multiple-primary`, `required-removed`, `missing-base-schema`,
    /// `undeclared-extension`; `not-an-object` for a resource that is none.
    pub fn apply(&self, resource: &Value<'_>) -> Result<Outcome, Error> {
        self.apply_with(resource, &ApplyOptions::default())
    }

    /// [`Patch::apply`] with options.
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
