//! Whether a JSON value fits the type of an attribute, and which quirk would make it fit.
//!
//! Validation and acceptance ask here, so that what one calls tolerable the other can convert.

use crate::error::Code;
use crate::name;
use crate::profile::Quirk;
use crate::schema::Kind;
use crate::value::{Node, Number, Value, View};

/// What a value looks like from outside. `null` is not here: it fits everywhere.
pub(crate) enum Shape<'s> {
    Bool,
    Number(&'s Number<'s>),
    Text(&'s str),
    List,
    Map,
    Foreign(&'static str),
}

impl<'s> Shape<'s> {
    /// The shape of a value; `None` for `null`.
    pub(crate) fn of_value(value: &'s Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) => Self::Number(number),
            Value::String(text) => Self::Text(text),
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Map,
        })
    }

    /// The shape of a node; `None` for `null`.
    pub(crate) fn of_view<'a, N: Node<'a>>(view: &'s View<'a, N>) -> Option<Self> {
        Some(match view {
            View::Null => return None,
            View::Bool(_) => Self::Bool,
            View::Number(number) => Self::Number(number),
            View::Text(text) => Self::Text(text),
            View::List(_) => Self::List,
            View::Map(_) => Self::Map,
            View::Foreign(what) => Self::Foreign(what),
        })
    }

    fn actual(&self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List => "an array",
            Self::Map => "an object",
            Self::Foreign(what) => what,
        }
    }
}

/// A value of the wrong type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// What it is called.
    pub(crate) code: Code,
    /// The tolerance that covers it.
    pub(crate) quirk: Option<Quirk>,
    /// What was found.
    pub(crate) actual: &'static str,
}

/// Whether one value (not a list of them) fits `kind`.
pub(crate) fn check(kind: Kind, shape: &Shape<'_>) -> Result<(), Misfit> {
    let misfit = |code, quirk| Err(Misfit { code, quirk, actual: shape.actual() });
    match (kind, shape) {
        (_, Shape::Foreign(_)) => misfit(Code::ForeignValue, None),
        (_, Shape::List) => misfit(Code::NotMultiValued, None),
        (Kind::String | Kind::DateTime | Kind::Binary | Kind::Reference, Shape::Text(_))
        | (Kind::Boolean, Shape::Bool)
        | (Kind::Decimal, Shape::Number(_))
        | (Kind::Complex, Shape::Map) => Ok(()),
        (Kind::Integer, Shape::Number(number)) => {
            if number.is_integer() {
                Ok(())
            } else {
                misfit(Code::InvalidInteger, None)
            }
        }
        (Kind::String, Shape::Number(_)) => misfit(Code::WrongType, Some(Quirk::NumberToString)),
        (Kind::Boolean, Shape::Text(text)) => {
            misfit(Code::InvalidBoolean, truth(text).map(|_| Quirk::BooleanText))
        }
        (Kind::Integer | Kind::Decimal, Shape::Text(text)) => {
            let quirk = number(kind, text).map(|_| Quirk::TextToNumber);
            misfit(Code::WrongType, quirk)
        }
        (Kind::Complex, Shape::Text(_) | Shape::Number(_)) => {
            misfit(Code::WrongType, Some(Quirk::BareValue))
        }
        _ => misfit(Code::WrongType, None),
    }
}

/// The boolean that a text stands for: `true` and `false` in any case, nothing else.
pub(crate) fn truth(text: &str) -> Option<bool> {
    if name::same(text, "true") {
        return Some(true);
    }
    name::same(text, "false").then_some(false)
}

/// The number that a text stands for, if `kind` can hold it.
pub(crate) fn number(kind: Kind, text: &str) -> Option<Number<'_>> {
    Number::from_text(text).filter(|number| kind != Kind::Integer || number.is_integer())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::read;

    #[test]
    fn each_kind_takes_its_own_json_and_names_the_quirk_for_the_rest() {
        let table = [
            (Kind::String, "1e3", Some(Some(Quirk::NumberToString))),
            (Kind::String, "true", Some(None)),
            (Kind::Boolean, "true", None),
            (Kind::Boolean, "\"FALSE\"", Some(Some(Quirk::BooleanText))),
            (Kind::Boolean, "\"yes\"", Some(None)),
            (Kind::Boolean, "0", Some(None)),
            (Kind::Integer, "12", None),
            (Kind::Integer, "1.0", Some(None)),
            (Kind::Integer, "\"12\"", Some(Some(Quirk::TextToNumber))),
            (Kind::Integer, "\"1.5\"", Some(None)),
            (Kind::Decimal, "\"1.5\"", Some(Some(Quirk::TextToNumber))),
            (Kind::DateTime, "17", Some(None)),
            (Kind::Complex, "\"x\"", Some(Some(Quirk::BareValue))),
            (Kind::Complex, "[]", Some(None)),
            (Kind::Reference, "{}", Some(None)),
        ];
        for (kind, text, expected) in table {
            let value = read(text).unwrap();
            let found = check(kind, &Shape::of_value(&value).unwrap());
            assert_eq!(found.err().map(|misfit| misfit.quirk), expected, "{kind:?} {text}");
        }
    }
}
