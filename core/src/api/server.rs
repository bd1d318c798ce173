//! The protocol engine over JSON text.

use super::options::{only, read_options};
use super::{Failure, Input};
use crate::error::{Code, Error};
use crate::limits::Limits;
use crate::protocol::{
    self, Config, Env, MemoryStore, Need, Request, Response, Store, StoreResult,
};
use crate::time::Instant;
use crate::value::{Object, Value, read, to_text};

/// An answer to a request.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This operation on the store, as JSON; its result goes into the next step.
    Store(String),
    /// Nothing: this is the answer.
    Reply(Answer),
}

/// The protocol engine, for hosts that bring their own store.
#[derive(Debug)]
pub struct Engine {
    inner: protocol::Engine,
}

impl Engine {
    /// An engine; `config` as [`Config::from_value`] reads it, the empty text for the defaults.
    ///
    /// # Errors
    /// See [`Config::from_value`].
    pub fn new(config: &str) -> Result<Self, Failure> {
        let config = Config::from_value(&Value::Object(read_options(config)?))?;
        Ok(Self { inner: protocol::Engine::new(config) })
    }

    /// The engine beneath.
    pub fn inner(&self) -> &protocol::Engine {
        &self.inner
    }

    /// Begins an exchange. `request` is `{"method", "target", "headers": {name: value}}`, `env`
    /// is `{"now": dateTime, "ids": […], "baseUrl"?, "tenant"?, "principal"?,
    /// "permissions"?: […], "subject"?: {"type", "id"}}`.
    ///
    /// # Errors
    /// `invalid-option` for a request or environment of another shape.
    pub fn begin(&self, request: &str, body: Vec<u8>, env: &str) -> Result<Exchange, Failure> {
        Ok(Exchange { inner: self.inner.begin(read_request(request, body)?, read_env(env)?) })
    }
}

/// One request on its way to its answer.
#[derive(Debug)]
pub struct Exchange {
    inner: protocol::Exchange,
}

impl Exchange {
    /// Goes on: without a result the first time, with that of the last store operation, as
    /// JSON, after that.
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

    /// The exchange beneath.
    pub fn inner(&self) -> &protocol::Exchange {
        &self.inner
    }

    /// Goes on to the end with a store within reach.
    pub fn run(&mut self, store: &mut impl Store) -> Answer {
        self.inner.run(store).into()
    }
}

/// A whole SCIM server in memory: for tests, demonstrations and the browser.
#[derive(Debug)]
pub struct MemoryServer {
    engine: Engine,
    store: MemoryStore,
}

impl MemoryServer {
    /// An empty server; `config` as [`Engine::new`] takes it.
    ///
    /// # Errors
    /// See [`Engine::new`].
    pub fn new(config: &str) -> Result<Self, Failure> {
        Ok(Self { engine: Engine::new(config)?, store: MemoryStore::new() })
    }

    /// Puts a complete resource, with `id` and `meta.resourceType`, into the store as it is.
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
    /// # Errors
    /// See [`Engine::begin`]. What is wrong with the request itself is an answer, not an error.
    pub fn handle(&mut self, request: &str, body: &[u8], env: &str) -> Result<Answer, Failure> {
        let request = read_request(request, body.to_vec())?;
        Ok(protocol::run(&self.engine.inner, &mut self.store, request, read_env(env)?).into())
    }
}

fn text<'o>(object: &'o Object<'_>, name: &str, expected: &str) -> Result<Option<&'o str>, Error> {
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

fn read_env(env: &str) -> Result<Env, Error> {
    let object = read_options(env)?;
    only(&object, &["now", "ids", "baseUrl", "tenant", "principal", "permissions", "subject"])?;
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
    let mut read = Env::new(now, ids.into_iter());
    if let Some(base_url) = text(&object, "baseUrl", "a URL")? {
        read = read.with_base_url(base_url);
    }
    if let Some(tenant) = text(&object, "tenant", "a name")? {
        read = read.with_tenant(tenant);
    }
    if let Some(principal) = text(&object, "principal", "a name")? {
        read = read.with_principal(principal);
    }
    match object.get("permissions") {
        None | Some(Value::Null) => {}
        Some(permissions) => {
            let wrong = || Error::invalid_option("permissions", "an array of strings");
            let permissions = permissions.as_array().ok_or_else(wrong)?.iter();
            let permissions: Vec<&str> =
                permissions.map(|one| one.as_str().ok_or_else(wrong)).collect::<Result<_, _>>()?;
            read = read.with_permissions(permissions);
        }
    }
    match object.get("subject") {
        None | Some(Value::Null) => {}
        Some(subject) => {
            let named = |name| subject.get(name).and_then(Value::as_str);
            let (Some(kind), Some(id)) = (named("type"), named("id")) else {
                return Err(Error::invalid_option("subject", "an object with `type` and `id`"));
            };
            read = read.with_subject(kind, id);
        }
    }
    Ok(read)
}
