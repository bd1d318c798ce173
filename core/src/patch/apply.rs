//! A resource while a patch is applied to it.

use super::equal;
use super::list::{Index, List};
use super::operation::{Action, Change, Op, Operation};
use super::origin::{NOWHERE, Origin};
use super::schemas;
use super::target::{Place, Target};
use super::unlisted::Unlisted;
use super::watch::{Journal, Story};
use crate::error::{Code, Error};
use crate::name;
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled, Mutability};
use crate::validate::finding::about;
use crate::value::{Object, Value};

/// Something required that an operation took away: it may come back before the end.
pub(super) struct Removed<'c> {
    pub(super) id: AttrId,
    pub(super) operation: usize,
    pub(super) origin: &'c Origin,
}

/// The copy that is worked on.
pub(super) struct Work<'c> {
    pub(super) compiled: &'c Compiled,
    pub(super) profile: Profile,
    pub(super) trace: Trace,
    pub(super) resource: Object<'c>,
    /// The lists that were looked into; their `null`s go at the end.
    pub(super) lists: Vec<(AttrId, Index)>,
    /// The attributes (and containers) that may have changed.
    pub(super) touched: Vec<AttrId>,
    /// The members that no schema knows and that may have changed.
    pub(super) unlisted: Vec<Unlisted>,
    pub(super) removed: Vec<Removed<'c>>,
    /// The last change of `schemas` itself.
    pub(super) declared: Option<schemas::Declaration<'c>>,
    /// What the operations did, if that was asked for.
    #[cfg_attr(not(feature = "explain"), expect(dead_code, reason = "what is told needs it"))]
    pub(super) story: Option<Story>,
    /// What happens to the values of a list, while somebody wants to know.
    pub(super) journal: Option<Journal>,
    /// The operation that is being applied.
    pub(super) operation: usize,
    /// Where the change that is being applied stands in the message.
    pub(super) at: &'c Origin,
}

impl<'c> Work<'c> {
    pub(super) fn begin(
        compiled: &'c Compiled,
        profile: Profile,
        trace: Trace,
        resource: &Value<'c>,
        explains: bool,
    ) -> Result<Self, Error> {
        let Value::Object(resource) = resource else {
            return Err(Error::new(Code::NotAnObject).with("actual", resource.kind_name()));
        };
        Ok(Self {
            compiled,
            profile,
            trace,
            resource: resource.clone(),
            lists: Vec::new(),
            touched: Vec::new(),
            unlisted: Vec::new(),
            removed: Vec::new(),
            declared: None,
            story: Story::begin(explains),
            journal: None,
            operation: 0,
            at: &NOWHERE,
        })
    }

    pub(super) fn operation(
        &mut self,
        index: usize,
        operation: &'c Operation<'c>,
    ) -> Result<(), Error> {
        self.operation = index;
        self.begin_report(operation);
        let bent = self.trace.entries().len();
        for change in &operation.changes {
            self.at = &change.pointer;
            let watch = self.watch(operation.op, change);
            self.change(operation.op, change)?;
            self.report(watch);
        }
        self.report_bent(index, bent..self.trace.entries().len());
        Ok(())
    }

    /// [`Trace::bend`] at a place of the message.
    pub(super) fn bend(&mut self, quirk: Quirk, origin: &Origin, scim_path: &str) -> bool {
        self.profile.allows(quirk)
            && self.trace.bend(self.profile, quirk, &origin.pointer(), scim_path)
    }

    fn change(&mut self, op: Op, change: &'c Change<'c>) -> Result<(), Error> {
        let (place, filter) = match &change.target {
            Target::Resource => return Ok(()),
            Target::Extension(id) => return self.remove_extension(*id),
            Target::Unlisted(member) => return self.change_unlisted(op, member, &change.action),
            Target::Attribute(place, filter) => (*place, filter.as_ref()),
        };
        let before = self.immutable_value(place);
        let of_schemas = schemas::is_schemas(self.compiled, place.attribute);
        let declared = if of_schemas { self.declared_extensions() } else { Vec::new() };
        match &change.action {
            Action::Set { value, clears } => self.set(op, place, filter, value, clears)?,
            Action::Clear | Action::Remove => self.remove(place, filter, None, op)?,
            Action::RemoveValues(values) => self.remove(place, filter, Some(values), op)?,
        }
        if before.is_some() && !equal::same_state(before.as_ref(), self.value(place)) {
            return Err(self.refused(Code::Immutable, place.attribute));
        }
        if of_schemas {
            self.schemas_changed(op, change, &declared)?;
        }
        Ok(())
    }

