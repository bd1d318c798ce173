//! That each package builds with the oldest compiler that it says it does.

use std::collections::BTreeMap;

use crate::run::{Outcome, Workspace, output, run, text};

/// Installs the compilers that packages name as their `rust-version`, and checks them with these.
/// What they leave goes to a folder of its own: other compilers cannot use it.
pub fn check(workspace: &Workspace) -> Outcome {
    let metadata = output(workspace.cargo().args([
        "metadata",
        "--no-deps",
        "--locked",
        "--format-version",
        "1",
    ]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).map_err(text)?;
    let mut packages: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let (Some(name), Some(version)) =
            (package["name"].as_str(), package["rust_version"].as_str())
        else {
            return Err("a package without `rust-version`".to_owned());
        };
        packages.entry(version).or_default().push(name);
    }
    for (version, names) in packages {
        run(workspace.command("rustup").args([
            "toolchain",
            "install",
            version,
            "--profile",
            "minimal",
        ]))?;
        let mut command = workspace.command("rustup");
        command
            .env("CARGO_TARGET_DIR", workspace.target.join("oldest"))
            .env_remove("RUSTUP_TOOLCHAIN")
            .args(["run", version, "cargo", "check", "--quiet", "--locked"]);
        for name in names {
            command.args(["--package", name]);
        }
        run(&mut command)?;
    }
    Ok(())
}
