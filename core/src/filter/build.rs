//! Filters composed from code, without pasting strings.
//!
//! ```
//! use scimforge::filter::{Filter, attribute};
//! use scimforge::limits::Limits;
//! use scimforge::profile::Profile;
//!
//! // What somebody typed, with a quote in it.
//! let typed = "O\"Neil";
//! let staff = attribute("name.familyName")?
//!     .eq(typed)
//!     .and(attribute("emails")?.value_path(attribute("type")?.eq("work")))
//!     .and(!attribute("active")?.eq(false));
//! let filter = Filter::new(&staff, Profile::STRICT, &Limits::DEFAULT)?;
//! assert_eq!(
//!     filter.to_string(),
//!     r#"name.familyName eq "O\"Neil" and emails[type eq "work"] and not (active eq false)"#
//! );
//! # Ok::<(), scimforge::error::Error>(())
//! ```

use std::ops::Not;

use super::{Expression, Filter, Literal, Operator, Parser};
use crate::error::{Code, Error, ScimType, Span};
use crate::limits::Limits;
use crate::path::AttributePath;
use crate::profile::{Profile, Trace};
use crate::value::Number;

/// The place of what stands in no text.
const NOWHERE: Span = Span { start: 0, end: 0 };

/// An attribute, to be compared: `userName`, `name.familyName` or `urn:…:User:department`.
///
/// ```
/// use scimforge::filter::attribute;
///
/// let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
/// assert_eq!(attribute(urn)?.pr().to_string(), format!("{urn} pr"));
/// assert!(attribute("two words").is_err());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `filter-syntax` for a text that is no attribute's name. Whether a schema has the attribute is
/// seen when the filter is bound.
pub fn attribute(path: &str) -> Result<Attribute, Error> {
    match AttributePath::parse(path, NOWHERE) {
        Some(path) => Ok(Attribute { path }),
        None => Err(Error::new(Code::FilterSyntax)
            .with("expected", "an attribute name")
            .typed(ScimType::InvalidFilter)),
    }
}

/// An attribute that a comparison begins with, made by [`attribute`].
///
/// ```
/// use scimforge::filter::attribute;
///
/// let mail = attribute("emails.value")?;
/// assert_eq!(mail.clone().ew("@north.test").or(mail.eq("ida@x.test")).to_string(),
///     r#"emails.value ew "@north.test" or emails.value eq "ida@x.test""#);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    path: AttributePath,
}

impl Attribute {
    /// `attribute pr`: it has a value.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("title")?.pr().to_string(), "title pr");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn pr(self) -> Expression {
        Expression::Present { path: self.path }
    }

    /// `attribute operator literal`.
    ///
    /// ```
    /// use scimforge::filter::{Operator, attribute};
    ///
    /// let operator = Operator::parse("ne").expect("an operator");
    /// assert_eq!(attribute("active")?.compare(operator, true).to_string(), "active ne true");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn compare(self, operator: Operator, literal: impl Into<Literal>) -> Expression {
        let literal = literal.into();
        Expression::Compare { path: self.path, operator, literal, literal_span: NOWHERE }
    }

    /// `attribute[filter]`: one and the same value fits the filter, whose attributes are
    /// sub-attributes.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// let work = attribute("emails")?.value_path(attribute("type")?.eq("work"));
    /// assert_eq!(work.to_string(), r#"emails[type eq "work"]"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn value_path(self, filter: Expression) -> Expression {
        Expression::ValuePath { path: self.path, filter: Box::new(filter) }
    }

    /// Equal.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("userName")?.eq("ida").to_string(), r#"userName eq "ida""#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn eq(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Eq, literal)
    }

    /// Not equal.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("active")?.ne(true).to_string(), "active ne true");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn ne(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Ne, literal)
    }

    /// Contains.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("displayName")?.co("berg").to_string(), r#"displayName co "berg""#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn co(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Co, literal)
    }

    /// Starts with.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("title")?.sw("Head").to_string(), r#"title sw "Head""#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn sw(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Sw, literal)
    }

    /// Ends with.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("emails.value")?.ew(".test").to_string(), r#"emails.value ew ".test""#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn ew(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Ew, literal)
    }

    /// Greater than.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// let since = attribute("meta.created")?.gt("2026-03-01T09:30:00Z");
    /// assert_eq!(since.to_string(), r#"meta.created gt "2026-03-01T09:30:00Z""#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn gt(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Gt, literal)
    }

    /// Greater than or equal.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("seats")?.ge(4).to_string(), "seats ge 4");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn ge(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Ge, literal)
    }

    /// Less than.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("seats")?.lt(4).to_string(), "seats lt 4");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn lt(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Lt, literal)
    }

    /// Less than or equal.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// assert_eq!(attribute("seats")?.le(4).to_string(), "seats le 4");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn le(self, literal: impl Into<Literal>) -> Expression {
        self.compare(Operator::Le, literal)
    }
}

