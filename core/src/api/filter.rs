//! A filter tied to a schema.

use std::sync::Arc;

use super::options::{limits, only, profile, read_options};
use super::{Failure, Input, Schema};
use crate::error::{Error, Span, caret};
use crate::filter::{self, BoundFilter, Origin};
use crate::limits::Limits;
use crate::profile::Profile;
use crate::schema::Compiled;
use crate::value::{Node, Value, to_text};

/// A filter tied to a schema. Cheap to clone, safe to share; evaluation cannot fail.
///
/// ```
/// use scimforge::api::{Input, Schema};
///
/// let filter = Schema::named("User")?.filter("userName sw \"I\"", "")?;
/// assert!(filter.matches(Input::Text(r#"{"userName": "ida"}"#))?);
/// assert!(!filter.matches(Input::Text(r#"{"userName": "rosa"}"#))?);
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone)]
pub struct Filter {
    made: Arc<Made>,
}

/// All that a filter is, in one piece of memory: hosts make many.
#[derive(Debug)]
struct Made {
    text: Box<str>,
    parsed: filter::Filter,
    bound: BoundFilter,
    compiled: Arc<Compiled>,
}

impl Schema {
    /// A filter tied to this schema. Options: `profile` (default lenient), `limits`.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let users = Schema::named("User")?;
    /// let strict = users.filter("active eq \"True\"", r#"{"profile": "strict"}"#);
    /// assert_eq!(strict.expect_err("text").issues[0].code.as_str(), "literal-mismatch");
    /// assert!(users.filter("active eq \"True\"", "").is_ok(), "lenient by default");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`filter::Filter::parse`](crate::filter::Filter::parse) and
    /// [`bind`](crate::filter::Filter::bind), with spans.
    pub fn filter(&self, text: &str, options: &str) -> Result<Filter, Failure> {
        let (profile, limits) = asked(options)?;
        Filter::new(self.compiled(), text, profile, &limits)
    }

    /// A filter for documents of this schema, made of a tree as [`Filter::expression`] gives it.
    /// Options: `profile` (default lenient), `limits`.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let tree = Input::Text(r#"{"attribute": "title", "operator": "eq", "value": "Cook"}"#);
    /// assert_eq!(Schema::named("User")?.filter_from(tree, "")?.to_string(), r#"title eq "Cook""#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading the tree, of
    /// [`Expression::from_value`](crate::filter::Expression::from_value), of
    /// [`filter::Filter::new`] and
    /// [`bind`](crate::filter::Filter::bind), with their place in the tree.
    pub fn filter_from(&self, expression: Input<'_>, options: &str) -> Result<Filter, Failure> {
        let (profile, limits) = asked(options)?;
        Filter::from_value(self.compiled(), &expression.read(&limits)?, profile, &limits)
    }

    /// The same over a tree.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::filter::attribute;
    ///
    /// let tree = attribute("title")?.pr().to_value();
    /// assert_eq!(Schema::named("User")?.filter_from_value(&tree, "")?.text(), "title pr");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::filter_from`].
    pub fn filter_from_value(
        &self,
        expression: &Value<'_>,
        options: &str,
    ) -> Result<Filter, Failure> {
        let (profile, limits) = asked(options)?;
        Filter::from_value(self.compiled(), expression, profile, &limits)
    }
}

/// The profile and the sizes that the options of a filter name.
fn asked(options: &str) -> Result<(Profile, Limits), Error> {
    if options.is_empty() {
        return Ok((Profile::LENIENT, Limits::DEFAULT));
    }
    let options = read_options(options)?;
    only(&options, &["profile", "limits"])?;
    Ok((profile(&options, Profile::LENIENT)?, limits(&options)?))
}

impl Filter {
    fn new(
        compiled: &Arc<Compiled>,
        text: &str,
        profile: Profile,
        limits: &Limits,
    ) -> Result<Self, Failure> {
        let parsed = filter::Filter::parse(text, profile, limits)?;
        Ok(Self::bind(compiled, text, parsed)?)
    }

    fn from_value(
        compiled: &Arc<Compiled>,
        expression: &Value<'_>,
        profile: Profile,
        limits: &Limits,
    ) -> Result<Self, Failure> {
        let mut origin = Origin::default();
        let expression = origin.expression(expression)?;
        let built = filter::Filter::new(&expression, profile, limits)
            .map_err(|error| origin.place(error, None))?;
        let bound = Self::bind(compiled, built.to_string(), built.clone());
        Ok(bound.map_err(|error| origin.place(error, Some(&built)))?)
    }

