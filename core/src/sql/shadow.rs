//! The shadow of a resource: what stands beside it in the database, for SQL to compare.
//!
//! It has the shape that the schema gives: names in lower case, single values as texts (see
//! `key`), several values as an array of objects (a simple one under `value`). A resource in
//! canonical form has one value where the schema allows one; should there be more, the first
//! counts.

use std::collections::BTreeSet;

use super::key;
use super::members::is_in_rows;
use crate::name;
use crate::protocol::members::list_of;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Returned};
use crate::sort::Sort;
use crate::value::{Object, Value};

/// Marks a complex value, or an element, that counts as present (`pr`); before a name, a simple
/// value that no comparison finds.
pub(super) const PRESENT: &str = "*";
/// Before the path of an attribute below a multi-valued one: what it is sorted by.
pub(super) const SORTED: &str = "#";

/// How a group is shown to its members.
pub(super) const DISPLAY: &str = "=display";

/// Longer keys are cut: an index finds candidates, the rest of the condition decides.
const LONGEST: usize = 200;

/// The shadow of a resource.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::sql::shadow;
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"userName": "Rosa", "emails": [{"value": "Rosa@North.test"}]}"#)?;
/// let shadow = shadow(&builtin::user(), &rosa);
/// assert_eq!(shadow.get("username").and_then(|name| name.as_str()), Some("rosa"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn shadow(compiled: &Compiled, resource: &Value<'_>) -> Value<'static> {
    let mut object = complex(compiled, AttrId::ROOT, resource);
    for attribute in compiled.attributes().iter().filter(|entry| entry.kind != Kind::Complex) {
        if !is_below_several(compiled, attribute.id) || is_in_rows(compiled, attribute.id) {
            continue;
        }
        if let (Some(sort), Some(path)) =
            (Sort::by(compiled, attribute.id), key::name(&attribute.path))
        {
            let sorted = sort.key(&resource);
            if sorted != crate::sort::SortKey::Missing {
                object.push((format!("{SORTED}{path}"), Value::from(key::sort_key(&sorted))));
            }
        }
    }
    if list_of(compiled).is_some() {
        let display = resource.get("displayName").and_then(Value::as_str);
        if let Some(display) = display.filter(|text| !text.contains('\0')) {
            object.push((DISPLAY.to_owned(), Value::copied(display)));
        }
    }
    finish(object)
}

/// Whether a multi-valued attribute is on the way to this one.
pub(super) fn is_below_several(compiled: &Compiled, id: AttrId) -> bool {
    compiled.chain(id).iter().any(|step| compiled.attribute(*step).multi_valued)
}

type Members = Vec<(String, Value<'static>)>;

fn finish(members: Members) -> Value<'static> {
    // INVARIANT: names differ, since those of a schema do, without case, and the marks are no
    // part of names.
    Object::from_unique(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
        .into()
}

fn mark() -> Value<'static> {
    Value::integer(1)
}

/// The members for a complex value. The depth is that of the schema.
fn complex(compiled: &Compiled, id: AttrId, value: &Value<'_>) -> Members {
    let mut members = Members::new();
    let in_list = compiled.attribute(id).is_list_of_objects();
    for child in compiled.children(id) {
        let Some(own) = key::name(&child.attribute.name) else { continue };
        if child.returned == Returned::Never
            || (id == AttrId::ROOT && is_in_rows(compiled, child.id))
        {
            continue;
        }
        let found = match value {
            Value::Object(object) => object.get(&child.attribute.name),
            // A simple value stands for its own `value`.
            Value::String(_) if name::same(&own, "value") => Some(value),
            _ => None,
        };
        if child.multi_valued {
            let elements: Vec<_> =
                several(found).map(|one| element(compiled, child, one)).collect();
            if !elements.is_empty() {
                members.push((own, Value::Array(elements)));
            }
            continue;
        }
        let one = several(found).next();
        if child.kind == Kind::Complex {
            if let Some(one) = one {
                members.push((own, element(compiled, child, one)));
            }
            continue;
        }
        let missing_is_false =
            in_list && child.kind == Kind::Boolean && name::same(&own, "primary");
        let scalar = one.and_then(|one| key::scalar(child, one));
        let seen = one.is_some_and(is_present);
        if seen && (missing_is_false || scalar.is_none()) {
            members.push((format!("{PRESENT}{own}"), mark()));
        }
        match scalar {
            Some(scalar) => members.push((own, Value::from(scalar))),
            // An element without it is not the primary one (FLT-055).
            None if missing_is_false
                && found.is_none_or(|found| *found == Value::Null)
                && matches!(value, Value::Object(_) | Value::String(_)) =>
            {
                members.push((own, Value::from("false".to_owned())));
            }
            None => {}
        }
    }
    if id != AttrId::ROOT && is_present(value) {
        members.push((PRESENT.to_owned(), mark()));
    }
    members
}

