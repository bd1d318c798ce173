//! A path to the place it names.

use super::compile::Compiler;
use super::unlisted::Unlisted;
use crate::accept::accept_named_value;
use crate::error::{Code, Error, Pointer, ScimType, Span};
use crate::filter::{BoundFilter, Expression, Literal, Operator};
use crate::name;
use crate::path::{PatchPath, Resolved, resolve};
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Role};
use crate::text;
use crate::validate::trail::Trail;
use crate::value::{Object, Value};

/// What a path names.
#[derive(Debug, Clone)]
pub(super) enum Target {
    /// The resource itself: the bare URN of the main schema.
    Resource,
    /// An extension as a whole.
    Extension(AttrId),
    /// An attribute, or a part of it.
    Attribute(Place, Option<ElementFilter>),
    /// What no schema knows, and the profile keeps.
    Unlisted(Unlisted),
}

/// An attribute, perhaps inside an extension, perhaps one sub-attribute of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) container: Option<AttrId>,
    pub(super) attribute: AttrId,
    pub(super) sub: Option<AttrId>,
}

impl Place {
    /// The place of an attribute; `None` for the resource and for a container.
    pub(super) fn of(compiled: &Compiled, id: AttrId) -> Option<Self> {
        // The way up from it, of which the last three steps count: those at the top.
        let (mut first, mut second, mut third) = (None, None, None);
        let mut entry = compiled.attribute(id);
        while entry.id != AttrId::ROOT {
            (first, second, third) = (Some(entry), first, second);
            entry = compiled.attribute(entry.parent);
        }
        let id = |entry: Option<&CompiledAttribute>| entry.map(|entry| entry.id);
        match first {
            Some(container) if container.role == Role::Container => {
                Some(Self { container: id(first), attribute: second?.id, sub: id(third) })
            }
            _ => Some(Self { container: None, attribute: first?.id, sub: id(second) }),
        }
    }

    /// What is changed: the sub-attribute, or the attribute.
    pub(super) fn leaf(self) -> AttrId {
        self.sub.unwrap_or(self.attribute)
    }
}

/// Which values of a multi-valued attribute are meant.
#[derive(Debug, Clone)]
pub(super) struct ElementFilter {
    pub(super) bound: BoundFilter,
    /// The key of `value` that every match has, where the filter says so.
    pub(super) value_key: Option<Box<str>>,
    expression: Expression,
}

impl ElementFilter {
    /// The value that a conjunction of `eq` describes (PAT-037), if it is one; `eq null` adds
    /// nothing to it.
    pub(super) fn described(
        &self,
        compiled: &Compiled,
        id: AttrId,
        profile: Profile,
    ) -> Option<Object<'static>> {
        let mut object = Object::new();
        for term in terms(&self.expression) {
            let Expression::Compare { path, operator: Operator::Eq, literal, .. } = term else {
                return None;
            };
            let child = compiled.child(id, path.as_str())?;
            if child.mutability == Mutability::ReadOnly {
                return None;
            }
            object.insert(child.attribute.name.to_string(), literal.to_value());
        }
        // What was bent here was noted when the filter was bound.
        let (top, mut bent) = (Pointer::root(), Trace::new());
        let (value, at) = (object.into(), Trail::Base(&top));
        match accept_named_value(compiled, id, true, value, &at, profile, &mut bent) {
            Ok(Value::Object(described)) => {
                let value = Value::Object(described);
                let matches = self.bound.matches(&&value);
                let Value::Object(described) = value else { return None };
                matches.then(|| described.into_owned())
            }
            _ => None,
        }
    }
}

/// The parts of a conjunction, or the expression itself.
fn terms(expression: &Expression) -> &[Expression] {
    match expression {
        Expression::And(parts) => parts,
        other => std::slice::from_ref(other),
    }
}

