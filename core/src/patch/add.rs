//! `add` (RFC 7644 §3.5.2.1), and what it has in common with `replace`.

use super::apply::Work;
use super::operation::Op;
use super::primary;
use super::target::{ElementFilter, Place};
use super::write::{Immutable, Merge, write};
use crate::error::{Code, Error};
use crate::name;
use crate::profile::Quirk;
use crate::schema::{AttrId, Kind};
use crate::value::{Object, Value};

impl<'c> Work<'c> {
    /// `add` or `replace` with a value.
    pub(super) fn set(
        &mut self,
        op: Op,
        place: Place,
        filter: Option<&ElementFilter>,
        value: &Value<'c>,
        clears: &[AttrId],
    ) -> Result<(), Error> {
        let attribute = self.compiled.attribute(place.attribute);
        self.touch(place);
        let merge = Merge { op, given: value, clears };
        match (attribute.multi_valued, place.sub, filter) {
            (true, None, None) if op == Op::Add => self.add_values(place, value),
            (true, None, None) => self.replace_list(place, value),
            (true, _, _) => self.set_in_elements(place, filter, merge),
            (false, Some(sub), _) => {
                let given = self.member(sub, value);
                self.merge(place, Merge { given: &given, ..merge })
            }
            (false, None, _) if attribute.kind == Kind::Complex => self.merge(place, merge),
            (false, None, _) => {
                self.make_home(place.container);
                let compiled = self.compiled;
                let written = match self.home_mut(place.container) {
                    Some(home) => write(compiled, home, attribute, value.clone(), op),
                    None => Ok(false),
                };
                self.allowed(written).map(|_| ())
            }
        }
    }

