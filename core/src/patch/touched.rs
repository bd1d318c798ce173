//! What a patch touches, as far as that shows without the resource.

use std::collections::HashSet;

use super::operation::{Action, Change, Op};
use super::target::{Place, Target};
use super::{Patch, equal};
use crate::schema::{AttrId, Compiled, Kind};
use crate::value::Value;

/// What becomes of the attributes that a patch touches.
#[derive(Default)]
pub(super) struct Touched {
    /// Attributes of the resource, and containers; each with how many changes it has, and whether
    /// one of them takes something away.
    pub(super) roots: Vec<(AttrId, usize, bool)>,
    /// The keys of the values that are added to a set of values, and those that are taken out.
    sets: Vec<(AttrId, Keys)>,
}

/// Texts of values as they are compared.
#[derive(Default)]
pub(super) struct Keys {
    added: HashSet<Box<str>>,
    removed: HashSet<Box<str>>,
    /// A bit for the end of each of them.
    ends: Ends,
    /// Something else is done to it.
    other: bool,
}

/// Which ends texts may have: most texts that are not among some others show it by theirs.
#[derive(Default)]
struct Ends(Box<[u64]>);

impl Ends {
    /// For so many texts.
    fn new(count: usize) -> Self {
        /// Of sixteen texts or more that are not among the others, one has a bit.
        const TEXTS_A_WORD: usize = 4;
        Self(vec![0; (count / TEXTS_A_WORD + 1).next_power_of_two()].into())
    }

    fn add(&mut self, text: &str) {
        let (word, bit) = self.place(text);
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    fn has(&self, text: &str) -> bool {
        let (word, bit) = self.place(text);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    fn place(&self, text: &str) -> (usize, u64) {
        /// Knuth's multiplier, by which neighbours end up far from each other.
        const SPREAD: u64 = 6_364_136_223_846_793_005;
        let end = text.as_bytes().last_chunk().map_or(0, |end| u64::from_le_bytes(*end));
        let spread = end.wrapping_mul(SPREAD);
        let word = usize::try_from(spread >> 32).unwrap_or(0) & self.0.len().wrapping_sub(1);
        (word, 1 << (spread >> 26 & 63))
    }
}

impl Keys {
    /// All of them.
    #[cfg(feature = "server")]
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.added.iter().chain(&self.removed).map(|text| &**text)
    }

    /// Whether a value is neither added nor removed.
    pub(super) fn is_other(&self, text: &str) -> bool {
        !self.ends.has(text) || !(self.added.contains(text) || self.removed.contains(text))
    }
}

impl Touched {
    /// `None` where a member is touched that no schema knows: the tape does not find it by name.
    pub(super) fn of(patch: &Patch<'_>) -> Option<Self> {
        let mut touched = Self::default();
        for operation in &patch.operations {
            for change in &operation.changes {
                match &change.target {
                    Target::Resource => {}
                    Target::Unlisted(_) => return None,
                    Target::Extension(id) => touched.root(*id, change),
                    Target::Attribute(place, _) => {
                        touched.root(place.container.unwrap_or(place.attribute), change);
                        touched.set(patch.compiled, operation.op, *place, change);
                    }
                }
            }
        }
        for (_, keys) in &mut touched.sets {
            keys.ends = Ends::new(keys.added.len() + keys.removed.len());
            for key in keys.added.iter().chain(&keys.removed) {
                keys.ends.add(key);
            }
        }
        Some(touched)
    }

    fn root(&mut self, id: AttrId, change: &Change<'_>) {
        let removes = match &change.action {
            Action::Set { clears, .. } => !clears.is_empty(),
            Action::Clear | Action::Remove | Action::RemoveValues(_) => true,
        };
        match self.roots.iter_mut().find(|(root, ..)| *root == id) {
            Some((_, changes, taken)) => (*changes, *taken) = (*changes + 1, *taken || removes),
            None => self.roots.push((id, 1, removes)),
        }
    }

    /// Whether something may be gone and come back, and then stands behind all else.
    pub(super) fn moves(&self, is_set: impl Fn(AttrId) -> bool) -> bool {
        self.roots.iter().any(|(id, changes, takes)| *changes > 1 && *takes && !is_set(*id))
    }

    fn set(&mut self, compiled: &Compiled, op: Op, place: Place, change: &Change<'_>) {
        let id = place.attribute;
        let attribute = compiled.attribute(id);
        let text = attribute.nature.element_value.map(|value| compiled.attribute(value).kind);
        if place.container.is_some()
            || attribute.required
            || attribute.nature.element_primary.is_some()
            || text != Some(Kind::String)
            || !equal::is_set_of_values(compiled, id)
        {
            return;
        }
        let at = self.sets.iter().position(|(set, _)| *set == id).unwrap_or(self.sets.len());
        if at == self.sets.len() {
            self.sets.push((id, Keys::default()));
        }
        let Some((_, keys)) = self.sets.get_mut(at) else { return };
        let keyed = |values: &[Value<'_>]| -> Option<Vec<Box<str>>> {
            let key = |value| Some(equal::value_text(compiled, id, value)?.into());
            values.iter().map(key).collect()
        };
        let (set, named) = match (&change.target, &change.action) {
            _ if place.sub.is_some() => (&mut keys.added, None),
            (Target::Attribute(_, None), Action::Set { value: Value::Array(values), clears })
                if op == Op::Add && clears.is_empty() =>
            {
                (&mut keys.added, keyed(values))
            }
            (Target::Attribute(_, Some(filter)), Action::Remove) => {
                (&mut keys.removed, filter.value_key.clone().map(|key| vec![key]))
            }
            (Target::Attribute(..), Action::RemoveValues(values)) => {
                (&mut keys.removed, keyed(values))
            }
            _ => (&mut keys.added, None),
        };
        match named {
            Some(named) => set.extend(named),
            None => keys.other = true,
        }
    }

    /// The keys of what is done to a set of values, if that is all there is to it: a value that
    /// is taken out and put in again changes its place.
    pub(super) fn keys(&self, id: AttrId) -> Option<&Keys> {
        let (_, keys) = self.sets.iter().find(|(set, _)| *set == id)?;
        (!keys.other && keys.added.is_disjoint(&keys.removed)).then_some(keys)
    }
}
