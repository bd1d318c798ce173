//! The walk: a node and its schema, side by side.
//!
//! It goes where the schema goes and no further, so its depth is that of the schema.

use std::borrow::Cow;

use super::finding;
use super::fit::{self, Misfit, Shape};
use super::places::Places;
use super::rules::multi::Elements;
use super::rules::schemas::Declared;
use super::sink::Sink;
use super::trail::Trail;
use super::{Mode, Options};
use crate::error::{Code, Issue, Pointer, Severity};
use crate::name;
use crate::profile::{Quirk, Unknown};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Meaning, Mutability, Role};
use crate::value::{Node, Value, View};

/// What the walk carries along.
pub(super) struct Walk<'w> {
    pub(super) compiled: &'w Compiled,
    pub(super) options: &'w Options<'w>,
    pub(super) sink: &'w mut dyn Sink,
}

/// Validates a whole resource.
pub(super) fn resource<'a, N: Node<'a>>(
    compiled: &Compiled,
    node: &N,
    options: &Options<'_>,
    sink: &mut dyn Sink,
) {
    let top = Pointer::root();
    let trail = Trail::Base(&top);
    let mut walk = Walk { compiled, options, sink };
    match node.view() {
        View::Map(members) => {
            let before = match options.mode {
                Mode::Replace | Mode::Patch => options.original,
                Mode::Create | Mode::Response | Mode::Import => None,
            };
            let mut notes = Notes::default();
            walk.object::<N>(
                compiled.attribute(AttrId::ROOT),
                members,
                &trail,
                before,
                Some(&mut notes),
            );
            walk.schemas_agree(&notes, &trail);
        }
        other => walk.report(Severity::Error, &trail, || {
            Issue::new(Code::NotAnObject).with("actual", other.kind_name())
        }),
    }
}

/// What rules about the whole resource need to know at its end.
#[derive(Default)]
pub(super) struct Notes<'a> {
    pub(super) declared: Declared,
    /// The extensions that have data, with their names as the document spells them.
    pub(super) extensions: Vec<(AttrId, Cow<'a, str>)>,
}

impl<'w> Walk<'w> {
    /// Hands a finding about the place `trail` to the sink.
    pub(super) fn report(
        &mut self,
        severity: Severity,
        trail: &Trail<'_>,
        build: impl FnOnce() -> Issue,
    ) {
        if self.sink.takes(severity) {
            self.sink.take(build().severity(severity).at(trail.pointer()));
        }
    }

    /// The weight of something that a quirk tolerates, if there is such a quirk.
    pub(super) fn weigh(&self, quirk: Option<Quirk>) -> Severity {
        self.options.weigh(quirk)
    }

    /// The members of a complex value, an extension or the resource. Whether anything is
    /// assigned.
    pub(super) fn object<'a, N: Node<'a>>(
        &mut self,
        attribute: &'w CompiledAttribute,
        members: N::Members,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
        mut notes: Option<&mut Notes<'a>>,
    ) -> bool {
        let (mut seen, mut assigned) = (Places::default(), Places::default());
        let mut expected = 0;
        // A client cannot set what is read-only, so in these modes that needs a closer look.
        let sets = matches!(self.options.mode, Mode::Create | Mode::Replace);
        for (name, member) in members {
            if self.sink.done() {
                return true;
            }
            let known =
                member.attribute(self.compiled.identity()).map(|id| self.compiled.attribute(id));
            let found = match known {
                Some(child) => Some((child.place, child)),
                None => self.find(attribute, &name, expected),
            };
            let Some((place, child)) = found else {
                self.unknown(attribute, &name, &member, trail);
                continue;
            };
            expected = place + 1;
            let trail = trail.name(&name);
            if !seen.insert(place) {
                self.report(Severity::Error, &trail, || finding::about(child, Code::DuplicateName));
                continue;
            }
            let settable = child.mutability == Mutability::ReadWrite || !sets;
            if child.nature.takes_any_text && settable && member.is_filled_text() {
                assigned.insert(place);
                continue;
            }
            if let Some(notes) = notes.as_deref_mut()
                && self.root_member(child, &member, &trail, notes)
            {
                assigned.insert(place);
                continue;
            }
            let before = before.and_then(|before| before.get(&child.attribute.name));
            if self.member(attribute, child, &member, &trail, before) {
                assigned.insert(place);
                if let Some(notes) = notes.as_deref_mut().filter(|_| child.role == Role::Container)
                {
                    notes.extensions.push((child.id, name.clone()));
                }
            }
        }
        let any = !assigned.is_empty();
        if any || attribute.id == AttrId::ROOT {
            self.complete(attribute, &assigned, trail, before);
        }
        any
    }

