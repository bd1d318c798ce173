//! Routes and methods, in the words of `OpenAPI`.

use super::{Writer, content, example, list_of, object, reference, schema_ref};
use crate::protocol::route::{Method, Operation, Route};
use crate::protocol::upsert::OnCreate;
use crate::schema::Compiled;
use crate::value::{Object, Value};

/// The parameters of queries in the URL.
const QUERY: [&str; 6] = ["filter", "sortBy", "sortOrder", "startIndex", "count", "cursor"];
const SHOWN: [&str; 2] = ["attributes", "excludedAttributes"];

impl Writer<'_> {
    pub(super) fn paths(&self) -> Value<'static> {
        let mut paths = Object::new();
        let mut add = |path: &str, route: Route| {
            let methods = route.methods().iter().map(|(method, operation)| {
                (method.as_str().to_ascii_lowercase(), self.operation(&route, *method, *operation))
            });
            let methods: Object<'static> = methods.collect();
            paths.insert(path.to_owned(), methods.into());
        };
        for (kind, compiled) in self.config.resource_types.iter().enumerate() {
            let endpoint = format!("/{}", compiled.resource_type().endpoint.trim_matches('/'));
            add(&endpoint, Route::Collection(kind));
            add(&format!("{endpoint}/{{id}}"), Route::Resource { kind, id: Box::default() });
            add(&format!("{endpoint}/.search"), Route::Search(Some(kind)));
        }
        add("/", Route::Root);
        add("/.search", Route::Search(None));
        if self.config.me.is_some() {
            add("/Me", Route::Me);
        }
        if self.config.bulk.max_operations > 0 {
            add("/Bulk", Route::Bulk);
        }
        add("/ServiceProviderConfig", Route::ServiceProviderConfig);
        add("/ResourceTypes", Route::ResourceTypes);
        add("/ResourceTypes/{name}", Route::ResourceType(Box::default()));
        add("/Schemas", Route::Schemas);
        add("/Schemas/{uri}", Route::Schema(Box::default()));
        if self.config.openapi.is_some() {
            add("/openapi.json", Route::OpenApi);
        }
        paths.into()
    }

    fn operation(&self, route: &Route, method: Method, operation: Operation) -> Value<'static> {
        let about = self.config.about(route);
        let (word, id) = match (route, operation) {
            (Route::Search(_), _) => ("search", "search"),
            (_, Operation::Discover) => ("view", route_id(route)),
            _ => (operation.as_str(), operation.as_str()),
        };
        let summary = format!("{about}: {word}");
        let id =
            format!("{}_{id}", about.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_"));
        let mut written = object(vec![
            ("operationId", id.into()),
            ("tags", vec![Value::copied(about)].into()),
            ("summary", summary.into()),
        ]);
        let parameters = self.parameters(route, operation);
        if !parameters.is_empty() {
            written.insert("parameters", parameters.into());
        }
        if let Some(body) = self.body(route, method) {
            written.insert(
                "requestBody",
                object(vec![("required", true.into()), ("content", body)]).into(),
            );
        }
        written.insert("responses", self.responses(route, operation));
        if operation == Operation::Discover && self.config.open_discovery {
            written.insert("security", Vec::new().into());
        }
        written.into()
    }

    fn parameters(&self, route: &Route, operation: Operation) -> Vec<Value<'static>> {
        let mut names: Vec<&str> = match route {
            Route::Resource { .. } => vec!["id"],
            Route::ResourceType(_) => vec!["name"],
            Route::Schema(_) => vec!["uri"],
            _ => Vec::new(),
        };
        let searches = matches!(route, Route::Search(_));
        match operation {
            Operation::List if !searches => names.extend(QUERY.iter().chain(&SHOWN)),
            Operation::View => names.extend(SHOWN.iter().chain(&["If-None-Match"])),
            Operation::Create => names.extend(SHOWN.iter().chain(&["Idempotency-Key"])),
            Operation::Replace | Operation::Update => {
                names.extend(SHOWN.iter().chain(&["If-Match", "If-None-Match"]));
            }
            Operation::Delete => names.extend(["If-Match", "If-None-Match"]),
            Operation::Run => names.push("Idempotency-Key"),
            _ => {}
        }
        names.retain(|name| self.has(name));
        names.into_iter().map(|name| reference("parameters", name)).collect()
    }

    /// The resource type that a route makes and shows, with its key.
    fn subject(&self, route: &Route) -> Option<(&Compiled, &str)> {
        let kind = match (route, &self.config.me) {
            (Route::Me, Some(me)) => self.config.kind(&me.resource_type),
            _ => route.kind(),
        }?;
        Some((self.config.resource_types.get(kind)?, self.keys.get(kind)?))
    }

    fn body(&self, route: &Route, method: Method) -> Option<Value<'static>> {
        let subject = self.subject(route);
        let (key, example) = match (route, method) {
            (Route::Search(_), _) => ("SearchRequest".to_owned(), None),
            (Route::Bulk, _) => ("BulkRequest".to_owned(), self.bulk()),
            (_, Method::Patch) => {
                ("PatchOp".to_owned(), subject.and_then(|(compiled, _)| example::patch(compiled)))
            }
            (_, Method::Post | Method::Put) => match subject {
                Some((compiled, key)) => {
                    (format!("{key}.write"), Some(example::resource(compiled)))
                }
                // `/Me` of a type that the server does not have.
                None => return Some(content(object(vec![("type", "object".into())]).into(), None)),
            },
            _ => return None,
        };
        Some(content(schema_ref(&key), example))
    }

    fn bulk(&self) -> Option<Value<'static>> {
        let compiled = self.config.resource_types.first()?;
        let operation = object(vec![
            ("method", "POST".into()),
            ("path", Value::copied(&compiled.resource_type().endpoint)),
            ("bulkId", "first".into()),
            ("data", example::resource(compiled)),
        ]);
        let schemas = vec![Value::from("urn:ietf:params:scim:api:messages:2.0:BulkRequest")];
        let operations = vec![operation.into()];
        Some(object(vec![("schemas", schemas.into()), ("Operations", operations.into())]).into())
    }

    fn responses(&self, route: &Route, operation: Operation) -> Value<'static> {
        let mut responses = Object::new();
        let one = self.subject(route).map_or_else(
            || object(vec![("type", "object".into())]).into(),
            |(_, key)| schema_ref(key),
        );
        let (status, description, schema) = match (route, operation) {
            (_, Operation::Delete) => ("204", "The resource is gone", None),
            (_, Operation::Create) => ("201", "The new resource", Some(one)),
            (_, Operation::List) => {
                let key =
                    route.kind().and_then(|kind| self.keys.get(kind)).map_or("All", |key| key);
                ("200", "What was found", Some(schema_ref(&format!("{key}.list"))))
            }
            (_, Operation::Run) => {
                ("200", "What became of the operations", Some(schema_ref("BulkResponse")))
            }
            (Route::ServiceProviderConfig, _) => {
                ("200", "What the server has", Some(schema_ref("ServiceProviderConfig")))
            }
            (Route::ResourceTypes, _) => {
                ("200", "The resource types", Some(list_of(&["ResourceType"])))
            }
            (Route::ResourceType(_), _) => {
                ("200", "The resource type", Some(schema_ref("ResourceType")))
            }
            (Route::Schemas, _) => ("200", "The schemas", Some(list_of(&["Schema"]))),
            (Route::Schema(_), _) => ("200", "The schema", Some(schema_ref("Schema"))),
            (Route::OpenApi, _) => ("200", "This document", None),
            _ => ("200", "The resource", Some(one)),
        };
        let mut response = object(vec![("description", description.into())]);
        if let Some(schema) = schema {
            response.insert("content", content(schema, None));
        } else if *route == Route::OpenApi {
            let json = object(vec![("schema", object(vec![("type", "object".into())]).into())]);
            response.insert("content", object(vec![("application/json", json.into())]).into());
        }
        let headers = self.headers(operation);
        if !headers.is_empty() {
            response.insert("headers", headers.into());
        }
        if operation == Operation::Create && self.config.on_create == OnCreate::UpsertByExternalId {
            let mut again = response.clone();
            again.insert("description", "The resource that had this externalId".into());
            responses.insert("200", again.into());
        }
        responses.insert(status, response.into());
        if operation == Operation::View && self.config.etag {
            let unchanged = object(vec![("description", "The client has this version".into())]);
            responses.insert("304", unchanged.into());
        }
        for status in self.errors(route, operation) {
            responses.insert(status, reference("responses", status));
        }
        responses.into()
    }

    fn headers(&self, operation: Operation) -> Object<'static> {
        let names: &[&str] = match operation {
            Operation::View | Operation::Replace | Operation::Update => {
                &["ETag", "Content-Location"]
            }
            Operation::Create => &["ETag", "Location", "Content-Location"],
            _ => &[],
        };
        let names = names.iter().filter(|name| **name != "ETag" || self.config.etag);
        names.map(|name| (*name, reference("headers", name))).collect()
    }

    fn errors(&self, route: &Route, operation: Operation) -> Vec<&'static str> {
        let mut found = vec!["400"];
        if operation != Operation::Discover || !self.config.open_discovery {
            found.push("401");
        }
        found.push("403");
        let named = matches!(
            route,
            Route::Resource { .. } | Route::ResourceType(_) | Route::Schema(_) | Route::Me
        );
        if named {
            found.push("404");
        }
        found.push("406");
        let changes =
            matches!(operation, Operation::Create | Operation::Replace | Operation::Update);
        if changes {
            found.push("409");
        }
        let conditional =
            matches!(operation, Operation::Replace | Operation::Update | Operation::Delete);
        if conditional && self.config.etag {
            found.push("412");
        }
        if changes || operation == Operation::Run || matches!(route, Route::Search(_)) {
            found.extend(["413", "415"]);
        }
        if matches!(operation, Operation::Create | Operation::Run) && self.host.idempotency_key {
            found.push("422");
        }
        if conditional && self.config.etag && self.config.require_if_match {
            found.push("428");
        }
        if self.host.rate_limit {
            found.push("429");
        }
        found.extend(["500", "default"]);
        found
    }
}

/// What distinguishes discovery routes.
fn route_id(route: &Route) -> &'static str {
    match route {
        Route::ServiceProviderConfig => "config",
        Route::ResourceTypes => "types",
        Route::ResourceType(_) => "type",
        Route::Schemas => "schemas",
        Route::Schema(_) => "schema",
        _ => "openapi",
    }
}
