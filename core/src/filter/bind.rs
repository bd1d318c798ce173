//! A filter tied to a schema.

use super::compare::Target;
use super::{Expression, Literal, Operator, Place};
use crate::error::{Code, Error, Pointer, ScimType, Span};
use crate::name;
use crate::path::{AttributePath, Resolved, resolve, resolve_below, resolve_plain};
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Identity, Kind};
use crate::text::Comparison;
use crate::validate::finding::about;
use crate::validate::fit;

/// A filter tied to a resource type. Evaluation cannot fail.
///
/// ```
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let filter = Filter::parse("userName sw \"RO\"", Profile::STRICT, &Limits::DEFAULT)?;
/// let bound = filter.bind(&builtin::user())?;
/// let users = [read(r#"{"userName": "rosa"}"#)?, read(r#"{"userName": "ida"}"#)?];
/// assert_eq!(users.iter().filter(|user| bound.matches(user)).count(), 1, "case does not count");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BoundFilter {
    /// The tree.
    pub test: Test,
    /// What was bent to read and bind it.
    pub trace: Trace,
    /// What it was bound to.
    pub(super) schema: Identity,
}

/// A bound expression.
///
/// ```
/// use scimforge::filter::{Filter, Test};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
///
/// let filter = Filter::parse("emails.type eq \"work\"", Profile::STRICT, &Limits::DEFAULT)?;
/// let Test::Compare { place, .. } = filter.bind(&builtin::user())?.test else { unreachable!() };
/// assert!(place.multi_valued, "one of several may fit");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub enum Test {
    /// All parts hold.
    And(Vec<Test>),
    /// At least one part holds.
    Or(Vec<Test>),
    /// The part does not hold.
    Not(Box<Test>),
    /// The attribute has a value.
    Present {
        /// Where the value is.
        place: Place,
    },
    /// The attribute's value, or one of them, compares.
    Compare {
        /// Where the value is.
        place: Place,
        /// The operator.
        operator: Operator,
        /// The literal in the attribute's type.
        target: Target,
    },
    /// One of the attribute's values fits.
    Element {
        /// Where the values are.
        place: Place,
        /// What one of them must fit; its places begin at the value.
        test: Box<Test>,
    },
    /// An attribute that is not there: no value, whatever the operator makes of that.
    Constant(bool),
}

impl BoundFilter {
    /// Binds an expression whose names are sub-attributes of `base` ([`AttrId::ROOT`] for a
    /// whole resource).
    ///
    /// ```
    /// use scimforge::filter::{BoundFilter, attribute};
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::{AttrId, builtin};
    /// use scimforge::value::read;
    ///
    /// // What stands in brackets is about one value of an attribute.
    /// let user = builtin::user();
    /// let emails = user.child(AttrId::ROOT, "emails").expect("in the schema").id;
    /// let work = BoundFilter::bind(&attribute("type")?.eq("work"), &user, emails, Profile::STRICT)?;
    /// assert!(work.matches(&&read(r#"{"value": "ida@north.test", "type": "work"}"#)?));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// See [`Filter::bind`](super::Filter::bind).
    pub fn bind(
        expression: &Expression,
        compiled: &Compiled,
        base: AttrId,
        profile: Profile,
    ) -> Result<Self, Error> {
        Self::bind_after(Trace::new(), expression, compiled, base, profile)
    }

    /// The same, with what was bent before.
    pub(super) fn bind_after(
        trace: Trace,
        expression: &Expression,
        compiled: &Compiled,
        base: AttrId,
        profile: Profile,
    ) -> Result<Self, Error> {
        let mut binder = Binder { compiled, profile, trace, base };
        let test = binder.expression(expression)?;
        Ok(Self { test, trace: binder.trace, schema: *compiled.identity() })
    }
}

struct Binder<'c> {
    compiled: &'c Compiled,
    profile: Profile,
    trace: Trace,
    base: AttrId,
}

