//! The tape of a text that was put together from pieces of another: what stayed is not read again.

use std::ops::Range;

use super::facts::Facts;
use super::slot::{Slot, SlotKind, Spelling, inside};
use super::{Document, scan};
use crate::error::Error;
use crate::limits::Limits;
use crate::schema::{AttrId, Brief, Compiled};

/// A piece of the resource's text, in the order of the new text. Between pieces there are commas.
#[derive(Debug, Clone)]
pub(crate) enum Piece {
    /// Members, or elements of a list, as they stand in the old text: their slots, and where the
    /// first of them begins in the new text.
    Kept(Range<usize>, usize),
    /// Members, or elements of a list, that are new, with the commas between them.
    New(Range<usize>),
    /// The beginning of a list that has pieces of its own: its slot in the old text, and where
    /// its name and it itself begin in the new one.
    Open(usize, usize, usize),
    /// Where that list ends.
    Close(usize),
}

impl Document<'_> {
    /// The document that a text is which was put together from pieces of this one. What is new
    /// must keep the limits.
    pub(crate) fn spliced(
        &self,
        text: String,
        pieces: &[Piece],
        limits: &Limits,
    ) -> Result<Document<'static>, Error> {
        let short = text.len() <= limits.json_bytes;
        let length = u32::try_from(text.len()).ok().filter(|_| short);
        match length.and_then(|length| self.spliced_tape(&text, length, pieces, limits)) {
            Some((tape, facts)) => {
                let compiled = std::sync::Arc::clone(&self.compiled);
                Ok(Document { text: text.into(), tape, facts, compiled })
            }
            None => Document::parse_with(text, &self.compiled, limits),
        }
    }

    /// With what is known of it: where something was out of the ordinary before, it still counts
    /// as such. `None` where the whole must be read to say what is wrong with it.
    fn spliced_tape(
        &self,
        text: &str,
        length: u32,
        pieces: &[Piece],
        limits: &Limits,
    ) -> Option<(Vec<Slot>, Facts)> {
        /// More than most operations add.
        const MORE: usize = 16;
        /// More bytes than most operations put in, with what is around them here.
        const FRAGMENT: usize = 512;
        let mut tape = Vec::with_capacity(self.tape.len() + MORE);
        tape.push(Slot {
            key: 0,
            start: 0,
            end: length,
            next: 0,
            id: AttrId::ROOT.number(),
            kind: SlotKind::Map,
            spelling: Spelling::Canonical,
            check: false,
        });
        let mut facts = Facts { assigned: 0, ..self.facts };
        let mut fragment = String::with_capacity(FRAGMENT);
        let mut open = None;
        for piece in pieces {
            match piece {
                Piece::Kept(slots, at) => {
                    if open.is_none() {
                        facts.assigned |= self.assigned(slots.clone());
                    }
                    let first = self.tape.get(slots.start)?.key;
                    let by = u32::try_from(*at).ok()?.wrapping_sub(first);
                    let further = moved(tape.len(), slots.start)?;
                    let kept = self.tape.get(slots.clone())?.iter();
                    tape.extend(kept.map(|slot| shifted(slot, by, further)));
                }
                Piece::New(range) => {
                    let list = open.and_then(|open: usize| tape.get(open)).map(|list| list.id);
                    fragment.clear();
                    fragment.push('{');
                    if let Some(id) = list {
                        fragment.push('"');
                        fragment.push_str(&self.compiled.entry(id).attribute.name);
                        fragment.push_str("\":[");
                    }
                    let before = u32::try_from(fragment.len()).ok()?;
                    fragment.push_str(text.get(range.clone())?);
                    fragment.push_str(if list.is_some() { "]}" } else { "}" });
                    let first = tape.len();
                    let depth = limits.json_depth;
                    let found = scan::scan(&fragment, &self.compiled, depth, &mut tape)?;
                    facts.odd |= found.odd;
                    facts.sets_read_only |= found.sets_read_only;
                    facts.never_returned |= found.never_returned;
                    // The slots of what is around it here go again.
                    let around = 1 + usize::from(list.is_some());
                    tape.drain(first..first + around);
                    let by = u32::try_from(range.start).ok()?.wrapping_sub(before);
                    let further = moved(0, around)?;
                    for slot in tape.get_mut(first..)? {
                        *slot = shifted(slot, by, further);
                    }
                    let mut at = first;
                    while let Some(slot) = tape.get(at) {
                        let id = list.unwrap_or(slot.id);
                        if judge(&self.compiled, &tape, at, &mut facts.missing) {
                            facts.assigned |= bit(&self.compiled, id);
                        }
                        at = slot.next as usize;
                    }
                }
                Piece::Open(slot, key, start) => {
                    open = Some(tape.len());
                    facts.assigned |= self.assigned(*slot..*slot + 1);
                    let slot = *self.tape.get(*slot)?;
                    let name = &*self.compiled.entry(slot.id).attribute.name;
                    let written = text.get(*key + 1..)?.strip_prefix(name);
                    let canonical = written.is_some_and(|rest| rest.starts_with('"'));
                    let spelling = if canonical { Spelling::Canonical } else { Spelling::Other };
                    tape.push(Slot {
                        key: u32::try_from(*key).ok()?,
                        start: u32::try_from(*start).ok()?,
                        spelling,
                        ..slot
                    });
                }
                Piece::Close(end) => {
                    let next = u32::try_from(tape.len()).ok()?;
                    let at = open.take()?;
                    let list = tape.get_mut(at)?;
                    (list.end, list.next) = (u32::try_from(*end).ok()?, next);
                    let several = inside(&tape, at).nth(1).is_some();
                    tape.get_mut(at)?.check = several;
                }
            }
        }
        let next = u32::try_from(tape.len()).ok()?;
        tape.first_mut()?.next = next;
        facts.missing |= self.compiled.demanded(AttrId::ROOT.number()).missing(facts.assigned);
        Some((tape, facts))
    }

    /// Those of some members of the resource that have a value.
    fn assigned(&self, members: Range<usize>) -> u64 {
        let (mut at, mut all) = (members.start, 0);
        while let Some(slot) = self.tape.get(at).filter(|_| at < members.end) {
            all |= bit(&self.compiled, slot.id);
            at = slot.next as usize;
        }
        all & self.facts.assigned
    }
}

