use scimforge::api::{Answer, Input, MemoryServer};
use serde_json::{Value, json};

use crate::compare::partial;
use crate::inputs::parse;

/// The creates of a Bulk go to the store one by one, or several at once: the answers are the same.
pub(crate) fn protocol(case: &Value) -> Result<usize, String> {
    for most in [1, 3, 100] {
        let mut config = case.get("config").cloned().unwrap_or_else(|| json!({}));
        if let Some(config) = config.as_object_mut() {
            config.insert("maxBatch".to_owned(), json!(most));
        }
        played(case, &config.to_string()).map_err(|error| format!("maxBatch {most}: {error}"))?;
    }
    Ok(1)
}

fn played(case: &Value, config: &str) -> Result<(), String> {
    let mut server = MemoryServer::new(config).map_err(|failure| failure.to_string())?;
    for resource in case["store"].as_array().into_iter().flatten() {
        let text = resource.to_string();
        server.insert(Input::Text(&text)).map_err(|failure| failure.to_string())?;
    }
    let steps = case["steps"].as_array().ok_or("no `steps`")?;
    let (mut ids, mut cursor, mut told) = (0, String::new(), 0);
    for (index, step) in steps.iter().enumerate() {
        // `{nextCursor}` is that of the last answer that had one.
        let step = &parse(&step.to_string().replace("{nextCursor}", &cursor))?;
        let answer = send(&mut server, step, index, &mut ids)?;
        if let Some(next) = body_of(&answer)["nextCursor"].as_str() {
            next.clone_into(&mut cursor);
        }
        check(&answer, &step["expect"]).map_err(|error| {
            format!("step {index}: {error}\n{}", String::from_utf8_lossy(&answer.body))
        })?;
        let changes = parse(&server.changes(told, usize::MAX))?;
        let changes = changes.as_array().map(Vec::as_slice).unwrap_or_default();
        told = changes.last().and_then(|last| last["seq"].as_u64()).unwrap_or(told);
        other_events(changes, &step["expect"])
            .map_err(|error| format!("step {index}: {error}\n{changes:?}"))?;
    }
    Ok(())
}

fn send(
    server: &mut MemoryServer,
    step: &Value,
    index: usize,
    ids: &mut usize,
) -> Result<Answer, String> {
    let request = step.get("request").unwrap_or(&Value::Null);
    let body = match (request.get("body"), request.get("bodyText").and_then(Value::as_str)) {
        (Some(body), _) => body.to_string(),
        (None, Some(text)) => text.to_owned(),
        (None, None) => String::new(),
    };
    let head = json!({
        "method": request["method"],
        "target": request["target"],
        "headers": request.get("headers").cloned().unwrap_or_else(|| json!({})),
    });
    let fresh: Vec<String> = (1..=64).map(|next| format!("id-{}", *ids + next)).collect();
    let mut env = json!({
        "now": format!("2026-03-01T09:{:02}:{:02}Z", 30 + index / 60, index % 60),
        "ids": fresh,
        "baseUrl": "https://scim.example.test/v2",
    });
    for (name, value) in step.get("env").and_then(Value::as_object).into_iter().flatten() {
        env[name] = value.clone();
    }
    let answer = match step.get("task") {
        Some(task) => server.task(&task.to_string(), &env.to_string()),
        None => server.handle(&head.to_string(), body.as_bytes(), &env.to_string()),
    };
    let answer = answer.map_err(|failure| failure.to_string())?;
    *ids += created(&answer);
    Ok(answer)
}

/// A step takes one identifier for each resource that it creates.
fn created(answer: &Answer) -> usize {
    if answer.status != 200 {
        return usize::from(answer.status == 201);
    }
    let body = body_of(answer);
    let operations = body["Operations"].as_array().into_iter().flatten();
    operations.filter(|operation| operation["status"] == "201").count()
}

fn body_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// `untold`: what is in none of the events.
fn other_events(changes: &[Value], expect: &Value) -> Result<(), String> {
    for name in expect["untold"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if changes.iter().any(|change| change["event"].get(name).is_some()) {
            return Err(format!("{name} is there"));
        }
    }
    let events = changes.iter().map(|change| change["event"].clone()).collect();
    match expect.get("events") {
        Some(expected) if !partial(&Value::Array(events), expected) => {
            Err(format!("events, expected {expected}"))
        }
        _ => Ok(()),
    }
}

fn check(answer: &Answer, expect: &Value) -> Result<(), String> {
    if expect["status"] != answer.status {
        return Err(format!("status {}, expected {}", answer.status, expect["status"]));
    }
    for (name, value) in expect.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let actual = answer
            .headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str());
        let fits = match actual {
            Some(actual) => value == actual || value == "*",
            None => value.is_null(),
        };
        if !fits {
            return Err(format!("header {name} is {actual:?}, expected {value}"));
        }
    }
    if expect["noBody"] == true && !answer.body.is_empty() {
        return Err("a body where none was expected".to_owned());
    }
    let body = if answer.body.is_empty() {
        Value::Null
    } else {
        parse(&String::from_utf8_lossy(&answer.body))?
    };
    if let Some(expected) = expect.get("body")
        && !partial(&body, expected)
    {
        return Err(format!("body, expected {expected}"));
    }
    for pointer in expect.get("absent").and_then(Value::as_array).into_iter().flatten() {
        let pointer = pointer.as_str().unwrap_or_default();
        if body.pointer(pointer).is_some() {
            return Err(format!("{pointer} is there"));
        }
    }
    Ok(())
}
