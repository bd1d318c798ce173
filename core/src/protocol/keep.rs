//! What a server makes of what it is sent: what a PUT leaves as it is (RFC 7644 §3.5.1), and
//! what nobody needs twice.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use crate::patch::identity;
use crate::reference::is_same_target;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Mutability, Role};
use crate::value::{Object, Value};

/// The new resource with what the client could not have meant to change: read-only attributes,
/// and immutable and write-only ones that it left out (WRT-022 to WRT-024).
pub(super) fn keep(
    compiled: &Compiled,
    mut new: Value<'static>,
    old: &Value<'static>,
) -> Value<'static> {
    let (Some(object), Some(old)) = (new.as_object_mut(), old.as_object()) else { return new };
    members(compiled, AttrId::ROOT, object, old);
    let kept: Vec<Box<str>> = compiled
        .extensions()
        .map(|container| container.attribute.name.clone())
        .filter(|uri| object.get(uri).is_some())
        .collect();
    if let Some(schemas) = object.get_mut("schemas").and_then(Value::as_array_mut) {
        for uri in kept {
            if !schemas.iter().any(|other| other.as_str() == Some(&uri)) {
                schemas.push(Value::from(uri.to_string()));
            }
        }
    }
    new
}

/// Takes values away that are in a list twice (SCH-062). Of two members with one `value` the
/// first stays.
pub(super) fn drop_doubles(compiled: &Compiled, resource: &mut Value<'static>) {
    let Some(object) = resource.as_object_mut() else { return };
    doubles(compiled, AttrId::ROOT, object);
    for container in compiled.extensions() {
        if let Some(object) =
            object.get_mut(&container.attribute.name).and_then(Value::as_object_mut)
        {
            doubles(compiled, container.id, object);
        }
    }
}

fn doubles(compiled: &Compiled, parent: AttrId, object: &mut Object<'static>) {
    for attribute in compiled.children(parent).filter(|attribute| attribute.multi_valued) {
        if let Some(items) = object.get_mut(&attribute.attribute.name).and_then(Value::as_array_mut)
            && items.len() > 1
        {
            let mut known = HashSet::with_capacity(items.len());
            items.retain(|item| known.insert(identity(compiled, attribute.id, item)));
        }
    }
}

// As deep as the schema: an extension, an attribute, a sub-attribute.
fn members(compiled: &Compiled, parent: AttrId, new: &mut Object<'static>, old: &Object<'static>) {
    for attribute in compiled.children(parent) {
        let name = &*attribute.attribute.name;
        let Some(old) = old.get(name) else { continue };
        match attribute.mutability {
            Mutability::ReadOnly => {
                new.insert(name.to_owned(), old.clone());
            }
            Mutability::Immutable | Mutability::WriteOnly => {
                if new.get(name).is_none() {
                    new.insert(name.to_owned(), old.clone());
                }
            }
            Mutability::ReadWrite => inside(compiled, attribute, new, old),
        }
    }
}

fn inside(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    new: &mut Object<'static>,
    old: &Value<'static>,
) {
    if let Some(old) = old.as_array() {
        elements(compiled, attribute, new, old);
        return;
    }
    let Some(old) = old.as_object() else { return };
    let name = &*attribute.attribute.name;
    if attribute.role == Role::Container {
        // A container that was left out is cleared, but for what the client cannot clear.
        let mut object = match new.remove(name) {
            Some(Value::Object(object)) => object,
            _ => Object::new(),
        };
        members(compiled, attribute.id, &mut object, old);
        if !object.is_empty() {
            new.insert(name.to_owned(), object.into());
        }
        return;
    }
    // What others may change stays, also of a value that was left out.
    let is_guarded =
        |sub: &CompiledAttribute| sub.guarded && old.get(&sub.attribute.name).is_some();
    if new.get(name).is_none() && compiled.children(attribute.id).any(is_guarded) {
        new.insert(name.to_owned(), Object::new().into());
    }
    let Some(own) = new.get_mut(name).and_then(Value::as_object_mut) else { return };
    // What the server says of a value holds as long as the value does: `manager.displayName`.
    let is_same = compiled
        .children(attribute.id)
        .filter(|sub| sub.mutability != Mutability::ReadOnly)
        .all(|sub| own.get(&sub.attribute.name) == old.get(&sub.attribute.name));
    subs(compiled, attribute, own, old, is_same);
}

/// Values that were there already, such as members: what a server knows of them, and what of
/// them is fixed, stays (WRT-030).
fn elements(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    new: &mut Object<'static>,
    old: &[Value<'static>],
) {
    if compiled.children(attribute.id).all(|sub| sub.mutability == Mutability::ReadWrite) {
        return;
    }
    let Some(new) = new.get_mut(&attribute.attribute.name).and_then(Value::as_array_mut) else {
        return;
    };
    let mut known: HashMap<Box<str>, &Object<'static>> = HashMap::with_capacity(old.len());
    // Several are the same to somebody who may not see in what they differ.
    let mut more: HashMap<Box<str>, VecDeque<&Object<'static>>> = HashMap::new();
    for old in old {
        let Some(object) = old.as_object() else { continue };
        match known.entry(identity(compiled, attribute.id, old)) {
            Entry::Vacant(place) => {
                place.insert(object);
            }
            Entry::Occupied(same) => more.entry(same.key().clone()).or_default().push_back(object),
        }
    }
    for element in new {
        let identity = identity(compiled, attribute.id, element);
        let (Some(old), Some(own)) = (known.get_mut(&identity), element.as_object_mut()) else {
            continue;
        };
        subs(compiled, attribute, own, old, true);
        if let Some(next) = more.get_mut(&identity).and_then(VecDeque::pop_front) {
            *old = next;
        }
    }
}

fn subs(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    own: &mut Object<'static>,
    old: &Object<'static>,
    is_same: bool,
) {
    for sub in compiled.children(attribute.id) {
        let name = &*sub.attribute.name;
        let keeps = match sub.mutability {
            Mutability::ReadOnly => is_same || sub.guarded,
            Mutability::Immutable | Mutability::WriteOnly => match own.get(name) {
                // What names the same resource in another version of the API says nothing new.
                Some(Value::String(now)) => {
                    let then = old.get(name).and_then(Value::as_str);
                    then.is_some_and(|then| is_same_target(sub, now, then))
                }
                Some(_) => false,
                None => true,
            },
            Mutability::ReadWrite => false,
        };
        if let (true, Some(old)) = (keeps, old.get(name)) {
            own.insert(name.to_owned(), old.clone());
        }
    }
}
