//! Comparing a value with a literal in the attribute's type.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::{Literal, Operator};
use crate::name;
use crate::schema::{Attribute, Kind};
use crate::text;
use crate::time::Instant;
use crate::value::Number;

/// A literal in the type of the attribute it is compared with; text is folded already.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// For booleans. (`ne` is evaluated as the negation of `eq`, so that a value of another
    /// type, like a missing one, is not equal.)
    Bool(bool),
    /// For integers and decimals.
    Number(Number<'static>),
    /// For dates and times, compared as instants (FLT-036).
    Instant(Instant),
    /// For strings, references and binary.
    Text {
        /// The text, folded unless case counts.
        text: Box<str>,
        /// Whether case counts.
        case_exact: bool,
    },
    /// For `$ref`: URIs that differ only by the version segment are equal (SCH-029).
    Reference(Box<str>),
}

impl Target {
    /// `None` where the literal does not go with the attribute's type.
    pub(super) fn new(attribute: &Attribute, literal: &Literal) -> Option<Self> {
        Some(match (attribute.kind, literal) {
            (Kind::Boolean, Literal::Bool(truth)) => Self::Bool(*truth),
            (Kind::Integer | Kind::Decimal, Literal::Number(number)) => Self::Number(number.clone()),
            (Kind::DateTime, Literal::String(text)) => Self::Instant(Instant::parse(text)?),
            (Kind::Reference, Literal::String(text)) if name::same(&attribute.name, "$ref") => {
                Self::Reference(without_version(text).into())
            }
            (Kind::String | Kind::Reference | Kind::Binary, Literal::String(text)) => Self::Text {
                text: text::key(text, attribute.case_exact).into(),
                case_exact: attribute.case_exact,
            },
            _ => return None,
        })
    }

    pub(super) fn holds_for_bool(&self, operator: Operator, value: bool) -> bool {
        match (self, operator) {
            (Self::Bool(target), Operator::Eq) => value == *target,
            _ => false,
        }
    }

    pub(super) fn holds_for_number(&self, operator: Operator, value: &Number<'_>) -> bool {
        match self {
            Self::Number(target) => ordered(operator, value.compare(target)),
            _ => false,
        }
    }

    pub(super) fn holds_for_text(&self, operator: Operator, value: &str) -> bool {
        match self {
            Self::Text { text, case_exact } => on_text(operator, &text::key(value, *case_exact), text),
            Self::Reference(target) => on_text(operator, &without_version(value), target),
            Self::Instant(target) => {
                Instant::parse(value).is_some_and(|value| ordered(operator, value.cmp(target)))
            }
            Self::Bool(_) | Self::Number(_) => false,
        }
    }
}

fn on_text(operator: Operator, value: &str, target: &str) -> bool {
    match operator {
        Operator::Co => value.contains(target),
        Operator::Sw => value.starts_with(target),
        Operator::Ew => value.ends_with(target),
        _ => ordered(operator, value.cmp(target)),
    }
}

fn ordered(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

/// A URI without a `/v2` segment.
fn without_version(uri: &str) -> Cow<'_, str> {
    let version = uri.split('/').find(|segment| {
        segment.strip_prefix(['v', 'V']).is_some_and(|digits| {
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    match version {
        Some(version) => Cow::Owned(uri.replacen(&format!("/{version}/"), "/", 1)),
        None => Cow::Borrowed(uri),
    }
}
