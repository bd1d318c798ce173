//! What the engine asks of a store.

use std::borrow::Cow;

use super::etag::version_of;
use super::plan::QueryPlan;
use crate::schema::{AttrId, Compiled, Uniqueness};
use crate::text;
use crate::value::Value;

/// The place of a resource. Identifiers are compared as they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Whose it is.
    pub tenant: Box<str>,
    /// The name of its resource type.
    pub resource_type: Box<str>,
    /// Its `id`.
    pub id: Box<str>,
}

/// A resource as it is stored: in canonical form, with `id` and `meta` (without `location`,
/// which depends on the base URL), without a password.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// The resource.
    pub resource: Value<'static>,
}

impl Document {
    /// A resource from a store.
    pub fn new(resource: Value<'static>) -> Self {
        Self { resource }
    }

    /// Its `id`.
    pub fn id(&self) -> &str {
        self.resource.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its `meta.resourceType`.
    pub fn resource_type(&self) -> &str {
        self.meta("resourceType").unwrap_or_default()
    }

    /// Its version: `meta.version`, or what that would be.
    pub fn version(&self) -> Cow<'_, str> {
        self.meta("version").map_or_else(|| Cow::Owned(version_of(&self.resource)), Cow::Borrowed)
    }

    /// The text of a sub-attribute of `meta`.
    pub fn meta(&self, name: &str) -> Option<&str> {
        self.resource.get("meta")?.get(name)?.as_str()
    }
}

/// A value that no other resource of the type may have (per tenant).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unique {
    /// The attribute.
    pub path: Box<str>,
    /// The value as it is compared: folded unless case counts.
    pub key: Box<str>,
}

/// The values of a resource that must be unique, `id` left out: the key says it already.
pub fn unique_keys(compiled: &Compiled, resource: &Value<'_>) -> Vec<Unique> {
    let mut keys = Vec::new();
    for attribute in compiled.attributes() {
        let is_id = attribute.parent == AttrId::ROOT && &*attribute.attribute.name == "id";
        if attribute.uniqueness == Uniqueness::None || is_id {
            continue;
        }
        let names: Vec<&str> = compiled
            .chain(attribute.id)
            .iter()
            .map(|step| &*compiled.attribute(*step).attribute.name)
            .collect();
        each_text(resource, &names, &mut |value| {
            let key = text::key(value, attribute.case_exact).into();
            keys.push(Unique { path: attribute.path.clone(), key });
        });
    }
    keys
}

fn each_text(value: &Value<'_>, names: &[&str], found: &mut dyn FnMut(&str)) {
    if let Value::Array(items) = value {
        for item in items.iter().filter(|item| item.as_array().is_none()) {
            each_text(item, names, found);
        }
        return;
    }
    match (names.split_first(), value) {
        (None, Value::String(text)) => found(text),
        (None, Value::Number(number)) => found(number.as_str()),
        (Some((first, rest)), value) => {
            if let Some(inner) = value.get(first) {
                each_text(inner, rest, found);
            }
        }
        (None, _) => {}
    }
}

/// A password on its way to whoever hashes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a clear text.
    pub fn new(clear: impl Into<Box<str>>) -> Self {
        Self(clear.into())
    }

    /// The clear text. It belongs into a hash function and nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// One operation on the store.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StoreOp {
    /// Reads a resource. Answer: `Row`.
    Get {
        /// Which.
        key: Key,
    },
    /// Finds resources. Answer: `Rows`.
    Query(QueryPlan),
    /// Adds a resource. Answer: `Done`, or `Conflict` (with the attribute `id` if the key is
    /// taken).
    Insert {
        /// Where.
        key: Key,
        /// What.
        document: Document,
        /// What must not be taken.
        unique: Vec<Unique>,
        /// To be hashed and kept apart.
        password: Option<Secret>,
    },
    /// Replaces a resource. Answer: `Done`, `NotFound`, `Conflict`, or `VersionMismatch`.
    Replace {
        /// Which.
        key: Key,
        /// What takes its place.
        document: Document,
        /// The version that must be there.
        if_version: Option<String>,
        /// What must not be taken by another.
        unique: Vec<Unique>,
        /// To be hashed and kept apart; `None` keeps the one there is.
        password: Option<Secret>,
    },
    /// Removes a resource. Answer: `Done`, `NotFound`, or `VersionMismatch`.
    Remove {
        /// Which.
        key: Key,
        /// The version that must be there.
        if_version: Option<String>,
    },
}

/// The answer of a store.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StoreResult {
    /// The resource, if there is one.
    Row(Option<Document>),
    /// Resources that were found.
    Rows {
        /// The page; if `residual`, at least all that match.
        documents: Vec<Document>,
        /// How many match in all. Not looked at if `residual`.
        total: Option<usize>,
        /// Whether the engine has to filter, sort and page.
        residual: bool,
    },
    /// It is done.
    Done,
    /// Another resource has this value.
    Conflict {
        /// The attribute.
        attribute: Box<str>,
    },
    /// The resource has another version.
    VersionMismatch,
    /// There is no such resource.
    NotFound,
    /// The store failed. The message is for the log; clients do not see it.
    Failed(String),
}

/// A store within reach. Hosts whose stores take time step the exchange themselves.
pub trait Store {
    /// Runs an operation.
    fn run(&mut self, operation: StoreOp) -> StoreResult;
}
