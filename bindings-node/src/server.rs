//! The server: over memory, over `SQLite`, and over a store that the host brings.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::bindgen_prelude::{AsyncTask, Buffer};
use napi::{Env, Result, Task};
use napi_derive::napi;
use scimforge::api;
use scimforge::error::{Code, Error};
use scimforge::protocol::{self, Operation, Response};
use scimforge::value::{Object, Value, read};

use crate::asked::{self, Answered, Callers, answered};
use crate::convert::{Document, failure, input};
use crate::raw::Bytes;
use crate::sqlite::{self, SqliteStore};

/// What a server answers; `headers` is the JSON text of pairs, `audit` and `failure` are
/// for the log.
#[napi(object)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Buffer,
    pub audit: String,
    pub failure: Option<String>,
}

impl From<api::Answer> for Answer {
    fn from(answer: api::Answer) -> Self {
        let headers = answer.headers_text();
        let (audit, body) = (answer.audit, answer.body.into());
        Self { status: answer.status, headers, body, audit, failure: None }
    }
}

/// The claims of a Security Event Token.
#[napi]
pub fn security_event(event: String, options: String) -> Result<String> {
    api::security_event(&event, &options).map_err(failure)
}

#[napi]
pub struct MemoryServer {
    inner: api::MemoryServer,
    callers: Callers,
}

#[napi]
impl MemoryServer {
    #[napi(constructor)]
    pub fn new(config: String) -> Result<Self> {
        let inner = api::MemoryServer::new(&config).map_err(failure)?;
        Ok(Self { inner, callers: Callers::default() })
    }

    #[napi]
    pub fn openapi(&self, base_url: String) -> String {
        self.inner.openapi(&base_url)
    }

    #[napi]
    pub fn insert(&mut self, document: Document<'_>) -> Result<()> {
        self.inner.insert(input(&document)).map_err(failure)
    }

    #[napi]
    pub fn handle(&mut self, request: String, body: Bytes<'_>, env: String) -> Result<Answer> {
        self.inner.handle(&request, &body, &env).map(Answer::from).map_err(failure)
    }

    /// Answers a request that comes in parts; see `asked`.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "each is read faster than a member of an object")]
    pub fn serve(
        &mut self,
        method: String,
        target: String,
        accept: Option<String>,
        content_type: Option<String>,
        if_match: Option<String>,
        if_none_match: Option<String>,
        body: Option<Bytes<'_>>,
        now: f64,
        base_url: String,
        txn: Option<String>,
        caller: String,
        ids: Option<Vec<String>>,
        audited: bool,
    ) -> Result<Answered> {
        let headers = [accept, content_type, if_match, if_none_match];
        let request = asked::request(method, target, headers, body.as_ref());
        let env = self.callers.env(caller, now, base_url, txn, ids).map_err(failure)?;
        Ok(answered(self.inner.run(request, env), audited, None))
    }

    #[napi]
    pub fn begin(&self, request: String, body: Bytes<'_>, env: String) -> Result<Exchange> {
        self.inner
            .begin(&request, body.to_vec(), &env)
            .map(|inner| Exchange { inner })
            .map_err(failure)
    }

    #[napi]
    pub fn advance(&mut self, exchange: &mut Exchange, operations: u32) -> Option<Answer> {
        self.inner.advance(&mut exchange.inner, operations as usize).map(Answer::from)
    }

    #[napi]
    pub fn task(&mut self, task: String, env: String) -> Result<Answer> {
        self.inner.task(&task, &env).map(Answer::from).map_err(failure)
    }

    #[napi]
    pub fn changes(&self, after: i64, most: u32) -> String {
        self.inner.changes(after.unsigned_abs(), most as usize)
    }

    #[napi]
    pub fn forget_changes(&mut self, up_to: i64) {
        self.inner.forget_changes(up_to.unsigned_abs());
    }
}

/// The engine without a store: `begin` makes an exchange that the host steps.
#[napi]
pub struct Engine {
    inner: api::Engine,
}

#[napi]
impl Engine {
    #[napi(constructor)]
    pub fn new(config: String) -> Result<Self> {
        api::Engine::new(&config).map(|inner| Self { inner }).map_err(failure)
    }

    #[napi]
    pub fn openapi(&self, base_url: String) -> String {
        self.inner.openapi(&base_url)
    }

    #[napi]
    pub fn operations(&self) -> String {
        self.inner.operations()
    }

    #[napi]
    pub fn begin(&self, request: String, body: Bytes<'_>, env: String) -> Result<Exchange> {
        self.inner
            .begin(&request, body.to_vec(), &env)
            .map(|inner| Exchange { inner })
            .map_err(failure)
    }

    /// Those that a request may set, for the host to hash them ahead.
    #[napi]
    pub fn passwords(&self, request: String, body: Bytes<'_>, env: String) -> Result<Vec<String>> {
        self.inner.passwords(&request, &body, &env).map_err(failure)
    }

