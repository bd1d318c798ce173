//! The tables, and whether what they hold fits the resource types.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};
use scimforge::protocol::{Key, unique_keys};
use scimforge::schema::Compiled;
use scimforge::sql::{self, Dialect, Mapping, Shadows, without_nul};
use scimforge::value::to_text;

use super::query::cells;
use super::{Failure, Outcome, document, lookup, text};

pub(super) fn prepare(connection: &mut Connection, types: &[Arc<Compiled>]) -> Outcome<()> {
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mapping = Mapping::default();
    let upgrade = sql::sqlite_upgrade(version)
        .ok_or_else(|| Failure::Other("the file was written by a newer release".to_owned()))?;
    transaction.execute_batch(&upgrade)?;
    let wanted: String = types.iter().map(|compiled| sql::describe(compiled)).collect();
    let present: Option<String> = transaction
        .query_row("SELECT value FROM setting WHERE name = 'indexed'", [], |row| row.get(0))
        .optional()?;
    if present.as_deref() != Some(&wanted) {
        rebuild(&transaction, types)?;
        transaction.execute_batch(&sql::indexes(Dialect::Sqlite, &mapping, types))?;
        transaction.execute("INSERT OR REPLACE INTO setting VALUES ('indexed', ?1)", [&wanted])?;
    }
    transaction.commit()?;
    Ok(())
}

/// Fills what stands beside the documents, for attributes that were not looked up before or
/// whose case counted otherwise.
fn rebuild(connection: &Connection, types: &[Arc<Compiled>]) -> Outcome<()> {
    // What was removed may have kept its values.
    connection.execute_batch(
        "DELETE FROM value; DELETE FROM taken WHERE row NOT IN (SELECT row FROM removed);",
    )?;
    let mut numbers = connection.prepare("SELECT row FROM document WHERE type = ?1")?;
    let mapping = Mapping::default();
    let whole = sql::resource_text(Dialect::Sqlite, &mapping);
    let mut find = connection
        .prepare(&format!("SELECT d.tenant, {whole} FROM document d WHERE d.row = ?1"))?;
    let shadow = Shadows::Jsonb.of("?3");
    let mut shade = connection
        .prepare(&format!("UPDATE document SET json = ?2, shadow = {shadow} WHERE row = ?1"))?;
    let mut take = connection.prepare("INSERT OR IGNORE INTO taken VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut owner = connection.prepare(
        "SELECT row FROM taken WHERE tenant = ?1 AND type = ?2 AND path = ?3 AND key = ?4",
    )?;
    for compiled in types {
        let name = &*compiled.resource_type().name;
        let rows: Vec<i64> =
            numbers.query_map([name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        for number in rows {
            let mut found = find.query([number])?;
            let Some(row) = found.next()? else { continue };
            let tenant: String = row.get(0)?;
            let document = document(text(row, 1)?)?;
            let resource = &document.resource;
            let shadow = to_text(&sql::shadow(compiled, resource));
            shade.execute(params![
                number,
                sql::document_text(&document, Some(compiled)),
                shadow
            ])?;
            let key = Key {
                tenant: (&*tenant).into(),
                resource_type: name.into(),
                id: without_nul(document.id()).into(),
            };
            // A type that has no list of members any more has none.
            connection.prepare_cached("DELETE FROM member WHERE row = ?1")?.execute([number])?;
            for members in sql::members_written(
                &key,
                &document,
                None,
                false,
                compiled,
                Dialect::Sqlite,
                &mapping,
            ) {
                connection
                    .prepare_cached(&members.text)?
                    .execute(params_from_iter(cells(&members.params)))?;
            }
            for unique in unique_keys(compiled, resource) {
                take.execute(params![tenant, name, unique.path, unique.key, number])?;
                let first: i64 = owner
                    .query_row(params![tenant, name, unique.path, unique.key], |row| row.get(0))?;
                if first != number {
                    return Err(Failure::Other(format!(
                        "`{}` cannot be unique: another resource has the value of {}",
                        unique.path,
                        document.id()
                    )));
                }
            }
            lookup::fill(connection, &tenant, name, number, &sql::looked_up(compiled, resource))?;
        }
    }
    Ok(())
}
