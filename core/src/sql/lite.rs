//! What a store in `SQLite` runs for an operation of the engine, and how its file is made ready.
//!
//! Shadows are JSONB, which `SQLite` knows since 3.45. Hosts with an older library write them as
//! text, in a file that says so: newer libraries read both, and keep to what the file says.

use std::fmt::Write as _;

use super::builder::{Dialect, Param};
use super::ddl::tables;
use super::mapping::Mapping;
use super::members::{MEMBER_SHADOWS, document_text, members_written, part, resource_text};
use super::memberships::memberships;
use super::present::present;
use super::program::{Need, Program, Step, hashed, shade};
use super::query::{Statement, query};
use super::removed::{self, Due, Rows};
use super::shadow::looked_up;
use super::without_nul;
use crate::error::Error;
use crate::protocol::{Document, Key, MemberChange, Secret, StoreOp, StoreResult, Unique};
use crate::schema::Compiled;
use crate::value::{Value, to_text};

/// How a host writes shadows.
///
/// ```
/// use scimforge::sql::Shadows;
///
/// assert!(Shadows::Jsonb.of("?6").contains("jsonb(?6)"));
/// assert_eq!(Shadows::Text.of("?6"), "CAST(?6 AS BLOB)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shadows {
    /// As JSONB, unless the file says that it is read by older libraries.
    Jsonb,
    /// As text: the library is older than 3.45.
    Text,
}

impl Shadows {
    /// The expression for a parameter that holds a shadow as JSON text.
    ///
    /// ```
    /// use scimforge::sql::Shadows;
    ///
    /// assert!(Shadows::Jsonb.of("?2").starts_with("CASE WHEN EXISTS (SELECT 1 FROM setting"));
    /// ```
    pub fn of(self, param: &str) -> String {
        match self {
            Self::Text => format!("CAST({param} AS BLOB)"),
            Self::Jsonb => format!(
                "CASE WHEN EXISTS (SELECT 1 FROM setting WHERE name = 'shadow' AND value = 'text') \
                 THEN CAST({param} AS BLOB) ELSE jsonb({param}) END"
            ),
        }
    }
}

/// Raised when the tables change in a way that older releases cannot read.
const VERSION: i64 = 4;

/// The first version had columns for the age, and no shadows. They are made anew from the
/// documents; until then they are the JSONB of an empty object.
const FROM_FIRST: &str = "
DROP INDEX document_by_age;
ALTER TABLE document DROP COLUMN created;
ALTER TABLE document DROP COLUMN fraction;
ALTER TABLE document ADD COLUMN shadow BLOB NOT NULL DEFAULT x'0c';
";

/// The second version had members in the documents of groups: they are taken apart when what
/// stands beside the documents is made anew.
const ANEW: &str = "DELETE FROM setting WHERE name = 'indexed';\n";

/// The statements that bring a file with this `user_version` to that of this release; nothing
/// where it is there already. `None` for a file of a newer release.
///
/// ```
/// use scimforge::sql::sqlite_upgrade;
///
/// assert!(sqlite_upgrade(0).is_some_and(|text| text.contains("CREATE TABLE")));
/// assert_eq!(sqlite_upgrade(4).as_deref(), Some(""));
/// assert_eq!(sqlite_upgrade(99), None);
/// ```
pub fn sqlite_upgrade(version: i64) -> Option<String> {
    let mut text = match version {
        VERSION => return Some(String::new()),
        1 => FROM_FIRST.to_owned(),
        0..VERSION => String::new(),
        _ => return None,
    };
    text.push_str(&tables(Dialect::Sqlite, &Mapping::default()));
    // The third had no tables of what was removed.
    if version < 3 {
        text.push_str(ANEW);
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "PRAGMA user_version = {VERSION};");
    Some(text)
}

