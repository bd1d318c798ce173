//! The values that equality filters look up.

use std::collections::HashSet;
use std::fmt::Write as _;

use rusqlite::{Connection, params};
use scimforge::schema::{
    AttrId, Compiled, CompiledAttribute, Kind, Mutability, Returned, Role, Uniqueness,
};
use scimforge::text;
use scimforge::value::Value;

use super::Outcome;

/// Longer keys are cut: an index finds candidates, the filter itself decides.
const LONGEST: usize = 200;

/// A path and a value as it is compared.
pub(super) type Entry = (Box<str>, Box<str>);

/// Whether equality on this attribute is looked up: texts of a resource and of its extensions,
/// and the `value` of complex ones. Clients look for people by these.
pub(super) fn is_looked_up(compiled: &Compiled, attribute: &CompiledAttribute) -> bool {
    let parent = compiled.attribute(attribute.parent);
    let outermost = attribute.parent == AttrId::ROOT || parent.role == Role::Container;
    attribute.kind == Kind::String
        && (outermost || &*attribute.attribute.name == "value")
        && &*attribute.path != "id"
        && attribute.returned != Returned::Never
        && attribute.mutability != Mutability::WriteOnly
}

/// What the index tables depend on; they are filled anew when it changes.
pub(super) fn describe(compiled: &Compiled) -> String {
    let mut text = format!("{}\n", compiled.resource_type().name);
    for attribute in compiled.attributes() {
        let (unique, looked_up) =
            (attribute.uniqueness != Uniqueness::None, is_looked_up(compiled, attribute));
        if unique || looked_up {
            // Writing to a string cannot fail.
            let _ =
                writeln!(text, " {} {unique} {looked_up} {}", attribute.path, attribute.case_exact);
        }
    }
    text
}

/// The key under which a value stands.
pub(super) fn cut(key: &str) -> &str {
    let mut end = key.len().min(LONGEST);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    key.get(..end).unwrap_or(key)
}

/// The entries of a resource.
pub(super) fn values(compiled: &Compiled, resource: &Value<'_>) -> HashSet<Entry> {
    let mut found = HashSet::new();
    for attribute in
        compiled.attributes().iter().filter(|attribute| is_looked_up(compiled, attribute))
    {
        let chain = compiled.chain(attribute.id);
        let names: Vec<&str> =
            chain.iter().map(|step| &*compiled.attribute(*step).attribute.name).collect();
        each_text(resource, &names, &mut |value| {
            let key = text::key(value, attribute.case_exact);
            found.insert((attribute.path.clone(), cut(&key).into()));
        });
    }
    found
}

fn each_text(value: &Value<'_>, names: &[&str], found: &mut dyn FnMut(&str)) {
    match (value, names.split_first()) {
        (Value::Array(items), _) => items.iter().for_each(|item| each_text(item, names, found)),
        (Value::String(text), None) => found(text),
        (Value::Object(object), Some((first, rest))) => {
            if let Some(inner) = object.get(first) {
                each_text(inner, rest, found);
            }
        }
        _ => {}
    }
}

/// Brings the entries of a row from what they are to what they should be. Few change in a large
/// group when one member comes or goes.
pub(super) fn fill(
    connection: &Connection,
    tenant: &str,
    resource_type: &str,
    row: i64,
    wanted: &HashSet<Entry>,
) -> Outcome<()> {
    let mut select = connection.prepare_cached("SELECT path, key FROM value WHERE row = ?1")?;
    let present: HashSet<Entry> =
        select.query_map([row], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut delete = connection.prepare_cached(
        "DELETE FROM value WHERE tenant = ?1 AND type = ?2 AND path = ?3 AND key = ?4 AND row = ?5",
    )?;
    for (path, key) in present.difference(wanted) {
        delete.execute(params![tenant, resource_type, path, key, row])?;
    }
    let mut insert = connection.prepare_cached("INSERT INTO value VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for (path, key) in wanted.difference(&present) {
        insert.execute(params![tenant, resource_type, path, key, row])?;
    }
    Ok(())
}
