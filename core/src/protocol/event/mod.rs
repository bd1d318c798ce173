//! What has changed, for those who are told: the events of RFC 9967.
//!
//! A write of the engine carries its event (see [`StoreOp`](super::StoreOp)), so that a store can
//! keep both in one transaction. What changed nothing has no event. A password, and whatever
//! else is write-only or never returned, is in no event; of a change of it, the name is.

mod changed;
mod claims;
mod json;
mod made;
mod written;

pub use claims::SecurityEvent;
pub(super) use json::{event_of, write_event};
pub(super) use made::{Changed, changed, created, deleted, restored};

use crate::error::Error;
use crate::time::Instant;
use crate::value::{Object, Value};

/// What the URIs of events begin with (RFC 9967 §7.3).
const PREFIX: &str = "urn:ietf:params:scim:event:";

/// How much an event says (RFC 9967 §2.4).
///
/// ```
/// use scimforge::protocol::EventMode;
///
/// assert_eq!(EventMode::parse("full"), Some(EventMode::Full));
/// assert_eq!(EventMode::default().as_str(), "notice");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventMode {
    /// Which attributes have changed.
    #[default]
    Notice,
    /// The values as well.
    Full,
}

impl EventMode {
    /// Reads `notice` or `full`.
    ///
    /// ```
    /// use scimforge::protocol::EventMode;
    ///
    /// assert_eq!(EventMode::parse("notice"), Some(EventMode::Notice));
    /// assert!(EventMode::parse("Full").is_none());
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Notice, Self::Full].into_iter().find(|mode| mode.as_str() == text)
    }

    /// The end of an event's URI.
    ///
    /// ```
    /// use scimforge::protocol::EventMode;
    ///
    /// assert_eq!(EventMode::Full.as_str(), "full");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Full => "full",
        }
    }
}

/// That and how a server makes events.
///
/// ```
/// use scimforge::protocol::{Config, EventMode};
/// use scimforge::value::read;
///
/// let config = Config::from_value(&read(r#"{"events": {"mode": "full", "sinks": ["audit"]}}"#)?)?;
/// let events = config.events.expect("events");
/// assert_eq!((events.mode, &*events.sinks[0]), (EventMode::Full, "audit"));
/// assert!(Config::default().events.is_none());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Events {
    /// Whether values are kept with them. Default: only the names of attributes.
    pub mode: EventMode,
    /// Whom a store has to keep events for until they are delivered. Default nobody: they are
    /// there to be read.
    pub sinks: Vec<Box<str>>,
    /// Whether Security Event Tokens are delivered, and what they say; told in the
    /// `ServiceProviderConfig` (RFC 9967 §4). Default none.
    pub set: Option<EventMode>,
}

impl Events {
    /// `true`, `false`, or `{"mode"?, "sinks"?, "set"?}`.
    pub(super) fn from_value(option: &str, value: &Value<'_>) -> Result<Option<Self>, Error> {
        let expected = "true, false or an object with mode, sinks and set";
        let object = match value {
            Value::Bool(false) => return Ok(None),
            Value::Bool(true) => return Ok(Some(Self::default())),
            Value::Object(object) => object,
            _ => return Err(Error::invalid_option(option, expected)),
        };
        let mode = |name: &str, value: &Value<'_>| {
            let mode = value.as_str().and_then(EventMode::parse);
            mode.ok_or_else(|| Error::invalid_option(name, "notice or full"))
        };
        let mut events = Self::default();
        for (name, value) in object.iter().filter(|(_, value)| **value != Value::Null) {
            match name {
                "mode" => events.mode = mode(name, value)?,
                "set" => events.set = Some(mode(name, value)?),
                "sinks" => {
                    let wrong = || Error::invalid_option(name, "an array of names");
                    let names = value.as_array().ok_or_else(wrong)?.iter();
                    let names = names.map(|one| Ok(one.as_str().ok_or_else(wrong)?.into()));
                    events.sinks = names.collect::<Result<_, Error>>()?;
                }
                other => return Err(Error::invalid_option(other, expected)),
            }
        }
        Ok(Some(events))
    }

    /// The `securityEvents` of the `ServiceProviderConfig`, where tokens are delivered.
    pub(super) fn described(&self) -> Option<Value<'static>> {
        let mode = self.set?;
        let uri = |name: &str| Value::from(format!("{PREFIX}prov:{name}"));
        let with_mode = |name: &str| uri(&format!("{name}:{}", mode.as_str()));
        let mut uris: Vec<Value<'static>> = ["create", "patch", "put"].map(with_mode).into();
        uris.extend(["delete", "activate", "deactivate"].map(uri));
        let mut object = Object::new();
        object.insert("asyncRequest", Value::from("none"));
        object.insert("eventUris", Value::Array(uris));
        Some(object.into())
    }
}

/// One change of one resource.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
/// use scimforge::time::Instant;
/// use scimforge::value::read;
///
/// let config = Config::from_value(&read(r#"{"events": true}"#)?)?;
/// let (engine, mut store) = (Engine::new(config), MemoryStore::new());
/// let env = Env::new(Instant::from_unix(1_772_357_400), ["u-1".to_owned()].into_iter())
///     .with_txn("t-1");
/// let body = br#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "rosa"}"#;
/// run(&engine, &mut store, Request::new("POST", "/Users").with_body(body.to_vec()), env);
/// let (_, event) = store.changes(0).next().expect("an event");
/// assert_eq!((&*event.name, &*event.uri, &*event.txn), ("user.created", "/Users/u-1", "t-1"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// What tells it from every other event: the transaction, and a count.
    pub id: Box<str>,
    /// When.
    pub time: Instant,
    /// The request that it comes from (RFC 8417 §2.2).
    pub txn: Box<str>,
    /// Whose data.
    pub tenant: Box<str>,
    /// Who asked for it.
    pub principal: Option<Box<str>>,
    /// In short: the resource type, and `created`, `updated`, `activated`, `deactivated` or
    /// `deleted`, such as `user.created`.
    pub name: Box<str>,
    /// The URIs of RFC 9967: what was done, and whether that activated or deactivated the
    /// resource.
    pub types: Vec<Box<str>>,
    /// The path of the resource behind the base URL, such as `/Users/u-1`.
    pub uri: Box<str>,
    /// The name of its type.
    pub resource_type: Box<str>,
    /// Its `id`.
    pub resource_id: Box<str>,
    /// Its `externalId`.
    pub external_id: Option<Box<str>>,
    /// Its version afterwards.
    pub version: Option<Box<str>>,
    /// Its version before.
    pub previous_version: Option<Box<str>>,
    /// The paths of attributes that were added, changed or removed. Of one with several values
    /// it is the whole.
    pub attributes: Vec<Box<str>>,
    /// In [`EventMode::Full`]: the resource that was created, the body of a PUT, or the message
    /// of a PATCH, that make the change (RFC 9967 §2.2).
    pub data: Option<Value<'static>>,
}
