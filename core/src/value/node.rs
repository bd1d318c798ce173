//! Reading a tree in whatever form the host keeps it.

use std::borrow::Cow;

use super::{Number, Value};
use crate::name;
use crate::schema::{AttrId, Identity};

/// One value in whatever form the host keeps it: a [`Value`], a `serde_json::Value`, a Python
/// object.
///
/// The contract, checked by [`conform`](super::conform()): `view` is pure; members come in a
/// stable order; JSON's six kinds map to the six views, with numbers as their JSON text; a thing
/// that JSON cannot hold is [`View::Foreign`].
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::validate::{Options, is_valid};
/// use scimforge::value::Node;
///
/// // What works on any node works on every host's values.
/// fn is_user<'a, N: Node<'a>>(node: &N) -> bool {
///     is_valid(&builtin::user(), node, &Options::default())
/// }
/// assert!(!is_user(&&serde_json::json!({"userName": "ida"})), "it names no schemas");
/// ```
pub trait Node<'a>: Sized + Clone {
    /// The elements of an array.
    type Items: Iterator<Item = Self>;
    /// The members of an object.
    type Members: Iterator<Item = (Cow<'a, str>, Self)>;

    /// What is here.
    ///
    /// ```
    /// use scimforge::value::{Node, View, read};
    ///
    /// assert!(matches!((&read("true")?).view(), View::Bool(true)));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    fn view(&self) -> View<'a, Self>;

    /// The attribute that a member was found to be when the tree was made, if it was made for
    /// this schema; else the name must be looked up.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::{Node, View};
    ///
    /// let user = builtin::user();
    /// let document = Document::parse(r#"{"TITLE": "Baker"}"#, &user)?;
    /// let View::Map(mut members) = document.root().view() else { unreachable!() };
    /// let (_, title) = members.next().expect("a member");
    /// let id = title.attribute(user.identity()).expect("found when it was read");
    /// assert_eq!(&*user.attribute(id).path, "title");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    fn attribute(&self, schema: &Identity) -> Option<AttrId> {
        let _ = schema;
        None
    }

    /// The first member of an object that is the attribute `id` of a schema, or is called `name`
    /// without case.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    /// use scimforge::value::{Node, Value, read};
    ///
    /// let user = builtin::user();
    /// let id = user.child(AttrId::ROOT, "title").expect("in the schema").id;
    /// let rosa = read(r#"{"TITLE": "Baker"}"#)?;
    /// assert_eq!((&rosa).member(id, "title", user.identity()), Some(&Value::from("Baker")));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    fn member(&self, id: AttrId, name: &str, schema: &Identity) -> Option<Self> {
        let View::Map(members) = self.view() else { return None };
        members
            .into_iter()
            .find(|(key, member)| match member.attribute(schema) {
                Some(found) => found == id,
                None => name::same(key, name),
            })
            .map(|(_, member)| member)
    }

    /// Whether it is a string with something in it.
    ///
    /// ```
    /// use scimforge::value::{Node, read};
    ///
    /// assert!((&read(r#""rosa""#)?).is_filled_text());
    /// assert!(!(&read(r#""""#)?).is_filled_text());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    fn is_filled_text(&self) -> bool {
        matches!(self.view(), View::Text(text) if !text.is_empty())
    }
}

/// What a [`Node`] is.
///
/// ```
/// use scimforge::value::{Node, View};
///
/// let host = serde_json::json!([1, "two"]);
/// let View::List(items) = (&host).view() else { unreachable!() };
/// let kinds: Vec<&str> = items.map(|item| item.view().kind_name()).collect();
/// assert_eq!(kinds, ["a number", "a string"]);
/// ```
pub enum View<'a, N: Node<'a>> {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number as its JSON text.
    Number(Number<'a>),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(N::Items),
    /// An object.
    Map(N::Members),
    /// Something that is no JSON value (a function, a set, NaN): named for the message.
    Foreign(&'static str),
}

impl<'a, N: Node<'a>> View<'a, N> {
    /// What kind of JSON value this is, for messages.
    ///
    /// ```
    /// use scimforge::value::{Node, Value};
    ///
    /// assert_eq!((&Value::Null).view().kind_name(), "null");
    /// ```
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Map(_) => "an object",
            Self::Foreign(what) => what,
        }
    }
}

/// The elements of a [`Value`] array.
///
/// ```
/// use scimforge::value::{Items, Node, View, read};
///
/// let titles = read(r#"["Baker", "Cook"]"#)?;
/// let View::List(items) = (&titles).view() else { unreachable!() };
/// let items: Items<'_> = items;
/// assert_eq!(items.filter_map(|title| title.as_str()).collect::<Vec<_>>(), ["Baker", "Cook"]);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub type Items<'a> = std::slice::Iter<'a, Value<'a>>;

/// The members of a [`Value`] object.
///
/// ```
/// use scimforge::value::{Members, Node, View, read};
///
/// let rosa = read(r#"{"userName": "rosa", "title": "Baker"}"#)?;
/// let View::Map(members) = (&rosa).view() else { unreachable!() };
/// let members: Members<'_> = members;
/// assert_eq!(members.map(|(name, _)| name).collect::<Vec<_>>(), ["userName", "title"]);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Members<'a> {
    members: std::slice::Iter<'a, (Cow<'a, str>, Value<'a>)>,
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, &'a Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.members.next().map(|(name, value)| (Cow::Borrowed(name.as_ref()), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.members.size_hint()
    }
}

impl<'a> Node<'a> for &'a Value<'a> {
    type Items = Items<'a>;
    type Members = Members<'a>;

    fn view(&self) -> View<'a, Self> {
        match self {
            Value::Null => View::Null,
            Value::Bool(truth) => View::Bool(*truth),
            Value::Number(number) => View::Number(number.clone()),
            Value::String(text) => View::Text(Cow::Borrowed(text.as_ref())),
            Value::Array(items) => View::List(items.iter()),
            Value::Object(object) => View::Map(Members { members: object.members().iter() }),
        }
    }

    fn is_filled_text(&self) -> bool {
        matches!(self, Value::String(text) if !text.is_empty())
    }
}

/// The members of a `serde_json` object.
///
/// ```
/// use scimforge::value::{Node, View};
///
/// let rosa = serde_json::json!({"userName": "rosa"});
/// let View::Map(mut members) = (&rosa).view() else { unreachable!() };
/// assert!(members.next().is_some_and(|(name, value)| name == "userName" && value == "rosa"));
/// ```
#[derive(Debug, Clone)]
pub struct SerdeMembers<'a> {
    members: serde_json::map::Iter<'a>,
}

impl<'a> Iterator for SerdeMembers<'a> {
    type Item = (Cow<'a, str>, &'a serde_json::Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.members.next().map(|(name, value)| (Cow::Borrowed(name.as_str()), value))
    }
}

impl<'a> Node<'a> for &'a serde_json::Value {
    type Items = std::slice::Iter<'a, serde_json::Value>;
    type Members = SerdeMembers<'a>;

    fn view(&self) -> View<'a, Self> {
        match self {
            serde_json::Value::Null => View::Null,
            serde_json::Value::Bool(truth) => View::Bool(*truth),
            serde_json::Value::Number(number) => Number::from_text(number.to_string())
                .map_or(View::Foreign("a number outside JSON"), View::Number),
            serde_json::Value::String(text) => View::Text(Cow::Borrowed(text)),
            serde_json::Value::Array(items) => View::List(items.iter()),
            serde_json::Value::Object(members) => {
                View::Map(SerdeMembers { members: members.iter() })
            }
        }
    }
}
