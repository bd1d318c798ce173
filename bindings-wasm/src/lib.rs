//! scimforge for browsers: a thin binding over the scimforge core.
//!
//! What is exported here is the `native` object that `js/shared.js` builds its face from. Documents
//! cross as text or bytes, options and results as JSON text; failures are thrown as an `Error`
//! whose message is `{"scimforge": {"status", "issues"}}`.
#![deny(unsafe_code)]
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "the public face is the JavaScript package and its types"
)]

mod document;
mod schema;

#[cfg(feature = "full")]
mod filter;
#[cfg(feature = "full")]
mod kept;
#[cfg(feature = "full")]
mod migration;
#[cfg(feature = "server")]
mod server;

use scimforge::api::{self, Failure};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};

/// The catalogue of codes.
#[wasm_bindgen]
pub fn codes() -> String {
    api::codes()
}

/// The named profiles.
#[wasm_bindgen]
pub fn profiles() -> String {
    api::profiles()
}

/// The version of the package.
#[wasm_bindgen]
pub fn version() -> String {
    api::version().to_owned()
}

/// What is thrown.
#[allow(clippy::needless_pass_by_value, reason = "the argument of map_err")]
fn thrown(failure: Failure) -> JsError {
    JsError::new(&failure.to_message())
}
