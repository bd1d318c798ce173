//! A resource type as somebody sees it who may not see or change all of it.

use crate::filter::Places;

use super::{AttrId, Compiled, CompiledAttribute, Mutability, Returned};

impl Compiled {
    /// The same type for somebody to whom the attributes `hidden` are never returned, and to whom
    /// those and the attributes `fixed` are read-only; each with what is part of it.
    pub(crate) fn restricted(&self, hidden: &[AttrId], fixed: &[AttrId]) -> Self {
        let mut restricted = self.clone();
        for at in 0..restricted.attributes.len() {
            let Ok(id) = u16::try_from(at).map(AttrId) else { break };
            let chain = self.chain(id);
            let is_among = |list: &[AttrId]| chain.iter().any(|step| list.contains(step));
            let (is_hidden, is_fixed) = (is_among(hidden), is_among(fixed));
            if let Some(entry) = restricted.attributes.get_mut(at) {
                // The ways to it that filters have taken so far.
                entry.places = Places::default();
                if is_hidden {
                    entry.attribute.returned = Returned::Never;
                }
                if is_hidden || is_fixed {
                    entry.guarded = entry.attribute.mutability != Mutability::ReadOnly;
                    entry.attribute.mutability = Mutability::ReadOnly;
                }
            }
        }
        // Of an extension whose parts are hidden one by one, nothing is left to see either.
        let is_hidden = |id: &AttrId| restricted.attribute(*id).returned == Returned::Never;
        let covered = |container: &&CompiledAttribute| {
            !hidden.is_empty() && container.children.iter().all(is_hidden)
        };
        let covered: Vec<usize> =
            restricted.extensions().filter(covered).map(|one| one.id.index()).collect();
        for at in covered {
            if let Some(entry) = restricted.attributes.get_mut(at) {
                entry.attribute.returned = Returned::Never;
            }
        }
        restricted.index();
        restricted
    }
}
