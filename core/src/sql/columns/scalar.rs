//! What holds of the value in a column.

use std::borrow::Cow;

use super::fold::{Tables, ascii_fold, is_usual};
use super::table::{Column, ColumnKind, Fold};
use crate::filter::{Operator, Target};
use crate::precis;
use crate::sql::builder::Builder;
use crate::sql::predicate::sign;
use crate::text::Comparison;
use crate::time::Instant;

/// What can be said of a column in SQL.
pub(super) struct Cell<'c> {
    pub(super) column: &'c Column,
    /// The column of a row.
    pub(super) expression: String,
    pub(super) comparison: Comparison,
    /// Whether `lower` of the database does what is usual.
    pub(super) usual_lower: bool,
}

/// A condition, or why there is none.
pub(super) type Condition = Result<String, &'static str>;

pub(super) const NEVER: &str = "FALSE";

impl Cell<'_> {
    /// The value as a text.
    fn text(&self) -> String {
        format!("{}::text", self.expression)
    }

    pub(super) fn is_present(&self) -> String {
        match self.column.kind {
            ColumnKind::Text => format!("{} <> ''", self.text()),
            _ => format!("{} IS NOT NULL", self.expression),
        }
    }

    pub(super) fn compare(
        &self,
        operator: Operator,
        target: &Target,
        builder: &mut Builder,
        tables: &mut Tables,
    ) -> Condition {
        match (self.column.kind, target) {
            (ColumnKind::Text, Target::Text { text, .. }) => {
                self.compare_text(operator, text, builder, tables)
            }
            (ColumnKind::Uuid | ColumnKind::Int, Target::Text { text, .. }) => {
                self.compare_key(operator, text, builder)
            }
            (ColumnKind::Bool, Target::Bool(truth)) if operator == Operator::Eq => {
                Ok(format!("{} = {}", self.expression, if *truth { "TRUE" } else { "FALSE" }))
            }
            (ColumnKind::Int, Target::Number(number)) => {
                let number = number.as_i64().ok_or("a number that is no whole one")?;
                let sign = sign(operator).ok_or("an operator for texts")?;
                let bound = builder.text(&number.to_string());
                Ok(format!("{} {sign} {bound}::bigint", self.expression))
            }
            (ColumnKind::Time { zoned }, Target::Instant(instant)) => {
                self.compare_time(operator, *instant, zoned, builder)
            }
            (ColumnKind::Bool, Target::Bool(_)) => Ok(NEVER.to_owned()),
            _ => Err("a column of another kind"),
        }
    }

    fn compare_text(
        &self,
        operator: Operator,
        target: &str,
        builder: &mut Builder,
        tables: &mut Tables,
    ) -> Condition {
        let ordering = operator.is_ordering();
        if target.contains('\0') {
            // No value holds one.
            return if ordering { Err("a NUL") } else { Ok(NEVER.to_owned()) };
        }
        let text = self.text();
        if self.comparison.is_exact() || self.column.fold == Fold::Stored {
            return holds(&text, operator, target, builder);
        }
        let key = if target.is_ascii() && !ordering && self.comparison == Comparison::Folded {
            ascii_fold(&text)
        } else {
            tables.key(builder, &text, self.comparison)
        };
        let exact = holds(&key, operator, target, builder)?;
        let spellings = spellings(target, self.comparison);
        let is_usual = spellings.iter().all(|spelling| is_usual(spelling));
        let indexed = operator == Operator::Eq && self.usual_lower && is_usual;
        let quick = match self.column.fold {
            Fold::Lower if indexed => format!("lower({})", self.expression),
            Fold::Citext if indexed => self.expression.clone(),
            _ => return Ok(exact),
        };
        let as_type = if self.column.fold == Fold::Citext { "::citext" } else { "" };
        let bound: Vec<String> = spellings
            .iter()
            .map(|spelling| format!("{}{as_type}", builder.text(spelling)))
            .collect();
        Ok(match bound.as_slice() {
            [one] => format!("({quick} = {one} AND {exact})"),
            several => format!("({quick} IN ({}) AND {exact})", several.join(", ")),
        })
    }

    /// A text that the column holds as something else.
    fn compare_key(&self, operator: Operator, target: &str, builder: &mut Builder) -> Condition {
        if operator == Operator::Eq {
            return Ok(self.is_key(target, builder).unwrap_or_else(|| NEVER.to_owned()));
        }
        if target.contains('\0') {
            return if operator.is_ordering() { Err("a NUL") } else { Ok(NEVER.to_owned()) };
        }
        // Both are written without capital letters: whether case counts makes no difference.
        holds(&self.text(), operator, target, builder)
    }

    /// That the column holds this very text; `None` if it cannot.
    pub(super) fn is_key(&self, text: &str, builder: &mut Builder) -> Option<String> {
        let value = key_of(self.column.kind, text, builder)?;
        Some(format!("{} = {value}", self.expression))
    }

    fn compare_time(
        &self,
        operator: Operator,
        target: Instant,
        zoned: bool,
        builder: &mut Builder,
    ) -> Condition {
        let (micros, whole) = micros(target).ok_or("a time that the database does not have")?;
        let operator = match operator {
            _ if whole => operator,
            Operator::Eq => return Ok(NEVER.to_owned()),
            // What is between two of its steps: behind the one below.
            Operator::Ge => Operator::Gt,
            Operator::Lt => Operator::Le,
            other => other,
        };
        let sign = sign(operator).ok_or("an operator for texts")?;
        let bound = time(&micros, zoned, builder);
        Ok(format!("{} {sign} {bound}", self.expression))
    }
}

