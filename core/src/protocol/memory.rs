//! The reference store: everything in memory, every promise of [`StoreOp`] kept.

mod many;
mod rows;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rows::{Row, Rows};

use super::event::Event;
use super::groups::Membership;
use super::members::{self, MemberChange};
use super::memory_removed::{RemovedRows, forget};
use super::plan::QueryPlan;
use super::removal::Kept;
use super::store::{Document, Key, Store, StoreOp, StoreResult, Unique};
use crate::name;
use crate::time::Instant;
use crate::value::{Object, Value};

/// A store in memory.
///
/// ```
/// use scimforge::protocol::{Config, Engine, MemoryStore, Store};
/// use scimforge::value::read;
///
/// let engine = Engine::new(Config::default());
/// let rosa = read(r#"{"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}"#)?;
/// let mut store = MemoryStore::new();
/// store.run(engine.insertion("", rosa)?);
/// assert_eq!(store.iter().map(|(key, _)| &*key.id).collect::<Vec<_>>(), ["u-1"]);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    rows: Rows,
    unique: HashMap<(Box<str>, Box<str>, Unique), Box<str>>,
    members: BTreeSet<Member>,
    superset: bool,
    removed: RemovedRows,
    /// Events by their numbers, from 1.
    events: BTreeMap<u64, Event>,
    last_event: u64,
}

/// The groups of each member: tenant, type of the group and `id` of the member before that of the
/// group.
type Member = (Box<str>, Box<str>, Box<str>, Box<str>);

impl MemoryStore {
    /// An empty store.
    ///
    /// ```
    /// use scimforge::protocol::MemoryStore;
    ///
    /// assert!(MemoryStore::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, leaving filtering, sorting and paging to the engine.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
    /// use scimforge::time::Instant;
    ///
    /// // The engine pages by itself what such a store finds.
    /// let mut store = MemoryStore::new().answering_supersets();
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// assert_eq!(run(&engine, &mut store, Request::new("GET", "/Users?count=1"), env).status, 200);
    /// ```
    #[must_use]
    pub fn answering_supersets(mut self) -> Self {
        self.superset = true;
        self
    }

