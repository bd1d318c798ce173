//! Members of large groups: a change of some leaves the others where they are.
//!
//! A group of a hundred thousand is not read, compared and written for one who comes. The engine
//! asks a store for the members that a message names ([`StoreOp::Part`](super::StoreOp::Part)),
//! and tells it what becomes of them. A store that cannot do that says so, and is asked for the
//! whole.

use std::borrow::Cow;
use std::collections::HashMap;

use super::plan::PlannedType;
use super::store::Document;
use crate::filter::Test;
use crate::name;
use crate::patch::identity;
use crate::project::Projection;
use crate::schema::{AttrId, Compiled, CompiledAttribute};
use crate::text;
use crate::value::{Object, Value};

/// A group with more members is one of which a PATCH answers nothing but the version, unless the
/// request says what to show (PAT-008): nobody wants all of them back for each who comes.
pub(crate) const FEW: usize = 100;

/// What becomes of one member.
///
/// ```
/// use scimforge::protocol::MemberChange;
/// use scimforge::value::read;
///
/// let joins = MemberChange { old: None, new: Some(read(r#"{"value": "u-1"}"#)?) };
/// assert!(joins.old.is_none(), "it was not there");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MemberChange {
    /// What it was, as the store gave it; `None` for one that comes.
    pub old: Option<Value<'static>>,
    /// What it becomes; `None` for one that goes.
    pub new: Option<Value<'static>>,
}

/// The list of a type that is kept value by value: its `members`.
pub(crate) fn list_of(compiled: &Compiled) -> Option<&CompiledAttribute> {
    let members = compiled.child(AttrId::ROOT, "members")?;
    let value = compiled.child(members.id, "value");
    (members.is_list_of_objects() && value.is_some()).then_some(members)
}

/// Under what members are looked up: the folded text of their `value`. Where case counts, more
/// than one may be found.
pub(crate) fn key_of<'v>(member: &'v Value<'_>) -> Option<Cow<'v, str>> {
    let value = match member {
        Value::String(text) => text,
        other => other.get("value")?.as_str()?,
    };
    Some(text::key(value, false))
}

/// The members of a resource.
pub(crate) fn of(resource: &Value<'_>) -> usize {
    resource.get("members").and_then(Value::as_array).map_or(0, <[_]>::len)
}

/// Whether a part of a resource says which version it is of. Of what was put into a store without
/// one, only the whole does.
pub(crate) fn has_version(part: &Document) -> bool {
    matches!(part.version(), Cow::Borrowed(_))
}

/// Takes the members out of a document.
pub(crate) fn take(document: &mut Document) -> Vec<Value<'static>> {
    let resource = document.resource_mut().as_object_mut();
    match resource.and_then(|object| object.remove("members")) {
        Some(Value::Array(members)) => members,
        _ => Vec::new(),
    }
}

/// The resource without its members, as a list shows it that does not have them.
pub(super) fn without(document: &Document) -> Document {
    match document.resource.as_object() {
        Some(object) if has_version(document) => {
            let others = object.iter().filter(|(name, _)| !name::same(name, "members"));
            let others = others.map(|(name, value)| (name.to_owned(), value.clone()));
            Document::new(Value::Object(others.collect()))
        }
        _ => document.clone(),
    }
}

/// Whether a type has such a list and nothing of it is shown.
pub(super) fn are_hidden(compiled: &Compiled, projection: &Projection) -> bool {
    list_of(compiled).is_some_and(|list| projection.shows(list, projection.inside()).is_none())
}

