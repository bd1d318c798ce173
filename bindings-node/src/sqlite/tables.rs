//! The tables, and whether the indexes fit the resource types.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use scimforge::protocol::unique_keys;
use scimforge::schema::Compiled;

use super::{Failure, Outcome, index, read, text};

/// Raised when the tables change in a way that older releases cannot read.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS document (
    row      INTEGER PRIMARY KEY,
    tenant   TEXT NOT NULL,
    type     TEXT NOT NULL,
    id       TEXT NOT NULL,
    version  TEXT NOT NULL,
    -- meta.created: seconds since 1970, and the digits of the fraction
    created  INTEGER NOT NULL,
    fraction TEXT NOT NULL,
    json     TEXT NOT NULL,
    UNIQUE (tenant, type, id)
) STRICT;
CREATE INDEX IF NOT EXISTS document_by_age ON document (tenant, type, created, fraction, id);

-- Values that no other resource of the type may have.
CREATE TABLE IF NOT EXISTS taken (
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    path   TEXT NOT NULL,
    key    TEXT NOT NULL,
    row    INTEGER NOT NULL REFERENCES document (row) ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, path, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS taken_by_row ON taken (row);

-- Values that equality filters look up.
CREATE TABLE IF NOT EXISTS value (
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    path   TEXT NOT NULL,
    key    TEXT NOT NULL,
    row    INTEGER NOT NULL REFERENCES document (row) ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, path, key, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS value_by_row ON value (row);

-- Passwords, hashed with argon2id (PHC strings). They are in no document.
CREATE TABLE IF NOT EXISTS secret (
    row INTEGER PRIMARY KEY REFERENCES document (row) ON DELETE CASCADE,
    phc TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";

pub(super) fn prepare(connection: &mut Connection, types: &[Arc<Compiled>]) -> Outcome<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > VERSION {
        return Err(Failure::Other("the file was written by a newer release".to_owned()));
    }
    if version < VERSION {
        transaction.execute_batch(TABLES)?;
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    let wanted: String = types.iter().map(|compiled| index::describe(compiled)).collect();
    let present: Option<String> = transaction
        .query_row("SELECT value FROM setting WHERE name = 'indexed'", [], |row| row.get(0))
        .optional()?;
    if present.as_deref() != Some(&wanted) {
        rebuild(&transaction, types)?;
        transaction.execute("INSERT OR REPLACE INTO setting VALUES ('indexed', ?1)", [&wanted])?;
    }
    transaction.commit()?;
    Ok(())
}

/// Fills the index tables from the documents, for attributes that were not looked up before or
/// whose case counted otherwise.
fn rebuild(connection: &Connection, types: &[Arc<Compiled>]) -> Outcome<()> {
    connection.execute_batch("DELETE FROM value; DELETE FROM taken;")?;
    let mut rows = connection.prepare("SELECT row, tenant, json FROM document WHERE type = ?1")?;
    let mut take = connection.prepare("INSERT OR IGNORE INTO taken VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut owner = connection.prepare(
        "SELECT row FROM taken WHERE tenant = ?1 AND type = ?2 AND path = ?3 AND key = ?4",
    )?;
    for compiled in types {
        let name = &*compiled.resource_type().name;
        let mut found = rows.query([name])?;
        while let Some(row) = found.next()? {
            let number: i64 = row.get(0)?;
            let tenant: String = row.get(1)?;
            let resource = read(text(row, 2)?)?;
            for unique in unique_keys(compiled, &resource) {
                take.execute(params![tenant, name, unique.path, unique.key, number])?;
                let first: i64 = owner
                    .query_row(params![tenant, name, unique.path, unique.key], |row| row.get(0))?;
                if first != number {
                    return Err(Failure::Other(format!(
                        "`{}` cannot be unique: two resources have the same value",
                        unique.path
                    )));
                }
            }
            index::fill(connection, &tenant, name, number, &index::values(compiled, &resource))?;
        }
    }
    Ok(())
}
