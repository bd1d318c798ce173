//! A compiled schema and everything that hangs on it.

use std::collections::HashSet;
use std::sync::Arc;

use super::options::{Validation, limits, read_options};
use super::{Failure, Input};
use crate::error::{Code, Error, Issue, Pointer};
use crate::limits::Limits;
use crate::name;
use crate::schema::{self, Compiled, ResourceType, builtin};
use crate::validate;
use crate::value::{Node, Object, Value, View, to_text};

/// A resource type with its schemas, compiled. Cheap to clone, safe to share.
///
/// ```
/// use scimforge::api::{Input, Schema};
///
/// let users = Schema::named("User")?;
/// let ida = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ida"}"#;
/// assert_eq!(users.validate(Input::Text(ida), "")?, "[]");
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone)]
pub struct Schema {
    compiled: Arc<Compiled>,
    documents: Arc<Vec<schema::Schema>>,
}

impl Schema {
    /// A built-in resource type: `User` (with the enterprise extension), `Group`,
    /// `ServiceProviderConfig`, `ResourceType` or `Schema`.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// assert_eq!(&*Schema::named("Group")?.compiled().resource_type().endpoint, "/Groups");
    /// assert!(Schema::named("Printer").is_err());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for another name.
    pub fn named(name: &str) -> Result<Self, Failure> {
        let compiled = builtin::by_name(name).ok_or_else(|| {
            Error::invalid_option(
                "schema",
                "User, Group, ServiceProviderConfig, ResourceType, Schema, or documents",
            )
        })?;
        Ok(Self { compiled, documents: Arc::new(builtin::schemas().to_vec()) })
    }

