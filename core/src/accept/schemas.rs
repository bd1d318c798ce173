//! `schemas`: read as sent, written as it is (RFC 7643 §3, SCH-070 to SCH-074).

use super::walk::{Kept, Walk};
use crate::error::{Code, Error, Pointer};
use crate::name;
use crate::profile::Quirk;
use crate::schema::{AttrId, Compiled};
use crate::validate::finding;
use crate::validate::trail::Trail;
use crate::value::Value;

/// What the client's `schemas` names.
#[derive(Default)]
pub(super) struct Declared {
    any: bool,
    base: bool,
    /// Those that the resource type does not have.
    foreign: Vec<Box<str>>,
    extensions: Vec<AttrId>,
}

impl Declared {
    /// Notes a URI that the resource type has. Whether it is the first time.
    fn note(&mut self, compiled: &Compiled, uri: &str) -> Option<bool> {
        if name::same(uri, compiled.base_schema()) {
            return Some(!std::mem::replace(&mut self.base, true));
        }
        let extension = compiled.extension(uri)?.id;
        let first = !self.extensions.contains(&extension);
        if first {
            self.extensions.push(extension);
        }
        Some(first)
    }
}

impl Walk<'_> {
    /// Reads the client's `schemas`.
    pub(super) fn declared(
        &mut self,
        value: Value<'_>,
        trail: &Trail<'_>,
    ) -> Result<Declared, Error> {
        let compiled = self.compiled;
        let mut declared = Declared::default();
        let Some(attribute) = compiled.child(AttrId::ROOT, "schemas") else { return Ok(declared) };
        let Value::Array(items) = self.whole(attribute.id, value, trail)? else {
            return Ok(declared);
        };
        for (index, item) in items.iter().enumerate() {
            declared.any = true;
            let code = match declared.note(compiled, item.as_str().unwrap_or_default()) {
                Some(true) => continue,
                Some(false) => Code::DuplicateSchema,
                None => {
                    declared.foreign.push(item.as_str().unwrap_or_default().into());
                    Code::UnknownSchema
                }
            };
            self.bend(Some(Quirk::ExtraSchemas), &trail.index(index), || {
                finding::schemas(code, compiled.base_schema())
            })?;
        }
        Ok(declared)
    }

    /// The `schemas` that the resource should have: the main schema, the extensions in
    /// `present`, and the foreign ones whose data is kept.
    pub(super) fn schemas<'v>(
        &mut self,
        declared: &Declared,
        present: &[AttrId],
        spelled: &[(AttrId, String)],
        kept: &Kept<'_>,
    ) -> Result<Value<'v>, Error> {
        let compiled = self.compiled;
        let top = Pointer::root();
        let root = Trail::Base(&top);
        if !declared.base {
            let code = if declared.any { Code::MissingBaseSchema } else { Code::MissingSchemas };
            // Schemas of something else alone: this is another type of resource (WRT-012).
            let quirk = declared.foreign.is_empty().then_some(Quirk::MissingSchemas);
            self.bend(quirk, &root.name("schemas"), || {
                finding::schemas(code, compiled.base_schema())
            })?;
        }
        let mut schemas = vec![Value::from(compiled.base_schema().to_owned())];
        for id in present {
            let uri = &compiled.attribute(*id).attribute.name;
            let undeclared = declared.any && !declared.extensions.contains(id);
            if let Some((_, name)) = spelled.iter().find(|(spelled, _)| undeclared && spelled == id)
            {
                self.bend(Some(Quirk::MissingSchemas), &root.name(name), || {
                    finding::schemas(Code::UndeclaredExtension, uri).path(uri.clone())
                })?;
            }
            schemas.push(Value::from(uri.to_string()));
        }
        let has_data = |uri: &str| kept.iter().any(|(name, _)| name::same(name, uri));
        let foreign = declared.foreign.iter().filter(|uri| has_data(uri));
        schemas.extend(foreign.map(|uri| Value::from(uri.to_string())));
        Ok(Value::Array(schemas))
    }
}
