//! The engine: a configuration that requests are begun with.

use std::sync::Arc;

use super::call::Call;
use super::config::Config;
use super::exchange::{Exchange, Fault, Flow};
use super::query::{Parameters, Question};
use super::request::{Env, Head, Request, body};
use super::response::Response;
use super::restore::{self, Task};
use super::route::{DISCOVERY, Operation, Route, may_discover};
use super::store::{Document, Key, StoreOp, unique_keys};
use super::{bulk, discovery, list, me, openapi, stored, upsert, write};
use crate::error::{Code, Error, Pointer};
use crate::schema::Compiled;
use crate::value::Value;

/// A SCIM service without its store. Cheap to clone; holds no state of requests.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
/// use scimforge::time::Instant;
///
/// let engine = Engine::new(Config::default());
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let answer = run(&engine, &mut MemoryStore::new(), Request::new("GET", "/Users"), env);
/// assert_eq!(answer.status, 200);
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    config: Arc<Config>,
}

impl Engine {
    /// A service with these settings.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine};
    ///
    /// let mut config = Config::default();
    /// config.require_if_match = true;
    /// assert!(Engine::new(config).clone().config().require_if_match);
    /// ```
    pub fn new(config: Config) -> Self {
        Self { config: Arc::new(config.prepared()) }
    }

    /// The settings.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine};
    ///
    /// assert_eq!(Engine::new(Config::default()).config().default_page_size, 100);
    /// ```
    pub fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn shared(&self) -> Arc<Config> {
        self.config.clone()
    }

    /// Reads a request as far as that goes without the store.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, Need, Request, StoreOp};
    /// use scimforge::time::Instant;
    ///
    /// let engine = Engine::new(Config::default());
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let mut exchange = engine.begin(Request::new("GET", "/Users/u-1"), env);
    /// assert!(matches!(exchange.step(None), Need::Store(StoreOp::Get { .. })));
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a request is answered once; the host need not keep it"
    )]
    pub fn begin(&self, request: Request, env: Env) -> Exchange {
        let mut call = Call::new(self.config.clone(), env);
        call.bodiless = request.is_head();
        let config = &self.config;
        let head = match Head::read(&request, config) {
            Ok(head) => head,
            Err(refusal) => return Exchange::refused(call, refusal),
        };
        call.route(&head);
        let body = || match head.route {
            Route::Bulk => bulk::body(&request, config),
            _ => body(&request, config.max_body, &config.limits),
        };
        let begun = begin(&mut call, &head, body);
        Exchange::begun(call, head.route, head.operation, begun)
    }

    /// Whether a request is for everybody: discovery, where the settings leave it open. Decided
    /// on the route that [`begin`](Self::begin) would run.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Request};
    ///
    /// let engine = Engine::new(Config::default());
    /// assert!(engine.is_open(&Request::new("GET", "/Schemas")));
    /// assert!(!engine.is_open(&Request::new("GET", "/Schemas/../Users")));
    /// ```
    pub fn is_open(&self, request: &Request) -> bool {
        let config = &self.config;
        config.open_discovery
            && may_discover(&request.target)
            && Head::read(request, config).is_ok_and(|head| head.operation == Operation::Discover)
    }

    /// What the path of every request that [`is_open`](Self::is_open) has in it: one of these, or a
    /// percent sign. A host asks only for those.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine};
    ///
    /// let mut closed = Config::default();
    /// closed.open_discovery = false;
    /// assert!(Engine::new(closed).open_names().is_empty());
    /// assert!(Engine::new(Config::default()).open_names().contains(&"Schemas"));
    /// ```
    pub fn open_names(&self) -> &'static [&'static str] {
        if self.config.open_discovery { &DISCOVERY } else { &[] }
    }

    /// The answer to a request that the host turns down: 401, 413 for a body that it will not
    /// read, 429. The body need not be there.
    ///
    /// ```
    /// use scimforge::error::{Code, Error};
    /// use scimforge::protocol::{Config, Engine, Env, Request};
    /// use scimforge::time::Instant;
    ///
    /// let engine = Engine::new(Config::default());
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let answer = engine.refuse(&Request::new("POST", "/Users"), env, Error::new(Code::Unauthorized));
    /// assert_eq!((answer.status, answer.audit.operation.as_str()), (401, "Users:create"));
    /// ```
    pub fn refuse(&self, request: &Request, env: Env, error: Error) -> Response {
        let mut call = Call::new(self.config.clone(), env);
        call.bodiless = request.is_head();
        match Head::read(request, &self.config) {
            Ok(head) => call.route(&head),
            Err(refusal) => call.media = refusal.media,
        }
        call.refuse(error)
    }

    /// Begins what the host does with resources that were removed and are kept; no client can.
    /// The `tenant` of the `Env` is theirs.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Task};
    /// use scimforge::time::Instant;
    ///
    /// let engine = Engine::new(Config::default());
    /// let env = || Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let nobody = Task::Restore { resource_type: "User".into(), id: "u-1".into() };
    /// let answer = engine.perform(nobody, env()).run(&mut MemoryStore::new());
    /// assert_eq!((answer.status, &*answer.audit.operation), (404, "Users:restore"));
    /// ```
    pub fn perform(&self, task: Task, env: Env) -> Exchange {
        restore::perform(Call::new(self.config.clone(), env), task)
    }

    /// The server in the words of `OpenAPI` 3.1, as `GET /openapi.json` answers: each route and
    /// method that the settings have, with schemas for JSON Schema 2020-12. `base_url` is where
    /// clients reach it; empty: the base path.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine};
    ///
    /// let document = Engine::new(Config::default()).openapi("https://scim.example.test/v2");
    /// assert!(document.get("paths").is_some_and(|paths| paths.get("/Users/{id}").is_some()));
    /// ```
    pub fn openapi(&self, base_url: &str) -> Value<'static> {
        openapi::document(&self.config, base_url)
    }

    /// The operation that puts a complete resource, with `id` and `meta.resourceType`, into a
    /// store as it is: for seeds and imports.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, MemoryStore, Store, StoreResult};
    /// use scimforge::value::read;
    ///
    /// let engine = Engine::new(Config::default());
    /// let rosa = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    ///     "id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}"#)?;
    /// let mut store = MemoryStore::new();
    /// assert!(matches!(store.run(engine.insertion("", rosa)?), StoreResult::Done));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `required` without an `id`, `unknown-schema` for a resource of no known type.
    pub fn insertion(&self, tenant: &str, resource: Value<'static>) -> Result<StoreOp, Error> {
        let document = Document::new(resource);
        if document.id().is_empty() {
            return Err(Error::new(Code::Required)
                .with("attribute", "id")
                .at(Pointer::root().name("id")));
        }
        let compiled = self.resource_type(document.resource_type()).ok_or_else(|| {
            Error::new(Code::UnknownSchema).at(Pointer::root().name("meta").name("resourceType"))
        })?;
        let (resource, password) = stored::take_password(compiled, document.into_resource());
        let document = Document::new(resource);
        let key = Key {
            tenant: tenant.into(),
            resource_type: compiled.resource_type().name.clone(),
            id: document.id().into(),
        };
        let unique = unique_keys(compiled, &document.resource);
        Ok(StoreOp::Insert { key, document, unique, password, event: None })
    }

    /// The resource type with this name.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine};
    ///
    /// let engine = Engine::new(Config::default());
    /// assert!(engine.resource_type("Group").is_some() && engine.resource_type("Printer").is_none());
    /// ```
    pub fn resource_type(&self, name: &str) -> Option<&Arc<Compiled>> {
        self.config.resource_types.get(self.config.kind(name)?)
    }
}

