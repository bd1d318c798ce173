//! scimforge for browsers: a thin binding over the scimforge core.
#![allow(missing_docs, reason = "the public face is the JavaScript package and its types")]

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the package.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
