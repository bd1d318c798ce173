//! What is run for a change.

use super::joining::touched;
use super::query::{of_key, of_tenant, own_rows};
use super::removed::{Restored, mark};
use super::scalar::key_of;
use super::steps::{Change, Need, Step, cell, failed, untyped};
use super::table::quoted;
use super::write::{Assigned, Written, no_place, written};
use super::{Columns, Mapped, read};
use crate::protocol::{Document, Kept, Key, Secret, StoreOp, StoreResult, Unique};
use crate::sql::builder::{Builder, Dialect};
use crate::sql::query::Statement;
use crate::value::{Value, to_text};

type Outcome = Result<Change, StoreResult>;

impl Columns {
    /// The statements for a change of a resource that was locked and is `old`.
    pub(super) fn change(&self, operation: &StoreOp, old: Option<&Document>) -> Outcome {
        match operation {
            StoreOp::Insert { key, document, unique, password, .. } => {
                let writer = self.writer(key)?;
                let new = writer.written(document, None, password.as_ref())?;
                let mut change =
                    Change { steps: writer.uniques(unique, None), ..Change::default() };
                if writer.mapped.table.id.generated {
                    change.steps.push(writer.insert(&new, password.as_ref(), None)?);
                    change.unsettled = true;
                    return Ok(change);
                }
                change.steps.push(writer.insert(&new, password.as_ref(), Some(&key.id))?);
                writer.finish(&mut change, &key.id, new.members.as_deref(), &[])?;
                Ok(change)
            }
            StoreOp::Replace { key, document, if_version, unique, password, members, .. } => {
                let writer = self.writer(key)?;
                let old = old.ok_or(StoreResult::NotFound)?;
                check_version(old, if_version.as_deref())?;
                let new = writer.written(document, Some(old), password.as_ref())?;
                let before = written(writer.mapped, old, None).ok();
                let mut change =
                    Change { steps: writer.uniques(unique, Some(&key.id)), ..Change::default() };
                change.steps.push(writer.update(&new, before.as_ref(), password.as_ref()));
                if let Some(changes) = members {
                    writer.finish_part(&mut change, changes)?;
                    return Ok(change);
                }
                let members = before.and_then(|before| before.members).unwrap_or_default();
                writer.finish(&mut change, &key.id, new.members.as_deref(), &members)?;
                Ok(change)
            }
            StoreOp::Remove { key, if_version, keep, .. } => {
                let writer = self.writer(key)?;
                let old = old.ok_or(StoreResult::NotFound)?;
                check_version(old, if_version.as_deref())?;
                writer.remove(keep.as_deref())
            }
            StoreOp::Restore { key, document, unique, password, anew, .. } => {
                let old = old.ok_or(StoreResult::NotFound)?;
                let password = password.as_ref();
                let restored = Restored { document, unique, password, anew: *anew };
                self.writer(key)?.restore(old, &restored)
            }
            _ => Err(failed("this is no change".to_owned())),
        }
    }

    /// What is left to do once the database has said the `id` of a new resource.
    pub(super) fn settle(&self, operation: &StoreOp, id: &str) -> Outcome {
        let StoreOp::Insert { key, document, .. } = operation else {
            return Err(failed("this is no new resource".to_owned()));
        };
        let writer = self.writer(key)?;
        let new = written(writer.mapped, document, None)?;
        let mut change = Change::default();
        writer.finish(&mut change, id, new.members.as_deref(), &[])?;
        Ok(change)
    }

    /// Reads a resource; with a lock, if it is going to be changed as a whole.
    pub(super) fn get(&self, key: &Key, lock: bool) -> Option<Statement> {
        let mapped = self.mapped(&key.resource_type)?;
        let mut builder = Builder::new(Dialect::Postgres);
        let rows = of_key(&mapped.table, key, &mut builder);
        let lock = if lock { " FOR UPDATE OF d" } else { "" };
        let text = format!(
            "SELECT {} FROM {} d WHERE {rows}{lock}",
            read::row(self, mapped),
            mapped.table.name.sql()
        );
        Some(Statement { text, params: builder.params })
    }

