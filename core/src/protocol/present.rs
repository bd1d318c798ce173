//! Who is still there of the members of a group that comes back.
//!
//! Whoever is deleted leaves the groups that are there, and no others: what a removed group holds
//! is looked through when it returns. Members of a type that this server does not have stay, since
//! nothing here tells of them.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::call::Call;
use super::exchange::Fault;
use super::in_groups::{ROOMY, one_of};
use super::members::list_of;
use super::plan::{PlannedType, QueryPlan, equality};
use super::store::{Document, StoreOp, StoreResult};
use crate::error::{Code, Error};
use crate::filter::Filter;
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
    questions: Vec<(Arc<Compiled>, BTreeSet<Box<str>>)>,
    asked: Option<QueryPlan>,
    found: HashSet<(Box<str>, Box<str>)>,
}

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
        Ok(Self {
            questions: questions(&members),
            group,
            members,
            asked: None,
            found: HashSet::new(),
        })
    }

    /// What is asked of the store next; nothing after the last.
    pub(super) fn next(&mut self, call: &Call) -> Result<Option<StoreOp>, Error> {
        let Some((compiled, ids)) = self.questions.pop() else { return Ok(None) };
        let filter = Filter::new(&one_of(&ids)?, call.profile, &ROOMY)?;
        let bound = filter.bind(&compiled)?;
        let plan = QueryPlan {
            tenant: call.tenant.as_str().into(),
            equal: equality(&compiled, &bound),
            types: vec![PlannedType { compiled, filter: Some(bound), sort: None }],
            filter: Some(filter),
            sort_by: None,
            descending: false,
            after: None,
            offset: 0,
            limit: ids.len(),
            need_total: false,
            without_members: true,
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
        let Some(planned) = plan.types.first() else { return Ok(()) };
        let there = documents.iter().filter(|document| !residual || plan.matches(document));
        self.found.extend(there.map(|document| (planned.name().into(), document.id().into())));
        Ok(())
    }

    /// The group with those who are there.
    pub(super) fn group(self) -> Document {
        let Self { mut group, members, found, .. } = self;
        let is_there = |member: &Member| {
            let has = |compiled: &Arc<Compiled>, id: &str| {
                found.contains(&(compiled.resource_type().name.clone(), id.into()))
            };
            let id = member.id.as_deref();
            member.types.is_empty()
                || id.is_none_or(|id| member.types.iter().any(|compiled| has(compiled, id)))
        };
        let there: Vec<Value<'static>> =
            members.into_iter().filter(is_there).map(|member| member.value).collect();
        if let Some(object) = group.resource.as_object_mut().filter(|_| !there.is_empty()) {
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
fn questions(members: &[Member]) -> Vec<(Arc<Compiled>, BTreeSet<Box<str>>)> {
    let mut by_type: Vec<(&Arc<Compiled>, BTreeSet<&str>)> = Vec::new();
    for member in members {
        let Some(id) = member.id.as_deref() else { continue };
        for compiled in member.types.iter() {
            match by_type.iter_mut().find(|(other, _)| Arc::ptr_eq(other, compiled)) {
                Some((_, ids)) => {
                    ids.insert(id);
                }
                None => by_type.push((compiled, BTreeSet::from([id]))),
            }
        }
    }
    let mut questions = Vec::new();
    for (compiled, ids) in by_type {
        let ids: Vec<&str> = ids.into_iter().collect();
        let parts = ids.chunks(AT_ONCE).map(|part| part.iter().copied().map(Box::from).collect());
        questions.extend(parts.map(|part| (compiled.clone(), part)));
    }
    questions
}
