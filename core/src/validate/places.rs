//! Sets of sub-attributes.

use std::collections::BTreeSet;

/// A set of places among the sub-attributes of one attribute.
#[derive(Default)]
pub(super) struct Places {
    low: u128,
    /// Only for attributes with more sub-attributes than `low` has bits.
    high: Option<BTreeSet<usize>>,
}

impl Places {
    /// Adds a place. Whether it is new.
    pub(super) fn insert(&mut self, place: usize) -> bool {
        match u32::try_from(place).ok().and_then(|place| 1u128.checked_shl(place)) {
            Some(bit) => {
                let new = self.low & bit == 0;
                self.low |= bit;
                new
            }
            None => self.high.get_or_insert_default().insert(place),
        }
    }

    pub(super) fn contains(&self, place: usize) -> bool {
        match u32::try_from(place).ok().and_then(|place| 1u128.checked_shl(place)) {
            Some(bit) => self.low & bit != 0,
            None => self.high.as_ref().is_some_and(|high| high.contains(&place)),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.low == 0 && self.high.is_none()
    }
}
