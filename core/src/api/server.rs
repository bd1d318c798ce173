//! The protocol engine over JSON text.

use super::caller::{self, Caller};
use super::options::{only, read_options};
use super::{Failure, Input};
use crate::error::{Code, Error, codes};
use crate::limits::Limits;
use crate::protocol::{
    self, Config, Env, MemoryStore, Need, Operation, Request, Response, Store, StoreOp, StoreResult,
};
use crate::time::Instant;
use crate::value::{Object, Value, read, to_text};

/// An answer to a request.
///
/// ```
/// use scimforge::api::{Answer, MemoryServer};
///
/// let mut server = MemoryServer::new("")?;
/// let request = r#"{"method": "GET", "target": "/Users", "headers": {}}"#;
/// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
/// let Answer { status, body, .. } = server.handle(request, b"", env)?;
/// assert!(status == 200 && String::from_utf8_lossy(&body).contains(r#""totalResults":0"#));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names, in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The bytes of the body; empty if there is none.
    pub body: Vec<u8>,
    /// What happened, as JSON, for the log: no values, no secrets.
    pub audit: String,
}

impl Answer {
    /// The headers as JSON text: an array of pairs, in order.
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// let request = r#"{"method": "GET", "target": "/Users", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let answer = MemoryServer::new("")?.handle(request, b"", env)?;
    /// assert!(answer.headers_text().contains(r#"["content-type","application/scim+json"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn headers_text(&self) -> String {
        let text = |text: &String| Value::from(text.clone());
        let pair = |(name, value): &(String, String)| Value::Array(vec![text(name), text(value)]);
        to_text(&Value::Array(self.headers.iter().map(pair).collect()))
    }
}

impl From<Response> for Answer {
    fn from(response: Response) -> Self {
        let headers = response.headers.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self {
            status: response.status,
            headers: headers.collect(),
            body: response.body,
            audit: to_text(&response.audit.to_value()),
        }
    }
}

/// What an [`Exchange`] needs next.
///
/// ```
/// use scimforge::api::{Engine, Step};
///
/// let request = r#"{"method": "GET", "target": "/Users/u-1", "headers": {}}"#;
/// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
/// let mut exchange = Engine::new("")?.begin(request, Vec::new(), env)?;
/// let Step::Store(operation) = exchange.step(None)? else { unreachable!() };
/// assert!(operation.starts_with(r#"{"op":"get""#));
/// let Step::Reply(answer) = exchange.step(Some(r#"{"row": null}"#))? else { unreachable!() };
/// assert_eq!(answer.status, 404);
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This operation on the store, as JSON; its result goes into the next step.
    Store(String),
    /// Nothing: this is the answer.
    Reply(Answer),
}

/// The protocol engine, for hosts that bring their own store.
///
/// ```
/// use scimforge::api::Engine;
/// use scimforge::protocol::MemoryStore;
///
/// let engine = Engine::new(r#"{"profile": "entra"}"#)?;
/// let request = r#"{"method": "GET", "target": "/Groups", "headers": {}}"#;
/// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
/// let answer = engine.begin(request, Vec::new(), env)?.run(&mut MemoryStore::new());
/// assert_eq!(answer.status, 200);
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug)]
pub struct Engine {
    inner: protocol::Engine,
}

impl Engine {
    /// An engine; `config` as [`Config::from_value`] reads it, the empty text for the defaults.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// assert!(Engine::new("").is_ok());
    /// let failed = Engine::new(r#"{"maxResults": 0}"#).expect_err("none at all");
    /// assert_eq!(failed.issues[0].code.as_str(), "invalid-option");
    /// ```
    ///
    /// # Errors
    /// See [`Config::from_value`].
    pub fn new(config: &str) -> Result<Self, Failure> {
        let config = Config::from_value(&Value::Object(read_options(config)?))?;
        Ok(Self { inner: protocol::Engine::new(config) })
    }

