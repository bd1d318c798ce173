//! Resources that were removed and are kept: their rows stay, under a type that no query asks for.
//!
//! The row holds the whole resource then, members as well, and nothing is looked up in it. What is
//! asked of it stands in two other tables: when it was removed, and the unique values that it had.
//! Where these stay taken, they stay in the table of those as well. A password stays where it is.

use super::builder::{Builder, Dialect, Param};
use super::mapping::Mapping;
use super::members::resource_text;
use super::program::{Need, Program, Step};
use super::query::Statement;
use super::without_nul;
use crate::protocol::{Kept, Key, RemovedPlan, StoreOp, StoreResult, Unique, Which};
use crate::time::Instant;
use crate::value::to_text;

/// More values than these of one resource are not asked for.
const MOST_VALUES: usize = 100;

/// The type under which the rows of removed resources stand. Names of types have no such
/// character.
fn apart(resource_type: &str) -> String {
    format!("{}\u{1}", without_nul(resource_type))
}

/// What is run in one dialect for the resource of a key.
pub(super) struct Rows<'r> {
    pub(super) dialect: Dialect,
    pub(super) mapping: &'r Mapping,
    pub(super) key: &'r Key,
}

impl Rows<'_> {
    /// A statement in which names stand for what is bound: those of the key, `@apart` for the type
    /// of the row when the resource is removed, and more.
    fn step(&self, text: &str, more: &[(&str, Param)], need: Need) -> Step {
        let own = |text: &str| Param::from(&*without_nul(text));
        let names = [
            ("@tenant", own(&self.key.tenant)),
            ("@type", own(&self.key.resource_type)),
            ("@id", own(&self.key.id)),
            ("@apart", Param::from(&*apart(&self.key.resource_type))),
        ];
        let mut text = text.replace('§', self.mapping.prefix());
        let mut params = Vec::new();
        for (name, param) in names.iter().chain(more) {
            if !text.contains(name) {
                continue;
            }
            let kind = if matches!(param, Param::Text(_)) { "text" } else { "bigint" };
            params.push(param.clone());
            text = text.replace(name, &place(self.dialect, params.len(), kind));
        }
        Step { statement: Statement { text, params }, need }
    }

    fn simple(&self, text: &str) -> Step {
        self.step(text, &[], Need::Nothing)
    }

    /// The row of a resource that is there, locked where that is of use.
    fn lock(&self, kind: &str, need: Need) -> Step {
        let lock = match self.dialect {
            Dialect::Postgres => " FOR UPDATE",
            Dialect::Sqlite => "",
        };
        let text = format!(
            "SELECT d.row FROM §document d WHERE d.tenant = @tenant AND d.type = {kind} AND d.id = @id{lock}"
        );
        self.step(&text, &[], need)
    }

    /// What keeps a resource instead of removing it.
    pub(super) fn keep(&self, if_version: Option<&str>, kept: &Kept) -> Vec<Step> {
        let mut steps = vec![self.lock("@type", Need::Row(StoreResult::NotFound))];
        if let Some(version) = if_version {
            let text =
                format!("SELECT d.row FROM §document d WHERE {THERE} AND d.version = @version");
            let version = [("@version", Param::from(&*without_nul(version)))];
            steps.push(self.step(&text, &version, Need::Row(StoreResult::VersionMismatch)));
        }
        // One that was there before under this identifier.
        steps.push(self.simple(&format!("DELETE FROM §document AS d WHERE {APART}")));
        steps.push(self.simple(&format!(
            "INSERT INTO §past (tenant, type, path, key, row) \
             SELECT t.tenant, t.type, t.path, t.key, t.row FROM §taken t \
             WHERE t.row = (SELECT d.row FROM §document d WHERE {THERE})"
        )));
        let empty = match self.dialect {
            Dialect::Postgres => "'{}'::jsonb",
            Dialect::Sqlite => "CAST('{}' AS BLOB)",
        };
        let whole = resource_text(self.dialect, self.mapping);
        steps.push(self.simple(&format!(
            "UPDATE §document AS d SET json = {whole}, shadow = {empty} WHERE {THERE}"
        )));
        let mut tables = vec!["member"];
        if self.dialect == Dialect::Sqlite {
            tables.push("value");
        }
        if !kept.keeps_unique {
            tables.push("taken");
        }
        for table in tables {
            steps.push(self.simple(&format!(
                "DELETE FROM §{table} WHERE row = (SELECT d.row FROM §document d WHERE {THERE})"
            )));
        }
        let at = kept.at.map_or(0, Instant::unix_millis);
        let kept = Param::from(&*to_text(&kept.to_value()));
        let text = format!(
            "INSERT INTO §removed (row, tenant, type, id, at, kept) \
             SELECT d.row, d.tenant, d.type, d.id, @at, @kept FROM §document d WHERE {THERE}"
        );
        steps.push(self.step(
            &text,
            &[("@at", Param::Integer(at)), ("@kept", kept)],
            Need::Nothing,
        ));
        steps.push(self.simple(&format!("UPDATE §document AS d SET type = @apart WHERE {THERE}")));
        steps
    }

    /// What puts the row back, before it is written as one that is there.
    pub(super) fn put_back(&self) -> Vec<Step> {
        vec![
            self.lock("@apart", Need::Row(StoreResult::NotFound)),
            self.step(
                &format!("SELECT 'id' AS path FROM §document d WHERE {THERE}"),
                &[],
                Need::NoRow,
            ),
            self.simple(&format!("UPDATE §document AS d SET type = @type WHERE {APART}")),
        ]
    }

    /// What forgets that it was removed, and the password that it had.
    pub(super) fn forget(&self, password: bool) -> Vec<Step> {
        let mut tables = vec!["past", "removed"];
        if password {
            tables.push("secret");
        }
        let forget = |table: &&str| {
            self.simple(&format!(
                "DELETE FROM §{table} WHERE row = (SELECT d.row FROM §document d WHERE {THERE})"
            ))
        };
        tables.iter().map(forget).collect()
    }
}

