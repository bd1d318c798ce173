//! The six schemas of RFC 7643 with its verified errata, and the resource types made of them.
//!
//! The facts are the RFC's (with the errata that agree with its prose, and the additions of RFC
//! 9865 and 9967); the descriptions are our own.
//!
//! ```
//! use scimforge::schema::{ENTERPRISE_USER, builtin};
//!
//! let user = builtin::user();
//! assert!(user.extension(ENTERPRISE_USER).is_some());
//! assert_eq!(&*builtin::group().resource_type().endpoint, "/Groups");
//! ```

use std::sync::{Arc, OnceLock};

use super::{Compiled, ResourceType, Schema};
use crate::value::read;

const TEXTS: [&str; 6] = [
    include_str!("builtin/user.json"),
    include_str!("builtin/group.json"),
    include_str!("builtin/enterprise_user.json"),
    include_str!("builtin/service_provider_config.json"),
    include_str!("builtin/resource_type.json"),
    include_str!("builtin/schema.json"),
];

/// All six schemas: User, Group, `EnterpriseUser`, `ServiceProviderConfig`, `ResourceType`, Schema.
///
/// ```
/// use scimforge::schema::builtin::schemas;
///
/// let names: Vec<&str> = schemas().iter().map(|schema| &*schema.name).collect();
/// assert_eq!(names[..2], ["User", "Group"]);
/// assert_eq!(names.len(), 6);
/// ```
pub fn schemas() -> &'static [Schema] {
    static SCHEMAS: OnceLock<Vec<Schema>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        TEXTS.iter().filter_map(|text| Schema::from_value(&read(text).ok()?).ok()).collect()
    })
}

/// User with the enterprise extension, not required.
///
/// ```
/// use scimforge::schema::{AttrId, builtin};
///
/// assert!(builtin::user().child(AttrId::ROOT, "userName").is_some_and(|name| name.required));
/// ```
pub fn user() -> Arc<Compiled> {
    static USER: OnceLock<Arc<Compiled>> = OnceLock::new();
    USER.get_or_init(|| compiled(user_type())).clone()
}

/// Group.
///
/// ```
/// use scimforge::schema::{AttrId, builtin};
///
/// assert!(builtin::group().child(AttrId::ROOT, "members").is_some_and(|members| members.multi_valued));
/// ```
pub fn group() -> Arc<Compiled> {
    static GROUP: OnceLock<Arc<Compiled>> = OnceLock::new();
    GROUP.get_or_init(|| compiled(group_type())).clone()
}

/// The resource type User: `/Users`, extended by `EnterpriseUser`.
///
/// ```
/// use scimforge::schema::{Compiled, builtin};
///
/// // Users with an extension of your own beside the enterprise one.
/// let badge = scimforge::schema::Schema::from_value(&scimforge::value::read(
///     r#"{"id": "urn:example:Badge", "name": "Badge", "attributes": [{"name": "colour"}]}"#,
/// )?)?;
/// let schemas: Vec<_> = builtin::schemas().iter().cloned().chain([badge]).collect();
/// let ours = builtin::user_type().extended("urn:example:Badge", false);
/// assert_eq!(Compiled::new(ours, &schemas)?.extensions().count(), 2);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn user_type() -> ResourceType {
    let mut user =
        ResourceType::new("User", "/Users", super::USER).extended(super::ENTERPRISE_USER, false);
    user.description = "People and other accounts".into();
    user
}

/// The resource type Group: `/Groups`.
///
/// ```
/// use scimforge::schema::builtin;
///
/// assert_eq!(&*builtin::group_type().name, "Group");
/// ```
pub fn group_type() -> ResourceType {
    let mut group = ResourceType::new("Group", "/Groups", super::GROUP);
    group.description = "Sets of users and groups".into();
    group
}

/// A built-in resource type by name: User, Group, `ServiceProviderConfig`, `ResourceType`, Schema.
///
/// ```
/// use scimforge::schema::builtin::by_name;
///
/// assert!(by_name("ServiceProviderConfig").is_some());
/// assert!(by_name("Printer").is_none());
/// ```
pub fn by_name(name: &str) -> Option<Arc<Compiled>> {
    Some(match name {
        "User" => user(),
        "Group" => group(),
        "ServiceProviderConfig" => compiled(ResourceType::new(
            "ServiceProviderConfig",
            "/ServiceProviderConfig",
            super::SERVICE_PROVIDER_CONFIG,
        )),
        "ResourceType" => {
            compiled(ResourceType::new("ResourceType", "/ResourceTypes", super::RESOURCE_TYPE))
        }
        "Schema" => compiled(ResourceType::new("Schema", "/Schemas", super::SCHEMA)),
        _ => return None,
    })
}

fn compiled(resource_type: ResourceType) -> Arc<Compiled> {
    // INVARIANT: the built-in documents hold every schema named above; a test reads them all.
    Arc::new(Compiled::new(resource_type, schemas()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_document_is_read_and_written_back() {
        assert_eq!(schemas().len(), TEXTS.len());
        for (schema, text) in schemas().iter().zip(TEXTS) {
            assert!(schema.to_value() == read(text).expect(text), "{}", schema.id);
        }
        for name in ["User", "Group", "ServiceProviderConfig", "ResourceType", "Schema"] {
            let compiled = by_name(name).expect(name);
            assert!(compiled.attributes().len() > 8, "{name}");
        }
    }
}
