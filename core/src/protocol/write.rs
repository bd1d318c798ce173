//! One resource: read, created, replaced, changed, deleted (RFC 7644 §3.3 to §3.6).

use std::sync::Arc;

use super::call::Call;
use super::event;
use super::exchange::{Fault, Flow, Stage};
use super::groups;
use super::keep::{drop_doubles, keep};
use super::list::projection;
use super::members::{self, FEW};
use super::prepared;
use super::query::{Parameters, Question};
use super::response::Response;
use super::restore;
use super::store::{Document, Key, Secret, StoreOp, StoreResult, Unique, unique_keys};
use super::stored::{compose, is_as_before, set_version, take_password};
use super::telling::Seen;
use super::upsert;
use super::user_name::keep_user_name;
use crate::accept::accept_resource;
use crate::error::{Code, Error, Pointer, Severity};
use crate::name;
use crate::patch::{ApplyOptions, Patch};
use crate::project::Projection;
use crate::schema::{Compiled, Returned};
use crate::text;
use crate::validate::{self, Mode};
use crate::value::Value;

/// How often a change is repeated when another one came between.
const ATTEMPTS: u8 = 3;

/// A resource that is waited for.
pub(super) struct Viewing {
    compiled: Arc<Compiled>,
    projection: Projection,
    key: Key,
    /// Whether the store is asked for no member, since none is shown.
    without_members: bool,
}

/// A resource on its way into the store.
pub(super) struct Creating {
    pub(super) compiled: Arc<Compiled>,
    /// What was sent to the store; at first what came in, without an `id`.
    pub(super) document: Document,
    pub(super) password: Option<Secret>,
    projection: Projection,
    attempts: u8,
    /// What it is done with again if somebody else was faster.
    again: Option<Box<Accepted>>,
}

/// A change of a resource.
pub(super) struct Changing {
    compiled: Arc<Compiled>,
    key: Key,
    change: Change,
    projection: Projection,
    /// What was sent to the store, and how to show it.
    saving: Option<(Document, Projection)>,
    attempts: u8,
    /// The members that a PATCH is about, where others do not matter to it.
    named: Option<Vec<Box<str>>>,
    /// Whether many members are not shown (see [`FEW`]).
    brief: bool,
    /// Whether there are many.
    many: bool,
}

