//! The server in the words of `OpenAPI` 3.1: what its configuration has, and nothing else.
//!
//! What does not depend on the configuration stands in `parts.json`.

mod example;
mod paths;

use std::sync::OnceLock;

use super::config::Config;
use crate::error::{Error, Pointer};
use crate::name;
use crate::schema::export::{Draft, json_schema};
use crate::schema::{Compiled, builtin};
use crate::validate::Mode;
use crate::value::{Object, Value, read};

/// What the host adds to the engine, for `GET /openapi.json`.
///
/// ```
/// use scimforge::protocol::Config;
/// use scimforge::value::read;
///
/// let config = Config::from_value(&read(r#"{"openapi": {"rateLimit": true}}"#)?)?;
/// assert!(config.openapi.is_some_and(|host| host.rate_limit && !host.idempotency_key));
/// assert!(Config::from_value(&read(r#"{"openapi": false}"#)?)?.openapi.is_none());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenApi {
    /// Whether a POST may have an `Idempotency-Key`.
    pub idempotency_key: bool,
    /// Whether there may be too many requests (429).
    pub rate_limit: bool,
}

impl OpenApi {
    /// Reads `true`, `false` or `{"idempotencyKey"?, "rateLimit"?}`.
    pub(super) fn from_value(value: &Value<'_>) -> Result<Option<Self>, Error> {
        let wrong = || {
            let expected = "true, false or an object with idempotencyKey and rateLimit";
            Error::invalid_option("openapi", expected).at(Pointer::root().name("openapi"))
        };
        let mut host = Self::default();
        match value {
            Value::Bool(true) => {}
            Value::Bool(false) => return Ok(None),
            Value::Object(object) => {
                for (key, value) in object.iter() {
                    let value = value.as_bool().ok_or_else(wrong)?;
                    match key {
                        "idempotencyKey" => host.idempotency_key = value,
                        "rateLimit" => host.rate_limit = value,
                        _ => return Err(wrong()),
                    }
                }
            }
            _ => return Err(wrong()),
        }
        Ok(Some(host))
    }
}

/// The types of the documents that describe the service itself.
const SERVICE: [&str; 3] = ["ServiceProviderConfig", "ResourceType", "Schema"];

/// The document of a server that is reached under `base_url`.
pub(super) fn document(config: &Config, base_url: &str) -> Value<'static> {
    let writer =
        Writer { config, keys: keys(config), host: config.openapi.unwrap_or_default(), base_url };
    let mut info =
        object(vec![("title", "SCIM 2.0".into()), ("version", env!("CARGO_PKG_VERSION").into())]);
    info.insert("description", "Users, groups and other resources (RFC 7643, RFC 7644)".into());
    let server = object(vec![("url", Value::copied(writer.server()))]);
    let (schemes, security) = writer.security();
    let mut document = object(vec![
        ("openapi", "3.1.0".into()),
        ("info", info.into()),
        ("servers", vec![server.into()].into()),
        ("security", security),
        ("paths", writer.paths()),
        ("components", writer.components(schemes)),
    ]);
    if let Some(uri) = &config.documentation_uri {
        document.insert("externalDocs", object(vec![("url", Value::from(uri.clone()))]).into());
    }
    document.into()
}

struct Writer<'c> {
    config: &'c Config,
    /// The names of the resource types as keys of components.
    keys: Vec<String>,
    host: OpenApi,
    base_url: &'c str,
}

