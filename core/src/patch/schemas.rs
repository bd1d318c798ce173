//! `schemas` in step with the extensions (RFC 7644 §3.5.2, PAT-020 to PAT-026).

use super::apply::Work;
use super::compile::Compiler;
use super::operation::{Action, Change, Op, in_operation};
use super::origin::Origin;
use super::target::Target;
use crate::error::{Code, Error, ScimType};
use crate::name;
use crate::profile::Quirk;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Role};
use crate::validate::trail::Trail;
use crate::value::Value;

/// A change of `schemas` itself.
#[derive(Debug, Clone)]
pub(super) struct Declaration<'c> {
    pub(super) operation: usize,
    origin: &'c Origin,
    pathless: bool,
    op: Op,
}

/// Whether this is the attribute `schemas`.
pub(super) fn is_schemas(compiled: &Compiled, id: AttrId) -> bool {
    let attribute = compiled.attribute(id);
    attribute.role == Role::Common && name::same(&attribute.attribute.name, "schemas")
}

/// Writes the URIs in a change of `schemas` as they are registered. One that the resource type
/// does not have is an error (PAT-025); in a value without path it may be passed over.
pub(super) fn register<'v>(
    compiler: &mut Compiler<'_>,
    change: &mut Change<'v>,
    at: &Trail<'_>,
) -> Result<(), Error> {
    let Target::Attribute(place, _) = &change.target else { return Ok(()) };
    if !is_schemas(compiler.compiled, place.attribute) {
        return Ok(());
    }
    let removing = matches!(change.action, Action::RemoveValues(_));
    let uris: &mut Vec<Value<'v>> = match &mut change.action {
        Action::Set { value: Value::Array(uris), .. } | Action::RemoveValues(uris) => uris,
        Action::Set { value, .. } => {
            if let Some(uri) = registered(compiler.compiled, value) {
                *value = uri;
                return Ok(());
            }
            return Err(unknown(at));
        }
        Action::Clear | Action::Remove => return Ok(()),
    };
    let mut known: Vec<Value<'v>> = Vec::with_capacity(uris.len());
    for (index, uri) in std::mem::take(uris).into_iter().enumerate() {
        let at = at.index(index);
        match registered(compiler.compiled, &uri) {
            Some(uri) => known.push(uri),
            None if removing => known.push(uri),
            None if change.pathless && compiler.bend(Quirk::ExtraSchemas, &at, "schemas") => {}
            None => return Err(unknown(&at)),
        }
    }
    *uris = known;
    Ok(())
}

