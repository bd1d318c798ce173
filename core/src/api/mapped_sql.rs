//! What a store in `PostgreSQL` runs over tables of the developer's, over JSON text.

use std::sync::Arc;

use super::sql::{plan_of, type_named};
use super::{Engine, Failure};
use crate::protocol::{AttributePermissions, Document, Events, StoreOp};
use crate::schema::Compiled;
use crate::sql::{Columns, Dialect, Mapping, outbox_sql, outbox_tables, record};
use crate::value::{Value, read, to_text};

/// The statements of a store whose tables were there before, for one configuration of an engine.
///
/// A mapping is an object with a member for each resource type: `table`, `attributes` (by path: a
/// column as `{"column", "kind"}`, `{"constant"}`, `{"elements"}`, `{"join"}` or
/// `{"computed": true}`), and perhaps `tenant`, `softDelete`, `rest` and `defaults`. Kinds are
/// `text`, `bool`, `int`, `ts`, `uuid` and `jsonb`.
///
/// ```
/// use scimforge::api::MappedSql;
///
/// let mapping = r#"{"User": {"table": "app.users", "attributes": {
///     "id": {"column": "id", "kind": "uuid"},
///     "userName": {"column": "email", "kind": "text", "fold": "lower", "unique": true}}}}"#;
/// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
/// assert!(sql.ddl().contains("lower(\"email\")"));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug)]
pub struct MappedSql {
    types: Vec<Arc<Compiled>>,
    columns: Columns,
    events: Option<Events>,
    rules: AttributePermissions,
    /// Where events are kept: in tables of ours.
    own: Mapping,
}

impl MappedSql {
    /// For the resource types of a configuration (see [`Engine`](crate::api::Engine)).
    ///
    /// ```
    /// use scimforge::api::MappedSql;
    ///
    /// let mapping = r#"{"User": {"table": "users", "attributes": {
    ///     "id": {"column": "id", "kind": "uuid"}, "usreName": {"column": "email", "kind": "text"}}}}"#;
    /// let failure = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping).unwrap_err();
    /// assert!(failure.to_string().contains("usreName"), "{failure}");
    /// ```
    ///
    /// # Errors
    /// Those of the engine; `invalid-option` and `unknown-attribute` for a mapping.
    pub fn new(config: &str, mapping: &str) -> Result<Self, Failure> {
        let engine = Engine::new(config)?;
        let config = engine.inner().config();
        let (types, events) = (config.resource_types.clone(), config.events.clone());
        let columns = Columns::new(&types, &read(mapping)?)?.keeping(config.soft_delete)?;
        let rules = config.attribute_permissions.clone();
        Ok(Self { types, columns, events, rules, own: Mapping::default() })
    }

    /// The same with tables of events whose names begin with `prefix`.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"], "events": true}"#, mapping)?;
    /// assert!(sql.with_prefix("scim_")?.outbox().contains("scim_event"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Mapping::with_prefix`].
    pub fn with_prefix(mut self, prefix: &str) -> Result<Self, Failure> {
        self.own = Mapping::with_prefix(prefix)?;
        Ok(self)
    }

