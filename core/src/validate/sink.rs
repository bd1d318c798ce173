//! Where findings go.

use crate::error::{Issue, Severity};

/// Is asked before a finding is built, so that a sink that wants none of them builds none.
pub(super) trait Sink {
    /// Whether findings of this weight matter here: a rule that can only find lighter ones need
    /// not run.
    fn wants(&self, severity: Severity) -> bool;

    /// Hears that there is a finding. Whether it takes it.
    fn takes(&mut self, severity: Severity) -> bool;

    /// Takes the finding that it was asked about last.
    fn take(&mut self, issue: Issue);

    /// Whether the walk can stop.
    fn done(&self) -> bool;
}

/// Whether there is an error.
#[derive(Default)]
pub(super) struct First {
    found: bool,
}

impl First {
    pub(super) fn found(&self) -> bool {
        self.found
    }
}

impl Sink for First {
    fn wants(&self, severity: Severity) -> bool {
        severity == Severity::Error
    }

    fn takes(&mut self, severity: Severity) -> bool {
        self.found |= severity == Severity::Error;
        false
    }

    fn take(&mut self, _issue: Issue) {}

    fn done(&self) -> bool {
        self.found
    }
}

/// All findings, up to a limit.
///
/// Errors and lighter findings are counted apart, so that a document full of warnings cannot
/// hide its one error; the lighter ones make room at the end.
pub(super) struct Collect {
    issues: Vec<Issue>,
    errors: usize,
    limit: usize,
}

impl Collect {
    pub(super) fn new(limit: usize) -> Self {
        Self { issues: Vec::new(), errors: 0, limit: limit.max(1) }
    }

    pub(super) fn into_issues(self) -> Vec<Issue> {
        let mut light = self.limit.saturating_sub(self.errors);
        let mut issues = self.issues;
        issues.retain(|issue| {
            if issue.severity == Severity::Error {
                return true;
            }
            let kept = light > 0;
            light = light.saturating_sub(1);
            kept
        });
        issues
    }
}

impl Sink for Collect {
    fn wants(&self, severity: Severity) -> bool {
        severity == Severity::Error || self.issues.len() - self.errors < self.limit
    }

    fn takes(&mut self, severity: Severity) -> bool {
        self.wants(severity) && !self.done()
    }

    fn take(&mut self, issue: Issue) {
        self.errors += usize::from(issue.severity == Severity::Error);
        self.issues.push(issue);
    }

    fn done(&self) -> bool {
        self.errors >= self.limit
    }
}
