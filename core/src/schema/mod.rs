//! Schemas: what attributes a resource has and how they behave (RFC 7643 §2, §7).
//!
//! A [`Schema`] is the document. A [`Compiled`] schema is a resource type with its extensions,
//! laid out for walking: every attribute has an [`AttrId`], a canonical path and its sub-
//! attributes. Validation, filters, PATCH and projection all hang on a compiled schema.
//!
//! ```
//! use scimforge::schema::{AttrId, Compiled, Mutability, ResourceType, Schema};
//! use scimforge::value::read;
//!
//! let document = read(r#"{"id": "urn:example:schemas:Room", "name": "Room",
//!     "attributes": [{"name": "doorCode", "type": "string", "required": true, "caseExact": true}]}"#)?;
//! let room = Schema::from_value(&document)?;
//! let rooms = ResourceType::new("Room", "/Rooms", "urn:example:schemas:Room");
//! let compiled = Compiled::new(rooms, &[room])?;
//!
//! // Names are found without case; what the document does not say has its default.
//! let code = compiled.child(AttrId::ROOT, "doorcode").expect("in the schema");
//! assert!(code.required && code.mutability == Mutability::ReadWrite);
//! assert!(compiled.child(AttrId::ROOT, "meta").is_some(), "common to all resources");
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod attribute;
pub mod builtin;
mod change;
mod compile;
mod compiled;
mod document;
pub mod export;
mod kinds;
mod lint;
mod lookup;
mod nature;
mod resource_type;
#[cfg(feature = "server")]
mod restrict;
#[cfg(test)]
mod tests;

pub use attribute::{AttrId, CompiledAttribute, Identity, Role, Step};
pub use change::{Change, Verdict, changes};
pub use compiled::Compiled;
pub use document::{Attribute, Schema};
pub use kinds::{Kind, Mutability, Returned, Uniqueness};
pub use lint::lint;
pub(crate) use lookup::Lookup;
pub(crate) use nature::{Brief, Meaning, Tells};
pub use resource_type::{ResourceType, SchemaExtension};

/// The schema of User (RFC 7643 §4.1).
///
/// ```
/// use scimforge::schema::{USER, builtin};
///
/// assert_eq!(builtin::user().base_schema(), USER);
/// ```
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The schema of Group (RFC 7643 §4.2).
///
/// ```
/// use scimforge::schema::{GROUP, builtin};
///
/// assert_eq!(builtin::group().base_schema(), GROUP);
/// ```
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of User (RFC 7643 §4.3).
///
/// ```
/// use scimforge::schema::{ENTERPRISE_USER, builtin};
///
/// assert!(builtin::user().extension(ENTERPRISE_USER).is_some());
/// ```
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The schema of `ServiceProviderConfig` (RFC 7643 §5).
///
/// ```
/// use scimforge::schema::{SERVICE_PROVIDER_CONFIG, builtin};
///
/// assert_eq!(&*builtin::schemas()[3].id, SERVICE_PROVIDER_CONFIG);
/// ```
pub const SERVICE_PROVIDER_CONFIG: &str =
    "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The schema of `ResourceType` (RFC 7643 §6).
///
/// ```
/// use scimforge::schema::{RESOURCE_TYPE, builtin};
///
/// assert_eq!(&*builtin::schemas()[4].id, RESOURCE_TYPE);
/// ```
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The schema of Schema (RFC 7643 §7).
///
/// ```
/// use scimforge::schema::{SCHEMA, builtin};
///
/// assert_eq!(&*builtin::schemas()[5].id, SCHEMA);
/// ```
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
