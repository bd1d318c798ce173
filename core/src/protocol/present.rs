//! Who is still there of the members of a group that comes back.
//!
//! Whoever is deleted leaves the groups that are there, and no others: what a removed group holds
//! is looked through when it returns, thousands of members at once; one after the other where a store
//! has no other way. Members of a type that this server does not have stay, since nothing here tells
//! of them.

use std::collections::HashSet;

use super::call::Call;
use super::members::{list_of, take};
use super::store::{Document, Key, StoreOp, StoreResult};
use super::write;
use crate::name;
use crate::schema::Compiled;
use crate::value::Value;

/// How many members are looked for at once.
const AT_ONCE: usize = 10_000;

/// Members that are looked for.
pub(super) struct Present {
    /// The group without them.
    group: Document,
    members: Vec<Member>,
    /// The type that they are looked for among next.
    kind: usize,
    /// Those, by place, that are still to be looked for among the type before.
    left: Vec<usize>,
    /// Those that the store was asked for.
    asked: Vec<usize>,
    /// Whether it is asked for each by itself.
    one_by_one: bool,
}

struct Member {
    value: Value<'static>,
    among: Among,
    is_there: bool,
}

/// The types that a member may be of.
enum Among {
    /// The one at this place.
    One(usize),
    All,
}

impl Present {
    /// Members to be looked for; the resource, if it has none.
    pub(super) fn of(
        call: &Call,
        compiled: &Compiled,
        mut group: Document,
    ) -> Result<Self, Document> {
        if list_of(compiled).is_none() {
            return Err(group);
        }
        let member = |value: Value<'static>| match among(call, &value) {
            Some(among) => Member { value, among, is_there: false },
            // Nobody here knows.
            None => Member { value, among: Among::All, is_there: true },
        };
        let members = take(&mut group).into_iter().map(member).collect();
        let (left, asked) = (Vec::new(), Vec::new());
        Ok(Self { group, members, kind: 0, left, asked, one_by_one: false })
    }

    /// What is asked of the store next; nothing after the last.
    pub(super) fn next(&mut self, call: &Call) -> Option<StoreOp> {
        while self.left.is_empty() {
            // None is looked for among a type that is not there.
            if self.kind >= call.config.resource_types.len() {
                return None;
            }
            let kind = self.kind;
            self.kind += 1;
            let may_be = |member: &Member| match member.among {
                Among::One(own) => own == kind,
                Among::All => true,
            };
            let wanted = self.members.iter().enumerate();
            let wanted = wanted.filter(|(_, member)| !member.is_there && may_be(member));
            self.left = wanted.map(|(place, _)| place).collect();
        }
        let compiled = call.config.resource_types.get(self.kind.saturating_sub(1))?;
        let most = if self.one_by_one { 1 } else { AT_ONCE };
        self.asked = self.left.split_off(self.left.len().saturating_sub(most));
        let mut ids: Vec<Box<str>> = self
            .asked
            .iter()
            .filter_map(|place| Some(self.members.get(*place)?.id()?.into()))
            .collect();
        if self.one_by_one {
            let id = ids.pop()?;
            return Some(StoreOp::Get { key: write::key(call, compiled, &id) });
        }
        let Key { tenant, resource_type, .. } = write::key(call, compiled, "");
        Some(StoreOp::Present { tenant, resource_type, ids })
    }

    pub(super) fn found(&mut self, result: StoreResult) {
        let asked = std::mem::take(&mut self.asked);
        let there: HashSet<Box<str>> = match result {
            StoreResult::Unsupported if !self.one_by_one => {
                self.one_by_one = true;
                self.left.extend(asked);
                return;
            }
            StoreResult::Present(ids) => ids.into_iter().collect(),
            // It may be of another type.
            StoreResult::Row(None) | StoreResult::NotFound => return,
            _ => {
                let of = |place: &usize| Some(self.members.get(*place)?.id()?.into());
                asked.iter().filter_map(of).collect()
            }
        };
        for place in asked {
            if let Some(member) = self.members.get_mut(place) {
                member.is_there = member.id().is_some_and(|id| there.contains(id));
            }
        }
    }

    /// The group with those who are there.
    pub(super) fn group(mut self) -> Document {
        let there = self.members.into_iter().filter(|member| member.is_there);
        let there: Vec<Value<'static>> = there.map(|member| member.value).collect();
        if let Some(object) = self.group.resource_mut().as_object_mut()
            && !there.is_empty()
        {
            object.insert("members", Value::Array(there));
        }
        self.group
    }
}

impl Member {
    fn id(&self) -> Option<&str> {
        self.value.get("value").and_then(Value::as_str)
    }
}

/// The types among which a member is looked for; `None` where this server knows none of them.
fn among(call: &Call, member: &Value<'_>) -> Option<Among> {
    let text = |name: &str| member.get(name).and_then(Value::as_str);
    text("value")?;
    // Of whom no type is said, may be a user.
    let wanted = text("type").unwrap_or("User");
    let mut types = call.config.resource_types.iter();
    let known = types.position(|compiled| name::same(&compiled.resource_type().name, wanted))?;
    Some(if text("type").is_none() { Among::All } else { Among::One(known) })
}
