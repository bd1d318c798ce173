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

/// Places in the text go in and come out of its methods, so that they stay in registers.
struct Scanner<'s> {
    bytes: &'s [u8],
    compiled: &'s Compiled,
    tape: &'s mut Vec<Slot>,
}

/// What a member is called.
#[derive(Clone, Copy)]
struct Name {
    id: u16,
    place: usize,
    spelling: Spelling,
}

/// What is known of a value before it is read.
#[derive(Clone, Copy)]
struct Head {
    /// Where its name begins, or itself if it has none.
    key: usize,
    id: u16,
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
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { bytes: text.as_bytes(), compiled, tape };
    let start = scanner.blanks(start);
    let head = Head { key: start, id: AttrId::ROOT.number(), spelling: Spelling::Canonical };
    let end = scanner.value(start, head, depth)?;
    (scanner.blanks(end) == text.len()).then_some(())
}

#[expect(clippy::cast_possible_truncation, reason = "a text is shorter than `u32::MAX`")]
const fn short(at: usize) -> u32 {
    at as u32
}

impl<'s> Scanner<'s> {
    #[inline]
    fn peek(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    #[inline]
    fn rest(&self, at: usize) -> &'s [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    #[inline]
    fn blanks(&self, at: usize) -> usize {
        if self.peek(at).is_some_and(|byte| byte <= b' ') { self.all_blanks(at) } else { at }
    }

    fn all_blanks(&self, mut at: usize) -> usize {
        while matches!(self.peek(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    #[inline]
    fn push(&mut self, head: Head, start: usize, end: usize, kind: SlotKind) {
        let next = short(self.tape.len() + 1);
        let Head { key, id, spelling } = head;
        let (key, start, end) = (short(key), short(start), short(end));
        self.tape.push(Slot { key, start, end, next, id, kind, spelling });
    }

    /// Most values are strings, so they are read where they are met.
    #[inline]
    fn value(&mut self, at: usize, head: Head, depth: usize) -> Option<usize> {
        if self.peek(at)? != b'"' {
            return self.other_value(at, head, depth);
        }
        let (end, kind) = self.string(at + 1)?;
        self.push(head, at + 1, end, kind);
        Some(end + 1)
    }

    fn other_value(&mut self, at: usize, head: Head, depth: usize) -> Option<usize> {
        let (end, kind) = match self.peek(at)? {
            opening @ (b'{' | b'[') => {
                let depth = depth.checked_sub(1)?;
                let kind = if opening == b'{' { SlotKind::Map } else { SlotKind::List };
                let own = self.tape.len();
                self.push(head, at, at, kind);
                let end = if opening == b'{' {
                    self.object(at + 1, head.id, depth)?
                } else {
                    self.array(at + 1, head.id, depth)?
                };
                let next = short(self.tape.len());
                let slot = self.tape.get_mut(own)?;
                (slot.end, slot.next) = (short(end), next);
                return Some(end);
            }
            b't' => (self.word(at, b"true")?, SlotKind::True),
            b'f' => (self.word(at, b"false")?, SlotKind::False),
            b'n' => (self.word(at, b"null")?, SlotKind::Null),
            _ => (self.number(at)?, SlotKind::Number),
        };
        self.push(head, at, end, kind);
        Some(end)
    }

    fn word(&self, at: usize, word: &[u8]) -> Option<usize> {
        self.rest(at).starts_with(word).then_some(at + word.len())
    }

    fn array(&mut self, at: usize, id: u16, depth: usize) -> Option<usize> {
        let mut at = self.blanks(at);
        if self.peek(at)? == b']' {
            return Some(at + 1);
        }
        loop {
            let head = Head { key: at, id, spelling: Spelling::Canonical };
            at = self.value(at, head, depth)?;
            at = self.blanks(at);
            match self.peek(at)? {
                b',' => at = self.blanks(at + 1),
                b']' => return Some(at + 1),
                _ => return None,
            }
        }
    }

    fn object(&mut self, at: usize, id: u16, depth: usize) -> Option<usize> {
        let mut at = self.blanks(at);
        if self.peek(at)? == b'}' {
            return Some(at + 1);
        }
        let compiled = self.compiled;
        let lookup = compiled.lookup(id);
        let first = self.tape.len();
        let (mut seen, mut strangers, mut before) = (0u128, 0usize, None);
        loop {
            let key = at;
            let (value, name) = self.name(key, lookup, before)?;
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
            let head = Head { key, id: name.id, spelling: name.spelling };
            at = self.value(value, head, depth)?;
            at = self.blanks(at);
            match self.peek(at)? {
                b',' => at = self.blanks(at + 1),
                b'}' => break,
                _ => return None,
            }
        }
        (strangers < 2 || self.are_distinct(first, strangers)).then_some(at + 1)
    }

    /// The name of a member, and where its value begins.
    #[inline]
    fn name(&self, at: usize, lookup: &Lookup, before: Option<usize>) -> Option<(usize, Name)> {
        if let Some((place, key, length)) = lookup.expected(before, self.rest(at)) {
            let name = Name { id: key.id, place, spelling: Spelling::Canonical };
            return Some((self.blanks(at + length), name));
        }
        let (value, name) = self.other_name(at, lookup)?;
        lookup.expect(before, name.place);
        Some((value, name))
    }

    fn other_name(&self, at: usize, lookup: &Lookup) -> Option<(usize, Name)> {
        if self.peek(at)? != b'"' {
            return None;
        }
        let (end, kind) = self.string(at + 1)?;
        let colon = self.blanks(end + 1);
        if self.peek(colon)? != b':' {
            return None;
        }
        let decoded;
        let bytes = if kind == SlotKind::Escaped {
            decoded = super::decoded(self.bytes.get(at..=end)?)?;
            decoded.as_bytes()
        } else {
            self.bytes.get(at + 1..end)?
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
        Some((self.blanks(colon + 1), name))
    }

    /// Whether no name without a bit stands twice among the members from `first` on.
    fn are_distinct(&self, first: usize, strangers: usize) -> bool {
        let mut names: Vec<String> = Vec::with_capacity(strangers);
        let mut at = first;
        while let Some(slot) = self.tape.get(at) {
            at = slot.next as usize;
            let Some(name) = super::decoded_head(self.rest(slot.key as usize)) else {
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

    /// Where the closing quote is, from behind the opening one on.
    #[inline]
    fn string(&self, at: usize) -> Option<(usize, SlotKind)> {
        let end = at + plain_json(self.rest(at));
        if self.peek(end)? == b'"' {
            return Some((end, SlotKind::Text));
        }
        Some((self.escapes(end)?, SlotKind::Escaped))
    }

    #[cold]
    fn escapes(&self, mut at: usize) -> Option<usize> {
        loop {
            match self.peek(at)? {
                b'"' => return Some(at),
                b'\\' => at = self.escape(at)?,
                // A control character.
                _ => return None,
            }
            at += plain_json(self.rest(at));
        }
    }

    fn escape(&self, at: usize) -> Option<usize> {
        let behind = at + 2;
        match self.peek(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(behind),
            b'u' => match self.hex(behind)? {
                (0xD800..0xDC00, at) => {
                    let (low, at) = self.hex(self.word(at, b"\\u")?)?;
                    (0xDC00..0xE000).contains(&low).then_some(at)
                }
                (0xDC00..0xE000, _) => None,
                (_, at) => Some(at),
            },
            _ => None,
        }
    }

    fn hex(&self, at: usize) -> Option<(u32, usize)> {
        let mut code = 0;
        for byte in self.rest(at).first_chunk::<4>()? {
            code = code * 16 + char::from(*byte).to_digit(16)?;
        }
        Some((code, at + 4))
    }

    /// Passes digits, of which there is at least one.
    fn digits(&self, start: usize) -> Option<usize> {
        let mut at = start;
        while matches!(self.peek(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        (at > start).then_some(at)
    }

    fn number(&self, start: usize) -> Option<usize> {
        let start = if self.peek(start)? == b'-' { start + 1 } else { start };
        let mut at = self.digits(start)?;
        if self.peek(start)? == b'0' && at > start + 1 {
            return None;
        }
        if self.peek(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if matches!(self.peek(at), Some(b'e' | b'E')) {
            let signed = matches!(self.peek(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(signed))?;
        }
        Some(at)
    }
}
