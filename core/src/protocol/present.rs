//! Who is still there of the members of a group that comes back.
//!
//! Whoever is deleted leaves the groups that are there, and no others: what a removed group holds
//! is looked through when it returns. Members of a type that this server does not have stay, since
//! nothing here tells of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::Call;
use super::exchange::Fault;
use super::in_groups::one_of;
use super::members::list_of;
use super::plan::QueryPlan;
use super::store::{Document, StoreOp, StoreResult};
use crate::error::{Code, Error};
use crate::name;
use crate::schema::Compiled;
use crate::value::Value;

/// So many are looked for at once.
const AT_ONCE: usize = 500;

/// Members that are looked for.
pub(super) struct Present {
    /// The group without them.
    group: Document,
    members: Vec<Member>,
    /// What is asked next, the last first.
    questions: Vec<OfType>,
    asked: Option<QueryPlan>,
    found: Vec<OfType>,
}

type OfType = (Arc<Compiled>, BTreeSet<Box<str>>);

struct Member {
    value: Value<'static>,
    id: Option<Box<str>>,
    /// The types that it may be of; none: of one that is not here.
    types: Arc<[Arc<Compiled>]>,
}

impl Present {
    /// Members to be looked for, if the resource has any.
    pub(super) fn of(
        call: &Call,
        compiled: &Compiled,
        mut group: Document,
    ) -> Result<Self, Document> {
        let Some(list) = list_of(compiled) else { return Err(group) };
        let members = super::members::take(&mut group);
        if members.is_empty() {
            return Err(group);
        }
        let reference = compiled.child(list.id, "$ref");
        let untyped = types(call, reference.map_or(&[], |target| &target.reference_types));
        let members = members.into_iter().map(|value| {
            let text = |name: &str| value.get(name).and_then(Value::as_str);
            let id = text("value").map(Box::from);
            let types = match text("type") {
                Some(named) => types(call, &[named.into()]),
                None => untyped.clone(),
            };
            Member { value, id, types }
        });
        let members: Vec<Member> = members.collect();
        Ok(Self { questions: questions(&members), group, members, asked: None, found: Vec::new() })
    }

    /// What is asked of the store next; nothing after the last.
    pub(super) fn next(&mut self, call: &Call) -> Result<Option<StoreOp>, Error> {
        let Some((compiled, ids)) = self.questions.pop() else { return Ok(None) };
        let plan = QueryPlan {
            without_members: true,
            ..QueryPlan::of_type(call, &compiled, &one_of(&ids)?, ids.len())?
        };
        self.asked = Some(plan.clone());
        Ok(Some(StoreOp::Query(plan)))
    }

    pub(super) fn found(&mut self, result: StoreResult) -> Result<(), Fault> {
        let (StoreResult::Rows { documents, residual, .. }, Some(plan)) =
            (result, self.asked.take())
        else {
            return Err(Code::StoreFailure.into());
        };
        let there = documents.iter().filter(|document| !residual || plan.matches(document));
        let ids = there.map(|document| document.id().into()).collect();
        self.found.extend(plan.types.first().map(|planned| (planned.compiled.clone(), ids)));
        Ok(())
    }

    /// The group with those who are there.
    pub(super) fn group(self) -> Document {
        let Self { mut group, members, found, .. } = self;
        let has = |compiled: &Arc<Compiled>, id: &str| {
            found.iter().any(|(own, ids)| Arc::ptr_eq(own, compiled) && ids.contains(id))
        };
        let is_there = |member: &Member| match &member.id {
            Some(id) if !member.types.is_empty() => {
                member.types.iter().any(|compiled| has(compiled, id))
            }
            _ => true,
        };
        let there: Vec<Value<'static>> =
            members.into_iter().filter(is_there).map(|member| member.value).collect();
        if let Some(object) = group.resource_mut().as_object_mut().filter(|_| !there.is_empty()) {
            object.insert("members", Value::Array(there));
        }
        group
    }
}

/// The resource types with these names; none if one of them is not here. Without names, all.
fn types(call: &Call, names: &[Box<str>]) -> Arc<[Arc<Compiled>]> {
    let all = &call.config.resource_types;
    if names.is_empty() {
        return all.iter().cloned().collect();
    }
    let with = |wanted: &str| {
        all.iter().find(|compiled| name::same(&compiled.resource_type().name, wanted)).cloned()
    };
    names.iter().map(|wanted| with(wanted)).collect::<Option<_>>().unwrap_or_default()
}

/// Of each type those who may be of it, not too many at once.
fn questions(members: &[Member]) -> Vec<OfType> {
    let mut questions: Vec<OfType> = Vec::new();
    for member in members {
        let Some(id) = &member.id else { continue };
        for compiled in member.types.iter() {
            let has_room =
                |(other, ids): &&mut OfType| Arc::ptr_eq(other, compiled) && ids.len() < AT_ONCE;
            match questions.iter_mut().rev().find(has_room) {
                Some((_, ids)) => {
                    ids.insert(id.clone());
                }
                None => questions.push((compiled.clone(), BTreeSet::from([id.clone()]))),
            }
        }
    }
    questions
}
