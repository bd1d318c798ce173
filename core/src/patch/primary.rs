//! One value at most is primary (RFC 7643 §2.4, RFC 7644 §3.5.2).

use super::list::List;
use super::origin::Origin;
use crate::error::{Code, Error, Pointer};
use crate::name;
use crate::schema::{Compiled, CompiledAttribute, Kind};
use crate::validate::finding::about;
use crate::validate::trail::Trail;
use crate::value::Value;

/// Whether a value is marked.
pub(super) fn is_primary(value: &Value<'_>) -> bool {
    value.get("primary") == Some(&Value::Bool(true))
}

/// Whether this is the mark itself.
pub(super) fn is_mark(attribute: &CompiledAttribute) -> bool {
    attribute.kind == Kind::Boolean && name::same(&attribute.attribute.name, "primary")
}

/// Whether values of this attribute can be marked.
fn has_mark(compiled: &Compiled, attribute: &CompiledAttribute) -> bool {
    attribute.multi_valued && compiled.child(attribute.id, "primary").is_some_and(is_mark)
}

/// A list that a client sends has one primary value at most (PAT-061).
pub(super) fn check_value(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    list: &[Value<'_>],
    at: &Trail<'_>,
) -> Result<(), Error> {
    if has_mark(compiled, attribute)
        && list.iter().filter(|value| is_primary(value)).nth(1).is_some()
    {
        return Err(several(attribute, at.pointer()));
    }
    Ok(())
}

/// Unmarks every value but the one that an operation marked (PAT-060).
pub(super) fn settle(list: &mut List<'_, '_>, marked: &[usize], at: &Origin) -> Result<(), Error> {
    let attribute = list.compiled.attribute(list.id);
    if !has_mark(list.compiled, attribute) {
        return Ok(());
    }
    let winner = match marked {
        [] => return Ok(()),
        [winner] => *winner,
        _ => return Err(several(attribute, at.pointer())),
    };
    let others: Vec<usize> = list
        .places()
        .filter(|place| *place != winner && list.items.get(*place).is_some_and(is_primary))
        .collect();
    for place in others {
        let mut item = list.take(place);
        if let Some(mark) = item.as_object_mut().and_then(|object| object.get_mut("primary")) {
            *mark = Value::Bool(false);
        }
        list.put(place, item);
    }
    Ok(())
}

fn several(attribute: &CompiledAttribute, at: Pointer) -> Error {
    about(attribute, Code::MultiplePrimary).at(at).into()
}
