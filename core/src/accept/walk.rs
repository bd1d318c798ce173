//! Values into the form of their attribute.

use std::borrow::Cow;

use super::packed;
use crate::error::{Code, Error, Issue};
use crate::name;
use crate::profile::{Profile, Quirk, Trace, Unknown};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Mutability};
use crate::validate::fit::{self, Misfit, Shape};
use crate::validate::trail::Trail;
use crate::validate::{finding, wrong_form};
use crate::value::{Object, Value};

/// What an acceptance carries along.
///
/// The walk goes where the schema goes, so its depth is that of the schema.
pub(super) struct Walk<'w> {
    pub(super) compiled: &'w Compiled,
    pub(super) profile: Profile,
    pub(super) trace: &'w mut Trace,
    /// Whether a text must have the form of its type.
    pub(super) checks_form: bool,
}

impl<'w> Walk<'w> {
    /// Notes a tolerance, or gives the finding back as an error.
    pub(super) fn bend(
        &mut self,
        quirk: Option<Quirk>,
        trail: &Trail<'_>,
        finding: impl FnOnce() -> Issue,
    ) -> Result<(), Error> {
        if let Some(quirk) = quirk.filter(|quirk| self.profile.allows(*quirk)) {
            let path = finding().scim_path;
            self.trace.bend(self.profile, quirk, &trail.pointer(), &path);
            return Ok(());
        }
        Err(finding().at(trail.pointer()).into())
    }