/// The object for a complex value, or for one of several simple ones.
pub(super) fn element(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    value: &Value<'_>,
) -> Value<'static> {
    if attribute.kind == Kind::Complex {
        return finish(complex(compiled, attribute.id, value));
    }
    let mut members = Members::new();
    if let Some(scalar) = key::scalar(attribute, value) {
        members.push(("value".to_owned(), Value::from(scalar)));
    }
    if is_present(value) {
        members.push((PRESENT.to_owned(), mark()));
    }
    finish(members)
}

/// The values that a filter sees: nulls are none, and neither is an array inside an array.
fn several<'v, 'a>(found: Option<&'v Value<'a>>) -> impl Iterator<Item = &'v Value<'a>> {
    let values = match found {
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    values.iter().filter(|value| !matches!(value, Value::Null | Value::Array(_)))
}

/// As filters see it (FLT-039). The depth is that of a document that was read.
fn is_present(value: &Value<'_>) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(object) => object.iter().any(|(_, member)| is_present(member)),
        Value::Array(items) => items.iter().any(is_present),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Whether equality on this attribute is looked up in a table of values, where the database has
/// no index inside JSON: texts of a resource and of its extensions, and the `value` of complex
/// ones. Clients look for people by these.
pub(super) fn is_looked_up(compiled: &Compiled, attribute: &CompiledAttribute) -> bool {
    use crate::schema::{Mutability, Role};
    let parent = compiled.attribute(attribute.parent);
    let outermost = attribute.parent == AttrId::ROOT || parent.role == Role::Container;
    attribute.kind == Kind::String
        && (outermost || &*attribute.attribute.name == "value")
        && &*attribute.path != "id"
        && !is_in_rows(compiled, attribute.id)
        && attribute.returned != Returned::Never
        && attribute.mutability != Mutability::WriteOnly
}

/// The key under which a text stands in the table of values, and whether no other text stands
/// under it: a longer one, cut inside a character, is up to three bytes shorter than the limit.
pub(super) fn cut(key: &str) -> (&str, bool) {
    let mut end = key.len().min(LONGEST);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    (key.get(..end).unwrap_or(key), key.len() + 3 < LONGEST)
}

/// The rows of the table of values: path and key, each pair once.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::sql::looked_up;
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"emails": [{"value": "Rosa@North.test"}]}"#)?;
/// let rows = looked_up(&builtin::user(), &rosa);
/// assert!(rows.contains(&("emails.value".into(), "rosa@north.test".into())));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn looked_up(compiled: &Compiled, resource: &Value<'_>) -> BTreeSet<(Box<str>, Box<str>)> {
    let mut found = BTreeSet::new();
    for attribute in
        compiled.attributes().iter().filter(|attribute| is_looked_up(compiled, attribute))
    {
        let chain = compiled.chain(attribute.id);
        let names: Vec<&str> =
            chain.iter().map(|step| &*compiled.attribute(*step).attribute.name).collect();
        each_text(resource, &names, &mut |value| {
            let folded = attribute.comparison().key(value);
            let free = key::without_nul(&folded);
            found.insert((attribute.path.clone(), cut(&free).0.into()));
        });
    }
    found
}

fn each_text(value: &Value<'_>, names: &[&str], found: &mut dyn FnMut(&str)) {
    for value in several(Some(value)) {
        match (value, names.split_first()) {
            (Value::String(text), None) => found(text),
            (Value::String(text), Some((last, []))) if name::same(last, "value") => found(text),
            (Value::Object(object), Some((first, rest))) => {
                if let Some(inner) = object.get(first) {
                    each_text(inner, rest, found);
                }
            }
            _ => {}
        }
    }
}
