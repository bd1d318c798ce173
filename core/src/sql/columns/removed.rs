//! Rows that count as deleted: found, put back, and purged.

use super::change::Writer;
use super::joining::modified;
use super::query::{deleted, of_tenant, tie};
use super::read;
use super::scalar::{key_of, micros, time};
use super::steps::{Change, Need, Step, failed, now};
use super::table::{Column, ColumnKind, Table, quoted};
use super::{Columns, Mapped, single, with_type};
use crate::protocol::{Document, Key, RemovedPlan, Secret, StoreResult, Unique, Which};
use crate::sql::builder::{Builder, Dialect};
use crate::sql::mapping::Mapping;
use crate::sql::query::Statement;
use crate::sql::removed::forgotten;
use crate::time::Instant;
use crate::value::{Object, Value};

/// The condition for the rows of a tenant that count as deleted.
fn removed_rows(table: &Table, tenant: &str, builder: &mut Builder) -> Option<String> {
    let deleted = deleted(table, "d")?;
    let mut conditions = of_tenant(table, tenant, "d", builder);
    conditions.push(deleted);
    Some(conditions.join(" AND "))
}

/// The column that says when a row was deleted, and whether with a zone. Where that is but said to be
/// so (`bool`), the removal was the last change of it.
pub(super) fn time_column(mapped: &Mapped) -> Option<(&Column, bool)> {
    match mapped.table.soft_delete.as_ref()? {
        column @ Column { kind: ColumnKind::Time { zoned }, .. } => Some((column, *zoned)),
        _ => modified(mapped),
    }
}

