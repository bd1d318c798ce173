//! Resources in the order of their keys, by tenant and type.

use std::collections::BTreeMap;

use crate::protocol::{Document, Key, Unique};

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) document: Document,
    pub(super) unique: Vec<Unique>,
}

/// What is looked up among many is an identifier alone: whose and what it is, is compared before.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    tenants: BTreeMap<Box<str>, BTreeMap<Box<str>, Kind>>,
    len: usize,
}

type Kind = BTreeMap<Box<str>, Row>;

impl Rows {
    fn kind(&self, tenant: &str, resource_type: &str) -> Option<&Kind> {
        self.tenants.get(tenant)?.get(resource_type)
    }

    fn kind_mut(&mut self, key: &Key) -> Option<&mut Kind> {
        self.tenants.get_mut(&key.tenant)?.get_mut(&key.resource_type)
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Row> {
        self.kind(&key.tenant, &key.resource_type)?.get(&key.id)
    }

    pub(super) fn get_mut(&mut self, key: &Key) -> Option<&mut Row> {
        self.kind_mut(key)?.get_mut(&key.id)
    }

    pub(super) fn contains(&self, key: &Key) -> bool {
        self.get(key).is_some()
    }

    /// Puts a resource where its key says; gives what was there.
    pub(super) fn insert(&mut self, row: Row) -> Option<Row> {
        if self.kind_mut(&row.key).is_none() {
            let types = self.tenants.entry(row.key.tenant.clone()).or_default();
            types.insert(row.key.resource_type.clone(), Kind::new());
        }
        let kind = self.kind_mut(&row.key)?;
        let before = kind.insert(row.key.id.clone(), row);
        self.len += usize::from(before.is_none());
        before
    }

    pub(super) fn remove(&mut self, key: &Key) -> Option<Row> {
        let gone = self.kind_mut(key)?.remove(&key.id);
        self.len -= usize::from(gone.is_some());
        gone
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.tenants.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values)
    }

    pub(super) fn of_type(
        &self,
        tenant: &str,
        resource_type: &str,
    ) -> impl Iterator<Item = &Row> + use<'_> {
        self.kind(tenant, resource_type).into_iter().flat_map(BTreeMap::values)
    }
}
