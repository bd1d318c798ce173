//! What a store in `PostgreSQL` runs for an operation of the engine.

use super::builder::{Dialect, Param};
use super::mapping::Mapping;
use super::members::{document_text, members_written, part, resource_text};
use super::memberships::memberships;
use super::present::present;
use super::query::{SqlQuery, Statement, query};
use super::removed::{self, Due, Rows};
use super::shadow::shadow;
use super::without_nul;
use crate::error::Error;
use crate::protocol::members::list_of;
use crate::protocol::{Document, Key, MemberChange, Secret, StoreOp, StoreResult, Unique};
use crate::schema::Compiled;
use crate::value::{Object, Value, to_text};

/// What a store runs.
///
/// ```
/// use scimforge::protocol::{Key, StoreOp};
/// use scimforge::sql::{Mapping, Program, program};
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// let Program::Get(statement) = program(&StoreOp::Get { key }, None, &Mapping::default())? else {
///     unreachable!("reading is one statement")
/// };
/// assert_eq!(statement.params.len(), 3);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Program {
    /// One statement; the first column of its row, if there is one, is the resource.
    Get(Statement),
    /// One statement; the first column of its row, if there is one, is the resource, and the
    /// second is 0 if that is a part.
    Part(Statement),
    /// A query.
    Query(Box<SqlQuery>),
    /// Statements in one transaction, one after the other; see [`Step`].
    Change(Vec<Step>),
    /// One statement; each of its rows is a membership (see [`memberships`]).
    Memberships(Statement),
    /// One statement; the only column of its row is the answer of the store as JSON text.
    Present(Statement),
    /// One statement in the transaction of the change that follows; its rows say nothing.
    Lock(Statement),
    /// One statement, which changes; the only column of its row is the answer of the store as JSON
    /// text.
    Inserted(Statement),
    /// One statement; each of its rows is a resource that was removed, as
    /// [`Removed::to_value`](crate::protocol::Removed::to_value) has it.
    Removed(Statement),
    /// Statements in one transaction; the first column of the only row of the first is the answer
    /// of the store as JSON text.
    Purge(Vec<Statement>),
}

/// One statement of a change.
///
/// ```
/// use scimforge::protocol::{Key, StoreOp};
/// use scimforge::sql::{Mapping, Need, Program, program};
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// let remove = StoreOp::Remove { key, if_version: None, event: None, keep: None };
/// let Program::Change(steps) = program(&remove, None, &Mapping::default())? else {
///     unreachable!("it is a change")
/// };
/// assert_eq!(steps[0].need, Need::Told, "what is not there cannot be removed");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The statement.
    pub statement: Statement,
    /// What its rows must be for the next statement to be run.
    pub need: Need,
}

/// What the rows of a [`Step`] must be. If they are not, what was done is rolled back.
///
/// ```
/// use scimforge::protocol::StoreResult;
/// use scimforge::sql::Need;
///
/// assert_ne!(Need::Row(StoreResult::NotFound), Need::NoRow);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    /// Nothing in particular.
    Nothing,
    /// There is one; else this is the answer of the store.
    Row(StoreResult),
    /// There is none; else the first column names the attribute of a conflict.
    NoRow,
    /// There is one, whose only column is null; else it is the answer of the store as JSON text.
    Told,
}

