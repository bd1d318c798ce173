//! Errors and issues: what is wrong, where, and what to do.
//!
//! One struct, [`Issue`], carries every finding; [`Error`] is an issue that ended a call. Codes
//! are stable and listed by [`codes()`]. Values are never part of a message: SCIM documents are
//! people.
//!
//! ```
//! use scimforge::value::read;
//!
//! let error = read(r#"{"emails": [{"value": tru}]}"#).expect_err("no JSON");
//! let issue = error.issue();
//! assert_eq!((issue.code.as_str(), issue.status()), ("invalid-json", 400));
//! assert_eq!(issue.pointer.to_string(), "/emails/0/value");
//! assert_eq!(error.to_string(), "invalid-json at /emails/0/value: the text is not JSON: a value was expected");
//! ```

mod caret;
mod code;
mod ended;
mod issue;
mod pointer;

pub use caret::caret;
pub use code::{Code, CodeInfo, ScimType, codes};
pub use ended::Error;
pub use issue::{Issue, Severity, Span};
pub use pointer::{Pointer, Segment};
