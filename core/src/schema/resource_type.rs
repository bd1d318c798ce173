//! Resource types: RFC 7643 §6, in and out.

use crate::error::{Code, Issue, Pointer};
use crate::value::{Object, Value};

/// A kind of resource: a main schema, its extensions and where it lives.
///
/// ```
/// use scimforge::schema::{Compiled, ResourceType, USER, builtin};
///
/// // People who visit: users without the enterprise extension, at a place of their own.
/// let guests = ResourceType::new("Guest", "/Guests", USER);
/// assert_eq!(Compiled::new(guests, builtin::schemas())?.extensions().count(), 0);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceType {
    /// Its name, unique on the server; also `meta.resourceType`.
    pub name: Box<str>,
    /// Its path below the base URL, such as `/Users`.
    pub endpoint: Box<str>,
    /// What it is.
    pub description: Box<str>,
    /// The URI of the main schema.
    pub schema: Box<str>,
    /// The extensions.
    pub schema_extensions: Vec<SchemaExtension>,
}

/// An extension of a resource type.
///
/// ```
/// use scimforge::schema::{SchemaExtension, builtin};
///
/// let SchemaExtension { schema, required } = &builtin::user_type().schema_extensions[0];
/// assert!(schema.contains("enterprise") && !required);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaExtension {
    /// The URI of the schema.
    pub schema: Box<str>,
    /// Whether every resource must have it.
    pub required: bool,
}

impl ResourceType {
    /// A resource type without extensions.
    ///
    /// ```
    /// use scimforge::schema::{ResourceType, USER};
    ///
    /// assert!(ResourceType::new("Guest", "/Guests", USER).schema_extensions.is_empty());
    /// ```
    pub fn new(name: &str, endpoint: &str, schema: &str) -> Self {
        Self {
            name: name.into(),
            endpoint: endpoint.into(),
            description: "".into(),
            schema: schema.into(),
            schema_extensions: Vec::new(),
        }
    }

    /// The same with one more extension.
    ///
    /// ```
    /// use scimforge::schema::{ENTERPRISE_USER, ResourceType, USER};
    ///
    /// let staff = ResourceType::new("Staff", "/Staff", USER).extended(ENTERPRISE_USER, true);
    /// assert!(staff.schema_extensions[0].required);
    /// ```
    #[must_use]
    pub fn extended(mut self, schema: &str, required: bool) -> Self {
        self.schema_extensions.push(SchemaExtension { schema: schema.into(), required });
        self
    }

    /// Reads a resource type document.
    ///
    /// ```
    /// use scimforge::schema::ResourceType;
    /// use scimforge::value::read;
    ///
    /// let document = read(r#"{"name": "Guest", "endpoint": "/Guests", "schema": "urn:example:Guest"}"#)?;
    /// assert_eq!(&*ResourceType::from_value(&document)?.endpoint, "/Guests");
    /// let issues = ResourceType::from_value(&read("{}")?).expect_err("nothing is there");
    /// assert_eq!(issues[0].code.as_str(), "invalid-resource-type");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-resource-type`, one for each thing that is wrong.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Vec<Issue>> {
        let mut issues = Vec::new();
        let root = Pointer::root();
        let mut wrong = |at: Pointer, reason: &str| {
            issues.push(Issue::new(Code::InvalidResourceType).at(at).with("reason", reason));
        };
        let mut take = |name: &str, needed: bool| match value.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => text.into(),
            _ => {
                if needed {
                    wrong(root.name(name), &format!("`{name}` is required, as text"));
                }
                Box::from("")
            }
        };
        let (name, schema) = (take("name", true), take("schema", true));
        let mut endpoint: Box<str> = take("endpoint", true);
        if !endpoint.is_empty() && !endpoint.starts_with('/') {
            endpoint = format!("/{endpoint}").into();
        }
        let description = take("description", false);
        let mut schema_extensions = Vec::new();
        match value.get("schemaExtensions") {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    match item.get("schema").and_then(Value::as_str) {
                        Some(uri) if !uri.is_empty() => schema_extensions.push(SchemaExtension {
                            schema: uri.into(),
                            required: item
                                .get("required")
                                .and_then(Value::as_bool)
                                .unwrap_or(false),
                        }),
                        _ => wrong(
                            root.name("schemaExtensions").index(index),
                            "an extension names its schema",
                        ),
                    }
                }
            }
            Some(_) => wrong(root.name("schemaExtensions"), "`schemaExtensions` must be an array"),
        }
        if issues.is_empty() {
            Ok(Self { name, endpoint, description, schema, schema_extensions })
        } else {
            Err(issues)
        }
    }

    /// The document, as `/ResourceTypes` serves it (without `meta`).
    ///
    /// ```
    /// use scimforge::schema::builtin;
    ///
    /// let document = builtin::group_type().to_value();
    /// assert_eq!(document.get("endpoint").and_then(|text| text.as_str()), Some("/Groups"));
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("schemas", Value::Array(vec![Value::from(super::RESOURCE_TYPE)]));
        object.insert("id", Value::copied(&self.name));
        object.insert("name", Value::copied(&self.name));
        object.insert("endpoint", Value::copied(&self.endpoint));
        if !self.description.is_empty() {
            object.insert("description", Value::copied(&self.description));
        }
        object.insert("schema", Value::copied(&self.schema));
        if !self.schema_extensions.is_empty() {
            let extensions = self.schema_extensions.iter().map(|extension| {
                let mut object = Object::new();
                object.insert("schema", Value::copied(&extension.schema));
                object.insert("required", Value::Bool(extension.required));
                Value::Object(object)
            });
            object.insert("schemaExtensions", Value::Array(extensions.collect()));
        }
        object.into()
    }
}
