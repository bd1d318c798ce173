//! Members, each in a row of its own beside the document of the group.
//!
//! The document in the database has none of them: who comes or goes leaves it, and all the other
//! members, as they are. Reading a whole group puts them together in the order in which they
//! came. A document that was written by an earlier release still holds its members, and has no
//! rows.

use super::builder::{Dialect, Param, Spot};
use super::lite::Shadows;
use super::mapping::Mapping;
use super::query::Statement;
use super::shadow::{cut, element};
use super::without_nul;
use crate::protocol::members::{key_of, list_of};
use crate::protocol::{Document, Key, MemberChange};
use crate::schema::{AttrId, Compiled};
use crate::value::{Object, Value, to_text};

/// Whether an attribute is the list that has rows of its own, or a part of its values.
pub(super) fn is_in_rows(compiled: &Compiled, id: AttrId) -> bool {
    list_of(compiled).is_some_and(|list| compiled.chain(id).contains(&list.id))
}

/// The expression for the text of a resource, over a row `d` of the table of documents.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, resource_text};
///
/// let text = resource_text(Dialect::Sqlite, &Mapping::default());
/// assert!(text.contains("FROM member m WHERE m.row = d.row"));
/// ```
pub fn resource_text(dialect: Dialect, mapping: &Mapping) -> String {
    put_together(dialect, mapping, "d", "")
}

/// The same where nobody looks at members (see
/// [`QueryPlan::without_members`](crate::protocol::QueryPlan::without_members)). Of a resource
/// that does not say its version, which follows from the whole then, it has them.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, text_without_members};
///
/// let text = text_without_members(Dialect::Sqlite, &Mapping::default());
/// assert!(text.starts_with("CASE WHEN d.version = "));
/// ```
pub fn text_without_members(dialect: Dialect, mapping: &Mapping) -> String {
    let version = Spot::new("d.shadow").below("meta").text(dialect, "version");
    let whole = resource_text(dialect, mapping);
    format!("CASE WHEN d.version = {version} THEN d.json ELSE {whole} END")
}

/// The same for a row with another name, and members of whom a condition holds.
pub(super) fn put_together(
    dialect: Dialect,
    mapping: &Mapping,
    row: &str,
    condition: &str,
) -> String {
    let prefix = mapping.prefix();
    joined(dialect, row, &format!("FROM {prefix}member m WHERE m.row = {row}.row{condition}"))
}

/// The same with the members that a clause gives.
fn joined(dialect: Dialect, row: &str, from: &str) -> String {
    match dialect {
        Dialect::Postgres => format!(
            "COALESCE(left({row}.json, -1) || ',\"members\":[' || \
             (SELECT string_agg(m.json, ',' ORDER BY m.at) {from}) || ']}}', {row}.json)"
        ),
        Dialect::Sqlite => format!(
            "COALESCE(substr({row}.json, 1, length({row}.json) - 1) || ',\"members\":[' || \
             (SELECT group_concat(json, ',') FROM (SELECT m.json {from} ORDER BY m.at)) || ']}}', \
             {row}.json)"
        ),
    }
}

