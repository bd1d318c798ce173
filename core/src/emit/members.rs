//! Changes of members: in chunks, and in the form that the server takes.

use super::operation::Operation;
use super::writer::Writer;
use crate::error::Pointer;
use crate::patch::Op;
use crate::profile::Quirk;
use crate::schema::AttrId;
use crate::value::{Object, Value};

impl Writer<'_> {
    /// Takes from a new resource the members that must come later.
    pub(super) fn later_members(&mut self, resource: &mut Value<'static>) -> Vec<Operation> {
        let mut later = Vec::new();
        if !self.has_quirk(Quirk::MembersOneByOne) {
            return later;
        }
        let most = self.profile.shape().members;
        let compiled = self.compiled;
        for attribute in compiled.children(AttrId::ROOT) {
            if !self.is_members(attribute) {
                continue;
            }
            let name = &*attribute.attribute.name;
            let items =
                resource.as_object_mut().and_then(|object| object.get_mut(name)?.as_array_mut());
            let Some(items) = items.filter(|items| items.len() > most) else { continue };
            let rest = items.split_off(most);
            let at = Pointer::root().name(name);
            self.bend(Quirk::MembersOneByOne, &at, &attribute.path);
            let made =
                Operation::new(compiled, Op::Add, &attribute.path, Some(Value::Array(rest)), at);
            later.extend(made);
        }
        later
    }

    /// Operations in portions of as many changes of members as one message may have.
    pub(super) fn portions(&self, operations: Vec<Operation>) -> Vec<Vec<Operation>> {
        let most = self.profile.shape().members.max(1);
        let (mut portions, mut portion, mut used) = (Vec::new(), Vec::new(), 0);
        let mut next = |portion: &mut Vec<Operation>, used: &mut usize| {
            *used = 0;
            if !portion.is_empty() {
                portions.push(std::mem::take(portion));
            }
        };
        for mut operation in operations {
            let of_members = self.is_members(self.compiled.attribute(operation.top));
            if of_members && operation.member.is_some() {
                if used >= most {
                    next(&mut portion, &mut used);
                }
                used += 1;
            }
            let adds = of_members && operation.op == Op::Add && !operation.filtered;
            if let Some(Value::Array(items)) =
                operation.value.take_if(|value| adds && matches!(value, Value::Array(_)))
            {
                let mut items = items.into_iter().peekable();
                while items.peek().is_some() {
                    if used >= most {
                        next(&mut portion, &mut used);
                    }
                    let chunk: Vec<_> = items.by_ref().take(most - used).collect();
                    used += chunk.len();
                    let value = Some(Value::Array(chunk));
                    portion.push(Operation { value, ..operation.clone() });
                }
                continue;
            }
            portion.push(operation);
        }
        next(&mut portion, &mut used);
        portions
    }

    /// Members in the form that the server takes.
    pub(super) fn members(&mut self, operations: Vec<Operation>) -> Vec<Operation> {
        let by_list = [Quirk::RemoveByList, Quirk::WrapMembers]
            .into_iter()
            .find(|quirk| self.has_quirk(*quirk));
        let mut made: Vec<Operation> = Vec::with_capacity(operations.len());
        for operation in operations {
            let attribute = self.compiled.attribute(operation.top);
            let (Some(quirk), Some(member)) = (by_list, &operation.member) else {
                made.push(operation);
                continue;
            };
            if !self.is_members(attribute) {
                made.push(operation);
                continue;
            }
            let mut value = Object::new();
            value.insert("value", Value::from(member.to_string()));
            let value = Value::Object(value);
            // Removals that follow each other are one list.
            let last = made.last_mut().filter(|last| {
                last.op == Op::Remove && last.top == operation.top && last.member.is_some()
            });
            if let Some(Value::Array(listed)) = last.and_then(|last| last.value.as_mut()) {
                listed.push(value);
                continue;
            }
            self.bend(quirk, &operation.at, &attribute.path);
            made.push(Operation {
                path: attribute.path.to_string(),
                value: Some(Value::Array(vec![value])),
                ..operation
            });
        }
        if self.has_quirk(Quirk::WrapMembers) {
            for operation in &mut made {
                self.wrap(operation);
            }
        }
        made
    }

    fn wrap(&mut self, operation: &mut Operation) {
        let attribute = self.compiled.attribute(operation.id);
        let plain = operation.member.is_some() || !operation.filtered;
        if !self.is_members(attribute) || !plain {
            return;
        }
        let Some(value @ Value::Array(_)) = operation.value.take() else { return };
        self.bend(Quirk::WrapMembers, &operation.at, &attribute.path);
        let mut wrapped = Object::new();
        wrapped.insert(attribute.attribute.name.to_string(), value);
        operation.value = Some(Value::Object(wrapped));
    }
}
