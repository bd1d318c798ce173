//! What a store in `PostgreSQL` runs, over JSON text.

use std::sync::Arc;

use super::{Engine, Failure};
use crate::error::{Code, Error};
use crate::protocol::members::list_of;
use crate::protocol::{Document, Events, Key, QueryPlan, StoreOp, unique_keys};
use crate::schema::Compiled;
use crate::sql::{
    Dialect, FORM, Mapping, Need, Program, Statement, Step, describe, explain, forgetting, indexes,
    inserted, members_cleared, outbox_sql, outbox_tables, program, query, record, removed_if_free,
    resource_text, tables,
};
use crate::value::{read, to_text};

/// Makes the SQL for one server.
///
/// ```
/// use scimforge::api::Sql;
///
/// let sql = Sql::new("", "scim_")?;
/// assert!(sql.ddl().contains("CREATE TABLE IF NOT EXISTS scim_document"));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug)]
pub struct Sql {
    types: Vec<Arc<Compiled>>,
    mapping: Mapping,
    events: Option<Events>,
}

impl Sql {
    /// For a server with this configuration (see [`Engine::new`]) and tables with this prefix.
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// assert!(Sql::new("", "app.scim_").is_ok());
    /// assert!(Sql::new("", "a; DROP").is_err());
    /// ```
    ///
    /// # Errors
    /// Those of [`Engine::new`]; `invalid-option` for a prefix that would have to be quoted.
    pub fn new(config: &str, prefix: &str) -> Result<Self, Failure> {
        let engine = Engine::new(config)?;
        let config = engine.inner().config();
        let (types, events) = (config.resource_types.clone(), config.events.clone());
        Ok(Self { types, mapping: Mapping::with_prefix(prefix)?, events })
    }

    /// The statements that make the tables and indexes, where they are not there yet.
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// assert!(Sql::new("", "")?.ddl().contains("document_by_username"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn ddl(&self) -> String {
        let mut text = tables(Dialect::Postgres, &self.mapping);
        text.push('\n');
        text.push_str(&indexes(Dialect::Postgres, &self.mapping, &self.types));
        text.push_str(&self.outbox());
        text
    }

    /// The statements that make the tables of events; none where the server has none.
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// assert_eq!(Sql::new("", "")?.outbox(), "");
    /// assert!(Sql::new(r#"{"events": true}"#, "")?.outbox().contains("event_by_made"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn outbox(&self) -> String {
        let tables = || outbox_tables(Dialect::Postgres, &self.mapping);
        self.events.as_ref().map(|_| tables()).unwrap_or_default()
    }

    /// What those run who deliver events: an object of texts; see
    /// [`OutboxSql`](crate::sql::OutboxSql).
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// assert!(Sql::new("", "scim_")?.outbox_sql().starts_with(r#"{"claim":"WITH due AS"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn outbox_sql(&self) -> String {
        to_text(&outbox_sql(Dialect::Postgres, &self.mapping).to_value())
    }

    /// What the tables are filled with depends on this text.
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// let one = Sql::new(r#"{"resourceTypes": ["User"]}"#, "")?;
    /// assert_ne!(one.description(), Sql::new("", "")?.description());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn description(&self) -> String {
        let types = self.types.iter().map(|compiled| describe(compiled));
        std::iter::once(format!("{FORM}\n")).chain(types).collect()
    }

    /// What to run for an operation, in which a password is hashed already; see
    /// [`Program::to_value`](crate::sql::Program::to_value). A removal that one statement may do has
    /// that as `free` (see [`removed_if_free`]).
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// let sql = Sql::new("", "")?;
    /// let get = r#"{"op": "get", "key": {"tenant": "", "type": "User", "id": "u-1"}}"#;
    /// assert!(sql.program(get)?.starts_with(r#"{"get":{"text":"SELECT"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`StoreOp::from_value`] and [`program`].
    pub fn program(&self, operation: &str) -> Result<String, Failure> {
        let mut operation = StoreOp::from_value(&read(operation)?, &self.types)?;
        let mut program = self.program_of(&mut operation)?.to_value();
        if let (Some(free), Some(program)) = (self.free(&operation), program.as_object_mut()) {
            program.insert("free", free.to_value());
        }
        Ok(to_text(&program))
    }

    fn free(&self, operation: &StoreOp) -> Option<Statement> {
        let StoreOp::Remove { key, if_version, keep: None, .. } = operation else { return None };
        if self.events.is_some() {
            return None;
        }
        let types = self.types.iter().filter(|compiled| list_of(compiled).is_some());
        let types: Vec<&str> = types.map(|compiled| &*compiled.resource_type().name).collect();
        Some(removed_if_free(key, if_version.as_deref(), &types, &self.mapping))
    }

    /// The statement that reads resources one after the other: those behind the row `$1`, in
    /// order, at most `$2`, with `row`, `tenant` and `json`.
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// assert!(Sql::new("", "scim_")?.page().contains("FROM scim_document d WHERE d.row > $1"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn page(&self) -> String {
        let json = resource_text(Dialect::Postgres, &self.mapping);
        let table = self.mapping.prefix();
        format!(
            "SELECT d.row, d.tenant, {json} AS json FROM {table}document d \
             WHERE d.row > $1::bigint ORDER BY d.row LIMIT $2::bigint"
        )
    }

    /// What to run to fill anew what stands beside a resource.
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// let sql = Sql::new("", "")?;
    /// let steps = sql.refresh("", r#"{"id": "u-1", "meta": {"resourceType": "User"}}"#)?;
    /// assert!(steps.contains("UPDATE document"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `unknown-schema` for a type that the server does not have.
    pub fn refresh(&self, tenant: &str, resource: &str) -> Result<String, Failure> {
        let document = Document::new(read(resource)?.into_owned());
        let name = document.resource_type();
        let compiled = self
            .compiled(name)
            .ok_or_else(|| Error::new(Code::UnknownSchema).with("schema", name))?;
        let key = key_of(tenant, &document);
        let cleared = cleared(compiled, &key, Dialect::Postgres, &self.mapping);
        let mut program = self.program_of(&mut written_again(compiled, key, document))?;
        if let Program::Change(steps) = &mut program {
            steps.extend(cleared);
        }
        Ok(to_text(&program.to_value()))
    }

    /// What a query costs; see [`explain`]. `operation` is a query of the engine.
    ///
    /// ```
    /// use scimforge::api::Sql;
    ///
    /// let sql = Sql::new("", "")?;
    /// let plan = r#"{"op": "query", "tenant": "", "types": ["User"], "limit": 10,
    ///     "filter": "userName eq \"rosa\""}"#;
    /// assert!(sql.explain(plan)?.contains(r#""servedBy":["document_by_username_3"]"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`StoreOp::from_value`]; `invalid-parameter` for another operation.
    pub fn explain(&self, operation: &str) -> Result<String, Failure> {
        explained(operation, &self.types, Dialect::Postgres, &self.mapping)
    }

    fn program_of(&self, operation: &mut StoreOp) -> Result<Program, Failure> {
        if let StoreOp::InsertMany { operations, whole } = operation {
            let sinks = self.events.as_ref().map(|events| &*events.sinks);
            let made = inserted(operations, *whole, &self.types, sinks, &self.mapping)?;
            return Ok(Program::Inserted(made));
        }
        let event = operation.take_event();
        let operation = &*operation;
        let purge = self
            .events
            .as_ref()
            .and_then(|_| forgetting(operation, Dialect::Postgres, &self.mapping));
        if let Some(purge) = purge {
            return Ok(purge);
        }
        let compiled = match operation {
            StoreOp::Get { key }
            | StoreOp::Insert { key, .. }
            | StoreOp::Replace { key, .. }
            | StoreOp::Restore { key, .. } => self.compiled(&key.resource_type),
            _ => None,
        };
        let mut program = program(operation, compiled, &self.mapping)?;
        if let (Program::Change(steps), Some(event), Some(events)) =
            (&mut program, event, &self.events)
        {
            steps.extend(record(&event, &events.sinks, Dialect::Postgres, &self.mapping));
        }
        Ok(program)
    }

    fn compiled(&self, name: &str) -> Option<&Compiled> {
        type_named(&self.types, name)
    }
}

