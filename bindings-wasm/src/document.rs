//! Documents as JavaScript gives them.

use js_sys::{JsString, Uint8Array};
use scimforge::api::{Failure, Input};
use scimforge::error::{Code, Error};
use wasm_bindgen::prelude::{JsCast, JsError, wasm_bindgen};

use crate::thrown;

#[wasm_bindgen]
extern "C" {
    /// What every operation takes as a document.
    #[wasm_bindgen(typescript_type = "string | Uint8Array")]
    pub type Document;

    type TextEncoder;
    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsString, into: &mut [u8]) -> Progress;

    type Progress;
    /// UTF-16 units.
    #[wasm_bindgen(method, getter)]
    fn read(this: &Progress) -> u32;
    /// Bytes.
    #[wasm_bindgen(method, getter)]
    fn written(this: &Progress) -> u32;
}

thread_local! {
    static ENCODER: TextEncoder = TextEncoder::new();
}

/// A copy of a document in wasm memory.
pub(crate) enum Text {
    Text(String),
    Bytes(Vec<u8>),
}

impl Text {
    pub(crate) fn copied(document: &Document) -> Result<Self, JsError> {
        if let Some(text) = document.dyn_ref::<JsString>() {
            Ok(encoded(text))
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

/// The text by the engine's own encoder. The glue's way, `as_string`, walks over it unit by unit,
/// and takes longer to do so than the validator takes for the rest.
fn encoded(text: &JsString) -> Text {
    let length = text.length();
    // Enough for ASCII. A unit never needs more than three bytes.
    let mut bytes = vec![0; length as usize];
    let written = ENCODER.with(|encoder| {
        let head = encoder.encode_into(text, &mut bytes);
        let (read, written) = (head.read(), head.written() as usize);
        if read == length {
            return written;
        }
        bytes.resize(written + 3 * (length - read) as usize, 0);
        let rest = text.slice(read, length);
        let tail = bytes.get_mut(written..).unwrap_or_default();
        written + encoder.encode_into(&rest, tail).written() as usize
    });
    bytes.truncate(written);
    match String::from_utf8(bytes) {
        Ok(text) => Text::Text(text),
        // Not what an encoder writes; the core says what is wrong with it.
        Err(error) => Text::Bytes(error.into_bytes()),
    }
}
