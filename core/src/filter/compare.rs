//! Comparing a value with a literal in the attribute's type.

use std::cmp::Ordering;

use super::{Literal, Operator};
use crate::reference::{is_target, without_version};
use crate::schema::{CompiledAttribute, Kind};
use crate::text::Comparison;
use crate::time::Instant;
use crate::value::Number;

/// A literal in the type of the attribute it is compared with; text is folded already.
///
/// ```
/// use scimforge::filter::{Filter, Target, Test};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::text::Comparison;
///
/// let filter = Filter::parse("title eq \"BAKER\"", Profile::STRICT, &Limits::DEFAULT)?;
/// let Test::Compare { target, .. } = filter.bind(&builtin::user())?.test else { unreachable!() };
/// assert!(matches!(target, Target::Text { text, comparison: Comparison::Folded } if &*text == "baker"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
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
        /// The text as it is compared.
        text: Box<str>,
        /// How it is.
        comparison: Comparison,
    },
    /// For `$ref`: URIs that differ only by the version segment are equal (SCH-029).
    Reference(Box<str>),
}

impl Target {
    /// `None` where the literal does not go with the attribute's type.
    pub(super) fn new(attribute: &CompiledAttribute, literal: &Literal) -> Option<Self> {
        Some(match (attribute.kind, literal) {
            (Kind::Boolean, Literal::Bool(truth)) => Self::Bool(*truth),
            (Kind::Integer | Kind::Decimal, Literal::Number(number)) => {
                Self::Number(number.clone())
            }
            (Kind::DateTime, Literal::String(text)) => Self::Instant(Instant::parse(text)?),
            (Kind::Reference, Literal::String(text)) if is_target(attribute) => {
                Self::Reference(without_version(text).into())
            }
            (Kind::String | Kind::Reference | Kind::Binary, Literal::String(text)) => {
                Self::text(text, attribute.comparison())
            }
            _ => return None,
        })
    }

    /// A text that is compared in this way.
    pub(super) fn text(text: &str, comparison: Comparison) -> Self {
        Self::Text { text: comparison.own_key(text), comparison }
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
            Self::Text { text, comparison: Comparison::Exact } => on_text(operator, value, text),
            Self::Text { text, comparison } => without_case(operator, value, text)
                .unwrap_or_else(|| on_text(operator, &comparison.key(value), text)),
            Self::Reference(target) => on_text(operator, &without_version(value), target),
            Self::Instant(target) => {
                Instant::parse(value).is_some_and(|value| ordered(operator, value.cmp(target)))
            }
            Self::Bool(_) | Self::Number(_) => false,
        }
    }
}

/// What holds of a text and the key of another, without making that of the text. `None` where that cannot be
/// told: beyond ASCII, and where order counts.
fn without_case(operator: Operator, value: &str, folded: &str) -> Option<bool> {
    let (value, folded) = (value.as_bytes(), folded.as_bytes());
    if !value.is_ascii() {
        return None;
    }
    let same = |part: Option<&[u8]>| part.is_some_and(|part| part.eq_ignore_ascii_case(folded));
    Some(match operator {
        Operator::Eq => same(Some(value)),
        Operator::Sw => same(value.get(..folded.len())),
        Operator::Ew => {
            same(value.len().checked_sub(folded.len()).and_then(|from| value.get(from..)))
        }
        Operator::Co => contains(value, folded),
        _ => return None,
    })
}

fn contains(value: &[u8], folded: &[u8]) -> bool {
    let Some(first) = folded.first() else { return true };
    value.windows(folded.len()).any(|part| {
        part.first().is_some_and(|byte| byte.to_ascii_lowercase() == *first)
            && part.eq_ignore_ascii_case(folded)
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    #[test]
    fn texts_compare_without_case_as_their_folds_do() {
        let texts = [
            "",
            "a",
            "A",
            "Rosa",
            "ROSA LIND",
            "lindROSa",
            "Røsa",
            "RØSA",
            "\u{212A}",
            "k",
            "K",
            "rosarosa",
        ];
        for (value, target) in texts
            .iter()
            .flat_map(|value| texts.iter().map(move |target| (*value, text::fold(target))))
        {
            for operator in Operator::ALL {
                let folded = on_text(*operator, &text::fold(value), &target);
                let quick = without_case(*operator, value, &target);
                assert_eq!(quick.unwrap_or(folded), folded, "{value} {operator:?} {target}");
            }
        }
    }
}
