//! The difference between two lists: value by value, or the list as a whole.

use std::collections::HashMap;

use super::diff::Operations;
use super::{Patch, equal};
use crate::filter::Literal;
use crate::limits::Limits;
use crate::name;
use crate::profile::Profile;
use crate::schema::{Compiled, CompiledAttribute, Kind, Mutability};
use crate::value::Value;

/// A list: value by value if that is right and not longer than the whole list. Beside it the whole
/// list, if that is not what is chosen.
pub(super) fn list_diff(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    before: &[Value<'_>],
    after: &[Value<'_>],
    old: &Value<'_>,
) -> (Operations, Option<Operations>) {
    let whole = Value::Array(after.to_vec());
    let mut replaced = Operations::default();
    let piecewise = by_value(compiled, attribute, before, after);
    // Of a set of values a replace keeps those that are in both as they are.
    if equal::is_set_of_values(compiled, attribute.id)
        && piecewise.as_ref().is_none_or(|piecewise| piecewise.changes)
    {
        replaced.remove(&attribute.path);
        replaced.add(&attribute.path, &whole);
    } else {
        replaced.replace(&attribute.path, &whole);
    }
    let Some(ByValue { operations: piecewise, .. }) = piecewise else {
        return (replaced, None);
    };
    if piecewise.size() > replaced.size() || !makes(compiled, attribute, &piecewise, old, &whole) {
        return (replaced, None);
    }
    (piecewise, Some(replaced))
}

/// Whether these operations make `after` of what `old` has: the proof that removing by a filter,
/// and the rules about `primary`, did what was meant.
fn makes(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    operations: &Operations,
    old: &Value<'_>,
    after: &Value<'_>,
) -> bool {
    let Some(message) = operations.clone().into_message() else { return false };
    let mut limits = Limits::DEFAULT;
    limits.patch_operations = usize::MAX;
    let Ok(outcome) = Patch::parse(&message, compiled, Profile::STRICT, &limits)
        .and_then(|patch| patch.apply(old))
    else {
        return false;
    };
    let home = match compiled.container_of(attribute.id) {
        Some(container) => outcome.resource.get(&container.attribute.name),
        None => Some(&outcome.resource),
    };
    equal::same_state(home.and_then(|home| home.get(&attribute.attribute.name)), Some(after))
}

/// Operations that tell values apart by their `value`.
struct ByValue {
    operations: Operations,
    /// Whether a value that is in both lists says something else.
    changes: bool,
}

/// The operations by value; `None` where that is not possible.
fn by_value(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    before: &[Value<'_>],
    after: &[Value<'_>],
) -> Option<ByValue> {
    let (before, after) =
        (by_key(compiled, attribute, before)?, by_key(compiled, attribute, after)?);
    let mut operations = Operations::default();
    let mut added: Vec<Value<'_>> = Vec::new();
    let mut changes = false;
    for (key, old) in &before.list {
        let place =
            format!("{}[value eq {}]", attribute.path, Literal::String(value_of(old)?.into()));
        match after.index.get(key) {
            None => operations.remove(&place),
            Some(new) if equal::same_state(Some(old), Some(new)) => {}
            // A value as a whole may go although a part of it must not change (RFC 7643 §4.2).
            Some(new) if is_another(compiled, attribute, old, new) => {
                operations.remove(&place);
                added.push((*new).clone());
                changes = true;
            }
            Some(new) => {
                element_diff(compiled, attribute, &place, old, new, &mut operations)?;
                changes = true;
            }
        }
    }
    for (key, new) in &after.list {
        if !before.index.contains_key(key) {
            added.push((*new).clone());
        }
    }
    if !added.is_empty() {
        operations.add(&attribute.path, &Value::Array(added));
    }
    Some(ByValue { operations, changes })
}

/// Whether something differs that cannot be changed in a value.
fn is_another(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    old: &Value<'_>,
    new: &Value<'_>,
) -> bool {
    let immutable = |sub: &&CompiledAttribute| sub.mutability == Mutability::Immutable;
    compiled.children(attribute.id).filter(immutable).any(|sub| {
        let name = &*sub.attribute.name;
        let (ours, theirs) = (old.assigned(name), new.assigned(name));
        ours.is_some() && !equal::same_state(ours, theirs)
    })
}

/// The values of a list in order and by what they are found by.
struct Keyed<'o, 'v> {
    list: Vec<(Box<str>, &'o Value<'v>)>,
    index: HashMap<Box<str>, &'o Value<'v>>,
}

/// `None` where a value has no `value`, or two have the same.
fn by_key<'o, 'v>(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    list: &'o [Value<'v>],
) -> Option<Keyed<'o, 'v>> {
    let mut keyed =
        Keyed { list: Vec::with_capacity(list.len()), index: HashMap::with_capacity(list.len()) };
    for element in list.iter().filter(|element| !element.is_unassigned()) {
        value_of(element)?;
        let key = equal::value_key(compiled, attribute.id, element)?;
        if keyed.index.insert(key.clone(), element).is_some() {
            return None;
        }
        keyed.list.push((key, element));
    }
    Some(keyed)
}

/// The text that a value filter would name.
fn value_of<'o>(element: &'o Value<'_>) -> Option<&'o str> {
    match element {
        Value::String(text) => Some(text),
        Value::Object(object) => object.get("value")?.as_str(),
        _ => None,
    }
}

/// One value of a list that stays, sub-attribute by sub-attribute.
fn element_diff(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    place: &str,
    old: &Value<'_>,
    new: &Value<'_>,
    operations: &mut Operations,
) -> Option<()> {
    if attribute.kind != Kind::Complex {
        return None;
    }
    for sub in compiled.children(attribute.id).filter(|sub| sub.mutability != Mutability::ReadOnly)
    {
        let name = &*sub.attribute.name;
        let (ours, theirs) = (old.assigned(name), new.assigned(name));
        // A missing `primary` is false.
        let unmarked =
            |mark: Option<&Value<'_>>| mark.is_none_or(|mark| *mark == Value::Bool(false));
        if equal::same_state(ours, theirs)
            || (name::same(name, "primary") && unmarked(ours) && unmarked(theirs))
        {
            continue;
        }
        // It can only differ by case here, and the path names the value as it was: the list is
        // replaced.
        if name::same(name, "value") {
            return None;
        }
        match theirs {
            None => operations.remove(&format!("{place}.{name}")),
            Some(value) => operations.replace(&format!("{place}.{name}"), value),
        }
    }
    Some(())
}
