//! LDIF (RFC 2849): entries of a directory as text.
//!
//! [`Reader`] is pushed bytes and yields [`Record`]s; it holds no more than the record at hand,
//! and a bad record costs that record only.

mod block;
mod decode;
mod lines;
mod reader;
mod record;

pub use reader::{Options, Reader};
pub use record::{Attribute, Record};

#[cfg(test)]
mod tests;
