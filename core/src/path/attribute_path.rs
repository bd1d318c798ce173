//! The notation of RFC 7644 §3.10.

use std::fmt;

use super::form::Form;
use super::short::Short;
use crate::error::Span;

/// `urn:…:attribute.subAttribute` as it was written.
///
/// Where the URN ends depends on the schemas that are known (a URN holds dots and colons), so
/// the text is taken apart by [`resolve`](super::resolve()), not here.
///
/// ```
/// use scimforge::filter::attribute;
///
/// let leaf = attribute("Name.GivenName")?.pr();
/// let path = leaf.path().expect("a comparison has one");
/// assert_eq!(path.to_string(), "Name.GivenName", "as it was written");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttributePath {
    text: Short,
    /// Where it stands in the text that it is part of.
    pub span: Span,
}

impl AttributePath {
    /// A path, if the text can be one by its form: the part after the last colon is a name, or
    /// two joined by a dot; a text that begins with `urn:` may also be a URN alone.
    ///
    /// ```
    /// use scimforge::error::Span;
    /// use scimforge::path::AttributePath;
    ///
    /// let span = Span::new(0, 14);
    /// assert!(AttributePath::parse("name.givenName", span).is_some());
    /// assert!(AttributePath::parse("name.given.Name", span).is_none());
    /// ```
    pub fn parse(text: &str, span: Span) -> Option<Self> {
        let (word, form) = Form::of_word(text);
        if word.len() < text.len() { None } else { Self::formed(word, form, span) }
    }

    /// The path that a word is, if it can be one.
    #[inline]
    pub(crate) fn formed(word: &str, form: Form, span: Span) -> Option<Self> {
        form.is_path(word).then(|| Self { text: word.into(), span })
    }

    /// The bytes of the text: to have them costs less.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// The text as it was written.
    ///
    /// ```
    /// use scimforge::error::Span;
    /// use scimforge::path::AttributePath;
    ///
    /// let path = AttributePath::parse("userName", Span::new(0, 8)).expect("a name");
    /// assert_eq!(path.as_str(), "userName");
    /// ```
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