    /// The server in the words of `OpenAPI` 3.1, as JSON text; `base_url` as
    /// [`Engine::openapi`](protocol::Engine::openapi) takes it.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// assert!(Engine::new("")?.openapi("").starts_with(r#"{"openapi":"3.1.0""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn openapi(&self, base_url: &str) -> String {
        to_text(&self.inner.openapi(base_url))
    }

    /// The operations of the server, and the permission that each needs, as JSON text: a list of
    /// `{"operation", "permission"}`.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// let engine = Engine::new(r#"{"permissions": {"Users:list": "people.read"}}"#)?;
    /// let first = r#"[{"operation":"Users:list","permission":"people.read"},"#;
    /// assert!(engine.operations().starts_with(first));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn operations(&self) -> String {
        let config = self.inner.config();
        let rows = config.operations().into_iter().map(|operation| {
            let mut row = Object::new();
            let permission = config.permissions.needed(&operation).to_owned();
            row.insert("operation", Value::from(operation));
            row.insert("permission", Value::from(permission));
            Value::Object(row)
        });
        to_text(&Value::Array(rows.collect()))
    }

    /// The engine beneath.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// assert_eq!(Engine::new(r#"{"maxResults": 50}"#)?.inner().config().max_results, 50);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn inner(&self) -> &protocol::Engine {
        &self.inner
    }

    /// Begins an exchange. `request` is `{"method", "target", "headers": {name: value}}`, `env`
    /// is `{"now": dateTime, "ids": […], "baseUrl"?, "tenant"?, "principal"?,
    /// "permissions"?: […], "subject"?: {"type", "id"}, "profile"?, "txn"?}`.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// let request = r#"{"method": "DELETE", "target": "/Users/u-1", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": [], "principal": "hr-system"}"#;
    /// let exchange = Engine::new("")?.begin(request, Vec::new(), env)?;
    /// assert_eq!(exchange.inner().operation_name(), "Users:delete");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a request or environment of another shape.
    pub fn begin(&self, request: &str, body: Vec<u8>, env: &str) -> Result<Exchange, Failure> {
        let inner = self.inner.begin(read_request(request, body)?, read_env(env)?);
        Ok(Exchange { inner, waiting: None })
    }

    /// Whether a request is for everybody. `request` as [`Self::begin`] takes it.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// let request = r#"{"method": "GET", "target": "/ResourceTypes", "headers": {}}"#;
    /// assert!(Engine::new("")?.is_open(request)?);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a request of another shape.
    pub fn is_open(&self, request: &str) -> Result<bool, Failure> {
        Ok(self.inner.is_open(&read_request(request, Vec::new())?))
    }

    /// The passwords that a request may set, for a host that hashes them ahead; see
    /// [`protocol::Engine::passwords`]. What is given is as [`Self::begin`] takes it.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// let request = r#"{"method": "POST", "target": "/Users", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let body = br#"{"userName": "rosa", "password": "correct horse"}"#;
    /// assert_eq!(Engine::new("")?.passwords(request, body, env)?, ["correct horse"]);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a request or environment of another shape.
    pub fn passwords(&self, request: &str, body: &[u8], env: &str) -> Result<Vec<String>, Failure> {
        if !protocol::names_a_password(body) {
            return Ok(Vec::new());
        }
        let found = self.inner.passwords(&read_request(request, body.to_vec())?, read_env(env)?);
        Ok(found.iter().map(|secret| secret.reveal().to_owned()).collect())
    }

    /// The answer to a request that the host turns down. `reason` is `{"code", "limit"?}`:
    /// a code of the catalogue, and the number in its message; the rest as [`Self::begin`] takes it.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// let request = r#"{"method": "GET", "target": "/Users", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let answer = Engine::new("")?.refuse(request, env, r#"{"code": "too-many-requests"}"#)?;
    /// assert_eq!(answer.status, 429);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a request, environment or reason of another shape.
    pub fn refuse(&self, request: &str, env: &str, reason: &str) -> Result<Answer, Failure> {
        let reason = read_options(reason)?;
        only(&reason, &["code", "limit"])?;
        let expected = "a code of the catalogue";
        let named = text(&reason, "code", expected)?;
        let info = codes()
            .find(|info| Some(info.text) == named)
            .ok_or_else(|| Error::invalid_option("code", expected))?;
        let mut error = Error::new(info.code);
        if let Some(limit) = reason.get("limit").and_then(Value::as_count) {
            error = error.with("limit", limit.to_string());
        }
        Ok(self.inner.refuse(&read_request(request, Vec::new())?, read_env(env)?, error).into())
    }
}

