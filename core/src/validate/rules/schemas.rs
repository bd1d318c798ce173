//! `schemas` names the schemas that the document uses (SCH-070 to SCH-074).

use super::super::finding;
use super::super::fit::Misfit;
use super::super::trail::Trail;
use super::super::walk::{Notes, Walk};
use crate::error::{Code, Issue, Severity};
use crate::name;
use crate::profile::Quirk;
use crate::schema::{AttrId, CompiledAttribute};
use crate::value::{Node, View};

/// Why more than a missing entry is wrong.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    /// It names something that the resource type does not have.
    Foreign,
    /// It is not a list of texts, which has been reported.
    Malformed,
}

/// What `schemas` names.
#[derive(Default)]
pub(in super::super) struct Declared {
    any: bool,
    base: bool,
    fault: Option<Fault>,
    extensions: Vec<AttrId>,
}

impl<'w> Walk<'w> {
    /// Reads and checks the member `schemas`.
    pub(in super::super) fn declared<'a, N: Node<'a>>(
        &mut self,
        attribute: &'w CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
    ) -> Declared {
        let mut declared = Declared::default();
        match node.view() {
            View::Null => {}
            View::List(items) => {
                for (index, item) in items.enumerate() {
                    if self.sink.done() {
                        break;
                    }
                    self.declares(&mut declared, attribute, &item, &trail.index(index));
                }
            }
            other => {
                let severity = self.weigh(Some(Quirk::SingleForArray));
                self.report(severity, trail, || {
                    finding::not_an_array(attribute, other.kind_name())
                });
                if severity == Severity::Error {
                    declared.fault = Some(Fault::Malformed);
                } else {
                    self.declares(&mut declared, attribute, node, trail);
                }
            }
        }
        declared
    }

    fn declares<'a, N: Node<'a>>(
        &mut self,
        declared: &mut Declared,
        attribute: &CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
    ) {
        let compiled = self.compiled;
        let uri = match node.view() {
            View::Null => return,
            View::Text(uri) => uri,
            other => {
                declared.fault = Some(Fault::Malformed);
                let misfit =
                    Misfit { code: Code::WrongType, quirk: None, actual: other.kind_name() };
                self.report(Severity::Error, trail, || finding::misfit(attribute, misfit));
                return;
            }
        };
        declared.any = true;
        let code = if name::same(&uri, compiled.base_schema()) {
            if !std::mem::replace(&mut declared.base, true) {
                return;
            }
            Code::DuplicateSchema
        } else if let Some(container) = compiled.extension(&uri) {
            if !declared.extensions.contains(&container.id) {
                declared.extensions.push(container.id);
                return;
            }
            Code::DuplicateSchema
        } else {
            declared.fault = declared.fault.or(Some(Fault::Foreign));
            Code::UnknownSchema
        };
        let severity = self.weigh(Some(Quirk::ExtraSchemas));
        self.report(severity, trail, || Issue::new(code).path("schemas"));
    }

    /// At the end of the resource: what `schemas` lacks.
    pub(in super::super) fn schemas_agree(&mut self, notes: &Notes<'_>, root: &Trail<'_>) {
        let compiled = self.compiled;
        let declared = &notes.declared;
        if declared.fault == Some(Fault::Malformed) {
            return;
        }
        if !declared.base {
            let code = if declared.any { Code::MissingBaseSchema } else { Code::MissingSchemas };
            // Schemas of something else alone: this is another type of resource (WRT-012).
            let severity = self.weigh(declared.fault.is_none().then_some(Quirk::MissingSchemas));
            self.report(severity, &root.name("schemas"), || {
                finding::schemas(code, compiled.base_schema())
            });
        }
        for (id, name) in notes.extensions.iter().filter(|_| declared.any) {
            if declared.extensions.contains(id) {
                continue;
            }
            let container = compiled.attribute(*id);
            let severity = self.weigh(Some(Quirk::MissingSchemas));
            self.report(severity, &root.name(name), || {
                finding::schemas(Code::UndeclaredExtension, &container.path)
                    .path(container.path.clone())
            });
        }
    }
}
