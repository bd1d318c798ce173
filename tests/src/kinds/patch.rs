use serde_json::Value;

use crate::compare::same;
use crate::inputs::{Form, check_failure, check_trace, forms, options, parse, schema, tree};

pub(crate) fn patch(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let options = options(case, &["profile"]);
    let expect = &case["expect"];
    let documents = forms(case, "given")?;
    let patches = forms(case, "patch")?;
    let mut runs = 0;
    for (document, patch) in documents.iter().zip(patches.iter().cycle()) {
        let result = match (document, patch) {
            (Form::Object(document), Form::Object(patch)) => {
                schema.apply_patch_value(&tree(document)?, &tree(patch)?, &options).map(|outcome| {
                    serde_json::json!({
                        "resource": outcome.resource.to_serde(),
                        "changed": outcome.changed,
                        "trace": outcome.trace.to_value().to_serde(),
                    })
                })
            }
            (document, patch) => document
                .with_input(|document| {
                    patch.with_input(|patch| schema.apply_patch(document, patch, &options))
                })
                .map(|text| parse(&text).unwrap_or_default()),
        };
        runs += 1;
        let outcome = match (result, expect.get("error")) {
            (Ok(outcome), Some(error)) => {
                return Err(format!("no error, expected {error}; got {outcome}"));
            }
            (Err(failure), Some(error)) => {
                check_failure(&failure, error)?;
                continue;
            }
            (Err(failure), None) => return Err(failure.to_string()),
            (Ok(outcome), None) => outcome,
        };
        if outcome["changed"] != expect["changed"] {
            return Err(format!(
                "changed is {}, expected {}",
                outcome["changed"], expect["changed"]
            ));
        }
        if !same(&outcome["resource"], &expect["resource"]) {
            return Err(format!(
                "resource {}\nexpected {}",
                outcome["resource"], expect["resource"]
            ));
        }
        check_trace(&outcome["trace"], expect.get("trace"))?;
    }
    Ok(runs)
}
