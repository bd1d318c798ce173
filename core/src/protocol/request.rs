//! What comes in.

use std::sync::Arc;

use super::config::Config;
use super::media::{Media, check_content_type};
use super::query::Parameters;
use super::route::{Method, Operation, Route};
use crate::error::{Code, Error};
use crate::limits::Limits;
use crate::name;
use crate::profile::Profile;
use crate::time::Instant;
use crate::value::{Value, read_bytes};

/// An HTTP request.
///
/// ```
/// use scimforge::protocol::Request;
///
/// let request = Request::new("POST", "/Users")
///     .with_header("Content-Type", "application/scim+json")
///     .with_body(br#"{"userName": "rosa"}"#.to_vec());
/// assert_eq!((request.headers.len(), request.body.len()), (1, 20));
/// ```
#[derive(Clone, Default)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// Path and query, as they stand in the request line.
    pub target: String,
    /// Names, in any case, and values.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    ///
    /// ```
    /// use scimforge::protocol::Request;
    ///
    /// let request = Request::new("GET", "/Users?count=10");
    /// assert!(request.headers.is_empty() && request.body.is_empty());
    /// ```
    pub fn new(method: impl Into<String>, target: impl Into<String>) -> Self {
        Self { method: method.into(), target: target.into(), ..Self::default() }
    }

    /// The same with one more header.
    ///
    /// ```
    /// use scimforge::protocol::Request;
    ///
    /// let request = Request::new("DELETE", "/Users/u-1").with_header("If-Match", "W/\"3\"");
    /// assert_eq!(request.headers, [("If-Match".to_owned(), "W/\"3\"".to_owned())]);
    /// ```
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The same with a body.
    ///
    /// ```
    /// use scimforge::protocol::Request;
    ///
    /// assert_eq!(Request::new("POST", "/Users").with_body(b"{}".to_vec()).body, b"{}");
    /// ```
    #[must_use]
    pub fn with_body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Whether it is a GET that wants no body: every server has both (RFC 9110 §9.1).
    pub(super) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

impl std::fmt::Debug for Request {
    /// Without values: they are people's data and tokens.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("path", &path)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// What the engine cannot know by itself.
///
/// ```
/// use scimforge::protocol::Env;
/// use scimforge::time::Instant;
///
/// let now = Instant::parse("2026-03-01T09:30:00Z").expect("an instant");
/// let env = Env::new(now, (1..).map(|number| format!("u-{number}")))
///     .with_base_url("https://scim.example.test/v2")
///     .with_tenant("north")
///     .with_principal("hr-system");
/// assert_eq!((env.tenant.as_str(), env.principal.as_deref()), ("north", Some("hr-system")));
/// ```
pub struct Env {
    /// The time of the request.
    pub now: Instant,
    /// Identifiers for new resources.
    pub ids: Box<dyn Iterator<Item = String> + Send>,
    /// The base URL of locations, such as `https://scim.example.test/v2`. Empty: that of the
    /// configuration.
    pub base_url: String,
    /// Who asks, for the audit record.
    pub principal: Option<String>,
    /// Whose data this is about; part of every key.
    pub tenant: String,
    /// What the one who asks may do (see [`Permissions`](super::Permissions)). `None`: the host
    /// decides itself, and everything is allowed here.
    pub permissions: Option<Arc<[Box<str>]>>,
    /// The resource that the one who asks is, for `/Me`.
    pub subject: Option<Subject>,
    /// What is tolerated of this client. `None`: what the configuration says.
    pub profile: Option<Profile>,
    /// What the request is called in its events (RFC 8417 §2.2). `None`: an identifier of `ids`.
    pub txn: Option<String>,
}

/// The resource that somebody is.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
/// use scimforge::time::Instant;
///
/// let nobody = Env::new(Instant::from_unix(0), std::iter::empty());
/// let engine = Engine::new(Config::default());
/// let answer = run(&engine, &mut MemoryStore::new(), Request::new("GET", "/Me"), nobody);
/// assert_eq!(answer.status, 404);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The name of its resource type.
    pub resource_type: Box<str>,
    /// Its `id`.
    pub id: Box<str>,
}

impl Env {
    /// For the tenant with the empty name.
    ///
    /// ```
    /// use scimforge::protocol::Env;
    /// use scimforge::time::Instant;
    ///
    /// let mut env = Env::new(Instant::from_unix(0), ["u-1".to_owned()].into_iter());
    /// assert_eq!((env.ids.next().as_deref(), env.tenant.as_str()), (Some("u-1"), ""));
    /// ```
    pub fn new(now: Instant, ids: impl Iterator<Item = String> + Send + 'static) -> Self {
        Self {
            now,
            ids: Box::new(ids),
            base_url: String::new(),
            principal: None,
            tenant: String::new(),
            permissions: None,
            subject: None,
            profile: None,
            txn: None,
        }
    }

