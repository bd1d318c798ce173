//! Rules switched off one by one: each has to make a vector fail.

use std::fs;

use crate::run::{Outcome, Workspace, output, run, step, text};

const VERSION: &str = "27.1.0";

/// Seconds for the vectors of a mutant that does not come to an end.
const TIMEOUT: &str = "120";

/// Runs cargo-mutants over `files`, or over all of `.cargo/mutants.toml` when none is named.
pub fn mutants(workspace: &Workspace, files: &[String]) -> Outcome {
    let root = workspace.target.join("tools");
    let tool = root.join("bin").join(format!("cargo-mutants{}", std::env::consts::EXE_SUFFIX));
    let found = output(workspace.command(&tool).args(["mutants", "--version"])).unwrap_or_default();
    if !found.contains(VERSION) {
        step("installing cargo-mutants", || {
            run(workspace
                .cargo()
                .args(["install", "--locked", "--quiet", "cargo-mutants", "--version", VERSION])
                .arg("--root")
                .arg(&root))
        })?;
    }
    // cargo-mutants would first run the tests of the package that it changes, not the vectors.
    step("vectors", || {
        run(workspace.cargo().args(["test", "--quiet", "--profile", "mutants"]).args([
            "--package",
            "scimforge-tests",
            "--test",
            "vectors",
        ]))
    })?;
    // Outside the tree, which is copied.
    let report = workspace.target.join("mutants");
    fs::create_dir_all(&report).map_err(text)?;
    // A mutant's name begins with its file; `--file` would only add to the settings' files.
    let named = files.iter().map(|file| format!("--re=^{}:", file.replace('.', "\\.")));
    step("mutants", || {
        run(workspace
            .command(&tool)
            // The copy has an output folder of its own.
            .env_remove("CARGO_TARGET_DIR")
            .args(["mutants", "--package", "scimforge", "--no-shuffle"])
            .args(["--baseline", "skip", "--timeout", TIMEOUT])
            .arg("--output")
            .arg(&report)
            .args(named))
    })
}
