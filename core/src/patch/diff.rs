//! Two resources to a PATCH that makes the one of the other (PAT-070).

use super::diff_list::list_diff;
use super::{PATCH_OP, equal};
use crate::limits::Limits;
use crate::name;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Mutability, Role};
use crate::value::{Object, Value, to_text};

/// The PATCH message that makes `new` of `old`; `None` where nothing has changed.
///
/// Removes come first, then replaces, then adds; every operation has a path and is accepted by
/// the strict profile. A list is changed value by value where that says it shorter, and replaced
/// where it does not, or where it would take more operations than a message may have by
/// [`Limits::DEFAULT`]. What the server sets (`readOnly`) is passed over, and so is a value that is
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
    let mut groups = groups(compiled, old, new, Purpose::Update);
    fit(&mut groups, Limits::DEFAULT.patch_operations);
    message(&groups)
}

/// What the difference is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To bring a resource up to date with one that may have been returned by a server: a value
    /// that is never returned may be there although it is not in it.
    Update,
    /// To undo: both resources are complete, and what PATCH cannot do is left out.
    Undo,
}

/// The operations for one attribute, or for an extension that goes as a whole.
pub(super) struct Group {
    pub(super) operations: Operations,
    /// Fewer operations that do the same, if longer ones.
    pub(super) fewer: Option<Operations>,
}

/// What changes from `old` to `new`, attribute by attribute.
pub(super) fn groups(
    compiled: &Compiled,
    old: &Value<'_>,
    new: &Value<'_>,
    purpose: Purpose,
) -> Vec<Group> {
    let mut groups = Groups { compiled, purpose, old, list: Vec::new() };
    for attribute in compiled.children(AttrId::ROOT) {
        let name = &*attribute.attribute.name;
        if attribute.role == Role::Container {
            let (before, after) = (old.assigned(name), new.assigned(name));
            if let (Some(before), None) = (before, after)
                && groups.can_go(attribute, before)
            {
                let mut operations = Operations::default();
                operations.remove(name);
                groups.push(operations, None);
                continue;
            }
            for inner in compiled.children(attribute.id) {
                let name = &*inner.attribute.name;
                let sides = (
                    before.and_then(|home| home.assigned(name)),
                    after.and_then(|home| home.assigned(name)),
                );
                groups.attribute(inner, sides);
            }
        } else if !name::same(name, "schemas") {
            groups.attribute(attribute, (old.assigned(name), new.assigned(name)));
        }
    }
    groups.list
}

/// Keeps the number of operations within a limit, as far as lists can be replaced as a whole: the
/// one with the most operations first.
pub(super) fn fit(groups: &mut [Group], limit: usize) {
    while groups.iter().map(|group| group.operations.len()).sum::<usize>() > limit {
        let largest = groups
            .iter_mut()
            .filter(|group| group.fewer.is_some())
            .max_by_key(|group| group.operations.len());
        let Some((group, fewer)) = largest.and_then(|group| {
            let fewer = group.fewer.take()?;
            Some((group, fewer))
        }) else {
            return;
        };
        group.operations = fewer;
    }
}

/// The message of some groups: removes first, then replaces, then adds.
pub(super) fn message<'g>(groups: impl IntoIterator<Item = &'g Group>) -> Option<Value<'static>> {
    let mut all = Operations::default();
    for group in groups {
        all.append(group.operations.clone());
    }
    all.into_message()
}

/// Operations by kind, in the order in which the kinds are applied.
#[derive(Clone, Default)]
pub(super) struct Operations {
    removes: Vec<Value<'static>>,
    replaces: Vec<Value<'static>>,
    adds: Vec<Value<'static>>,
}

impl Operations {
    pub(super) fn remove(&mut self, path: &str) {
        self.removes.push(operation("remove", path, None));
    }

    pub(super) fn replace(&mut self, path: &str, value: &Value<'_>) {
        self.replaces.push(operation("replace", path, Some(value)));
    }

