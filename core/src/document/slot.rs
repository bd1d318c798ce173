//! The tape: what stands where in a JSON text, in the order of the text.

/// One value. Those inside it follow, up to `next`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    /// Where its name begins, with the quote; for an element, where the value begins.
    pub(crate) key: u32,
    /// Where the value begins; of a string, behind the quote.
    pub(crate) start: u32,
    /// Where the value ends; of a string, before the quote.
    pub(crate) end: u32,
    /// The place on the tape behind everything that is inside it.
    pub(crate) next: u32,
    /// The attribute that it is, or whose element it is; [`Slot::STRANGER`] for none.
    pub(crate) id: u16,
    pub(crate) kind: SlotKind,
    pub(crate) spelling: Spelling,
    /// Whether a rule looks at the value itself; of a list, whether it has elements to compare.
    pub(crate) check: bool,
}

/// What kind of JSON value a slot is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SlotKind {
    Null,
    True,
    False,
    Number,
    /// A string that stands for itself.
    Text,
    /// A string with escapes.
    Escaped,
    List,
    Map,
}

/// How the name before a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As in the schema; also that of an element, which has the name of its list.
    Canonical,
    /// In other letters, or the schema does not have it.
    Other,
    /// With escapes.
    Escaped,
}

impl SlotKind {
    /// The kind as one bit of a set.
    #[inline]
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Slot {
    /// The attribute of what the schema does not know. No schema has as many.
    pub(crate) const STRANGER: u16 = u16::MAX;

    /// The value with its quotes, as a range of the text.
    pub(crate) fn raw(&self) -> std::ops::Range<usize> {
        let quote = usize::from(matches!(self.kind, SlotKind::Text | SlotKind::Escaped));
        self.start as usize - quote..self.end as usize + quote
    }

    /// Without its quotes.
    pub(crate) fn inner(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The values right inside the one at a place of the tape, and their places.
#[inline]
pub(crate) fn inside(tape: &[Slot], at: usize) -> impl Iterator<Item = (usize, &Slot)> {
    let end = tape.get(at).map_or(0, |slot| slot.next as usize);
    let mut next = at + 1;
    std::iter::from_fn(move || {
        let at = next;
        let slot = tape.get(at).filter(|_| at < end)?;
        next = slot.next as usize;
        Some((at, slot))
    })
}