    /// An object with this sub-attribute alone.
    fn member(&self, sub: AttrId, value: &Value<'c>) -> Value<'c> {
        let mut object = Object::new();
        object.insert(name::to_static(&self.compiled.attribute(sub).attribute.name), value.clone());
        object.into()
    }

    /// The answer of a write, or the error that it must not be.
    pub(super) fn allowed(&self, written: Result<bool, Immutable>) -> Result<bool, Error> {
        written.map_err(|Immutable(id)| self.refused(Code::Immutable, id))
    }

    /// Changes sub-attributes of a single complex value, which may not be there yet.
    fn merge(&mut self, place: Place, merge: Merge<'_, 'c>) -> Result<(), Error> {
        let compiled = self.compiled;
        self.make_home(place.container);
        let name = &compiled.attribute(place.attribute).attribute.name;
        for child in merge.clears {
            self.note_removed(*child);
        }
        let drops = self.profile.allows(Quirk::StaleReference);
        let Some(home) = self.home_mut(place.container) else { return Ok(()) };
        let mut object = match home.get_mut(name) {
            Some(Value::Object(object)) => std::mem::take(object),
            _ => Object::new(),
        };
        let stale = drops && merge.makes_stale(&object);
        let written = merge.into(compiled, place.attribute, &mut object);
        if stale {
            object.remove("$ref");
        }
        if object.is_empty() {
            home.remove(name);
        } else {
            home.insert(name::to_static(name), Value::Object(object));
        }
        self.note_stale(place.attribute, stale);
        self.allowed(written).map(|_| ())
    }

    /// Notes that a reference went with the value that it named.
    fn note_stale(&mut self, id: AttrId, stale: bool) {
        let path = &self.compiled.attribute(id).path;
        if stale {
            self.bend(Quirk::StaleReference, self.at, path);
        }
    }

    /// Adds the values that are not there yet (PAT-034, PAT-036).
    fn add_values(&mut self, place: Place, values: &Value<'c>) -> Result<(), Error> {
        let at = self.at;
        let values = values.as_array().unwrap_or_default();
        let Some(mut list) = self.list(place, true) else { return Ok(()) };
        let mut marked = Vec::new();
        for value in values {
            if list.same(value, values.len()).is_none() {
                let place = list.push(value.clone());
                if primary::is_primary(value) {
                    marked.push(place);
                }
            }
        }
        primary::settle(&mut list, &marked, at)
    }

    /// Changes the values that a filter chooses, or a sub-attribute of each.
    fn set_in_elements(
        &mut self,
        place: Place,
        filter: Option<&ElementFilter>,
        merge: Merge<'_, 'c>,
    ) -> Result<(), Error> {
        let chosen = self.chosen(place, filter);
        if chosen.is_empty() {
            return self.create(place, filter, merge);
        }
        let simple = self.compiled.attribute(place.attribute).kind != Kind::Complex;
        if place.sub.is_none() && (simple || merge.op == Op::Replace) {
            return self.replace_elements(place, &chosen, merge);
        }
        let given = place.sub.map(|sub| self.member(sub, merge.given));
        self.merge_elements(
            place,
            &chosen,
            Merge { given: given.as_ref().unwrap_or(merge.given), ..merge },
        )
    }

    /// Merges a value into each of the chosen ones.
    pub(super) fn merge_elements(
        &mut self,
        place: Place,
        chosen: &[usize],
        merge: Merge<'_, 'c>,
    ) -> Result<(), Error> {
        for child in merge.clears {
            self.note_removed(*child);
        }
        let (compiled, at) = (self.compiled, self.at);
        let drops = self.profile.allows(Quirk::StaleReference);
        let Some(mut list) = self.list(place, false) else { return Ok(()) };
        let mut written = Ok(false);
        let mut any_stale = false;
        for place_in_list in chosen {
            let mut object = as_object(list.take(*place_in_list));
            let stale = drops && merge.makes_stale(&object);
            let outcome = merge.into(compiled, place.attribute, &mut object);
            if stale {
                object.remove("$ref");
                any_stale = true;
            }
            list.put(*place_in_list, if object.is_empty() { Value::Null } else { object.into() });
            if outcome.is_err() {
                written = outcome;
                break;
            }
        }
        let marked = if primary::is_primary(merge.given) { chosen } else { &[] };
        let settled = primary::settle(&mut list, marked, at);
        list.drop_doubles(chosen);
        self.note_stale(place.attribute, any_stale);
        self.allowed(written).and(settled)
    }

    /// Makes the value that a filter of `eq` describes, where the profile says so (PAT-037, Q-12).
    fn create(
        &mut self,
        place: Place,
        filter: Option<&ElementFilter>,
        merge: Merge<'_, 'c>,
    ) -> Result<(), Error> {
        let compiled = self.compiled;
        let leaf = compiled.attribute(place.leaf());
        let quirk = match merge.op {
            Op::Replace => place.sub.map(|_| Quirk::ReplaceCreates),
            _ => Some(Quirk::CreateFromFilter),
        };
        let described =
            filter.and_then(|filter| filter.described(compiled, place.attribute, self.profile));
        let (Some(quirk), Some(described)) = (quirk, described) else {
            return Err(self.refused(Code::NoTarget, leaf.id));
        };
        if !self.bend(quirk, self.at, &leaf.path) {
            return Err(self.refused(Code::NoTarget, leaf.id));
        }
        let given =
            place.sub.map_or_else(|| merge.given.clone(), |sub| self.member(sub, merge.given));
        let value = self.in_schema_order(place.attribute, &described, &given);
        let at = self.at;
        let Some(mut list) = self.list(place, true) else { return Ok(()) };
        let marks = primary::is_primary(&value);
        let new = list.push(value);
        primary::settle(&mut list, if marks { std::slice::from_ref(&new) } else { &[] }, at)
    }

    /// What a filter describes, with what is given on top.
    fn in_schema_order(&self, id: AttrId, described: &Object<'c>, given: &Value<'c>) -> Value<'c> {
        let mut object = Object::new();
        for child in self.compiled.children(id) {
            let name = &child.attribute.name;
            if let Some(value) = given.get(name).or_else(|| described.get(name)) {
                object.insert(name::to_static(name), value.clone());
            }
        }
        object.into()
    }
}

/// A value as an object; a simple one where an object belongs stands for its `value`.
pub(super) fn as_object(value: Value<'_>) -> Object<'_> {
    match value {
        Value::Object(object) => object,
        Value::Null => Object::new(),
        simple => {
            let mut object = Object::new();
            object.insert("value", simple);
            object
        }
    }
}
