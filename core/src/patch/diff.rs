//! Two resources to a PATCH that makes the one of the other (PAT-070).

use std::collections::HashMap;

use super::{PATCH_OP, Patch, equal};
use crate::filter::Literal;
use crate::limits::Limits;
use crate::name;
use crate::profile::Profile;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Role};
use crate::value::{Object, Value, to_text};

/// The PATCH message that makes `new` of `old`; `None` where nothing has changed.
///
/// Removes come first, then replaces, then adds; every operation has a path and is accepted by
/// the strict profile. A list is changed value by value where that says it shorter, and replaced
/// where it does not. What the server sets (`readOnly`) is passed over, and so is a value that is
/// never returned, such as a password, where `new` does not have it. The order of a list's values
/// means nothing and is not compared.
///
/// ```
/// use scimforge::patch::diff;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let old = read(r#"{"userName": "rosa", "title": "Baker"}"#)?;
/// let new = read(r#"{"userName": "rosa", "title": "Cook"}"#)?;
/// let patch = diff(&builtin::user(), &old, &new).expect("a change");
/// assert_eq!(
///     patch.get("Operations").map(ToString::to_string).as_deref(),
///     Some(r#"[{"op":"replace","path":"title","value":"Cook"}]"#),
/// );
/// assert!(diff(&builtin::user(), &new, &new).is_none());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn diff(compiled: &Compiled, old: &Value<'_>, new: &Value<'_>) -> Option<Value<'static>> {
    let mut operations = Operations::default();
    for attribute in compiled.children(AttrId::ROOT) {
        let name = &*attribute.attribute.name;
        if attribute.role == Role::Container {
            let (before, after) = (old.assigned(name), new.assigned(name));
            if before.is_some() && after.is_none() {
                operations.remove(name);
                continue;
            }
            for inner in compiled.children(attribute.id) {
                let name = &*inner.attribute.name;
                let sides = (
                    before.and_then(|home| home.assigned(name)),
                    after.and_then(|home| home.assigned(name)),
                );
                attribute_diff(compiled, inner, sides, old, &mut operations);
            }
        } else if !name::same(name, "schemas") {
            attribute_diff(
                compiled,
                attribute,
                (old.assigned(name), new.assigned(name)),
                old,
                &mut operations,
            );
        }
    }
    operations.into_message()
}

/// Operations by kind, in the order in which the kinds are applied.
#[derive(Clone, Default)]
struct Operations {
    removes: Vec<Value<'static>>,
    replaces: Vec<Value<'static>>,
    adds: Vec<Value<'static>>,
}

impl Operations {
    fn remove(&mut self, path: &str) {
        self.removes.push(operation("remove", path, None));
    }

    fn replace(&mut self, path: &str, value: &Value<'_>) {
        self.replaces.push(operation("replace", path, Some(value)));
    }

    fn add(&mut self, path: &str, value: &Value<'_>) {
        self.adds.push(operation("add", path, Some(value)));
    }

    fn append(&mut self, mut other: Self) {
        self.removes.append(&mut other.removes);
        self.replaces.append(&mut other.replaces);
        self.adds.append(&mut other.adds);
    }

    fn into_message(self) -> Option<Value<'static>> {
        let operations: Vec<_> =
            [self.removes, self.replaces, self.adds].into_iter().flatten().collect();
        if operations.is_empty() {
            return None;
        }
        let mut message = Object::new();
        message.insert("schemas", Value::Array(vec![Value::from(PATCH_OP)]));
        message.insert("Operations", Value::Array(operations));
        Some(message.into())
    }

    /// How much there is to send.
    fn size(&self) -> usize {
        [&self.removes, &self.replaces, &self.adds]
            .into_iter()
            .flatten()
            .map(|operation| to_text(operation).len())
            .sum()
    }
}

fn operation(op: &'static str, path: &str, value: Option<&Value<'_>>) -> Value<'static> {
    let mut object = Object::new();
    object.insert("op", Value::from(op));
    object.insert("path", Value::from(path.to_owned()));
    if let Some(value) = value {
        object.insert("value", value.clone().into_owned());
    }
    object.into()
}

type Sides<'o, 'v, 'w> = (Option<&'o Value<'v>>, Option<&'o Value<'w>>);

