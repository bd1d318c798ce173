//! How a migration is done.

use super::time;
use crate::error::{Error, Pointer};
use crate::value::Value;

/// What happens to passwords.
///
/// ```
/// use scimforge::migrate::{Format, Options, Passwords, convert_all};
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n\
///     userPassword: correct horse\n";
/// let mut options = Options::default();
/// options.passwords = Passwords::Clear;
/// let migrated = convert_all(Format::Ldif, input, options)?;
/// assert!(migrated.resources().all(|user| user.resource.get("password").is_some()));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Passwords {
    /// All are left out and counted by scheme.
    #[default]
    Drop,
    /// Those in clear text become `password`; hashes are left out all the same, since SCIM has
    /// no place for them.
    Clear,
}

/// What happens to a reference to an entry that is not in the input, or does not get over.
///
/// ```
/// use scimforge::migrate::{DanglingReferences, Format, Options, convert_all};
///
/// let input = b"dn: cn=bakers,dc=example\nobjectClass: groupOfNames\ncn: bakers\n\
///     member: uid=gone,dc=example\n";
/// let mut options = Options::default();
/// assert_eq!(convert_all(Format::Ldif, input, options.clone())?.report.rejected(), 0);
/// options.dangling_references = DanglingReferences::Reject;
/// assert_eq!(convert_all(Format::Ldif, input, options)?.report.rejected(), 1);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DanglingReferences {
    /// The reference is left out, with a warning.
    #[default]
    Drop,
    /// The record with the reference is rejected.
    Reject,
}

/// What happens to pictures.
///
/// ```
/// use scimforge::migrate::{Format, Options, Photos, convert_all};
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: inetOrgPerson\nuid: mara\nsn: Holt\n\
///     jpegPhoto:: /9j/4AAQ\n";
/// let mut options = Options::default();
/// options.photos = Photos::Data;
/// let migrated = convert_all(Format::Ldif, input, options)?;
/// let mara = migrated.resources().next().expect("a person").resource.to_string();
/// assert!(mara.contains("data:image/jpeg;base64,"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Photos {
    /// Left out and counted.
    #[default]
    Drop,
    /// Put into `photos` as `data:` URIs.
    Data,
}

/// The options of a migration.
///
/// ```
/// use scimforge::migrate::Options;
///
/// let mut options = Options::default();
/// options.user_name = vec!["mail".into(), "uid".into()];
/// assert!(!options.strict && options.now.is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The attributes that make the `userName`, the best first.
    pub user_name: Vec<Box<str>>,
    /// Default: dropped.
    pub passwords: Passwords,
    /// Default: dropped.
    pub dangling_references: DanglingReferences,
    /// The moment that expiry dates are held against, in seconds since 1970. Without it accounts
    /// with such a date raise `option-needed`.
    pub now: Option<i64>,
    /// Default: dropped.
    pub photos: Photos,
    /// Whether a record with any warning is rejected (unresolved references have their own
    /// option), and what is not LDIF by the letter is an error.
    pub strict: bool,
    /// Bytes of one source record. Default 64 MiB.
    pub record_bytes: usize,
}

/// The sources of a user name, the best first.
const USER_NAME: [&str; 5] = ["userPrincipalName", "sAMAccountName", "uid", "mail", "cn"];

impl Default for Options {
    fn default() -> Self {
        Self {
            user_name: USER_NAME.iter().map(|name| (*name).into()).collect(),
            passwords: Passwords::default(),
            dangling_references: DanglingReferences::default(),
            now: None,
            photos: Photos::default(),
            strict: false,
            record_bytes: 64 << 20,
        }
    }
}

impl Options {
    /// Options from `{ userName: [..], passwords: "drop"|"clear", danglingReferences:
    /// "drop"|"reject", now: "2026-03-01T09:30:00Z", photos: "drop"|"data", strict: bool }`; what
    /// is absent or null stays as it is by default.
    ///
    /// ```
    /// use scimforge::migrate::{Options, Photos};
    /// use scimforge::value::read;
    ///
    /// let options = Options::from_value(&read(r#"{"photos": "data", "strict": true}"#)?)?;
    /// assert!(options.strict && options.photos == Photos::Data);
    /// assert!(Options::from_value(&read(r#"{"photos": "frame"}"#)?).is_err());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for an unknown name or value.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let mut options = Self::default();
        let members = match value {
            Value::Null => return Ok(options),
            Value::Object(members) => members,
            _ => return Err(invalid("options", "an object")),
        };
        for (name, value) in members.iter() {
            if matches!(value, Value::Null) {
                continue;
            }
            match name {
                "userName" => options.user_name = user_name(value)?,
                "passwords" => {
                    options.passwords = choice(
                        value,
                        "passwords",
                        [("drop", Passwords::Drop), ("clear", Passwords::Clear)],
                    )?;
                }
                "danglingReferences" => {
                    options.dangling_references = choice(
                        value,
                        "danglingReferences",
                        [
                            ("drop", DanglingReferences::Drop),
                            ("reject", DanglingReferences::Reject),
                        ],
                    )?;
                }
                "now" => {
                    let now = value.as_str().and_then(time::date_time);
                    let now = now.ok_or_else(|| {
                        invalid("now", "a date and time such as 2026-03-01T09:30:00Z")
                    })?;
                    options.now = Some(now);
                }
                "photos" => {
                    options.photos =
                        choice(value, "photos", [("drop", Photos::Drop), ("data", Photos::Data)])?;
                }
                "strict" => {
                    options.strict =
                        value.as_bool().ok_or_else(|| invalid("strict", "true or false"))?;
                }
                _ => {
                    return Err(invalid(
                        name,
                        "no value: it is not one of userName, passwords, danglingReferences, now, photos, strict",
                    ));
                }
            }
        }
        Ok(options)
    }
}

fn invalid(option: &str, expected: &str) -> Error {
    Error::invalid_option(option, expected).at(Pointer::root().name(option))
}

fn choice<T: Copy>(value: &Value<'_>, option: &str, choices: [(&str, T); 2]) -> Result<T, Error> {
    let [(first, _), (second, _)] = choices;
    let given = value.as_str().unwrap_or_default();
    choices
        .iter()
        .find(|(word, _)| *word == given)
        .map(|(_, choice)| *choice)
        .ok_or_else(|| invalid(option, &format!("\"{first}\" or \"{second}\"")))
}

fn user_name(value: &Value<'_>) -> Result<Vec<Box<str>>, Error> {
    let refuse = || invalid("userName", "a list of attribute names");
    let names = value.as_array().filter(|names| !names.is_empty()).ok_or_else(refuse)?;
    names
        .iter()
        .map(|name| {
            name.as_str().filter(|name| !name.is_empty()).map(Into::into).ok_or_else(refuse)
        })
        .collect()
}