const THERE: &str = "d.tenant = @tenant AND d.type = @type AND d.id = @id";
const APART: &str = "d.tenant = @tenant AND d.type = @apart AND d.id = @id";

/// What stands for a parameter.
fn place(dialect: Dialect, number: usize, kind: &str) -> String {
    match dialect {
        Dialect::Postgres => format!("${number}::{kind}"),
        Dialect::Sqlite => format!("?{number}"),
    }
}

/// The statement that finds resources that were removed: rows of one text each, in the form of
/// [`Removed::to_value`](crate::protocol::Removed::to_value).
pub(super) fn removed(plan: &RemovedPlan, dialect: Dialect, mapping: &Mapping) -> Statement {
    let mut builder = Builder::new(dialect);
    let tenant = builder.text(&without_nul(&plan.tenant));
    let kind = builder.text(&without_nul(&plan.resource_type));
    let select = "SELECT '{\"kept\":' || r.kept || ',\"resource\":' || d.json || '}' AS json";
    let own = format!("r.tenant = {tenant} AND r.type = {kind}");
    let from = "FROM §removed r JOIN §document d ON d.row = r.row";
    let text = match &plan.which {
        Which::One(id) => {
            let id = builder.text(&without_nul(id));
            format!("{select} {from} WHERE {own} AND r.id = {id}")
        }
        Which::With(unique) => {
            let given = values(unique, dialect, &mut builder);
            format!(
                "{select} FROM ({given}) AS g \
                 JOIN §past p ON p.tenant = {tenant} AND p.type = {kind} AND p.path = g.path \
                 AND p.key = g.key JOIN §removed r ON r.row = p.row \
                 JOIN §document d ON d.row = r.row ORDER BY g.at, r.at DESC, r.id DESC LIMIT 1"
            )
        }
        Which::Page { after, limit } => {
            let behind = after.as_ref().map(|(at, id)| {
                builder.params.push(Param::Integer(at.map_or(0, Instant::unix_millis)));
                let at = place(dialect, builder.params.len(), "bigint");
                format!(" AND (r.at, r.id) > ({at}, {})", builder.text(&without_nul(id)))
            });
            let limit = builder.count(*limit);
            format!(
                "{select} {from} WHERE {own}{} ORDER BY r.at, r.id LIMIT {limit}",
                behind.unwrap_or_default()
            )
        }
    };
    Statement { text: text.replace('§', mapping.prefix()), params: builder.params }
}

/// Unique values as a table with `at`, `path` and `key`.
fn values(unique: &[Unique], dialect: Dialect, builder: &mut Builder) -> String {
    let each = unique.iter().take(MOST_VALUES).enumerate().map(|(at, unique)| {
        let (path, key) = match dialect {
            Dialect::Postgres => {
                let path = builder.text(&without_nul(&unique.path));
                let key = builder.text(&without_nul(&unique.key));
                (path, format!("sha256(convert_to({key}, 'UTF8'))"))
            }
            Dialect::Sqlite => (builder.text(&unique.path), builder.text(&unique.key)),
        };
        format!("SELECT {at} AS at, {path} AS path, {key} AS key")
    });
    each.collect::<Vec<_>>().join(" UNION ALL ")
}

