//! A guard against a PATCH that takes many members away.

use std::collections::HashSet;

use super::apply::Work;
use super::equal;
use super::identity::identity;
use super::target::Place;
use crate::error::{Code, Error};
use crate::schema::{AttrId, Compiled};
use crate::validate::finding::about;
use crate::value::Value;

impl Work<'_> {
    /// Refuses a result that lacks more than `most` members of any attribute that has members.
    pub(super) fn guard_members(&self, original: &Value<'_>, most: usize) -> Result<(), Error> {
        for id in &self.touched {
            if !equal::is_set_of_values(self.compiled, *id) {
                continue;
            }
            let Some(place) = Place::of(self.compiled, *id) else { continue };
            let name = &self.compiled.attribute(*id).attribute.name;
            let before = match place.container {
                None => original.get(name),
                Some(container) => original
                    .get(&self.compiled.attribute(container).attribute.name)
                    .and_then(|home| home.get(name)),
            };
            let after = members(self.compiled, *id, self.value(place));
            let lost = members(self.compiled, *id, before).difference(&after).count();
            if lost > most {
                let issue = about(self.compiled.attribute(*id), Code::MemberLoss);
                return Err(issue.with("limit", most.to_string()).into());
            }
        }
        Ok(())
    }
}

fn members(compiled: &Compiled, id: AttrId, list: Option<&Value<'_>>) -> HashSet<Box<str>> {
    let items = list.and_then(Value::as_array).unwrap_or_default();
    let items = items.iter().filter(|item| !item.is_unassigned());
    items.map(|item| identity(compiled, id, item)).collect()
}
