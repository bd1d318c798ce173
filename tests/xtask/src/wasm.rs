//! The three browser bundles: compile, glue, shrink, and the files beside them.

use std::{
    env, fs,
    path::{Path, PathBuf},
    thread,
};

use wasm_bindgen_cli_support::Bindgen;

use crate::run::{Outcome, Workspace, files, mark, once, output, read, run, step, text, write};

/// A build of `bindings-wasm` with its own set of features.
pub struct Bundle {
    pub name: &'static str,
    cargo: &'static [&'static str],
}

/// For speed as well as for size. A validator of "s" is larger by a sixth than one of "z", and
/// needs three quarters of the time for a text; 2 and 3 gain a twentieth at most over "s", and are
/// above its budget. The larger bundles would be above theirs by "s".
const QUICK: &str = "profile.wasm.package.scimforge.opt-level='s'";

pub const BUNDLES: [Bundle; 3] = [
    Bundle { name: "validator", cargo: &["--no-default-features", "--config", QUICK] },
    Bundle { name: "full", cargo: &[] },
    Bundle { name: "server", cargo: &["--features", "server"] },
];

/// The stem of the generated files: `scimforge.js`, `scimforge_bg.wasm`.
pub const STEM: &str = "scimforge";

/// Every feature by name: `--all-features` would write what Node 20 cannot load.
const SHRINK: &[&str] = &[
    "-Oz",
    // Again until nothing gets smaller: the full bundle is close to its budget.
    "--converge",
    // What is called once is inlined by the compiler already, where that is of use. More of it
    // takes from gzip what it saves before.
    "--one-caller-inline-max-function-size=0",
    // The stack lies below the data and grows down: its last kilobyte is never reached, since
    // every recursion has a limit. Loads and stores may then carry their offsets.
    "--low-memory-unused",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--enable-simd",
];

pub fn folder(workspace: &Workspace, bundle: &Bundle) -> PathBuf {
    workspace.path("bindings-wasm/dist").join(bundle.name)
}

pub fn build(workspace: &Workspace) -> Outcome {
    step("wasm: browser bundles", || {
        let mut compiled = Vec::new();
        for bundle in &BUNDLES {
            compiled.push((bundle, compile(workspace, bundle)?));
        }
        thread::scope(|scope| {
            let finished: Vec<_> = compiled
                .iter()
                .map(|(bundle, wasm)| scope.spawn(|| finish(workspace, bundle, wasm)))
                .collect();
            finished
                .into_iter()
                .try_for_each(|thread| thread.join().unwrap_or(Err("the glue step stopped".into())))
        })?;
        copy_hand_written(workspace)
    })
}

/// Compiles in a target folder of its own, since its flags would make other builds start afresh.
fn compile(workspace: &Workspace, bundle: &Bundle) -> Outcome<Vec<u8>> {
    let target = workspace.target.join("wasm");
    let mut flags = vec!["-Ctarget-feature=+simd128".to_owned()];
    // Panic messages name source files: the same bytes on every machine.
    if let Some(home) = env::var_os("CARGO_HOME").map(PathBuf::from).or_else(default_cargo_home) {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    run(workspace
        .cargo()
        .env("CARGO_TARGET_DIR", &target)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .args(["build", "--quiet", "--package", "scimforge-wasm", "--profile", "wasm"])
        .args(["--target", "wasm32-unknown-unknown"])
        .args(bundle.cargo))?;
    read(&target.join("wasm32-unknown-unknown/wasm/scimforge_wasm.wasm"))
}

fn default_cargo_home() -> Option<PathBuf> {
    env::home_dir().map(|home| home.join(".cargo"))
}

fn finish(workspace: &Workspace, bundle: &Bundle, wasm: &[u8]) -> Outcome {
    let folder = folder(workspace, bundle);
    let lock = read(&workspace.path("tests/package-lock.json"))?;
    let mark = mark(&[wasm, &lock, SHRINK.join(" ").as_bytes()]);
    once(&folder.join(".stamp"), &mark, || {
        let raw = workspace.target.join("wasm").join(bundle.name).join("scimforge.wasm");
        write(&raw, wasm)?;
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(text)?;
        }
        glue(&raw, &folder).map_err(|error| format!("no glue for {}: {error}", bundle.name))?;
        shrink(workspace, &folder.join(format!("{STEM}_bg.wasm")))?;
        println!("wrote bindings-wasm/dist/{}", bundle.name);
        Ok(())
    })
}

fn glue(raw: &Path, folder: &Path) -> Outcome {
    let mut generator = Bindgen::new();
    generator
        .input_path(raw)
        .out_name(STEM)
        .typescript(true)
        // Without this, `init()` with no argument would not find its wasm file.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    let say = |error| format!("{error:#}");
    generator.web(true).map_err(say)?.generate(folder).map_err(say)
}

fn shrink(workspace: &Workspace, wasm: &Path) -> Outcome {
    let tool = workspace.path("tests/node_modules/binaryen/bin/wasm-opt");
    let small = wasm.with_extension("small");
    // The npm package holds the tool as a script, which not every system starts by itself.
    output(workspace.command("node").arg(&tool).args(SHRINK).arg(wasm).arg("-o").arg(&small))?;
    fs::rename(&small, wasm).map_err(text)
}

/// The modules around the bundles, and what both JavaScript packages have in common.
fn copy_hand_written(workspace: &Workspace) -> Outcome {
    let dist = workspace.path("bindings-wasm/dist");
    for old in files(&dist)?.iter().filter(|path| path.is_file()) {
        fs::remove_file(old).map_err(text)?;
    }
    let mut sources = files(&workspace.path("bindings-wasm/js"))?;
    let shared = ["crossing.js", "shared.js", "types.d.ts"];
    sources.extend(shared.map(|name| workspace.path("bindings-node/js").join(name)));
    copy_files(&sources, &dist)?;
    let types = dist.join("types");
    if types.exists() {
        fs::remove_dir_all(&types).map_err(text)?;
    }
    fs::create_dir_all(&types).map_err(text)?;
    copy_files(&files(&workspace.path("bindings-node/js/types"))?, &types)
}

fn copy_files(sources: &[PathBuf], folder: &Path) -> Outcome {
    for source in sources.iter().filter(|path| path.is_file()) {
        let name = source.file_name().ok_or("a file without a name")?;
        fs::copy(source, folder.join(name)).map_err(text)?;
    }
    Ok(())
}
