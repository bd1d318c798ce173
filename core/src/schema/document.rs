//! Schema documents: RFC 7643 §7, in and out.

use super::{Kind, Mutability, Returned, Uniqueness};
use crate::error::{Code, Error, Issue, Pointer, Span};
use crate::name;
use crate::path::AttributePath;
use crate::value::{Object, Value};

/// A schema as a document describes it.
///
/// ```
/// use scimforge::schema::Schema;
/// use scimforge::value::read;
///
/// let badge = Schema::from_value(&read(r#"{"id": "urn:example:Badge", "name": "Badge",
///     "attributes": [{"name": "colour", "type": "string", "x-shown": true}]}"#)?)?;
/// assert_eq!(&*badge.attributes[0].name, "colour");
/// assert!(badge.attributes[0].other.get("x-shown").is_some(), "what nobody knows is kept");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Its URI.
    pub id: Box<str>,
    /// Its name for people.
    pub name: Box<str>,
    /// What it describes.
    pub description: Box<str>,
    /// Its attributes, in order.
    pub attributes: Vec<Attribute>,
    /// Members that RFC 7643 does not know, kept for writing (SCH-145).
    pub other: Object<'static>,
}

/// An attribute as a schema describes it, with the defaults of RFC 7643 §2.2 filled in.
///
/// ```
/// use scimforge::schema::{Attribute, Kind};
///
/// let mut seats = Attribute::new("seats", Kind::Integer);
/// seats.required = true;
/// assert!(!seats.multi_valued);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    /// Its name in canonical case.
    pub name: Box<str>,
    /// The type of its values.
    pub kind: Kind,
    /// Whether there can be more than one value.
    pub multi_valued: bool,
    /// What it is for.
    pub description: Box<str>,
    /// Whether clients must send it.
    pub required: bool,
    /// Suggested values.
    pub canonical_values: Vec<Box<str>>,
    /// Whether case counts in comparisons. Always true of binary and reference (SCH-041).
    pub case_exact: bool,
    /// Who may set it.
    pub mutability: Mutability,
    /// When it is part of an answer.
    pub returned: Returned,
    /// Among which resources its value must be unique.
    pub uniqueness: Uniqueness,
    /// What a reference can point to.
    pub reference_types: Vec<Box<str>>,
    /// The attributes of a complex value.
    pub sub_attributes: Vec<Attribute>,
    /// Members that RFC 7643 does not know, or not of this type, kept for writing (SCH-145).
    pub other: Object<'static>,
}

impl Attribute {
    /// A read-write, single-valued attribute with every default.
    ///
    /// ```
    /// use scimforge::schema::{Attribute, Kind, Mutability, Returned};
    ///
    /// let colour = Attribute::new("colour", Kind::String);
    /// assert_eq!((colour.mutability, colour.returned), (Mutability::ReadWrite, Returned::Default));
    /// ```
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: name.into(),
            kind,
            multi_valued: false,
            description: "".into(),
            required: false,
            canonical_values: Vec::new(),
            case_exact: matches!(kind, Kind::Binary | Kind::Reference),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            sub_attributes: Vec::new(),
            other: Object::new(),
        }
    }
}

impl Schema {
    /// Reads a schema document. Missing characteristics take their defaults; members that RFC
    /// 7643 does not know are kept as they are (SCH-145).
    ///
    /// ```
    /// use scimforge::schema::Schema;
    /// use scimforge::value::read;
    ///
    /// let document = read(r#"{"id": "urn:example:Badge",
    ///     "attributes": [{"name": "pin", "type": "txt"}, {"name": "2nd"}]}"#)?;
    /// let issues = Schema::from_value(&document).expect_err("two mistakes");
    /// assert!(issues.len() >= 2 && issues.iter().all(|issue| issue.code.as_str() == "invalid-schema"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// All of them, not the first: `invalid-schema` and `nested-complex`, each with its pointer.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Vec<Issue>> {
        let mut reading = Reading { issues: Vec::new() };
        let schema = reading.schema(value);
        match schema {
            Some(schema) if reading.issues.is_empty() => Ok(schema),
            _ => Err(reading.issues),
        }
    }

    /// The document, as `/Schemas` serves it (without `meta`, which depends on the server).
    ///
    /// ```
    /// use scimforge::schema::{Schema, builtin};
    ///
    /// let written = builtin::schemas()[0].to_value();
    /// assert_eq!(Schema::from_value(&written)?.attributes.len(), builtin::schemas()[0].attributes.len());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("schemas", Value::Array(vec![Value::from(super::SCHEMA)]));
        object.insert("id", Value::copied(&self.id));
        object.insert("name", Value::copied(&self.name));
        if !self.description.is_empty() {
            object.insert("description", Value::copied(&self.description));
        }
        object.insert(
            "attributes",
            self.attributes.iter().map(Attribute::to_value).collect::<Vec<_>>().into(),
        );
        with_other(object, &self.other)
    }
}

