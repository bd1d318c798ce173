//! What a server is like.

use std::sync::Arc;

use super::attributes::AttributePermissions;
use super::cursor::Cursors;
use super::event::Events;
use super::openapi::OpenApi;
use super::operations::{below, unknown};
use super::permission::Permissions;
use super::removal::SoftDelete;
use super::route::Route;
use super::sensitive;
use super::upsert::OnCreate;
use crate::error::{Code, Error, Pointer};
use crate::limits::Limits;
use crate::name;
use crate::profile::Profile;
use crate::schema::{Compiled, ResourceType, Schema, builtin};
use crate::value::{Object, Value};

/// The settings of an [`Engine`](super::Engine).
///
/// ```
/// use scimforge::profile::Profile;
/// use scimforge::protocol::Config;
///
/// let mut config = Config::default();
/// (config.max_results, config.profile) = (50, Profile::RFC);
/// assert_eq!((config.base_path.as_str(), config.etag), ("/scim/v2", true));
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    /// The resource types, compiled. Default: User and Group.
    pub resource_types: Vec<Arc<Compiled>>,
    /// Schema documents for `/Schemas`. What a resource type uses and is not here is written
    /// from the compiled type.
    pub schemas: Vec<Schema>,
    /// Where the server is mounted; taken off the request target where it stands at its head.
    /// Default `/scim/v2`.
    pub base_path: String,
    /// The base URL of locations where the [`Env`](super::Env) has none.
    pub base_url: String,
    /// What is tolerated in requests. Default lenient.
    pub profile: Profile,
    /// Bounds on documents, filters and PATCH messages.
    pub limits: Limits,
    /// Most bytes of a body. Default 10 MiB.
    pub max_body: usize,
    /// Most resources in an answer. Default 200.
    pub max_results: usize,
    /// Resources in an answer when no count is asked for. Default 100.
    pub default_page_size: usize,
    /// How pages by cursor are made (RFC 9865). Default none: pages by index alone.
    pub cursors: Option<Cursors>,
    /// Whether a query that does not say how it pages is paged by cursor. Default false.
    pub cursors_by_default: bool,
    /// Whether a `userName` is compared, and unique, as PRECIS prepares it (RFC 7644 §5), and what
    /// PRECIS does not allow is refused or noted. Default true; else case alone does not count.
    pub precis: bool,
    /// What a Bulk may hold.
    pub bulk: BulkLimits,
    /// How many resources of a Bulk the store makes at once
    /// ([`StoreOp::InsertMany`](super::StoreOp::InsertMany)). Default 1: each by itself.
    pub max_batch: usize,
    /// Whether the store can keep others from changing a resource
    /// ([`StoreOp::Lock`](super::StoreOp::Lock)). Default false: who is overtaken too often is told.
    pub locks: bool,
    /// Whether a host undoes all of a request that is not done wholly. A removal of which something
    /// fails is an error then. Default false: who is gone is gone, whatever becomes of the groups.
    pub atomic: bool,
    /// Whether who is removed leaves the groups before, where somebody is told of it: the store
    /// takes the members out of its groups with a resource, and tells nobody. Who is kept leaves
    /// them so, and [`StoreOp::Tell`](super::StoreOp::Tell) has what is told.
    pub leaves_first: bool,
    /// Whether and how `/Me` is answered. Default: for the subject of the
    /// [`Env`](super::Env), everything.
    pub me: Option<Me>,
    /// The permissions that operations need.
    pub permissions: Permissions,
    /// The permissions that single attributes need. Default none.
    pub attribute_permissions: AttributePermissions,
    /// The paths of attributes whose values must not stand in a URL: filters on them go by POST to
    /// `.search` (RFC 7644 §7.5.2). Default none.
    pub sensitive_attributes: Vec<Box<str>>,
    /// Whether discovery needs no permission. Default true.
    pub open_discovery: bool,
    /// What a POST does when a resource with its `externalId` is there.
    pub on_create: OnCreate,
    /// What is kept of a resource that is deleted. Default nothing.
    pub soft_delete: Option<SoftDelete>,
    /// How many members a PATCH may take away in all (Q-24). Default any number.
    pub max_member_loss: Option<usize>,
    /// Whether resources have versions. Default true.
    pub etag: bool,
    /// Whether a change must say which version it changes (ETG-007). Default false.
    pub require_if_match: bool,
    /// Whether the host does something with a `password`. Default true.
    pub change_password: bool,
    /// What is told of changes. Default nothing.
    pub events: Option<Events>,
    /// Where people can read about the server.
    pub documentation_uri: Option<String>,
    /// The `authenticationSchemes` of the `ServiceProviderConfig` (RFC 7643 §5). Default: bearer
    /// tokens.
    pub authentication_schemes: Vec<Value<'static>>,
    /// Whether there is `/openapi.json`, and what it tells of the host. Default: it is there.
    pub openapi: Option<OpenApi>,
}