/// What a store in `PostgreSQL` runs for an operation; its event is kept by
/// [`record`](super::record). A password must be hashed already; `compiled` is the type of the
/// resource that is written. For several resources see [`inserted`](super::inserted).
///
/// ```
/// use scimforge::protocol::{Key, Secret, StoreOp};
/// use scimforge::protocol::Document;
/// use scimforge::sql::{Mapping, program};
/// use scimforge::value::read;
///
/// let insert = |password: &str| StoreOp::Insert {
///     key: Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() },
///     document: Document::new(read(r#"{"id": "u-1"}"#).unwrap_or(scimforge::value::Value::Null)),
///     unique: Vec::new(),
///     password: Some(Secret::new(password)),
///     event: None,
/// };
/// assert!(program(&insert("$argon2id$v=19$…"), None, &Mapping::default()).is_ok());
/// assert!(program(&insert("correct horse"), None, &Mapping::default()).is_err(), "in clear");
/// ```
///
/// # Errors
/// `invalid-option` for a password in clear, and for [`StoreOp::InsertMany`].
pub fn program(
    operation: &StoreOp,
    compiled: Option<&Compiled>,
    mapping: &Mapping,
) -> Result<Program, Error> {
    Ok(match operation {
        StoreOp::Get { key } => {
            let json = match compiled {
                Some(compiled) if list_of(compiled).is_none() => "d.json".to_owned(),
                _ => format!("{} AS json", resource_text(Dialect::Postgres, mapping)),
            };
            let find = format!("SELECT {json} FROM {}document d WHERE {KEY}", mapping.prefix());
            Program::Get(Statement { text: find, params: of_key(key) })
        }
        StoreOp::Lock { key } => {
            let prefix = mapping.prefix();
            let text = format!("SELECT d.row FROM {prefix}document d WHERE {KEY} FOR UPDATE");
            Program::Lock(Statement { text, params: of_key(key) })
        }
        StoreOp::Part { key, members, few } => {
            Program::Part(part(key, members, *few, Dialect::Postgres, mapping))
        }
        StoreOp::Query(plan) => Program::Query(Box::new(query(plan, Dialect::Postgres, mapping))),
        StoreOp::Insert { key, document, unique, password, event: _ } => {
            let writer = Writer { mapping, key };
            let written = Written { document, compiled, unique, password: password.as_ref() };
            let mut steps = vec![writer.insert(&written)?];
            steps.extend(writer.members(document, None, true, compiled));
            Program::Change(steps)
        }
        StoreOp::Replace { key, document, if_version, unique, password, event: _, members } => {
            let writer = Writer { mapping, key };
            let written = Written { document, compiled, unique, password: password.as_ref() };
            let mut steps = vec![writer.replace(&written, if_version.as_deref())?];
            steps.extend(writer.members(document, members.as_deref(), false, compiled));
            Program::Change(steps)
        }
        StoreOp::InsertMany { .. } => {
            return Err(Error::invalid_option("operation", "one of a single resource"));
        }
        StoreOp::Remove { key, if_version, event: _, keep: None } => {
            Program::Change(vec![Writer { mapping, key }.remove(if_version.as_deref())])
        }
        StoreOp::Remove { key, if_version, event: _, keep: Some(kept) } => {
            let rows = Rows { dialect: Dialect::Postgres, mapping, key };
            Program::Change(rows.keep(if_version.as_deref(), kept))
        }
        StoreOp::Removed(plan) => {
            Program::Removed(removed::removed(plan, Dialect::Postgres, mapping))
        }
        StoreOp::Restore { key, document, unique, password, event: _, anew } => {
            let rows = Rows { dialect: Dialect::Postgres, mapping, key };
            let writer = Writer { mapping, key };
            let written = Written { document, compiled, unique, password: password.as_ref() };
            let mut steps = rows.put_back();
            steps.push(writer.replace(&written, None)?);
            steps.extend(writer.members(document, None, false, compiled));
            steps.extend(rows.forget(*anew && password.is_none()));
            Program::Change(steps)
        }
        StoreOp::Purge { tenant, before, limit } => {
            let tenant = tenant.as_deref();
            let due = Due { tenant, before: *before, limit: *limit, events: false };
            Program::Purge(removed::purge(&due, Dialect::Postgres, mapping))
        }
        // What is told is kept as that of a change.
        StoreOp::Tell { .. } => Program::Change(Vec::new()),
        StoreOp::Present { tenant, resource_type, ids } => {
            Program::Present(present(tenant, resource_type, ids, Dialect::Postgres, mapping))
        }
        StoreOp::Memberships { tenant, group_type, members } => Program::Memberships(memberships(
            tenant,
            group_type,
            members,
            Dialect::Postgres,
            mapping,
        )),
    })
}

const KEY: &str = "d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text";

