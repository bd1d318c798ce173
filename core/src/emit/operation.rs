//! Operations with one path each.

use crate::error::{Code, Error, Pointer};
use crate::filter::{Expression, Literal, Operator};
use crate::limits::Limits;
use crate::name;
use crate::patch::Op;
use crate::path::{PatchPath, Resolved, resolve};
use crate::profile::{Profile, Trace};
use crate::schema::{AttrId, Compiled, Role};
use crate::value::{Object, Value};

/// An operation that is to be written.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) op: Op,
    pub(super) path: String,
    pub(super) value: Option<Value<'static>>,
    /// Where the value stands in the message that was given; the root if it was made.
    pub(super) at: Pointer,
    /// What the path names.
    pub(super) id: AttrId,
    /// The attribute that it is, or is a part of; the container if the path names one.
    pub(super) top: AttrId,
    pub(super) filtered: bool,
    /// For the removal of one value of a list: the `value` that it has.
    pub(super) member: Option<Box<str>>,
}

impl Operation {
    /// An operation on a path that is known to name something.
    pub(super) fn new(
        compiled: &Compiled,
        op: Op,
        path: &str,
        value: Option<Value<'static>>,
        at: Pointer,
    ) -> Result<Self, Error> {
        let parsed = PatchPath::parse(path, Profile::RFC, &Limits::DEFAULT, &mut Trace::new())?;
        let Resolved::Attribute(named) = resolve(compiled, parsed.attribute.as_str(), Profile::RFC)
        else {
            return Err(Error::new(Code::InvalidPath)
                .with("expected", "an attribute of the resource type")
                .at(at));
        };
        let sub = parsed.sub_attribute.as_deref().and_then(|sub| compiled.child(named, sub));
        let top = compiled
            .chain(named)
            .into_iter()
            .find(|step| compiled.attribute(*step).role != Role::Container)
            .unwrap_or(named);
        let member = match &parsed.filter {
            Some(Expression::Compare {
                path,
                operator: Operator::Eq,
                literal: Literal::String(value),
                ..
            }) if op == Op::Remove && sub.is_none() && name::same(path.as_str(), "value") => {
                Some(value.clone())
            }
            _ => None,
        };
        Ok(Self {
            op,
            path: path.to_owned(),
            value,
            at,
            id: sub.map_or(named, |sub| sub.id),
            top,
            filtered: parsed.filter.is_some(),
            member,
        })
    }

    /// As it is on the wire.
    pub(super) fn into_value(self, op: &'static str) -> Value<'static> {
        let mut object = Object::new();
        object.insert("op", Value::from(op));
        if !self.path.is_empty() {
            object.insert("path", Value::from(self.path));
        }
        if let Some(value) = self.value {
            object.insert("value", value);
        }
        object.into()
    }
}

/// The operations of a message that has been found right; those without path become one for each
/// attribute.
pub(super) fn read(compiled: &Compiled, message: &Value<'_>) -> Result<Vec<Operation>, Error> {
    let listed = message.get("Operations").and_then(Value::as_array).unwrap_or_default();
    let top = Pointer::root().name("Operations");
    let mut operations = Vec::with_capacity(listed.len());
    for (index, operation) in listed.iter().enumerate() {
        let at = top.index(index);
        let word = operation.get("op").and_then(Value::as_str).unwrap_or_default();
        let op = [Op::Add, Op::Remove, Op::Replace]
            .into_iter()
            .find(|op| name::same(op.as_str(), word))
            .ok_or_else(|| Error::new(Code::UnknownOperation).at(at.clone()))?;
        let value = operation.get("value").map(|value| value.clone().into_owned());
        let path = operation.get("path").and_then(Value::as_str);
        let path = path.unwrap_or_else(|| compiled.base_schema());
        one(compiled, op, path, value, at.name("value"), &mut operations)?;
    }
    Ok(operations)
}

/// One operation, taken apart where its path is the URN of a schema.
fn one(
    compiled: &Compiled,
    op: Op,
    path: &str,
    value: Option<Value<'static>>,
    at: Pointer,
    operations: &mut Vec<Operation>,
) -> Result<(), Error> {
    let container = match resolve(compiled, path, Profile::RFC) {
        Resolved::Attribute(id)
            if matches!(compiled.attribute(id).role, Role::Resource | Role::Container) =>
        {
            Some(id)
        }
        _ => None,
    };
    match (container, value) {
        (Some(id), Some(Value::Object(members))) => {
            for (name, value) in members {
                // What is unknown was found to be ignored.
                let Some(child) = compiled.child(id, &name) else { continue };
                let at = at.name(&name);
                one(compiled, op, &child.path.clone(), Some(value), at, operations)?;
            }
        }
        (_, value) => operations.push(Operation::new(compiled, op, path, value, at)?),
    }
    Ok(())
}
