//! JSON text to a [`Value`]: one tokenizer of our own.
//!
//! Strings are borrowed where they have no escapes. Two names of one object that are the same
//! without case are rejected (SCH-003), and so are lone surrogates (SEC-023). Depth and size
//! have limits.

use std::borrow::Cow;

use super::{Number, Object, Value};
use crate::error::{Code, Error, Pointer, Segment, Span};
use crate::limits::Limits;
use crate::text::plain_json;

/// Reads one JSON value with the default limits. A byte order mark is skipped.
///
/// ```
/// use scimforge::value::read;
///
/// let rosa = read(r#"{"userName": "rosa"}"#)?;
/// assert_eq!(rosa.get("userName").and_then(|name| name.as_str()), Some("rosa"));
/// let error = read(r#"{"userName": "rosa",}"#).expect_err("a comma too many");
/// assert_eq!(error.issue().span.map(|span| span.start), Some(20));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `invalid-json`, `duplicate-name`, `lone-surrogate`, `too-deep`, `too-large`, each with the
/// span in the text.
pub fn read(text: &str) -> Result<Value<'_>, Error> {
    read_with(text, &Limits::DEFAULT)
}

/// Reads one JSON value from bytes.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::value::read_bytes;
///
/// assert!(read_bytes(b"{\"userName\": \"rosa\"}", &Limits::DEFAULT).is_ok());
/// let error = read_bytes(b"\"\xFF\"", &Limits::DEFAULT).expect_err("no UTF-8");
/// assert_eq!(error.code().as_str(), "invalid-utf8");
/// ```
///
/// # Errors
/// `invalid-utf8` with the offset of the first bad byte, and those of [`read`].
pub fn read_bytes<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Value<'a>, Error> {
    read_with(text_of(bytes, limits)?, limits)
}

/// The text that bytes are, if there are not too many.
///
/// # Errors
/// `too-large`, and `invalid-utf8` with the offset of the first bad byte.
pub(crate) fn text_of<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, Error> {
    if bytes.len() > limits.json_bytes {
        return Err(too_large(limits));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        Error::new(Code::InvalidUtf8).spanning(Span::new(at, at + 1))
    })
}

/// Reads one JSON value with limits of your own.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::value::read_with;
///
/// let mut small = Limits::DEFAULT;
/// small.json_bytes = 10;
/// let error = read_with(r#"{"userName": "rosa"}"#, &small).expect_err("twenty bytes");
/// assert_eq!(error.code().as_str(), "too-large");
/// ```
///
/// # Errors
/// See [`read`].
pub fn read_with<'a>(text: &'a str, limits: &Limits) -> Result<Value<'a>, Error> {
    if text.len() > limits.json_bytes {
        return Err(too_large(limits));
    }
    let mut reader =
        Reader { text, at: if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 } };
    reader.blanks();
    let mut value = Value::Null;
    reader.value(limits.json_depth, &mut value)?;
    reader.blanks();
    if reader.at < text.len() {
        return Err(reader.expected("the end"));
    }
    Ok(value)
}

