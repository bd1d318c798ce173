//! Resources that were removed and are kept. The SQL is the engine's.

use rusqlite::{Connection, params_from_iter};
use scimforge::protocol::{StoreOp, StoreResult};
use scimforge::schema::Compiled;
use scimforge::sql::{Dialect, Mapping, Need, Program, Shadows, Step, forgetting, sqlite_program};

use super::query::cells;
use super::{Failure, Outcome, read, text};

pub(super) fn run(
    connection: &Connection,
    compiled: Option<&Compiled>,
    operation: &StoreOp,
    keeps_events: bool,
) -> Outcome<StoreResult> {
    let purge = || forgetting(operation, Dialect::Sqlite, &Mapping::default());
    let program = match keeps_events.then(purge).flatten() {
        Some(purge) => purge,
        None => sqlite_program(operation, compiled, Shadows::Jsonb)
            .map_err(|error| Failure::Other(error.to_string()))?,
    };
    match program {
        Program::Change(steps) => change(connection, &steps),
        Program::Removed(statement) => {
            let mut find = connection.prepare_cached(&statement.text)?;
            let mut rows = find.query(params_from_iter(cells(&statement.params)))?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(text(row, 0)?.to_owned());
            }
            result(&format!("{{\"removed\":[{}]}}", found.join(",")))
        }
        Program::Purge(statements) => {
            let mut answer = None;
            for statement in &statements {
                let mut run = connection.prepare_cached(&statement.text)?;
                let mut rows = run.query(params_from_iter(cells(&statement.params)))?;
                if let Some(row) = rows.next()? {
                    answer = Some(text(row, 0)?.to_owned());
                }
            }
            result(&answer.unwrap_or_default())
        }
        _ => Err(Failure::Other("the store does not know what to do".to_owned())),
    }
}

fn result(json: &str) -> Outcome<StoreResult> {
    StoreResult::from_value(read(json)?)
        .map_err(|error| Failure::Other(format!("what was removed: {error}")))
}

/// Runs one step after the other, as long as each finds what it needs.
fn change(connection: &Connection, steps: &[Step]) -> Outcome<StoreResult> {
    for Step { statement, need } in steps {
        let mut run = connection.prepare_cached(&statement.text)?;
        let mut rows = run.query(params_from_iter(cells(&statement.params)))?;
        let row = rows.next()?;
        match (need, row) {
            (Need::Row(otherwise), None) => return Ok(otherwise.clone()),
            (Need::NoRow, Some(row)) => {
                return Ok(StoreResult::Conflict { attribute: text(row, 0)?.into() });
            }
            _ => while rows.next()?.is_some() {},
        }
    }
    Ok(StoreResult::Done)
}
