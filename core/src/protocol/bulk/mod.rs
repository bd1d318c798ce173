//! Bulk: many operations in one request (RFC 7644 §3.7).
//!
//! Every operation is an exchange of its own, with the rules of a single request: routing,
//! permissions, conditions, validation. They run in the order of the request, except that one
//! that refers to a resource by its `bulkId` waits until that is there. Of operations that wait
//! for each other, a POST is run without the references first and completed at the end.

mod batch;
mod message;
mod outcome;
mod reference;

use std::collections::BTreeSet;

use super::call::Call;
use super::config::Config;
use super::engine;
use super::exchange::{Exchange, Fault, Flow, Need, Stage};
use super::request::{Head, Request};
use super::response::{Audit, Response};
use super::route::{Method, Operation, Route};
use super::store::{StoreOp, StoreResult};
use crate::error::{Code, Error};
use crate::profile::Trace;
use crate::value::Value;
use batch::{Batch, First};
use message::{Job, Message};
use outcome::{Done, State, done};
use reference::Target;

/// A Bulk on its way.
pub(super) struct Bulk {
    message: Message,
    states: Vec<State>,
    /// What can be run, by place.
    ready: BTreeSet<usize>,
    /// The POSTs that wait, by place.
    posts: BTreeSet<usize>,
    /// What was run without some of its references, and is to be completed.
    partial: BTreeSet<usize>,
    /// Of each operation, how many it waits for, and which wait for it.
    waiting: Vec<usize>,
    waiters: Vec<Vec<usize>>,
    errors: usize,
    /// What happened in each, for the log.
    records: Vec<Audit>,
    running: Option<Box<Running>>,
    /// What is made together.
    batch: Batch,
}

struct Running {
    place: usize,
    exchange: Exchange,
}

/// Reads the body, if the server has Bulk and it is not too large for it.
///
/// # Errors
/// `not-implemented`, `bulk-too-large`, and those of a body.
pub(super) fn body<'r>(request: &'r Request, config: &Config) -> Result<Value<'r>, Error> {
    let limits = config.bulk;
    config.serves(&Route::Bulk)?;
    if request.body.len() > limits.max_payload_size {
        let limit = limits.max_payload_size.to_string();
        return Err(Error::new(Code::BulkTooLarge).with("limit", limit));
    }
    super::request::body(request, config.max_body, &config.limits)
}

/// What the operations that will be let in carry, in their order.
pub(super) fn admitted(call: &mut Call, body: &Value<'_>) -> Vec<Value<'static>> {
    let config = call.config.clone();
    let read = Message::read(body, config.bulk, call.profile, &mut Trace::new());
    let mut jobs = read.map(|read| read.jobs).unwrap_or_default();
    jobs.retain(|job| {
        let method = Method::parse(&job.method).filter(|_| job.refused.is_none());
        let head = |method| Head::of_bulk(&config, method, &job.path, None).ok();
        method.and_then(head).is_some_and(|head| call.inner(&head).admit(&head).is_ok())
    });
    jobs.into_iter().map(|job| job.data).collect()
}

/// Begins the operations of a Bulk.
pub(super) fn bulk(call: &mut Call, body: &Value<'_>) -> Result<Flow, Fault> {
    let config = call.config.clone();
    let message = Message::read(body, config.bulk, call.profile, &mut call.trace)?;
    let count = message.jobs.len();
    let mut waiters = vec![Vec::new(); count];
    let mut waiting = Vec::with_capacity(count);
    for (place, job) in message.jobs.iter().enumerate() {
        // Nobody waits for itself: that is completed at the end.
        let others = job.after.iter().filter(|other| **other != place);
        waiting.push(others.clone().count());
        for other in others {
            if let Some(waiters) = waiters.get_mut(*other) {
                waiters.push(place);
            }
        }
    }
    let free = waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(place, _)| place);
    let ready: BTreeSet<usize> = free.collect();
    let jobs = message.jobs.iter().enumerate();
    let posts = jobs.filter(|(place, job)| job.is_post() && !ready.contains(place));
    let bulk = Bulk {
        posts: posts.map(|(place, _)| place).collect(),
        ready,
        partial: BTreeSet::new(),
        states: (0..count).map(|_| State::default()).collect(),
        message,
        waiting,
        waiters,
        errors: 0,
        records: vec![Audit::default(); count],
        running: None,
        batch: Batch::default(),
    };
    Ok(bulk.advance(call))
}

