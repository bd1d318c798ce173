//! Why a resource fits a filter, or does not.
//!
//! ```
//! use scimforge::filter::{Filter, Reason};
//! use scimforge::limits::Limits;
//! use scimforge::profile::Profile;
//! use scimforge::schema::builtin;
//! use scimforge::value::read;
//!
//! let ida = read(r#"{"userName": "ida", "emails": [{"value": "ida@home.test", "type": "home"}]}"#)?;
//! let text = "userName eq \"ida\" and title pr";
//! let filter = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT)?;
//! let explanation = filter.explain(&builtin::user(), &&ida)?;
//! assert!(!explanation.matches);
//! let Reason::And(parts) = &explanation.reason else { unreachable!() };
//! assert_eq!(parts.iter().map(|part| part.matches).collect::<Vec<_>>(), [true, false]);
//! # Ok::<(), scimforge::error::Error>(())
//! ```

use super::eval::Evaluation;
use super::{BoundFilter, Expression, Filter, Operator, Place, Test};
use crate::error::{Error, Span};
use crate::schema::{AttrId, Compiled, Step};
use crate::value::{Node, Object, Value, View};

/// Whether a part of a filter holds, and why. It says nothing of the values of the resource.
///
/// ```
/// use scimforge::filter::{Explanation, Filter};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let filter = Filter::parse("title pr or active eq true", Profile::STRICT, &Limits::DEFAULT)?;
/// let Explanation { matches, .. } =
///     filter.explain(&builtin::user(), &&read(r#"{"active": true}"#)?)?;
/// assert!(matches);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// Whether the part holds.
    pub matches: bool,
    /// What that rests on.
    pub reason: Reason,
}

/// What the answer of a part rests on.
///
/// ```
/// use scimforge::filter::{Filter, Reason};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let ida = read(r#"{"emails": [{"type": "home"}, {"type": "work"}]}"#)?;
/// let filter = Filter::parse("emails[type eq \"work\"]", Profile::STRICT, &Limits::DEFAULT)?;
/// let explanation = filter.explain(&builtin::user(), &&ida)?;
/// assert!(matches!(explanation.reason, Reason::ValuePath { elements: 2, element: Some(1), .. }));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// The parts of an `and`.
    And(Vec<Explanation>),
    /// The parts of an `or`.
    Or(Vec<Explanation>),
    /// What is negated.
    Not(Box<Explanation>),
    /// A comparison, or `pr`.
    Comparison {
        /// The attribute as it was written.
        attribute: Box<str>,
        /// Its canonical path; `None` for one that the schema lacks, where that is tolerated.
        scim_path: Option<Box<str>>,
        /// The operator; `None` for `pr`.
        operator: Option<Operator>,
        /// From the attribute up to the literal, in the text of the filter.
        span: Span,
        /// Whether the resource has a value there.
        present: bool,
        /// Of several values, the first that fits (for `ne`, the first that is equal after all).
        element: Option<usize>,
    },
    /// A value path.
    ValuePath {
        /// The attribute as it was written.
        attribute: Box<str>,
        /// Its canonical path; `None` for one that the schema lacks, where that is tolerated.
        scim_path: Option<Box<str>>,
        /// Where the attribute stands in the text of the filter.
        span: Span,
        /// How many values there are.
        elements: usize,
        /// Of several values, the first that fits; else the first that fits as many parts of
        /// the inner filter as any.
        element: Option<usize>,
        /// The inner filter on that value; `None` where there is no value.
        filter: Option<Box<Explanation>>,
    },
}

impl Filter {
    /// Tells for every part of the filter whether it holds of a resource. It matches if and only
    /// if [`BoundFilter::matches`] does.
    ///
    /// ```
    /// use scimforge::filter::{Filter, Reason};
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let filter = Filter::parse("title eq \"Baker\"", Profile::STRICT, &Limits::DEFAULT)?;
    /// let explanation = filter.explain(&builtin::user(), &&read(r#"{"title": "Cook"}"#)?)?;
    /// // It does not match, although there is a title.
    /// assert!(matches!(explanation.reason, Reason::Comparison { present: true, .. }));
    /// assert!(!explanation.matches);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Filter::bind`].
    pub fn explain<'a, N: Node<'a>>(
        &self,
        compiled: &Compiled,
        node: &N,
    ) -> Result<Explanation, Error> {
        let bound = self.bind(compiled)?;
        Ok(bound.explain(&self.expression, compiled, node))
    }
}