/// What a Bulk may hold (BLK-017).
///
/// ```
/// use scimforge::protocol::Config;
/// use scimforge::value::read;
///
/// let config = Config::from_value(&read(r#"{"bulk": {"maxOperations": 50}}"#)?)?;
/// assert_eq!((config.bulk.max_operations, config.bulk.max_payload_size), (50, 1 << 20));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkLimits {
    /// Most operations; none: the server has no Bulk. Default 1,000.
    pub max_operations: usize,
    /// Most bytes. Default 1 MiB.
    pub max_payload_size: usize,
}

impl Default for BulkLimits {
    fn default() -> Self {
        Self { max_operations: 1_000, max_payload_size: 1 << 20 }
    }
}

/// How `/Me` is answered.
///
/// ```
/// use scimforge::protocol::Config;
/// use scimforge::value::read;
///
/// let config = Config::from_value(&read(r#"{"me": {"writable": ["displayName"]}}"#)?)?;
/// assert_eq!(&*config.me.expect("there").resource_type, "User");
/// assert!(Config::from_value(&read(r#"{"me": false}"#)?)?.me.is_none());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The resource type that POST makes. Default User.
    pub resource_type: Box<str>,
    /// The attributes (of the resource, or URIs of extensions) that people may change of
    /// themselves. Default all that clients may change.
    pub writable: Option<Arc<[Box<str>]>>,
}

impl Default for Me {
    fn default() -> Self {
        Self { resource_type: "User".into(), writable: None }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            resource_types: vec![builtin::user(), builtin::group()],
            schemas: builtin::schemas().to_vec(),
            base_path: "/scim/v2".to_owned(),
            base_url: String::new(),
            profile: Profile::LENIENT,
            limits: Limits::DEFAULT,
            max_body: 10 << 20,
            max_results: 200,
            default_page_size: 100,
            cursors: None,
            cursors_by_default: false,
            precis: true,
            bulk: BulkLimits::default(),
            max_batch: 1,
            locks: false,
            atomic: false,
            leaves_first: false,
            me: Some(Me::default()),
            permissions: Permissions::default(),
            attribute_permissions: AttributePermissions::default(),
            sensitive_attributes: Vec::new(),
            open_discovery: true,
            on_create: OnCreate::default(),
            soft_delete: None,
            max_member_loss: None,
            etag: true,
            require_if_match: false,
            change_password: true,
            events: None,
            documentation_uri: None,
            authentication_schemes: vec![bearer()],
            openapi: Some(OpenApi::default()),
        }
    }
}

fn bearer() -> Value<'static> {
    let mut scheme = Object::new();
    scheme.insert("type", Value::from("oauthbearertoken"));
    scheme.insert("name", Value::from("Bearer token"));
    scheme.insert("description", Value::from("A bearer token in the Authorization header"));
    scheme.insert("specUri", Value::from("https://www.rfc-editor.org/info/rfc6750"));
    scheme.insert("primary", Value::Bool(true));
    scheme.into()
}

