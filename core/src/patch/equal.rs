//! When two values are the same.
//!
//! There are two questions. *Is this value there already?* goes by the attributes' rules: case
//! counts where `caseExact` says so, a missing `primary` is false, what the server sets does not
//! count, nor the version in a `$ref` (PAT-036, SCH-029). *Has anything changed?* goes by the letter, but not by the order of values,
//! the spelling of names or a missing `primary` (PAT-058).

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::name;
use crate::reference::is_same_target;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability};
use crate::text;
use crate::time::Instant;
use crate::value::{Object, Value, write_string};

/// So many values are compared with all others first.
const FEW: usize = 4;

/// Deeper than any resource that a schema describes; what nests further counts as different.
const DEPTH: usize = 16;

/// Whether values of this attribute are told apart by their `value` alone, as members are: it
/// cannot be changed, so it is what the value is. Where something else of a value can be
/// changed, there is more to it.
pub(super) fn is_set_of_values(compiled: &Compiled, id: AttrId) -> bool {
    compiled.child(id, "value").is_some_and(|value| value.mutability == Mutability::Immutable)
        && compiled
            .children(id)
            .all(|child| matches!(child.mutability, Mutability::Immutable | Mutability::ReadOnly))
}

/// The text of a value's `value`, or of a simple value, as it is compared.
pub(super) fn value_text<'v>(
    compiled: &Compiled,
    id: AttrId,
    element: &'v Value<'_>,
) -> Option<Cow<'v, str>> {
    let (text, attribute) = match element {
        Value::String(text) => {
            (text.as_ref(), compiled.child(id, "value").unwrap_or_else(|| compiled.attribute(id)))
        }
        Value::Object(object) => (object.get("value")?.as_str()?, compiled.child(id, "value")?),
        _ => return None,
    };
    Some(text::key(text, attribute.case_exact))
}

/// What to find a value of a multi-valued attribute by if all that is known is its `value`.
pub(super) fn value_key(compiled: &Compiled, id: AttrId, element: &Value<'_>) -> Option<Box<str>> {
    value_text(compiled, id, element).map(|text| key_of_value(&text))
}

/// The key of every value whose `value` has this comparable text.
pub(super) fn key_of_value(text: &str) -> Box<str> {
    ["=", text].concat().into()
}

/// Whether two values of a multi-valued attribute are the same one.
pub(super) fn same_element(compiled: &Compiled, id: AttrId, a: &Value<'_>, b: &Value<'_>) -> bool {
    if is_set_of_values(compiled, id)
        && let (Some(a), Some(b)) = (value_text(compiled, id, a), value_text(compiled, id, b))
    {
        return a == b;
    }
    same_value(compiled, id, a, b)
}

/// Whether two values of an attribute are the same by its rules.
pub(super) fn same_value(compiled: &Compiled, id: AttrId, a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => compiled
            .children(id)
            .filter(|child| child.mutability != Mutability::ReadOnly)
            .all(|child| {
                let name = &child.attribute.name;
                same_member(compiled, child, a.assigned(name), b.assigned(name))
            }),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| same_simple(compiled.attribute(id), a, b))
        }
        _ => same_simple(compiled.attribute(id), a, b),
    }
}

fn same_simple(attribute: &CompiledAttribute, a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) if attribute.kind == Kind::DateTime => {
            a == b || Instant::parse(a).is_some_and(|instant| Some(instant) == Instant::parse(b))
        }
        (Value::String(a), Value::String(b)) => {
            text::equal(a, b, attribute.case_exact) || is_same_target(attribute, a, b)
        }
        _ => same_state(Some(a), Some(b)),
    }
}

fn same_member(
    compiled: &Compiled,
    child: &CompiledAttribute,
    a: Option<&Value<'_>>,
    b: Option<&Value<'_>>,
) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_value(compiled, child.id, a, b),
        (None, None) => true,
        (Some(Value::Bool(false)), None) | (None, Some(Value::Bool(false))) => {
            name::same(&child.attribute.name, "primary")
        }
        _ => false,
    }
}

/// Whether nothing has changed between two states.
pub(crate) fn same_state(a: Option<&Value<'_>>, b: Option<&Value<'_>>) -> bool {
    unchanged(a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null), DEPTH)
}

fn unchanged(a: &Value<'_>, b: &Value<'_>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let covers = |one: &Object<'_>, other: &Object<'_>| {
                members(one).all(|(name, value)| {
                    other.get(name).is_some_and(|theirs| unchanged(value, theirs, depth))
                })
            };
            covers(a, b) && members(b).count() == members(a).count()
        }
        (Value::Array(a), Value::Array(b)) => unchanged_list(a, b, depth),
        (Value::String(_) | Value::Number(_) | Value::Bool(_), _) => a == b,
        _ => a.is_unassigned() && b.is_unassigned(),
    }
}

