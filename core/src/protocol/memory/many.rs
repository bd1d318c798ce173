//! Several resources at once.

use std::collections::HashSet;

use super::MemoryStore;
use crate::protocol::{Key, Store as _, StoreOp, StoreResult, Unique};

impl MemoryStore {
    pub(super) fn insert_many(&mut self, operations: Vec<StoreOp>, whole: bool) -> StoreResult {
        let free = self.free(&operations);
        if whole && free.len() < operations.len() {
            return StoreResult::Inserted(Vec::new());
        }
        let mut next = free.iter().peekable();
        for (place, operation) in operations.into_iter().enumerate() {
            if next.next_if_eq(&&place).is_some() {
                self.run(operation);
            }
        }
        StoreResult::Inserted(free)
    }

    /// The places of those in whose way is neither what is there nor what comes before them.
    fn free(&self, operations: &[StoreOp]) -> Vec<usize> {
        let mut keys: HashSet<&Key> = HashSet::new();
        let mut wanted: HashSet<(&str, &Unique)> = HashSet::new();
        let mut free = Vec::new();
        for (place, operation) in operations.iter().enumerate() {
            let StoreOp::Insert { key, unique, .. } = operation else { continue };
            let mut is_free = keys.insert(key);
            // What one of them has twice is not in its own way.
            let own: HashSet<&Unique> = unique.iter().collect();
            for unique in own {
                is_free &= wanted.insert((&key.resource_type, unique));
            }
            if is_free && !self.rows.contains(key) && self.conflict(key, unique).is_none() {
                free.push(place);
            }
        }
        free
    }
}
