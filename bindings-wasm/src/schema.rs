//! A compiled schema.

use scimforge::api;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::document::{Document, Text};
#[cfg(feature = "full")]
use crate::filter::Filter;
#[cfg(feature = "full")]
use crate::kept::Kept;
use crate::thrown;

#[wasm_bindgen]
pub struct Schema {
    inner: api::Schema,
}

#[wasm_bindgen]
impl Schema {
    /// A built-in resource type.
    pub fn named(name: &str) -> Result<Schema, JsError> {
        api::Schema::named(name).map(Self::from).map_err(thrown)
    }

    /// `{"resourceType", "schemas"}`.
    #[wasm_bindgen(js_name = fromDocuments)]
    pub fn from_documents(documents: &Document) -> Result<Schema, JsError> {
        api::Schema::from_documents(Text::copied(documents)?.input())
            .map(Self::from)
            .map_err(thrown)
    }

    /// The built-in resource type that a document names.
    #[wasm_bindgen(js_name = forDocument)]
    pub fn for_document(document: &Document) -> Result<Schema, JsError> {
        Ok(api::Schema::for_document(Text::copied(document)?.input()).into())
    }

    pub fn validate(&self, document: &Document, options: &str) -> Result<String, JsError> {
        self.inner.validate(Text::copied(document)?.input(), options).map_err(thrown)
    }

    #[wasm_bindgen(js_name = isValid)]
    pub fn is_valid(&self, document: &Document, options: &str) -> Result<bool, JsError> {
        self.inner.is_valid(Text::copied(document)?.input(), options).map_err(thrown)
    }

    #[wasm_bindgen(js_name = validateAt)]
    pub fn validate_at(
        &self,
        document: &Document,
        pointer: &str,
        options: &str,
    ) -> Result<String, JsError> {
        self.inner.validate_at(Text::copied(document)?.input(), pointer, options).map_err(thrown)
    }

    pub fn fields(&self) -> String {
        self.inner.fields()
    }

    #[wasm_bindgen(js_name = toText)]
    pub fn to_text(&self) -> String {
        self.inner.to_text()
    }
}

#[cfg(feature = "full")]
#[wasm_bindgen]
impl Schema {
    pub fn filter(&self, text: &str, options: &str) -> Result<Filter, JsError> {
        self.inner.filter(text, options).map(Filter::from).map_err(thrown)
    }

    #[wasm_bindgen(js_name = filterFrom)]
    pub fn filter_from(&self, expression: &Document, options: &str) -> Result<Filter, JsError> {
        self.inner
            .filter_from(Text::copied(expression)?.input(), options)
            .map(Filter::from)
            .map_err(thrown)
    }

    #[wasm_bindgen(js_name = applyPatch)]
    pub fn apply_patch(
        &self,
        document: &Document,
        patch: &Document,
        options: &str,
    ) -> Result<String, JsError> {
        let (document, patch) = (Text::copied(document)?, Text::copied(patch)?);
        self.inner.apply_patch(document.input(), patch.input(), options).map_err(thrown)
    }

    /// `{"changed", "operations", "trace"}`.
    #[wasm_bindgen(js_name = explainPatch)]
    pub fn explain_patch(
        &self,
        document: &Document,
        patch: &Document,
        options: &str,
    ) -> Result<String, JsError> {
        let (document, patch) = (Text::copied(document)?, Text::copied(patch)?);
        self.inner.explain_patch(document.input(), patch.input(), options).map_err(thrown)
    }

    /// `{"patch", "lost"}`.
    pub fn inverse(
        &self,
        document: &Document,
        patch: &Document,
        options: &str,
    ) -> Result<String, JsError> {
        let (document, patch) = (Text::copied(document)?, Text::copied(patch)?);
        self.inner.inverse(document.input(), patch.input(), options).map_err(thrown)
    }

    /// `{"resource", "messages", "trace"}`.
    #[cfg(feature = "server")]
    pub fn emit(&self, document: &Document, options: &str) -> Result<String, JsError> {
        self.inner.emit(Text::copied(document)?.input(), options).map_err(thrown)
    }

    /// `{"messages", "trace"}`.
    #[cfg(feature = "server")]
    #[wasm_bindgen(js_name = emitPatch)]
    pub fn emit_patch(&self, patch: &Document, options: &str) -> Result<String, JsError> {
        self.inner.emit_patch(Text::copied(patch)?.input(), options).map_err(thrown)
    }

    /// Options: `draft`, `mode`.
    #[wasm_bindgen(js_name = toJsonSchema)]
    pub fn to_json_schema(&self, options: &str) -> Result<String, JsError> {
        self.inner.to_json_schema(options).map_err(thrown)
    }

    /// A module of types.
    #[cfg(feature = "server")]
    #[wasm_bindgen(js_name = toTypescript)]
    pub fn to_typescript(&self) -> String {
        self.inner.to_typescript()
    }

    pub fn document(&self, document: &Document) -> Result<Kept, JsError> {
        self.inner.document(Text::copied(document)?.input()).map(Kept::from).map_err(thrown)
    }

    /// Indices into the list.
    #[allow(clippy::needless_pass_by_value, reason = "the glue hands over a list")]
    pub fn order(&self, documents: Vec<Document>, options: &str) -> Result<Vec<u32>, JsError> {
        let texts = documents.iter().map(Text::copied).collect::<Result<Vec<_>, _>>()?;
        let order = self.inner.order(texts.iter().map(Text::input), options).map_err(thrown)?;
        // The memory of WebAssembly holds no more than that.
        Ok(order.into_iter().map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect())
    }

    /// A PATCH message, or `null`.
    pub fn diff(&self, old: &Document, new: &Document) -> Result<String, JsError> {
        let (old, new) = (Text::copied(old)?, Text::copied(new)?);
        self.inner.diff(old.input(), new.input()).map_err(thrown)
    }

    pub fn project(&self, document: &Document, options: &str) -> Result<String, JsError> {
        self.inner.project(Text::copied(document)?.input(), options).map_err(thrown)
    }
}

impl From<api::Schema> for Schema {
    fn from(inner: api::Schema) -> Self {
        Self { inner }
    }
}

/// A list of issues.
#[cfg(feature = "server")]
#[wasm_bindgen(js_name = lintSchema)]
pub fn lint_schema(document: &Document) -> Result<String, JsError> {
    Ok(api::lint_schema(Text::copied(document)?.input()))
}

/// `{"verdict", "changes"}`.
#[cfg(feature = "server")]
#[wasm_bindgen(js_name = schemaChanges)]
pub fn schema_changes(old: &Document, new: &Document) -> Result<String, JsError> {
    let (old, new) = (Text::copied(old)?, Text::copied(new)?);
    api::schema_changes(old.input(), new.input()).map_err(thrown)
}
