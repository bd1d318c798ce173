//! Profiles: how much of what real clients send is accepted, and the trace of what was bent.
//!
//! A *quirk* is one named deviation; a *profile* is a named set of them. What a server answers is
//! always clean; messages to another server are written by its profile with [`emit`](crate::emit).
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

mod preset;
mod quirk;
mod trace;

pub use quirk::Quirk;
pub use trace::{Bent, Trace};

pub(crate) use preset::Shape;

use crate::error::{Code, Error};
use crate::name;
use crate::value::Value;

/// What becomes of attributes that no schema knows (SCH-078).
///
/// ```
/// use scimforge::profile::{Profile, Unknown};
///
/// assert_eq!(Profile::STRICT.unknown(), Unknown::Reject);
/// assert_eq!(Profile::LENIENT.unknown(), Unknown::Ignore);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// They are an error.
    Reject,
    /// They are dropped, with a warning.
    Ignore,
    /// They stay in the resource as they are given.
    Keep,
}

impl Unknown {
    const ALL: [Self; 3] = [Self::Reject, Self::Ignore, Self::Keep];

    /// The word in options.
    ///
    /// ```
    /// use scimforge::profile::Unknown;
    ///
    /// assert_eq!(Unknown::Keep.as_str(), "keep");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reject => "reject",
            Self::Ignore => "ignore",
            Self::Keep => "keep",
        }
    }
}

/// A set of quirks that are tolerated, and the manner in which messages to a server are written.
///
/// ```
/// use scimforge::profile::{Profile, Quirk};
///
/// let ours = Profile::RFC.with(Quirk::BooleanText).without(Quirk::AbsentRemove);
/// assert!(ours.allows(Quirk::BooleanText) && !ours.allows(Quirk::AbsentRemove));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Profile {
    quirks: u64,
    keeps_unknown: bool,
    shape: &'static Shape,
}

impl Profile {
    /// No tolerance at all.
    pub const STRICT: Self = Self { quirks: 0, keeps_unknown: false, shape: &Shape::ANY };

    /// Strict on structure and types, with the choices that the RFC itself leaves open made the
    /// usual way: unknown attributes are ignored, canonical values are suggestions, removing values
    /// that are not there succeeds, an add by an `eq` filter that matches nothing makes the element,
    /// and names that people have are taken whatever PRECIS says of them.
    pub const RFC: Self = Self::STRICT.with_all(&[
        Quirk::UnknownAttributes,
        Quirk::NonCanonicalValues,
        Quirk::AbsentRemove,
        Quirk::CreateFromFilter,
        Quirk::UnpreparedText,
    ]);

    /// What real clients send, as long as nothing is destroyed by it.
    pub const LENIENT: Self = Self { quirks: Quirk::LENIENT, ..Self::STRICT };

    /// The preset with this name; `None` if there is none.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Quirk};
    ///
    /// let entra = Profile::preset("entra").expect("a preset");
    /// assert!(entra.allows(Quirk::OperationCase));
    /// assert!(Profile::preset("unheard-of").is_none());
    /// ```
    pub fn preset(name: &str) -> Option<Self> {
        preset::ALL.iter().find(|(preset, _)| name::same(preset, name)).map(|(_, profile)| *profile)
    }

