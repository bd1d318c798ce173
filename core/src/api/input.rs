//! What comes in, and what goes wrong.

use std::fmt;
use std::sync::Arc;

use crate::document::Document;
use crate::error::{Error, Issue};
use crate::limits::Limits;
use crate::schema::Compiled;
use crate::value::{Value, read_bytes, read_with, to_text};

/// A JSON document: text, or bytes that should be UTF-8.
///
/// ```
/// use scimforge::api::{Input, Schema};
///
/// let users = Schema::named("User")?;
/// let text = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ida"}"#;
/// assert!(users.is_valid(Input::Text(text), "")?);
/// assert!(users.is_valid(Input::Bytes(text.as_bytes()), "")?);
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl<'a> Input<'a> {
    /// Whether the schema of groups could be named anywhere: most documents need not be read for
    /// that. It ends like no other name that is usual, unless letters are escaped.
    pub(super) fn may_name_group(self) -> bool {
        let bytes = match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        };
        let is_end = |colon: usize| {
            let end = bytes.get(colon + 1..).and_then(<[u8]>::first_chunk::<6>);
            end.is_some_and(|end| end.eq_ignore_ascii_case(b"group\""))
        };
        memchr::memchr_iter(b':', bytes).any(is_end)
            || memchr::memchr_iter(b'\\', bytes)
                .any(|at| bytes.get(at + 1).is_some_and(|escaped| *escaped == b'u'))
    }

    /// The document, read for a resource type.
    pub(super) fn parse(
        self,
        compiled: &Arc<Compiled>,
        limits: &Limits,
    ) -> Result<Document<'a>, Error> {
        match self {
            Self::Text(text) => Document::parse_with(text, compiled, limits),
            Self::Bytes(bytes) => Document::parse_bytes(bytes, compiled, limits),
        }
    }

    /// The tree, borrowing from the input.
    ///
    /// ```
    /// use scimforge::api::Input;
    /// use scimforge::limits::Limits;
    ///
    /// let ida = Input::Bytes(br#"{"userName": "ida"}"#).read(&Limits::DEFAULT)?;
    /// assert!(ida.get("userName").is_some());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`read_bytes`].
    pub fn read(self, limits: &Limits) -> Result<Value<'a>, Error> {
        match self {
            Self::Text(text) => read_with(text, limits),
            Self::Bytes(bytes) => read_bytes(bytes, limits),
        }
    }
}

/// Why a call could not be done: one issue or several.
///
/// ```
/// use scimforge::api::{Failure, Schema};
///
/// let failed: Result<_, Failure> = Schema::named("Printer");
/// assert_eq!(failed.expect_err("no such type").issues[0].code.as_str(), "invalid-option");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong, the most important first. Never empty.
    pub issues: Vec<Issue>,
}

impl Failure {
    /// The HTTP status that answers it.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let users = Schema::named("User")?;
    /// assert_eq!(users.filter("title is", "").expect_err("no operator").status(), 400);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn status(&self) -> u16 {
        self.issues.first().map_or(500, Issue::status)
    }

    /// What the JavaScript natives throw as the message of an error, for their wrapper to make a
    /// `ScimError` of: `{"scimforge": {"status", "issues"}}`.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let failed = Schema::named("User")?.filter("", "").expect_err("empty");
    /// assert!(failed.to_message().starts_with(r#"{"scimforge":{"status":400,"issues":["#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn to_message(&self) -> String {
        let status = self.status().to_string();
        let issues = self.to_text();
        ["{\"scimforge\":{\"status\":", &status, ",\"issues\":", &issues, "}}"].concat()
    }

    /// The issues as a JSON array.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let failed = Schema::named("User")?.filter("", "").expect_err("empty");
    /// assert!(failed.to_text().starts_with(r#"[{"code":"filter-empty""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn to_text(&self) -> String {
        to_text(&Value::Array(self.issues.iter().map(Issue::to_value).collect()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, issue) in self.issues.iter().enumerate() {
            if index > 0 {
                formatter.write_str("; ")?;
            }
            issue.fmt(formatter)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { issues: vec![error.into_issue()] }
    }
}

impl From<Vec<Issue>> for Failure {
    fn from(issues: Vec<Issue>) -> Self {
        Self { issues }
    }
}

#[cfg(test)]
mod tests {
    use super::Input;
    use crate::api::Schema;

    #[test]
    fn a_group_is_known_however_it_is_written() {
        for (document, is_group) in [
            (r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]}"#, true),
            (r#"{"SCHEMAS":["a:b","URN:ietf:params:scim:schemas:core:2.0:GROUP"]}"#, true),
            (r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0\u003aGroup"]}"#, true),
            (r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:\u0047roup"]}"#, true),
            (r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Groups"]}"#, false),
            (r#"{"groups": [{"value": ":Group"}], "title": "\u0047"}"#, false),
            (r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]"#, false),
            ("", false),
        ] {
            assert_eq!(Schema::names_group(Input::Text(document)), is_group, "{document}");
            assert_eq!(Schema::names_group(Input::Bytes(document.as_bytes())), is_group);
        }
    }
}