/// One request on its way to its answer.
///
/// ```
/// use scimforge::api::{Engine, Step};
///
/// let request = r#"{"method": "GET", "target": "/Schemas", "headers": {}}"#;
/// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
/// let mut exchange = Engine::new("")?.begin(request, Vec::new(), env)?;
/// assert!(matches!(exchange.step(None)?, Step::Reply(answer) if answer.status == 200));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug)]
pub struct Exchange {
    inner: protocol::Exchange,
    /// What [`MemoryServer::advance`] is to do next.
    waiting: Option<StoreOp>,
}

impl Exchange {
    /// Goes on: without a result the first time, with that of the last store operation, as
    /// JSON, after that.
    ///
    /// ```
    /// use scimforge::api::{Engine, Step};
    ///
    /// let request = r#"{"method": "DELETE", "target": "/Users/u-1", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let mut exchange = Engine::new("")?.begin(request, Vec::new(), env)?;
    /// assert!(matches!(exchange.step(None)?, Step::Store(_)));
    /// assert!(exchange.step(Some(r#"{"maybe": true}"#)).is_err());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// A result that is not of the shape that the store contract gives.
    pub fn step(&mut self, result: Option<&str>) -> Result<Step, Failure> {
        let result = match result {
            Some(text) => Some(StoreResult::from_value(read(text)?)?),
            None => None,
        };
        Ok(match self.inner.step(result) {
            Need::Store(operation) => Step::Store(to_text(&operation.to_value())),
            Need::Reply(response) => Step::Reply(response.into()),
        })
    }

    /// An exchange that is not begun by a request.
    pub(super) fn of(inner: protocol::Exchange) -> Self {
        Self { inner, waiting: None }
    }

    /// The exchange beneath.
    ///
    /// ```
    /// use scimforge::api::Engine;
    /// use scimforge::protocol::Operation;
    ///
    /// let request = r#"{"method": "POST", "target": "/Users", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": ["u-1"]}"#;
    /// let exchange = Engine::new("")?.begin(request, b"{}".to_vec(), env)?;
    /// assert_eq!(exchange.inner().operation(), Some(Operation::Create));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn inner(&self) -> &protocol::Exchange {
        &self.inner
    }

    /// The same, to be gone on with as [`protocol::Exchange`] is.
    ///
    /// ```
    /// use scimforge::api::Engine;
    /// use scimforge::protocol::MemoryStore;
    ///
    /// let request = r#"{"method": "GET", "target": "/Users/u-1", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let mut exchange = Engine::new("")?.begin(request, Vec::new(), env)?.into_inner();
    /// assert_eq!(exchange.run(&mut MemoryStore::new()).status, 404);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn into_inner(self) -> protocol::Exchange {
        self.inner
    }

    /// Whether the store may have to change something. A host that takes locks, or opens a
    /// transaction, looks at this before the first step.
    ///
    /// ```
    /// use scimforge::api::Engine;
    ///
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let search = r#"{"method": "POST", "target": "/Users/.search", "headers": {}}"#;
    /// let bulk = r#"{"method": "POST", "target": "/Bulk", "headers": {}}"#;
    /// let engine = Engine::new("")?;
    /// assert!(!engine.begin(search, b"{}".to_vec(), env)?.writes());
    /// assert!(engine.begin(bulk, b"{}".to_vec(), env)?.writes());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn writes(&self) -> bool {
        self.inner.operation().is_some_and(Operation::writes)
    }

    /// Goes on to the end with a store within reach.
    ///
    /// ```
    /// use scimforge::api::Engine;
    /// use scimforge::protocol::MemoryStore;
    ///
    /// let request = r#"{"method": "GET", "target": "/Users/u-1", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let answer = Engine::new("")?.begin(request, Vec::new(), env)?.run(&mut MemoryStore::new());
    /// assert_eq!(answer.status, 404);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn run(&mut self, store: &mut impl Store) -> Answer {
        self.inner.run(store).into()
    }
}

