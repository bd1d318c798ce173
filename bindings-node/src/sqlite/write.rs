//! Changes. All of them happen in the transaction of the request.

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use scimforge::protocol::{Document, Key, MemberChange, Secret, StoreResult, Unique};
use scimforge::schema::Compiled;
use scimforge::sql::{self, Dialect, Mapping, Shadows};
use scimforge::value::to_text;

use super::query::cells;
use super::{Outcome, lookup};

/// What a resource becomes.
pub(super) struct Change<'c> {
    pub(super) document: &'c Document,
    pub(super) unique: &'c [Unique],
    /// The hash.
    pub(super) password: Option<&'c Secret>,
    /// Of members, where the others stay.
    pub(super) members: Option<&'c [MemberChange]>,
}

impl Change<'_> {
    /// What filters compare. Of a type that the server does not have, nothing.
    fn shadow(&self, compiled: Option<&Compiled>) -> String {
        compiled.map_or_else(
            || "{}".to_owned(),
            |compiled| to_text(&sql::shadow(compiled, &self.document.resource)),
        )
    }
}

pub(super) fn insert(
    connection: &Connection,
    compiled: Option<&Compiled>,
    key: &Key,
    change: &Change<'_>,
) -> Outcome<StoreResult> {
    if find(connection, key)?.is_some() {
        return Ok(StoreResult::Conflict { attribute: "id".into() });
    }
    if let Some(attribute) = taken(connection, key, change.unique, None)? {
        return Ok(StoreResult::Conflict { attribute });
    }
    connection
        .prepare_cached(&format!(
            "INSERT INTO document (tenant, type, id, version, json, shadow)
             VALUES (?1, ?2, ?3, ?4, ?5, {})",
            Shadows::Jsonb.of("?6")
        ))?
        .execute(params![
            key.tenant,
            key.resource_type,
            key.id,
            change.document.version(),
            sql::document_text(change.document, compiled),
            change.shadow(compiled)
        ])?;
    let row = connection.last_insert_rowid();
    keep_beside(connection, compiled, key, row, change)?;
    keep_members(connection, compiled, key, change, true)?;
    Ok(StoreResult::Done)
}

pub(super) fn replace(
    connection: &Connection,
    compiled: Option<&Compiled>,
    key: &Key,
    if_version: Option<&str>,
    change: &Change<'_>,
) -> Outcome<StoreResult> {
    let Some((row, version)) = find(connection, key)? else { return Ok(StoreResult::NotFound) };
    if if_version.is_some_and(|wanted| wanted != version) {
        return Ok(StoreResult::VersionMismatch);
    }
    if let Some(attribute) = taken(connection, key, change.unique, Some(row))? {
        return Ok(StoreResult::Conflict { attribute });
    }
    connection
        .prepare_cached(&format!(
            "UPDATE document SET version = ?2, json = ?3, shadow = {} WHERE row = ?1",
            Shadows::Jsonb.of("?4")
        ))?
        .execute(params![
            row,
            change.document.version(),
            sql::document_text(change.document, compiled),
            change.shadow(compiled)
        ])?;
    connection.prepare_cached("DELETE FROM taken WHERE row = ?1")?.execute([row])?;
    keep_beside(connection, compiled, key, row, change)?;
    keep_members(connection, compiled, key, change, false)?;
    Ok(StoreResult::Done)
}

pub(super) fn remove(
    connection: &Connection,
    key: &Key,
    if_version: Option<&str>,
) -> Outcome<StoreResult> {
    let Some((row, version)) = find(connection, key)? else { return Ok(StoreResult::NotFound) };
    if if_version.is_some_and(|wanted| wanted != version) {
        return Ok(StoreResult::VersionMismatch);
    }
    connection.prepare_cached("DELETE FROM document WHERE row = ?1")?.execute([row])?;
    Ok(StoreResult::Done)
}

fn find(connection: &Connection, key: &Key) -> Outcome<Option<(i64, String)>> {
    Ok(connection
        .prepare_cached(
            "SELECT row, version FROM document WHERE tenant = ?1 AND type = ?2 AND id = ?3",
        )?
        .query_row(params![key.tenant, key.resource_type, key.id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?)
}

/// The attribute of the first value that another resource has.
fn taken(
    connection: &Connection,
    key: &Key,
    unique: &[Unique],
    own: Option<i64>,
) -> Outcome<Option<Box<str>>> {
    let mut statement = connection.prepare_cached(
        "SELECT row FROM taken WHERE tenant = ?1 AND type = ?2 AND path = ?3 AND key = ?4",
    )?;
    for value in unique {
        let owner: Option<i64> = statement
            .query_row(params![key.tenant, key.resource_type, value.path, value.key], |row| {
                row.get(0)
            })
            .optional()?;
        if owner.is_some_and(|owner| Some(owner) != own) {
            return Ok(Some(value.path.clone()));
        }
    }
    Ok(None)
}

/// The rows of members.
fn keep_members(
    connection: &Connection,
    compiled: Option<&Compiled>,
    key: &Key,
    change: &Change<'_>,
    new: bool,
) -> Outcome<()> {
    let Some(compiled) = compiled else { return Ok(()) };
    let (document, members) = (change.document, change.members);
    let (dialect, mapping) = (Dialect::Sqlite, Mapping::default());
    for statement in sql::members_written(key, document, members, new, compiled, dialect, &mapping)
    {
        connection
            .prepare_cached(&statement.text)?
            .execute(params_from_iter(cells(&statement.params)))?;
    }
    Ok(())
}

/// The rows of the other tables.
fn keep_beside(
    connection: &Connection,
    compiled: Option<&Compiled>,
    key: &Key,
    row: i64,
    change: &Change<'_>,
) -> Outcome<()> {
    // A resource may hold the same unique value twice.
    let mut take =
        connection.prepare_cached("INSERT OR IGNORE INTO taken VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for value in change.unique {
        take.execute(params![key.tenant, key.resource_type, value.path, value.key, row])?;
    }
    if let Some(compiled) = compiled {
        let values = sql::looked_up(compiled, &change.document.resource);
        lookup::fill(connection, &key.tenant, &key.resource_type, row, &values)?;
    }
    if let Some(password) = change.password {
        connection
            .prepare_cached("INSERT OR REPLACE INTO secret VALUES (?1, ?2)")?
            .execute(params![row, password.reveal()])?;
    }
    Ok(())
}
