//! The event of a write.

use super::super::call::Call;
use super::super::members;
use super::super::route::percent_encode;
use super::super::store::{Document, Key};
use super::changed::{changed_attributes, visible};
use super::{Event, EventMode, PREFIX};
use crate::limits::Limits;
use crate::patch::{PATCH_OP, diff};
use crate::schema::{AttrId, Compiled, Kind};
use crate::value::{Object, Value};

/// The event of a resource that is new.
pub(in super::super) fn created(
    call: &mut Call,
    compiled: &Compiled,
    document: &Document,
    with_password: bool,
) -> Option<Box<Event>> {
    // Who is told of it may know what the one who did it may not.
    let own = call.unrestricted(compiled);
    let compiled = own.as_deref().unwrap_or(compiled);
    let mode = call.config.events.as_ref()?.mode;
    let mut event = begun(call, compiled, document.id(), "created", "create")?;
    event.external_id = external_id(document);
    event.version = version(call, compiled, document);
    event.attributes = changed_attributes(compiled, None, &document.resource);
    event.attributes.extend(with_password.then(|| "password".into()));
    if mode == EventMode::Full {
        let whole = call.located(compiled, document.clone());
        event.data = Some(visible(compiled, &whole).into_owned());
    }
    Some(finished(event))
}

/// The event of a resource that is back: to those who were told that it is gone, it is new. One
/// that has `active` and is not inactive is activated as well (RFC 9967).
pub(in super::super) fn restored(
    call: &mut Call,
    compiled: &Compiled,
    document: &Document,
    with_password: bool,
) -> Option<Box<Event>> {
    let mut event = created(call, compiled, document, with_password)?;
    if has_active(compiled) && !is_off(document) {
        event.types.push(format!("{PREFIX}prov:activate").into());
    }
    Some(event)
}

/// A change of a resource.
pub(in super::super) struct Changed<'c> {
    pub(in super::super) old: &'c Document,
    pub(in super::super) new: &'c Document,
    /// Whether all members are there; else some that stay may be in neither.
    pub(in super::super) whole: bool,
    pub(in super::super) with_password: bool,
    /// `put` or `patch`.
    pub(in super::super) kind: &'static str,
}

/// The event of a resource that was changed.
pub(in super::super) fn changed(
    call: &mut Call,
    compiled: &Compiled,
    change: &Changed<'_>,
) -> Option<Box<Event>> {
    // Who is told of it may know what the one who did it may not.
    let own = call.unrestricted(compiled);
    let compiled = own.as_deref().unwrap_or(compiled);
    let Changed { old, new, whole, with_password, kind } = *change;
    let mode = call.config.events.as_ref()?.mode;
    let mut attributes = changed_attributes(compiled, Some(&old.resource), &new.resource);
    attributes.extend(with_password.then(|| "password".into()));
    if attributes.is_empty() {
        return None;
    }
    let turned = turned(compiled, old, new);
    let mut event = begun(call, compiled, new.id(), turned.unwrap_or("updated"), kind)?;
    event.external_id = external_id(new);
    event.version = version(call, compiled, new);
    event.previous_version = version(call, compiled, old);
    event.attributes = attributes;
    if mode == EventMode::Full {
        let after = visible(compiled, &new.resource);
        event.data = match (kind, whole) {
            ("put", _) => Some(body(after.into_owned())),
            (_, true) => diff(compiled, &visible(compiled, &old.resource), &after),
            (_, false) => {
                let old = visible(compiled, &old.resource).into_owned();
                of_part(compiled, Document::new(old), Document::new(after.into_owned()))
            }
        };
    }
    let mut event = finished(event);
    event.types.extend(match turned {
        Some("activated") => Some(format!("{PREFIX}prov:activate").into()),
        Some(_) => Some(format!("{PREFIX}prov:deactivate").into()),
        None => None,
    });
    Some(event)
}

/// The event of a resource that is gone. `old` is it, where it is known.
pub(in super::super) fn deleted(
    call: &mut Call,
    compiled: &Compiled,
    key: &Key,
    old: Option<&Document>,
) -> Option<Box<Event>> {
    let mut event = begun(call, compiled, &key.id, "deleted", "delete")?;
    event.external_id = old.and_then(external_id);
    event.previous_version = old.and_then(|old| version(call, compiled, old));
    Some(Box::new(event))
}

