//! What the first pass learns: which entries get over, and what they are referred to by.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::Kind;
use super::ldap::Identity;
use crate::text;

/// An entry that gets over.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) key: Box<str>,
}

/// The entries of the input and their names.
#[derive(Debug, Default)]
pub(crate) struct Index {
    entries: Vec<Entry>,
    by_dn: HashMap<Box<str>, usize>,
    by_uid: HashMap<Box<str>, usize>,
    by_primary_group: HashMap<Box<str>, Vec<usize>>,
    keys: HashSet<Box<str>>,
    user_names: HashSet<Box<str>>,
}

/// By what a `userName` is told from others: as on the server, where that is known.
fn name_key(name: &str) -> Cow<'_, str> {
    #[cfg(feature = "precis")]
    return crate::precis::user_name_key(name);
    #[cfg(not(feature = "precis"))]
    text::fold(name)
}

impl Index {
    /// Takes an entry in, or says what an earlier one has already.
    pub(crate) fn insert(&mut self, identity: &Identity) -> Result<(), &'static str> {
        let user_name = identity.user_name.as_deref().map(name_key);
        if self.by_dn.contains_key(identity.dn.as_str()) {
            return Err("DN");
        }
        if self.keys.contains(identity.key.as_str()) {
            return Err("externalId");
        }
        if user_name.as_deref().is_some_and(|name| self.user_names.contains(name)) {
            return Err("userName");
        }
        let at = self.entries.len();
        self.entries.push(Entry { kind: identity.kind, key: identity.key.as_str().into() });
        self.by_dn.insert(identity.dn.as_str().into(), at);
        // A key that is the DN cannot meet another but by the DN.
        if identity.key != identity.dn {
            self.keys.insert(identity.key.as_str().into());
        }
        if let Some(name) = user_name {
            self.user_names.insert(name.into());
        }
        for uid in &identity.uids {
            self.by_uid.entry(text::fold(uid).into()).or_insert(at);
        }
        if let Some(group) = &identity.primary_group {
            self.by_primary_group.entry(group.as_str().into()).or_default().push(at);
        }
        Ok(())
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)
    }

    pub(crate) fn by_dn(&self, key: &str) -> Option<usize> {
        self.by_dn.get(key).copied()
    }

    pub(crate) fn by_uid(&self, uid: &str) -> Option<usize> {
        self.by_uid.get(text::fold(uid).as_ref()).copied()
    }

    /// The users who have a group as their primary one.
    pub(crate) fn by_primary_group(&self, sid: &str) -> &[usize] {
        self.by_primary_group.get(sid).map_or(&[], Vec::as_slice)
    }
}
