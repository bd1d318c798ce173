//! Values in the form that a server takes.

use crate::error::Pointer;
use crate::name;
use crate::path::{Resolved, resolve};
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Role};
use crate::value::Value;

/// What writing carries along. Everything goes where the schema goes, so its depth is that of the
/// schema.
pub(super) struct Writer<'c> {
    pub(super) compiled: &'c Compiled,
    pub(super) profile: Profile,
    pub(super) trace: Trace,
}

impl Writer<'_> {
    /// Notes a manner of writing, if the profile has it.
    pub(super) fn bend(&mut self, quirk: Quirk, at: &Pointer, path: &str) -> bool {
        self.trace.bend(self.profile, quirk, at, path)
    }

    pub(super) fn has_quirk(&self, quirk: Quirk) -> bool {
        self.profile.allows(quirk)
    }

    /// Works without a trace.
    pub(super) fn quietly<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.trace.clone();
        let made = work(self);
        self.trace = before;
        made
    }

    /// The attribute with this path.
    pub(super) fn named(&self, path: &str) -> Option<AttrId> {
        match resolve(self.compiled, path, Profile::STRICT) {
            Resolved::Attribute(id) => Some(id),
            Resolved::Bent(..) | Resolved::Unknown { .. } => None,
        }
    }

    /// Whether a resource has a value for an attribute outside lists.
    pub(super) fn has(&self, id: AttrId, resource: &Value<'_>) -> bool {
        let mut value = Some(resource);
        for step in self.compiled.chain(id) {
            value =
                value.and_then(|value| value.get(&self.compiled.attribute(step).attribute.name));
        }
        value.is_some_and(|value| !value.is_unassigned())
    }

    /// Whether the server does not take an attribute.
    pub(super) fn is_left_out(&self, id: AttrId) -> bool {
        self.has_quirk(Quirk::LeaveOut)
            && self.profile.shape().left_out.iter().any(|name| self.named(name) == Some(id))
    }

    /// Whether this is a list of references that are added and removed and never changed, such as
    /// `members`.
    pub(super) fn is_members(&self, attribute: &CompiledAttribute) -> bool {
        attribute.multi_valued
            && self
                .compiled
                .child(attribute.id, "value")
                .is_some_and(|value| value.mutability == Mutability::Immutable)
    }

    /// Whether the server takes one value of this list alone.
    pub(super) fn takes_one(&self, attribute: &CompiledAttribute) -> bool {
        self.has_quirk(Quirk::OneValue)
            && attribute.multi_valued
            && attribute.role != Role::Common
            && !self.is_members(attribute)
    }

    /// A resource without what the server does not take.
    pub(super) fn shaped(&mut self, resource: Value<'static>) -> Value<'static> {
        self.part(AttrId::ROOT, resource, &Pointer::root())
    }

    /// A value of an attribute without what the server does not take.
    pub(super) fn part(
        &mut self,
        id: AttrId,
        value: Value<'static>,
        at: &Pointer,
    ) -> Value<'static> {
        if !self.has_quirk(Quirk::LeaveOut) && !self.has_quirk(Quirk::OneValue) {
            return value;
        }
        match value {
            Value::Object(mut object) => {
                let compiled = self.compiled;
                for child in compiled.children(id) {
                    let name = &*child.attribute.name;
                    let Some(member) = object.get_mut(name) else { continue };
                    let at = at.name(name);
                    if self.is_left_out(child.id) {
                        self.bend(Quirk::LeaveOut, &at, &child.path);
                        object.remove(name);
                        continue;
                    }
                    *member = self.part(child.id, std::mem::take(member), &at);
                }
                Value::Object(object)
            }
            Value::Array(items) => {
                let attribute = self.compiled.attribute(id);
                let items =
                    if self.takes_one(attribute) { self.only(attribute, items, at) } else { items };
                let items = items.into_iter().enumerate();
                Value::Array(
                    items.map(|(index, item)| self.part(id, item, &at.index(index))).collect(),
                )
            }
            other => other,
        }
    }

    /// The value that stands for a list: the primary one, or the first.
    fn only(
        &mut self,
        attribute: &CompiledAttribute,
        items: Vec<Value<'static>>,
        at: &Pointer,
    ) -> Vec<Value<'static>> {
        let is_primary =
            |item: &Value<'_>| item.get("primary").and_then(Value::as_bool) == Some(true);
        let several = items.len() > 1;
        let chosen = items.iter().position(is_primary).unwrap_or(0);
        let mut only = items.into_iter().nth(chosen);
        let must_be = self
            .profile
            .shape()
            .primary
            .iter()
            .any(|name| name::same(name, &attribute.attribute.name));
        let marked = match only.as_mut().and_then(Value::as_object_mut) {
            Some(object) if must_be && object.get("primary") != Some(&Value::Bool(true)) => {
                object.insert("primary", Value::Bool(true));
                true
            }
            _ => false,
        };
        if several || marked {
            self.bend(Quirk::OneValue, at, &attribute.path);
        }
        only.into_iter().collect()
    }

    /// A value of an attribute with its booleans as the server reads them.
    pub(super) fn written(
        &mut self,
        id: AttrId,
        value: Value<'static>,
        at: &Pointer,
    ) -> Value<'static> {
        if !self.has_quirk(Quirk::TextBooleans) {
            return value;
        }
        match value {
            Value::Bool(truth) if self.compiled.attribute(id).kind == Kind::Boolean => {
                let path = &self.compiled.attribute(id).path;
                self.bend(Quirk::TextBooleans, at, path);
                Value::from(if truth { "True" } else { "False" })
            }
            Value::Object(mut object) => {
                let compiled = self.compiled;
                for (name, member) in object.iter_mut() {
                    if let Some(child) = compiled.child(id, name) {
                        *member = self.written(child.id, std::mem::take(member), &at.name(name));
                    }
                }
                Value::Object(object)
            }
            Value::Array(items) => {
                let items = items.into_iter().enumerate();
                Value::Array(
                    items.map(|(index, item)| self.written(id, item, &at.index(index))).collect(),
                )
            }
            other => other,
        }
    }
}