    fn writer<'w>(&'w self, key: &'w Key) -> Result<Writer<'w>, StoreResult> {
        let mapped = self.mapped(&key.resource_type);
        let mapped =
            mapped.ok_or_else(|| failed(format!("the mapping has no {}", key.resource_type)))?;
        Ok(Writer { columns: self, mapped, key })
    }
}

fn check_version(old: &Document, if_version: Option<&str>) -> Result<(), StoreResult> {
    match if_version {
        Some(version) if version != old.version() => Err(StoreResult::VersionMismatch),
        _ => Ok(()),
    }
}

pub(super) struct Writer<'w> {
    pub(super) columns: &'w Columns,
    pub(super) mapped: &'w Mapped,
    pub(super) key: &'w Key,
}

impl Writer<'_> {
    pub(super) fn written(
        &self,
        document: &Document,
        old: Option<&Document>,
        password: Option<&Secret>,
    ) -> Result<Written, StoreResult> {
        if let Some(password) = password {
            if self.mapped.table.password.is_none() {
                return Err(no_place("password", "it has no column"));
            }
            if !password.reveal().starts_with("$argon2id$") {
                return Err(failed("a password that is not hashed".to_owned()));
            }
        }
        written(self.mapped, document, old)
    }

    /// That nobody else has the values that must be unique.
    pub(super) fn uniques(&self, unique: &[Unique], own: Option<&str>) -> Vec<Step> {
        let table = &self.mapped.table;
        let mut steps = Vec::new();
        for value in unique {
            let mut builder = Builder::new(Dialect::Postgres);
            let rows = if self.columns.keeps_unique { of_tenant } else { own_rows };
            let mut conditions = rows(table, &self.key.tenant, "d", &mut builder);
            let equal = self.columns.equals(self.mapped, &value.path, &value.key, &mut builder);
            // What SQL cannot compare, an index of the table may still refuse.
            let Some(equal) = equal else { continue };
            conditions.push(equal);
            if let Some(own) = own.and_then(|own| key_of(table.id.kind, own, &mut builder)) {
                conditions.push(format!("{} <> {own}", table.id.of("d")));
            }
            let text = format!(
                "SELECT 1 FROM {} d WHERE {} LIMIT 1",
                table.name.sql(),
                conditions.join(" AND ")
            );
            let taken = StoreResult::Conflict { attribute: value.path.clone() };
            steps.push(Step {
                statement: Statement { text, params: builder.params },
                need: Need::NoRow(taken),
            });
        }
        steps
    }

    fn insert(
        &self,
        new: &Written,
        password: Option<&Secret>,
        id: Option<&str>,
    ) -> Result<Step, StoreResult> {
        let table = &self.mapped.table;
        let mut builder = Builder::new(Dialect::Postgres);
        let mut values: Vec<(String, String)> = Vec::new();
        if let Some(id) = id {
            let key = key_of(table.id.kind, id, &mut builder).ok_or_else(|| {
                failed(format!(
                    "{}.{} cannot hold the ids of the server: let the database make them, with generated()",
                    table.name, table.id.name
                ))
            })?;
            values.push((quoted(&table.id.name), key));
        }
        if let Some(tenant) = &table.tenant {
            let key = key_of(tenant.kind, &self.key.tenant, &mut builder);
            let key = key.ok_or_else(|| failed("the tenant does not fit its column".to_owned()))?;
            values.push((quoted(&tenant.name), key));
        } else if !self.key.tenant.is_empty() {
            return Err(failed(format!(
                "the credential has a tenant, and {} no column for it: map `tenant`",
                table.name
            )));
        }
        if let Some(version) = &table.version {
            values.push((quoted(&version.name), "1".to_owned()));
        }
        for assigned in &new.columns {
            // What nobody says is the default of the column.
            if let Some(value) = &assigned.value {
                let value = cell(&assigned.column, value, &mut builder);
                values.push((quoted(&assigned.column.name), value));
            }
        }
        if let (Some(rest), Some(text)) = (&table.rest, &new.rest) {
            values.push((quoted(&rest.name), cell(rest, text, &mut builder)));
        }
        if let (Some(column), Some(password)) = (&table.password, password) {
            values.push((quoted(&column.name), cell(column, password.reveal(), &mut builder)));
        }
        for (column, value) in &table.defaults {
            let text = match value {
                Value::String(text) => text.to_string(),
                other => to_text(other),
            };
            values.push((quoted(column), untyped(&text, &mut builder)));
        }
        let (names, values): (Vec<String>, Vec<String>) = values.into_iter().unzip();
        let text = format!(
            "INSERT INTO {} AS d ({}) VALUES ({}) RETURNING {}::text AS id",
            table.name.sql(),
            names.join(", "),
            values.join(", "),
            table.id.of("d")
        );
        Ok(Step {
            statement: Statement { text, params: builder.params },
            need: Need::Row(failed("the table took no row".to_owned())),
        })
    }

    pub(super) fn update(
        &self,
        new: &Written,
        before: Option<&Written>,
        password: Option<&Secret>,
    ) -> Step {
        let table = &self.mapped.table;
        let mut builder = Builder::new(Dialect::Postgres);
        let mut values = Vec::new();
        if let Some(version) = &table.version {
            let own = version.of("d");
            values.push(format!("{} = COALESCE({own}, 0) + 1", quoted(&version.name)));
        }
        let was = |assigned: &Assigned| {
            let old = before?.columns.iter().find(|old| old.column.at == assigned.column.at)?;
            Some(old.value == assigned.value)
        };
        for assigned in &new.columns {
            if was(assigned) == Some(true) {
                continue;
            }
            let column = &assigned.column;
            let value = match &assigned.value {
                Some(value) => cell(column, value, &mut builder),
                None if column.told.not_null => "DEFAULT".to_owned(),
                None => "NULL".to_owned(),
            };
            values.push(format!("{} = {value}", quoted(&column.name)));
        }
        if let (Some(rest), Some(text)) = (&table.rest, &new.rest) {
            values.push(format!("{} = {}", quoted(&rest.name), cell(rest, text, &mut builder)));
        }
        if let (Some(column), Some(password)) = (&table.password, password) {
            let value = cell(column, password.reveal(), &mut builder);
            values.push(format!("{} = {value}", quoted(&column.name)));
        }
        if values.is_empty() && !table.id.told.computed {
            let id = quoted(&table.id.name);
            values.push(format!("{id} = {}", table.id.of("d")));
        }
        let rows = of_key(table, self.key, &mut builder);
        let name = table.name.sql();
        let text = if values.is_empty() {
            // An `id` that only the database fills cannot even be set to what it is.
            format!("SELECT 1 FROM {name} d WHERE {rows} FOR UPDATE")
        } else {
            format!("UPDATE {name} AS d SET {} WHERE {rows} RETURNING 1", values.join(", "))
        };
        let statement = Statement { text, params: builder.params };
        Step { statement, need: Need::Row(StoreResult::NotFound) }
    }

    fn remove(&self, keep: Option<&Kept>) -> Outcome {
        let table = &self.mapped.table;
        let mut change = Change::default();
        for other in &self.columns.types {
            let Some(join) = other.table.join() else { continue };
            let name = &*self.mapped.compiled.resource_type().name;
            if join.references.as_deref() == Some(name) {
                change.steps.extend(self.forget(other, join, keep.is_none()));
            }
        }
        if let (Some(join), None) = (table.join(), &table.soft_delete) {
            let mut builder = Builder::new(Dialect::Postgres);
            let group = self.group(self.key, &mut builder)?;
            let text = format!(
                "DELETE FROM {} j WHERE j.{} = {group}",
                join.table.sql(),
                quoted(&join.group)
            );
            let statement = Statement { text, params: builder.params };
            change.steps.push(Step { statement, need: Need::Nothing });
        }
        let mut builder = Builder::new(Dialect::Postgres);
        let rows = of_key(table, self.key, &mut builder);
        let name = table.name.sql();
        let text = match &table.soft_delete {
            None => format!("DELETE FROM {name} d WHERE {rows} RETURNING 1"),
            Some(column) => {
                let mark = mark(column, keep.and_then(|keep| keep.at), &mut builder);
                let mut sets = vec![format!("{} = {mark}", quoted(&column.name))];
                sets.extend(touched(self.mapped));
                format!("UPDATE {name} AS d SET {} WHERE {rows} RETURNING 1", sets.join(", "))
            }
        };
        let statement = Statement { text, params: builder.params };
        change.steps.push(Step { statement, need: Need::Row(StoreResult::NotFound) });
        Ok(change)
    }
}
