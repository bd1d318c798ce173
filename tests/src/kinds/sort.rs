use scimforge::api::Input;
use serde_json::Value;

use crate::inputs::{check_failure, options, schema};

/// Resources are put in order, as objects and as texts.
pub(crate) fn sort(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let options = options(case, &["sortBy", "sortOrder", "profile"]);
    let resources = case["resources"].as_array().ok_or("the case gives no `resources`")?;
    let texts: Vec<String> = resources.iter().map(Value::to_string).collect();
    let ways = [
        schema.order_nodes(resources.iter(), &options),
        schema.order(texts.iter().map(|text| Input::Text(text)), &options),
        schema.order(texts.iter().map(|text| Input::Bytes(text.as_bytes())), &options),
    ];
    let runs = ways.len();
    for way in ways {
        match (way, case["expect"].get("error")) {
            (Ok(order), None) => {
                let ids: Value = order.iter().map(|at| resources[*at]["id"].clone()).collect();
                if ids != case["expect"]["order"] {
                    return Err(format!("the order is {ids}, expected {}", case["expect"]));
                }
            }
            (Err(failure), Some(error)) => check_failure(&failure, error)?,
            (Ok(order), Some(error)) => return Err(format!("{order:?}, expected {error}")),
            (Err(failure), None) => return Err(failure.to_string()),
        }
    }
    Ok(runs)
}