/// What a store in `SQLite` runs for an operation. A password must be hashed already; `compiled`
/// is the type of the resource that is written. An event is not kept. Steps that end early are to be rolled back, which
/// is what savepoints are for.
///
/// ```
/// use scimforge::protocol::{Key, StoreOp};
/// use scimforge::sql::{Program, Shadows, sqlite_program};
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// let remove = StoreOp::Remove { key, if_version: None, event: None, keep: None };
/// assert!(matches!(sqlite_program(&remove, None, Shadows::Jsonb)?, Program::Change(steps) if steps.len() == 2));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `invalid-option` for a password in clear.
pub fn sqlite_program(
    operation: &StoreOp,
    compiled: Option<&Compiled>,
    shadows: Shadows,
) -> Result<Program, Error> {
    let mapping = Mapping::default();
    Ok(match operation {
        StoreOp::Get { key } => Program::Get(Statement {
            text: format!(
                "SELECT {} FROM document d WHERE {KEY}",
                resource_text(Dialect::Sqlite, &mapping)
            ),
            params: of_key(key),
        }),
        StoreOp::Part { key, members, few } => {
            Program::Part(part(key, members, *few, Dialect::Sqlite, &mapping))
        }
        StoreOp::Query(plan) => Program::Query(Box::new(query(plan, Dialect::Sqlite, &mapping))),
        StoreOp::Insert { key, document, unique, password, event: _ } => {
            let writer = Writer { key, document, compiled, shadows };
            let mut steps = vec![writer.insert()];
            steps.extend(unique.iter().map(|one| writer.is_free(one)));
            writer.beside(unique, password.as_ref(), &mut steps)?;
            writer.members(None, true, &mut steps);
            Program::Change(steps)
        }
        StoreOp::Replace { key, document, if_version, unique, password, event: _, members } => {
            let writer = Writer { key, document, compiled, shadows };
            let mut steps = found(key, if_version.as_deref());
            writer.replace(unique, password.as_ref(), members.as_deref(), &mut steps)?;
            Program::Change(steps)
        }
        StoreOp::InsertMany { .. } => {
            return Err(Error::invalid_option("maxBatch", "1 for this store"));
        }
        StoreOp::Lock { .. } => {
            return Err(Error::invalid_option("locks", "false for this store"));
        }
        StoreOp::Remove { key, if_version, event: _, keep: Some(kept) } => {
            let rows = Rows { dialect: Dialect::Sqlite, mapping: &mapping, key };
            Program::Change(rows.keep(if_version.as_deref(), kept))
        }
        StoreOp::Removed(plan) => {
            Program::Removed(removed::removed(plan, Dialect::Sqlite, &mapping))
        }
        StoreOp::Restore { key, document, unique, password, event: _, anew } => {
            let rows = Rows { dialect: Dialect::Sqlite, mapping: &mapping, key };
            let writer = Writer { key, document, compiled, shadows };
            let mut steps = rows.put_back();
            writer.replace(unique, password.as_ref(), None, &mut steps)?;
            steps.extend(rows.forget(*anew && password.is_none()));
            Program::Change(steps)
        }
        StoreOp::Purge { tenant, before, limit } => {
            let tenant = tenant.as_deref();
            let due = Due { tenant, before: *before, limit: *limit, events: false };
            Program::Purge(removed::purge(&due, Dialect::Sqlite, &mapping))
        }
        StoreOp::Remove { key, if_version, event: _, keep: None } => {
            let mut steps = found(key, if_version.as_deref());
            let text = "DELETE FROM document WHERE tenant = ?1 AND type = ?2 AND id = ?3";
            steps.push(step(key, text, &[], Need::Nothing));
            Program::Change(steps)
        }
        // What is told is kept as that of a change.
        StoreOp::Tell { .. } => Program::Change(Vec::new()),
        StoreOp::Present { tenant, resource_type, ids } => {
            Program::Present(present(tenant, resource_type, ids, Dialect::Sqlite, &mapping))
        }
        StoreOp::Memberships { tenant, group_type, members } => {
            let found = memberships(tenant, group_type, members, Dialect::Sqlite, &mapping);
            Program::Memberships(found)
        }
    })
}

/// What fills anew what stands beside a resource of a type that the server does not have: nothing,
/// in the form in which the file holds it.
pub(crate) fn without_shadow(key: &Key, shadows: Shadows) -> Program {
    let text = format!(
        "UPDATE document SET shadow = {} WHERE tenant = ?1 AND type = ?2 AND id = ?3",
        shadows.of("?4")
    );
    Program::Change(vec![step(key, &text, &["{}"], Need::Nothing)])
}

const KEY: &str = "d.tenant = ?1 AND d.type = ?2 AND d.id = ?3";

fn of_key(key: &Key) -> Vec<Param> {
    [&key.tenant, &key.resource_type, &key.id]
        .into_iter()
        .map(|text| Param::from(&*without_nul(text)))
        .collect()
}

fn step(key: &Key, text: &str, more: &[&str], need: Need) -> Step {
    let mut params = of_key(key);
    params.extend(more.iter().map(|text| Param::from(*text)));
    Step { statement: Statement { text: text.to_owned(), params }, need }
}

/// That the resource is there, in this version.
fn found(key: &Key, if_version: Option<&str>) -> Vec<Step> {
    let find = format!("SELECT d.row FROM document d WHERE {KEY}");
    let mut steps = vec![step(key, &find, &[], Need::Row(StoreResult::NotFound))];
    if let Some(version) = if_version {
        let need = Need::Row(StoreResult::VersionMismatch);
        steps.push(step(key, &format!("{find} AND d.version = ?4"), &[version], need));
    }
    steps
}

struct Writer<'w> {
    key: &'w Key,
    document: &'w Document,
    compiled: Option<&'w Compiled>,
    shadows: Shadows,
}

