//! The protocol engine over a store in memory.

use js_sys::{Object, Reflect, Uint8Array};
use scimforge::api;
use scimforge::value::{Value, to_text};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

use crate::document::{Document, Text};
use crate::thrown;

#[wasm_bindgen]
pub struct MemoryServer {
    inner: api::MemoryServer,
}

#[wasm_bindgen]
impl MemoryServer {
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str) -> Result<MemoryServer, JsError> {
        let inner = api::MemoryServer::new(config).map_err(thrown)?;
        Ok(Self { inner })
    }

    pub fn insert(&mut self, document: &Document) -> Result<(), JsError> {
        self.inner.insert(Text::copied(document)?.input()).map_err(thrown)
    }

    /// `{ status, headers, body }`, the headers as JSON text of pairs.
    pub fn handle(
        &mut self,
        request: &str,
        body: &[u8],
        environment: &str,
    ) -> Result<JsValue, JsError> {
        let answer = self.inner.handle(request, body, environment).map_err(thrown)?;
        let headers = answer
            .headers
            .into_iter()
            .map(|(name, value)| Value::Array(vec![name.into(), value.into()]));
        let members: [(&str, JsValue); 3] = [
            ("status", answer.status.into()),
            ("headers", to_text(&Value::Array(headers.collect())).into()),
            ("body", Uint8Array::from(answer.body.as_slice()).into()),
        ];
        let result = Object::new();
        for (name, value) in members {
            // A fresh object takes any member.
            let _ = Reflect::set(&result, &name.into(), &value);
        }
        Ok(result.into())
    }
}
