//! The protocol engine over a store in memory.

use scimforge::api;
use serde::{Serialize, Serializer};
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

use crate::document::{Document, Text};
use crate::thrown;

/// What `handle` gives: small, and its body is bytes, so it crosses as an object.
#[derive(Serialize)]
struct Answer<'a> {
    status: u16,
    headers: String,
    #[serde(serialize_with = "as_bytes")]
    body: &'a [u8],
}

fn as_bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

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
        let answer =
            Answer { status: answer.status, headers: answer.headers_text(), body: &answer.body };
        Ok(serde_wasm_bindgen::to_value(&answer)?)
    }
}
