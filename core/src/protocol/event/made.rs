//! The event of a write.

use super::super::exchange::Call;
use super::super::route::percent_encode;
use super::super::store::{Document, Key};
use super::changed::{changed_attributes, visible};
use super::{Event, EventMode, PREFIX};
use crate::patch::diff;
use crate::schema::{AttrId, Compiled, Kind};
use crate::value::Value;

/// The event of a resource that is new.
pub(in super::super) fn created(
    call: &mut Call,
    compiled: &Compiled,
    document: &Document,
    with_password: bool,
) -> Option<Box<Event>> {
    let mode = call.config.events.as_ref()?.mode;
    let mut event = begun(call, compiled, document.id(), "created", "create")?;
    event.external_id = external_id(document);
    event.version = version(call, document);
    event.attributes = changed_attributes(compiled, None, &document.resource);
    event.attributes.extend(with_password.then(|| "password".into()));
    if mode == EventMode::Full {
        let whole = call.located(compiled, document.clone());
        event.data = Some(visible(compiled, &whole).into_owned());
    }
    Some(finished(event))
}

/// The event of a resource that was changed by a PUT (`put`) or a PATCH (`patch`).
pub(in super::super) fn changed(
    call: &mut Call,
    compiled: &Compiled,
    (old, new): (&Document, &Document),
    with_password: bool,
    kind: &'static str,
) -> Option<Box<Event>> {
    let mode = call.config.events.as_ref()?.mode;
    let mut attributes = changed_attributes(compiled, Some(&old.resource), &new.resource);
    attributes.extend(with_password.then(|| "password".into()));
    if attributes.is_empty() {
        return None;
    }
    let turned = turned(compiled, old, new);
    let mut event = begun(call, compiled, new.id(), turned.unwrap_or("updated"), kind)?;
    event.external_id = external_id(new);
    event.version = version(call, new);
    event.previous_version = version(call, old);
    event.attributes = attributes;
    if mode == EventMode::Full {
        let after = visible(compiled, &new.resource);
        event.data = if kind == "put" {
            Some(body(after.into_owned()))
        } else {
            diff(compiled, &visible(compiled, &old.resource), &after)
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
    event.previous_version = old.and_then(|old| version(call, old));
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

fn version(call: &Call, document: &Document) -> Option<Box<str>> {
    call.config.etag.then(|| document.version().as_ref().into())
}

/// Whether a change activates or deactivates: what does not say whether it is active counts as
/// active, since most servers take it for that.
fn turned(compiled: &Compiled, old: &Document, new: &Document) -> Option<&'static str> {
    let active = compiled.child(AttrId::ROOT, "active")?;
    let is_off = |document: &Document| document.resource.get("active") == Some(&Value::Bool(false));
    if active.kind != Kind::Boolean || active.multi_valued {
        return None;
    }
    match (is_off(old), is_off(new)) {
        (true, false) => Some("activated"),
        (false, true) => Some("deactivated"),
        _ => None,
    }
}

/// What could be sent as the body of a PUT.
fn body(mut resource: Value<'static>) -> Value<'static> {
    if let Some(object) = resource.as_object_mut() {
        object.remove("id");
        object.remove("meta");
    }
    resource
}
