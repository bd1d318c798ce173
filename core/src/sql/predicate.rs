//! A bound filter as a condition over shadows.
//!
//! A condition may be NULL where it is not true; what negates it says `IS NOT TRUE`. So a value
//! that is missing is never equal, and `ne` and `not` hold of it, as they do for the evaluator.

use super::builder::{Builder, Dialect, Spot};
use super::index::{equalities, parts as substrings};
use super::members::is_in_rows;
use super::shadow::PRESENT;
use super::{Mapping, key};
use crate::filter::{Operator, Place, Target, Test};
use crate::reference::is_target;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Step};

/// Writes the conditions of one resource type. What it cannot say is `None`.
pub(super) struct Predicate<'p> {
    pub(super) compiled: &'p Compiled,
    pub(super) mapping: &'p Mapping,
    /// The placeholders of the tenant and the type.
    pub(super) tenant: &'p str,
    pub(super) resource_type: &'p str,
    /// The shadow: an expression.
    pub(super) shadow: &'p str,
    /// Whether it is in a table of ours, with the indexes that we make.
    pub(super) own: bool,
    pub(super) builder: &'p mut Builder,
    /// What finds the rows quickly.
    pub(super) served: Vec<String>,
    /// What was left to the evaluator.
    pub(super) left: Vec<String>,
}

/// What all matches of a filter fit.
pub(super) struct Conditions {
    pub(super) all: Vec<String>,
    /// Whether nothing but the matches fits them.
    pub(super) exact: bool,
    /// Whether one of them names the rows.
    pub(super) by_row: bool,
}

/// What a condition begins with that names rows.
pub(super) const BY_ROW: &str = "d.row IN ";

/// What stands at the end of a place.
struct End {
    /// The object with the value, or that is the value.
    spot: Spot,
    /// The member that is the value; none for a complex one.
    scalar: Option<String>,
    /// Whether it is one of several, so that the object itself says whether it is there.
    element: bool,
    /// Whether the member is there even if the value is not.
    always: bool,
}

