//! posixAccount, shadowAccount (RFC 2307) and SSH keys: an extension of ours.

use super::rule::{Rule, Target, Transform, rule};

use Target::Posix;
use Transform::{Integer, Text, TextList, UnixPath};

pub(super) const RULES: &[Rule] = &[
    rule("uidNumber", &[Posix("uidNumber")], Integer),
    rule("gidNumber", &[Posix("gidNumber")], Integer),
    rule("unixHomeDirectory", &[Posix("homeDirectory")], UnixPath),
    rule("homeDirectory", &[Posix("homeDirectory")], UnixPath),
    rule("loginShell", &[Posix("loginShell")], Text),
    rule("gecos", &[Posix("gecos")], Text),
    rule("sshPublicKey", &[Posix("sshPublicKeys")], TextList),
    rule("ipaSshPubKey", &[Posix("sshPublicKeys")], TextList),
];

/// The extension's schema (RFC 7643 §7), for whoever validates or serves what was migrated.
///
/// ```
/// use scimforge::migrate::POSIX_SCHEMA;
/// use scimforge::schema::Schema;
/// use scimforge::value::read;
///
/// let posix = Schema::from_value(&read(POSIX_SCHEMA)?)?;
/// assert!(posix.attributes.iter().any(|attribute| &*attribute.name == "loginShell"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub const POSIX_SCHEMA: &str = r#"{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
  "id": "urn:scimforge:params:scim:schemas:extension:posix:2.0:User",
  "name": "PosixUser",
  "description": "POSIX account",
  "attributes": [
    { "name": "uidNumber", "type": "integer", "multiValued": false, "description": "Number of the account", "required": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none" },
    { "name": "gidNumber", "type": "integer", "multiValued": false, "description": "Number of the primary group", "required": false, "mutability": "readWrite", "returned": "default", "uniqueness": "none" },
    { "name": "homeDirectory", "type": "string", "multiValued": false, "description": "Path of the home directory", "required": false, "caseExact": true, "mutability": "readWrite", "returned": "default", "uniqueness": "none" },
    { "name": "loginShell", "type": "string", "multiValued": false, "description": "Path of the shell", "required": false, "caseExact": true, "mutability": "readWrite", "returned": "default", "uniqueness": "none" },
    { "name": "gecos", "type": "string", "multiValued": false, "description": "Name, room and telephones between commas", "required": false, "caseExact": true, "mutability": "readWrite", "returned": "default", "uniqueness": "none" },
    { "name": "sshPublicKeys", "type": "string", "multiValued": true, "description": "Keys to log in with", "required": false, "caseExact": true, "mutability": "readWrite", "returned": "default", "uniqueness": "none" }
  ]
}"#;
