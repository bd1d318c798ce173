//! The whole engine over JSON text: what the bindings call.
//!
//! Documents come in as [`Input`] (text or bytes), options and results are JSON text with camel
//! case names. A binding translates its host's values to and from these and does nothing else,
//! so that every host behaves alike. Rust programs may as well use the modules beneath.
//!
//! ```
//! use scimforge::api::{Input, Schema};
//!
//! let users = Schema::named("User")?;
//! let issues = users.validate(Input::Text(r#"{"userName": "ida"}"#), r#"{"profile": "strict"}"#)?;
//! assert!(issues.starts_with(r#"[{"code":"missing-schemas""#));
//! # Ok::<(), scimforge::api::Failure>(())
//! ```

mod document;
mod emit;
mod filter;
mod input;
mod options;
mod order;
mod schema;
mod schema_patch;
mod schema_project;
mod schema_tools;

#[cfg(feature = "server")]
mod caller;
#[cfg(feature = "server")]
mod event;
#[cfg(feature = "server")]
mod lite;
#[cfg(feature = "server")]
mod mapped_sql;
#[cfg(feature = "migrate")]
mod migration;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "server")]
mod sql;
#[cfg(feature = "server")]
mod task;

pub use document::Document;
pub use filter::{Filter, show_place};
pub use input::{Failure, Input};
pub use options::Validation;
pub use order::Keys;
pub use schema::{Schema, issues_text, read_limits};
pub use schema_tools::{lint_schema, schema_changes};

#[cfg(feature = "server")]
pub use caller::Caller;
#[cfg(feature = "server")]
pub use event::security_event;
#[cfg(feature = "server")]
pub use lite::SqliteSql;
#[cfg(feature = "server")]
pub use mapped_sql::MappedSql;
#[cfg(feature = "migrate")]
pub use migration::{Migration, convert_all};
#[cfg(feature = "server")]
pub use server::{Answer, Engine, Exchange, MemoryServer, Step};
#[cfg(feature = "server")]
pub use sql::Sql;

use crate::profile::{Profile, Quirk};
use crate::value::{Object, Value, to_text};

/// The version of this library.
///
/// ```
/// use scimforge::api::version;
///
/// assert_eq!(version().split('.').count(), 3);
/// ```
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The catalogue of codes: an array of `{code, status, scimType?, spec, message, help?}`.
///
/// ```
/// use scimforge::api::codes;
///
/// assert!(codes().starts_with(r#"[{"code":"invalid-json","status":400"#));
/// ```
pub fn codes() -> String {
    let rows = crate::error::codes().map(|info| {
        let mut row = Object::new();
        row.insert("code", Value::from(info.text));
        row.insert("status", Value::integer(info.status.into()));
        if let Some(scim_type) = info.scim_type {
            row.insert("scimType", Value::from(scim_type.as_str()));
        }
        row.insert("spec", Value::from(info.spec));
        row.insert("message", Value::from(info.message));
        if let Some(help) = info.help {
            row.insert("help", Value::from(help));
        }
        Value::Object(row)
    });
    to_text(&Value::Array(rows.collect()))
}

/// The profiles and the quirks of each, tolerated or written:
/// `{"strict": [], "rfc": ["unknownAttributes", …], …}`.
///
/// ```
/// use scimforge::api::profiles;
///
/// assert!(profiles().starts_with(r#"{"strict":[],"rfc":["#));
/// ```
pub fn profiles() -> String {
    let rows = Profile::presets().map(|name| {
        let profile = Profile::preset(name).unwrap_or_default();
        let quirks = Quirk::ALL.iter().filter(|quirk| profile.allows(**quirk));
        (name, Value::Array(quirks.map(|quirk| Value::from(quirk.as_str())).collect()))
    });
    to_text(&Value::Object(rows.collect()))
}
