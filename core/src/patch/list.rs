//! The values of a multi-valued attribute while a patch is applied.
//!
//! A value that is taken away leaves `null` in its place until the patch is done, so that places
//! do not move. From some size on the values are found by a hash of their key.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::equal;
use super::identity::{identity, identity_of, said};
use super::target::ElementFilter;
use super::watch::Journal;
use crate::schema::{AttrId, Compiled};
use crate::value::Value;

/// A list that is longer than this is worth an index.
const WORTH_AN_INDEX: usize = 64;

/// What values are looked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// All that they say.
    Identity,
    /// Their `value`.
    Value,
}

/// The places of the values with one key: mostly there is one value.
#[derive(Debug)]
enum At {
    One(usize),
    Several(BTreeSet<usize>),
}

impl At {
    fn iter(&self) -> impl Iterator<Item = usize> {
        let (one, several) = match self {
            Self::One(at) => (Some(*at), None),
            Self::Several(places) => (None, Some(places)),
        };
        one.into_iter().chain(several.into_iter().flatten().copied())
    }

    fn insert(&mut self, at: usize) {
        match self {
            Self::One(one) => *self = Self::Several(BTreeSet::from([*one, at])),
            Self::Several(places) => {
                places.insert(at);
            }
        }
    }
}

/// INVARIANT: what is named here has a place.
#[derive(Debug, Default)]
struct Places {
    by_key: HashMap<Box<str>, At>,
}

impl Places {
    fn get(&self, key: &str) -> impl Iterator<Item = usize> {
        self.by_key.get(key).into_iter().flat_map(At::iter)
    }

    fn insert(&mut self, key: Box<str>, at: usize) {
        match self.by_key.entry(key) {
            Entry::Vacant(free) => {
                free.insert(At::One(at));
            }
            Entry::Occupied(mut taken) => taken.get_mut().insert(at),
        }
    }

    fn remove(&mut self, key: &str, at: usize) {
        let emptied = match self.by_key.get_mut(key) {
            Some(At::One(one)) => *one == at,
            Some(At::Several(places)) => {
                places.remove(&at);
                places.is_empty()
            }
            None => false,
        };
        if emptied {
            self.by_key.remove(key);
        }
    }
}

/// What a value says, and the key of its `value`.
type Said = (Box<[AttrId]>, Box<str>);

/// Places of values by key. One that was not needed yet is empty-handed.
///
/// INVARIANT: where there is a map, it names exactly the places that are not `null`, each under
/// the key of the value that is there, if it has one.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_identity: Option<Places>,
    by_value: Option<Places>,
}

/// The values of one attribute, to be changed.
pub(super) struct List<'w, 'c> {
    pub(super) compiled: &'w Compiled,
    pub(super) id: AttrId,
    pub(super) items: &'w mut Vec<Value<'c>>,
    pub(super) index: &'w mut Index,
    /// What changes, if somebody wants to know.
    pub(super) journal: &'w mut Option<Journal>,
}

