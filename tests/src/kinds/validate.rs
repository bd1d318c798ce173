use scimforge::api::{Failure, Schema};
use serde_json::{Value, json};

use crate::inputs::{Form, forms, options, parse, schema};

/// All issues of a document, or those that concern the field `at`.
pub(crate) fn validate(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let options = options(case, &["mode", "profile", "original"]);
    let wanted = case["expect"]["issues"].as_array().ok_or("no `expect.issues`")?;
    if let Some(at) = case.get("at").and_then(Value::as_str) {
        return validate_at(case, &schema, at, &options, wanted);
    }
    let expected = sorted(wanted);
    let valid = expected.iter().all(|issue| issue["severity"] != "error");
    let forms = forms(case, "given")?;
    for form in &forms {
        let (issues, is_valid) = match form {
            Form::Object(value) => {
                let issues = schema
                    .validate_node(&value, &options)
                    .map_err(|failure| failure.to_string())?;
                let issues: Vec<Value> = issues
                    .iter()
                    .map(|issue| parse(&issue.to_value().to_string()))
                    .collect::<Result<_, _>>()?;
                (issues, schema.is_valid_node(&value, &options))
            }
            form => form.with_input(|input| -> Result<_, String> {
                let text =
                    schema.validate(input, &options).map_err(|failure| failure.to_string())?;
                let issues = parse(&text)?.as_array().cloned().unwrap_or_default();
                Ok((issues, schema.is_valid(input, &options)))
            })?,
        };
        let actual = sorted(&issues);
        if actual != expected {
            return Err(format!("issues {}\nexpected {}", json!(actual), json!(expected)));
        }
        check_words(&issues, wanted)?;
        if is_valid.map_err(|failure| failure.to_string())? != valid {
            return Err(format!("is_valid is not {valid}"));
        }
    }
    Ok(forms.len())
}

fn validate_at(
    case: &Value,
    schema: &Schema,
    at: &str,
    options: &str,
    wanted: &[Value],
) -> Result<usize, String> {
    let forms = forms(case, "given")?;
    for form in &forms {
        let issues = match form {
            Form::Object(value) => schema
                .validate_node_at(&value, at, options)
                .map(|issues| issues.iter().map(|issue| issue.to_value().to_serde()).collect()),
            form => form
                .with_input(|input| schema.validate_at(input, at, options))
                .map(|text| parse(&text).unwrap_or_default()),
        };
        let issues: Value = issues.map_err(|failure: Failure| failure.to_string())?;
        let actual = sorted(issues.as_array().map(Vec::as_slice).unwrap_or_default());
        if actual != sorted(wanted) {
            return Err(format!("issues {}\nexpected {}", json!(actual), json!(wanted)));
        }
    }
    Ok(forms.len())
}

/// An expected issue may say its `message` and its `help` too.
fn check_words(issues: &[Value], wanted: &[Value]) -> Result<(), String> {
    let is_it = |issue: &Value, wanted: &Value| {
        let words = ["message", "help"].into_iter().filter(|name| wanted.get(name).is_some());
        ["code", "pointer"].into_iter().chain(words).all(|name| issue[name] == wanted[name])
    };
    match wanted.iter().find(|wanted| !issues.iter().any(|issue| is_it(issue, wanted))) {
        Some(wanted) => Err(format!("no issue {wanted} in {}", json!(issues))),
        None => Ok(()),
    }
}

/// What a case compares of an issue, in a stable order.
fn sorted(issues: &[Value]) -> Vec<Value> {
    let mut picked: Vec<Value> = issues
        .iter()
        .map(|issue| {
            let severity = issue.get("severity").cloned().unwrap_or_else(|| "error".into());
            json!({ "code": issue["code"], "pointer": issue["pointer"], "severity": severity })
        })
        .collect();
    picked.sort_by_key(Value::to_string);
    picked
}
