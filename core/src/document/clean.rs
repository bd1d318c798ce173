//! Most documents have nothing wrong with them: that is found out first, from what was gathered
//! while the tape was made and the few values that a rule looks at.
//!
//! [`is_clean`] says yes only where the walk of [`validate`](crate::validate) would find nothing
//! at all; where it is not sure it says no, and the walk decides. It asks the same rules about
//! texts and about what must be there.

use std::borrow::Cow;
use std::collections::HashSet;

use super::slot::{Slot, SlotKind, inside};
use super::{Document, decoded};
use crate::name;
use crate::schema::{AttrId, Brief, Compiled, CompiledAttribute, Tells};
use crate::text;
use crate::validate::{Mode, Options, fault};
use crate::value::Number;

/// Whether there is certainly nothing to say about a document.
pub(super) fn is_clean(document: &Document<'_>, options: &Options<'_>) -> bool {
    let facts = &document.facts;
    let mode = options.mode;
    let compared = match mode {
        Mode::Replace => options.original.is_some(),
        Mode::Patch => options.original.is_some() && document.compiled.has_immutable(),
        Mode::Create | Mode::Response | Mode::Import => false,
    };
    let sets = matches!(mode, Mode::Create | Mode::Replace);
    if compared
        || facts.odd
        || facts.missing & mode.bit() != 0
        || (sets && facts.sets_read_only)
        || (mode == Mode::Response && facts.never_returned)
    {
        return false;
    }
    let look =
        Look { text: &document.text, tape: &document.tape, compiled: &document.compiled, options };
    look.resource(facts.assigned).is_some() && look.values().is_some()
}

struct Look<'d> {
    text: &'d str,
    tape: &'d [Slot],
    compiled: &'d Compiled,
    options: &'d Options<'d>,
}

/// A set of places among sub-attributes.
type Places = u64;

/// The members of an element by which it is told from others.
#[derive(Default, Clone, Copy)]
struct Told<'d> {
    kind: Option<&'d Slot>,
    value: Option<&'d Slot>,
}

impl<'d> Look<'d> {
    /// That `schemas` and `meta` say what they must, if they are right otherwise; `None` is "not
    /// sure", as everywhere here.
    fn resource(&self, assigned: Places) -> Option<()> {
        let mut declared = None;
        for (at, slot) in inside(self.tape, 0) {
            match self.compiled.brief(slot.id).tells {
                Tells::Schemas => declared = Some(self.declared(slot, at)?),
                Tells::Meta => self.meta(slot, at)?,
                _ => {}
            }
        }
        let mut extensions: Places = 0;
        for place in &self.compiled.attribute(AttrId::ROOT).containers {
            extensions |= bit(*place)? & assigned;
        }
        (extensions & !declared? == 0).then_some(())
    }

    /// That there is nothing to say of the values that rules look at.
    fn values(&self) -> Option<()> {
        for (at, slot) in self.tape.iter().enumerate().filter(|(_, slot)| slot.check) {
            let attribute = self.compiled.entry(slot.id);
            match slot.kind {
                SlotKind::List => self.distinct(attribute, at)?,
                SlotKind::Number => {
                    let number = Number::from_checked(self.text.get(slot.inner())?);
                    number.is_integer().then_some(())?;
                }
                _ => {
                    let text = self.text_of(slot)?;
                    if fault(self.options, attribute, &text).is_some() {
                        return None;
                    }
                }
            }
        }
        Some(())
    }

