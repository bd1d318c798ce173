//! The class `Document`: read once, asked often.

use napi::Result;
use napi_derive::napi;
use scimforge::api;

use crate::convert::{self, failure, input};
use crate::filter::Filter;

#[napi]
pub struct Document {
    inner: api::Document,
}

impl From<api::Document> for Document {
    fn from(inner: api::Document) -> Self {
        Self { inner }
    }
}

#[napi]
impl Document {
    #[napi]
    pub fn validate(&self, options: String) -> Result<String> {
        self.inner.validate(&options).map_err(failure)
    }

    #[napi]
    pub fn is_valid(&self, options: String) -> Result<bool> {
        self.inner.is_valid(&options).map_err(failure)
    }

    #[napi]
    pub fn matches(&self, filter: &Filter) -> bool {
        self.inner.matches(filter.inner())
    }

    #[napi]
    pub fn project(&self, options: String) -> Result<String> {
        self.inner.project(&options).map_err(failure)
    }

    #[napi]
    pub fn apply_patch(&self, patch: convert::Document<'_>, options: String) -> Result<String> {
        self.inner.apply_patch(input(&patch), &options).map_err(failure)
    }

    #[napi]
    pub fn to_text(&self) -> String {
        self.inner.text().to_owned()
    }
}
