//! Identity formats to SCIM, in pieces or at once.

use scimforge::api;
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

use crate::thrown;

#[wasm_bindgen]
pub struct Migration {
    inner: api::Migration,
}

#[wasm_bindgen]
impl Migration {
    #[wasm_bindgen(constructor)]
    pub fn new(format: &str, options: &str) -> Result<Migration, JsError> {
        let inner = api::Migration::new(format, options).map_err(thrown)?;
        Ok(Self { inner })
    }

    pub fn scan(&mut self, chunk: &[u8]) {
        self.inner.scan(chunk);
    }

    #[wasm_bindgen(js_name = endScan)]
    pub fn end_scan(&mut self) -> Result<(), JsError> {
        self.inner.end_scan().map_err(thrown)
    }

    pub fn convert(&mut self, chunk: &[u8]) -> String {
        self.inner.convert(chunk)
    }

    #[wasm_bindgen(js_name = endConvert)]
    pub fn end_convert(&mut self) -> String {
        self.inner.end_convert()
    }

    pub fn report(&self) -> String {
        self.inner.report()
    }
}

/// Everything at once.
#[wasm_bindgen(js_name = convertAll)]
pub fn convert_all(format: &str, input: &[u8], options: &str) -> Result<String, JsError> {
    api::convert_all(format, input, options).map_err(thrown)
}
