//! The RFCs' own examples, read in place.
//!
//! They lie in the folder that `SCIMFORGE_RFC_EXAMPLES` names; without it nothing is read and
//! the test says so. Its `index.json` lists every example with the outcome that the RFC states;
//! an example that no check here knows fails the run, so that none is passed over.

mod bulk;

use std::path::{Path, PathBuf};

use scimforge::api::{Input, MemoryServer, Schema};
use scimforge::filter::{Expression, Filter};
use scimforge::limits::Limits;
use scimforge::path::{PatchPath, Resolved, resolve};
use scimforge::profile::{Profile, Trace};
use scimforge::schema::{self, builtin};
use scimforge::value::{Value as Tree, read};
use serde_json::{Value, json};

type Check = Result<usize, String>;

#[test]
fn rfc_examples() {
    let Some(folder) = std::env::var_os("SCIMFORGE_RFC_EXAMPLES").map(PathBuf::from) else {
        println!("RFC examples: SCIMFORGE_RFC_EXAMPLES is not set, 0 run");
        return;
    };
    let index = load(&folder, "index.json").expect("the index of the examples");
    let mut run = 0;
    let mut failures = Vec::new();
    for entry in index["examples"].as_array().expect("a list of examples") {
        let file = entry["file"].as_str().unwrap_or_default();
        match check(&folder, entry) {
            Ok(count) => run += count,
            Err(error) => failures.push(format!("{file}: {error}")),
        }
    }
    println!("RFC examples: {run} run");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn load(folder: &Path, file: &str) -> Result<Value, String> {
    let text = std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn check(folder: &Path, entry: &Value) -> Check {
    let file = entry["file"].as_str().unwrap_or_default();
    if !file.to_ascii_lowercase().ends_with(".json") {
        // SCIM 1.1 in XML: that format is not read yet.
        return std::fs::metadata(folder.join(file)).map(|_| 0).map_err(|error| error.to_string());
    }
    let text = std::fs::read_to_string(folder.join(file)).map_err(|error| error.to_string())?;
    reads_alike(&text)?;
    let json: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    match entry["kind"].as_str().unwrap_or_default() {
        // Read and written back alike, which is all there is to say of them here.
        "event" | "fragment" => Ok(1),
        _ if file.starts_with("scim11/") => Ok(1),
        "schema" => schemas(&json),
        "filter" => filters(&json),
        "patch-path" => patch_paths(&json),
        "notation" => notations(&json),
        "patch" => patch(&json, entry["expected"].as_str().unwrap_or_default()),
        "request" => request(&json, &entry["http"]),
        "resource" | "response" => resources(&json, entry),
        kind => Err(format!("there is no check for the kind `{kind}`")),
    }
}

/// Our reader and writer against the ecosystem's.
fn reads_alike(text: &str) -> Result<(), String> {
    let ours = read(text).map_err(|error| error.to_string())?;
    let theirs: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if ours.to_serde() != theirs {
        return Err("read otherwise than by serde_json".to_owned());
    }
    let again: Value =
        serde_json::from_str(&ours.to_string()).map_err(|error| error.to_string())?;
    if again == theirs { Ok(()) } else { Err("written back otherwise".to_owned()) }
}

fn one_or_many(json: &Value) -> Vec<&Value> {
    json.as_array().map_or_else(|| vec![json], |list| list.iter().collect())
}

fn schemas(json: &Value) -> Check {
    let documents = one_or_many(json);
    for document in &documents {
        let text = document.to_string();
        let tree = read(&text).map_err(|error| error.to_string())?;
        schema::Schema::from_value(&tree).map_err(|issues| format!("{issues:?}"))?;
    }
    Ok(documents.len())
}

fn filters(json: &Value) -> Check {
    let cases = one_or_many(json);
    for case in &cases {
        let text = case["filter"].as_str().unwrap_or_default();
        let expected = case["expected"].as_str().unwrap_or_default();
        let strict = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT);
        let lenient = Filter::parse(text, Profile::LENIENT, &Limits::DEFAULT);
        if expected == "valid" {
            let filter = strict.map_err(|error| format!("{text}: {error}"))?;
            if case.get("ast").is_some_and(|ast| !same_tree(&filter.expression, ast)) {
                return Err(format!("{text}: another tree: {filter}"));
            }
        } else if strict.is_ok() {
            return Err(format!("{text}: accepted by strict, expected {expected}"));
        } else if expected.contains("lenient: accept") && lenient.is_err() {
            return Err(format!("{text}: refused by lenient, expected {expected}"));
        }
    }
    Ok(cases.len())
}

/// The index writes trees as `{op, attr, value}`, `{and_|or_: […]}`, `{not_: …}` and
/// `{valuePath, filter}`.
fn same_tree(expression: &Expression, ast: &Value) -> bool {
    let all = |parts: &[Expression], list: &Value| {
        list.as_array().is_some_and(|list| {
            list.len() == parts.len()
                && parts.iter().zip(list).all(|(part, ast)| same_tree(part, ast))
        })
    };
    match expression {
        Expression::And(parts) => all(parts, &ast["and_"]),
        Expression::Or(parts) => all(parts, &ast["or_"]),
        Expression::Not(part) => same_tree(part, &ast["not_"]),
        Expression::Present { path } => ast["op"] == "pr" && ast["attr"] == path.as_str(),
        Expression::Compare { path, operator, literal, .. } => {
            ast["op"] == operator.as_str()
                && ast["attr"] == path.as_str()
                && ast["value"] == literal.to_value().to_serde()
        }
        Expression::ValuePath { path, filter } => {
            ast["valuePath"] == path.as_str() && same_tree(filter, &ast["filter"])
        }
    }
}

fn patch_paths(json: &Value) -> Check {
    let cases = one_or_many(json);
    for case in &cases {
        let text = case["path"].as_str().unwrap_or_default();
        let expected = case["expected"].as_str().unwrap_or_default();
        let parse = |profile| PatchPath::parse(text, profile, &Limits::DEFAULT, &mut Trace::new());
        let refused = expected.starts_with("strict");
        if parse(Profile::STRICT).is_err() != refused {
            return Err(format!("{text}: strict says otherwise, expected {expected}"));
        }
        if expected.contains("lenient: accept") && parse(Profile::LENIENT).is_err() {
            return Err(format!("{text}: refused by lenient"));
        }
    }
    Ok(cases.len())
}

fn notations(json: &Value) -> Check {
    let user = builtin::user();
    let cases = one_or_many(json);
    for case in &cases {
        let text = case["notation"].as_str().unwrap_or_default();
        // The exampleCo URN is no schema of User: what matters is that it is not taken for one.
        let known = !text.contains("exampleCo");
        let found = matches!(resolve(&user, text, Profile::STRICT), Resolved::Attribute(_));
        if found != known {
            return Err(format!("{text}: found is {found}"));
        }
    }
    Ok(cases.len())
}

/// A resource that has what the RFC's PATCH examples speak of.
fn base_for(patch: &str) -> (Schema, Value) {
    if patch.contains("members") {
        // The RFC cuts identifiers short in some examples: the member is whatever the path names.
        let named = patch.split("value eq").nth(1).and_then(|rest| rest.split('"').nth(1));
        let named = named.unwrap_or("2819c223-7f76-453a-919d-413861904646").trim_end_matches('\\');
        let group = json!({
            "schemas": [schema::GROUP], "id": "acbf3ae7", "displayName": "Tour guides",
            "members": [{ "value": named }, { "value": "kept" }],
        });
        return (Schema::named("Group").expect("a built-in schema"), group);
    }
    let user = json!({
        "schemas": [schema::USER], "id": "2819c223", "userName": "bjensen", "displayName": "Barbara",
        "emails": [{ "type": "work", "value": "b@example.com", "primary": true }, { "type": "home", "value": "kept@north.test" }],
        "addresses": [
            { "type": "work", "streetAddress": "1 Old Road", "locality": "Oldtown" },
            { "type": "home", "locality": "Hometown", "primary": true },
        ],
    });
    (Schema::named("User").expect("a built-in schema"), user)
}

fn patch(json: &Value, expected: &str) -> Check {
    let text = json.to_string();
    let (schema, base) = base_for(&text);
    let base = base.to_string();
    let outcome = schema
        .apply_patch(Input::Text(&base), Input::Text(&text), "{\"profile\":\"lenient\"}")
        .map_err(|failure| failure.to_string())?;
    let outcome: Value = serde_json::from_str(&outcome).map_err(|error| error.to_string())?;
    let resource = &outcome["resource"];
    let members = resource["members"].as_array().map_or(0, Vec::len);
    let addresses = resource["addresses"].as_array().cloned().unwrap_or_default();
    let held = match expected {
        text if text.contains("members unassigned") => resource.get("members").is_none(),
        text if text.contains("exactly the two given") => {
            members == 2 && !resource["members"].to_string().contains("kept")
        }
        text if text.starts_with("member removed") => members == 1,
        text if text.contains("every emails element with type work") => {
            resource["emails"].as_array().map(Vec::len) == Some(1)
        }
        text if text.contains("home e-mail appended") => {
            resource["nickName"] == "Babs" && resource["emails"].as_array().map(Vec::len) == Some(3)
        }
        text if text.contains("emails replaced as a whole") => {
            resource["emails"].as_array().map(Vec::len) == Some(2)
                && !resource.to_string().contains("kept")
                && resource["displayName"] == "Barbara"
        }
        text if text.contains("demotes any other primary") => {
            addresses.iter().filter(|address| address["primary"] == true).count() == 1
                && !resource.to_string().contains("Oldtown\"}")
        }
        text if text.contains("streetAddress of every work address") => {
            resource.to_string().contains("Oldtown") && !resource.to_string().contains("1 Old Road")
        }
        _ => outcome["changed"].is_boolean(),
    };
    if held { Ok(1) } else { Err(format!("expected {expected}; got {outcome}")) }
}

fn server() -> MemoryServer {
    MemoryServer::new("").expect("the default configuration")
}

fn env() -> String {
    json!({ "now": "2026-03-01T09:30:00Z", "ids": ["id-1", "id-2"], "baseUrl": "https://scim.example.test/v2" }).to_string()
}

fn request(json: &Value, http: &Value) -> Check {
    let method = http["method"].as_str().unwrap_or_default();
    let path = http["path"].as_str().unwrap_or_default();
    if path.ends_with("/Bulk") {
        return bulk::check(json);
    }
    let mut server = server();
    let stored = json!({ "schemas": [schema::USER], "id": "2819c223-7f76-453a-919d-413861904646", "userName": "bjensen",
        "roles": [{ "value": "x" }], "meta": { "resourceType": "User" } })
    .to_string();
    let (expected, target): (u16, &str) = match (method, path) {
        ("POST", "/Users") => (201, path),
        ("POST", path) if path.ends_with("/.search") => {
            (200, if path == "/User/.search" { "/Users/.search" } else { path })
        }
        ("PUT", path) => {
            server.insert(Input::Text(&stored)).map_err(|failure| failure.to_string())?;
            (200, path)
        }
        _ => return Err(format!("there is no check for {method} {path}")),
    };
    let mut body = json.clone();
    if target.starts_with("/Users/.search") && body["filter"].is_null() {
        body["filter"] = Value::Null;
    }
    let head = json!({ "method": method, "target": target, "headers": { "content-type": "application/scim+json" } });
    let answer = server
        .handle(&head.to_string(), body.to_string().as_bytes(), &env())
        .map_err(|failure| failure.to_string())?;
    if answer.status != expected {
        return Err(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if method == "PUT"
        && (answer.get("roles").is_some() || answer["id"] != "2819c223-7f76-453a-919d-413861904646")
    {
        return Err(format!("roles are not cleared, or the id is changed: {answer}"));
    }
    Ok(1)
}

/// Resources are valid as a server returns them, but for what the index says.
fn resources(json: &Value, entry: &Value) -> Check {
    let mut checked = 0;
    for document in one_or_many(json) {
        let document =
            document.get("Resources").map_or_else(|| vec![document], |list| one_or_many(list));
        for resource in document {
            resource_is_valid(resource, entry)?;
            checked += 1;
        }
    }
    Ok(checked.max(1))
}

fn resource_is_valid(resource: &Value, entry: &Value) -> Result<(), String> {
    let uris = resource["schemas"].to_string();
    let name = ["User", "Group", "ServiceProviderConfig", "ResourceType", "Schema"]
        .into_iter()
        .find(|name| uris.contains(&format!("core:2.0:{name}\"")));
    // Messages, and resources that the RFC shows without `schemas`, are read and no more.
    let Some(name) = name else { return Ok(()) };
    let schema = Schema::named(name).map_err(|failure| failure.to_string())?;
    let text = resource.to_string();
    let elided = entry["elided"] == true;
    let partial = entry["file"].as_str().is_some_and(|file| file.contains("attributes"));
    let issues = schema
        .validate(Input::Text(&text), "{\"mode\":\"response\",\"profile\":\"rfc\"}")
        .map_err(|failure| failure.to_string())?;
    let issues: Vec<Value> = serde_json::from_str(&issues).map_err(|error| error.to_string())?;
    for issue in issues.iter().filter(|issue| issue["severity"] == "error") {
        let pointer = issue["pointer"].as_str().unwrap_or_default();
        let stated = match issue["code"].as_str().unwrap_or_default() {
            // Errata 5990 and 5991: "USA" is no two-letter code.
            "invalid-country" => true,
            // Figures 4 and 5 show a password, as a request may have and a response must not.
            "never-returned" => pointer == "/password",
            // What was cut out of an example, or projected away, is not there.
            "required" => elided || partial,
            // Certificates are wrapped in the RFC's text and cut short in places.
            "invalid-certificate" | "invalid-binary" => pointer.contains("x509"),
            _ => false,
        };
        if !stated {
            return Err(format!("{issue}"));
        }
    }
    let tree = Tree::copy_of(&resource).map_err(|error| error.to_string())?;
    let projected = schema.project_value(&tree, "").map_err(|failure| failure.to_string())?;
    if projected.get("password").is_some() {
        Err("projection shows a password".to_owned())
    } else {
        Ok(())
    }
}
