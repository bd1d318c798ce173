//! Canonical text of a filter: lower-case words, one blank, JSON strings, no parentheses that
//! are not needed.

use std::fmt;

use super::{Expression, Literal};
use crate::value::write_string;

impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self, formatter, true)
    }
}

/// Operators and paths of an expression, with `?` for every value: what a log may have of it.
#[cfg(feature = "server")]
pub(crate) struct Shape<'e>(pub(crate) &'e Expression);

#[cfg(feature = "server")]
impl fmt::Display for Shape<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(self.0, formatter, false)
    }
}

fn print(expression: &Expression, formatter: &mut fmt::Formatter<'_>, values: bool) -> fmt::Result {
    let many = |part: &Expression| matches!(part, Expression::Or(_) | Expression::And(_));
    match expression {
        Expression::And(parts) => joined(formatter, parts, values, " and ", many),
        Expression::Or(parts) => {
            joined(formatter, parts, values, " or ", |part| matches!(part, Expression::Or(_)))
        }
        Expression::Not(part) => {
            formatter.write_str("not (")?;
            print(part, formatter, values)?;
            formatter.write_str(")")
        }
        Expression::Present { path } => write!(formatter, "{path} pr"),
        Expression::Compare { path, operator, literal, .. } if values => {
            write!(formatter, "{path} {} {literal}", operator.as_str())
        }
        Expression::Compare { path, operator, .. } => {
            write!(formatter, "{path} {} ?", operator.as_str())
        }
        Expression::ValuePath { path, filter } => {
            write!(formatter, "{path}[")?;
            print(filter, formatter, values)?;
            formatter.write_str("]")
        }
    }
}

fn joined(
    formatter: &mut fmt::Formatter<'_>,
    parts: &[Expression],
    values: bool,
    word: &str,
    needs_parentheses: fn(&Expression) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            formatter.write_str(word)?;
        }
        if needs_parentheses(part) {
            formatter.write_str("(")?;
            print(part, formatter, values)?;
            formatter.write_str(")")?;
        } else {
            print(part, formatter, values)?;
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

#[cfg(test)]
mod tests {
    use super::super::Filter;
    use super::*;
    use crate::limits::Limits;
    use crate::profile::Profile;

    #[test]
    fn a_shape_has_no_values() {
        let shape = |text| {
            let filter = Filter::parse(text, Profile::LENIENT, &Limits::DEFAULT).unwrap();
            Shape(&filter.expression).to_string()
        };
        assert_eq!(
            shape(r#"(a eq "x ]" or B gt 5) and not (c ne null) and d[e co "y" or f eq true]"#),
            "(a eq ? or B gt ?) and not (c ne ?) and d[e co ? or f eq ?]"
        );
        assert_eq!(shape(r#"urn:x:y:User:z sw "\"\"""#), "urn:x:y:User:z sw ?");
    }
}
