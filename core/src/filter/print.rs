//! Canonical text of a filter: lower-case words, one blank, JSON strings, no parentheses that
//! are not needed.

use std::fmt::{self, Display};

use super::{Expression, Literal};
use crate::value::write_string;

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => {
                joined(formatter, parts, " and ", |part| matches!(part, Self::Or(_) | Self::And(_)))
            }
            Self::Or(parts) => joined(formatter, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::Not(part) => write!(formatter, "not ({part})"),
            Self::Present { path } => write!(formatter, "{path} pr"),
            Self::Compare { path, operator, literal, .. } => {
                write!(formatter, "{path} {} {literal}", operator.as_str())
            }
            Self::ValuePath { path, filter } => write!(formatter, "{path}[{filter}]"),
        }
    }
}

fn joined(
    formatter: &mut fmt::Formatter<'_>,
    parts: &[Expression],
    word: &str,
    needs_parentheses: fn(&Expression) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            formatter.write_str(word)?;
        }
        if needs_parentheses(part) {
            write!(formatter, "({part})")?;
        } else {
            part.fmt(formatter)?;
        }
    }
    Ok(())
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(truth) => write!(formatter, "{truth}"),
            Self::Number(number) => formatter.write_str(number.as_str()),
            Self::String(text) => {
                let mut quoted = String::with_capacity(text.len() + 2);
                write_string(&mut quoted, text);
                formatter.write_str(&quoted)
            }
        }
    }
}
