//! The values of a multi-valued attribute while a patch is applied.
//!
//! A value that is taken away leaves `null` in its place until the patch is done, so that places
//! do not move. From some size on the values are found by a hash of their key.

use std::collections::HashMap;

use super::equal;
use super::target::ElementFilter;
use crate::schema::{AttrId, Compiled};
use crate::value::Value;

/// A list that is longer than this is worth an index.
const WORTH_AN_INDEX: usize = 64;

/// Places of values by key. One that was not needed yet is empty-handed.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// INVARIANT: where there is a map, it names exactly the places that are not `null`, each
    /// under the key of the value that is there.
    places: Option<HashMap<Box<str>, Vec<usize>>>,
}

/// The values of one attribute, to be changed.
pub(super) struct List<'w> {
    pub(super) compiled: &'w Compiled,
    pub(super) id: AttrId,
    pub(super) items: &'w mut Vec<Value<'static>>,
    pub(super) index: &'w mut Index,
}

impl List<'_> {
    /// Makes the index if the list will be long enough with so many values more.
    fn prepare(&mut self, more: usize) {
        if self.index.places.is_some() || self.items.len().saturating_add(more) <= WORTH_AN_INDEX {
            return;
        }
        let mut places: HashMap<Box<str>, Vec<usize>> = HashMap::with_capacity(self.items.len());
        for (at, item) in self.items.iter().enumerate().filter(|(_, item)| **item != Value::Null) {
            places.entry(equal::key(self.compiled, self.id, item)).or_default().push(at);
        }
        self.index.places = Some(places);
    }

    /// The places that can hold a value with this key.
    fn candidates(&self, key: &str) -> Option<&[usize]> {
        let places = self.index.places.as_ref()?;
        Some(places.get(key).map_or(&[], Vec::as_slice))
    }

    /// All places with a value.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        self.items.iter().enumerate().filter(|(_, item)| **item != Value::Null).map(|(at, _)| at)
    }

    fn find(&self, key: impl FnOnce() -> Box<str>, fits: impl Fn(&Value<'static>) -> bool) -> Vec<usize> {
        let fits = |at: &usize| self.items.get(*at).is_some_and(|item| *item != Value::Null && fits(item));
        if self.index.places.is_some() {
            let key = key();
            return self.candidates(&key).unwrap_or_default().iter().copied().filter(fits).collect();
        }
        self.places().filter(fits).collect()
    }

    /// Where the values are that a filter chooses, in order.
    pub(super) fn chosen(&mut self, filter: &ElementFilter) -> Vec<usize> {
        let fits = |item: &Value<'static>| filter.bound.matches(&item);
        let Some(value) = &filter.value_key else {
            return self.places().filter(|at| self.items.get(*at).is_some_and(fits)).collect();
        };
        self.prepare(0);
        self.find(|| equal::key_of_value(value), fits)
    }

    /// Where the same value is already, if it is.
    pub(super) fn same(&mut self, value: &Value<'static>, more: usize) -> Option<usize> {
        self.prepare(more);
        let (compiled, id) = (self.compiled, self.id);
        let key = || equal::key(compiled, id, value);
        self.find(key, |item| equal::same_element(compiled, id, item, value)).first().copied()
    }

    /// Where the values are that a value means, which may say less.
    pub(super) fn meant(&mut self, value: &Value<'static>) -> Vec<usize> {
        self.prepare(0);
        let (compiled, id) = (self.compiled, self.id);
        let key = || equal::key(compiled, id, value);
        self.find(key, |item| equal::is_meant(compiled, id, item, value))
    }

    /// Takes a value out; its place stays.
    pub(super) fn take(&mut self, at: usize) -> Value<'static> {
        let taken = self.items.get_mut(at).map(std::mem::take).unwrap_or_default();
        if let Some(places) = &mut self.index.places {
            let key = equal::key(self.compiled, self.id, &taken);
            if let Some(bucket) = places.get_mut(&key) {
                bucket.retain(|place| *place != at);
            }
        }
        taken
    }

    /// Puts a value where one was taken out.
    pub(super) fn put(&mut self, at: usize, value: Value<'static>) {
        if let Some(places) = self.index.places.as_mut().filter(|_| value != Value::Null) {
            let bucket = places.entry(equal::key(self.compiled, self.id, &value)).or_default();
            bucket.push(at);
            bucket.sort_unstable();
        }
        if let Some(place) = self.items.get_mut(at) {
            *place = value;
        }
    }

    /// Puts a value at the end. The answer is its place.
    pub(super) fn push(&mut self, value: Value<'static>) -> usize {
        let at = self.items.len();
        self.items.push(Value::Null);
        self.put(at, value);
        at
    }
}