/// A whole SCIM server in memory: for tests, demonstrations and the browser.
///
/// ```
/// use scimforge::api::MemoryServer;
///
/// let mut server = MemoryServer::new("")?;
/// let request = r#"{"method": "POST", "target": "/Users", "headers": {}}"#;
/// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": ["u-1"]}"#;
/// let body = br#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "rosa"}"#;
/// assert_eq!(server.handle(request, body, env)?.status, 201);
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug)]
pub struct MemoryServer {
    engine: Engine,
    store: MemoryStore,
}

impl MemoryServer {
    /// An empty server; `config` as [`Engine::new`] takes it.
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// assert!(MemoryServer::new(r#"{"basePath": "/scim"}"#).is_ok());
    /// ```
    ///
    /// # Errors
    /// See [`Engine::new`].
    pub fn new(config: &str) -> Result<Self, Failure> {
        Ok(Self { engine: Engine::new(config)?, store: MemoryStore::new() })
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn store(&mut self) -> &mut MemoryStore {
        &mut self.store
    }

    /// Begins a request that is to be done bit by bit; see [`advance`](Self::advance).
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let request = r#"{"method": "GET", "target": "/Users", "headers": {}}"#;
    /// assert!(MemoryServer::new("")?.begin(request, Vec::new(), env).is_ok());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Engine::begin`].
    pub fn begin(&self, request: &str, body: Vec<u8>, env: &str) -> Result<Exchange, Failure> {
        self.engine.begin(request, body, env)
    }

    /// Goes on by so many steps, each with one operation on the store at most; `None` if that was
    /// not all. A Bulk
    /// of many operations need not keep its host from everything else.
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// let mut server = MemoryServer::new("")?;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let request = r#"{"method": "GET", "target": "/Users/u-1", "headers": {}}"#;
    /// let mut exchange = server.begin(request, Vec::new(), env)?;
    /// assert!(server.advance(&mut exchange, 1).is_none());
    /// assert_eq!(server.advance(&mut exchange, 1).map(|answer| answer.status), Some(404));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn advance(&mut self, exchange: &mut Exchange, operations: usize) -> Option<Answer> {
        let mut result = None;
        for _ in 0..operations {
            if let Some(operation) = exchange.waiting.take() {
                result = Some(self.store.run(operation));
            }
            match exchange.inner.step(result.take()) {
                Need::Reply(response) => return Some(response.into()),
                Need::Store(operation) => exchange.waiting = Some(operation),
            }
        }
        None
    }

    /// See [`Engine::openapi`].
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// let document = MemoryServer::new(r#"{"bulk": false}"#)?.openapi("");
    /// assert!(!document.contains("BulkRequest"), "there is none");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn openapi(&self, base_url: &str) -> String {
        self.engine.openapi(base_url)
    }

    /// Puts a complete resource, with `id` and `meta.resourceType`, into the store as it is.
    ///
    /// ```
    /// use scimforge::api::{Input, MemoryServer};
    ///
    /// let mut server = MemoryServer::new("")?;
    /// let rosa = r#"{"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}"#;
    /// server.insert(Input::Text(rosa))?;
    /// assert!(server.insert(Input::Text(rosa)).is_err(), "it is there already");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading the document, `required` without an `id`, `unknown-schema` for a type
    /// that the server does not have, `uniqueness` if it is there already.
    pub fn insert(&mut self, document: Input<'_>) -> Result<(), Failure> {
        let resource = document.read(&Limits::DEFAULT)?.into_owned();
        let operation = self.engine.inner.insertion("", resource)?;
        match self.store.run(operation) {
            StoreResult::Conflict { attribute } => {
                Err(Error::new(Code::Uniqueness).with("attribute", attribute).into())
            }
            _ => Ok(()),
        }
    }

    /// Answers a request; `request` and `env` as [`Engine::begin`] takes them.
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// let request = r#"{"method": "GET", "target": "/Users?filter=is", "headers": {}}"#;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// assert_eq!(MemoryServer::new("")?.handle(request, b"", env)?.status, 400);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Engine::begin`]. What is wrong with the request itself is an answer, not an error.
    pub fn handle(&mut self, request: &str, body: &[u8], env: &str) -> Result<Answer, Failure> {
        let request = read_request(request, body.to_vec())?;
        Ok(self.run(request, read_env(env)?).into())
    }

    /// The same for a host that has a request in its parts, and no text of it.
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    /// use scimforge::protocol::{Env, Request};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let answer = MemoryServer::new("")?.run(Request::new("GET", "/Users/u-1"), env);
    /// assert_eq!(answer.status, 404);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn run(&mut self, request: Request, env: Env) -> Response {
        protocol::run(&self.engine.inner, &mut self.store, request, env)
    }
}

