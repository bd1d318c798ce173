//! What is run for a change.

use super::query::own_rows;
use super::scalar::key_of;
use super::table::{Column, ColumnKind, Join, Table, quoted};
use super::write::{Assigned, Written, no_place, written};
use super::{Columns, Mapped, read};
use crate::protocol::{Document, Key, Secret, StoreOp, StoreResult, Unique};
use crate::sql::builder::{Builder, Dialect};
use crate::sql::query::Statement;
use crate::value::{Object, Value, to_text};

/// One statement of a change.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) statement: Statement,
    pub(super) need: Need,
}

/// What the rows of a step must be for the next to be run.
#[derive(Debug)]
pub(super) enum Need {
    Nothing,
    /// There is one; else this is the answer.
    Row(StoreResult),
    /// There is none; else this is the answer.
    NoRow(StoreResult),
}

/// The statements of a change, all in one transaction.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) steps: Vec<Step>,
    /// Reads what was made; none where nothing is left.
    pub(super) read: Option<Statement>,
    /// The database says the `id`, in the last step; [`Columns::settle`] has the rest.
    pub(super) unsettled: bool,
}

type Outcome = Result<Change, StoreResult>;

fn failed(what: String) -> StoreResult {
    StoreResult::Failed(what)
}

impl Columns {
    /// The statements for a change of a resource that was locked and is `old`.
    pub(super) fn change(&self, operation: &StoreOp, old: Option<&Document>) -> Outcome {
        match operation {
            StoreOp::Insert { key, document, unique, password } => {
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
            StoreOp::Replace { key, document, if_version, unique, password } => {
                let writer = self.writer(key)?;
                let old = old.ok_or(StoreResult::NotFound)?;
                check_version(old, if_version.as_deref())?;
                let new = writer.written(document, Some(old), password.as_ref())?;
                let before = written(writer.mapped, old, None).ok();
                let mut change =
                    Change { steps: writer.uniques(unique, Some(&key.id)), ..Change::default() };
                change.steps.push(writer.update(&new, before.as_ref(), password.as_ref())?);
                let members = before.and_then(|before| before.members).unwrap_or_default();
                writer.finish(&mut change, &key.id, new.members.as_deref(), &members)?;
                Ok(change)
            }
            StoreOp::Remove { key, if_version } => {
                let writer = self.writer(key)?;
                let old = old.ok_or(StoreResult::NotFound)?;
                check_version(old, if_version.as_deref())?;
                writer.remove()
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

    /// Reads a resource; with a lock, if it is going to be changed.
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

/// The condition for the row of a resource.
fn of_key(table: &Table, key: &Key, builder: &mut Builder) -> String {
    let id = key_of(table.id.kind, &key.id, builder)
        .map_or_else(|| "FALSE".to_owned(), |id| format!("{} = {id}", table.id.of("d")));
    let mut conditions = vec![id];
    conditions.extend(own_rows(table, &key.tenant, "d", builder));
    conditions.join(" AND ")
}

struct Writer<'w> {
    columns: &'w Columns,
    mapped: &'w Mapped,
    key: &'w Key,
}

impl Writer<'_> {
    fn written(
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
    fn uniques(&self, unique: &[Unique], own: Option<&str>) -> Vec<Step> {
        let table = &self.mapped.table;
        let mut steps = Vec::new();
        for value in unique {
            let mut builder = Builder::new(Dialect::Postgres);
            let mut conditions = own_rows(table, &self.key.tenant, "d", &mut builder);
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
            return Err(failed("there is a tenant, and no column for it".to_owned()));
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

    fn update(
        &self,
        new: &Written,
        before: Option<&Written>,
        password: Option<&Secret>,
    ) -> Result<Step, StoreResult> {
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
                None if column.not_null => "DEFAULT".to_owned(),
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
        if values.is_empty() {
            let id = quoted(&table.id.name);
            values.push(format!("{id} = {}", table.id.of("d")));
        }
        let rows = of_key(table, self.key, &mut builder);
        let text = format!(
            "UPDATE {} AS d SET {} WHERE {rows} RETURNING 1",
            table.name.sql(),
            values.join(", ")
        );
        let statement = Statement { text, params: builder.params };
        Ok(Step { statement, need: Need::Row(StoreResult::NotFound) })
    }

    /// The members, and reading what was made.
    fn finish(
        &self,
        change: &mut Change,
        id: &str,
        members: Option<&[Box<str>]>,
        before: &[Box<str>],
    ) -> Result<(), StoreResult> {
        let key = Key { id: id.into(), ..self.key.clone() };
        if let (Some(join), Some(members)) = (self.mapped.table.join(), members) {
            let delta = |of: &[Box<str>], without: &[Box<str>]| -> Vec<Value<'static>> {
                let without: std::collections::HashSet<&str> =
                    without.iter().map(|id| &**id).collect();
                of.iter()
                    .filter(|id| !without.contains(&***id))
                    .map(|id| Value::copied(id))
                    .collect()
            };
            let (added, removed) = (delta(members, before), delta(before, members));
            if !removed.is_empty() {
                change.steps.push(self.leave(join, &key, removed)?);
            }
            if !added.is_empty() {
                change.steps.extend(self.enter(join, &key, added)?);
            }
        }
        change.read = self.columns.get(&key, false);
        Ok(())
    }

    fn group(&self, key: &Key, builder: &mut Builder) -> Result<String, StoreResult> {
        key_of(self.mapped.table.id.kind, &key.id, builder)
            .ok_or_else(|| failed("the id does not fit its column".to_owned()))
    }

    fn leave(&self, join: &Join, key: &Key, ids: Vec<Value<'static>>) -> Result<Step, StoreResult> {
        let mut builder = Builder::new(Dialect::Postgres);
        let group = self.group(key, &mut builder)?;
        let list = listed(ids, &mut builder);
        let text = format!(
            "DELETE FROM {} j WHERE j.{} = {group} AND {} IN (SELECT m.id{} FROM {list})",
            join.table.sql(),
            quoted(&join.group),
            join.user.of("j"),
            cast(&join.user),
        );
        let statement = Statement { text, params: builder.params };
        Ok(Step { statement, need: Need::Nothing })
    }

    fn enter(
        &self,
        join: &Join,
        key: &Key,
        ids: Vec<Value<'static>>,
    ) -> Result<Vec<Step>, StoreResult> {
        let mut steps = Vec::new();
        let referenced = join.references.as_deref().and_then(|name| self.columns.mapped(name));
        if let Some(referenced) = referenced {
            let mut builder = Builder::new(Dialect::Postgres);
            let list = listed(ids.clone(), &mut builder);
            let table = &referenced.table;
            let mut rows = own_rows(table, &key.tenant, "u", &mut builder);
            rows.push(format!("{} = m.id{}", table.id.of("u"), cast(&join.user)));
            let text = format!(
                "SELECT 1 FROM {list} WHERE NOT EXISTS (SELECT 1 FROM {} u WHERE {}) LIMIT 1",
                table.name.sql(),
                rows.join(" AND ")
            );
            let stranger = no_place("members", "it names a resource that does not exist");
            steps.push(Step {
                statement: Statement { text, params: builder.params },
                need: Need::NoRow(stranger),
            });
        }
        let mut builder = Builder::new(Dialect::Postgres);
        let group = self.group(key, &mut builder)?;
        let list = listed(ids, &mut builder);
        let text = format!(
            "INSERT INTO {} ({}, {}) SELECT {group}, m.id{} FROM {list} ON CONFLICT DO NOTHING",
            join.table.sql(),
            quoted(&join.group),
            quoted(&join.user.name),
            cast(&join.user),
        );
        let statement = Statement { text, params: builder.params };
        steps.push(Step { statement, need: Need::Nothing });
        Ok(steps)
    }

    fn remove(&self) -> Outcome {
        let table = &self.mapped.table;
        let mut change = Change::default();
        for other in &self.columns.types {
            let Some(join) = other.table.join() else { continue };
            let name = &*self.mapped.compiled.resource_type().name;
            if join.references.as_deref() == Some(name) {
                change.steps.extend(self.forget(other, join));
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
                let now = match column.kind {
                    ColumnKind::Time { zoned } => now(zoned),
                    _ => "TRUE",
                };
                let mut sets = vec![format!("{} = {now}", quoted(&column.name))];
                sets.extend(touched(self.mapped));
                format!("UPDATE {name} AS d SET {} WHERE {rows} RETURNING 1", sets.join(", "))
            }
        };
        let statement = Statement { text, params: builder.params };
        change.steps.push(Step { statement, need: Need::Row(StoreResult::NotFound) });
        Ok(change)
    }

    /// Takes who is removed out of the groups: a key of the join table may forbid to remove them
    /// before.
    fn forget(&self, groups: &Mapped, join: &Join) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut push = |make: &dyn Fn(&str) -> String| {
            let mut builder = Builder::new(Dialect::Postgres);
            if let Some(user) = key_of(join.user.kind, &self.key.id, &mut builder) {
                let statement = Statement { text: make(&user), params: builder.params };
                steps.push(Step { statement, need: Need::Nothing });
            }
        };
        let (user, table) = (join.user.of("j"), join.table.sql());
        let touched = touched(groups);
        if !touched.is_empty() {
            push(&|own| {
                format!(
                    "UPDATE {} AS d SET {} WHERE {} IN (SELECT j.{} FROM {table} j WHERE {user} = {own})",
                    groups.table.name.sql(),
                    touched.join(", "),
                    groups.table.id.of("d"),
                    quoted(&join.group),
                )
            });
        }
        push(&|own| format!("DELETE FROM {table} j WHERE {user} = {own}"));
        steps
    }
}

/// The moment, as a column of that kind holds it.
fn now(zoned: bool) -> &'static str {
    if zoned { "now()" } else { "(now() AT TIME ZONE 'UTC')" }
}

/// What changes with every change of a row.
fn touched(mapped: &Mapped) -> Vec<String> {
    use super::table::{Found, Source};
    use crate::schema::AttrId;
    let (compiled, table) = (&mapped.compiled, &mapped.table);
    let mut sets = Vec::new();
    if let Some(version) = &table.version {
        let own = version.of("d");
        sets.push(format!("{} = COALESCE({own}, 0) + 1", quoted(&version.name)));
    }
    let meta = compiled.child(AttrId::ROOT, "meta");
    if let Some(modified) = meta.and_then(|meta| compiled.child(meta.id, "lastModified"))
        && let Found::Source(_, Source::Column(column)) = table.find(&compiled.chain(modified.id))
        && let ColumnKind::Time { zoned } = column.kind
    {
        sets.push(format!("{} = {}", quoted(&column.name), now(zoned)));
    }
    sets
}

/// Identifiers as a table `m` with the column `id`.
fn listed(ids: Vec<Value<'static>>, builder: &mut Builder) -> String {
    let list = builder.text(&to_text(&Value::Array(ids)));
    format!("jsonb_array_elements_text({list}::jsonb) AS m(id)")
}

fn cast(column: &Column) -> &'static str {
    match column.kind {
        ColumnKind::Uuid => "::uuid",
        ColumnKind::Int => "::bigint",
        _ => "",
    }
}

/// A value as it is assigned to a column.
fn cell(column: &Column, value: &str, builder: &mut Builder) -> String {
    match column.kind {
        // A type of the developer's that is made of texts says itself how it is read.
        ColumnKind::Text => untyped(value, builder),
        ColumnKind::Uuid => format!("{}::uuid", builder.text(value)),
        ColumnKind::Int => format!("{}::bigint", builder.text(value)),
        ColumnKind::Bool => format!("{}::boolean", builder.text(value)),
        ColumnKind::Json => format!("{}::jsonb", builder.text(value)),
        ColumnKind::Time { zoned } => super::scalar::time(value, zoned, builder),
    }
}

/// A parameter that is read as what its column is.
fn untyped(value: &str, builder: &mut Builder) -> String {
    let typed = builder.text(value);
    typed.trim_end_matches("::text").to_owned()
}

impl Change {
    /// `{"steps": [{"text", "params", "need"?, "otherwise"?}], "read"?, "unsettled"?}`.
    pub(super) fn to_value(&self) -> Value<'static> {
        let step = |step: &Step| {
            let mut object = match step.statement.to_value() {
                Value::Object(object) => object,
                _ => Object::new(),
            };
            let (need, otherwise) = match &step.need {
                Need::Nothing => return object.into(),
                Need::Row(otherwise) => ("row", otherwise),
                Need::NoRow(otherwise) => ("none", otherwise),
            };
            object.insert("need", Value::from(need));
            object.insert("otherwise", otherwise.to_value());
            object.into()
        };
        let mut object = Object::new();
        object.insert("steps", Value::Array(self.steps.iter().map(step).collect()));
        if let Some(read) = &self.read {
            object.insert("read", read.to_value());
        }
        if self.unsettled {
            object.insert("unsettled", Value::Bool(true));
        }
        object.into()
    }
}
