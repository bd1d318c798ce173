//! Queries: in SQL, as far as SQL can tell.

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};
use scimforge::protocol::{Document, Key, Membership, QueryPlan, StoreResult};
use scimforge::sort::by_keys;
use scimforge::sql::{
    Dialect, Mapping, Param, SqlQuery, resource_text, text_without_members, without_nul,
};
use scimforge::value::Value;

use super::{Failure, Outcome, document, read, text};

pub(super) fn run(connection: &Connection, plan: &QueryPlan) -> Outcome<StoreResult> {
    let query = scimforge::sql::query(plan, Dialect::Sqlite, &Mapping::default());
    if !query.exact {
        return one_by_one(connection, plan);
    }
    let total = match &query.count {
        None => None,
        Some(count) => {
            let number: i64 = connection
                .prepare_cached(&count.text)?
                .query_row(params_from_iter(cells(&count.params)), |row| row.get(0))?;
            usize::try_from(number).ok()
        }
    };
    let mut documents = Vec::new();
    if plan.limit > 0 && (plan.after.is_some() || total.is_none_or(|total| plan.offset < total)) {
        each(connection, &query, &mut |json| {
            documents.push(document(json)?);
            Ok(())
        })?;
    }
    Ok(StoreResult::Rows { documents, total, residual: false })
}

/// What SQL cannot tell is evaluated here row by row, so that memory stays bounded by the page
/// and the sort keys.
fn one_by_one(connection: &Connection, plan: &QueryPlan) -> Outcome<StoreResult> {
    let (mut keys, mut total) = (Vec::new(), 0);
    for (at, planned) in plan.types.iter().enumerate() {
        let of_type = QueryPlan {
            types: vec![planned.clone()],
            after: None,
            offset: 0,
            limit: usize::MAX,
            need_total: false,
            ..plan.clone()
        };
        let query = scimforge::sql::query(&of_type, Dialect::Sqlite, &Mapping::default());
        each(connection, &query, &mut |json| {
            let resource = read(json)?;
            if planned.filter.as_ref().is_some_and(|filter| !filter.matches(&&resource)) {
                return Ok(());
            }
            total += 1;
            let id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
            let key = plan.key_of(planned, &resource);
            let passed = plan.after.as_ref().is_some_and(|after| {
                !after.comes_before(&key, planned.name(), id, plan.descending)
            });
            if !passed {
                keys.push((key, (id.to_owned(), planned.name(), at)));
            }
            Ok(())
        })?;
    }
    let places: Vec<(String, usize)> =
        keys.iter().map(|(_, (id, _, at))| (id.clone(), *at)).collect();
    let offset = if plan.after.is_some() { 0 } else { plan.offset };
    let mut documents = Vec::new();
    for at in by_keys(keys, plan.descending).into_iter().skip(offset).take(plan.limit) {
        let Some((id, kind)) = places.get(at) else { continue };
        let Some(planned) = plan.types.get(*kind) else { continue };
        documents.push(load(connection, plan, planned.name(), id)?);
    }
    Ok(StoreResult::Rows { documents, total: Some(total), residual: false })
}

/// A resource with some of its members.
pub(super) fn part(
    connection: &Connection,
    key: &Key,
    members: &[Box<str>],
    few: usize,
) -> Outcome<StoreResult> {
    let part = scimforge::sql::part(key, members, few, Dialect::Sqlite, &Mapping::default());
    let mut statement = connection.prepare_cached(&part.text)?;
    let mut rows = statement.query(params_from_iter(cells(&part.params)))?;
    let Some(row) = rows.next()? else { return Ok(StoreResult::Row(None)) };
    let resource = document(text(row, 0)?)?;
    Ok(if row.get(1)? { StoreResult::Row(Some(resource)) } else { StoreResult::Part(resource) })
}

/// Who is in which group.
pub(super) fn memberships(
    connection: &Connection,
    tenant: &str,
    group_type: &str,
    members: &[Box<str>],
) -> Outcome<StoreResult> {
    let mapping = Mapping::default();
    let statement =
        scimforge::sql::memberships(tenant, group_type, members, Dialect::Sqlite, &mapping);
    let found = connection
        .prepare_cached(&statement.text)?
        .query_map(params_from_iter(cells(&statement.params)), |row| {
            Ok(Membership { member: row.get(0)?, group: row.get(1)?, display: row.get(2)? })
        })?
        .collect::<Result<_, _>>()?;
    Ok(StoreResult::Memberships(found))
}

/// Which resources are there.
pub(super) fn present(
    connection: &Connection,
    tenant: &str,
    resource_type: &str,
    ids: &[Box<str>],
) -> Outcome<StoreResult> {
    let mapping = Mapping::default();
    let statement = scimforge::sql::present(tenant, resource_type, ids, Dialect::Sqlite, &mapping);
    let told: String = connection
        .prepare_cached(&statement.text)?
        .query_row(params_from_iter(cells(&statement.params)), |row| row.get(0))?;
    StoreResult::from_value(read(&told)?).map_err(|error| Failure::Other(error.to_string()))
}

fn each(
    connection: &Connection,
    query: &SqlQuery,
    found: &mut dyn FnMut(&str) -> Outcome<()>,
) -> Outcome<()> {
    let mut statement = connection.prepare_cached(&query.text)?;
    let mut rows = statement.query(params_from_iter(cells(&query.params)))?;
    while let Some(row) = rows.next()? {
        found(text(row, 0)?)?;
    }
    Ok(())
}

pub(super) fn cells(params: &[Param]) -> impl Iterator<Item = Cell> {
    params.iter().map(|param| match param {
        Param::Text(text) => Cell::Text(text.to_string()),
        Param::Integer(number) => Cell::Integer(*number),
    })
}

fn load(connection: &Connection, plan: &QueryPlan, kind: &str, id: &str) -> Outcome<Document> {
    let wanted = if plan.without_members { text_without_members } else { resource_text };
    let json = wanted(Dialect::Sqlite, &Mapping::default());
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {json} FROM document d WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3"
    ))?;
    let mut rows =
        statement.query(params![without_nul(&plan.tenant), without_nul(kind), without_nul(id)])?;
    let row = rows.next()?.ok_or_else(|| Failure::Other("a row is gone".to_owned()))?;
    document(text(row, 0)?)
}