    pub(super) fn add(&mut self, path: &str, value: &Value<'_>) {
        self.adds.push(operation("add", path, Some(value)));
    }

    pub(super) fn append(&mut self, mut other: Self) {
        self.removes.append(&mut other.removes);
        self.replaces.append(&mut other.replaces);
        self.adds.append(&mut other.adds);
    }

    pub(super) fn into_message(self) -> Option<Value<'static>> {
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

    pub(super) fn len(&self) -> usize {
        [&self.removes, &self.replaces, &self.adds].into_iter().map(Vec::len).sum()
    }

    /// How much there is to send.
    pub(super) fn size(&self) -> usize {
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

struct Groups<'c, 'o, 'v> {
    compiled: &'c Compiled,
    purpose: Purpose,
    old: &'o Value<'v>,
    list: Vec<Group>,
}

impl Groups<'_, '_, '_> {
    fn push(&mut self, operations: Operations, fewer: Option<Operations>) {
        if operations.len() > 0 {
            self.list.push(Group { operations, fewer });
        }
    }

    /// Whether an extension may be taken away as a whole: not with what only the server may
    /// change, or nobody.
    fn can_go(&self, container: &CompiledAttribute, before: &Value<'_>) -> bool {
        let fixed = |child: &CompiledAttribute| {
            matches!(child.mutability, Mutability::ReadOnly | Mutability::Immutable)
        };
        !(self.undoes() && container.required)
            && self
                .compiled
                .children(container.id)
                .filter(|child| fixed(child))
                .all(|child| before.assigned(&child.attribute.name).is_none())
    }

    fn undoes(&self) -> bool {
        self.purpose == Purpose::Undo
    }

    /// Whether there is no operation that takes a value away, or changes it.
    fn is_fixed(&self, attribute: &CompiledAttribute, sides: Sides<'_, '_, '_>) -> bool {
        self.undoes()
            && match sides {
                (None, _) => false,
                (Some(_), after) => {
                    attribute.mutability == Mutability::Immutable
                        || (attribute.required && after.is_none())
                }
            }
    }

    fn attribute(&mut self, attribute: &CompiledAttribute, sides: Sides<'_, '_, '_>) {
        if attribute.mutability == Mutability::ReadOnly
            || equal::same_state(sides.0, sides.1)
            || self.is_fixed(attribute, sides)
        {
            return;
        }
        let path = &*attribute.path;
        let mut operations = Operations::default();
        let mut fewer = None;
        match sides {
            (None, None) => {}
            (Some(_), None) if attribute.mutability == Mutability::WriteOnly && !self.undoes() => {}
            (Some(_), None) => operations.remove(path),
            (None, Some(after)) => operations.add(path, after),
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                self.complex(attribute, before, after, &mut operations);
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) => {
                (operations, fewer) = list_diff(self.compiled, attribute, before, after, self.old);
            }
            (Some(_), Some(after)) => operations.replace(path, after),
        }
        self.push(operations, fewer);
    }

    /// A complex value: what is gone by its path, what is left in one replace, which merges.
    fn complex(
        &self,
        attribute: &CompiledAttribute,
        before: &Object<'_>,
        after: &Object<'_>,
        operations: &mut Operations,
    ) {
        let mut changed = Object::new();
        for sub in self
            .compiled
            .children(attribute.id)
            .filter(|sub| sub.mutability != Mutability::ReadOnly)
        {
            let name = &*sub.attribute.name;
            let sides = (before.assigned(name), after.assigned(name));
            if equal::same_state(sides.0, sides.1) || self.is_fixed(sub, sides) {
                continue;
            }
            match sides.1 {
                None => operations.remove(&sub.path),
                Some(theirs) => {
                    changed.insert(name.to_owned(), theirs.clone().into_owned());
                }
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::patch::apply_patch;
    use crate::profile::Profile;
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
