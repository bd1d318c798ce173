//! What is sent to other servers.

use super::options::{limits, only, original, profile, read_options};
use super::{Failure, Input, Schema};
use crate::emit::{EmittedPatch, EmittedResource, emit, emit_patch};
use crate::profile::{Profile, Trace};
use crate::value::{Object, Value, to_text};

impl Schema {
    /// The body of a POST or PUT for a server: `{"resource": {…}, "messages": […], "trace": […]}`
    /// (see [`emit`]). Options: `profile` (default rfc), `limits`.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let bakers = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Bakers"}"#;
    /// let written = Schema::named("Group")?.emit(Input::Text(bakers), r#"{"profile": "okta"}"#)?;
    /// assert!(written.starts_with(r#"{"resource":{"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading JSON and of [`emit`].
    pub fn emit(&self, document: Input<'_>, options: &str) -> Result<String, Failure> {
        let sizes = super::read_limits(options)?;
        let emitted = self.emit_value(&document.read(&sizes)?, options)?;
        let mut object = Object::new();
        object.insert("resource", emitted.resource);
        Ok(text(object, emitted.messages, &emitted.trace))
    }

    /// The same over a tree.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "rosa"}"#)?;
    /// let emitted = Schema::named("User")?.emit_value(&rosa, r#"{"profile": "entra"}"#)?;
    /// assert!(emitted.messages.is_empty());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::emit`].
    pub fn emit_value(
        &self,
        document: &Value<'_>,
        options: &str,
    ) -> Result<EmittedResource, Failure> {
        let options = read_options(options)?;
        only(&options, &["profile", "limits"])?;
        Ok(emit(self.compiled(), document, profile(&options, Profile::RFC)?)?)
    }

    /// The PATCH messages of a change for a server: `{"messages": […], "trace": […]}` (see
    /// [`emit_patch`]). Options: `profile` (default rfc), `original` (the resource as it is on the
    /// server), `limits`.
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let patch = Input::Text(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "title", "value": "Cook"}]}"#);
    /// let written = Schema::named("User")?.emit_patch(patch, r#"{"profile": "entra"}"#)?;
    /// assert!(written.contains(r#""op":"Replace""#), "as that server has it");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// Those of reading JSON and of [`emit_patch`].
    pub fn emit_patch(&self, patch: Input<'_>, options: &str) -> Result<String, Failure> {
        let sizes = super::read_limits(options)?;
        let emitted = self.emit_patch_value(&patch.read(&sizes)?, options)?;
        Ok(text(Object::new(), emitted.messages, &emitted.trace))
    }

    /// The same over a tree.
    ///
    /// ```
    /// use scimforge::api::Schema;
    /// use scimforge::value::read;
    ///
    /// let patch = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "title", "value": "Cook"}]}"#)?;
    /// assert_eq!(Schema::named("User")?.emit_patch_value(&patch, "")?.messages.len(), 1);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::emit_patch`].
    pub fn emit_patch_value(
        &self,
        patch: &Value<'_>,
        options: &str,
    ) -> Result<EmittedPatch, Failure> {
        let options = read_options(options)?;
        only(&options, &["profile", "original", "limits"])?;
        let profile = profile(&options, Profile::RFC)?;
        let sizes = limits(&options)?;
        Ok(emit_patch(self.compiled(), patch, original(&options)?, profile, &sizes)?)
    }
}

fn text(mut object: Object<'static>, messages: Vec<Value<'static>>, trace: &Trace) -> String {
    object.insert("messages", Value::Array(messages));
    object.insert("trace", trace.to_value());
    to_text(&Value::Object(object))
}