impl Columns {
    /// What a host runs to find rows that count as deleted: `{"removed": statement, "type"}`, with
    /// `at` beside what is read of a row.
    pub(super) fn removed(&self, plan: &RemovedPlan) -> Option<Value<'static>> {
        let mapped = self.mapped(&plan.resource_type)?;
        let table = &mapped.table;
        let mut builder = Builder::new(Dialect::Postgres);
        let mut rows = removed_rows(table, &plan.tenant, &mut builder)?;
        let moment = time_column(mapped).map(|(column, _)| column.of("d"));
        let page = match &plan.which {
            Which::One(id) => {
                let id = key_of(table.id.kind, id, &mut builder);
                let is_it = id.map(|id| format!("{} = {id}", table.id.of("d")));
                rows = format!("{rows} AND {}", is_it.unwrap_or_else(|| "FALSE".to_owned()));
                String::new()
            }
            Which::With(unique) => {
                let equal: Vec<String> = unique
                    .iter()
                    .filter_map(|one| self.equals(mapped, &one.path, &one.key, &mut builder))
                    .map(|equal| format!("COALESCE({equal}, FALSE)"))
                    .collect();
                if equal.is_empty() {
                    return Some(single("result", StoreResult::Removed(Vec::new()).to_value()));
                }
                rows = format!("{rows} AND ({})", equal.join(" OR "));
                let last = moment.iter().cloned().chain(std::iter::once(tie(table)));
                let order: Vec<String> =
                    equal.into_iter().chain(last).map(|term| format!("{term} DESC")).collect();
                format!(" ORDER BY {} LIMIT 1", order.join(", "))
            }
            Which::Page { after, limit } => {
                if let Some((at, id)) = after {
                    let behind = behind(mapped, *at, id, &mut builder)?;
                    rows = format!("{rows} AND {behind}");
                }
                let terms: Vec<String> = moment.iter().cloned().chain([tie(table)]).collect();
                format!(" ORDER BY {} LIMIT {}", terms.join(", "), builder.count(*limit))
            }
        };
        let at =
            time_column(mapped).map_or_else(|| "NULL".to_owned(), |(own, _)| read::moment(own));
        let text = format!(
            "SELECT {}, {at} AS at FROM {} d WHERE {rows}{page}",
            read::row(self, mapped),
            table.name.sql()
        );
        let statement = Statement { text, params: builder.params };
        Some(with_type("removed", statement.to_value(), &plan.resource_type))
    }

    /// Reads a row that counts as deleted, with a lock.
    pub(super) fn get_removed(&self, key: &Key) -> Option<Statement> {
        let mapped = self.mapped(&key.resource_type)?;
        let table = &mapped.table;
        let mut builder = Builder::new(Dialect::Postgres);
        let rows = removed_rows(table, &key.tenant, &mut builder)?;
        let id = key_of(table.id.kind, &key.id, &mut builder)?;
        let text = format!(
            "SELECT {} FROM {} d WHERE {rows} AND {} = {id} FOR UPDATE OF d",
            read::row(self, mapped),
            table.name.sql(),
            table.id.of("d")
        );
        Some(Statement { text, params: builder.params })
    }

    /// The statements that purge, one for each table that says when its rows were deleted; each
    /// answers how many these were. `None` if no table does. What the events in our tables say of
    /// them is forgotten as well.
    pub(super) fn purge(
        &self,
        tenant: Option<&str>,
        before: Instant,
        limit: usize,
        events: Option<&Mapping>,
    ) -> Option<Value<'static>> {
        let statements: Vec<Value<'static>> = self
            .types
            .iter()
            .filter_map(|mapped| {
                let name = &mapped.compiled.resource_type().name;
                let Value::Object(mut one) =
                    self.purged(mapped, tenant, before, limit, events)?.to_value()
                else {
                    return None;
                };
                one.insert("type", Value::copied(name));
                Some(Object::into(one))
            })
            .collect();
        (!statements.is_empty()).then(|| single("purge", Value::Array(statements)))
    }

    fn purged(
        &self,
        mapped: &Mapped,
        tenant: Option<&str>,
        before: Instant,
        limit: usize,
        events: Option<&Mapping>,
    ) -> Option<Statement> {
        let table = &mapped.table;
        let (column, zoned) = time_column(mapped)?;
        let mut builder = Builder::new(Dialect::Postgres);
        let before = time(&micros(before)?.0, zoned, &mut builder);
        let own = column.of("d");
        let mut rows = vec![deleted(table, "d")?, format!("{own} < {before}")];
        if let Some(tenant) = tenant {
            rows.extend(of_tenant(table, tenant, "d", &mut builder));
        }
        let limit = builder.count(limit);
        let (name, id) = (table.name.sql(), table.id.of("d"));
        let mut with = vec![format!(
            "due AS MATERIALIZED (SELECT {id} AS id, {} AS tenant FROM {name} d WHERE {} \
             ORDER BY {own} LIMIT {limit} FOR UPDATE SKIP LOCKED)",
            table.tenant.as_ref().map_or_else(|| "''".to_owned(), |column| column.of("d")),
            rows.join(" AND ")
        )];
        // A key of a join table may forbid to delete who is in it.
        let mut leave = |join: &super::table::Join, column: String| {
            let number = with.len();
            with.push(format!(
                "left{number} AS (DELETE FROM {} j USING due WHERE {column} = due.id)",
                join.table.sql()
            ));
        };
        if let Some(join) = table.join() {
            leave(join, format!("j.{}", quoted(&join.group)));
        }
        let type_name = &*mapped.compiled.resource_type().name;
        for join in self.types.iter().filter_map(|other| other.table.join()) {
            if join.references.as_deref() == Some(type_name) {
                leave(join, join.user.of("j"));
            }
        }
        if let Some(own) = events {
            let kind = builder.text(type_name);
            let same =
                format!("e.id = due.id::text AND e.type = {kind} AND e.tenant = due.tenant::text");
            with.push(forgotten(&same, own, &mut builder));
        }
        let text = format!(
            "WITH {}, gone AS (DELETE FROM {name} d USING due WHERE {id} = due.id RETURNING 1) \
             SELECT count(*)::integer AS n FROM gone",
            with.join(", ")
        );
        Some(Statement { text, params: builder.params })
    }
}

