//! A row as a resource.

use super::table::{Column, ColumnKind, Element, Join, Member, SHADOW, Source};
use super::{Columns, Mapped};
use crate::profile::{Profile, Unknown};
use crate::project::Projection;
use crate::protocol::Document;
use crate::schema::{AttrId, Compiled};
use crate::time::Instant;
use crate::value::{Object, Value};

/// What the texts of JSON cannot hold is written in another way there; this reads it again.
fn with_nul(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\u{1}') {
            (_, true) => match characters.next() {
                Some('\u{2}') => whole.push('\0'),
                Some('\u{3}') => whole.push('\u{1}'),
                // Somebody else wrote it.
                other => whole.extend(std::iter::once('\u{1}').chain(other)),
            },
            (other, false) => whole.push(other),
        }
    }
    whole
}

/// The same in all texts of a value. Its depth is that of what was read.
fn decoded(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::String(text) if text.contains('\u{1}') => Value::from(with_nul(text)),
        Value::Array(items) => Value::Array(items.iter().map(decoded).collect()),
        Value::Object(object) => {
            let members =
                object.iter().map(|(name, value)| (with_nul(name).into(), decoded(value)));
            Object::from_distinct(members.collect()).unwrap_or_default().into()
        }
        other => other.clone().into_owned(),
    }
}

/// What is read of a row: `json`, the text of an object, and `raw`, the row itself, if the
/// application computes something of it.
pub(super) fn row(columns: &Columns, mapped: &Mapped) -> String {
    let join = mapped.table.join();
    let members = join.map(|join| list(join, &columns.rows(mapped, join)));
    row_with(mapped, members.as_deref())
}

/// The same where nobody looks at members. Without a column for it, the version follows from all
/// that a row holds.
pub(super) fn row_without_members(columns: &Columns, mapped: &Mapped) -> String {
    match mapped.table.version {
        Some(_) => row_with(mapped, None),
        None => row(columns, mapped),
    }
}

/// The identifiers of members, of whom a clause behind FROM says who they are.
pub(super) fn list(join: &Join, rows: &str) -> String {
    let user = join.user.of("j");
    format!("(SELECT json_agg({user}::text ORDER BY {user}) FROM {rows})")
}

/// The same with what an expression gives as members.
pub(super) fn row_with(mapped: &Mapped, given: Option<&str>) -> String {
    let mut members: Vec<String> = read_columns(mapped)
        .iter()
        .map(|column| format!("{} AS c{}", expression(column), column.at))
        .collect();
    members.extend(given.map(|given| format!("{given} AS {MEMBERS}")));
    let raw = if mapped.table.has_computed() { ", to_jsonb(d) AS raw" } else { "" };
    format!("(SELECT row_to_json(x)::text FROM (SELECT {}) x) AS json{raw}", members.join(", "))
}

const MEMBERS: &str = "members";
const COMPUTED: &str = "computed";

/// The columns to read, each once.
fn read_columns(mapped: &Mapped) -> Vec<&Column> {
    let all = mapped.table.columns(|_| "".into());
    let hidden = [&mapped.table.tenant, &mapped.table.soft_delete, &mapped.table.password];
    let mut columns: Vec<&Column> = Vec::new();
    for (_, column) in all {
        let is_hidden = hidden.iter().any(|one| one.as_ref() == Some(column));
        if !is_hidden && !columns.iter().any(|other| other.at == column.at) {
            columns.push(column);
        }
    }
    columns
}

/// What was read of a column.
fn cell<'r>(row: &'r Value<'_>, column: &Column) -> Option<&'r Value<'r>> {
    let value = row.get(&format!("c{}", column.at))?;
    (*value != Value::Null).then_some(value)
}

/// The text of a moment, as a resource has it.
pub(super) fn moment(column: &Column) -> String {
    expression(column)
}

fn expression(column: &Column) -> String {
    let own = column.of("d");
    match column.kind {
        ColumnKind::Text | ColumnKind::Uuid | ColumnKind::Int => format!("{own}::text"),
        ColumnKind::Bool | ColumnKind::Json => own,
        ColumnKind::Time { zoned } => {
            // What no document can say stands at the ends of what it can.
            let zone = if zoned { "+00" } else { "" };
            let clamped = format!(
                "LEAST(GREATEST({own}, '0001-01-01 00:00:00{zone}'), '9999-12-31 23:59:59{zone}')"
            );
            let at = if zoned { " AT TIME ZONE 'UTC'" } else { "" };
            // GREATEST passes over NULL.
            format!(
                "CASE WHEN {own} IS NOT NULL THEN \
                 to_char({clamped}{at}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') END"
            )
        }
    }
}