fn begun(call: &mut Call, compiled: &Compiled, id: &str, verb: &str, kind: &str) -> Option<Event> {
    call.config.events.as_ref()?;
    let (txn, count) = call.next_event();
    let resource_type = compiled.resource_type();
    Some(Event {
        id: format!("{txn}.{count}").into(),
        time: call.now,
        txn: txn.into(),
        tenant: call.tenant.as_str().into(),
        principal: call.principal().map(Into::into),
        name: format!("{}.{verb}", begin_small(&resource_type.name)).into(),
        types: vec![format!("{PREFIX}prov:{kind}").into()],
        uri: format!("{}/{}", resource_type.endpoint, percent_encode(id)).into(),
        resource_type: resource_type.name.clone(),
        resource_id: id.into(),
        external_id: None,
        version: None,
        previous_version: None,
        attributes: Vec::new(),
        data: None,
    })
}

/// The same with the mode in its URI.
fn finished(mut event: Event) -> Box<Event> {
    let mode = if event.data.is_some() { EventMode::Full } else { EventMode::Notice };
    if let Some(first) = event.types.first_mut() {
        *first = format!("{first}:{}", mode.as_str()).into();
    }
    Box::new(event)
}

/// `User` as `user`, `EnterprisePrinter` as `enterprisePrinter`.
fn begin_small(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().into_iter().flat_map(char::to_lowercase).chain(rest).collect()
}

fn external_id(document: &Document) -> Option<Box<str>> {
    document.resource.get("externalId")?.as_str().map(Into::into)
}

fn version(call: &Call, compiled: &Compiled, document: &Document) -> Option<Box<str>> {
    call.config.etag.then(|| call.version(compiled, document).as_ref().into())
}

/// Whether a change activates or deactivates: what does not say whether it is active counts as
/// active, since most servers take it for that.
fn turned(compiled: &Compiled, old: &Document, new: &Document) -> Option<&'static str> {
    match (is_off(old), is_off(new)) {
        (true, false) if has_active(compiled) => Some("activated"),
        (false, true) if has_active(compiled) => Some("deactivated"),
        _ => None,
    }
}

fn has_active(compiled: &Compiled) -> bool {
    let active = compiled.child(AttrId::ROOT, "active");
    active.is_some_and(|active| active.kind == Kind::Boolean && !active.multi_valued)
}

fn is_off(document: &Document) -> bool {
    document.resource.get("active") == Some(&Value::Bool(false))
}

/// What could be sent as the body of a PUT.
fn body(mut resource: Value<'static>) -> Value<'static> {
    if let Some(object) = resource.as_object_mut() {
        object.remove("id");
        object.remove("meta");
    }
    resource
}

/// The message that makes one part of a resource of the other. It leaves members alone that are in
/// neither; `None` if it would be longer than messages may be, and the names have to do.
fn of_part(compiled: &Compiled, mut old: Document, mut new: Document) -> Option<Value<'static>> {
    let path = &*members::list_of(compiled)?.path;
    let (before, after) = (members::take(&mut old), members::take(&mut new));
    let (mut leaving, mut joining) = (Vec::new(), Vec::new());
    for change in members::changes(compiled, before, after)? {
        leaving.extend(change.old);
        joining.extend(change.new);
    }
    let operation = |op: &'static str, path: String, value: Option<Value<'static>>| {
        let mut object = Object::new();
        object.insert("op", Value::from(op));
        object.insert("path", Value::from(path));
        if let Some(value) = value {
            object.insert("value", value);
        }
        Value::from(object)
    };
    let mut operations = Vec::new();
    for member in leaving {
        let value = Value::from(member.get("value")?.as_str()?.to_owned());
        operations.push(operation("remove", format!("{path}[value eq {value}]"), None));
    }
    let rest = diff(compiled, &old.resource, &new.resource);
    let rest = rest.as_ref().and_then(|message| message.get("Operations")?.as_array());
    operations.extend(rest.unwrap_or_default().iter().cloned());
    if !joining.is_empty() {
        operations.push(operation("add", path.to_owned(), Some(Value::Array(joining))));
    }
    if operations.len() > Limits::DEFAULT.patch_operations {
        return None;
    }
    let mut message = Object::new();
    message.insert("schemas", Value::Array(vec![Value::from(PATCH_OP)]));
    message.insert("Operations", Value::Array(operations));
    Some(message.into())
}
