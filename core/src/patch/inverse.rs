//! The PATCH that undoes another.

use super::diff::{Group, Operations, Purpose, fit, groups, message as message_of};
use super::{Outcome, Patch, apply_patch, equal};
use crate::error::Error;
use crate::filter::Literal;
use crate::limits::Limits;
use crate::name;
use crate::profile::Profile;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Role};
use crate::value::{Object, Value};

/// What undoes a PATCH.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::{Inverse, inverse};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"userName": "rosa", "title": "Baker"}"#)?;
/// let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "add", "path": "title", "value": "Baker"}]}"#)?;
/// let Inverse { message, lost } =
///     inverse(&builtin::user(), &rosa, &patch, Profile::RFC, &Limits::DEFAULT)?;
/// assert!(message.is_none() && lost.is_empty(), "nothing to undo");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Inverse {
    /// The message; `None` where there is nothing to undo, or nothing that can be undone.
    pub message: Option<Value<'static>>,
    /// The paths of what it does not bring back.
    pub lost: Vec<Box<str>>,
}

/// The PATCH message that takes a resource, patched by `message`, back to what it was `before`.
///
/// Like the message of [`diff`](super::diff) it is accepted by the strict profile, has no more
/// operations than the limits allow, and says of a list what came and went where that is shorter.
/// It has been tried: applied to the patched resource it gives `before`, with
/// [`lost`](Inverse::lost) naming every attribute that is not as it was. Equal means what it means
/// to [`Outcome::changed`](super::Outcome::changed): the order of values, the spelling of names, a
/// missing `primary` and what is null or empty do not count; everything else does, letter by
/// letter. Lost is what a client cannot do by PATCH:
///
/// - to set what is `readOnly`, such as the name of a manager who was changed;
/// - to take away or change what is `immutable`, which the patch gave its first value;
/// - to take away what is `required`, which `before` lacked;
/// - to set or take away what no schema knows and the profile keeps;
/// - to keep the URN of an extension in `schemas` after its last attribute has gone, or the other
///   way round.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::inverse;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"userName": "rosa", "title": "Baker"}"#)?;
/// let patch = read(
///     r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
///         {"op": "replace", "path": "title", "value": "Cook"}]}"#,
/// )?;
/// let undo = inverse(&builtin::user(), &rosa, &patch, Profile::LENIENT, &Limits::DEFAULT)?;
/// assert_eq!(
///     undo.message.as_ref().and_then(|undo| undo.get("Operations")).map(ToString::to_string).as_deref(),
///     Some(r#"[{"op":"replace","path":"title","value":"Baker"}]"#),
/// );
/// assert!(undo.lost.is_empty());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// Those of [`apply_patch`]: a PATCH that fails has nothing to undo.
pub fn inverse(
    compiled: &Compiled,
    before: &Value<'_>,
    message: &Value<'_>,
    profile: Profile,
    limits: &Limits,
) -> Result<Inverse, Error> {
    let outcome = apply_patch(compiled, before, message, profile, limits)?;
    if !outcome.changed {
        return Ok(Inverse { message: None, lost: Vec::new() });
    }
    Ok(undo(compiled, before, &outcome.resource, limits))
}

fn undo(compiled: &Compiled, before: &Value<'_>, after: &Value<'_>, limits: &Limits) -> Inverse {
    let mut groups = groups(compiled, after, before, Purpose::Undo);
    groups.extend(schemas(compiled, after, before));
    fit(&mut groups, limits.patch_operations);
    let made = run(compiled, &groups, after, limits).or_else(|_| {
        // What cannot be done must not keep the rest from being done.
        groups.retain(|group| run(compiled, [group], after, limits).is_ok());
        run(compiled, &groups, after, limits)
    });
    let made = made.unwrap_or_else(|_| {
        groups.clear();
        after.clone().into_owned()
    });
    Inverse { message: message_of(&groups), lost: lost(compiled, before, &made) }
}

fn run<'g>(
    compiled: &Compiled,
    groups: impl IntoIterator<Item = &'g Group>,
    resource: &Value<'_>,
    limits: &Limits,
) -> Result<Value<'static>, Error> {
    let Some(message) = message_of(groups) else { return Ok(resource.clone().into_owned()) };
    let outcome = Patch::parse(&message, compiled, Profile::STRICT, limits)?.apply(resource);
    outcome.map(|Outcome { resource, .. }| resource)
}

/// The extensions without data that `schemas` names or does not name: with data it follows by
/// itself.
fn schemas(compiled: &Compiled, old: &Value<'_>, new: &Value<'_>) -> Option<Group> {
    let mut operations = Operations::default();
    let mut added = Vec::new();
    for extension in compiled.extensions() {
        let uri = &*extension.attribute.name;
        let bare = |resource: &Value<'_>| resource.assigned(uri).is_none();
        match (declares(old, uri), declares(new, uri)) {
            (true, false) if bare(old) => operations
                .remove(&format!("schemas[value eq {}]", Literal::String(uri.to_owned().into()))),
            (false, true) if bare(new) => added.push(Value::from(uri.to_owned())),
            _ => {}
        }
    }
    if !added.is_empty() {
        operations.add("schemas", &Value::Array(added));
    }
    (operations.len() > 0).then_some(Group { operations, fewer: None })
}

fn declares(resource: &Value<'_>, uri: &str) -> bool {
    resource.get("schemas").and_then(Value::as_array).is_some_and(|uris| {
        uris.iter().any(|other| other.as_str().is_some_and(|other| name::same(other, uri)))
    })
}

/// The paths of what differs, as deep as it has one.
fn lost(compiled: &Compiled, before: &Value<'_>, made: &Value<'_>) -> Vec<Box<str>> {
    let mut lost = Vec::new();
    for attribute in compiled.children(AttrId::ROOT) {
        let name = &attribute.attribute.name;
        lost_of(compiled, attribute, before.get(name), made.get(name), &mut lost);
    }
    unlisted(compiled, AttrId::ROOT, before, made, &mut lost);
    lost
}

/// The members of the resource or of an extension that no schema knows and that differ.
fn unlisted(
    compiled: &Compiled,
    home: AttrId,
    before: &Value<'_>,
    made: &Value<'_>,
    lost: &mut Vec<Box<str>>,
) {
    let uri = &compiled.attribute(home).path;
    let (was, is) = (before.as_object(), made.as_object());
    let gone = was.into_iter().flat_map(Object::iter).filter(|(name, _)| made.get(name).is_none());
    for (name, _) in is.into_iter().flat_map(Object::iter).chain(gone) {
        let known = compiled.child(home, name).is_some();
        if !known && !equal::same_state(before.get(name), made.get(name)) {
            let path = if uri.is_empty() { name.to_owned() } else { format!("{uri}:{name}") };
            lost.push(path.into());
        }
    }
}

// As deep as the schema.
fn lost_of(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    before: Option<&Value<'_>>,
    made: Option<&Value<'_>>,
    lost: &mut Vec<Box<str>>,
) {
    if equal::same_state(before, made) {
        return;
    }
    let known = lost.len();
    if let (false, Some(before), Some(made)) = (attribute.multi_valued, before, made) {
        for child in compiled.children(attribute.id) {
            let name = &child.attribute.name;
            lost_of(compiled, child, before.get(name), made.get(name), lost);
        }
        if attribute.role == Role::Container {
            unlisted(compiled, attribute.id, before, made, lost);
        }
    }
    if lost.len() == known {
        lost.push(attribute.path.clone());
    }
}