    /// The names of the presets.
    ///
    /// ```
    /// use scimforge::profile::Profile;
    ///
    /// assert!(Profile::presets().any(|name| name == "okta"));
    /// ```
    pub fn presets() -> impl Iterator<Item = &'static str> {
        preset::ALL.iter().map(|(name, _)| *name)
    }

    /// What becomes of attributes that no schema knows.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Unknown};
    ///
    /// assert_eq!(Profile::RFC.unknown(), Unknown::Ignore);
    /// ```
    pub const fn unknown(self) -> Unknown {
        match (self.allows(Quirk::UnknownAttributes), self.keeps_unknown) {
            (false, _) => Unknown::Reject,
            (true, false) => Unknown::Ignore,
            (true, true) => Unknown::Keep,
        }
    }

    /// The same with another answer to attributes that no schema knows.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Unknown};
    ///
    /// let keeping = Profile::LENIENT.with_unknown(Unknown::Keep);
    /// assert_eq!(keeping.unknown(), Unknown::Keep);
    /// ```
    #[must_use]
    pub const fn with_unknown(self, unknown: Unknown) -> Self {
        let bit = Quirk::UnknownAttributes.bit();
        let (quirks, keeps_unknown) = match unknown {
            Unknown::Reject => (self.quirks & !bit, false),
            Unknown::Ignore => (self.quirks | bit, false),
            Unknown::Keep => (self.quirks | bit, true),
        };
        Self { quirks, keeps_unknown, ..self }
    }

    /// The same with several more quirks.
    const fn with_all(self, mut quirks: &[Quirk]) -> Self {
        let mut profile = self;
        while let [first, rest @ ..] = quirks {
            profile = profile.with(*first);
            quirks = rest;
        }
        profile
    }

    /// What either tolerates; what is written is written as the first does.
    fn or(self, other: Self) -> Self {
        let read = |quirk: &&Quirk| quirk.read_by().is_none() && other.allows(**quirk);
        let all = Quirk::ALL.iter().filter(read).fold(self, |all, quirk| all.with(*quirk));
        Self { keeps_unknown: self.keeps_unknown || other.keeps_unknown, ..all }
    }

    /// The same for a server of this shape.
    const fn shaped(self, shape: &'static Shape) -> Self {
        Self { shape, ..self }
    }

    /// What the server that messages are written for takes.
    pub(crate) fn shape(self) -> &'static Shape {
        self.shape
    }

    /// The same with one more quirk; for a manner of writing, with the tolerance that reads it.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Quirk};
    ///
    /// assert!(Profile::STRICT.with(Quirk::EmptyPath).allows(Quirk::EmptyPath));
    /// // What writes booleans as text reads them as well.
    /// assert!(Profile::STRICT.with(Quirk::TextBooleans).allows(Quirk::BooleanText));
    /// ```
    #[must_use]
    pub const fn with(self, quirk: Quirk) -> Self {
        let read_by = match quirk.read_by() {
            Some(tolerance) => tolerance.bit(),
            None => 0,
        };
        Self { quirks: self.quirks | quirk.bit() | read_by, ..self }
    }

    /// The same with one quirk less.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Quirk};
    ///
    /// assert!(!Profile::LENIENT.without(Quirk::BareLiteral).allows(Quirk::BareLiteral));
    /// ```
    #[must_use]
    pub const fn without(self, quirk: Quirk) -> Self {
        let keeps_unknown = self.keeps_unknown && !matches!(quirk, Quirk::UnknownAttributes);
        Self { quirks: self.quirks & !quirk.bit(), keeps_unknown, ..self }
    }

    /// Whether a quirk is tolerated, or a manner of writing used.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Quirk};
    ///
    /// assert!(Profile::LENIENT.allows(Quirk::BooleanText));
    /// assert!(!Profile::STRICT.allows(Quirk::BooleanText));
    /// ```
    pub const fn allows(self, quirk: Quirk) -> bool {
        self.quirks & quirk.bit() != 0
    }

    /// Reads a profile: the name of a preset, several of them for the tolerances of all
    /// (`["entra", "okta"]`), or `{"base": "rfc", "booleanText": true, …}` with either as the base.
    /// `unknownAttributes` may also be `"reject"`, `"ignore"` or `"keep"`. Two switches have the names
    /// of WSO2 Identity Server as well: `userNameOverride` is `keepUserName`, and `exactEq` (there
    /// `enable_filtering_enhancements`) can only be true, since `eq` never matches anything but equal
    /// values, and names have one form in all answers.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Quirk};
    /// use scimforge::value::read;
    ///
    /// let options = read(r#"{"base": "rfc", "booleanText": true, "unknownAttributes": "keep"}"#)?;
    /// let profile = Profile::from_value(&options, Profile::LENIENT)?;
    /// assert!(profile.allows(Quirk::BooleanText) && !profile.allows(Quirk::BareLiteral));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `unknown-profile` for a name that is none, `invalid-option` for a quirk that is none or
    /// is neither true nor false.
    pub fn from_value(value: &Value<'_>, default: Self) -> Result<Self, Error> {
        let preset_of = |name: &str| {
            Self::preset(name).ok_or_else(|| {
                let presets: Vec<&str> = Self::presets().collect();
                Error::new(Code::UnknownProfile)
                    .with("name", name)
                    .with("values", presets.join(", "))
            })
        };
        let wrong = || Error::invalid_option("base", "the name of a profile, or several");
        let based = |base: &Value<'_>| {
            let names = match base {
                Value::Array(names) => names.as_slice(),
                name => std::slice::from_ref(name),
            };
            let each = names.iter().map(|name| preset_of(name.as_str().ok_or_else(wrong)?));
            each.reduce(|all, next| Ok(all?.or(next?))).unwrap_or_else(|| Err(wrong()))
        };
        match value {
            Value::Null => Ok(default),
            Value::String(_) | Value::Array(_) => based(value),
            Value::Object(object) => {
                let mut profile = match object.get("base") {
                    None | Some(Value::Null) => default,
                    Some(base) => based(base)?,
                };
                for (key, value) in object.iter().filter(|(key, _)| !name::same(key, "base")) {
                    if EXACT.iter().any(|own| name::same(own, key)) {
                        exact(key, value)?;
                        continue;
                    }
                    let quirk = named(key).ok_or_else(|| unknown_quirk(key))?;
                    profile = match (value, quirk) {
                        (Value::Bool(true), Quirk::UnknownAttributes) => {
                            profile.with_unknown(Unknown::Ignore)
                        }
                        (Value::Bool(true), _) => profile.with(quirk),
                        (Value::Bool(false), _) => profile.without(quirk),
                        (value, Quirk::UnknownAttributes) => profile.with_unknown(policy(value)?),
                        _ => return Err(Error::invalid_option(key, "true or false")),
                    };
                }
                Ok(profile)
            }
            _ => Err(Error::invalid_option(
                "profile",
                "the name of a profile, several names, or an object of quirks",
            )),
        }
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::LENIENT
    }
}