/// Under what an index on small letters finds a text: a name that is prepared also with its accents
/// apart, as others may have written it. What is written here is found by the text itself.
fn spellings(target: &str, comparison: Comparison) -> Vec<Cow<'_, str>> {
    let mut spellings = vec![Cow::Borrowed(target)];
    if comparison == Comparison::Prepared {
        let apart = precis::decomposed(target);
        if apart != target {
            spellings.push(apart);
        }
    }
    spellings
}

/// What holds of a text, by bytes.
fn holds(text: &str, operator: Operator, target: &str, builder: &mut Builder) -> Condition {
    if operator.is_substring() && target.is_empty() {
        return Ok(format!("{text} IS NOT NULL"));
    }
    let bound = builder.text(target);
    Ok(match operator {
        // An index on the column serves this; collations that take texts for equal whose bytes
        // differ are not for columns that SCIM compares.
        Operator::Eq => format!("{text} = {bound}"),
        Operator::Co => format!("position({bound} IN {text}) > 0"),
        Operator::Sw => format!("starts_with({text}, {bound})"),
        Operator::Ew => format!("right({text}, length({bound})) = {bound}"),
        other => {
            let sign = sign(other).ok_or("an operator for texts")?;
            format!("({text}) COLLATE \"C\" {sign} {bound}")
        }
    })
}

/// A text as a column of keys holds it; `None` if it cannot.
pub(super) fn key_of(kind: ColumnKind, text: &str, builder: &mut Builder) -> Option<String> {
    let as_type = match kind {
        ColumnKind::Text => "",
        ColumnKind::Uuid if is_uuid(text) => "::uuid",
        ColumnKind::Int if is_int(text) => "::bigint",
        _ => return None,
    };
    (!text.contains('\0')).then(|| format!("{}{as_type}", builder.text(text)))
}

/// Whether a text is what `PostgreSQL` writes for a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

/// Whether a text is what `PostgreSQL` writes for a `bigint`.
pub(super) fn is_int(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

/// The last microsecond at or before an instant, and whether it is the instant; `None` outside of
/// the years 1 to 9999.
pub(super) fn micros(instant: Instant) -> Option<(String, bool)> {
    let seconds = instant.unix_seconds();
    // The ends stand for all that is behind them.
    if seconds <= FIRST_SECOND || seconds >= LAST_SECOND {
        return None;
    }
    let text = instant.to_exact_text();
    let Some((head, fraction)) = text.trim_end_matches('Z').split_once('.') else {
        return Some((text, true));
    };
    let kept: String = fraction.chars().take(6).collect();
    Some((format!("{head}.{kept}Z"), fraction.len() <= 6))
}

/// An instant as a column holds it.
pub(super) fn time(micros: &str, zoned: bool, builder: &mut Builder) -> String {
    let bound = builder.text(micros);
    if zoned {
        format!("{bound}::timestamptz")
    } else {
        format!("({bound}::timestamptz AT TIME ZONE 'UTC')")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_what_the_database_would_write() {
        assert!(is_uuid("6b1f5c1e-0b1d-4a6a-9f53-6f1c7a1f0d2e"));
        for no in
            ["", "6B1F5C1E-0B1D-4A6A-9F53-6F1C7A1F0D2E", "{6b1f5c1e-0b1d-4a6a-9f53-6f1c7a1f0d2}"]
        {
            assert!(!is_uuid(no), "{no}");
        }
        for (text, is) in [("7", true), ("-7", true), ("07", false), ("+7", false), ("", false)] {
            assert_eq!(is_int(text), is, "{text}");
        }
        assert!(!is_int("9223372036854775808"));
    }

    #[test]
    fn instants_are_cut_to_microseconds() {
        let at = |text: &str| micros(Instant::parse(text).unwrap());
        assert_eq!(at("2026-03-01T09:30:00Z"), Some(("2026-03-01T09:30:00Z".into(), true)));
        let cut = at("2026-03-01T09:30:00.0000019Z");
        assert_eq!(cut, Some(("2026-03-01T09:30:00.000001Z".into(), false)));
        assert_eq!(at("-0044-03-15T12:00:00Z"), None);
        assert_eq!(at("12026-03-15T12:00:00Z"), None);
    }
}
