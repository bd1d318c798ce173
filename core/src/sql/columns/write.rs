//! A resource as what its columns become.

use std::borrow::Cow;

use super::Mapped;
use super::scalar::{is_int, is_uuid, micros};
use super::table::{Column, ColumnKind, Element, Fold, Member, SHADOW, Source};
use crate::name;
use crate::precis;
use crate::protocol::{Document, StoreResult};
use crate::schema::{AttrId, Compiled, CompiledAttribute};
use crate::sql::key::without_nul;
use crate::sql::shadow;
use crate::text::{self, Comparison};
use crate::time::Instant;
use crate::value::{Object, Value, to_text};

/// What the columns of a row become.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) columns: Vec<Assigned>,
    /// The text of the rest, if there is a column for it.
    pub(super) rest: Option<String>,
    /// The `id`s of members, if there is a table for them.
    pub(super) members: Option<Vec<Box<str>>>,
}

/// A column with what an attribute says of it.
#[derive(Debug)]
pub(super) struct Assigned {
    pub(super) column: Column,
    pub(super) path: Box<str>,
    pub(super) comparison: Comparison,
    /// As a text that the database reads; `None` for no value.
    pub(super) value: Option<String>,
}

impl Assigned {
    fn is_same(&self, other: &Self) -> bool {
        let comparison = match (self.column.kind, self.comparison, other.comparison) {
            (ColumnKind::Text, _, Comparison::Prepared) => Comparison::Prepared,
            (ColumnKind::Text, own, _) => own,
            _ => Comparison::Exact,
        };
        match (&self.value, &other.value) {
            (Some(a), Some(b)) => comparison.key(a) == comparison.key(b),
            (a, b) => a == b,
        }
    }
}

/// Why a value has no place.
pub(super) fn no_place(attribute: &str, reason: &str) -> StoreResult {
    StoreResult::NotStorable { attribute: attribute.into(), reason: reason.into() }
}

const UNFIT: &str = "it does not fit its column";

type Outcome<T> = Result<T, StoreResult>;

/// Takes a resource apart. What has no place is an error: nothing is lost in silence.
pub(super) fn written(
    mapped: &Mapped,
    document: &Document,
    old: Option<&Document>,
) -> Outcome<Written> {
    let before = match old {
        // What was read can be written again.
        Some(old) => assigned(mapped, old).ok().map(|(columns, ..)| columns),
        None => None,
    };
    let (given, mut resource, members) = assigned(mapped, document)?;
    let columns = agreed(given, before.as_deref().unwrap_or_default())?;
    let rest = rest(mapped, document, &mut resource)?;
    Ok(Written { columns, rest, members })
}