    /// The whole value of an attribute: a list if it is multi-valued.
    pub(super) fn whole<'v>(
        &mut self,
        id: AttrId,
        value: Value<'v>,
        trail: &Trail<'_>,
    ) -> Result<Value<'v>, Error> {
        let compiled = self.compiled;
        let attribute = compiled.attribute(id);
        if !attribute.multi_valued {
            return self.one(id, value, trail);
        }
        match value {
            Value::Null => Ok(Value::Null),
            Value::Array(items) => {
                let mut accepted = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    let item = self.one(id, item, &trail.index(index))?;
                    if item != Value::Null {
                        accepted.push(item);
                    }
                }
                Ok(if accepted.is_empty() { Value::Null } else { Value::Array(accepted) })
            }
            single => {
                let actual = single.kind_name();
                self.bend(Some(Quirk::SingleForArray), trail, || {
                    finding::not_an_array(attribute, actual)
                })?;
                let single = self.one(id, single, trail)?;
                Ok(if single == Value::Null { Value::Null } else { Value::Array(vec![single]) })
            }
        }
    }

    /// One value, be it the only one or an element.
    pub(super) fn one<'v>(
        &mut self,
        id: AttrId,
        value: Value<'v>,
        trail: &Trail<'_>,
    ) -> Result<Value<'v>, Error> {
        let compiled = self.compiled;
        let attribute = compiled.attribute(id);
        match value {
            Value::Array(mut items) if items.len() <= 1 => {
                let misfit = Misfit {
                    code: Code::NotMultiValued,
                    quirk: Some(Quirk::ArrayForSingle),
                    actual: "an array",
                };
                self.bend(misfit.quirk, trail, || finding::misfit(attribute, misfit))?;
                let only = items.pop().unwrap_or_default();
                self.simple_or_complex(attribute, only, &trail.index(0))
            }
            value => self.simple_or_complex(attribute, value, trail),
        }
    }

    fn simple_or_complex<'v>(
        &mut self,
        attribute: &'w CompiledAttribute,
        value: Value<'v>,
        trail: &Trail<'_>,
    ) -> Result<Value<'v>, Error> {
        let fits = match Shape::of_value(&value) {
            None => return Ok(Value::Null),
            Some(shape) => fit::check(attribute.kind, &shape),
        };
        let quirk = match fits {
            Ok(()) => None,
            Err(misfit) => {
                let wraps = misfit.quirk != Some(Quirk::BareValue)
                    || finding::bare_value(self.compiled, attribute).is_some();
                let quirk = misfit.quirk.filter(|_| wraps);
                self.bend(quirk, trail, || finding::misfit(attribute, misfit))?;
                quirk
            }
        };
        if let Some(code) =
            value.as_str().filter(|_| self.checks_form).and_then(|text| wrong_form(attribute, text))
        {
            return Err(finding::about(attribute, code).at(trail.pointer()).into());
        }
        Ok(match (quirk, value) {
            (None, Value::Object(object)) => self.object(attribute, object, trail)?,
            (Some(Quirk::NumberToString), Value::Number(number)) => {
                Value::from(number.as_str().to_owned())
            }
            (Some(Quirk::BooleanText), Value::String(text)) => {
                fit::truth(&text).map_or(Value::Null, Value::Bool)
            }
            (Some(Quirk::TextToNumber), Value::String(text)) => fit::number(attribute.kind, &text)
                .map_or(Value::Null, |number| Value::Number(number.into_owned())),
            (Some(Quirk::BareValue), value) => self.wrapped(attribute, value, trail)?,
            (_, value) => value,
        })
    }

    fn wrapped<'v>(
        &mut self,
        attribute: &CompiledAttribute,
        value: Value<'v>,
        trail: &Trail<'_>,
    ) -> Result<Value<'v>, Error> {
        let compiled = self.compiled;
        let Some(inner) =
            finding::bare_value(compiled, attribute).filter(|_| value.as_str() != Some(""))
        else {
            // An empty string instead of an object takes the value away.
            return Ok(Value::Null);
        };
        let value = self.whole(inner.id, value, trail)?;
        let mut object = Object::new();
        object.insert(name::to_static(&inner.attribute.name), value);
        Ok(Value::Object(object))
    }

    fn object<'v>(
        &mut self,
        attribute: &'w CompiledAttribute,
        object: Object<'v>,
        trail: &Trail<'_>,
    ) -> Result<Value<'v>, Error> {
        let object = packed::unpacked(self, attribute, object, trail);
        let (slots, kept) = self.members(attribute, object, trail)?;
        Ok(assembled(self.compiled, attribute, slots, kept))
    }

    /// The members of a complex value, one slot for each sub-attribute in schema order, and those
    /// that no schema knows and the profile keeps.
    pub(super) fn members<'v>(
        &mut self,
        attribute: &'w CompiledAttribute,
        object: Object<'v>,
        trail: &Trail<'_>,
    ) -> Result<(Vec<Value<'v>>, Kept<'v>), Error> {
        let (mut slots, mut kept) = (Vec::new(), Vec::new());
        slots.resize_with(attribute.children.len(), Value::default);
        for (name, value) in object {
            let trail = trail.name(&name);
            match find(self.compiled, attribute, &name) {
                Some((place, child)) => {
                    let ignored = child.mutability == Mutability::ReadOnly
                        && attribute.mutability != Mutability::ReadOnly
                        && attribute.id != AttrId::ROOT;
                    if let Some(slot) = slots.get_mut(place).filter(|_| !ignored) {
                        *slot = self.whole(child.id, value, &trail)?;
                    }
                }
                None if self.unknown(attribute.id, &name, &trail)? => {
                    kept.push((name.clone(), value));
                }
                None => {}
            }
        }
        Ok((slots, kept))
    }

    /// A name that the schema does not have: refused, or passed over if that is tolerated.
    /// Whether it is kept.
    pub(super) fn unknown(
        &mut self,
        parent: AttrId,
        name: &str,
        trail: &Trail<'_>,
    ) -> Result<bool, Error> {
        let compiled = self.compiled;
        self.bend(Some(Quirk::UnknownAttributes), trail, || {
            finding::unknown(compiled, parent, name)
        })?;
        Ok(self.profile.unknown() == Unknown::Keep)
    }
}

/// Members that no schema knows.
pub(super) type Kept<'v> = Vec<(Cow<'v, str>, Value<'v>)>;

/// The object of what is assigned; nothing if there is nothing.
pub(super) fn assembled<'v>(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    slots: Vec<Value<'v>>,
    kept: Kept<'v>,
) -> Value<'v> {
    let members: Vec<_> = compiled
        .children(attribute.id)
        .zip(slots)
        .filter(|(_, value)| *value != Value::Null)
        .map(|(child, value)| (name::to_static(&child.attribute.name), value))
        .chain(kept.into_iter().filter(|(_, value)| !value.is_unassigned()))
        .collect();
    if members.is_empty() {
        return Value::Null;
    }
    // INVARIANT: the names in a schema are distinct; its reader has seen to it. So are those in
    // an object, and what is kept is in no schema.
    Value::Object(Object::from_unique(members))
}

/// A sub-attribute by name, with its place among them.
pub(super) fn find<'c>(
    compiled: &'c Compiled,
    attribute: &CompiledAttribute,
    name: &str,
) -> Option<(usize, &'c CompiledAttribute)> {
    compiled
        .children(attribute.id)
        .enumerate()
        .find(|(_, child)| name::same(&child.attribute.name, name))
}