impl BoundFilter {
    /// The same for a filter that is bound already, with the tree that it was bound from.
    pub(crate) fn explain<'a, N: Node<'a>>(
        &self,
        expression: &Expression,
        compiled: &Compiled,
        node: &N,
    ) -> Explanation {
        let evaluation = Evaluation { schema: &self.schema };
        Explainer { compiled, evaluation }.part(expression, &self.test, node)
    }
}

struct Explainer<'c> {
    compiled: &'c Compiled,
    evaluation: Evaluation<'c>,
}

impl Explainer<'_> {
    // A tree and its test have the same shape, whose depth is bounded by the parser.
    fn part<'a, N: Node<'a>>(&self, expression: &Expression, test: &Test, node: &N) -> Explanation {
        let parts = |parts: &[Expression], tests: &[Test]| -> Vec<Explanation> {
            parts.iter().zip(tests).map(|(part, test)| self.part(part, test, node)).collect()
        };
        let reason = match (expression, test) {
            (Expression::And(of), Test::And(tests)) => Reason::And(parts(of, tests)),
            (Expression::Or(of), Test::Or(tests)) => Reason::Or(parts(of, tests)),
            (Expression::Not(part), Test::Not(test)) => {
                Reason::Not(Box::new(self.part(part, test, node)))
            }
            (Expression::ValuePath { path, filter }, test) => {
                let place = place(test);
                let (elements, found) = self.evaluation.fitting(test, node);
                Reason::ValuePath {
                    attribute: path.as_str().into(),
                    scim_path: self.scim_path(place),
                    span: path.span,
                    elements,
                    element: found.as_ref().and_then(|(_, element)| *element),
                    filter: found.and_then(|(value, _)| match test {
                        Test::Element { test, .. } => {
                            Some(Box::new(self.part(filter, test, &value)))
                        }
                        _ => None,
                    }),
                }
            }
            (Expression::Compare { path, operator, literal_span, .. }, test) => {
                Reason::Comparison {
                    attribute: path.as_str().into(),
                    scim_path: self.scim_path(place(test)),
                    operator: Some(*operator),
                    span: Span::new(path.span.start, literal_span.end),
                    present: self.evaluation.is_there(test, node),
                    element: self.evaluation.deciding(test, node),
                }
            }
            (leaf, test) => {
                let path = leaf.path();
                Reason::Comparison {
                    attribute: path.map_or("", |path| path.as_str()).into(),
                    scim_path: self.scim_path(place(test)),
                    operator: None,
                    span: path.map_or(Span::new(0, 0), |path| path.span),
                    present: self.evaluation.is_there(test, node),
                    element: self.evaluation.deciding(test, node),
                }
            }
        };
        Explanation { matches: self.evaluation.holds(test, node), reason }
    }

    fn scim_path(&self, place: Option<&Place>) -> Option<Box<str>> {
        place
            .filter(|place| place.id != AttrId::ROOT)
            .map(|place| self.compiled.attribute(place.id).path.clone())
    }
}

/// The place that a leaf looks at; none for an attribute that is not there.
fn place(test: &Test) -> Option<&Place> {
    match test {
        Test::Present { place } | Test::Compare { place, .. } | Test::Element { place, .. } => {
            Some(place)
        }
        // `eq null` is bound as the negation of `pr`.
        Test::Not(inner) => place(inner),
        Test::And(_) | Test::Or(_) | Test::Constant(_) => None,
    }
}