/// The unique values of a resource, each once: their keys have a fixed length, since indexes have
/// a limit.
const GIVEN: &str = "WITH given AS MATERIALIZED (SELECT DISTINCT ON (s.path, s.key) s.* \
    FROM (SELECT path, sha256(convert_to(key, 'UTF8')) AS key, at \
    FROM jsonb_to_recordset($4::jsonb) AS r(path text, key text, at integer)) AS s \
    ORDER BY s.path, s.key, s.at)";

/// Who takes several does so in one order, so that two never wait for each other. What somebody
/// else takes at the same time ends the statement with a unique violation: it is run again.
const TAKE: &str = "take AS (INSERT INTO §taken (tenant, type, path, key, row) \
    SELECT $1::text, $2::text, g.path, g.key, doc.row FROM doc, given g WHERE \
    (SELECT t.row FROM §taken t WHERE t.tenant = $1::text AND t.type = $2::text \
    AND t.path = g.path AND t.key = g.key LIMIT 1) IS NULL ORDER BY g.path, g.key)";

/// Who has each of the values, `t`. The limit has the index asked for each, and not all read.
const HOLDER: &str = "CROSS JOIN LATERAL (SELECT t.row FROM §taken t \
    WHERE t.tenant = $1::text AND t.type = $2::text AND t.path = g.path AND t.key = g.key \
    LIMIT 1) AS t";

/// The resource as it was when the statement began.
pub(super) const OLD: &str = "old AS MATERIALIZED (SELECT d.row, d.version FROM §document d \
    WHERE d.tenant = $1::text AND d.type = $2::text AND d.id = $3::text)";

/// Answers of a store as texts of SQL.
const NOT_FOUND: &str = "'{\"notFound\":true}'";
const MISMATCH: &str = "'{\"versionMismatch\":true}'";

pub(super) fn of_key(key: &Key) -> Vec<Param> {
    [&key.tenant, &key.resource_type, &key.id]
        .into_iter()
        .map(|text| Param::from(&*without_nul(text)))
        .collect()
}

struct Writer<'w> {
    mapping: &'w Mapping,
    key: &'w Key,
}

