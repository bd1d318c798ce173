//! Events as data.

use super::super::store_json::{optional, text, wrong};
use super::Event;
use crate::error::Error;
use crate::time::Instant;
use crate::value::{Object, Value};

impl Event {
    /// The event with the names of its fields in camel case; what there is none of is left out.
    ///
    /// ```
    /// use scimforge::protocol::Event;
    /// use scimforge::value::read;
    ///
    /// let text = r#"{"id":"t-1.0","time":"2026-03-01T09:30:00Z","txn":"t-1","tenant":"",
    ///     "name":"user.deleted","types":["urn:ietf:params:scim:event:prov:delete"],
    ///     "uri":"/Users/u-1","resourceType":"User","resourceId":"u-1","attributes":[]}"#;
    /// let event = Event::from_value(&read(text)?)?;
    /// assert_eq!(Event::from_value(&event.to_value())?, event);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        let mut put = |name: &'static str, text: Option<&str>| {
            if let Some(text) = text {
                object.insert(name, Value::copied(text));
            }
        };
        put("id", Some(&self.id));
        put("time", Some(&self.time.to_string()));
        put("txn", Some(&self.txn));
        put("tenant", Some(&self.tenant));
        put("principal", self.principal.as_deref());
        put("name", Some(&self.name));
        put("uri", Some(&self.uri));
        put("resourceType", Some(&self.resource_type));
        put("resourceId", Some(&self.resource_id));
        put("externalId", self.external_id.as_deref());
        put("version", self.version.as_deref());
        put("previousVersion", self.previous_version.as_deref());
        object.insert("types", texts(&self.types));
        object.insert("attributes", texts(&self.attributes));
        // The last: stores that forget it cut the text.
        if let Some(data) = &self.data {
            object.insert("data", data.clone());
        }
        object.into()
    }

    /// Reads what [`Event::to_value`] writes.
    ///
    /// ```
    /// use scimforge::protocol::Event;
    /// use scimforge::value::Value;
    ///
    /// assert!(Event::from_value(&Value::Null).is_err());
    /// ```
    ///
    /// # Errors
    /// `invalid-parameter` for a member that is missing or of another kind.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let own = |name| Ok::<Box<str>, Error>(text(value, name)?.into());
        let perhaps = |name| optional(value, name).map(String::into_boxed_str);
        let list = |name: &'static str| {
            let wrong = || wrong(name, "an array of strings");
            let items = value.get(name).and_then(Value::as_array).ok_or_else(wrong)?.iter();
            items
                .map(|item| Ok::<Box<str>, Error>(item.as_str().ok_or_else(wrong)?.into()))
                .collect::<Result<Vec<_>, _>>()
        };
        let time = Instant::parse(text(value, "time")?);
        Ok(Self {
            id: own("id")?,
            time: time.ok_or_else(|| wrong("time", "a date and time"))?,
            txn: own("txn")?,
            tenant: own("tenant")?,
            principal: perhaps("principal"),
            name: own("name")?,
            types: list("types")?,
            uri: own("uri")?,
            resource_type: own("resourceType")?,
            resource_id: own("resourceId")?,
            external_id: perhaps("externalId"),
            version: perhaps("version"),
            previous_version: perhaps("previousVersion"),
            attributes: list("attributes")?,
            data: value.assigned("data").map(|data| data.clone().into_owned()),
        })
    }
}

fn texts(list: &[Box<str>]) -> Value<'static> {
    Value::Array(list.iter().map(|text| Value::copied(text)).collect())
}

/// The event of an operation, as its member `event`.
pub(in super::super) fn write_event(object: &mut Object<'static>, event: Option<&Event>) {
    if let Some(event) = event {
        object.insert("event", event.to_value());
    }
}

pub(in super::super) fn event_of(value: &Value<'_>) -> Result<Option<Box<Event>>, Error> {
    let event = value.assigned("event").map(Event::from_value).transpose()?;
    Ok(event.map(Box::new))
}