impl<'c> Binder<'c> {
    // The depth of an expression is bounded by the parser.
    fn expression(&mut self, expression: &Expression) -> Result<Test, Error> {
        Ok(match expression {
            Expression::And(parts) => Test::And(self.parts(parts)?),
            Expression::Or(parts) => Test::Or(self.parts(parts)?),
            Expression::Not(part) => Test::Not(Box::new(self.expression(part)?)),
            Expression::Present { path } => match self.find(path)? {
                Some(id) => Test::Present { place: self.place(id, path.span)? },
                None => Test::Constant(false),
            },
            Expression::Compare { path, operator, literal, literal_span } => {
                self.compare(path, *operator, literal, *literal_span)?
            }
            Expression::ValuePath { path, filter } => self.value_path(path, filter)?,
        })
    }

    fn parts(&mut self, parts: &[Expression]) -> Result<Vec<Test>, Error> {
        let mut tests = Vec::with_capacity(parts.len());
        for part in parts {
            tests.push(self.expression(part)?);
        }
        Ok(tests)
    }

    fn value_path(&mut self, path: &AttributePath, filter: &Expression) -> Result<Test, Error> {
        let Some(id) = self.find(path)? else {
            return Ok(Test::Constant(false));
        };
        let place = self.place(id, path.span)?;
        let outer = std::mem::replace(&mut self.base, id);
        let test = self.expression(filter);
        self.base = outer;
        Ok(Test::Element { place, test: Box::new(test?) })
    }

    /// The attribute that a path names; `None` where an unknown one is tolerated.
    fn find(&mut self, path: &AttributePath) -> Result<Option<AttrId>, Error> {
        if let Some(id) = resolve_plain(self.compiled, self.base, path.as_bytes()) {
            return Ok(Some(id));
        }
        let text = path.as_str();
        let resolved = if self.base == AttrId::ROOT {
            resolve(self.compiled, text, self.profile)
        } else if self.compiled.attribute(self.base).kind != Kind::Complex
            && name::same(text, "value")
        {
            // In the brackets of a simple attribute, `value` is the value itself (FLT-053).
            Resolved::Attribute(self.base)
        } else {
            resolve_below(self.compiled, self.base, text)
        };
        match resolved {
            Resolved::Attribute(AttrId::ROOT) => self.unknown(path, text, AttrId::ROOT, None),
            Resolved::Attribute(id) => Ok(Some(id)),
            Resolved::Bent(id, quirk) => {
                self.trace.bend_text(self.profile, quirk, &Pointer::root(), text, path.span);
                Ok(Some(id))
            }
            Resolved::Unknown { name, parent, nearest } => {
                self.unknown(path, &name, parent, nearest.as_deref())
            }
        }
    }

    fn unknown(
        &mut self,
        path: &AttributePath,
        unknown: &str,
        parent: AttrId,
        nearest: Option<&str>,
    ) -> Result<Option<AttrId>, Error> {
        // Behind a URN, which holds dots itself, the parser cannot tell (NOT-007).
        if unknown.contains('.') && !unknown.contains(':') {
            return Err(Error::new(Code::FilterSyntax)
                .with("expected", "one sub-attribute at most")
                .path(path.as_str())
                .spanning(path.span));
        }
        if self.trace.bend_text(
            self.profile,
            Quirk::UnknownInFilter,
            &Pointer::root(),
            path.as_str(),
            path.span,
        ) {
            return Ok(None);
        }
        let parent = self.compiled.attribute(parent);
        let parent = if parent.path.is_empty() {
            self.compiled.resource_type().name.to_string()
        } else {
            format!("`{}`", parent.path)
        };
        let mut error = Error::new(Code::UnknownAttribute)
            .with("name", unknown)
            .with("parent", parent)
            .path(path.as_str())
            .spanning(path.span)
            .typed(ScimType::InvalidFilter);
        if let Some(nearest) = nearest {
            error = error.helped(format!("did you mean `{nearest}`?"));
        }
        Err(error)
    }

    /// The way to an attribute. A value that is never returned cannot be asked after either
    /// (FLT-051).
    #[inline]
    fn place(&self, id: AttrId, span: Span) -> Result<Place, Error> {
        match Place::of(self.compiled, self.base, id) {
            Ok(place) => Ok(place),
            Err(id) => {
                let attribute = self.compiled.attribute(id);
                Err(about(attribute, Code::NotFilterable).spanning(span).into())
            }
        }
    }

