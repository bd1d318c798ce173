//! Resources that were deleted and are kept: for those who want somebody back.
//!
//! To clients they are gone. A store keeps them apart, with when they were deleted and by whom,
//! until they are restored or purged.

use super::config::invalid;
use super::operations::unknown;
use super::store::{Document, Unique};
use super::store_json::{document, optional, text, texts, texts_of, wrong};
use crate::error::Error;
use crate::time::Instant;
use crate::value::{Object, Value};

/// What is kept of a resource that is deleted.
///
/// ```
/// use scimforge::protocol::{Config, SoftDelete};
/// use scimforge::value::read;
///
/// assert!(Config::default().soft_delete.is_none(), "nothing");
/// let config = Config::from_value(&read(r#"{"delete": "soft"}"#)?)?;
/// assert_eq!(config.soft_delete, Some(SoftDelete::default()));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SoftDelete {
    /// Whether its unique values stay taken. Default false: another resource may have them.
    pub keeps_unique: bool,
    /// Whether a POST with its unique values brings it back. Default false: it makes another one.
    pub restores: bool,
}

impl SoftDelete {
    /// `"hard"`, `"soft"`, or `{"mode", "unique"?: "freed" or "kept", "recreate"?: "new" or
    /// "restore"}`.
    pub(super) fn from_value(option: &str, value: &Value<'_>) -> Result<Option<Self>, Error> {
        let expected = "hard, soft, or an object with mode, unique and recreate";
        let object = match value {
            Value::Object(object) => object,
            mode => return Ok(is_soft(mode, option, expected)?.then(Self::default)),
        };
        let (mut keeps, mut soft) = (true, Self::default());
        for (name, value) in object.iter() {
            match (name, value.as_str()) {
                ("mode", _) => keeps = is_soft(value, name, "hard or soft")?,
                ("unique", Some(choice @ ("freed" | "kept"))) => {
                    soft.keeps_unique = choice == "kept";
                }
                ("recreate", Some(choice @ ("new" | "restore"))) => {
                    soft.restores = choice == "restore";
                }
                ("unique", _) => return Err(invalid(name, "freed or kept")),
                ("recreate", _) => return Err(invalid(name, "new or restore")),
                (other, _) => {
                    let known = ["mode", "unique", "recreate"];
                    return Err(unknown(other, "option", known.into_iter()));
                }
            }
        }
        Ok(keeps.then_some(soft))
    }
}

fn is_soft(mode: &Value<'_>, option: &str, expected: &str) -> Result<bool, Error> {
    match mode.as_str() {
        Some("hard") => Ok(false),
        Some("soft") => Ok(true),
        _ => Err(invalid(option, expected)),
    }
}

/// What is kept beside a resource that is deleted.
///
/// ```
/// use scimforge::protocol::Kept;
/// use scimforge::time::Instant;
///
/// let kept = Kept { at: Some(Instant::from_unix(1_772_357_400)), by: Some("hr".into()), ..Kept::default() };
/// assert_eq!(kept.to_value().to_string(), r#"{"at":"2026-03-01T09:30:00Z","by":"hr"}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    /// When it was deleted; `None` where a store does not know.
    pub at: Option<Instant>,
    /// By whom, if that is known.
    pub by: Option<Box<str>>,
    /// The `id`s of the groups it was in.
    pub groups: Vec<Box<str>>,
    /// Whether its unique values stay taken.
    pub keeps_unique: bool,
}

impl Kept {
    /// `{"at"?, "by"?, "groups"?, "unique"?: "kept"}`.
    ///
    /// ```
    /// use scimforge::protocol::Kept;
    ///
    /// let kept = Kept { groups: vec!["g-1".into()], keeps_unique: true, ..Kept::default() };
    /// assert_eq!(kept.to_value().to_string(), r#"{"groups":["g-1"],"unique":"kept"}"#);
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        if let Some(at) = self.at {
            object.insert("at", Value::from(at.to_exact_text()));
        }
        if let Some(by) = &self.by {
            object.insert("by", Value::copied(by));
        }
        if !self.groups.is_empty() {
            object.insert("groups", texts(&self.groups));
        }
        if self.keeps_unique {
            object.insert("unique", Value::from("kept"));
        }
        object.into()
    }

    pub(super) fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        Ok(Self {
            at: instant(value, "at")?,
            by: optional(value, "by").map(String::into_boxed_str),
            groups: texts_of(value, "groups"),
            keeps_unique: optional(value, "unique").as_deref() == Some("kept"),
        })
    }
}

/// A resource that was deleted, as a store keeps it.
///
/// ```
/// use scimforge::protocol::{Document, Kept, Removed};
/// use scimforge::value::read;
///
/// let document = Document::new(read(r#"{"id": "u-1"}"#)?);
/// let removed = Removed { kept: Kept::default(), document };
/// assert_eq!(removed.to_value().to_string(), r#"{"kept":{},"resource":{"id":"u-1"}}"#);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    /// What is kept beside it.
    pub kept: Kept,
    /// The resource as it was.
    pub document: Document,
}

