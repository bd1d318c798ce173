//! A POST that was sent before: it changes what it made then.
//!
//! Clients repeat a create when the answer was lost. Where the server is set to, a POST with the
//! `externalId` of a resource that is there is a PUT of that one, answered with status 200.

use std::sync::Arc;

use super::exchange::{Call, Fault, Flow, Stage};
use super::plan::{PlannedType, QueryPlan, equality};
use super::store::{StoreOp, StoreResult};
use super::write::{self, Accepted};
use crate::error::{Code, Error};
use crate::filter::{Filter, attribute};
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
    /// It replaces that one, as a PUT would. Whoever asks needs the permission to do so.
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
}

/// Asks for what has the `externalId` of a body, if it has one.
pub(super) fn begin(call: &mut Call, accepted: Accepted) -> Result<Flow, Fault> {
    let external_id = match call.config.on_create {
        OnCreate::UpsertByExternalId => accepted.resource.get("externalId").and_then(Value::as_str),
        OnCreate::Insert => None,
    };
    let Some(external_id) = external_id.filter(|id| !id.is_empty()).map(Box::<str>::from) else {
        return write::insert(call, accepted);
    };
    let plan = plan(call, &accepted.compiled, &external_id)?;
    let waiting = Upserting { accepted, external_id };
    Ok(Flow::Ask(StoreOp::Query(plan), Stage::Upserting(Box::new(waiting))))
}

/// Two are enough to tell that there are several.
fn plan(call: &Call, compiled: &Arc<Compiled>, external_id: &str) -> Result<QueryPlan, Error> {
    let expression = attribute("externalId")?.eq(external_id);
    let filter = Filter::new(&expression, call.profile, &call.config.limits)?;
    let bound = filter.bind(compiled)?;
    let equal = equality(compiled, &bound);
    let compiled = compiled.clone();
    Ok(QueryPlan {
        tenant: call.tenant.as_str().into(),
        types: vec![PlannedType { compiled, filter: Some(bound), sort: None }],
        filter: Some(filter),
        equal,
        sort_by: None,
        descending: false,
        after: None,
        offset: 0,
        limit: 2,
        need_total: false,
    })
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
            (None, _) => write::insert(call, self.accepted),
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
