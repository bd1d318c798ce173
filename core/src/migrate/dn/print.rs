//! Writing a name (RFC 4514 §2).

use std::fmt::{self, Write};

use super::{Dn, Rdn, RdnValue};

impl fmt::Display for Dn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, rdn) in self.rdns.iter().enumerate() {
            if index > 0 {
                formatter.write_char(',')?;
            }
            rdn.fmt(formatter)?;
        }
        Ok(())
    }
}

impl fmt::Display for Rdn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.attributes.iter().enumerate() {
            if index > 0 {
                formatter.write_char('+')?;
            }
            write!(formatter, "{}=", attribute.kind)?;
            match &attribute.value {
                RdnValue::Text(text) => escape(text, formatter)?,
                RdnValue::Ber(bytes) => hex(bytes, formatter)?,
            }
        }
        Ok(())
    }
}

pub(super) fn hex(bytes: &[u8], out: &mut impl Write) -> fmt::Result {
    out.write_char('#')?;
    bytes.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
}

pub(super) fn escape(text: &str, out: &mut impl Write) -> fmt::Result {
    let last = text.len().saturating_sub(1);
    for (at, character) in text.char_indices() {
        match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => write!(out, "\\{character}")?,
            '#' if at == 0 => out.write_str("\\#")?,
            ' ' if at == 0 || at == last => out.write_str("\\ ")?,
            '\0'..='\x1F' | '\x7F' => write!(out, "\\{:02X}", u32::from(character))?,
            _ => out.write_char(character)?,
        }
    }
    Ok(())
}
