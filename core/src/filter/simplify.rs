//! The same filter in fewer words.
//!
//! Evaluation knows two answers, so the laws of plain logic hold; an attribute without a value is
//! no third. Comparisons stay as they are: `not (title eq "x")` is not made `title ne "x"`, since
//! servers differ on what `ne` says of a missing value (A-23, A-24) and the text may be sent on.

use std::collections::HashSet;

use super::{Expression, Filter};
use crate::error::Error;
use crate::limits::Limits;

impl Filter {
    /// A filter that matches exactly the same, without double negation, repeated or absorbed
    /// terms, and terms that always or never hold beside others.
    ///
    /// ```
    /// use scimforge::filter::Filter;
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    ///
    /// let text = "not (not (title pr) or not (title PR and active eq true))";
    /// let filter = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT)?;
    /// assert_eq!(filter.simplified(&Limits::DEFAULT)?.to_string(), "title pr and active eq true");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `filter-too-long` and `filter-too-deep` where the canonical text is beyond the limits.
    pub fn simplified(&self, limits: &Limits) -> Result<Self, Error> {
        self.expression.check_height(limits)?;
        Self::new(&simple(&self.expression).expression, self.profile, limits)
    }
}

/// An expression, and its answer if that is always the same: no text says just `true`.
struct Simple {
    expression: Expression,
    always: Option<bool>,
}

impl From<Expression> for Simple {
    fn from(expression: Expression) -> Self {
        Self { expression, always: None }
    }
}

// The height has been checked.
fn simple(expression: &Expression) -> Simple {
    match expression {
        Expression::And(parts) => joined(Joint::And, parts.iter().map(simple)),
        Expression::Or(parts) => joined(Joint::Or, parts.iter().map(simple)),
        Expression::Not(part) => negated(simple(part)),
        Expression::ValuePath { path, filter } => {
            let inner = simple(filter);
            Simple {
                // No value fits what never holds; what always holds still needs a value.
                always: inner.always.filter(|holds| !holds),
                expression: Expression::ValuePath {
                    path: path.clone(),
                    filter: Box::new(inner.expression),
                },
            }
        }
        leaf => leaf.clone().into(),
    }
}

/// `not` goes inwards where that leaves fewer of it.
fn negated(part: Simple) -> Simple {
    let always = part.always.map(|holds| !holds);
    let expression = match part.expression {
        Expression::Not(inner) => *inner,
        Expression::And(parts) if mostly_negated(&parts) => {
            return joined(Joint::Or, parts.into_iter().map(|part| negated(part.into())));
        }
        Expression::Or(parts) if mostly_negated(&parts) => {
            return joined(Joint::And, parts.into_iter().map(|part| negated(part.into())));
        }
        other => !other,
    };
    Simple { expression, always }
}

