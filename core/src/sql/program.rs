//! What a store in `PostgreSQL` runs for an operation of the engine.

use super::builder::{Dialect, Param};
use super::mapping::Mapping;
use super::memberships::memberships;
use super::query::{SqlQuery, Statement, query};
use super::shadow::shadow;
use super::without_nul;
use crate::error::Error;
use crate::protocol::{Document, Key, Secret, StoreOp, StoreResult, Unique};
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
    /// A query.
    Query(Box<SqlQuery>),
    /// Statements in one transaction, one after the other; see [`Step`].
    Change(Vec<Step>),
    /// One statement; each of its rows is a membership (see [`memberships`]).
    Memberships(Statement),
}

/// One statement of a change.
///
/// ```
/// use scimforge::protocol::{Key, StoreOp};
/// use scimforge::sql::{Mapping, Need, Program, program};
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// let remove = StoreOp::Remove { key, if_version: None, event: None };
/// let Program::Change(steps) = program(&remove, None, &Mapping::default())? else {
///     unreachable!("it is a change")
/// };
/// assert!(matches!(steps[0].need, Need::Row(_)), "what is not there cannot be removed");
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
}

/// What a store in `PostgreSQL` runs for an operation; its event is kept by [`record`](super::record). A password must be hashed already; `compiled`
/// is the type of the resource that is written.
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
/// `invalid-option` for a password in clear.
pub fn program(
    operation: &StoreOp,
    compiled: Option<&Compiled>,
    mapping: &Mapping,
) -> Result<Program, Error> {
    Ok(match operation {
        StoreOp::Get { key } => {
            let find = format!("SELECT d.json FROM {}document d WHERE {}", mapping.prefix(), KEY);
            Program::Get(Statement { text: find, params: of_key(key) })
        }
        StoreOp::Query(plan) => Program::Query(Box::new(query(plan, Dialect::Postgres, mapping))),
        StoreOp::Insert { key, document, unique, password, event: _ } => {
            let writer = Writer { mapping, key };
            let mut steps = vec![writer.insert(document, compiled)];
            if !unique.is_empty() {
                steps.extend([writer.take(unique), writer.taken(unique)]);
            }
            steps.extend(writer.secret(password.as_ref())?);
            Program::Change(steps)
        }
        StoreOp::Replace { key, document, if_version, unique, password, event: _ } => {
            let writer = Writer { mapping, key };
            let mut steps = writer.lock(if_version.as_deref());
            steps.push(writer.update(document, compiled));
            steps.push(writer.give(unique));
            if !unique.is_empty() {
                steps.extend([writer.take(unique), writer.taken(unique)]);
            }
            steps.extend(writer.secret(password.as_ref())?);
            Program::Change(steps)
        }
        StoreOp::Remove { key, if_version, event: _ } => {
            let writer = Writer { mapping, key };
            let mut steps = writer.lock(if_version.as_deref());
            steps.push(writer.remove());
            Program::Change(steps)
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

/// Unique values: their keys have a fixed length, since indexes have a limit.
const GIVEN: &str = "(SELECT path, sha256(convert_to(key, 'UTF8')) AS key, at \
    FROM jsonb_to_recordset($4::jsonb) AS r(path text, key text, at integer)) AS g";

fn of_key(key: &Key) -> Vec<Param> {
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

    fn insert(&self, document: &Document, compiled: Option<&Compiled>) -> Step {
        let taken = StoreResult::Conflict { attribute: "id".into() };
        self.step(
            "INSERT INTO §document (tenant, type, id, version, json, shadow) \
             VALUES ($1, $2, $3, $4, $5, $6::jsonb) ON CONFLICT DO NOTHING RETURNING row",
            &[
                &without_nul(&document.version()),
                &to_text(&document.resource),
                &shade(document, compiled),
            ],
            Need::Row(taken),
        )
    }

    /// Locks the row, and looks at its version.
    fn lock(&self, if_version: Option<&str>) -> Vec<Step> {
        let find = format!("SELECT d.row FROM §document d WHERE {KEY} FOR UPDATE");
        let mut steps = vec![self.step(&find, &[], Need::Row(StoreResult::NotFound))];
        if let Some(version) = if_version {
            let same =
                format!("SELECT d.row FROM §document d WHERE {KEY} AND d.version = $4::text");
            let need = Need::Row(StoreResult::VersionMismatch);
            steps.push(self.step(&same, &[&without_nul(version)], need));
        }
        steps
    }

    fn update(&self, document: &Document, compiled: Option<&Compiled>) -> Step {
        self.step(
            &format!(
                "UPDATE §document d SET version = $4, json = $5, shadow = $6::jsonb WHERE {KEY}"
            ),
            &[
                &without_nul(&document.version()),
                &to_text(&document.resource),
                &shade(document, compiled),
            ],
            Need::Nothing,
        )
    }

    /// Gives back the unique values that the resource no longer has.
    fn give(&self, unique: &[Unique]) -> Step {
        self.step(
            &format!(
                "DELETE FROM §taken t USING §document d WHERE {KEY} AND t.row = d.row AND NOT EXISTS \
                 (SELECT 1 FROM {GIVEN} WHERE g.path = t.path AND g.key = t.key)"
            ),
            &[&given(unique)],
            Need::Nothing,
        )
    }

    /// Takes unique values. Who takes several does so in one order, so that two never wait for
    /// each other.
    fn take(&self, unique: &[Unique]) -> Step {
        self.step(
            &format!(
                "INSERT INTO §taken (tenant, type, path, key, row) \
                 SELECT d.tenant, d.type, g.path, g.key, d.row FROM §document d, {GIVEN} WHERE {KEY} \
                 ORDER BY g.path, g.key ON CONFLICT DO NOTHING"
            ),
            &[&given(unique)],
            Need::Nothing,
        )
    }

    /// The first of them that another resource has.
    fn taken(&self, unique: &[Unique]) -> Step {
        self.step(
            &format!(
                "SELECT g.path FROM §document d, {GIVEN} WHERE {KEY} AND NOT EXISTS \
                 (SELECT 1 FROM §taken t WHERE t.tenant = d.tenant AND t.type = d.type \
                 AND t.path = g.path AND t.key = g.key AND t.row = d.row) ORDER BY g.at LIMIT 1"
            ),
            &[&given(unique)],
            Need::NoRow,
        )
    }

    fn secret(&self, password: Option<&Secret>) -> Result<Option<Step>, Error> {
        let Some(password) = password else { return Ok(None) };
        if !password.reveal().starts_with("$argon2id$") {
            return Err(Error::invalid_option("password", "a PHC string of argon2id"));
        }
        let put = format!(
            "INSERT INTO §secret (row, phc) SELECT d.row, $4 FROM §document d WHERE {KEY} \
             ON CONFLICT (row) DO UPDATE SET phc = excluded.phc"
        );
        Ok(Some(self.step(&put, &[password.reveal()], Need::Nothing)))
    }

    fn remove(&self) -> Step {
        self.step(&format!("DELETE FROM §document d WHERE {KEY}"), &[], Need::Nothing)
    }
}

/// What filters compare. Of a type that the server does not have, nothing.
fn shade(document: &Document, compiled: Option<&Compiled>) -> String {
    compiled
        .map_or_else(|| "{}".to_owned(), |compiled| to_text(&shadow(compiled, &document.resource)))
}

fn given(unique: &[Unique]) -> String {
    let each = |(at, unique): (usize, &Unique)| {
        let mut object = Object::new();
        object.insert("path", Value::copied(&without_nul(&unique.path)));
        object.insert("key", Value::copied(&without_nul(&unique.key)));
        object.insert("at", Value::count(at));
        Value::from(object)
    };
    to_text(&Value::Array(unique.iter().enumerate().map(each).collect()))
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
    let param = |param: &Param| match param {
        Param::Text(text) => Value::copied(text),
        Param::Integer(number) => Value::integer(*number),
    };
    let mut object = Object::new();
    object.insert("text", Value::copied(text));
    object.insert("params", Value::Array(params.iter().map(param).collect()));
    object
}

impl Program {
    /// The program for hosts: `{"get": statement}`, `{"query": statement}` with `exact` and
    /// perhaps `count`, `{"memberships": statement}`, or `{"steps": […]}`, each a statement with `need` (`row` or `none`) and
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
    }
    object.into()
}
