//! What a PATCH would do, did, and how it is undone.

use super::options::{limits, only, profile, read_options};
use super::schema::is_map;
use super::{Failure, Input, Schema};
use crate::document::Document;
use crate::error::Error;
use crate::limits::Limits;
#[cfg(feature = "explain")]
use crate::patch::OperationReport;
use crate::patch::{self, ApplyOptions, Inverse, Outcome, Patch, Patched, Spliced, inverse};
use crate::profile::Profile;
use crate::schema::Compiled;
use crate::value::{Object, Value, to_text};

/// How a PATCH is read and applied.
pub(super) struct PatchOptions {
    profile: Profile,
    limits: Limits,
    asked: ApplyOptions,
}

impl PatchOptions {
    /// Those of an application.
    pub(super) fn applied(text: &str) -> Result<Self, Error> {
        Self::read(text, &["profile", "limits", "explain", "maxMemberLoss"])
    }

    /// Those of a dry run.
    #[cfg(feature = "explain")]
    fn explained(text: &str) -> Result<Self, Error> {
        let mut options = Self::read(text, &["profile", "limits", "maxMemberLoss"])?;
        options.asked.explain = true;
        Ok(options)
    }

    /// Those of an inverse.
    fn of_inverse(text: &str) -> Result<Self, Error> {
        Self::read(text, &["profile", "limits"])
    }

    fn read(text: &str, known: &[&str]) -> Result<Self, Error> {
        let options = read_options(text)?;
        only(&options, known)?;
        let explain = match options.get("explain") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(explain)) if !explain || cfg!(feature = "explain") => *explain,
            Some(Value::Bool(_)) => {
                return Err(Error::invalid_option("explain", "false: this build cannot explain"));
            }
            Some(_) => return Err(Error::invalid_option("explain", "true or false")),
        };
        let max_member_loss =
            match options.get("maxMemberLoss") {
                None | Some(Value::Null) => None,
                Some(value) => Some(value.as_count().ok_or_else(|| {
                    Error::invalid_option("maxMemberLoss", "a non-negative integer")
                })?),
            };
        let profile = profile(&options, Profile::LENIENT)?;
        let limits = limits(&options)?;
        Ok(Self { profile, limits, asked: ApplyOptions { explain, max_member_loss } })
    }

    /// The sizes that document and message may have.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) fn apply(
        &self,
        compiled: &Compiled,
        document: &Value<'_>,
        patch: &Value<'_>,
    ) -> Result<Outcome, Error> {
        Patch::parse(patch, compiled, self.profile, &self.limits)?.apply_with(document, &self.asked)
    }

    pub(super) fn splice(
        &self,
        compiled: &Compiled,
        document: &Document<'_>,
        patch: &Value<'_>,
    ) -> Result<Spliced, Error> {
        Patch::parse(patch, compiled, self.profile, &self.limits)?
            .apply_document(document, &self.asked)
    }

    /// What a PATCH puts in may make a document larger than it could have come in.
    pub(super) fn document_after(
        &self,
        compiled: &Compiled,
        document: &Document<'_>,
        patch: &Value<'_>,
    ) -> Result<Patched, Error> {
        /// No path leads as deep.
        const BELOW: usize = 16;
        let json_depth = self.limits.json_depth + BELOW;
        let limits = Limits { json_bytes: usize::MAX, json_depth, ..self.limits };
        Patch::parse(patch, compiled, self.profile, &self.limits)?.document_after(
            document,
            &self.asked,
            &limits,
        )
    }

    fn inverse(
        &self,
        compiled: &Compiled,
        document: &Value<'_>,
        patch: &Value<'_>,
    ) -> Result<Inverse, Error> {
        inverse(compiled, document, patch, self.profile, &self.limits)
    }
}

impl Spliced {
    /// `{resource, changed, operations?, trace}`.
    pub(super) fn to_json(&self) -> String {
        let told = self.told();
        let rest = told.strip_prefix('{').unwrap_or_default();
        ["{\"resource\":", &self.text, ",", rest].concat()
    }

