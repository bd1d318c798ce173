//! Who is in which group.

use super::query::own_rows;
use super::scalar::{is_int, is_uuid};
use super::steps::cast;
use super::table::{ColumnKind, Found, Source, quoted};
use super::{Columns, Mapped};
use crate::schema::AttrId;
use crate::sql::builder::{Builder, Dialect};
use crate::sql::present::{listed, told};
use crate::sql::query::Statement;
use crate::value::{Value, to_text};

impl Columns {
    /// The statement that finds the groups of members: rows of `member`, `in_group` and `display`.
    /// `None` if no table says who is in which.
    pub(super) fn memberships(
        &self,
        tenant: &str,
        group_type: &str,
        members: &[Box<str>],
    ) -> Option<Statement> {
        let groups = self.mapped(group_type)?;
        let table = &groups.table;
        let mut builder = Builder::new(Dialect::Postgres);
        let join = table.join()?;
        let good = |id: &str| is_good(join.user.kind, id);
        let list = members.iter().filter(|id| good(id)).map(|id| Value::copied(id)).collect();
        let list = builder.text(&to_text(&Value::Array(list)));
        let from = format!(
            "jsonb_array_elements_text({list}::jsonb) WITH ORDINALITY AS m(member, at) \
             JOIN {} j ON {} = m.member{} JOIN {} d ON {} = j.{}",
            join.table.sql(),
            join.user.of("j"),
            cast(&join.user),
            table.name.sql(),
            table.id.of("d"),
            quoted(&join.group)
        );
        let mut rows = own_rows(table, tenant, "d", &mut builder);
        if rows.is_empty() {
            rows.push("TRUE".to_owned());
        }
        let text = format!(
            "SELECT m.member, {}::text AS in_group, {} AS display FROM {from} WHERE {} \
             ORDER BY m.at, 2",
            table.id.of("d"),
            display(groups),
            rows.join(" AND ")
        );
        Some(Statement { text, params: builder.params })
    }
}

impl Columns {
    /// The statement that finds out which of these resources are there (see
    /// [`present`](crate::sql::present)); `None` if no table has the type.
    pub(super) fn present(
        &self,
        tenant: &str,
        type_name: &str,
        ids: &[Box<str>],
    ) -> Option<Statement> {
        let table = &self.mapped(type_name)?.table;
        let mut builder = Builder::new(Dialect::Postgres);
        let good = ids.iter().filter(|id| is_good(table.id.kind, id));
        let list = builder.text(&listed(good));
        let mut rows = own_rows(table, tenant, "d", &mut builder);
        rows.push(format!("{} = g.id{}", table.id.of("d"), cast(&table.id)));
        let text = told(&format!(
            "jsonb_array_elements_text({list}::jsonb) AS g(id) \
             WHERE EXISTS (SELECT 1 FROM {} d WHERE {})",
            table.name.sql(),
            rows.join(" AND ")
        ));
        Some(Statement { text, params: builder.params })
    }
}

/// Whether a column of this kind can hold an identifier.
fn is_good(kind: ColumnKind, id: &str) -> bool {
    match kind {
        ColumnKind::Uuid => is_uuid(id),
        ColumnKind::Int => is_int(id),
        _ => !id.contains('\0'),
    }
}

/// How a group is shown.
fn display(groups: &Mapped) -> String {
    let (compiled, table) = (&groups.compiled, &groups.table);
    let nothing = || "NULL::text".to_owned();
    let Some(name) = compiled.child(AttrId::ROOT, "displayName") else { return nothing() };
    match (table.find(&compiled.chain(name.id)), &table.rest) {
        (Found::Source(_, Source::Column(column)), _) => format!("{}::text", column.of("d")),
        (Found::Rest, Some(rest)) => format!("({} ->> 'displayName')", rest.of("d")),
        _ => nothing(),
    }
}
