//! Runs tests/vectors/patch.
#![expect(clippy::unwrap_used, reason = "a test that fails should panic")]

use std::sync::Arc;

use scimforge::limits::Limits;
use scimforge::patch::apply_patch;
use scimforge::profile::Profile;
use scimforge::schema::{Compiled, ResourceType, Schema, builtin};
use scimforge::value::{Value, read, to_text};

fn compiled(case: &Value<'_>) -> Arc<Compiled> {
    match case.get("schema") {
        None => builtin::user(),
        Some(Value::String(name)) => builtin::by_name(name).unwrap(),
        Some(custom) => {
            let resource_type = ResourceType::from_value(custom.get("resourceType").unwrap()).unwrap();
            let schemas = custom.get("schemas").and_then(Value::as_array).unwrap().iter();
            let schemas: Vec<Schema> = schemas.map(|schema| Schema::from_value(schema).unwrap()).collect();
            Arc::new(Compiled::new(resource_type, &schemas).unwrap())
        }
    }
}

/// What a case gives, in the form of its expectation.
fn outcome(case: &Value<'_>) -> Result<(), String> {
    let compiled = compiled(case);
    let profile = Profile::from_value(case.get("profile").unwrap_or(&Value::Null), Profile::LENIENT).unwrap();
    let (given, patch) = (case.get("given").unwrap(), case.get("patch").unwrap());
    let expect = case.get("expect").unwrap();
    match (apply_patch(&compiled, given, patch, profile, &Limits::DEFAULT), expect.get("error")) {
        (Ok(outcome), None) => {
            if to_text(&outcome.resource) != to_text(expect.get("resource").unwrap()) {
                return Err(format!("resource {}", to_text(&outcome.resource)));
            }
            if Some(outcome.changed) != expect.get("changed").and_then(Value::as_bool) {
                return Err(format!("changed {}", outcome.changed));
            }
            let quirks: Vec<Value<'_>> =
                outcome.trace.entries().iter().map(|bent| Value::from(bent.quirk.as_str())).collect();
            let quirks = Value::Array(quirks);
            match expect.get("trace") {
                Some(trace) if *trace != quirks => Err(format!("trace {}", to_text(&quirks))),
                _ => Ok(()),
            }
        }
        (Err(error), Some(expected)) => {
            let issue = error.issue();
            let actual = [
                ("code", Some(error.code().as_str().to_owned())),
                ("scimType", issue.scim_type().map(|scim_type| scim_type.as_str().to_owned())),
                ("operation", issue.param("operation").map(str::to_owned)),
                ("pointer", Some(issue.pointer.to_string())),
            ];
            for (name, actual) in actual {
                let Some(wanted) = expected.get(name) else { continue };
                let wanted = wanted.as_str().map_or_else(|| to_text(wanted), str::to_owned);
                if actual.as_ref() != Some(&wanted) {
                    return Err(format!("`{name}` is {actual:?}, expected {wanted} ({error})"));
                }
            }
            Ok(())
        }
        (Ok(outcome), Some(_)) => Err(format!("no error but {}", to_text(&outcome.resource))),
        (Err(error), None) => Err(error.to_string()),
    }
}

#[test]
fn patches_agree_with_the_vectors() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/patch");
    let (mut count, mut failed) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for case in read(&text).unwrap().as_array().unwrap() {
            count += 1;
            if let Err(error) = outcome(case) {
                failed += 1;
                eprintln!("{}: {error}", case.get("id").and_then(Value::as_str).unwrap());
            }
        }
    }
    assert!(failed == 0 && count >= 110, "{failed} of {count} failed");
}
