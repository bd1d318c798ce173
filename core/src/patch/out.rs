//! A text that is put together, with the pieces that it is made of.

use std::ops::Range;

use crate::document::Piece;
use crate::value::{Value, write_compact, write_string};

/// The new text, and what it is made of.
pub(super) struct Out<'d> {
    source: &'d str,
    pub(super) text: String,
    pub(super) pieces: Vec<Piece>,
}

impl<'d> Out<'d> {
    pub(super) fn new(source: &'d str) -> Self {
        /// More pieces than most operations make.
        const USUAL: usize = 8;
        let text = String::with_capacity(source.len() + source.len() / 8 + 64);
        Self { source, text, pieces: Vec::with_capacity(USUAL) }
    }

    /// What comes before a member.
    pub(super) fn separate(&mut self) {
        self.text.push(if self.text.is_empty() { '{' } else { ',' });
    }

    /// Copies what is in a range of the source, where these slots stand.
    pub(super) fn keep(&mut self, slots: Range<usize>, range: Range<usize>) -> Option<()> {
        self.pieces.push(Piece::Kept(slots, self.text.len()));
        self.text.push_str(self.source.get(range)?);
        Some(())
    }

    /// The same for members.
    pub(super) fn keep_members(
        &mut self,
        members: Option<(Range<usize>, Range<usize>)>,
    ) -> Option<()> {
        let Some((slots, range)) = members else { return Some(()) };
        self.separate();
        self.keep(slots, range)
    }

    /// Notes what has been written since this place. What is new side by side is one piece.
    pub(super) fn wrote(&mut self, start: usize) {
        let end = self.text.len();
        match self.pieces.last_mut() {
            Some(Piece::New(before)) if before.end + 1 == start => before.end = end,
            _ => self.pieces.push(Piece::New(start..end)),
        }
    }

    /// A member that is new.
    pub(super) fn member(&mut self, name: &str, value: &Value<'_>) {
        self.separate();
        let start = self.text.len();
        write_string(&mut self.text, name);
        self.text.push(':');
        write_compact(&mut self.text, value);
        self.wrote(start);
    }
}
