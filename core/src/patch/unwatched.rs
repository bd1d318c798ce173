//! In place of `watch`, where nobody can ask what operations did.

use std::ops::Range;

use super::apply::Work;
use super::operation::{Change, Op, Operation};
use crate::schema::AttrId;
use crate::value::Value;

/// There is none.
#[derive(Debug)]
pub(super) enum Journal {}

impl Journal {
    pub(super) fn note(&mut self, _: usize, _: &Value<'_>) {
        match *self {}
    }
}

/// There is none.
#[derive(Debug)]
pub(super) enum Story {}

impl Story {
    pub(super) fn begin(_: bool) -> Option<Self> {
        None
    }
}

/// There is none.
pub(super) enum Watch {}

#[expect(clippy::unused_self, reason = "the face of `watch`")]
impl Work<'_> {
    pub(super) fn begin_report(&mut self, _: &Operation<'_>) {}

    pub(super) fn report_bent(&mut self, _: usize, _: Range<usize>) {}

    pub(super) fn watch(&mut self, _: Op, _: &Change<'_>) -> Option<Watch> {
        None
    }

    pub(super) fn report(&mut self, _: Option<Watch>) {}

    pub(super) fn report_extension(&mut self, _: AttrId) {}

    pub(super) fn report_schemas(&mut self, _: Option<AttrId>, _: usize, _: bool) {}
}