const OPTIONS: &str = "basePath, baseUrl, profile, limits, maxBody, maxResults, defaultPageSize, etag, requireIfMatch, \
                       pagination, bulk, maxBatch, locks, atomic, leavesFirst, me, permissions, attributePermissions, sensitiveAttributes, openDiscovery, create, delete, precis, maxMemberLoss, changePassword, events, documentationUri, authenticationSchemes, openapi, schemas, resourceTypes";

impl Config {
    /// Reads options: an object with the names of the fields in camel case. `resourceTypes` holds
    /// names of built-in types and resource type documents, `schemas` the schema documents they
    /// use beside the built-in ones.
    ///
    /// ```
    /// use scimforge::protocol::Config;
    /// use scimforge::value::read;
    ///
    /// let config = Config::from_value(&read(r#"{"maxResults": 50, "resourceTypes": ["User"]}"#)?)?;
    /// assert_eq!((config.max_results, config.resource_types.len()), (50, 1));
    /// assert!(Config::from_value(&read(r#"{"maxresult": 50}"#)?).is_err());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option`, `unknown-profile`, and what is wrong with a document
    /// (`invalid-schema`, `invalid-resource-type`, `nested-complex`).
    pub fn from_value(options: &Value<'_>) -> Result<Self, Error> {
        let mut config = Self::default();
        let object = match options {
            Value::Null => return Ok(config),
            Value::Object(object) => object,
            _ => return Err(invalid("options", "an object")),
        };
        for (key, value) in object.iter().filter(|(_, value)| **value != Value::Null) {
            match key {
                "basePath" => config.base_path = text(key, value)?,
                "baseUrl" => config.base_url = text(key, value)?,
                "documentationUri" => config.documentation_uri = Some(text(key, value)?),
                "profile" => config.profile = Profile::from_value(value, Profile::LENIENT)?,
                "limits" => config.limits = Limits::from_value(value)?,
                "maxBody" => config.max_body = count(key, value)?,
                "maxResults" => config.max_results = count(key, value)?,
                "defaultPageSize" => config.default_page_size = count(key, value)?,
                "pagination" => {
                    pagination(&mut config, value).map_err(|error| below(key, error))?;
                }
                "bulk" => config.bulk = bulk(key, value).map_err(|error| below(key, error))?,
                "precis" => config.precis = flag(key, value)?,
                "locks" => config.locks = flag(key, value)?,
                "atomic" => config.atomic = flag(key, value)?,
                "leavesFirst" => config.leaves_first = flag(key, value)?,
                "maxBatch" => config.max_batch = count(key, value)?,
                "me" => config.me = me(key, value).map_err(|error| below(key, error))?,
                "openDiscovery" => config.open_discovery = flag(key, value)?,
                "create" => {
                    config.on_create = OnCreate::parse(&text(key, value)?)
                        .ok_or_else(|| invalid(key, "insert or upsert-by-externalId"))?;
                }
                "delete" => {
                    config.soft_delete =
                        SoftDelete::from_value(key, value).map_err(|error| below(key, error))?;
                }
                "maxMemberLoss" => config.max_member_loss = Some(number(key, value)?),
                "etag" => config.etag = flag(key, value)?,
                "requireIfMatch" => config.require_if_match = flag(key, value)?,
                "changePassword" => config.change_password = flag(key, value)?,
                "events" => config.events = Events::from_value(key, value)?,
                "openapi" => config.openapi = OpenApi::from_value(value)?,
                "authenticationSchemes" => config.authentication_schemes = schemes(key, value)?,
                "schemas" => {
                    for (index, document) in list(key, value)?.iter().enumerate() {
                        let schema = Schema::from_value(document)
                            .map_err(|issues| within(key, index, issues.into()))?;
                        config.schemas.retain(|other| !name::same(&other.id, &schema.id));
                        config.schemas.push(schema);
                    }
                }
                // Need all schemas, and all types: read below.
                "resourceTypes"
                | "permissions"
                | "attributePermissions"
                | "sensitiveAttributes" => {}
                other => return Err(unknown(other, "option", OPTIONS.split(", "))),
            }
        }
        if let Some(documents) =
            object.get("resourceTypes").filter(|documents| **documents != Value::Null)
        {
            config.resource_types = list("resourceTypes", documents)?
                .iter()
                .enumerate()
                .map(|(index, document)| {
                    resource_type(document, &config.schemas)
                        .map_err(|error| within("resourceTypes", index, error))
                })
                .collect::<Result<_, _>>()?;
        }
        config.check()?;
        config.check_me()?;
        if let Some(table) = object.get("permissions").filter(|table| **table != Value::Null) {
            table.as_object().map_or(Ok(()), |names| config.check_permissions(names))?;
            config.permissions = Permissions::from_value(table)?;
        }
        let option = "sensitiveAttributes";
        if let Some(paths) = object.get(option).filter(|paths| **paths != Value::Null) {
            config.sensitive_attributes = sensitive::from_value(option, paths, &config)?;
        }
        let rules = object.get("attributePermissions").filter(|rules| **rules != Value::Null);
        if let Some(rules) = rules {
            config.attribute_permissions =
                AttributePermissions::from_value(rules, &config.resource_types)
                    .map_err(|error| below("attributePermissions", error))?;
        }
        Ok(config)
    }

