use serde_json::{Value, json};

use crate::compare::same;
use crate::inputs::{Form, check_failure, check_trace, forms, options, parse, schema, tree};

/// A resource (`given`) or a PATCH (`patch`) is written as expected; messages are compared by their
/// operations.
pub(crate) fn emit(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let options = options(case, &["profile", "original"]);
    let expect = &case["expect"];
    let of_patch = case.get("patch").is_some();
    let forms = forms(case, if of_patch { "patch" } else { "given" })?;
    for form in &forms {
        let result = match form {
            Form::Object(value) if of_patch => {
                schema.emit_patch_value(&tree(value)?, &options).map(|emitted| {
                    let messages = emitted.messages.iter().map(scimforge::value::Value::to_serde);
                    json!({
                        "messages": messages.collect::<Vec<_>>(),
                        "trace": emitted.trace.to_value().to_serde(),
                    })
                })
            }
            form => form
                .with_input(|input| {
                    if of_patch {
                        schema.emit_patch(input, &options)
                    } else {
                        schema.emit(input, &options)
                    }
                })
                .map(|text| parse(&text).unwrap_or_default()),
        };
        let emitted = match (result, expect.get("error")) {
            (Ok(emitted), None) => emitted,
            (Err(failure), Some(error)) => {
                check_failure(&failure, error)?;
                continue;
            }
            (Ok(emitted), Some(error)) => {
                return Err(format!("no error, expected {error}; got {emitted}"));
            }
            (Err(failure), None) => return Err(failure.to_string()),
        };
        let messages = emitted["messages"].as_array().cloned().unwrap_or_default();
        let messages: Value =
            messages.iter().map(|message| message["Operations"].clone()).collect();
        let nothing = json!([]);
        if !same(&messages, expect.get("messages").unwrap_or(&nothing)) {
            return Err(format!("messages {messages}\nexpected {expect}"));
        }
        if !same(&emitted["resource"], expect.get("resource").unwrap_or(&Value::Null)) {
            return Err(format!("resource {}\nexpected {expect}", emitted["resource"]));
        }
        check_trace(&emitted["trace"], expect.get("trace"))?;
    }
    Ok(forms.len())
}