/// The place of an attribute among others, as a bit.
fn bit(compiled: &Compiled, id: u16) -> u64 {
    let place = usize::from(compiled.brief(id).place);
    if place < Brief::PLACES { 1 << place } else { 0 }
}

/// Whether a value is one, and not `null` or empty; and what is missing in it. As deep as the
/// scanner lets a text be.
fn judge(compiled: &Compiled, tape: &[Slot], at: usize, missing: &mut u8) -> bool {
    let Some(slot) = tape.get(at) else { return false };
    match slot.kind {
        SlotKind::Null => false,
        SlotKind::List => {
            inside(tape, at).fold(false, |any, (at, _)| judge(compiled, tape, at, missing) || any)
        }
        SlotKind::Map => {
            let mut assigned = 0;
            for (at, member) in inside(tape, at) {
                if judge(compiled, tape, at, missing) {
                    assigned |= bit(compiled, member.id);
                }
            }
            if assigned != 0 {
                *missing |= compiled.demanded(slot.id).missing(assigned);
            }
            assigned != 0
        }
        _ => true,
    }
}

/// How far slots move on a tape; a number that wraps, as they may move back.
fn moved(to: usize, from: usize) -> Option<u32> {
    Some(u32::try_from(to).ok()?.wrapping_sub(u32::try_from(from).ok()?))
}

/// A slot as it is so many bytes and places further on.
#[inline]
pub(super) fn shifted(slot: &Slot, by: u32, further: u32) -> Slot {
    Slot {
        key: slot.key.wrapping_add(by),
        start: slot.start.wrapping_add(by),
        end: slot.end.wrapping_add(by),
        next: slot.next.wrapping_add(further),
        ..*slot
    }
}
