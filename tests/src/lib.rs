//! The shared vectors and their Rust runner.
//!
//! A vector is a JSON case in `tests/vectors/<kind>/<topic>.json`. Every host runs every case
//! through every form of input it has; this crate is the Rust host, over the same
//! [`scimforge::api`] that the bindings call.

mod compare;
pub mod fuzz;
mod inputs;
mod kinds;
#[cfg(unix)]
pub mod postgres;

use std::path::{Path, PathBuf};

pub use compare::same;

/// One case.
#[derive(Debug, Clone)]
pub struct Case {
    /// The folder it lies in: validate, filter, patch, diff, emit, project, sort, protocol, events, schema or migrate.
    pub kind: String,
    /// Its `id`.
    pub id: String,
    /// The whole case.
    pub json: serde_json::Value,
}

/// The folder of the vectors.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

/// All cases, in the order of their files.
///
/// # Panics
/// If a file is not an array of cases, or two cases have one id: the vectors themselves are
/// broken then.
pub fn load() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for kind in sorted(&folder()) {
        for file in sorted(&kind) {
            let text = std::fs::read_to_string(&file).expect("a readable vector file");
            let list: Vec<serde_json::Value> = serde_json::from_str(&text)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            for json in list {
                let id = json["id"].as_str().unwrap_or_default().to_owned();
                assert!(!id.is_empty(), "{}: a case without id", file.display());
                assert!(seen.insert(id.clone()), "{id} stands twice");
                for field in ["name", "rfc"] {
                    assert!(json[field].is_string(), "{id} has no `{field}`");
                }
                let cites = json["requirements"].as_array().is_some_and(|list| !list.is_empty());
                assert!(cites, "{id} cites no requirement");
                let kind = kind.file_name().unwrap_or_default().to_string_lossy().into_owned();
                cases.push(Case { kind, id, json });
            }
        }
    }
    cases
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

/// Runs a case through every form of input; the answer is how many runs that were.
///
/// # Errors
/// What differs from what the case expects.
pub fn run(case: &Case) -> Result<usize, String> {
    match case.kind.as_str() {
        "validate" => kinds::validate(&case.json),
        "filter" => kinds::filter(&case.json),
        "patch" => kinds::patch(&case.json),
        "diff" => kinds::diff(&case.json),
        "emit" => kinds::emit(&case.json),
        "project" => kinds::project(&case.json),
        "sort" => kinds::sort(&case.json),
        "protocol" => kinds::protocol(&case.json),
        "events" => kinds::events(&case.json),
        "schema" => kinds::schema(&case.json),
        "migrate" => kinds::migrate(&case.json),
        other => Err(format!("there is no kind `{other}`")),
    }
}