    /// The statements that make the tables of events; none where the server has none.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// assert_eq!(MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?.outbox(), "");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn outbox(&self) -> String {
        let tables = || outbox_tables(Dialect::Postgres, &self.own);
        self.events.as_ref().map(|_| tables()).unwrap_or_default()
    }

    /// What those run who deliver events; see [`OutboxSql`](crate::sql::OutboxSql).
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?.with_prefix("scim_")?;
    /// assert!(sql.outbox_sql().contains("UPDATE scim_delivery"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn outbox_sql(&self) -> String {
        to_text(&outbox_sql(Dialect::Postgres, &self.own).to_value())
    }

    /// The statements that keep the event of a change, as the last of its transaction: an array of
    /// `{"text", "params"}`, empty where there is none. `made` is what was written, as it was read
    /// again, if something is left: the event tells of that.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {
    /// #     "id": {"column": "id", "kind": "int", "generated": true}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"], "events": true}"#, mapping)?;
    /// let insert = r#"{"op": "insert", "key": {"tenant": "", "type": "User", "id": "u-1"},
    ///     "resource": {"id": "u-1"}, "unique": [], "event": {"id": "t-1.0", "time": "2026-03-01T09:30:00Z",
    ///     "txn": "t-1", "tenant": "", "name": "user.created", "uri": "/Users/u-1",
    ///     "types": ["urn:ietf:params:scim:event:prov:create:notice"], "resourceType": "User",
    ///     "resourceId": "u-1", "attributes": []}}"#;
    /// let kept = sql.recorded(insert, Some(r#"{"id": "7"}"#))?;
    /// assert!(kept.contains("INSERT INTO event") && kept.contains("/Users/7"), "{kept}");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading an operation.
    pub fn recorded(&self, operation: &str, made: Option<&str>) -> Result<String, Failure> {
        let event = self.operation(operation)?.take_event();
        let (Some(mut event), Some(events)) = (event, &self.events) else {
            return Ok("[]".to_owned());
        };
        if let (Some(made), Some(compiled)) = (made, type_named(&self.types, &event.resource_type))
        {
            event.says_written(compiled, &self.rules, &resource(made)?);
        }
        let steps = record(&event, &events.sinks, Dialect::Postgres, &self.own);
        let steps = steps.iter().map(|step| step.statement.to_value()).collect();
        Ok(to_text(&Value::Array(steps)))
    }

    /// The columns that only SCIM needs, indexes, and the tables of events if there are such, as SQL
    /// that can be run again.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "rest": {"column": "more", "kind": "jsonb"},
    /// #     "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// assert!(sql.ddl().contains("ADD COLUMN IF NOT EXISTS \"more\" jsonb"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn ddl(&self) -> String {
        let mut text = self.columns.ddl();
        if self.events.is_some() {
            text.push('\n');
            text.push_str(&self.outbox());
        }
        text
    }

    /// The statement that asks what the tables are like; one row, with the column `json`.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// assert!(sql.inspection().contains("pg_attribute"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn inspection(&self) -> String {
        to_text(&self.columns.inspection().to_value())
    }

    /// Learns from that row. The answer is an array of sentences: what is not as the mapping says.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// let mut sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let problems = sql.inspected(r#"{"usualLower": true, "tables": [[{"name": "ID", "type": "uuid"}]]}"#)?;
    /// assert_eq!(problems, r#"["User.id: `users` has no column `id`; did you mean `ID`?"]"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading JSON.
    pub fn inspected(&mut self, answer: &str) -> Result<String, Failure> {
        let problems = self.columns.inspected(&read(answer)?);
        Ok(to_text(&Value::Array(problems.into_iter().map(Value::from).collect())))
    }

    /// What to run for an operation: `{"get": statement, "type"}`, `{"part": statement, "type"}`, `{"queries": […], "exact",
    /// "count"?}`, `{"memberships": statement}`, `{"change": type, "lock"?: statement}`, or
    /// `{"result": …}` where nothing is to be run.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let get = r#"{"op": "get", "key": {"tenant": "", "type": "User", "id": "no uuid"}}"#;
    /// assert!(sql.program(get)?.contains("WHERE FALSE"), "it is nobody's id, and no error");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading an operation.
    pub fn program(&self, operation: &str) -> Result<String, Failure> {
        let events = self.events.as_ref().map(|_| &self.own);
        Ok(to_text(&self.columns.program(&self.operation(operation)?, events)))
    }

    /// The resources that rows hold: an array for an array of what the column `json` has.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {
    /// #     "id": {"column": "id", "kind": "text"}, "title": {"column": "job", "kind": "text"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let users = sql.documents("User", r#"[{"c0": "u-1", "c1": "Baker"}]"#)?;
    /// assert!(users.contains(r#""id":"u-1","title":"Baker""#), "{users}");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading JSON.
    pub fn documents(&self, type_name: &str, rows: &str) -> Result<String, Failure> {
        Ok(to_text(&self.columns.documents(type_name, &read(rows)?)))
    }

    /// The steps of a change in one transaction: `{"steps": […], "read"?, "unsettled"?}`, or
    /// `{"result": …}` where it is refused. `old` is the resource that was locked, if there was
    /// one.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {"id": {"column": "id", "kind": "uuid"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let insert = r#"{"op": "insert", "key": {"tenant": "", "type": "User", "id": "u-1"},
    ///     "resource": {"id": "u-1", "nickName": "Ro"}, "unique": []}"#;
    /// assert!(sql.change(insert, None)?.contains(r#""notStorable":"nickName""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading an operation.
    pub fn change(&self, operation: &str, old: Option<&str>) -> Result<String, Failure> {
        let old = old.map(resource).transpose()?;
        Ok(to_text(&self.columns.steps(&self.operation(operation)?, old.as_ref())))
    }

    /// The steps that are left once the database has said the `id` of a new resource.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {
    /// #     "id": {"column": "id", "kind": "int", "generated": true}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let insert = r#"{"op": "insert", "key": {"tenant": "", "type": "User", "id": "u-1"},
    ///     "resource": {}, "unique": []}"#;
    /// assert!(sql.change(insert, None)?.contains(r#""unsettled":true"#));
    /// assert!(sql.settle(insert, "7")?.contains(r#""params":["7"]"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading an operation.
    pub fn settle(&self, operation: &str, id: &str) -> Result<String, Failure> {
        Ok(to_text(&self.columns.more_steps(&self.operation(operation)?, id)))
    }

    /// Why what was made of a resource cannot stay: a result of a store, or nothing.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {
    /// #     "id": {"column": "id", "kind": "uuid"}, "title": {"computed": true}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let insert = r#"{"op": "insert", "key": {"tenant": "", "type": "User", "id": "u-1"},
    ///     "resource": {"title": "Baker"}, "unique": []}"#;
    /// assert!(sql.check(insert, r#"{"title": "Cook"}"#, None)?.is_some());
    /// assert!(sql.check(insert, r#"{"title": "baker"}"#, None)?.is_none());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading an operation.
    pub fn check(
        &self,
        operation: &str,
        made: &str,
        old: Option<&str>,
    ) -> Result<Option<String>, Failure> {
        let old = old.map(resource).transpose()?;
        let operation = self.operation(operation)?;
        let refused = self.columns.check(&operation, &resource(made)?, old.as_ref());
        Ok(refused.map(|refused| to_text(&refused.to_value())))
    }

    /// What a refusal of the database means, if it is about an attribute: a result of a store. The
    /// code is an SQLSTATE, the definition that of the constraint or index.
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {
    /// #     "id": {"column": "id", "kind": "uuid"}, "userName": {"column": "email", "kind": "text"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let index = "CREATE UNIQUE INDEX one ON public.users USING btree (lower(email))";
    /// assert_eq!(sql.refusal("User", "23505", "", index).as_deref(), Some(r#"{"conflict":"userName"}"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn refusal(
        &self,
        type_name: &str,
        code: &str,
        column: &str,
        definition: &str,
    ) -> Option<String> {
        let refused = self.columns.refusal(type_name, code, column, definition);
        refused.map(|refused| to_text(&refused.to_value()))
    }

    /// What a query costs (see [`explain`](crate::sql::explain)).
    ///
    /// ```
    /// # use scimforge::api::MappedSql;
    /// # let mapping = r#"{"User": {"table": "users", "attributes": {
    /// #     "id": {"column": "id", "kind": "uuid"}, "userName": {"column": "email", "kind": "text"}}}}"#;
    /// let sql = MappedSql::new(r#"{"resourceTypes": ["User"]}"#, mapping)?;
    /// let asked = r#"{"op": "query", "tenant": "", "types": ["User"], "filter": "userName eq \"rosa\"",
    ///     "offset": 0, "limit": 10, "needTotal": true}"#;
    /// assert!(sql.explain(asked)?.contains(r#""exact":true"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading an operation.
    pub fn explain(&self, operation: &str) -> Result<String, Failure> {
        let plan = plan_of(self.operation(operation)?)?;
        Ok(to_text(&self.columns.explained(&plan)))
    }

    fn operation(&self, text: &str) -> Result<StoreOp, Failure> {
        Ok(StoreOp::from_value(&read(text)?, &self.types)?)
    }
}

fn resource(text: &str) -> Result<Document, Failure> {
    Ok(Document::new(read(text)?.into_owned()))
}
