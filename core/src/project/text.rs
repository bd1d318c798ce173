//! A projection as JSON text: what an answer shows is written where it is found.

use super::{Inside, Projection};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Role};
use crate::value::{Object, Value, write_compact, write_string};

impl Projection {
    /// Writes what [`Projection::apply`] shows, with other values for some attributes of the
    /// resource, as if they were in it.
    pub(crate) fn write(
        &self,
        out: &mut String,
        compiled: &Compiled,
        resource: &Value<'_>,
        instead: &Object<'_>,
    ) {
        let root = compiled.attribute(AttrId::ROOT);
        match resource.as_object() {
            Some(object) => {
                self.write_object(out, compiled, root, (object, Some(instead)), self.inside());
            }
            None => out.push_str("{}"),
        }
    }

    /// Writes an object; whether there is anything in it.
    fn write_object(
        &self,
        out: &mut String,
        compiled: &Compiled,
        parent: &CompiledAttribute,
        (object, instead): (&Object<'_>, Option<&Object<'_>>),
        inside: Inside,
    ) -> bool {
        out.push('{');
        let start = out.len();
        let mut meta = None;
        for child in parent.children.iter().map(|id| compiled.attribute(*id)) {
            let Some(inside) = self.shows(child, inside) else { continue };
            let name = &*child.attribute.name;
            let other = instead.and_then(|instead| instead.get(name));
            let Some(value) = other.or_else(|| object.get(name)) else { continue };
            if child.role == Role::Common && name == "meta" {
                meta = Some((child, value, inside));
            } else {
                self.write_member(out, start, compiled, (child, value, inside));
            }
        }
        if self.keeps_unknown && inside == Inside::Usual {
            let known = |name: &str| compiled.child(parent.id, name).is_some();
            let kept = object.iter().filter(|(name, value)| !known(name) && !value.is_unassigned());
            for (name, value) in kept {
                write_name(out, start, name);
                write_compact(out, value);
            }
        }
        if let Some(meta) = meta {
            self.write_member(out, start, compiled, meta);
        }
        let is_empty = out.len() == start;
        out.push('}');
        !is_empty
    }

    /// Writes a member of the object that begins at `start`, unless nothing of it is shown.
    fn write_member(
        &self,
        out: &mut String,
        start: usize,
        compiled: &Compiled,
        (child, value, inside): (&CompiledAttribute, &Value<'_>, Inside),
    ) {
        let before = out.len();
        write_name(out, start, &child.attribute.name);
        if !self.write_value(out, compiled, child, value, inside) {
            out.truncate(before);
        }
    }

    /// Writes a value; whether it is assigned. If it is not, what was written is of no use.
    fn write_value(
        &self,
        out: &mut String,
        compiled: &Compiled,
        attribute: &CompiledAttribute,
        value: &Value<'_>,
        inside: Inside,
    ) -> bool {
        match value {
            Value::Object(object)
                if attribute.kind == Kind::Complex && !attribute.children.is_empty() =>
            {
                self.write_object(out, compiled, attribute, (object, None), inside)
            }
            Value::Array(items) => {
                out.push('[');
                let start = out.len();
                for item in items {
                    let before = out.len();
                    if before > start {
                        out.push(',');
                    }
                    if !self.write_value(out, compiled, attribute, item, inside) {
                        out.truncate(before);
                    }
                }
                let is_empty = out.len() == start;
                out.push(']');
                !is_empty
            }
            other if other.is_unassigned() => false,
            other => {
                write_compact(out, other);
                true
            }
        }
    }
}

/// Writes the name of a member of the object that begins at `start`.
fn write_name(out: &mut String, start: usize, name: &str) {
    if out.len() > start {
        out.push(',');
    }
    write_string(out, name);
    out.push(':');
}
