//! Filters (RFC 7644 §3.4.2.2): parse, print, bind to a schema, evaluate.
//!
//! [`Filter::parse`] makes an [`Expression`] with spans; [`Filter::bind`] checks it against a
//! schema and converts its literals once; [`BoundFilter::matches`] cannot fail.
//!
//! ```
//! use scimforge::filter::Filter;
//! use scimforge::limits::Limits;
//! use scimforge::profile::Profile;
//! use scimforge::schema::builtin;
//! use scimforge::value::read;
//!
//! let user = builtin::user();
//! let ida = read(r#"{"userName": "ida", "emails": [{"value": "ida@north.test", "type": "work"}]}"#)?;
//!
//! let filter = Filter::parse("emails[type eq \"work\" and value ew \"@north.test\"]", Profile::STRICT, &Limits::DEFAULT)?;
//! assert!(filter.bind(&user)?.matches(&&ida));
//!
//! // What is wrong comes with its place in the text and, where there is one, a suggestion.
//! let typo = Filter::parse("emails[tpye eq \"work\"]", Profile::STRICT, &Limits::DEFAULT)?;
//! let error = typo.bind(&user).expect_err("no such sub-attribute");
//! assert_eq!(error.code().as_str(), "unknown-attribute");
//! assert_eq!(error.issue().span.map(|span| span.start), Some(7));
//! assert_eq!(error.issue().help().as_deref(), Some("did you mean `type`?"));
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod ast;
mod bind;
mod build;
mod compare;
mod eval;
mod explain;
mod json;
mod parse;
mod place;
mod print;
mod scan;
mod simplify;
#[cfg(test)]
mod tests;
mod walk;

pub use ast::{Expression, Literal, Operator};
pub use bind::{BoundFilter, Test};
pub use build::{Attribute, attribute};
pub use compare::Target;
#[cfg(feature = "server")]
pub use explain::{Explanation, Reason};
pub(crate) use json::Origin;
pub(crate) use parse::Parser;
pub use place::Place;
pub(crate) use place::Places;
#[cfg(feature = "server")]
pub(crate) use print::Shape;
pub use walk::Walk;

use crate::error::Error;
use crate::limits::Limits;
use crate::profile::{Profile, Trace};
use crate::schema::{AttrId, Compiled};

/// A filter as it was written.
///
/// ```
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
///
/// let text = "TITLE   eq Baker";
/// let filter = Filter::parse(text, Profile::LENIENT, &Limits::DEFAULT)?;
/// assert_eq!(filter.to_string(), "TITLE eq \"Baker\"");
/// assert_eq!(filter.trace.entries().len(), 2, "the blanks and the missing quotes");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// The tree.
    pub expression: Expression,
    /// What was bent to read it.
    pub trace: Trace,
    profile: Profile,
}

impl Filter {
    /// Reads a filter.
    ///
    /// ```
    /// use scimforge::filter::Filter;
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    ///
    /// assert!(Filter::parse("title pr", Profile::STRICT, &Limits::DEFAULT).is_ok());
    /// let error = Filter::parse("title is \"x\"", Profile::STRICT, &Limits::DEFAULT).expect_err("is");
    /// assert_eq!(error.code().as_str(), "unknown-operator");
    /// ```
    ///
    /// # Errors
    /// `filter-empty`, `filter-syntax`, `unknown-operator`, `nested-value-path`,
    /// `filter-too-long`, `filter-too-deep`, `filter-too-many-terms`, each with its span.
    pub fn parse(text: &str, profile: Profile, limits: &Limits) -> Result<Self, Error> {
        let mut parser = Parser::new(text, profile, limits)?;
        let expression = parser.filter()?;
        Ok(Self { expression, trace: parser.into_trace(), profile })
    }

    /// Ties the filter to a resource type: names become attributes, operators are checked
    /// against types, literals are converted and folded once.
    ///
    /// ```
    /// use scimforge::filter::Filter;
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    ///
    /// let filter = Filter::parse("active gt true", Profile::STRICT, &Limits::DEFAULT)?;
    /// let error = filter.bind(&builtin::user()).expect_err("booleans have no order");
    /// assert_eq!(error.code().as_str(), "operator-mismatch");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `unknown-attribute`, `needs-sub-attribute`, `operator-mismatch`, `literal-mismatch`,
    /// `not-filterable`, all with `scimType` invalidFilter and their span.
    pub fn bind(&self, compiled: &Compiled) -> Result<BoundFilter, Error> {
        let trace = self.trace.clone();
        BoundFilter::bind_after(trace, &self.expression, compiled, AttrId::ROOT, self.profile)
    }
}

impl std::fmt::Display for Filter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.expression.fmt(formatter)
    }
}
