//! Steps that all run, whatever fails, and the summary at the end.

use std::process::Command;

use crate::run::{Outcome, Workspace, run_and_pick, step};

/// The steps so far, and what the vector runners printed.
#[derive(Default)]
pub struct Report {
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
    Some(Count { cases: cases.parse().ok()?, runs: runs.parse().ok()? })
}

impl Report {
    pub fn step(&mut self, title: &str, work: impl FnOnce() -> Outcome) {
        self.record(title, step(title, work));
    }

    /// For work that prints its own title.
    pub fn record(&mut self, title: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => self.passed.push(title.to_owned()),
            Err(message) => {
                println!("error: {message}");
                self.failed.push((title.to_owned(), message));
            }
        }
    }

    /// A step whose output holds a runner's count.
    pub fn counted(
        &mut self,
        workspace: &Workspace,
        title: &str,
        file: &str,
        command: &mut Command,
    ) {
        let mut found = None;
        self.step(title, || {
            if !workspace.path(file).exists() {
                return Err(format!("{file} does not exist"));
            }
            let counts = run_and_pick(command, count)?;
            let [only] = counts[..] else {
                return Err(format!("{} lines `vectors: N cases, M runs`, not one", counts.len()));
            };
            found = Some(only);
            Ok(())
        });
        self.counts.extend(found.map(|count| (title.to_owned(), count)));
    }

    /// Fails unless as many runners as expected gave a count, all of the same cases.
    pub fn same_counts(&mut self, expected: usize) {
        let counts = std::mem::take(&mut self.counts);
        self.step("vectors: same cases everywhere", || {
            for (title, Count { cases, runs }) in &counts {
                println!("{title}: {cases} cases, {runs} runs");
            }
            let same = counts.windows(2).all(|pair| pair[0].1.cases == pair[1].1.cases);
            if counts.len() < expected {
                Err(format!("{} of {} runners gave a count", counts.len(), expected))
            } else if !same || counts[0].1.cases == 0 {
                Err("the runners did not run the same cases".into())
            } else {
                Ok(())
            }
        });
    }

    /// Prints the summary; the last line stands alone, for programs that look for it.
    pub fn close(self) -> Outcome {
        println!("\n== summary");
        for title in &self.passed {
            println!("passed: {title}");
        }
        for (title, message) in &self.failed {
            println!("FAILED: {title}: {message}");
        }
        println!("{} passed, {} failed", self.passed.len(), self.failed.len());
        if self.failed.is_empty() { Ok(()) } else { Err("not everything passed".into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Count, count};

    #[test]
    fn a_count_is_found_inside_a_line_of_progress_marks() {
        assert_eq!(count("..vectors: 12 cases, 40 runs\n"), Some(Count { cases: 12, runs: 40 }));
        assert_eq!(count("vectors: many cases, 40 runs"), None);
        assert_eq!(count("vectors: 12 cases"), None);
    }
}
