//! SCIM 2.0 engine without I/O.
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
pub mod error;
pub mod filter;
pub mod limits;
#[cfg(feature = "migrate")]
pub mod migrate;
pub mod name;
pub mod patch;
pub mod path;
pub mod profile;
pub mod project;
pub mod schema;
pub mod sort;
pub mod text;
pub mod time;
pub mod validate;
pub mod value;