    /// The attribute that a comparison is about: `emails` stands for `emails.value` (FLT-042),
    /// by tolerance `manager` for `manager.value` (FLT-043).
    fn comparable(
        &mut self,
        id: AttrId,
        path: &AttributePath,
        literal: &Literal,
    ) -> Result<&'c CompiledAttribute, Error> {
        let attribute = self.compiled.attribute(id);
        if attribute.kind != Kind::Complex || *literal == Literal::Null {
            return Ok(attribute);
        }
        if let Some(value) = self.compiled.child(id, "value")
            && (attribute.multi_valued
                || self.trace.bend_text(
                    self.profile,
                    Quirk::ImplicitValue,
                    &Pointer::root(),
                    &attribute.path,
                    path.span,
                ))
        {
            return Ok(value);
        }
        let issue = about(attribute, Code::NeedsSubAttribute).spanning(path.span);
        Err(match self.compiled.children(id).next() {
            Some(sub) => issue.helped(format!("name one, such as `{}`", sub.path)),
            None => issue,
        }
        .into())
    }

    fn compare(
        &mut self,
        path: &AttributePath,
        operator: Operator,
        literal: &Literal,
        literal_span: Span,
    ) -> Result<Test, Error> {
        let Some(id) = self.find(path)? else {
            // No value: `ne` something and `eq null` hold, nothing else does (FLT-046).
            let holds = (operator == Operator::Ne) != (*literal == Literal::Null);
            let relevant = matches!(operator, Operator::Eq | Operator::Ne);
            return Ok(Test::Constant(relevant && holds));
        };
        let attribute = self.comparable(id, path, literal)?;
        let place = self.place(attribute.id, path.span)?;
        let mismatch = || {
            Error::from(about(attribute, Code::OperatorMismatch))
                .with("operator", operator.as_str())
                .with("kind", attribute.kind.described())
                .spanning(path.span)
        };
        if *literal == Literal::Null {
            return match operator {
                Operator::Eq => Ok(Test::Not(Box::new(Test::Present { place }))),
                Operator::Ne => Ok(Test::Present { place }),
                _ => Err(mismatch().helped("null goes with eq and ne alone")),
            };
        }
        let textual = matches!(attribute.kind, Kind::String | Kind::Reference);
        if (operator.is_substring() && !textual)
            || (operator.is_ordering() && matches!(attribute.kind, Kind::Boolean | Kind::Binary))
        {
            return Err(mismatch());
        }
        let mut target = self.target(attribute, literal, literal_span)?;
        if let (Target::Reference(_), Literal::String(text)) = (&target, literal)
            && operator.is_substring()
        {
            // A part of a URI is looked for in all of it: only whole ones are equal without
            // their version (SCH-029).
            target = Target::text(text, Comparison::Exact);
        }
        Ok(Test::Compare { place, operator, target })
    }

    /// The literal in the attribute's type.
    fn target(
        &mut self,
        attribute: &CompiledAttribute,
        literal: &Literal,
        span: Span,
    ) -> Result<Target, Error> {
        if let Some(target) = Target::new(attribute, literal) {
            return Ok(target);
        }
        let bent = match (attribute.kind, literal) {
            (Kind::Boolean, Literal::String(text)) => {
                fit::truth(text).map(|truth| (Quirk::BooleanText, Target::Bool(truth)))
            }
            (Kind::Integer | Kind::Decimal, Literal::String(text)) => {
                crate::value::Number::from_text(text.to_string())
                    .map(|number| (Quirk::TextToNumber, Target::Number(number)))
            }
            (Kind::String, Literal::Number(number)) => {
                Target::new(attribute, &Literal::String(number.as_str().into()))
                    .map(|target| (Quirk::NumberToString, target))
            }
            _ => None,
        };
        if let Some((quirk, target)) = bent
            && self.trace.bend_text(self.profile, quirk, &Pointer::root(), &attribute.path, span)
        {
            return Ok(target);
        }
        let error = Error::from(about(attribute, Code::LiteralMismatch))
            .with("kind", attribute.kind.described())
            .with("actual", literal.kind_name())
            .spanning(span);
        Err(match attribute.kind {
            Kind::DateTime => {
                error.helped("write a date and time such as \"2026-03-01T09:30:00Z\"")
            }
            Kind::Boolean => error.helped("write true or false, without quotes"),
            Kind::Integer | Kind::Decimal => error.helped("write a number, without quotes"),
            _ => error.helped("write text in double quotes"),
        })
    }
}