    /// The settings with types that compare names as they are to.
    pub(super) fn prepared(self) -> Self {
        if self.precis {
            let prepared = |compiled: &Arc<Compiled>| Arc::new(compiled.preparing_names());
            let resource_types = self.resource_types.iter().map(prepared).collect();
            return Self { resource_types, ..self };
        }
        self
    }

    /// The place of the resource type with this name.
    pub(super) fn kind(&self, name: &str) -> Option<usize> {
        self.resource_types.iter().position(|compiled| *compiled.resource_type().name == *name)
    }

    /// What a route is about, as permissions and audit records have it.
    pub(super) fn about(&self, route: &Route) -> &str {
        match (route.kind().and_then(|kind| self.resource_types.get(kind)), route) {
            (Some(compiled), _) => compiled.resource_type().endpoint.trim_start_matches('/'),
            (None, Route::Bulk) => "Bulk",
            (None, Route::Me) => "Me",
            (None, Route::Root | Route::Search(_)) => "All",
            (None, _) => "Discovery",
        }
    }

    /// That the settings have what a route is for.
    pub(super) fn serves(&self, route: &Route) -> Result<(), Error> {
        let lacks = |feature| Err(Error::new(Code::NotImplemented).with("feature", feature));
        match route {
            Route::Bulk if self.bulk.max_operations == 0 => lacks("Bulk"),
            Route::Me if self.me.is_none() => lacks("/Me"),
            Route::OpenApi if self.openapi.is_none() => Err(Error::new(Code::NoEndpoint)),
            _ => Ok(()),
        }
    }

    /// The endpoints of the resource types.
    pub(super) fn endpoints(&self) -> Vec<&str> {
        self.resource_types.iter().map(|compiled| &*compiled.resource_type().endpoint).collect()
    }