impl Writer<'_> {
    fn step(&self, text: &str, more: &[&str], need: Need) -> Step {
        let mut params = of_key(self.key);
        params.extend(more.iter().map(|text| Param::from(*text)));
        Step {
            statement: Statement { text: text.replace('§', self.mapping.prefix()), params },
            need,
        }
    }

    fn insert(&self, written: &Written<'_>) -> Result<Step, Error> {
        let (secret, params) = written.params("")?;
        let text = format!(
            "{GIVEN}, clash AS MATERIALIZED (SELECT g.path FROM given g {HOLDER} \
             ORDER BY g.at LIMIT 1), \
             doc AS (INSERT INTO §document (tenant, type, id, version, json, shadow) \
             SELECT $1::text, $2::text, $3::text, $5::text, $6::text, $7::jsonb \
             WHERE NOT EXISTS (SELECT 1 FROM clash) ON CONFLICT DO NOTHING RETURNING row), \
             {TAKE}{secret} \
             SELECT CASE WHEN EXISTS (SELECT 1 FROM doc) THEN NULL ELSE json_build_object(\
             'conflict', COALESCE((SELECT path FROM clash), 'id'))::text END AS told"
        );
        let params: Vec<&str> = params.iter().map(String::as_str).collect();
        Ok(self.step(&text, &params, Need::Told))
    }

    /// The row is locked by what changes it: of two who know the same version, the second finds
    /// another one.
    fn replace(&self, written: &Written<'_>, if_version: Option<&str>) -> Result<Step, Error> {
        let (secret, mut params) =
            written.params("ON CONFLICT (row) DO UPDATE SET phc = excluded.phc")?;
        let condition = Self::condition(if_version, &mut params);
        let (same, none) = condition.as_ref().map_or(("FALSE".to_owned(), NOT_FOUND), |same| {
            (format!("NOT EXISTS (SELECT 1 FROM old d WHERE {same})"), MISMATCH)
        });
        let condition = condition.map(|same| format!(" AND {same}")).unwrap_or_default();
        let text = format!(
            "{GIVEN}, {OLD}, clash AS MATERIALIZED (SELECT g.path FROM given g {HOLDER} \
             WHERE t.row IS DISTINCT FROM (SELECT row FROM old) ORDER BY g.at LIMIT 1), \
             doc AS (UPDATE §document d SET version = $5::text, json = $6::text, \
             shadow = $7::jsonb WHERE {KEY}{condition} AND NOT EXISTS (SELECT 1 FROM clash) \
             RETURNING d.row), \
             give AS (DELETE FROM §taken t USING doc WHERE t.row = doc.row AND NOT EXISTS \
             (SELECT 1 FROM given g WHERE g.path = t.path AND g.key = t.key)), \
             {TAKE}{secret} \
             SELECT CASE WHEN EXISTS (SELECT 1 FROM doc) THEN NULL \
             WHEN NOT EXISTS (SELECT 1 FROM old) THEN {NOT_FOUND} WHEN {same} THEN {MISMATCH} \
             WHEN EXISTS (SELECT 1 FROM clash) \
             THEN json_build_object('conflict', (SELECT path FROM clash))::text \
             ELSE {none} END AS told"
        );
        let params: Vec<&str> = params.iter().map(String::as_str).collect();
        Ok(self.step(&text, &params, Need::Told))
    }

    fn remove(&self, if_version: Option<&str>) -> Step {
        let mut params = Vec::new();
        let condition = Self::condition(if_version, &mut params);
        let none = if condition.is_some() { MISMATCH } else { NOT_FOUND };
        let condition = condition.map(|same| format!(" AND {same}")).unwrap_or_default();
        let text = format!(
            "WITH {OLD}, doc AS (DELETE FROM §document d WHERE {KEY}{condition} RETURNING d.row) \
             SELECT CASE WHEN EXISTS (SELECT 1 FROM doc) THEN NULL \
             WHEN NOT EXISTS (SELECT 1 FROM old) THEN {NOT_FOUND} ELSE {none} END AS told"
        );
        let params: Vec<&str> = params.iter().map(String::as_str).collect();
        self.step(&text, &params, Need::Told)
    }

    /// That a resource has this version.
    fn condition(if_version: Option<&str>, params: &mut Vec<String>) -> Option<String> {
        params.push(without_nul(if_version?).into_owned());
        // The first three are the key.
        Some(format!("d.version = ${}::text", params.len() + 3))
    }

    fn members(
        &self,
        document: &Document,
        changes: Option<&[MemberChange]>,
        new: bool,
        compiled: Option<&Compiled>,
    ) -> Vec<Step> {
        let Some(compiled) = compiled else { return Vec::new() };
        let dialect = Dialect::Postgres;
        members_written(self.key, document, changes, new, compiled, dialect, self.mapping)
            .into_iter()
            .map(|statement| Step { statement, need: Need::Nothing })
            .collect()
    }
}

/// What is written of a resource.
struct Written<'w> {
    document: &'w Document,
    compiled: Option<&'w Compiled>,
    unique: &'w [Unique],
    password: Option<&'w Secret>,
}

impl Written<'_> {
    /// What keeps the password, if there is one, and what is bound from `$4` on.
    fn params(&self, conflict: &str) -> Result<(String, Vec<String>), Error> {
        let mut params = vec![
            given(self.unique),
            without_nul(&self.document.version()).into_owned(),
            document_text(self.document, self.compiled),
            shade(self.document, self.compiled),
        ];
        let Some(password) = self.password else { return Ok((String::new(), params)) };
        params.push(hashed(password)?.to_owned());
        let secret = format!(
            ", secret AS (INSERT INTO §secret (row, phc) SELECT doc.row, $8::text FROM doc {conflict})"
        );
        Ok((secret, params))
    }
}

/// A password that nobody can read.
pub(super) fn hashed(password: &Secret) -> Result<&str, Error> {
    let phc = password.reveal();
    if phc.starts_with("$argon2id$") {
        return Ok(phc);
    }
    Err(Error::invalid_option("password", "a PHC string of argon2id"))
}

