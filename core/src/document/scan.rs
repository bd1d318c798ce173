//! JSON text to a tape, in one pass with the schema beside it.
//!
//! This accepts exactly what [`read_with`](crate::value::read_with) accepts, and says no more
//! than that of the rest: `read_with` then tells what is wrong.

use std::collections::HashSet;

use super::slot::{Slot, SlotKind, Spelling};
use crate::schema::{AttrId, Compiled, Lookup};
use crate::text::plain_json;

/// More than this many names that the schema does not have are hashed, not compared.
const FEW: usize = 8;

/// So many sub-attributes have a bit.
const BITS: usize = 128;

pub(super) struct Scanner<'s> {
    bytes: &'s [u8],
    at: usize,
    compiled: &'s Compiled,
    tape: &'s mut Vec<Slot>,
}

/// What a member is called.
struct Name {
    id: u16,
    place: usize,
    spelling: Spelling,
}

/// Writes the tape of a whole text, which must be shorter than `u32::MAX`. `None` for what is no
/// JSON document, or has a name twice, or is nested deeper than `depth`.
pub(super) fn scan(
    text: &str,
    compiled: &Compiled,
    depth: usize,
    tape: &mut Vec<Slot>,
) -> Option<()> {
    let at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { bytes: text.as_bytes(), at, compiled, tape };
    scanner.blanks();
    let start = scanner.at;
    scanner.value(start, AttrId::ROOT.number(), Spelling::Canonical, depth)?;
    scanner.blanks();
    (scanner.at == text.len()).then_some(())
}

#[expect(clippy::cast_possible_truncation, reason = "a text is shorter than `u32::MAX`")]
const fn short(at: usize) -> u32 {
    at as u32
}

