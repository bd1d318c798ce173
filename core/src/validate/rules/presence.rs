//! What must be there (SCH-047 to SCH-049, WRT-006, WRT-025).

use super::super::Mode;
use super::super::finding;
use super::super::places::Places;
use super::super::trail::Trail;
use super::super::walk::Walk;
use super::same;
use crate::error::{Code, Issue, Severity};
use crate::schema::{AttrId, CompiledAttribute, Meaning, Mutability, Returned, Role};
use crate::value::{Node, Value, View};

impl<'w> Walk<'w> {
    /// At the end of a complex value: what is missing in it.
    pub(in super::super) fn complete(
        &mut self,
        attribute: &'w CompiledAttribute,
        assigned: &Places,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
    ) {
        let compiled = self.compiled;
        for place in &attribute.watched {
            let place = *place;
            let Some(child) = attribute.children.get(place).map(|id| compiled.attribute(*id))
            else {
                continue;
            };
            // `schemas` has rules of its own.
            if assigned.contains(place) || child.nature.meaning == Meaning::Schemas {
                continue;
            }
            let stays = child.mutability == Mutability::Immutable
                && before
                    .and_then(|before| before.get(&child.attribute.name))
                    .is_some_and(|value| !same::key(compiled, child, &value).is_empty());
            let mode = self.options.mode;
            // An element may be given anew with less; a lone value may not lose what is fixed.
            let missing = if stays && mode == Mode::Patch && !attribute.multi_valued {
                Issue::new(Code::Immutable)
            } else if child.required && demands(mode, child) && !(stays && mode == Mode::Replace) {
                Issue::new(if child.role == Role::Container {
                    Code::MissingExtension
                } else {
                    Code::Required
                })
            } else if mode == Mode::Response && self.is_missing_meta(attribute, child) {
                Issue::new(Code::Required).cited("SCH-087")
            } else {
                continue;
            };
            let trail = trail.name(&child.attribute.name);
            self.report(Severity::Error, &trail, || {
                let blank = if child.role == Role::Container { "schema" } else { "attribute" };
                missing.path(child.path.clone()).with(blank, child.path.clone())
            });
        }
    }

    fn is_missing_meta(&self, parent: &CompiledAttribute, child: &CompiledAttribute) -> bool {
        parent.id == AttrId::ROOT
            && child.nature.meaning == Meaning::Meta
            && self.compiled.resource_has_common_id()
    }
}

/// Whether a required attribute is asked for in this mode.
pub(crate) fn demands(mode: Mode, child: &CompiledAttribute) -> bool {
    let kept = child.mutability != Mutability::WriteOnly && child.returned != Returned::Never;
    match mode {
        Mode::Create | Mode::Replace | Mode::Import => child.mutability != Mutability::ReadOnly,
        // A stored resource holds no password.
        Mode::Patch => child.mutability != Mutability::ReadOnly && kept,
        Mode::Response => kept && child.returned != Returned::Request,
    }
}

/// Whether a node means "no value"; what is nested deeper than `depth` counts as a value.
pub(super) fn is_unassigned<'a, N: Node<'a>>(node: &N, depth: usize) -> bool {
    let Some(deeper) = depth.checked_sub(1) else { return false };
    match node.view() {
        View::Null => true,
        View::List(mut items) => items.all(|item| is_unassigned(&item, deeper)),
        View::Map(mut members) => members.all(|(_, member)| is_unassigned(&member, deeper)),
        View::Bool(_) | View::Number(_) | View::Text(_) | View::Foreign(_) => false,
    }
}

impl Walk<'_> {
    /// Whether a node means "no value".
    pub(super) fn is_unassigned<'a, N: Node<'a>>(&self, node: &N) -> bool {
        is_unassigned(node, self.options.limits.json_depth)
    }

    /// A finding about an attribute at its place, as an error.
    pub(super) fn wrong(&mut self, attribute: &CompiledAttribute, code: Code, trail: &Trail<'_>) {
        self.report(Severity::Error, trail, || finding::about(attribute, code));
    }
}
