//! A document that is read once and asked often.

use std::sync::Arc;

use super::options::Validation;
use super::schema::{is_map, issues_text};
use super::schema_patch::PatchOptions;
use super::{Failure, Filter, Input, Schema};
use crate::document;
use crate::error::Issue;
use crate::limits::Limits;

/// A document that was read for a schema, with its text. Cheap to clone, safe to share.
///
/// ```
/// use scimforge::api::{Input, Schema};
///
/// let users = Schema::named("User")?;
/// let ida = users.document(Input::Text(r#"{"userName": "ida", "active": true}"#))?;
/// assert!(ida.matches(&users.filter("active eq true", "")?));
/// assert!(!ida.is_valid("")?, "it names no schemas");
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Clone)]
pub struct Document {
    inner: Arc<document::Document<'static>>,
}

impl Schema {
    /// Reads a document for this schema. Whether it is valid is another question.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let users = Schema::named("User")?;
    /// assert!(users.document(Input::Bytes(br#"{"userName": "ida"}"#)).is_ok());
    /// assert!(users.document(Input::Text("{")).is_err());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading JSON.
    pub fn document(&self, document: Input<'_>) -> Result<Document, Failure> {
        let inner = document.parse(self.compiled(), &Limits::DEFAULT)?.into_owned();
        Ok(Document { inner: Arc::new(inner) })
    }
}

impl Document {
    /// The JSON text.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Schema::named("User")?.document(Input::Text(r#"{ "userName": "ida" }"#))?;
    /// assert_eq!(ida.text(), r#"{ "userName": "ida" }"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn text(&self) -> &str {
        self.inner.text()
    }

    /// The document beneath.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    /// use scimforge::schema::USER;
    ///
    /// let ida = Schema::named("User")?.document(Input::Text(r#"{"userName": "ida"}"#))?;
    /// assert_eq!(ida.inner().compiled().base_schema(), USER);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn inner(&self) -> &document::Document<'static> {
        &self.inner
    }

    /// See [`Schema::validate`].
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Schema::named("User")?.document(Input::Text(r#"{"userName": "ida"}"#))?;
    /// assert!(ida.validate("")?.contains(r#""code":"missing-schemas""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::validate`].
    pub fn validate(&self, options: &str) -> Result<String, Failure> {
        Ok(issues_text(&self.issues(options)?))
    }

    /// The issues themselves.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Schema::named("User")?.document(Input::Text(r#"{"userName": "ida"}"#))?;
    /// assert_eq!(ida.issues(r#"{"profile": "strict"}"#)?[0].code.as_str(), "missing-schemas");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::validate`].
    pub fn issues(&self, options: &str) -> Result<Vec<Issue>, Failure> {
        let options = Validation::read(options)?;
        Ok(self.inner.issues(&options.options()))
    }

    /// See [`Schema::is_valid`].
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Schema::named("User")?.document(Input::Text(r#"{"userName": "ida"}"#))?;
    /// assert!(ida.is_valid(r#"{"profile": "lenient"}"#)?);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::is_valid`].
    pub fn is_valid(&self, options: &str) -> Result<bool, Failure> {
        let options = Validation::read(options)?;
        Ok(self.inner.is_valid(&options.options()))
    }

    /// Whether it fits a filter.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let users = Schema::named("User")?;
    /// let ida = users.document(Input::Text(r#"{"userName": "ida"}"#))?;
    /// assert!(!ida.matches(&users.filter("title pr", "")?));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn matches(&self, filter: &Filter) -> bool {
        filter.matches_node(&self.inner.root())
    }

    /// The JSON text of what is shown of it (see [`Schema::project`]).
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Schema::named("User")?.document(Input::Text(r#"{"title": "Cook", "userName": "ida"}"#))?;
    /// assert_eq!(ida.project(r#"{"attributes": ["title"]}"#)?, r#"{"title":"Cook"}"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::project`].
    pub fn project(&self, options: &str) -> Result<String, Failure> {
        let projection = super::schema_project::projection(self.inner.compiled(), options)?;
        is_map(&self.inner.root())?;
        Ok(self.inner.project(&projection))
    }

    /// Applies a PATCH (see [`Schema::apply_patch`]); this document stays as it is.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Schema::named("User")?.document(Input::Text(r#"{"userName": "ida"}"#))?;
    /// let patch = Input::Text(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "add", "path": "title", "value": "Cook"}]}"#);
    /// assert!(ida.apply_patch(patch, "")?.contains(r#""title":"Cook""#));
    /// assert!(!ida.text().contains("Cook"), "as it was");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::apply_patch`].
    pub fn apply_patch(&self, patch: Input<'_>, options: &str) -> Result<String, Failure> {
        let options = PatchOptions::applied(options)?;
        let patch = patch.read(options.limits())?;
        Ok(options.splice(self.inner.compiled(), &self.inner, &patch)?.to_json())
    }
}
