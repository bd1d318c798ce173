use serde_json::{Value, json};

use crate::inputs::{Form, forms, options, parse, schema};

pub(crate) fn validate(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let options = options(case, &["mode", "profile", "original"]);
    let expected = sorted(case["expect"]["issues"].as_array().ok_or("no `expect.issues`")?);
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
        if is_valid.map_err(|failure| failure.to_string())? != valid {
            return Err(format!("is_valid is not {valid}"));
        }
    }
    Ok(forms.len())
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
