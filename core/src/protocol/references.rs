//! What a PUT says of references otherwise than it is stored, and means the same.

use std::collections::HashMap;

use crate::name;
use crate::reference::is_same_target;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Mutability, Role};
use crate::text;
use crate::value::{Object, Value};

/// Writes each reference that cannot be changed, and that differs from the stored one by its version
/// alone, as it is stored (SCH-029).
pub(super) fn keep_references(compiled: &Compiled, new: &mut Value<'static>, old: &Value<'static>) {
    if let (Some(new), Some(old)) = (new.as_object_mut(), old.as_object()) {
        inside(compiled, AttrId::ROOT, new, old);
    }
}

// As deep as the schema: an extension, an attribute, a sub-attribute.
fn inside(compiled: &Compiled, parent: AttrId, new: &mut Object<'static>, old: &Object<'static>) {
    for attribute in compiled.children(parent) {
        let name = &*attribute.attribute.name;
        let fixed = fixed(compiled, attribute.id);
        if fixed.is_none() && attribute.role != Role::Container {
            continue;
        }
        match (new.get_mut(name), old.get(name), fixed) {
            (Some(Value::Array(new)), Some(Value::Array(old)), Some(fixed)) => {
                elements(compiled, attribute.id, fixed, new, old);
            }
            (Some(Value::Object(new)), Some(Value::Object(old)), Some(fixed)) => {
                keep(fixed, new, old);
            }
            (Some(Value::Object(new)), Some(Value::Object(old)), None) => {
                inside(compiled, attribute.id, new, old);
            }
            _ => {}
        }
    }
}

/// The reference of values of an attribute, if they have one that cannot be changed.
fn fixed(compiled: &Compiled, id: AttrId) -> Option<&CompiledAttribute> {
    let target = compiled.child(id, "$ref")?;
    (target.mutability == Mutability::Immutable).then_some(target)
}

/// Of values that are told apart by their `value`.
fn elements(
    compiled: &Compiled,
    id: AttrId,
    fixed: &CompiledAttribute,
    new: &mut [Value<'static>],
    old: &[Value<'static>],
) {
    let Some(value) = compiled.child(id, "value") else { return };
    let key = |element: &Value<'_>| -> Option<Box<str>> {
        let text = element.get("value").and_then(Value::as_str)?;
        Some(Box::from(&*text::key(text, value.case_exact)))
    };
    // Most lists say of a value what is stored, or leave it to the server.
    let is_usual = |new: &Value<'_>, old: Option<&Value<'_>>| match new.get("$ref") {
        None => true,
        own => {
            old.is_some_and(|old| old.get("$ref") == own && old.get("value") == new.get("value"))
        }
    };
    if new.iter().enumerate().all(|(at, new)| is_usual(new, old.get(at))) {
        return;
    }
    let mut known = HashMap::with_capacity(old.len());
    for old in old {
        if let (Some(key), Some(object)) = (key(old), old.as_object()) {
            known.entry(key).or_insert(object);
        }
    }
    for element in new {
        let old = key(element).and_then(|key| known.get(&key).copied());
        if let (Some(new), Some(old)) = (element.as_object_mut(), old) {
            keep(fixed, new, old);
        }
    }
}

fn keep(fixed: &CompiledAttribute, new: &mut Object<'static>, old: &Object<'static>) {
    let (Some(Value::String(now)), Some(Value::String(then))) = (new.get("$ref"), old.get("$ref"))
    else {
        return;
    };
    if is_same_target(fixed, now, then) {
        new.insert(name::to_static(&fixed.attribute.name), Value::String(then.clone()));
    }
}
