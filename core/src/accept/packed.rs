//! A value that comes as JSON text inside `value`, as roles of some clients do.

use super::walk::Walk;
use crate::limits::Limits;
use crate::name;
use crate::profile::Quirk;
use crate::schema::{CompiledAttribute, Kind};
use crate::validate::trail::Trail;
use crate::value::{Object, Value, read_with};

/// The names under which the parts of a packed value are looked for, and what they become.
const PARTS: [(&str, &str); 5] = [
    ("value", "value"),
    ("display", "display"),
    ("displayName", "display"),
    ("type", "type"),
    ("primary", "primary"),
];

/// An element with its `value` taken apart, where the profile says so and there is something to
/// take apart: a JSON object with a text as `value`. What the element says itself stands.
pub(super) fn unpacked<'v>(
    walk: &mut Walk<'_>,
    attribute: &CompiledAttribute,
    mut object: Object<'v>,
    trail: &Trail<'_>,
) -> Object<'v> {
    if !attribute.multi_valued || !walk.profile.allows(Quirk::PackedValue) {
        return object;
    }
    let holds_text = |name: &str| {
        walk.compiled.child(attribute.id, name).is_some_and(|child| child.kind == Kind::String)
    };
    let Some(inner) = object
        .get("value")
        .and_then(Value::as_str)
        .filter(|text| holds_text("value") && text.trim_start().starts_with('{'))
        .and_then(|text| read_with(text, &Limits::DEFAULT).ok())
        .map(Value::into_owned)
        .filter(|inner| inner.get("value").is_some_and(|value| value.as_str().is_some()))
    else {
        return object;
    };
    let at = trail.name("value").pointer();
    walk.trace.bend(walk.profile, Quirk::PackedValue, &at, &attribute.path);
    for (from, to) in PARTS {
        let is_free = name::same(to, "value") || object.assigned(to).is_none();
        let known = walk.compiled.child(attribute.id, to).is_some();
        if let Some(part) = inner.get(from).filter(|part| is_free && known && !part.is_unassigned())
        {
            object.insert(to, part.clone());
        }
    }
    object
}
