//! One spelling for every spelling of a name.

use super::{Dn, RdnValue, TypeAndValue, print};
use crate::error::Error;
use crate::name;
use crate::text;

/// The key of a name that is still text: [`Dn::key`] of [`Dn::parse`], without the tree where
/// the name needs none.
///
/// ```
/// use scimforge::migrate::dn::key;
///
/// assert_eq!(key("UID=Mara, OU=Staff ,DC=Example")?, key("uid=mara,ou=staff,dc=example")?);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `ldif-dn`.
pub fn key(name: &str) -> Result<String, Error> {
    match plain(name) {
        Some(key) => Ok(key),
        None => Dn::parse(name).map(|dn| of(&dn)),
    }
}

/// Short names and the OIDs and long names that mean the same (RFC 4514 §3, RFC 4519 §2).
const SYNONYMS: &[(&str, &str)] = &[
    ("2.5.4.3", "cn"),
    ("commonname", "cn"),
    ("2.5.4.4", "sn"),
    ("surname", "sn"),
    ("2.5.4.6", "c"),
    ("countryname", "c"),
    ("2.5.4.7", "l"),
    ("localityname", "l"),
    ("2.5.4.8", "st"),
    ("stateorprovincename", "st"),
    ("s", "st"),
    ("2.5.4.9", "street"),
    ("streetaddress", "street"),
    ("2.5.4.10", "o"),
    ("organizationname", "o"),
    ("2.5.4.11", "ou"),
    ("organizationalunitname", "ou"),
    ("0.9.2342.19200300.100.1.1", "uid"),
    ("userid", "uid"),
    ("0.9.2342.19200300.100.1.25", "dc"),
    ("domaincomponent", "dc"),
];

fn push_kind(kind: &str, out: &mut String) {
    // The common short names have no synonym; all that has one is longer or a single `s`.
    if matches!(kind.len(), 2 | 3) {
        out.extend(kind.chars().map(|character| character.to_ascii_lowercase()));
        return;
    }
    let lower = kind.to_ascii_lowercase();
    let short = SYNONYMS.iter().find(|(long, _)| *long == lower);
    out.push_str(short.map_or(lower.as_str(), |(_, short)| short));
}

/// A name in printable ASCII without escapes, quotes and multi-valued parts.
fn plain(dn: &str) -> Option<String> {
    let simple = |byte: u8| {
        (b' '..0x7F).contains(&byte)
            && !matches!(byte, b'\\' | b'"' | b'#' | b';' | b'+' | b'<' | b'>')
    };
    if dn.len() > super::LONGEST || !dn.bytes().all(simple) {
        return None;
    }
    let mut out = String::with_capacity(dn.len());
    if dn.trim_matches(' ').is_empty() {
        return Some(out);
    }
    for (index, part) in dn.split(',').enumerate() {
        let (kind, value) = part.split_once('=')?;
        let (kind, value) = (kind.trim_matches(' '), value.trim_matches(' '));
        let dotted_prefix = name::starts_with(kind, "oid.");
        let named = |byte: u8| name::is_name_byte(byte) || byte == b'.';
        if index >= super::DEEPEST || dotted_prefix || kind.is_empty() || !kind.bytes().all(named) {
            return None;
        }
        if index > 0 {
            out.push(',');
        }
        push_kind(kind, &mut out);
        out.push('=');
        let mut blank = false;
        for character in value.chars() {
            if !(blank && character == ' ') {
                out.push(character.to_ascii_lowercase());
            }
            blank = character == ' ';
        }
    }
    Some(out)
}

pub(super) fn of(dn: &Dn) -> String {
    let mut out = String::new();
    for (index, rdn) in dn.rdns.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let mut attributes: Vec<String> = rdn.attributes.iter().map(attribute).collect();
        attributes.sort_unstable();
        for (index, attribute) in attributes.iter().enumerate() {
            if index > 0 {
                out.push('+');
            }
            out.push_str(attribute);
        }
    }
    out
}

fn attribute(attribute: &TypeAndValue) -> String {
    let mut out = String::new();
    push_kind(&attribute.kind, &mut out);
    out.push('=');
    // Writing to a string does not fail.
    let _ = match &attribute.value {
        RdnValue::Ber(bytes) => match ber_text(bytes) {
            Some(text) => print::escape(&spaced(text), &mut out),
            None => print::hex(bytes, &mut out),
        },
        RdnValue::Text(text) => print::escape(&spaced(text), &mut out),
    };
    out
}

/// Lower case, one blank between words, none at the ends.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text::fold(text).split(' ').filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The text of a short BER string: `OCTET STRING`, `UTF8String`, `PrintableString`, `IA5String`.
fn ber_text(bytes: &[u8]) -> Option<&str> {
    let [0x04 | 0x0C | 0x13 | 0x16, length @ 0..0x80, text @ ..] = bytes else {
        return None;
    };
    (usize::from(*length) == text.len()).then(|| std::str::from_utf8(text).ok()).flatten()
}
