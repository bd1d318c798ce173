//! An event as the claims of a Security Event Token (RFC 8417, RFC 9967 §2).

use super::{Event, EventMode, PREFIX};
use crate::time::Instant;
use crate::value::{Object, Value};

/// What a token says beside its event. Signing it is the host's.
///
/// ```
/// use scimforge::protocol::{Event, EventMode, SecurityEvent};
/// use scimforge::time::Instant;
/// use scimforge::value::read;
///
/// let event = Event::from_value(&read(r#"{"id": "t-1.0", "time": "2026-03-01T09:30:00Z",
///     "txn": "t-1", "tenant": "", "name": "user.updated", "uri": "/Users/u-1",
///     "types": ["urn:ietf:params:scim:event:prov:patch:notice"],
///     "resourceType": "User", "resourceId": "u-1", "attributes": ["title"]}"#)?)?;
/// let token = SecurityEvent {
///     issuer: "https://scim.example.test".into(),
///     audience: vec!["https://feed.example.test".into()],
///     jti: "j-1".into(),
///     iat: Instant::from_unix(1_772_357_401),
///     mode: EventMode::Notice,
/// };
/// assert_eq!(
///     token.claims(&event).get("events").map(ToString::to_string).as_deref(),
///     Some(r#"{"urn:ietf:params:scim:event:prov:patch:notice":{"attributes":["title"]}}"#),
/// );
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityEvent {
    /// Who says so: `iss`.
    pub issuer: Box<str>,
    /// To whom: `aud`.
    pub audience: Vec<Box<str>>,
    /// What tells this token from others: another for each receiver.
    pub jti: Box<str>,
    /// When the token was made.
    pub iat: Instant,
    /// How much it says. [`EventMode::Full`] needs an event with values; of one that has none,
    /// the names of the attributes are told.
    pub mode: EventMode,
}

impl SecurityEvent {
    /// The claims. The subject is in `sub_id`; there is no `sub` (RFC 9967 §2.1).
    ///
    /// ```
    /// use scimforge::protocol::{Event, EventMode, SecurityEvent};
    /// use scimforge::time::Instant;
    /// use scimforge::value::read;
    ///
    /// let event = Event::from_value(&read(r#"{"id": "t-1.0", "time": "2026-03-01T09:30:00Z",
    ///     "txn": "t-1", "tenant": "", "name": "user.deleted", "uri": "/Users/u-1",
    ///     "types": ["urn:ietf:params:scim:event:prov:delete"],
    ///     "resourceType": "User", "resourceId": "u-1", "attributes": []}"#)?)?;
    /// let token = SecurityEvent {
    ///     issuer: "https://scim.example.test".into(),
    ///     audience: vec!["https://feed.example.test".into()],
    ///     jti: "j-1".into(),
    ///     iat: Instant::from_unix(1_772_357_401),
    ///     mode: EventMode::Full,
    /// };
    /// let claims = token.claims(&event);
    /// assert_eq!(
    ///     claims.get("sub_id").map(ToString::to_string).as_deref(),
    ///     Some(r#"{"format":"scim","uri":"/Users/u-1"}"#),
    /// );
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn claims(&self, event: &Event) -> Value<'static> {
        let mut claims = Object::new();
        claims.insert("iss", Value::copied(&self.issuer));
        claims.insert("iat", Value::integer(self.iat.unix_seconds()));
        claims.insert("jti", Value::copied(&self.jti));
        let audience = self.audience.iter().map(|one| Value::copied(one)).collect();
        claims.insert("aud", Value::Array(audience));
        claims.insert("txn", Value::copied(&event.txn));
        claims.insert("toe", Value::integer(event.time.unix_seconds()));
        let mut subject = Object::new();
        subject.insert("format", Value::from("scim"));
        subject.insert("uri", Value::copied(&event.uri));
        if let Some(external_id) = &event.external_id {
            subject.insert("externalId", Value::copied(external_id));
        }
        claims.insert("sub_id", subject.into());
        let mut events = Object::new();
        for uri in &event.types {
            let (uri, payload) = self.payload(event, uri);
            events.insert(uri, payload.into());
        }
        claims.insert("events", events.into());
        claims.into()
    }

    /// The URI and what it says: exactly one of `data` and `attributes` where the URI has a mode,
    /// nothing where it has none (RFC 9967 §2.4).
    fn payload(&self, event: &Event, uri: &str) -> (String, Object<'static>) {
        let mut payload = Object::new();
        let plain = [EventMode::Full, EventMode::Notice].into_iter().find_map(|mode| {
            uri.strip_prefix(PREFIX)?.strip_suffix(mode.as_str())?.strip_suffix(':')
        });
        let Some(plain) = plain else { return (uri.to_owned(), payload) };
        if let Some(version) = &event.version {
            payload.insert("version", Value::copied(version));
        }
        let mode = match &event.data {
            Some(data) if self.mode == EventMode::Full => {
                payload.insert("data", data.clone());
                EventMode::Full
            }
            _ => {
                let names = event.attributes.iter().map(|name| Value::copied(name)).collect();
                payload.insert("attributes", Value::Array(names));
                EventMode::Notice
            }
        };
        (format!("{PREFIX}{plain}:{}", mode.as_str()), payload)
    }
}
