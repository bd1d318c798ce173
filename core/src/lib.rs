//! SCIM 2.0 engine without I/O: schemas, validation, filters, PATCH, projection, protocol and
//! identity migration.
//!
//! Nothing here opens a file or a socket, reads a clock or makes a random number; what depends on
//! the moment comes in with the call. The same code runs in the browser, in Python and in Node.
//!
//! ```
//! use scimforge::filter::Filter;
//! use scimforge::limits::Limits;
//! use scimforge::patch::apply_patch;
//! use scimforge::profile::Profile;
//! use scimforge::schema::builtin;
//! use scimforge::validate::{Options, issues};
//! use scimforge::value::read;
//!
//! let user = builtin::user();
//! let rosa = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "rosa",
//!     "emails": [{"value": "rosa@north.test", "type": "work"}]}"#)?;
//! assert!(issues(&user, &&rosa, &Options::default()).is_empty());
//!
//! let filter = Filter::parse("emails[type eq \"work\"]", Profile::LENIENT, &Limits::DEFAULT)?;
//! assert!(filter.bind(&user)?.matches(&&rosa));
//!
//! let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//!     "Operations": [{"op": "replace", "path": "active", "value": false}]}"#)?;
//! let outcome = apply_patch(&user, &rosa, &patch, Profile::LENIENT, &Limits::DEFAULT)?;
//! assert!(outcome.changed);
//! # Ok::<(), scimforge::error::Error>(())
//! ```
//!
//! | job | module |
//! | --- | --- |
//! | read, hold and write JSON | [`value`] |
//! | keep a document as its text | [`document`] |
//! | describe resources | [`schema`] |
//! | check a document | [`validate`] |
//! | bring what a client sends into form | [`accept`] |
//! | find documents | [`filter`], [`sort`] |
//! | change a document | [`patch`] |
//! | show a document | [`project`] |
//! | write what another server takes | [`emit`] |
//! | prepare names and passwords | [`precis`] (feature `precis`) |
//! | answer requests | [`protocol`] (feature `server`) |
//! | ask databases | [`sql`] (feature `server`) |
//! | bring identities from other formats | [`migrate`] (feature `migrate`) |
//! | what is wrong, where, and what to do | [`error`] |
//! | what is tolerated, and what was bent | [`profile`] |
//! | all of it over JSON text, for bindings | [`api`] |
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test that fails should panic"
    )
)]

pub mod accept;
pub mod api;
pub mod document;
pub mod emit;
pub mod error;
pub mod filter;
pub mod limits;
#[cfg(feature = "migrate")]
pub mod migrate;
pub mod name;
pub mod patch;
pub mod path;
#[cfg(feature = "precis")]
pub mod precis;
pub mod profile;
pub mod project;
#[cfg(feature = "server")]
pub mod protocol;
mod reference;
pub mod schema;
mod short;
pub mod sort;
#[cfg(feature = "server")]
pub mod sql;
pub mod text;
pub mod time;
pub mod validate;
pub mod value;

/// Essays, compiled and run.
#[cfg(doctest)]
mod essays {
    #[doc = include_str!("../docs/profiles.md")]
    mod profiles {}
}
