//! What a store in `SQLite` runs, over JSON text, for hosts that bring their own `SQLite`.

use std::sync::Arc;

use super::sql::{cleared, explained, key_of, type_named, written_again};
use super::{Engine, Failure};
use crate::protocol::{Document, Events, StoreOp};
use crate::schema::Compiled;
use crate::sql::{
    Dialect, Mapping, Program, Shadows, describe, forgetting, indexes, outbox_sql, outbox_tables,
    record, resource_text, sqlite_program, sqlite_upgrade, without_shadow,
};
use crate::value::{read, to_text};

/// Makes the SQL of one server for `SQLite`.
///
/// ```
/// use scimforge::api::SqliteSql;
///
/// let sql = SqliteSql::new("", true)?;
/// assert!(sql.indexes().contains("document_by_username"));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug)]
pub struct SqliteSql {
    types: Vec<Arc<Compiled>>,
    shadows: Shadows,
    events: Option<Events>,
}

impl SqliteSql {
    /// For a server with this configuration (see [`Engine::new`]), and a library that knows JSONB
    /// or is too old for it.
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// assert!(SqliteSql::new("", false).is_ok());
    /// assert!(SqliteSql::new(r#"{"maxResults": 0}"#, false).is_err());
    /// ```
    ///
    /// # Errors
    /// Those of [`Engine::new`].
    pub fn new(config: &str, jsonb: bool) -> Result<Self, Failure> {
        let engine = Engine::new(config)?;
        let config = engine.inner().config();
        let (types, events) = (config.resource_types.clone(), config.events.clone());
        Ok(Self { types, shadows: if jsonb { Shadows::Jsonb } else { Shadows::Text }, events })
    }

    /// See [`sqlite_upgrade`].
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// let sql = SqliteSql::new("", true)?;
    /// assert!(sql.upgrade(0).is_some() && sql.upgrade(99).is_none());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn upgrade(&self, version: i64) -> Option<String> {
        sqlite_upgrade(version)
    }

    /// The statements that make the indexes, where they are not there yet.
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// assert!(SqliteSql::new("", true)?.indexes().starts_with("CREATE INDEX IF NOT EXISTS"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn indexes(&self) -> String {
        indexes(Dialect::Sqlite, &Mapping::default(), &self.types)
    }

    /// The statements that make the tables of events; none where the server has none.
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// assert_eq!(SqliteSql::new("", true)?.outbox(), "");
    /// assert!(SqliteSql::new(r#"{"events": true}"#, true)?.outbox().contains("event_by_made"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn outbox(&self) -> String {
        let tables = || outbox_tables(Dialect::Sqlite, &Mapping::default());
        self.events.as_ref().map(|_| tables()).unwrap_or_default()
    }

    /// What those run who deliver events: an object of texts; see
    /// [`OutboxSql`](crate::sql::OutboxSql).
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// assert!(SqliteSql::new("", true)?.outbox_sql().contains(r#""claim":"UPDATE delivery"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn outbox_sql(&self) -> String {
        to_text(&outbox_sql(Dialect::Sqlite, &Mapping::default()).to_value())
    }

    /// What the tables are filled with depends on this text.
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// let one = SqliteSql::new(r#"{"resourceTypes": ["User"]}"#, true)?;
    /// assert_ne!(one.description(), SqliteSql::new("", true)?.description());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn description(&self) -> String {
        self.types.iter().map(|compiled| describe(compiled)).collect()
    }

    /// What to run for an operation, in which a password is hashed already; see
    /// [`Program::to_value`](crate::sql::Program::to_value).
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// let sql = SqliteSql::new("", true)?;
    /// let get = r#"{"op": "get", "key": {"tenant": "", "type": "User", "id": "u-1"}}"#;
    /// assert!(sql.program(get)?.starts_with(r#"{"get":{"text":"SELECT"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`StoreOp::from_value`] and [`sqlite_program`].
    pub fn program(&self, operation: &str) -> Result<String, Failure> {
        let mut operation = StoreOp::from_value(&read(operation)?, &self.types)?;
        Ok(to_text(&self.program_of(&mut operation)?.to_value()))
    }

    /// The statement that reads resources one after the other: those behind the row `?1`, in
    /// order, at most `?2`, with `row`, `tenant` and `json`.
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// assert!(SqliteSql::new("", true)?.page().ends_with("WHERE d.row > ?1 ORDER BY d.row LIMIT ?2"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn page(&self) -> String {
        let json = resource_text(Dialect::Sqlite, &Mapping::default());
        format!(
            "SELECT d.row, d.tenant, {json} AS json FROM document d \
             WHERE d.row > ?1 ORDER BY d.row LIMIT ?2"
        )
    }

    /// What to run to fill anew what stands beside a resource.
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// let sql = SqliteSql::new("", false)?;
    /// let steps = sql.refresh("", r#"{"id": "u-1", "meta": {"resourceType": "User"}}"#)?;
    /// assert!(steps.contains("UPDATE document"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading the resource.
    pub fn refresh(&self, tenant: &str, resource: &str) -> Result<String, Failure> {
        let document = Document::new(read(resource)?.into_owned());
        let key = key_of(tenant, &document);
        let Some(compiled) = self.compiled(document.resource_type()) else {
            return Ok(to_text(&without_shadow(&key, self.shadows).to_value()));
        };
        let cleared = cleared(compiled, &key, Dialect::Sqlite, &Mapping::default());
        let mut program = self.program_of(&mut written_again(compiled, key, document))?;
        if let Program::Change(steps) = &mut program {
            steps.extend(cleared);
        }
        Ok(to_text(&program.to_value()))
    }

    /// What a query costs; see [`explain`](crate::sql::explain). `operation` is a query of the engine.
    ///
    /// ```
    /// use scimforge::api::SqliteSql;
    ///
    /// let sql = SqliteSql::new("", true)?;
    /// let plan = r#"{"op": "query", "tenant": "", "types": ["User"], "limit": 10,
    ///     "filter": "userName eq \"rosa\""}"#;
    /// assert!(sql.explain(plan)?.contains(r#""exact":true"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`StoreOp::from_value`]; `invalid-parameter` for another operation.
    pub fn explain(&self, operation: &str) -> Result<String, Failure> {
        explained(operation, &self.types, Dialect::Sqlite, &Mapping::default())
    }

    fn program_of(&self, operation: &mut StoreOp) -> Result<Program, Failure> {
        let event = operation.take_event();
        let operation = &*operation;
        let purge = self
            .events
            .as_ref()
            .and_then(|_| forgetting(operation, Dialect::Sqlite, &Mapping::default()));
        if let Some(purge) = purge {
            return Ok(purge);
        }
        let compiled = match operation {
            StoreOp::Insert { key, .. }
            | StoreOp::Replace { key, .. }
            | StoreOp::Restore { key, .. } => self.compiled(&key.resource_type),
            _ => None,
        };
        let mut program = sqlite_program(operation, compiled, self.shadows)?;
        if let (Program::Change(steps), Some(event), Some(events)) =
            (&mut program, event, &self.events)
        {
            steps.extend(record(&event, &events.sinks, Dialect::Sqlite, &Mapping::default()));
        }
        Ok(program)
    }

    fn compiled(&self, name: &str) -> Option<&Compiled> {
        type_named(&self.types, name)
    }
}