impl<'c> List<'_, 'c> {
    /// Of a set of values, `value` is the identity.
    fn by(&self, by: By) -> By {
        if equal::is_set_of_values(self.compiled, self.id) { By::Identity } else { by }
    }

    fn key(&self, by: By, element: &Value<'_>) -> Option<Box<str>> {
        match by {
            By::Identity => Some(identity(self.compiled, self.id, element)),
            By::Value => equal::value_key(self.compiled, self.id, element),
        }
    }

    fn map(&mut self, by: By) -> &mut Option<Places> {
        match by {
            By::Identity => &mut self.index.by_identity,
            By::Value => &mut self.index.by_value,
        }
    }

    /// Makes the index if the list will be long enough with so many values more.
    fn prepare(&mut self, by: By, more: usize) {
        if self.map(by).is_some() || self.items.len().saturating_add(more) <= WORTH_AN_INDEX {
            return;
        }
        let mut places = Places { by_key: HashMap::with_capacity(self.items.len()) };
        for (at, item) in self.items.iter().enumerate().filter(|(_, item)| **item != Value::Null) {
            if let Some(key) = self.key(by, item) {
                places.insert(key, at);
            }
        }
        *self.map(by) = Some(places);
    }

    /// All places with a value.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.items.iter().enumerate().filter(|(_, item)| **item != Value::Null).map(|(at, _)| at)
    }

    /// The places of the values with this key.
    fn found(&mut self, by: By, key: &str) -> Vec<usize> {
        let by = self.by(by);
        self.prepare(by, 0);
        if let Some(places) = self.map(by) {
            return places.get(key).collect();
        }
        let has = |at: &usize| {
            self.items.get(*at).and_then(|item| self.key(by, item)).as_deref() == Some(key)
        };
        self.places().filter(has).collect()
    }

    /// Where the values are that a filter chooses, in order.
    pub(super) fn chosen(&mut self, filter: &ElementFilter) -> Vec<usize> {
        let mut chosen = match &filter.value_key {
            Some(value) => self.found(By::Value, &equal::key_of_value(value)),
            None => self.places().collect(),
        };
        chosen.retain(|at| self.items.get(*at).is_some_and(|item| filter.bound.matches(&item)));
        chosen
    }

    /// Where the same value is already, if it is; `more` values may be asked for.
    pub(super) fn same(&mut self, value: &Value<'_>, more: usize) -> Option<usize> {
        self.prepare(By::Identity, more);
        let identity = identity(self.compiled, self.id, value);
        if let Some(places) = &self.index.by_identity {
            return places.get(&identity).next();
        }
        let (compiled, id) = (self.compiled, self.id);
        self.places().find(|at| {
            self.items.get(*at).is_some_and(|item| equal::same_element(compiled, id, item, value))
        })
    }

    /// Takes away those of some values that have become the same as another (SCH-062).
    pub(super) fn drop_doubles(&mut self, places: &[usize]) {
        self.prepare(By::Identity, 0);
        let (compiled, id) = (self.compiled, self.id);
        for at in places.iter().rev() {
            let Some(item) = self.items.get(*at).filter(|item| **item != Value::Null) else {
                continue;
            };
            let is_double = match &self.index.by_identity {
                Some(map) => map.get(&identity(compiled, id, item)).nth(1).is_some(),
                None => self.places().any(|other| {
                    other != *at
                        && self
                            .items
                            .get(other)
                            .is_some_and(|other| equal::same_element(compiled, id, other, item))
                }),
            };
            if is_double {
                self.take(*at);
            }
        }
    }

    /// Where the values are that some values mean, in order (see
    /// [`means`](super::identity::means)).
    pub(super) fn meant(&mut self, values: &[Value<'_>]) -> Vec<usize> {
        let (compiled, id) = (self.compiled, self.id);
        let mut meant = BTreeSet::new();
        // By what they say and their `value`: the places with one `value` are looked at once for
        // all who name it.
        let mut by_said: HashMap<Said, HashSet<Box<str>>> = HashMap::new();
        for value in values {
            match equal::value_key(compiled, id, value).filter(|_| value.as_object().is_some()) {
                Some(key) => {
                    let said = said(compiled, id, value);
                    let wanted = identity_of(compiled, &said, value);
                    by_said.entry((said, key)).or_default().insert(wanted);
                }
                None => meant.extend(self.found(By::Identity, &identity(compiled, id, value))),
            }
        }
        for ((said, key), wanted) in by_said {
            for at in self.found(By::Value, &key) {
                if self
                    .items
                    .get(at)
                    .is_some_and(|item| wanted.contains(&identity_of(compiled, &said, item)))
                {
                    meant.insert(at);
                }
            }
        }
        meant.into_iter().collect()
    }

    /// Takes a value out; its place stays.
    pub(super) fn take(&mut self, at: usize) -> Value<'c> {
        let taken = self.items.get_mut(at).map(std::mem::take).unwrap_or_default();
        if let Some(journal) = self.journal {
            journal.note(at, &taken);
        }
        for by in [By::Identity, By::Value] {
            if self.map(by).is_none() {
                continue;
            }
            if let Some(key) = self.key(by, &taken)
                && let Some(places) = self.map(by)
            {
                places.remove(&key, at);
            }
        }
        taken
    }

    /// Puts a value where one was taken out.
    pub(super) fn put(&mut self, at: usize, value: Value<'c>) {
        for by in [By::Identity, By::Value] {
            if value == Value::Null || self.map(by).is_none() {
                continue;
            }
            if let Some(key) = self.key(by, &value)
                && let Some(places) = self.map(by)
            {
                places.insert(key, at);
            }
        }
        if let Some(place) = self.items.get_mut(at) {
            *place = value;
        }
    }

    /// Puts a value at the end. The answer is its place.
    pub(super) fn push(&mut self, value: Value<'c>) -> usize {
        let at = self.items.len();
        self.items.push(Value::Null);
        if let Some(journal) = self.journal {
            journal.note(at, &Value::Null);
        }
        self.put(at, value);
        at
    }
}
