//! The values that equality filters look up.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};

use super::Outcome;

/// A path and a value as it is compared.
type Entry = (Box<str>, Box<str>);

/// Brings the entries of a row from what they are to what they should be. Few change in a large
/// group when one member comes or goes.
pub(super) fn fill(
    connection: &Connection,
    tenant: &str,
    resource_type: &str,
    row: i64,
    wanted: &BTreeSet<Entry>,
) -> Outcome<()> {
    let mut select = connection.prepare_cached("SELECT path, key FROM value WHERE row = ?1")?;
    let present: BTreeSet<Entry> =
        select.query_map([row], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM value WHERE tenant = ?1 AND type = ?2 AND path = ?3 AND key = ?4 AND row = ?5",
    )?;
    for (path, key) in present.difference(wanted) {
        delete.execute(params![tenant, resource_type, path, key, row])?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO value VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (path, key) in wanted.difference(&present) {
        insert.execute(params![tenant, resource_type, path, key, row])?;
    }
    Ok(())
}