    /// That no element of a list stands there twice.
    fn distinct(&self, attribute: &'d CompiledAttribute, at: usize) -> Option<()> {
        /// So many elements are compared with each other.
        const FEW: usize = 6;
        let mut few: [Told<'d>; FEW] = [Told::default(); FEW];
        let mut many = HashSet::new();
        let mut count = 0;
        for (at, slot) in inside(self.tape, at) {
            let told = self.told(slot, at);
            if told.value.is_none_or(|value| value.kind == SlotKind::Null) {
                continue;
            }
            if let Some(place) = few.get_mut(count) {
                *place = told;
                count += 1;
                let others = few.iter().take(count - 1);
                for other in others {
                    if self.is_same(attribute, other, &told)? {
                        return None;
                    }
                }
                continue;
            }
            if many.is_empty() {
                for other in &few {
                    many.insert(self.key(attribute, other)?);
                }
            }
            if !many.insert(self.key(attribute, &told)?) {
                return None;
            }
        }
        Some(())
    }

    /// What an element, or a value of a list of simple ones, is told by.
    fn told(&self, slot: &'d Slot, at: usize) -> Told<'d> {
        if slot.kind != SlotKind::Map {
            return Told { kind: None, value: Some(slot) };
        }
        let mut told = Told::default();
        for (_, slot) in inside(self.tape, at) {
            match self.compiled.brief(slot.id).tells {
                Tells::Value => told.value = Some(slot),
                Tells::Type => told.kind = Some(slot),
                _ => {}
            }
        }
        told
    }

    fn is_same(&self, list: &CompiledAttribute, a: &Told<'_>, b: &Told<'_>) -> Option<bool> {
        let (kind_exact, value_exact) = self.cases(list);
        let same = |a: Option<&Slot>, b: Option<&Slot>, exact| {
            Some(text::equal(&self.told_text(a)?, &self.told_text(b)?, exact))
        };
        Some(same(a.value, b.value, value_exact)? && same(a.kind, b.kind, kind_exact)?)
    }

    fn key(
        &self,
        list: &CompiledAttribute,
        told: &Told<'d>,
    ) -> Option<(Cow<'d, str>, Cow<'d, str>)> {
        let (kind_exact, value_exact) = self.cases(list);
        let folded = |slot, exact| Some(text::into_key(self.told_text(slot)?, exact));
        Some((folded(told.value, value_exact)?, folded(told.kind, kind_exact)?))
    }

    /// Whether case counts in the type and in the value of an element.
    fn cases(&self, list: &CompiledAttribute) -> (bool, bool) {
        let exact = |id: Option<AttrId>| id.map(|id| self.compiled.attribute(id).case_exact);
        (
            exact(list.nature.element_type).unwrap_or(false),
            exact(list.nature.element_value).unwrap_or(list.case_exact),
        )
    }

    fn told_text(&self, slot: Option<&Slot>) -> Option<Cow<'d, str>> {
        match slot.filter(|slot| slot.kind != SlotKind::Null) {
            None => Some(Cow::Borrowed("")),
            Some(slot) => self.text_of(slot),
        }
    }

    #[inline]
    fn text_of(&self, slot: &Slot) -> Option<Cow<'d, str>> {
        if slot.kind == SlotKind::Escaped {
            return decoded(self.text.get(slot.raw())?.as_bytes()).map(Cow::Owned);
        }
        self.text.get(slot.inner()).map(Cow::Borrowed)
    }

    /// That `meta` says what it must.
    fn meta(&self, meta: &Slot, at: usize) -> Option<()> {
        if !matches!(self.options.mode, Mode::Response | Mode::Import) {
            return Some(());
        }
        if meta.kind == SlotKind::Null {
            return Some(());
        }
        let (mut named, mut located) = (false, false);
        for (_, slot) in inside(self.tape, at) {
            let text = slot.kind == SlotKind::Text;
            match &*self.compiled.entry(slot.id).attribute.name {
                "resourceType" => {
                    named = text
                        && self.text.get(slot.inner())? == &*self.compiled.resource_type().name;
                    named.then_some(())?;
                }
                "location" => located = text,
                _ => {}
            }
        }
        (self.options.mode == Mode::Import || (named && located)).then_some(())
    }

    /// The places of the extensions that `schemas` names, if it names the main schema and nothing
    /// else and nothing twice.
    fn declared(&self, schemas: &Slot, at: usize) -> Option<Places> {
        (schemas.kind == SlotKind::List).then_some(())?;
        let (mut base, mut declared): (bool, Places) = (false, 0);
        for (_, slot) in inside(self.tape, at) {
            (slot.kind == SlotKind::Text).then_some(())?;
            let uri = self.text.get(slot.inner())?;
            if !base && name::same(uri, self.compiled.base_schema()) {
                base = true;
                continue;
            }
            let bit = bit(self.compiled.extension(uri)?.place)?;
            if declared & bit != 0 {
                return None;
            }
            declared |= bit;
        }
        base.then_some(declared)
    }
}

#[inline]
fn bit(place: usize) -> Option<Places> {
    (place < Brief::PLACES).then(|| 1 << place)
}
