//! The class `Schema`.

use napi::Result;
use napi_derive::napi;
use scimforge::api;

use crate::convert::{Document, failure, input};
use crate::document;
use crate::filter::Filter;

#[napi]
pub struct Schema {
    inner: api::Schema,
}

#[napi]
impl Schema {
    #[napi(factory)]
    pub fn named(name: String) -> Result<Self> {
        api::Schema::named(&name).map(|inner| Self { inner }).map_err(failure)
    }

    #[napi(factory)]
    pub fn from_documents(documents: Document<'_>) -> Result<Self> {
        api::Schema::from_documents(input(&documents)).map(|inner| Self { inner }).map_err(failure)
    }

    #[napi(factory)]
    pub fn for_document(document: Document<'_>) -> Self {
        Self { inner: api::Schema::for_document(input(&document)) }
    }

    #[napi]
    pub fn validate(&self, document: Document<'_>, options: String) -> Result<String> {
        self.inner.validate(input(&document), &options).map_err(failure)
    }

    #[napi]
    pub fn is_valid(&self, document: Document<'_>, options: String) -> Result<bool> {
        self.inner.is_valid(input(&document), &options).map_err(failure)
    }

    #[napi]
    pub fn validate_at(
        &self,
        document: Document<'_>,
        pointer: String,
        options: String,
    ) -> Result<String> {
        self.inner.validate_at(input(&document), &pointer, &options).map_err(failure)
    }

    #[napi]
    pub fn fields(&self) -> String {
        self.inner.fields()
    }

    #[napi]
    pub fn filter(&self, text: String, options: String) -> Result<Filter> {
        self.inner.filter(&text, &options).map(Filter::from).map_err(failure)
    }

    #[napi]
    pub fn filter_from(&self, expression: Document<'_>, options: String) -> Result<Filter> {
        self.inner.filter_from(input(&expression), &options).map(Filter::from).map_err(failure)
    }

    #[napi]
    pub fn apply_patch(
        &self,
        document: Document<'_>,
        patch: Document<'_>,
        options: String,
    ) -> Result<String> {
        self.inner.apply_patch(input(&document), input(&patch), &options).map_err(failure)
    }

    /// `{"changed", "operations", "trace"}`.
    #[napi]
    pub fn explain_patch(
        &self,
        document: Document<'_>,
        patch: Document<'_>,
        options: String,
    ) -> Result<String> {
        self.inner.explain_patch(input(&document), input(&patch), &options).map_err(failure)
    }

    /// `{"patch", "lost"}`.
    #[napi]
    pub fn inverse(
        &self,
        document: Document<'_>,
        patch: Document<'_>,
        options: String,
    ) -> Result<String> {
        self.inner.inverse(input(&document), input(&patch), &options).map_err(failure)
    }

    /// Options: `draft`, `mode`.
    #[napi]
    pub fn to_json_schema(&self, options: String) -> Result<String> {
        self.inner.to_json_schema(&options).map_err(failure)
    }

    /// A module of types.
    #[napi]
    pub fn to_typescript(&self) -> String {
        self.inner.to_typescript()
    }

    #[napi]
    pub fn document(&self, document: Document<'_>) -> Result<document::Document> {
        self.inner.document(input(&document)).map(Into::into).map_err(failure)
    }

    /// Indices into the list.
    #[napi]
    pub fn order(&self, documents: Vec<Document<'_>>, options: String) -> Result<Vec<u32>> {
        let order = self.inner.order(documents.iter().map(input), &options).map_err(failure)?;
        // JavaScript's arrays are no longer than that.
        Ok(order.into_iter().map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect())
    }

    /// A PATCH message, or `null`.
    #[napi]
    pub fn diff(&self, old: Document<'_>, new: Document<'_>) -> Result<String> {
        self.inner.diff(input(&old), input(&new)).map_err(failure)
    }

    /// `{"resource", "messages", "trace"}`.
    #[napi]
    pub fn emit(&self, document: Document<'_>, options: String) -> Result<String> {
        self.inner.emit(input(&document), &options).map_err(failure)
    }

    /// `{"messages", "trace"}`.
    #[napi]
    pub fn emit_patch(&self, patch: Document<'_>, options: String) -> Result<String> {
        self.inner.emit_patch(input(&patch), &options).map_err(failure)
    }

    #[napi]
    pub fn project(&self, document: Document<'_>, options: String) -> Result<String> {
        self.inner.project(input(&document), &options).map_err(failure)
    }

    #[napi]
    pub fn to_text(&self) -> String {
        self.inner.to_text()
    }
}

/// A list of issues.
#[napi]
pub fn lint_schema(document: Document<'_>) -> String {
    api::lint_schema(input(&document))
}

/// `{"verdict", "changes"}`.
#[napi]
pub fn schema_changes(old: Document<'_>, new: Document<'_>) -> Result<String> {
    api::schema_changes(input(&old), input(&new)).map_err(failure)
}
