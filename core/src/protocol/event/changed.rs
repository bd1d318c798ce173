//! Which attributes have changed, and what of a resource may be told.

use std::borrow::Cow;

use crate::name;
use crate::patch::same_state;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Mutability, Returned, Role};
use crate::value::{Object, Value};

/// The paths of attributes that are not the same in both. Of a complex attribute with one value
/// they are those of its sub-attributes, unless it comes or goes as a whole.
pub(super) fn changed_attributes(
    compiled: &Compiled,
    old: Option<&Value<'_>>,
    new: &Value<'_>,
) -> Vec<Box<str>> {
    let mut found = Vec::new();
    for attribute in compiled.children(AttrId::ROOT) {
        let name = &*attribute.attribute.name;
        // `schemas` follows the extensions, `meta` every change.
        if ["schemas", "meta"].iter().any(|own| name::same(own, name)) {
            continue;
        }
        let (before, after) = (of(old, name), new.assigned(name));
        if attribute.role == Role::Container {
            for inner in compiled.children(attribute.id) {
                let name = &*inner.attribute.name;
                one(compiled, inner, (of(before, name), of(after, name)), &mut found);
            }
        } else {
            one(compiled, attribute, (before, after), &mut found);
        }
    }
    unlisted(compiled, old, new, &mut found);
    found
}

fn of<'v, 'a>(value: Option<&'v Value<'a>>, name: &str) -> Option<&'v Value<'a>> {
    value.and_then(|value| value.assigned(name))
}

type Sides<'v, 'a, 'b> = (Option<&'v Value<'a>>, Option<&'v Value<'b>>);

fn one(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    (before, after): Sides<'_, '_, '_>,
    found: &mut Vec<Box<str>>,
) {
    if same_state(before, after) {
        return;
    }
    let known = found.len();
    if let (Some(before @ Value::Object(_)), Some(after @ Value::Object(_))) = (before, after) {
        for sub in compiled.children(attribute.id) {
            let name = &*sub.attribute.name;
            if !same_state(before.assigned(name), after.assigned(name)) {
                found.push(sub.path.clone());
            }
        }
    }
    if found.len() == known {
        found.push(attribute.path.clone());
    }
}

/// Members that no schema knows, where the profile keeps them.
fn unlisted(
    compiled: &Compiled,
    old: Option<&Value<'_>>,
    new: &Value<'_>,
    found: &mut Vec<Box<str>>,
) {
    let names = |value: Option<&Value<'_>>| -> Vec<Box<str>> {
        let members = value.and_then(Value::as_object).into_iter().flat_map(Object::iter);
        let unknown = members.filter(|(name, _)| compiled.child(AttrId::ROOT, name).is_none());
        unknown.map(|(name, _)| name.into()).collect()
    };
    let (before, after) = (names(old), names(Some(new)));
    let gone = before.iter().filter(|name| !after.iter().any(|other| name::same(other, name)));
    let differ = |name: &str| !same_state(of(old, name), new.assigned(name));
    found.extend(after.iter().chain(gone).filter(|name| differ(name)).cloned());
}

/// The resource without what is write-only or never returned, in no copy if there is none of it.
pub(super) fn visible<'v>(
    compiled: &Compiled,
    resource: &'v Value<'static>,
) -> Cow<'v, Value<'static>> {
    let holds =
        resource.as_object().is_some_and(|object| holds_secret(compiled, AttrId::ROOT, object));
    if !holds {
        return Cow::Borrowed(resource);
    }
    let mut resource = resource.clone();
    if let Some(object) = resource.as_object_mut() {
        hide(compiled, AttrId::ROOT, object);
    }
    Cow::Owned(resource)
}

fn is_secret(attribute: &CompiledAttribute) -> bool {
    attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly
}

// Three functions as deep as the schema: an extension, an attribute, a sub-attribute.

/// Whether there may be a secret below an attribute.
fn has_secrets(compiled: &Compiled, id: AttrId) -> bool {
    compiled.children(id).any(|child| is_secret(child) || has_secrets(compiled, child.id))
}

fn holds_secret(compiled: &Compiled, id: AttrId, object: &Object<'_>) -> bool {
    compiled.children(id).any(|child| {
        let Some(value) = object.get(&child.attribute.name) else { return false };
        if is_secret(child) {
            return true;
        }
        let inside = |value: &Value<'_>| {
            value.as_object().is_some_and(|object| holds_secret(compiled, child.id, object))
        };
        has_secrets(compiled, child.id)
            && (inside(value) || value.as_array().unwrap_or_default().iter().any(inside))
    })
}

fn hide(compiled: &Compiled, id: AttrId, object: &mut Object<'static>) {
    for child in compiled.children(id) {
        let name = &*child.attribute.name;
        if is_secret(child) {
            object.remove(name);
        } else if has_secrets(compiled, child.id) {
            match object.get_mut(name) {
                Some(Value::Object(inner)) => hide(compiled, child.id, inner),
                Some(Value::Array(items)) => {
                    let objects = items.iter_mut().filter_map(Value::as_object_mut);
                    objects.for_each(|inner| hide(compiled, child.id, inner));
                }
                _ => {}
            }
        }
    }
}
