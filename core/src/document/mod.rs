//! A resource as its JSON text, with a tape of what stands where.
//!
//! Reading a text into a [`Value`] makes a tree of a hundred small pieces. A [`Document`] keeps
//! the text and one flat list of places in it, made in one pass that knows the schema: every name
//! is found once. It is a [`Node`](crate::value::Node), so validation, filters and sorting read
//! it as they read a tree.
//!
//! ```
//! use scimforge::document::Document;
//! use scimforge::schema::builtin;
//! use scimforge::validate::Options;
//!
//! let text = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userNane": "ida"}"#;
//! let document = Document::parse(text, &builtin::user())?;
//! let issues = document.issues(&Options::default());
//! let issue = issues.iter().find(|issue| issue.code.as_str() == "unknown-attribute").expect("a slip");
//! let span = issue.span.expect("it stands in the text");
//! assert_eq!(&text[span.start..span.end], r#""ida""#);
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod clean;
mod facts;
mod piece;
mod place;
mod project;
mod raw;
mod scan;
mod since;
mod slot;
mod token;

use std::borrow::Cow;
use std::sync::Arc;

use facts::Facts;
pub(crate) use piece::Piece;
pub use place::{Items, Members, Place};
pub use raw::{Items as RawItems, Members as RawMembers, Raw};
pub(crate) use slot::{Slot, SlotKind, inside};

use crate::error::{Code, Error, Issue, Pointer};
use crate::filter::BoundFilter;
use crate::limits::Limits;
use crate::schema::Compiled;
use crate::validate::{self, Mode, Options};
use crate::value::{Value, read, read_with, text_of};

/// For what has been measured before.
pub(crate) const ANY_SIZE: Limits =
    Limits { json_bytes: usize::MAX, json_depth: usize::MAX, ..Limits::DEFAULT };

/// A JSON text that was read for one resource type.
///
/// ```
/// use scimforge::document::Document;
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
///
/// let user = builtin::user();
/// let ida = Document::parse(r#"{"userName": "ida", "active": true}"#, &user)?;
/// let filter = Filter::parse("active eq true", Profile::RFC, &Limits::DEFAULT)?.bind(&user)?;
/// assert!(ida.matches(&filter));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Document<'a> {
    text: Cow<'a, str>,
    /// INVARIANT: slots lie within the text, at its character boundaries, and `next` is beyond
    /// the slot itself; there is at least one.
    tape: Vec<Slot>,
    facts: Facts,
    compiled: Arc<Compiled>,
}

impl<'a> Document<'a> {
    /// Reads a text with the default limits. Whether it is valid is another question.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    ///
    /// let user = builtin::user();
    /// assert!(Document::parse(r#"{"userName": "ida"}"#, &user).is_ok());
    /// assert_eq!(Document::parse("{", &user).expect_err("it breaks off").code().as_str(), "invalid-json");
    /// ```
    ///
    /// # Errors
    /// Those of [`read`](crate::value::read()).
    pub fn parse(text: impl Into<Cow<'a, str>>, compiled: &Arc<Compiled>) -> Result<Self, Error> {
        Self::parse_with(text, compiled, &Limits::DEFAULT)
    }

    /// Reads a text with limits of your own.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::limits::Limits;
    /// use scimforge::schema::builtin;
    ///
    /// let mut flat = Limits::DEFAULT;
    /// flat.json_depth = 1;
    /// let deep = Document::parse_with(r#"{"name": {}}"#, &builtin::user(), &flat);
    /// assert_eq!(deep.expect_err("two levels").code().as_str(), "too-deep");
    /// ```
    ///
    /// # Errors
    /// Those of [`read`](crate::value::read()).
    pub fn parse_with(
        text: impl Into<Cow<'a, str>>,
        compiled: &Arc<Compiled>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        /// On the average a value of a user has about so many bytes, with its name.
        const BYTES_A_SLOT: usize = 18;
        let text = text.into();
        let mut tape = Vec::new();
        let fits = text.len() <= limits.json_bytes && u32::try_from(text.len()).is_ok();
        if fits {
            tape.reserve_exact(text.len() / BYTES_A_SLOT + 8);
            if let Some(facts) = scan::scan(&text, compiled, limits.json_depth, &mut tape) {
                return Ok(Self { text, tape, facts, compiled: Arc::clone(compiled) });
            }
        }
        match read_with(&text, limits) {
            Err(error) => Err(error),
            Ok(_) => Err(Error::new(Code::TooLarge).with("limit", u32::MAX.to_string())),
        }
    }

    /// Reads bytes, which must be UTF-8.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::limits::Limits;
    /// use scimforge::schema::builtin;
    ///
    /// let ida = Document::parse_bytes(br#"{"userName": "ida"}"#, &builtin::user(), &Limits::DEFAULT)?;
    /// assert_eq!(ida.text(), r#"{"userName": "ida"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`read_bytes`](crate::value::read_bytes).
    pub fn parse_bytes(
        bytes: &'a [u8],
        compiled: &Arc<Compiled>,
        limits: &Limits,
    ) -> Result<Self, Error> {
        Self::parse_with(text_of(bytes, limits)?, compiled, limits)
    }

