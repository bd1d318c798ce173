//! `replace` of whole values (RFC 7644 §3.5.2.3).

use super::add::as_object;
use super::apply::Work;
use super::equal;
use super::list::{Index, List};
use super::operation::Op;
use super::primary;
use super::target::Place;
use super::write::{Immutable, Merge};
use crate::error::Error;
use crate::name;
use crate::profile::Quirk;
use crate::schema::{AttrId, Compiled, Kind, Mutability};
use crate::value::{Object, Value};

impl<'c> Work<'c> {
    /// Puts a list in the place of another (PAT-051, PAT-059). A member that is in both stays,
    /// with what the server knows of it, and cannot become another (WRT-030).
    pub(super) fn replace_list(&mut self, place: Place, values: &Value<'c>) -> Result<(), Error> {
        let compiled = self.compiled;
        let values = values.as_array().unwrap_or_default();
        let keeps = equal::is_set_of_values(compiled, place.attribute);
        let Some(old) = &mut self.list(place, true) else { return Ok(()) };
        let mut allowed = Ok(false);
        let (mut items, mut index) = (Vec::with_capacity(values.len()), Index::default());
        let mut new = List {
            compiled,
            id: place.attribute,
            items: &mut items,
            index: &mut index,
            journal: &mut None,
        };
        for value in values {
            if new.same(value, values.len()).is_some() {
                continue;
            }
            let kept = if keeps { old.same(value, 0) } else { None };
            let value = match kept.map(|at| old.take(at)) {
                None => value.clone(),
                Some(Value::Object(mut object)) => {
                    let merge = Merge { op: Op::Replace, given: value, clears: &[] };
                    allowed = allowed.and(merge.into(compiled, place.attribute, &mut object));
                    Value::Object(object)
                }
                Some(other) => other,
            };
            new.push(value);
        }
        *old.items = items;
        *old.index = index;
        self.allowed(allowed).map(|_| ())
    }

    /// Puts a value in the place of each chosen one (PAT-054), or merges it in.
    pub(super) fn replace_elements(
        &mut self,
        place: Place,
        chosen: &[usize],
        merge: Merge<'_, 'c>,
    ) -> Result<(), Error> {
        let (compiled, id, at) = (self.compiled, place.attribute, self.at);
        let complex = compiled.attribute(id).kind == Kind::Complex;
        if complex && self.profile.allows(Quirk::ReplaceMerges) {
            let keeps = self.list(place, false).is_some_and(|list| {
                chosen.iter().filter_map(|at| list.items.get(*at)).any(|old| says_more(old, merge))
            });
            if keeps {
                self.bend(Quirk::ReplaceMerges, at, &compiled.attribute(id).path);
            }
            return self.merge_elements(place, chosen, merge);
        }
        let Some(mut list) = self.list(place, false) else { return Ok(()) };
        let mut allowed = Ok(false);
        for at in chosen {
            let old = list.take(*at);
            let mut new = merge.given.clone();
            if complex {
                allowed = allowed.and(keep_immutable(compiled, id, &as_object(old), &mut new));
            }
            list.put(*at, new);
        }
        let marked = if primary::is_primary(merge.given) { chosen } else { &[] };
        let settled = primary::settle(&mut list, marked, at);
        list.drop_doubles(chosen);
        self.allowed(allowed).and(settled)
    }
}

/// Whether a value has sub-attributes that a merge leaves alone.
fn says_more(old: &Value<'_>, merge: Merge<'_, '_>) -> bool {
    old.as_object().is_some_and(|old| {
        old.iter().any(|(name, value)| !value.is_unassigned() && merge.given.get(name).is_none())
    })
}

/// A value that takes the place of another has the same immutable sub-attributes (SCH-121), down
/// to how they are written.
fn keep_immutable<'c>(
    compiled: &Compiled,
    id: AttrId,
    old: &Object<'c>,
    new: &mut Value<'c>,
) -> Result<bool, Immutable> {
    for child in compiled.children(id).filter(|child| child.mutability == Mutability::Immutable) {
        let name = &child.attribute.name;
        let Some(old) = old.assigned(name) else { continue };
        if !new.get(name).is_some_and(|new| equal::same_value(compiled, child.id, old, new)) {
            return Err(Immutable(child.id));
        }
        if let Some(new) = new.as_object_mut() {
            new.insert(name::to_static(name), old.clone());
        }
    }
    Ok(true)
}
