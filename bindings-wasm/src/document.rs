//! Documents as JavaScript gives them.

use js_sys::Uint8Array;
use scimforge::api::{Failure, Input};
use scimforge::error::{Code, Error};
use wasm_bindgen::prelude::{JsCast, JsError, wasm_bindgen};

use crate::thrown;

#[wasm_bindgen]
extern "C" {
    /// What every operation takes as a document.
    #[wasm_bindgen(typescript_type = "string | Uint8Array")]
    pub type Document;
}

/// A copy of a document in wasm memory.
pub(crate) enum Text {
    Text(String),
    Bytes(Vec<u8>),
}

impl Text {
    pub(crate) fn copied(document: &Document) -> Result<Self, JsError> {
        if let Some(text) = document.as_string() {
            Ok(Self::Text(text))
        } else if let Some(bytes) = document.dyn_ref::<Uint8Array>() {
            Ok(Self::Bytes(bytes.to_vec()))
        } else {
            let error =
                Error::new(Code::ForeignValue).with("actual", "a value that is not text or bytes");
            Err(thrown(Failure::from(error)))
        }
    }

    pub(crate) fn input(&self) -> Input<'_> {
        match self {
            Self::Text(text) => Input::Text(text),
            Self::Bytes(bytes) => Input::Bytes(bytes),
        }
    }
}
