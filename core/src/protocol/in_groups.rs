//! Filters on `User.groups`, which no store holds.
//!
//! What a filter says of the groups of somebody is asked of the groups first: their members are
//! those it holds of. In its place the filter names them by `id`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::Call;
use super::exchange::{Fault, Flow, Stage};
use super::groups::{follows_from_members, group_type};
use super::list::Listing;
use super::plan::{QueryPlan, equality};
use super::store::{Document, StoreOp, StoreResult};
use crate::error::{Code, Error};
use crate::filter::{Expression, Filter, Operator, attribute};
use crate::limits::Limits;
use crate::path::{Resolved, resolve};
use crate::profile::Profile;
use crate::schema::{AttrId, Compiled};
use crate::value::Value;

/// How many groups are looked through, and how many members are named: a filter that needs more
/// is better asked of the groups.
const MOST_GROUPS: usize = 1_000;
const MOST_MEMBERS: usize = 1_000;
/// Groups that are read at once: few at first, so that large ones do not pile up.
const FIRST_PAGE: usize = 4;
const LARGEST_PAGE: usize = 64;

/// Room for a filter that names so many.
pub(super) const ROOMY: Limits =
    Limits { filter_bytes: 16 << 20, filter_terms: 1 << 20, ..Limits::DEFAULT };

/// A list that waits for the members of groups.
pub(super) struct Resolving {
    listing: Listing,
    group_type: Arc<Compiled>,
    /// What the filter says of groups, in the terms of a group, in the order it is said.
    questions: Vec<Expression>,
    answers: Vec<BTreeSet<Box<str>>>,
    /// The members of the groups that the question at hand has found so far.
    members: BTreeSet<Box<str>>,
    /// What the store was asked; `None`: whether it can find the groups of somebody at all.
    asked: Option<Box<QueryPlan>>,
}

/// Asks for the groups first where a list is filtered by them; otherwise the list is given back.
pub(super) fn begin(call: &Call, listing: Listing) -> Result<Result<Flow, Listing>, Fault> {
    let plan = &listing.plan;
    let (Some(filter), Some(group_type)) = (&plan.filter, group_type(call)) else {
        return Ok(Err(listing));
    };
    let mut questions = Vec::new();
    for planned in plan.types.iter().filter(|planned| follows_from_members(&planned.compiled)) {
        let about = About { compiled: &planned.compiled, profile: call.profile };
        about.ask(&filter.expression, &mut questions)?;
    }
    if questions.is_empty() {
        return Ok(Err(listing));
    }
    if plan.types.len() > 1 {
        return Err(not_filterable("groups").into());
    }
    let operation = StoreOp::Memberships {
        tenant: plan.tenant.clone(),
        group_type: group_type.resource_type().name.clone(),
        members: Vec::new(),
    };
    let resolving = Resolving {
        listing,
        group_type,
        questions,
        answers: Vec::new(),
        members: BTreeSet::new(),
        asked: None,
    };
    Ok(Ok(Flow::Ask(operation, Stage::Resolving(Box::new(resolving)))))
}

impl Resolving {
    pub(super) fn found(mut self, call: &Call, result: StoreResult) -> Result<Flow, Fault> {
        match (self.asked.take(), result) {
            // Then the groups are stored with the user, and the filter looks there.
            (None, StoreResult::Unsupported) => return Ok(self.listing.ask()),
            (None, StoreResult::Memberships(_)) => {}
            (Some(plan), StoreResult::Rows { mut documents, residual, .. }) => {
                if residual {
                    documents.retain(|document| plan.matches(document));
                }
                let seen = plan.offset.saturating_add(documents.len());
                self.members.extend(documents.iter().flat_map(members).map(Box::from));
                if seen > MOST_GROUPS || self.members.len() > MOST_MEMBERS {
                    return Err(Code::TooMany.into());
                }
                if !residual && documents.len() >= plan.limit {
                    let mut next = *plan;
                    (next.offset, next.limit) = (seen, (next.limit * 2).min(LARGEST_PAGE));
                    return Ok(self.ask(next));
                }
                self.answers.push(std::mem::take(&mut self.members));
            }
            _ => return Err(Code::StoreFailure.into()),
        }
        let Some(question) = self.questions.get(self.answers.len()) else {
            return self.resolved(call);
        };
        let plan = self.plan(call, question)?;
        Ok(self.ask(plan))
    }

    fn ask(mut self, plan: QueryPlan) -> Flow {
        self.asked = Some(Box::new(plan.clone()));
        Flow::Ask(StoreOp::Query(plan), Stage::Resolving(Box::new(self)))
    }

    fn plan(&self, call: &Call, question: &Expression) -> Result<QueryPlan, Error> {
        QueryPlan::of_type(call, &self.group_type, question, FIRST_PAGE)
    }

    /// The list, with the members named in the places of what was said of groups.
    fn resolved(self, call: &Call) -> Result<Flow, Fault> {
        let Self { mut listing, answers, .. } = self;
        let plan = &mut listing.plan;
        let (Some(asked), Some(planned)) = (plan.filter.take(), plan.types.first_mut()) else {
            return Err(Code::StoreFailure.into());
        };
        let about = About { compiled: &planned.compiled, profile: call.profile };
        let expression = about.named(&asked.expression, &mut answers.into_iter())?;
        let filter = Filter::new(&expression, call.profile, &ROOMY)?;
        let bound = filter.bind(&planned.compiled)?;
        plan.equal = equality(&planned.compiled, &bound);
        planned.filter = Some(bound);
        plan.filter = Some(filter);
        listing.asked = Some(asked);
        Ok(listing.ask())
    }
}

