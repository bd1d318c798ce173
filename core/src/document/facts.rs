//! What is found out about a document while its tape is made, whatever it is for.

use crate::schema::Brief;

/// See the module. [`is_clean`](super::clean::is_clean) reads them by what it is asked.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Facts {
    /// Something is out of the ordinary in every mode: a name that the schema does not have, a
    /// value of another type, an empty one that must not be, a second primary one.
    pub(super) odd: bool,
    /// Something is there that only the server sets.
    pub(super) sets_read_only: bool,
    /// Something is there that no response has.
    pub(super) never_returned: bool,
    /// The modes (as bits) in which something is missing.
    pub(super) missing: u8,
    /// The attributes of the resource that have a value, by their places.
    pub(super) assigned: u64,
}

impl Facts {
    /// Adds what the presence of a member says.
    #[inline]
    pub(super) fn note(&mut self, brief: Brief, assigned: bool) {
        self.sets_read_only |= brief.read_only;
        self.never_returned |= brief.never_returned && assigned;
    }
}