/// The resource type with this name.
pub(super) fn type_named<'t>(types: &'t [Arc<Compiled>], name: &str) -> Option<&'t Compiled> {
    let mut types = types.iter().map(Arc::as_ref);
    types.find(|compiled| &*compiled.resource_type().name == name)
}

/// The place of a resource.
pub(super) fn key_of(tenant: &str, document: &Document) -> Key {
    Key {
        tenant: tenant.into(),
        resource_type: document.resource_type().into(),
        id: document.id().into(),
    }
}

/// The operation that writes a resource once more, as it is, with what stands beside it.
pub(super) fn written_again(compiled: &Compiled, key: Key, document: Document) -> StoreOp {
    let unique = unique_keys(compiled, &document.resource);
    StoreOp::Replace {
        key,
        document,
        if_version: None,
        unique,
        password: None,
        event: None,
        members: None,
    }
}

/// What leaves no rows of members of a type that has no list of them.
pub(super) fn cleared(
    compiled: &Compiled,
    key: &Key,
    dialect: Dialect,
    mapping: &Mapping,
) -> Option<Step> {
    let statement = || members_cleared(key, dialect, mapping);
    list_of(compiled).is_none().then(|| Step { statement: statement(), need: Need::Nothing })
}

/// What a query costs.
pub(super) fn explained(
    operation: &str,
    types: &[Arc<Compiled>],
    dialect: Dialect,
    mapping: &Mapping,
) -> Result<String, Failure> {
    let plan = plan_of(StoreOp::from_value(&read(operation)?, types)?)?;
    Ok(to_text(&explain(&query(&plan, dialect, mapping), dialect)))
}

/// The plan of an operation that is a query.
pub(super) fn plan_of(operation: StoreOp) -> Result<QueryPlan, Failure> {
    match operation {
        StoreOp::Query(plan) => Ok(plan),
        _ => Err(Error::new(Code::InvalidParameter)
            .with("parameter", "op")
            .with("expected", "query")
            .into()),
    }
}
