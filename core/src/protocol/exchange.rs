//! One request on its way to its answer.

use super::bulk::Bulk;
use super::call::Call;
use super::engine::Engine;
use super::groups::{Leaving, Showing};
use super::in_groups::Resolving;
use super::list::Listing;
use super::request::{Env, Refusal, Request};
use super::response::Response;
use super::restore::{Parting, Restoring, listed, purged};
use super::route::{Operation, Route};
use super::store::{Key, Store, StoreOp, StoreResult};
use super::telling::{Noticing, Seen};
use super::upsert::Upserting;
use super::write::{Changing, Creating, Viewing};
use crate::error::{Code, Error, Issue};

/// What an [`Exchange`] needs next.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, Need, Request};
/// use scimforge::time::Instant;
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let engine = Engine::new(Config::default());
/// let need = engine.begin(Request::new("GET", "/ServiceProviderConfig"), env).step(None);
/// assert!(matches!(need, Need::Reply(answer) if answer.status == 200), "the store is not asked");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Need {
    /// This operation, its result for the next step.
    Store(StoreOp),
    /// Nothing: this is the answer.
    Reply(Response),
}

/// One request on its way to its answer.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Need, Request, Store};
/// use scimforge::time::Instant;
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let engine = Engine::new(Config::default());
/// let mut exchange = engine.begin(Request::new("DELETE", "/Users/u-1"), env);
/// // A host with a store that takes its time waits here.
/// let (mut store, mut result) = (MemoryStore::new(), None);
/// let answer = loop {
///     match exchange.step(result.take()) {
///         Need::Store(operation) => result = Some(store.run(operation)),
///         Need::Reply(answer) => break answer,
///         _ => unreachable!("there is no other need"),
///     }
/// };
/// assert_eq!(answer.status, 404);
/// ```
pub struct Exchange {
    pub(super) call: Call,
    route: Option<Route>,
    operation: Option<Operation>,
    stage: Stage,
}

/// What goes on next, and what waits for it.
pub(super) enum Flow {
    Ask(StoreOp, Stage),
    Answer(Response),
}

/// What an exchange waits for.
pub(super) enum Stage {
    /// The first step.
    Begun(Box<Flow>),
    Viewing(Viewing),
    /// The members of groups that a list is filtered by.
    Resolving(Box<Resolving>),
    Listing(Box<Listing>),
    /// What has the `externalId` of a resource that is to be made.
    Upserting(Box<Upserting>),
    Creating(Box<Creating>),
    /// The resource that is to be changed.
    Loading(Box<Changing>),
    /// That nobody else changes it meanwhile.
    Locking(Box<Changing>),
    /// The change.
    Saving(Box<Changing>),
    /// A resource that a POST may bring back.
    Recreating(Box<Creating>),
    /// The groups of what is to be removed and kept.
    Parting(Box<Parting>),
    /// The same, as they are before.
    Noticing(Box<Noticing>),
    /// The removal of a resource, and what its groups were.
    Removing(Key, Vec<Seen>),
    /// Resources that were removed, so many at most.
    ListingRemoved(usize),
    /// One that is to be restored: at first what it was, then that it is back.
    Restoring(Box<Restoring>),
    /// The end of some of them.
    Purging(usize),
    /// The groups of what is to be shown.
    Showing(Box<Showing>),
    /// The groups of what was removed.
    Leaving(Box<Leaving>),
    /// Operations of a Bulk, one after the other.
    Bulk(Box<Bulk>),
    Over,
}

/// Findings that end an exchange with an error message.
pub(super) struct Fault(pub(super) Vec<Issue>);

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self(vec![error.into_issue()])
    }
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Error::new(code).into()
    }
}

impl Exchange {
    pub(super) fn refused(call: Call, refusal: Refusal) -> Self {
        let mut response = Response::error(refusal.media, &[refusal.error.into_issue()]);
        if let Some(allow) = refusal.allow {
            response = response.with("allow", allow);
        }
        Self {
            call,
            route: None,
            operation: None,
            stage: Stage::Begun(Box::new(Flow::Answer(response))),
        }
    }

    /// What the host does by itself, for no request.
    pub(super) fn of_host(call: Call, operation: Operation, begun: Result<Flow, Fault>) -> Self {
        let mut exchange = Self::begun(call, Route::Root, operation, begun);
        exchange.route = None;
        exchange
    }

    pub(super) fn begun(
        call: Call,
        route: Route,
        operation: Operation,
        begun: Result<Flow, Fault>,
    ) -> Self {
        let flow = begun
            .unwrap_or_else(|Fault(issues)| Flow::Answer(Response::error(call.media, &issues)));
        Self {
            call,
            route: Some(route),
            operation: Some(operation),
            stage: Stage::Begun(Box::new(flow)),
        }
    }

    /// What the request is about; `None` if it was turned down before that was clear.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, Request, Route};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let exchange = engine.begin(Request::new("GET", "/Groups"), env);
    /// assert_eq!(exchange.route(), Some(&Route::Collection(1)), "the second resource type");
    /// ```
    pub fn route(&self) -> Option<&Route> {
        self.route.as_ref()
    }

