//! What the store in memory keeps of resources that were removed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::event::Event;
use super::removal::{Kept, Removed, RemovedPlan, Which};
use super::store::{Document, Key, StoreResult, Unique};
use crate::time::Instant;

type Owner = (Box<str>, Box<str>);

/// When and which, for one tenant and resource type: the order in which they are listed.
type Placed = (Owner, Option<Instant>, Box<str>);

#[derive(Debug, Clone, Default)]
pub(super) struct RemovedRows {
    rows: BTreeMap<Key, (Removed, Vec<Unique>)>,
    by_time: BTreeSet<Placed>,
    by_value: BTreeSet<(Owner, Unique, Option<Instant>, Box<str>)>,
}

fn owner(key: &Key) -> Owner {
    (key.tenant.clone(), key.resource_type.clone())
}

impl RemovedRows {
    pub(super) fn keep(&mut self, key: &Key, document: Document, unique: Vec<Unique>, kept: Kept) {
        self.take(key);
        let owner = owner(key);
        self.by_time.insert((owner.clone(), kept.at, key.id.clone()));
        for unique in &unique {
            self.by_value.insert((owner.clone(), unique.clone(), kept.at, key.id.clone()));
        }
        self.rows.insert(key.clone(), (Removed { kept, document }, unique));
    }

    pub(super) fn has(&self, key: &Key) -> bool {
        self.rows.contains_key(key)
    }

    /// Takes one out, with its unique values.
    pub(super) fn take(&mut self, key: &Key) -> Option<(Removed, Vec<Unique>)> {
        let (removed, unique) = self.rows.remove(key)?;
        let (owner, at) = (owner(key), removed.kept.at);
        self.by_time.remove(&(owner.clone(), at, key.id.clone()));
        for unique in &unique {
            self.by_value.remove(&(owner.clone(), unique.clone(), at, key.id.clone()));
        }
        Some((removed, unique))
    }

    pub(super) fn find(&self, plan: &RemovedPlan) -> StoreResult {
        let owner: Owner = (plan.tenant.clone(), plan.resource_type.clone());
        let one = |id: &str| {
            let (tenant, resource_type) = owner.clone();
            let key = Key { tenant, resource_type, id: id.into() };
            self.rows.get(&key).map(|(removed, _)| removed.clone())
        };
        let found = match &plan.which {
            Which::One(id) => one(id).into_iter().collect(),
            Which::With(unique) => unique
                .iter()
                .find_map(|unique| {
                    let first = (owner.clone(), unique.clone(), None, Box::default());
                    let same = self
                        .by_value
                        .range(first..)
                        .take_while(|(own, value, ..)| (own, value) == (&owner, unique));
                    same.last().and_then(|(.., id)| one(id))
                })
                .into_iter()
                .collect(),
            Which::Page { after, limit } => {
                let (at, id) = after.clone().unwrap_or_default();
                let first = (owner.clone(), at, id);
                self.by_time
                    .range(first.clone()..)
                    .take_while(|(own, ..)| *own == owner)
                    .filter(|placed| after.is_none() || **placed != first)
                    .take(*limit)
                    .filter_map(|(.., id)| one(id))
                    .collect()
            }
        };
        StoreResult::Removed(found)
    }

    /// The keys of those that were removed before a time.
    pub(super) fn due(&self, tenant: Option<&str>, before: Instant, limit: usize) -> Vec<Key> {
        self.by_time
            .iter()
            .filter(|((own, _), at, _)| {
                tenant.is_none_or(|tenant| **own == *tenant) && at.is_some_and(|at| at < before)
            })
            .take(limit)
            .map(|((tenant, resource_type), _, id)| Key {
                tenant: tenant.clone(),
                resource_type: resource_type.clone(),
                id: id.clone(),
            })
            .collect()
    }
}

/// Takes the values of these resources out of their events: that something has changed stays.
pub(super) fn forget<'e>(events: impl Iterator<Item = &'e mut Event>, gone: &[Key]) {
    let gone: HashSet<[&str; 3]> =
        gone.iter().map(|key| [&*key.tenant, &*key.resource_type, &*key.id]).collect();
    if gone.is_empty() {
        return;
    }
    for event in events {
        if gone.contains(&[&*event.tenant, &*event.resource_type, &*event.resource_id]) {
            event.data = None;
            event.external_id = None;
        }
    }
}
