//! What the engine asks of a store.

use std::borrow::Cow;
use std::sync::Arc;

use super::etag::{Part, version_of};
use super::event::Event;
use super::groups::Membership;
use super::members::MemberChange;
use super::plan::QueryPlan;
use super::removal::{Kept, Removed, RemovedPlan};
use crate::schema::{AttrId, Compiled, Uniqueness};
use crate::time::Instant;
use crate::value::Value;

/// The place of a resource. Identifiers are compared as they are.
///
/// ```
/// use scimforge::protocol::Key;
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// assert_ne!(key, Key { id: "U-1".into(), ..key.clone() }, "case counts");
/// ```
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
///
/// ```
/// use scimforge::protocol::Document;
/// use scimforge::value::read;
///
/// let stored = Document::new(read(r#"{"id": "u-1", "userName": "rosa",
///     "meta": {"resourceType": "User", "version": "W/\"3\""}}"#)?);
/// assert_eq!((stored.id(), stored.resource_type()), ("u-1", "User"));
/// assert_eq!(stored.version(), "W/\"3\"");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// The resource. Stores, answers and events share it: a clone copies nothing.
    pub resource: Arc<Value<'static>>,
}

impl Document {
    /// A resource from a store.
    ///
    /// ```
    /// use scimforge::protocol::Document;
    /// use scimforge::value::read;
    ///
    /// assert_eq!(Document::new(read(r#"{"id": "u-1"}"#)?).id(), "u-1");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn new(resource: Value<'static>) -> Self {
        Self { resource: Arc::new(resource) }
    }

    /// The resource alone; copied if somebody shares it.
    ///
    /// ```
    /// use scimforge::protocol::Document;
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Document::new(Value::Null).into_resource(), Value::Null);
    /// ```
    pub fn into_resource(self) -> Value<'static> {
        Arc::unwrap_or_clone(self.resource)
    }

    /// The resource, to be changed; copied first if somebody shares it.
    ///
    /// ```
    /// use scimforge::protocol::Document;
    /// use scimforge::value::read;
    ///
    /// let mut changed = Document::new(read(r#"{"id": "u-1", "title": "Baker"}"#)?);
    /// let stored = changed.clone();
    /// changed.resource_mut().as_object_mut().and_then(|rosa| rosa.remove("title"));
    /// assert_ne!(changed, stored);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn resource_mut(&mut self) -> &mut Value<'static> {
        Arc::make_mut(&mut self.resource)
    }

    /// Its `id`.
    ///
    /// ```
    /// use scimforge::protocol::Document;
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Document::new(Value::Null).id(), "", "none");
    /// ```
    pub fn id(&self) -> &str {
        self.resource.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// Its `meta.resourceType`.
    ///
    /// ```
    /// use scimforge::protocol::Document;
    /// use scimforge::value::read;
    ///
    /// let stored = Document::new(read(r#"{"id": "g-1", "meta": {"resourceType": "Group"}}"#)?);
    /// assert_eq!(stored.resource_type(), "Group");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn resource_type(&self) -> &str {
        self.meta("resourceType").unwrap_or_default()
    }

    /// Its version: `meta.version`, or what follows from all of it, for comparisons of a store, if
    /// there is none that a header can hold.
    ///
    /// ```
    /// use scimforge::protocol::Document;
    /// use scimforge::value::read;
    ///
    /// let one = Document::new(read(r#"{"id": "u-1", "title": "Baker"}"#)?);
    /// let other = Document::new(read(r#"{"id": "u-1", "title": "Cook"}"#)?);
    /// assert_ne!(one.version(), other.version(), "it follows from what is stored");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn version(&self) -> Cow<'_, str> {
        let whole = || Part { resource: &self.resource, compiled: None, hides: false };
        self.own_version().map_or_else(|| Cow::Owned(version_of(&whole())), Cow::Borrowed)
    }

    /// Its `meta.version`, if a header can hold it.
    pub(super) fn own_version(&self) -> Option<&str> {
        self.meta("version").filter(|version| is_tag(version))
    }

    /// The text of a sub-attribute of `meta`.
    ///
    /// ```
    /// use scimforge::protocol::Document;
    /// use scimforge::value::read;
    ///
    /// let stored = Document::new(read(r#"{"meta": {"created": "2026-03-01T09:30:00Z"}}"#)?);
    /// assert_eq!(stored.meta("created"), Some("2026-03-01T09:30:00Z"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn meta(&self, name: &str) -> Option<&str> {
        self.resource.get("meta")?.get(name)?.as_str()
    }
}

