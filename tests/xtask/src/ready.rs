//! What a change must pass before review, beside the tests.

use std::collections::BTreeSet;

use crate::{
    run::{Outcome, Workspace, output, read, run, step},
    setup, size, wasm,
};

const DUPLICATES: &str = "tests/xtask/duplicates.txt";

pub fn ready(workspace: &Workspace) -> Outcome {
    step("format", || {
        run(workspace.cargo().args(["fmt", "--all", "--check"]))
    })?;
    step("lints", || {
        run(workspace
            .cargo()
            .args([
                "clippy",
                "--quiet",
                "--workspace",
                "--all-targets",
                "--locked",
            ])
            .args(["--", "--deny", "warnings"]))
    })?;
    step("docs", || {
        run(workspace
            .cargo()
            .env("RUSTDOCFLAGS", "--deny warnings")
            .args(["doc", "--quiet", "--workspace", "--no-deps"]))
    })?;
    step("duplicates", || duplicates(workspace))?;
    setup::setup(workspace)?;
    wasm::build(workspace)?;
    size::check(workspace, false)
}

/// Two versions of one crate cost size and build time: each is allowed by name, with a reason.
fn duplicates(workspace: &Workspace) -> Outcome {
    let tree = output(workspace.cargo().args([
        "tree",
        "--duplicates",
        "--workspace",
        "--locked",
        "--target",
        "all",
        "--depth",
        "0",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]))?;
    let found: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let list = read(&workspace.path(DUPLICATES))?;
    let list = String::from_utf8_lossy(&list);
    let allowed: BTreeSet<&str> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(": ").map(|(name, _)| name))
        .collect();
    let names = |set: BTreeSet<&str>| set.into_iter().collect::<Vec<_>>().join(", ");
    let more = names(
        found
            .difference(&allowed)
            .copied()
            .filter(|name| !name.is_empty())
            .collect(),
    );
    let gone = names(allowed.difference(&found).copied().collect());
    match (more.is_empty(), gone.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("in two versions, and not in {DUPLICATES}: {more}")),
        (true, false) => Err(format!(
            "no longer in two versions, still in {DUPLICATES}: {gone}"
        )),
    }
}
