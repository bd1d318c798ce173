//! Groups whose store takes who is deleted and kept out of them by itself: the row of who is deleted
//! counts no more, and the groups count a change. Who is told of changes hears of these as well.
//!
//! What a group was is read before, and what it is afterwards.

use std::collections::VecDeque;

use super::call::Call;
use super::event;
use super::exchange::{Flow, Stage};
use super::groups::{self, Leaving};
use super::members::{self, FEW};
use super::restore::Parting;
use super::store::{Document, StoreOp, StoreResult};
use crate::text;
use crate::value::Value;

/// A group as it was with a member.
pub(super) struct Seen {
    group: Document,
    whole: bool,
}

/// Reads the groups of a resource that is to be removed.
pub(super) struct Noticing {
    parting: Parting,
    /// All of them.
    groups: Vec<Box<str>>,
    /// Those that are still to be read.
    left: VecDeque<Box<str>>,
    seen: Vec<Seen>,
    /// Whether the store has no parts of groups.
    whole: bool,
    /// Whether the first that is left is nobody else's to change by now.
    locked: bool,
}

impl Noticing {
    pub(super) fn begin(call: &Call, parting: Parting, groups: Vec<Box<str>>) -> Flow {
        let left = groups.iter().cloned().collect();
        let whole = groups::group_type(call).is_none_or(|own| members::list_of(&own).is_none());
        Self { parting, groups, left, seen: Vec::new(), whole, locked: false }.next(call)
    }

    pub(super) fn found(mut self, call: &Call, result: StoreResult) -> Flow {
        if call.config.locks && !self.locked {
            self.locked = true;
            return self.next(call);
        }
        let is_part = matches!(result, StoreResult::Part(_));
        match result {
            StoreResult::Unsupported if !self.whole => self.whole = true,
            StoreResult::Part(part) if !members::has_version(&part) => self.whole = true,
            StoreResult::Row(Some(group)) | StoreResult::Part(group) => {
                self.seen.push(Seen { group, whole: !is_part });
                self.left.pop_front();
                self.locked = false;
            }
            _ => {
                self.left.pop_front();
                self.locked = false;
            }
        }
        self.next(call)
    }

    fn next(self, call: &Call) -> Flow {
        let group_type = groups::group_type(call);
        let (Some(id), Some(group_type)) = (self.left.front(), group_type) else {
            return self.parting.keep(call, self.groups, self.seen);
        };
        let key = super::write::key(call, &group_type, id);
        let operation = if call.config.locks && !self.locked {
            StoreOp::Lock { key }
        } else if self.whole {
            StoreOp::Get { key }
        } else {
            let members = vec![text::key(&self.parting.key.id, false).into()];
            StoreOp::Part { key, members, few: FEW }
        };
        Flow::Ask(operation, Stage::Noticing(Box::new(self)))
    }
}

impl Leaving {
    /// What is told of a group that somebody is gone from by now, who was there; `None` of others.
    pub(super) fn told(&mut self, call: &mut Call, group: &StoreResult) -> Option<StoreOp> {
        let (StoreResult::Row(Some(now)) | StoreResult::Part(now)) = group else { return None };
        let at = self.seen.iter().position(|seen| seen.group.id() == now.id())?;
        let Seen { group: old, whole } = self.seen.swap_remove(at);
        let own =
            |member: &Value<'_>| member.get("value").and_then(Value::as_str) == Some(self.member());
        let list = |group: &Document| {
            let members = group.resource.get("members").and_then(Value::as_array);
            members.unwrap_or_default().to_vec()
        };
        if list(now).iter().any(own) {
            return None;
        }
        // Of a large group, others may be read before than afterwards; who has gone is known.
        let mut stayed = list(&old);
        stayed.retain(|member| !own(member));
        let mut new = now.clone();
        members::take(&mut new);
        if let (Some(object), false) = (new.resource_mut().as_object_mut(), stayed.is_empty()) {
            object.insert("members", Value::Array(stayed));
        }
        let group_type = groups::group_type(call)?;
        let (old, new) = (&old, &new);
        let change = event::Changed { old, new, whole, with_password: false, kind: "patch" };
        let event = event::changed(call, &group_type, &change)?;
        Some(StoreOp::Tell { event: Some(event) })
    }
}