    /// The same for somebody who may do this and nothing else.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(0), std::iter::empty()).with_permissions(["Users:list"]);
    /// let engine = Engine::new(Config::default());
    /// let answer = run(&engine, &mut MemoryStore::new(), Request::new("GET", "/Groups"), env);
    /// assert_eq!(answer.status, 403);
    /// ```
    #[must_use]
    pub fn with_permissions(
        mut self,
        permissions: impl IntoIterator<Item = impl Into<Box<str>>>,
    ) -> Self {
        self.permissions = Some(permissions.into_iter().map(Into::into).collect());
        self
    }

    /// The same for somebody who is a resource of this type with this `id`.
    ///
    /// ```
    /// use scimforge::protocol::Env;
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(0), std::iter::empty()).with_subject("User", "u-1");
    /// assert_eq!(&*env.subject.expect("somebody").id, "u-1");
    /// ```
    #[must_use]
    pub fn with_subject(
        mut self,
        resource_type: impl Into<Box<str>>,
        id: impl Into<Box<str>>,
    ) -> Self {
        self.subject = Some(Subject { resource_type: resource_type.into(), id: id.into() });
        self
    }

    /// The same for a client of which other things are tolerated than of the rest.
    ///
    /// ```
    /// use scimforge::profile::Profile;
    /// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(0), std::iter::empty()).with_profile(Profile::STRICT);
    /// let request = Request::new("GET", "/Users?filter=active+eq+%22True%22");
    /// assert_eq!(run(&Engine::new(Config::default()), &mut MemoryStore::new(), request, env).status, 400);
    /// ```
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
    }

    /// The same with a name for the request in its events.
    ///
    /// ```
    /// use scimforge::protocol::Env;
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(0), std::iter::empty()).with_txn("t-1");
    /// assert_eq!(env.txn.as_deref(), Some("t-1"));
    /// ```
    #[must_use]
    pub fn with_txn(mut self, txn: impl Into<String>) -> Self {
        self.txn = Some(txn.into());
        self
    }

    /// The same with a base URL.
    ///
    /// ```
    /// use scimforge::protocol::Env;
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(0), std::iter::empty());
    /// assert_eq!(env.with_base_url("https://scim.example.test").base_url, "https://scim.example.test");
    /// ```
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// The same for a tenant.
    ///
    /// ```
    /// use scimforge::protocol::Env;
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(0), std::iter::empty());
    /// assert_eq!(env.with_tenant("north").tenant, "north");
    /// ```
    #[must_use]
    pub fn with_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// The same for somebody.
    ///
    /// ```
    /// use scimforge::protocol::Env;
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(0), std::iter::empty());
    /// assert_eq!(env.with_principal("hr-system").principal.as_deref(), Some("hr-system"));
    /// ```
    #[must_use]
    pub fn with_principal(mut self, principal: impl Into<String>) -> Self {
        self.principal = Some(principal.into());
        self
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Env")
            .field("now", &self.now)
            .field("base_url", &self.base_url)
            .field("principal", &self.principal)
            .field("tenant", &self.tenant)
            .field("permissions", &self.permissions)
            .finish_non_exhaustive()
    }
}

/// Why a request is turned down before it begins, with the `Allow` header of a 405.
pub(super) struct Refusal {
    pub(super) error: Error,
    pub(super) allow: Option<String>,
    pub(super) media: Media,
}

/// The head of a request, read.
pub(super) struct Head {
    pub(super) route: Route,
    pub(super) operation: Operation,
    pub(super) media: Media,
    pub(super) parameters: Parameters,
    pub(super) if_match: Option<String>,
    pub(super) if_none_match: Option<String>,
}