    /// A resource type of your own: `{"resourceType": {…}, "schemas": [{…}]}`, documents as
    /// `/ResourceTypes` and `/Schemas` serve them. The built-in schemas need not be given.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let rooms = Schema::from_documents(Input::Text(r#"{
    ///     "resourceType": {"name": "Room", "endpoint": "/Rooms", "schema": "urn:example:Room"},
    ///     "schemas": [{"id": "urn:example:Room", "name": "Room", "attributes": [{"name": "doorCode"}]}]
    /// }"#))?;
    /// let room = r#"{"schemas": ["urn:example:Room"], "doorCode": 4711}"#;
    /// assert!(!rooms.is_valid(Input::Text(room), "")?, "the code is text");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-schema`, `nested-complex` and `invalid-resource-type`, all of them.
    pub fn from_documents(documents: Input<'_>) -> Result<Self, Failure> {
        let value = documents.read(&Limits::DEFAULT)?;
        let Some(resource_type) = value.get("resourceType") else {
            return Err(Error::new(Code::InvalidResourceType)
                .at(Pointer::root().name("resourceType"))
                .with("reason", "`resourceType` is missing")
                .helped("give {\"resourceType\": {…}, \"schemas\": [{…}]}")
                .into());
        };
        let mut issues = Vec::new();
        let of_type = Pointer::root().name("resourceType");
        let resource_type = ResourceType::from_value(resource_type)
            .map_err(|wrong| issues.extend(below(wrong, &of_type)));
        let mut schemas = Vec::new();
        let mut ids = HashSet::new();
        match value.get("schemas") {
            None | Some(Value::Null) => {}
            Some(Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let at = Pointer::root().name("schemas").index(index);
                    match schema::Schema::from_value(item) {
                        Ok(schema) if ids.insert(schema.id.to_ascii_lowercase()) => {
                            schemas.push(schema);
                        }
                        Ok(schema) => {
                            let twice = Issue::new(Code::InvalidSchema)
                                .at(at.name("id"))
                                .with("reason", format!("`{}` stands twice", schema.id));
                            issues.push(twice);
                        }
                        Err(wrong) => issues.extend(below(wrong, &at)),
                    }
                }
            }
            Some(_) => {
                return Err(Error::invalid_option("schemas", "an array of schema documents").into());
            }
        }
        let (Ok(resource_type), true) = (resource_type, issues.is_empty()) else {
            return Err(issues.into());
        };
        let own = |schema: &&schema::Schema| !ids.contains(&schema.id.to_ascii_lowercase());
        schemas.extend(builtin::schemas().iter().filter(own).cloned());
        let compiled = Compiled::new(resource_type, &schemas)
            .map_err(|wrong| Failure { issues: below(wrong, &of_type) })?;
        Ok(Self { compiled: Arc::new(compiled), documents: Arc::new(schemas) })
    }

    /// The built-in resource type that a document's `schemas` name: Group if it names that
    /// schema, else User.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    /// use scimforge::schema::GROUP;
    ///
    /// let text = format!(r#"{{"schemas": ["{GROUP}"], "displayName": "Bakers"}}"#);
    /// assert_eq!(Schema::for_document(Input::Text(&text)).compiled().base_schema(), GROUP);
    /// ```
    pub fn for_document(document: Input<'_>) -> Self {
        Self::of(if Self::names_group(document) { builtin::group() } else { builtin::user() })
    }

    /// Whether [`Schema::for_document`] gives Group. No document at all names it.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let text = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"]}"#;
    /// assert!(Schema::names_group(Input::Text(text)));
    /// assert!(!Schema::names_group(Input::Text("{}")));
    /// ```
    pub fn names_group(document: Input<'_>) -> bool {
        document.may_name_group()
            && document.read(&Limits::DEFAULT).is_ok_and(|value| lists_group(&value))
    }

    /// The same for a tree.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::schema::USER;
    /// use scimforge::value::Value;
    ///
    /// assert_eq!(Schema::for_value(&Value::Null).compiled().base_schema(), USER);
    /// ```
    pub fn for_value(value: &Value<'_>) -> Self {
        Self::of(if lists_group(value) { builtin::group() } else { builtin::user() })
    }

    fn of(compiled: Arc<Compiled>) -> Self {
        Self { compiled, documents: Arc::new(builtin::schemas().to_vec()) }
    }

    /// The schema beneath.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::schema::ENTERPRISE_USER;
    ///
    /// assert!(Schema::named("User")?.compiled().extension(ENTERPRISE_USER).is_some());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// The documents: `{"resourceType": {…}, "schemas": [{…}]}`, those of this resource type.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let text = Schema::named("Group")?.to_text();
    /// let again = Schema::from_documents(Input::Text(&text))?;
    /// assert_eq!(again.to_text(), text);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn to_text(&self) -> String {
        let resource_type = self.compiled.resource_type();
        let mut used = HashSet::from([resource_type.schema.to_ascii_lowercase()]);
        used.extend(
            resource_type
                .schema_extensions
                .iter()
                .map(|extension| extension.schema.to_ascii_lowercase()),
        );
        let schemas =
            self.documents.iter().filter(|schema| used.contains(&schema.id.to_ascii_lowercase()));
        let schemas = schemas.map(schema::Schema::to_value);
        let mut object = Object::new();
        object.insert("resourceType", resource_type.to_value());
        object.insert("schemas", Value::Array(schemas.collect()));
        to_text(&Value::Object(object))
    }

    /// The fields of a form, as a JSON array (see [`validate::fields`]).
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// assert!(Schema::named("Group")?.fields().contains(r#""pointer":"/members/-/value""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn fields(&self) -> String {
        to_text(&validate::fields(&self.compiled))
    }

    /// Everything that is wrong with a document, as a JSON array of issues. A text that is not
    /// JSON is an issue like any other. Options: `mode`, `profile`, `original`, `maxIssues`,
    /// `limits` (see [`Limits::from_value`]).
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let issues = Schema::named("User")?.validate(Input::Text(r#"{"userName": }"#), "")?;
    /// assert!(issues.starts_with(r#"[{"code":"invalid-json""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` and `unknown-profile`.
    pub fn validate(&self, document: Input<'_>, options: &str) -> Result<String, Failure> {
        Ok(issues_text(&self.issues(document, &Validation::read(options)?)))
    }

    /// The issues themselves, by options that were read before.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema, Validation};
    ///
    /// let users = Schema::named("User")?;
    /// let text = Input::Text(r#"{"userName": 5}"#);
    /// assert_eq!(users.issues(text, &Validation::read("")?).len(), 2);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn issues(&self, document: Input<'_>, options: &Validation) -> Vec<Issue> {
        match document.parse(&self.compiled, options.limits()) {
            Ok(document) => document.issues(&options.options()),
            Err(error) => vec![error.into_issue()],
        }
    }

    /// Whether a document has no issue of severity error. Builds nothing.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ida"}"#;
    /// let users = Schema::named("User")?;
    /// assert!(users.is_valid(Input::Text(ida), "")?);
    /// assert!(!users.is_valid(Input::Text(ida), r#"{"mode": "response"}"#)?, "an answer has an `id`");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::validate`].
    pub fn is_valid(&self, document: Input<'_>, options: &str) -> Result<bool, Failure> {
        Ok(self.accepts(document, &Validation::read(options)?))
    }

    /// The same by options that were read before.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema, Validation};
    ///
    /// let users = Schema::named("User")?;
    /// let text = Input::Text(r#"{"userName": 5}"#);
    /// assert!(!users.accepts(text, &Validation::read("")?));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn accepts(&self, document: Input<'_>, options: &Validation) -> bool {
        document
            .parse(&self.compiled, options.limits())
            .is_ok_and(|document| document.is_valid(&options.options()))
    }

    /// What is wrong with one field, for live validation: the issues at `pointer` and those of
    /// the rules across fields that mention it.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let typed = r#"{"emails": [{"value": "ida"}], "active": "maybe"}"#;
    /// let issues = Schema::named("User")?.validate_at(Input::Text(typed), "/emails/0/value", "")?;
    /// assert!(issues.contains("invalid-email") && !issues.contains("active"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::validate`]; `invalid-option` for a pointer that does not begin with a slash.
    pub fn validate_at(
        &self,
        document: Input<'_>,
        pointer: &str,
        options: &str,
    ) -> Result<String, Failure> {
        let options = Validation::read(options)?;
        let at = parse_pointer(pointer)?;
        let issues = match document.parse(&self.compiled, options.limits()) {
            Ok(document) => document.issues_at(&at, &options.options()),
            Err(error) => vec![error.into_issue()],
        };
        Ok(issues_text(&issues))
    }

    /// [`Schema::validate`] over a host's object in place.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let issues = Schema::named("User")?.validate_node(&&serde_json::json!({"userName": "ida"}), "")?;
    /// assert_eq!(issues[0].code.as_str(), "missing-schemas");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::validate`].
    pub fn validate_node<'a, N: Node<'a>>(
        &self,
        node: &N,
        options: &str,
    ) -> Result<Vec<Issue>, Failure> {
        Ok(self.issues_of_node(node, &Validation::read(options)?))
    }

    /// The same by options that were read before.
    ///
    /// ```
    /// use scimforge::api::{Schema, Validation};
    ///
    /// let user = serde_json::json!({"userName": 5});
    /// let found = Schema::named("User")?.issues_of_node(&&user, &Validation::read("")?);
    /// assert_eq!(found.len(), 2);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn issues_of_node<'a, N: Node<'a>>(&self, node: &N, options: &Validation) -> Vec<Issue> {
        validate::issues(&self.compiled, node, &options.options())
    }

    /// [`Schema::is_valid`] over a host's object in place.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let ida = serde_json::json!({"userName": "ida", "active": "True"});
    /// assert!(Schema::named("User")?.is_valid_node(&&ida, r#"{"profile": "lenient"}"#)?);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::validate`].
    pub fn is_valid_node<'a, N: Node<'a>>(&self, node: &N, options: &str) -> Result<bool, Failure> {
        Ok(self.accepts_node(node, &Validation::read(options)?))
    }

    /// The same by options that were read before.
    ///
    /// ```
    /// use scimforge::api::{Schema, Validation};
    ///
    /// let user = serde_json::json!({"userName": 5});
    /// assert!(!Schema::named("User")?.accepts_node(&&user, &Validation::read("")?));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn accepts_node<'a, N: Node<'a>>(&self, node: &N, options: &Validation) -> bool {
        validate::is_valid(&self.compiled, node, &options.options())
    }

    /// [`Schema::validate_at`] over a host's object in place.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let typed = serde_json::json!({"title": 7, "active": "maybe"});
    /// let issues = Schema::named("User")?.validate_node_at(&&typed, "/title", "")?;
    /// assert_eq!(issues.len(), 1);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::validate_at`].
    pub fn validate_node_at<'a, N: Node<'a>>(
        &self,
        node: &N,
        pointer: &str,
        options: &str,
    ) -> Result<Vec<Issue>, Failure> {
        let options = Validation::read(options)?;
        Ok(validate::issues_at(&self.compiled, node, &parse_pointer(pointer)?, &options.options()))
    }
}

