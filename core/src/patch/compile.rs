//! Values into changes: everything about an operation that can be known without the resource.

use super::operation::{Action, Change, Op, too_many};
use super::origin::Origin;
use super::target::{ElementFilter, Place, Target};
use super::unlisted::unlisted_action;
use super::{primary, schemas};
use crate::accept::{accept_named_value, accept_new_value};
use crate::error::{Code, Error, Span};
use crate::limits::Limits;
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability};
use crate::validate::finding::about;
use crate::validate::trail::Trail;
use crate::value::Value;

/// What reading the operations carries along.
pub(super) struct Compiler<'m> {
    pub(super) compiled: &'m Compiled,
    pub(super) profile: Profile,
    pub(super) limits: &'m Limits,
    pub(super) trace: &'m mut Trace,
    /// How often more is looked through than the number of operations tells: by a key of a value
    /// that is a path, by a further comparison in a filter.
    pub(super) searches: usize,
}

impl Compiler<'_> {
    /// [`Trace::bend`] at a place of the message.
    pub(super) fn bend(&mut self, quirk: Quirk, at: &Trail<'_>, scim_path: &str) -> bool {
        self.profile.allows(quirk) && self.trace.bend(self.profile, quirk, &at.pointer(), scim_path)
    }

    /// [`Trace::bend_text`] at a place of the message.
    pub(super) fn bend_text(
        &mut self,
        quirk: Quirk,
        at: &Trail<'_>,
        scim_path: &str,
        span: Span,
    ) -> bool {
        self.profile.allows(quirk)
            && self.trace.bend_text(self.profile, quirk, &at.pointer(), scim_path, span)
    }

    /// Notes searches, of which there are no more than operations (SEC-020): every one may look
    /// through a whole list.
    pub(super) fn search(&mut self, more: usize, at: &Trail<'_>) -> Result<(), Error> {
        self.searches = self.searches.saturating_add(more);
        if self.searches > self.limits.patch_operations {
            Err(too_many(self.limits, at))
        } else {
            Ok(())
        }
    }

    /// A value that is to be stored, in the attribute's form.
    fn new_value<'v>(
        &mut self,
        id: AttrId,
        element: bool,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Value<'v>, Error> {
        accept_new_value(self.compiled, id, element, value.clone(), at, self.profile, self.trace)
    }

    /// A value that only says which stored one is meant, in the attribute's form.
    fn named_value<'v>(
        &mut self,
        id: AttrId,
        element: bool,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Value<'v>, Error> {
        accept_named_value(self.compiled, id, element, value.clone(), at, self.profile, self.trace)
    }

    /// `add` or `replace` with a path.
    pub(super) fn at_path<'v>(
        &mut self,
        op: Op,
        path: &str,
        path_at: &Trail<'_>,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Vec<Change<'v>>, Error> {
        match self.target(path, path_at)? {
            Target::Resource => self.without_path(op, value, at),
            Target::Extension(id) => self.extension(op, id, value, at),
            Target::Unlisted(member) => Ok(vec![Change {
                target: Target::Unlisted(member),
                action: unlisted_action(value),
                pointer: Origin::of(path_at),
                pathless: false,
            }]),
            Target::Attribute(place, filter) => {
                self.check_writable(place, path_at)?;
                let action = self.set(op, place, filter.as_ref(), value, at)?;
                let Some(action) = action else { return Ok(Vec::new()) };
                let target = Target::Attribute(place, filter);
                let mut change =
                    Change { target, action, pointer: Origin::of(path_at), pathless: false };
                schemas::register(self, &mut change, at)?;
                Ok(vec![change])
            }
        }
    }

    /// `remove`.
    pub(super) fn removal<'v>(
        &mut self,
        path: &str,
        path_at: &Trail<'_>,
        value: Option<&Value<'v>>,
        at: &Trail<'_>,
    ) -> Result<Vec<Change<'v>>, Error> {
        let target = self.target(path, path_at)?;
        if let Target::Attribute(place, _) = &target {
            self.check_writable(*place, path_at)?;
        }
        let action = match (&target, value) {
            (Target::Resource, _) => {
                return Err(Error::new(Code::MissingPath).at(path_at.pointer()));
            }
            (_, None) => Action::Remove,
            (target, Some(value)) => {
                // Read literally, the value has no meaning and everything at the path goes.
                if !self.bend(Quirk::RemoveByValue, at, path) {
                    return Err(Error::new(Code::RemoveWithValue).at(at.pointer()));
                }
                self.removed_values(target, value, at)?
            }
        };
        let mut change = Change { target, action, pointer: Origin::of(path_at), pathless: false };
        schemas::register(self, &mut change, at)?;
        Ok(vec![change])
    }

    /// A remove of a value: no more may go than was named.
    fn removed_values<'v>(
        &mut self,
        target: &Target,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Action<'v>, Error> {
        let refused = || Err(Error::new(Code::RemoveWithValue).at(at.pointer()));
        let Target::Attribute(place, filter) = target else { return refused() };
        let (attribute, leaf) =
            (self.compiled.attribute(place.attribute), self.compiled.attribute(place.leaf()));
        match (attribute.multi_valued, place.sub, filter) {
            (true, None, _) => Ok(Action::RemoveValues(self.listed(leaf.id, value, at)?)),
            // The filter says which.
            (true, Some(_), Some(_)) => Ok(Action::Remove),
            (true, Some(_), None) => refused(),
            (false, _, _) if leaf.multi_valued => refused(),
            (false, _, _) => {
                let accepted = self.named_value(leaf.id, false, value, at)?;
                let nothing = value.is_unassigned() || value.as_str() == Some("");
                if accepted == Value::Null && !nothing {
                    return Err(empty(leaf, at));
                }
                let empty = accepted == Value::Null || accepted.as_str() == Some("");
                Ok(if empty { Action::Remove } else { Action::RemoveValues(vec![accepted]) })
            }
        }
    }

    /// The values that a remove lists.
    fn listed<'v>(
        &mut self,
        id: AttrId,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Vec<Value<'v>>, Error> {
        let value = self.unwrapped(id, value, at);
        let (items, several) = match value {
            Value::Array(items) => (items.as_slice(), true),
            single => (std::slice::from_ref(single), false),
        };
        let mut listed = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let at = if several { at.index(index) } else { *at };
            let accepted = self.named_value(id, true, item, &at)?;
            if accepted != Value::Null {
                listed.push(accepted);
            }
        }
        // Success for values of which none was understood would be success for nothing.
        if listed.is_empty() && !value.is_unassigned() {
            return Err(empty(self.compiled.attribute(id), at));
        }
        Ok(listed)
    }

    /// What `add` or `replace` does at a place; `None` if the value asks for nothing.
    pub(super) fn set<'v>(
        &mut self,
        op: Op,
        place: Place,
        filter: Option<&ElementFilter>,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Option<Action<'v>>, Error> {
        let leaf = self.compiled.attribute(place.leaf());
        let whole_list = leaf.multi_valued && (filter.is_none() || place.sub.is_some());
        let value = if place.sub.is_none() { self.unwrapped(leaf.id, value, at) } else { value };
        if whole_list {
            self.set_list(op, leaf, value, at)
        } else {
            self.set_one(op, leaf, value, at)
        }
    }

    /// One value: of a single-valued attribute, or for the values that a filter chooses.
    fn set_one<'v>(
        &mut self,
        op: Op,
        leaf: &CompiledAttribute,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Option<Action<'v>>, Error> {
        let (value, at) = match value {
            // One object in an array is as good as the object here; none at all is null (PAT-057).
            Value::Array(items) if leaf.multi_valued => match items.as_slice() {
                [] => (&Value::Null, *at),
                [one] => (one, at.index(0)),
                _ => {
                    return Err(about(leaf, Code::NotMultiValued).at(at.pointer()).into());
                }
            },
            value => (value, *at),
        };
        let accepted = self.new_value(leaf.id, leaf.multi_valued, value, &at)?;
        self.check_filled(leaf, &accepted, &at)?;
        let clears = if op == Op::Replace { self.cleared(leaf, value) } else { Vec::new() };
        if accepted != Value::Null || !clears.is_empty() {
            return Ok(Some(Action::Set { value: accepted, clears }));
        }
        // An object changes the sub-attributes that it has, here none (PAT-053).
        let object = match value {
            Value::Array(items) => items.first().and_then(Value::as_object),
            value => value.as_object(),
        };
        if let Some(object) = object {
            for (name, _) in object.iter().filter(|(_, value)| !value.is_unassigned()) {
                let child = self.compiled.child(leaf.id, name);
                if let Some(child) = child.filter(|child| child.mutability == Mutability::ReadOnly)
                {
                    self.read_only_in_value(&child.path.clone(), &at.name(name))?;
                }
            }
            return Ok(None);
        }
        Ok((op == Op::Replace).then_some(Action::Clear))
    }

    /// An empty text is no value for what is required (SCH-047). As deep as the schema.
    fn check_filled(
        &self,
        attribute: &CompiledAttribute,
        value: &Value<'_>,
        at: &Trail<'_>,
    ) -> Result<(), Error> {
        match value {
            Value::String(text) if text.is_empty() && attribute.required => {
                Err(empty(attribute, at))
            }
            Value::Array(items) => {
                items.iter().try_for_each(|item| self.check_filled(attribute, item, at))
            }
            Value::Object(object) => self
                .compiled
                .children(attribute.id)
                .filter(|child| child.required)
                .filter_map(|child| Some((child, object.get(&child.attribute.name)?)))
                .try_for_each(|(child, value)| self.check_filled(child, value, at)),
            _ => Ok(()),
        }
    }

    /// The sub-attributes that an object sets to null.
    fn cleared(&self, leaf: &CompiledAttribute, value: &Value<'_>) -> Vec<AttrId> {
        let object = match value {
            Value::Object(object) => object,
            Value::Array(items) => match items.as_slice() {
                [Value::Object(object)] => object,
                _ => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        object
            .iter()
            .filter(|(_, value)| value.is_unassigned())
            .filter_map(|(name, _)| self.compiled.child(leaf.id, name))
            .filter(|child| child.mutability != Mutability::ReadOnly)
            .map(|child| child.id)
            .collect()
    }

    /// All values of a multi-valued attribute, or those to add.
    fn set_list<'v>(
        &mut self,
        op: Op,
        leaf: &CompiledAttribute,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Option<Action<'v>>, Error> {
        let one_more = op == Op::Add && !matches!(value, Value::Array(_));
        let mut accepted = self.new_value(leaf.id, one_more, value, at)?;
        if one_more && accepted != Value::Null {
            accepted = Value::Array(vec![accepted]);
        }
        if let Some(list) = accepted.as_array() {
            primary::check_value(self.compiled, leaf, list, at)?;
            self.check_filled(leaf, &accepted, at)?;
            return Ok(Some(Action::Set { value: accepted, clears: Vec::new() }));
        }
        // Values of which nothing is left are not the same as no values: a list of things that
        // were not understood must not empty a group.
        if !matches!(value, Value::Null) && value.as_array().is_none_or(|items| !items.is_empty()) {
            return Err(empty(leaf, at));
        }
        Ok((op == Op::Replace).then_some(Action::Clear))
    }

    /// The value of a path, out of an object that repeats the attribute's name.
    fn unwrapped<'v, 'a>(
        &mut self,
        id: AttrId,
        value: &'v Value<'a>,
        at: &Trail<'_>,
    ) -> &'v Value<'a> {
        let attribute = self.compiled.attribute(id);
        let own_name = &*attribute.attribute.name;
        let inner = value
            .as_object()
            .filter(|object| object.len() == 1)
            .and_then(|object| object.get(own_name));
        match inner {
            Some(inner)
                if attribute.kind == Kind::Complex
                    && self.compiled.child(id, own_name).is_none()
                    && self.bend(Quirk::WrappedMembers, at, &attribute.path) =>
            {
                inner
            }
            _ => value,
        }
    }

    /// Nothing on the way to a place may be read-only (PAT-063).
    fn check_writable(&self, place: Place, at: &Trail<'_>) -> Result<(), Error> {
        match self.read_only(place) {
            Some(attribute) => Err(read_only(&attribute.path, at)),
            None => Ok(()),
        }
    }

    /// The part of a place that is read-only.
    pub(super) fn read_only(&self, place: Place) -> Option<&CompiledAttribute> {
        [Some(place.attribute), place.sub]
            .into_iter()
            .flatten()
            .map(|id| self.compiled.attribute(id))
            .find(|attribute| attribute.mutability == Mutability::ReadOnly)
    }

    /// A read-only attribute inside a value is passed over, where the profile says so.
    pub(super) fn read_only_in_value(&mut self, path: &str, at: &Trail<'_>) -> Result<(), Error> {
        if self.bend(Quirk::ReadOnlyInValue, at, path) {
            return Ok(());
        }
        Err(read_only(path, at))
    }
}

fn empty(attribute: &CompiledAttribute, at: &Trail<'_>) -> Error {
    about(attribute, Code::EmptyValue).at(at.pointer()).into()
}

fn read_only(path: &str, at: &Trail<'_>) -> Error {
    Error::new(Code::ReadOnly).with("attribute", path).path(path).at(at.pointer())
}
