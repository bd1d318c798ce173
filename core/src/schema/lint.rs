//! What is doubtful in schema documents: beyond what makes them unreadable, what makes clients
//! and servers understand them differently.

use std::collections::HashSet;

use super::document::CHARACTERISTICS;
use super::{Kind, Mutability, ResourceType, Returned, Schema, Uniqueness, builtin};
use crate::error::{Code, Issue, Pointer, Severity};
use crate::name;
use crate::text;
use crate::value::{Object, Value};

/// Everything that is wrong or doubtful in a schema document, or in a resource type with its
/// schemas (`{"resourceType": {…}, "schemas": [{…}]}`). Errors make the document unreadable
/// ([`Schema::from_value`]) and come first; warnings are contradictions, advice is what is
/// missing for people.
///
/// An extension is compared with the schema that it extends: with the main schema of the resource
/// type, or alone, when its URI has a segment `extension` and ends in the name of a schema of RFC
/// 7643, with that one.
///
/// ```
/// use scimforge::{schema::lint, value::read};
///
/// let badge = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
///     "id": "urn:acme:Badge", "description": "A badge", "attributes": [
///         {"name": "pin", "description": "Opens doors", "mutability": "writeOnly"}]}"#)?;
/// let found = lint(&badge);
/// assert_eq!(found[0].to_string(), "readable-secret at /attributes/0: `pin` is written only, yet not returned never");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn lint(document: &Value<'_>) -> Vec<Issue> {
    let mut errors = Vec::new();
    let mut findings = Vec::new();
    if let Some(resource_type) = document.get("resourceType") {
        let at = Pointer::root().name("resourceType");
        errors.extend(
            ResourceType::from_value(resource_type)
                .err()
                .into_iter()
                .flatten()
                .map(|issue| issue.below(&at)),
        );
        let main = resource_type.get("schema").and_then(Value::as_str).unwrap_or_default();
        let list = document.get("schemas").and_then(Value::as_array).unwrap_or_default();
        let own = list.iter().find(|schema| id(schema).is_some_and(|id| name::same(id, main)));
        let core = own.map(names).or_else(|| built_in(|schema| name::same(&schema.id, main)));
        for (index, schema) in list.iter().enumerate() {
            let at = Pointer::root().name("schemas").index(index);
            errors.extend(
                Schema::from_value(schema)
                    .err()
                    .into_iter()
                    .flatten()
                    .map(|issue| issue.below(&at)),
            );
            let extends = id(schema).is_some_and(|id| !name::same(id, main));
            let mut linting = Linting { findings: &mut findings };
            linting.schema(schema, &at, core.as_ref().filter(|_| extends));
        }
    } else {
        errors.extend(Schema::from_value(document).err().into_iter().flatten());
        let core = id(document).and_then(extended);
        Linting { findings: &mut findings }.schema(document, &Pointer::root(), core.as_ref());
    }
    errors.append(&mut findings);
    errors
}

fn id<'v>(schema: &'v Value<'_>) -> Option<&'v str> {
    schema.get("id").and_then(Value::as_str)
}

/// Names of attributes in lower case.
type Names = HashSet<String>;

fn names(schema: &Value<'_>) -> Names {
    let list = schema.get("attributes").and_then(Value::as_array).unwrap_or_default();
    list.iter()
        .filter_map(|attribute| attribute.get("name")?.as_str())
        .map(str::to_ascii_lowercase)
        .collect()
}

fn built_in(is: impl Fn(&&Schema) -> bool) -> Option<Names> {
    let schema = builtin::schemas().iter().find(is)?;
    Some(schema.attributes.iter().map(|attribute| attribute.name.to_ascii_lowercase()).collect())
}

/// The names of the attributes of the schema that an extension with this URI is for.
fn extended(id: &str) -> Option<Names> {
    let is_extension = id.split(':').any(|segment| name::same(segment, "extension"));
    let last = id.rsplit(':').next()?;
    let is = |schema: &&Schema| name::same(&schema.name, last) && !name::same(&schema.id, id);
    built_in(is).filter(|_| is_extension)
}

const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];
/// URIs of messages begin so, and are not served as schemas (SCH-076).
const MESSAGES: &str = "urn:ietf:params:scim:api:";
/// As deep as subAttributes of subAttributes, which only the schema of schemas has (SCH-006).
const DEEPEST: usize = 3;

struct Linting<'f> {
    findings: &'f mut Vec<Issue>,
}

/// An attribute as the document has it; a characteristic that is not readable has its default.
struct Seen<'v> {
    object: &'v Object<'v>,
    name: &'v str,
    path: String,
    at: Pointer,
    kind: Kind,
    mutability: Mutability,
}

