//! Members in a join table: who enters, who leaves.

use super::Mapped;
use super::change::Writer;
use super::query::own_rows;
use super::scalar::key_of;
use super::steps::{Change, Need, Step, cast, failed, listed, now};
use super::table::{Column, ColumnKind, Found, Join, Source, quoted};
use super::write::{member_ids, no_place};
use crate::protocol::members::FEW;
use crate::protocol::{Key, MemberChange, StoreResult};
use crate::schema::AttrId;
use crate::sql::builder::{Builder, Dialect};
use crate::sql::query::Statement;
use crate::value::Value;

impl Writer<'_> {
    /// The members, and reading what was made.
    pub(super) fn finish(
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

    /// The same where others stay, who are not known.
    pub(super) fn finish_part(
        &self,
        change: &mut Change,
        changes: &[MemberChange],
    ) -> Result<(), StoreResult> {
        let Some(join) = self.mapped.table.join() else {
            return Err(failed("there is no table of members".to_owned()));
        };
        let ids = |of: fn(&MemberChange) -> Option<&Value<'static>>| {
            let list: Vec<Value<'static>> = changes.iter().filter_map(of).cloned().collect();
            member_ids("members", join.user.kind, &list)
        };
        let (come, gone) = (ids(|one| one.new.as_ref())?, ids(|one| one.old.as_ref())?);
        self.finish(change, &self.key.id, Some(&come), &gone)?;
        // Few are shown, and of many nobody sees more than the version.
        let few = FEW.saturating_add(come.len());
        if let Some(part) = self.columns.part(self.key, &[], few) {
            change.read = Some(part);
        }
        Ok(())
    }

    pub(super) fn group(&self, key: &Key, builder: &mut Builder) -> Result<String, StoreResult> {
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

    /// Takes who is removed out of the groups: a key of the join table may forbid to remove them
    /// before. Who comes back finds the rows there, unless they are to be taken out.
    pub(super) fn forget(&self, groups: &Mapped, join: &Join, out: bool) -> Vec<Step> {
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
        if out {
            push(&|own| format!("DELETE FROM {table} j WHERE {user} = {own}"));
        }
        steps
    }
}

/// What changes with every change of a row.
pub(super) fn touched(mapped: &Mapped) -> Vec<String> {
    let table = &mapped.table;
    let mut sets = Vec::new();
    if let Some(version) = &table.version {
        let own = version.of("d");
        sets.push(format!("{} = COALESCE({own}, 0) + 1", quoted(&version.name)));
    }
    if let Some((column, zoned)) = modified(mapped) {
        sets.push(format!("{} = {}", quoted(&column.name), now(zoned)));
    }
    sets
}

/// The column that says when a row was changed, and whether with a zone.
pub(super) fn modified(mapped: &Mapped) -> Option<(&Column, bool)> {
    let (compiled, table) = (&mapped.compiled, &mapped.table);
    let meta = compiled.child(AttrId::ROOT, "meta")?;
    let modified = compiled.child(meta.id, "lastModified")?;
    match table.find(&compiled.chain(modified.id)) {
        Found::Source(
            _,
            Source::Column(column @ Column { kind: ColumnKind::Time { zoned }, .. }),
        ) => Some((column, *zoned)),
        _ => None,
    }
}
