//! Who asks.

use std::sync::Arc;

use super::Failure;
use super::options::{only, read_options};
use super::server::text;
use crate::error::Error;
use crate::profile::Profile;
use crate::protocol::{Env, Subject};
use crate::time::Instant;
use crate::value::{Object, Value};

/// What says who asks.
pub(super) const MEMBERS: [&str; 5] = ["tenant", "principal", "permissions", "subject", "profile"];

/// Who asks, read once for any number of requests.
///
/// ```
/// use scimforge::api::Caller;
/// use scimforge::time::Instant;
///
/// let hr = Caller::read(r#"{"tenant": "north", "principal": "hr", "permissions": ["Users:*"]}"#)?;
/// let env = hr.env(Instant::from_unix(1_772_357_400), std::iter::empty());
/// assert_eq!((env.tenant.as_str(), env.principal.as_deref()), ("north", Some("hr")));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Caller {
    tenant: String,
    principal: Option<String>,
    permissions: Option<Arc<[Box<str>]>>,
    subject: Option<Subject>,
    profile: Option<Profile>,
}

impl Caller {
    /// Reads `{"tenant"?, "principal"?, "permissions"?: […], "subject"?: {"type", "id"},
    /// "profile"?}`. Without permissions everything is allowed: the host decides.
    ///
    /// ```
    /// use scimforge::api::Caller;
    ///
    /// assert!(Caller::read(r#"{"subject": {"type": "User", "id": "u-1"}}"#).is_ok());
    /// assert!(Caller::read(r#"{"permissions": "Users:list"}"#).is_err(), "no array");
    /// ```
    ///
    /// # Errors
    /// `invalid-option`, and those of a profile.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let object = read_options(text)?;
        only(&object, &MEMBERS)?;
        Ok(Self::of(&object)?)
    }

    pub(super) fn of(object: &Object<'_>) -> Result<Self, Error> {
        let given = |name| object.get(name).filter(|value| **value != Value::Null);
        let permissions = given("permissions").map(|permissions| {
            let wrong = || Error::invalid_option("permissions", "an array of strings");
            let each = permissions.as_array().ok_or_else(wrong)?.iter();
            each.map(|one| one.as_str().map(Into::into).ok_or_else(wrong)).collect()
        });
        let subject = given("subject").map(|subject| {
            let named = |name| subject.get(name).and_then(Value::as_str).map(Into::into);
            match (named("type"), named("id")) {
                (Some(resource_type), Some(id)) => Ok(Subject { resource_type, id }),
                _ => Err(Error::invalid_option("subject", "an object with `type` and `id`")),
            }
        });
        let profile = given("profile");
        let profile = profile.map(|profile| Profile::from_value(profile, Profile::LENIENT));
        Ok(Self {
            tenant: text(object, "tenant", "a name")?.unwrap_or_default().to_owned(),
            principal: text(object, "principal", "a name")?.map(str::to_owned),
            permissions: permissions.transpose()?,
            subject: subject.transpose()?,
            profile: profile.transpose()?,
        })
    }

    /// What the engine has to know of a request of theirs.
    ///
    /// ```
    /// use scimforge::api::Caller;
    /// use scimforge::time::Instant;
    ///
    /// let ids = ["u-1".to_owned()].into_iter();
    /// let mut env = Caller::default().env(Instant::from_unix(1_772_357_400), ids);
    /// assert!(env.permissions.is_none() && env.ids.next().is_some());
    /// ```
    pub fn env(&self, now: Instant, ids: impl Iterator<Item = String> + Send + 'static) -> Env {
        Env {
            tenant: self.tenant.clone(),
            principal: self.principal.clone(),
            permissions: self.permissions.clone(),
            subject: self.subject.clone(),
            profile: self.profile,
            ..Env::new(now, ids)
        }
    }
}
