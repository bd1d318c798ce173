//! Who is in which group, in SQL.

use super::builder::{Builder, Dialect};
use super::mapping::Mapping;
use super::query::Statement;
use super::shadow::{DISPLAY, cut};
use super::without_nul;
use crate::text;
use crate::value::{Value, to_text};

/// The statement that finds the groups of members: rows of `member`, `in_group` and `display`, in
/// the order of the members.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, memberships};
///
/// let of_rosa = memberships("", "Group", &["u-1".into()], Dialect::Sqlite, &Mapping::default());
/// assert_eq!(of_rosa.params.len(), 3);
/// ```
pub fn memberships(
    tenant: &str,
    group_type: &str,
    members: &[Box<str>],
    dialect: Dialect,
    mapping: &Mapping,
) -> Statement {
    let mut builder = Builder::new(dialect);
    let tenant = builder.text(&without_nul(tenant));
    let group_type = builder.text(&without_nul(group_type));
    let pair = |id: &str| {
        let key = text::key(id, false);
        let (id, key) = (without_nul(id), without_nul(&key));
        Value::Array(vec![Value::copied(&id), Value::copied(cut(&key).0)])
    };
    let list = builder.text(&to_text(&Value::Array(members.iter().map(|id| pair(id)).collect())));
    let prefix = mapping.prefix();
    let text = match dialect {
        Dialect::Postgres => format!(
            "SELECT g.v ->> 0 AS member, d.id AS in_group, d.shadow ->> '{DISPLAY}' AS display \
             FROM jsonb_array_elements({list}::jsonb) WITH ORDINALITY AS g(v, at), \
             LATERAL (SELECT m.row FROM {prefix}member m WHERE m.tenant = {tenant} \
             AND m.type = {group_type} AND m.key = g.v ->> 1 AND m.id = g.v ->> 0 OFFSET 0) AS m, \
             LATERAL (SELECT d.id, d.shadow FROM {prefix}document d WHERE d.row = m.row OFFSET 0) \
             AS d ORDER BY g.at, d.id"
        ),
        Dialect::Sqlite => format!(
            "SELECT m.id, d.id, d.shadow ->> '$.\"{DISPLAY}\"' FROM json_each({list}) AS g \
             JOIN {prefix}member m ON m.tenant = {tenant} AND m.type = {group_type} \
             AND m.key = g.value ->> 1 AND m.id = g.value ->> 0 \
             JOIN {prefix}document d ON d.row = m.row ORDER BY g.key, d.id"
        ),
    };
    Statement { text, params: builder.params }
}
