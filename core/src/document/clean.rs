//! Most documents have nothing wrong with them: that is found out first, in one go along the tape.
//!
//! [`is_clean`] says yes only where the walk of [`validate`](crate::validate) would find nothing
//! at all; where it is not sure it says no, and the walk decides. It asks the same rules about
//! texts and about what must be there.

use std::borrow::Cow;
use std::collections::HashSet;

use super::slot::{Slot, SlotKind, inside};
use super::{Document, decoded};
use crate::name;
use crate::schema::{
    AttrId, Compiled, CompiledAttribute, Kind, Meaning, Mutability, Returned, Tells,
};
use crate::text;
use crate::validate::{Mode, Options, demands, fault};
use crate::value::Number;

/// Whether there is certainly nothing to say about a document.
pub(super) fn is_clean(document: &Document<'_>, options: &Options<'_>) -> bool {
    let look = Look {
        text: &document.text,
        tape: &document.tape,
        compiled: &document.compiled,
        options,
        sets: matches!(options.mode, Mode::Create | Mode::Replace),
    };
    let compared = match options.mode {
        Mode::Replace => options.original.is_some(),
        Mode::Patch => options.original.is_some() && document.compiled.has_immutable(),
        Mode::Create | Mode::Response | Mode::Import => false,
    };
    let is_map = look.tape.first().is_some_and(|root| root.kind == SlotKind::Map);
    is_map && !compared && look.resource().is_some()
}

struct Look<'d> {
    text: &'d str,
    tape: &'d [Slot],
    compiled: &'d Compiled,
    options: &'d Options<'d>,
    /// A client cannot set what is read-only in this mode.
    sets: bool,
}

/// A set of places among sub-attributes.
type Places = u64;

/// The members of an element by which it is told from others.
#[derive(Default, Clone, Copy)]
struct Told<'d> {
    kind: Option<&'d Slot>,
    value: Option<&'d Slot>,
    is_primary: bool,
}

/// `None` is "not sure". `Some(false)` is "nothing wrong, and no value".
type Assigned = Option<bool>;

impl<'d> Look<'d> {
    fn resource(&self) -> Option<()> {
        let root = self.compiled.attribute(AttrId::ROOT);
        let mut told = Told::default();
        let assigned = self.members(root, 0, &mut told)?;
        self.complete(root, assigned)?;
        let mut extensions: Places = 0;
        for place in &root.containers {
            extensions |= bit(*place)? & assigned;
        }
        let (at, schemas) = self.member(Meaning::Schemas)?;
        let declared = self.declared(schemas, at)?;
        (extensions & !declared == 0).then_some(())
    }

    /// The member of the resource with this meaning, and where it is on the tape.
    fn member(&self, meaning: Meaning) -> Option<(usize, &'d Slot)> {
        inside(self.tape, 0)
            .find(|(_, slot)| self.compiled.entry(slot.id).nature.meaning == meaning)
    }

    /// The places of what is assigned in an object.
    #[inline]
    fn members(
        &self,
        parent: &CompiledAttribute,
        at: usize,
        told: &mut Told<'d>,
    ) -> Option<Places> {
        let mut assigned: Places = 0;
        for (at, slot) in inside(self.tape, at) {
            let brief = self.compiled.brief(slot.id)?;
            let text = matches!(slot.kind, SlotKind::Text | SlotKind::Escaped);
            let any = if brief.takes_any_text && text {
                if slot.start == slot.end && brief.required {
                    return None;
                }
                true
            } else {
                self.value(self.compiled.entry(slot.id), slot, at)?
            };
            if brief.read_only && self.sets && parent.mutability != Mutability::ReadOnly {
                return None;
            }
            if any {
                assigned |= bit(brief.place.into())?;
            }
            match brief.tells {
                Tells::Nothing => {}
                Tells::Value => told.value = Some(slot),
                Tells::Type => told.kind = Some(slot),
                Tells::Primary => told.is_primary = slot.kind == SlotKind::True,
            }
        }
        Some(assigned)
    }

    /// The whole value of an attribute.
    fn value(&self, attribute: &'d CompiledAttribute, slot: &'d Slot, at: usize) -> Assigned {
        if slot.kind == SlotKind::Null {
            return Some(false);
        }
        if attribute.returned == Returned::Never && self.options.mode == Mode::Response {
            return None;
        }
        match attribute.nature.meaning {
            // Looked at when the extensions are known.
            Meaning::Schemas => return Some(true),
            Meaning::Meta => self.meta(slot, at)?,
            _ => {}
        }
        if !attribute.multi_valued {
            return self.one(attribute, slot, at, &mut Told::default());
        }
        (slot.kind == SlotKind::List).then_some(())?;
        self.list(attribute, at)
    }

    #[inline]
    fn one(
        &self,
        attribute: &'d CompiledAttribute,
        slot: &'d Slot,
        at: usize,
        told: &mut Told<'d>,
    ) -> Assigned {
        match (attribute.kind, slot.kind) {
            (_, SlotKind::Null) => return Some(false),
            (
                Kind::String | Kind::Reference | Kind::DateTime | Kind::Binary,
                SlotKind::Text | SlotKind::Escaped,
            ) => {
                let text = self.text_of(slot)?;
                if fault(self.options, attribute, &text).is_some() {
                    return None;
                }
            }
            (Kind::Boolean, SlotKind::True | SlotKind::False)
            | (Kind::Decimal, SlotKind::Number) => {}
            (Kind::Integer, SlotKind::Number) => {
                let number = Number::from_checked(self.text.get(slot.inner())?);
                number.is_integer().then_some(())?;
            }
            (Kind::Complex, SlotKind::Map) => {
                let assigned = self.members(attribute, at, told)?;
                if assigned == 0 {
                    return Some(false);
                }
                self.complete(attribute, assigned)?;
            }
            _ => return None,
        }
        Some(true)
    }

    fn list(&self, attribute: &'d CompiledAttribute, at: usize) -> Assigned {
        /// So many elements are compared with each other.
        const FEW: usize = 6;
        let mut few: [Told<'d>; FEW] = [Told::default(); FEW];
        let mut many = HashSet::new();
        let (mut count, mut primaries, mut any) = (0, 0, false);
        for (at, slot) in inside(self.tape, at) {
            let mut told = Told::default();
            any |= self.one(attribute, slot, at, &mut told)?;
            if !matches!(slot.kind, SlotKind::Map | SlotKind::Null) {
                told.value = Some(slot);
            }
            primaries += usize::from(told.is_primary);
            if primaries > 1 {
                return None;
            }
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
        Some(any)
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

    /// That nothing is missing in an object.
    fn complete(&self, parent: &CompiledAttribute, assigned: Places) -> Option<()> {
        for place in &parent.watched {
            if bit(*place)? & assigned != 0 {
                continue;
            }
            let child = self.compiled.attribute(*parent.children.get(*place)?);
            let response = self.options.mode == Mode::Response;
            let missing = child.required && demands(self.options.mode, child);
            if missing || (response && child.nature.meaning == Meaning::Meta) {
                return None;
            }
        }
        Some(())
    }

    /// That `meta` says what it must.
    fn meta(&self, meta: &Slot, at: usize) -> Option<()> {
        if !matches!(self.options.mode, Mode::Response | Mode::Import) {
            return Some(());
        }
        (meta.kind == SlotKind::Map).then_some(())?;
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
    1u64.checked_shl(u32::try_from(place).ok()?)
}
