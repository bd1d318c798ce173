//! Queries: by age alone in SQL, by an equality through the index, all else row by row.

use rusqlite::{Connection, params, params_from_iter};
use scimforge::protocol::{Document, PlannedType, QueryPlan, StoreResult};
use scimforge::sort::by_keys;
use scimforge::value::Value;

use super::{Failure, Outcome, document, index, read, text};

pub(super) fn run(connection: &Connection, plan: &QueryPlan) -> Outcome<StoreResult> {
    let unfiltered = plan.types.iter().all(|planned| planned.filter.is_none());
    if let [only] = plan.types.as_slice()
        && unfiltered
        && plan.sort_by.is_none()
        && !plan.descending
        && plan.after.is_none()
    {
        return by_age(connection, plan, only);
    }
    let (mut matching, mut total) = (Vec::new(), 0);
    for planned in &plan.types {
        candidates(connection, plan, planned, &mut |number, resource| {
            if planned.filter.as_ref().is_none_or(|filter| filter.matches(&resource)) {
                total += 1;
                let id = resource.get("id").and_then(Value::as_str).unwrap_or_default();
                let key = plan.key_of(planned, resource);
                let behind = plan.after.as_ref().is_none_or(|after| {
                    after.comes_before(&key, planned.name(), id, plan.descending)
                });
                if behind {
                    matching.push((key, (id.to_owned(), planned.name(), number)));
                }
            }
        })?;
    }
    let numbers: Vec<i64> = matching.iter().map(|(_, (.., number))| *number).collect();
    let documents = if plan.limit == 0 || plan.offset >= matching.len() {
        Vec::new()
    } else {
        by_keys(matching, plan.descending)
            .into_iter()
            .skip(plan.offset)
            .take(plan.limit)
            .filter_map(|at| numbers.get(at))
            .map(|number| load(connection, *number))
            .collect::<Outcome<_>>()?
    };
    Ok(StoreResult::Rows { documents, total: Some(total), residual: false })
}

/// All resources of a type, the oldest first.
fn by_age(
    connection: &Connection,
    plan: &QueryPlan,
    planned: &PlannedType,
) -> Outcome<StoreResult> {
    let total = if plan.need_total {
        let count: i64 = connection
            .prepare_cached("SELECT count(*) FROM document WHERE tenant = ?1 AND type = ?2")?
            .query_row(params![plan.tenant, planned.name()], |row| row.get(0))?;
        usize::try_from(count).ok()
    } else {
        None
    };
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(
        "SELECT json FROM document WHERE tenant = ?1 AND type = ?2 ORDER BY created, fraction, id LIMIT ?3 OFFSET ?4",
    )?;
    let mut rows = statement.query(params![
        plan.tenant,
        planned.name(),
        whole(plan.limit),
        whole(plan.offset)
    ])?;
    let mut documents: Vec<Document> = Vec::new();
    while let Some(row) = rows.next()? {
        documents.push(document(text(row, 0)?)?);
    }
    Ok(StoreResult::Rows { documents, total, residual: false })
}

/// Gives every resource that could match to `found`.
fn candidates(
    connection: &Connection,
    plan: &QueryPlan,
    planned: &PlannedType,
    found: &mut dyn FnMut(i64, &Value<'_>),
) -> Outcome<()> {
    let mut bound = vec![plan.tenant.to_string(), planned.name().to_owned()];
    let looked_up = plan.equal.as_ref().filter(|equal| {
        let attributes = planned.compiled.attributes();
        &*equal.path == "id"
            || attributes.iter().any(|attribute| {
                attribute.path == equal.path && index::is_looked_up(&planned.compiled, attribute)
            })
    });
    let sql = match looked_up {
        None => "SELECT row, json FROM document WHERE tenant = ?1 AND type = ?2",
        Some(equal) if &*equal.path == "id" => {
            bound.push(equal.key.to_string());
            "SELECT row, json FROM document WHERE tenant = ?1 AND type = ?2 AND id = ?3"
        }
        Some(equal) => {
            bound.extend([equal.path.to_string(), index::cut(&equal.key).to_owned()]);
            "SELECT document.row, json FROM value JOIN document ON document.row = value.row
             WHERE value.tenant = ?1 AND value.type = ?2 AND path = ?3 AND key = ?4"
        }
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params_from_iter(bound))?;
    while let Some(row) = rows.next()? {
        found(row.get(0)?, &read(text(row, 1)?)?);
    }
    Ok(())
}

fn load(connection: &Connection, number: i64) -> Outcome<Document> {
    let mut statement = connection.prepare_cached("SELECT json FROM document WHERE row = ?1")?;
    let mut rows = statement.query([number])?;
    let row = rows.next()?.ok_or_else(|| Failure::Other("a row is gone".to_owned()))?;
    document(text(row, 0)?)
}
