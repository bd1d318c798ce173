//! Who is still there of the members of a group that comes back.
//!
//! Whoever is deleted leaves the groups that are there, and no others: what a removed group holds
//! is looked through when it returns. Members of a type that this server does not have stay, since
//! nothing here tells of them.

use std::collections::BTreeSet;

use super::call::Call;
use super::exchange::Fault;
use super::in_groups::one_of;
use super::members::{list_of, take};
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
    members: Vec<Value<'static>>,
    /// The types of members that do not say theirs.
    untyped: Vec<usize>,
    /// What is asked next, the last first.
    questions: Vec<OfType>,
    asked: Option<QueryPlan>,
    found: Vec<OfType>,
}

/// Identifiers, and the place of the resource type that they are of.
type OfType = (usize, BTreeSet<Box<str>>);

impl Present {
    /// Members to be looked for; the resource, if it has none.
    pub(super) fn of(
        call: &Call,
        compiled: &Compiled,
        mut group: Document,
    ) -> Result<Self, Document> {
        let Some(list) = list_of(compiled) else { return Err(group) };
        let members = take(&mut group);
        if members.is_empty() {
            return Err(group);
        }
        let target = compiled.child(list.id, "$ref");
        let names = target.map_or(&[][..], |target| &target.reference_types);
        let mut untyped: Vec<usize> = names.iter().filter_map(|name| kind(call, name)).collect();
        if names.is_empty() {
            untyped.extend(0..call.config.resource_types.len());
        } else if untyped.len() < names.len() {
            untyped.clear();
        }
        let (questions, found, asked) = (Vec::new(), Vec::new(), None);
        let mut present = Self { group, members, untyped, questions, asked, found };
        present.questions = present.questions(call);
        Ok(present)
    }

    /// Of each type those who may be of it, not too many at once.
    fn questions(&self, call: &Call) -> Vec<OfType> {
        let mut questions: Vec<OfType> = Vec::new();
        for member in &self.members {
            let Some(id) = id(member) else { continue };
            for kind in self.kinds(call, member) {
                let has_room = |(other, ids): &&mut OfType| *other == kind && ids.len() < AT_ONCE;
                match questions.iter_mut().rev().find(has_room) {
                    Some((_, ids)) => {
                        ids.insert(id.into());
                    }
                    None => questions.push((kind, BTreeSet::from([id.into()]))),
                }
            }
        }
        questions
    }

    /// The types that a member may be of; none: of one that is not here.
    fn kinds(&self, call: &Call, member: &Value<'_>) -> Vec<usize> {
        match member.get("type").and_then(Value::as_str) {
            Some(named) => kind(call, named).into_iter().collect(),
            None => self.untyped.clone(),
        }
    }

    /// What is asked of the store next; nothing after the last.
    pub(super) fn next(&mut self, call: &Call) -> Result<Option<StoreOp>, Error> {
        let Some((kind, ids)) = self.questions.pop() else { return Ok(None) };
        let Some(compiled) = call.compiled(kind) else { return Ok(None) };
        let mut plan = QueryPlan::of_type(call, &compiled, &one_of(&ids)?, ids.len())?;
        plan.without_members = true;
        self.asked = Some(plan.clone());
        self.found.push((kind, BTreeSet::new()));
        Ok(Some(StoreOp::Query(plan)))
    }

    pub(super) fn found(&mut self, result: StoreResult) -> Result<(), Fault> {
        let (StoreResult::Rows { documents, residual, .. }, Some(plan), Some((_, found))) =
            (result, self.asked.take(), self.found.last_mut())
        else {
            return Err(Code::StoreFailure.into());
        };
        for document in &documents {
            if !residual || plan.matches(document) {
                found.insert(document.id().into());
            }
        }
        Ok(())
    }

    /// The group with those who are there.
    pub(super) fn group(mut self, call: &Call) -> Document {
        let mut members = std::mem::take(&mut self.members);
        members.retain(|member| {
            let kinds = self.kinds(call, member);
            let is_found =
                |id| self.found.iter().any(|(kind, ids)| kinds.contains(kind) && ids.contains(id));
            kinds.is_empty() || id(member).is_none_or(is_found)
        });
        if let Some(object) = self.group.resource_mut().as_object_mut()
            && !members.is_empty()
        {
            object.insert("members", Value::Array(members));
        }
        self.group
    }
}

fn id<'m>(member: &'m Value<'_>) -> Option<&'m str> {
    member.get("value").and_then(Value::as_str)
}

/// The place of a resource type.
fn kind(call: &Call, wanted: &str) -> Option<usize> {
    let mut types = call.config.resource_types.iter();
    types.position(|compiled| name::same(&compiled.resource_type().name, wanted))
}