    /// What the request does. A host that permits operations looks at this before the first
    /// step; it is what will be run.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, Operation, Request};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let exchange = engine.begin(Request::new("DELETE", "/Users/u-1"), env);
    /// assert_eq!(exchange.operation(), Some(Operation::Delete));
    /// ```
    pub fn operation(&self) -> Option<Operation> {
        self.operation
    }

    /// Route and operation in words, such as `Users:create`.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, Request};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// assert_eq!(engine.begin(Request::new("GET", "/Users"), env).operation_name(), "Users:list");
    /// ```
    pub fn operation_name(&self) -> &str {
        &self.call.operation
    }

    /// Ends the exchange without the store: 401 or 403 with an error message, as decided by
    /// the host.
    ///
    /// ```
    /// use scimforge::error::Code;
    /// use scimforge::protocol::{Config, Engine, Env, Request};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let mut exchange = engine.begin(Request::new("DELETE", "/Users/u-1"), env);
    /// assert_eq!(exchange.refuse(Code::Forbidden).status, 403);
    /// ```
    pub fn refuse(&mut self, code: Code) -> Response {
        self.stage = Stage::Over;
        self.call.refuse(Error::new(code))
    }

    /// Goes on: without a result the first time, with that of the last [`Need::Store`] after
    /// that. A step out of turn, or with a result that does not go with the operation, is
    /// answered with status 500.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, Need, Request, StoreResult};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let mut exchange = engine.begin(Request::new("GET", "/Users/u-1"), env);
    /// assert!(matches!(exchange.step(None), Need::Store(_)));
    /// let need = exchange.step(Some(StoreResult::Row(None)));
    /// assert!(matches!(need, Need::Reply(answer) if answer.status == 404));
    /// ```
    pub fn step(&mut self, result: Option<StoreResult>) -> Need {
        let stage = std::mem::replace(&mut self.stage, Stage::Over);
        let call = &mut self.call;
        let outcome = match (stage, result) {
            (Stage::Begun(flow), None) => Ok(*flow),
            (Stage::Leaving(_), Some(StoreResult::Failed(_))) if call.config.atomic => {
                Err(Code::StoreFailure.into())
            }
            // The resource is gone, or back, whatever becomes of its memberships.
            (Stage::Leaving(leaving), Some(result)) => Ok(leaving.found(call, result)),
            // One operation fails, the others go on.
            (Stage::Bulk(bulk), Some(result)) => bulk.found(call, result),
            (_, Some(StoreResult::Failed(_))) => Err(Code::StoreFailure.into()),
            (Stage::Viewing(viewing), Some(result)) => viewing.found(call, result),
            (Stage::Resolving(resolving), Some(result)) => resolving.found(call, result),
            (Stage::Listing(listing), Some(result)) => listing.found(call, result),
            (Stage::Upserting(upserting), Some(result)) => upserting.found(call, result),
            (Stage::Creating(creating), Some(result)) => creating.inserted(call, result),
            (Stage::Loading(changing), Some(result)) => changing.loaded(call, result),
            (Stage::Locking(changing), Some(_)) => Ok(changing.load()),
            (Stage::Saving(changing), Some(result)) => changing.saved(call, result),
            (Stage::Showing(showing), Some(result)) => Ok(showing.found(call, result)),
            (Stage::Recreating(creating), Some(result)) => creating.looked_for(call, result),
            (Stage::Parting(parting), Some(result)) => Ok(parting.found(call, result)),
            (Stage::ListingRemoved(limit), Some(result)) => listed(call, limit, result),
            (Stage::Restoring(restoring), Some(result)) => restoring.found(call, result),
            (Stage::Purging(limit), Some(result)) => purged(call, limit, result),
            (Stage::Noticing(noticing), Some(result)) => Ok(noticing.found(call, result)),
            (Stage::Removing(key, seen), Some(result)) => {
                super::write::removed(call, &key, seen, &result)
            }
            _ => Err(Code::StoreFailure.into()),
        };
        match outcome {
            Ok(Flow::Ask(operation, stage)) => {
                self.stage = stage;
                Need::Store(operation)
            }
            Ok(Flow::Answer(response)) => Need::Reply(self.call.finish(response)),
            Err(Fault(issues)) => {
                Need::Reply(self.call.finish(Response::error(self.call.media, &issues)))
            }
        }
    }

    /// Goes on to the end with a store within reach.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request};
    /// use scimforge::time::Instant;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let answer = engine.begin(Request::new("GET", "/Groups"), env).run(&mut MemoryStore::new());
    /// assert_eq!(answer.status, 200);
    /// ```
    pub fn run(&mut self, store: &mut impl Store) -> Response {
        let mut result = None;
        loop {
            match self.step(result.take()) {
                Need::Store(operation) => result = Some(store.run(operation)),
                Need::Reply(response) => return response,
            }
        }
    }
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Exchange")
            .field("operation", &self.call.operation)
            .finish_non_exhaustive()
    }
}

/// Runs a request against a store within reach.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
/// use scimforge::time::Instant;
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let engine = Engine::new(Config::default());
/// let answer = run(&engine, &mut MemoryStore::new(), Request::new("PUT", "/Users"), env);
/// assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, POST")));
/// ```
pub fn run(engine: &Engine, store: &mut impl Store, request: Request, env: Env) -> Response {
    engine.begin(request, env).run(store)
}