/// Who is a member of a group.
fn members(group: &Document) -> impl Iterator<Item = &str> {
    let members = group.resource.get("members").and_then(Value::as_array).unwrap_or_default();
    members.iter().filter_map(|member| member.get("value")?.as_str())
}

fn not_filterable(name: &str) -> Error {
    Error::new(Code::NotFilterable).with("attribute", name.to_owned())
}

/// A resource type whose groups follow from their members.
struct About<'c> {
    compiled: &'c Compiled,
    profile: Profile,
}

impl About<'_> {
    /// Gathers what an expression says of groups. The depth of filters is bounded.
    fn ask(&self, expression: &Expression, questions: &mut Vec<Expression>) -> Result<(), Error> {
        match expression {
            Expression::And(parts) | Expression::Or(parts) => {
                parts.iter().try_for_each(|part| self.ask(part, questions))
            }
            Expression::Not(part) => self.ask(part, questions),
            leaf => {
                questions.extend(self.question(leaf)?);
                Ok(())
            }
        }
    }

    /// What a leaf says of groups, in the terms of a group; `None` if it is about something else.
    fn question(&self, leaf: &Expression) -> Result<Option<Expression>, Error> {
        let Some(name) = leaf.path().and_then(|path| self.below_groups(path.as_str())) else {
            return Ok(None);
        };
        Ok(Some(match leaf {
            Expression::ValuePath { filter, .. } => of_group(filter)?,
            // No group is the one: the rest of them does not matter.
            Expression::Compare { operator: Operator::Ne, literal, .. } => {
                of_group(&attribute(&name)?.eq(literal.clone()))?
            }
            Expression::Compare { operator, literal, .. } => {
                of_group(&attribute(&name)?.compare(*operator, literal.clone()))?
            }
            _ => of_group(&attribute(&name)?.pr())?,
        }))
    }

    /// The name below `groups` that a path has; `value` for `groups` itself.
    fn below_groups(&self, path: &str) -> Option<String> {
        let (Resolved::Attribute(id) | Resolved::Bent(id, _)) =
            resolve(self.compiled, path, self.profile)
        else {
            return None;
        };
        let groups = self.compiled.child(AttrId::ROOT, "groups")?.id;
        match self.compiled.chain(id).as_slice() {
            [first] if *first == groups => Some("value".to_owned()),
            [first, second] if *first == groups => {
                Some(self.compiled.attribute(*second).attribute.name.to_string())
            }
            _ => None,
        }
    }

    /// The expression, with members named where it speaks of groups.
    fn named(
        &self,
        expression: &Expression,
        answers: &mut dyn Iterator<Item = BTreeSet<Box<str>>>,
    ) -> Result<Expression, Error> {
        let mut all = |parts: &[Expression]| -> Result<Vec<_>, Error> {
            parts.iter().map(|part| self.named(part, answers)).collect()
        };
        Ok(match expression {
            Expression::And(parts) => Expression::And(all(parts)?),
            Expression::Or(parts) => Expression::Or(all(parts)?),
            Expression::Not(part) => Expression::Not(Box::new(self.named(part, answers)?)),
            leaf if self.question(leaf)?.is_none() => leaf.clone(),
            leaf => {
                let members = one_of(&answers.next().unwrap_or_default())?;
                let is_ne = matches!(leaf, Expression::Compare { operator: Operator::Ne, .. });
                if is_ne { !members } else { members }
            }
        })
    }
}

/// What somebody is asked of their groups, asked of a group.
fn of_group(expression: &Expression) -> Result<Expression, Error> {
    let all = |parts: &[Expression]| parts.iter().map(of_group).collect::<Result<_, Error>>();
    let renamed = |path: &str| match path.to_ascii_lowercase().as_str() {
        "value" => attribute("id"),
        "display" => attribute("displayName"),
        _ => Err(not_filterable(&format!("groups.{path}"))),
    };
    Ok(match expression {
        Expression::And(parts) => Expression::And(all(parts)?),
        Expression::Or(parts) => Expression::Or(all(parts)?),
        Expression::Not(part) => Expression::Not(Box::new(of_group(part)?)),
        Expression::Present { path } => renamed(path.as_str())?.pr(),
        Expression::Compare { path, operator, literal, .. } => {
            renamed(path.as_str())?.compare(*operator, literal.clone())
        }
        Expression::ValuePath { path, .. } => return Err(not_filterable(path.as_str())),
    })
}

/// That a resource is one of these.
fn one_of(ids: &BTreeSet<Box<str>>) -> Result<Expression, Error> {
    let id = attribute("id")?;
    let mut parts: Vec<Expression> = ids.iter().map(|one| id.clone().eq(&**one)).collect();
    Ok(match (parts.pop(), parts.is_empty()) {
        (None, _) => !id.pr(),
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            Expression::Or(parts)
        }
    })
}