/// The resource that a row holds. What is computed is not in it.
pub(super) fn document(mapped: &Mapped, row: &Value<'_>) -> Document {
    let (compiled, table) = (&*mapped.compiled, &mapped.table);
    let rest = table.rest.as_ref().and_then(|rest| cell(row, rest));
    let mut resource = match rest.map(decoded) {
        Some(Value::Object(object)) => object,
        _ => Object::new(),
    };
    resource.remove(SHADOW);
    let no_schemas = Vec::new();
    let mut schemas = match resource.remove("schemas") {
        Some(Value::Array(schemas)) => schemas,
        _ => no_schemas,
    };
    for (id, source) in &table.sources {
        let value = match source {
            Source::Column(column) => value_of(compiled, *id, column, row),
            Source::Constant(value) => Some(value.clone()),
            Source::Elements(elements) => elements_of(compiled, *id, elements, row),
            Source::Members(_) => members_of(row),
            // The host adds to a row what the application computes.
            Source::Computed => {
                let value =
                    row.get(COMPUTED).and_then(|all| all.get(&compiled.attribute(*id).path));
                value.map(|value| value.clone().into_owned())
            }
            Source::Follows => None,
        };
        if let Some(value) = value {
            put(compiled, &mut resource, *id, value);
        }
    }
    if let Some(version) = &table.version {
        // A row that never had one counts from nothing.
        let number = cell(row, version).and_then(Value::as_str).unwrap_or("0");
        let meta = compiled.child(AttrId::ROOT, "meta");
        if let Some(version) = meta.and_then(|meta| compiled.child(meta.id, "version")) {
            put(compiled, &mut resource, version.id, Value::from(format!("W/\"{number}\"")));
        }
    }
    let has = |schemas: &[Value<'_>], uri: &str| {
        schemas.iter().any(|own| own.as_str().is_some_and(|own| crate::name::same(own, uri)))
    };
    if !has(&schemas, compiled.base_schema()) {
        schemas.insert(0, Value::from(compiled.base_schema().to_owned()));
    }
    for container in compiled.extensions() {
        let uri = &*container.attribute.name;
        if resource.get(uri).is_some_and(|value| !value.is_unassigned()) && !has(&schemas, uri) {
            schemas.push(Value::from(uri.to_owned()));
        }
    }
    resource.insert("schemas", Value::Array(schemas));
    // Names and order are those of the schema: so the version is that of what was written.
    let keeping = Profile::LENIENT.with_unknown(Unknown::Keep);
    Document::new(
        Projection::all().keeping(keeping).apply_owned(compiled, resource.into()).into_owned(),
    )
}

fn value_of(
    compiled: &Compiled,
    id: AttrId,
    column: &Column,
    row: &Value<'_>,
) -> Option<Value<'static>> {
    let value = cell(row, column)?;
    Some(match column.kind {
        ColumnKind::Time { .. } => {
            let instant = Instant::parse(value.as_str()?)?;
            let (short, exact) = (instant.to_string(), instant.to_exact_text());
            let millis = Instant::parse(&short) == Some(instant);
            Value::from(if millis { short } else { exact })
        }
        ColumnKind::Int if compiled.attribute(id).kind == crate::schema::Kind::Integer => {
            Value::integer(value.as_str()?.parse().ok()?)
        }
        _ => value.clone().into_owned(),
    })
}

fn elements_of(
    compiled: &Compiled,
    id: AttrId,
    elements: &[Element],
    row: &Value<'_>,
) -> Option<Value<'static>> {
    let mut list = Vec::new();
    for element in elements {
        let mut members = Vec::new();
        let (mut columns, mut values) = (0, 0);
        for (name, member) in &element.members {
            let value = match member {
                Member::Constant(value) => Some(value.clone()),
                Member::Column(column) => {
                    columns += 1;
                    let sub = compiled.child(id, name).map_or(id, |sub| sub.id);
                    let value = value_of(compiled, sub, column, row);
                    values += usize::from(value.is_some());
                    value
                }
            };
            members.extend(value.map(|value| (name.to_string().into(), value)));
        }
        if columns == 0 || values > 0 {
            list.push(Object::from_unique(members).into());
        }
    }
    (!list.is_empty()).then_some(Value::Array(list))
}

fn members_of(row: &Value<'_>) -> Option<Value<'static>> {
    let ids = row.get(MEMBERS)?.as_array()?;
    let member = |id: &Value<'_>| {
        let id = id.as_str()?.to_owned();
        Some(Object::from_unique(vec![("value".into(), Value::from(id))]).into())
    };
    Some(Value::Array(ids.iter().filter_map(member).collect()))
}

/// Puts a value where an attribute is. The depth is that of the schema.
pub(super) fn put(
    compiled: &Compiled,
    resource: &mut Object<'static>,
    id: AttrId,
    value: Value<'static>,
) {
    let chain = compiled.chain(id);
    let Some((last, parents)) = chain.split_last() else { return };
    let mut object = resource;
    for step in parents {
        let name = &*compiled.attribute(*step).attribute.name;
        if object.get(name).and_then(Value::as_object).is_none() {
            object.insert(name.to_owned(), Object::new().into());
        }
        let Some(next) = object.get_mut(name).and_then(Value::as_object_mut) else { return };
        object = next;
    }
    object.insert(compiled.attribute(*last).attribute.name.to_string(), value);
}