    /// What only members of the resource have: rules for `schemas` and `meta`. Whether nothing is
    /// left to do.
    fn root_member<'a, N: Node<'a>>(
        &mut self,
        child: &'w CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
        notes: &mut Notes<'a>,
    ) -> bool {
        match child.nature.meaning {
            Meaning::Schemas => {
                notes.declared = self.declared(child, node, trail);
                true
            }
            Meaning::Meta => {
                self.meta(node, trail);
                false
            }
            _ => false,
        }
    }

    /// A member with a name that the schema knows. Whether it is assigned.
    fn member<'a, N: Node<'a>>(
        &mut self,
        parent: &'w CompiledAttribute,
        child: &'w CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
    ) -> bool {
        if self.is_ignored(parent, child) {
            self.ignored(child, node, trail, before);
            return false;
        }
        if self.leaks(child, node, trail) {
            return true;
        }
        let changed = before.is_some_and(|before| self.is_changed(child, node, trail, before));
        self.whole(child, node, trail, before.filter(|_| !changed))
    }

    /// The whole value of an attribute: a list if it is multi-valued. Whether it is assigned.
    pub(super) fn whole<'a, N: Node<'a>>(
        &mut self,
        attribute: &'w CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
    ) -> bool {
        if !attribute.multi_valued {
            return self.one(attribute, node, trail, before);
        }
        match node.view() {
            View::Null => false,
            View::List(items) => self.list::<N>(attribute, items, trail, before),
            View::Foreign(what) => {
                self.foreign(attribute, what, trail);
                true
            }
            other => {
                let severity = self.weigh(Some(Quirk::SingleForArray));
                self.report(severity, trail, || {
                    finding::not_an_array(attribute, other.kind_name())
                });
                severity == Severity::Error || self.one(attribute, node, trail, before)
            }
        }
    }

    fn list<'a, N: Node<'a>>(
        &mut self,
        attribute: &'w CompiledAttribute,
        items: N::Items,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
    ) -> bool {
        let mut elements = Elements::of(self, attribute, before);
        let mut any = false;
        for (index, item) in items.enumerate() {
            if self.sink.done() {
                return true;
            }
            let trail = trail.index(index);
            let before = self.element(&mut elements, attribute, &item, &trail);
            any |= self.one(attribute, &item, &trail, before);
        }
        any
    }

    /// One value, be it the only one or an element. Whether it is assigned.
    fn one<'a, N: Node<'a>>(
        &mut self,
        attribute: &'w CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
    ) -> bool {
        match node.view() {
            View::List(mut items) => {
                let only = items.next();
                let quirk = items.next().is_none().then_some(Quirk::ArrayForSingle);
                let severity = self.weigh(quirk);
                self.report(severity, trail, || finding::about(attribute, Code::NotMultiValued));
                if severity == Severity::Error {
                    return true;
                }
                only.is_some_and(|only| {
                    self.simple_or_complex::<N>(attribute, only.view(), &trail.index(0), before)
                })
            }
            view => self.simple_or_complex::<N>(attribute, view, trail, before),
        }
    }

    fn simple_or_complex<'a, N: Node<'a>>(
        &mut self,
        attribute: &'w CompiledAttribute,
        view: View<'a, N>,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
    ) -> bool {
        let Some(shape) = Shape::of_view(&view) else { return false };
        if let Err(misfit) = fit::check(attribute.kind, &shape) {
            return self.misfit(attribute, &view, misfit, trail);
        }
        match view {
            View::Map(members) => self.object::<N>(attribute, members, trail, before, None),
            View::Text(text) => {
                self.text(attribute, &text, trail);
                true
            }
            _ => true,
        }
    }