/// Whether the schema of groups is among a resource's `schemas`.
fn lists_group(value: &Value<'_>) -> bool {
    value.get("schemas").and_then(Value::as_array).is_some_and(|uris| {
        uris.iter().filter_map(Value::as_str).any(|uri| name::same(uri, schema::GROUP))
    })
}

/// The sizes that an options text allows, for a host that reads documents itself.
///
/// ```
/// use scimforge::api::read_limits;
///
/// assert_eq!(read_limits(r#"{"limits": {"jsonDepth": 8}}"#)?.json_depth, 8);
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
///
/// # Errors
/// `invalid-option`.
pub fn read_limits(options: &str) -> Result<Limits, Failure> {
    Ok(limits(&read_options(options)?)?)
}

pub(super) fn is_map<'a, N: Node<'a>>(document: &N) -> Result<(), Error> {
    match document.view() {
        View::Map(_) => Ok(()),
        other => Err(Error::new(Code::NotAnObject).with("actual", other.kind_name())),
    }
}

/// Issues as a JSON array.
///
/// ```
/// assert_eq!(scimforge::api::issues_text(&[]), "[]");
/// ```
pub fn issues_text(issues: &[Issue]) -> String {
    if issues.is_empty() {
        return "[]".to_owned();
    }
    to_text(&Value::Array(issues.iter().map(Issue::to_value).collect()))
}

