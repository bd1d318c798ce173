//! The rules, one subject a file.

mod address;
mod binary;
mod contact;
mod language;
pub(super) mod multi;
mod mutability;
mod presence;
mod same;
pub(super) mod schemas;
mod server;
mod text;
mod uri;

pub(crate) use presence::demands;
pub(crate) use text::{fault, wrong_form};