impl Bulk {
    /// Goes on with the result of a store operation.
    pub(super) fn found(mut self, call: &mut Call, result: StoreResult) -> Result<Flow, Fault> {
        let Some(mut running) = self.running.take() else {
            self.batch.answered(&result)?;
            return Ok(self.advance(call));
        };
        match running.exchange.step(Some(result)) {
            Need::Store(operation) => Ok(self.ask(running, operation)),
            Need::Reply(response) => {
                self.finish(call, *running, &response);
                Ok(self.advance(call))
            }
        }
    }

    fn ask(mut self, running: Box<Running>, operation: StoreOp) -> Flow {
        self.running = Some(running);
        Flow::Ask(operation, Stage::Bulk(Box::new(self)))
    }

    /// Runs what needs no store, up to the first operation that does.
    fn advance(mut self, call: &mut Call) -> Flow {
        loop {
            if let Some((running, operation)) = self.rest_of_batch(call) {
                return self.ask(running, operation);
            }
            let first = match self.batch.take_behind(call) {
                Some(first) => first,
                None => match self.next() {
                    Some(place) => self.first(call, place),
                    None => break,
                },
            };
            match first {
                First::Asks(running, operation) => return self.gather(call, running, operation),
                First::Over(running, response) => self.finish(call, *running, &response),
                First::Refused(place, response) => {
                    self.record(call, place, &response);
                    self.keep(place, done(&response));
                }
            }
        }
        let answer = Response::json(200, call.media, &self.answer(call));
        call.operations = self.records;
        call.operations.retain(|record| record.status != 0);
        Flow::Answer(answer)
    }

    /// Begins an operation, up to what it asks the store for or to its answer.
    fn first(&mut self, call: &mut Call, place: usize) -> First {
        match self.begin(call, place) {
            Ok(mut running) => match running.exchange.step(None) {
                Need::Store(operation) => First::Asks(Box::new(running), operation),
                Need::Reply(response) => First::Over(Box::new(running), response),
            },
            Err(error) => First::Refused(place, Response::error(call.media, &[error.into_issue()])),
        }
    }

    /// Whether there were as many errors as the client wants to have at most.
    fn is_over(&self) -> bool {
        self.errors >= self.message.fail_on_errors.unwrap_or(usize::MAX)
    }

    /// The place of the operation to run next: the first that can be run, else the first POST of
    /// those that wait for each other, else one that is to be completed. After too many errors
    /// only what was begun is completed.
    fn next(&mut self) -> Option<usize> {
        if self.is_over() {
            return self.partial.pop_first();
        }
        let next = self.ready.pop_first().or_else(|| self.posts.pop_first());
        next.or_else(|| self.partial.pop_first())
    }

    /// Makes an exchange of an operation.
    fn begin(&mut self, call: &mut Call, place: usize) -> Result<Running, Error> {
        let failure = || Error::new(Code::StoreFailure);
        if let Some(error) = self.message.jobs.get_mut(place).and_then(|job| job.refused.take()) {
            return Err(error);
        }
        let later = self.refers_to_later(self.message.jobs.get(place).ok_or_else(failure)?)?;
        let job = self.message.jobs.get_mut(place).ok_or_else(failure)?;
        if later && !job.is_post() {
            return Err(Error::new(Code::CircularBulkId));
        }
        // It is needed again only to complete what is begun here.
        let data = if later { job.data.clone() } else { std::mem::take(&mut job.data) };
        let job = self.message.jobs.get(place).ok_or_else(failure)?;
        let state = self.states.get(place).ok_or_else(failure)?;
        let known = &self.message.known;
        let resolve = |id: &str| match self.made(id) {
            Some(id) => Some(Target::Id(id)),
            None if known.contains_key(id) => Some(Target::Later),
            None => None,
        };
        let data = reference::resolved(data, &resolve);
        let path = reference::in_target(&job.path, &|id| self.made(id));
        if let State::Partial(Done { id: Some(id), kind: Some(kind), .. }) = state {
            let (kind, id) = (*kind, id.clone());
            return Ok(Self::completing(call, place, (kind, &id), data));
        }
        let method = Method::parse(&job.method).ok_or_else(|| Error::new(Code::BulkMethod))?;
        let head = Head::of_bulk(&call.config, method, &path, job.version.clone())?;
        if later && let Some(state) = self.states.get_mut(place) {
            *state = State::Partial(Done::default());
        }
        let mut inner = call.inner(&head);
        let begun = engine::begin(&mut inner, &head, || Ok(data));
        Ok(Running { place, exchange: Exchange::begun(inner, head.route, head.operation, begun) })
    }