impl Writer<'_> {
    fn server(&self) -> &str {
        match (self.base_url.trim_end_matches('/'), self.config.base_path.trim_end_matches('/')) {
            ("", "") => "/",
            ("", path) => path,
            (url, _) => url,
        }
    }

    fn components(&self, schemes: Value<'static>) -> Value<'static> {
        let mut responses = Object::new();
        let errors = part("errors");
        for (status, told) in errors.as_object().into_iter().flat_map(Object::iter) {
            responses.insert(status.to_owned(), error(status, told));
        }
        let mut parameters = part("parameters");
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.retain(|name, _| self.has(name));
            let count = parameters.get_mut("count").and_then(Value::as_object_mut);
            if let Some(schema) = count.and_then(|count| count.get_mut("schema")?.as_object_mut()) {
                schema.insert("default", Value::count(self.config.default_page_size));
            }
        }
        if self.config.require_if_match
            && let Some(version) =
                parameters.as_object_mut().and_then(|all| all.get_mut("If-Match")?.as_object_mut())
        {
            version.insert("required", true.into());
        }
        let mut headers = part("headers");
        if let Some(headers) = headers.as_object_mut() {
            headers.retain(|name, _| name != "ETag" || self.config.etag);
        }
        object(vec![
            ("schemas", self.schemas()),
            ("parameters", parameters),
            ("headers", headers),
            ("responses", responses.into()),
            ("securitySchemes", schemes),
        ])
        .into()
    }

    /// Whether the server takes a parameter.
    fn has(&self, parameter: &str) -> bool {
        match parameter {
            "cursor" => self.config.cursors.is_some(),
            "If-Match" | "If-None-Match" => self.config.etag,
            "Idempotency-Key" => self.host.idempotency_key,
            _ => true,
        }
    }

    fn schemas(&self) -> Value<'static> {
        let mut schemas = part("schemas");
        let Some(all) = schemas.as_object_mut() else { return schemas };
        if self.config.bulk.max_operations == 0 {
            all.retain(|name, _| !name.starts_with("Bulk"));
        }
        let service = SERVICE.iter().filter_map(|name| Some((*name, builtin::by_name(name)?)));
        for (name, compiled) in service {
            all.insert(name, answered(&compiled));
        }
        for (compiled, key) in self.config.resource_types.iter().zip(&self.keys) {
            all.insert(key.clone(), answered(compiled));
            all.insert(format!("{key}.write"), embedded(compiled, Mode::Create));
            all.insert(format!("{key}.list"), list_of(&[key]));
        }
        let keys: Vec<&str> = self.keys.iter().map(String::as_str).collect();
        all.insert("All.list", list_of(&keys));
        schemas
    }

    /// The security schemes, and each of them as a way in.
    fn security(&self) -> (Value<'static>, Value<'static>) {
        let mut schemes = Object::new();
        let mut ways = Vec::new();
        for scheme in &self.config.authentication_schemes {
            let word = |name| scheme.get(name).and_then(Value::as_str).unwrap_or_default();
            let mut written = match word("type") {
                "httpbasic" => object(vec![("type", "http".into()), ("scheme", "basic".into())]),
                "httpdigest" => object(vec![("type", "http".into()), ("scheme", "digest".into())]),
                // Where OAuth's tokens come from is not known here; they are bearer tokens.
                "oauthbearertoken" | "oauth2" => {
                    object(vec![("type", "http".into()), ("scheme", "bearer".into())])
                }
                _ => object(vec![
                    ("type", "apiKey".into()),
                    ("in", "header".into()),
                    ("name", "Authorization".into()),
                ]),
            };
            written.insert("description", Value::copied(word("description")));
            let key = free_key(word("type"), |key| schemes.get(key).is_some());
            ways.push(Object::from_iter([(key.clone(), Vec::new().into())]).into());
            schemes.insert(key, written.into());
        }
        (schemes.into(), ways.into())
    }
}

/// A schema of answers: what a projection may leave out is not demanded.
fn answered(compiled: &Compiled) -> Value<'static> {
    let mut schema = embedded(compiled, Mode::Response);
    let always = compiled.resource_has_common_id();
    relax(&mut schema, 3);
    if let Some(schema) = schema.as_object_mut() {
        let required =
            if always { vec!["schemas".into(), "id".into()] } else { vec!["schemas".into()] };
        schema.insert("required", Value::Array(required));
    }
    schema
}

/// A schema that is part of a document: its identifiers would be those of several.
fn embedded(compiled: &Compiled, mode: Mode) -> Value<'static> {
    let mut schema = json_schema(compiled, Draft::D2020, mode);
    if let Some(schema) = schema.as_object_mut() {
        schema.retain(|name, _| !matches!(name, "$schema" | "$id"));
    }
    schema
}

/// Takes `required` out; `depth` is that of schemas.
fn relax(schema: &mut Value<'static>, depth: u8) {
    let Some(schema) = schema.as_object_mut() else { return };
    schema.remove("required");
    if depth == 0 {
        return;
    }
    if let Some(items) = schema.get_mut("items") {
        relax(items, depth);
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for (_, property) in properties.iter_mut() {
            relax(property, depth - 1);
        }
    }
}

