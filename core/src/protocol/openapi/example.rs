//! Invented resources, from what a schema demands.

use super::object;
use crate::name;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Role};
use crate::value::{Object, Value};

/// The least that a POST must have.
pub(super) fn resource(compiled: &Compiled) -> Value<'static> {
    let schemas = vec![Value::copied(compiled.base_schema())];
    let mut example = object(vec![("schemas", schemas.into())]);
    for (name, value) in members(compiled, AttrId::ROOT).iter() {
        example.insert(name.to_owned(), value.clone());
    }
    example.into()
}

/// A change of one attribute; `None` if clients may change none.
pub(super) fn patch(compiled: &Compiled) -> Option<Value<'static>> {
    let own = |child: &&CompiledAttribute| {
        child.role == Role::Core && child.mutability == Mutability::ReadWrite
    };
    let attribute = compiled.children(AttrId::ROOT).find(own)?;
    let operation = object(vec![
        ("op", "replace".into()),
        ("path", Value::copied(&attribute.attribute.name)),
        ("value", value(compiled, attribute)),
    ]);
    let schemas = vec![Value::from("urn:ietf:params:scim:api:messages:2.0:PatchOp")];
    Some(
        object(vec![("schemas", schemas.into()), ("Operations", vec![operation.into()].into())])
            .into(),
    )
}

/// The demanded members, or the `value` where none is. The depth is that of schemas.
fn members(compiled: &Compiled, parent: AttrId) -> Object<'static> {
    let settable = |child: &&CompiledAttribute| child.mutability != Mutability::ReadOnly;
    let mut found: Vec<&CompiledAttribute> =
        compiled.children(parent).filter(settable).filter(|child| child.required).collect();
    if found.is_empty() && parent != AttrId::ROOT {
        let value = |child: &&CompiledAttribute| name::same(&child.attribute.name, "value");
        let some = || compiled.children(parent).filter(settable);
        found.extend(some().find(value).or_else(|| some().next()));
    }
    found
        .into_iter()
        .filter(|child| child.role != Role::Common)
        .map(|child| (child.attribute.name.to_string(), value(compiled, child)))
        .collect()
}

fn value(compiled: &Compiled, attribute: &CompiledAttribute) -> Value<'static> {
    let one = match attribute.kind {
        Kind::Complex => members(compiled, attribute.id).into(),
        Kind::String => match attribute.canonical_values.first() {
            Some(canonical) => Value::copied(canonical),
            None => text(&attribute.attribute.name).into(),
        },
        Kind::Boolean => true.into(),
        Kind::Integer => Value::integer(7),
        Kind::Decimal => Value::integer(2),
        Kind::DateTime => "2026-03-01T09:30:00Z".into(),
        Kind::Reference => "https://harbour.example/7".into(),
        Kind::Binary => "MAMCAQU=".into(),
    };
    if attribute.multi_valued { vec![one].into() } else { one }
}

fn text(name: &str) -> &'static str {
    match name {
        "userName" => "rosa.lind@harbour.example",
        "displayName" => "Bakers",
        _ => "harbour-7",
    }
}
