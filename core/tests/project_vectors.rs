//! Runs tests/vectors/project.
#![expect(clippy::panic, clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails should panic")]

use std::sync::Arc;

use scimforge::profile::Profile;
use scimforge::project::Projection;
use scimforge::schema::{Compiled, ResourceType, Schema, builtin};
use scimforge::value::{Value, read, to_text};

fn compiled(case: &Value<'_>) -> Arc<Compiled> {
    match case.get("schema") {
        None => builtin::user(),
        Some(Value::String(name)) => builtin::by_name(name).unwrap(),
        Some(custom) => {
            let resource_type = ResourceType::from_value(custom.get("resourceType").unwrap()).unwrap();
            let schemas: Vec<Schema> = custom.get("schemas").and_then(Value::as_array).unwrap().iter()
                .map(|schema| Schema::from_value(schema).unwrap()).collect();
            Arc::new(Compiled::new(resource_type, &schemas).unwrap())
        }
    }
}

fn names<'v>(case: &'v Value<'_>, list: &str) -> Option<Vec<&'v str>> {
    Some(case.get(list)?.as_array()?.iter().filter_map(Value::as_str).collect())
}

#[test]
fn projections_agree_with_the_vectors() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/project");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for case in read(&text).unwrap().as_array().unwrap() {
            let id = case.get("id").and_then(Value::as_str).unwrap();
            let compiled = compiled(case);
            let profile = Profile::from_value(case.get("profile").unwrap_or(&Value::Null), Profile::LENIENT).unwrap();
            let (attributes, excluded) = (names(case, "attributes"), names(case, "excludedAttributes"));
            let made = Projection::new(&compiled, attributes.as_deref(), excluded.as_deref(), profile);
            let expect = case.get("expect").unwrap();
            match (made, expect.get("error")) {
                (Ok(projection), None) => {
                    let shown = projection.apply(&compiled, case.get("given").unwrap());
                    assert_eq!(to_text(&shown), to_text(expect.get("resource").unwrap()), "{id}");
                }
                (Err(error), Some(expected)) => {
                    assert_eq!(Some(error.code().as_str()), expected.get("code").and_then(Value::as_str), "{id}");
                    if let Some(scim_type) = expected.get("scimType") {
                        assert_eq!(error.issue().scim_type().map(|t| t.as_str()), scim_type.as_str(), "{id}");
                    }
                }
                (Ok(_), Some(_)) => panic!("{id}: an error was expected"),
                (Err(error), None) => panic!("{id}: {error}"),
            }
            count += 1;
        }
    }
    assert!(count >= 35, "{count}");
}
