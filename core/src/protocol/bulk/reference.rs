//! References by `bulkId` (RFC 7644 §3.7.2): where they may stand, and what takes their place.
//!
//! A reference is a whole text `bulkId:…` where an identifier belongs: a sub-attribute `value` or
//! `$ref`, an attribute that is one reference in short (`manager`, `members`), the text in a path
//! filter, a segment of a `$ref` or of the path of an operation. Elsewhere, as in a display name,
//! the same text is just text.

use std::borrow::Cow;
use std::cell::Cell;

use super::super::route::percent_encode;
use crate::value::Value;

const PREFIX: &str = "bulkId:";

/// What a reference becomes.
pub(super) enum Target {
    /// The identifier.
    Id(String),
    /// Nothing yet: what holds the reference is left out.
    Later,
}

/// The `bulkId` that a text refers to.
pub(super) fn referred(text: &str) -> Option<&str> {
    text.strip_prefix(PREFIX).filter(|id| !id.is_empty())
}

/// Calls `found` with what a text refers to where an identifier belongs: the text itself, or
/// steps of the URL that it is.
fn each_in_place(text: &str, found: &mut dyn FnMut(&str)) {
    match referred(text) {
        Some(id) => found(id),
        None => text.split('/').filter_map(referred).for_each(found),
    }
}

/// Calls `found` with every `bulkId` that the body of an operation refers to.
pub(super) fn each(data: &Value<'_>, found: &mut dyn FnMut(&str)) {
    walk(data, false, &mut |text| each_in_place(text, found));
    for operation in patch_operations(data) {
        let path = operation.get("path").and_then(Value::as_str).unwrap_or_default();
        each_quoted(path, found);
        if let (true, Some(text)) =
            (holds_reference(path), operation.get("value").and_then(Value::as_str))
        {
            each_in_place(text, found);
        }
    }
}

/// The body with every reference replaced by what it stands for; `None` from `resolve` leaves it
/// as it is.
pub(super) fn resolved(
    mut data: Value<'static>,
    resolve: &dyn Fn(&str) -> Option<Target>,
) -> Value<'static> {
    if let Some(operations) = data
        .as_object_mut()
        .and_then(|object| object.get_mut("Operations"))
        .and_then(Value::as_array_mut)
    {
        for operation in operations.iter_mut().filter_map(Value::as_object_mut) {
            let path = operation.get("path").and_then(Value::as_str).map(str::to_owned);
            if let Some(path) = &path {
                let replaced = in_path(path, resolve);
                operation.insert("path", Value::from(replaced));
            }
            if path.as_deref().is_some_and(holds_reference)
                && let Some(value @ Value::String(_)) = operation.get_mut("value")
            {
                replace(value, true, resolve);
            }
        }
    }
    replace(&mut data, false, resolve);
    data
}

/// A path with the references in its segments replaced.
pub(super) fn in_target<'p>(
    path: &'p str,
    resolve: &dyn Fn(&str) -> Option<String>,
) -> Cow<'p, str> {
    if !path.contains(PREFIX) {
        return Cow::Borrowed(path);
    }
    let (path, query) = match path.find('?') {
        Some(at) => path.split_at(at),
        None => (path, ""),
    };
    let segments: Vec<Cow<'_, str>> = path
        .split('/')
        .map(|segment| {
            let id = referred(segment).and_then(resolve);
            id.map_or(Cow::Borrowed(segment), |id| Cow::Owned(percent_encode(&id)))
        })
        .collect();
    Cow::Owned(segments.join("/") + query)
}

/// Calls `found` with every `bulkId` that a path of an operation refers to.
pub(super) fn each_in_target(path: &str, found: &mut dyn FnMut(&str)) {
    path.split('?').next().unwrap_or_default().split('/').filter_map(referred).for_each(found);
}

fn patch_operations<'v, 'a>(data: &'v Value<'a>) -> &'v [Value<'a>] {
    data.get("Operations").and_then(Value::as_array).unwrap_or_default()
}

/// Whether a member of this name holds an identifier; of an extension's attributes the name may
/// have the URI before it.
fn is_place(name: &str) -> bool {
    let last = name.rsplit(':').next().unwrap_or_default();
    ["value", "$ref", "manager", "members"].iter().any(|own| crate::name::same(last, own))
}

/// Whether the attribute at the end of a PATCH path holds an identifier, or is known by one.
fn holds_reference(path: &str) -> bool {
    let last = path.rsplit(['.', ':']).next().unwrap_or_default();
    is_place(last) || path.ends_with(']')
}

fn walk(value: &Value<'_>, place: bool, found: &mut dyn FnMut(&str)) {
    match value {
        Value::String(text) if place => found(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, place, found)),
        Value::Object(object) => {
            for (name, member) in object.iter() {
                // In a PATCH, `value` is what the path says.
                let place = is_place(name) && !is_operation(value);
                walk(member, place, found);
            }
        }
        _ => {}
    }
}

/// Whether an object is an operation of a PATCH.
fn is_operation(value: &Value<'_>) -> bool {
    value.get("op").is_some_and(|op| op.as_str().is_some())
}

/// Replaces references; the answer is whether the value itself is to be left out.
fn replace(
    value: &mut Value<'static>,
    place: bool,
    resolve: &dyn Fn(&str) -> Option<Target>,
) -> bool {
    let operation = is_operation(value);
    match value {
        Value::String(text) if place => match referred(text).and_then(resolve) {
            Some(Target::Id(id)) => {
                *value = Value::from(id);
                false
            }
            Some(Target::Later) => true,
            None => {
                let later = Cell::new(false);
                let url = in_target(text, &|id| match resolve(id)? {
                    Target::Id(id) => Some(id),
                    Target::Later => {
                        later.set(true);
                        None
                    }
                });
                if let Cow::Owned(url) = url {
                    *value = Value::from(url);
                }
                later.get()
            }
        },
        Value::Array(items) => {
            items.retain_mut(|item| !replace(item, place, resolve));
            false
        }
        Value::Object(object) => {
            let mut left_out = false;
            let mut empty: Vec<String> = Vec::new();
            for (name, member) in object.iter_mut() {
                let own = is_place(name) && !operation;
                let gone = replace(member, own, resolve);
                left_out |= gone && own;
                if gone && !own {
                    empty.push(name.to_owned());
                }
            }
            for name in empty {
                object.remove(&name);
            }
            left_out
        }
        _ => false,
    }
}

/// The texts in quotes in a path filter.
fn each_quoted(path: &str, found: &mut dyn FnMut(&str)) {
    path.split('"').skip(1).step_by(2).filter_map(referred).for_each(found);
}

fn in_path(path: &str, resolve: &dyn Fn(&str) -> Option<Target>) -> String {
    let parts: Vec<Cow<'_, str>> = path
        .split('"')
        .enumerate()
        .map(|(place, part)| match referred(part).filter(|_| place % 2 == 1).and_then(resolve) {
            // Identifiers are the server's own; a quote in one would end the text.
            Some(Target::Id(id)) if !id.contains(['"', '\\']) => Cow::Owned(id),
            _ => Cow::Borrowed(part),
        })
        .collect();
    parts.join("\"")
}
