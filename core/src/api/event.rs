//! Security Event Tokens over JSON text.

use super::Failure;
use super::options::{only, read_options};
use crate::error::Error;
use crate::protocol::{Event, EventMode, SecurityEvent};
use crate::time::Instant;
use crate::value::{Object, Value, read, to_text};

/// The claims of a Security Event Token (RFC 9967 §2) for an event of the server, as JSON, to be
/// signed by the host. `options` is `{"issuer", "audience": text or […], "jti", "iat": dateTime,
/// "mode"?: "notice" or "full"}`.
///
/// ```
/// use scimforge::api::security_event;
///
/// let event = r#"{"id": "t-1.0", "time": "2026-03-01T09:30:00Z", "txn": "t-1", "tenant": "",
///     "name": "user.deleted", "types": ["urn:ietf:params:scim:event:prov:delete"],
///     "uri": "/Users/u-1", "resourceType": "User", "resourceId": "u-1", "attributes": []}"#;
/// let options = r#"{"issuer": "https://scim.example.test", "audience": "https://feed.example.test",
///     "jti": "j-1", "iat": "2026-03-01T09:30:01Z"}"#;
/// let claims = security_event(event, options)?;
/// assert!(claims.contains(r#""events":{"urn:ietf:params:scim:event:prov:delete":{}}"#));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
///
/// # Errors
/// Those of [`Event::from_value`]; `invalid-option` for options of another shape.
pub fn security_event(event: &str, options: &str) -> Result<String, Failure> {
    let event = Event::from_value(&read(event)?)?;
    let options = read_options(options)?;
    only(&options, &["issuer", "audience", "jti", "iat", "mode"])?;
    let iat = needed(&options, "iat")?;
    let token = SecurityEvent {
        issuer: needed(&options, "issuer")?.into(),
        audience: audience(&options)?,
        jti: needed(&options, "jti")?.into(),
        iat: Instant::parse(iat).ok_or_else(|| {
            Error::invalid_option("iat", "the time of the token, such as 2026-03-01T09:30:00Z")
        })?,
        mode: match options.get("mode") {
            None | Some(Value::Null) => EventMode::default(),
            Some(mode) => mode
                .as_str()
                .and_then(EventMode::parse)
                .ok_or_else(|| Error::invalid_option("mode", "notice or full"))?,
        },
    };
    Ok(to_text(&token.claims(&event)))
}

fn needed<'o>(options: &'o Object<'_>, name: &str) -> Result<&'o str, Error> {
    let text = options.get(name).and_then(Value::as_str);
    text.ok_or_else(|| Error::invalid_option(name, "a string"))
}

fn audience(options: &Object<'_>) -> Result<Vec<Box<str>>, Error> {
    let wrong = || Error::invalid_option("audience", "a string or an array of strings");
    match options.get("audience") {
        Some(Value::String(one)) => Ok(vec![one.as_ref().into()]),
        Some(Value::Array(list)) => {
            list.iter().map(|one| Ok(one.as_str().ok_or_else(wrong)?.into())).collect()
        }
        _ => Err(wrong()),
    }
}
