//! Several new resources in one statement of `PostgreSQL`.

use std::sync::Arc;

use super::builder::Param;
use super::mapping::Mapping;
use super::members::{document_text, new_rows};
use super::program::{given_list, hashed};
use super::query::Statement;
use super::shadow::shadow;
use super::without_nul;
use crate::error::Error;
use crate::protocol::members::list_of;
use crate::protocol::{Key, StoreOp};
use crate::schema::Compiled;
use crate::value::{Object, Value, to_text};

/// The statement for [`StoreOp::InsertMany`]: it writes all that [`program`](super::program) and
/// [`record`](super::record) write for each of its operations. Its one row has one column, the
/// answer of the store as JSON text. `sinks` are those of the events, `None` where there are none.
/// Passwords must be hashed already.
///
/// ```
/// use scimforge::protocol::{Config, Engine};
/// use scimforge::schema::builtin;
/// use scimforge::sql::{Mapping, inserted};
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}"#)?;
/// let insert = Engine::new(Config::default()).insertion("", rosa)?;
/// let statement = inserted(&[insert], false, &[builtin::user()], None, &Mapping::default())?;
/// assert_eq!(statement.params.len(), 3);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `invalid-option` for a password in clear.
pub fn inserted(
    operations: &[StoreOp],
    whole: bool,
    types: &[Arc<Compiled>],
    sinks: Option<&[Box<str>]>,
    mapping: &Mapping,
) -> Result<Statement, Error> {
    let mut tenant = "";
    let mut rows = Vec::with_capacity(operations.len());
    for (at, operation) in operations.iter().enumerate() {
        if let StoreOp::Insert { key, .. } = operation {
            tenant = &key.tenant;
            rows.push(row(at, key, operation, types, mapping)?);
        }
    }
    let mut params = vec![
        Param::from(&*without_nul(tenant)),
        Param::from(&*to_text(&Value::Array(rows))),
        Param::Integer(whole.into()),
    ];
    let mut text = TEXT.to_owned();
    if let Some(sinks) = sinks {
        text.push_str(EVENT);
        if !sinks.is_empty() {
            let names = Value::Array(sinks.iter().map(|sink| Value::copied(sink)).collect());
            params.push(Param::from(&*to_text(&names)));
            text.push_str(DELIVERY);
        }
    }
    text.push_str(ANSWER);
    Ok(Statement { text: text.replace('§', mapping.prefix()), params })
}

fn row(
    at: usize,
    key: &Key,
    operation: &StoreOp,
    types: &[Arc<Compiled>],
    mapping: &Mapping,
) -> Result<Value<'static>, Error> {
    let mut object = Object::new();
    let StoreOp::Insert { document, unique, password, event, .. } = operation else {
        return Ok(object.into());
    };
    let mut types = types.iter().map(Arc::as_ref);
    let compiled = types.find(|compiled| compiled.resource_type().name == key.resource_type);
    let mut put = |name, text: &str| {
        object.insert(name, Value::from(without_nul(text).into_owned()));
    };
    put("type", &key.resource_type);
    put("id", &key.id);
    put("version", &document.version());
    put("json", &document_text(document, compiled));
    if let Some(password) = password {
        put("phc", hashed(password)?);
    }
    if let Some(event) = event {
        put("event", &to_text(&event.to_value()));
    }
    object.insert("at", Value::count(at));
    let empty = || Object::new().into();
    object.insert("shadow", compiled.map_or_else(empty, |own| shadow(own, &document.resource)));
    object.insert("given", given_list(unique));
    if let Some(compiled) = compiled.filter(|compiled| list_of(compiled).is_some()) {
        object.insert("members", Value::Array(new_rows(document, compiled, key, mapping)));
    }
    Ok(object.into())
}

/// Left out is what clashes: of which a value is taken, or wanted by one before it; and what has an
/// identifier that is there. What somebody else takes at the same time ends the statement with a
/// unique violation: it is run again.
const TEXT: &str = "WITH given AS MATERIALIZED (SELECT r.* FROM jsonb_to_recordset($2::jsonb) AS r(\
    at integer, type text, id text, version text, json text, shadow jsonb, given jsonb, \
    members jsonb, event text, phc text)), \
    wanted AS MATERIALIZED (SELECT DISTINCT g.at, g.type, u.path, \
    sha256(convert_to(u.key, 'UTF8')) AS key \
    FROM given g, jsonb_to_recordset(g.given) AS u(path text, key text)), \
    clash AS MATERIALIZED (\
    SELECT w.at FROM wanted w CROSS JOIN LATERAL (SELECT 1 FROM §taken t \
    WHERE t.tenant = $1::text AND t.type = w.type AND t.path = w.path AND t.key = w.key \
    LIMIT 1) AS t \
    UNION SELECT w.at FROM (SELECT at, min(at) OVER (PARTITION BY type, path, key) AS first \
    FROM wanted) AS w WHERE w.at > w.first \
    UNION SELECT g.at FROM (SELECT at, min(at) OVER (PARTITION BY type, id) AS first \
    FROM given) AS g WHERE g.at > g.first), \
    doc AS (INSERT INTO §document (tenant, type, id, version, json, shadow) \
    SELECT $1::text, g.type, g.id, g.version, g.json, g.shadow FROM given g \
    WHERE NOT EXISTS (SELECT 1 FROM clash c WHERE c.at = g.at OR $3::bigint = 1) \
    ORDER BY g.at ON CONFLICT DO NOTHING RETURNING row, type, id), \
    made AS MATERIALIZED (SELECT d.row, g.at, g.type, g.id, g.members, g.event, g.phc \
    FROM doc d JOIN given g ON g.type = d.type AND g.id = d.id), \
    take AS (INSERT INTO §taken (tenant, type, path, key, row) \
    SELECT $1::text, w.type, w.path, w.key, m.row FROM made m JOIN wanted w ON w.at = m.at \
    ORDER BY w.type, w.path, w.key), \
    secret AS (INSERT INTO §secret (row, phc) \
    SELECT m.row, m.phc FROM made m WHERE m.phc IS NOT NULL), \
    member AS (INSERT INTO §member (row, tenant, type, key, id, json, shadow) \
    SELECT m.row, $1::text, m.type, g.v ->> 'key', g.v ->> 'id', g.v ->> 'json', \
    (g.v ->> 'shadow')::jsonb \
    FROM made m, jsonb_array_elements(m.members) WITH ORDINALITY AS g(v, at) \
    ORDER BY m.at, g.at)";

const EVENT: &str = ", event AS (INSERT INTO §event (tenant, type, id, json) \
    SELECT $1::text, m.type, m.id, m.event FROM made m WHERE m.event IS NOT NULL \
    ORDER BY m.at RETURNING seq, type, id)";

const DELIVERY: &str = ", delivery AS (INSERT INTO §delivery (sink, seq, tenant, type, id) \
    SELECT s, e.seq, $1::text, e.type, e.id \
    FROM event e, jsonb_array_elements_text($4::jsonb) AS s)";

const ANSWER: &str = " SELECT json_build_object('inserted', \
    COALESCE((SELECT json_agg(m.at ORDER BY m.at) FROM made m), '[]'::json))::text AS told";
