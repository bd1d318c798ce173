//! The client's side of a profile: resources and PATCH messages in the form that a server takes.
//!
//! [`emit`] writes the body of a POST or PUT, [`emit_patch`] the messages of a change. What a
//! profile writes otherwise than the RFC has it is named by its quirks
//! ([`Quirk::is_written`](crate::profile::Quirk::is_written)) and traced; a profile without them
//! gets what every server understands: `op` in lower case, a path in every operation, one
//! attribute each, changes of members in chunks. What a profile writes, the same profile accepts.
//!
//! ```
//! use scimforge::emit::emit_patch;
//! use scimforge::limits::Limits;
//! use scimforge::profile::Profile;
//! use scimforge::schema::builtin;
//! use scimforge::value::read;
//!
//! let patch = read(r#"{
//!     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//!     "Operations": [{ "op": "remove", "path": "members[value eq \"u-7\"]" }]
//! }"#)?;
//! let profile = Profile::preset("entra").expect("a preset");
//! let written = emit_patch(&builtin::group(), &patch, None, profile, &Limits::DEFAULT)?;
//! assert_eq!(
//!     written.messages[0].get("Operations").map(ToString::to_string).as_deref(),
//!     Some(r#"[{"op":"Remove","path":"members","value":[{"value":"u-7"}]}]"#),
//! );
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod changes;
mod members;
mod message;
mod operation;
mod pathless;
mod writer;

use crate::accept::accept_resource;
use crate::error::{Code, Error, Pointer};
use crate::limits::Limits;
use crate::patch::{Op, Patch};
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled};
use crate::validate::finding::about;
use crate::value::{Object, Value};

use writer::Writer;

/// A resource for a server.
///
/// ```
/// use scimforge::emit::{EmittedResource, emit};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let bakers = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
///     "displayName": "Bakers", "meta": {"version": "W/\"3\""}}"#)?;
/// let EmittedResource { resource, messages, .. } =
///     emit(&builtin::group(), &bakers, Profile::preset("okta").expect("a preset"))?;
/// assert!(resource.get("meta").is_none(), "the server sets it");
/// assert!(messages.is_empty(), "the body says it all");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct EmittedResource {
    /// The body of the request.
    pub resource: Value<'static>,
    /// PATCH messages that must follow: members beyond those that a create may have.
    pub messages: Vec<Value<'static>>,
    /// What is otherwise than it was given.
    pub trace: Trace,
}

/// A change for a server.
///
/// ```
/// use scimforge::emit::{EmittedPatch, emit_patch};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "path": "active", "value": false}]}"#)?;
/// let EmittedPatch { messages, trace } =
///     emit_patch(&builtin::user(), &patch, None, Profile::RFC, &Limits::DEFAULT)?;
/// assert_eq!((messages.len(), trace.entries().len()), (1, 0));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct EmittedPatch {
    /// The messages to send, one after the other; none where nothing is to change.
    pub messages: Vec<Value<'static>>,
    /// What is otherwise than it was given.
    pub trace: Trace,
}

/// The body of a POST or PUT for the server of `profile`: canonical, without what the server sets.
///
/// ```
/// use scimforge::emit::emit;
/// use scimforge::profile::{Profile, Quirk};
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
///     "userName": "rosa", "active": true}"#)?;
/// let emitted = emit(&builtin::user(), &rosa, Profile::RFC.with(Quirk::TextBooleans))?;
/// assert_eq!(emitted.resource.get("active").and_then(|active| active.as_str()), Some("True"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// Those of [`accept_resource`] by the profile `rfc`: the resource must be clean. `required` for
/// what this server demands beside the schema.
pub fn emit(
    compiled: &Compiled,
    resource: &Value<'_>,
    profile: Profile,
) -> Result<EmittedResource, Error> {
    let mut trace = Trace::new();
    let clean = accept_resource(compiled, resource.clone(), Profile::RFC, &mut trace)?;
    let mut writer = Writer { compiled, profile, trace };
    let mut shaped = writer.shaped(clean);
    for name in profile.shape().required {
        let Some(id) = writer.named(name) else { continue };
        if !writer.has(id, &shaped) {
            let attribute = compiled.attribute(id);
            let at = compiled.chain(id).into_iter().fold(Pointer::root(), |at, step| {
                at.name(&compiled.attribute(step).attribute.name)
            });
            return Err(about(attribute, Code::Required).at(at).into());
        }
    }
    let later = writer.later_members(&mut shaped);
    let messages = message::messages(&mut writer, later);
    let resource = writer.written(AttrId::ROOT, shaped, &Pointer::root());
    Ok(EmittedResource { resource, messages, trace: writer.trace })
}

/// The messages that make the change of `message` on the server of `profile`.
///
/// With `original`, the resource as it is on the server, the messages are made of the difference:
/// nothing is sent twice, and every form can be found. Without it the operations are written one
/// by one. Where there are several messages, the first ones stay done if a later one fails.
///
/// ```
/// use scimforge::emit::emit_patch;
/// use scimforge::limits::Limits;
/// use scimforge::profile::{Profile, Quirk};
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "path": "title", "value": "Baker"}]}"#)?;
/// let profile = Profile::RFC.with(Quirk::CapitalOperations);
/// let written = emit_patch(&builtin::user(), &patch, None, profile, &Limits::DEFAULT)?;
/// assert!(written.messages[0].to_string().contains(r#""op":"Replace""#));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// Those of [`Patch::parse`] by the profile `rfc` (the message must be clean) and of
/// [`Patch::apply`]; `not-implemented` for a server without PATCH; `option-needed` where the form
/// that the server takes cannot be found without `original`; `required-removed` for what the
/// server does not let go.
pub fn emit_patch(
    compiled: &Compiled,
    message: &Value<'_>,
    original: Option<&Value<'_>>,
    profile: Profile,
    limits: &Limits,
) -> Result<EmittedPatch, Error> {
    if profile.allows(Quirk::NoPatch) {
        return Err(Error::new(Code::NotImplemented)
            .with("feature", "PATCH")
            .helped("send the whole resource by PUT"));
    }
    let patch = Patch::parse(message, compiled, Profile::RFC, limits)?;
    let mut writer = Writer { compiled, profile, trace: Trace::new() };
    let operations = match original {
        None => {
            let operations = operation::read(compiled, message)?;
            changes::without_original(&mut writer, operations)?
        }
        Some(original) => {
            let new = patch.apply(original)?.resource;
            let old = writer.quietly(|writer| writer.shaped(original.clone().into_owned()));
            let new = writer.shaped(new);
            changes::between(&mut writer, &old, &new)?
        }
    };
    for operation in &operations {
        let gone = operation.op == Op::Remove && operation.member.is_none();
        let kept = profile.shape().kept.iter().any(|name| writer.named(name) == Some(operation.id));
        if gone && kept {
            let attribute = compiled.attribute(operation.id);
            return Err(about(attribute, Code::RequiredRemoved).at(operation.at.clone()).into());
        }
    }
    let messages = message::messages(&mut writer, operations);
    Ok(EmittedPatch { messages, trace: writer.trace })
}

/// A message of operations.
fn message_of(operations: Vec<Value<'static>>) -> Value<'static> {
    let mut message = Object::new();
    message.insert("schemas", Value::Array(vec![Value::from(crate::patch::PATCH_OP)]));
    message.insert("Operations", Value::Array(operations));
    message.into()
}

#[cfg(test)]
mod tests;
