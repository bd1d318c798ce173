//! The lines of a block, as places in it.

/// Where the lines of a block begin and end, without their line ends.
#[derive(Debug)]
pub(super) struct Lines {
    places: Vec<(u32, u32)>,
}

impl Lines {
    pub(super) fn new() -> Self {
        Self { places: Vec::new() }
    }

    /// INVARIANT: a block is at most 1 GiB (see `Reader::new`), so its places fit.
    pub(super) fn push(&mut self, start: usize, end: usize) {
        self.places.push((place(start), place(end)));
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.places.clear();
    }

    pub(super) fn get<'b>(&self, bytes: &'b [u8], index: usize) -> Option<&'b [u8]> {
        let (start, end) = *self.places.get(index)?;
        bytes.get(start as usize..end as usize)
    }

    pub(super) fn start(&self, index: usize) -> u32 {
        self.places.get(index).map_or(0, |(start, _)| *start)
    }

    pub(super) fn end(&self, index: usize) -> u32 {
        self.places.get(index).map_or(0, |(_, end)| *end)
    }
}

/// An offset in a block.
pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