    /// How many resources there are, of all tenants.
    ///
    /// ```
    /// use scimforge::protocol::MemoryStore;
    ///
    /// assert_eq!(MemoryStore::new().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, MemoryStore, Store};
    /// use scimforge::value::read;
    ///
    /// let bakers = read(r#"{"id": "g-1", "displayName": "Bakers", "meta": {"resourceType": "Group"}}"#)?;
    /// let mut store = MemoryStore::new();
    /// store.run(Engine::new(Config::default()).insertion("", bakers)?);
    /// assert!(!store.is_empty());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 0
    }

    /// All resources in the order of their keys.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, MemoryStore, Store};
    /// use scimforge::value::read;
    ///
    /// let (engine, mut store) = (Engine::new(Config::default()), MemoryStore::new());
    /// for id in ["g-2", "g-1"] {
    ///     let text = format!(r#"{{"id": "{id}", "displayName": "{id}", "meta": {{"resourceType": "Group"}}}}"#);
    ///     store.run(engine.insertion("", read(&text)?.into_owned())?);
    /// }
    /// assert_eq!(store.iter().map(|(_, group)| group.id()).collect::<Vec<_>>(), ["g-1", "g-2"]);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Document)> {
        self.rows.iter().map(|row| (&row.key, &row.document))
    }

    /// The events after one with a number, in order: what has changed.
    ///
    /// ```
    /// use scimforge::protocol::MemoryStore;
    ///
    /// assert_eq!(MemoryStore::new().changes(0).count(), 0, "nothing has");
    /// ```
    pub fn changes(&self, after: u64) -> impl Iterator<Item = (u64, &Event)> {
        self.events.range(after.saturating_add(1)..).map(|(number, event)| (*number, event))
    }

    /// Forgets the events up to one with a number. They are kept until then.
    ///
    /// ```
    /// use scimforge::protocol::MemoryStore;
    ///
    /// let mut store = MemoryStore::new();
    /// store.forget_changes(u64::MAX);
    /// assert_eq!(store.changes(0).count(), 0);
    /// ```
    pub fn forget_changes(&mut self, up_to: u64) {
        self.events.retain(|number, _| *number > up_to);
    }

    /// Keeps the event of a change that was made.
    fn noted(&mut self, result: StoreResult, event: Option<Box<Event>>) -> StoreResult {
        if let (StoreResult::Done, Some(event)) = (&result, event) {
            self.last_event += 1;
            self.events.insert(self.last_event, *event);
        }
        result
    }

    fn unique_key(key: &Key, unique: &Unique) -> (Box<str>, Box<str>, Unique) {
        (key.tenant.clone(), key.resource_type.clone(), unique.clone())
    }

    /// The attribute whose value another resource has.
    fn conflict(&self, key: &Key, unique: &[Unique]) -> Option<StoreResult> {
        let taken = unique.iter().find(|unique| {
            self.unique.get(&Self::unique_key(key, unique)).is_some_and(|id| *id != key.id)
        })?;
        Some(StoreResult::Conflict { attribute: taken.path.clone() })
    }

    fn put(&mut self, key: Key, document: Document, unique: Vec<Unique>) -> StoreResult {
        self.index_members(&key, Some(&document));
        self.store(key, document, unique)
    }

    fn store(&mut self, key: Key, document: Document, unique: Vec<Unique>) -> StoreResult {
        let added: Vec<_> = unique.iter().map(|unique| Self::unique_key(&key, unique)).collect();
        let id = key.id.clone();
        if let Some(before) = self.rows.insert(Row { key, document, unique }) {
            self.give_back(&before.key, &before.unique);
        }
        self.unique.extend(added.into_iter().map(|unique| (unique, id.clone())));
        StoreResult::Done
    }

    /// Changes what is not a member, and these members.
    fn change(
        &mut self,
        key: Key,
        mut document: Document,
        unique: Vec<Unique>,
        changes: Vec<MemberChange>,
    ) -> StoreResult {
        for change in &changes {
            for (member, comes) in [(&change.old, false), (&change.new, true)] {
                let id = member.as_ref().and_then(|member| member.get("value")?.as_str());
                let Some(id) = id else { continue };
                let entry = Self::member_key(&key, id);
                if comes {
                    self.members.insert(entry)
                } else {
                    self.members.remove(&entry)
                };
            }
        }
        let mut list =
            self.rows.get_mut(&key).map(|row| members::take(&mut row.document)).unwrap_or_default();
        members::apply(&mut list, changes);
        if let Some(object) = document.resource_mut().as_object_mut()
            && !list.is_empty()
        {
            object.insert("members", Value::Array(list));
        }
        self.store(key, document, unique)
    }

    /// A resource with those of its members that are asked for, or with all.
    fn part(&self, key: &Key, named: &[Box<str>], few: usize) -> StoreResult {
        let Some(row) = self.rows.get(key) else { return StoreResult::Row(None) };
        let resource = &row.document.resource;
        let Some(object) = resource.as_object().filter(|_| members::of(resource) > few) else {
            return StoreResult::Row(Some(row.document.clone()));
        };
        let named: HashSet<&str> = named.iter().map(|text| &**text).collect();
        let is_named = |member: &&Value<'static>| {
            !named.is_empty() && members::key_of(member).is_some_and(|key| named.contains(&*key))
        };
        let mut part = Object::new();
        for (name, value) in object.iter() {
            let value = match value.as_array() {
                Some(list) if name::same(name, "members") => {
                    Value::Array(list.iter().filter(is_named).cloned().collect())
                }
                _ => value.clone(),
            };
            part.insert(name.to_owned(), value);
        }
        StoreResult::Part(Document::new(part.into()))
    }

    /// Keeps the index in step: of a large group only what is added or removed is touched.
    fn index_members(&mut self, key: &Key, document: Option<&Document>) {
        let old = self.rows.get(key).map(|row| members(&row.document).collect());
        let old: HashSet<&str> = old.unwrap_or_default();
        let new: HashSet<&str> = document.map(|new| members(new).collect()).unwrap_or_default();
        for gone in old.difference(&new) {
            self.members.remove(&Self::member_key(key, gone));
        }
        for added in new.difference(&old) {
            self.members.insert(Self::member_key(key, added));
        }
    }

    fn member_key(key: &Key, member: &str) -> Member {
        (key.tenant.clone(), key.resource_type.clone(), member.into(), key.id.clone())
    }

    /// The groups of these members.
    fn memberships(&self, tenant: &str, group_type: &str, members: &[Box<str>]) -> StoreResult {
        let mut found = Vec::new();
        for member in members {
            let first = (tenant.into(), group_type.into(), member.clone(), Box::default());
            let own = self.members.range(first..).take_while(|(own, kind, of, _)| {
                **own == *tenant && **kind == *group_type && of == member
            });
            found.extend(own.map(|(tenant, kind, member, group)| {
                let key =
                    Key { tenant: tenant.clone(), resource_type: kind.clone(), id: group.clone() };
                let resource = self.rows.get(&key).map(|row| &row.document.resource);
                let display = resource.and_then(|group| group.get("displayName")?.as_str());
                Membership {
                    member: member.clone(),
                    group: group.clone(),
                    display: display.map(Into::into),
                }
            }));
        }
        StoreResult::Memberships(found)
    }

    fn remove(&mut self, key: &Key, keep: Option<Box<Kept>>) -> StoreResult {
        self.index_members(key, None);
        if let Some(row) = self.rows.remove(key) {
            if !keep.as_ref().is_some_and(|keep| keep.keeps_unique) {
                self.give_back(key, &row.unique);
            }
            if let Some(keep) = keep {
                self.removed.keep(key, row.document, row.unique, *keep);
            }
        }
        StoreResult::Done
    }

    fn restore(&mut self, key: Key, document: Document, unique: Vec<Unique>) -> StoreResult {
        if !self.removed.has(&key) {
            return StoreResult::NotFound;
        }
        if self.rows.contains(&key) {
            return StoreResult::Conflict { attribute: "id".into() };
        }
        if let Some(conflict) = self.conflict(&key, &unique) {
            return conflict;
        }
        if let Some((_, old)) = self.removed.take(&key) {
            self.give_back(&key, &old);
        }
        self.put(key, document, unique)
    }

    fn purge(&mut self, tenant: Option<&str>, before: Instant, limit: usize) -> StoreResult {
        let mut counts: BTreeMap<Box<str>, usize> = BTreeMap::new();
        let due = self.removed.due(tenant, before, limit);
        forget(self.events.values_mut(), &due);
        for key in due {
            if let Some((_, unique)) = self.removed.take(&key) {
                self.give_back(&key, &unique);
                *counts.entry(key.resource_type).or_default() += 1;
            }
        }
        StoreResult::Purged(counts.into_iter().collect())
    }

    /// Lets others have the values of a resource, where they are its own.
    fn give_back(&mut self, key: &Key, unique: &[Unique]) {
        for unique in unique {
            let unique = Self::unique_key(key, unique);
            if self.unique.get(&unique).is_some_and(|id| *id == key.id) {
                self.unique.remove(&unique);
            }
        }
    }

    /// Whether the resource is there, in the version that is wanted.
    fn refuse(&self, key: &Key, if_version: Option<&str>) -> Option<StoreResult> {
        match (self.rows.get(key), if_version) {
            (None, _) => Some(StoreResult::NotFound),
            (Some(row), Some(version)) if row.document.version() != version => {
                Some(StoreResult::VersionMismatch)
            }
            _ => None,
        }
    }

    fn query(&self, plan: &QueryPlan) -> StoreResult {
        let candidates = self.candidates(plan);
        if self.superset {
            let documents = candidates.into_iter().cloned().collect();
            return StoreResult::Rows { documents, total: None, residual: true };
        }
        let selection = plan.select(&candidates);
        let page = selection.page.iter().filter_map(|at| candidates.get(*at)).map(|document| {
            if plan.without_members { members::without(document) } else { (*document).clone() }
        });
        StoreResult::Rows {
            documents: page.collect(),
            total: Some(selection.total),
            residual: false,
        }
    }

    /// The resources that may match: one, where an index knows it.
    fn candidates(&self, plan: &QueryPlan) -> Vec<&Document> {
        let place = |resource_type: &str, id: &str| Key {
            tenant: plan.tenant.clone(),
            resource_type: resource_type.into(),
            id: id.into(),
        };
        if let (Some(equal), [planned]) = (&plan.equal, plan.types.as_slice()) {
            let known = |id: &str| {
                self.rows
                    .get(&place(planned.name(), id))
                    .map(|row| &row.document)
                    .into_iter()
                    .collect()
            };
            if &*equal.path == "id" {
                return known(&equal.key);
            }
            let is_unique = planned.compiled.attributes().iter().any(|attribute| {
                attribute.path == equal.path
                    && attribute.uniqueness != crate::schema::Uniqueness::None
            });
            if is_unique {
                let unique = Unique { path: equal.path.clone(), key: equal.key.clone() };
                return match self.unique.get(&Self::unique_key(&place(planned.name(), ""), &unique))
                {
                    Some(id) => known(id),
                    None => Vec::new(),
                };
            }
        }
        let mut candidates = Vec::new();
        for planned in &plan.types {
            let of_type = self.rows.of_type(&plan.tenant, planned.name());
            candidates.extend(of_type.map(|row| &row.document));
        }
        candidates
    }
}

