use scimforge::api::{Failure, Migration, convert_all};
use serde_json::{Value, json};

use crate::compare::{partial, same};
use crate::inputs::{Form, check_failure, forms, options, parse};

pub(crate) fn migrate(case: &Value) -> Result<usize, String> {
    let format = case["format"].as_str().ok_or("no `format`")?;
    let Some(Form::Bytes(input)) = forms(case, "input")?.pop() else {
        return Err("the last form of an input is bytes".to_owned());
    };
    let options = options(case, &[]);
    let whole = convert_all(format, &input, &options).map(|text| parse(&text).unwrap_or_default());
    check(whole, &case["expect"])?;
    check(in_pieces(format, &input, &options), &case["expect"])
        .map_err(|error| format!("in pieces: {error}"))?;
    Ok(2)
}

/// The same as [`convert_all`], from pieces of seven bytes.
pub(crate) fn in_pieces(format: &str, input: &[u8], options: &str) -> Result<Value, Failure> {
    let mut migration = Migration::new(format, options)?;
    for piece in input.chunks(7) {
        migration.scan(piece);
    }
    migration.end_scan()?;
    let mut outcomes = Vec::new();
    let mut add = |text: String| {
        outcomes.extend(parse(&text).unwrap_or_default().as_array().cloned().unwrap_or_default());
    };
    for piece in input.chunks(7) {
        add(migration.convert(piece));
    }
    add(migration.end_convert());
    let of = |kind: &str| -> Vec<&Value> {
        outcomes.iter().filter(|outcome| outcome["outcome"] == kind).collect()
    };
    Ok(json!({
        "resources": of("resource"),
        "rejected": of("rejected"),
        "skipped": of("skipped"),
        "report": parse(&migration.report()).unwrap_or_default(),
    }))
}

fn check(result: Result<Value, Failure>, expect: &Value) -> Result<(), String> {
    let migrated = match (result, expect.get("error")) {
        (Ok(migrated), None) => migrated,
        (Err(failure), Some(error)) => return check_failure(&failure, error),
        (Ok(migrated), Some(error)) => {
            return Err(format!("no error, expected {error}; got {migrated}"));
        }
        (Err(failure), None) => return Err(failure.to_string()),
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let resources: Vec<Value> = list(&migrated["resources"])
        .iter()
        .map(|outcome| json!({ "type": outcome["type"], "key": outcome["key"], "resource": outcome["resource"] }))
        .collect();
    if !same(&json!(resources), &expect["resources"]) {
        return Err(format!("resources {}\nexpected {}", json!(resources), expect["resources"]));
    }
    let place = |line: &Value, issue: &Value| json!({ "line": line, "code": issue["code"] });
    let rejected: Vec<Value> = list(&migrated["rejected"])
        .iter()
        .map(|outcome| place(&outcome["line"], &outcome["issue"]))
        .collect();
    let wanted = expect.get("rejected").map(list).unwrap_or_default();
    if rejected != wanted {
        return Err(format!("rejected {}, expected {}", json!(rejected), json!(wanted)));
    }
    let issues: Vec<Value> = list(&migrated["resources"])
        .iter()
        .flat_map(|outcome| {
            let line = outcome["line"].clone();
            list(&outcome["issues"]).into_iter().map(move |issue| {
                json!({ "line": line, "code": issue["code"], "severity": issue["severity"] })
            })
        })
        .collect();
    for wanted in expect.get("issues").map(list).unwrap_or_default() {
        if !issues.contains(&wanted) {
            return Err(format!("no issue {wanted} among {}", json!(issues)));
        }
    }
    match expect.get("report") {
        Some(report) if !partial(&migrated["report"], report) => {
            Err(format!("report {}\nexpected {report}", migrated["report"]))
        }
        _ => Ok(()),
    }
}
