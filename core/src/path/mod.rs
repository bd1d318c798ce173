//! Attribute paths: `urn:…:attribute.subAttribute`, and PATCH paths with value filters
//! (RFC 7644 §3.10, §3.5.2).
//!
//! ```
//! use scimforge::path::{Resolved, resolve};
//! use scimforge::profile::Profile;
//! use scimforge::schema::builtin;
//!
//! let user = builtin::user();
//! let text = "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User:Manager.Value";
//! let Resolved::Attribute(id) = resolve(&user, text, Profile::STRICT) else {
//!     panic!("the enterprise extension has it");
//! };
//! let manager = user.attribute(id);
//! assert_eq!(&*manager.path, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value");
//! assert!(manager.case_exact, "an id");
//! ```

mod attribute_path;
mod form;
mod patch_path;
mod resolve;
mod short;

pub use attribute_path::AttributePath;
pub(crate) use form::Form;
pub use patch_path::PatchPath;
pub use resolve::{Resolved, resolve};
pub(crate) use resolve::{resolve_below, resolve_plain};
