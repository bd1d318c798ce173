//! A POST that was sent before: it changes what it made then.
//!
//! Clients repeat a create when the answer was lost. Where the server is set to, a POST with the
//! `externalId` of a resource that is there is a PUT of that one, answered with status 200.

use std::sync::Arc;

use super::call::Call;
use super::exchange::{Fault, Flow, Stage};
use super::plan::QueryPlan;
use super::store::{StoreOp, StoreResult};
use super::write::{self, Accepted};
use crate::error::{Code, Error};
use crate::filter::attribute;
use crate::name;
use crate::schema::Compiled;
use crate::value::Value;

/// What a POST does when a resource with its `externalId` is there.
///
/// ```
/// use scimforge::protocol::{Config, OnCreate};
/// use scimforge::value::read;
///
/// assert_eq!(Config::default().on_create, OnCreate::Insert);
/// let config = Config::from_value(&read(r#"{"create": "upsert-by-externalId"}"#)?)?;
/// assert_eq!(config.on_create, OnCreate::UpsertByExternalId);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnCreate {
    /// It makes another resource.
    #[default]
    Insert,
    /// It replaces that one, as a PUT would. Whoever asks needs the permission to do so. No two
    /// resources of a type can get the same `externalId`, so that a POST which is sent twice at
    /// once makes one.
    UpsertByExternalId,
}

impl OnCreate {
    /// The option: `insert` or `upsert-by-externalId`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        match text {
            "insert" => Some(Self::Insert),
            "upsert-by-externalId" => Some(Self::UpsertByExternalId),
            _ => None,
        }
    }
}

/// A POST that waits for what has its `externalId`.
pub(super) struct Upserting {
    accepted: Accepted,
    external_id: Box<str>,
    /// What was taken when it tried to make a resource.
    conflict: Option<Box<str>>,
}

/// The `externalId` of a resource, where a POST goes by it.
pub(super) fn external_id(call: &Call, resource: &Value<'_>) -> Option<Box<str>> {
    let external_id = match call.config.on_create {
        OnCreate::UpsertByExternalId => resource.get("externalId").and_then(Value::as_str),
        OnCreate::Insert => None,
    };
    external_id.filter(|id| !id.is_empty()).map(Box::from)
}

/// Asks for what has the `externalId` of a body, if it has one.
pub(super) fn begin(call: &mut Call, accepted: Accepted) -> Result<Flow, Fault> {
    match external_id(call, &accepted.resource) {
        Some(external_id) => ask(call, accepted, external_id, None),
        None => write::insert(call, accepted, None),
    }
}

/// Asks once more: what has taken the value may be the same POST, sent at the same time.
pub(super) fn after_conflict(
    call: &Call,
    accepted: Accepted,
    attribute: Box<str>,
) -> Result<Flow, Fault> {
    match external_id(call, &accepted.resource) {
        Some(external_id) => ask(call, accepted, external_id, Some(attribute)),
        None => Err(write::taken(&attribute)),
    }
}

fn ask(
    call: &Call,
    accepted: Accepted,
    external_id: Box<str>,
    conflict: Option<Box<str>>,
) -> Result<Flow, Fault> {
    let plan = plan(call, &accepted.compiled, &external_id)?;
    let waiting = Upserting { accepted, external_id, conflict };
    Ok(Flow::Ask(StoreOp::Query(plan), Stage::Upserting(Box::new(waiting))))
}

/// Two are enough to tell that there are several.
fn plan(call: &Call, compiled: &Arc<Compiled>, external_id: &str) -> Result<QueryPlan, Error> {
    let expression = attribute("externalId")?.eq(external_id);
    QueryPlan::of_type(call, compiled, &expression, 2)
}

impl Upserting {
    pub(super) fn found(self, call: &mut Call, result: StoreResult) -> Result<Flow, Fault> {
        let StoreResult::Rows { documents, .. } = result else {
            return Err(Code::StoreFailure.into());
        };
        let Accepted { compiled, .. } = &self.accepted;
        // A store may leave some of the filter to the engine.
        let mut same = documents.iter().filter(|document| {
            name::same(document.resource_type(), &compiled.resource_type().name)
                && document.resource.get("externalId").and_then(Value::as_str)
                    == Some(&*self.external_id)
        });
        match (same.next(), same.next()) {
            (None, _) => {
                if let Some(attribute) = self.conflict {
                    return Err(write::taken(&attribute));
                }
                let again = Some(Box::new(self.accepted.clone()));
                write::insert(call, self.accepted, again)
            }
            (Some(one), None) => {
                call.admit_replacement(compiled)?;
                let id: Box<str> = one.id().into();
                call.id = Some(id.to_string());
                Ok(write::replace_by(call, self.accepted, &id))
            }
            // Which of them is meant is anybody's guess.
            (Some(_), Some(_)) => Err(write::taken("externalId")),
        }
    }
}
