//! References: DNs and uids on their way to keys.

use std::collections::HashSet;

use super::groups::{is_placeholder, without_identifier};
use super::map::{Mapper, Use};
use super::rule::{List, Target};
use crate::error::{Code, Issue};
use crate::migrate::dn;
use crate::migrate::report::{Count, Loss};
use crate::migrate::{Kind, index::Index};
use crate::text;
use crate::value::{Object, Value};

impl Mapper<'_> {
    pub(super) fn manager(&mut self, using: Use<'_>) {
        let Some(index) = self.context.index else {
            return;
        };
        let target = Target::Enterprise("manager");
        for (attribute, text) in using.texts() {
            let entry =
                dn::key(text).ok().and_then(|key| index.by_dn(&key)).and_then(|at| index.get(at));
            match entry.filter(|entry| entry.kind == Kind::User) {
                Some(_) if self.draft.get(target).is_some() => self.lose(&attribute, Loss::OneKept),
                Some(entry) => {
                    let value = Value::from(entry.key.to_string());
                    self.draft.set(target, Value::Object(Object::from_iter([("value", value)])));
                    self.mapped(using, 0);
                }
                None => self.dangling(&attribute, "manager"),
            }
        }
    }

    pub(super) fn members(&mut self, using: Use<'_>, by_uid: bool) {
        let Some(index) = self.context.index else {
            return;
        };
        let own = index.by_dn(&self.identity.dn);
        let mut unresolved: HashSet<String> = HashSet::new();
        for (attribute, text) in using.texts() {
            let key = if by_uid {
                text::fold(text).into_owned()
            } else {
                dn::key(without_identifier(text)).unwrap_or_else(|_| text.to_owned())
            };
            let at = if by_uid { index.by_uid(&key) } else { index.by_dn(&key) };
            match at {
                // A group of names cannot be empty: some writers put it into itself.
                Some(at) if Some(at) == own => self.count(Count::Placeholder),
                Some(at) if self.add_member(index, at) => self.mapped(using, 0),
                Some(_) => {
                    self.warn(Issue::new(Code::DuplicateValue).path("members"), &attribute);
                    self.lose(&attribute, Loss::Duplicate);
                }
                None if !by_uid && is_placeholder(&key) => self.count(Count::Placeholder),
                None if unresolved.insert(key) => self.dangling(&attribute, "members"),
                None => self.lose(&attribute, Loss::Unresolved),
            }
        }
    }

    /// Active Directory does not list those who have the group as their primary one.
    pub(super) fn add_primary_members(&mut self) {
        let (Some(index), Some(sid)) = (self.context.index, &self.identity.sid) else {
            return;
        };
        for at in index.by_primary_group(sid) {
            if self.add_member(index, *at) {
                self.count(Count::PrimaryMember);
            }
        }
    }

    fn add_member(&mut self, index: &Index, at: usize) -> bool {
        let Some(entry) = index.get(at) else {
            return false;
        };
        if self.draft.seen(List::Members, None, &entry.key, 0).is_some() {
            return false;
        }
        let member = Object::from_iter([
            ("value", Value::from(entry.key.to_string())),
            ("type", Value::from(entry.kind.as_str())),
        ]);
        self.draft.list(List::Members).push(Value::Object(member));
        true
    }
}
