//! A group with some of its members: who comes or goes is written to the join table, and the others
//! are not read.

use super::fold::Tables;
use super::query::of_key;
use super::read;
use super::scalar::{is_int, is_uuid};
use super::steps::cast;
use super::table::{ColumnKind, Join, quoted};
use super::{Columns, Mapped};
use crate::protocol::Key;
use crate::sql::builder::{Builder, Dialect};
use crate::sql::query::Statement;
use crate::text::Comparison;
use crate::value::{Value, to_text};

impl Columns {
    /// A resource with those of its members whose folded identifiers are named, or with all if
    /// there are few: a row with `json`, perhaps `raw`, and `whole`. `None` if no table says who is
    /// a member, or no column says the version, which follows from the whole then.
    pub(super) fn part(&self, key: &Key, named: &[Box<str>], few: usize) -> Option<Statement> {
        let mapped = self.mapped(&key.resource_type)?;
        let table = &mapped.table;
        let join = table.join().filter(|_| table.version.is_some())?;
        let mut builder = Builder::new(Dialect::Postgres);
        let among = among(join, named, &mut builder);
        // The order has an index asked for the first of them, whatever the database takes the number
        // of members of a group to be.
        let (all, user) = (self.rows(mapped, join), join.user.of("j"));
        let most = few.saturating_add(1);
        let first = format!("(SELECT {user} FROM {all} ORDER BY {user} LIMIT {most}) AS j");
        let are_few = format!("(SELECT count(*) FROM {first}) <= {few}");
        let members = format!(
            "CASE WHEN {are_few} THEN {} ELSE {} END",
            read::list(join, &first),
            read::list(join, &format!("{all} AND {among}"))
        );
        let row = read::row_with(mapped, Some(&members));
        let rows = of_key(table, key, &mut builder);
        let text =
            format!("SELECT {row}, {are_few} AS whole FROM {} d WHERE {rows}", table.name.sql());
        Some(Statement { text, params: builder.params })
    }

    /// The row of a resource, locked. Its members are read only where its version follows from
    /// them.
    pub(super) fn locked(&self, key: &Key) -> Option<Statement> {
        let mapped = self.mapped(&key.resource_type)?;
        let mut builder = Builder::new(Dialect::Postgres);
        let rows = of_key(&mapped.table, key, &mut builder);
        let text = format!(
            "SELECT {} FROM {} d WHERE {rows} FOR UPDATE OF d",
            read::row_without_members(self, mapped),
            mapped.table.name.sql()
        );
        Some(Statement { text, params: builder.params })
    }

    /// What comes behind FROM for the members `j` of a group `d`.
    pub(super) fn rows(&self, mapped: &Mapped, join: &Join) -> String {
        let alive = self.alive(join).map(|alive| format!(" AND {alive}")).unwrap_or_default();
        let (name, group) = (join.table.sql(), quoted(&join.group));
        format!("{name} j WHERE j.{group} = {}{alive}", mapped.table.id.of("d"))
    }
}

/// The condition for the members that are named.
fn among(join: &Join, named: &[Box<str>], builder: &mut Builder) -> String {
    let good = |id: &str| match join.user.kind {
        ColumnKind::Uuid => is_uuid(id),
        ColumnKind::Int => is_int(id),
        _ => !id.contains('\0'),
    };
    let ids: Vec<_> = named.iter().filter(|id| good(id)).map(|id| Value::copied(id)).collect();
    if ids.is_empty() {
        return "FALSE".to_owned();
    }
    let list = builder.text(&to_text(&Value::Array(ids)));
    let own = match join.user.kind {
        ColumnKind::Uuid | ColumnKind::Int => join.user.of("j"),
        // Of these, no index knows the fold.
        _ => Tables::default().key(
            builder,
            &format!("{}::text", join.user.of("j")),
            Comparison::Folded,
        ),
    };
    let cast = cast(&join.user);
    format!(
        "({own}) = ANY (ARRAY(SELECT m.id{cast} FROM jsonb_array_elements_text({list}::jsonb) AS m(id)))"
    )
}
