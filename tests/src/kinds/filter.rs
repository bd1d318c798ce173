use scimforge::limits::Limits;
use serde_json::Value;

use crate::inputs::{Form, check_failure, check_trace, forms, options, parse, schema};

pub(crate) fn filter(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let text = case["filter"].as_str().ok_or("no `filter`")?;
    let expect = &case["expect"];
    if let Some(prints) = expect.get("prints") {
        return prints_as(text, prints);
    }
    let bound = match (schema.filter(text, &options(case, &["profile"])), expect.get("error")) {
        (Ok(_), Some(error)) => return Err(format!("no error, expected {error}")),
        (Err(failure), Some(error)) => return check_failure(&failure, error).map(|()| 1),
        (Err(failure), None) => return Err(failure.to_string()),
        (Ok(bound), None) => bound,
    };
    check_trace(&parse(&bound.trace())?, expect.get("trace"))?;
    let Some(matches) = expect.get("matches") else { return Ok(1) };
    if let Some(resources) = case.get("resources").and_then(Value::as_array) {
        let matching: Value = resources
            .iter()
            .filter(|resource| bound.matches_node(resource))
            .map(|resource| resource["id"].clone())
            .collect();
        return if matching == *matches {
            Ok(1)
        } else {
            Err(format!("matches {matching}, expected {matches}"))
        };
    }
    let forms = forms(case, "given")?;
    for form in &forms {
        let found = match form {
            Form::Object(value) => bound.matches_node(&value),
            form => form
                .with_input(|input| bound.matches(input))
                .map_err(|failure| failure.to_string())?,
        };
        if found != *matches {
            return Err(format!("matches is {found}, expected {matches}"));
        }
    }
    Ok(forms.len())
}

/// Printing needs no schema; what is printed parses to the same text again.
fn prints_as(text: &str, expected: &Value) -> Result<usize, String> {
    let print = |text: &str| {
        scimforge::filter::Filter::parse(
            text,
            scimforge::profile::Profile::LENIENT,
            &Limits::DEFAULT,
        )
        .map(|filter| filter.to_string())
        .map_err(|error| error.to_string())
    };
    let printed = print(text)?;
    if printed != *expected {
        return Err(format!("prints {printed}, expected {expected}"));
    }
    let again = print(&printed)?;
    if again != printed {
        return Err(format!("prints {again} the second time, expected {printed}"));
    }
    Ok(1)
}
