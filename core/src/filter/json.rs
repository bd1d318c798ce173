//! A tree as JSON, to and fro.
//!
//! `{"and": […]}`, `{"or": […]}`, `{"not": …}`, `{"attribute", "operator": "pr"}`,
//! `{"attribute", "operator", "value"}` and `{"attribute", "filter"}`.

use super::{Expression, Filter, Literal, Operator, attribute};
use crate::error::{Code, Error, Pointer, Span};
use crate::name;
use crate::value::{Object, Value};

impl Expression {
    /// The tree as JSON.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    /// use scimforge::value::to_text;
    ///
    /// let expression = attribute("title")?.eq("Baker").and(!attribute("active")?.pr());
    /// assert_eq!(
    ///     to_text(&expression.to_value()),
    ///     "{\"and\":[{\"attribute\":\"title\",\"operator\":\"eq\",\"value\":\"Baker\"},\
    ///      {\"not\":{\"attribute\":\"active\",\"operator\":\"pr\"}}]}"
    /// );
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    // The depth of an expression is bounded by the parser.
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        let all = |parts: &[Self]| Value::Array(parts.iter().map(Self::to_value).collect());
        match self {
            Self::And(parts) => {
                object.insert("and", all(parts));
            }
            Self::Or(parts) => {
                object.insert("or", all(parts));
            }
            Self::Not(part) => {
                object.insert("not", part.to_value());
            }
            Self::Present { path } => {
                object.insert("attribute", Value::from(path.to_string()));
                object.insert("operator", Value::from("pr"));
            }
            Self::Compare { path, operator, literal, .. } => {
                object.insert("attribute", Value::from(path.to_string()));
                object.insert("operator", Value::from(operator.as_str()));
                object.insert("value", literal.to_value());
            }
            Self::ValuePath { path, filter } => {
                object.insert("attribute", Value::from(path.to_string()));
                object.insert("filter", filter.to_value());
            }
        }
        object.into()
    }

    /// The tree that JSON describes, as [`to_value`](Self::to_value) gives it. Make a filter of
    /// it with [`Filter::new`].
    ///
    /// ```
    /// use scimforge::filter::Expression;
    /// use scimforge::value::read;
    ///
    /// let tree = read(r#"{"not": {"attribute": "title", "operator": "pr"}}"#)?;
    /// assert_eq!(Expression::from_value(&tree)?.to_string(), "not (title pr)");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-expression`, `unknown-operator` and `nested-value-path`, with their place.
    // The depth of a value is bounded by what read it.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        Origin::default().expression(value)
    }
}

/// Where the attributes of a tree stand in the JSON that it came from, in order.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    leaves: Vec<Pointer>,
    at: Pointer,
    in_brackets: bool,
}

impl Origin {
    pub(crate) fn expression(&mut self, value: &Value<'_>) -> Result<Expression, Error> {
        let Value::Object(object) = value else {
            return Err(self.expected("an object with `and`, `or`, `not` or `attribute`"));
        };
        for (name, _) in object.iter() {
            self.known(name, &["and", "or", "not", "attribute", "operator", "value", "filter"])?;
        }
        let mut kinds = ["and", "or", "not", "attribute"]
            .into_iter()
            .filter_map(|kind| object.get(kind).map(|inner| (kind, inner)));
        let (Some((kind, inner)), None) = (kinds.next(), kinds.next()) else {
            return Err(self.expected("one of `and`, `or`, `not` and `attribute`"));
        };
        if kind == "attribute" {
            return self.leaf(object, inner);
        }
        for (name, _) in object.iter() {
            self.known(name, &[kind])?;
        }
        self.within(self.at.name(kind), |this| {
            Ok(match kind {
                "not" => !this.expression(inner)?,
                "and" => Expression::And(this.parts(inner)?),
                _ => Expression::Or(this.parts(inner)?),
            })
        })
    }