impl Head {
    pub(super) fn read(request: &Request, config: &Config) -> Result<Self, Refusal> {
        let refusal = |media: Media| move |error: Error| Refusal { error, allow: None, media };
        let accept = joined(request, "accept");
        let media = Media::of_accept(accept.as_deref()).map_err(refusal(Media::Scim))?;
        let refused = refusal(media);
        let target = origin_form(&request.target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let route = Route::parse(path, &config.base_path, &config.endpoints()).map_err(refused)?;
        let method =
            if request.is_head() { Some(Method::Get) } else { Method::parse(&request.method) };
        let Some(operation) = method.and_then(|method| route.operation(method)) else {
            config.serves(&route).map_err(refused)?;
            let error = Error::new(Code::MethodNotAllowed);
            return Err(Refusal { error, allow: Some(allow(&route)), media });
        };
        let parameters = Parameters::parse(query).map_err(refusal(media))?;
        Ok(Self {
            route,
            operation,
            media,
            parameters,
            if_match: joined(request, "if-match"),
            if_none_match: joined(request, "if-none-match"),
        })
    }
}

impl Head {
    /// The head that an operation of a Bulk stands for; an endpoint or a resource, and nothing
    /// else.
    pub(super) fn of_bulk(
        config: &Config,
        method: Method,
        target: &str,
        if_match: Option<String>,
    ) -> Result<Self, Error> {
        let target = origin_form(target);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let route = Route::parse(path, &config.base_path, &config.endpoints())?;
        if !matches!(route, Route::Collection(_) | Route::Resource { .. } | Route::Me) {
            return Err(Error::new(Code::BulkPath));
        }
        let operation =
            route.operation(method).ok_or_else(|| Error::new(Code::MethodNotAllowed))?;
        let parameters = Parameters::parse(query)?;
        Ok(Self { parameters, if_match, ..Self::of_resource(route, operation) })
    }

    /// A head that names a route and what is done there, in whatever version that is.
    pub(super) fn of_resource(route: Route, operation: Operation) -> Self {
        Self {
            route,
            operation,
            media: Media::default(),
            parameters: Parameters::default(),
            if_match: Some("*".to_owned()),
            if_none_match: None,
        }
    }
}

/// The methods of a route; HEAD goes where GET does.
fn allow(route: &Route) -> String {
    let mut names = Vec::new();
    for (method, _) in route.methods() {
        names.push(method.as_str());
        if *method == Method::Get {
            names.push("HEAD");
        }
    }
    names.join(", ")
}

/// The path and query of a target that may have a scheme and a host before them.
fn origin_form(target: &str) -> &str {
    let rest = ["http://", "https://"]
        .iter()
        .find(|scheme| name::starts_with(target, scheme))
        .and_then(|scheme| target.get(scheme.len()..));
    match rest {
        Some(rest) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/"),
        None => target,
    }
}

/// The values of a header, which may stand more than once.
fn joined(request: &Request, header: &str) -> Option<String> {
    let values: Vec<&str> = request
        .headers
        .iter()
        .filter(|(own, _)| name::same(own, header))
        .map(|(_, value)| value.as_str())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Reads the body of a request that must have one.
///
/// # Errors
/// `unsupported-media-type`, `too-large`, and those of reading JSON.
pub(super) fn body<'r>(
    request: &'r Request,
    max_body: usize,
    limits: &Limits,
) -> Result<Value<'r>, Error> {
    check_content_type(joined(request, "content-type").as_deref())?;
    if request.body.len() > max_body {
        return Err(Error::new(Code::TooLarge).with("limit", max_body.to_string()));
    }
    read_bytes(&request.body, limits).map_err(|error| {
        // By its bytes and not by Content-Encoding, which stays when a host has unpacked the body.
        let is_packed = request.body.starts_with(&GZIP);
        let packed = || Error::new(Code::UnsupportedMediaType).helped("send it uncompressed");
        if is_packed { packed() } else { error }
    })
}

/// What RFC 1952 begins with, and no JSON does.
const GZIP: [u8; 2] = [0x1f, 0x8b];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_lose_scheme_and_host() {
        assert_eq!(origin_form("https://scim.example.test/v2/Users?x=/"), "/v2/Users?x=/");
        assert_eq!(origin_form("http://scim.example.test"), "/");
        assert_eq!(origin_form("/Users?x=http://a"), "/Users?x=http://a");
    }

    #[test]
    fn a_compressed_body_is_called_that() {
        let of = |bytes: &[u8]| {
            let request = Request::new("POST", "/Users").with_body(bytes.to_vec());
            body(&request, 100, &Limits::default()).map(|_| ()).map_err(|error| error.code())
        };
        assert_eq!(of(&[0x1f, 0x8b, 0x08, 0x00]), Err(Code::UnsupportedMediaType));
        assert_eq!(of(&[0x1f, b'{']), Err(Code::InvalidJson));
        assert_eq!(of(b"{}"), Ok(()));
    }

    #[test]
    fn debug_shows_no_values() {
        let request = Request::new("GET", "/Users?filter=userName eq \"rosa\"")
            .with_header("Authorization", "Bearer abc");
        let text = format!("{request:?}");
        assert!(!text.contains("rosa") && !text.contains("abc"), "{text}");
    }
}