impl Scanner<'_> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn blanks(&mut self) {
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.all_blanks();
        }
    }

    fn all_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn push(&mut self, key: usize, start: usize, id: u16, kind: SlotKind, spelling: Spelling) {
        let next = short(self.tape.len() + 1);
        self.tape.push(Slot {
            key: short(key),
            start: short(start),
            end: short(self.at),
            next,
            id,
            kind,
            spelling,
        });
    }

    /// Most values are strings, so they are read where they are met.
    #[inline]
    fn value(&mut self, key: usize, id: u16, spelling: Spelling, depth: usize) -> Option<()> {
        if self.peek()? != b'"' {
            return self.other_value(key, id, spelling, depth);
        }
        self.at += 1;
        let start = self.at;
        let kind = self.string()?;
        self.push(key, start, id, kind, spelling);
        self.at += 1;
        Some(())
    }

    fn other_value(&mut self, key: usize, id: u16, spelling: Spelling, depth: usize) -> Option<()> {
        let start = self.at;
        match self.peek()? {
            b'{' => {
                let own = self.open(key, id, SlotKind::Map, spelling);
                self.object(id, depth.checked_sub(1)?)?;
                self.close(own);
            }
            b'[' => {
                let own = self.open(key, id, SlotKind::List, spelling);
                self.array(id, depth.checked_sub(1)?)?;
                self.close(own);
            }
            b't' => {
                self.word(b"true")?;
                self.push(key, start, id, SlotKind::True, spelling);
            }
            b'f' => {
                self.word(b"false")?;
                self.push(key, start, id, SlotKind::False, spelling);
            }
            b'n' => {
                self.word(b"null")?;
                self.push(key, start, id, SlotKind::Null, spelling);
            }
            _ => {
                self.number()?;
                self.push(key, start, id, SlotKind::Number, spelling);
            }
        }
        Some(())
    }

    fn open(&mut self, key: usize, id: u16, kind: SlotKind, spelling: Spelling) -> usize {
        let own = self.tape.len();
        self.push(key, self.at, id, kind, spelling);
        self.at += 1;
        own
    }

    fn close(&mut self, own: usize) {
        let next = short(self.tape.len());
        if let Some(slot) = self.tape.get_mut(own) {
            slot.end = short(self.at);
            slot.next = next;
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    fn array(&mut self, id: u16, depth: usize) -> Option<()> {
        self.blanks();
        if self.peek()? == b']' {
            self.at += 1;
            return Some(());
        }
        loop {
            self.value(self.at, id, Spelling::Canonical, depth)?;
            self.blanks();
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b',' => self.blanks(),
                b']' => return Some(()),
                _ => return None,
            }
        }
    }

    fn object(&mut self, id: u16, depth: usize) -> Option<()> {
        self.blanks();
        if self.peek()? == b'}' {
            self.at += 1;
            return Some(());
        }
        let compiled = self.compiled;
        let lookup = compiled.lookup(id);
        let first = self.tape.len();
        let (mut seen, mut strangers, mut before) = (0u128, 0usize, None);
        loop {
            let key = self.at;
            let name = self.name(lookup, before)?;
            if name.place < BITS {
                let bit = 1 << name.place;
                if seen & bit != 0 {
                    return None;
                }
                seen |= bit;
                before = Some(name.place);
            } else {
                strangers += 1;
            }
            self.value(key, name.id, name.spelling, depth)?;
            self.blanks();
            let byte = self.peek()?;
            self.at += 1;
            match byte {
                b',' => self.blanks(),
                b'}' => break,
                _ => return None,
            }
        }
        (strangers < 2 || self.are_distinct(first, strangers)).then_some(())
    }

    /// The name of a member and the colon behind it.
    #[inline]
    fn name(&mut self, lookup: &Lookup, before: Option<usize>) -> Option<Name> {
        if let Some((place, key, length)) = lookup.expected(before, self.rest()) {
            let id = key.id;
            self.at += length;
            self.blanks();
            return Some(Name { id, place, spelling: Spelling::Canonical });
        }
        let name = self.other_name(lookup)?;
        lookup.expect(before, name.place);
        Some(name)
    }

    fn other_name(&mut self, lookup: &Lookup) -> Option<Name> {
        if self.peek()? != b'"' {
            return None;
        }
        let start = self.at;
        self.at += 1;
        let kind = self.string()?;
        let end = self.at;
        self.at += 1;
        self.blanks();
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        self.blanks();
        let decoded;
        let bytes = if kind == SlotKind::Escaped {
            decoded = super::decoded(self.bytes.get(start..=end)?)?;
            decoded.as_bytes()
        } else {
            self.bytes.get(start + 1..end)?
        };
        let stranger = Name { id: Slot::STRANGER, place: BITS, spelling: Spelling::Other };
        let mut name = lookup.find(bytes).map_or(stranger, |(place, key, exact)| Name {
            id: key.id,
            place,
            spelling: if exact { Spelling::Canonical } else { Spelling::Other },
        });
        if kind == SlotKind::Escaped {
            name.spelling = Spelling::Escaped;
        }
        Some(name)
    }

    /// Whether no name without a bit stands twice among the members from `first` on.
    fn are_distinct(&self, first: usize, strangers: usize) -> bool {
        let mut names: Vec<String> = Vec::with_capacity(strangers);
        let mut at = first;
        while let Some(slot) = self.tape.get(at) {
            at = slot.next as usize;
            let Some(name) = self.bytes.get(slot.key as usize..).and_then(super::decoded_head)
            else {
                return false;
            };
            names.push(name.to_ascii_lowercase());
        }
        if names.len() <= FEW {
            return names
                .iter()
                .enumerate()
                .all(|(at, name)| !names.iter().take(at).any(|other| other == name));
        }
        let distinct: HashSet<&String> = names.iter().collect();
        distinct.len() == names.len()
    }

    /// From behind the opening quote to the closing one.
    #[inline]
    fn string(&mut self) -> Option<SlotKind> {
        self.at += plain_json(self.rest());
        if self.peek()? == b'"' {
            return Some(SlotKind::Text);
        }
        self.escapes()
    }

    fn escapes(&mut self) -> Option<SlotKind> {
        loop {
            match self.peek()? {
                b'"' => return Some(SlotKind::Escaped),
                b'\\' => self.escape()?,
                // A control character.
                _ => return None,
            }
            self.at += plain_json(self.rest());
        }
    }

    fn escape(&mut self) -> Option<()> {
        let kind = *self.bytes.get(self.at + 1)?;
        self.at += 2;
        match kind {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => match self.hex()? {
                0xD800..0xDC00 => {
                    self.word(b"\\u")?;
                    (0xDC00..0xE000).contains(&self.hex()?).then_some(())
                }
                0xDC00..0xE000 => None,
                _ => Some(()),
            },
            _ => None,
        }
    }

    fn hex(&mut self) -> Option<u32> {
        let mut code = 0;
        for byte in self.rest().first_chunk::<4>()? {
            code = code * 16 + char::from(*byte).to_digit(16)?;
        }
        self.at += 4;
        Some(code)
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        if self.peek()? == b'-' {
            self.at += 1;
        }
        if self.peek()? == b'0' {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return None;
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }
}
