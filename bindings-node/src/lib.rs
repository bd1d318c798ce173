//! scimforge for Node: a thin binding over the scimforge core.
//!
//! Everything crosses as JSON text or bytes; `js/shared.js` is the face of it. Each module
//! translates one class, and decides nothing. Schemas, filters and documents are numbers there
//! (see `raw`), of which `js/native.js` makes classes.
#![cfg_attr(
    test,
    allow(dead_code, reason = "functions are called from Node, where there are no Rust tests")
)]
#![deny(unsafe_code)]
#![allow(missing_docs, reason = "the public face is the JavaScript package and its types")]
#![allow(unreachable_pub, reason = "what napi exports is reached from JavaScript")]
#![allow(clippy::needless_pass_by_value, reason = "napi hands over arguments by value")]

mod asked;
mod convert;
mod document;
mod filter;
mod mapped;
mod migration;
mod password;
mod postgres;
mod raw;
mod schema;
mod server;
mod sqlite;
mod store;

use napi::bindgen_prelude::Object;
use napi::{Env, Result};
use napi_derive::napi;
use scimforge::api;

/// The version of the package.
#[napi]
pub fn version() -> &'static str {
    api::version()
}

/// Which of some names was meant by one that is none of them.
#[napi]
pub fn nearest(name: String, names: Vec<String>) -> Option<String> {
    scimforge::name::nearest(&name, names.iter().map(String::as_str)).map(str::to_owned)
}

/// The catalogue of codes, as JSON.
#[napi]
pub fn codes() -> String {
    api::codes()
}

/// A place in a text, in bytes, as two lines.
#[napi]
pub fn show_place(text: String, start: u32, end: u32) -> String {
    api::show_place(&text, start as usize, end as usize)
}

/// The profiles and their tolerances, as JSON.
#[napi]
pub fn profiles() -> String {
    api::profiles()
}

/// The functions of schemas, filters and documents.
#[napi(ts_return_type = "Record<string, Function>")]
pub fn calls(env: Env) -> Result<Vec<Object<'static>>> {
    let tables = [schema::ENTRIES, filter::ENTRIES, document::ENTRIES];
    tables.into_iter().map(|entries| raw::functions(&env, entries)).collect()
}