impl Compiler<'_> {
    /// Reads a path and finds what it names.
    pub(super) fn target(&mut self, text: &str, at: &Trail<'_>) -> Result<Target, Error> {
        let mut bent = Trace::new();
        let path = PatchPath::parse(text, self.profile, self.limits, &mut bent)
            .map_err(|error| error.at(at.pointer()))?;
        self.take_over(&bent, text, at);
        let span = path.attribute.span;
        let id = match self.resolved(path.attribute.as_str(), span, at) {
            Ok(id) => id,
            Err(error) if path.filter.is_some() => return Err(error.spanning(span)),
            Err(error) => {
                let member = self.unlisted(path.attribute.as_str(), at);
                return member.map(Target::Unlisted).ok_or_else(|| error.spanning(span));
            }
        };
        let attribute = self.compiled.attribute(id);
        let Some(mut place) = Place::of(self.compiled, id) else {
            if path.filter.is_some() {
                return Err(malformed("a multi-valued attribute before the brackets", at));
            }
            return Ok(if id == AttrId::ROOT { Target::Resource } else { Target::Extension(id) });
        };
        let Some(expression) = path.filter else {
            self.check_element_less(place, at, text)?;
            return Ok(Target::Attribute(place, None));
        };
        if place.sub.is_some() || !attribute.multi_valued {
            return Err(
                malformed("a multi-valued attribute before the brackets", at).spanning(span)
            );
        }
        let filter = self.element_filter(expression, id, at)?;
        if let Some(sub) = &path.sub_attribute {
            let Some(child) = self.compiled.child(id, sub) else {
                return Err(self.unknown(id, sub, None, at).spanning(path.sub_attribute_span));
            };
            place.sub = Some(child.id);
        }
        Ok(Target::Attribute(place, Some(filter)))
    }

    /// A sub-attribute of a multi-valued attribute without filter means every value (PAT-039).
    fn check_element_less(
        &mut self,
        place: Place,
        at: &Trail<'_>,
        text: &str,
    ) -> Result<(), Error> {
        let every = place.sub.is_some() && self.compiled.attribute(place.attribute).multi_valued;
        if every && !self.bend(Quirk::EveryElement, at, text) {
            return Err(malformed("a filter in brackets before the sub-attribute", at));
        }
        Ok(())
    }

    /// The attribute that a path without brackets names.
    pub(super) fn resolved(
        &mut self,
        text: &str,
        span: Span,
        at: &Trail<'_>,
    ) -> Result<AttrId, Error> {
        match resolve(self.compiled, text, self.profile) {
            Resolved::Attribute(id) => Ok(id),
            Resolved::Bent(id, quirk) => {
                let path = &self.compiled.attribute(id).path;
                if is_path_member(at) {
                    self.bend_text(quirk, at, path, span);
                } else {
                    self.bend(quirk, at, path);
                }
                Ok(id)
            }
            Resolved::Unknown { name, parent, nearest } => {
                Err(self.unknown(parent, &name, nearest.as_deref(), at))
            }
        }
    }

    /// An attribute that is not there (PAT-065).
    pub(super) fn unknown(
        &self,
        parent: AttrId,
        name: &str,
        nearest: Option<&str>,
        at: &Trail<'_>,
    ) -> Error {
        let entry = self.compiled.attribute(parent);
        let described = if entry.path.is_empty() {
            self.compiled.resource_type().name.to_string()
        } else {
            format!("`{}`", entry.path)
        };
        let candidates = || self.compiled.children(parent).map(|child| &*child.attribute.name);
        let error = Error::new(Code::UnknownAttribute)
            .with("name", name)
            .with("parent", described)
            .at(at.pointer())
            .typed(ScimType::InvalidPath);
        match nearest.or_else(|| name::nearest(name, candidates())) {
            Some(nearest) => error.helped(format!("did you mean `{nearest}`?")),
            None => error,
        }
    }

    fn element_filter(
        &mut self,
        expression: Expression,
        id: AttrId,
        at: &Trail<'_>,
    ) -> Result<ElementFilter, Error> {
        // A filter that names what does not exist must not choose values for a change.
        let profile = self.profile.without(Quirk::UnknownInFilter);
        let bound = BoundFilter::bind(&expression, self.compiled, id, profile)
            .map_err(|error| error.at(at.pointer()))?;
        self.take_over(&bound.trace, &self.compiled.attribute(id).path, at);
        let value_key = terms(&expression).iter().find_map(|term| self.value_key(term, id));
        if value_key.is_none() {
            self.search(comparisons(&expression).saturating_sub(1), at)?;
        }
        Ok(ElementFilter { bound, value_key, expression })
    }

    /// The key of `value`, if a term says `value eq "…"`.
    fn value_key(&self, term: &Expression, id: AttrId) -> Option<Box<str>> {
        let Expression::Compare {
            path,
            operator: Operator::Eq,
            literal: Literal::String(wanted),
            ..
        } = term
        else {
            return None;
        };
        let attribute = match self.compiled.child(id, path.as_str()) {
            Some(child) if name::same(&child.attribute.name, "value") => child,
            Some(_) => return None,
            // A filter that could be bound names no other part of a simple value.
            None => self.compiled.attribute(id),
        };
        matches!(attribute.kind, Kind::String | Kind::Reference | Kind::Binary)
            .then(|| text::key(wanted, attribute.case_exact).into())
    }

    /// Notes what was bent inside a path at the path's place. A key that is a path is not the
    /// text that was read: its extension's URN has been put before it.
    fn take_over(&mut self, bent: &Trace, path: &str, at: &Trail<'_>) {
        let of_path = is_path_member(at);
        for entry in bent.entries() {
            let named = if entry.scim_path.is_empty() { path } else { &entry.scim_path };
            match entry.span.filter(|_| of_path) {
                Some(span) => self.bend_text(entry.quirk, at, named, span),
                None => self.bend(entry.quirk, at, named),
            };
        }
    }
}

/// How much is compared for one value. As deep as the parser lets a filter be.
fn comparisons(expression: &Expression) -> usize {
    match expression {
        Expression::And(parts) | Expression::Or(parts) => parts.iter().map(comparisons).sum(),
        Expression::Not(part) | Expression::ValuePath { filter: part, .. } => comparisons(part),
        Expression::Present { .. } | Expression::Compare { .. } => 1,
    }
}

/// Whether this is the place of an operation's `path`, and not of a key that is one.
fn is_path_member(at: &Trail<'_>) -> bool {
    matches!(at, Trail::Name(_, name) if name::same(name, "path"))
}

fn malformed(expected: &'static str, at: &Trail<'_>) -> Error {
    Error::new(Code::InvalidPath).with("expected", expected).at(at.pointer())
}
