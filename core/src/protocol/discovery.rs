//! What the server says about itself (RFC 7644 §4).

use std::borrow::Cow;

use super::call::Call;
use super::config::Config;
use super::event::Events;
use super::exchange::{Fault, Flow};
use super::list::list_response;
use super::media::Media;
use super::openapi;
use super::query::Parameters;
use super::response::Response;
use super::route::{Route, percent_encode};
use crate::error::{Code, Error};
use crate::name;
use crate::schema::{self, AttrId, Attribute, Compiled, Role, Schema, builtin};
use crate::value::{Object, Value};

/// Answers a discovery route.
pub(super) fn discover(call: &Call, route: &Route, parameters: &Parameters) -> Result<Flow, Fault> {
    if parameters.first("filter").is_some() {
        return Err(Error::new(Code::DiscoveryFilter).into());
    }
    let config = &call.config;
    if *route == Route::OpenApi {
        config.serves(route)?;
        let document = openapi::document(config, call.base_url());
        return Ok(Flow::Answer(Response::json(200, Media::Json, &document)));
    }
    let found = match route {
        Route::ServiceProviderConfig => Some(service_provider_config(call)),
        Route::ResourceTypes => Some(list_response(
            config.resource_types.iter().map(|one| resource_type(call, one)).collect(),
        )),
        // By name, which is the id as well (Q-7A).
        Route::ResourceType(wanted) => config
            .resource_types
            .iter()
            .find(|compiled| *compiled.resource_type().name == **wanted)
            .map(|compiled| resource_type(call, compiled)),
        Route::Schemas => Some(list_response(
            schemas(config).iter().map(|schema| schema_resource(call, schema)).collect(),
        )),
        Route::Schema(uri) => schemas(config)
            .iter()
            .find(|schema| name::same(&schema.id, uri))
            .map(|schema| schema_resource(call, schema)),
        _ => None,
    };
    let found = found.ok_or_else(|| Error::new(Code::NotFound))?;
    let mut response = Response::json(200, call.media, &found);
    if let Some(location) =
        found.get("meta").and_then(|meta| meta.get("location")).and_then(Value::as_str)
    {
        response = response.with("content-location", location);
    }
    Ok(Flow::Answer(response))
}

/// The same with `meta`, as every resource on the wire (SCH-143).
fn with_meta(
    call: &Call,
    mut resource: Value<'static>,
    kind: &'static str,
    path: &str,
) -> Value<'static> {
    let mut meta = Object::new();
    meta.insert("resourceType", Value::from(kind));
    meta.insert("location", Value::from(format!("{}{path}", call.base_url())));
    if let Some(object) = resource.as_object_mut() {
        object.insert("meta", meta.into());
    }
    resource
}

fn resource_type(call: &Call, compiled: &Compiled) -> Value<'static> {
    let resource_type = compiled.resource_type();
    let path = format!("/ResourceTypes/{}", percent_encode(&resource_type.name));
    with_meta(call, resource_type.to_value(), "ResourceType", &path)
}

fn schema_resource(call: &Call, schema: &Schema) -> Value<'static> {
    let path = format!("/Schemas/{}", percent_encode(&schema.id));
    with_meta(call, schema.to_value(), "Schema", &path)
}

/// The schemas in use, and the three of the service itself (DSC-005).
fn schemas<'c>(config: &'c Config) -> Vec<Cow<'c, Schema>> {
    let mut found = Vec::new();
    let mut add = |schema: Cow<'c, Schema>| {
        if !found.iter().any(|other: &Cow<'c, Schema>| name::same(&other.id, &schema.id)) {
            found.push(schema);
        }
    };
    for compiled in &config.resource_types {
        add(document(config, compiled, compiled.base_schema(), AttrId::ROOT));
        for container in compiled.extensions() {
            add(document(config, compiled, &container.attribute.name, container.id));
        }
    }
    for uri in [schema::SERVICE_PROVIDER_CONFIG, schema::RESOURCE_TYPE, schema::SCHEMA] {
        if let Some(schema) = builtin::schemas().iter().find(|schema| name::same(&schema.id, uri)) {
            add(Cow::Borrowed(schema));
        }
    }
    found
}

/// The document of a schema: the one that was given, else one made from the table.
fn document<'c>(
    config: &'c Config,
    compiled: &Compiled,
    uri: &str,
    parent: AttrId,
) -> Cow<'c, Schema> {
    if let Some(schema) = config.schemas.iter().find(|schema| name::same(&schema.id, uri)) {
        return Cow::Borrowed(schema);
    }
    let own = |role: Role| matches!(role, Role::Core | Role::Extension);
    Cow::Owned(Schema {
        id: uri.into(),
        name: uri.rsplit(':').next().unwrap_or_default().into(),
        description: compiled.attribute(parent).attribute.description.clone(),
        attributes: compiled
            .children(parent)
            .filter(|child| own(child.role))
            .map(|child| attribute(compiled, child.id))
            .collect(),
        other: Object::new(),
    })
}

// The depth of the table is that of schemas: an attribute and its sub-attributes.
fn attribute(compiled: &Compiled, id: AttrId) -> Attribute {
    let mut own = compiled.attribute(id).attribute.clone();
    own.sub_attributes = compiled.children(id).map(|child| attribute(compiled, child.id)).collect();
    own
}

/// Every member that RFC 7643 §5 names, since some clients drop a document that lacks one.
fn service_provider_config(call: &Call) -> Value<'static> {
    let config = &call.config;
    let supported = |truth: bool| vec![("supported", Value::Bool(truth))];
    let mut object = Object::new();
    object.insert("schemas", Value::Array(vec![Value::from(schema::SERVICE_PROVIDER_CONFIG)]));
    if let Some(uri) = &config.documentation_uri {
        object.insert("documentationUri", Value::from(uri.clone()));
    }
    let mut bulk = supported(config.bulk.max_operations > 0);
    bulk.extend([
        ("maxOperations", Value::count(config.bulk.max_operations)),
        ("maxPayloadSize", Value::count(config.bulk.max_payload_size)),
    ]);
    let mut filter = supported(true);
    filter.push(("maxResults", Value::count(config.max_results)));
    let features = [
        ("patch", supported(true)),
        ("bulk", bulk),
        ("filter", filter),
        ("changePassword", supported(config.change_password)),
        ("sort", supported(true)),
        ("etag", supported(config.etag)),
    ];
    for (feature, members) in features {
        object.insert(feature, Value::Object(members.into_iter().collect()));
    }
    if let Some(events) = config.events.as_ref().and_then(Events::described) {
        object.insert("securityEvents", events);
    }
    let method = if config.cursors_by_default { "cursor" } else { "index" };
    let mut paging = vec![
        ("cursor", Value::Bool(config.cursors.is_some())),
        ("index", Value::Bool(true)),
        ("defaultPaginationMethod", Value::from(method)),
        ("defaultPageSize", Value::count(config.default_page_size)),
        ("maxPageSize", Value::count(config.max_results)),
    ];
    if let Some(cursors) = &config.cursors {
        paging.push(("cursorTimeout", Value::integer(cursors.timeout.into())));
    }
    object.insert("pagination", Value::Object(paging.into_iter().collect()));
    object.insert("authenticationSchemes", Value::Array(config.authentication_schemes.clone()));
    with_meta(call, object.into(), "ServiceProviderConfig", "/ServiceProviderConfig")
}
