//! Who is in no group goes by one statement of `PostgreSQL`: nobody begins a transaction for that.

use super::builder::Param;
use super::mapping::Mapping;
use super::program::{OLD, of_key};
use super::query::Statement;
use super::shadow::cut;
use super::without_nul;
use crate::protocol::Key;
use crate::text;

/// The statement for a [`StoreOp::Remove`](crate::protocol::StoreOp::Remove) that keeps nothing and
/// tells nobody. Its one row has one column: null if the resource is gone; `{"grouped":true}` if
/// nothing is done, since it is a member of a resource of one of `group_types`; else the answer of
/// the store as JSON text.
///
/// ```
/// use scimforge::protocol::Key;
/// use scimforge::sql::{Mapping, removed_if_free};
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// let statement = removed_if_free(&key, None, &["Group"], &Mapping::default());
/// assert_eq!(statement.params.len(), 5);
/// ```
pub fn removed_if_free(
    key: &Key,
    if_version: Option<&str>,
    group_types: &[&str],
    mapping: &Mapping,
) -> Statement {
    let mut params = of_key(key);
    let mut bind = |text: &str| {
        params.push(Param::from(&*without_nul(text)));
        format!("${}::text", params.len())
    };
    let folded = text::key(&key.id, false);
    let own = bind(cut(&without_nul(&folded)).0);
    let held: Vec<String> = group_types
        .iter()
        .map(|name| {
            // Each by itself, so that the index is asked for it.
            format!(
                "EXISTS (SELECT 1 FROM §member m WHERE m.tenant = $1::text AND m.type = {} \
                 AND m.key = {own} AND m.id = $3::text)",
                bind(name)
            )
        })
        .collect();
    let held = if held.is_empty() { "FALSE".to_owned() } else { held.join(" OR ") };
    let same = if_version.map(|version| format!(" AND d.version = {}", bind(version)));
    let none = if same.is_some() { "versionMismatch" } else { "notFound" };
    let same = same.unwrap_or_default();
    let text = format!(
        "WITH {OLD}, held AS MATERIALIZED (SELECT {held} AS held), \
         doc AS (DELETE FROM §document d WHERE d.tenant = $1::text AND d.type = $2::text \
         AND d.id = $3::text{same} AND NOT (SELECT held FROM held) RETURNING d.row) \
         SELECT CASE WHEN EXISTS (SELECT 1 FROM doc) THEN NULL \
         WHEN NOT EXISTS (SELECT 1 FROM old) THEN '{{\"notFound\":true}}' \
         WHEN (SELECT held FROM held) THEN '{{\"grouped\":true}}' \
         ELSE '{{\"{none}\":true}}' END AS told"
    );
    Statement { text: text.replace('§', mapping.prefix()), params }
}