    /// What an immutable attribute holds: it must hold the same afterwards (PAT-064).
    fn immutable_value(&self, place: Place) -> Option<Value<'c>> {
        let immutable =
            self.compiled.attribute(place.attribute).mutability == Mutability::Immutable;
        self.value(place).filter(|value| immutable && !value.is_unassigned()).cloned()
    }

    /// The value of the attribute (not the sub-attribute) of a place.
    pub(super) fn value(&self, place: Place) -> Option<&Value<'c>> {
        self.home(place.container)?.get(&self.compiled.attribute(place.attribute).attribute.name)
    }

    /// The object that an attribute is a member of: the resource, or an extension's.
    pub(super) fn home(&self, container: Option<AttrId>) -> Option<&Object<'c>> {
        match container {
            None => Some(&self.resource),
            Some(id) => self.resource.get(&self.compiled.attribute(id).attribute.name)?.as_object(),
        }
    }

    /// The same, to be changed.
    pub(super) fn home_mut(&mut self, container: Option<AttrId>) -> Option<&mut Object<'c>> {
        match container {
            None => Some(&mut self.resource),
            Some(id) => {
                self.resource.get_mut(&self.compiled.attribute(id).attribute.name)?.as_object_mut()
            }
        }
    }

    /// Makes sure that the object is there. An extension in which nothing comes to be is taken
    /// away again at the end.
    pub(super) fn make_home(&mut self, container: Option<AttrId>) {
        let Some(id) = container.filter(|_| self.home(container).is_none()) else { return };
        self.touched.push(id);
        self.resource.insert(
            name::to_static(&self.compiled.attribute(id).attribute.name),
            Value::Object(Object::new()),
        );
    }

    /// The values of a multi-valued attribute; made if need be and asked for.
    pub(super) fn list(&mut self, place: Place, make: bool) -> Option<List<'_, 'c>> {
        if make {
            self.make_home(place.container);
        }
        let compiled = self.compiled;
        let id = place.attribute;
        let name = &compiled.attribute(id).attribute.name;
        let home = match place.container {
            None => &mut self.resource,
            Some(id) => {
                self.resource.get_mut(&compiled.attribute(id).attribute.name)?.as_object_mut()?
            }
        };
        if make && home.get(name).is_none() {
            home.insert(name::to_static(name), Value::Array(Vec::new()));
        }
        let value = home.get_mut(name)?;
        if !matches!(value, Value::Array(_)) {
            // A stored document that is not in form: one value is a list of one.
            let single = std::mem::take(value);
            *value = Value::Array(if single.is_unassigned() { Vec::new() } else { vec![single] });
        }
        let items = value.as_array_mut()?;
        let at = self.lists.iter().position(|(list, _)| *list == id).unwrap_or(self.lists.len());
        if at == self.lists.len() {
            self.lists.push((id, Index::default()));
        }
        let (_, index) = self.lists.get_mut(at)?;
        Some(List { compiled, id, items, index, journal: &mut self.journal })
    }

    /// Forgets a list that has gone.
    pub(super) fn forget_list(&mut self, id: AttrId) {
        self.lists.retain(|(list, _)| *list != id);
    }

    /// Notes that an attribute may have changed.
    pub(super) fn touch(&mut self, place: Place) {
        for id in [Some(place.attribute), place.container].into_iter().flatten() {
            if !self.touched.contains(&id) {
                self.touched.push(id);
            }
        }
    }

    /// Notes that something was taken away, if it is required.
    pub(super) fn note_removed(&mut self, id: AttrId) {
        if self.compiled.attribute(id).required {
            self.removed.push(Removed { id, operation: self.operation, origin: self.at });
        }
    }

    /// An error about an attribute, at the change that is being applied.
    pub(super) fn refused(&self, code: Code, id: AttrId) -> Error {
        about(self.compiled.attribute(id), code).at(self.at.pointer()).into()
    }

    /// What a path chooses is not there: fine for a remove, where the profile says so.
    pub(super) fn absent(&mut self, op: Op, id: AttrId) -> Result<(), Error> {
        let path = &self.compiled.attribute(id).path;
        if op == Op::Remove && self.bend(Quirk::AbsentRemove, self.at, path) {
            return Ok(());
        }
        Err(self.refused(Code::NoTarget, id))
    }
}
