//! Whole resources: read-only attributes, extensions, order.

use super::schemas::Declared;
use super::walk::{Kept, Walk, assembled, find};
use crate::error::{Code, Error, Pointer};
use crate::name;
use crate::profile::Quirk;
use crate::schema::{AttrId, Mutability, Role};
use crate::validate::finding;
use crate::validate::trail::Trail;
use crate::value::{Object, Value};

pub(super) fn accept<'v>(walk: &mut Walk<'_>, value: Value<'v>) -> Result<Value<'v>, Error> {
    let top = Pointer::root();
    let root = Trail::Base(&top);
    let object = match value {
        Value::Object(object) => object,
        other => return Err(Error::new(Code::NotAnObject).with("actual", other.kind_name())),
    };
    let compiled = walk.compiled;
    let resource = compiled.attribute(AttrId::ROOT);
    let mut declared = Declared::default();
    let mut slots: Vec<Value<'v>> = Vec::new();
    slots.resize_with(resource.children.len(), Value::default);
    let mut moved: Vec<(AttrId, Value<'v>)> = Vec::new();
    let mut kept: Kept<'v> = Vec::new();
    // The names of extensions as the client wrote them, for pointers.
    let mut spelled: Vec<(AttrId, String)> = Vec::new();
    for (name, value) in object {
        let trail = root.name(&name);
        let Some((place, child)) = find(compiled, resource, &name) else {
            let movable = finding::unqualified(compiled, &name)
                .filter(|_| walk.profile.allows(Quirk::UnqualifiedExtension));
            if let Some(attribute) = movable {
                walk.bend(Some(Quirk::UnqualifiedExtension), &trail, || {
                    finding::about(attribute, Code::UnknownAttribute)
                })?;
                let accepted = walk.whole(attribute.id, value, &trail)?;
                if accepted != Value::Null && attribute.mutability != Mutability::ReadOnly {
                    moved.push((attribute.id, accepted));
                }
                continue;
            }
            if walk.unknown(AttrId::ROOT, &name, &trail)? {
                kept.push((name.clone(), value));
            }
            continue;
        };
        if child.role == Role::Common && name::same(&child.attribute.name, "schemas") {
            declared = walk.declared(value, &trail)?;
            continue;
        }
        if child.mutability == Mutability::ReadOnly {
            continue;
        }
        if child.role == Role::Container {
            spelled.push((child.id, name.to_string()));
        }
        if let Some(slot) = slots.get_mut(place) {
            *slot = walk.whole(child.id, value, &trail)?;
        }
    }
    for (id, value) in moved {
        place_in_extension(walk, &mut slots, id, value);
    }
    let present: Vec<AttrId> = resource
        .children
        .iter()
        .zip(&slots)
        .filter(|(id, value)| {
            compiled.attribute(**id).role == Role::Container && **value != Value::Null
        })
        .map(|(id, _)| *id)
        .collect();
    let schemas = walk.schemas(&declared, &present, &spelled, &kept)?;
    let mut resource = Object::new();
    resource.insert("schemas", schemas);
    if let Value::Object(rest) = assembled(compiled, compiled.attribute(AttrId::ROOT), slots, kept)
    {
        let (meta, rest): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(name, _)| name == "meta");
        let members: Vec<_> = resource.into_iter().chain(rest).chain(meta).collect();
        // INVARIANT: `schemas` is never in a slot, and the names in a schema are distinct; what is
        // kept is in no schema.
        return Ok(Value::Object(Object::from_distinct(members).unwrap_or_default()));
    }
    Ok(Value::Object(resource))
}

/// Puts an attribute that stood outside into its extension, unless it is there already.
fn place_in_extension<'v>(walk: &Walk<'_>, slots: &mut [Value<'v>], id: AttrId, value: Value<'v>) {
    let compiled = walk.compiled;
    let container = compiled.attribute(compiled.attribute(id).parent);
    let Some(place) =
        compiled.attribute(AttrId::ROOT).children.iter().position(|child| *child == container.id)
    else {
        return;
    };
    let Some(slot) = slots.get_mut(place) else { return };
    let mut inner: Vec<Value<'v>> = Vec::new();
    inner.resize_with(container.children.len(), Value::default);
    let mut kept: Kept<'v> = Vec::new();
    if let Value::Object(object) = std::mem::take(slot) {
        for (name, member) in object {
            let place = find(compiled, container, &name).map(|(place, _)| place);
            match place.and_then(|place| inner.get_mut(place)) {
                Some(free) => *free = member,
                None => kept.push((name, member)),
            }
        }
    }
    let own = container.children.iter().position(|child| *child == id);
    if let Some(free) = own.and_then(|own| inner.get_mut(own)).filter(|free| **free == Value::Null)
    {
        *free = value;
    }
    *slot = assembled(compiled, container, inner, kept);
}
