//! LDIF (RFC 2849): entries of a directory as text.
//!
//! [`Reader`] is pushed bytes and yields [`Record`]s; it holds no more than the record at hand,
//! and a bad record costs that record only.
//!
//! ```
//! use scimforge::migrate::ldif::{Options, Reader};
//!
//! let mut reader = Reader::new(Options::default());
//! reader.push(b"dn: uid=mara,dc=example\nuid: mara\n\nuid: nobody\n\ndn: uid=finn,dc=example\n");
//! reader.finish();
//! let found: Vec<bool> = std::iter::from_fn(|| reader.next_record()).map(|one| one.is_ok()).collect();
//! assert_eq!(found, [true, false, true], "a record without a `dn` costs itself alone");
//! ```

mod block;
mod decode;
mod lines;
mod reader;
mod record;

pub use reader::{Options, Reader};
pub use record::{Attribute, Record};

#[cfg(test)]
mod tests;