    /// The second half of a POST that was run without some references: it was let in with the
    /// first half, and is a condition of nothing.
    fn completing(
        call: &mut Call,
        place: usize,
        (kind, id): (usize, &str),
        data: Value<'static>,
    ) -> Running {
        let route = Route::Resource { kind, id: id.into() };
        let head = Head::of_resource(route.clone(), Operation::Replace);
        let mut inner = call.inner(&head);
        let begun =
            engine::on_resource(&mut inner, (kind, id), head.operation, &head.parameters, || {
                Ok(data)
            });
        Running { place, exchange: Exchange::begun(inner, route, head.operation, begun) }
    }

    /// Whether an operation refers to one that has not been run.
    fn refers_to_later(&self, job: &Job) -> Result<bool, Error> {
        let mut later = false;
        for other in &job.after {
            let is_post = self.message.jobs.get(*other).is_some_and(Job::is_post);
            match self.states.get(*other) {
                Some(State::Done(Done { id: None, .. })) if is_post => {
                    return Err(Error::new(Code::FailedBulkId));
                }
                Some(State::Waiting) => later = true,
                _ => {}
            }
        }
        Ok(later)
    }

    /// The identifier of the resource that the POST with a `bulkId` made.
    fn made(&self, bulk_id: &str) -> Option<String> {
        match self.states.get(*self.message.known.get(bulk_id)?)? {
            State::Done(done) | State::Partial(done) => done.id.clone(),
            State::Waiting => None,
        }
    }

    fn finish(&mut self, call: &mut Call, running: Running, response: &Response) {
        let kind = running.exchange.route().and_then(|route| call.kind_of(route));
        call.take_back(running.exchange, response);
        self.record(call, running.place, response);
        self.keep(running.place, Done { kind, ..done(response) });
    }

    /// Notes what happened in an operation. One that is completed has happened once.
    fn record(&mut self, call: &Call, place: usize, response: &Response) {
        let Some(record) = self.records.get_mut(place) else { return };
        let method = self.message.jobs.get(place).and_then(|job| Method::parse(&job.method));
        if record.status == 0 {
            *record = Audit {
                time: Some(call.now),
                tenant: call.tenant.clone(),
                principal: call.principal.clone(),
                operation: response.audit.operation.clone(),
                id: response.audit.id.clone(),
                status: response.status,
                code: response.audit.code,
                place: Some((place, method.map_or("", Method::as_str))),
                ..Audit::default()
            };
        } else if response.status >= 400 {
            record.status = response.status;
            record.code = response.audit.code;
        }
    }

    /// Notes the outcome of an operation, and lets those go on that waited for it. Only other
    /// POSTs go on by what is there of one that is to be completed: a change of it has to find
    /// the whole.
    fn keep(&mut self, place: usize, mut done: Done) {
        let Some(state) = self.states.get_mut(place) else { return };
        let failed = done.status >= 400;
        self.errors += usize::from(failed);
        let (posts, others) = match std::mem::take(state) {
            State::Partial(before) if before.status != 0 => {
                if !failed {
                    done.status = before.status;
                }
                done.id = before.id;
                done.location = done.location.or(before.location);
                done.version = done.version.or(before.version);
                *state = State::Done(done);
                (false, true)
            }
            State::Partial(_) if !failed => {
                *state = State::Partial(done);
                self.partial.insert(place);
                (true, false)
            }
            _ => {
                *state = State::Done(done);
                (true, true)
            }
        };
        for waiter in self.waiters.get(place).into_iter().flatten() {
            let is_post = self.message.jobs.get(*waiter).is_some_and(Job::is_post);
            if (is_post && !posts) || (!is_post && !others) {
                continue;
            }
            if let (Some(count), Some(State::Waiting)) =
                (self.waiting.get_mut(*waiter), self.states.get(*waiter))
            {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.posts.remove(waiter);
                    self.ready.insert(*waiter);
                }
            }
        }
    }
}
