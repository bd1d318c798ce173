//! The SQL of a store in `PostgreSQL` over tables of the developer's, which the host runs.

use napi::Result;
use napi_derive::napi;
use scimforge::api;

use crate::convert::failure;

#[napi]
pub struct MappedSql {
    inner: api::MappedSql,
}

#[napi]
impl MappedSql {
    #[napi(constructor)]
    pub fn new(config: String, mapping: String, prefix: String) -> Result<Self> {
        api::MappedSql::new(&config, &mapping)
            .and_then(|inner| inner.with_prefix(&prefix))
            .map(|inner| Self { inner })
            .map_err(failure)
    }

    #[napi]
    pub fn outbox(&self) -> String {
        self.inner.outbox()
    }

    #[napi]
    pub fn outbox_sql(&self) -> String {
        self.inner.outbox_sql()
    }

    #[napi]
    pub fn recorded(&self, operation: String, made: Option<String>) -> Result<String> {
        self.inner.recorded(&operation, made.as_deref()).map_err(failure)
    }

    #[napi]
    pub fn ddl(&self) -> String {
        self.inner.ddl()
    }

    #[napi]
    pub fn inspection(&self) -> String {
        self.inner.inspection()
    }

    #[napi]
    pub fn inspected(&mut self, answer: String) -> Result<String> {
        self.inner.inspected(&answer).map_err(failure)
    }

    #[napi]
    pub fn program(&self, operation: String) -> Result<String> {
        self.inner.program(&operation).map_err(failure)
    }

    #[napi]
    pub fn documents(&self, type_name: String, rows: String) -> Result<String> {
        self.inner.documents(&type_name, &rows).map_err(failure)
    }

    #[napi]
    pub fn change(&self, operation: String, old: Option<String>) -> Result<String> {
        self.inner.change(&operation, old.as_deref()).map_err(failure)
    }

    #[napi]
    pub fn settle(&self, operation: String, id: String) -> Result<String> {
        self.inner.settle(&operation, &id).map_err(failure)
    }

    #[napi]
    pub fn check(
        &self,
        operation: String,
        made: String,
        old: Option<String>,
    ) -> Result<Option<String>> {
        self.inner.check(&operation, &made, old.as_deref()).map_err(failure)
    }

    #[napi]
    pub fn refusal(
        &self,
        type_name: String,
        code: String,
        column: String,
        definition: String,
    ) -> Option<String> {
        self.inner.refusal(&type_name, &code, &column, &definition)
    }

    #[napi]
    pub fn explain(&self, operation: String) -> Result<String> {
        self.inner.explain(&operation).map_err(failure)
    }
}
