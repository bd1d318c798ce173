//! Resources that are removed but kept, and how they come back.
//!
//! Clients delete, and may bring a resource back by creating it once more. Everything else is for
//! the host: SCIM has no request for it.

use std::sync::Arc;

use super::call::Call;
use super::event::{self, Event};
use super::exchange::{Exchange, Fault, Flow, Stage};
use super::groups::{self, Leaving};
use super::present::Present;
use super::removal::{self, Kept, Removed, RemovedPlan, Which};
use super::response::Response;
use super::route::Operation;
use super::store::{Document, Key, StoreOp, StoreResult, Unique};
use super::stored;
use super::telling::{Noticing, Seen};
use super::write::{self, Creating};
use crate::error::{Code, Error};
use crate::schema::Compiled;
use crate::time::Instant;
use crate::value::{Object, Value};

/// What a host does with resources that were removed and are kept.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Task};
/// use scimforge::time::Instant;
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let before = Instant::from_unix(1_769_765_400);
/// let task = Task::Purge { tenant: None, before, limit: 100 };
/// let answer = Engine::new(Config::default()).perform(task, env).run(&mut MemoryStore::new());
/// assert_eq!(answer.body, br#"{"purged":{},"more":false}"#);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Task {
    /// Lists them, those that were deleted first at the head: `{"removed": [{"id", "type",
    /// "removed", "by"?, "userName"?, "displayName"?, "externalId"?}], "next"?}`.
    Removed {
        /// The name of their resource type.
        resource_type: Box<str>,
        /// What `next` was of the page before.
        after: Option<(Option<Instant>, Box<str>)>,
        /// How many are on a page.
        limit: usize,
    },
    /// Puts one back in its place, and into the groups it was in. Answers the resource, 404, or
    /// 409 if another one has a value of it that must be unique.
    Restore {
        /// The name of its resource type.
        resource_type: Box<str>,
        /// Its `id`.
        id: Box<str>,
    },
    /// Forgets for good some of those that were deleted before a time: `{"purged": {type: count},
    /// "more"}`. A host goes on as long as there are more.
    Purge {
        /// Whose; `None`: of all tenants.
        tenant: Option<Box<str>>,
        /// The time.
        before: Instant,
        /// At most so many.
        limit: usize,
    },
}

pub(super) fn perform(mut call: Call, task: Task) -> Exchange {
    let call_name = |call: &Call, resource_type: &str, what: &str| {
        let compiled = call.config.kind(resource_type).and_then(|kind| call.compiled(kind));
        let about = compiled.map_or_else(
            || resource_type.to_owned(),
            |compiled| compiled.resource_type().endpoint.trim_start_matches('/').to_owned(),
        );
        format!("{about}:{what}")
    };
    match task {
        Task::Removed { resource_type, after, limit } => {
            let name = call_name(&call, &resource_type, "removed");
            call.does(name, None);
            let begun = known(&call, &resource_type).map(|_| {
                let which = Which::Page { after, limit };
                let tenant = call.tenant.as_str().into();
                let plan = RemovedPlan { tenant, resource_type, which };
                Flow::Ask(StoreOp::Removed(plan), Stage::ListingRemoved(limit))
            });
            Exchange::of_host(call, Operation::List, begun)
        }
        Task::Restore { resource_type, id } => {
            let name = call_name(&call, &resource_type, "restore");
            call.does(name, Some(id.to_string()));
            let begun = known(&call, &resource_type).map(|compiled| {
                let key = write::key(&call, &compiled, &id);
                let (tenant, which) = (key.tenant.clone(), Which::One(id));
                let plan = RemovedPlan { tenant, resource_type, which };
                let restoring = Restoring::new(compiled, key);
                Flow::Ask(StoreOp::Removed(plan), Stage::Restoring(Box::new(restoring)))
            });
            Exchange::of_host(call, Operation::Replace, begun)
        }
        Task::Purge { tenant, before, limit } => {
            call.does("All:purge".to_owned(), None);
            let operation = StoreOp::Purge { tenant, before, limit };
            let begun = Ok(Flow::Ask(operation, Stage::Purging(limit)));
            Exchange::of_host(call, Operation::Delete, begun)
        }
    }
}

fn known(call: &Call, resource_type: &str) -> Result<Arc<Compiled>, Fault> {
    let compiled = call.config.kind(resource_type).and_then(|kind| call.compiled(kind));
    compiled.ok_or_else(|| Error::new(Code::UnknownSchema).with("schema", resource_type).into())
}

