//! The one struct for every finding.

use std::fmt;

use super::{Code, Pointer, ScimType, Segment};
use crate::value::{Object, Value};

/// How much a finding weighs.
///
/// ```
/// use scimforge::error::{Code, Issue, Severity};
///
/// let issues = [Issue::new(Code::Required), Issue::new(Code::ReadOnly).severity(Severity::Warning)];
/// assert_eq!(issues.iter().filter(|issue| issue.severity == Severity::Error).count(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Not acceptable.
    Error,
    /// Accepted, but something was ignored, bent or is likely a mistake.
    Warning,
    /// Fine, and could be better.
    Advice,
}

impl Severity {
    /// `error`, `warning` or `advice`.
    ///
    /// ```
    /// use scimforge::error::Severity;
    ///
    /// assert_eq!(Severity::Warning.as_str(), "warning");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// A range of a text, in bytes. Bindings turn it into their host's units.
///
/// ```
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
///
/// let text = "title pr adn active eq true";
/// let error = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT).expect_err("adn");
/// let span = error.issue().span.expect("a place in the text");
/// assert_eq!(&text[span.start..span.end], "adn");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, not included.
    pub end: usize,
}

impl Span {
    /// From `start` up to `end`.
    ///
    /// ```
    /// use scimforge::error::Span;
    ///
    /// assert_eq!(Span::new(4, 9), Span { start: 4, end: 9 });
    /// assert_eq!(Span::new(4, 2).end, 4, "never before its beginning");
    /// ```
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The two offsets as data.
    ///
    /// ```
    /// use scimforge::error::Span;
    ///
    /// assert_eq!(Span::new(4, 9).to_value().to_string(), "[4,9]");
    /// ```
    pub fn to_value(self) -> Value<'static> {
        Value::Array(vec![Value::count(self.start), Value::count(self.end)])
    }
}

/// Characters of a name that a message shows: more than any name in a schema of the RFCs has.
const LONGEST: usize = 200;

/// One finding.
///
/// ```
/// use scimforge::error::{Code, Issue, Pointer};
///
/// let issue = Issue::new(Code::Required)
///     .at(Pointer::root().name("userName"))
///     .path("userName")
///     .with("attribute", "userName");
/// assert_eq!(issue.to_string(), "required at /userName: `userName` is required");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The stable code.
    pub code: Code,
    /// Its weight.
    pub severity: Severity,
    /// Where in the document.
    pub pointer: Pointer,
    /// Where in SCIM's words, such as `emails.value` or `urn:…:User:department`.
    pub scim_path: Box<str>,
    /// Where in the text (a filter, a path, a JSON text, an LDIF file), in bytes.
    pub span: Option<Span>,
    /// What the message's blanks are filled with. Names and counts, never values.
    pub params: Vec<(&'static str, Box<str>)>,
    help: Option<Box<str>>,
    scim_type: Option<ScimType>,
    spec: Option<&'static str>,
    status: Option<u16>,
}

impl Issue {
    /// A finding at the root, with the weight of an error.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue, Severity};
    ///
    /// let issue = Issue::new(Code::ReadOnly);
    /// assert_eq!((issue.code, issue.severity), (Code::ReadOnly, Severity::Error));
    /// assert_eq!(issue.pointer.to_string(), "");
    /// ```
    pub fn new(code: Code) -> Self {
        Self {
            code,
            severity: Severity::Error,
            pointer: Pointer::root(),
            scim_path: "".into(),
            span: None,
            params: Vec::new(),
            help: None,
            scim_type: None,
            spec: None,
            status: None,
        }
    }

