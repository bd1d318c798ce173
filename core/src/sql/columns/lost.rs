//! What the application or the database computes, compared with what was written.

use super::Mapped;
use super::table::Source;
use super::write::is_same;
use crate::protocol::Document;
use crate::schema::{AttrId, Compiled, CompiledAttribute};
use crate::value::Value;

/// The attribute of which something else was made than was wanted.
pub(super) fn lost<'m>(
    mapped: &'m Mapped,
    wanted: &Document,
    made: &Document,
    old: Option<&Document>,
) -> Option<&'m str> {
    let compiled = &*mapped.compiled;
    let computed = mapped.table.sources.iter().filter(|(_, source)| match source {
        Source::Column(column) => column.told.computed && column.at != mapped.table.id.at,
        source => **source == Source::Computed,
    });
    for (id, _) in computed {
        let attribute = compiled.attribute(*id);
        let of = |document: &Document| find(compiled, &document.resource, *id);
        let Some(wanted) = of(wanted) else { continue };
        if old.and_then(of).as_ref() == Some(&wanted) {
            continue;
        }
        if !of(made).is_some_and(|made| covers(compiled, attribute, &made, &wanted)) {
            return Some(&attribute.path);
        }
    }
    None
}

fn find(compiled: &Compiled, resource: &Value<'static>, id: AttrId) -> Option<Value<'static>> {
    let mut value = resource;
    for step in compiled.chain(id) {
        value = value.get(&compiled.attribute(step).attribute.name)?;
    }
    (!value.is_unassigned()).then(|| value.clone())
}

/// Whether all of a value is in another. The depth is that of the schema.
fn covers(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    made: &Value<'_>,
    wanted: &Value<'_>,
) -> bool {
    match (made, wanted) {
        (Value::Array(made), Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| made.iter().any(|made| covers(compiled, attribute, made, wanted))),
        (Value::Object(made), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| {
                match (compiled.child(attribute.id, name), made.get(name)) {
                    (Some(sub), Some(made)) => covers(compiled, sub, made, wanted),
                    _ => matches!(wanted, Value::Bool(false) | Value::Null),
                }
            })
        }
        (made, wanted) => is_same(attribute, made, wanted),
    }
}
