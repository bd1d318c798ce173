//! Operations into messages.

use super::message_of;
use super::operation::Operation;
use super::writer::Writer;
use crate::patch::Op;
use crate::profile::Quirk;
use crate::value::Value;

/// The messages that carry the operations.
pub(super) fn messages(
    writer: &mut Writer<'_>,
    mut operations: Vec<Operation>,
) -> Vec<Value<'static>> {
    for operation in &mut operations {
        if let Some(value) = operation.value.take() {
            operation.value = Some(writer.written(operation.id, value, &operation.at));
        }
    }
    let portions = writer.portions(operations).into_iter();
    portions
        .map(|portion| {
            let portion = writer.without_paths(portion);
            let portion = writer.members(portion).into_iter();
            message_of(portion.map(|operation| write(writer, operation)).collect())
        })
        .collect()
}

fn write(writer: &mut Writer<'_>, operation: Operation) -> Value<'static> {
    let capital = writer.bend(Quirk::CapitalOperations, &operation.at, &operation.path);
    let op = match (operation.op, capital) {
        (op, false) => op.as_str(),
        (Op::Add, true) => "Add",
        (Op::Remove, true) => "Remove",
        (Op::Replace, true) => "Replace",
    };
    operation.into_value(op)
}
