//! The tree of a filter.

use crate::error::Span;
use crate::path::AttributePath;
use crate::value::{Number, Value};

/// A filter expression. `and` and `or` hold two or more parts, flat.
///
/// ```
/// use scimforge::filter::{Expression, Filter};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
///
/// let text = "active eq true and not (title pr)";
/// let filter = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT)?;
/// let Expression::And(parts) = &filter.expression else { unreachable!() };
/// assert!(matches!(&parts[..], [Expression::Compare { .. }, Expression::Not(_)]));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// All parts hold.
    And(Vec<Expression>),
    /// At least one part holds.
    Or(Vec<Expression>),
    /// The part does not hold.
    Not(Box<Expression>),
    /// `attribute pr`.
    Present {
        /// The attribute.
        path: AttributePath,
    },
    /// `attribute operator literal`.
    Compare {
        /// The attribute.
        path: AttributePath,
        /// The operator.
        operator: Operator,
        /// What is compared with.
        literal: Literal,
        /// Where the literal stands.
        literal_span: Span,
    },
    /// `attribute[filter]`: one and the same value fits the filter.
    ValuePath {
        /// The attribute.
        path: AttributePath,
        /// What one of its values must fit.
        filter: Box<Expression>,
    },
}

/// A comparison operator.
///
/// ```
/// use scimforge::filter::{Operator, attribute};
///
/// let starts = attribute("userName")?.compare(Operator::Sw, "ro");
/// assert_eq!(starts.to_string(), r#"userName sw "ro""#);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

impl Operator {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Eq, Self::Ne, Self::Co, Self::Sw, Self::Ew, Self::Gt, Self::Ge, Self::Lt, Self::Le];

    /// The word in filters.
    ///
    /// ```
    /// use scimforge::filter::Operator;
    ///
    /// let words: Vec<&str> = Operator::ALL.iter().map(|operator| operator.as_str()).collect();
    /// assert_eq!(words, ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]);
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::Co => "co",
            Self::Sw => "sw",
            Self::Ew => "ew",
            Self::Gt => "gt",
            Self::Ge => "ge",
            Self::Lt => "lt",
            Self::Le => "le",
        }
    }

    /// The operator with this word, read without case.
    ///
    /// ```
    /// use scimforge::filter::Operator;
    ///
    /// assert_eq!(Operator::parse("EQ"), Some(Operator::Eq));
    /// assert_eq!(Operator::parse("=="), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let [first, second] = text.as_bytes() else { return None };
        Some(match [first.to_ascii_lowercase(), second.to_ascii_lowercase()] {
            [b'e', b'q'] => Self::Eq,
            [b'n', b'e'] => Self::Ne,
            [b'c', b'o'] => Self::Co,
            [b's', b'w'] => Self::Sw,
            [b'e', b'w'] => Self::Ew,
            [b'g', b't'] => Self::Gt,
            [b'g', b'e'] => Self::Ge,
            [b'l', b't'] => Self::Lt,
            [b'l', b'e'] => Self::Le,
            _ => return None,
        })
    }

    /// `gt`, `ge`, `lt`, `le`.
    ///
    /// ```
    /// use scimforge::filter::Operator;
    ///
    /// assert!(Operator::Ge.is_ordering() && !Operator::Eq.is_ordering());
    /// ```
    pub fn is_ordering(self) -> bool {
        matches!(self, Self::Gt | Self::Ge | Self::Lt | Self::Le)
    }

    /// `co`, `sw`, `ew`.
    ///
    /// ```
    /// use scimforge::filter::Operator;
    ///
    /// assert!(Operator::Co.is_substring() && !Operator::Eq.is_substring());
    /// ```
    pub fn is_substring(self) -> bool {
        matches!(self, Self::Co | Self::Sw | Self::Ew)
    }
}

/// What an attribute is compared with.
///
/// ```
/// use scimforge::filter::{Expression, Filter, Literal};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
///
/// let filter = Filter::parse("active eq true", Profile::STRICT, &Limits::DEFAULT)?;
/// let Expression::Compare { literal, .. } = filter.expression else { unreachable!() };
/// assert_eq!(literal, Literal::Bool(true));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number<'static>),
    /// A string.
    String(Box<str>),
}

impl Literal {
    /// What kind of literal this is, for messages.
    ///
    /// ```
    /// use scimforge::filter::Literal;
    ///
    /// assert_eq!(Literal::from("rosa").kind_name(), "a string");
    /// ```
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
        }
    }

    /// The literal as a JSON value.
    ///
    /// ```
    /// use scimforge::filter::Literal;
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Literal::from("rosa").to_value(), Value::from("rosa"));
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Number(number) => Value::Number(number.clone()),
            Self::String(text) => Value::from(text.to_string()),
        }
    }
}