fn too_large(limits: &Limits) -> Error {
    Error::new(Code::TooLarge).with("limit", limits.json_bytes.to_string())
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn slice(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn expected(&self, what: &'static str) -> Error {
        let end =
            self.text.get(self.at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        Error::new(Code::InvalidJson)
            .with("expected", what)
            .spanning(Span::new(self.at, self.at + end))
    }

    fn eat(&mut self, byte: u8, what: &'static str) -> Result<(), Error> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.expected(what))
    }

    fn word(&mut self, word: &'static str) -> Result<(), Error> {
        if self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()))
        {
            self.at += word.len();
            return Ok(());
        }
        Err(self.expected("a value"))
    }

    /// Reads a value into its place in the tree: handed back and on, it would be copied at every
    /// level.
    fn value(&mut self, depth: usize, place: &mut Value<'a>) -> Result<(), Error> {
        match self.peek() {
            Some(b'"') => *place = Value::String(self.string()?),
            Some(b'{') => *place = Value::Object(self.object(self.deeper(depth)?)?),
            Some(b'[') => *place = Value::Array(self.array(self.deeper(depth)?)?),
            Some(b't') => {
                self.word("true")?;
                *place = Value::Bool(true);
            }
            Some(b'f') => {
                self.word("false")?;
                *place = Value::Bool(false);
            }
            Some(b'n') => self.word("null")?,
            Some(b'-' | b'0'..=b'9') => *place = Value::Number(self.number()?),
            _ => return Err(self.expected("a value")),
        }
        Ok(())
    }

    fn deeper(&self, depth: usize) -> Result<usize, Error> {
        depth
            .checked_sub(1)
            .ok_or_else(|| Error::new(Code::TooDeep).spanning(Span::new(self.at, self.at + 1)))
    }

    fn object(&mut self, depth: usize) -> Result<Object<'a>, Error> {
        let start = self.at;
        self.at += 1;
        let mut members = Vec::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Object::new());
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a member name in double quotes"));
            }
            let name = self.string()?;
            self.blanks();
            self.eat(b':', "a colon")?;
            self.blanks();
            members.push((name, Value::Null));
            if let Some((name, place)) = members.last_mut() {
                self.value(depth, place)
                    .map_err(|error| error.within(Segment::Name(name.as_ref().into())))?;
            }
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.expected("a comma or a closing brace")),
            }
        }
        self.at += 1;
        Object::from_distinct(members).map_err(|name| {
            Error::new(Code::DuplicateName)
                .at(Pointer::root().name(&name))
                .path(name)
                .spanning(Span::new(start, self.at))
        })
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Value<'a>>, Error> {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(items);
        }
        loop {
            self.blanks();
            let index = items.len();
            items.push(Value::Null);
            if let Some(place) = items.last_mut() {
                self.value(depth, place).map_err(|error| error.within(Segment::Index(index)))?;
            }
            self.blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.expected("a comma or a closing bracket")),
            }
        }
        self.at += 1;
        Ok(items)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Number<'a>, Error> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek();
        let whole = self.digits();
        if whole == 0 {
            return Err(self.expected("a digit"));
        }
        if whole > 1 && first == Some(b'0') {
            self.at = start;
            return Err(self.expected("a number without leading zeros"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.expected("a digit"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.expected("a digit"));
            }
        }
        Ok(Number::from_checked(self.slice(start, self.at)))
    }

    /// Passes what stands for itself in a string and returns it.
    fn plain(&mut self) -> &'a str {
        let start = self.at;
        self.at += plain_json(self.text.as_bytes().get(start..).unwrap_or_default());
        self.slice(start, self.at)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        self.at += 1;
        let plain = self.plain();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = String::from(plain);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(0..0x20) => return Err(self.expected("an escaped control character")),
                Some(_) => {
                    text.push_str(self.plain());
                }
                None => return Err(self.expected("a closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let start = self.at;
        self.at += 1;
        let Some(kind) = self.peek() else {
            return Err(self.expected("an escape"));
        };
        self.at += 1;
        Ok(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                let code = if (0xD800..0xDC00).contains(&first)
                    && self.slice(self.at, self.at + 2) == "\\u"
                {
                    self.at += 2;
                    let second = self.hex()?;
                    if (0xDC00..0xE000).contains(&second) {
                        0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                    } else {
                        first
                    }
                } else {
                    first
                };
                return char::from_u32(code).ok_or_else(|| {
                    Error::new(Code::LoneSurrogate).spanning(Span::new(start, self.at))
                });
            }
            _ => {
                self.at = start;
                return Err(self.expected("an escape that JSON knows"));
            }
        })
    }

    fn hex(&mut self) -> Result<u32, Error> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|byte| char::from(byte).to_digit(16)) else {
                return Err(self.expected("four hexadecimal digits"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> &'static str {
        read(text).expect_err(text).code().as_str()
    }

    #[test]
    fn what_serde_json_reads_we_read_alike() {
        for text in [
            "null",
            " [ ] ",
            "{}",
            r#"{"a":[1,-2.5e3,true,false,null,"x\n\u00e9\ud83d\ude00"]}"#,
            "\"\"",
            "0",
            "[[[]]]",
            "{\"z\":1,\"a\":{\"é\":\"ü\"}}",
        ] {
            let theirs: serde_json::Value = serde_json::from_str(text).expect(text);
            assert_eq!(read(text).expect(text).to_serde(), theirs, "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":}",
            "tru",
            "01",
            "1.",
            "\"\u{1}\"",
            "\"\\x\"",
            "[1] 2",
            "{a:1}",
            "\"abc",
        ] {
            assert_eq!(code(text), "invalid-json", "{text}");
        }
        assert_eq!(code(r#""\ud800""#), "lone-surrogate");
        assert_eq!(code(r#""\ud800\u0041""#), "lone-surrogate");
        assert_eq!(code(r#"{"userName":1,"USERNAME":2}"#), "duplicate-name");
    }

    #[test]
    fn a_byte_order_mark_is_skipped_and_counted() {
        let marked = "\u{FEFF}{\"a\": x}";
        for error in
            [read(marked), read_bytes(marked.as_bytes(), &Limits::DEFAULT)].map(Result::unwrap_err)
        {
            assert_eq!(
                (error.code(), error.issue().span),
                (Code::InvalidJson, Some(Span::new(9, 10)))
            );
        }
        assert_eq!(read("\u{FEFF}[]"), Ok(Value::Array(Vec::new())));
        assert_eq!(code("\u{FEFF}\u{FEFF}[]"), "invalid-json");
    }

    #[test]
    fn depth_and_size_have_limits() {
        assert_eq!(code(&"[".repeat(100_000)), "too-deep");
        let limits = Limits { json_bytes: 3, ..Limits::DEFAULT };
        assert_eq!(read_with("[1,2]", &limits).expect_err("too large").code(), Code::TooLarge);
        let bytes = read_bytes(b"\"\xff\"", &Limits::DEFAULT).expect_err("not UTF-8");
        assert_eq!((bytes.code(), bytes.issue().span), (Code::InvalidUtf8, Some(Span::new(1, 2))));
    }

    #[test]
    fn a_wide_object_with_a_twin_is_found_quickly() {
        let mut text = String::from("{");
        for index in 0..100_000 {
            use std::fmt::Write as _;
            let _ = write!(text, "\"n{index}\":0,");
        }
        text.push_str("\"N4711\":0}");
        assert_eq!(code(&text), "duplicate-name");
    }
}
