//! JSON text to a tape, in one pass with the schema beside it.
//!
//! This accepts exactly what [`read_with`](crate::value::read_with) accepts, and says no more
//! than that of the rest: `read_with` then tells what is wrong. On the way it gathers what the
//! schema says of the kinds of values and of what must be there (see [`Facts`]).

use std::collections::HashSet;

use super::facts::Facts;
use super::slot::{Slot, SlotKind, Spelling};
use super::token::Tokens;
use crate::schema::{AttrId, Brief, Compiled, Lookup, Tells};

/// More than this many names that the schema does not have are hashed, not compared.
const FEW: usize = 8;

struct Scanner<'s> {
    tokens: Tokens<'s>,
    compiled: &'s Compiled,
    tape: &'s mut Vec<Slot>,
    facts: Facts,
    /// Whether the value just passed is one, and not `null` or empty.
    assigned: bool,
    /// Whether an element says that it is the primary one.
    primary: bool,
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
    brief: Brief,
    /// The kinds that it may be, as bits.
    fits: u8,
}

/// Writes the tape of a whole text, which must be shorter than `u32::MAX`. `None` for what is no
/// JSON document, or has a name twice, or is nested deeper than `depth`.
pub(super) fn scan(
    text: &str,
    compiled: &Compiled,
    depth: usize,
    tape: &mut Vec<Slot>,
) -> Option<Facts> {
    let tokens = Tokens { bytes: text.as_bytes() };
    let facts = Facts::default();
    let start = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut scanner = Scanner { tokens, compiled, tape, facts, assigned: false, primary: false };
    let start = tokens.blanks(start);
    let id = AttrId::ROOT.number();
    let (brief, spelling) = (compiled.brief(id), Spelling::Canonical);
    let head = Head { key: start, id, spelling, brief, fits: SlotKind::Map.bit() };
    let end = scanner.value(start, head, depth)?;
    (tokens.blanks(end) == text.len()).then_some(scanner.facts)
}

#[expect(clippy::cast_possible_truncation, reason = "a text is shorter than `u32::MAX`")]
const fn short(at: usize) -> u32 {
    at as u32
}