impl MemoryServer {
    /// The events after one with a number, as a JSON array of `{"seq", "event"}`, at most so
    /// many of them.
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// assert_eq!(MemoryServer::new(r#"{"events": true}"#)?.changes(0, 10), "[]");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn changes(&self, after: u64, most: usize) -> String {
        let each = self.store.changes(after).take(most).map(|(seq, event)| {
            let mut object = Object::new();
            object.insert("seq", Value::count(usize::try_from(seq).unwrap_or(usize::MAX)));
            object.insert("event", event.to_value());
            Value::from(object)
        });
        to_text(&Value::Array(each.collect()))
    }

    /// Forgets the events up to one with a number.
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// let mut server = MemoryServer::new(r#"{"events": true}"#)?;
    /// server.forget_changes(10);
    /// assert_eq!(server.changes(0, 10), "[]");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn forget_changes(&mut self, up_to: u64) {
        self.store.forget_changes(up_to);
    }
}

pub(super) fn text<'o>(
    object: &'o Object<'_>,
    name: &str,
    expected: &str,
) -> Result<Option<&'o str>, Error> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Error::invalid_option(name, expected)),
    }
}

fn read_request(request: &str, body: Vec<u8>) -> Result<Request, Error> {
    let object = read_options(request)?;
    only(&object, &["method", "target", "headers"])?;
    let needed = |name: &'static str| {
        text(&object, name, "a string")?.ok_or_else(|| Error::invalid_option(name, "a string"))
    };
    let mut read = Request::new(needed("method")?, needed("target")?).with_body(body);
    match object.get("headers") {
        None | Some(Value::Null) => {}
        Some(Value::Object(headers)) => {
            for (name, value) in headers.iter() {
                let value = value
                    .as_str()
                    .ok_or_else(|| Error::invalid_option("headers", "an object of strings"))?;
                read = read.with_header(name, value);
            }
        }
        Some(_) => return Err(Error::invalid_option("headers", "an object of strings")),
    }
    Ok(read)
}

pub(super) fn read_env(env: &str) -> Result<Env, Error> {
    let object = read_options(env)?;
    let own = ["now", "ids", "baseUrl", "txn"];
    let known: Vec<&str> = own.into_iter().chain(caller::MEMBERS).collect();
    only(&object, &known)?;
    let now =
        text(&object, "now", "a date and time")?.and_then(Instant::parse).ok_or_else(|| {
            Error::invalid_option("now", "the time of the request, such as 2026-03-01T09:30:00Z")
        })?;
    let ids: Vec<String> = object
        .get("ids")
        .and_then(Value::as_array)
        .unwrap_or_default()
        .iter()
        .map(|id| {
            id.as_str()
                .map(str::to_owned)
                .ok_or_else(|| Error::invalid_option("ids", "an array of strings"))
        })
        .collect::<Result<_, _>>()?;
    let mut read = Caller::of(&object)?.env(now, ids.into_iter());
    if let Some(base_url) = text(&object, "baseUrl", "a URL")? {
        read = read.with_base_url(base_url);
    }
    if let Some(txn) = text(&object, "txn", "a name")? {
        read = read.with_txn(txn);
    }
    Ok(read)
}
