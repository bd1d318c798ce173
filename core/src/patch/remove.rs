//! `remove` (RFC 7644 §3.5.2.2), and `replace` by null.

use super::add::as_object;
use super::apply::Work;
use super::identity::means;
use super::operation::Op;
use super::target::{ElementFilter, Place};
use super::write::{clear, forget};
use crate::error::{Code, Error};
use crate::name;
use crate::schema::{AttrId, CompiledAttribute, Mutability};
use crate::value::Value;

impl<'c> Work<'c> {
    /// Takes away what a path names; of a multi-valued attribute perhaps only these values.
    pub(super) fn remove(
        &mut self,
        place: Place,
        filter: Option<&ElementFilter>,
        values: Option<&[Value<'c>]>,
        op: Op,
    ) -> Result<(), Error> {
        self.note_removed(place.leaf());
        let multi_valued = self.compiled.attribute(place.attribute).multi_valued;
        let any = match (multi_valued, place.sub, filter, values) {
            (false, _, _, Some(values)) if !self.is_meant(place, values) => false,
            (false, None, _, _) | (true, None, None, None) => self.remove_attribute(place)?,
            (true, None, _, _) => {
                self.note_removed(place.attribute);
                self.remove_elements(place, filter, values)
            }
            (true, Some(sub), _, _) => self.remove_in_elements(place, sub, filter)?,
            (false, Some(sub), _, _) => self.remove_sub(place, sub)?,
        };
        if any {
            self.touch(place);
            return Ok(());
        }
        // What is unassigned stays so (RFC 7643 §2.5); only a choice among values can miss.
        let chosen = filter.is_some() || values.is_some();
        if chosen { self.absent(op, place.leaf()) } else { Ok(()) }
    }

    /// Whether what is at a place with one value is among these values.
    fn is_meant(&self, place: Place, values: &[Value<'c>]) -> bool {
        let whole = self.value(place);
        let stored = match place.sub {
            Some(sub) => {
                whole.and_then(|whole| whole.get(&self.compiled.attribute(sub).attribute.name))
            }
            None => whole,
        };
        stored.is_some_and(|stored| {
            values.iter().any(|value| means(self.compiled, place.leaf(), value, stored))
        })
    }

    fn remove_attribute(&mut self, place: Place) -> Result<bool, Error> {
        let attribute = self.compiled.attribute(place.attribute);
        if let Some(id) = self.value(place).and_then(|value| self.guarded(attribute, value)) {
            return Err(self.refused(Code::ReadOnly, id));
        }
        let cleared =
            self.home_mut(place.container).map_or(Ok(false), |home| clear(home, attribute));
        let cleared = self.allowed(cleared)?;
        if cleared {
            self.forget_list(attribute.id);
        }
        Ok(cleared)
    }

    /// What is in a single value and not to be changed by the one who asks.
    fn guarded(&self, attribute: &CompiledAttribute, value: &Value<'_>) -> Option<AttrId> {
        let object = value.as_object()?;
        let mut subs = self.compiled.children(attribute.id).filter(|sub| sub.guarded);
        subs.find(|sub| object.assigned(&sub.attribute.name).is_some()).map(|sub| sub.id)
    }

    fn remove_sub(&mut self, place: Place, sub: AttrId) -> Result<bool, Error> {
        let compiled = self.compiled;
        let (attribute, sub) = (compiled.attribute(place.attribute), compiled.attribute(sub));
        let name = &attribute.attribute.name;
        let Some(home) = self.home_mut(place.container) else { return Ok(false) };
        let Some(object) = home.get_mut(name).and_then(Value::as_object_mut) else {
            return Ok(false);
        };
        let cleared = clear(object, sub);
        if matches!(cleared, Ok(true)) && name::same(&sub.attribute.name, "value") {
            forget(compiled, attribute.id, object);
        }
        if object.iter().all(|(_, value)| value.is_unassigned()) {
            home.remove(name);
        }
        self.allowed(cleared)
    }

    /// The places of the values that a filter chooses; without one, of all.
    pub(super) fn chosen(&mut self, place: Place, filter: Option<&ElementFilter>) -> Vec<usize> {
        match (self.list(place, false), filter) {
            (None, _) => Vec::new(),
            (Some(mut list), Some(filter)) => list.chosen(filter),
            (Some(list), None) => list.places().collect(),
        }
    }

    /// Takes whole values away, whatever their sub-attributes allow (PAT-047).
    fn remove_elements(
        &mut self,
        place: Place,
        filter: Option<&ElementFilter>,
        values: Option<&[Value<'c>]>,
    ) -> bool {
        let chosen = match values {
            None => self.chosen(place, filter),
            Some(values) => {
                let Some(mut list) = self.list(place, false) else { return false };
                let mut meant = list.meant(values);
                if let Some(filter) = filter {
                    meant.retain(|at| {
                        list.items.get(*at).is_some_and(|item| filter.bound.matches(&item))
                    });
                }
                meant
            }
        };
        let Some(mut list) = self.list(place, false) else { return false };
        for at in &chosen {
            list.take(*at);
        }
        !chosen.is_empty()
    }

    /// Takes a sub-attribute away from the chosen values; one of which nothing is left goes too.
    fn remove_in_elements(
        &mut self,
        place: Place,
        sub: AttrId,
        filter: Option<&ElementFilter>,
    ) -> Result<bool, Error> {
        let chosen = self.chosen(place, filter);
        let compiled = self.compiled;
        let sub = compiled.attribute(sub);
        let Some(mut list) = self.list(place, false) else { return Ok(false) };
        let mut any = Ok(false);
        for at in chosen {
            let mut object = as_object(list.take(at));
            let cleared = clear(&mut object, sub);
            if matches!(cleared, Ok(true)) && name::same(&sub.attribute.name, "value") {
                forget(compiled, place.attribute, &mut object);
            }
            let empty = object.iter().all(|(_, value)| value.is_unassigned());
            list.put(at, if empty { Value::Null } else { object.into() });
            any = any.and_then(|any| Ok(cleared? || any));
        }
        self.allowed(any)
    }

    /// Takes an extension away as a whole (PAT-022, PAT-023).
    pub(super) fn remove_extension(&mut self, id: AttrId) -> Result<(), Error> {
        let compiled = self.compiled;
        let name = &compiled.attribute(id).attribute.name;
        self.report_extension(id);
        let Some(object) = self.resource.assigned(name) else {
            return Ok(());
        };
        for child in compiled.children(id) {
            let Some(value) = object.assigned(&child.attribute.name) else { continue };
            let (code, id) = match (child.mutability, self.guarded(child, value)) {
                (Mutability::ReadOnly, _) => (Code::ReadOnly, child.id),
                (Mutability::Immutable, _) => (Code::Immutable, child.id),
                (_, Some(id)) => (Code::ReadOnly, id),
                _ => continue,
            };
            return Err(self.refused(code, id));
        }
        self.note_removed(id);
        self.touched.push(id);
        for child in compiled.children(id) {
            self.forget_list(child.id);
            self.touched.push(child.id);
        }
        self.resource.remove(name);
        Ok(())
    }
}
