//! The rules, one subject a file.

mod address;
mod binary;
mod contact;
mod language;
pub(super) mod multi;
mod mutability;
mod presence;
pub(super) mod schemas;
mod same;
mod server;
mod text;
mod uri;

pub(crate) use text::wrong_form;
