//! Everything that is tested, in one run that goes on after a failure.

use std::{path::PathBuf, process::Command};

use crate::{
    hosts,
    run::{Outcome, Workspace, files, run, run_and_pick, step},
    setup, size, wasm,
};

const RUST_VECTORS: &str = "tests/tests/vectors.rs";
const NODE_VECTORS: &str = "tests/node/run.mjs";
const WEB_VECTORS: &str = "tests/web/run.mjs";
const PYTHON_VECTORS: &str = "tests/python/test_vectors.py";

/// Files without which a test run would prove less than it says.
const RUNNERS: [&str; 4] = [RUST_VECTORS, NODE_VECTORS, WEB_VECTORS, PYTHON_VECTORS];

/// The steps so far, and what the vector runners printed.
struct Report {
    passed: Vec<String>,
    failed: Vec<(String, String)>,
    counts: Vec<(String, Count)>,
}

/// A runner's own line: how many shared cases it read, and how many runs it made of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Count {
    cases: u64,
    runs: u64,
}

/// Reads `vectors: 12 cases, 40 runs`, wherever it stands in a line.
fn count(line: &str) -> Option<Count> {
    let (_, rest) = line.split_once("vectors: ")?;
    let (cases, rest) = rest.split_once(" cases, ")?;
    let (runs, _) = rest.split_once(" runs")?;
    Some(Count {
        cases: cases.parse().ok()?,
        runs: runs.parse().ok()?,
    })
}

impl Report {
    fn new() -> Self {
        Self {
            passed: Vec::new(),
            failed: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn step(&mut self, title: &str, work: impl FnOnce() -> Outcome) {
        self.record(title, step(title, work));
    }

    /// For work that prints its own title.
    fn record(&mut self, title: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => self.passed.push(title.to_owned()),
            Err(message) => {
                println!("error: {message}");
                self.failed.push((title.to_owned(), message));
            }
        }
    }

    /// A step whose output holds a runner's count.
    fn counted(&mut self, workspace: &Workspace, title: &str, file: &str, command: &mut Command) {
        let mut found = None;
        self.step(title, || {
            if !workspace.path(file).exists() {
                return Err(format!("{file} does not exist"));
            }
            let counts = run_and_pick(command, count)?;
            let [only] = counts[..] else {
                return Err(format!(
                    "{} lines `vectors: N cases, M runs`, not one",
                    counts.len()
                ));
            };
            found = Some(only);
            Ok(())
        });
        self.counts
            .extend(found.map(|count| (title.to_owned(), count)));
    }

    fn same_counts(&mut self) {
        let counts = std::mem::take(&mut self.counts);
        self.step("vectors: same cases everywhere", || {
            for (title, Count { cases, runs }) in &counts {
                println!("{title}: {cases} cases, {runs} runs");
            }
            let same = counts
                .windows(2)
                .all(|pair| pair[0].1.cases == pair[1].1.cases);
            if counts.len() < RUNNERS.len() {
                Err(format!(
                    "{} of {} runners gave a count",
                    counts.len(),
                    RUNNERS.len()
                ))
            } else if !same || counts[0].1.cases == 0 {
                Err("the runners did not run the same cases".into())
            } else {
                Ok(())
            }
        });
    }

    /// Prints the summary; the last line stands alone, for programs that look for it.
    fn close(self) -> Outcome {
        println!("\n== summary");
        for title in &self.passed {
            println!("passed: {title}");
        }
        for (title, message) in &self.failed {
            println!("FAILED: {title}: {message}");
        }
        println!("{} passed, {} failed", self.passed.len(), self.failed.len());
        if self.failed.is_empty() {
            Ok(())
        } else {
            Err("not everything passed".into())
        }
    }
}

pub fn everything(workspace: &Workspace) -> Outcome {
    let mut report = Report::new();
    report.record("setup", setup::setup(workspace));
    report.counted(
        workspace,
        "rust: tests",
        RUST_VECTORS,
        // The runner's count is printed by a test, which cargo hides when the test passes.
        workspace
            .cargo()
            .args(CARGO_TEST)
            .args(["--", "--nocapture"]),
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
    report.same_counts();
    report.step("node: other tests", || node_tests(workspace));
    if workspace.path("tests/types").exists() {
        report.step("types", || {
            run(workspace
                .command("node")
                .arg("tests/node_modules/typescript/bin/tsc")
                .args(["--noEmit", "--project", "tests/types"]))
        });
    }
    report.record("size", size::check(workspace, false));
    report.close()
}

const CARGO_TEST: [&str; 7] = [
    "test",
    "--package",
    "scimforge",
    "--package",
    "scimforge-tests",
    "--package",
    "xtask",
];

pub fn vectors(workspace: &Workspace) -> Outcome {
    let mut report = Report::new();
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
    report.same_counts();
    report.close()
}

fn node_and_web(workspace: &Workspace, report: &mut Report) {
    for (title, file) in [
        ("node: vectors", NODE_VECTORS),
        ("browser: vectors", WEB_VECTORS),
    ] {
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
    run(workspace
        .command("node")
        .args(["--test", "--test-reporter=spec"])
        .args(names))
}

#[cfg(test)]
mod tests {
    use super::{Count, count};

    #[test]
    fn a_count_is_found_inside_a_line_of_progress_marks() {
        assert_eq!(
            count("..vectors: 12 cases, 40 runs\n"),
            Some(Count {
                cases: 12,
                runs: 40
            })
        );
        assert_eq!(count("vectors: many cases, 40 runs"), None);
        assert_eq!(count("vectors: 12 cases"), None);
    }
}
