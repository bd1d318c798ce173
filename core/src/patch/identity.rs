//! What values are found by: texts that are the same where the values are.
//!
//! [`equal`] says of two values whether they are the same; here the same question is put in a
//! form that a hash map answers, so that long lists are gone through once. Nothing that tells
//! values apart is left out of a text: many values with one text would have to be compared with
//! each other.

use std::fmt::Write as _;

use super::equal;
use crate::name;
use crate::reference::{is_target, without_version};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability};
use crate::text;
use crate::time::Instant;
use crate::value::{Value, write_string};

/// The text of a value of a multi-valued attribute: the same for two values exactly where
/// [`equal::same_element`] says so.
pub(crate) fn identity(compiled: &Compiled, id: AttrId, element: &Value<'_>) -> Box<str> {
    if equal::is_set_of_values(compiled, id)
        && let Some(key) = equal::value_key(compiled, id, element)
    {
        return key;
    }
    let mut out = String::from("-");
    write_value(&mut out, compiled, compiled.attribute(id), element);
    out.into()
}

/// The sub-attributes by which a value means others that may say more: those that it has; of a
/// set of values `value` alone.
pub(super) fn said(compiled: &Compiled, id: AttrId, given: &Value<'_>) -> Box<[AttrId]> {
    let only_value = equal::is_set_of_values(compiled, id);
    compiled
        .children(id)
        .filter(|child| !only_value || name::same(&child.attribute.name, "value"))
        .filter(|child| given.assigned(&child.attribute.name).is_some())
        .map(|child| child.id)
        .collect()
}

/// Whether a stored value is meant by one that may say less: everything that is given is the
/// same. A value that does not say its `value` must be the same as a whole, or too much would be
/// meant.
pub(super) fn means(
    compiled: &Compiled,
    id: AttrId,
    given: &Value<'_>,
    stored: &Value<'_>,
) -> bool {
    if given.as_object().is_none() || equal::value_key(compiled, id, given).is_none() {
        return identity(compiled, id, given) == identity(compiled, id, stored);
    }
    let said = said(compiled, id, given);
    identity_of(compiled, &said, given) == identity_of(compiled, &said, stored)
}

/// The text of these sub-attributes of a value; a simple value stands for its `value`.
pub(super) fn identity_of(compiled: &Compiled, subs: &[AttrId], element: &Value<'_>) -> Box<str> {
    let mut out = String::new();
    for sub in subs {
        let child = compiled.attribute(*sub);
        let member = match element {
            Value::Object(object) => object.get(&child.attribute.name),
            simple => Some(simple).filter(|_| name::same(&child.attribute.name, "value")),
        };
        write_member(&mut out, compiled, child, member);
    }
    out.into()
}

// As deep as the schema.
fn write_value(
    out: &mut String,
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    value: &Value<'_>,
) {
    match value {
        Value::Object(object) => {
            out.push('{');
            for child in compiled
                .children(attribute.id)
                .filter(|child| child.mutability != Mutability::ReadOnly)
            {
                write_member(out, compiled, child, object.get(&child.attribute.name));
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for item in items {
                write_simple(out, attribute, item);
                out.push(',');
            }
            out.push(']');
        }
        simple => write_simple(out, attribute, simple),
    }
}

/// A missing `primary` is false.
fn write_member(
    out: &mut String,
    compiled: &Compiled,
    child: &CompiledAttribute,
    member: Option<&Value<'_>>,
) {
    let unmarked = |value: &Value<'_>| {
        *value == Value::Bool(false) && name::same(&child.attribute.name, "primary")
    };
    if let Some(value) = member.filter(|value| !value.is_unassigned() && !unmarked(value)) {
        write_value(out, compiled, child, value);
    }
    out.push(';');
}

fn write_simple(out: &mut String, attribute: &CompiledAttribute, value: &Value<'_>) {
    match value {
        Value::String(text) if attribute.kind == Kind::DateTime => match Instant::parse(text) {
            Some(instant) => {
                // Writing to a string cannot fail.
                let _ = write!(out, "{instant:?}");
            }
            None => write_string(out, text),
        },
        Value::String(text) if is_target(attribute) => write_string(out, &without_version(text)),
        Value::String(text) => write_string(out, &text::key(text, attribute.case_exact)),
        other => out.push_str(&equal::canonical_text(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;
    use crate::value::read;

    #[test]
    fn texts_are_the_same_where_values_are() {
        let user = builtin::user();
        let group = builtin::group();
        let emails = user.child(AttrId::ROOT, "emails").unwrap().id;
        let members = group.child(AttrId::ROOT, "members").unwrap().id;
        let elements = [
            r#"{"value":"a@x.test"}"#,
            r#"{"value":"A@X.test","primary":false}"#,
            r#"{"value":"a@x.test","primary":true}"#,
            r#"{"value":"a@x.test","type":"work"}"#,
            r#"{"value":"a@x.test","display":"work"}"#,
            r#"{"TYPE":"Work","Value":"a@x.test"}"#,
            r#"{"type":"work"}"#,
            r#""a@x.test""#,
            r#"{"value":"a@x.test","$ref":"../Users/1"}"#,
            r#"{"value":"a@x.test","$ref":"/v2/Users/1"}"#,
            r#"{"value":"a@x.test","$ref":"/Users/1"}"#,
        ];
        for (compiled, id) in [(&user, emails), (&group, members)] {
            for a in elements.map(|text| read(text).unwrap()) {
                for b in elements.map(|text| read(text).unwrap()) {
                    let same = equal::same_element(compiled, id, &a, &b);
                    assert_eq!(
                        identity(compiled, id, &a) == identity(compiled, id, &b),
                        same,
                        "{a:?} {b:?}"
                    );
                }
            }
        }
    }
}
