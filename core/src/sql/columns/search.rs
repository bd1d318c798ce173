//! A bound filter as a condition over the columns of a table.
//!
//! What lies in the rest has a shadow there, and is asked about as in tables of ours. A condition
//! may be NULL where it is not true; what negates it says `IS NOT TRUE`.

use super::elements::{exists, with};
use super::fold::Tables;
use super::scalar::{Cell, NEVER};
use super::table::{Column, ColumnKind, Element, Fold, Found, Join, Member, Source, Table};
use crate::filter::{BoundFilter, Operator, Place, Test};
use crate::reference::is_target;
use crate::schema::{AttrId, Compiled, CompiledAttribute};
use crate::sql::builder::{Builder, Spot};
use crate::sql::predicate::Predicate;
use crate::sql::{Mapping, key};
use crate::value::{Object, Value};

pub(super) const ALWAYS: &str = "TRUE";

/// Writes the conditions of one resource type. What it cannot say is `None`.
pub(super) struct Search<'s> {
    pub(super) compiled: &'s Compiled,
    pub(super) table: &'s Table,
    /// All tables: members are rows of another.
    pub(super) alive: &'s dyn Fn(&Join) -> Option<String>,
    /// The filter that the tests are parts of.
    pub(super) filter: &'s BoundFilter,
    pub(super) usual_lower: bool,
    pub(super) builder: &'s mut Builder,
    pub(super) tables: Tables,
    /// What finds the rows quickly.
    pub(super) served: Vec<String>,
    /// What was left to the evaluator.
    pub(super) left: Vec<String>,
}