type Parts = (Vec<Assigned>, Object<'static>, Option<Vec<Box<str>>>);

fn assigned(mapped: &Mapped, document: &Document) -> Outcome<Parts> {
    let (compiled, table) = (&*mapped.compiled, &mapped.table);
    let mut resource = match (*document.resource).clone() {
        Value::Object(object) => object,
        _ => Object::new(),
    };
    let (mut columns, mut members) = (Vec::new(), None);
    for (id, source) in &table.sources {
        let attribute = compiled.attribute(*id);
        let value = take(compiled, &mut resource, *id);
        match source {
            // By it the row is found.
            Source::Column(column) if column.at == table.id.at => {}
            Source::Column(column) if column.told.computed => {}
            Source::Column(column) => columns.push(one(attribute, column, value.as_ref())?),
            Source::Elements(elements) => {
                let list = value.as_ref().and_then(Value::as_array).unwrap_or_default();
                columns.extend(several(compiled, attribute, elements, list)?);
            }
            Source::Constant(constant) => {
                if value.as_ref().is_some_and(|value| !is_same(attribute, value, constant)) {
                    return Err(no_place(&attribute.path, "it is the same for everybody"));
                }
            }
            Source::Members(join) => {
                let list = value.as_ref().and_then(Value::as_array).unwrap_or_default();
                members = Some(member_ids(&attribute.path, join.user.kind, list)?);
            }
            // What becomes of these is seen when it is done.
            Source::Computed => {}
            Source::Follows => {
                if &*attribute.path == "schemas"
                    && let Some(value) = value
                {
                    resource.insert("schemas", value);
                }
            }
        }
    }
    Ok((columns, resource, members))
}

/// The value of an attribute, taken out; objects that become empty go with it.
fn take(compiled: &Compiled, resource: &mut Object<'static>, id: AttrId) -> Option<Value<'static>> {
    fn inside(
        compiled: &Compiled,
        object: &mut Object<'static>,
        chain: &[AttrId],
    ) -> Option<Value<'static>> {
        let (first, rest) = chain.split_first()?;
        let name = &*compiled.attribute(*first).attribute.name;
        if rest.is_empty() {
            return object.remove(name);
        }
        let inner = object.get_mut(name).and_then(Value::as_object_mut)?;
        let taken = inside(compiled, inner, rest);
        if inner.is_empty() {
            object.remove(name);
        }
        taken
    }
    inside(compiled, resource, &compiled.chain(id))
}

fn one(
    attribute: &CompiledAttribute,
    column: &Column,
    value: Option<&Value<'static>>,
) -> Outcome<Assigned> {
    let value = value.filter(|value| **value != Value::Null);
    let value = value.map(|value| stored(attribute, column, value)).transpose();
    Ok(Assigned {
        column: column.clone(),
        path: attribute.path.clone(),
        comparison: attribute.comparison(),
        value: value.map_err(|reason| no_place(&attribute.path, reason))?,
    })
}

/// A value as a text that the database reads, or why there is none.
fn stored(
    attribute: &CompiledAttribute,
    column: &Column,
    value: &Value<'_>,
) -> Result<String, &'static str> {
    match (column.kind, value) {
        (ColumnKind::Json, value) => {
            let text = to_text(value);
            if has_nul(value) { Err("it holds a NUL") } else { Ok(text) }
        }
        (ColumnKind::Text, Value::String(own)) => {
            if own.contains('\0') {
                return Err("it holds a NUL");
            }
            if column.told.length.is_some_and(|length| own.chars().count() > length) {
                return Err("it is longer than its column");
            }
            if let Some(labels) = &column.told.labels {
                let found = labels.iter().find(|label| ***label == **own).or_else(|| {
                    labels.iter().find(|label| text::equal(label, own, attribute.case_exact))
                });
                return found
                    .map(ToString::to_string)
                    .ok_or("it is none of the values of its column");
            }
            let text = match (column.fold, attribute.comparison()) {
                (Fold::Stored, comparison) => comparison.key(own),
                // What its index finds it by.
                (Fold::Lower | Fold::Citext, Comparison::Prepared) => precis::spelling(own),
                _ => Cow::Borrowed(&**own),
            };
            Ok(text.into_owned())
        }
        (ColumnKind::Uuid, Value::String(own)) => {
            let own = text::key(own, attribute.case_exact);
            if is_uuid(&own) { Ok(own.into_owned()) } else { Err("it is no UUID") }
        }
        (ColumnKind::Int, Value::String(own)) if is_int(own) => whole(column, own.parse().ok()),
        (ColumnKind::Int, Value::Number(number)) => whole(column, number.as_i64()),
        (ColumnKind::Bool, Value::Bool(truth)) => Ok(truth.to_string()),
        (ColumnKind::Time { .. }, Value::String(own)) => {
            let (text, whole) = Instant::parse(own).and_then(micros).ok_or(UNFIT)?;
            if whole { Ok(text) } else { Err("it is finer than a microsecond") }
        }
        _ => Err(UNFIT),
    }
}

fn whole(column: &Column, number: Option<i64>) -> Result<String, &'static str> {
    let (least, most) = column.told.most.map_or((i64::MIN, i64::MAX), |most| (-1 - most, most));
    let fits = number.filter(|number| (least..=most).contains(number));
    fits.map(|number| number.to_string()).ok_or(UNFIT)
}

// The depth is that of what was read.
fn has_nul(value: &Value<'_>) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(has_nul),
        Value::Object(object) => {
            object.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        _ => false,
    }
}

pub(super) fn is_same(attribute: &CompiledAttribute, a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => text::equal(a, b, attribute.case_exact),
        (a, b) => a == b,
    }
}