    /// Names and endpoints of resource types are unique (SCH-141), and requests find them.
    fn check(&self) -> Result<(), Error> {
        let (mut seen, endpoints) = (std::collections::HashSet::new(), self.endpoints());
        for (kind, compiled) in self.resource_types.iter().enumerate() {
            let resource_type = compiled.resource_type();
            if !seen.insert(&*resource_type.name) || !seen.insert(&*resource_type.endpoint) {
                return Err(invalid("resourceTypes", "types whose names and endpoints differ"));
            }
            let endpoint = &*resource_type.endpoint;
            // What is in a URL as it is, so that locations need no escapes.
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
            let found = Route::parse(endpoint, "", &endpoints);
            if !endpoint.bytes().all(plain) || found != Ok(Route::Collection(kind)) {
                let expected = "a path such as /Devices that the protocol has no use for, of \
                                letters, digits, `-`, `.`, `_` and `~`";
                let at = Pointer::root().name("resourceTypes").index(kind).name("endpoint");
                return Err(invalid("endpoint", expected).at(at));
            }
        }
        if seen.is_empty() {
            return Err(invalid("resourceTypes", "at least one resource type"));
        }
        Ok(())
    }
}

/// `{"cursorKey": secret, "cursorTimeout"?: seconds, "default"?: "index" or "cursor"}`.
fn pagination(config: &mut Config, value: &Value<'_>) -> Result<(), Error> {
    let expected = "an object with cursorKey, cursorTimeout and default";
    let object = value.as_object().ok_or_else(|| invalid("pagination", expected))?;
    let key = object.get("cursorKey").filter(|key| **key != Value::Null);
    let at = || Pointer::root().name("cursorKey");
    let read = |key| Cursors::new(text("cursorKey", key)?).map_err(|error| error.at(at()));
    let mut cursors = key.map(read).transpose()?;
    for (name, value) in object.iter() {
        match (name, &mut cursors) {
            ("cursorKey", _) => {}
            ("cursorTimeout", Some(cursors)) => {
                cursors.timeout = u32::try_from(count(name, value)?).unwrap_or(u32::MAX);
            }
            ("default", cursors) => {
                config.cursors_by_default = match value.as_str() {
                    Some("index") => false,
                    Some("cursor") if cursors.is_some() => true,
                    _ => return Err(invalid(name, "index, or cursor with a cursorKey")),
                };
            }
            ("cursorTimeout", None) => return Err(invalid("cursorKey", "a secret")),
            (other, _) => {
                let known = ["cursorKey", "cursorTimeout", "default"];
                return Err(unknown(other, "option", known.into_iter()));
            }
        }
    }
    config.cursors = cursors;
    Ok(())
}

/// `{"maxOperations"?, "maxPayloadSize"?}`, or `false` for no Bulk.
fn bulk(option: &str, value: &Value<'_>) -> Result<BulkLimits, Error> {
    let mut limits = BulkLimits::default();
    match value {
        Value::Bool(true) => {}
        Value::Bool(false) => limits.max_operations = 0,
        Value::Object(object) => {
            for (key, value) in object.iter() {
                match key {
                    "maxOperations" => limits.max_operations = count(key, value)?,
                    "maxPayloadSize" => limits.max_payload_size = count(key, value)?,
                    other => {
                        let known = ["maxOperations", "maxPayloadSize"];
                        return Err(unknown(other, "option", known.into_iter()));
                    }
                }
            }
        }
        _ => return Err(invalid(option, "true, false or an object of limits")),
    }
    Ok(limits)
}

/// `{"resourceType"?, "writable"?}`, or `false` for no `/Me`.
fn me(option: &str, value: &Value<'_>) -> Result<Option<Me>, Error> {
    let mut me = Me::default();
    match value {
        Value::Bool(true) => {}
        Value::Bool(false) => return Ok(None),
        Value::Object(object) => {
            for (key, value) in object.iter() {
                match key {
                    "resourceType" => me.resource_type = text(key, value)?.into(),
                    "writable" => {
                        let names = list(key, value)?.iter();
                        let names = names.map(|name| Ok(text(key, name)?.into()));
                        me.writable = Some(names.collect::<Result<_, Error>>()?);
                    }
                    other => {
                        let known = ["resourceType", "writable"];
                        return Err(unknown(other, "option", known.into_iter()));
                    }
                }
            }
        }
        _ => return Err(invalid(option, "true, false or an object")),
    }
    Ok(Some(me))
}