    /// The same, lighter or heavier.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue, Severity};
    ///
    /// let issue = Issue::new(Code::UnknownAttribute).severity(Severity::Warning);
    /// assert_eq!(issue.severity, Severity::Warning);
    /// ```
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same, at a place in the document.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue, Pointer};
    ///
    /// let issue = Issue::new(Code::WrongType).at(Pointer::root().name("emails").index(0));
    /// assert_eq!(issue.pointer.to_string(), "/emails/0");
    /// ```
    #[must_use]
    pub fn at(mut self, pointer: Pointer) -> Self {
        self.pointer = pointer;
        self
    }

    /// The same, where the document it was found in stands at a place of a larger one.
    #[must_use]
    pub(crate) fn below(mut self, at: &Pointer) -> Self {
        self.pointer = at.segments().iter().chain(self.pointer.segments()).cloned().collect();
        self
    }

    /// The same, at a SCIM path.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// assert_eq!(&*Issue::new(Code::WrongType).path("emails.value").scim_path, "emails.value");
    /// ```
    #[must_use]
    pub fn path(mut self, scim_path: impl Into<Box<str>>) -> Self {
        self.scim_path = scim_path.into();
        self
    }

    /// The same, at a place in the text.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue, Span};
    ///
    /// let issue = Issue::new(Code::FilterSyntax).spanning(Span::new(9, 12));
    /// assert_eq!(issue.span.map(|span| span.start), Some(9));
    /// ```
    #[must_use]
    pub fn spanning(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same, with a blank of the message filled. Never a user's value.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// let issue = Issue::new(Code::TooLarge).with("limit", "512");
    /// assert_eq!(issue.message(), "the document is larger than 512 bytes");
    /// ```
    #[must_use]
    pub fn with(mut self, name: &'static str, text: impl Into<Box<str>>) -> Self {
        self.params.push((name, text.into()));
        self
    }

    /// The same, with help of its own in place of the catalogue's.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// let issue = Issue::new(Code::TooLarge).helped("send the photo by its address");
    /// assert_eq!(issue.help().as_deref(), Some("send the photo by its address"));
    /// ```
    #[must_use]
    pub fn helped(mut self, help: impl Into<Box<str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, answered with another `scimType` than the catalogue's.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue, ScimType};
    ///
    /// // The same finding in a path, not in a filter.
    /// let issue = Issue::new(Code::UnknownAttribute).typed(ScimType::InvalidPath);
    /// assert_eq!(issue.scim_type(), Some(ScimType::InvalidPath));
    /// ```
    #[must_use]
    pub fn typed(mut self, scim_type: ScimType) -> Self {
        self.scim_type = Some(scim_type);
        self
    }

    /// The same, with another section or requirement than the catalogue's.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// assert_eq!(Issue::new(Code::Required).cited("RFC 7643 §4.1").spec(), "RFC 7643 §4.1");
    /// ```
    #[must_use]
    pub fn cited(mut self, spec: &'static str) -> Self {
        self.spec = Some(spec);
        self
    }

    /// The same, answered with another HTTP status than the catalogue's.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// assert_eq!(Issue::new(Code::TooLarge).answered(400).status(), 400);
    /// ```
    #[must_use]
    pub fn answered(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The value of a parameter.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// let issue = Issue::new(Code::UnknownAttribute).with("name", "userNane");
    /// assert_eq!(issue.param("name"), Some("userNane"));
    /// assert_eq!(issue.param("limit"), None);
    /// ```
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| *key == name).map(|(_, text)| text.as_ref())
    }

    /// One sentence in lower case, user's names in backticks, no values.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// let issue = Issue::new(Code::UnknownAttribute).with("name", "userNane").with("parent", "User");
    /// assert_eq!(issue.message(), "`userNane` is not an attribute of User");
    /// ```
    pub fn message(&self) -> String {
        self.fill(self.code.info().message)
    }

    /// What to do about it.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// let help = Issue::new(Code::DuplicateName).help();
    /// assert_eq!(help.as_deref(), Some("keep one of them"));
    /// ```
    pub fn help(&self) -> Option<String> {
        self.help
            .as_deref()
            .map(str::to_owned)
            .or_else(|| self.code.info().help.map(|help| self.fill(help)))
    }

    /// The `scimType` of the error response (RFC 7644 §3.12).
    ///
    /// ```
    /// use scimforge::error::{Code, Issue, ScimType};
    ///
    /// assert_eq!(Issue::new(Code::InvalidJson).scim_type(), Some(ScimType::InvalidSyntax));
    /// assert_eq!(Issue::new(Code::TooLarge).scim_type(), None);
    /// ```
    pub fn scim_type(&self) -> Option<ScimType> {
        self.scim_type.or(self.code.info().scim_type)
    }

    /// The requirement or RFC section that this rests on.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// assert_eq!(Issue::new(Code::InvalidJson).spec(), "RFC 8259");
    /// ```
    pub fn spec(&self) -> &'static str {
        self.spec.unwrap_or(self.code.info().spec)
    }

    /// The HTTP status that answers it.
    ///
    /// ```
    /// use scimforge::error::{Code, Issue};
    ///
    /// assert_eq!(Issue::new(Code::InvalidJson).status(), 400);
    /// ```
    pub fn status(&self) -> u16 {
        self.status.unwrap_or(self.code.info().status)
    }

    fn fill(&self, template: &str) -> String {
        let mut out = String::with_capacity(template.len() + 16);
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            let text = self.param(name).unwrap_or("?");
            // A name can be as long as its document; a message cannot.
            match text.char_indices().nth(LONGEST) {
                Some((end, _)) => out.extend([text.get(..end).unwrap_or_default(), "…"]),
                None => out.push_str(text),
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    /// The finding as data, with the field names that every host uses (camel case here; snake
    /// case in Rust and Python).
    ///
    /// ```
    /// use scimforge::error::{Code, Issue, Pointer};
    ///
    /// let issue = Issue::new(Code::DuplicateName).at(Pointer::root().name("emails").index(0));
    /// let value = issue.to_value();
    /// assert_eq!(value.get("pointer").and_then(|text| text.as_str()), Some("/emails/0"));
    /// assert_eq!(value.get("path").map(ToString::to_string).as_deref(), Some(r#"["emails",0]"#));
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("code", Value::from(self.code.as_str()));
        object.insert("severity", Value::from(self.severity.as_str()));
        object.insert("scimPath", Value::from(self.scim_path.to_string()));
        object.insert("pointer", Value::from(self.pointer.to_string()));
        let path = self.pointer.segments().iter().map(|segment| match segment {
            Segment::Name(name) => Value::from(name.to_string()),
            Segment::Index(index) => Value::count(*index),
        });
        object.insert("path", Value::Array(path.collect()));
        if let Some(span) = self.span {
            object.insert("span", span.to_value());
        }
        let params = self.params.iter().map(|(name, text)| (*name, Value::from(text.to_string())));
        object.insert("params", Value::Object(params.collect()));
        object.insert("message", Value::from(self.message()));
        if let Some(help) = self.help() {
            object.insert("help", Value::from(help));
        }
        object.insert("spec", Value::from(self.spec()));
        if let Some(scim_type) = self.scim_type() {
            object.insert("scimType", Value::from(scim_type.as_str()));
        }
        Value::Object(object)
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.code.as_str())?;
        if !self.pointer.segments().is_empty() {
            write!(formatter, " at {}", self.pointer)?;
        } else if let Some(span) = self.span {
            write!(formatter, " at {}", span.start)?;
        }
        write!(formatter, ": {}", self.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_short_however_long_the_name() {
        let name = "é".repeat(5_000);
        let issue = Issue::new(Code::UnknownAttribute)
            .with("name", name.as_str())
            .with("parent", "User {name}");
        let message = issue.message();
        assert_eq!(
            message.chars().count(),
            LONGEST + "`…` is not an attribute of User {name}".chars().count()
        );
        assert_eq!(issue.param("name"), Some(name.as_str()));
    }
}