/// The rows behind a place in the list of deleted ones.
fn behind(mapped: &Mapped, at: Option<Instant>, id: &str, builder: &mut Builder) -> Option<String> {
    let table = &mapped.table;
    let kind = if table.id.kind == ColumnKind::Uuid { ColumnKind::Uuid } else { ColumnKind::Text };
    let tied = format!("{} > {}", tie(table), key_of(kind, id, builder)?);
    let Some(((column, zoned), at)) = time_column(mapped).zip(at) else { return Some(tied) };
    let at = time(&micros(at)?.0, zoned, builder);
    let own = column.of("d");
    Some(format!("{own} >= {at} AND ({own} > {at} OR {tied})"))
}

/// What a resource is from now on that was deleted.
pub(super) struct Restored<'r> {
    pub(super) document: &'r Document,
    pub(super) unique: &'r [Unique],
    pub(super) password: Option<&'r Secret>,
    /// Whether it has nothing of what it had: neither groups nor password.
    pub(super) anew: bool,
}

impl Writer<'_> {
    pub(super) fn restore(
        &self,
        old: &Document,
        restored: &Restored<'_>,
    ) -> Result<Change, StoreResult> {
        let Restored { document, unique, password, anew } = *restored;
        let new = self.written(document, Some(old), password)?;
        let before = super::write::written(self.mapped, old, None).ok();
        let mut change =
            Change { steps: self.uniques(unique, Some(&self.key.id)), ..Change::default() };
        change.steps.push(self.undelete(anew && password.is_none())?);
        change.steps.push(self.update(&new, before.as_ref(), password));
        for other in &self.columns.types {
            let Some(join) = other.table.join() else { continue };
            if join.references.as_deref() == Some(&*self.mapped.compiled.resource_type().name) {
                change.steps.extend(self.forget(other, join, anew));
            }
        }
        let members = before.and_then(|before| before.members).unwrap_or_default();
        self.finish(&mut change, &self.key.id, new.members.as_deref(), &members)?;
        Ok(change)
    }

    fn undelete(&self, forgets_password: bool) -> Result<Step, StoreResult> {
        let table = &self.mapped.table;
        let mut builder = Builder::new(Dialect::Postgres);
        let none = || failed("the table has no column for what is deleted".to_owned());
        let column = table.soft_delete.as_ref().ok_or_else(none)?;
        let rows = removed_rows(table, &self.key.tenant, &mut builder).ok_or_else(none)?;
        let id = key_of(table.id.kind, &self.key.id, &mut builder).ok_or(StoreResult::NotFound)?;
        let gone = if column.kind == ColumnKind::Bool { "FALSE" } else { "NULL" };
        let mut sets = vec![format!("{} = {gone}", quoted(&column.name))];
        if let Some(password) = table.password.as_ref().filter(|_| forgets_password) {
            let nothing = if password.told.not_null { "DEFAULT" } else { "NULL" };
            sets.push(format!("{} = {nothing}", quoted(&password.name)));
        }
        let text = format!(
            "UPDATE {} AS d SET {} WHERE {rows} AND {} = {id} RETURNING 1",
            table.name.sql(),
            sets.join(", "),
            table.id.of("d")
        );
        let statement = Statement { text, params: builder.params };
        Ok(Step { statement, need: Need::Row(StoreResult::NotFound) })
    }
}

/// What a column becomes when its row is deleted.
pub(super) fn mark(column: &Column, at: Option<Instant>, builder: &mut Builder) -> String {
    match (column.kind, at.and_then(micros)) {
        (ColumnKind::Time { zoned }, Some((at, _))) => time(&at, zoned, builder),
        (ColumnKind::Time { zoned }, None) => now(zoned).to_owned(),
        _ => "TRUE".to_owned(),
    }
}
