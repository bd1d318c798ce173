//! scimforge for Node: a thin binding over the scimforge core.
#![allow(missing_docs, reason = "the public face is the JavaScript package and its types")]

use napi_derive::napi;

/// The version of the package.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