/// The members that have no field; one that has been written already stays.
fn with_other(written: Object<'static>, other: &Object<'static>) -> Value<'static> {
    let kept: Vec<_> = other.iter().filter(|(name, _)| written.get(name).is_none()).collect();
    let kept = kept.into_iter().map(|(name, value)| (name.to_owned().into(), value.clone()));
    written.into_iter().chain(kept).collect::<Object<'static>>().into()
}

/// The members of `object` that are not among `known`.
fn others(object: &Object<'_>, known: &[&str]) -> Object<'static> {
    let unknown = |name: &str| !known.iter().any(|known| name::same(known, name));
    let members = object.iter().filter(|(name, _)| unknown(name));
    members.map(|(name, value)| (name.to_owned(), value.clone().into_owned())).collect()
}

fn texts(list: &[Box<str>]) -> Value<'static> {
    Value::Array(list.iter().map(|item| Value::copied(item)).collect())
}

impl Attribute {
    fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("name", Value::copied(&self.name));
        object.insert("type", Value::from(self.kind.as_str()));
        object.insert("multiValued", Value::Bool(self.multi_valued));
        if !self.description.is_empty() {
            object.insert("description", Value::copied(&self.description));
        }
        object.insert("required", Value::Bool(self.required));
        if !self.canonical_values.is_empty() {
            object.insert("canonicalValues", texts(&self.canonical_values));
        }
        let textual = self.kind.is_textual();
        if textual {
            object.insert("caseExact", Value::Bool(self.case_exact));
        }
        object.insert("mutability", Value::from(self.mutability.as_str()));
        object.insert("returned", Value::from(self.returned.as_str()));
        // It says nothing of the other kinds, but nothing that was said is lost.
        let has_uniqueness = textual || matches!(self.kind, Kind::Integer | Kind::Decimal);
        if has_uniqueness || self.uniqueness != Uniqueness::None {
            object.insert("uniqueness", Value::from(self.uniqueness.as_str()));
        }
        if !self.reference_types.is_empty() {
            object.insert("referenceTypes", texts(&self.reference_types));
        }
        if !self.sub_attributes.is_empty() {
            let subs = self.sub_attributes.iter().map(Self::to_value).collect::<Vec<_>>();
            object.insert("subAttributes", subs.into());
        }
        with_other(object, &self.other)
    }
}

/// The members that [`Attribute`] has a field for.
pub(super) const CHARACTERISTICS: &[&str] = &[
    "name",
    "type",
    "multiValued",
    "description",
    "required",
    "canonicalValues",
    "caseExact",
    "mutability",
    "returned",
    "uniqueness",
    "referenceTypes",
    "subAttributes",
];

struct Reading {
    issues: Vec<Issue>,
}

impl Reading {
    fn wrong(&mut self, at: &Pointer, reason: impl Into<Box<str>>) {
        self.issues.push(Issue::new(Code::InvalidSchema).at(at.clone()).with("reason", reason));
    }

    fn schema(&mut self, value: &Value<'_>) -> Option<Schema> {
        let root = Pointer::root();
        let Some(object) = value.as_object() else {
            self.wrong(&root, format!("a schema is an object, this is {}", value.kind_name()));
            return None;
        };
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        // It must be one that paths can begin with: no blanks, brackets or quotes.
        let is_uri = id.contains(':')
            && AttributePath::parse(&format!("{id}:name"), Span::new(0, 0)).is_some();
        if !is_uri {
            self.wrong(&root.name("id"), "`id` must be the URI of the schema");
        }
        let Some(list) = object.get("attributes").and_then(Value::as_array) else {
            self.wrong(&root.name("attributes"), "`attributes` must be an array");
            return None;
        };
        // The Schema schema itself is the one exception to flat complex values (SCH-006).
        let nesting = if name::same(id, super::SCHEMA) { 3 } else { 2 };
        let attributes = self.attributes(list, &root.name("attributes"), nesting);
        let named = object.get("name").and_then(Value::as_str);
        Some(Schema {
            id: id.into(),
            name: named.unwrap_or_else(|| id.rsplit(':').next().unwrap_or_default()).into(),
            description: object
                .get("description")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into(),
            attributes,
            other: others(object, &["schemas", "id", "meta", "name", "description", "attributes"]),
        })
    }

