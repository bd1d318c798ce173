//! Who may change what (WRT-002, WRT-004, WRT-023, WRT-024, WRT-030).

use super::super::Mode;
use super::super::finding;
use super::super::trail::Trail;
use super::super::walk::Walk;
use super::same;
use crate::error::{Code, Severity};
use crate::schema::{CompiledAttribute, Mutability};
use crate::value::{Node, Value, View};

impl Walk<'_> {
    /// Whether a server passes over this attribute because a client cannot set it. Inside a
    /// read-only attribute the parent has been passed over already, or everything counts.
    pub(in super::super) fn is_ignored(
        &self,
        parent: &CompiledAttribute,
        child: &CompiledAttribute,
    ) -> bool {
        child.mutability == Mutability::ReadOnly
            && parent.mutability != Mutability::ReadOnly
            && matches!(self.options.mode, Mode::Create | Mode::Replace)
    }

    /// Mentions an attribute that is passed over. In a PUT the client sends back what it has
    /// read, so there only a value that differs is worth a word.
    pub(in super::super) fn ignored<'a, N: Node<'a>>(
        &mut self,
        child: &CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
        before: Option<&Value<'_>>,
    ) {
        let echoed = before.is_some_and(|before| is_same_text(node, before));
        if echoed || !self.sink.wants(Severity::Warning) || self.is_unassigned(node) {
            return;
        }
        let differs = match self.options.mode {
            Mode::Replace => {
                self.options.original.is_some()
                    && before.is_none_or(|before| {
                        same::key(self.compiled, child, &before)
                            != same::key(self.compiled, child, node)
                    })
            }
            _ => true,
        };
        if differs {
            self.report(Severity::Warning, trail, || finding::about(child, Code::ReadOnly));
        }
    }

    /// Whether an immutable attribute has another value than it had; if so, that is reported.
    /// Without an earlier value it may be set.
    pub(in super::super) fn is_changed<'a, N: Node<'a>>(
        &mut self,
        child: &CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
        before: &Value<'_>,
    ) -> bool {
        if child.mutability != Mutability::Immutable || is_same_text(node, before) {
            return false;
        }
        let (then, now) =
            (same::key(self.compiled, child, &before), same::key(self.compiled, child, node));
        // Leaving it out keeps it; what a PATCH took away is found among what is missing.
        let changed = !then.is_empty() && !now.is_empty() && then != now;
        if changed {
            self.wrong(child, Code::Immutable, trail);
        }
        changed
    }
}

/// The usual case, without building anything.
fn is_same_text<'a, N: Node<'a>>(node: &N, before: &Value<'_>) -> bool {
    match (node.view(), before) {
        (View::Text(now), Value::String(then)) => now == *then,
        _ => false,
    }
}
