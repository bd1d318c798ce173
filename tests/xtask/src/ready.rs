//! What a change must pass before review, beside the tests.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    conformance, examples, oldest,
    report::Report,
    run::{Outcome, Workspace, output, read, run},
    setup, size, wasm,
};

const DUPLICATES: &str = "tests/xtask/duplicates.txt";

pub fn ready(workspace: &Workspace) -> Outcome {
    let mut report = Report::default();
    report.step("format", || {
        run(workspace.cargo().args(["fmt", "--all", "--check", "--", "--files-with-diff"]))
    });
    report.step("lints", || {
        run(workspace
            .cargo()
            .args(["clippy", "--quiet", "--workspace", "--all-targets", "--locked"])
            .args(["--", "--deny", "warnings"]))
    });
    report.step("oldest compilers", || oldest::check(workspace));
    report.step("docs", || {
        run(workspace.cargo().env("RUSTDOCFLAGS", "--deny warnings").args([
            "doc",
            "--quiet",
            "--workspace",
            "--no-deps",
            "--locked",
        ]))
    });
    report.step("examples", || examples::check(workspace));
    report.step("duplicates", || duplicates(workspace));
    report.record("conformance", conformance::conformance(workspace, true));
    report.record("setup", setup::setup(workspace));
    report.record("wasm", wasm::build(workspace));
    report.record("size", size::check(workspace, false));
    report.close()
}

/// Two versions of one crate cost size and build time: each is allowed by name, with a reason.
///
/// The tool itself does not ship, and its libraries choose their own dependencies.
fn duplicates(workspace: &Workspace) -> Outcome {
    let tree = output(
        workspace
            .cargo()
            .args(["tree", "--workspace", "--exclude", "xtask", "--locked"])
            // What only benches and tests use does not ship.
            .args(["--edges", "normal,build"])
            .args(["--target", "all", "--prefix", "none", "--format", "{p}"]),
    )?;
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in tree.lines() {
        let mut words = line.split(' ');
        if let (Some(name), Some(version)) = (words.next(), words.next()) {
            versions.entry(name).or_default().insert(version);
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    let found: BTreeSet<&str> = versions.into_keys().collect();
    let list = read(&workspace.path(DUPLICATES))?;
    let list = String::from_utf8_lossy(&list);
    let allowed: BTreeSet<&str> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": ").map(|(name, _)| name))
        .collect();
    let names = |set: BTreeSet<&str>| set.into_iter().collect::<Vec<_>>().join(", ");
    let more = names(found.difference(&allowed).copied().collect());
    let gone = names(allowed.difference(&found).copied().collect());
    match (more.is_empty(), gone.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("in two versions, and not in {DUPLICATES}: {more}")),
        (true, false) => Err(format!("no longer in two versions, still in {DUPLICATES}: {gone}")),
    }
}