impl Seen<'_> {
    fn list(&self, member: &str) -> &[Value<'_>] {
        self.object.get(member).and_then(Value::as_array).unwrap_or_default()
    }

    fn word<T>(&self, member: &str, parse: fn(&str) -> Option<T>) -> Option<T> {
        self.object.get(member).and_then(Value::as_str).and_then(parse)
    }

    fn flag(&self, member: &str) -> Option<bool> {
        self.object.get(member).and_then(Value::as_bool)
    }

    /// An issue at a characteristic.
    fn issue(&self, code: Code, severity: Severity, member: &str) -> Issue {
        let at =
            if self.object.get(member).is_some() { self.at.name(member) } else { self.at.clone() };
        Issue::new(code)
            .severity(severity)
            .at(at)
            .path(self.path.clone())
            .with("attribute", self.name)
    }
}

impl Linting<'_> {
    fn add(&mut self, issue: Issue) {
        self.findings.push(issue);
    }

    fn schema(&mut self, schema: &Value<'_>, at: &Pointer, core: Option<&Names>) {
        let Some(object) = schema.as_object() else { return };
        let uri = object.get("id").and_then(Value::as_str).unwrap_or_default();
        if name::starts_with(uri, MESSAGES)
            || (uri.contains(':') && !name::starts_with(uri, "urn:"))
        {
            self.add(
                Issue::new(Code::DoubtfulSchemaUri).severity(Severity::Warning).at(at.name("id")),
            );
        }
        if object.get("schemas").is_none() {
            let issue =
                Issue::new(Code::MissingSchemas).cited("SCH-143").with("schema", super::SCHEMA);
            self.add(issue.severity(Severity::Advice).at(at.clone()));
        }
        if is_blank(object) {
            self.add(
                Issue::new(Code::NoDescription)
                    .severity(Severity::Advice)
                    .at(at.clone())
                    .with("attribute", "schema"),
            );
        }
        let Some(list) = object.get("attributes").and_then(Value::as_array) else { return };
        let at = at.name("attributes");
        if list.is_empty() {
            let issue = Issue::new(Code::EmptyValue).severity(Severity::Warning).cited("SCH-142");
            self.add(issue.at(at.clone()).with("attribute", "attributes"));
        }
        // The schemas of discovery have an `id` or a `schemas` of their own kind (SCH-087).
        let discovery = [super::SCHEMA, super::RESOURCE_TYPE, super::SERVICE_PROVIDER_CONFIG];
        let common: &[&str] =
            if discovery.iter().any(|known| name::same(known, uri)) { &[] } else { &COMMON };
        for (index, attribute) in list.iter().enumerate() {
            let Some(seen) = seen(attribute, at.index(index), None) else { continue };
            if common.iter().any(|common| name::same(common, seen.name)) {
                let issue = seen.issue(Code::RedefinedAttribute, Severity::Warning, "name");
                self.add(
                    issue
                        .with("owner", "every resource")
                        .helped("leave it out: what it says here is ignored"),
                );
            } else if core.is_some_and(|core| core.contains(&seen.name.to_ascii_lowercase())) {
                let issue = seen
                    .issue(Code::RedefinedAttribute, Severity::Warning, "name")
                    .cited("SCH-075");
                self.add(issue.with("owner", "the schema that this one extends"));
            }
            self.attribute(&seen, DEEPEST);
        }
    }

    fn attribute(&mut self, seen: &Seen<'_>, deeper: usize) {
        let Some(deeper) = deeper.checked_sub(1) else { return };
        if is_blank(seen.object) {
            self.add(seen.issue(Code::NoDescription, Severity::Advice, ""));
        }
        for (member, _) in seen.object.iter() {
            let known = CHARACTERISTICS.iter().any(|known| name::same(known, member));
            let meant = name::nearest(member, CHARACTERISTICS.iter().copied()).filter(|_| !known);
            if let Some(meant) = meant {
                let issue = seen.issue(Code::UnknownAttribute, Severity::Warning, member);
                self.add(
                    issue
                        .with("name", member)
                        .with("parent", "an attribute in a schema")
                        .cited("SCH-145")
                        .helped(format!("did you mean `{meant}`?")),
                );
            }
        }
        self.misplaced(seen);
        self.values(seen);
        self.access(seen);
        if seen.kind != Kind::Complex {
            return;
        }
        let list = seen.list("subAttributes");
        if list.is_empty() {
            self.add(seen.issue(Code::NoSubAttributes, Severity::Warning, "subAttributes"));
        }
        let at = seen.at.name("subAttributes");
        for (index, sub) in list.iter().enumerate() {
            let Some(sub) = self::seen(sub, at.index(index), Some(&seen.path)) else { continue };
            self.sub_attribute(seen, &sub);
            self.attribute(&sub, deeper);
        }
    }

    /// Characteristics that mean nothing for the type.
    fn misplaced(&mut self, seen: &Seen<'_>) {
        let kind = seen.kind;
        let unique =
            seen.word("uniqueness", Uniqueness::parse).is_some_and(|word| word != Uniqueness::None);
        let no_unique =
            matches!(kind, Kind::Complex | Kind::Boolean | Kind::DateTime | Kind::Binary);
        let no_canonical = matches!(kind, Kind::Complex | Kind::Boolean | Kind::Binary);
        for (member, spec, misplaced) in [
            ("uniqueness", "SCH-045", unique && no_unique),
            (
                "canonicalValues",
                "SCH-046",
                no_canonical && !seen.list("canonicalValues").is_empty(),
            ),
            (
                "referenceTypes",
                "SCH-027",
                kind != Kind::Reference && !seen.list("referenceTypes").is_empty(),
            ),
            ("caseExact", "SCH-041", seen.flag("caseExact") == Some(true) && !kind.is_textual()),
        ] {
            if misplaced {
                let issue = seen
                    .issue(Code::MisplacedCharacteristic, Severity::Warning, member)
                    .cited(spec);
                self.add(issue.with("characteristic", member).with("kind", kind.described()));
            }
        }
        if seen.flag("caseExact") == Some(false) && matches!(kind, Kind::Binary | Kind::Reference) {
            self.add(
                seen.issue(Code::AlwaysCaseExact, Severity::Warning, "caseExact")
                    .with("kind", kind.described()),
            );
        }
    }

    fn values(&mut self, seen: &Seen<'_>) {
        if seen.kind == Kind::Reference && seen.list("referenceTypes").is_empty() {
            self.add(seen.issue(Code::NoReferenceTypes, Severity::Warning, "referenceTypes"));
        }
        let exact = seen.flag("caseExact") == Some(true) || seen.kind != Kind::String;
        let mut values = HashSet::new();
        for (index, value) in seen.list("canonicalValues").iter().enumerate() {
            let Some(value) = value.as_str() else { continue };
            if !values.insert(text::key(value, exact)) {
                let issue = seen
                    .issue(Code::DuplicateValue, Severity::Warning, "canonicalValues")
                    .cited("SCH-046");
                let at = issue.pointer.index(index);
                self.add(issue.at(at));
            }
        }
    }

    /// Who may write and who may read, against each other.
    fn access(&mut self, seen: &Seen<'_>) {
        let returned = seen.word("returned", Returned::parse).unwrap_or(Returned::Default);
        match (seen.mutability, returned) {
            (Mutability::WriteOnly, Returned::Never) => {}
            (Mutability::WriteOnly, _) => {
                self.add(seen.issue(Code::ReadableSecret, Severity::Warning, "returned"));
            }
            (Mutability::ReadOnly, Returned::Never) => {
                self.add(seen.issue(Code::NobodySees, Severity::Warning, "returned"));
            }
            _ => {}
        }
        if seen.flag("required") == Some(true) && seen.mutability == Mutability::ReadOnly {
            self.add(seen.issue(Code::RequiredReadOnly, Severity::Advice, "required"));
        }
    }

    fn sub_attribute(&mut self, parent: &Seen<'_>, seen: &Seen<'_>) {
        if parent.mutability == Mutability::ReadOnly && seen.mutability != Mutability::ReadOnly {
            self.add(
                seen.issue(Code::WritableInReadOnly, Severity::Warning, "mutability")
                    .with("parent", parent.name),
            );
        }
        // The default sub-attributes keep their meanings (SCH-060); `value` has any type.
        let meant = match seen.name {
            "primary" => Kind::Boolean,
            "type" | "display" => Kind::String,
            "$ref" => Kind::Reference,
            _ => return,
        };
        if seen.kind != meant && parent.flag("multiValued") == Some(true) {
            let issue = seen.issue(Code::DefaultSubAttribute, Severity::Warning, "type");
            self.add(issue.with("kind", seen.kind.described()).with("expected", meant.described()));
        }
    }
}

