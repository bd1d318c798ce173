//! Attribute paths: `urn:…:attribute.subAttribute`, and PATCH paths with value filters
//! (RFC 7644 §3.10, §3.5.2).

mod attribute_path;
mod patch_path;
mod resolve;

pub use attribute_path::AttributePath;
pub use patch_path::PatchPath;
pub(crate) use resolve::resolve_below;
pub use resolve::{Resolved, resolve};
