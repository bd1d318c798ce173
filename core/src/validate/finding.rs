//! Findings that validation and acceptance share.

use super::fit::Misfit;
use crate::error::{Code, Issue};
use crate::name;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Role};

/// A finding about an attribute.
pub(crate) fn about(attribute: &CompiledAttribute, code: Code) -> Issue {
    Issue::new(code).path(attribute.path.clone()).with("attribute", attribute.path.clone())
}

/// A value of the wrong type.
pub(crate) fn misfit(attribute: &CompiledAttribute, misfit: Misfit) -> Issue {
    about(attribute, misfit.code)
        .with("expected", attribute.kind.described())
        .with("actual", misfit.actual)
}

/// One value where an array belongs.
pub(crate) fn not_an_array(attribute: &CompiledAttribute, actual: &'static str) -> Issue {
    about(attribute, Code::NotAnArray).with("actual", actual)
}

/// A name that `parent` does not have, with the one that was perhaps meant.
pub(crate) fn unknown(compiled: &Compiled, parent: AttrId, name: &str) -> Issue {
    /// A name is a client's text: a message shows the head of a long one.
    const SHOWN: usize = 100;
    let owner = compiled.attribute(parent);
    let shown: String = name.chars().take(SHOWN).collect();
    let (path, described) = match owner.role {
        Role::Resource => (shown.clone(), compiled.resource_type().name.to_string()),
        Role::Container => (format!("{}:{shown}", owner.path), format!("`{}`", owner.path)),
        _ => (format!("{}.{shown}", owner.path), format!("`{}`", owner.path)),
    };
    let issue =
        Issue::new(Code::UnknownAttribute).path(path).with("name", shown).with("parent", described);
    if let Some(attribute) = unqualified(compiled, name).filter(|_| parent == AttrId::ROOT) {
        let container = compiled.attribute(attribute.parent);
        return issue.helped(format!("it belongs inside `{}`", container.path));
    }
    let candidates = compiled.children(parent).map(|child| &*child.attribute.name);
    match name::nearest(name, candidates) {
        Some(near) => issue.helped(format!("did you mean `{near}`?")),
        None => issue,
    }
}

/// The one extension attribute with this name, if no other extension has it (NOT-005).
pub(crate) fn unqualified<'c>(compiled: &'c Compiled, name: &str) -> Option<&'c CompiledAttribute> {
    let mut found =
        compiled.extensions().filter_map(|container| compiled.child(container.id, name));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// The sub-attribute that a bare string or number in place of an object stands for.
pub(crate) fn bare_value<'c>(
    compiled: &'c Compiled,
    attribute: &CompiledAttribute,
) -> Option<&'c CompiledAttribute> {
    compiled.child(attribute.id, "value").filter(|value| {
        attribute.role != Role::Container && value.kind != Kind::Complex && !value.multi_valued
    })
}

/// A finding about the whole of `schemas`.
pub(crate) fn schemas(code: Code, schema: &str) -> Issue {
    Issue::new(code).path("schemas").with("schema", schema)
}
