//! Bringing what a client sends into the schema's form.
//!
//! Names become canonical, members go into schema order, whatever means "no value" is dropped,
//! and what the profile tolerates is converted and traced. What is neither right nor tolerated
//! is an error: nothing is guessed.
//!
//! ```
//! use scimforge::accept::accept_resource;
//! use scimforge::profile::{Profile, Trace};
//! use scimforge::schema::builtin;
//! use scimforge::value::read;
//!
//! let sent = read(r#"{"userName": "rosa", "ACTIVE": "True", "title": null,
//!     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"]}"#)?;
//! let mut trace = Trace::new();
//! let user = accept_resource(&builtin::user(), sent, Profile::LENIENT, &mut trace)?;
//! assert_eq!(
//!     user.to_string(),
//!     r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"rosa","active":true}"#
//! );
//! assert_eq!(trace.entries().len(), 1, "the text that is a boolean");
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod packed;
mod resource;
mod schemas;
mod walk;

use crate::error::{Error, Pointer};
use crate::profile::{Profile, Trace};
use crate::schema::{AttrId, Compiled};
use crate::validate::trail::Trail;
use crate::value::Value;

/// One value for the attribute `id`: of a multi-valued attribute one element if `element`, else
/// the whole list; for [`AttrId::ROOT`] an object of attributes (without the care for `schemas`
/// that [`accept_resource`] takes).
///
/// Read-only sub-attributes of an attribute that is not read-only itself are dropped (RFC 7644
/// §3.5.1). The result is [`Value::Null`] when nothing is left.
///
/// ```
/// use scimforge::accept::accept_value;
/// use scimforge::error::Pointer;
/// use scimforge::profile::{Profile, Trace};
/// use scimforge::schema::{AttrId, builtin};
/// use scimforge::value::Value;
///
/// let user = builtin::user();
/// let emails = user.child(AttrId::ROOT, "emails").expect("in the schema").id;
/// let at = Pointer::root().name("emails");
/// let (bare, mut trace) = (Value::from("rosa@north.test"), Trace::new());
/// let email = accept_value(&user, emails, true, bare, &at, Profile::LENIENT, &mut trace)?;
/// assert_eq!(email.to_string(), r#"{"value":"rosa@north.test"}"#);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// The first thing that does not fit and is not tolerated: `wrong-type`, `invalid-boolean`,
/// `invalid-integer`, `not-an-array`, `not-multi-valued` or `unknown-attribute`, at `at` and the
/// way below it.
pub fn accept_value(
    compiled: &Compiled,
    id: AttrId,
    element: bool,
    value: Value<'_>,
    at: &Pointer,
    profile: Profile,
    trace: &mut Trace,
) -> Result<Value<'static>, Error> {
    accept_named_value(compiled, id, element, value, &Trail::Base(at), profile, trace)
        .map(Value::into_owned)
}

/// [`accept_value`] at a place that is only built where something is found.
pub(crate) fn accept_named_value<'v>(
    compiled: &Compiled,
    id: AttrId,
    element: bool,
    value: Value<'v>,
    at: &Trail<'_>,
    profile: Profile,
    trace: &mut Trace,
) -> Result<Value<'v>, Error> {
    accept_with(walk::Walk { compiled, profile, trace, checks_form: false }, id, element, value, at)
}

/// A value that is to be stored by itself: as [`accept_value`], and a text must have the form of
/// its type (PAT-066). Whole resources are validated, which finds this and more, all at once.
///
/// # Errors
/// Those of [`accept_value`], `invalid-date-time`, `invalid-binary` and `invalid-reference`.
pub(crate) fn accept_new_value<'v>(
    compiled: &Compiled,
    id: AttrId,
    element: bool,
    value: Value<'v>,
    at: &Trail<'_>,
    profile: Profile,
    trace: &mut Trace,
) -> Result<Value<'v>, Error> {
    accept_with(walk::Walk { compiled, profile, trace, checks_form: true }, id, element, value, at)
}

fn accept_with<'v>(
    mut walk: walk::Walk<'_>,
    id: AttrId,
    element: bool,
    value: Value<'v>,
    at: &Trail<'_>,
) -> Result<Value<'v>, Error> {
    if element { walk.one(id, value, at) } else { walk.whole(id, value, at) }
}

/// A whole resource as a client sends it in POST or PUT (RFC 7644 §3.3, §3.5.1).
///
/// As [`accept_value`] for every attribute; beyond that read-only attributes are dropped,
/// `schemas` names exactly the main schema and the extensions that have data, attributes of an
/// extension that stand outside are moved into it where the profile says so, and members come in
/// the order `schemas`, attributes in schema order with `externalId` first, extensions.
///
/// ```
/// use scimforge::accept::accept_resource;
/// use scimforge::profile::{Profile, Trace};
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let sent = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
///     "displayName": "Bakers", "id": "the server sets it"}"#)?;
/// let group = accept_resource(&builtin::group(), sent, Profile::STRICT, &mut Trace::new())?;
/// assert!(group.get("id").is_none());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `not-an-object`, `missing-schemas`, `missing-base-schema`, `unknown-schema`,
/// `duplicate-schema`, `undeclared-extension`, and those of [`accept_value`]. The first one ends
/// the call; `validate::issues` finds all.
pub fn accept_resource(
    compiled: &Compiled,
    value: Value<'_>,
    profile: Profile,
    trace: &mut Trace,
) -> Result<Value<'static>, Error> {
    resource::accept(&mut walk::Walk { compiled, profile, trace, checks_form: false }, value)
        .map(Value::into_owned)
}

#[cfg(test)]
mod tests;
