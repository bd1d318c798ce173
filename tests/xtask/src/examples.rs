//! Every public item of the core has an example, which `cargo test` runs.
//!
//! What is public is rustdoc's own answer, as JSON. Its form is not stable, but the toolchain is
//! (`rust-toolchain.toml`).

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use crate::run::{Outcome, Workspace, output, read};

/// Items that need none: `file item: reason`.
const ALLOWED: &str = "tests/xtask/examples.txt";

/// What an example is asked of; variants, fields, associated types and constants are shown by
/// the item that they belong to.
const KINDS: [&str; 9] =
    ["constant", "enum", "function", "macro", "module", "static", "struct", "trait", "type_alias"];

pub fn check(workspace: &Workspace) -> Outcome {
    // Apart from the usual folder: the variable would have half of that built anew.
    let folder = workspace.target.join("examples");
    output(
        workspace
            .cargo()
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", &folder)
            .args(["rustdoc", "--quiet", "--package", "scimforge", "--all-features", "--locked"])
            .args(["--", "-Z", "unstable-options", "--output-format", "json"]),
    )?;
    let json: Value = serde_json::from_slice(&read(&folder.join("doc/scimforge.json"))?)
        .map_err(|error| format!("what rustdoc wrote: {error}"))?;
    let items =
        items(&json).ok_or("rustdoc writes another JSON now: tests/xtask/src/examples.rs")?;
    let bare: BTreeSet<String> = items
        .iter()
        .filter(|item| !has_example(&item.docs))
        .map(|item| item.name.clone())
        .collect();
    println!("{} of {} public items have an example", items.len() - bare.len(), items.len());

    let list = read(&workspace.path(ALLOWED))?;
    let list = String::from_utf8_lossy(&list);
    let allowed: BTreeSet<String> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": ").map(|(name, _)| name.to_owned()))
        .collect();
    let names =
        |set: Vec<&String>| set.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let more = names(bare.difference(&allowed).collect());
    let gone = names(allowed.difference(&bare).collect());
    match (more.is_empty(), gone.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("without an example, and not in {ALLOWED}: {more}")),
        (true, false) => Err(format!("has an example, or is gone, still in {ALLOWED}: {gone}")),
    }
}

/// An item of the crate.
struct Item {
    /// Its file and its own name, behind that of the type or trait that it belongs to.
    name: String,
    docs: String,
}

/// The items that users can name; `None` where the JSON is not what it was.
fn items(json: &Value) -> Option<Vec<Item>> {
    let index = json["index"].as_object()?;
    let owners = owners(index.values());
    let mut items = Vec::new();
    for (id, item) in index {
        let kind = item["inner"].as_object()?.keys().next()?.as_str();
        let Some(name) = item["name"].as_str().filter(|_| KINDS.contains(&kind)) else { continue };
        let owned = match owners.get(id.as_str()) {
            Some(Some(owner)) => format!("{owner}::{name}"),
            None if item["visibility"] == "public" => name.to_owned(),
            // Nobody sees it, or it implements a trait, whose docs it has.
            _ => continue,
        };
        let file = item["span"]["filename"].as_str()?;
        let docs = item["docs"].as_str().unwrap_or_default().to_owned();
        items.push(Item { name: format!("{file} {owned}"), docs });
    }
    (!items.is_empty()).then_some(items)
}

/// Whose the methods are, by their ids: a type's or a trait's, or nobody's where a trait is
/// implemented.
fn owners<'j>(items: impl Iterator<Item = &'j Value>) -> HashMap<String, Option<&'j str>> {
    let mut owners = HashMap::new();
    for item in items {
        let (members, owner) = if let Some(block) = item["inner"].get("impl") {
            let path = block["for"]["resolved_path"]["path"].as_str().unwrap_or_default();
            let own = path.rsplit("::").next().filter(|_| block["trait"].is_null());
            (&block["items"], own)
        } else {
            (&item["inner"]["trait"]["items"], item["name"].as_str())
        };
        for id in members.as_array().into_iter().flatten() {
            owners.insert(id.to_string(), owner);
        }
    }
    owners
}

/// Whether a block of Rust stands in the docs that is run.
fn has_example(docs: &str) -> bool {
    let mut inside = false;
    docs.lines().filter_map(|line| line.trim_start().strip_prefix("```")).any(|language| {
        inside = !inside;
        inside && matches!(language.trim(), "" | "rust" | "should_panic")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{has_example, items};

    #[test]
    fn an_example_is_rust_that_is_run() {
        assert!(has_example("What it is.\n\n```\nassert!(true);\n```\n"));
        assert!(has_example("```json\n{}\n```\n\n```rust\nrun();\n```"));
        assert!(!has_example("```text\nno code\n```\n"), "nor is what closes a block");
        assert!(!has_example("```ignore\nrun();\n```"));
        assert!(!has_example("A `word`."));
    }

    #[test]
    fn items_are_named_behind_their_owner() {
        let span = json!({ "filename": "core/src/a.rs" });
        let item = |name: &str, visibility: &str, inner: serde_json::Value| {
            json!({ "name": name, "visibility": visibility, "inner": inner, "span": span,
                "docs": null })
        };
        let path = json!({ "resolved_path": { "path": "super::Oven" } });
        let json = json!({ "index": {
            "1": item("Oven", "public", json!({ "struct": {} })),
            "2": item("bake", "public", json!({ "function": {} })),
            "3": item("fmt", "default", json!({ "function": {} })),
            "4": item("hidden", "crate", json!({ "function": {} })),
            "5": item("", "default", json!({ "impl": { "for": path, "trait": null, "items": [2] } })),
            "6": item("", "default", json!({ "impl": { "for": path, "trait": {}, "items": [3] } })),
        } });
        let names: Vec<String> =
            items(&json).expect("items").into_iter().map(|item| item.name).collect();
        assert_eq!(names, ["core/src/a.rs Oven", "core/src/a.rs Oven::bake"]);
    }
}
