//! The SQL of a store in `PostgreSQL`, which the host runs.

use napi::Result;
use napi_derive::napi;
use scimforge::api;

use crate::convert::failure;

#[napi]
pub struct Sql {
    inner: api::Sql,
}

#[napi]
impl Sql {
    #[napi(constructor)]
    pub fn new(config: String, prefix: String) -> Result<Self> {
        api::Sql::new(&config, &prefix).map(|inner| Self { inner }).map_err(failure)
    }

    #[napi]
    pub fn ddl(&self) -> String {
        self.inner.ddl()
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
    pub fn description(&self) -> String {
        self.inner.description()
    }

    #[napi]
    pub fn program(&self, operation: String) -> Result<String> {
        self.inner.program(&operation).map_err(failure)
    }

    #[napi]
    pub fn page(&self) -> String {
        self.inner.page()
    }

    #[napi]
    pub fn refresh(&self, tenant: String, resource: String) -> Result<String> {
        self.inner.refresh(&tenant, &resource).map_err(failure)
    }

    #[napi]
    pub fn explain(&self, operation: String) -> Result<String> {
        self.inner.explain(&operation).map_err(failure)
    }
}