impl Evaluation<'_> {
    fn is_there<'a, N: Node<'a>>(&self, test: &Test, node: &N) -> bool {
        place(test).is_some_and(|place| self.holds(&Test::Present { place: place.clone() }, node))
    }

    /// The element of a list that decides a leaf.
    fn deciding<'a, N: Node<'a>>(&self, test: &Test, node: &N) -> Option<usize> {
        let place = place(test).filter(|place| place.multi_valued)?;
        let mut found = None;
        self.in_list(node, &place.names, &mut |item, index, rest| {
            let place = Place { names: rest.into(), ..place.clone() };
            let test = match test {
                Test::Compare { operator, target, .. } => {
                    let operator = if *operator == Operator::Ne { Operator::Eq } else { *operator };
                    Test::Compare { place, operator, target: target.clone() }
                }
                _ => Test::Present { place },
            };
            if self.holds(&test, item) {
                found = Some(index);
            }
            found.is_some()
        });
        found
    }

    /// How many values there are, and which of them to explain, with its index in a list.
    fn fitting<'a, N: Node<'a>>(
        &self,
        test: &Test,
        node: &N,
    ) -> (usize, Option<(N, Option<usize>)>) {
        let Test::Element { place, test } = test else { return (0, None) };
        let mut count = 0;
        let mut best: Option<(usize, N, usize)> = None;
        let is_list = self.in_list(node, &place.names, &mut |item, index, rest| {
            self.any_value(item, rest, &mut |value| {
                count += 1;
                if best.as_ref().is_none_or(|(score, ..)| *score != usize::MAX) {
                    let score = self.score(test, value);
                    if best.as_ref().is_none_or(|(before, ..)| *before < score) {
                        best = Some((score, value.clone(), index));
                    }
                }
                false
            });
            false
        });
        if !is_list {
            let mut only = None;
            self.any_value(node, &place.names, &mut |value| {
                only = Some((value.clone(), None));
                true
            });
            return (usize::from(only.is_some()), only);
        }
        (count, best.map(|(_, value, index)| (value, Some(index))))
    }

    /// How much of a test holds: nothing beats all of it.
    fn score<'a, N: Node<'a>>(&self, test: &Test, value: &N) -> usize {
        match test {
            test if self.holds(test, value) => usize::MAX,
            Test::And(parts) => parts.iter().filter(|part| self.holds(part, value)).count(),
            _ => 0,
        }
    }

    /// Calls `visit` with the elements of the first array on the way along `names`, each with its
    /// index and the names that are left, until it says `true`. Whether there is an array.
    fn in_list<'a, N: Node<'a>>(
        &self,
        node: &N,
        names: &[Step],
        visit: &mut VisitItem<'_, N>,
    ) -> bool {
        match (node.view(), names.split_first()) {
            (View::List(items), _) => {
                for (index, item) in items.enumerate() {
                    // As in evaluation: neither is a value.
                    if !matches!(item.view(), View::List(_) | View::Null)
                        && visit(&item, index, names)
                    {
                        break;
                    }
                }
                true
            }
            (View::Map(_), Some((first, rest))) => node
                .member(first.id, &first.name, self.schema)
                .is_some_and(|value| self.in_list(&value, rest, visit)),
            _ => false,
        }
    }
}

type VisitItem<'v, N> = dyn FnMut(&N, usize, &[Step]) -> bool + 'v;

impl Explanation {
    /// The explanation as data: `{"matches", "and": […]}`, `{"matches", "or": […]}`,
    /// `{"matches", "not": …}`, `{"matches", "attribute", "operator", "scimPath"?, "span",
    /// "present", "element"?}`, `{"matches", "attribute", "scimPath"?, "span", "elements",
    /// "element"?, "filter"?}`.
    ///
    /// ```
    /// use scimforge::filter::Filter;
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let filter = Filter::parse("title pr", Profile::STRICT, &Limits::DEFAULT)?;
    /// let explanation = filter.explain(&builtin::user(), &&read(r#"{"title": "Cook"}"#)?)?;
    /// assert_eq!(
    ///     explanation.to_value().to_string(),
    ///     r#"{"matches":true,"attribute":"title","operator":"pr","scimPath":"title","span":[0,5],"present":true}"#
    /// );
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("matches", Value::from(self.matches));
        let all = |parts: &[Self]| Value::Array(parts.iter().map(Self::to_value).collect());
        let span =
            |span: &Span| Value::Array(vec![Value::count(span.start), Value::count(span.end)]);
        match &self.reason {
            Reason::And(parts) => {
                object.insert("and", all(parts));
            }
            Reason::Or(parts) => {
                object.insert("or", all(parts));
            }
            Reason::Not(part) => {
                object.insert("not", part.to_value());
            }
            Reason::Comparison { attribute, scim_path, operator, span: at, present, element } => {
                object.insert("attribute", Value::from(attribute.to_string()));
                let operator = operator.map_or("pr", Operator::as_str);
                object.insert("operator", Value::from(operator));
                if let Some(path) = scim_path {
                    object.insert("scimPath", Value::from(path.to_string()));
                }
                object.insert("span", span(at));
                object.insert("present", Value::from(*present));
                if let Some(element) = element {
                    object.insert("element", Value::count(*element));
                }
            }
            Reason::ValuePath { attribute, scim_path, span: at, elements, element, filter } => {
                object.insert("attribute", Value::from(attribute.to_string()));
                if let Some(path) = scim_path {
                    object.insert("scimPath", Value::from(path.to_string()));
                }
                object.insert("span", span(at));
                object.insert("elements", Value::count(*elements));
                if let Some(element) = element {
                    object.insert("element", Value::count(*element));
                }
                if let Some(filter) = filter {
                    object.insert("filter", filter.to_value());
                }
            }
        }
        object.into()
    }
}