impl Scanner<'_> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs as much as the push")]
    fn push(&mut self, head: Head, start: usize, end: usize, kind: SlotKind) {
        let next = short(self.tape.len() + 1);
        let Head { key, id, spelling, brief, fits } = head;
        let (key, start, end) = (short(key), short(start), short(end));
        let check = brief.ruled & kind.bit() != 0;
        self.facts.odd |= fits & kind.bit() == 0;
        self.assigned = kind != SlotKind::Null;
        self.tape.push(Slot { key, start, end, next, id, kind, spelling, check });
    }

    /// Most values are strings, so they are read where they are met.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs as much as the string")]
    fn value(&mut self, at: usize, head: Head, depth: usize) -> Option<usize> {
        if self.tokens.peek(at)? != b'"' {
            return self.other_value(at, head, depth);
        }
        let (end, kind) = self.tokens.string(at + 1)?;
        self.facts.odd |= end == at + 1 && head.brief.required;
        self.push(head, at + 1, end, kind);
        Some(end + 1)
    }

    #[inline(never)]
    fn other_value(&mut self, at: usize, head: Head, depth: usize) -> Option<usize> {
        let (end, kind) = match self.tokens.peek(at)? {
            b'{' => {
                let own = self.open(at, head, SlotKind::Map);
                let end = self.object(at + 1, head.id, depth.checked_sub(1)?)?;
                self.close(own, end)?;
                return Some(end);
            }
            b'[' => {
                let own = self.open(at, head, SlotKind::List);
                let end = self.array(at + 1, own, head, depth.checked_sub(1)?)?;
                self.close(own, end)?;
                return Some(end);
            }
            b't' => (self.tokens.word(at, b"true")?, SlotKind::True),
            b'f' => (self.tokens.word(at, b"false")?, SlotKind::False),
            b'n' => (self.tokens.word(at, b"null")?, SlotKind::Null),
            _ => (self.tokens.number(at)?, SlotKind::Number),
        };
        self.primary |= kind == SlotKind::True && head.brief.tells == Tells::Primary;
        self.push(head, at, end, kind);
        Some(end)
    }

    fn open(&mut self, at: usize, head: Head, kind: SlotKind) -> usize {
        let own = self.tape.len();
        self.push(head, at, at, kind);
        own
    }

    fn close(&mut self, own: usize, end: usize) -> Option<()> {
        let next = short(self.tape.len());
        let slot = self.tape.get_mut(own)?;
        (slot.end, slot.next) = (short(end), next);
        Some(())
    }

    fn array(&mut self, at: usize, own: usize, list: Head, depth: usize) -> Option<usize> {
        let mut at = self.tokens.blanks(at);
        if self.tokens.peek(at)? == b']' {
            self.assigned = false;
            return Some(at + 1);
        }
        let (mut any, mut elements, mut primaries) = (false, 0usize, 0usize);
        loop {
            let spelling = Spelling::Canonical;
            let head = Head { key: at, spelling, fits: list.brief.one, ..list };
            self.primary = false;
            at = self.value(at, head, depth)?;
            any |= self.assigned;
            elements += 1;
            primaries += usize::from(self.primary);
            at = self.tokens.blanks(at);
            match self.tokens.peek(at)? {
                b',' => at = self.tokens.blanks(at + 1),
                b']' => break,
                _ => return None,
            }
        }
        self.assigned = any;
        self.facts.odd |= primaries > 1;
        self.tape.get_mut(own)?.check = elements > 1;
        Some(at + 1)
    }

    fn object(&mut self, at: usize, id: u16, depth: usize) -> Option<usize> {
        let mut at = self.tokens.blanks(at);
        let compiled = self.compiled;
        let lookup = compiled.lookup(id);
        let first = self.tape.len();
        let (mut seen, mut assigned, mut strangers, mut before) = (0u64, 0u64, 0usize, None);
        if self.tokens.peek(at)? != b'}' {
            loop {
                let key = at;
                let (value, name) = self.name(key, lookup, before)?;
                let Name { id, place, spelling } = name;
                let brief = compiled.brief(id);
                let head = Head { key, id, spelling, brief, fits: brief.whole };
                at = self.value(value, head, depth)?;
                if place < Brief::PLACES {
                    let bit = 1 << place;
                    if seen & bit != 0 {
                        return None;
                    }
                    seen |= bit;
                    assigned |= if self.assigned { bit } else { 0 };
                    before = Some(place);
                } else {
                    strangers += 1;
                    self.facts.odd = true;
                }
                self.facts.note(brief, self.assigned);
                at = self.tokens.blanks(at);
                match self.tokens.peek(at)? {
                    b',' => at = self.tokens.blanks(at + 1),
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.assigned = assigned != 0;
        let is_root = first == 1;
        if is_root {
            self.facts.assigned = assigned;
        }
        if is_root || assigned != 0 {
            self.facts.missing |= compiled.demanded(id).missing(assigned);
        }
        (strangers < 2 || self.are_distinct(first, strangers)).then_some(at + 1)
    }

    /// The name of a member, and where its value begins.
    #[inline]
    fn name(&self, at: usize, lookup: &Lookup, before: Option<usize>) -> Option<(usize, Name)> {
        if let Some((place, key, length)) = lookup.expected(before, self.tokens.rest(at)) {
            let name = Name { id: key.id, place, spelling: Spelling::Canonical };
            return Some((self.tokens.blanks(at + length), name));
        }
        let (value, name) = self.other_name(at, lookup)?;
        lookup.expect(before, name.place);
        Some((value, name))
    }

    fn other_name(&self, at: usize, lookup: &Lookup) -> Option<(usize, Name)> {
        if self.tokens.peek(at)? != b'"' {
            return None;
        }
        let (end, kind) = self.tokens.string(at + 1)?;
        let colon = self.tokens.blanks(end + 1);
        if self.tokens.peek(colon)? != b':' {
            return None;
        }
        let decoded;
        let bytes = if kind == SlotKind::Escaped {
            decoded = super::decoded(self.tokens.bytes.get(at..=end)?)?;
            decoded.as_bytes()
        } else {
            self.tokens.bytes.get(at + 1..end)?
        };
        let stranger = Name { id: Slot::STRANGER, place: Brief::PLACES, spelling: Spelling::Other };
        let mut name = lookup.find(bytes).map_or(stranger, |(place, key, exact)| Name {
            id: key.id,
            place,
            spelling: if exact { Spelling::Canonical } else { Spelling::Other },
        });
        if kind == SlotKind::Escaped {
            name.spelling = Spelling::Escaped;
        }
        Some((self.tokens.blanks(colon + 1), name))
    }

    /// Whether no name without a bit stands twice among the members from `first` on.
    fn are_distinct(&self, first: usize, strangers: usize) -> bool {
        let mut names: Vec<String> = Vec::with_capacity(strangers);
        let mut at = first;
        while let Some(slot) = self.tape.get(at) {
            at = slot.next as usize;
            let Some(name) = super::decoded_head(self.tokens.rest(slot.key as usize)) else {
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
}