/// The statements that purge: the first answers what is purged, as the result of a store. Where
/// events are kept, these forget what they say of it.
pub(super) fn purge(due: &Due<'_>, dialect: Dialect, mapping: &Mapping) -> Vec<Statement> {
    let mut builder = Builder::new(dialect);
    builder.params.push(Param::Integer(due.before.unix_millis()));
    let mut rows = format!("r.at < {}", place(dialect, 1, "bigint"));
    if let Some(tenant) = due.tenant {
        rows = format!("{rows} AND r.tenant = {}", builder.text(&without_nul(tenant)));
    }
    let limit = builder.count(due.limit);
    let rows = format!("FROM §removed r WHERE {rows} ORDER BY r.at, r.row LIMIT {limit}");
    let own = "e.tenant = due.tenant AND e.type = due.type AND e.id = due.id";
    let texts = match dialect {
        // Two that purge at once do not wait for each other.
        Dialect::Postgres => {
            let mut events = String::new();
            if due.events {
                events = format!("{}, ", forgotten(own, mapping, &mut builder));
            }
            vec![format!(
                "WITH due AS MATERIALIZED (SELECT r.row, r.tenant, r.type, r.id {rows} \
                 FOR UPDATE SKIP LOCKED), {events}\
                 gone AS (DELETE FROM §document d USING due WHERE d.row = due.row RETURNING due.type), \
                 counted AS (SELECT g.type, count(*) AS n FROM gone g GROUP BY g.type) \
                 SELECT json_build_object('purged', COALESCE((SELECT json_object_agg(c.type, c.n) \
                 FROM counted c), '{{}}'::json))::text AS told"
            )]
        }
        Dialect::Sqlite => {
            let count = format!(
                "SELECT json_object('purged', json_group_object(c.type, c.n)) FROM \
                 (SELECT s.type AS type, count(*) AS n FROM (SELECT r.type {rows}) AS s \
                 GROUP BY s.type) AS c"
            );
            let events = format!(
                "UPDATE §event SET json = json_remove(json, '$.data', '$.externalId') \
                 WHERE seq IN (SELECT e.seq FROM (SELECT r.tenant, r.type, r.id {rows}) AS due \
                 CROSS JOIN §event e ON {own})"
            );
            let delete = format!("DELETE FROM §document WHERE row IN (SELECT r.row {rows})");
            let events = due.events.then_some(events);
            [Some(count), events, Some(delete)].into_iter().flatten().collect()
        }
    };
    let params = builder.params;
    let statement = |text: String| Statement {
        text: text.replace('§', mapping.prefix()),
        params: params.clone(),
    };
    texts.into_iter().map(statement).collect()
}

/// Which of the removed resources are purged.
pub(super) struct Due<'d> {
    pub(super) tenant: Option<&'d str>,
    pub(super) before: Instant,
    pub(super) limit: usize,
    /// Whether events are kept.
    pub(super) events: bool,
}

/// What takes the values out of the events `e` of what is `due` in `PostgreSQL`, as a query of a
/// WITH. The text is cut: JSON functions refuse the character 0, which values may have. A quote
/// in a string has a backslash before it, so that what is looked for is never in one; nothing in
/// front of `data`, which is the last, has members.
pub(super) fn forgotten(own: &str, mapping: &Mapping, builder: &mut Builder) -> String {
    let external_id = builder.text(r#","externalId":"([^"\\]|\\.)*""#);
    let prefix = mapping.prefix();
    format!(
        "forgotten AS (UPDATE {prefix}event e SET json = regexp_replace(CASE \
         WHEN strpos(e.json, ',\"data\":') > 0 \
         THEN left(e.json, strpos(e.json, ',\"data\":') - 1) || '}}' ELSE e.json END, \
         {external_id}, '') FROM due WHERE {own})"
    )
}

/// The program of a purge where events are kept: what these say of it is forgotten as well.
/// Nothing for another operation.
///
/// ```
/// use scimforge::protocol::StoreOp;
/// use scimforge::sql::{Dialect, Mapping, Program, forgetting};
/// use scimforge::time::Instant;
///
/// let before = Instant::from_unix(1_772_357_400);
/// let purge = StoreOp::Purge { tenant: None, before, limit: 100 };
/// let program = forgetting(&purge, Dialect::Sqlite, &Mapping::default());
/// let Some(Program::Purge(statements)) = program else { panic!("a purge") };
/// assert!(statements.iter().any(|one| one.text.starts_with("UPDATE event SET json")));
/// ```
pub fn forgetting(operation: &StoreOp, dialect: Dialect, mapping: &Mapping) -> Option<Program> {
    let StoreOp::Purge { tenant, before, limit } = operation else { return None };
    let due = Due { tenant: tenant.as_deref(), before: *before, limit: *limit, events: true };
    Some(Program::Purge(purge(&due, dialect, mapping)))
}
