//! Values on their way in and failures on their way out.

use napi::Either;
use scimforge::api::{Failure, Input};

use crate::raw::Bytes;

/// A document: JSON text, or bytes read where JavaScript keeps them.
pub(crate) type Document<'a> = Either<String, Bytes<'a>>;

pub(crate) fn input<'a>(document: &'a Document<'_>) -> Input<'a> {
    match document {
        Either::A(text) => Input::Text(text),
        Either::B(bytes) => Input::Bytes(bytes),
    }
}

/// An error whose message `js/shared.js` turns into a `ScimError`.
pub(crate) fn failure(failure: Failure) -> napi::Error {
    napi::Error::from_reason(failure.to_message())
}
