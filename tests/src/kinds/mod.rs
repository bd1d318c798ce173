//! One runner a kind.

mod diff;
mod emit;
mod events;
mod filter;
mod migrate;
mod patch;
mod project;
mod protocol;
mod schema;
mod sort;
mod validate;

pub(crate) use diff::diff;
pub(crate) use emit::emit;
pub(crate) use events::events;
pub(crate) use filter::filter;
pub(crate) use migrate::{in_pieces, migrate};
pub(crate) use patch::patch;
pub(crate) use project::project;
pub(crate) use protocol::protocol;
pub(crate) use schema::schema;
pub(crate) use sort::sort;
pub(crate) use validate::validate;
