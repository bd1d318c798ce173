//! The Node and Python packages, and what runs on top of all of them.

use std::{env, fs};

use crate::run::{Outcome, Workspace, run, step, text};

pub fn node(workspace: &Workspace) -> Outcome {
    step("node: addon", || {
        run(workspace.cargo().args([
            "build",
            "--quiet",
            "--package",
            "scimforge-node",
            "--release",
        ]))?;
        let library =
            format!("{}scimforge_node{}", env::consts::DLL_PREFIX, env::consts::DLL_SUFFIX);
        let addon = workspace.path("bindings-node/scimforge.node");
        // A new file, not new bytes in the old one: a process may have it mapped.
        let fresh = addon.with_extension("fresh");
        fs::copy(workspace.target.join("release").join(library), &fresh).map_err(text)?;
        fs::rename(&fresh, &addon).map_err(text)
    })
}

pub fn python(workspace: &Workspace) -> Outcome {
    step("python: module", || {
        run(workspace
            .command(workspace.venv("maturin"))
            .current_dir(workspace.path("bindings-python"))
            .env("VIRTUAL_ENV", workspace.path(".venv"))
            .args(["develop", "--release", "--quiet"]))
    })
}

pub fn demo(workspace: &Workspace, arguments: &[String]) -> Outcome {
    // Files are named from where the command was typed.
    let here = env::current_dir().map_err(text)?;
    run(workspace
        .command(workspace.venv("python"))
        .current_dir(here)
        .arg(workspace.path("tests/demo/demo.py"))
        .args(arguments))
}

/// The core's benchmarks.
pub fn bench(workspace: &Workspace) -> Outcome {
    step("bench: core", || {
        run(workspace.cargo().args(["bench", "--package", "scimforge"]))?;
        // A generated gigabyte of LDIF in constant memory; it fails at 100 MB.
        run(workspace.cargo().args([
            "run",
            "--release",
            "--package",
            "scimforge",
            "--example",
            "ldif_memory",
        ]))
    })
}