fn list_of(keys: &[&str]) -> Value<'static> {
    let item = match keys {
        [one] => schema_ref(one),
        many => {
            let any: Vec<Value<'static>> = many.iter().map(|key| schema_ref(key)).collect();
            object(vec![("anyOf", any.into())]).into()
        }
    };
    let resources = object(vec![("type", "array".into()), ("items", item)]);
    let own = object(vec![("properties", object(vec![("Resources", resources.into())]).into())]);
    object(vec![("allOf", vec![schema_ref("ListResponse"), own.into()].into())]).into()
}

/// The answer with an error.
fn error(status: &str, told: &Value<'static>) -> Value<'static> {
    let number = if status == "default" { "503" } else { status };
    let schemas = vec![Value::from("urn:ietf:params:scim:api:messages:2.0:Error")];
    let mut example = object(vec![("schemas", schemas.into()), ("status", Value::copied(number))]);
    for name in ["scimType", "detail"] {
        if let Some(word) = told.get(name) {
            example.insert(name, word.clone());
        }
    }
    let mut response = object(vec![
        ("description", told.get("description").cloned().unwrap_or_default()),
        ("content", content(schema_ref("Error"), Some(example.into()))),
    ]);
    let header = match status {
        "401" => "WWW-Authenticate",
        "429" => "Retry-After",
        _ => return response.into(),
    };
    response.insert("headers", object(vec![(header, reference("headers", header))]).into());
    response.into()
}

/// A body in either media type.
fn content(schema: Value<'static>, example: Option<Value<'static>>) -> Value<'static> {
    let json = object(vec![("schema", schema)]);
    let mut scim = json.clone();
    if let Some(example) = example {
        scim.insert("example", example);
    }
    object(vec![("application/scim+json", scim.into()), ("application/json", json.into())]).into()
}

fn schema_ref(key: &str) -> Value<'static> {
    reference("schemas", key)
}

fn reference(section: &str, key: &str) -> Value<'static> {
    object(vec![("$ref", Value::from(format!("#/components/{section}/{key}")))]).into()
}

/// A part that is the same for all servers.
fn part(section: &str) -> Value<'static> {
    static PARTS: OnceLock<Value<'static>> = OnceLock::new();
    let parts = PARTS.get_or_init(|| {
        read(include_str!("parts.json")).map(Value::into_owned).unwrap_or_default()
    });
    parts.get(section).cloned().unwrap_or_default()
}

fn object(members: Vec<(&'static str, Value<'static>)>) -> Object<'static> {
    members.into_iter().collect()
}

/// The names of the resource types as keys: their letters and digits, each another one.
fn keys(config: &Config) -> Vec<String> {
    let messages = part("schemas");
    let mut keys: Vec<String> = Vec::new();
    for compiled in &config.resource_types {
        let key = free_key(&compiled.resource_type().name, |key| {
            messages.get(key).is_some()
                || SERVICE.iter().chain(&["All"]).any(|own| name::same(own, key))
                || keys.iter().any(|own| name::same(own, key))
        });
        keys.push(key);
    }
    keys
}

/// A word as a key that is not taken.
fn free_key(word: &str, taken: impl Fn(&str) -> bool) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let mut key: String =
        word.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect();
    while key.is_empty() || taken(&key) {
        key.push('_');
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_there() {
        for section in ["parameters", "headers", "schemas", "errors"] {
            assert!(part(section).as_object().is_some_and(|part| part.len() > 4), "{section}");
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let all = r#"{"pagination": {"cursorKey": "a secret that is long enough for it"}, "openapi": {"idempotencyKey": true, "rateLimit": true}, "requireIfMatch": true}"#;
        let least = r#"{"etag": false, "bulk": false, "me": false, "resourceTypes": ["Group"]}"#;
        for options in [all, least] {
            let config = Config::from_value(&read(options).unwrap()).unwrap();
            let document = document(&config, "").to_serde();
            let text = document.to_string();
            let references: Vec<&str> = text
                .split(r##""$ref":"#"##)
                .skip(1)
                .filter_map(|rest| rest.split('"').next())
                .collect();
            assert!(references.len() > 50, "{}", references.len());
            for reference in references {
                assert!(document.pointer(reference).is_some(), "{reference}");
            }
        }
    }

    #[test]
    fn keys_are_words_and_differ() {
        assert_eq!(free_key("Crate of eggs", |_| false), "Crate_of_eggs");
        assert_eq!(free_key("Error", |key| key == "Error"), "Error_");
    }
}
