//! A resource type with its schemas, laid out for walking.

use std::collections::{HashMap, HashSet};

use super::Compiled;
use super::attribute::{AttrId, CompiledAttribute, Identity, Role};
use super::lookup::Lookup;
use super::nature::{Brief, Demanded, Nature};
use super::{Attribute, Kind, Mutability, ResourceType, Returned, Schema, Uniqueness};
use crate::error::{Code, Issue, Pointer};
use crate::name;

impl Default for Compiled {
    /// A resource type with the common attributes alone.
    fn default() -> Self {
        let mut compiled =
            Self::bare(ResourceType::new("Resource", "/Resources", "urn:scimforge:none"));
        compiled.index();
        compiled
    }
}

impl Compiled {
    /// Compiles a resource type; its schemas are looked up in `schemas` without case.
    ///
    /// ```
    /// use scimforge::schema::{Compiled, ResourceType, builtin};
    ///
    /// let lost = ResourceType::new("Printer", "/Printers", "urn:example:Printer");
    /// let issues = Compiled::new(lost, builtin::schemas()).expect_err("nobody knows the schema");
    /// assert_eq!(issues[0].code.as_str(), "invalid-resource-type");
    /// ```
    ///
    /// # Errors
    /// `invalid-resource-type` for a schema that is not there, for one that stands twice, and
    /// for too many attributes.
    pub fn new(resource_type: ResourceType, schemas: &[Schema]) -> Result<Self, Vec<Issue>> {
        let mut issues = Vec::new();
        let mut by_id = HashMap::new();
        for schema in schemas {
            by_id.entry(schema.id.to_ascii_lowercase()).or_insert(schema);
        }
        let mut find = |uri: &str, at: Pointer| {
            let found = by_id.get(&uri.to_ascii_lowercase()).copied();
            if found.is_none() {
                issues.push(
                    Issue::new(Code::InvalidResourceType)
                        .at(at)
                        .with("reason", format!("the schema `{uri}` is not there")),
                );
            }
            found
        };
        let main = find(&resource_type.schema, Pointer::root().name("schema"));
        let at = |index| Pointer::root().name("schemaExtensions").index(index).name("schema");
        let extensions: Vec<Option<&Schema>> = resource_type
            .schema_extensions
            .iter()
            .enumerate()
            .map(|(index, extension)| find(&extension.schema, at(index)))
            .collect();
        let mut uris = HashSet::from([resource_type.schema.to_ascii_lowercase()]);
        for (index, extension) in resource_type.schema_extensions.iter().enumerate() {
            if !uris.insert(extension.schema.to_ascii_lowercase()) {
                issues.push(
                    Issue::new(Code::InvalidResourceType)
                        .at(at(index))
                        .with("reason", format!("the schema `{}` stands twice", extension.schema)),
                );
            }
        }
        let mut compiled = Self::bare(resource_type);
        if let Some(main) = main {
            // What RFC 7643 §3.1 says of the common attributes wins over any schema (SCH-050).
            let common: Vec<Box<str>> =
                compiled.children(AttrId::ROOT).map(|child| child.attribute.name.clone()).collect();
            let own = |attribute: &&Attribute| {
                !common.iter().any(|name| name::same(name, &attribute.name))
            };
            for attribute in main.attributes.iter().filter(own) {
                compiled.add(AttrId::ROOT, attribute, Role::Core, "");
            }
        }
        for (index, schema) in extensions.iter().enumerate() {
            let Some(schema) = schema else { continue };
            let required = compiled
                .resource_type
                .schema_extensions
                .get(index)
                .is_some_and(|extension| extension.required);
            let mut container = Attribute::new(&schema.id, Kind::Complex);
            container.required = required;
            container.description = schema.description.clone();
            let id = compiled.add(AttrId::ROOT, &container, Role::Container, "");
            for attribute in &schema.attributes {
                compiled.add(id, attribute, Role::Extension, &format!("{}:", schema.id));
            }
        }
        if compiled.attributes.len() > usize::from(u16::MAX) {
            issues.push(
                Issue::new(Code::InvalidResourceType).with("reason", "it has too many attributes"),
            );
        }
        if !issues.is_empty() {
            return Err(issues);
        }
        compiled.index();
        Ok(compiled)
    }

    /// Makes what is looked up by name, once all attributes are there.
    pub(super) fn index(&mut self) {
        let named = |child: &CompiledAttribute| (child.id.0, child.attribute.name.clone());
        let lookups: Vec<Lookup> = self
            .attributes
            .iter()
            .map(|entry| Lookup::new(self.children(entry.id).map(named)))
            .collect();
        for (entry, lookup) in self.attributes.iter_mut().zip(lookups) {
            entry.lookup = lookup;
        }
        // By the lookups, so after them.
        let natures: Vec<Nature> =
            self.attributes.iter().map(|entry| Nature::of(self, entry)).collect();
        for (entry, nature) in self.attributes.iter_mut().zip(natures) {
            entry.nature = nature;
        }
        self.has_immutable =
            self.attributes.iter().any(|entry| entry.mutability == Mutability::Immutable);
        self.briefs = self.attributes.iter().map(|entry| Brief::of(self, entry)).collect();
        self.demanded = self.attributes.iter().map(|entry| Demanded::of(self, entry)).collect();
    }

