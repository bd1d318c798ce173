//! The engine: a configuration that requests are begun with.

use std::sync::Arc;

use super::config::Config;
use super::exchange::{Call, Exchange, Fault, Flow};
use super::query::Question;
use super::request::{Env, Head, Request, body};
use super::route::{Operation, Route};
use super::store::{Document, Key, StoreOp, unique_keys};
use super::{discovery, list, write};
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
        Self { config: Arc::new(config) }
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
        let types = &self.config.resource_types;
        let endpoints: Vec<&str> =
            types.iter().map(|compiled| &*compiled.resource_type().endpoint).collect();
        let head = match Head::read(&request, &self.config.base_path, &endpoints) {
            Ok(head) => head,
            Err(refusal) => return Exchange::refused(call, refusal),
        };
        call.route(&head);
        let begun = begin(&mut call, &head, &request);
        Exchange::begun(call, head.route, head.operation, begun)
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
        let (resource, password) = write::take_password(compiled, document.resource);
        let document = Document::new(resource);
        let key = Key {
            tenant: tenant.into(),
            resource_type: compiled.resource_type().name.clone(),
            id: document.id().into(),
        };
        let unique = unique_keys(compiled, &document.resource);
        Ok(StoreOp::Insert { key, document, unique, password })
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
        self.config.resource_types.iter().find(|compiled| *compiled.resource_type().name == *name)
    }
}

fn begin(call: &mut Call, head: &Head, request: &Request) -> Result<Flow, Fault> {
    let config = call.config.clone();
    let read_body = || body(request, config.max_body, &config.limits);
    match (&head.route, head.operation) {
        (Route::Bulk, _) => Err(unsupported("Bulk")),
        (Route::Me, _) => Err(unsupported("/Me")),
        (route, Operation::Discover) => discovery::discover(call, route, &head.parameters),
        (Route::Root, _) => {
            list::list(call, &all(&config), &Question::of_parameters(&head.parameters)?)
        }
        (Route::Search(kind), _) => {
            let message = read_body()?;
            let question = Question::of_message(&message, config.profile, &mut call.trace)?;
            let kinds = kind.map_or_else(|| all(&config), |kind| vec![kind]);
            list::list(call, &kinds, &question)
        }
        (Route::Collection(kind), Operation::List) => {
            list::list(call, &[*kind], &Question::of_parameters(&head.parameters)?)
        }
        (Route::Collection(kind), _) => write::create(call, *kind, &head.parameters, read_body()?),
        (Route::Resource { kind, id }, Operation::View) => {
            write::view(call, *kind, id, &head.parameters)
        }
        (Route::Resource { kind, id }, Operation::Replace) => {
            write::replace(call, *kind, id, &head.parameters, read_body()?)
        }
        (Route::Resource { kind, id }, Operation::Update) => {
            write::update(call, *kind, id, &head.parameters, read_body()?)
        }
        (Route::Resource { kind, id }, _) => write::delete(call, *kind, id),
        _ => Err(Error::new(Code::NoEndpoint).into()),
    }
}

fn all(config: &Config) -> Vec<usize> {
    (0..config.resource_types.len()).collect()
}

fn unsupported(feature: &str) -> Fault {
    Error::new(Code::NotImplemented).with("feature", feature).into()
}