fn parse_pointer(text: &str) -> Result<Pointer, Error> {
    Pointer::parse(text)
        .ok_or_else(|| Error::invalid_option("pointer", "a JSON Pointer such as /emails/0/value"))
}

/// The same issues, below a place of the document that was given.
pub(super) fn below(issues: Vec<Issue>, at: &Pointer) -> Vec<Issue> {
    issues.into_iter().map(|issue| issue.below(at)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_wrong_with_documents_is_told_at_once() {
        let text = r#"{"resourceType": {"name": "Kiln", "endpoint": "/Kilns"}, "schemas": [
            {"id": "urn:a:Kiln", "attributes": [{"name": "1st"}, {"name": "lit", "type": "bool"}]},
            {"id": "urn:a:Oven", "attributes": []}, {"id": "URN:a:oven", "attributes": []}, {"id": "urn:a b", "attributes": []}]}"#;
        let failure = Schema::from_documents(Input::Text(text)).unwrap_err();
        let places: Vec<String> =
            failure.issues.iter().map(|issue| issue.pointer.to_string()).collect();
        assert_eq!(
            places,
            [
                "/resourceType/schema",
                "/schemas/0/attributes/0/name",
                "/schemas/0/attributes/1/type",
                "/schemas/2/id",
                "/schemas/3/id",
            ]
        );
        let missing =
            r#"{"resourceType": {"name": "Kiln", "endpoint": "/Kilns", "schema": "urn:a:Kiln"}}"#;
        let failure = Schema::from_documents(Input::Text(missing)).unwrap_err();
        assert_eq!(failure.issues[0].pointer.to_string(), "/resourceType/schema");
    }
}
