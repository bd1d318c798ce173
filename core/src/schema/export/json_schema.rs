//! JSON Schema, drafts 2020-12 and 07.

use super::super::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Role};
use super::{is_demanded, is_secret};
use crate::validate::Mode;
use crate::value::{Object, Value};

/// A draft of JSON Schema.
///
/// ```
/// use scimforge::schema::{builtin, export::{Draft, json_schema}};
/// use scimforge::validate::Mode;
///
/// let schema = json_schema(&builtin::group(), Draft::D07, Mode::Response);
/// assert!(schema.get("$schema").is_some_and(|uri| uri.to_string().contains("draft-07")));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Draft {
    /// 2020-12.
    #[default]
    D2020,
    /// 07.
    D07,
}

impl Draft {
    /// The draft by the name that `$schema` has it: `2020-12` or `07`.
    ///
    /// ```
    /// use scimforge::schema::export::Draft;
    ///
    /// assert_eq!(Draft::parse("2020-12"), Some(Draft::D2020));
    /// assert_eq!(Draft::parse("04"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "2020-12" => Some(Self::D2020),
            "07" => Some(Self::D07),
            _ => None,
        }
    }

    fn uri(self) -> &'static str {
        match self {
            Self::D2020 => "https://json-schema.org/draft/2020-12/schema",
            Self::D07 => "http://json-schema.org/draft-07/schema#",
        }
    }
}

/// A JSON Schema for the documents of a mode: titles, descriptions, types, formats and what is
/// required. It is open: other members are allowed, and canonical values are `examples`, not an
/// `enum` (RFC 7643 §7). In answers what is never returned is left out. That one value at most is
/// primary only draft 2020-12 can say.
///
/// ```
/// use scimforge::schema::{builtin, export::{Draft, json_schema}};
/// use scimforge::validate::Mode;
///
/// let schema = json_schema(&builtin::user(), Draft::D2020, Mode::Create);
/// assert_eq!(schema.get("required").unwrap().to_string(), r#"["schemas","userName"]"#);
/// let active = schema.get("properties").and_then(|all| all.get("active")).unwrap();
/// assert_eq!(active.get("type").and_then(|kind| kind.as_str()), Some("boolean"));
/// ```
pub fn json_schema(compiled: &Compiled, draft: Draft, mode: Mode) -> Value<'static> {
    let resource_type = compiled.resource_type();
    let mut schema = Object::new();
    schema.insert("$schema", Value::from(draft.uri()));
    schema.insert("$id", Value::copied(compiled.base_schema()));
    let export = Export { compiled, draft, mode };
    described(&mut schema, &resource_type.name, &resource_type.description);
    export.object(&mut schema, AttrId::ROOT);
    schema.into()
}

struct Export<'c> {
    compiled: &'c Compiled,
    draft: Draft,
    mode: Mode,
}

fn described(schema: &mut Object<'static>, title: &str, description: &str) {
    schema.insert("title", Value::copied(title));
    if !description.is_empty() {
        schema.insert("description", Value::copied(description));
    }
}

impl Export<'_> {
    /// The members of an object.
    fn object(&self, schema: &mut Object<'static>, parent: AttrId) {
        let mut properties = Vec::new();
        let mut required = Vec::new();
        for child in self.compiled.children(parent) {
            if self.mode == Mode::Response && is_secret(child) {
                continue;
            }
            if is_demanded(self.compiled, child, self.mode) {
                required.push(Value::copied(&child.attribute.name));
            }
            properties.push((child.attribute.name.to_string(), self.property(child)));
        }
        schema.insert("type", Value::from("object"));
        schema.insert("properties", Value::Object(properties.into_iter().collect()));
        if !required.is_empty() {
            schema.insert("required", Value::Array(required));
        }
    }

    fn property(&self, attribute: &CompiledAttribute) -> Value<'static> {
        let mut schema = Object::new();
        described(&mut schema, &title(attribute), &attribute.description);
        if attribute.multi_valued {
            let mut items = Object::new();
            self.value(&mut items, attribute);
            schema.insert("type", Value::from("array"));
            schema.insert("items", items.into());
            self.list(&mut schema, attribute);
        } else {
            self.value(&mut schema, attribute);
        }
        if attribute.mutability == Mutability::ReadOnly {
            schema.insert("readOnly", true.into());
        } else if is_secret(attribute) {
            schema.insert("writeOnly", true.into());
        }
        schema.into()
    }

    /// What holds of the values of a list together.
    fn list(&self, schema: &mut Object<'static>, attribute: &CompiledAttribute) {
        if attribute.role == Role::Common {
            let base = Object::from_iter([("const", Value::copied(self.compiled.base_schema()))]);
            schema.insert("contains", base.into());
            schema.insert("uniqueItems", true.into());
        } else if self.draft == Draft::D2020
            && let Some(primary) = self.compiled.child(attribute.id, "primary")
            && primary.kind == Kind::Boolean
        {
            let truth = Object::from_iter([("const", Value::Bool(true))]);
            let name = Value::copied(&primary.attribute.name);
            let is_primary = Object::from_iter([
                (
                    "properties",
                    Object::from_iter([(primary.attribute.name.to_string(), truth.into())]).into(),
                ),
                ("required", Value::Array(vec![name])),
            ]);
            schema.insert("contains", is_primary.into());
            schema.insert("minContains", Value::integer(0));
            schema.insert("maxContains", Value::integer(1));
        }
    }

    fn value(&self, schema: &mut Object<'static>, attribute: &CompiledAttribute) {
        let (kind, more) = match attribute.kind {
            Kind::Complex => return self.object(schema, attribute.id),
            Kind::String => ("string", None),
            Kind::Boolean => ("boolean", None),
            Kind::Decimal => ("number", None),
            Kind::Integer => ("integer", None),
            Kind::DateTime => ("string", Some(("format", "date-time"))),
            // Relative ones are allowed (SCH-026).
            Kind::Reference => ("string", Some(("format", "uri-reference"))),
            Kind::Binary => ("string", Some(("contentEncoding", "base64"))),
        };
        schema.insert("type", Value::from(kind));
        if let Some((member, word)) = more {
            schema.insert(member, Value::from(word));
        }
        if !attribute.canonical_values.is_empty() {
            let values =
                attribute.canonical_values.iter().map(|value| Value::copied(value)).collect();
            schema.insert("examples", Value::Array(values));
        }
    }
}

/// The name as words for people: `Given name`, `X509 certificates`.
fn title(attribute: &CompiledAttribute) -> String {
    let whole = &attribute.attribute.name;
    let name = if attribute.role == Role::Container {
        whole.rsplit(':').next().unwrap_or(whole)
    } else {
        whole
    };
    let mut title = String::with_capacity(name.len() + 4);
    let mut lower = false;
    for letter in name.trim_start_matches('$').chars() {
        if letter.is_ascii_uppercase() && lower {
            title.push(' ');
            title.push(letter.to_ascii_lowercase());
        } else if title.is_empty() {
            title.push(letter.to_ascii_uppercase());
        } else {
            title.push(letter);
        }
        lower = !letter.is_ascii_uppercase();
    }
    title
}