/// The identifiers in `members`.
fn members(document: &Document) -> impl Iterator<Item = &str> {
    let members = document.resource.get("members").and_then(Value::as_array).unwrap_or_default();
    members.iter().filter_map(|member| member.get("value")?.as_str())
}

impl Store for MemoryStore {
    fn run(&mut self, mut operation: StoreOp) -> StoreResult {
        let event = operation.take_event();
        let result = self.perform(operation);
        self.noted(result, event)
    }
}

impl MemoryStore {
    fn perform(&mut self, operation: StoreOp) -> StoreResult {
        match operation {
            StoreOp::Get { key } => {
                StoreResult::Row(self.rows.get(&key).map(|row| row.document.clone()))
            }
            StoreOp::Part { key, members, few } => self.part(&key, &members, few),
            StoreOp::Query(plan) => self.query(&plan),
            // It is noted with the result.
            StoreOp::Tell { .. } => StoreResult::Done,
            StoreOp::Present { tenant, resource_type, ids } => {
                let mut key = Key { tenant, resource_type, id: Box::default() };
                let there = ids.into_iter().filter(|id| {
                    key.id.clone_from(id);
                    self.rows.contains(&key)
                });
                StoreResult::Present(there.collect())
            }
            StoreOp::Memberships { tenant, group_type, members } => {
                self.memberships(&tenant, &group_type, &members)
            }
            StoreOp::Insert { key, document, unique, .. } => {
                if self.rows.contains(&key) {
                    return StoreResult::Conflict { attribute: "id".into() };
                }
                self.conflict(&key, &unique).unwrap_or_else(|| self.put(key, document, unique))
            }
            StoreOp::Replace { key, document, if_version, unique, members, .. } => self
                .refuse(&key, if_version.as_deref())
                .or_else(|| self.conflict(&key, &unique))
                .unwrap_or_else(|| match members {
                    Some(changes) => self.change(key, document, unique, changes),
                    None => self.put(key, document, unique),
                }),
            // Whoever steps exchanges over it may step several at a time.
            StoreOp::Lock { .. } => StoreResult::Unsupported,
            StoreOp::InsertMany { operations, whole } => self.insert_many(operations, whole),
            StoreOp::Remove { key, if_version, keep, .. } => {
                self.refuse(&key, if_version.as_deref()).unwrap_or_else(|| self.remove(&key, keep))
            }
            StoreOp::Removed(plan) => self.removed.find(&plan),
            StoreOp::Restore { key, document, unique, .. } => self.restore(key, document, unique),
            StoreOp::Purge { tenant, before, limit } => {
                self.purge(tenant.as_deref(), before, limit)
            }
        }
    }
}