    fn bare(resource_type: ResourceType) -> Self {
        let mut root = Attribute::new("", Kind::Complex);
        root.description = resource_type.description.clone();
        let mut compiled = Self {
            briefs: Vec::new(),
            demanded: Vec::new(),
            identity: Identity::default(),
            has_immutable: false,
            resource_type,
            attributes: vec![CompiledAttribute::root(root)],
        };
        for attribute in common() {
            compiled.add(AttrId::ROOT, &attribute, Role::Common, "");
        }
        if !compiled.resource_has_common_id() {
            // ServiceProviderConfig and ResourceType have no id of their own (SCH-087).
            if let Some(id) =
                compiled.attributes.iter_mut().find(|entry| &*entry.attribute.name == "id")
            {
                id.attribute.required = false;
                id.attribute.returned = Returned::Default;
            }
        }
        compiled
    }

    fn add(&mut self, parent: AttrId, attribute: &Attribute, role: Role, prefix: &str) -> AttrId {
        // More than u16::MAX attributes saturate here and are refused at the end of `new`.
        let id = AttrId(u16::try_from(self.attributes.len()).unwrap_or(u16::MAX));
        let path: Box<str> = format!("{prefix}{}", attribute.name).into();
        let mut own = attribute.clone();
        own.sub_attributes = Vec::new();
        let place = self.attribute(parent).children.len();
        self.attributes.push(CompiledAttribute {
            id,
            parent,
            role,
            path: path.clone(),
            place,
            ..CompiledAttribute::root(own)
        });
        if let Some(entry) = self.attributes.get_mut(parent.index()) {
            if attribute.required
                || attribute.mutability == Mutability::Immutable
                || role == Role::Common
            {
                entry.watched.push(entry.children.len());
            }
            if role == Role::Container {
                entry.containers.push(entry.children.len());
            }
            entry.children.push(id);
        }
        let prefix = format!("{path}.");
        for sub in &attribute.sub_attributes {
            self.add(id, sub, role, &prefix);
        }
        id
    }
}

/// The common attributes of RFC 7643 §3 and §3.1.
fn common() -> [Attribute; 4] {
    let mut schemas = Attribute::new("schemas", Kind::Reference);
    schemas.multi_valued = true;
    // Unlike other references: schema URIs are compared without case (SCH-072).
    schemas.case_exact = false;
    schemas.required = true;
    schemas.returned = Returned::Always;
    schemas.reference_types = vec!["uri".into()];
    schemas.description = "The schemas of the resource".into();
    let exact = |name: &str, description: &str| {
        let mut attribute = Attribute::new(name, Kind::String);
        attribute.case_exact = true;
        attribute.description = description.into();
        attribute
    };
    let mut id = exact("id", "Identifier issued by the server");
    id.mutability = Mutability::ReadOnly;
    id.returned = Returned::Always;
    id.uniqueness = Uniqueness::Server;
    id.required = true;
    let external_id = exact("externalId", "Identifier issued by the client");
    let mut meta = Attribute::new("meta", Kind::Complex);
    meta.description = "What the server knows about the resource".into();
    let mut location = Attribute::new("location", Kind::Reference);
    location.description = "Where the resource is".into();
    location.reference_types = vec!["uri".into()];
    let mut created = Attribute::new("created", Kind::DateTime);
    created.description = "When it was added".into();
    let mut last_modified = Attribute::new("lastModified", Kind::DateTime);
    last_modified.description = "When it was last changed".into();
    meta.sub_attributes = vec![
        exact("resourceType", "Name of the resource type"),
        created,
        last_modified,
        location,
        exact("version", "Version, as in the ETag header"),
    ];
    meta.mutability = Mutability::ReadOnly;
    for sub in &mut meta.sub_attributes {
        sub.mutability = Mutability::ReadOnly;
    }
    [schemas, id, external_id, meta]
}

#[cfg(test)]
mod tests {
    use super::super::builtin;
    use super::*;

    #[test]
    fn paths_and_parents_are_in_canonical_form() {
        let user = builtin::user();
        let manager = user
            .extension(super::super::ENTERPRISE_USER.to_uppercase().as_str())
            .expect("extension");
        let manager = user.child(manager.id, "MANAGER").expect("manager");
        let value = user.child(manager.id, "Value").expect("value");
        assert_eq!(
            &*value.path,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"
        );
        assert!(value.case_exact);
        assert_eq!(user.chain(value.id).len(), 3);
        let id = user.child(AttrId::ROOT, "ID").expect("id");
        assert_eq!((id.role, id.mutability), (Role::Common, Mutability::ReadOnly));
    }
}
