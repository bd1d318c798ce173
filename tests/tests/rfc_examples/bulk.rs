//! The RFC's Bulk requests, carried out by a server in memory.

use scimforge::api::{Input, MemoryServer};
use scimforge::schema;
use serde_json::{Value, json};

use super::{Check, env, server};

/// What the RFC's own example of an answer says when everything succeeds: 201 for a POST, 200
/// for a PUT and a PATCH, 204 for a DELETE, and every reference by `bulkId` resolved.
pub(crate) fn check(message: &Value) -> Check {
    let mut checked = 1;
    let mut message = message.clone();
    let first = &message["Operations"][0]["data"]["schemas"][0];
    // §3.7.3 prints a URI that names no schema. As published, it is the first error and, by
    // `failOnErrors`, the last operation.
    if first == "urn:ietf:params:scim:api:messages:2.0:User" {
        let answers = answers(&mut server(), &message)?;
        let refused = &answers[0];
        if answers.len() != 1 || refused["response"]["scimType"] != "invalidSyntax" {
            return Err(format!("as published: {answers:?}"));
        }
        message["Operations"][0]["data"]["schemas"] = json!([schema::USER]);
        checked += 1;
    }
    let mut server = server();
    for operation in message["Operations"].as_array_mut().into_iter().flatten() {
        // The versions are those of another server.
        operation.as_object_mut().map(|members| members.remove("version"));
        let Some(id) = operation["path"].as_str().and_then(|path| path.strip_prefix("/Users/"))
        else {
            continue;
        };
        let stored = json!({ "schemas": [schema::USER], "id": id, "userName": format!("{id}@stored.test"),
            "nickName": "old", "meta": { "resourceType": "User" } });
        server.insert(Input::Text(&stored.to_string())).map_err(|failure| failure.to_string())?;
    }
    let answers = answers(&mut server, &message)?;
    let expected: Vec<&str> = message["Operations"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|operation| match operation["method"].as_str() {
            Some("POST") => "201",
            Some("DELETE") => "204",
            _ => "200",
        })
        .collect();
    let statuses: Vec<&str> =
        answers.iter().map(|answer| answer["status"].as_str().unwrap_or_default()).collect();
    if statuses != expected {
        return Err(format!("expected {expected:?}; got {answers:?}"));
    }
    if let Some(answer) = answers.iter().find(|answer| !answer["location"].is_string()) {
        return Err(format!("without a location: {answer}"));
    }
    references_are_resolved(&mut server, &message, &answers)?;
    Ok(checked)
}

fn answers(server: &mut MemoryServer, message: &Value) -> Result<Vec<Value>, String> {
    let answer = exchange(server, "POST", "/Bulk", &message.to_string())?;
    Ok(answer["Operations"].as_array().cloned().unwrap_or_default())
}

fn exchange(
    server: &mut MemoryServer,
    method: &str,
    target: &str,
    body: &str,
) -> Result<Value, String> {
    let head = json!({ "method": method, "target": target,
        "headers": { "content-type": "application/scim+json" } });
    let answer = server
        .handle(&head.to_string(), body.as_bytes(), &env())
        .map_err(|failure| failure.to_string())?;
    if answer.status != 200 {
        return Err(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)));
    }
    serde_json::from_slice(&answer.body).map_err(|error| error.to_string())
}

/// Where a body named another operation by its `bulkId`, the stored resource names its id.
fn references_are_resolved(
    server: &mut MemoryServer,
    message: &Value,
    answers: &[Value],
) -> Result<(), String> {
    let id_of = |answer: &Value| {
        let location = answer["location"].as_str().unwrap_or_default();
        location.rsplit('/').next().unwrap_or_default().to_owned()
    };
    let operations = message["Operations"].as_array().map_or(&[][..], Vec::as_slice);
    for (operation, answer) in operations.iter().zip(answers) {
        if operation["method"] != "POST" {
            continue;
        }
        let location = answer["location"].as_str().unwrap_or_default();
        let target = location.strip_prefix("https://scim.example.test/v2").unwrap_or_default();
        let stored = exchange(server, "GET", target, "")?.to_string();
        if stored.contains("bulkId:") {
            return Err(format!("a reference is left: {stored}"));
        }
        let sent = operation["data"].to_string();
        for (other, made) in operations.iter().zip(answers) {
            let name = other["bulkId"].as_str().unwrap_or("none");
            if sent.contains(&format!("\"bulkId:{name}\"")) && !stored.contains(&id_of(made)) {
                return Err(format!("`{name}` is not resolved: {stored}"));
            }
        }
    }
    Ok(())
}
