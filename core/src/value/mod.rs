//! The tree that is changed, and the trait that reads any tree.
//!
//! [`Value`] borrows its strings from the text it was read from, keeps member order, and finds
//! members without case. [`Node`] reads a tree where the host keeps it.
//!
//! ```
//! use scimforge::value::{Value, read};
//!
//! let mut user = read(r#"{"userName": "ida", "loginCount": 9007199254740993}"#)?;
//! assert_eq!(user.get("USERNAME").and_then(Value::as_str), Some("ida"));
//!
//! if let Some(members) = user.as_object_mut() {
//!     members.insert("username", Value::from("ida.berg"));
//! }
//! assert_eq!(user.to_string(), r#"{"userName":"ida.berg","loginCount":9007199254740993}"#);
//!
//! let twins = read(r#"{"userName": "ida", "UserName": "eve"}"#).expect_err("which one?");
//! assert_eq!(twins.code().as_str(), "duplicate-name");
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod conform;
mod convert;
mod node;
mod number;
mod object;
mod read;
mod write;

use std::borrow::Cow;

pub use conform::conform;
pub use node::{Items, Members, Node, View};
pub use number::Number;
pub use object::Object;
pub(crate) use read::text_of;
pub use read::{read, read_bytes, read_with};
pub(crate) use write::write_compact;
pub use write::{to_text, to_text_pretty, write_string};

/// A JSON value that borrows from its source where it can.
///
/// ```
/// use scimforge::value::{Value, read};
///
/// assert!(matches!(read("[null, 1.50]")?, Value::Array(items) if items[0] == Value::Null));
/// assert_eq!(read("1.50")?.to_string(), "1.50", "as it was written");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value<'a> {
    /// `null`: unassigned (RFC 7643 §2.5).
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, kept as its JSON text so that no precision is lost.
    Number(Number<'a>),
    /// A string.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object.
    Object(Object<'a>),
}

impl<'a> Value<'a> {
    /// A string value.
    ///
    /// ```
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Value::string(format!("u-{}", 7)).as_str(), Some("u-7"));
    /// ```
    pub fn string(text: impl Into<Cow<'a, str>>) -> Self {
        Self::String(text.into())
    }

    /// An integer value.
    ///
    /// ```
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Value::integer(-3).to_string(), "-3");
    /// ```
    pub fn integer(number: i64) -> Self {
        Self::Number(Number::from(number))
    }

    /// The same, with the texts where they are.
    pub(crate) fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.borrowed()),
            Self::String(text) => Value::String(Cow::Borrowed(text)),
            Self::Array(items) => Value::Array(items.iter().map(Value::borrowed).collect()),
            Self::Object(object) => Value::Object(object.borrowed()),
        }
    }

    /// A string that is copied.
    pub(crate) fn copied(text: &str) -> Value<'static> {
        Value::from(text.to_owned())
    }

    /// A count; one that does not fit is as large as can be.
    pub(crate) fn count(count: impl TryInto<i64>) -> Self {
        Self::integer(count.try_into().unwrap_or(i64::MAX))
    }

    /// The count that a number is; `None` for a negative one, a fraction, and all else.
    pub(crate) fn as_count(&self) -> Option<usize> {
        let Self::Number(number) = self else { return None };
        usize::try_from(number.as_i64()?).ok()
    }

    /// The text of a string.
    ///
    /// ```
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Value::from("ida").as_str(), Some("ida"));
    /// assert_eq!(Value::from(true).as_str(), None);
    /// ```
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The truth value of a boolean.
    ///
    /// ```
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Value::from(true).as_bool(), Some(true));
    /// assert_eq!(Value::from("true").as_bool(), None);
    /// ```
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self { Some(*truth) } else { None }
    }

    /// The elements of an array.
    ///
    /// ```
    /// use scimforge::value::read;
    ///
    /// assert_eq!(read("[1, 2]")?.as_array().map(<[_]>::len), Some(2));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The elements of an array, to be changed.
    ///
    /// ```
    /// use scimforge::value::{Value, read};
    ///
    /// let mut titles = read(r#"["Baker"]"#)?;
    /// titles.as_array_mut().expect("a list").push(Value::from("Cook"));
    /// assert_eq!(titles.to_string(), r#"["Baker","Cook"]"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value<'a>>> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The members of an object.
    ///
    /// ```
    /// use scimforge::value::read;
    ///
    /// assert_eq!(read(r#"{"a": 1}"#)?.as_object().map(|object| object.len()), Some(1));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The members of an object, to be changed.
    ///
    /// ```
    /// use scimforge::value::read;
    ///
    /// let mut rosa = read(r#"{"userName": "rosa", "title": "Baker"}"#)?;
    /// rosa.as_object_mut().expect("an object").remove("TITLE");
    /// assert_eq!(rosa.to_string(), r#"{"userName":"rosa"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn as_object_mut(&mut self) -> Option<&mut Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The member `name` of an object, found without case.
    ///
    /// ```
    /// use scimforge::value::{Value, read};
    ///
    /// let rosa = read(r#"{"UserName": "rosa"}"#)?;
    /// assert_eq!(rosa.get("userName"), Some(&Value::from("rosa")));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(name)
    }

    /// The member `name` of an object, found without case, if it has a value (see
    /// [`Object::assigned`]).
    ///
    /// ```
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"title": null, "emails": [], "nickName": ""}"#)?;
    /// assert!(rosa.assigned("title").is_none() && rosa.assigned("emails").is_none());
    /// assert!(rosa.assigned("nickName").is_some(), "an empty string is a value");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn assigned(&self, name: &str) -> Option<&Value<'a>> {
        self.as_object()?.assigned(name)
    }

    /// Whether this state means "no value": `null`, `[]`, or an object or array with nothing
    /// assigned inside (RFC 7643 §2.5). An empty string is a value.
    ///
    /// ```
    /// use scimforge::value::read;
    ///
    /// assert!(read(r#"{"name": {"givenName": null}}"#)?.is_unassigned());
    /// assert!(!read("false")?.is_unassigned());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn is_unassigned(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Array(items) => items.iter().all(Self::is_unassigned),
            Self::Object(object) => object.iter().all(|(_, value)| value.is_unassigned()),
            Self::Bool(_) | Self::Number(_) | Self::String(_) => false,
        }
    }

    /// What kind of JSON value this is, for messages.
    ///
    /// ```
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Value::from(7).kind_name(), "a number");
    /// ```
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The same value with everything borrowed copied.
    ///
    /// ```
    /// use scimforge::value::{Value, read};
    ///
    /// let kept: Value<'static> = {
    ///     let text = String::from(r#"{"userName": "rosa"}"#);
    ///     read(&text)?.into_owned()
    /// };
    /// assert!(kept.get("userName").is_some());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(truth),
            Self::Number(number) => Value::Number(number.into_owned()),
            Self::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Self::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Self::Object(object) => Value::Object(object.into_owned()),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(Cow::Owned(text))
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::integer(number)
    }
}

impl<'a> From<Object<'a>> for Value<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Self::Array(items)
    }
}
