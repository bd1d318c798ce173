//! The packages next to the libraries of others: one run, ratios of times, and the bars beside.
//!
//! The programs and what they are measured against are in `tests/peers`. The peers are installed
//! into the target folder.

mod table;

use std::{fs, path::PathBuf, process::Command};

use crate::{
    hosts,
    run::{Outcome, Workspace, mark, once, read, run, run_and_pick, step, text},
    setup, wasm,
};
use table::{Line, bars, line, table};

const USERS: &str = "100000";

type Suite = fn(&Workspace) -> Outcome<Vec<Line>>;

const SUITES: [(&str, Suite); 4] =
    [("rust", rust), ("node", node), ("wasm", browser), ("python", python)];

/// Measures everything and prints one table.
pub fn bench(workspace: &Workspace) -> Outcome {
    let bars = bars(workspace)?;
    setup::setup(workspace)?;
    data(workspace)?;
    let mut found = Vec::new();
    for (host, suite) in SUITES {
        // A peer that cannot be had must not take the others with it.
        let lines = step(&format!("peers: {host}"), || suite(workspace));
        if let Err(message) = &lines {
            println!("error: {message}");
        }
        found.push((host, lines));
    }
    print!("\n{}", table(&bars, found));
    Ok(())
}

/// What the programs work on and install into: `SCIMFORGE_PEERS` for them.
fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("peers")
}

fn data(workspace: &Workspace) -> Outcome {
    let folder = folder(workspace).join("data");
    let sources = [
        read(&workspace.path("core/benches/support/data.rs"))?,
        read(&workspace.path("core/examples/bench_data.rs"))?,
    ];
    let sources: Vec<&[u8]> = sources.iter().map(Vec::as_slice).collect();
    step("peers: data", || {
        once(&folder.join(".stamp"), &mark(&sources), || {
            run(workspace
                .cargo()
                .args(["run", "--quiet", "--release", "--package", "scimforge"])
                .args(["--example", "bench_data", "--"])
                .arg(&folder)
                .arg(USERS))
        })
    })
}

fn rust(workspace: &Workspace) -> Outcome<Vec<Line>> {
    let manifest = workspace.path("tests/peers/rust/Cargo.toml");
    measured(
        workspace
            .cargo()
            .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
            .arg(manifest),
    )
}

fn node(workspace: &Workspace) -> Outcome<Vec<Line>> {
    hosts::node(workspace)?;
    javascript(workspace, &["bench.mjs", "sort.mjs", "server.mjs"])
}

fn browser(workspace: &Workspace) -> Outcome<Vec<Line>> {
    wasm::build(workspace)?;
    javascript(workspace, &["wasm.mjs"])
}

fn javascript(workspace: &Workspace, files: &[&str]) -> Outcome<Vec<Line>> {
    let (peers, sources) = (folder(workspace), workspace.path("tests/peers/node"));
    let place = peers.join("node");
    let lock = read(&sources.join("package-lock.json"))?;
    let installed = once(&place.join("node_modules/.stamp"), &mark(&[&lock]), || {
        fs::create_dir_all(&place).map_err(text)?;
        for name in ["package.json", "package-lock.json", ".npmrc"] {
            fs::copy(sources.join(name), place.join(name)).map_err(text)?;
        }
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        run(workspace.command(npm).current_dir(&place).args(["ci", "--loglevel=error"]))
    });
    told(installed);
    let mut lines = Vec::new();
    for file in files {
        let mut command = workspace.command("node");
        command.env("SCIMFORGE_PEERS", &peers).arg(sources.join(file));
        // The rows of the other programs stand all the same.
        match measured(&mut command) {
            Ok(found) => lines.extend(found),
            Err(message) => println!("error: {message}"),
        }
    }
    Ok(lines)
}

fn python(workspace: &Workspace) -> Outcome<Vec<Line>> {
    hosts::python(workspace)?;
    let peers = folder(workspace);
    let place = peers.join("python");
    let list = workspace.path("tests/peers/python/requirements.txt");
    let installed = once(&place.join(".stamp"), &mark(&[&read(&list)?]), || {
        if place.exists() {
            fs::remove_dir_all(&place).map_err(text)?;
        }
        run(workspace
            .command(workspace.venv("python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--no-deps", "--target"])
            .arg(&place)
            .arg("--requirement")
            .arg(&list))
    });
    told(installed);
    measured(
        workspace
            .command(workspace.venv("python"))
            .env("SCIMFORGE_PEERS", &peers)
            .env("PYTHONPATH", &place)
            .arg("tests/peers/python/bench.py"),
    )
}

/// What is not installed the programs name in their rows.
fn told(installed: Outcome) {
    if let Err(message) = installed {
        println!("error: {message}");
    }
}

fn measured(command: &mut Command) -> Outcome<Vec<Line>> {
    run_and_pick(command, line)
}
