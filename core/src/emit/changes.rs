//! Which operations a server is sent.

use std::collections::HashSet;

use super::operation::{Operation, read};
use super::writer::Writer;
use crate::error::{Code, Error, Pointer};
use crate::patch::{Op, diff};
use crate::profile::Quirk;
use crate::schema::{AttrId, Mutability};
use crate::validate::finding::about;
use crate::value::Value;

/// The operations as they were given, without what the server does not take.
pub(super) fn without_original(
    writer: &mut Writer<'_>,
    operations: Vec<Operation>,
) -> Result<Vec<Operation>, Error> {
    let mut kept = Vec::with_capacity(operations.len());
    for mut operation in operations {
        let compiled = writer.compiled;
        let top = compiled.attribute(operation.top);
        if compiled.attribute(operation.id).mutability == Mutability::ReadOnly {
            continue;
        }
        if writer.is_left_out(operation.id) || writer.is_left_out(operation.top) {
            writer.bend(Quirk::LeaveOut, &operation.at, &operation.path);
            continue;
        }
        let whole = !operation.filtered && operation.id == operation.top;
        let by_one = writer.has_quirk(Quirk::MembersOneByOne)
            && writer.is_members(top)
            && whole
            && operation.op != Op::Add;
        let of_several = writer.takes_one(top) && operation.op != Op::Remove;
        let filtered = writer.has_quirk(Quirk::WholeLists) && operation.filtered;
        if by_one || of_several || filtered {
            return Err(Error::from(about(top, Code::OptionNeeded))
                .with("option", "original")
                .at(operation.at));
        }
        if let Some(value) = operation.value.take() {
            operation.value = Some(writer.part(operation.id, value, &operation.at));
        }
        kept.push(operation);
    }
    Ok(kept)
}

/// The operations that make `new` of `old`.
pub(super) fn between(
    writer: &mut Writer<'_>,
    old: &Value<'_>,
    new: &Value<'_>,
) -> Result<Vec<Operation>, Error> {
    let compiled = writer.compiled;
    let Some(message) = diff(compiled, old, new) else { return Ok(Vec::new()) };
    let mut operations = read(compiled, &message)?;
    for operation in &mut operations {
        operation.at = Pointer::root();
    }
    let mut whole: Vec<AttrId> = Vec::new();
    if writer.has_quirk(Quirk::WholeLists) {
        for operation in operations.iter().filter(|operation| operation.filtered) {
            if !whole.contains(&operation.top) {
                whole.push(operation.top);
            }
        }
    }
    let mut by_one: Vec<AttrId> = Vec::new();
    if writer.has_quirk(Quirk::MembersOneByOne) {
        for operation in operations.iter().filter(|operation| operation.op != Op::Add) {
            let list = writer.is_members(compiled.attribute(operation.top));
            if list && !operation.filtered && !by_one.contains(&operation.top) {
                by_one.push(operation.top);
            }
        }
    }
    operations
        .retain(|operation| !whole.contains(&operation.top) && !by_one.contains(&operation.top));
    for id in whole {
        operations.push(as_a_whole(writer, id, new)?);
    }
    for id in by_one {
        one_by_one(writer, id, old, new, &mut operations)?;
    }
    Ok(operations)
}

/// The list as it shall be, without a filter in the path.
fn as_a_whole(writer: &mut Writer<'_>, id: AttrId, new: &Value<'_>) -> Result<Operation, Error> {
    let path = writer.compiled.attribute(id).path.clone();
    writer.bend(Quirk::WholeLists, &Pointer::root(), &path);
    let value = list_of(writer, id, new);
    let value = (!value.is_empty()).then(|| Value::Array(value.to_vec()).into_owned());
    let op = if value.is_some() { Op::Replace } else { Op::Remove };
    Operation::new(writer.compiled, op, &path, value, Pointer::root())
}

/// Removals and additions in place of a whole list of members.
fn one_by_one(
    writer: &mut Writer<'_>,
    id: AttrId,
    old: &Value<'_>,
    new: &Value<'_>,
    operations: &mut Vec<Operation>,
) -> Result<(), Error> {
    let compiled = writer.compiled;
    let path = compiled.attribute(id).path.clone();
    writer.bend(Quirk::MembersOneByOne, &Pointer::root(), &path);
    let (old, new) = (list_of(writer, id, old), list_of(writer, id, new));
    let keys = |items: &[Value<'_>]| -> HashSet<String> {
        items.iter().filter_map(key).map(str::to_owned).collect()
    };
    let (before, after) = (keys(old), keys(new));
    for gone in old.iter().filter_map(key).filter(|key| !after.contains(*key)) {
        let path = format!("{path}[value eq {}]", Value::from(gone.to_owned()));
        operations.push(Operation::new(compiled, Op::Remove, &path, None, Pointer::root())?);
    }
    let added: Vec<Value<'static>> = new
        .iter()
        .filter(|item| key(item).is_none_or(|key| !before.contains(key)))
        .map(|item| item.clone().into_owned())
        .collect();
    if !added.is_empty() {
        let value = Some(Value::Array(added));
        operations.push(Operation::new(compiled, Op::Add, &path, value, Pointer::root())?);
    }
    Ok(())
}

fn key<'v>(item: &'v Value<'_>) -> Option<&'v str> {
    item.get("value").and_then(Value::as_str)
}

/// The values of a list in a resource.
fn list_of<'v, 'a>(writer: &Writer<'_>, id: AttrId, resource: &'v Value<'a>) -> &'v [Value<'a>] {
    let compiled = writer.compiled;
    let mut value = Some(resource);
    for step in compiled.chain(id) {
        value = value.and_then(|value| value.get(&compiled.attribute(step).attribute.name));
    }
    value.and_then(Value::as_array).unwrap_or_default()
}
