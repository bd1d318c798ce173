//! The class `Migration`, and the same in one call.

use napi::Result;
use napi_derive::napi;
use scimforge::api;

use crate::convert::failure;
use crate::raw::Bytes;

#[napi]
pub struct Migration {
    inner: api::Migration,
}

#[napi]
impl Migration {
    #[napi(constructor)]
    pub fn new(format: String, options: String) -> Result<Self> {
        api::Migration::new(&format, &options).map(|inner| Self { inner }).map_err(failure)
    }

    #[napi]
    pub fn scan(&mut self, chunk: Bytes<'_>) {
        self.inner.scan(&chunk);
    }

    #[napi]
    pub fn end_scan(&mut self) -> Result<()> {
        self.inner.end_scan().map_err(failure)
    }

    #[napi]
    pub fn convert(&mut self, chunk: Bytes<'_>) -> String {
        self.inner.convert(&chunk)
    }

    #[napi]
    pub fn end_convert(&mut self) -> String {
        self.inner.end_convert()
    }

    #[napi]
    pub fn report(&self) -> String {
        self.inner.report()
    }
}

#[napi]
pub fn convert_all(format: String, bytes: Bytes<'_>, options: String) -> Result<String> {
    api::convert_all(&format, &bytes, &options).map_err(failure)
}
