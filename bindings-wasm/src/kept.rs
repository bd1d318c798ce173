//! A document that is read once and asked often.

use scimforge::api;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::document::{Document, Text};
use crate::filter::Filter;
use crate::thrown;

#[wasm_bindgen(js_name = Document)]
pub struct Kept {
    inner: api::Document,
}

#[wasm_bindgen(js_class = Document)]
impl Kept {
    pub fn validate(&self, options: &str) -> Result<String, JsError> {
        self.inner.validate(options).map_err(thrown)
    }

    #[wasm_bindgen(js_name = isValid)]
    pub fn is_valid(&self, options: &str) -> Result<bool, JsError> {
        self.inner.is_valid(options).map_err(thrown)
    }

    pub fn matches(&self, filter: &Filter) -> bool {
        self.inner.matches(filter.inner())
    }

    pub fn project(&self, options: &str) -> Result<String, JsError> {
        self.inner.project(options).map_err(thrown)
    }

    #[wasm_bindgen(js_name = applyPatch)]
    pub fn apply_patch(&self, patch: &Document, options: &str) -> Result<String, JsError> {
        self.inner.apply_patch(Text::copied(patch)?.input(), options).map_err(thrown)
    }

    #[wasm_bindgen(js_name = toText)]
    pub fn to_text(&self) -> String {
        self.inner.text().to_owned()
    }
}

impl From<api::Document> for Kept {
    fn from(inner: api::Document) -> Self {
        Self { inner }
    }
}
