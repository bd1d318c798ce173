//! What filters say of lists that are made of columns, and of members.

use super::scalar::Cell;
use super::search::{ALWAYS, Search, constant, is_presence, single};
use super::table::{Element, Join};
use crate::filter::{Operator, Test};
use crate::name;
use crate::schema::{AttrId, CompiledAttribute};
use crate::sql::builder::Builder;
use crate::text::Comparison;
use crate::value::{Object, Value};

impl Search<'_> {
    /// A comparison with, or the presence of, any of the elements.
    pub(super) fn any_element(
        &mut self,
        elements: &[Element],
        test: &Test,
        attribute: &CompiledAttribute,
    ) -> Option<String> {
        let list = self.list_above(attribute)?;
        let mut parts = Vec::new();
        for element in elements {
            let holds = if list == attribute.id {
                self.has_value(element, list)
            } else if let Some(column) = element.column(&attribute.attribute.name) {
                self.on_column(column, "d", attribute, test)?
            } else {
                let whole = single(
                    &self.compiled.attribute(list).attribute.name,
                    Value::Array(vec![element.constants()]),
                );
                constant(self.evaluate(test, &whole))
            };
            parts.push(with(exists(element), &holds));
        }
        Some(if parts.is_empty() { constant(false) } else { Builder::join(&parts, "OR") })
    }

    /// The list of objects that an attribute is, or is in. Elements lie in the resource itself or
    /// in an extension.
    fn list_above(&mut self, attribute: &CompiledAttribute) -> Option<AttrId> {
        let chain = self.compiled.chain(attribute.id);
        match chain.first() {
            Some(first) if self.compiled.attribute(*first).multi_valued => Some(*first),
            _ => self
                .leave(attribute, "a list of the application in an extension")
                .map(|_| AttrId::ROOT),
        }
    }

    /// Whether an element that is there counts as present.
    fn has_value(&self, element: &Element, list: AttrId) -> String {
        let constants = element.constants();
        let has_constant = constants.as_object().is_some_and(|object| {
            object
                .iter()
                .any(|(_, value)| !matches!(value.as_str(), Some("")) && *value != Value::Null)
        });
        if has_constant {
            return ALWAYS.to_owned();
        }
        let mut parts = Vec::new();
        for (name, column) in element.columns() {
            let child = self.compiled.child(list, name);
            let comparison =
                child.map_or(Comparison::Folded, |child: &CompiledAttribute| child.comparison());
            let cell = Cell {
                column,
                expression: column.of("d"),
                comparison,
                usual_lower: self.usual_lower,
            };
            parts.push(cell.is_present());
        }
        Builder::join(&parts, "OR")
    }

    /// A test in the brackets of an element.
    pub(super) fn in_element(
        &mut self,
        test: &Test,
        element: &Element,
        base: AttrId,
    ) -> Option<String> {
        self.in_row(test, element, base, "d")
    }

    // The depth of a test is bounded by the parser.
    pub(super) fn in_row(
        &mut self,
        test: &Test,
        element: &Element,
        base: AttrId,
        row: &str,
    ) -> Option<String> {
        match test {
            Test::And(parts) => {
                self.parts(parts, "AND", &mut |this, part| this.in_row(part, element, base, row))
            }
            Test::Or(parts) => {
                self.parts(parts, "OR", &mut |this, part| this.in_row(part, element, base, row))
            }
            Test::Not(part) => {
                Some(format!("({}) IS NOT TRUE", self.in_row(part, element, base, row)?))
            }
            Test::Compare { place, operator: Operator::Ne, target } => {
                let equal = Test::Compare {
                    place: place.clone(),
                    operator: Operator::Eq,
                    target: target.clone(),
                };
                Some(format!("({}) IS NOT TRUE", self.in_row(&equal, element, base, row)?))
            }
            Test::Present { place } | Test::Compare { place, .. } => {
                let attribute = self.compiled.attribute(place.id);
                match element.column(&attribute.attribute.name) {
                    Some(column) if attribute.parent == base => {
                        self.on_column(column, row, attribute, test)
                    }
                    _ => Some(constant(self.evaluate(test, &element.constants()))),
                }
            }
            Test::Constant(truth) => Some(constant(*truth)),
            Test::Element { place, .. } => {
                self.leave(self.compiled.attribute(place.id), "brackets in brackets")
            }
        }
    }

    pub(super) fn member(
        &mut self,
        join: &Join,
        test: &Test,
        attribute: &CompiledAttribute,
    ) -> Option<String> {
        let is_value = name::same(&attribute.attribute.name, "value");
        let holds = if is_value {
            self.on_column(&join.user, "j", attribute, test)?
        } else if is_presence(test) && attribute.is_list_of_objects() {
            ALWAYS.to_owned()
        } else {
            // Nothing else is known of members.
            let element = Object::from_unique(vec![("value".into(), Value::from("x"))]);
            let whole = single("members", Value::Array(vec![element.into()]));
            constant(self.evaluate(test, &whole))
        };
        Some(self.any_member(join, &holds))
    }

    pub(super) fn any_member(&self, join: &Join, holds: &str) -> String {
        let alive = (self.alive)(join).map(|alive| format!(" AND {alive}")).unwrap_or_default();
        format!(
            "EXISTS (SELECT 1 FROM {} j WHERE j.{} = {}{alive} AND {holds})",
            join.table.sql(),
            super::table::quoted(&join.group),
            self.table.id.of("d"),
        )
    }
}

/// That an element is there: one of its columns has a value, if it has columns.
pub(super) fn exists(element: &Element) -> Option<String> {
    let columns: Vec<String> =
        element.columns().map(|(_, column)| format!("{} IS NOT NULL", column.of("d"))).collect();
    (!columns.is_empty()).then(|| Builder::join(&columns, "OR"))
}

pub(super) fn with(exists: Option<String>, holds: &str) -> String {
    match exists {
        Some(exists) => format!("({exists} AND {holds})"),
        None => holds.to_owned(),
    }
}
