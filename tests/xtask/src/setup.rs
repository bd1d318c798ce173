//! Installs what is missing, and is quick when nothing is.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::run::{Outcome, Workspace, mark, once, output, read, run, step, text};

const OLDEST_NODE: u32 = 20;

/// What the Python environment holds; in one go, so that they fit together.
const PYTHON_LISTS: [&str; 2] = ["tests/python/requirements.txt", "tests/judges/requirements.txt"];

pub fn setup(workspace: &Workspace) -> Outcome {
    step("setup", || {
        wasm_target(workspace)?;
        debian(workspace)?;
        npm(workspace)?;
        python(workspace)
    })
}

fn wasm_target(workspace: &Workspace) -> Outcome {
    // The compiler says where its targets are, with or without rustup.
    let sysroot = output(workspace.command("rustc").args(["--print", "sysroot"]))?;
    let target = Path::new(sysroot.trim()).join("lib/rustlib/wasm32-unknown-unknown/lib");
    if target.is_dir() {
        return Ok(());
    }
    println!("installing the target wasm32-unknown-unknown");
    run(workspace.command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
}

fn debian(workspace: &Workspace) -> Outcome {
    let mut missing = Vec::new();
    if !Path::new("/usr/bin/chromium").exists() {
        missing.push("chromium");
    }
    // The server itself: its programs lie in a folder of their version.
    if !Path::new("/usr/lib/postgresql").exists() {
        missing.push("postgresql");
    }
    if !workspace.path(".venv").exists() && !python_can_make_environments(workspace) {
        missing.push("python3-venv");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let has_apt = Path::new("/usr/bin/apt-get").exists();
    if !has_apt || !is_root(workspace) {
        return Err(format!(
            "these are missing and cannot be installed from here: {names} \
             (on Debian or Ubuntu: sudo apt-get install {names})"
        ));
    }
    println!("installing Debian packages: {names}");
    let apt = || {
        let mut command = workspace.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).arg("-qq");
        command
    };
    // Hundreds of lines that say nothing unless it fails; errors are shown all the same.
    output(apt().arg("update"))?;
    output(apt().args(["install", "--yes", "--no-install-recommends"]).args(&missing))?;
    Ok(())
}

fn python_can_make_environments(workspace: &Workspace) -> bool {
    quiet(workspace.command("python3").args(["-c", "import ensurepip, venv"]))
}

fn is_root(workspace: &Workspace) -> bool {
    output(workspace.command("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn npm(workspace: &Workspace) -> Outcome {
    let version = output(workspace.command("node").arg("--version"))
        .map_err(|error| format!("{error}; Node.js {OLDEST_NODE} or later is needed"))?;
    let major =
        version.trim().trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < OLDEST_NODE) {
        return Err(format!(
            "Node.js {OLDEST_NODE} or later is needed, this is {}",
            version.trim()
        ));
    }
    // Next.js is as large as all others together, and only its example needs it.
    for name in ["tests", "bindings-node/examples/next"] {
        let folder = workspace.path(name);
        let lock = read(&folder.join("package-lock.json"))?;
        once(&folder.join("node_modules/.stamp"), &mark(&[&lock, version.as_bytes()]), || {
            println!("installing npm packages into {name}/node_modules");
            let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
            run(workspace.command(npm).current_dir(&folder).args(["ci", "--loglevel=error"]))
        })?;
    }
    Ok(())
}

fn python(workspace: &Workspace) -> Outcome {
    let environment = workspace.path(".venv");
    let lists = PYTHON_LISTS.map(|list| workspace.path(list));
    let python = workspace.venv("python");
    // An environment whose interpreter has gone is of no use.
    if !quiet(workspace.command(&python).arg("--version")) {
        println!("making the Python environment .venv");
        if environment.exists() {
            fs::remove_dir_all(&environment).map_err(text)?;
        }
        run(workspace.command("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let mut contents = Vec::new();
    for list in &lists {
        contents.push(read(list)?);
    }
    let contents: Vec<&[u8]> = contents.iter().map(Vec::as_slice).collect();
    once(&environment.join("stamp"), &mark(&contents), || {
        println!("installing Python packages into .venv");
        let mut pip = workspace.command(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        for list in &lists {
            pip.arg("--requirement").arg(list);
        }
        run(&mut pip)
    })
}