/// What can be said and not be changed.
const EXACT: [&str; 2] = ["exactEq", "enable_filtering_enhancements"];

fn exact(option: &str, value: &Value<'_>) -> Result<(), Error> {
    if *value == Value::Bool(true) {
        return Ok(());
    }
    let error = Error::invalid_option(option, "true");
    Err(error.helped("`eq` matches equal values alone; patterns are `co`, `sw` and `ew`"))
}

/// The quirk with a name, its own or that of another server.
fn named(name: &str) -> Option<Quirk> {
    let of_others = ["userNameOverride", "user_name_override"];
    if of_others.iter().any(|own| name::same(own, name)) {
        return Some(Quirk::KeepUserName);
    }
    Quirk::parse(name)
}

/// The answer to unknown attributes that a word gives.
fn policy(value: &Value<'_>) -> Result<Unknown, Error> {
    let word = value.as_str().unwrap_or_default();
    Unknown::ALL.into_iter().find(|unknown| name::same(unknown.as_str(), word)).ok_or_else(|| {
        Error::invalid_option("unknownAttributes", "reject, ignore, keep, true or false")
    })
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
    fn switches_of_other_servers_are_known_by_their_names() {
        let read = |text: &str| Profile::from_value(&read(text).unwrap(), Profile::RFC);
        let kept = Profile::RFC.with(Quirk::KeepUserName);
        for name in ["keepUserName", "userNameOverride"] {
            assert_eq!(read(&format!(r#"{{"{name}":true}}"#)), Ok(kept), "{name}");
            assert_eq!(read(&format!(r#"{{"{name}":false}}"#)), Ok(Profile::RFC), "{name}");
        }
        for name in EXACT {
            assert_eq!(read(&format!(r#"{{"{name}":true}}"#)), Ok(Profile::RFC), "{name}");
            let error = read(&format!(r#"{{"{name}":false}}"#)).unwrap_err();
            assert_eq!(error.code(), Code::InvalidOption, "{name}");
        }
    }

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
        let several = read(r#"["strict", "okta", "Entra"]"#).unwrap();
        let several = Profile::from_value(&several, Profile::STRICT).unwrap();
        let (okta, entra) = (Profile::preset("okta").unwrap(), Profile::preset("entra").unwrap());
        assert!(Quirk::ALL.iter().all(|quirk| {
            several.allows(*quirk) == (okta.allows(*quirk) || entra.allows(*quirk))
                || quirk.read_by().is_some()
        }));
        let less = read(r#"{"base": ["okta", "entra"], "booleanText": false}"#).unwrap();
        let less = Profile::from_value(&less, Profile::STRICT).unwrap();
        assert_eq!(less, okta.or(entra).without(Quirk::BooleanText));
        let typo = Profile::from_value(&read(r#"{"boolenText":true}"#).unwrap(), Profile::RFC)
            .unwrap_err();
        assert_eq!(typo.issue().help().as_deref(), Some("did you mean `booleanText`?"));
        let kept = read(r#"{"base":"rfc","unknownAttributes":"keep"}"#).unwrap();
        let kept = Profile::from_value(&kept, Profile::RFC).unwrap();
        assert_eq!(kept.unknown(), Unknown::Keep);
        assert_eq!(
            kept.without(Quirk::UnknownAttributes),
            Profile::RFC.with_unknown(Unknown::Reject)
        );
        assert_eq!(Profile::STRICT.unknown(), Unknown::Reject);
        for bad in [
            "[]",
            r#"["okta", 1]"#,
            r#"["okta", "octa"]"#,
            r#"{"base": []}"#,
            r#"{"unknownAttributes":"drop"}"#,
            r#"{"booleanText":"keep"}"#,
            r#""entr""#,
            r#"{"boolText":true}"#,
            r#"{"booleanText":1}"#,
            "3",
        ] {
            assert!(Profile::from_value(&read(bad).unwrap(), Profile::RFC).is_err(), "{bad}");
        }
    }
}
