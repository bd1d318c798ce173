//! Profiles: how much of what real clients send is accepted, and the trace of what was bent.
//!
//! A *quirk* is one named tolerance; a *profile* is a named set of them. Tolerance is for input
//! alone: what is emitted is always clean.
//!
//! ```
//! use scimforge::filter::Filter;
//! use scimforge::limits::Limits;
//! use scimforge::profile::{Profile, Quirk};
//! use scimforge::schema::builtin;
//!
//! let user = builtin::user();
//! let text = "active eq \"True\"";
//! assert!(Filter::parse(text, Profile::STRICT, &Limits::DEFAULT)?.bind(&user).is_err());
//!
//! let profile = Profile::STRICT.with(Quirk::BooleanText);
//! let bound = Filter::parse(text, profile, &Limits::DEFAULT)?.bind(&user)?;
//! let bent: Vec<Quirk> = bound.trace.entries().iter().map(|bent| bent.quirk).collect();
//! assert_eq!(bent, [Quirk::BooleanText]);
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod quirk;
mod trace;

pub use quirk::Quirk;
pub use trace::{Bent, Trace};

use crate::error::{Code, Error};
use crate::name;
use crate::value::Value;

/// A set of quirks that are tolerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Profile {
    quirks: u64,
}

/// The named profiles: name and quirks.
const PRESETS: &[(&str, Profile)] = &[
    ("strict", Profile::STRICT),
    ("rfc", Profile::RFC),
    ("lenient", Profile::LENIENT),
    ("entra", Profile::LENIENT),
    ("entra-legacy", Profile::LENIENT.with(Quirk::LegacyExtensionDot)),
    ("okta", Profile::LENIENT),
    ("onelogin", Profile::LENIENT),
    ("google", Profile::LENIENT),
    ("jumpcloud", Profile::LENIENT),
    ("sailpoint", Profile::LENIENT),
    ("salesforce", Profile::LENIENT.with(Quirk::WrappedMembers)),
];

impl Profile {
    /// No tolerance at all.
    pub const STRICT: Self = Self { quirks: 0 };

    /// Strict on structure and types, with the choices that the RFC itself leaves open made the
    /// usual way: unknown attributes are ignored, removing what is not there succeeds, an add
    /// by an `eq` filter that matches nothing makes the element.
    pub const RFC: Self = Self::STRICT
        .with(Quirk::UnknownAttributes)
        .with(Quirk::AbsentRemove)
        .with(Quirk::CreateFromFilter);

    /// What real clients send, as long as nothing is destroyed by it.
    pub const LENIENT: Self = Self { quirks: Quirk::LENIENT };

    /// The preset with this name; `None` if there is none.
    pub fn preset(name: &str) -> Option<Self> {
        PRESETS.iter().find(|(preset, _)| name::same(preset, name)).map(|(_, profile)| *profile)
    }

    /// The names of the presets.
    pub fn presets() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// The same with one more quirk tolerated.
    #[must_use]
    pub const fn with(self, quirk: Quirk) -> Self {
        Self { quirks: self.quirks | quirk.bit() }
    }

    /// The same with one quirk less.
    #[must_use]
    pub const fn without(self, quirk: Quirk) -> Self {
        Self { quirks: self.quirks & !quirk.bit() }
    }

    /// Whether a quirk is tolerated.
    pub const fn allows(self, quirk: Quirk) -> bool {
        self.quirks & quirk.bit() != 0
    }

    /// Reads a profile: the name of a preset, or `{"base": "rfc", "booleanText": true, …}`.
    ///
    /// # Errors
    /// `unknown-profile` for a name that is none, `invalid-option` for a quirk that is none or
    /// is neither true nor false.
    pub fn from_value(value: &Value<'_>, default: Self) -> Result<Self, Error> {
        let named = |name: &str| {
            Self::preset(name).ok_or_else(|| {
                let presets: Vec<&str> = Self::presets().collect();
                Error::new(Code::UnknownProfile)
                    .with("name", name)
                    .with("values", presets.join(", "))
            })
        };
        match value {
            Value::Null => Ok(default),
            Value::String(name) => named(name),
            Value::Object(object) => {
                let mut profile = match object.get("base") {
                    Some(Value::String(base)) => named(base)?,
                    None | Some(Value::Null) => default,
                    Some(_) => return Err(Error::invalid_option("base", "the name of a profile")),
                };
                for (key, value) in object.iter().filter(|(key, _)| !name::same(key, "base")) {
                    let quirk = Quirk::parse(key).ok_or_else(|| unknown_quirk(key))?;
                    profile = match value {
                        Value::Bool(true) => profile.with(quirk),
                        Value::Bool(false) => profile.without(quirk),
                        _ => return Err(Error::invalid_option(key, "true or false")),
                    };
                }
                Ok(profile)
            }
            _ => Err(Error::invalid_option(
                "profile",
                "the name of a profile, or an object of quirks",
            )),
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::LENIENT
    }
}

fn unknown_quirk(name: &str) -> Error {
    let error = Error::invalid_option(name, "no value: there is no such quirk");
    match name::nearest(name, Quirk::ALL.iter().map(|quirk| quirk.as_str())) {
        Some(nearest) => error.helped(format!("did you mean `{nearest}`?")),
        None => error.helped("every profile and its quirks are listed by `profiles()`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::read;

    #[test]
    fn a_profile_is_a_name_or_a_base_with_changes() {
        let text = r#"{"base":"strict","booleanText":true}"#;
        let profile = Profile::from_value(&read(text).unwrap(), Profile::RFC).unwrap();
        assert_eq!(profile, Profile::STRICT.with(Quirk::BooleanText));
        let none = read(r#"{"base":null,"filterblanks":true}"#).unwrap();
        assert_eq!(
            Profile::from_value(&none, Profile::STRICT),
            Ok(Profile::STRICT.with(Quirk::FilterBlanks))
        );
        let typo = Profile::from_value(&read(r#"{"boolenText":true}"#).unwrap(), Profile::RFC)
            .unwrap_err();
        assert_eq!(typo.issue().help().as_deref(), Some("did you mean `booleanText`?"));
        for bad in [r#""entr""#, r#"{"boolText":true}"#, r#"{"booleanText":1}"#, "3"] {
            assert!(Profile::from_value(&read(bad).unwrap(), Profile::RFC).is_err(), "{bad}");
        }
    }
}