fn mostly_negated(parts: &[Expression]) -> bool {
    let negated = parts.iter().filter(|part| matches!(part, Expression::Not(_))).count();
    parts.len() - negated < negated + 1
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

impl Joint {
    /// The parts of an expression that is joined this way.
    fn parts(self, expression: &Expression) -> Option<&[Expression]> {
        match (self, expression) {
            (Self::And, Expression::And(parts)) | (Self::Or, Expression::Or(parts)) => Some(parts),
            _ => None,
        }
    }

    fn other(self) -> Self {
        if self == Self::And { Self::Or } else { Self::And }
    }

    fn join(self, mut parts: Vec<Expression>) -> Expression {
        match (parts.len(), self) {
            (1, _) => parts.remove(0),
            (_, Self::And) => Expression::And(parts),
            (_, Self::Or) => Expression::Or(parts),
        }
    }
}

fn joined(joint: Joint, parts: impl Iterator<Item = Simple>) -> Simple {
    // What decides all: one part that never holds in an `and`, one that always holds in an `or`.
    let deciding = joint == Joint::Or;
    let mut neutral = None;
    let mut flat = Vec::new();
    for part in parts {
        match (part.always, part.expression) {
            (Some(holds), expression) if holds == deciding => {
                return Simple { expression, always: Some(holds) };
            }
            (Some(holds), expression) => {
                neutral.get_or_insert(Simple { expression, always: Some(holds) });
            }
            (None, expression) => match joint.parts(&expression) {
                Some(parts) => flat.extend(parts.iter().cloned()),
                None => flat.push(expression),
            },
        }
    }
    if let (Some(neutral), true) = (neutral, flat.is_empty()) {
        return neutral;
    }
    let mut keys = HashSet::new();
    flat.retain(|part| keys.insert(key(part)));
    let opposite = flat.iter().find_map(|part| match part {
        Expression::Not(inner) if keys.contains(&key(inner)) => Some(inner.as_ref().clone()),
        _ => None,
    });
    if let Some(inner) = opposite {
        let both = vec![inner.clone(), !inner];
        return Simple { expression: joint.join(both), always: Some(deciding) };
    }
    // `a and (a or b)` is `a`.
    flat.retain(|part| {
        !joint
            .other()
            .parts(part)
            .is_some_and(|parts| parts.iter().any(|part| keys.contains(&key(part))))
    });
    joint.join(flat).into()
}

/// A text that is the same for expressions that say the same in another order or spelling.
// The height has been checked.
fn key(expression: &Expression) -> String {
    let sorted = |parts: &[Expression], word: &str| {
        let mut keys: Vec<String> = parts.iter().map(key).collect();
        keys.sort_unstable();
        format!("({})", keys.join(word))
    };
    match expression {
        Expression::And(parts) => sorted(parts, " and "),
        Expression::Or(parts) => sorted(parts, " or "),
        Expression::Not(part) => format!("not ({})", key(part)),
        Expression::Present { path } => format!("{} pr", path.as_str().to_ascii_lowercase()),
        Expression::Compare { path, operator, literal, .. } => {
            let path = path.as_str().to_ascii_lowercase();
            format!("{path} {} {literal}", operator.as_str())
        }
        Expression::ValuePath { path, filter } => {
            format!("{}[{}]", path.as_str().to_ascii_lowercase(), key(filter))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::filter::Filter;
    use crate::limits::Limits;
    use crate::profile::Profile;

    #[test]
    fn less_is_said_and_the_same_is_meant() {
        for (text, expected) in [
            ("a pr", "a pr"),
            ("not (not (a pr))", "a pr"),
            ("not (not (not (a pr)))", "not (a pr)"),
            ("a pr and A pr", "a pr"),
            ("a pr or b pr or a pr", "a pr or b pr"),
            ("a eq \"x\" or a eq \"X\"", "a eq \"x\" or a eq \"X\""),
            ("a pr and (b pr and c pr)", "a pr and b pr and c pr"),
            ("not (not (a pr) or not (b pr))", "a pr and b pr"),
            ("not (not (a pr) and b pr)", "a pr or not (b pr)"),
            ("not (a pr and b pr)", "not (a pr and b pr)"),
            ("not (a eq \"x\")", "not (a eq \"x\")"),
            ("not (a ne null)", "not (a ne null)"),
            ("a pr and (a pr or b pr)", "a pr"),
            ("a pr or a pr and b pr", "a pr"),
            ("(a pr or b pr) and (b pr or a pr)", "a pr or b pr"),
            ("a pr and not (a pr)", "a pr and not (a pr)"),
            ("b pr and a pr and not (a pr)", "a pr and not (a pr)"),
            ("b pr or a pr or not (a pr)", "a pr or not (a pr)"),
            ("b pr and (a pr or not (a pr))", "b pr"),
            ("b pr or a pr and not (a pr)", "b pr"),
            ("not (b pr or a pr and not (a pr))", "not (b pr)"),
            ("b pr or x[a pr and not (a pr)]", "b pr"),
            ("b pr and x[a pr or not (a pr)]", "b pr and x[a pr or not (a pr)]"),
            ("x[not (not (a pr)) and a pr]", "x[a pr]"),
            ("not (x[a pr])", "not (x[a pr])"),
            ("not (x[not (a pr)])", "not (x[not (a pr)])"),
            ("x[a pr] and X[a pr]", "x[a pr]"),
            ("x[a pr] and x[b pr]", "x[a pr] and x[b pr]"),
        ] {
            let filter = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT).expect(text);
            let simplified = filter.simplified(&Limits::DEFAULT).expect(text);
            assert_eq!(simplified.to_string(), expected, "{text}");
            assert_eq!(simplified.simplified(&Limits::DEFAULT).as_ref(), Ok(&simplified), "{text}");
        }
    }
}
