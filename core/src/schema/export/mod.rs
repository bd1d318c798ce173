//! A compiled schema in the words of others: JSON Schema and TypeScript.
//!
//! Both describe resources in canonical spelling. What SCIM allows beyond (names in any case,
//! `null` for no value) they do not know; [`validate`](mod@crate::validate) does.
//!
//! ```
//! use scimforge::schema::{builtin, export};
//! use scimforge::validate::Mode;
//!
//! let group = builtin::group();
//! assert!(export::typescript(&group).contains("export interface Group"));
//! let schema = export::json_schema(&group, export::Draft::D2020, Mode::Create);
//! assert!(schema.get("properties").and_then(|all| all.get("displayName")).is_some());
//! ```

mod json_schema;
mod typescript;

pub use json_schema::{Draft, json_schema};
pub use typescript::typescript;

use super::{AttrId, Compiled, CompiledAttribute, Mutability, Returned, Role};
use crate::validate::Mode;

/// Whether an attribute is never stored or never shown, such as a password.
fn is_secret(attribute: &CompiledAttribute) -> bool {
    attribute.mutability == Mutability::WriteOnly || attribute.returned == Returned::Never
}

/// Whether a document of this mode must have the attribute, as validation demands it.
fn is_demanded(compiled: &Compiled, attribute: &CompiledAttribute, mode: Mode) -> bool {
    if attribute.role == Role::Common && attribute.parent == AttrId::ROOT {
        let given_by_server = mode == Mode::Response && compiled.resource_has_common_id();
        return match &*attribute.path {
            "schemas" => true,
            "id" | "meta" => given_by_server,
            _ => false,
        };
    }
    attribute.required
        && match mode {
            Mode::Create | Mode::Replace | Mode::Import => {
                attribute.mutability != Mutability::ReadOnly
            }
            Mode::Patch => attribute.mutability != Mutability::ReadOnly && !is_secret(attribute),
            Mode::Response => !is_secret(attribute) && attribute.returned != Returned::Request,
        }
}