    #[napi]
    pub fn task(&self, task: String, env: String) -> Result<Exchange> {
        self.inner.task(&task, &env).map(|inner| Exchange { inner }).map_err(failure)
    }

    /// What is in the path of every request that is open.
    #[napi]
    pub fn open_names(&self) -> Vec<&'static str> {
        self.inner.inner().open_names().to_vec()
    }

    #[napi]
    pub fn is_open(&self, method: String, target: String, accept: Option<String>) -> bool {
        let headers = [accept, None, None, None];
        self.inner.inner().is_open(&asked::request(method, target, headers, None))
    }

    #[napi]
    pub fn refuse(&self, request: String, env: String, reason: String) -> Result<Answer> {
        self.inner.refuse(&request, &env, &reason).map(Answer::from).map_err(failure)
    }
}

#[napi]
pub struct Exchange {
    inner: api::Exchange,
}

/// Either an operation on the store, as JSON, or the answer.
#[napi(object)]
pub struct Step {
    pub operation: Option<String>,
    pub answer: Option<Answer>,
}

#[napi]
impl Exchange {
    #[napi]
    pub fn step(&mut self, result: Option<String>) -> Result<Step> {
        Ok(match self.inner.step(result.as_deref()).map_err(failure)? {
            api::Step::Store(operation) => Step { operation: Some(operation), answer: None },
            api::Step::Reply(answer) => Step { operation: None, answer: Some(answer.into()) },
        })
    }
}

/// A server over one `SQLite` file. Requests run on Node's thread pool.
#[napi]
pub struct SqliteServer {
    engine: api::Engine,
    sql: api::SqliteSql,
    /// Requests that are under way keep hold of the server.
    callers: RefCell<Callers>,
    /// None after `close`.
    stores: Option<Stores>,
}

/// One connection for changes and one for reading, which do not wait for each other.
#[derive(Clone)]
struct Stores {
    writer: Arc<Mutex<SqliteStore>>,
    reader: Arc<Mutex<SqliteStore>>,
}

impl Stores {
    fn open(path: &str, engine: &api::Engine) -> std::result::Result<Self, sqlite::Failure> {
        let config = engine.inner().config();
        let types = || config.resource_types.clone();
        let writer = SqliteStore::open(path, types())?.with_events(config.events.as_ref())?;
        let writer = writer.forgetting(config.soft_delete)?;
        let writer = Arc::new(Mutex::new(writer));
        // A database in memory belongs to its connection.
        let reader = match path {
            ":memory:" => writer.clone(),
            _ => Arc::new(Mutex::new(SqliteStore::open(path, types())?)),
        };
        Ok(Self { writer, reader })
    }
}

#[napi]
impl SqliteServer {
    #[napi(constructor)]
    pub fn new(path: String, config: String) -> Result<Self> {
        let engine = api::Engine::new(&config).map_err(failure)?;
        // The library that is built in knows JSONB.
        let sql = api::SqliteSql::new(&config, true).map_err(failure)?;
        let stores = Stores::open(&path, &engine).map_err(|error| {
            napi::Error::from_reason(format!("the database cannot be opened: {error}"))
        })?;
        Ok(Self { engine, sql, callers: RefCell::default(), stores: Some(stores) })
    }

    /// Answers a request that comes in parts; see `asked`.
    #[napi(ts_return_type = "Promise<Answered>")]
    #[allow(clippy::too_many_arguments, reason = "each is read faster than a member of an object")]
    pub fn serve(
        &self,
        method: String,
        target: String,
        accept: Option<String>,
        content_type: Option<String>,
        if_match: Option<String>,
        if_none_match: Option<String>,
        body: Option<Bytes<'_>>,
        now: f64,
        base_url: String,
        txn: Option<String>,
        caller: String,
        ids: Option<Vec<String>>,
        audited: bool,
        ahead: Option<String>,
    ) -> Result<AsyncTask<Serving>> {
        let Some(stores) = self.stores.clone() else {
            return Err(napi::Error::from_reason("the store is closed"));
        };
        let headers = [accept, content_type, if_match, if_none_match];
        let request = asked::request(method, target, headers, body.as_ref());
        let env =
            self.callers.borrow_mut().env(caller, now, base_url, txn, ids).map_err(failure)?;
        let exchange = self.engine.inner().begin(request, env);
        let ahead = ahead.as_deref().map(hashes).unwrap_or_default();
        Ok(AsyncTask::new(Serving { handling: Handling { stores, exchange, ahead }, audited }))
    }

