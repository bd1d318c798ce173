//! Events, until they are delivered.

use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, params};
use scimforge::protocol::Event;
use scimforge::sql::{Dialect, Mapping, outbox_tables, without_nul};
use scimforge::value::to_text;

use super::Outcome;

pub(super) fn prepare(connection: &Connection) -> Outcome<()> {
    Ok(connection.execute_batch(&outbox_tables(Dialect::Sqlite, &Mapping::default()))?)
}

/// Keeps an event in the transaction of its change, for each of those it is to be delivered to.
pub(super) fn keep(connection: &Connection, event: &Event, sinks: &[Box<str>]) -> Outcome<()> {
    let own = [&event.tenant, &event.resource_type, &event.resource_id];
    let [tenant, resource_type, id] = own.map(|text| without_nul(text));
    let now = now();
    connection
        .prepare_cached(
            "INSERT INTO event (tenant, type, id, json, made) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![tenant, resource_type, id, to_text(&event.to_value()), now])?;
    let seq = connection.last_insert_rowid();
    let mut deliver = connection.prepare_cached(
        "INSERT INTO delivery (sink, seq, tenant, type, id, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for sink in sinks {
        deliver.execute(params![sink, seq, tenant, resource_type, id, now])?;
    }
    Ok(())
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
