//! Reading a name.

use super::{DEEPEST, Dn, LONGEST, Rdn, RdnValue, TypeAndValue};
use crate::error::{Code, Error, Span};
use crate::name;

pub(super) fn parse(text: &str) -> Result<Dn, Error> {
    let mut cursor = Cursor { bytes: text.as_bytes(), at: 0 };
    if text.len() > LONGEST {
        return Err(cursor.expected("a shorter name"));
    }
    let mut dn = Dn::default();
    cursor.blanks();
    if cursor.peek().is_none() {
        return Ok(dn);
    }
    loop {
        let mut rdn = Rdn { attributes: Vec::with_capacity(1) };
        loop {
            rdn.attributes.push(cursor.attribute()?);
            if cursor.peek() != Some(b'+') {
                break;
            }
            cursor.at += 1;
        }
        dn.rdns.push(rdn);
        match cursor.peek() {
            None => return Ok(dn),
            Some(b',' | b';') if dn.rdns.len() < DEEPEST => cursor.at += 1,
            Some(b',' | b';') => return Err(cursor.expected("fewer parts")),
            Some(_) => return Err(cursor.expected("a comma")),
        }
    }
}

struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl Cursor<'_> {
    fn expected(&self, what: &'static str) -> Error {
        Error::new(Code::LdifDn).with("expected", what).spanning(Span::new(self.at, self.at))
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn blanks(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn attribute(&mut self) -> Result<TypeAndValue, Error> {
        self.blanks();
        let start = self.at;
        while self.peek().is_some_and(|byte| name::is_name_byte(byte) || byte == b'.') {
            self.at += 1;
        }
        let kind = self.bytes.get(start..self.at).unwrap_or_default();
        let kind = std::str::from_utf8(kind).unwrap_or_default();
        let prefix = if name::starts_with(kind, "OID.") { 4 } else { 0 };
        let kind = kind.get(prefix..).unwrap_or_default();
        if kind.is_empty() {
            return Err(self.expected("an attribute type"));
        }
        self.blanks();
        if self.peek() != Some(b'=') {
            return Err(self.expected("an equals sign"));
        }
        self.at += 1;
        self.blanks();
        let value = match self.peek() {
            Some(b'#') => self.ber()?,
            Some(b'"') => self.quoted()?,
            _ => self.plain()?,
        };
        self.blanks();
        Ok(TypeAndValue { kind: kind.into(), value })
    }

    fn ber(&mut self) -> Result<RdnValue, Error> {
        self.at += 1;
        let mut bytes = Vec::new();
        while let Some(high) = self.peek().and_then(digit) {
            let low = self.bytes.get(self.at + 1).copied().and_then(digit);
            let Some(low) = low else {
                return Err(self.expected("two hexadecimal digits"));
            };
            bytes.push(high << 4 | low);
            self.at += 2;
        }
        if bytes.is_empty() {
            return Err(self.expected("two hexadecimal digits"));
        }
        Ok(RdnValue::Ber(bytes.into()))
    }

    fn quoted(&mut self) -> Result<RdnValue, Error> {
        let start = self.at;
        self.at += 1;
        let mut value = Vec::new();
        loop {
            match self.next() {
                Some(b'"') => return self.text(value, start),
                Some(b'\\') => value.push(self.escape()?),
                Some(byte) => value.push(byte),
                None => return Err(self.expected("a closing quote")),
            }
        }
    }

    fn plain(&mut self) -> Result<RdnValue, Error> {
        let start = self.at;
        let mut value = Vec::new();
        // Trailing blanks do not count unless they are escaped.
        let mut kept = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b',' | b';' | b'+' => break,
                b'\\' => {
                    self.at += 1;
                    value.push(self.escape()?);
                    kept = value.len();
                }
                _ => {
                    self.at += 1;
                    value.push(byte);
                    if byte != b' ' {
                        kept = value.len();
                    }
                }
            }
        }
        value.truncate(kept);
        self.text(value, start)
    }

    fn escape(&mut self) -> Result<u8, Error> {
        let Some(first) = self.next() else {
            return Err(self.expected("an escaped character"));
        };
        if let Some(high) = digit(first) {
            let Some(low) = self.next().and_then(digit) else {
                return Err(self.expected("two hexadecimal digits"));
            };
            return Ok(high << 4 | low);
        }
        Ok(first)
    }

    fn text(&self, value: Vec<u8>, start: usize) -> Result<RdnValue, Error> {
        String::from_utf8(value).map(|text| RdnValue::Text(text.into())).map_err(|_| {
            Error::new(Code::LdifDn).with("expected", "UTF-8").spanning(Span::new(start, self.at))
        })
    }
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