    /// The text.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    ///
    /// let ida = Document::parse(r#"{ "userName": "ida" }"#, &builtin::user())?;
    /// assert_eq!(ida.text(), r#"{ "userName": "ida" }"#, "as it was given");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The resource type that it was read for.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    ///
    /// let bakers = Document::parse(r#"{"displayName": "Bakers"}"#, &builtin::group())?;
    /// assert_eq!(&*bakers.compiled().resource_type().name, "Group");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// The whole, to be walked.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::{Node, View};
    ///
    /// let ida = Document::parse(r#"{"userName": "ida"}"#, &builtin::user())?;
    /// assert!(matches!(ida.root().view(), View::Map(_)));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn root(&self) -> Place<'_> {
        Place::new(self, 0)
    }

    /// The tree.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let ida = Document::parse(r#"{"userName": "ida"}"#, &builtin::user())?;
    /// assert_eq!(ida.to_value(), read(r#"{"userName": "ida"}"#)?);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_value(&self) -> Value<'_> {
        // What the scanner has passed, the reader passes.
        read_with(&self.text, &ANY_SIZE).unwrap_or_default()
    }

    /// The same with the text copied.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    ///
    /// let kept: Document<'static> = {
    ///     let text = String::from(r#"{"userName": "ida"}"#);
    ///     Document::parse(text.as_str(), &builtin::user())?.into_owned()
    /// };
    /// assert!(kept.text().contains("ida"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn into_owned(self) -> Document<'static> {
        Document {
            text: Cow::Owned(self.text.into_owned()),
            tape: self.tape,
            facts: self.facts,
            compiled: self.compiled,
        }
    }

    /// Whether there is no issue of severity error (see [`validate::is_valid`]).
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    /// use scimforge::validate::Options;
    ///
    /// let ida = Document::parse(r#"{"userName": "ida"}"#, &builtin::user())?;
    /// assert!(!ida.is_valid(&Options::default()), "it names no schemas");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn is_valid(&self, options: &Options<'_>) -> bool {
        clean::is_clean(self, options) || validate::is_valid(&self.compiled, &self.root(), options)
    }

    /// Whether it is valid as what a PATCH made of another document (see [`Mode::Patch`]); mode and
    /// original of the options do not count.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    /// use scimforge::validate::Options;
    ///
    /// let group = builtin::group();
    /// let text = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Bakers"}"#;
    /// let before = Document::parse(text, &group)?;
    /// let after = Document::parse(text.replace("Bakers", "Cooks"), &group)?;
    /// assert!(after.is_valid_after(&before, &Options::default()));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn is_valid_after(&self, before: &Document<'_>, options: &Options<'_>) -> bool {
        let original = self.compiled.has_immutable().then(|| before.to_value());
        let (limits, profile) = (options.limits, options.profile);
        let mode = Mode::Patch;
        self.is_valid(&Options { mode, profile, limits, original: original.as_ref() })
    }

    /// All issues (see [`validate::issues`]), each with its span in the text where what it is
    /// about stands there.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::builtin;
    /// use scimforge::validate::Options;
    ///
    /// let text = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": 7}"#;
    /// let issues = Document::parse(text, &builtin::user())?.issues(&Options::default());
    /// let span = issues[0].span.expect("it stands in the text");
    /// assert_eq!(&text[span.start..span.end], "7");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn issues(&self, options: &Options<'_>) -> Vec<Issue> {
        if clean::is_clean(self, options) {
            return Vec::new();
        }
        self.with_spans(validate::issues(&self.compiled, &self.root(), options))
    }

    /// The issues that concern one field (see [`validate::issues_at`]), with their spans.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::error::Pointer;
    /// use scimforge::schema::builtin;
    /// use scimforge::validate::Options;
    ///
    /// let ida = Document::parse(r#"{"active": "maybe", "title": 7}"#, &builtin::user())?;
    /// let issues = ida.issues_at(&Pointer::root().name("title"), &Options::default());
    /// assert_eq!(issues.len(), 1, "of this field alone");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn issues_at(&self, at: &Pointer, options: &Options<'_>) -> Vec<Issue> {
        self.with_spans(validate::issues_at(&self.compiled, &self.root(), at, options))
    }

    /// Whether it fits a filter that is bound to a resource type.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::filter::Filter;
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    ///
    /// let user = builtin::user();
    /// let filter = Filter::parse("userName sw \"i\"", Profile::RFC, &Limits::DEFAULT)?.bind(&user)?;
    /// assert!(Document::parse(r#"{"userName": "ida"}"#, &user)?.matches(&filter));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn matches(&self, filter: &BoundFilter) -> bool {
        filter.matches(&self.root())
    }

    fn with_spans(&self, mut issues: Vec<Issue>) -> Vec<Issue> {
        for issue in &mut issues {
            issue.span = self.root().at(&issue.pointer).map(Place::span);
        }
        issues
    }

    /// The tape.
    pub(crate) fn slots(&self) -> &[Slot] {
        &self.tape
    }

    /// The name before a value on the tape.
    pub(crate) fn name_of(&self, at: usize) -> Cow<'_, str> {
        u32::try_from(at).map_or_else(|_| Cow::default(), |at| Place::new(self, at).name())
    }

    fn slot(&self, at: usize) -> Option<&Slot> {
        self.tape.get(at)
    }
}

/// The text of a JSON string with its quotes.
fn decoded(token: &[u8]) -> Option<String> {
    match read(std::str::from_utf8(token).ok()?) {
        Ok(Value::String(text)) => Some(text.into_owned()),
        _ => None,
    }
}

/// The text of the JSON string that `bytes` begin with.
fn decoded_head(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let end = slot_end(bytes)?;
    let inner = bytes.get(1..end)?;
    if inner.contains(&b'\\') {
        return decoded(bytes.get(..=end)?).map(Cow::Owned);
    }
    std::str::from_utf8(inner).ok().map(Cow::Borrowed)
}

/// Where the closing quote of the JSON string is that `bytes` begin with.
fn slot_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += crate::text::plain_json(bytes.get(at..)?);
        match bytes.get(at)? {
            b'"' => return Some(at),
            _ => at += 2,
        }
    }
}
