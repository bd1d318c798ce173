//! Evaluating a bound filter over any tree.

use std::borrow::Cow;

use super::compare::Target;
use super::{BoundFilter, Operator, Place, Test};
use crate::name;
use crate::schema::{Identity, Step};
use crate::value::{Node, View};

/// Deeper than any place of a schema; a tree that nests further has no value there.
const DEPTH: usize = 16;

impl BoundFilter {
    /// Whether a resource (or, for a filter bound below an attribute, a value of it) fits.
    ///
    /// ```
    /// use scimforge::filter::Filter;
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    ///
    /// let filter = Filter::parse("active eq true", Profile::STRICT, &Limits::DEFAULT)?;
    /// let filter = filter.bind(&builtin::user())?;
    /// // Any tree will do, such as one of serde_json.
    /// assert!(filter.matches(&&serde_json::json!({"userName": "ida", "active": true})));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn matches<'a, N: Node<'a>>(&self, node: &N) -> bool {
        Evaluation { schema: &self.schema }.holds(&self.test, node)
    }
}

pub(super) struct Evaluation<'e> {
    /// What the ids on the way to a value belong to.
    pub(super) schema: &'e Identity,
}

impl Evaluation<'_> {
    // The depth of a test is bounded by the parser.
    pub(super) fn holds<'a, N: Node<'a>>(&self, test: &Test, node: &N) -> bool {
        match test {
            Test::And(parts) => parts.iter().all(|part| self.holds(part, node)),
            Test::Or(parts) => parts.iter().any(|part| self.holds(part, node)),
            Test::Not(part) => !self.holds(part, node),
            Test::Constant(truth) => *truth,
            Test::Present { place } => {
                self.any_value(node, &place.names, &mut |value| is_present(value, DEPTH))
            }
            Test::Compare { place, operator, target } => {
                self.compare(node, place, *operator, target)
            }
            Test::Element { place, test } => {
                self.any_value(node, &place.names, &mut |value| self.holds(test, value))
            }
        }
    }

    /// `ne` over several values means that none is equal, outside brackets (FLT-047); over a value
    /// that is missing it holds (FLT-046).
    fn compare<'a, N: Node<'a>>(
        &self,
        node: &N,
        place: &Place,
        operator: Operator,
        target: &Target,
    ) -> bool {
        let (asked, wanted) =
            if operator == Operator::Ne { (Operator::Eq, false) } else { (operator, true) };
        let found = if place.missing_is_false {
            self.missing_is_false(node, place, asked, target)
        } else {
            self.any_value(node, &place.names, &mut |value| compares(value, asked, target))
        };
        found == wanted
    }

    /// `primary` that is absent is false, for every element there is (FLT-055).
    fn missing_is_false<'a, N: Node<'a>>(
        &self,
        node: &N,
        place: &Place,
        operator: Operator,
        target: &Target,
    ) -> bool {
        let Some((last, parents)) = place.names.split_last() else {
            return compares(node, operator, target);
        };
        self.any_value(node, parents, &mut |element| {
            match element.view() {
                View::Map(_) => {}
                // A role given as a bare string has no `primary` either.
                View::Text(_) => return target.holds_for_bool(operator, false),
                _ => return false,
            }
            match element.member(last.id, &last.name, self.schema) {
                Some(value) if !matches!(value.view(), View::Null) => {
                    compares(&value, operator, target)
                }
                _ => target.holds_for_bool(operator, false),
            }
        })
    }

    /// Whether `found` is true of any value at the end of `names`; arrays on the way, and at the
    /// end, are entered.
    pub(super) fn any_value<'a, N: Node<'a>>(
        &self,
        node: &N,
        names: &[Step],
        found: &mut dyn FnMut(&N) -> bool,
    ) -> bool {
        match node.view() {
            View::List(mut items) => items.any(|item| match item.view() {
                // An array inside an array is no SCIM value.
                View::List(_) => false,
                _ => self.any_value(&item, names, found),
            }),
            View::Null => false,
            view => match (names.split_first(), view) {
                (None, _) => found(node),
                (Some((first, rest)), View::Map(_)) => node
                    .member(first.id, &first.name, self.schema)
                    .is_some_and(|value| self.any_value(&value, rest, found)),
                // A simple value stands for its own `value` (a role given as a bare string).
                (Some((first, [])), View::Text(_)) if name::same(&first.name, "value") => {
                    found(node)
                }
                _ => false,
            },
        }
    }
}

/// Non-empty and non-null; for a complex value, at least one sub-attribute is (FLT-039).
fn is_present<'a, N: Node<'a>>(value: &N, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match value.view() {
        View::Null => false,
        View::Text(text) => !text.is_empty(),
        View::Map(mut members) => members.any(|(_, member)| is_present(&member, depth)),
        View::List(mut items) => items.any(|item| is_present(&item, depth)),
        View::Bool(_) | View::Number(_) | View::Foreign(_) => true,
    }
}

fn compares<'a, N: Node<'a>>(value: &N, operator: Operator, target: &Target) -> bool {
    match value.view() {
        View::Bool(truth) => target.holds_for_bool(operator, truth),
        View::Number(number) => target.holds_for_number(operator, &number),
        View::Text(text) => {
            let text: Cow<'_, str> = text;
            target.holds_for_text(operator, &text)
        }
        View::Null | View::List(_) | View::Map(_) | View::Foreign(_) => false,
    }
}