    fn attributes(&mut self, list: &[Value<'_>], at: &Pointer, nesting: usize) -> Vec<Attribute> {
        let mut attributes: Vec<Attribute> = Vec::with_capacity(list.len());
        let mut seen = std::collections::HashSet::new();
        for (index, item) in list.iter().enumerate() {
            let at = at.index(index);
            if let Some(attribute) = self.attribute(item, &at, nesting) {
                if seen.insert(attribute.name.to_ascii_lowercase()) {
                    attributes.push(attribute);
                } else {
                    self.wrong(&at.name("name"), format!("`{}` stands twice", attribute.name));
                }
            }
        }
        attributes
    }

    fn attribute(&mut self, value: &Value<'_>, at: &Pointer, nesting: usize) -> Option<Attribute> {
        let Some(object) = value.as_object() else {
            self.wrong(at, format!("an attribute is an object, this is {}", value.kind_name()));
            return None;
        };
        let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
        if !name::is_valid(name) {
            self.wrong(
                &at.name("name"),
                "`name` must be an attribute name: a letter, then letters, digits, `-`, `_`, `$`",
            );
            return None;
        }
        let kind = self.word(object, "type", at, Kind::parse, Kind::String);
        let mut attribute = Attribute::new(name, kind);
        attribute.multi_valued = self.flag(object, "multiValued", at);
        attribute.required = self.flag(object, "required", at);
        attribute.case_exact |= self.flag(object, "caseExact", at);
        attribute.mutability =
            self.word(object, "mutability", at, Mutability::parse, Mutability::ReadWrite);
        attribute.returned = self.word(object, "returned", at, Returned::parse, Returned::Default);
        attribute.uniqueness =
            self.word(object, "uniqueness", at, Uniqueness::parse, Uniqueness::None);
        attribute.description =
            object.get("description").and_then(Value::as_str).unwrap_or_default().into();
        attribute.canonical_values = self.list(object, "canonicalValues", at);
        attribute.reference_types = self.list(object, "referenceTypes", at);
        attribute.other = others(object, CHARACTERISTICS);
        if !kind.is_textual() {
            // Without meaning, but third parties give it, on booleans above all.
            if let Some(exact) = object.get("caseExact") {
                attribute.other.insert("caseExact", exact.clone().into_owned());
            }
        }
        match object.get("subAttributes") {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) if kind == Kind::Complex => {
                if nesting < 2 {
                    let issue =
                        Issue::new(Code::NestedComplex).at(at.clone()).with("attribute", name);
                    self.issues.push(issue);
                    return None;
                }
                attribute.sub_attributes =
                    self.attributes(list, &at.name("subAttributes"), nesting - 1);
            }
            Some(Value::Array(list)) if list.is_empty() => {}
            Some(_) => self.wrong(
                &at.name("subAttributes"),
                "only a complex attribute has an array of `subAttributes`",
            ),
        }
        if kind == Kind::Complex && nesting < 2 {
            self.issues
                .push(Issue::new(Code::NestedComplex).at(at.clone()).with("attribute", name));
            return None;
        }
        Some(attribute)
    }

    fn flag(&mut self, object: &Object<'_>, name: &str, at: &Pointer) -> bool {
        match object.get(name) {
            None | Some(Value::Null) => false,
            Some(Value::Bool(truth)) => *truth,
            Some(_) => {
                self.wrong(&at.name(name), format!("`{name}` must be true or false"));
                false
            }
        }
    }

    fn word<T: Copy>(
        &mut self,
        object: &Object<'_>,
        name: &str,
        at: &Pointer,
        parse: fn(&str) -> Option<T>,
        default: T,
    ) -> T {
        match object.get(name) {
            None | Some(Value::Null) => default,
            Some(value) => value.as_str().and_then(parse).unwrap_or_else(|| {
                self.wrong(
                    &at.name(name),
                    format!("`{name}` is not one of the words that RFC 7643 §7 lists"),
                );
                default
            }),
        }
    }

    fn list(&mut self, object: &Object<'_>, name: &str, at: &Pointer) -> Vec<Box<str>> {
        match object.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) if items.iter().all(|item| item.as_str().is_some()) => {
                items.iter().filter_map(Value::as_str).map(Box::from).collect()
            }
            Some(_) => {
                self.wrong(&at.name(name), format!("`{name}` must be an array of strings"));
                Vec::new()
            }
        }
    }
}

impl From<Vec<Issue>> for Error {
    /// The first of several issues; the caller that wants all of them keeps the list.
    fn from(issues: Vec<Issue>) -> Self {
        issues.into_iter().next().map_or_else(|| Self::new(Code::InvalidSchema), Self::from)
    }
}