/// Begins what a head asks for, if whoever asks may. `body` is read where one is needed.
pub(super) fn begin<'b>(
    call: &mut Call,
    head: &Head,
    body: impl FnOnce() -> Result<Value<'b>, Error>,
) -> Result<Flow, Fault> {
    let config = call.config.clone();
    call.admit(head)?;
    let parameters = &head.parameters;
    match (&head.route, head.operation) {
        (Route::Bulk, _) => bulk::bulk(call, &body()?),
        (Route::Me, operation) => me::me(call, operation, parameters, body),
        (route, Operation::Discover) => discovery::discover(call, route, parameters),
        (Route::Root, _) => list::list(call, &all(&config), &Question::of_parameters(parameters)?),
        (Route::Search(kind), _) => {
            let message = body()?;
            let question = Question::of_message(&message, call.profile, &mut call.trace)?;
            let kinds = kind.map_or_else(|| all(&config), |kind| vec![kind]);
            list::list(call, &kinds, &question)
        }
        (Route::Collection(kind), Operation::List) => {
            list::list(call, &[*kind], &Question::of_parameters(parameters)?)
        }
        (Route::Collection(kind), _) => {
            let accepted = write::accept(call, *kind, parameters, body()?)?;
            upsert::begin(call, accepted)
        }
        (Route::Resource { kind, id }, operation) => {
            on_resource(call, (*kind, id), operation, parameters, body)
        }
        _ => Err(Error::new(Code::NoEndpoint).into()),
    }
}

/// Begins what is asked of one resource.
pub(super) fn on_resource<'b>(
    call: &mut Call,
    (kind, id): (usize, &str),
    operation: Operation,
    parameters: &Parameters,
    body: impl FnOnce() -> Result<Value<'b>, Error>,
) -> Result<Flow, Fault> {
    match operation {
        Operation::View => write::view(call, kind, id, parameters),
        Operation::Replace => write::replace(call, kind, id, parameters, body()?),
        Operation::Update => write::update(call, kind, id, parameters, body()?),
        _ => write::delete(call, kind, id),
    }
}

fn all(config: &Config) -> Vec<usize> {
    (0..config.resource_types.len()).collect()
}