impl Expression {
    /// Both hold.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// let both = attribute("title")?.pr().and(attribute("active")?.eq(true));
    /// assert_eq!(both.to_string(), "title pr and active eq true");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::And(vec![self, other])
    }

    /// At least one holds.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// let some = attribute("title")?.pr().or(attribute("nickName")?.pr());
    /// assert_eq!(some.to_string(), "title pr or nickName pr");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::Or(vec![self, other])
    }

    /// The attribute of a comparison or value path.
    ///
    /// ```
    /// use scimforge::filter::attribute;
    ///
    /// let leaf = attribute("title")?.pr();
    /// assert_eq!(leaf.path().map(|path| path.as_str()), Some("title"));
    /// assert!((!leaf).path().is_none());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn path(&self) -> Option<&AttributePath> {
        match self {
            Self::Present { path } | Self::Compare { path, .. } | Self::ValuePath { path, .. } => {
                Some(path)
            }
            Self::And(_) | Self::Or(_) | Self::Not(_) => None,
        }
    }
}

impl Not for Expression {
    type Output = Self;

    /// It does not hold.
    fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl Filter {
    /// The filter of a tree that was made by hand; `profile` is what it is bound with.
    ///
    /// The tree is that of the canonical text, with spans into it: `and` and `or` are flat.
    ///
    /// ```
    /// use scimforge::filter::{Filter, attribute};
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let filter = Filter::new(&attribute("title")?.pr(), Profile::STRICT, &Limits::DEFAULT)?;
    /// assert!(filter.bind(&builtin::user())?.matches(&&read(r#"{"title": "Baker"}"#)?));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading the canonical text: `filter-syntax` for an `and` or `or` without parts,
    /// `nested-value-path`, `filter-too-long`, `filter-too-deep`, `filter-too-many-terms`.
    pub fn new(expression: &Expression, profile: Profile, limits: &Limits) -> Result<Self, Error> {
        expression.check_height(limits)?;
        // One reader decides what a filter is, whichever way it came.
        let read = |text: &str| Parser::new(text, Profile::STRICT, limits)?.filter();
        let text = expression.to_string();
        let mut expression = read(&text)?;
        let canonical = expression.to_string();
        if canonical != text {
            // It was not flat; its places are to be those of the canonical text.
            expression = read(&canonical)?;
        }
        Ok(Self { expression, trace: Trace::new(), profile })
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<bool> for Literal {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<i32> for Literal {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl From<Number<'_>> for Literal {
    fn from(number: Number<'_>) -> Self {
        Self::Number(number.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(expression: &Expression) -> Result<String, Code> {
        Filter::new(expression, Profile::STRICT, &Limits::DEFAULT)
            .map(|filter| filter.to_string())
            .map_err(|error| error.code())
    }

    fn a() -> Attribute {
        attribute("a").unwrap()
    }

    #[test]
    fn a_value_cannot_leave_its_quotes() {
        for value in ["\"", "\\", "\\\" or a pr or b eq \"", "\n\u{0}\u{1f}", "é😀\u{2028}"] {
            let filter =
                Filter::new(&a().eq(value), Profile::STRICT, &Limits::DEFAULT).expect(value);
            let Expression::Compare { literal, .. } = &filter.expression else { panic!("{value}") };
            assert_eq!(literal, &Literal::from(value));
        }
    }

    #[test]
    fn a_name_cannot_be_more_than_a_name() {
        for name in ["", "a eq", "a or b", "a[b", "a.b.c", "a\"", "(a)", "1a", "a]", "é"] {
            assert_eq!(attribute(name).unwrap_err().code(), Code::FilterSyntax, "{name}");
        }
        for name in ["not", "and", "or", "pr", "$ref", "name.familyName", "urn:a:b:1.0:C:d.e"] {
            let attribute = || attribute(name).expect(name);
            for expression in [
                attribute().pr(),
                attribute().eq(1).and(!attribute().co("x")),
                attribute().value_path(attribute().ne(true)),
            ] {
                built(&expression).expect(name);
            }
        }
    }

    #[test]
    fn what_cannot_be_written_cannot_be_built() {
        let nested = a().value_path(a().value_path(a().pr()));
        assert_eq!(built(&nested), Err(Code::NestedValuePath));
        assert_eq!(built(&Expression::And(Vec::new())), Err(Code::FilterEmpty));
        assert_eq!(built(&a().pr().and(Expression::Or(Vec::new()))), Err(Code::FilterSyntax));
        assert_eq!(built(&a().eq("x".repeat(9_000))), Err(Code::FilterTooLong));
        let wide = (0..300).map(|_| a().pr()).collect();
        assert_eq!(built(&Expression::Or(wide)), Err(Code::FilterTooManyTerms));
    }

    #[test]
    fn the_tree_is_flat_and_has_the_places_of_its_text() {
        let tree = a().pr().and(a().eq(1).and(a().pr())).or(a().pr().or(a().pr()));
        let filter = Filter::new(&tree, Profile::STRICT, &Limits::DEFAULT).unwrap();
        let text = filter.to_string();
        assert_eq!(text, "a pr and a eq 1 and a pr or a pr or a pr");
        assert_eq!(filter, Filter::parse(&text, Profile::STRICT, &Limits::DEFAULT).unwrap());
    }
}