fn is_blank(object: &Object<'_>) -> bool {
    object.get("description").and_then(Value::as_str).is_none_or(|text| text.trim().is_empty())
}

fn seen<'v>(attribute: &'v Value<'_>, at: Pointer, parent: Option<&str>) -> Option<Seen<'v>> {
    let object = attribute.as_object()?;
    let name = object.get("name").and_then(Value::as_str).filter(|name| name::is_valid(name))?;
    let path = parent.map_or_else(|| name.to_owned(), |parent| format!("{parent}.{name}"));
    let mut seen =
        Seen { object, name, path, at, kind: Kind::String, mutability: Mutability::ReadWrite };
    seen.kind = seen.word("type", Kind::parse).unwrap_or(Kind::String);
    seen.mutability = seen.word("mutability", Mutability::parse).unwrap_or(Mutability::ReadWrite);
    Some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_schemas_need_advice_at_most() {
        for schema in builtin::schemas() {
            for issue in lint(&schema.to_value()) {
                assert_eq!(issue.code, Code::RequiredReadOnly, "{}: {issue}", schema.id);
            }
        }
    }

    #[test]
    fn depth_is_bounded() {
        let mut attribute = r#"{"name": "deep", "type": "string"}"#.to_owned();
        for _ in 0..12 {
            attribute =
                format!(r#"{{"name": "deep", "type": "complex", "subAttributes": [{attribute}]}}"#);
        }
        let text = format!(r#"{{"id": "urn:x:Deep", "attributes": [{attribute}]}}"#);
        let found = lint(&crate::value::read(&text).expect("JSON"));
        assert!(found.iter().any(|issue| issue.code == Code::NestedComplex));
        assert!(found.iter().all(|issue| issue.pointer.segments().len() <= 8));
    }
}
