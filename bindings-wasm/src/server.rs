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

/// The claims of a Security Event Token.
#[wasm_bindgen(js_name = securityEvent)]
pub fn security_event(event: &str, options: &str) -> Result<String, JsError> {
    api::security_event(event, options).map_err(thrown)
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

    pub fn openapi(&self, base_url: &str) -> String {
        self.inner.openapi(base_url)
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
        crossing(&self.inner.handle(request, body, environment).map_err(thrown)?)
    }

    /// The same for what a host does with resources that were removed.
    pub fn task(&mut self, task: &str, environment: &str) -> Result<JsValue, JsError> {
        crossing(&self.inner.task(task, environment).map_err(thrown)?)
    }

    pub fn changes(&self, after: f64, most: u32) -> String {
        self.inner.changes(whole(after), most as usize)
    }

    #[wasm_bindgen(js_name = forgetChanges)]
    pub fn forget_changes(&mut self, up_to: f64) {
        self.inner.forget_changes(whole(up_to));
    }
}

fn crossing(answer: &api::Answer) -> Result<JsValue, JsError> {
    let headers = answer.headers_text();
    let answer = Answer { status: answer.status, headers, body: &answer.body };
    Ok(serde_wasm_bindgen::to_value(&answer)?)
}

/// The number of an event: JavaScript's numbers are exact for more of them than there will be.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is not such a number becomes the nearest that is"
)]
fn whole(number: f64) -> u64 {
    number as u64
}
