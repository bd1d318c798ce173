//! Trees made from other trees.

use std::borrow::Cow;

use super::{Node, Object, Value, View};
use crate::error::{Code, Error, Pointer, Segment};
use crate::limits::Limits;
use crate::name;

impl Value<'static> {
    /// A tree of our own from any node.
    ///
    /// ```
    /// use scimforge::limits::Limits;
    /// use scimforge::value::Value;
    ///
    /// let mut flat = Limits::DEFAULT;
    /// flat.json_depth = 1;
    /// let host = serde_json::json!({"name": {"givenName": "Ida"}});
    /// assert_eq!(Value::from_node(&&host, &flat).expect_err("two levels").code().as_str(), "too-deep");
    /// ```
    ///
    /// # Errors
    /// `too-deep` beyond `limits.json_depth` (a host object can contain itself), `foreign-value`
    /// for what JSON cannot hold, `duplicate-name` for two names that are the same without case.
    pub fn from_node<'a, N: Node<'a>>(node: &N, limits: &Limits) -> Result<Self, Error> {
        copy(node, limits.json_depth)
    }
}

impl Value<'_> {
    /// The same tree as a `serde_json::Value`; a number beyond its integers becomes the nearest
    /// double, one beyond all doubles null.
    ///
    /// ```
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"userName": "rosa", "active": true}"#)?;
    /// assert_eq!(rosa.to_serde(), serde_json::json!({"userName": "rosa", "active": true}));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_serde(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(truth) => (*truth).into(),
            Self::Number(number) => {
                if let Some(integer) = number.as_i64() {
                    integer.into()
                } else {
                    number
                        .as_str()
                        .parse::<u64>()
                        .map_or_else(|_| number.as_f64().into(), Into::into)
                }
            }
            Self::String(text) => text.as_ref().into(),
            Self::Array(items) => items.iter().map(Self::to_serde).collect(),
            Self::Object(object) => object
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_serde()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }
}

// Where an error is, is put together on the way out: nothing is spent on the elements that are fine.
fn copy<'a, N: Node<'a>>(node: &N, depth: usize) -> Result<Value<'static>, Error> {
    let nested = || depth.checked_sub(1).ok_or_else(|| Error::new(Code::TooDeep));
    Ok(match node.view() {
        View::Null => Value::Null,
        View::Bool(truth) => Value::Bool(truth),
        View::Number(number) => Value::Number(number.into_owned()),
        View::Text(text) => Value::String(Cow::Owned(text.into_owned())),
        View::List(items) => {
            let depth = nested()?;
            let copied = items
                .enumerate()
                .map(|(index, item)| {
                    copy(&item, depth).map_err(|error| error.within(Segment::Index(index)))
                })
                .collect::<Result<_, _>>()?;
            Value::Array(copied)
        }
        View::Map(members) => {
            let depth = nested()?;
            let mut copied = Vec::new();
            for (name, member) in members {
                let value = copy(&member, depth)
                    .map_err(|error| error.within(Segment::Name(name.as_ref().into())))?;
                copied.push((name::to_static(&name), value));
            }
            let object = Object::from_distinct(copied).map_err(|twin| {
                Error::new(Code::DuplicateName).at(Pointer::root().name(&twin)).path(twin)
            })?;
            Value::Object(object)
        }
        View::Foreign(what) => {
            return Err(Error::new(Code::ForeignValue).with("actual", what));
        }
    })
}
