//! Distinguished names (RFC 4514): read, printed, compared.
//!
//! Two spellings of one name differ in case, blanks, escapes and order of a multi-valued part.
//! [`Dn::key`] is the same for all of them, so it is what references are looked up by.

mod key;
mod parse;
mod print;

pub use key::key;

use crate::error::Error;

/// Bytes of a name. Directories allow far less.
const LONGEST: usize = 64 << 10;
/// Parts of a name.
const DEEPEST: usize = 1_000;

/// A distinguished name: from the entry up to the root; empty for the root itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Dn {
    /// The relative names, the entry's own first.
    pub rdns: Vec<Rdn>,
}

/// A relative name: one or more attributes with their values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rdn {
    /// The attributes, in the order written; at least one.
    pub attributes: Vec<TypeAndValue>,
}

/// An attribute of a relative name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TypeAndValue {
    /// The attribute's name or OID, as written.
    pub kind: Box<str>,
    /// Its value.
    pub value: RdnValue,
}

/// A value in a relative name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RdnValue {
    /// Text, unescaped.
    Text(Box<str>),
    /// The BER encoding, written as `#` and hexadecimal digits.
    Ber(Box<[u8]>),
}

impl Dn {
    /// Reads a name. Blanks around separators, `;` as a separator, quotes and the prefix `OID.`
    /// (RFC 1779, RFC 2253 §4) are accepted.
    ///
    /// # Errors
    /// `ldif-dn`, with the place as span.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }

    /// The name in one spelling: types and values in lower case, inner blanks as one, the
    /// attributes of a part in order.
    pub fn key(&self) -> String {
        key::of(self)
    }
}

#[cfg(test)]
mod tests;