fn resource_type(document: &Value<'_>, schemas: &[Schema]) -> Result<Arc<Compiled>, Error> {
    let resource_type = match document.as_str() {
        Some("User") => builtin::user_type(),
        Some("Group") => builtin::group_type(),
        Some(_) => {
            let expected = "User, Group or a resource type document";
            return Err(Error::invalid_option("resourceTypes", expected));
        }
        None => ResourceType::from_value(document)?,
    };
    Ok(Arc::new(Compiled::new(resource_type, schemas)?))
}

fn within(option: &str, index: usize, error: Error) -> Error {
    use crate::error::Segment;
    error.within(Segment::Index(index)).within(Segment::Name(option.into()))
}

pub(super) fn invalid(option: &str, expected: &str) -> Error {
    Error::invalid_option(option, expected).at(Pointer::root().name(option))
}

fn text(option: &str, value: &Value<'_>) -> Result<String, Error> {
    value.as_str().map(str::to_owned).ok_or_else(|| invalid(option, "a string"))
}

fn flag(option: &str, value: &Value<'_>) -> Result<bool, Error> {
    value.as_bool().ok_or_else(|| invalid(option, "true or false"))
}

fn count(option: &str, value: &Value<'_>) -> Result<usize, Error> {
    value.as_count().filter(|count| *count > 0).ok_or_else(|| invalid(option, "a positive integer"))
}

fn number(option: &str, value: &Value<'_>) -> Result<usize, Error> {
    value.as_count().ok_or_else(|| invalid(option, "a non-negative integer"))
}

fn list<'v, 'a>(option: &str, value: &'v Value<'a>) -> Result<&'v [Value<'a>], Error> {
    value.as_array().ok_or_else(|| invalid(option, "an array"))
}

fn schemes(option: &str, value: &Value<'_>) -> Result<Vec<Value<'static>>, Error> {
    let schemes = list(option, value)?;
    let complete = |scheme: &Value<'_>| {
        ["type", "name", "description"]
            .iter()
            .all(|name| scheme.get(name).and_then(Value::as_str).is_some())
    };
    if schemes.is_empty() || !schemes.iter().all(complete) {
        return Err(invalid(option, "an array of objects with type, name and description"));
    }
    Ok(schemes.iter().map(|scheme| scheme.clone().into_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::value::read;

    fn config(text: &str) -> Result<Config, Error> {
        Config::from_value(&read(text).unwrap())
    }

    #[test]
    fn options_are_read_and_mistakes_are_named() {
        let made = config(r#"{"basePath":"/x","maxResults":7,"etag":false,"profile":"entra","resourceTypes":["Group"]}"#).unwrap();
        assert_eq!((made.max_results, made.etag, made.resource_types.len()), (7, false, 1));
        for (bad, option) in [
            (r#"{"maxResults":0}"#, "maxResults"),
            (r#"{"maxBody":"1mb"}"#, "maxBody"),
            (r#"{"etag":"no"}"#, "etag"),
            (r#"{"maxresults":1}"#, "maxresults"),
            (r#"{"resourceTypes":["Printer"]}"#, "resourceTypes"),
            (r#"{"resourceTypes":["User","User"]}"#, "resourceTypes"),
            (r#"{"resourceTypes":[]}"#, "resourceTypes"),
            (r#"{"authenticationSchemes":[{"type":"oauth2"}]}"#, "authenticationSchemes"),
        ] {
            let error = config(bad).unwrap_err();
            assert_eq!(
                (error.code(), error.issue().param("option")),
                (Code::InvalidOption, Some(option)),
                "{bad}"
            );
        }
        let error =
            config(r#"{"schemas":[{"id":"urn:x"},{"id":"urn:y","attributes":[{"name":"1"}]}]}"#)
                .unwrap_err();
        assert_eq!(
            (error.code(), error.issue().pointer.to_string().starts_with("/schemas/")),
            (Code::InvalidSchema, true)
        );
    }
}
