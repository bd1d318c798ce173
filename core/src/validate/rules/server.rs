//! What only a server sends: `meta`, and nothing that must stay inside (SCH-080 to SCH-088,
//! SCH-101).

use super::super::Mode;
use super::super::finding;
use super::super::trail::Trail;
use super::super::walk::Walk;
use crate::error::{Code, Issue, Severity};
use crate::name;
use crate::schema::{AttrId, CompiledAttribute, Returned};
use crate::value::{Node, View};

impl Walk<'_> {
    /// Whether an answer holds something that is never returned; if so, that is reported.
    pub(in super::super) fn leaks<'a, N: Node<'a>>(
        &mut self,
        child: &CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
    ) -> bool {
        let leaks = self.options.mode == Mode::Response
            && child.returned == Returned::Never
            && !self.is_unassigned(node);
        if leaks {
            self.wrong(child, Code::NeverReturned, trail);
        }
        leaks
    }

    /// `meta` names the type of the resource and says where it is.
    pub(in super::super) fn meta<'a, N: Node<'a>>(&mut self, node: &N, trail: &Trail<'_>) {
        let severity = match self.options.mode {
            Mode::Response => Severity::Error,
            Mode::Import => Severity::Warning,
            Mode::Create | Mode::Replace | Mode::Patch => return,
        };
        let View::Map(members) = node.view() else { return };
        let (mut named, mut located) = (false, false);
        let expected = &self.compiled.resource_type().name;
        for (key, member) in members {
            let View::Text(text) = member.view() else { continue };
            located |= name::same(&key, "location");
            if !name::same(&key, "resourceType") {
                continue;
            }
            named = true;
            if *text != **expected {
                self.report(severity, &trail.name(&key), || {
                    Issue::new(Code::ResourceTypeMismatch)
                        .path("meta.resourceType")
                        .with("expected", expected.clone())
                });
            }
        }
        if self.options.mode != Mode::Response || !self.compiled.resource_has_common_id() {
            return;
        }
        let compiled = self.compiled;
        let Some(meta) = compiled.child(AttrId::ROOT, "meta") else { return };
        for (there, name, severity, spec) in [
            (named, "resourceType", Severity::Error, "SCH-088"),
            (located, "location", Severity::Warning, "SCH-085"),
        ] {
            let Some(child) = compiled.child(meta.id, name).filter(|_| !there) else { continue };
            self.report(severity, &trail.name(name), || {
                finding::about(child, Code::Required).cited(spec)
            });
        }
    }
}
