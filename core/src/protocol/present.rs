//! Who is still there of the members of a group that comes back.
//!
//! Whoever is deleted leaves the groups that are there, and no others: what a removed group holds
//! is looked through when it returns, one member after the other. Members of a type that this
//! server does not have stay, since nothing here tells of them.

use super::call::Call;
use super::members::{list_of, take};
use super::store::{Document, Key, StoreOp, StoreResult};
use super::write;
use crate::name;
use crate::schema::Compiled;
use crate::value::Value;

/// Members that are looked for.
pub(super) struct Present {
    /// The group without them.
    group: Document,
    /// Those that are still to be looked for, the last first.
    members: Vec<Value<'static>>,
    /// Those that are there.
    there: Vec<Value<'static>>,
    /// The type that the first is looked for among.
    kind: usize,
}

impl Present {
    /// Members to be looked for; the resource, if it has none.
    pub(super) fn of(compiled: &Compiled, mut group: Document) -> Result<Self, Document> {
        if list_of(compiled).is_none() {
            return Err(group);
        }
        let mut members = take(&mut group);
        members.reverse();
        Ok(Self { group, members, there: Vec::new(), kind: 0 })
    }

    /// What is asked of the store next; nothing after the last.
    pub(super) fn next(&mut self, call: &Call) -> Option<StoreOp> {
        while let Some(member) = self.members.last() {
            match look(call, member, self.kind) {
                Look::For(key, kind) => {
                    self.kind = kind;
                    return Some(StoreOp::Get { key });
                }
                Look::Nowhere => self.done(false),
                Look::Elsewhere => self.done(true),
            }
        }
        None
    }

    pub(super) fn found(&mut self, result: &StoreResult) {
        match result {
            // It may be of another type.
            StoreResult::Row(None) | StoreResult::NotFound => self.kind += 1,
            _ => self.done(true),
        }
    }

    fn done(&mut self, is_there: bool) {
        let member = self.members.pop();
        if is_there {
            self.there.extend(member);
        }
        self.kind = 0;
    }

    /// The group with those who are there.
    pub(super) fn group(mut self) -> Document {
        if let Some(object) = self.group.resource_mut().as_object_mut()
            && !self.there.is_empty()
        {
            object.insert("members", Value::Array(self.there));
        }
        self.group
    }
}

/// Where a member may be found.
enum Look {
    /// Under this key, which is of the type at this place.
    For(Key, usize),
    Nowhere,
    /// Nobody here knows.
    Elsewhere,
}

/// Looks at the types from a place on.
fn look(call: &Call, member: &Value<'_>, from: usize) -> Look {
    let text = |name: &str| member.get(name).and_then(Value::as_str);
    let place = |wanted: &str| {
        let mut types = call.config.resource_types.iter();
        types.position(|compiled| name::same(&compiled.resource_type().name, wanted))
    };
    // Of whom no type is said, may be a user.
    let (Some(id), Some(known)) = (text("value"), place(text("type").unwrap_or("User"))) else {
        return Look::Elsewhere;
    };
    let kind = if text("type").is_none() {
        from
    } else if from <= known {
        known
    } else {
        return Look::Nowhere;
    };
    match call.compiled(kind) {
        Some(compiled) => Look::For(write::key(call, &compiled, id), kind),
        None => Look::Nowhere,
    }
}
