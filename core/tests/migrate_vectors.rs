//! Runs `tests/vectors/migrate` against the core.
#![cfg(feature = "migrate")]
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that fails should panic"
)]

use std::path::Path;

use base64::Engine as _;
use scimforge::error::Error;
use scimforge::migrate::{Format, Migration, Options, Outcome, convert_all};
use scimforge::value::{read, to_text};
use serde_json::{Value, json};

/// Outcomes and report as data.
type Run = Result<(Vec<Value>, Value), Error>;

fn data(value: &scimforge::value::Value<'_>) -> Value {
    serde_json::from_str(&to_text(value)).unwrap()
}

fn whole(input: &[u8], options: Options) -> Run {
    let migrated = convert_all(Format::Ldif, input, options)?;
    let outcomes = migrated.outcomes.iter().map(|outcome| data(&outcome.to_value())).collect();
    Ok((outcomes, data(&migrated.report.to_value())))
}

fn in_pieces(input: &[u8], options: Options) -> Run {
    let mut migration = Migration::new(Format::Ldif, options);
    input.chunks(7).for_each(|piece| migration.scan(piece));
    migration.end_scan()?;
    let mut outcomes = Vec::new();
    let mut take = |migration: &mut Migration| {
        outcomes.extend(std::iter::from_fn(|| migration.next_outcome()));
    };
    for piece in input.chunks(7) {
        migration.convert(piece);
        take(&mut migration);
    }
    migration.end_convert();
    take(&mut migration);
    let outcomes = outcomes.iter().map(|outcome: &Outcome| data(&outcome.to_value())).collect();
    Ok((outcomes, data(&migration.report().to_value())))
}

/// Every member of `wanted` is in `given`; arrays element by element.
fn holds(given: &Value, wanted: &Value) -> bool {
    match (given, wanted) {
        (Value::Object(given), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| given.get(name).is_some_and(|given| holds(given, wanted))),
        (Value::Array(given), Value::Array(wanted)) => {
            given.len() == wanted.len() && given.iter().zip(wanted).all(|(a, b)| holds(a, b))
        }
        _ => given == wanted,
    }
}

fn check(case: &Value, run: Run) -> Result<(), String> {
    let expect = &case["expect"];
    let (outcomes, report) = match (run, expect.get("error")) {
        (Ok(run), None) => run,
        (Err(error), Some(wanted)) if error.code().as_str() == wanted["code"] => return Ok(()),
        (run, _) => return Err(format!("{run:?}")),
    };
    let of = |kind: &'static str| outcomes.iter().filter(move |outcome| outcome["outcome"] == kind);
    let resources: Vec<Value> = of("resource")
        .map(|o| json!({ "type": o["type"], "key": o["key"], "resource": o["resource"] }))
        .collect();
    // As text, so that the order of members counts.
    let (given, wanted) = (json!(resources).to_string(), expect["resources"].to_string());
    if given != wanted {
        return Err(format!("resources\n  {}\n  {}", json!(resources), expect["resources"]));
    }
    let rejected: Vec<Value> = of("rejected")
        .map(|o| json!({ "line": o["line"], "code": o["issue"]["code"] }))
        .collect();
    if json!(rejected) != *expect.get("rejected").unwrap_or(&json!([])) {
        return Err(format!("rejected {}", json!(rejected)));
    }
    let issues: Vec<Value> = of("resource")
        .flat_map(|o| {
            o["issues"].as_array().unwrap().iter().map(
                |i| json!({ "line": o["line"], "code": i["code"], "severity": i["severity"] }),
            )
        })
        .collect();
    let wanted = expect["issues"].as_array().cloned().unwrap_or_default();
    if let Some(missing) = wanted.iter().find(|issue| !issues.contains(issue)) {
        return Err(format!("no issue {missing} in {}", json!(issues)));
    }
    match expect.get("report") {
        Some(wanted) if !holds(&report, wanted) => Err(format!("report\n  {report}\n  {wanted}")),
        _ => Ok(()),
    }
}

#[test]
fn the_vectors_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/migrate");
    let mut failures = Vec::new();
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let list: Vec<Value> = serde_json::from_str(&text).unwrap();
        for case in list {
            cases += 1;
            let input = match &case["inputBase64"] {
                Value::String(text) => {
                    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
                }
                _ => case["inputText"].as_str().unwrap().as_bytes().to_vec(),
            };
            let given = case.get("options").unwrap_or(&Value::Null).to_string();
            for run in [whole, in_pieces] {
                let options = Options::from_value(&read(&given).unwrap());
                let result = options.and_then(|options| run(&input, options));
                if let Err(failure) = check(&case, result) {
                    failures.push(format!("{}: {failure}", case["id"]));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {cases} fail:\n{}", failures.len(), failures.join("\n"));
    assert!(cases > 60, "only {cases} cases");
}