    fn parts(&mut self, value: &Value<'_>) -> Result<Vec<Expression>, Error> {
        let parts = match value.as_array() {
            None | Some([]) => return Err(self.expected("an array of one expression or more")),
            Some(parts) => parts,
        };
        let mut read = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            read.push(self.within(self.at.index(index), |this| this.expression(part))?);
        }
        Ok(read)
    }

    fn leaf(&mut self, object: &Object<'_>, path: &Value<'_>) -> Result<Expression, Error> {
        self.leaves.push(self.at.clone());
        let attribute = path.as_str().and_then(|path| attribute(path).ok()).ok_or_else(|| {
            self.within(self.at.name("attribute"), |this| this.expected("an attribute name"))
        })?;
        if let Some(filter) = object.get("filter") {
            for (name, _) in object.iter() {
                self.known(name, &["attribute", "filter"])?;
            }
            return self.within(self.at.name("filter"), |this| {
                if std::mem::replace(&mut this.in_brackets, true) {
                    return Err(Error::new(Code::NestedValuePath).at(this.at.clone()));
                }
                let inner = this.expression(filter)?;
                this.in_brackets = false;
                Ok(attribute.value_path(inner))
            });
        }
        let operator = object.get("operator").and_then(Value::as_str);
        let value = object.get("value");
        if operator.is_some_and(|operator| name::same(operator, "pr")) {
            return match value {
                None => Ok(attribute.pr()),
                Some(_) => {
                    Err(self
                        .within(self.at.name("value"), |this| this.expected("no value with `pr`")))
                }
            };
        }
        let operator =
            self.within(self.at.name("operator"), |this| match operator.map(Operator::parse) {
                Some(Some(operator)) => Ok(operator),
                Some(None) => Err(this.expected("eq, ne, co, sw, ew, gt, ge, lt, le or pr")),
                None => Err(this.expected("an operator, or `filter` in its place")),
            })?;
        let literal = self.within(self.at.name("value"), |this| {
            value
                .and_then(literal)
                .ok_or_else(|| this.expected("text, a number, a boolean or null"))
        })?;
        Ok(attribute.compare(operator, literal))
    }

    /// Refuses members that mean nothing here, with their place.
    fn known(&mut self, name: &str, known: &[&'static str]) -> Result<(), Error> {
        if known.iter().any(|known| name::same(known, name)) {
            return Ok(());
        }
        let error = self.within(self.at.name(name), |this| this.expected("no member of this name"));
        Err(match name::nearest(name, known.iter().copied()) {
            Some(nearest) => error.helped(format!("did you mean `{nearest}`?")),
            None => error,
        })
    }

    fn within<T>(&mut self, at: Pointer, run: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.at, at);
        let result = run(self);
        self.at = outer;
        result
    }

    fn expected(&self, what: &'static str) -> Error {
        Error::new(Code::InvalidExpression).with("expected", what).at(self.at.clone())
    }

    /// An error about the canonical text, which nobody has seen, told of the JSON.
    pub(crate) fn place(&self, error: Error, filter: Option<&Filter>) -> Error {
        let Some(span) = error.issue().span else { return error };
        let leaves = filter.into_iter().flat_map(|filter| filter.expression.walk());
        let found = leaves
            .filter(|(node, _)| node.path().is_some())
            .zip(&self.leaves)
            .find_map(|((node, _), at)| Some((at, member(node, span)?)));
        error.map(|mut issue| {
            issue.span = None;
            match found {
                Some((at, member)) => issue.at(at.clone().name(member)),
                None => issue,
            }
        })
    }
}

/// Which member of a leaf a place in the text is about.
fn member(leaf: &Expression, span: Span) -> Option<&'static str> {
    match leaf {
        Expression::Compare { literal_span, .. } if *literal_span == span => Some("value"),
        leaf if leaf.path().is_some_and(|path| path.span == span) => Some("attribute"),
        _ => None,
    }
}

fn literal(value: &Value<'_>) -> Option<Literal> {
    Some(match value {
        Value::Null => Literal::Null,
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number.clone().into(),
        Value::String(text) => text.as_ref().into(),
        Value::Array(_) | Value::Object(_) => return None,
    })
}