/// What filters compare. Of a type that the server does not have, nothing.
pub(super) fn shade(document: &Document, compiled: Option<&Compiled>) -> String {
    compiled
        .map_or_else(|| "{}".to_owned(), |compiled| to_text(&shadow(compiled, &document.resource)))
}

fn given(unique: &[Unique]) -> String {
    to_text(&given_list(unique))
}

/// The unique values, in the order in which they are looked for.
pub(super) fn given_list(unique: &[Unique]) -> Value<'static> {
    let each = |(at, unique): (usize, &Unique)| {
        let mut object = Object::new();
        object.insert("path", Value::copied(&without_nul(&unique.path)));
        object.insert("key", Value::copied(&without_nul(&unique.key)));
        object.insert("at", Value::count(at));
        Value::from(object)
    };
    Value::Array(unique.iter().enumerate().map(each).collect())
}

impl Statement {
    /// `{"text", "params"}`.
    ///
    /// ```
    /// use scimforge::sql::{Param, Statement};
    ///
    /// let statement = Statement { text: "SELECT $1".into(), params: vec![Param::from("rosa")] };
    /// assert_eq!(statement.to_value().to_string(), r#"{"text":"SELECT $1","params":["rosa"]}"#);
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        as_object(&self.text, &self.params).into()
    }
}

fn as_object(text: &str, params: &[Param]) -> Object<'static> {
    let mut object = Object::new();
    object.insert("text", Value::copied(text));
    object.insert("params", values(params));
    object
}

/// What is bound, for hosts.
pub(super) fn values(params: &[Param]) -> Value<'static> {
    let value = |param: &Param| match param {
        Param::Text(text) => Value::copied(text),
        Param::Integer(number) => Value::integer(*number),
    };
    Value::Array(params.iter().map(value).collect())
}

impl Program {
    /// The program for hosts: `{"get": statement}`, `{"part": statement}`, `{"query": statement}` with `exact` and
    /// perhaps `count`, `{"memberships": statement}`, `{"present": statement}`, `{"inserted": statement}`, `{"lock": statement}`, `{"removed": statement}`, `{"purge":
    /// [statement, …]}`, or `{"steps": […]}`, each a statement with `need` (`row`, `none` or `told`) and
    /// `otherwise` (a result of the store).
    ///
    /// ```
    /// use scimforge::sql::{Program, Statement};
    ///
    /// let program = Program::Get(Statement { text: "SELECT 1".into(), params: Vec::new() });
    /// assert_eq!(program.to_value().to_string(), r#"{"get":{"text":"SELECT 1","params":[]}}"#);
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        match self {
            Self::Get(statement) => object.insert("get", statement.to_value()),
            Self::Part(statement) => object.insert("part", statement.to_value()),
            Self::Query(query) => {
                let mut member = as_object(&query.text, &query.params);
                member.insert("exact", Value::Bool(query.exact));
                if let Some(count) = &query.count {
                    member.insert("count", count.to_value());
                }
                object.insert("query", member.into())
            }
            Self::Change(steps) => {
                object.insert("steps", Value::Array(steps.iter().map(step_value).collect()))
            }
            Self::Memberships(statement) => object.insert("memberships", statement.to_value()),
            Self::Present(statement) => object.insert("present", statement.to_value()),
            Self::Lock(statement) => object.insert("lock", statement.to_value()),
            Self::Inserted(statement) => object.insert("inserted", statement.to_value()),
            Self::Removed(statement) => object.insert("removed", statement.to_value()),
            Self::Purge(statements) => {
                let each = statements.iter().map(Statement::to_value).collect();
                object.insert("purge", Value::Array(each))
            }
        };
        object.into()
    }
}

fn step_value(step: &Step) -> Value<'static> {
    let mut object = as_object(&step.statement.text, &step.statement.params);
    match &step.need {
        Need::Nothing => {}
        Need::Row(otherwise) => {
            object.insert("need", Value::from("row"));
            object.insert("otherwise", otherwise.to_value());
        }
        Need::NoRow => {
            object.insert("need", Value::from("none"));
        }
        Need::Told => {
            object.insert("need", Value::from("told"));
        }
    }
    object.into()
}
