//! Which of many resources are there, in SQL: one statement for all of them.

use super::builder::{Builder, Dialect};
use super::mapping::Mapping;
use super::query::Statement;
use super::without_nul;
use crate::value::{Value, to_text};

/// The statement for [`StoreOp::Present`](crate::protocol::StoreOp::Present). Its one row has one
/// column, the answer of the store as JSON text.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, present};
///
/// let ids = ["u-1".into(), "u-2".into()];
/// let statement = present("", "User", &ids, Dialect::Sqlite, &Mapping::default());
/// assert_eq!(statement.params.len(), 3);
/// ```
pub fn present(
    tenant: &str,
    resource_type: &str,
    ids: &[Box<str>],
    dialect: Dialect,
    mapping: &Mapping,
) -> Statement {
    let mut builder = Builder::new(dialect);
    let tenant = builder.text(&without_nul(tenant));
    let kind = builder.text(&without_nul(resource_type));
    let list = builder.text(&listed(ids.iter().filter(|id| !id.contains('\0'))));
    let there = format!(
        "EXISTS (SELECT 1 FROM {}document d WHERE d.tenant = {tenant} AND d.type = {kind} AND d.id = ",
        mapping.prefix()
    );
    let text = match dialect {
        Dialect::Postgres => {
            told(&format!("jsonb_array_elements_text({list}::jsonb) AS g(id) WHERE {there}g.id)"))
        }
        Dialect::Sqlite => format!(
            "SELECT json_object('present', json_group_array(g.value)) FROM json_each({list}) AS g \
             WHERE {there}g.value)"
        ),
    };
    Statement { text, params: builder.params }
}

/// The answer, of the identifiers `g.id` that a clause finds.
pub(super) fn told(found: &str) -> String {
    format!(
        "SELECT json_build_object('present', COALESCE(json_agg(g.id), '[]'::json))::text AS told FROM {found}"
    )
}

/// Texts as one parameter.
pub(super) fn listed<'t>(texts: impl Iterator<Item = &'t Box<str>>) -> String {
    to_text(&Value::Array(texts.map(|text| Value::copied(text)).collect()))
}
