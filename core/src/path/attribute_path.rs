//! The notation of RFC 7644 §3.10.

use std::fmt;

use crate::error::Span;
use crate::name;

/// `urn:…:attribute.subAttribute` as it was written.
///
/// Where the URN ends depends on the schemas that are known (a URN holds dots and colons), so
/// the text is taken apart by [`resolve`](super::resolve()), not here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttributePath {
    text: Box<str>,
    /// Where it stands in the text that it is part of.
    pub span: Span,
}

impl AttributePath {
    /// A path, if the text can be one by its form: the part after the last colon is a name, or
    /// two joined by a dot; a text that begins with `urn:` may also be a URN alone.
    pub fn parse(text: &str, span: Span) -> Option<Self> {
        let legal = |byte: u8| name::is_name_byte(byte) || matches!(byte, b'.' | b':');
        let (urn, rest) = match text.rsplit_once(':') {
            Some((urn, rest)) => (urn, rest),
            None => ("", text),
        };
        let named = match rest.split_once('.') {
            Some((attribute, sub)) => name::is_valid(attribute) && name::is_valid(sub),
            None => name::is_valid(rest),
        };
        let is_urn = name::starts_with(text, "urn:");
        // Other URIs (http://…) name schemas too; their bytes are those of a URI.
        let well_formed = if urn.is_empty() && !text.starts_with(':') {
            named
        } else if is_urn || urn.contains(':') || urn.contains('/') {
            !text.ends_with([':', '.']) && text.bytes().all(|byte| legal(byte) || is_uri_byte(byte))
        } else {
            false
        };
        well_formed.then(|| Self { text: text.into(), span })
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn is_uri_byte(byte: u8) -> bool {
    matches!(
        byte,
        b'/' | b'%'
            | b'+'
            | b'@'
            | b'~'
            | b'!'
            | b'*'
            | b'\''
            | b','
            | b';'
            | b'='
            | b'#'
            | b'?'
            | b'&'
    )
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
