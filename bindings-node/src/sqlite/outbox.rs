//! Events, until they are delivered.

use rusqlite::{Connection, params_from_iter};
use scimforge::protocol::Event;
use scimforge::sql::{Dialect, Mapping, outbox_tables, record};

use super::Outcome;
use super::query::cells;

pub(super) fn prepare(connection: &Connection) -> Outcome<()> {
    Ok(connection.execute_batch(&outbox_tables(Dialect::Sqlite, &Mapping::default()))?)
}

/// Keeps an event in the transaction of its change, for each of those it is to be delivered to.
pub(super) fn keep(connection: &Connection, event: &Event, sinks: &[Box<str>]) -> Outcome<()> {
    for step in record(event, sinks, Dialect::Sqlite, &Mapping::default()) {
        let params = cells(&step.statement.params);
        connection.prepare_cached(&step.statement.text)?.execute(params_from_iter(params))?;
    }
    Ok(())
}