/// The statement for [`StoreOp::Part`](crate::protocol::StoreOp::Part): at most one row, with the
/// resource and whether it is whole (1) or not (0).
///
/// ```
/// use scimforge::protocol::Key;
/// use scimforge::sql::{Dialect, Mapping, part};
///
/// let key = Key { tenant: "".into(), resource_type: "Group".into(), id: "g-1".into() };
/// let part = part(&key, &["u-1".into()], 100, Dialect::Sqlite, &Mapping::default());
/// assert_eq!(part.params.len(), 4);
/// ```
pub fn part(
    key: &Key,
    members: &[Box<str>],
    few: usize,
    dialect: Dialect,
    mapping: &Mapping,
) -> Statement {
    let (place, among) = match dialect {
        Dialect::Postgres => (
            "d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text",
            " AND m.key = ANY(ARRAY(SELECT jsonb_array_elements_text($4::jsonb)))",
        ),
        Dialect::Sqlite => (
            "d.tenant = ?1 AND d.type = ?2 AND d.id = ?3",
            " AND m.key IN (SELECT value FROM json_each(?4))",
        ),
    };
    let prefix = mapping.prefix();
    // The order has an index asked for the first of them, whatever the database takes the number of
    // members of a group to be; the offset has them counted once.
    let first = |columns: &str| {
        let most = few.saturating_add(1);
        format!(
            "(SELECT {columns} FROM {prefix}member m WHERE m.row = d.row ORDER BY m.key LIMIT {most})"
        )
    };
    let once = if dialect == Dialect::Postgres { " OFFSET 0" } else { "" };
    let text = format!(
        "SELECT CASE WHEN d.n <= {few} THEN {} ELSE {} END AS json, \
         CASE WHEN d.n <= {few} THEN 1 ELSE 0 END AS whole \
         FROM (SELECT d.row, d.json, (SELECT count(*) FROM {} AS c) AS n \
         FROM {prefix}document d WHERE {place}{once}) AS d",
        joined(dialect, "d", &format!("FROM {} AS m", first("m.json, m.at"))),
        put_together(dialect, mapping, "d", among),
        first("1"),
    );
    let keys = members.iter().map(|text| Value::copied(cut(&without_nul(text)).0)).collect();
    let mut params = of_key(key);
    params.push(Param::from(&*to_text(&Value::Array(keys))));
    Statement { text, params }
}

/// A document as it stands in the table, and the members that have rows of their own.
pub(super) fn apart(
    document: &Document,
    compiled: Option<&Compiled>,
) -> (Document, Vec<Value<'static>>) {
    let own = || (document.clone(), Vec::new());
    let Some(list) = compiled.and_then(list_of) else { return own() };
    let name = &*list.attribute.name;
    let Some(object) = document.resource.as_object() else { return own() };
    let Some(Value::Array(members)) = object.get(name) else { return own() };
    let mut rest = Object::new();
    for (other, value) in object.iter().filter(|(other, _)| !crate::name::same(other, name)) {
        rest.insert(other.to_owned(), value.clone());
    }
    (Document::new(rest.into()), members.clone())
}

/// The text of a document as it stands in the table; see [`members_written`] for the rest.
///
/// ```
/// use scimforge::protocol::Document;
/// use scimforge::schema::builtin;
/// use scimforge::sql::document_text;
/// use scimforge::value::read;
///
/// let group = Document::new(read(r#"{"id": "g-1", "members": [{"value": "u-1"}]}"#)?);
/// assert_eq!(document_text(&group, Some(&builtin::group())), r#"{"id":"g-1"}"#);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn document_text(document: &Document, compiled: Option<&Compiled>) -> String {
    match compiled.and_then(list_of) {
        Some(_) => to_text(&apart(document, compiled).0.resource),
        None => to_text(&document.resource),
    }
}

/// The statements that make the rows of members what they should be, once the document is
/// written: all of them, or where there are `changes`, these alone. `new`: there are none yet.
///
/// ```
/// use scimforge::protocol::{Document, Key, MemberChange};
/// use scimforge::schema::builtin;
/// use scimforge::sql::{Dialect, Mapping, members_written};
/// use scimforge::value::read;
///
/// let key = Key { tenant: "".into(), resource_type: "Group".into(), id: "g-1".into() };
/// let group = Document::new(read(r#"{"id": "g-1"}"#)?);
/// let joins = MemberChange { old: None, new: Some(read(r#"{"value": "u-1"}"#)?) };
/// let (compiled, mapping) = (builtin::group(), Mapping::default());
/// let statements = members_written(
///     &key, &group, Some(&[joins]), false, &compiled, Dialect::Sqlite, &mapping);
/// assert!(statements.len() == 1 && statements[0].text.starts_with("INSERT INTO member"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn members_written(
    key: &Key,
    document: &Document,
    changes: Option<&[MemberChange]>,
    new: bool,
    compiled: &Compiled,
    dialect: Dialect,
    mapping: &Mapping,
) -> Vec<Statement> {
    let writer = Writer { key, compiled, dialect, mapping };
    let mut statements = Vec::new();
    let Some(changes) = changes else {
        if list_of(compiled).is_none() {
            return statements;
        }
        let (_, members) = apart(document, Some(compiled));
        if !new && !members.is_empty() {
            statements.extend(writer.exchanged(&members));
            return statements;
        }
        if !new {
            statements.push(writer.statement(CLEAR, None));
        }
        statements.extend(writer.added(members.iter()));
        return statements;
    };
    let gone = changes.iter().filter(|change| change.new.is_none());
    statements.extend(writer.removed(gone.filter_map(|change| change.old.as_ref())));
    let both = |change: &'_ MemberChange| change.old.is_some() && change.new.is_some();
    statements.extend(writer.changed(changes.iter().filter(|change| both(change))));
    let come = changes.iter().filter(|change| change.old.is_none());
    statements.extend(writer.added(come.filter_map(|change| change.new.as_ref())));
    statements
}

