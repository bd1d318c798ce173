//! The protocol (RFC 7644) without I/O.
//!
//! A host gives a [`Request`] and an [`Env`] to [`Engine::begin`] and then steps the
//! [`Exchange`]: [`Need::Store`] asks for one operation on the store, whose result goes into the
//! next step; [`Need::Reply`] is the answer. The engine reads no clock, makes no identifiers and
//! opens nothing: what it needs comes in with the `Env`.
//!
//! ```
//! use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
//! use scimforge::time::Instant;
//!
//! let engine = Engine::new(Config::default());
//! let mut store = MemoryStore::new();
//! let env = Env::new(Instant::from_unix(1_772_357_400), ["u-1".to_owned()].into_iter())
//!     .with_base_url("https://scim.example.test/v2");
//! let body = br#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "rosa"}"#;
//! let response = run(&engine, &mut store, Request::new("POST", "/Users").with_body(body.to_vec()), env);
//! assert_eq!(response.status, 201);
//! ```

mod attributes;
mod bulk;
mod call;
mod config;
mod cursor;
mod discovery;
mod engine;
mod etag;
mod event;
mod exchange;
mod groups;
mod hidden;
mod in_groups;
mod in_location;
mod keep;
mod list;
mod me;
mod media;
pub(crate) mod members;
mod memory;
mod memory_removed;
mod openapi;
mod operations;
mod order;
mod passwords;
mod permission;
mod plan;
mod prepared;
mod present;
mod query;
mod removal;
mod request;
mod response;
mod restore;
mod route;
mod sensitive;
mod store;
mod store_json;
mod stored;
mod telling;
mod upsert;
mod user_name;
mod version;
mod write;

pub use attributes::AttributePermissions;
pub use config::{BulkLimits, Config, Me};
pub use cursor::Cursors;
pub use engine::Engine;
pub use event::{Event, EventMode, Events, SecurityEvent};
pub use exchange::{Exchange, Need, run};
pub use groups::Membership;
pub use members::MemberChange;
pub use memory::MemoryStore;
pub use openapi::OpenApi;
pub(crate) use passwords::names_a_password;
pub use permission::Permissions;
pub use plan::{After, Equal, PlannedType, QueryPlan};
pub(crate) use removal::place_of;
pub use removal::{Kept, Removed, RemovedPlan, SoftDelete, Which};
pub use request::{Env, Request, Subject};
pub use response::{Audit, Response};
pub use restore::Task;
pub use route::{Method, Operation, Route};
pub use store::{Document, Key, Secret, Store, StoreOp, StoreResult, Unique, unique_keys};
pub use upsert::OnCreate;
