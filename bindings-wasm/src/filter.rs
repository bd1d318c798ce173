//! A filter tied to a schema.

use scimforge::api;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::document::{Document, Text};
use crate::thrown;

#[wasm_bindgen]
pub struct Filter {
    inner: api::Filter,
}

impl Filter {
    pub(crate) fn inner(&self) -> &api::Filter {
        &self.inner
    }
}

#[wasm_bindgen]
impl Filter {
    pub fn matches(&self, document: &Document) -> Result<bool, JsError> {
        self.inner.matches(Text::copied(document)?.input()).map_err(thrown)
    }

    pub fn explain(&self, document: &Document) -> Result<String, JsError> {
        self.inner.explain(Text::copied(document)?.input()).map_err(thrown)
    }

    pub fn simplified(&self) -> Self {
        self.inner.simplified().into()
    }

    /// What the places of an explanation are about.
    pub fn source(&self) -> String {
        self.inner.text().to_owned()
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

/// A place in a text, in bytes, as two lines.
#[wasm_bindgen(js_name = showPlace)]
pub fn show_place(text: &str, start: u32, end: u32) -> String {
    api::show_place(text, start as usize, end as usize)
}
