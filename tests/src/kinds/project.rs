use serde_json::Value;

use crate::compare::same;
use crate::inputs::{Form, check_failure, forms, options, parse, schema, tree};

pub(crate) fn project(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let options = options(case, &["attributes", "excludedAttributes", "profile"]);
    let expect = &case["expect"];
    let forms = forms(case, "given")?;
    for form in &forms {
        let result = match form {
            Form::Object(value) => {
                schema.project_value(&tree(value)?, &options).map(|resource| resource.to_serde())
            }
            form => form
                .with_input(|input| {
                    let shown = schema.project(input, &options);
                    // A document that is read once says the same.
                    let held = schema.document(input).and_then(|held| held.project(&options));
                    assert_eq!(held, shown, "{case}");
                    shown
                })
                .map(|text| parse(&text).unwrap_or_default()),
        };
        match (result, expect.get("error")) {
            (Ok(resource), None) if same(&resource, &expect["resource"]) => {}
            (Ok(resource), _) => return Err(format!("resource {resource}\nexpected {expect}")),
            (Err(failure), Some(error)) => check_failure(&failure, error)?,
            (Err(failure), None) => return Err(failure.to_string()),
        }
    }
    Ok(forms.len())
}
