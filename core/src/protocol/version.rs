//! Versions that do not tell what somebody may not see (SEC-005).
//!
//! Whoever gets a version may try values until the checksum is the same. Where there are attributes
//! that are never returned, or that need a permission to be read, they have no part in it: then each
//! change makes the version from the one before, and one that no store keeps follows from
//! `meta.lastModified` as well. A password is in none.

use std::borrow::Cow;
use std::sync::Arc;

use super::attributes::AttributePermissions;
use super::call::Call;
use super::etag::{Part, version_after, version_of};
use super::store::Document;
use crate::name;
use crate::schema::{Compiled, Returned};
use crate::value::Value;

/// What of the resources of one type nobody may be denied.
pub(crate) struct Seen<'c> {
    compiled: &'c Compiled,
    /// The type as those see it whom all rules are against, if there are such.
    least: Option<Arc<Compiled>>,
    /// Whether there may be anything else, but for a password, which is in no document of ours.
    pub(super) hides: bool,
}

impl<'c> Seen<'c> {
    /// `compiled` may be the type as the one who asks sees it: for all it is the same.
    pub(crate) fn new(rules: &AttributePermissions, compiled: &'c Compiled) -> Self {
        let least = rules.least(compiled);
        let mut never = compiled.attributes().iter().filter(|one| one.returned == Returned::Never);
        let hides = least.is_some() || never.any(|one| &*one.path != "password");
        Self { compiled, least, hides }
    }

    /// The version of a document: its own, or what follows from it.
    pub(crate) fn version<'d>(&self, document: &'d Document) -> Cow<'d, str> {
        match document.own_version() {
            Some(own) => Cow::Borrowed(own),
            None => Cow::Owned(self.first(&document.resource, document.meta("lastModified"))),
        }
    }

    /// The version of a resource that there was none of before.
    pub(super) fn first(&self, resource: &Value<'_>, modified: Option<&str>) -> String {
        if self.hides {
            self.after(modified.unwrap_or_default(), resource)
        } else {
            version_of(&self.part(resource))
        }
    }

    /// The version that a change makes of another.
    pub(super) fn after(&self, version: &str, resource: &Value<'_>) -> String {
        version_after(version, &self.part(resource))
    }

    fn part<'r>(&'r self, resource: &'r Value<'r>) -> Part<'r> {
        let compiled = self.least.as_deref().unwrap_or(self.compiled);
        // A store of somebody else's may hold a password with the rest.
        let is_password = |(key, _): (&str, _)| name::same(key, "password");
        let has_password = || resource.as_object().is_some_and(|all| all.iter().any(is_password));
        let compiled = (self.hides || has_password()).then_some(compiled);
        Part { resource, compiled, hides: self.hides }
    }
}

impl Call {
    pub(super) fn seen<'c>(&self, compiled: &'c Compiled) -> Seen<'c> {
        Seen::new(&self.config.attribute_permissions, compiled)
    }

    /// The version of a document as clients get it.
    pub(super) fn version<'d>(&self, compiled: &Compiled, document: &'d Document) -> Cow<'d, str> {
        match document.own_version() {
            Some(own) => Cow::Borrowed(own),
            None => self.seen(compiled).version(document),
        }
    }
}
