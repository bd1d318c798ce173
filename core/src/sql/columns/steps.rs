//! What a change is made of: statements, and how values stand in them.

use super::table::{Column, ColumnKind};
use crate::protocol::StoreResult;
use crate::sql::builder::Builder;
use crate::sql::query::Statement;
use crate::value::{Object, Value, to_text};

/// One statement of a change.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) statement: Statement,
    pub(super) need: Need,
}

/// What the rows of a step must be for the next to be run.
#[derive(Debug)]
pub(super) enum Need {
    Nothing,
    /// There is one; else this is the answer.
    Row(StoreResult),
    /// There is none; else this is the answer.
    NoRow(StoreResult),
}

/// The statements of a change, all in one transaction.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) steps: Vec<Step>,
    /// Reads what was made; none where nothing is left.
    pub(super) read: Option<Statement>,
    /// The database says the `id`, in the last step; [`Columns::settle`](super::Columns::settle) has the rest.
    pub(super) unsettled: bool,
}

impl Change {
    /// `{"steps": [{"text", "params", "need"?, "otherwise"?}], "read"?, "unsettled"?}`.
    pub(super) fn to_value(&self) -> Value<'static> {
        let step = |step: &Step| {
            let mut object = match step.statement.to_value() {
                Value::Object(object) => object,
                _ => Object::new(),
            };
            let (need, otherwise) = match &step.need {
                Need::Nothing => return object.into(),
                Need::Row(otherwise) => ("row", otherwise),
                Need::NoRow(otherwise) => ("none", otherwise),
            };
            object.insert("need", Value::from(need));
            object.insert("otherwise", otherwise.to_value());
            object.into()
        };
        let mut object = Object::new();
        object.insert("steps", Value::Array(self.steps.iter().map(step).collect()));
        if let Some(read) = &self.read {
            object.insert("read", read.to_value());
        }
        if self.unsettled {
            object.insert("unsettled", Value::Bool(true));
        }
        object.into()
    }
}

/// The moment, as a column of that kind holds it.
pub(super) fn now(zoned: bool) -> &'static str {
    if zoned { "now()" } else { "(now() AT TIME ZONE 'UTC')" }
}

/// Identifiers as a table `m` with the column `id`.
pub(super) fn listed(ids: Vec<Value<'static>>, builder: &mut Builder) -> String {
    let list = builder.text(&to_text(&Value::Array(ids)));
    format!("jsonb_array_elements_text({list}::jsonb) AS m(id)")
}

pub(super) fn cast(column: &Column) -> &'static str {
    match column.kind {
        ColumnKind::Uuid => "::uuid",
        ColumnKind::Int => "::bigint",
        _ => "",
    }
}

/// A value as it is assigned to a column.
pub(super) fn cell(column: &Column, value: &str, builder: &mut Builder) -> String {
    match column.kind {
        // A type of the developer's that is made of texts says itself how it is read.
        ColumnKind::Text => untyped(value, builder),
        ColumnKind::Uuid => format!("{}::uuid", builder.text(value)),
        ColumnKind::Int => format!("{}::bigint", builder.text(value)),
        ColumnKind::Bool => format!("{}::boolean", builder.text(value)),
        ColumnKind::Json => format!("{}::jsonb", builder.text(value)),
        ColumnKind::Time { zoned } => super::scalar::time(value, zoned, builder),
    }
}

/// A parameter that is read as what its column is.
pub(super) fn untyped(value: &str, builder: &mut Builder) -> String {
    let typed = builder.text(value);
    typed.trim_end_matches("::text").to_owned()
}

pub(super) fn failed(what: String) -> StoreResult {
    StoreResult::Failed(what)
}