enum Change {
    /// The accepted body of a PUT.
    Replace(Value<'static>),
    /// The message of a PATCH.
    Patch(Value<'static>),
    Remove,
}

/// The projection that a request for one resource asks for.
fn asked(
    call: &mut Call,
    compiled: &Compiled,
    parameters: &Parameters,
) -> Result<Projection, Fault> {
    let question = Question {
        attributes: parameters.names("attributes")?,
        excluded: parameters.names("excludedAttributes")?,
        ..Question::default()
    };
    Ok(projection(compiled, &question, call.profile, &mut call.trace)?)
}

fn known(call: &Call, kind: usize) -> Result<Arc<Compiled>, Fault> {
    call.compiled(kind).ok_or_else(|| Code::NoEndpoint.into())
}

pub(super) fn key(call: &Call, compiled: &Compiled, id: &str) -> Key {
    Key {
        tenant: call.tenant.as_str().into(),
        resource_type: compiled.resource_type().name.clone(),
        id: id.into(),
    }
}

pub(super) fn view(
    call: &mut Call,
    kind: usize,
    id: &str,
    parameters: &Parameters,
) -> Result<Flow, Fault> {
    let compiled = known(call, kind)?;
    let projection = asked(call, &compiled, parameters)?;
    let key = key(call, &compiled, id);
    let without_members = members::are_hidden(&compiled, &projection);
    Ok(Viewing { compiled, projection, key, without_members }.load())
}

impl Viewing {
    fn load(self) -> Flow {
        let key = self.key.clone();
        let operation = if self.without_members {
            StoreOp::Part { key, members: Vec::new(), few: 0 }
        } else {
            StoreOp::Get { key }
        };
        Flow::Ask(operation, Stage::Viewing(self))
    }

    pub(super) fn found(mut self, call: &Call, result: StoreResult) -> Result<Flow, Fault> {
        let document = match result {
            StoreResult::Part(part) if members::has_version(&part) => part,
            StoreResult::Part(_) | StoreResult::Unsupported if self.without_members => {
                self.without_members = false;
                return Ok(self.load());
            }
            other => row(other)?,
        };
        let version = call.version(&self.compiled, &document);
        call.check_version(&version)?;
        if call.is_unchanged(&version) {
            let location = call.location(&self.compiled, document.id());
            let unchanged = Response::empty(304).with("content-location", location);
            return Ok(Flow::Answer(unchanged.with("etag", version)));
        }
        Ok(groups::show(call, 200, &self.compiled, document, &self.projection))
    }
}

fn row(result: StoreResult) -> Result<Document, Fault> {
    match result {
        StoreResult::Row(Some(document)) => Ok(document),
        StoreResult::Row(None) | StoreResult::NotFound => Err(Code::NotFound.into()),
        _ => Err(Code::StoreFailure.into()),
    }
}

/// The body of a POST, read, with the projection that was asked for.
#[derive(Clone)]
pub(super) struct Accepted {
    pub(super) compiled: Arc<Compiled>,
    pub(super) resource: Value<'static>,
    projection: Projection,
}

/// Reads the body of a POST.
pub(super) fn accept(
    call: &mut Call,
    kind: usize,
    parameters: &Parameters,
    body: Value<'_>,
) -> Result<Accepted, Fault> {
    let compiled = known(call, kind)?;
    call.admit_creation(&compiled)?;
    let projection = asked(call, &compiled, parameters)?;
    let resource = accepted(call, &compiled, body)?;
    Ok(Accepted { compiled, resource, projection })
}

/// Makes a resource; `again` is what is looked up once more if a value of it is taken by then.
pub(super) fn insert(
    call: &mut Call,
    accepted: Accepted,
    again: Option<Box<Accepted>>,
) -> Result<Flow, Fault> {
    let Accepted { compiled, mut resource, projection } = accepted;
    check(call, &compiled, &resource, Mode::Create, None, false)?;
    drop_doubles(&compiled, &mut resource);
    let projection = projection.with_written(&compiled, None, &resource);
    let (resource, password) = take_password(&compiled, resource);
    let document = Document::new(resource);
    let creating = Creating { compiled, document, password, projection, attempts: ATTEMPTS, again };
    match restore::looked_for(call, &creating) {
        Some(operation) => Ok(Flow::Ask(operation, Stage::Recreating(Box::new(creating)))),
        None => creating.insert(call),
    }
}

impl Creating {
    pub(super) fn insert(mut self, call: &mut Call) -> Result<Flow, Fault> {
        // No identifiers are left: the host's mistake, not the client's.
        let id = call.next_id().ok_or(Code::StoreFailure)?;
        let now = call.now.to_string();
        let resource = std::mem::take(&mut self.document).into_resource();
        self.document = compose(call, &self.compiled, &id, resource, &now, &now);
        let event = event::created(call, &self.compiled, &self.document, self.password.is_some());
        let operation = StoreOp::Insert {
            key: key(call, &self.compiled, &id),
            document: self.document.clone(),
            unique: unique(call, &self.compiled, &self.document.resource),
            password: self.password.clone(),
            event,
        };
        call.id = Some(id);
        Ok(Flow::Ask(operation, Stage::Creating(Box::new(self))))
    }

    pub(super) fn inserted(mut self, call: &mut Call, result: StoreResult) -> Result<Flow, Fault> {
        match result {
            // Somebody else has brought it back.
            StoreResult::NotFound => self.insert(call),
            StoreResult::Done => Ok(Flow::Answer(call.show(
                201,
                &self.compiled,
                &self.document,
                &self.projection,
                None,
            ))),
            StoreResult::Written(document) => {
                call.id = Some(document.id().to_owned());
                Ok(Flow::Answer(call.show(201, &self.compiled, &document, &self.projection, None)))
            }
            StoreResult::Conflict { attribute } if &*attribute == "id" && self.attempts > 0 => {
                self.attempts -= 1;
                self.insert(call)
            }
            StoreResult::Conflict { attribute } => match self.again {
                Some(again) => upsert::after_conflict(call, *again, attribute),
                None => Err(taken(&attribute)),
            },
            StoreResult::NotStorable { attribute, reason } => Err(no_place(&attribute, &reason)),
            _ => Err(Code::StoreFailure.into()),
        }
    }
}

pub(super) fn no_place(attribute: &str, reason: &str) -> Fault {
    Error::new(Code::NotStorable)
        .with("attribute", attribute)
        .with("reason", reason)
        .path(attribute)
        .into()
}

/// The values that no other resource may have; among them the `externalId` where a POST goes by it.
pub(super) fn unique(call: &Call, compiled: &Compiled, resource: &Value<'_>) -> Vec<Unique> {
    let mut keys = unique_keys(compiled, resource);
    keys.extend(
        upsert::external_id(call, resource).map(|id| Unique { path: "externalId".into(), key: id }),
    );
    keys
}

pub(super) fn taken(attribute: &str) -> Fault {
    Error::new(Code::Uniqueness).with("attribute", attribute).path(attribute).into()
}

pub(super) fn replace(
    call: &mut Call,
    kind: usize,
    id: &str,
    parameters: &Parameters,
    body: Value<'_>,
) -> Result<Flow, Fault> {
    let compiled = known(call, kind)?;
    let accepted = accepted(call, &compiled, body)?;
    let projection = asked(call, &compiled, parameters)?;
    Ok(Changing::new(call, compiled, id, projection, Change::Replace(accepted)).load())
}

/// Replaces a resource by the body of a POST, which cannot know what version there is.
pub(super) fn replace_by(call: &mut Call, accepted: Accepted, id: &str) -> Flow {
    call.take_any_version();
    let Accepted { compiled, resource, projection } = accepted;
    Changing::new(call, compiled, id, projection, Change::Replace(resource)).load()
}

pub(super) fn update(
    call: &mut Call,
    kind: usize,
    id: &str,
    parameters: &Parameters,
    body: Value<'_>,
) -> Result<Flow, Fault> {
    let compiled = known(call, kind)?;
    let projection = asked(call, &compiled, parameters)?;
    let (mut named, mut brief) = (None, false);
    if let Some(list) = members::list_of(&compiled) {
        let shown = projection.shows(list, projection.inside()).is_some();
        let usual = list.returned == Returned::Default;
        brief = shown && usual && parameters.names("attributes")?.is_none();
        if usual && (brief || !shown) {
            // What is wrong with it, if something is, is said when the resource is there.
            named = Patch::parse(&body, &compiled, call.profile, &call.config.limits)
                .ok()
                .and_then(|patch| patch.named(list.id))
                .map(|named| named.iter().map(|text| text::key(text, false).into()).collect());
        }
    }
    let change = Change::Patch(body.into_owned());
    let changing = Changing::new(call, compiled, id, projection, change);
    Ok(Changing { named, brief, ..changing }.load())
}

pub(super) fn delete(call: &mut Call, kind: usize, id: &str) -> Result<Flow, Fault> {
    let compiled = known(call, kind)?;
    // What is told of it names the resource as it was.
    if call.is_conditional() || call.config.events.is_some() {
        let projection = Projection::default_set().keeping(call.profile);
        return Ok(Changing::new(call, compiled, id, projection, Change::Remove).load());
    }
    let key = key(call, &compiled, id);
    Ok(restore::remove(call, restore::Parting { key, if_version: None, event: None }))
}

pub(super) fn removed(
    call: &Call,
    key: &Key,
    seen: Vec<Seen>,
    result: &StoreResult,
) -> Result<Flow, Fault> {
    match result {
        StoreResult::Done => Ok(groups::Leaving::begin(call, key, seen)),
        StoreResult::NotFound => Err(Code::NotFound.into()),
        StoreResult::VersionMismatch => Err(Code::VersionMismatch.into()),
        _ => Err(Code::StoreFailure.into()),
    }
}

impl Changing {
    fn new(
        call: &Call,
        compiled: Arc<Compiled>,
        id: &str,
        projection: Projection,
        change: Change,
    ) -> Self {
        let key = key(call, &compiled, id);
        let (named, brief, many) = (None, false, false);
        let (saving, attempts) = (None, ATTEMPTS);
        Self { compiled, key, change, projection, saving, attempts, named, brief, many }
    }

    pub(super) fn load(self) -> Flow {
        let key = self.key.clone();
        let operation = match &self.named {
            Some(named) => StoreOp::Part { key, members: named.clone(), few: FEW },
            None => StoreOp::Get { key },
        };
        Flow::Ask(operation, Stage::Loading(Box::new(self)))
    }

    /// The answer: the resource, or nothing of it where that would be many members.
    fn show(&self, call: &Call, document: Document, projection: &Projection) -> Flow {
        if self.brief && self.many {
            return Flow::Answer(call.unshown(&self.compiled, &document));
        }
        groups::show(call, 200, &self.compiled, document, projection)
    }

    pub(super) fn loaded(mut self, call: &mut Call, result: StoreResult) -> Result<Flow, Fault> {
        let (old, whole) = match result {
            StoreResult::Part(part) if self.named.is_some() && members::has_version(&part) => {
                (part, false)
            }
            StoreResult::Unsupported | StoreResult::Part(_) if self.named.is_some() => {
                self.named = None;
                return Ok(self.load());
            }
            other => (row(other)?, true),
        };
        self.many = !whole || members::of(&old.resource) > FEW;
        let compiled = &self.compiled;
        call.check_conditions(&call.version(compiled, &old))?;
        let (new, written) = match &self.change {
            Change::Remove => {
                let if_version = call.is_conditional().then(|| old.version().into_owned());
                let event = event::deleted(call, compiled, &self.key, Some(&old));
                let parting = restore::Parting { key: self.key, if_version, event };
                return Ok(restore::remove(call, parting));
            }
            Change::Replace(body) => {
                let (mut new, again) = (body.clone(), self.saving.is_some());
                keep_user_name(call, compiled, &old.resource, &mut new, again);
                let written = self.projection.clone().with_written(compiled, None, &new);
                new = keep(compiled, new, &old.resource);
                check(call, compiled, &new, Mode::Replace, Some(&old.resource), again)?;
                // What looks the same may differ in what the one who asks may not see.
                drop_doubles(call.unrestricted(compiled).as_ref().unwrap_or(compiled), &mut new);
                (new, written)
            }
            Change::Patch(message) => {
                let profile = call.profile;
                let options = ApplyOptions {
                    max_member_loss: call.config.max_member_loss,
                    ..ApplyOptions::default()
                };
                let outcome = Patch::parse(message, compiled, profile, &call.config.limits)?
                    .apply_with(&old.resource, &options)?;
                // A repeated attempt bends the same things again.
                if self.saving.is_none() {
                    call.trace.append(outcome.trace);
                }
                if !outcome.changed {
                    // The resource stays as it is, down to the order of values.
                    return Ok(self.show(call, old, &self.projection));
                }
                let (mut new, again) = (outcome.resource, self.saving.is_some());
                keep_user_name(call, compiled, &old.resource, &mut new, again);
                check(call, compiled, &new, Mode::Patch, Some(&old.resource), again)?;
                let written =
                    self.projection.clone().with_written(compiled, Some(&old.resource), &new);
                (new, written)
            }
        };
        own_attributes(call, &old.resource, &new)?;
        Ok(self.save(call, (old, whole), new, written))
    }

    fn save(
        mut self,
        call: &mut Call,
        (mut old, whole): (Document, bool),
        new: Value<'static>,
        written: Projection,
    ) -> Flow {
        let compiled = &self.compiled;
        let (new, password) = take_password(compiled, new);
        let now = call.now.to_string();
        let created = old.meta("created").map_or_else(|| now.clone(), str::to_owned);
        let mut document = compose(call, compiled, &self.key.id, new, &created, &now);
        if password.is_none() && is_as_before(call, compiled, &document, &old) {
            // Nothing changes, and so neither does the version (WRT-031).
            return self.show(call, old, &written);
        }
        let before = old.version().into_owned();
        let mut changes = None;
        // A password is no part of the document, and the change of it is one all the same.
        let seen = call.seen(compiled);
        if !whole || seen.hides || (password.is_some() && document.version() == before) {
            let version = seen.after(&seen.version(&old), &document.resource);
            set_version(&mut document, version);
        }
        // Of a part of the members, the same are in both.
        let kind = if matches!(self.change, Change::Replace(_)) { "put" } else { "patch" };
        let change = event::Changed {
            old: &old,
            new: &document,
            whole,
            with_password: password.is_some(),
            kind,
        };
        let event = event::changed(call, compiled, &change);
        let shown = document.clone();
        if self.named.is_some() {
            let (old, new) = (members::take(&mut old), members::take(&mut document));
            changes = members::changes(compiled, old, new);
            if changes.is_none() {
                // Which of two that are the same is meant shows in the whole.
                self.named = None;
                return self.load();
            }
        }
        let operation = StoreOp::Replace {
            key: self.key.clone(),
            unique: unique(call, compiled, &document.resource),
            document,
            if_version: Some(before),
            password,
            event,
            members: changes,
        };
        self.saving = Some((shown, written));
        Flow::Ask(operation, Stage::Saving(Box::new(self)))
    }

    pub(super) fn saved(mut self, call: &Call, result: StoreResult) -> Result<Flow, Fault> {
        match (result, self.saving.take()) {
            (StoreResult::Done, Some((document, written)))
            | (StoreResult::Written(document), Some((_, written))) => {
                Ok(self.show(call, document, &written))
            }
            (StoreResult::NotStorable { attribute, reason }, _) => {
                Err(no_place(&attribute, &reason))
            }
            (StoreResult::NotFound, _) => Err(Code::NotFound.into()),
            (StoreResult::Conflict { attribute }, _) => Err(taken(&attribute)),
            (StoreResult::VersionMismatch, saving) => {
                if call.names_a_version() || self.attempts == 0 {
                    return Err(Code::VersionMismatch.into());
                }
                self.attempts -= 1;
                self.saving = saving;
                if call.config.locks {
                    let operation = StoreOp::Lock { key: self.key.clone() };
                    return Ok(Flow::Ask(operation, Stage::Locking(Box::new(self))));
                }
                Ok(self.load())
            }
            _ => Err(Code::StoreFailure.into()),
        }
    }
}

fn accepted(
    call: &mut Call,
    compiled: &Compiled,
    body: Value<'_>,
) -> Result<Value<'static>, Fault> {
    refuse_other_type(call, compiled, &body)?;
    Ok(accept_resource(compiled, body, call.profile, &mut call.trace)?)
}

/// A body that says it is of another type is in the wrong place, whatever is tolerated (WRT-012).
fn refuse_other_type(call: &Call, compiled: &Compiled, body: &Value<'_>) -> Result<(), Error> {
    let schemas = body.get("schemas").and_then(Value::as_array).unwrap_or_default();
    let lists =
        |uri: &str| schemas.iter().filter_map(Value::as_str).any(|other| name::same(other, uri));
    let base = compiled.base_schema();
    let other =
        |other: &Compiled| !name::same(other.base_schema(), base) && lists(other.base_schema());
    if !lists(base) && call.config.resource_types.iter().any(|compiled| other(compiled)) {
        let at = Pointer::root().name("schemas");
        return Err(Error::new(Code::MissingBaseSchema)
            .with("schema", base)
            .at(at)
            .path("schemas"));
    }
    Ok(())
}

/// Validates; all errors at once. `again`: what is bent was noted before.
fn check(
    call: &mut Call,
    compiled: &Compiled,
    resource: &Value<'_>,
    mode: Mode,
    original: Option<&Value<'_>>,
    again: bool,
) -> Result<(), Fault> {
    let options =
        validate::Options { mode, profile: call.profile, limits: call.config.limits, original };
    let mut issues = validate::issues(compiled, &resource, &options);
    issues.retain(|issue| issue.severity == Severity::Error);
    issues.extend(prepared::issues(call, compiled, resource, original, again));
    if issues.is_empty() { Ok(()) } else { Err(Fault(issues)) }
}

/// That only attributes change that people may change of themselves (ME-006).
fn own_attributes(call: &Call, old: &Value<'_>, new: &Value<'_>) -> Result<(), Fault> {
    let Some(writable) = &call.writable else { return Ok(()) };
    let (Some(before), Some(after)) = (old.as_object(), new.as_object()) else { return Ok(()) };
    let names = after.iter().chain(before.iter()).map(|(name, _)| name);
    // `schemas` follows the extensions.
    let kept = |name: &str| ["schemas", "meta"].iter().any(|own| name::same(own, name));
    let changed = |name: &&str| before.assigned(name) != after.assigned(name);
    let allowed = |name: &&str| writable.iter().any(|own| name::same(own, name)) || kept(name);
    match names.filter(changed).find(|name| !allowed(name)) {
        Some(name) => {
            Err(Error::new(Code::NotWritableHere).with("attribute", name).path(name).into())
        }
        None => Ok(()),
    }
}
