//! Who is in which group, in SQL.

use super::builder::{Builder, Dialect};
use super::mapping::Mapping;
use super::query::Statement;
use super::shadow::{DISPLAY, MEMBERS};
use super::without_nul;
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
    let list = members.iter().map(|id| Value::copied(&without_nul(id))).collect();
    let list = builder.text(&to_text(&Value::Array(list)));
    let prefix = mapping.prefix();
    let text = match dialect {
        Dialect::Postgres => format!(
            "SELECT m.member, d.id AS in_group, d.shadow ->> '{DISPLAY}' AS display \
             FROM jsonb_array_elements_text({list}::jsonb) WITH ORDINALITY AS m(member, at) \
             JOIN {prefix}document d ON d.tenant = {tenant} AND d.type = {group_type} \
             AND d.shadow @> jsonb_build_object('{MEMBERS}', jsonb_build_array(m.member)) \
             ORDER BY m.at, d.id"
        ),
        Dialect::Sqlite => format!(
            "SELECT m.value, d.id, d.shadow ->> '$.\"{DISPLAY}\"' FROM json_each({list}) AS m \
             JOIN {prefix}value v ON v.tenant = {tenant} AND v.type = {group_type} \
             AND v.path = '{MEMBERS}' AND v.key = m.value \
             JOIN {prefix}document d ON d.row = v.row ORDER BY m.key, d.id"
        ),
    };
    Statement { text, params: builder.params }
}