    /// The same without the resource.
    fn told(&self) -> String {
        let mut object = Object::new();
        object.insert("changed", Value::Bool(self.changed));
        #[cfg(feature = "explain")]
        if let Some(operations) = &self.operations {
            let told = operations.iter().map(OperationReport::to_value).collect();
            object.insert("operations", Value::Array(told));
        }
        object.insert("trace", self.trace.to_value());
        to_text(&Value::Object(object))
    }
}

impl Schema {
    /// Applies a PATCH: `{"resource": {…}, "changed": true, "trace": […]}`. Options: `profile`
    /// (default lenient), `limits`, `explain` (adds `operations`, see [`Schema::explain_patch`]),
    /// `maxMemberLoss` (see [`patch::ApplyOptions`]).
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Input::Text(r#"{"userName":"ida","title":"Cook"}"#);
    /// let patch = Input::Text(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "title"}]}"#);
    /// let outcome = Schema::named("User")?.apply_patch(ida, patch, "")?;
    /// assert_eq!(outcome, r#"{"resource":{"userName":"ida"},"changed":true,"trace":[]}"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`patch::apply_patch`]; the document is as it was.
    pub fn apply_patch(
        &self,
        document: Input<'_>,
        patch: Input<'_>,
        options: &str,
    ) -> Result<String, Failure> {
        let options = PatchOptions::applied(options)?;
        let document = document.parse(self.compiled(), options.limits())?;
        let patch = patch.read(options.limits())?;
        Ok(options.splice(self.compiled(), &document, &patch)?.to_json())
    }

    /// The same by a message that was read, with a document as the result.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    /// use scimforge::value::read;
    ///
    /// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "title", "value": "Cook"}]}"#)?;
    /// let rosa = Input::Text(r#"{"title": "Baker"}"#);
    /// let patched = Schema::named("User")?.document_after(rosa, &message, "")?;
    /// assert!(patched.changed && patched.document.text().contains("Cook"));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::apply_patch`].
    pub fn document_after(
        &self,
        document: Input<'_>,
        patch: &Value<'_>,
        options: &str,
    ) -> Result<Patched, Failure> {
        let options = PatchOptions::applied(options)?;
        let document = document.parse(self.compiled(), options.limits())?;
        Ok(options.document_after(self.compiled(), &document, patch)?)
    }

    /// The same over trees.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::value::read;
    ///
    /// let ida = read(r#"{"userName": "ida", "title": "Cook"}"#)?;
    /// let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "title"}]}"#)?;
    /// assert!(Schema::named("User")?.apply_patch_value(&ida, &patch, "")?.changed);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::apply_patch`].
    pub fn apply_patch_value(
        &self,
        document: &Value<'_>,
        patch: &Value<'_>,
        options: &str,
    ) -> Result<Outcome, Failure> {
        Ok(PatchOptions::applied(options)?.apply(self.compiled(), document, patch)?)
    }

    /// The PATCH message that makes `new` of `old`, or the text `null` where nothing has changed
    /// (see [`patch::diff`]).
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let (old, new) = (r#"{"userName": "ida"}"#, r#"{"userName": "ida", "title": "Cook"}"#);
    /// let users = Schema::named("User")?;
    /// assert!(users.diff(Input::Text(old), Input::Text(new))?.contains(r#""path":"title""#));
    /// assert_eq!(users.diff(Input::Text(old), Input::Text(old))?, "null");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading the documents, and `not-an-object`.
    pub fn diff(&self, old: Input<'_>, new: Input<'_>) -> Result<String, Failure> {
        let (old, new) = (old.read(&Limits::DEFAULT)?, new.read(&Limits::DEFAULT)?);
        Ok(to_text(&self.diff_value(&old, &new)?.unwrap_or_default()))
    }

    /// The same over trees.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::value::read;
    ///
    /// let (old, new) = (read(r#"{"title": "Cook"}"#)?, read(r#"{"TITLE": "Cook"}"#)?);
    /// assert_eq!(Schema::named("User")?.diff_value(&old, &new)?, None, "names have no case");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `not-an-object` for a document that is no resource: it is not the same as an empty one.
    pub fn diff_value(
        &self,
        old: &Value<'_>,
        new: &Value<'_>,
    ) -> Result<Option<Value<'static>>, Failure> {
        is_map(&old)?;
        is_map(&new)?;
        Ok(patch::diff(self.compiled(), old, new))
    }

    /// What a PATCH would do to a document, operation by operation and without any value:
    /// `{"changed", "operations": [{"op", "effect", "count", "changes": [{"scimPath", "effect",
    /// "count", "touched": [{"pointer", "effect"}]}], "trace"}], "trace"}` (see
    /// [`OperationReport`]). Nothing is changed: applying a PATCH gives a new document, and here
    /// not even that. Options: `profile` (default lenient), `limits`, `maxMemberLoss`.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Input::Text(r#"{"userName": "ida", "title": "Cook"}"#);
    /// let patch = Input::Text(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "title"}]}"#);
    /// let told = Schema::named("User")?.explain_patch(ida, patch, "")?;
    /// assert!(told.starts_with(r#"{"changed":true,"operations":[{"op":"remove","effect":"removed""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::apply_patch`].
    #[cfg(feature = "explain")]
    pub fn explain_patch(
        &self,
        document: Input<'_>,
        patch: Input<'_>,
        options: &str,
    ) -> Result<String, Failure> {
        let options = PatchOptions::explained(options)?;
        let document = document.parse(self.compiled(), options.limits())?;
        let patch = patch.read(options.limits())?;
        Ok(options.splice(self.compiled(), &document, &patch)?.told())
    }

    /// The same over trees.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::value::read;
    ///
    /// let ida = read(r#"{"userName": "ida", "active": true}"#)?;
    /// let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "active", "value": true}]}"#)?;
    /// assert!(!Schema::named("User")?.explain_patch_value(&ida, &patch, "")?.changed);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::apply_patch`].
    #[cfg(feature = "explain")]
    pub fn explain_patch_value(
        &self,
        document: &Value<'_>,
        patch: &Value<'_>,
        options: &str,
    ) -> Result<Outcome, Failure> {
        let options = PatchOptions::explained(options)?;
        Ok(options.apply(self.compiled(), document, patch)?)
    }

    /// The PATCH message that takes a document, patched by `patch`, back to what it is now:
    /// `{"patch": message or null, "lost": [paths]}`, where `lost` names what PATCH cannot bring
    /// back (see [`inverse`]). Options: `profile` (default lenient), `limits`.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let ida = Input::Text(r#"{"userName": "ida", "title": "Cook"}"#);
    /// let patch = Input::Text(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "remove", "path": "title"}]}"#);
    /// let undo = Schema::named("User")?.inverse(ida, patch, "")?;
    /// assert!(undo.contains(r#""path":"title","value":"Cook""#) && undo.ends_with(r#""lost":[]}"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::apply_patch`].
    pub fn inverse(
        &self,
        document: Input<'_>,
        patch: Input<'_>,
        options: &str,
    ) -> Result<String, Failure> {
        let options = PatchOptions::of_inverse(options)?;
        let document = document.read(options.limits())?;
        let patch = patch.read(options.limits())?;
        let undo = options.inverse(self.compiled(), &document, &patch)?;
        let lost = undo.lost.into_iter().map(|path| Value::from(path.into_string()));
        let mut object = Object::new();
        object.insert("patch", undo.message.unwrap_or_default());
        object.insert("lost", Value::Array(lost.collect()));
        Ok(to_text(&Value::Object(object)))
    }

    /// The same over trees.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::value::read;
    ///
    /// let ida = read(r#"{"userName": "ida", "title": "Cook"}"#)?;
    /// let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "add", "path": "title", "value": "Cook"}]}"#)?;
    /// assert!(Schema::named("User")?.inverse_value(&ida, &patch, "")?.message.is_none());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::apply_patch`].
    pub fn inverse_value(
        &self,
        document: &Value<'_>,
        patch: &Value<'_>,
        options: &str,
    ) -> Result<Inverse, Failure> {
        Ok(PatchOptions::of_inverse(options)?.inverse(self.compiled(), document, patch)?)
    }
}