impl Removed {
    /// `{"kept", "resource"}`.
    ///
    /// ```
    /// use scimforge::protocol::{Document, Kept, Removed};
    /// use scimforge::value::Value;
    ///
    /// let nothing = Removed { kept: Kept::default(), document: Document::new(Value::Null) };
    /// assert_eq!(nothing.to_value().to_string(), r#"{"kept":{},"resource":null}"#);
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("kept", self.kept.to_value());
        object.insert("resource", (*self.document.resource).clone());
        object.into()
    }

    pub(super) fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let kept = value.get("kept").map(Kept::from_value).transpose()?.unwrap_or_default();
        Ok(Self { kept, document: document(value, "resource")? })
    }
}

/// Which of the resources that were deleted are asked for.
///
/// ```
/// use scimforge::protocol::{MemoryStore, RemovedPlan, Store, StoreOp, StoreResult, Which};
///
/// let which = Which::Page { after: None, limit: 10 };
/// let plan = RemovedPlan { tenant: "".into(), resource_type: "User".into(), which };
/// let answer = MemoryStore::new().run(StoreOp::Removed(plan));
/// assert_eq!(answer, StoreResult::Removed(Vec::new()));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RemovedPlan {
    /// Whose.
    pub tenant: Box<str>,
    /// The name of their resource type.
    pub resource_type: Box<str>,
    /// Which of these.
    pub which: Which,
}

/// Which of the resources of a type that were deleted are asked for.
///
/// ```
/// use scimforge::protocol::{Unique, Which};
///
/// let rosa = Which::With(vec![Unique { path: "userName".into(), key: "rosa".into() }]);
/// assert_ne!(rosa, Which::One("u-1".into()));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Which {
    /// The one with this `id`.
    One(Box<str>),
    /// The one that had the first of these values that any had; of several, the one that was
    /// deleted last.
    With(Vec<Unique>),
    /// In the order in which they were deleted, and of their `id`s where that was at once.
    Page {
        /// Those behind this place.
        after: Option<(Option<Instant>, Box<str>)>,
        /// At most so many.
        limit: usize,
    },
}

impl RemovedPlan {
    pub(super) fn write(&self, object: &mut Object<'static>) {
        object.insert("op", Value::from("removed"));
        object.insert("tenant", Value::copied(&self.tenant));
        object.insert("type", Value::copied(&self.resource_type));
        match &self.which {
            Which::One(id) => {
                object.insert("id", Value::copied(id));
            }
            Which::With(unique) => {
                object.insert("unique", super::store_json::unique_to_value(unique));
            }
            Which::Page { after, limit } => {
                if let Some(after) = after {
                    object.insert("after", place_to_value(after));
                }
                object.insert("limit", Value::count(*limit));
            }
        }
    }

    pub(super) fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let which = if let Some(id) = optional(value, "id") {
            Which::One(id.into())
        } else if value.get("unique").is_some() {
            Which::With(super::store_json::unique_from_value(value)?)
        } else {
            let limit = value.get("limit").and_then(Value::as_count);
            let limit = limit.ok_or_else(|| wrong("limit", "a count"))?;
            Which::Page { after: place_of(value)?, limit }
        };
        Ok(Self {
            tenant: text(value, "tenant")?.into(),
            resource_type: text(value, "type")?.into(),
            which,
        })
    }
}

/// `{"at"?, "id"}`.
pub(super) fn place_to_value((at, id): &(Option<Instant>, Box<str>)) -> Value<'static> {
    let mut object = Object::new();
    if let Some(at) = at {
        object.insert("at", Value::from(at.to_exact_text()));
    }
    object.insert("id", Value::copied(id));
    object.into()
}

/// A place in a list of resources that were deleted.
type Place = (Option<Instant>, Box<str>);

pub(crate) fn place_of(value: &Value<'_>) -> Result<Option<Place>, Error> {
    match value.get("after") {
        None | Some(Value::Null) => Ok(None),
        Some(after) => Ok(Some((instant(after, "at")?, text(after, "id")?.into()))),
    }
}

pub(super) fn instant(value: &Value<'_>, name: &'static str) -> Result<Option<Instant>, Error> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let instant = value.as_str().and_then(Instant::parse);
            instant.map(Some).ok_or_else(|| wrong(name, "a date and time"))
        }
    }
}

/// How many were purged, by resource type.
pub(super) fn counts_to_value(counts: &[(Box<str>, usize)]) -> Value<'static> {
    let each = counts.iter().map(|(name, count)| (name.to_string(), Value::count(*count)));
    let mut object = Object::new();
    for (name, count) in each {
        object.insert(name, count);
    }
    object.into()
}

pub(super) fn counts_of(value: &Value<'_>) -> Result<Vec<(Box<str>, usize)>, Error> {
    let object = value.as_object().ok_or_else(|| wrong("purged", "an object of counts"))?;
    let count = |(name, count): (&str, &Value<'_>)| {
        let count = count.as_count().ok_or_else(|| wrong("purged", "an object of counts"))?;
        Ok((name.into(), count))
    };
    object.iter().map(count).collect()
}
