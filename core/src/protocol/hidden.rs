//! Extensions that the one who asks may not see: `schemas` does not name them either.

use crate::error::{Code, Error};
use crate::filter::Filter;
use crate::name;
use crate::path::{Resolved, resolve};
use crate::profile::Profile;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Meaning, Returned};
use crate::value::Value;

/// The extensions of which nothing is ever shown.
fn hidden(compiled: &Compiled) -> impl Iterator<Item = &CompiledAttribute> {
    compiled.extensions().filter(|container| container.returned == Returned::Never)
}

pub(super) fn hides(compiled: &Compiled) -> bool {
    hidden(compiled).next().is_some()
}

/// `schemas` without the names of such extensions, if there are any.
pub(super) fn schemas_seen<'v>(compiled: &Compiled, resource: &'v Value<'_>) -> Option<Value<'v>> {
    if !hides(compiled) {
        return None;
    }
    let is_hidden = |uri: &Value<'_>| {
        let uri = uri.as_str().unwrap_or_default();
        hidden(compiled).any(|container| name::same(&container.name, uri))
    };
    let schemas = resource.get("schemas").and_then(Value::as_array)?;
    let seen = schemas.iter().filter(|uri| !is_hidden(uri)).map(Value::borrowed);
    Some(Value::Array(seen.collect()))
}

/// That a filter does not look for them.
pub(super) fn check_filter(
    compiled: &Compiled,
    filter: &Filter,
    profile: Profile,
) -> Result<(), Error> {
    let is_about_schemas = |path: &str| match resolve(compiled, path, profile) {
        Resolved::Attribute(id) | Resolved::Bent(id, _) => is_schemas(compiled, id),
        Resolved::Unknown { .. } => false,
    };
    let mut paths = filter.expression.walk().filter_map(|(node, _)| node.path());
    match paths.find(|path| hides(compiled) && is_about_schemas(path.as_str())) {
        Some(path) => Err(Error::new(Code::NotFilterable)
            .with("attribute", "schemas")
            .path("schemas")
            .spanning(path.span)),
        None => Ok(()),
    }
}

/// Whether an attribute is `schemas`, or would be part of it.
pub(super) fn is_schemas(compiled: &Compiled, id: AttrId) -> bool {
    let first = compiled.chain(id).first().map(|first| compiled.attribute(*first));
    first.is_some_and(|attribute| attribute.nature.meaning == Meaning::Schemas)
}