impl Search<'_> {
    /// The conditions for the parts of a filter that can be told in SQL, and whether these are all.
    pub(super) fn filter(&mut self) -> (Vec<String>, bool) {
        let test = self.filter.test.clone();
        let parts = match &test {
            Test::And(parts) => parts.as_slice(),
            test => std::slice::from_ref(test),
        };
        let (mut all, mut exact) = (Vec::new(), true);
        for part in parts {
            let before = self.builder.params.len();
            if let Some(condition) = self.test(part, AttrId::ROOT) {
                all.push(condition);
            } else {
                // What was bound for it has no place in the text.
                self.builder.params.truncate(before);
                self.tables.truncate(self.builder);
                exact = false;
            }
        }
        (all, exact)
    }

    // The depth of a test is bounded by the parser.
    fn test(&mut self, test: &Test, base: AttrId) -> Option<String> {
        match test {
            Test::And(parts) => self.parts(parts, "AND", &mut |this, part| this.test(part, base)),
            Test::Or(parts) => self.parts(parts, "OR", &mut |this, part| this.test(part, base)),
            Test::Not(part) => Some(format!("({}) IS NOT TRUE", self.test(part, base)?)),
            Test::Constant(truth) => Some(constant(*truth)),
            Test::Compare { place, operator: Operator::Ne, target } => {
                let equal = Test::Compare {
                    place: place.clone(),
                    operator: Operator::Eq,
                    target: target.clone(),
                };
                Some(format!("({}) IS NOT TRUE", self.leaf(&equal, place, base)?))
            }
            Test::Present { place } | Test::Compare { place, .. } => self.leaf(test, place, base),
            Test::Element { place, test: inner } => self.brackets(test, place, inner, base),
        }
    }

    pub(super) fn parts(
        &mut self,
        parts: &[Test],
        word: &str,
        each: &mut dyn FnMut(&mut Self, &Test) -> Option<String>,
    ) -> Option<String> {
        let mut conditions = Vec::with_capacity(parts.len());
        for part in parts {
            conditions.push(each(self, part)?);
        }
        Some(if conditions.is_empty() {
            constant(word == "AND")
        } else {
            Builder::join(&conditions, word)
        })
    }

    fn leaf(&mut self, test: &Test, place: &Place, base: AttrId) -> Option<String> {
        let table = self.table;
        let chain = self.compiled.chain(place.id);
        let attribute = self.compiled.attribute(place.id);
        match table.find(&chain) {
            Found::Source(_, Source::Column(column)) if column.kind == ColumnKind::Json => {
                self.leave(attribute, "a jsonb column of the application")
            }
            Found::Source(_, Source::Column(column)) => {
                self.on_column(column, "d", attribute, test)
            }
            Found::Source(_, Source::Constant(_)) => Some(constant(self.by_itself(test, &chain))),
            Found::Source(_, Source::Elements(elements)) => {
                self.any_element(elements, test, attribute)
            }
            Found::Source(_, Source::Members(join)) => self.member(join, test, attribute),
            Found::Source(_, Source::Computed | Source::Follows) => {
                self.leave(attribute, "what is computed for each row")
            }
            Found::Partly if is_presence(test) => self.is_present(test, place.id, base),
            Found::Partly => self.leave(attribute, "a complex attribute"),
            Found::Rest => self.rest(test, base),
        }
    }

    pub(super) fn on_column(
        &mut self,
        column: &Column,
        row: &str,
        attribute: &CompiledAttribute,
        test: &Test,
    ) -> Option<String> {
        if is_target(attribute) && !is_presence(test) {
            return self.leave(attribute, "a reference with its version");
        }
        let mut cell = Cell {
            column,
            expression: column.of(row),
            comparison: attribute.comparison(),
            usual_lower: self.usual_lower,
        };
        let Test::Compare { place, operator, target } = test else {
            return Some(cell.is_present());
        };
        if place.missing_is_false {
            // An element without it is not the primary one (FLT-055).
            cell.expression = format!("COALESCE({}, FALSE)", cell.expression);
        }
        let condition = cell.compare(*operator, target, self.builder, &mut self.tables);
        match condition {
            Ok(condition) => {
                if *operator == Operator::Eq && row == "d" && condition != NEVER {
                    self.serve(column);
                }
                Some(condition)
            }
            Err(why) => self.leave(attribute, why),
        }
    }

    fn serve(&mut self, column: &Column) {
        if column.unique || *column.name == *self.table.id.name {
            let what = format!("{}.{}", self.table.name, column.name);
            self.served.push(match column.fold {
                Fold::Lower => format!("a unique index on lower({what})"),
                _ => format!("a unique index on {what}"),
            });
        }
    }

    /// What a test says of a resource that has nothing but what is constant.
    fn by_itself(&self, test: &Test, chain: &[AttrId]) -> bool {
        let mut value = Value::Null;
        if let Found::Source(id, source) = self.table.find(chain) {
            value = match source {
                Source::Constant(constant) => constant.clone(),
                _ => return false,
            };
            for step in self.compiled.chain(id).iter().rev() {
                value = single(&self.compiled.attribute(*step).attribute.name, value);
            }
        }
        self.evaluate(test, &value)
    }

    pub(super) fn evaluate(&self, test: &Test, value: &Value<'static>) -> bool {
        let mut filter = self.filter.clone();
        filter.test = test.clone();
        filter.matches(&value)
    }

    /// What is in no column.
    fn rest(&mut self, test: &Test, base: AttrId) -> Option<String> {
        let Some(shadow) = self.table.shadow() else {
            let nothing = Value::from(Object::new());
            return Some(constant(self.evaluate(test, &nothing)));
        };
        let mut spot = Spot::new(shadow.clone());
        for step in self.compiled.chain(base) {
            spot = spot.below(&key::name(&self.compiled.attribute(step).attribute.name)?);
        }
        let mapping = Mapping::default();
        let mut predicate = Predicate {
            compiled: self.compiled,
            mapping: &mapping,
            tenant: "",
            resource_type: "",
            shadow: &shadow,
            own: false,
            builder: self.builder,
            served: Vec::new(),
            left: Vec::new(),
        };
        let condition = predicate.test(test, &spot, base);
        let left = predicate.left;
        self.left.extend(left);
        condition
    }

    /// Whether any part of a complex attribute has a value.
    fn is_present(&mut self, test: &Test, id: AttrId, base: AttrId) -> Option<String> {
        let mut parts = Vec::new();
        for child in self.inside(id) {
            let present = match self.table.sources.get(&child)? {
                Source::Column(column) if column.kind == ColumnKind::Json => {
                    return self.leave(self.compiled.attribute(child), "whether JSON has a value");
                }
                Source::Column(column) => {
                    let attribute = self.compiled.attribute(child);
                    self.on_column(column, "d", attribute, test)?
                }
                // There is always a version.
                Source::Constant(_) | Source::Follows => ALWAYS.to_owned(),
                Source::Elements(_) | Source::Members(_) | Source::Computed => {
                    return self.leave(self.compiled.attribute(child), "whether it has a value");
                }
            };
            parts.push(present);
        }
        if self.table.rest.is_some() {
            parts.push(self.rest(test, base)?);
        }
        Some(Builder::join(&parts, "OR"))
    }

    /// The attributes with a source below this one.
    fn inside(&self, id: AttrId) -> Vec<AttrId> {
        let below = |own: &&AttrId| self.compiled.chain(**own).contains(&id);
        self.table.sources.keys().filter(below).copied().collect()
    }

    fn brackets(
        &mut self,
        whole: &Test,
        place: &Place,
        inner: &Test,
        base: AttrId,
    ) -> Option<String> {
        let table = self.table;
        let attribute = self.compiled.attribute(place.id);
        match table.find(&self.compiled.chain(place.id)) {
            Found::Source(_, Source::Elements(elements)) if base == AttrId::ROOT => {
                let mut parts = Vec::new();
                for element in elements {
                    let holds = self.in_element(inner, element, attribute.id)?;
                    parts.push(with(exists(element), &holds));
                }
                Some(if parts.is_empty() { constant(false) } else { Builder::join(&parts, "OR") })
            }
            Found::Source(_, Source::Members(join)) => {
                let element =
                    Element { members: vec![("value".into(), Member::Column(join.user.clone()))] };
                let holds = self.in_row(inner, &element, attribute.id, "j")?;
                Some(self.any_member(join, &holds))
            }
            Found::Partly => {
                let mut parts = Vec::new();
                for child in self.inside(place.id) {
                    match table.sources.get(&child)? {
                        Source::Column(column) => {
                            parts.push(format!("{} IS NOT NULL", column.of("d")));
                        }
                        Source::Constant(_) => parts.push(ALWAYS.to_owned()),
                        _ => return self.leave(attribute, "brackets on what is computed"),
                    }
                }
                if let Some(shadow) = table.shadow() {
                    let mut spot = Spot::new(shadow);
                    for step in self.compiled.chain(place.id) {
                        let name = &self.compiled.attribute(step).attribute.name;
                        spot = spot.below(&key::name(name)?);
                    }
                    parts.push(spot.exists(self.builder.dialect));
                }
                let inner = self.test(inner, place.id)?;
                Some(format!("({} AND {inner})", Builder::join(&parts, "OR")))
            }
            Found::Rest => self.rest(whole, base),
            Found::Source(..) => self.leave(attribute, "brackets on a value of the application"),
        }
    }

    pub(super) fn leave(&mut self, attribute: &CompiledAttribute, why: &str) -> Option<String> {
        self.left.push(format!("{}: {why}", attribute.path));
        None
    }
}

pub(super) fn is_presence(test: &Test) -> bool {
    matches!(test, Test::Present { .. })
}

pub(super) fn constant(truth: bool) -> String {
    if truth { ALWAYS } else { NEVER }.to_owned()
}

pub(super) fn single(name: &str, value: Value<'static>) -> Value<'static> {
    Object::from_unique(vec![(name.to_owned().into(), value)]).into()
}