fn registered(compiled: &Compiled, uri: &Value<'_>) -> Option<Value<'static>> {
    compiled.registered_schema(uri.as_str()?).map(|uri| Value::from(uri.to_owned()))
}

fn unknown(at: &Trail<'_>) -> Error {
    Error::new(Code::UnknownSchema).path("schemas").at(at.pointer()).typed(ScimType::InvalidValue)
}

impl<'c> Work<'c> {
    /// Notes that `schemas` was changed. An extension that a remove takes out of it goes with
    /// its data: the one without the other would be put right again at the end, and nothing
    /// would have happened.
    pub(super) fn schemas_changed(
        &mut self,
        op: Op,
        change: &'c Change<'c>,
        before: &[AttrId],
    ) -> Result<(), Error> {
        let compiled = self.compiled;
        self.declared = Some(Declaration {
            operation: self.operation,
            origin: self.at,
            pathless: change.pathless,
            op,
        });
        if op != Op::Remove
            || matches!(
                (&change.target, &change.action),
                (Target::Attribute(_, None), Action::Remove)
            )
        {
            return Ok(());
        }
        for container in compiled.extensions() {
            let withdrawn =
                before.contains(&container.id) && !self.declares(&container.attribute.name);
            if withdrawn && self.has_data(container) {
                self.remove_extension(container.id)?;
            }
        }
        Ok(())
    }

    /// The extensions that `schemas` names.
    pub(super) fn declared_extensions(&self) -> Vec<AttrId> {
        let declared =
            self.compiled.extensions().filter(|container| self.declares(&container.attribute.name));
        declared.map(|container| container.id).collect()
    }

    fn has_data(&self, container: &CompiledAttribute) -> bool {
        self.resource.assigned(&container.attribute.name).is_some()
    }

    fn declares(&self, uri: &str) -> bool {
        declares(self.resource.get("schemas"), uri)
    }

    /// Puts `schemas` right after the last operation.
    pub(super) fn settle_schemas(&mut self, original: &Value<'_>) -> Result<(), Error> {
        let compiled = self.compiled;
        let declaration = self.declared.clone();
        if let Some(declaration) = &declaration
            && !self.declares(compiled.base_schema())
        {
            let kept = declaration.pathless
                && self.bend(Quirk::MissingSchemas, declaration.origin, "schemas");
            if !kept {
                let error = Error::new(Code::MissingBaseSchema)
                    .with("schema", compiled.base_schema())
                    .path("schemas")
                    .at(declaration.origin.pointer())
                    .typed(ScimType::Mutability);
                return Err(in_operation(error, declaration.operation));
            }
            self.declare(None, compiled.base_schema(), true);
        }
        for container in compiled.extensions() {
            // One that nothing was done to is in step, or was not before.
            if declaration.is_none() && !self.touched.contains(&container.id) {
                continue;
            }
            let uri = &container.attribute.name;
            let had = original.assigned(uri).is_some();
            match (self.has_data(container), self.declares(uri)) {
                (true, false) => {
                    self.check_dropped(
                        container,
                        declaration.as_ref().filter(|_| declares(original.get("schemas"), uri)),
                    )?;
                    self.declare(Some(container.id), uri, false);
                }
                (false, true) if had => self.withdraw(container.id, uri),
                _ => {}
            }
        }
        Ok(())
    }

    /// A replaced `schemas` that leaves out an extension that has data (SCH-074).
    fn check_dropped(
        &mut self,
        container: &CompiledAttribute,
        declaration: Option<&Declaration<'_>>,
    ) -> Result<(), Error> {
        let Some(declaration) = declaration.filter(|declaration| declaration.op == Op::Replace)
        else {
            return Ok(());
        };
        if self.bend(Quirk::MissingSchemas, declaration.origin, "schemas") {
            return Ok(());
        }
        let error = Error::new(Code::UndeclaredExtension)
            .with("schema", container.attribute.name.clone())
            .path("schemas")
            .at(declaration.origin.pointer());
        Err(in_operation(error, declaration.operation))
    }

    fn declare(&mut self, id: Option<AttrId>, uri: &str, first: bool) {
        self.touch_schemas();
        let base = self.compiled.base_schema().to_owned();
        let uri = Value::from(uri.to_owned());
        match self.resource.get_mut("schemas") {
            Some(Value::Array(uris)) if first => uris.insert(0, uri),
            Some(Value::Array(uris)) if !uris.is_empty() => uris.push(uri),
            _ => {
                let mut uris = vec![Value::from(base)];
                if !first {
                    uris.push(uri);
                }
                self.resource.insert("schemas", Value::Array(uris));
            }
        }
        let last = self.resource.get("schemas").and_then(Value::as_array).unwrap_or_default();
        let index = if first { 0 } else { last.len().saturating_sub(1) };
        self.report_schemas(id, index, true);
    }

    fn withdraw(&mut self, id: AttrId, uri: &str) {
        self.touch_schemas();
        let uris = self.resource.get("schemas").and_then(Value::as_array).unwrap_or_default();
        let is_it = |other: &Value<'_>| other.as_str().is_some_and(|other| name::same(other, uri));
        if let Some(index) = uris.iter().position(is_it) {
            self.report_schemas(Some(id), index, false);
        }
        if let Some(uris) = self.resource.get_mut("schemas").and_then(Value::as_array_mut) {
            uris.retain(|other| !other.as_str().is_some_and(|other| name::same(other, uri)));
        }
    }

    fn touch_schemas(&mut self) {
        if let Some(schemas) = self.compiled.child(AttrId::ROOT, "schemas") {
            self.touched.push(schemas.id);
        }
    }
}

fn declares(schemas: Option<&Value<'_>>, uri: &str) -> bool {
    schemas.and_then(Value::as_array).is_some_and(|uris| {
        uris.iter().any(|other| other.as_str().is_some_and(|other| name::same(other, uri)))
    })
}