    #[napi(ts_return_type = "Promise<Answer>")]
    pub fn handle(
        &self,
        request: String,
        body: Bytes<'_>,
        env: String,
        ahead: Option<String>,
    ) -> Result<AsyncTask<Handling>> {
        let Some(stores) = self.stores.clone() else {
            return Err(napi::Error::from_reason("the store is closed"));
        };
        let exchange = self.engine.begin(&request, body.to_vec(), &env).map_err(failure)?;
        let ahead = ahead.as_deref().map(hashes).unwrap_or_default();
        let exchange = exchange.into_inner();
        Ok(AsyncTask::new(Handling { stores, exchange, ahead }))
    }

    /// Those that a request may set, for the host to hash them ahead.
    #[napi]
    pub fn passwords(&self, request: String, body: Bytes<'_>, env: String) -> Result<Vec<String>> {
        self.engine.passwords(&request, &body, &env).map_err(failure)
    }

    /// Does what the host does with resources that were removed.
    #[napi(ts_return_type = "Promise<Answer>")]
    pub fn task(&self, task: String, env: String) -> Result<AsyncTask<Handling>> {
        let Some(stores) = self.stores.clone() else {
            return Err(napi::Error::from_reason("the store is closed"));
        };
        let exchange = self.engine.task(&task, &env).map_err(failure)?.into_inner();
        Ok(AsyncTask::new(Handling { stores, exchange, ahead: HashMap::new() }))
    }

    /// Runs a command of those who deliver events.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn outbox(&self, command: String) -> Result<AsyncTask<Delivering>> {
        let Some(stores) = self.stores.clone() else {
            return Err(napi::Error::from_reason("the store is closed"));
        };
        Ok(AsyncTask::new(Delivering { stores, command }))
    }

    /// What a query becomes, and what serves it.
    #[napi]
    pub fn explain(&self, operation: String) -> Result<String> {
        self.sql.explain(&operation).map_err(failure)
    }

    /// Closes the file, once what is under way is done.
    #[napi]
    pub fn close(&mut self) {
        self.stores = None;
    }
}

/// One request, on a thread of the pool.
pub struct Handling {
    stores: Stores,
    exchange: protocol::Exchange,
    /// Hashes of passwords.
    ahead: HashMap<String, Vec<String>>,
}

/// An object of lists of texts.
fn hashes(text: &str) -> HashMap<String, Vec<String>> {
    let list = |hashes: &Value<'_>| {
        let hashes = hashes.as_array().unwrap_or_default();
        hashes.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let read = read(text).ok();
    let object = read.as_ref().and_then(Value::as_object);
    object
        .into_iter()
        .flat_map(Object::iter)
        .map(|(key, value)| (key.to_owned(), list(value)))
        .collect()
}

impl Task for Handling {
    type Output = (Response, Option<String>);
    type JsValue = Answer;

    fn compute(&mut self) -> Result<Self::Output> {
        let writes = self.exchange.operation().is_some_and(Operation::writes);
        let mut store = lock(if writes { &self.stores.writer } else { &self.stores.reader });
        store.hashed_ahead(std::mem::take(&mut self.ahead));
        let exchange = &mut self.exchange;
        let answered =
            store.transaction(writes, |store| exchange.run(store), |answer| answer.status < 400);
        match answered {
            Ok(answer) => Ok((answer, store.take_failure())),
            // What could not be committed was not done.
            Err(error) => {
                let answer = api::Failure::from(Error::new(Code::StoreFailure));
                Err(napi::Error::from_reason(format!("{answer}: {error}")))
            }
        }
    }

    fn resolve(&mut self, _: Env, (response, failure): Self::Output) -> Result<Self::JsValue> {
        Ok(Answer { failure, ..api::Answer::from(response).into() })
    }
}

/// The same, answered in parts.
pub struct Serving {
    handling: Handling,
    audited: bool,
}

impl Task for Serving {
    type Output = (Response, Option<String>);
    type JsValue = Answered;

    fn compute(&mut self) -> Result<Self::Output> {
        self.handling.compute()
    }

    fn resolve(&mut self, _: Env, (response, failure): Self::Output) -> Result<Self::JsValue> {
        Ok(answered(response, self.audited, failure))
    }
}

/// A command of those who deliver events, on a thread of the pool.
pub struct Delivering {
    stores: Stores,
    command: String,
}

impl Task for Delivering {
    type Output = String;
    type JsValue = String;

    fn compute(&mut self) -> Result<Self::Output> {
        let mut store = lock(&self.stores.writer);
        let done = store.transaction(
            true,
            |store| store.outbox(&self.command),
            std::result::Result::is_ok,
        );
        done.and_then(|answer| answer).map_err(|error| napi::Error::from_reason(error.to_string()))
    }

    fn resolve(&mut self, _: Env, answer: Self::Output) -> Result<Self::JsValue> {
        Ok(answer)
    }
}

/// What a panic left behind, the next transaction rolls back.
fn lock(store: &Mutex<SqliteStore>) -> MutexGuard<'_, SqliteStore> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}
