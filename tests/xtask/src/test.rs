//! Everything that is tested, in one run that goes on after a failure.

use std::{path::PathBuf, process::Command};

use crate::{
    conformance, hosts,
    report::Report,
    run::{Outcome, Workspace, files, run},
    setup, size, wasm,
};

const RUST_VECTORS: &str = "tests/tests/vectors.rs";
const NODE_VECTORS: &str = "tests/node/run.mjs";
const WEB_VECTORS: &str = "tests/web/run.mjs";
const PYTHON_VECTORS: &str = "tests/python/test_vectors.py";

/// Files without which a test run would prove less than it says.
const RUNNERS: [&str; 4] = [RUST_VECTORS, NODE_VECTORS, WEB_VECTORS, PYTHON_VECTORS];

pub fn everything(workspace: &Workspace) -> Outcome {
    let mut report = Report::default();
    report.record("setup", setup::setup(workspace));
    report.counted(
        workspace,
        "rust: tests",
        RUST_VECTORS,
        // The runner's count is printed by a test, which cargo hides when the test passes.
        workspace.cargo().args(CARGO_TEST).args(["--", "--nocapture"]),
    );
    report.record("build: wasm", wasm::build(workspace));
    report.record("build: node", hosts::node(workspace));
    report.record("build: python", hosts::python(workspace));
    node_and_web(workspace, &mut report);
    report.counted(
        workspace,
        "python: tests",
        PYTHON_VECTORS,
        &mut pytest(workspace, "tests/python"),
    );
    report.same_counts(RUNNERS.len());
    report.step("node: other tests", || node_tests(workspace));
    report.step("judges", || run(&mut pytest(workspace, "tests/judges")));
    report.step("types", || {
        run(workspace.command("node").arg("tests/node_modules/typescript/bin/tsc").args([
            "--noEmit",
            "--project",
            "tests/types",
        ]))
    });
    report.record("conformance", conformance::conformance(workspace, true));
    report.record("size", size::check(workspace, false));
    report.close()
}

const CARGO_TEST: [&str; 8] = [
    "test",
    "--no-fail-fast",
    "--package",
    "scimforge",
    "--package",
    "scimforge-tests",
    "--package",
    "xtask",
];

pub fn vectors(workspace: &Workspace) -> Outcome {
    let mut report = Report::default();
    report.counted(
        workspace,
        "rust: vectors",
        RUST_VECTORS,
        workspace
            .cargo()
            .args(["test", "--package", "scimforge-tests", "--test", "vectors"])
            .args(["--", "--nocapture"]),
    );
    node_and_web(workspace, &mut report);
    report.counted(
        workspace,
        "python: vectors",
        PYTHON_VECTORS,
        &mut pytest(workspace, PYTHON_VECTORS),
    );
    report.same_counts(RUNNERS.len());
    report.close()
}

fn node_and_web(workspace: &Workspace, report: &mut Report) {
    for (title, file) in [("node: vectors", NODE_VECTORS), ("browser: vectors", WEB_VECTORS)] {
        report.counted(workspace, title, file, workspace.command("node").arg(file));
    }
}

fn pytest(workspace: &Workspace, what: &str) -> Command {
    let mut command = workspace.command(workspace.venv("python"));
    command
        .env("PYTHONUNBUFFERED", "1")
        // `-s`: the runner's count is printed by a test.
        .args(["-m", "pytest", "-s", "-q", "-p", "no:cacheprovider", what]);
    command
}

/// `node --test` with the names spelled out: Node 20 does not expand patterns.
fn node_tests(workspace: &Workspace) -> Outcome {
    let names: Vec<PathBuf> = files(&workspace.path("tests/node"))?
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .collect();
    if names.is_empty() {
        return Err("tests/node holds no *.test.mjs".into());
    }
    run(workspace.command("node").args(["--test", "--test-reporter=spec"]).args(names))
}
