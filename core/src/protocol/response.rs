//! What goes out.

use super::media::Media;
use crate::error::{Code, Issue};
use crate::profile::Trace;
use crate::time::Instant;
use crate::value::{Object, Value, write_compact};

/// The message of errors (RFC 7644 §3.12).
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// More findings than a person reads at once; the rest is counted.
const MOST_FINDINGS: usize = 10;

/// Most resources are no longer.
pub(super) const USUAL_LENGTH: usize = 1 << 11;

/// An HTTP response.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, Response, run};
/// use scimforge::time::Instant;
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let engine = Engine::new(Config::default());
/// let Response { status, body, audit, .. } =
///     run(&engine, &mut MemoryStore::new(), Request::new("GET", "/Users/u-1"), env);
/// assert_eq!((status, audit.operation.as_str()), (404, "Users:view"));
/// assert!(String::from_utf8_lossy(&body).contains("urn:ietf:params:scim:api:messages:2.0:Error"));
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names, in lower case, and values.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes of the body; empty if there is none.
    pub body: Vec<u8>,
    /// What happened, for the log.
    pub audit: Audit,
}

/// What happened in an exchange: no values of attributes, no secrets.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
/// use scimforge::time::Instant;
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty()).with_principal("hr");
/// let engine = Engine::new(Config::default());
/// let audit = run(&engine, &mut MemoryStore::new(), Request::new("DELETE", "/Users/u-1"), env).audit;
/// assert_eq!((audit.principal.as_deref(), audit.id.as_deref()), (Some("hr"), Some("u-1")));
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Audit {
    /// When.
    pub time: Option<Instant>,
    /// Whose data.
    pub tenant: String,
    /// Who asked.
    pub principal: Option<String>,
    /// What was asked, such as `Users:create`.
    pub operation: String,
    /// The resource, where there is one.
    pub id: Option<String>,
    /// The status code of the answer.
    pub status: u16,
    /// The code of the error, where there is one.
    pub code: Option<Code>,
    /// Operators and paths of the filter, with `?` for every value.
    pub filter: Option<String>,
    /// What was bent, in the operations of a Bulk too.
    pub trace: Trace,
    /// The operations of a Bulk that were looked at, in the order of the request.
    pub operations: Vec<Audit>,
    /// Of an operation of a Bulk: its place, counted from zero, and its method.
    pub place: Option<(usize, &'static str)>,
}

impl Audit {
    /// The record as data.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let answer = run(&engine, &mut MemoryStore::new(), Request::new("GET", "/Users"), env);
    /// let line = answer.audit.to_value();
    /// assert_eq!(line.get("operation").and_then(|text| text.as_str()), Some("Users:list"));
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        if let Some(time) = self.time {
            object.insert("time", Value::from(time.to_string()));
        }
        object.insert("tenant", Value::from(self.tenant.clone()));
        if let Some(principal) = &self.principal {
            object.insert("principal", Value::from(principal.clone()));
        }
        self.describe(&mut object);
        if let Some(filter) = &self.filter {
            object.insert("filter", Value::from(filter.clone()));
        }
        object.insert("trace", self.trace.to_value());
        if !self.operations.is_empty() {
            // When, whose and who is the same for all.
            let each = self.operations.iter().map(|one| {
                let mut object = Object::new();
                one.describe(&mut object);
                object.into()
            });
            object.insert("operations", Value::Array(each.collect()));
        }
        object.into()
    }

    fn describe(&self, object: &mut Object<'static>) {
        if let Some((place, method)) = self.place {
            object.insert("place", Value::integer(i64::try_from(place).unwrap_or(i64::MAX)));
            object.insert("method", Value::from(method));
        }
        object.insert("operation", Value::from(self.operation.clone()));
        if let Some(id) = &self.id {
            object.insert("id", Value::from(id.clone()));
        }
        object.insert("status", Value::integer(self.status.into()));
        if let Some(code) = self.code {
            object.insert("code", Value::from(code.as_str()));
        }
    }
}

impl Response {
    pub(super) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), audit: Audit::default() }
    }

    pub(super) fn json(status: u16, media: Media, body: &Value<'_>) -> Self {
        let mut text = String::with_capacity(USUAL_LENGTH);
        write_compact(&mut text, body);
        Self::text(status, media, text)
    }

    /// The same of a body that is JSON text already.
    pub(super) fn text(status: u16, media: Media, body: String) -> Self {
        let mut response = Self::empty(status).with("content-type", media.as_str());
        response.body = body.into_bytes();
        response
    }

    /// An error message for the findings; the first decides the status (ERR-009).
    pub(super) fn error(media: Media, issues: &[Issue]) -> Self {
        let fallback = [Issue::new(Code::StoreFailure)];
        let issues = if issues.is_empty() { &fallback } else { issues };
        let mut object = Object::new();
        object.insert("schemas", Value::Array(vec![Value::from(ERROR)]));
        let first = issues.first();
        let status = first.map_or(500, Issue::status);
        object.insert("status", Value::from(status.to_string()));
        if let Some(scim_type) = first.and_then(Issue::scim_type) {
            object.insert("scimType", Value::from(scim_type.as_str()));
        }
        object.insert("detail", Value::from(detail(issues)));
        let mut response = Self::json(status, media, &object.into());
        response.audit.code = first.map(|issue| issue.code);
        response
    }

    /// The head of it, as HEAD wants it (RFC 9110 §9.3.2).
    pub(super) fn without_body(mut self) -> Self {
        let length = std::mem::take(&mut self.body).len();
        if length == 0 { self } else { self.with("content-length", length.to_string()) }
    }

    #[must_use]
    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    /// The value of a header, found by its lower-case name.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let answer = run(&engine, &mut MemoryStore::new(), Request::new("GET", "/Users"), env);
    /// assert!(answer.header("content-type").is_some_and(|kind| kind.starts_with("application/scim+json")));
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for Response {
    /// Without the body, which is people's data.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .field("audit", &self.audit)
            .finish()
    }
}

/// All findings in one line, each with its place; help for the only one.
fn detail(issues: &[Issue]) -> String {
    let mut parts: Vec<String> = issues.iter().take(MOST_FINDINGS).map(sentence).collect();
    if issues.len() > MOST_FINDINGS {
        parts.push(format!("and {} more", issues.len() - MOST_FINDINGS));
    }
    let mut text = parts.join("; ");
    if let [only] = issues
        && let Some(help) = only.help()
    {
        text.push_str(" (");
        text.push_str(&help);
        text.push(')');
    }
    text
}

fn sentence(issue: &Issue) -> String {
    let pointer = issue.pointer.to_string();
    match (pointer.is_empty(), issue.span) {
        (false, _) => format!("{}, at {pointer}", issue.message()),
        (true, Some(span)) => format!("{}, at byte {}", issue.message(), span.start),
        (true, None) => issue.message(),
    }
}
