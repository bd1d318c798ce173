//! `cargo xtask`: every command a contributor or CI runs.

mod conformance;
mod examples;
mod hosts;
mod mutants;
mod oldest;
mod peers;
mod ready;
mod report;
mod run;
mod setup;
mod size;
mod test;
mod wasm;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use run::{Outcome, Workspace};

/// Builds, tests and measures scimforge.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing: wasm target, Debian packages, npm and Python packages
    Setup,
    /// Build the three browser bundles into bindings-wasm/dist
    Wasm,
    /// Compare the bundles' gzip sizes with tests/size.json
    Size {
        /// Write the measured sizes into tests/size.json
        #[arg(long)]
        update: bool,
    },
    /// Build the Node addon into bindings-node/scimforge.node
    Node,
    /// Build the Python module into .venv
    Python,
    /// Set up, build every package and run every test
    Test,
    /// Run the shared cases in Rust, Node, the browser and Python, and compare the counts
    Vectors,
    /// Write tests/CONFORMANCE.md: every requirement with the vectors that prove it
    Conformance {
        /// Write nothing; fail when the page is out of date
        #[arg(long)]
        check: bool,
    },
    /// Fail when a public item of the core has no example
    Examples,
    /// Switch the core's rules off one by one, and name those that no vector misses (takes hours)
    Mutants {
        /// Files of the core, instead of all that `.cargo/mutants.toml` names
        files: Vec<String>,
    },
    /// Check what a change must pass before review: format, lints, docs, examples, size, duplicates
    Ready,
    /// Build every package and run the demo
    Demo {
        /// An LDIF export to migrate, and options of the demo (`--once`)
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Run the core's benchmarks
    Bench {
        /// Measure every package next to the libraries of others instead, and print one table
        #[arg(long)]
        peers: bool,
    },
}

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let outcome = Workspace::find().and_then(|workspace| perform(&workspace, command));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn perform(workspace: &Workspace, command: Command) -> Outcome {
    match command {
        Command::Setup => setup::setup(workspace),
        Command::Wasm => {
            setup::setup(workspace)?;
            wasm::build(workspace)
        }
        Command::Size { update } => {
            setup::setup(workspace)?;
            wasm::build(workspace)?;
            size::check(workspace, update)
        }
        Command::Node => hosts::node(workspace),
        Command::Python => {
            setup::setup(workspace)?;
            hosts::python(workspace)
        }
        Command::Test => test::everything(workspace),
        Command::Vectors => {
            build_hosts(workspace)?;
            test::vectors(workspace)
        }
        Command::Conformance { check } => conformance::conformance(workspace, check),
        Command::Examples => examples::check(workspace),
        Command::Mutants { files } => mutants::mutants(workspace, &files),
        Command::Ready => ready::ready(workspace),
        Command::Demo { rest } => {
            build_hosts(workspace)?;
            hosts::demo(workspace, &rest)
        }
        Command::Bench { peers: false } => hosts::bench(workspace),
        Command::Bench { peers: true } => peers::bench(workspace),
    }
}

fn build_hosts(workspace: &Workspace) -> Outcome {
    setup::setup(workspace)?;
    wasm::build(workspace)?;
    hosts::node(workspace)?;
    hosts::python(workspace)
}