    fn bind(
        compiled: &Arc<Compiled>,
        text: impl Into<Box<str>>,
        parsed: filter::Filter,
    ) -> Result<Self, Error> {
        let bound = parsed.bind(compiled)?;
        let (text, compiled) = (text.into(), Arc::clone(compiled));
        Ok(Self { made: Arc::new(Made { text, parsed, bound, compiled }) })
    }

    /// Whether a document fits.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let filter = Schema::named("User")?.filter("title pr", "")?;
    /// assert!(filter.matches(Input::Bytes(br#"{"title": "Cook"}"#))?);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading the document.
    pub fn matches(&self, document: Input<'_>) -> Result<bool, Failure> {
        let document = document.parse(&self.made.compiled, &Limits::DEFAULT)?;
        Ok(document.matches(&self.made.bound))
    }

    /// Whether a host's object fits, in place.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let filter = Schema::named("User")?.filter("title pr", "")?;
    /// assert!(filter.matches_node(&&serde_json::json!({"title": "Cook"})));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn matches_node<'a, N: Node<'a>>(&self, node: &N) -> bool {
        self.made.bound.matches(node)
    }

    /// Why a document fits, or does not, as JSON (see
    /// [`Explanation::to_value`](filter::Explanation::to_value)). Spans are about
    /// [`text`](Self::text).
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let filter = Schema::named("User")?.filter("title pr", "")?;
    /// let why = filter.explain(Input::Text(r#"{"userName": "ida"}"#))?;
    /// assert!(why.starts_with(r#"{"matches":false,"attribute":"title""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading the document.
    pub fn explain(&self, document: Input<'_>) -> Result<String, Failure> {
        let value = document.read(&Limits::DEFAULT)?;
        Ok(to_text(&self.explain_node(&&value)))
    }

    /// The same for a host's object, in place.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let filter = Schema::named("User")?.filter("title pr", "")?;
    /// let why = filter.explain_node(&&serde_json::json!({"title": "Cook"}));
    /// assert_eq!(why.get("present").and_then(|present| present.as_bool()), Some(true));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn explain_node<'a, N: Node<'a>>(&self, node: &N) -> Value<'static> {
        self.made.bound.explain(&self.made.parsed.expression, &self.made.compiled, node).to_value()
    }

    /// A filter that matches exactly the same and says less (see
    /// [`filter::Filter::simplified`]); this one where the canonical text is beyond the limits.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let filter = Schema::named("User")?.filter("not (not (title pr))", "")?;
    /// assert_eq!(filter.simplified().text(), "title pr");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    #[must_use]
    pub fn simplified(&self) -> Self {
        let simplified = self.made.parsed.simplified(&Limits::DEFAULT);
        simplified
            .and_then(|parsed| Self::bind(&self.made.compiled, parsed.to_string(), parsed))
            .unwrap_or_else(|_| self.clone())
    }

    /// The text that it was read from; the canonical text of a filter that was made otherwise.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let filter = Schema::named("User")?.filter("TITLE  pr", "")?;
    /// assert_eq!((filter.text(), filter.to_string().as_str()), ("TITLE  pr", "TITLE pr"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn text(&self) -> &str {
        &self.made.text
    }

    /// The tree as JSON: `{"and": […]}`, `{"or": […]}`, `{"not": …}`,
    /// `{"attribute", "operator", "value"?}`, `{"attribute", "filter"}`.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let filter = Schema::named("User")?.filter("title pr", "")?;
    /// assert_eq!(filter.expression(), r#"{"attribute":"title","operator":"pr"}"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn expression(&self) -> String {
        to_text(&self.made.parsed.expression.to_value())
    }

    /// What was bent to read and bind it, as a JSON array.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let filter = Schema::named("User")?.filter("active eq \"True\"", "")?;
    /// assert!(filter.trace().contains(r#""quirk":"booleanText""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn trace(&self) -> String {
        to_text(&self.made.bound.trace.to_value())
    }
}

impl std::fmt::Display for Filter {
    /// The canonical text.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.made.parsed.fmt(formatter)
    }
}

/// A place in a text, from and up to in bytes, shown as two lines (see [`caret()`]).
///
/// ```
/// use scimforge::api::show_place;
///
/// assert_eq!(show_place("title pr adn active pr", 9, 12), "title pr adn active pr\n         ^^^");
/// ```
pub fn show_place(text: &str, start: usize, end: usize) -> String {
    caret(text, Span::new(start, end))
}