/// Whether a version can stand in a header (RFC 9110 §8.8.3).
fn is_tag(version: &str) -> bool {
    !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A value that no other resource of the type may have (per tenant).
///
/// ```
/// use scimforge::protocol::{Unique, unique_keys};
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let Unique { path, key } = &unique_keys(&builtin::user(), &read(r#"{"userName": "Rosa"}"#)?)[0];
/// assert_eq!((&**path, &**key), ("userName", "rosa"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unique {
    /// The attribute.
    pub path: Box<str>,
    /// The value as it is compared: see [`Comparison`](crate::text::Comparison).
    pub key: Box<str>,
}

/// The values of a resource that must be unique, `id` left out: the key says it already.
///
/// ```
/// use scimforge::protocol::unique_keys;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let user = builtin::user();
/// let rosa = unique_keys(&user, &read(r#"{"id": "u-1", "userName": "ROSA"}"#)?);
/// assert_eq!(rosa, unique_keys(&user, &read(r#"{"id": "u-2", "userName": "rosa"}"#)?));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
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
            let key = attribute.comparison().own_key(value);
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
///
/// ```
/// use scimforge::protocol::Secret;
///
/// let secret = Secret::new("correct horse");
/// assert!(!format!("{secret:?}").contains("horse"), "it cannot be logged by mistake");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a clear text.
    ///
    /// ```
    /// use scimforge::protocol::Secret;
    ///
    /// assert_eq!(Secret::new(String::from("correct horse")).reveal(), "correct horse");
    /// ```
    pub fn new(clear: impl Into<Box<str>>) -> Self {
        Self(clear.into())
    }

    /// The clear text. It belongs into a hash function and nowhere else.
    ///
    /// ```
    /// use scimforge::protocol::Secret;
    ///
    /// let hash = |clear: &str| clear.len();
    /// assert_eq!(hash(Secret::new("correct horse").reveal()), 13);
    /// ```
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
///
/// ```
/// use scimforge::protocol::{Key, MemoryStore, Store, StoreOp, StoreResult};
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// let answer = MemoryStore::new().run(StoreOp::Get { key });
/// assert!(matches!(answer, StoreResult::Row(None)));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StoreOp {
    /// Reads a resource. Answer: `Row`.
    Get {
        /// Which.
        key: Key,
    },
    /// Reads a resource of whose `members` only some matter. Answer: `Row` with all of them if
    /// there are at most `few`, else `Part`; or `Unsupported`.
    Part {
        /// Which.
        key: Key,
        /// The `value`s that matter, folded. More may be answered.
        members: Vec<Box<str>>,
        /// How many members are all read anyway.
        few: usize,
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
        /// To be kept in the same transaction, as in every change.
        event: Option<Box<Event>>,
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
        /// What is told of it.
        event: Option<Box<Event>>,
        /// What becomes of the members, of a resource that was answered as a `Part`: the document
        /// has none, and those that are not named stay. `None`: the document is whole.
        members: Option<Vec<MemberChange>>,
    },
    /// Removes a resource. Answer: `Done`, `NotFound`, or `VersionMismatch`.
    Remove {
        /// Which.
        key: Key,
        /// The version that must be there.
        if_version: Option<String>,
        /// What is told of it.
        event: Option<Box<Event>>,
        /// What is kept with it, so that it can be restored; `None`: nothing is. The answer of a
        /// store that keeps nothing is `Unsupported` then.
        keep: Option<Box<Kept>>,
    },
    /// Finds resources that were removed and are kept. Answer: `Removed`, or `Unsupported`.
    Removed(RemovedPlan),
    /// Puts a resource that was removed back in its place. Answer: `Done`, `NotFound` if none is
    /// kept, or `Conflict`.
    Restore {
        /// Which.
        key: Key,
        /// What it is from now on.
        document: Document,
        /// What must not be taken by another.
        unique: Vec<Unique>,
        /// To be hashed and kept apart.
        password: Option<Secret>,
        /// What is told of it.
        event: Option<Box<Event>>,
        /// Whether nothing is left of what it was: its password is forgotten, and so are its
        /// groups.
        anew: bool,
    },
    /// Forgets for good some of the resources that were removed before a time. Answer: `Purged`,
    /// with how many these were; or `Unsupported`. The events of it that are kept lose `data` and
    /// `external_id`.
    Purge {
        /// Whose; `None`: of all tenants.
        tenant: Option<Box<str>>,
        /// When they were removed at the latest, this moment left out.
        before: Instant,
        /// At most so many.
        limit: usize,
    },
    /// Adds several resources of one tenant at once, as a Bulk has them one after the other. Asked
    /// only where [`Config::max_batch`](super::Config::max_batch) says so. Answer: `Inserted`.
    InsertMany {
        /// Each an `Insert`.
        operations: Vec<StoreOp>,
        /// Whether none is added if one has a unique value that another resource has or an earlier
        /// operation wants. If not, just these are left out: each is asked for again. So is what
        /// has a key that is there.
        whole: bool,
    },
    /// Has everybody wait who wants to change a resource, until the next change of this exchange or
    /// its end. Asked where somebody else was faster, if
    /// [`Config::locks`](super::Config::locks) says so. Answer: `Done`, also where there is none.
    Lock {
        /// Which.
        key: Key,
    },
    /// Finds out which of many resources are there. Answer: `Present`; or `Unsupported`, and each is
    /// read by itself.
    Present {
        /// Whose.
        tenant: Box<str>,
        /// The name of their resource type.
        resource_type: Box<str>,
        /// The `id`s of those who may be there.
        ids: Vec<Box<str>>,
    },
    /// Keeps what is told of a change that the store made with another: it took somebody who was
    /// removed and is kept out of the groups. Asked only if
    /// [`Config::leaves_first`](super::Config::leaves_first) says so. Answer: `Done`.
    Tell {
        /// What is told.
        event: Option<Box<Event>>,
    },
    /// Finds the groups that resources are members of. Answer: `Memberships`, or `Unsupported`.
    Memberships {
        /// Whose resources.
        tenant: Box<str>,
        /// The name of the resource type of groups.
        group_type: Box<str>,
        /// The `id`s of those who may be members.
        members: Vec<Box<str>>,
    },
}

impl StoreOp {
    /// Takes the event of a change out, to be kept if the change is made.
    ///
    /// ```
    /// use scimforge::protocol::{Key, StoreOp};
    ///
    /// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
    /// assert!(StoreOp::Get { key }.take_event().is_none(), "it changes nothing");
    /// ```
    pub fn take_event(&mut self) -> Option<Box<Event>> {
        match self {
            Self::Insert { event, .. }
            | Self::Replace { event, .. }
            | Self::Remove { event, .. }
            | Self::Restore { event, .. }
            | Self::Tell { event } => event.take(),
            _ => None,
        }
    }
}

/// The answer of a store.
///
/// ```
/// use scimforge::protocol::{Key, MemoryStore, Store, StoreOp, StoreResult};
///
/// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
/// let answer = MemoryStore::new().run(StoreOp::Remove { key, if_version: None, event: None, keep: None });
/// assert!(matches!(answer, StoreResult::NotFound));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StoreResult {
    /// The resource, if there is one.
    Row(Option<Document>),
    /// The resource with some of its members; see [`StoreOp::Part`].
    Part(Document),
    /// Resources that were found.
    Rows {
        /// The page; if `residual`, at least all that match.
        documents: Vec<Document>,
        /// How many match in all. Not looked at if `residual`.
        total: Option<usize>,
        /// Whether the engine has to filter, sort and page.
        residual: bool,
    },
    /// Who is in which group, in any order.
    Memberships(Vec<Membership>),
    /// The `id`s of the resources that are there, in any order.
    Present(Vec<Box<str>>),
    /// Which of several resources were added, by their places, in order.
    Inserted(Vec<usize>),
    /// Resources that were removed, in order.
    Removed(Vec<Removed>),
    /// How many were purged, by resource type.
    Purged(Vec<(Box<str>, usize)>),
    /// The store does not have this operation.
    Unsupported,
    /// It is done.
    Done,
    /// It is done, and this is what was made of it: a table of the developer's may have columns
    /// that the database fills.
    Written(Document),
    /// The store has no place for a value. Nothing is done.
    NotStorable {
        /// The attribute.
        attribute: Box<str>,
        /// Why, in words without values.
        reason: Box<str>,
    },
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
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, Request, Store, StoreOp, StoreResult, run};
/// use scimforge::time::Instant;
///
/// /// A store whose disk has gone.
/// struct Broken;
///
/// impl Store for Broken {
///     fn run(&mut self, _operation: StoreOp) -> StoreResult {
///         StoreResult::Failed("the disk has gone".into())
///     }
/// }
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let engine = Engine::new(Config::default());
/// let answer = run(&engine, &mut Broken, Request::new("GET", "/Users"), env);
/// assert_eq!(answer.status, 500);
/// assert!(!String::from_utf8_lossy(&answer.body).contains("disk"), "that is for the log");
/// ```
pub trait Store {
    /// Runs an operation.
    ///
    /// ```
    /// use scimforge::protocol::{Key, MemoryStore, Store, StoreOp, StoreResult};
    ///
    /// let key = Key { tenant: "".into(), resource_type: "Group".into(), id: "g-1".into() };
    /// assert!(matches!(MemoryStore::new().run(StoreOp::Get { key }), StoreResult::Row(None)));
    /// ```
    fn run(&mut self, operation: StoreOp) -> StoreResult;
}
