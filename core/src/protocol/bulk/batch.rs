//! Creates of a Bulk that are made together: a store makes a hundred in little more time than one.
//!
//! Those are gathered that follow one another in the request. What the store leaves out, because
//! something has a value already, is asked for again by itself, in its turn: so all of it comes
//! out as if each had been run alone.

use std::collections::VecDeque;

use super::super::call::Call;
use super::super::exchange::{Fault, Flow, Need, Stage};
use super::super::response::Response;
use super::super::store::{StoreOp, StoreResult};
use super::message::Job;
use super::outcome::State;
use super::{Bulk, Running};
use crate::error::Code;

/// What is made together.
#[derive(Default)]
pub(super) struct Batch {
    /// What the store was asked for.
    asked: Vec<(Box<Running>, StoreOp)>,
    /// What it was asked for and has answered; an operation that it has left out still stands
    /// there.
    answered: VecDeque<(Box<Running>, Option<StoreOp>)>,
    /// What was begun behind these and cannot be made with them.
    behind: Option<First>,
}

/// What an operation comes to without the store.
pub(super) enum First {
    Asks(Box<Running>, StoreOp),
    Over(Box<Running>, Response),
    /// It was not even begun.
    Refused(usize, Response),
}

impl First {
    fn running(&mut self) -> Option<&mut Running> {
        match self {
            Self::Asks(running, _) | Self::Over(running, _) => Some(running),
            Self::Refused(..) => None,
        }
    }

    /// Gives what the operation was lent to the next, or back to it.
    fn swap_lent(mut self, call: &mut Call) -> Self {
        if let Some(running) = self.running() {
            call.swap_lent(&mut running.exchange);
        }
        self
    }
}

impl Batch {
    /// What was begun behind the others.
    pub(super) fn take_behind(&mut self, call: &mut Call) -> Option<First> {
        self.behind.take().map(|first| first.swap_lent(call))
    }

    /// Notes which of those that were asked for are made.
    pub(super) fn answered(&mut self, result: &StoreResult) -> Result<(), Fault> {
        if self.asked.is_empty() {
            return Err(Code::StoreFailure.into());
        }
        let made = match result {
            StoreResult::Inserted(places) => places.as_slice(),
            // Why not shows when each is asked for by itself.
            _ => &[],
        };
        let mut made = made.iter().peekable();
        for (place, (running, operation)) in std::mem::take(&mut self.asked).into_iter().enumerate()
        {
            let is_made = made.next_if_eq(&&place).is_some();
            self.answered.push_back((running, (!is_made).then_some(operation)));
        }
        Ok(())
    }
}

impl Bulk {
    /// Asks for an operation, together with those behind it if they are creates.
    pub(super) fn gather(
        mut self,
        call: &mut Call,
        running: Box<Running>,
        operation: StoreOp,
    ) -> Flow {
        let mut last = running.place;
        let most = call.config.max_batch;
        if most < 2 || !is_insert(&operation) || !self.is_free(last) {
            return self.ask(running, operation);
        }
        let mut first = First::Asks(running, operation).swap_lent(call);
        loop {
            match first {
                First::Asks(running, operation) if is_insert(&operation) => {
                    self.batch.asked.push((running, operation));
                }
                other => {
                    self.batch.behind = Some(other);
                    break;
                }
            }
            let next = last + 1;
            if self.batch.asked.len() >= most || !self.is_free(next) || !self.ready.remove(&next) {
                break;
            }
            last = next;
            first = self.first(call, next).swap_lent(call);
        }
        if self.batch.asked.len() == 1
            && let Some((mut running, operation)) = self.batch.asked.pop()
        {
            call.swap_lent(&mut running.exchange);
            return self.ask(running, operation);
        }
        let operations = self.batch.asked.iter().map(|(_, operation)| operation.clone()).collect();
        let whole = self.message.fail_on_errors.is_some();
        Flow::Ask(StoreOp::InsertMany { operations, whole }, Stage::Bulk(Box::new(self)))
    }

    /// Ends the operations that were made together, up to one that has to ask again. After too
    /// many errors, what was not made is not asked for.
    pub(super) fn rest_of_batch(&mut self, call: &mut Call) -> Option<(Box<Running>, StoreOp)> {
        while let Some((mut running, left_out)) = self.batch.answered.pop_front() {
            if left_out.is_some() && self.is_over() {
                continue;
            }
            call.swap_lent(&mut running.exchange);
            if let Some(operation) = left_out {
                return Some((running, operation));
            }
            match running.exchange.step(Some(StoreResult::Done)) {
                Need::Store(operation) => return Some((running, operation)),
                Need::Reply(response) => self.finish(call, *running, &response),
            }
        }
        if self.is_over() {
            self.batch.behind = None;
        }
        None
    }

    /// Whether an operation is a create that waits for no other and completes none.
    fn is_free(&self, place: usize) -> bool {
        let is_alone = |job: &Job| job.is_post() && !job.after.contains(&place);
        matches!(self.states.get(place), Some(State::Waiting))
            && self.message.jobs.get(place).is_some_and(is_alone)
    }
}

fn is_insert(operation: &StoreOp) -> bool {
    matches!(operation, StoreOp::Insert { .. })
}