/// A page of what was removed.
pub(super) fn listed(call: &Call, limit: usize, result: StoreResult) -> Result<Flow, Fault> {
    let found = removed(result)?;
    let next = found
        .last()
        .filter(|_| found.len() >= limit)
        .map(|last| removal::place_to_value(&(last.kept.at, last.document.id().into())));
    let mut object = Object::new();
    object.insert("removed", Value::Array(found.iter().map(summary).collect()));
    if let Some(next) = next {
        object.insert("next", next);
    }
    Ok(Flow::Answer(Response::json(200, call.media, &object.into())))
}

/// What tells people which resource it is.
fn summary(Removed { kept, document }: &Removed) -> Value<'static> {
    let mut object = Object::new();
    object.insert("id", Value::copied(document.id()));
    object.insert("type", Value::copied(document.resource_type()));
    if let Some(at) = kept.at {
        object.insert("removed", Value::from(at.to_string()));
    }
    if let Some(by) = &kept.by {
        object.insert("by", Value::copied(by));
    }
    for name in ["userName", "displayName", "externalId"] {
        if let Some(text) = document.resource.get(name).and_then(Value::as_str) {
            object.insert(name, Value::copied(text));
        }
    }
    object.into()
}

fn removed(result: StoreResult) -> Result<Vec<Removed>, Fault> {
    match result {
        StoreResult::Removed(found) => Ok(found),
        StoreResult::Unsupported => Err(Code::NotImplemented.into()),
        _ => Err(Code::StoreFailure.into()),
    }
}

pub(super) fn purged(call: &Call, limit: usize, result: StoreResult) -> Result<Flow, Fault> {
    let counts = match result {
        StoreResult::Purged(counts) => counts,
        StoreResult::Unsupported => return Err(Code::NotImplemented.into()),
        _ => return Err(Code::StoreFailure.into()),
    };
    let sum: usize = counts.iter().map(|(_, count)| count).sum();
    let mut object = Object::new();
    object.insert("purged", removal::counts_to_value(&counts));
    object.insert("more", Value::Bool(sum > 0 && sum >= limit));
    Ok(Flow::Answer(Response::json(200, call.media, &object.into())))
}

/// A resource on its way back.
pub(super) struct Restoring {
    compiled: Arc<Compiled>,
    key: Key,
    groups: Vec<Box<str>>,
    /// Its members, while they are looked for.
    present: Option<Present>,
    /// What it is from now on, once that is known.
    document: Option<Document>,
}

impl Restoring {
    fn new(compiled: Arc<Compiled>, key: Key) -> Self {
        Self { compiled, key, groups: Vec::new(), present: None, document: None }
    }

    pub(super) fn found(mut self, call: &mut Call, result: StoreResult) -> Result<Flow, Fault> {
        if let Some(mut present) = self.present.take() {
            present.found(result);
            return Ok(self.look(call, present));
        }
        let Some(document) = self.document.take() else { return self.begin(call, result) };
        match result {
            StoreResult::Done => Ok(Leaving::back(call, self.compiled, document, self.groups)),
            StoreResult::Written(document) => {
                Ok(Leaving::back(call, self.compiled, document, self.groups))
            }
            StoreResult::NotFound => Err(Code::NotFound.into()),
            StoreResult::Conflict { attribute } => Err(write::taken(&attribute)),
            StoreResult::NotStorable { attribute, reason } => {
                Err(write::no_place(&attribute, &reason))
            }
            _ => Err(Code::StoreFailure.into()),
        }
    }

    fn begin(mut self, call: &mut Call, result: StoreResult) -> Result<Flow, Fault> {
        let Some(one) = removed(result)?.into_iter().next() else {
            return Err(Code::NotFound.into());
        };
        self.groups = one.kept.groups;
        Ok(match Present::of(call, &self.compiled, one.document) {
            Ok(present) => self.look(call, present),
            Err(document) => self.restore(call, document),
        })
    }

    /// Looks for the members that nobody has looked for yet.
    fn look(mut self, call: &mut Call, mut present: Present) -> Flow {
        if let Some(operation) = present.next(call) {
            self.present = Some(present);
            return Flow::Ask(operation, Stage::Restoring(Box::new(self)));
        }
        self.restore(call, present.group())
    }

    fn restore(mut self, call: &mut Call, old: Document) -> Flow {
        let operation = restoration(call, &self.compiled, &self.key, old, None, false);
        if let StoreOp::Restore { document, .. } = &operation {
            self.document = Some(document.clone());
        }
        Flow::Ask(operation, Stage::Restoring(Box::new(self)))
    }
}

