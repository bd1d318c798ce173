use scimforge::api::security_event;
use serde_json::Value;

use crate::compare::same;
use crate::inputs::parse;

/// The claims of tokens for an event.
pub(crate) fn events(case: &Value) -> Result<usize, String> {
    let claims = security_event(&case["event"].to_string(), &case["options"].to_string());
    match (claims, case.get("error")) {
        (Ok(claims), None) if same(&parse(&claims)?, &case["claims"]) => Ok(1),
        (Ok(claims), _) => Err(format!("{claims}, expected {}", case["claims"])),
        (Err(failure), Some(error)) => {
            let issue = failure.issues.first().ok_or("no issue")?;
            let code = issue.code.as_str();
            if error["code"] == code { Ok(1) } else { Err(format!("{code}, expected {error}")) }
        }
        (Err(failure), None) => Err(failure.to_string()),
    }
}
