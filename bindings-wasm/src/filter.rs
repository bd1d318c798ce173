//! A filter tied to a schema.

use scimforge::api;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::document::{Document, Text};
use crate::thrown;

#[wasm_bindgen]
pub struct Filter {
    inner: api::Filter,
}

#[wasm_bindgen]
impl Filter {
    pub fn matches(&self, document: &Document) -> Result<bool, JsError> {
        self.inner.matches(Text::copied(document)?.input()).map_err(thrown)
    }

    /// The canonical text.
    #[wasm_bindgen(js_name = toText)]
    pub fn to_text(&self) -> String {
        self.inner.to_string()
    }

    pub fn expression(&self) -> String {
        self.inner.expression()
    }

    pub fn trace(&self) -> String {
        self.inner.trace()
    }
}

impl From<api::Filter> for Filter {
    fn from(inner: api::Filter) -> Self {
        Self { inner }
    }
}
