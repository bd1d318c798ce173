//! Replaces as one operation without path, as some clients send them and their servers expect.

use super::operation::Operation;
use super::writer::Writer;
use crate::patch::Op;
use crate::profile::Quirk;
use crate::schema::{AttrId, Compiled};
use crate::value::{Object, Value};

impl Writer<'_> {
    /// Puts replaces that follow each other into one value. A replace by null stays as it is, and
    /// so does one of a part of what stands in the value already: order would matter there.
    pub(super) fn without_paths(&mut self, operations: Vec<Operation>) -> Vec<Operation> {
        if !self.has_quirk(Quirk::PathlessReplace) {
            return operations;
        }
        let flat = self.has_quirk(Quirk::WriteDottedKeys);
        let mut made: Vec<Operation> = Vec::with_capacity(operations.len());
        let mut merged: Vec<AttrId> = Vec::new();
        for operation in operations {
            let value = match &operation.value {
                Some(value) if !value.is_unassigned() => value.clone(),
                _ => {
                    merged.clear();
                    made.push(operation);
                    continue;
                }
            };
            if operation.op != Op::Replace || operation.filtered {
                merged.clear();
                made.push(operation);
                continue;
            }
            let id = operation.id;
            let related = merged.iter().any(|other| {
                self.compiled.chain(*other).contains(&id) || self.compiled.chain(id).contains(other)
            });
            if merged.is_empty() || related {
                merged.clear();
                self.bend(Quirk::PathlessReplace, &operation.at, &operation.path);
                made.push(Operation {
                    path: String::new(),
                    value: Some(Value::Object(Object::new())),
                    top: AttrId::ROOT,
                    ..operation.clone()
                });
            }
            merged.push(id);
            let target = made.last_mut().and_then(|last| last.value.as_mut()?.as_object_mut());
            let Some(target) = target else { continue };
            if flat && put_flat(self.compiled, target, id, value.clone()) {
                self.bend(Quirk::WriteDottedKeys, &operation.at, &operation.path);
            } else {
                put(self.compiled, target, id, value);
            }
        }
        made
    }
}

/// Sets a member by its path as key. Whether the key is a path, and was set.
fn put_flat(
    compiled: &Compiled,
    object: &mut Object<'static>,
    id: AttrId,
    value: Value<'static>,
) -> bool {
    let is_path = compiled.chain(id).len() > 1;
    if is_path {
        object.insert(compiled.attribute(id).path.to_string(), value);
    }
    is_path
}

/// Sets a member below as many objects as its path has steps.
fn put(compiled: &Compiled, object: &mut Object<'static>, id: AttrId, value: Value<'static>) {
    let chain = compiled.chain(id);
    let Some((last, way)) = chain.split_last() else { return };
    let mut home = object;
    for step in way {
        let name = &compiled.attribute(*step).attribute.name;
        if home.get(name).is_none() {
            home.insert(name.to_string(), Value::Object(Object::new()));
        }
        let Some(inner) = home.get_mut(name).and_then(Value::as_object_mut) else { return };
        home = inner;
    }
    home.insert(compiled.attribute(*last).attribute.name.to_string(), value);
}