/// The rows of all members of a new resource, as [`ADD`] takes them.
pub(super) fn new_rows(
    document: &Document,
    compiled: &Compiled,
    key: &Key,
    mapping: &Mapping,
) -> Vec<Value<'static>> {
    let writer = Writer { key, compiled, dialect: Dialect::Postgres, mapping };
    let (_, members) = apart(document, Some(compiled));
    members.iter().map(|member| writer.row(member).into()).collect()
}

/// The statement that leaves no rows of members, for a type that has no list of them any more: its
/// documents hold what was in it, and have it in rows again once the type has the list again.
pub(crate) fn members_cleared(key: &Key, dialect: Dialect, mapping: &Mapping) -> Statement {
    let [postgres, sqlite] = CLEAR;
    let text = if dialect == Dialect::Postgres { postgres } else { sqlite };
    Statement { text: text.replace('§', mapping.prefix()), params: of_key(key) }
}

fn of_key(key: &Key) -> Vec<Param> {
    [&key.tenant, &key.resource_type, &key.id]
        .into_iter()
        .map(|text| Param::from(&*without_nul(text)))
        .collect()
}

/// A statement in both dialects.
type Texts = [&'static str; 2];

const CLEAR: Texts = [
    "DELETE FROM §member m USING §document d \
     WHERE d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text AND m.row = d.row",
    "DELETE FROM §member WHERE row = (SELECT d.row FROM §document d \
     WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3)",
];

/// The difference between the members that a group has and those that it should have: who stays is
/// not written. Members come in the order of their rows, so this is only possible where those who
/// stay are the first, in the order in which they are; else all are written.
const EXCHANGE: &str = "WITH d AS MATERIALIZED (SELECT d.row, d.tenant, d.type FROM §document d \
     WHERE d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text), \
     u AS MATERIALIZED (SELECT x.at, x.place, x.v, max(x.at) OVER same AS old, \
     max(x.place) OVER same AS new, count(*) OVER same AS n \
     FROM (SELECT m.at, NULL::bigint AS place, m.key, m.json COLLATE \"C\" AS json, NULL::jsonb AS v \
     FROM d JOIN §member m ON m.row = d.row \
     UNION ALL SELECT NULL, g.place, (g.v ->> 'key') COLLATE \"C\", (g.v ->> 'json') COLLATE \"C\", g.v \
     FROM jsonb_array_elements($4::jsonb) WITH ORDINALITY AS g(v, place)) AS x \
     WINDOW same AS (PARTITION BY x.key, x.json)), \
     k AS MATERIALIZED (SELECT NOT EXISTS (SELECT 1 FROM (SELECT u.old, u.n, u.place, \
     lag(u.old) OVER up AS before, row_number() OVER up AS nth \
     FROM u WHERE u.place IS NOT NULL AND u.old IS NOT NULL WINDOW up AS (ORDER BY u.place)) AS s \
     WHERE s.n <> 2 OR s.place <> s.nth OR s.old < s.before) AS is_kept), \
     gone AS (DELETE FROM §member WHERE at = ANY(ARRAY(SELECT u.at FROM u, k \
     WHERE u.at IS NOT NULL AND (u.new IS NULL OR NOT k.is_kept)))) \
     INSERT INTO §member (row, tenant, type, key, id, json, shadow) \
     SELECT d.row, d.tenant, d.type, u.v ->> 'key', u.v ->> 'id', u.v ->> 'json', \
     (u.v ->> 'shadow')::jsonb FROM d, u, k \
     WHERE u.place IS NOT NULL AND (u.old IS NULL OR NOT k.is_kept) ORDER BY u.place";

/// The same in `SQLite`: first who goes, or all. Then those who are left are the first of those
/// wanted, and the rest of these comes. The two orders are compared once, as texts.
const GO: &str = "DELETE FROM §member WHERE row = (SELECT d.row FROM §document d \
     WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3) AND at NOT IN (\
     WITH o AS MATERIALIZED (SELECT m.at, m.json FROM §document d CROSS JOIN §member m \
     WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3 AND m.row = d.row \
     AND m.json IN (SELECT g.value FROM json_each(?4) AS g)) SELECT o.at FROM o WHERE (SELECT \
     (SELECT group_concat(json, ',') FROM (SELECT o.json FROM o ORDER BY o.at)) IS \
     (SELECT group_concat(value, ',') FROM (SELECT g.value FROM json_each(?4) AS g \
     ORDER BY g.key LIMIT (SELECT count(*) FROM o)))))";

const COME: &str = "WITH d AS MATERIALIZED (SELECT d.row, d.tenant, d.type, \
     (SELECT count(*) FROM §member m WHERE m.row = d.row) AS n FROM §document d \
     WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3) \
     INSERT INTO §member (row, tenant, type, key, id, json, shadow) \
     SELECT d.row, d.tenant, d.type, g.value ->> 'key', g.value ->> 'id', g.value ->> 'json', \
     jsonb(g.value ->> 'shadow') FROM d CROSS JOIN json_each(?4) AS g WHERE g.key >= d.n \
     ORDER BY g.key";

/// The shadows of members in the statements of `SQLite`, each inside of `jsonb(…)`.
pub(super) const MEMBER_SHADOWS: [&str; 2] = ["g.value ->> 'shadow'", "o.v ->> 'shadow'"];

const ADD: Texts = [
    "INSERT INTO §member (row, tenant, type, key, id, json, shadow) \
     SELECT d.row, d.tenant, d.type, g.v ->> 'key', g.v ->> 'id', g.v ->> 'json', \
     (g.v ->> 'shadow')::jsonb \
     FROM §document d, jsonb_array_elements($4::jsonb) WITH ORDINALITY AS g(v, at) \
     WHERE d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text ORDER BY g.at",
    "INSERT INTO §member (row, tenant, type, key, id, json, shadow) \
     SELECT d.row, d.tenant, d.type, g.value ->> 'key', g.value ->> 'id', g.value ->> 'json', \
     jsonb(g.value ->> 'shadow') FROM §document d, json_each(?4) AS g \
     WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3 ORDER BY g.key",
];

const REMOVE: Texts = [
    // The offset has the index asked for each member, and not all of them read.
    "DELETE FROM §member WHERE at = ANY(ARRAY(SELECT m.at FROM §document d, \
     jsonb_array_elements($4::jsonb) AS g(v), LATERAL (SELECT m.at FROM §member m \
     WHERE m.row = d.row AND m.key = g.v ->> 'key' AND m.json = g.v ->> 'json' OFFSET 0) AS m \
     WHERE d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text))",
    // The joins as they are written: an index finds each member, and none finds it among all.
    "DELETE FROM §member WHERE at IN (SELECT m.at FROM §document d CROSS JOIN json_each(?4) AS g \
     CROSS JOIN §member m WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3 AND m.row = d.row \
     AND m.key = g.value ->> 'key' AND m.json = g.value ->> 'json')",
];

const CHANGE: Texts = [
    "UPDATE §member n SET key = o.v ->> 'key', id = o.v ->> 'id', json = o.v ->> 'json', \
     shadow = (o.v ->> 'shadow')::jsonb FROM (SELECT m.at, g.v FROM §document d, \
     jsonb_array_elements($4::jsonb) AS g(v), LATERAL (SELECT m.at FROM §member m \
     WHERE m.row = d.row AND m.key = g.v ->> 'oldKey' AND m.json = g.v ->> 'oldJson' OFFSET 0) \
     AS m WHERE d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text) AS o \
     WHERE n.at = o.at",
    "UPDATE §member AS n SET key = o.v ->> 'key', id = o.v ->> 'id', json = o.v ->> 'json', \
     shadow = jsonb(o.v ->> 'shadow') FROM (SELECT m.at, g.value AS v FROM §document d \
     CROSS JOIN json_each(?4) AS g CROSS JOIN §member m \
     WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3 AND m.row = d.row \
     AND m.key = g.value ->> 'oldKey' AND m.json = g.value ->> 'oldJson') AS o WHERE n.at = o.at",
];

struct Writer<'w> {
    key: &'w Key,
    compiled: &'w Compiled,
    dialect: Dialect,
    mapping: &'w Mapping,
}