    /// A value of another type: reported, and looked into as far as a quirk can convert it.
    fn misfit<'a, N: Node<'a>>(
        &mut self,
        attribute: &'w CompiledAttribute,
        view: &View<'a, N>,
        misfit: Misfit,
        trail: &Trail<'_>,
    ) -> bool {
        let compiled = self.compiled;
        let inner = finding::bare_value(compiled, attribute);
        let quirk = misfit.quirk.filter(|quirk| *quirk != Quirk::BareValue || inner.is_some());
        let severity = self.weigh(quirk);
        self.report(severity, trail, || finding::misfit(attribute, misfit));
        if severity == Severity::Error {
            return true;
        }
        match (quirk, inner, view) {
            (Some(Quirk::NumberToString), _, View::Number(number)) => {
                self.text(attribute, number.as_str(), trail);
                true
            }
            (Some(Quirk::BareValue), Some(inner), view) => {
                let text = match view {
                    View::Text(text) => text,
                    View::Number(number) => number.as_str(),
                    _ => "",
                };
                if text.is_empty() {
                    return false;
                }
                // What stands bare is checked as the `value` that it will be.
                let converted = match view {
                    View::Number(number) => Value::Number(number.clone()),
                    _ => Value::from(text),
                };
                self.bare(attribute, inner, &converted, trail);
                true
            }
            _ => true,
        }
    }

    fn bare(
        &mut self,
        attribute: &'w CompiledAttribute,
        inner: &'w CompiledAttribute,
        value: &Value<'_>,
        trail: &Trail<'_>,
    ) {
        self.member(attribute, inner, &value, trail, None);
        let mut assigned = Places::default();
        if let Some(place) = attribute.children.iter().position(|id| *id == inner.id) {
            assigned.insert(place);
        }
        self.complete(attribute, &assigned, trail, None);
    }

    fn foreign(&mut self, attribute: &CompiledAttribute, what: &'static str, trail: &Trail<'_>) {
        let misfit = Misfit { code: Code::ForeignValue, quirk: None, actual: what };
        self.report(Severity::Error, trail, || finding::misfit(attribute, misfit));
    }

    /// A name that the schema does not have.
    fn unknown<'a, N: Node<'a>>(
        &mut self,
        parent: &'w CompiledAttribute,
        name: &str,
        node: &N,
        trail: &Trail<'_>,
    ) {
        let compiled = self.compiled;
        let trail = trail.name(name);
        let moved = Some(parent.id)
            .filter(|id| {
                *id == AttrId::ROOT && self.options.profile.allows(Quirk::UnqualifiedExtension)
            })
            .and_then(|_| finding::unqualified(compiled, name));
        let severity = match moved {
            Some(_) => Severity::Warning,
            None => match self.options.profile.unknown() {
                // Nothing is lost.
                Unknown::Keep => Severity::Advice,
                Unknown::Reject if self.options.mode != Mode::Import => Severity::Error,
                Unknown::Reject | Unknown::Ignore => Severity::Warning,
            },
        };
        self.report(severity, &trail, || finding::unknown(compiled, parent.id, name));
        if let Some(attribute) = moved {
            let parent = compiled.attribute(attribute.parent);
            self.member(parent, attribute, node, &trail, None);
        }
    }

    /// A sub-attribute by name, with its place. Documents mostly keep the order of the schema,
    /// so the search begins at the one that is `expected`.
    fn find(
        &self,
        attribute: &CompiledAttribute,
        wanted: &str,
        expected: usize,
    ) -> Option<(usize, &'w CompiledAttribute)> {
        let compiled = self.compiled;
        let named = |place: usize, id: AttrId| {
            let child = compiled.attribute(id);
            name::same(&child.attribute.name, wanted).then_some((place, child))
        };
        let (before, after) =
            attribute.children.split_at_checked(expected).unwrap_or((&[], &attribute.children));
        let next = after.iter().zip(expected..).find_map(|(id, place)| named(place, *id));
        next.or_else(|| before.iter().zip(0..).find_map(|(id, place)| named(place, *id)))
    }
}
