//! Errors and issues: what is wrong, where, and what to do.
//!
//! One struct, [`Issue`], carries every finding; [`Error`] is an issue that ended a call. Codes
//! are stable and listed by [`codes()`]. Values are never part of a message: SCIM documents are
//! people.

mod code;
mod issue;
mod pointer;

pub use code::{Code, CodeInfo, ScimType, codes};
pub use issue::{Error, Issue, Severity, Span};
pub use pointer::{Pointer, Segment};