/// Whether a query can be answered without the members of any resource: they are not shown, and
/// neither the filter nor the order is about them.
pub(super) fn are_unseen(types: &[PlannedType], projections: &[Projection]) -> bool {
    let mut hidden = false;
    for (planned, projection) in types.iter().zip(projections) {
        let compiled = &planned.compiled;
        let Some(list) = list_of(compiled) else { continue };
        let is_below = |id: AttrId| compiled.chain(id).contains(&list.id);
        let sorts = planned.sort.as_ref().is_some_and(|sort| {
            let mut sorted = compiled.attributes().iter().filter(|one| one.path == sort.path);
            sorted.any(|one| is_below(one.id))
        });
        let filters =
            planned.filter.as_ref().is_some_and(|filter| is_about(&filter.test, &is_below));
        if sorts || filters || !are_hidden(compiled, projection) {
            return false;
        }
        hidden = true;
    }
    hidden
}

/// Whether a test asks for an attribute of a resource. The depth of filters is bounded.
fn is_about(test: &Test, wanted: &dyn Fn(AttrId) -> bool) -> bool {
    match test {
        Test::And(parts) | Test::Or(parts) => parts.iter().any(|part| is_about(part, wanted)),
        Test::Not(part) => is_about(part, wanted),
        Test::Present { place } | Test::Compare { place, .. } | Test::Element { place, .. } => {
            wanted(place.id)
        }
        Test::Constant(_) => false,
    }
}

/// What makes the new list of the old one; `None` if two of one list are the same member, so
/// that it cannot be said which is which.
pub(super) fn changes(
    compiled: &Compiled,
    old: Vec<Value<'static>>,
    new: Vec<Value<'static>>,
) -> Option<Vec<MemberChange>> {
    let list = list_of(compiled)?.id;
    let count = old.len();
    let mut known: HashMap<Box<str>, Value<'static>> =
        old.into_iter().map(|member| (identity(compiled, list, &member), member)).collect();
    if known.len() != count {
        return None;
    }
    let mut seen = std::collections::HashSet::with_capacity(new.len());
    let mut changes = Vec::new();
    for member in new {
        let key = identity(compiled, list, &member);
        let old = known.remove(&key);
        if !seen.insert(key) {
            return None;
        }
        if old.as_ref() != Some(&member) {
            changes.push(MemberChange { old, new: Some(member) });
        }
    }
    // Who goes makes room first.
    let mut all: Vec<_> =
        known.into_values().map(|old| MemberChange { old: Some(old), new: None }).collect();
    all.append(&mut changes);
    Some(all)
}

/// Makes a change in a list; who comes stands behind all others. A member that is gone already
/// stays so.
pub(super) fn apply(list: &mut Vec<Value<'static>>, changes: Vec<MemberChange>) {
    let mut leaving: HashMap<String, Vec<MemberChange>> = HashMap::new();
    let mut coming = Vec::new();
    for change in changes {
        match &change.old {
            Some(old) => {
                let key = key_of(old).unwrap_or_default().into_owned();
                leaving.entry(key).or_default().push(change);
            }
            None => coming.extend(change.new),
        }
    }
    if !leaving.is_empty() {
        list.retain_mut(|member| {
            let key = key_of(member).unwrap_or_default();
            let Some(candidates) = leaving.get_mut(&*key) else { return true };
            let Some(at) = candidates.iter().position(|one| one.old.as_ref() == Some(member))
            else {
                return true;
            };
            match candidates.remove(at).new {
                Some(new) => {
                    *member = new;
                    true
                }
                None => false,
            }
        });
    }
    list.append(&mut coming);
}

impl MemberChange {
    /// `{"old", "new"}`, each where there is one.
    ///
    /// ```
    /// use scimforge::protocol::MemberChange;
    /// use scimforge::value::read;
    ///
    /// let joins = MemberChange { old: None, new: Some(read(r#"{"value": "u-1"}"#)?) };
    /// assert_eq!(joins.to_value().to_string(), r#"{"new":{"value":"u-1"}}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        for (name, member) in [("old", &self.old), ("new", &self.new)] {
            if let Some(member) = member {
                object.insert(name, member.clone());
            }
        }
        object.into()
    }

    pub(super) fn from_value(value: &Value<'_>) -> Self {
        let member = |name| value.get(name).cloned().map(Value::into_owned);
        Self { old: member("old"), new: member("new") }
    }
}