/// The operation that brings a resource back: it is changed now, and was made when it was made.
/// `anew` has what it becomes; without it, it becomes what it was.
fn restoration(
    call: &mut Call,
    compiled: &Compiled,
    key: &Key,
    old: Document,
    anew: Option<(Document, Option<super::store::Secret>)>,
    with_password: bool,
) -> StoreOp {
    let now = call.now.to_string();
    let created = old.meta("created").map_or_else(|| now.clone(), str::to_owned);
    let is_anew = anew.is_some();
    let (content, password) = anew.unwrap_or((old, None));
    let document =
        stored::compose(call, compiled, &key.id, content.into_resource(), &created, &now);
    let event = event::restored(call, compiled, &document, with_password);
    StoreOp::Restore {
        key: key.clone(),
        unique: write::unique(call, compiled, &document.resource),
        document,
        password,
        event,
        anew: is_anew,
    }
}

/// What is asked before a resource is made: whether one with its unique values was removed, if
/// such are brought back.
pub(super) fn looked_for(call: &Call, creating: &Creating) -> Option<StoreOp> {
    call.config.soft_delete.filter(|soft| soft.restores)?;
    let mut unique = write::unique(call, &creating.compiled, &creating.document.resource);
    // Where a POST goes by the `externalId`, that says who it is.
    unique.sort_by_key(|Unique { path, .. }| &**path != "externalId");
    if unique.is_empty() {
        return None;
    }
    let Key { tenant, resource_type, .. } = write::key(call, &creating.compiled, "");
    Some(StoreOp::Removed(RemovedPlan { tenant, resource_type, which: Which::With(unique) }))
}

impl Creating {
    /// Brings back what was found, with what was sent; makes another resource if nothing was.
    pub(super) fn looked_for(
        mut self: Box<Self>,
        call: &mut Call,
        result: StoreResult,
    ) -> Result<Flow, Fault> {
        let found = match result {
            StoreResult::Removed(found) => found.into_iter().next(),
            StoreResult::Unsupported => None,
            _ => return Err(Code::StoreFailure.into()),
        };
        let Some(Removed { document: old, .. }) = found else { return self.insert(call) };
        let key = write::key(call, &self.compiled, old.id());
        let anew = (
            std::mem::replace(&mut self.document, Document::new(Value::Null)),
            self.password.clone(),
        );
        let with_password = self.password.is_some();
        let operation = restoration(call, &self.compiled, &key, old, Some(anew), with_password);
        if let StoreOp::Restore { document, .. } = &operation {
            self.document = document.clone();
        }
        call.id = Some(key.id.to_string());
        Ok(Flow::Ask(operation, Stage::Creating(self)))
    }
}

/// A resource that is to be removed.
pub(super) struct Parting {
    pub(super) key: Key,
    pub(super) if_version: Option<String>,
    pub(super) event: Option<Box<Event>>,
}

/// Removes a resource; where it is kept, with the groups it is in, once these are known.
pub(super) fn remove(call: &Call, parting: Parting) -> Flow {
    if call.config.soft_delete.is_none() {
        let leaves_first = call.config.leaves_first && call.config.events.is_some();
        return if leaves_first {
            Leaving::before(call, parting)
        } else {
            parting.remove(None, Vec::new())
        };
    }
    match groups::of_member(call, &parting.key) {
        Some(operation) => Flow::Ask(operation, Stage::Parting(Box::new(parting))),
        None => parting.keep(call, Vec::new(), Vec::new()),
    }
}

impl Parting {
    pub(super) fn found(self, call: &Call, result: StoreResult) -> Flow {
        let mut groups: Vec<Box<str>> = match result {
            StoreResult::Memberships(found) => found.into_iter().map(|one| one.group).collect(),
            _ => Vec::new(),
        };
        groups.sort();
        groups.dedup();
        if call.config.leaves_first && call.config.events.is_some() {
            return Noticing::begin(call, self, groups);
        }
        self.keep(call, groups, Vec::new())
    }

    pub(super) fn keep(self, call: &Call, groups: Vec<Box<str>>, seen: Vec<Seen>) -> Flow {
        let soft = call.config.soft_delete;
        let keep = soft.map(|soft| Kept {
            at: Some(call.now),
            by: call.principal().map(Into::into),
            groups,
            keeps_unique: soft.keeps_unique,
        });
        self.remove(keep, seen)
    }

    pub(super) fn remove(self, keep: Option<Kept>, seen: Vec<Seen>) -> Flow {
        let Self { key, if_version, event } = self;
        let operation =
            StoreOp::Remove { key: key.clone(), if_version, event, keep: keep.map(Box::new) };
        Flow::Ask(operation, Stage::Removing(key, seen))
    }
}
