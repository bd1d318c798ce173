//! After the last operation: order made, and the result looked at as a whole (PAT-012).

use super::apply::Work;
use super::equal;
use super::operation::in_operation;
use super::target::Place;
use super::{Applied, ApplyOptions};
use crate::error::{Code, Error};
use crate::schema::{AttrId, Role};
use crate::validate::finding::about;
use crate::value::{Object, Value};

pub(super) fn finish<'c>(
    mut work: Work<'c>,
    original: &Value<'_>,
    options: &ApplyOptions,
) -> Result<Applied<'c>, Error> {
    work.drop_empty();
    let bent = work.trace.entries().len();
    work.settle_schemas(original)?;
    if let Some(declared) = work.declared.as_ref().map(|declared| declared.operation) {
        work.report_bent(declared, bent..work.trace.entries().len());
    }
    for removed in &work.removed {
        if work.is_missed(removed.id) {
            let issue = about(work.compiled.attribute(removed.id), Code::RequiredRemoved);
            return Err(in_operation(issue.at(removed.origin.pointer()).into(), removed.operation));
        }
    }
    if let Some(most) = options.max_member_loss {
        work.guard_members(original, most)?;
    }
    let changed = work.is_changed(original) || work.is_unlisted_changed(original);
    Ok(Applied {
        #[cfg(feature = "explain")]
        operations: work.told(),
        resource: Value::Object(work.resource),
        changed,
        trace: work.trace,
    })
}

impl Work<'_> {
    /// Takes away the places of removed values, lists without values and extensions without
    /// attributes.
    fn drop_empty(&mut self) {
        let compiled = self.compiled;
        for (id, _) in std::mem::take(&mut self.lists) {
            let Some(place) = Place::of(compiled, id) else { continue };
            let name = &compiled.attribute(id).attribute.name;
            let Some(home) = self.home_mut(place.container) else { continue };
            let Some(items) = home.get_mut(name).and_then(Value::as_array_mut) else { continue };
            items.retain(|item| *item != Value::Null);
            if items.is_empty() {
                home.remove(name);
            }
        }
        for container in
            compiled.extensions().filter(|container| self.touched.contains(&container.id))
        {
            let name = &container.attribute.name;
            if self.resource.get(name).is_some_and(Value::is_unassigned) {
                self.resource.remove(name);
            }
        }
    }

    /// Whether something required that was taken away is still not there.
    fn is_missed(&self, id: AttrId) -> bool {
        let attribute = self.compiled.attribute(id);
        if attribute.role == Role::Container {
            return self.resource.assigned(&attribute.attribute.name).is_none();
        }
        let Some(place) = Place::of(self.compiled, id) else { return false };
        // With the whole extension, or the whole value, what was required in it is gone too.
        let is_gone = |home: &&Object<'_>| place.container.is_some() && home.is_empty();
        let Some(home) = self.home(place.container).filter(|home| !is_gone(home)) else {
            return false;
        };
        let name = &self.compiled.attribute(place.attribute).attribute.name;
        let Some(sub) = place.sub else { return home.assigned(name).is_none() };
        let sub = &self.compiled.attribute(sub).attribute.name;
        match home.get(name) {
            Some(Value::Object(object)) => object.assigned(sub).is_none(),
            Some(Value::Array(items)) => items
                .iter()
                .filter_map(Value::as_object)
                .any(|object| object.assigned(sub).is_none()),
            _ => false,
        }
    }

    /// Whether the resource differs from the one before.
    fn is_changed(&self, original: &Value<'_>) -> bool {
        self.touched.iter().any(|id| {
            let compiled = self.compiled;
            let name = &compiled.attribute(*id).attribute.name;
            let Some(place) = Place::of(compiled, *id) else {
                // A container: its attributes are looked at one by one, here only whether it is.
                return self.resource.assigned(name).is_some() != original.assigned(name).is_some();
            };
            let before = match place.container {
                None => original.get(name),
                Some(container) => original
                    .get(&compiled.attribute(container).attribute.name)
                    .and_then(|home| home.get(name)),
            };
            !equal::same_state(before, self.home(place.container).and_then(|home| home.get(name)))
        })
    }
}
