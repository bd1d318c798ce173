//! Members that no schema knows, where the profile keeps them (SCH-078): set as they are given,
//! taken away by name. They have no type, so an `add` sets one as a `replace` does.

use super::apply::Work;
use super::compile::Compiler;
use super::equal;
use super::operation::{Action, Change, Op};
use super::origin::Origin;
use super::target::Target;
use crate::error::{Code, Error};
use crate::name;
use crate::path::{Resolved, resolve};
use crate::profile::{Quirk, Unknown};
use crate::schema::{AttrId, Role};
use crate::validate::trail::Trail;
use crate::value::Value;

/// A member that no schema knows, of the resource or of an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unlisted {
    pub(super) container: Option<AttrId>,
    pub(super) name: Box<str>,
}

impl Compiler<'_> {
    /// The member that a path without brackets names, if it is kept. What names a part of
    /// something is none: `name.givenNam` is a mistake and no new member.
    pub(super) fn unlisted(&mut self, path: &str, at: &Trail<'_>) -> Option<Unlisted> {
        if self.profile.unknown() != Unknown::Keep {
            return None;
        }
        let Resolved::Unknown { name, parent, .. } = resolve(self.compiled, path, self.profile)
        else {
            return None;
        };
        let container = match self.compiled.attribute(parent).role {
            Role::Resource => None,
            Role::Container => Some(parent),
            _ => return None,
        };
        let kept = name::is_valid(&name) && self.bend(Quirk::UnknownAttributes, at, path);
        kept.then_some(Unlisted { container, name })
    }

    /// The change that a key without path asks for, if it is kept.
    pub(super) fn unlisted_key<'v>(
        &self,
        base: AttrId,
        name: &str,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Option<Change<'v>> {
        // The URN of an extension is a name too, but not of a part of something known.
        let whole = name::is_valid(name) || name.contains(':');
        if self.profile.unknown() != Unknown::Keep || !whole {
            return None;
        }
        let container = (base != AttrId::ROOT).then_some(base);
        Some(Change {
            target: Target::Unlisted(Unlisted { container, name: name.into() }),
            action: unlisted_action(value),
            pointer: Origin::of(at),
            pathless: true,
        })
    }
}

/// What `add` and `replace` do to such a member.
pub(super) fn unlisted_action<'v>(value: &Value<'v>) -> Action<'v> {
    if value.is_unassigned() {
        return Action::Clear;
    }
    Action::Set { value: value.clone(), clears: Vec::new() }
}

impl<'c> Work<'c> {
    pub(super) fn change_unlisted(
        &mut self,
        op: Op,
        member: &Unlisted,
        action: &Action<'c>,
    ) -> Result<(), Error> {
        if let Action::Set { .. } = action {
            self.make_home(member.container);
        }
        if let Some(id) = member.container.filter(|id| !self.touched.contains(id)) {
            self.touched.push(id);
        }
        let home = self.home_mut(member.container);
        let there = match (home, action) {
            (Some(home), Action::Set { value, .. }) => {
                home.insert(name::to_static(&member.name), value.clone());
                true
            }
            (home, _) => home.and_then(|home| home.remove(&member.name)).is_some(),
        };
        if !self.unlisted.contains(member) {
            self.unlisted.push(member.clone());
        }
        let fine =
            there || op != Op::Remove || self.bend(Quirk::AbsentRemove, self.at, &member.name);
        if fine { Ok(()) } else { Err(Error::new(Code::NoTarget).at(self.at.pointer())) }
    }

    /// Whether such a member differs from the one before.
    pub(super) fn is_unlisted_changed(&self, original: &Value<'_>) -> bool {
        self.unlisted.iter().any(|member| {
            let before = match member.container {
                None => Some(original),
                Some(id) => original.get(&self.compiled.attribute(id).attribute.name),
            };
            let before = before.and_then(|home| home.get(&member.name));
            !equal::same_state(before, self.unlisted_value(member))
        })
    }

    /// The value of such a member.
    pub(super) fn unlisted_value(&self, member: &Unlisted) -> Option<&Value<'c>> {
        self.home(member.container)?.get(&member.name)
    }
}