fn attribute_diff(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    sides: Sides<'_, '_, '_>,
    old: &Value<'_>,
    operations: &mut Operations,
) {
    if attribute.mutability == Mutability::ReadOnly || equal::same_state(sides.0, sides.1) {
        return;
    }
    let path = &*attribute.path;
    match sides {
        (None, None) => {}
        (Some(_), None) if attribute.mutability == Mutability::WriteOnly => {}
        (Some(_), None) => operations.remove(path),
        (None, Some(after)) => operations.add(path, after),
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            complex_diff(compiled, attribute, before, after, operations);
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            operations.append(list_diff(compiled, attribute, before, after, old));
        }
        (Some(_), Some(after)) => operations.replace(path, after),
    }
}

/// A complex value: what is gone by its path, what is left in one replace, which merges.
fn complex_diff(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    before: &Object<'_>,
    after: &Object<'_>,
    operations: &mut Operations,
) {
    let mut changed = Object::new();
    for sub in compiled.children(attribute.id).filter(|sub| sub.mutability != Mutability::ReadOnly)
    {
        let name = &*sub.attribute.name;
        let (ours, theirs) = (before.assigned(name), after.assigned(name));
        match theirs {
            None if ours.is_some() => operations.remove(&sub.path),
            Some(theirs) if !equal::same_state(ours, Some(theirs)) => {
                changed.insert(name.to_owned(), theirs.clone().into_owned());
            }
            _ => {}
        }
    }
    match changed.len() {
        0 => {}
        1 => {
            for (name, value) in changed.iter() {
                operations.replace(&format!("{}.{name}", attribute.path), value);
            }
        }
        _ => operations.replace(&attribute.path, &Value::Object(changed)),
    }
}

/// A list: value by value if that is right and not longer than the whole list.
fn list_diff(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    before: &[Value<'_>],
    after: &[Value<'_>],
    old: &Value<'_>,
) -> Operations {
    let whole = Value::Array(after.to_vec());
    let mut replaced = Operations::default();
    replaced.replace(&attribute.path, &whole);
    let Some(piecewise) = by_value(compiled, attribute, before, after) else { return replaced };
    if piecewise.size() > replaced.size() || !makes(compiled, attribute, &piecewise, old, &whole) {
        return replaced;
    }
    piecewise
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

/// Operations that tell values apart by their `value`; `None` where that is not possible.
fn by_value(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    before: &[Value<'_>],
    after: &[Value<'_>],
) -> Option<Operations> {
    let (before, after) =
        (by_key(compiled, attribute, before)?, by_key(compiled, attribute, after)?);
    let mut operations = Operations::default();
    let mut added = Vec::new();
    for (key, old) in &before.list {
        let place =
            format!("{}[value eq {}]", attribute.path, Literal::String(value_of(old)?.into()));
        match after.index.get(key) {
            None => operations.remove(&place),
            Some(new) if equal::same_state(Some(old), Some(new)) => {}
            Some(new) => element_diff(compiled, attribute, &place, old, new, &mut operations)?,
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
    Some(operations)
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
        if equal::same_state(ours, theirs)
            || (ours.is_none() && theirs == Some(&Value::Bool(false)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::apply_patch;
    use crate::schema::builtin;
    use crate::value::read;

    #[test]
    fn a_change_of_one_member_among_many_is_one_operation() {
        let member = |index: usize| format!("{{\"value\":\"u-{index}\"}}");
        let group = |range: &mut dyn Iterator<Item = usize>| {
            let members: Vec<String> = range.map(member).collect();
            format!("{{\"displayName\":\"g\",\"members\":[{}]}}", members.join(","))
        };
        let (old, new) = (group(&mut (0..10_000)), group(&mut (1..10_001)));
        let (old, new) = (read(&old).unwrap(), read(&new).unwrap());
        let patch = diff(&builtin::group(), &old, &new).unwrap();
        assert_eq!(patch.get("Operations").and_then(Value::as_array).map(<[_]>::len), Some(2));
        let outcome =
            apply_patch(&builtin::group(), &old, &patch, Profile::STRICT, &Limits::DEFAULT)
                .unwrap();
        assert!(diff(&builtin::group(), &outcome.resource, &new).is_none());
    }
}
