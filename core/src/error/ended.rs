//! The finding that ended a call.

use std::fmt;

use super::{Code, Issue, Pointer, ScimType, Segment, Span};

/// A finding that ended a call; one pointer wide.
///
/// ```
/// use scimforge::error::Error;
/// use scimforge::value::read;
///
/// let failed: Result<_, Error> = read("{\"userName\": }");
/// let error = failed.expect_err("no JSON");
/// assert_eq!(error.code().as_str(), "invalid-json");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    issue: Box<Issue>,
}

impl Error {
    /// An error with this code, at the root.
    ///
    /// ```
    /// use scimforge::error::{Code, Error};
    ///
    /// assert_eq!(Error::new(Code::NoEndpoint).issue().status(), 404);
    /// ```
    pub fn new(code: Code) -> Self {
        Issue::new(code).into()
    }

    /// `invalid-option`: an option has a value that it does not take.
    pub(crate) fn invalid_option(option: &str, expected: &str) -> Self {
        Self::new(Code::InvalidOption).with("option", option).with("expected", expected)
    }

    /// The finding.
    ///
    /// ```
    /// use scimforge::error::{Code, Error};
    ///
    /// assert_eq!(Error::new(Code::InvalidUtf8).issue().message(), "the bytes are not UTF-8");
    /// ```
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// The finding, taken out.
    ///
    /// ```
    /// use scimforge::error::{Code, Error, Issue};
    ///
    /// assert_eq!(Error::new(Code::InvalidUtf8).into_issue(), Issue::new(Code::InvalidUtf8));
    /// ```
    pub fn into_issue(self) -> Issue {
        *self.issue
    }

    /// The stable code.
    ///
    /// ```
    /// use scimforge::error::Code;
    /// use scimforge::value::read;
    ///
    /// let twins = read(r#"{"title": "Baker", "TITLE": "Cook"}"#).expect_err("which one?");
    /// assert_eq!(twins.code(), Code::DuplicateName);
    /// ```
    pub fn code(&self) -> Code {
        self.issue.code
    }

    /// Changes the finding by one of [`Issue`]'s builders.
    ///
    /// ```
    /// use scimforge::error::{Code, Error};
    ///
    /// let error = Error::new(Code::TooLarge).map(|issue| issue.answered(400));
    /// assert_eq!(error.issue().status(), 400);
    /// ```
    #[must_use]
    pub fn map(self, change: impl FnOnce(Issue) -> Issue) -> Self {
        change(*self.issue).into()
    }

    /// [`Issue::at`].
    ///
    /// ```
    /// use scimforge::error::{Code, Error, Pointer};
    ///
    /// let error = Error::new(Code::InvalidUtf8).at(Pointer::root().name("title"));
    /// assert_eq!(error.to_string(), "invalid-utf8 at /title: the bytes are not UTF-8");
    /// ```
    #[must_use]
    pub fn at(self, pointer: Pointer) -> Self {
        self.map(|issue| issue.at(pointer))
    }

    /// The same, one step deeper: for readers that learn the way while unwinding.
    ///
    /// ```
    /// use scimforge::error::{Code, Error, Segment};
    ///
    /// let error = Error::new(Code::InvalidUtf8)
    ///     .within(Segment::Name("title".into()))
    ///     .within(Segment::Index(3));
    /// assert_eq!(error.issue().pointer.to_string(), "/3/title");
    /// ```
    #[must_use]
    pub fn within(mut self, segment: Segment) -> Self {
        self.issue.pointer.prepend(segment);
        self
    }

    /// [`Issue::path`].
    ///
    /// ```
    /// use scimforge::error::{Code, Error};
    ///
    /// assert_eq!(&*Error::new(Code::Required).path("userName").issue().scim_path, "userName");
    /// ```
    #[must_use]
    pub fn path(self, scim_path: impl Into<Box<str>>) -> Self {
        self.map(|issue| issue.path(scim_path))
    }

    /// [`Issue::spanning`].
    ///
    /// ```
    /// use scimforge::error::{Code, Error, Span};
    ///
    /// let error = Error::new(Code::FilterEmpty).spanning(Span::new(0, 0));
    /// assert_eq!(error.issue().span, Some(Span::new(0, 0)));
    /// ```
    #[must_use]
    pub fn spanning(self, span: Span) -> Self {
        self.map(|issue| issue.spanning(span))
    }

    /// [`Issue::with`].
    ///
    /// ```
    /// use scimforge::error::{Code, Error};
    ///
    /// let error = Error::new(Code::TooLarge).with("limit", "512");
    /// assert_eq!(error.issue().param("limit"), Some("512"));
    /// ```
    #[must_use]
    pub fn with(self, name: &'static str, text: impl Into<Box<str>>) -> Self {
        self.map(|issue| issue.with(name, text))
    }

    /// [`Issue::helped`].
    ///
    /// ```
    /// use scimforge::error::{Code, Error};
    ///
    /// let error = Error::new(Code::NoEndpoint).helped("did you mean `/Users`?");
    /// assert_eq!(error.issue().help().as_deref(), Some("did you mean `/Users`?"));
    /// ```
    #[must_use]
    pub fn helped(self, help: impl Into<Box<str>>) -> Self {
        self.map(|issue| issue.helped(help))
    }

    /// [`Issue::typed`].
    ///
    /// ```
    /// use scimforge::error::{Code, Error, ScimType};
    ///
    /// let error = Error::new(Code::Required).typed(ScimType::InvalidSyntax);
    /// assert_eq!(error.issue().scim_type(), Some(ScimType::InvalidSyntax));
    /// ```
    #[must_use]
    pub fn typed(self, scim_type: ScimType) -> Self {
        self.map(|issue| issue.typed(scim_type))
    }
}

impl From<Issue> for Error {
    fn from(issue: Issue) -> Self {
        Self { issue: Box::new(issue) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.issue.fmt(formatter)
    }
}

impl std::error::Error for Error {}
