//! Distinguished names (RFC 4514): read, printed, compared.
//!
//! Two spellings of one name differ in case, blanks, escapes and order of a multi-valued part.
//! [`Dn::key`] is the same for all of them, so it is what references are looked up by.
//!
//! ```
//! use scimforge::migrate::dn::Dn;
//!
//! let one = Dn::parse("CN=Holt\\, Mara, OU=Staff")?;
//! let other = Dn::parse("cn=\"Holt, Mara\",ou=staff")?;
//! assert_eq!(one.key(), other.key());
//! # Ok::<(), scimforge::error::Error>(())
//! ```

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
///
/// ```
/// use scimforge::migrate::dn::Dn;
///
/// let mara = Dn::parse("uid=mara,ou=staff,dc=example")?;
/// assert_eq!(mara.rdns.len(), 3);
/// assert_eq!(mara.to_string(), "uid=mara,ou=staff,dc=example");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Dn {
    /// The relative names, the entry's own first.
    pub rdns: Vec<Rdn>,
}

/// A relative name: one or more attributes with their values.
///
/// ```
/// use scimforge::migrate::dn::{Dn, Rdn};
///
/// let Rdn { attributes } = &Dn::parse("cn=Mara+uid=mara,dc=example")?.rdns[0];
/// assert_eq!(attributes.len(), 2);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rdn {
    /// The attributes, in the order written; at least one.
    pub attributes: Vec<TypeAndValue>,
}

/// An attribute of a relative name.
///
/// ```
/// use scimforge::migrate::dn::{Dn, RdnValue, TypeAndValue};
///
/// let TypeAndValue { kind, value } = &Dn::parse("uid=mara,dc=example")?.rdns[0].attributes[0];
/// assert_eq!((&**kind, value), ("uid", &RdnValue::Text("mara".into())));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TypeAndValue {
    /// The attribute's name or OID, as written.
    pub kind: Box<str>,
    /// Its value.
    pub value: RdnValue,
}

/// A value in a relative name.
///
/// ```
/// use scimforge::migrate::dn::{Dn, RdnValue};
///
/// let value = &Dn::parse("cn=#0C024F4B")?.rdns[0].attributes[0].value;
/// assert_eq!(value, &RdnValue::Ber([0x0C, 2, b'O', b'K'].into()));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
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
    /// ```
    /// use scimforge::migrate::dn::Dn;
    ///
    /// assert!(Dn::parse("uid=mara, dc=example").is_ok());
    /// let error = Dn::parse("uid=mara,example").expect_err("a part without a type");
    /// assert_eq!(error.code().as_str(), "ldif-dn");
    /// ```
    ///
    /// # Errors
    /// `ldif-dn`, with the place as span.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::parse(text)
    }

    /// The name in one spelling: types and values in lower case, inner blanks as one, the
    /// attributes of a part in order.
    ///
    /// ```
    /// use scimforge::migrate::dn::Dn;
    ///
    /// assert_eq!(Dn::parse("UID=Mara  Holt,DC=Example")?.key(), "uid=mara holt,dc=example");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn key(&self) -> String {
        key::of(self)
    }
}

#[cfg(test)]
mod tests;
