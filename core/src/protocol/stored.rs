//! What is stored of a resource that somebody sends.

use super::call::Call;
use super::prepared::secret;
use super::store::{Document, Secret};
use crate::name;
use crate::project::Projection;
use crate::schema::{AttrId, Compiled, Mutability, Returned};
use crate::value::{Object, Value};

/// Takes the password out: it goes to the store beside the document, never in it.
pub(super) fn take_password(
    compiled: &Compiled,
    mut resource: Value<'static>,
) -> (Value<'static>, Option<Secret>) {
    let taken = if is_secret(compiled) {
        resource.as_object_mut().and_then(|object| object.remove("password"))
    } else {
        None
    };
    let password = taken.and_then(|password| password.as_str().map(secret));
    (resource, password)
}

/// Whether the `password` of a type is one.
pub(super) fn is_secret(compiled: &Compiled) -> bool {
    compiled.child(AttrId::ROOT, "password").is_some_and(|attribute| {
        attribute.mutability == Mutability::WriteOnly && attribute.returned == Returned::Never
    })
}

/// The document of a resource: canonical, with `id` and `meta`.
pub(super) fn compose(
    call: &Call,
    compiled: &Compiled,
    id: &str,
    mut resource: Value<'static>,
    created: &str,
    modified: &str,
) -> Document {
    if let Some(object) = resource.as_object_mut() {
        object.insert("id", Value::from(id.to_owned()));
        object.remove("meta");
    }
    let mut resource = stored(call).apply_owned(compiled, resource);
    let mut meta = Object::new();
    meta.insert("resourceType", Value::from(compiled.resource_type().name.to_string()));
    meta.insert("created", Value::from(created.to_owned()));
    meta.insert("lastModified", Value::from(modified.to_owned()));
    meta.insert("version", Value::from(call.seen(compiled).first(&resource, Some(modified))));
    if let Some(object) = resource.as_object_mut() {
        object.insert("meta", meta.into());
    }
    Document::new(resource)
}

pub(super) fn set_version(document: &mut Document, version: String) {
    let meta = document.resource_mut().as_object_mut().and_then(|object| object.get_mut("meta"));
    if let Some(meta) = meta.and_then(Value::as_object_mut) {
        meta.insert("version", Value::from(version));
    }
}

/// What is stored of a resource: all that is known, and what else the profile keeps.
fn stored(call: &Call) -> Projection {
    Projection::all().keeping(call.profile)
}

/// Whether a document is what was there before, but for `meta`. What was stored under another
/// schema is compared as it would be stored now.
pub(super) fn is_as_before(
    call: &Call,
    compiled: &Compiled,
    document: &Document,
    before: &Document,
) -> bool {
    let (Some(new), Some(old)) = (document.resource.as_object(), before.resource.as_object())
    else {
        return false;
    };
    // What is the same now was stored as it would be: only the rest has to be looked at.
    let same = |(name, value): &(&str, &Value<'static>)| new.get(name) == Some(*value);
    let others = but_meta(old).filter(|member| !same(member));
    let others: Object<'_> = others.map(|(name, value)| (name, value.borrowed())).collect();
    let count = but_meta(old).count() - others.len();
    let others = stored(call).apply_owned(compiled, others.into());
    let Some(others) = others.as_object() else { return false };
    count + others.len() == but_meta(new).count()
        && others.iter().all(|(name, value)| new.get(name) == Some(value))
}

fn but_meta<'o>(
    object: &'o Object<'static>,
) -> impl Iterator<Item = (&'o str, &'o Value<'static>)> {
    object.iter().filter(|(name, _)| !name::same(name, "meta"))
}
