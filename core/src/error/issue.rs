//! The one struct for every finding.

use std::fmt;

use super::{Code, Pointer, ScimType, Segment};
use crate::value::{Object, Value};

/// How much a finding weighs.
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
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Advice => "advice",
        }
    }
}

/// A range of a text, in bytes. Bindings turn it into their host's units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, not included.
    pub end: usize,
}

impl Span {
    /// From `start` up to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// The two offsets as data.
    pub fn to_value(self) -> Value<'static> {
        Value::Array(vec![Value::count(self.start), Value::count(self.end)])
    }
}

/// Characters of a name that a message shows: more than any name in a schema of the RFCs has.
const LONGEST: usize = 200;

/// One finding.
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
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// The same, at a place in the document.
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
    #[must_use]
    pub fn path(mut self, scim_path: impl Into<Box<str>>) -> Self {
        self.scim_path = scim_path.into();
        self
    }

    /// The same, at a place in the text.
    #[must_use]
    pub fn spanning(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same, with a blank of the message filled. Never a user's value.
    #[must_use]
    pub fn with(mut self, name: &'static str, text: impl Into<Box<str>>) -> Self {
        self.params.push((name, text.into()));
        self
    }

    /// The same, with help of its own in place of the catalogue's.
    #[must_use]
    pub fn helped(mut self, help: impl Into<Box<str>>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, answered with another `scimType` than the catalogue's.
    #[must_use]
    pub fn typed(mut self, scim_type: ScimType) -> Self {
        self.scim_type = Some(scim_type);
        self
    }

    /// The same, with another section or requirement than the catalogue's.
    #[must_use]
    pub fn cited(mut self, spec: &'static str) -> Self {
        self.spec = Some(spec);
        self
    }

    /// The same, answered with another HTTP status than the catalogue's.
    #[must_use]
    pub fn answered(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The value of a parameter.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| *key == name).map(|(_, text)| text.as_ref())
    }

    /// One sentence in lower case, user's names in backticks, no values.
    pub fn message(&self) -> String {
        self.fill(self.code.info().message)
    }

    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        self.help
            .as_deref()
            .map(str::to_owned)
            .or_else(|| self.code.info().help.map(|help| self.fill(help)))
    }

    /// The `scimType` of the error response (RFC 7644 §3.12).
    pub fn scim_type(&self) -> Option<ScimType> {
        self.scim_type.or(self.code.info().scim_type)
    }

    /// The requirement or RFC section that this rests on.
    pub fn spec(&self) -> &'static str {
        self.spec.unwrap_or(self.code.info().spec)
    }

    /// The HTTP status that answers it.
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

/// A finding that ended a call; one pointer wide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    issue: Box<Issue>,
}

impl Error {
    /// An error with this code, at the root.
    pub fn new(code: Code) -> Self {
        Issue::new(code).into()
    }

    /// `invalid-option`: an option has a value that it does not take.
    pub(crate) fn invalid_option(option: &str, expected: &str) -> Self {
        Self::new(Code::InvalidOption).with("option", option).with("expected", expected)
    }

    /// The finding.
    pub fn issue(&self) -> &Issue {
        &self.issue
    }

    /// The finding, taken out.
    pub fn into_issue(self) -> Issue {
        *self.issue
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.issue.code
    }

    /// Changes the finding by one of [`Issue`]'s builders.
    #[must_use]
    pub fn map(self, change: impl FnOnce(Issue) -> Issue) -> Self {
        change(*self.issue).into()
    }

    /// [`Issue::at`].
    #[must_use]
    pub fn at(self, pointer: Pointer) -> Self {
        self.map(|issue| issue.at(pointer))
    }

    /// The same, one step deeper: for readers that learn the way while unwinding.
    #[must_use]
    pub fn within(mut self, segment: Segment) -> Self {
        self.issue.pointer.prepend(segment);
        self
    }

    /// [`Issue::path`].
    #[must_use]
    pub fn path(self, scim_path: impl Into<Box<str>>) -> Self {
        self.map(|issue| issue.path(scim_path))
    }

    /// [`Issue::spanning`].
    #[must_use]
    pub fn spanning(self, span: Span) -> Self {
        self.map(|issue| issue.spanning(span))
    }

    /// [`Issue::with`].
    #[must_use]
    pub fn with(self, name: &'static str, text: impl Into<Box<str>>) -> Self {
        self.map(|issue| issue.with(name, text))
    }

    /// [`Issue::helped`].
    #[must_use]
    pub fn helped(self, help: impl Into<Box<str>>) -> Self {
        self.map(|issue| issue.helped(help))
    }

    /// [`Issue::typed`].
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