impl Writer<'_> {
    fn statement(&self, [postgres, sqlite]: Texts, rows: Option<Vec<Value<'static>>>) -> Statement {
        let text = match self.dialect {
            Dialect::Postgres => postgres.to_owned(),
            Dialect::Sqlite => MEMBER_SHADOWS.iter().fold(sqlite.to_owned(), |text, shadow| {
                text.replace(&format!("jsonb({shadow})"), &Shadows::Jsonb.of(shadow))
            }),
        };
        let mut params = of_key(self.key);
        params.extend(rows.map(|rows| Param::from(&*to_text(&Value::Array(rows)))));
        Statement { text: text.replace('§', self.mapping.prefix()), params }
    }

    /// What makes other members of those that are there.
    fn exchanged(&self, members: &[Value<'static>]) -> Vec<Statement> {
        let rows = members.iter().map(|member| self.row(member).into()).collect();
        if self.dialect == Dialect::Postgres {
            return vec![self.statement([EXCHANGE, ""], Some(rows))];
        }
        let wanted = members.iter().map(|member| Value::from(to_text(member))).collect();
        vec![self.statement(["", GO], Some(wanted)), self.statement(["", COME], Some(rows))]
    }

    fn several(&self, texts: Texts, rows: Vec<Value<'static>>) -> Option<Statement> {
        (!rows.is_empty()).then(|| self.statement(texts, Some(rows)))
    }

    fn added<'v>(&self, members: impl Iterator<Item = &'v Value<'static>>) -> Option<Statement> {
        self.several(ADD, members.map(|member| self.row(member).into()).collect())
    }

    fn removed<'v>(&self, members: impl Iterator<Item = &'v Value<'static>>) -> Option<Statement> {
        let row = |member| {
            let mut object = Object::new();
            object.insert("key", Value::from(place_of(member)));
            object.insert("json", Value::from(to_text(member)));
            Value::from(object)
        };
        self.several(REMOVE, members.map(row).collect())
    }

    fn changed<'v>(&self, changes: impl Iterator<Item = &'v MemberChange>) -> Option<Statement> {
        let row = |change: &MemberChange| {
            let (old, new) = (change.old.as_ref()?, change.new.as_ref()?);
            let mut object = self.row(new);
            object.insert("oldKey", Value::from(place_of(old)));
            object.insert("oldJson", Value::from(to_text(old)));
            Some(Value::from(object))
        };
        self.several(CHANGE, changes.filter_map(row).collect())
    }

    fn row(&self, member: &Value<'static>) -> Object<'static> {
        let id = member.get("value").and_then(Value::as_str).unwrap_or_default();
        let shadow =
            list_of(self.compiled).map_or(Value::Null, |list| element(self.compiled, list, member));
        let mut object = Object::new();
        object.insert("key", Value::from(place_of(member)));
        object.insert("id", Value::from(without_nul(id).into_owned()));
        object.insert("json", Value::from(to_text(member)));
        object.insert("shadow", Value::from(to_text(&shadow)));
        object
    }
}

/// Under what a member is looked up in the table; the empty text if it has no `value`.
fn place_of(member: &Value<'_>) -> String {
    key_of(member).map_or_else(String::new, |key| cut(&without_nul(&key)).0.to_owned())
}

/// Under what a text is looked up in the table, and whether nothing else is found there.
pub(super) fn place_of_text(text: &str, case_exact: bool) -> (String, bool) {
    let folded = crate::text::key(text, false);
    let (key, whole) = cut(&folded);
    (key.to_owned(), whole && !case_exact && !key.is_empty())
}
