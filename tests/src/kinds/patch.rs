use serde_json::Value;

use crate::compare::same;
use crate::inputs::{
    Form, check_failure, check_trace, forms, options, parse, quirks, schema, tree,
};

pub(crate) fn patch(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let expect = &case["expect"];
    let mut options: Value = parse(&options(case, &["profile", "maxMemberLoss"]))?;
    if expect.get("operations").is_some() {
        options["explain"] = Value::Bool(true);
    }
    let options = options.to_string();
    let documents = forms(case, "given")?;
    let patches = forms(case, "patch")?;
    let mut runs = 0;
    for (document, patch) in documents.iter().zip(patches.iter().cycle()) {
        let result = match (document, patch) {
            (Form::Object(document), Form::Object(patch)) => {
                schema.apply_patch_value(&tree(document)?, &tree(patch)?, &options).map(|outcome| {
                    let told = outcome.operations.as_deref().unwrap_or_default();
                    let told: Vec<Value> =
                        told.iter().map(|report| report.to_value().to_serde()).collect();
                    serde_json::json!({
                        "resource": outcome.resource.to_serde(),
                        "changed": outcome.changed,
                        "operations": told,
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
        if let Some(told) = expect.get("operations") {
            check_told(&outcome["operations"], told)?;
            let options = self::options(case, &["profile", "maxMemberLoss"]);
            let dry = document.with_input(|document| {
                patch.with_input(|patch| schema.explain_patch(document, patch, &options))
            });
            let dry = parse(&dry.map_err(|failure| failure.to_string())?)?;
            check_told(&dry["operations"], told)?;
        }
        if let Some(undo) = expect.get("inverse") {
            let options = self::options(case, &["profile"]);
            let found = document.with_input(|document| {
                patch.with_input(|patch| schema.inverse(document, patch, &options))
            });
            let found = parse(&found.map_err(|failure| failure.to_string())?)?;
            let operations = found["patch"].get("Operations").cloned().unwrap_or_default();
            if !same(&operations, &undo["operations"]) || found["lost"] != undo["lost"] {
                return Err(format!("the inverse is {found}\nexpected {undo}"));
            }
        }
    }
    Ok(runs)
}

/// Reports of operations, with their traces as far as those are expected.
fn check_told(told: &Value, expected: &Value) -> Result<(), String> {
    let mut told = told.clone();
    for (index, report) in told.as_array_mut().into_iter().flatten().enumerate() {
        report["trace"] = quirks(&report["trace"], &expected[index]["trace"]);
    }
    if same(&told, expected) { Ok(()) } else { Err(format!("told {told}\nexpected {expected}")) }
}
