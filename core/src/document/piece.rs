//! The tape of a text that was put together from pieces of another: what stayed is not read again.

use std::ops::Range;

use super::slot::{Slot, SlotKind, Spelling};
use super::{Document, scan};
use crate::error::Error;
use crate::limits::Limits;
use crate::schema::AttrId;

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
        match u32::try_from(text.len()).ok().filter(|_| short) {
            Some(length) => match self.spliced_tape(&text, length, pieces, limits) {
                Some(tape) => {
                    let compiled = std::sync::Arc::clone(&self.compiled);
                    Ok(Document { text: text.into(), tape, compiled })
                }
                None => Document::parse_with(text, &self.compiled, limits),
            },
            None => Document::parse_with(text, &self.compiled, limits),
        }
    }

    /// `None` where the whole must be read to say what is wrong with it.
    fn spliced_tape(
        &self,
        text: &str,
        length: u32,
        pieces: &[Piece],
        limits: &Limits,
    ) -> Option<Vec<Slot>> {
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
        });
        let mut fragment = String::with_capacity(FRAGMENT);
        let mut open = None;
        for piece in pieces {
            match piece {
                Piece::Kept(slots, at) => {
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
                    scan::scan(&fragment, &self.compiled, limits.json_depth, &mut tape)?;
                    // The slots of what is around it here go again.
                    let around = 1 + usize::from(list.is_some());
                    tape.drain(first..first + around);
                    let by = u32::try_from(range.start).ok()?.wrapping_sub(before);
                    let further = moved(0, around)?;
                    for slot in tape.get_mut(first..)? {
                        *slot = shifted(slot, by, further);
                    }
                }
                Piece::Open(slot, key, start) => {
                    open = Some(tape.len());
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
                    let list = tape.get_mut(open.take()?)?;
                    (list.end, list.next) = (u32::try_from(*end).ok()?, next);
                }
            }
        }
        let next = u32::try_from(tape.len()).ok()?;
        tape.first_mut()?.next = next;
        Some(tape)
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