impl Writer<'_> {
    fn step(&self, text: &str, more: &[&str]) -> Step {
        step(self.key, text, more, Need::Nothing)
    }

    /// Version, document and shadow, the fourth to the sixth parameter.
    fn written(&self) -> [String; 3] {
        let document = self.document;
        let shadow = shade(document, self.compiled);
        [document.version().into_owned(), document_text(document, self.compiled), shadow]
    }

    fn insert(&self) -> Step {
        let text = format!(
            "INSERT INTO document (tenant, type, id, version, json, shadow) \
             VALUES (?1, ?2, ?3, ?4, ?5, {}) ON CONFLICT (tenant, type, id) DO NOTHING RETURNING row",
            self.shadows.of("?6")
        );
        let [version, json, shadow] = &self.written();
        let need = Need::Row(StoreResult::Conflict { attribute: "id".into() });
        step(self.key, &text, &[version, json, shadow], need)
    }

    fn update(&self) -> Step {
        let text = format!(
            "UPDATE document SET version = ?4, json = ?5, shadow = {} \
             WHERE tenant = ?1 AND type = ?2 AND id = ?3",
            self.shadows.of("?6")
        );
        let [version, json, shadow] = &self.written();
        self.step(&text, &[version, json, shadow])
    }

    /// Writes over a row that is there.
    fn replace(
        &self,
        unique: &[Unique],
        password: Option<&Secret>,
        members: Option<&[MemberChange]>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Error> {
        steps.extend(unique.iter().map(|one| self.is_free(one)));
        steps.push(self.update());
        steps.push(self.step(
            &format!("DELETE FROM taken WHERE row = (SELECT d.row FROM document d WHERE {KEY})"),
            &[],
        ));
        self.beside(unique, password, steps)?;
        self.members(members, false, steps);
        Ok(())
    }

    fn is_free(&self, unique: &Unique) -> Step {
        let text = format!(
            "SELECT t.path FROM taken t WHERE t.tenant = ?1 AND t.type = ?2 AND t.path = ?4 \
             AND t.key = ?5 AND t.row <> (SELECT d.row FROM document d WHERE {KEY})"
        );
        step(self.key, &text, &[&unique.path, &unique.key], Need::NoRow)
    }

    /// The rows of the other tables.
    fn beside(
        &self,
        unique: &[Unique],
        password: Option<&Secret>,
        steps: &mut Vec<Step>,
    ) -> Result<(), Error> {
        for Unique { path, key } in unique {
            // A resource may hold the same unique value twice.
            let text = format!(
                "INSERT OR IGNORE INTO taken SELECT d.tenant, d.type, ?4, ?5, d.row \
                 FROM document d WHERE {KEY}"
            );
            steps.push(self.step(&text, &[path, key]));
        }
        if let Some(compiled) = self.compiled {
            self.fill(&to_text(&pairs(compiled, &self.document.resource)), steps);
        }
        if let Some(password) = password {
            let text = format!(
                "INSERT OR REPLACE INTO secret SELECT d.row, ?4 FROM document d WHERE {KEY}"
            );
            steps.push(self.step(&text, &[hashed(password)?]));
        }
        Ok(())
    }

    /// The rows of members.
    fn members(&self, changes: Option<&[MemberChange]>, new: bool, steps: &mut Vec<Step>) {
        let Some(compiled) = self.compiled else { return };
        let (dialect, mapping) = (Dialect::Sqlite, Mapping::default());
        let written =
            members_written(self.key, self.document, changes, new, compiled, dialect, &mapping);
        steps.extend(written.into_iter().map(|statement| {
            let text = MEMBER_SHADOWS.iter().fold(statement.text, |text, shadow| {
                text.replace(&Shadows::Jsonb.of(shadow), &self.shadows.of(shadow))
            });
            Step { statement: Statement { text, ..statement }, need: Need::Nothing }
        }));
    }

    /// Brings the values that equality filters look up from what they are to what they should be.
    /// Few change in a large group when one member comes or goes.
    fn fill(&self, wanted: &str, steps: &mut Vec<Step>) {
        const WANTED: &str =
            "(SELECT w.value ->> 0 AS path, w.value ->> 1 AS key FROM json_each(?4) w)";
        let gone = format!(
            "DELETE FROM value WHERE row = (SELECT d.row FROM document d WHERE {KEY}) \
             AND (path, key) NOT IN {WANTED}"
        );
        let come = format!(
            "INSERT OR IGNORE INTO value SELECT d.tenant, d.type, w.path, w.key, d.row \
             FROM document d, {WANTED} w WHERE {KEY}"
        );
        steps.extend([self.step(&gone, &[wanted]), self.step(&come, &[wanted])]);
    }
}

/// The rows of the table of values, as an array of pairs.
fn pairs(compiled: &Compiled, resource: &Value<'_>) -> Value<'static> {
    let each = |(path, key): (Box<str>, Box<str>)| {
        Value::Array(vec![Value::from(path.into_string()), Value::from(key.into_string())])
    };
    Value::Array(looked_up(compiled, resource).into_iter().map(each).collect())
}
