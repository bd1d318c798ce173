//! Members of one object: of the resource, an extension or a complex value.

use std::collections::HashSet;

use super::equal;
use super::identity::identity;
use super::operation::Op;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Mutability};
use crate::value::{Object, Value};

/// An attribute has a value and cannot be given another.
pub(super) struct Immutable(pub(super) AttrId);

/// Sets a member; several values of a multi-valued one are added by `add`. The answer is whether
/// anything changed.
pub(super) fn write<'c>(
    compiled: &Compiled,
    object: &mut Object<'c>,
    attribute: &CompiledAttribute,
    mut value: Value<'c>,
    op: Op,
) -> Result<bool, Immutable> {
    let name = &attribute.attribute.name;
    let existing = object.assigned(name);
    if let (Op::Add, true, Some(Value::Array(old)), Value::Array(new)) =
        (op, attribute.multi_valued, existing, &mut value)
    {
        let mut both = old.clone();
        let mut known: HashSet<Box<str>> =
            old.iter().map(|old| identity(compiled, attribute.id, old)).collect();
        both.extend(
            new.drain(..).filter(|value| known.insert(identity(compiled, attribute.id, value))),
        );
        *new = both;
    }
    if existing.is_some() && equal::same_state(existing, Some(&value)) {
        return Ok(false);
    }
    if let (Mutability::Immutable, Some(existing)) = (attribute.mutability, existing) {
        if equal::same_value(compiled, attribute.id, existing, &value) {
            return Ok(false);
        }
        return Err(Immutable(attribute.id));
    }
    object.insert(crate::name::to_static(name), value);
    Ok(true)
}

/// Takes a member away. The answer is whether it was there.
pub(super) fn clear(
    object: &mut Object<'_>,
    attribute: &CompiledAttribute,
) -> Result<bool, Immutable> {
    let name = &attribute.attribute.name;
    if object.assigned(name).is_none() {
        return Ok(false);
    }
    if attribute.mutability == Mutability::Immutable {
        return Err(Immutable(attribute.id));
    }
    object.remove(name);
    Ok(true)
}

/// Drops what the server said of a `value` that was there, such as a manager's name: it is not
/// true of another, nor of none.
pub(super) fn forget(compiled: &Compiled, id: AttrId, object: &mut Object<'_>) {
    object.retain(|name, _| {
        let child = compiled.child(id, name);
        child.is_none_or(|child| child.mutability != Mutability::ReadOnly || child.guarded)
    });
}

/// What is to be done to the sub-attributes of a complex value.
#[derive(Clone, Copy)]
pub(super) struct Merge<'m, 'c> {
    pub(super) op: Op,
    /// An object of sub-attributes, or `null` for none.
    pub(super) given: &'m Value<'c>,
    pub(super) clears: &'m [AttrId],
}

impl<'c> Merge<'_, 'c> {
    /// Sets the sub-attributes that are given and leaves the others alone (PAT-033, PAT-053).
    pub(super) fn into(
        self,
        compiled: &Compiled,
        id: AttrId,
        object: &mut Object<'c>,
    ) -> Result<bool, Immutable> {
        let mut changed = false;
        let mut other_value = false;
        for (name, value) in self.given.as_object().into_iter().flat_map(Object::iter) {
            let Some(child) = compiled.child(id, name) else {
                // What no schema knows is here only if the profile keeps it.
                changed |= object.get(name) != Some(value);
                object.insert(name.to_owned(), value.clone());
                continue;
            };
            let written = write(compiled, object, child, value.clone(), self.op)?;
            other_value |= written && crate::name::same(name, "value");
            changed |= written;
        }
        for child in self.clears {
            let child = compiled.attribute(*child);
            let cleared = clear(object, child)?;
            other_value |= cleared && crate::name::same(&child.attribute.name, "value");
            changed |= cleared;
        }
        if other_value {
            forget(compiled, id, object);
        }
        Ok(changed)
    }

    /// Whether a `$ref` would be left that names the `value` which this takes away: its last step
    /// is the old `value`, and no other `$ref` is given.
    pub(super) fn makes_stale(&self, object: &Object<'_>) -> bool {
        let old = object.get("value").and_then(Value::as_str);
        let new = self.given.get("value").and_then(Value::as_str);
        let reference = object.get("$ref").and_then(Value::as_str);
        let named = reference.and_then(|reference| reference.rsplit('/').next());
        new.is_some()
            && old.is_some()
            && old != new
            && named == old
            && self.given.get("$ref").is_none()
    }
}
