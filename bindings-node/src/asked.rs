//! Requests in parts, as HTTP has them: nothing is written as JSON to be read again at once.

use napi::Either;
use napi::bindgen_prelude::{Buffer, Latin1String};
use scimforge::api::{Caller, Failure};
use scimforge::protocol::{Env, Request, Response};
use scimforge::time::Instant;
use scimforge::value::{to_text, write_string};

use crate::raw::Bytes;

/// The headers that the engine looks at.
pub(crate) const HEADERS: [&str; 4] = ["accept", "content-type", "if-match", "if-none-match"];

/// A request; headers in the order of [`HEADERS`].
pub(crate) fn request(
    method: String,
    target: String,
    headers: [Option<String>; 4],
    body: Option<&Bytes<'_>>,
) -> Request {
    let given = HEADERS.into_iter().zip(headers);
    let headers = given.filter_map(|(name, value)| Some((name.to_owned(), value?)));
    let body = body.map(|bytes| bytes.to_vec()).unwrap_or_default();
    Request { method, target, headers: headers.collect(), body }
}

/// Those who ask. The same one mostly asks again: the last one is kept, read.
#[derive(Default)]
pub(crate) struct Callers {
    last: Option<(String, Caller)>,
}

impl Callers {
    /// What there is to know of a request at `now`, in milliseconds of Unix time. Identifiers are
    /// random, unless some are given.
    pub(crate) fn env(
        &mut self,
        caller: String,
        now: f64,
        base_url: String,
        txn: Option<String>,
        ids: Option<Vec<String>>,
    ) -> Result<Env, Failure> {
        if self.last.as_ref().is_none_or(|(text, _)| *text != caller) {
            let read = Caller::read(&caller)?;
            self.last = Some((caller, read));
        }
        #[expect(clippy::cast_possible_truncation, reason = "a clock has whole milliseconds")]
        let now = Instant::from_unix_millis(now as i64);
        let mut env = match &self.last {
            Some((_, read)) => read.env(now, std::iter::from_fn(identifier)),
            None => Env::new(now, std::iter::empty()),
        };
        if let Some(ids) = ids {
            env.ids = Box::new(ids.into_iter());
        }
        Ok(Env { base_url, txn, ..env })
    }
}

/// A random UUID (RFC 9562 section 5.4); `None` if the system has no randomness.
fn identifier() -> Option<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).ok()?;
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let number = u128::from_be_bytes(bytes);
    let part = |shift: u32, digits: u32| (number >> shift) & ((1 << (4 * digits)) - 1);
    Some(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 8),
        part(80, 4),
        part(64, 4),
        part(48, 4),
        part(0, 12)
    ))
}

/// Status, headers as a JSON object, body, audit record as JSON if it is asked for, and what went
/// wrong in the store. A short body of ASCII is a text, of which Node makes one message with the
/// head.
pub(crate) type Answered =
    (u32, String, Either<Latin1String, Buffer>, Option<String>, Option<String>);

/// Longer texts are not worth a copy.
const SHORT: usize = 16 << 10;

pub(crate) fn answered(response: Response, audited: bool, failure: Option<String>) -> Answered {
    let Response { status, headers, body, audit, .. } = response;
    let mut text = String::with_capacity(1 << 8);
    text.push('{');
    for (index, (name, value)) in headers.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        write_string(&mut text, name);
        text.push(':');
        write_string(&mut text, value);
    }
    text.push('}');
    let body = match String::from_utf8(body) {
        Ok(body) if body.len() <= SHORT && body.is_ascii() => Either::A(body.into()),
        Ok(body) => Either::B(body.into_bytes().into()),
        Err(error) => Either::B(error.into_bytes().into()),
    };
    (status.into(), text, body, audited.then(|| to_text(&audit.to_value())), failure)
}
