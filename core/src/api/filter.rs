//! A filter tied to a schema.

use std::sync::Arc;

use super::{Failure, Input};
use crate::filter::{self, BoundFilter, Expression};
use crate::limits::Limits;
use crate::profile::Profile;
use crate::schema::Compiled;
use crate::value::{Node, Object, Value, to_text};

/// A filter tied to a schema. Cheap to clone, safe to share; evaluation cannot fail.
#[derive(Debug, Clone)]
pub struct Filter {
    parsed: Arc<filter::Filter>,
    bound: Arc<BoundFilter>,
    compiled: Arc<Compiled>,
}

impl Filter {
    pub(super) fn new(
        compiled: &Arc<Compiled>,
        text: &str,
        profile: Profile,
        limits: &Limits,
    ) -> Result<Self, Failure> {
        let parsed = filter::Filter::parse(text, profile, limits)?;
        let bound = parsed.bind(compiled)?;
        Ok(Self {
            parsed: Arc::new(parsed),
            bound: Arc::new(bound),
            compiled: Arc::clone(compiled),
        })
    }

    /// Whether a document fits.
    ///
    /// # Errors
    /// Those of reading the document.
    pub fn matches(&self, document: Input<'_>) -> Result<bool, Failure> {
        let document = document.parse(&self.compiled, &Limits::DEFAULT)?;
        Ok(document.matches(&self.bound))
    }

    /// Whether a host's object fits, in place.
    pub fn matches_node<'a, N: Node<'a>>(&self, node: &N) -> bool {
        self.bound.matches(node)
    }

    /// The tree as JSON: `{"and": […]}`, `{"or": […]}`, `{"not": …}`,
    /// `{"attribute", "operator", "value"?}`, `{"attribute", "filter"}`.
    pub fn expression(&self) -> String {
        to_text(&tree(&self.parsed.expression))
    }

    /// What was bent to read and bind it, as a JSON array.
    pub fn trace(&self) -> String {
        to_text(&self.bound.trace.to_value())
    }
}

impl std::fmt::Display for Filter {
    /// The canonical text.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.parsed.fmt(formatter)
    }
}

// The depth of an expression is bounded by the parser.
fn tree(expression: &Expression) -> Value<'static> {
    let mut object = Object::new();
    match expression {
        Expression::And(parts) => {
            object.insert("and", Value::Array(parts.iter().map(tree).collect()));
        }
        Expression::Or(parts) => {
            object.insert("or", Value::Array(parts.iter().map(tree).collect()));
        }
        Expression::Not(part) => {
            object.insert("not", tree(part));
        }
        Expression::Present { path } => {
            object.insert("attribute", Value::from(path.to_string()));
            object.insert("operator", Value::from("pr"));
        }
        Expression::Compare { path, operator, literal, .. } => {
            object.insert("attribute", Value::from(path.to_string()));
            object.insert("operator", Value::from(operator.as_str()));
            object.insert("value", literal.to_value());
        }
        Expression::ValuePath { path, filter } => {
            object.insert("attribute", Value::from(path.to_string()));
            object.insert("filter", tree(filter));
        }
    }
    object.into()
}