type Found<'f> = &'f mut dyn FnMut(&mut Predicate<'_>, &End) -> Option<String>;

impl Predicate<'_> {
    /// The conditions for the parts of a filter that can be told in SQL.
    pub(super) fn filter(&mut self, test: &Test) -> Conditions {
        let parts = match test {
            Test::And(parts) => parts.as_slice(),
            test => std::slice::from_ref(test),
        };
        let root = Spot::new(self.shadow);
        let mut conditions = Conditions { all: Vec::new(), exact: true, by_row: false };
        for part in parts {
            let before = self.builder.params.len();
            if let Some(condition) = self.test(part, &root, AttrId::ROOT) {
                let narrows = matches!(part, Test::Compare { .. } | Test::Element { .. });
                let begins = condition.trim_start_matches('(').starts_with(BY_ROW);
                conditions.by_row |= narrows && begins;
                conditions.all.push(condition);
            } else {
                // What was bound for it has no place in the text.
                self.builder.params.truncate(before);
                conditions.exact = false;
            }
        }
        conditions
    }

    // The depth of a test is bounded by the parser.
    pub(super) fn test(&mut self, test: &Test, from: &Spot, base: AttrId) -> Option<String> {
        match test {
            Test::And(parts) => self.parts(parts, "AND", from, base),
            Test::Or(parts) => match self.one_of_ids(parts, base) {
                Some(condition) => Some(condition),
                None => self.parts(parts, "OR", from, base),
            },
            Test::Not(part) => Some(format!("({}) IS NOT TRUE", self.test(part, from, base)?)),
            Test::Constant(truth) => Some(if *truth { "TRUE" } else { "FALSE" }.to_owned()),
            Test::Present { place } => self.way(place, from, base, &mut |this, end| {
                Some(end.is_present(this.builder.dialect))
            }),
            Test::Compare { place, operator: Operator::Ne, target } => {
                let equal = self.compare(place, Operator::Eq, target, from, base)?;
                Some(format!("({equal}) IS NOT TRUE"))
            }
            Test::Compare { place, operator, target } => {
                self.compare(place, *operator, target, from, base)
            }
            Test::Element { place, test } => self.element(place, test, from, base),
        }
    }

    fn parts(&mut self, parts: &[Test], word: &str, from: &Spot, base: AttrId) -> Option<String> {
        let mut conditions = Vec::with_capacity(parts.len());
        for part in parts {
            conditions.push(self.test(part, from, base)?);
        }
        let empty = if word == "AND" { "TRUE" } else { "FALSE" };
        Some(if conditions.is_empty() {
            empty.to_owned()
        } else {
            Builder::join(&conditions, word)
        })
    }

    fn element(&mut self, place: &Place, test: &Test, from: &Spot, base: AttrId) -> Option<String> {
        let attribute = self.compiled.attribute(place.id);
        if attribute.kind != Kind::Complex && !attribute.multi_valued {
            return self.leave(attribute, "brackets on a single value");
        }
        if base == AttrId::ROOT
            && let Some(found) = self.contained(place, test)
        {
            return Some(found);
        }
        let exact = self.way(place, from, base, &mut |this, end| {
            let inner = this.test(test, &end.spot, place.id)?;
            Some(if end.element {
                inner
            } else {
                format!("({} AND {inner})", end.spot.exists(this.builder.dialect))
            })
        })?;
        if base != AttrId::ROOT {
            return Some(exact);
        }
        // What an element must have, some value must have: an index knows that sooner.
        let mut parts: Vec<String> = equalities(test)
            .into_iter()
            .filter_map(|(inner, text)| self.candidate(place, inner, text))
            .collect();
        for (id, text) in substrings(test) {
            parts.extend(self.part(id, text));
        }
        parts.push(exact);
        Some(Builder::join(&parts, "AND"))
    }

    fn compare(
        &mut self,
        place: &Place,
        operator: Operator,
        target: &Target,
        from: &Spot,
        base: AttrId,
    ) -> Option<String> {
        let attribute = self.compiled.attribute(place.id);
        if is_target(attribute) && operator.is_substring() {
            return self.leave(attribute, "a part of a reference with its version");
        }
        let text = key::target(target);
        if matches!(operator, Operator::Co | Operator::Ew) && !key::is_findable(&text) {
            return self.leave(attribute, "a control character at the beginning");
        }
        let mut hints = Vec::new();
        if base == AttrId::ROOT && !place.missing_is_false {
            if operator == Operator::Eq
                && let Some((condition, exact)) = self.equal(place, attribute, &text)
            {
                if exact {
                    return Some(condition);
                }
                hints.push(condition);
            }
            let range = self.range(attribute, operator, &text);
            if range.is_none() && operator.is_substring() {
                hints.extend(self.part(place.id, &text));
            }
            hints.extend(range);
        }
        let compared = self.way(place, from, base, &mut |this, end| {
            let scalar = end.spot.text(this.builder.dialect, end.scalar.as_deref()?);
            this.holds(&scalar, operator, target, &text)
        })?;
        hints.push(compared);
        Some(Builder::join(&hints, "AND"))
    }

    /// What holds of a text.
    fn holds(
        &mut self,
        scalar: &str,
        operator: Operator,
        target: &Target,
        text: &str,
    ) -> Option<String> {
        if matches!(target, Target::Bool(_)) && operator != Operator::Eq {
            return Some("FALSE".to_owned());
        }
        if operator.is_substring() {
            if !matches!(target, Target::Text { .. }) {
                return Some("FALSE".to_owned());
            }
            if text.is_empty() {
                return Some(format!("{scalar} IS NOT NULL"));
            }
            let part = self.builder.text(text);
            return Some(match (self.builder.dialect, operator) {
                (Dialect::Postgres, Operator::Co) => format!("position({part} IN {scalar}) > 0"),
                (Dialect::Postgres, Operator::Sw) => format!("starts_with({scalar}, {part})"),
                (Dialect::Postgres, _) => {
                    format!("right({scalar}, length({part})) COLLATE \"C\" = {part}")
                }
                (Dialect::Sqlite, Operator::Co) => format!("instr({scalar}, {part}) > 0"),
                (Dialect::Sqlite, Operator::Sw) => {
                    format!("substr({scalar}, 1, length({part})) = {part}")
                }
                (Dialect::Sqlite, _) => format!("substr({scalar}, -length({part})) = {part}"),
            });
        }
        let sign = sign(operator)?;
        let bound = self.builder.text(text);
        Some(format!("{} {sign} {bound}", self.builder.by_bytes(scalar)))
    }

    /// Follows a place to each of its ends.
    fn way(
        &mut self,
        place: &Place,
        from: &Spot,
        base: AttrId,
        found: Found<'_>,
    ) -> Option<String> {
        if place.names.is_empty() {
            let simple = self.compiled.attribute(base).kind != Kind::Complex;
            let end = End {
                spot: from.clone(),
                scalar: simple.then(|| "value".to_owned()),
                element: true,
                always: false,
            };
            return found(self, &end);
        }
        self.steps(&place.names, place.missing_is_false, from, found)
    }

    // As deep as the schema.
    fn steps(
        &mut self,
        steps: &[Step],
        always: bool,
        from: &Spot,
        found: Found<'_>,
    ) -> Option<String> {
        let (first, rest) = steps.split_first()?;
        let attribute = self.compiled.attribute(first.id);
        let Some(name) = key::name(&first.name) else {
            return self.leave(attribute, "a name that would have to be quoted");
        };
        let complex = attribute.kind == Kind::Complex;
        if attribute.multi_valued {
            let in_rows = is_in_rows(self.compiled, first.id);
            if in_rows && !self.own {
                return self.leave(attribute, "members beside the columns");
            }
            let (table, spot) = if in_rows {
                self.builder.each_row(self.mapping.prefix())
            } else {
                self.builder.each(&from.below(&name))
            };
            let inner = if rest.is_empty() {
                let scalar = (!complex).then(|| "value".to_owned());
                found(self, &End { spot, scalar, element: true, always: false })?
            } else {
                self.steps(rest, always, &spot, found)?
            };
            if let (true, Some((_, row))) = (in_rows, table.split_once(' ')) {
                let inner = format!("{row}.row = d.row AND {inner}");
                return Some(format!("EXISTS (SELECT 1 FROM {table} WHERE {inner})"));
            }
            return Some(format!("EXISTS (SELECT 1 FROM {table} WHERE {inner})"));
        }
        if !rest.is_empty() {
            return self.steps(rest, always, &from.below(&name), found);
        }
        let end = if complex {
            End { spot: from.below(&name), scalar: None, element: false, always: false }
        } else {
            End { spot: from.clone(), scalar: Some(name), element: false, always }
        };
        found(self, &end)
    }

    fn leave(&mut self, attribute: &CompiledAttribute, why: &str) -> Option<String> {
        self.left.push(format!("{}: {why}", attribute.path));
        None
    }
}

impl End {
    fn is_present(&self, dialect: Dialect) -> String {
        match &self.scalar {
            Some(name) if !self.element => {
                let marked =
                    format!("{} IS NOT NULL", self.spot.text(dialect, &format!("{PRESENT}{name}")));
                if self.always {
                    return marked;
                }
                format!("({} <> '' OR {marked})", self.spot.text(dialect, name))
            }
            _ => self.spot.is_present(dialect),
        }
    }
}

pub(super) fn sign(operator: Operator) -> Option<&'static str> {
    Some(match operator {
        Operator::Eq => "=",
        Operator::Gt => ">",
        Operator::Ge => ">=",
        Operator::Lt => "<",
        Operator::Le => "<=",
        Operator::Ne | Operator::Co | Operator::Sw | Operator::Ew => return None,
    })
}
