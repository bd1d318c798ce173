//! Options as JSON text.

use super::Failure;
use crate::error::Error;
use crate::limits::Limits;
use crate::name;
use crate::profile::Profile;
use crate::validate::Mode;
use crate::value::{Object, Value, read};

/// An options object; the empty text is the empty object.
pub(super) fn read_options(text: &str) -> Result<Object<'_>, Error> {
    if text.is_empty() {
        return Ok(Object::new());
    }
    match read(text)? {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Object::new()),
        _ => Err(Error::invalid_option("options", "an object")),
    }
}

/// Refuses names that no option has, with a suggestion.
pub(super) fn only(options: &Object<'_>, known: &[&str]) -> Result<(), Error> {
    for (key, _) in options.iter() {
        if !known.iter().any(|name| name::same(name, key)) {
            let error = Error::invalid_option(key, "no value: there is no such option");
            return Err(match name::nearest(key, known.iter().copied()) {
                Some(nearest) => error.helped(format!("did you mean `{nearest}`?")),
                None => error.helped(format!("options: {}", known.join(", "))),
            });
        }
    }
    Ok(())
}

pub(super) fn profile(options: &Object<'_>, default: Profile) -> Result<Profile, Error> {
    Profile::from_value(options.get("profile").unwrap_or(&Value::Null), default)
}

pub(super) fn mode(options: &Object<'_>) -> Result<Mode, Error> {
    match options.get("mode") {
        None | Some(Value::Null) => Ok(Mode::Create),
        Some(value) => value.as_str().and_then(Mode::parse).ok_or_else(|| {
            Error::invalid_option("mode", "create, replace, patch, response or import")
        }),
    }
}

/// The sizes that an options object allows.
pub(super) fn limits(options: &Object<'_>) -> Result<Limits, Error> {
    Limits::from_value(options.get("limits").unwrap_or(&Value::Null))
}

/// The resource as it is, if it is given.
pub(super) fn original<'o, 'a>(options: &'o Object<'a>) -> Result<Option<&'o Value<'a>>, Error> {
    match options.get("original") {
        None | Some(Value::Null) => Ok(None),
        Some(value @ Value::Object(_)) => Ok(Some(value)),
        Some(_) => Err(Error::invalid_option("original", "the resource as it is stored")),
    }
}

/// How documents are validated: options that are read once, for many documents.
///
/// ```
/// use scimforge::api::{Input, Schema, Validation};
///
/// let users = Schema::named("User")?;
/// let stored = Validation::read(r#"{"mode": "response"}"#)?;
/// let found = users.issues(Input::Text(r#"{"userName": "ida"}"#), &stored);
/// assert!(!found.is_empty(), "it names no schemas");
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone)]
pub struct Validation {
    mode: Mode,
    profile: Profile,
    limits: Limits,
    original: Option<Value<'static>>,
}

impl Validation {
    /// Reads the options of [`Schema::validate`](super::Schema::validate); the empty text is none.
    ///
    /// ```
    /// use scimforge::api::Validation;
    ///
    /// assert!(Validation::read(r#"{"mode": "replace", "maxIssues": 3}"#).is_ok());
    /// assert!(Validation::read(r#"{"mood": "replace"}"#).is_err());
    /// ```
    ///
    /// # Errors
    /// `invalid-option` and `unknown-profile`.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let options = read_options(text)?;
        only(&options, &["mode", "profile", "original", "maxIssues", "limits"])?;
        let mode = mode(&options)?;
        let mut limits = limits(&options)?;
        match options.get("maxIssues") {
            None | Some(Value::Null) => {}
            Some(value) => {
                limits.issues = value
                    .as_count()
                    .filter(|most| *most > 0)
                    .ok_or_else(|| Error::invalid_option("maxIssues", "a positive integer"))?;
            }
        }
        let profile = profile(&options, Profile::RFC)?;
        let original = original(&options)?.map(|value| value.clone().into_owned());
        Ok(Self { mode, profile, limits, original })
    }

    /// A mode, and everything else as it is without options.
    ///
    /// ```
    /// use scimforge::{api::Validation, validate::Mode};
    ///
    /// assert_eq!(Validation::of(Mode::Response).options().mode, Mode::Response);
    /// ```
    pub fn of(mode: Mode) -> Self {
        Self { mode, profile: Profile::RFC, limits: Limits::DEFAULT, original: None }
    }

    /// The options of the validator beneath.
    ///
    /// ```
    /// use scimforge::api::Validation;
    ///
    /// assert!(Validation::read("")?.options().original.is_none());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn options(&self) -> crate::validate::Options<'_> {
        crate::validate::Options {
            mode: self.mode,
            profile: self.profile,
            limits: self.limits,
            original: self.original.as_ref(),
        }
    }

    /// The sizes that documents may have.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}
