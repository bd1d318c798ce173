//! The class `Filter`.

use napi::Result;
use napi_derive::napi;
use scimforge::api;

use crate::convert::{Document, failure, input};

#[napi]
pub struct Filter {
    inner: api::Filter,
}

impl From<api::Filter> for Filter {
    fn from(inner: api::Filter) -> Self {
        Self { inner }
    }
}

impl Filter {
    pub(crate) fn inner(&self) -> &api::Filter {
        &self.inner
    }
}

#[napi]
impl Filter {
    #[napi]
    pub fn matches(&self, document: Document<'_>) -> Result<bool> {
        self.inner.matches(input(&document)).map_err(failure)
    }

    #[napi]
    pub fn explain(&self, document: Document<'_>) -> Result<String> {
        self.inner.explain(input(&document)).map_err(failure)
    }

    #[napi]
    pub fn simplified(&self) -> Self {
        self.inner.simplified().into()
    }

    /// What the places of an explanation are about.
    #[napi]
    pub fn source(&self) -> String {
        self.inner.text().to_owned()
    }

    #[napi]
    pub fn to_text(&self) -> String {
        self.inner.to_string()
    }

    #[napi]
    pub fn expression(&self) -> String {
        self.inner.expression()
    }

    #[napi]
    pub fn trace(&self) -> String {
        self.inner.trace()
    }
}