/// The members that say something.
fn members<'o, 'v>(object: &'o Object<'v>) -> impl Iterator<Item = (&'o str, &'o Value<'v>)> {
    object.iter().filter(|(name, value)| {
        let unmarked = name::same(name, "primary") && **value == Value::Bool(false);
        !unmarked && !value.is_unassigned()
    })
}

fn unchanged_list(a: &[Value<'_>], b: &[Value<'_>], depth: usize) -> bool {
    let live = |list| <[Value<'_>]>::iter(list).filter(|value| !value.is_unassigned()).count();
    let count = live(a);
    if count != live(b) {
        return false;
    }
    if count <= FEW && is_missed(a.iter(), b.iter(), depth) {
        return false;
    }
    let (ours, theirs) = unmatched(a, b, depth);
    if ours.len() != theirs.len() {
        return false;
    }
    if ours.len() <= FEW && is_missed(ours.iter().copied(), theirs.iter().copied(), depth) {
        return false;
    }
    let sorted = |rest: Vec<&Value<'_>>| {
        let mut texts: Vec<String> =
            rest.into_iter().map(|value| canonical(value, depth)).collect();
        texts.sort_unstable();
        texts
    };
    sorted(ours) == sorted(theirs)
}

/// Whether one of a few values certainly has no other that is the same: mostly that shows without
/// a text of each.
fn is_missed<'v, 'a: 'v, 'b: 'v>(
    mut ours: impl Iterator<Item = &'v Value<'a>> + Clone,
    mut theirs: impl Iterator<Item = &'v Value<'b>> + Clone,
    depth: usize,
) -> bool {
    let others = theirs.clone();
    let missed = |one: &Value<'_>| !others.clone().any(|other| unchanged(one, other, depth));
    // What is nested deeper than is looked at is the same as nothing, not even as itself.
    ours.clone().any(|one| !one.is_unassigned() && missed(one))
        && ours.all(|value| fits(value, depth))
        && theirs.all(|value| fits(value, depth))
}

/// Whether a value is nested less deeply than is looked at.
fn fits(value: &Value<'_>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, depth)),
        Value::Object(object) => object.iter().all(|(_, member)| fits(member, depth)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// What is left of two lists when values that are the same are taken out pair by pair, as far as
/// a walk along both finds them: it keeps in step over a few values that only one list has.
fn unmatched<'v, 'a, 'b>(
    a: &'v [Value<'a>],
    b: &'v [Value<'b>],
    depth: usize,
) -> (Vec<&'v Value<'a>>, Vec<&'v Value<'b>>) {
    const AHEAD: usize = 4;
    let mut a = a.iter().filter(|value| !value.is_unassigned()).collect::<Vec<_>>().into_iter();
    let mut b = b.iter().filter(|value| !value.is_unassigned()).collect::<Vec<_>>().into_iter();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    while let (Some(one), Some(other)) = (a.as_slice().first(), b.as_slice().first()) {
        let same = |one: &Value<'_>, other: &Value<'_>| unchanged(one, other, depth);
        if same(one, other) {
            a.next();
            b.next();
        } else if let Some(gone) = a.as_slice().iter().take(AHEAD).position(|one| same(one, other))
        {
            ours.extend(a.by_ref().take(gone));
        } else if let Some(new) = b.as_slice().iter().take(AHEAD).position(|other| same(one, other))
        {
            theirs.extend(b.by_ref().take(new));
        } else {
            ours.extend(a.next());
            theirs.extend(b.next());
        }
    }
    ours.extend(a);
    theirs.extend(b);
    (ours, theirs)
}

/// A text that is the same for values between which nothing has changed.
pub(super) fn canonical_text(value: &Value<'_>) -> String {
    if value.is_unassigned() { String::new() } else { canonical(value, DEPTH) }
}

fn canonical(value: &Value<'_>, depth: usize) -> String {
    let mut out = String::new();
    write_canonical(&mut out, value, depth);
    out
}

fn write_canonical(out: &mut String, value: &Value<'_>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Null => out.push('-'),
        Value::Bool(truth) => out.push(if *truth { 't' } else { 'f' }),
        Value::Number(number) => out.push_str(&number.canonical()),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            let mut parts: Vec<String> = items.iter().map(|item| canonical(item, depth)).collect();
            parts.sort_unstable();
            out.push_str(&parts.join(","));
        }
        Value::Object(object) => {
            let mut parts: Vec<(String, &Value<'_>)> =
                members(object).map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
            parts.sort_unstable_by(|(a, _), (b, _)| -> Ordering { a.cmp(b) });
            for (name, value) in parts {
                write_string(out, &name);
                out.push(':');
                write_canonical(out, value, depth);
                out.push(';');
            }
        }
    }
}
