//! Work on schema documents, and schemas in the words of others.

use super::options::{mode, only, read_options};
use super::schema::below;
use super::{Failure, Input, Schema};
use crate::error::{Error, Issue, Pointer};
use crate::limits::Limits;
use crate::schema::export::{Draft, json_schema, typescript};
use crate::schema::{self, Change, Verdict};
use crate::value::{Object, Value, to_text};

impl Schema {
    /// A JSON Schema (see [`json_schema`]). Options: `draft` (`2020-12`, the default, or `07`),
    /// `mode` (default create).
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let schema = Schema::named("Group")?.to_json_schema(r#"{"draft": "07"}"#)?;
    /// assert!(schema.contains("http://json-schema.org/draft-07/schema#"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option`.
    pub fn to_json_schema(&self, options: &str) -> Result<String, Failure> {
        let options = read_options(options)?;
        only(&options, &["draft", "mode"])?;
        let draft = match options.get("draft") {
            None | Some(Value::Null) => Draft::default(),
            Some(value) => value
                .as_str()
                .and_then(Draft::parse)
                .ok_or_else(|| Error::invalid_option("draft", "2020-12 or 07"))?,
        };
        Ok(to_text(&json_schema(self.compiled(), draft, mode(&options)?)))
    }

    /// A module of TypeScript types (see [`typescript`]).
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// assert!(Schema::named("Group")?.to_typescript().contains("export interface Group {"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn to_typescript(&self) -> String {
        typescript(self.compiled())
    }
}

/// What is wrong or doubtful in a schema document, or in `{"resourceType": {…}, "schemas": […]}`,
/// as a JSON array of issues (see [`schema::lint`]). A text that is not JSON is an issue too.
///
/// ```
/// use scimforge::api::{Input, lint_schema};
///
/// let issues = lint_schema(Input::Text(r#"{"id": "urn:example:Badge", "attributes": [{"name": "2nd"}]}"#));
/// assert!(issues.contains(r#""code":"invalid-schema""#));
/// ```
pub fn lint_schema(document: Input<'_>) -> String {
    let issues = match document.read(&Limits::DEFAULT) {
        Ok(value) => schema::lint(&value),
        Err(error) => vec![error.into_issue()],
    };
    to_text(&Value::Array(issues.iter().map(Issue::to_value).collect()))
}

/// What a new version of a schema document means for clients of the old one:
/// `{"verdict": "breaking", "changes": [{"path", "what", "verdict", "reason"}]}` (see
/// [`schema::changes`]).
///
/// ```
/// use scimforge::api::{Input, schema_changes};
///
/// let old = r#"{"id": "urn:example:Badge", "name": "Badge", "attributes": [{"name": "colour"}]}"#;
/// let new = old.replace("colour", "shape");
/// let changes = schema_changes(Input::Text(old), Input::Text(&new))?;
/// assert!(changes.starts_with(r#"{"verdict":"breaking","changes":[{"path":"colour""#));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
///
/// # Errors
/// Those of reading JSON, and those of [`schema::Schema::from_value`], with pointers below `/old`
/// and `/new`.
pub fn schema_changes(old: Input<'_>, new: Input<'_>) -> Result<String, Failure> {
    let (old, new) = (old.read(&Limits::DEFAULT)?, new.read(&Limits::DEFAULT)?);
    let read = |document: &Value<'_>, at: &str| {
        schema::Schema::from_value(document)
            .map_err(|issues| below(issues, &Pointer::root().name(at)))
    };
    let (old, new) = (read(&old, "old"), read(&new, "new"));
    let changes = match (old, new) {
        (Ok(old), Ok(new)) => schema::changes(&old, &new),
        (old, new) => {
            let wrong = [old.err(), new.err()].into_iter().flatten();
            return Err(Failure { issues: wrong.flatten().collect() });
        }
    };
    let mut object = Object::new();
    object.insert("verdict", Value::from(Verdict::of(&changes).as_str()));
    object.insert("changes", Value::Array(changes.iter().map(Change::to_value).collect()));
    Ok(to_text(&Value::Object(object)))
}
