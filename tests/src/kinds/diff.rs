use serde_json::Value;

use crate::compare::same;
use crate::inputs::{Form, forms, parse, schema, tree};

/// The operations are the expected ones, and applied by the strict profile they leave nothing to
/// change.
pub(crate) fn diff(case: &Value) -> Result<usize, String> {
    let schema = schema(case)?;
    let expected = &case["expect"]["operations"];
    let (old, new) = (forms(case, "given")?, forms(case, "to")?);
    for (old, new) in old.iter().zip(&new) {
        let message = match (old, new) {
            (Form::Object(old), Form::Object(new)) => schema
                .diff_value(&tree(old)?, &tree(new)?)
                .map_err(|failure| failure.to_string())?
                .unwrap_or_default()
                .to_serde(),
            (old, new) => {
                let text = old.with_input(|old| new.with_input(|new| schema.diff(old, new)));
                parse(&text.map_err(|failure| failure.to_string())?)?
            }
        };
        let operations = message.get("Operations").cloned().unwrap_or_default();
        if !same(&operations, expected) {
            return Err(format!("operations {operations}\nexpected {expected}"));
        }
        if !message.is_null() {
            let patch = message.to_string();
            let outcome = old.with_input(|old| {
                schema.apply_patch(
                    old,
                    scimforge::api::Input::Text(&patch),
                    "{\"profile\":\"strict\"}",
                )
            });
            let made =
                parse(&outcome.map_err(|failure| failure.to_string())?)?["resource"].to_string();
            let left = new.with_input(|new| schema.diff(scimforge::api::Input::Text(&made), new));
            if left.as_deref() != Ok("null") {
                return Err(format!("applied, {left:?} is left to change"));
            }
        }
    }
    Ok(old.len())
}