/// Elements, each with the value that fits it.
fn several(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    elements: &[Element],
    list: &[Value<'static>],
) -> Outcome<Vec<Assigned>> {
    let mut left: Vec<&Value<'static>> = list.iter().collect();
    let mut columns = Vec::new();
    for element in elements {
        let fits = left.iter().position(|value| fits(compiled, attribute.id, element, value));
        let value = fits.map(|at| left.remove(at));
        for (name, column) in element.columns() {
            let Some(sub) = compiled.child(attribute.id, name) else { continue };
            let own = match value {
                // A simple value stands for its own `value`.
                Some(value @ Value::String(_)) => name::same(name, "value").then_some(value),
                value => value.and_then(|value| value.get(name)),
            };
            columns.push(one(sub, column, own)?);
        }
    }
    if left.is_empty() {
        Ok(columns)
    } else {
        Err(no_place(&attribute.path, "there is no column for one of its values"))
    }
}

/// Whether an element of the mapping has a place for all of a value.
fn fits(compiled: &Compiled, id: AttrId, element: &Element, value: &Value<'_>) -> bool {
    let Some(object) = value.as_object() else { return value.as_str().is_some() };
    object.iter().all(|(own, value)| {
        let member = element.members.iter().find(|(name, _)| name::same(name, own));
        match (member, compiled.child(id, own)) {
            (Some((_, Member::Column(_))), _) => true,
            (Some((_, Member::Constant(constant))), Some(sub)) => is_same(sub, value, constant),
            // Not to be the primary one is what everything is.
            _ => matches!(value, Value::Bool(false) | Value::Null),
        }
    })
}

pub(super) fn member_ids(
    path: &str,
    kind: ColumnKind,
    list: &[Value<'_>],
) -> Outcome<Vec<Box<str>>> {
    let mut ids = Vec::with_capacity(list.len());
    for member in list {
        let is_group =
            |kind: &Value<'_>| kind.as_str().is_some_and(|kind| name::same(kind, "Group"));
        if member.get("type").is_some_and(is_group) {
            return Err(no_place(path, "groups in groups have no table"));
        }
        let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
        let good = match kind {
            ColumnKind::Uuid => is_uuid(id),
            ColumnKind::Int => is_int(id),
            _ => !id.contains('\0'),
        };
        if !good {
            return Err(no_place(path, "it names a resource that does not exist"));
        }
        ids.push(id.into());
    }
    Ok(ids)
}

/// One value for each column. Of attributes that share one, the one that changes wins.
fn agreed(given: Vec<Assigned>, before: &[Assigned]) -> Outcome<Vec<Assigned>> {
    let mut columns: Vec<Assigned> = Vec::new();
    let was = |path: &str| before.iter().find(|old| *old.path == *path);
    for new in given {
        let Some(known) = columns.iter_mut().find(|other| other.column.at == new.column.at) else {
            columns.push(new);
            continue;
        };
        let stays = |one: &Assigned| was(&one.path).is_some_and(|old| old.is_same(one));
        if known.is_same(&new) || new.value.is_none() || stays(&new) {
            continue;
        }
        if known.value.is_none() || stays(known) {
            *known = new;
        } else {
            let reason = format!("its column has the value of `{}`", known.path);
            return Err(no_place(&new.path, &reason));
        }
    }
    Ok(columns)
}

/// What is left of a resource once columns have taken theirs, as the text of the rest.
fn rest(
    mapped: &Mapped,
    document: &Document,
    resource: &mut Object<'static>,
) -> Outcome<Option<String>> {
    let (compiled, table) = (&*mapped.compiled, &mapped.table);
    resource.remove("id");
    resource.remove("groups");
    let schemas = resource.remove("schemas");
    if let Some(meta) = resource.get_mut("meta").and_then(Value::as_object_mut) {
        meta.retain(|name, _| ["created", "lastModified"].iter().any(|own| name::same(name, own)));
        if meta.is_empty() || table.rest.is_none() {
            resource.remove("meta");
        }
    }
    if table.rest.is_none() {
        return match resource.iter().find(|(_, value)| !value.is_unassigned()) {
            None => Ok(None),
            Some((name, value)) => Err(no_place(
                &first_path(compiled, AttrId::ROOT, name, value),
                "it has no column, and there is no rest",
            )),
        };
    }
    if let Some(schemas) = schemas.filter(|schemas| !follows(compiled, document, schemas)) {
        resource.insert("schemas", schemas);
    }
    let whole: Value<'static> = std::mem::take(resource).into();
    let shade = shadow(compiled, &whole);
    let mut encoded = match encoded(&whole) {
        Value::Object(object) => object,
        _ => Object::new(),
    };
    encoded.insert(SHADOW, shade);
    Ok(Some(to_text(&encoded.into())))
}

/// The path of the first attribute in a value that has no place.
fn first_path(compiled: &Compiled, parent: AttrId, name: &str, value: &Value<'_>) -> Box<str> {
    let Some(attribute) = compiled.child(parent, name) else { return name.into() };
    match value {
        Value::Object(object) => match object.iter().find(|(_, value)| !value.is_unassigned()) {
            Some((name, value)) => first_path(compiled, attribute.id, name, value),
            None => attribute.path.clone(),
        },
        _ => attribute.path.clone(),
    }
}

/// Whether reading a row would give these schemas anyhow.
fn follows(compiled: &Compiled, document: &Document, schemas: &Value<'_>) -> bool {
    let has_values =
        |uri: &&str| document.resource.get(uri).is_some_and(|values| !values.is_unassigned());
    let extensions = compiled.extensions().map(|container| &*container.attribute.name);
    let known = std::iter::once(compiled.base_schema()).chain(extensions.filter(has_values));
    schemas.as_array().unwrap_or_default().iter().map(Value::as_str).eq(known.map(Some))
}

/// A value as `jsonb` can hold it. Its depth is that of what was read.
fn encoded(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::String(text) => Value::from(without_nul(text).into_owned()),
        Value::Array(items) => Value::Array(items.iter().map(encoded).collect()),
        Value::Object(object) => {
            let members = object
                .iter()
                .map(|(name, value)| (without_nul(name).into_owned().into(), encoded(value)));
            Object::from_unique(members.collect()).into()
        }
        other => other.clone().into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::schema::builtin;
    use crate::value::read as parse;

    #[test]
    fn what_is_taken_out_can_be_put_in_again() {
        let user = builtin::user();
        let id = user.child(user.child(AttrId::ROOT, "name").unwrap().id, "givenName").unwrap().id;
        let text = r#"{"userName":"rosa","name":{"givenName":"Rosa"}}"#;
        let mut value = parse(text).unwrap().into_owned();
        let object = value.as_object_mut().unwrap();
        let given = take(&user, object, id).unwrap();
        assert_eq!(Value::from(object.clone()).to_string(), r#"{"userName":"rosa"}"#);
        read::put(&user, object, id, given);
        assert_eq!(Value::from(object.clone()).to_string(), text);
    }
}
