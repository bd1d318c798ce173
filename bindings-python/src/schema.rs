//! Schemas and what is done with them.

use std::borrow::Cow;

use pyo3::{
    prelude::*,
    types::{PyList, PyString},
};
use scimforge::{
    api::{self, Failure, Input, Validation},
    limits::Limits,
    patch,
    value::{Object, Value, read},
};

use crate::{
    build,
    document::{Document, detached},
    error::{self, Kind, raise},
    filter::Filter,
    node::{Notes, PyNode},
    options::{Options, Settings},
    patched::{Patched, raise_in, told},
    stored::{self, StoredDocument},
};

/// A compiled schema, or the choice between the built-in ones by each document.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct Schema {
    fixed: Option<api::Schema>,
}

impl Schema {
    fn or(&self, choice: impl FnOnce() -> api::Schema) -> Cow<'_, api::Schema> {
        self.fixed.as_ref().map_or_else(|| Cow::Owned(choice()), Cow::Borrowed)
    }

    /// The schema for a document.
    fn of(&self, value: &Value<'_>) -> Cow<'_, api::Schema> {
        self.or(|| api::Schema::for_value(value))
    }

    /// The schema for a document that is not read yet.
    fn of_input(&self, input: Input<'_>) -> Cow<'_, api::Schema> {
        self.or(|| api::Schema::for_document(input))
    }

    /// The schema for an object, of which only `schemas` is read.
    fn of_object(&self, object: &Bound<'_, PyAny>) -> Cow<'_, api::Schema> {
        self.or(|| api::Schema::for_value(&schemas_of(object)))
    }

    fn fixed(&self) -> Cow<'_, api::Schema> {
        self.of(&Value::Null)
    }

    /// `None` where nothing is wrong, which is most of the time.
    fn issues<'py>(
        &self,
        py: Python<'py>,
        value: &Bound<'py, PyAny>,
        options: &Validation,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let document = Document::new(value)?;
        let found = match (&document, document.input()) {
            (Document::Object(object), _) => {
                let notes = Notes::default();
                let node = PyNode::new(object, &notes);
                notes.complete(self.of_object(object).issues_of_node(&node, options))
            }
            (_, Ok(input)) => {
                let input = input.unwrap_or(Input::Text(""));
                detached(py, input, || self.of_input(input).issues(input, options))
            }
            // A text that is no text is an issue like a text that is no JSON.
            (_, Err(failure)) => failure.issues,
        };
        if found.is_empty() {
            return Ok(None);
        }
        error::issues(py, found, document.source()).map(Some)
    }

    fn issues_at<'py>(
        &self,
        py: Python<'py>,
        value: &Bound<'py, PyAny>,
        at: &str,
        options: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let document = Document::new(value)?;
        if let Document::Object(object) = &document {
            let notes = Notes::default();
            let node = PyNode::new(object, &notes);
            return match self.of_object(object).validate_node_at(&node, at, options) {
                Ok(found) => error::issues(py, notes.complete(found), None),
                Err(failure) => Err(raise(py, Kind::Scim, &failure, None)),
            };
        }
        let input = match document.input() {
            Ok(input) => input.unwrap_or(Input::Text("")),
            Err(failure) => return error::issues(py, failure.issues, None),
        };
        let found = detached(py, input, || self.of_input(input).validate_at(input, at, options));
        match found {
            Ok(found) => error::issues_text(py, &found, document.source()),
            Err(failure) => Err(raise(py, Kind::Scim, &failure, None)),
        }
    }
}

#[pymethods]
impl Schema {
    /// One of the built-in resource types.
    #[staticmethod]
    fn named(py: Python<'_>, name: &str) -> PyResult<Self> {
        let schema =
            api::Schema::named(name).map_err(|failure| raise(py, Kind::Schema, &failure, None))?;
        Ok(Self { fixed: Some(schema) })
    }

    /// A resource type from its documents.
    #[staticmethod]
    fn from_documents(py: Python<'_>, documents: &Bound<'_, PyAny>) -> PyResult<Self> {
        let documents = Document::new(documents)?;
        let schema = api::Schema::from_documents(Input::Bytes(&documents.json(py, Kind::Schema)?))
            .map_err(|failure| raise(py, Kind::Schema, &failure, documents.source()))?;
        Ok(Self { fixed: Some(schema) })
    }

    /// User or Group, by the `schemas` of each document.
    #[staticmethod]
    fn by_document() -> Self {
        Self { fixed: None }
    }

    #[pyo3(signature = (value, mode=None, profile=None, original=None, limits=None, max_issues=None))]
    #[expect(clippy::too_many_arguments, reason = "Python's keywords")]
    fn validate<'py>(
        &self,
        py: Python<'py>,
        value: &Bound<'py, PyAny>,
        mode: Option<&str>,
        profile: Option<&Bound<'py, PyAny>>,
        original: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
        max_issues: Option<i64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let settings = Settings { mode, profile, original, limits, max_issues };
        self.issues(py, value, &settings.read(py)?)
    }

    #[pyo3(signature = (value, pointer, mode=None, profile=None, original=None, limits=None))]
    #[expect(clippy::too_many_arguments, reason = "Python's keywords")]
    fn validate_at<'py>(
        &self,
        py: Python<'py>,
        value: &Bound<'py, PyAny>,
        pointer: &str,
        mode: Option<&str>,
        profile: Option<&Bound<'py, PyAny>>,
        original: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let settings = Settings { mode, profile, original, limits, max_issues: None };
        self.issues_at(py, value, pointer, &settings.text()?)
    }

    #[pyo3(signature = (value, mode=None, profile=None, original=None, limits=None))]
    fn is_valid<'py>(
        &self,
        py: Python<'py>,
        value: &Bound<'py, PyAny>,
        mode: Option<&str>,
        profile: Option<&Bound<'py, PyAny>>,
        original: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<bool> {
        let settings = Settings { mode, profile, original, limits, max_issues: None };
        let options = settings.read(py)?;
        let document = Document::new(value)?;
        Ok(match (&document, document.input()) {
            (Document::Object(object), _) => {
                let notes = Notes::default();
                let node = PyNode::new(object, &notes);
                self.of_object(object).accepts_node(&node, &options) && notes.clean()
            }
            (_, Ok(Some(input))) => {
                detached(py, input, || self.of_input(input).accepts(input, &options))
            }
            (_, Ok(None) | Err(_)) => false,
        })
    }

    fn document(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<StoredDocument> {
        StoredDocument::read(py, &self.fixed(), value)
    }

    /// Indices into the list.
    #[pyo3(signature = (values, sort_by, sort_order=None, profile=None))]
    fn order(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyList>,
        sort_by: &str,
        sort_order: Option<&str>,
        profile: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<usize>> {
        let options = Options::default()
            .text("sortBy", Some(sort_by))
            .text("sortOrder", sort_order)
            .any("profile", profile)?
            .build();
        stored::order(py, &self.fixed(), values, &options)
    }

    fn fields<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        text_as_object(py, &self.fixed().fields())
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        text_as_object(py, &self.fixed().to_text())
    }

    #[pyo3(signature = (text, profile=None, limits=None))]
    fn filter(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyAny>,
        profile: Option<&Bound<'_, PyAny>>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Filter> {
        let options = Options::default().any("profile", profile)?.any("limits", limits)?.build();
        Filter::compile(py, &self.fixed(), text, &options)
    }

    #[pyo3(signature = (expression, profile=None, limits=None))]
    fn filter_from(
        &self,
        py: Python<'_>,
        expression: &Bound<'_, PyAny>,
        profile: Option<&Bound<'_, PyAny>>,
        limits: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Filter> {
        let options = Options::default().any("profile", profile)?.any("limits", limits)?.build();
        Filter::from_expression(py, &self.fixed(), expression, &options)
    }

    /// `(resource, changed, trace, operations)`; no resource if it is a dry run.
    #[pyo3(signature = (document, patch, profile=None, limits=None, explain=None, max_member_loss=None, dry_run=false))]
    #[expect(clippy::too_many_arguments, reason = "Python's keywords")]
    fn apply_patch<'py>(
        &self,
        py: Python<'py>,
        document: &Bound<'py, PyAny>,
        patch: &Bound<'py, PyAny>,
        profile: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
        explain: Option<&Bound<'py, PyAny>>,
        max_member_loss: Option<&Bound<'py, PyAny>>,
        dry_run: bool,
    ) -> PyResult<Patched<'py>> {
        let options = Options::of_patch(profile, limits, explain, max_member_loss)?;
        let sizes = sizes(py, &options, Kind::Patch)?;
        let (document, patch) = (Document::new(document)?, Document::new(patch)?);
        let input = document.input().map_err(|failure| raise(py, Kind::Patch, &failure, None))?;
        if let Some(input) = input {
            let schema = self.of_input(input);
            // What is wrong with the document comes before what is wrong with the message.
            let message = match patch.within_or_raise(py, Kind::Patch, &sizes) {
                Ok(message) => message,
                Err(error) => {
                    document.within_or_raise(py, Kind::Patch, &sizes)?;
                    return Err(error);
                }
            };
            let patched = py.detach(|| schema.document_after(input, &message, &options));
            let patched = match patched {
                Ok(patched) => patched,
                Err(failure) => {
                    document.within_or_raise(py, Kind::Patch, &sizes)?;
                    return Err(raise_in(py, &failure, &message));
                }
            };
            let resource = if dry_run {
                py.None().into_bound(py)
            } else {
                build::document(py, &patched.document)?
            };
            let patch::Patched { changed, trace, operations, .. } = patched;
            return told(py, resource, changed, &trace, operations, &message);
        }
        let resource = document.within_or_raise(py, Kind::Patch, &sizes)?;
        let message = patch.within_or_raise(py, Kind::Patch, &sizes)?;
        let schema = self.of(&resource);
        let outcome = py.detach(|| schema.apply_patch_value(&resource, &message, &options));
        let outcome = outcome.map_err(|failure| raise_in(py, &failure, &message))?;
        let resource =
            if dry_run { py.None().into_bound(py) } else { build::object(py, &outcome.resource)? };
        told(py, resource, outcome.changed, &outcome.trace, outcome.operations, &message)
    }

    /// `(message or None, lost)`.
    #[pyo3(signature = (document, patch, profile=None, limits=None))]
    fn inverse<'py>(
        &self,
        py: Python<'py>,
        document: &Bound<'py, PyAny>,
        patch: &Bound<'py, PyAny>,
        profile: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, Vec<String>)> {
        let options = Options::default().any("profile", profile)?.any("limits", limits)?.build();
        let sizes = sizes(py, &options, Kind::Patch)?;
        let (document, patch) = (Document::new(document)?, Document::new(patch)?);
        let resource = document.within_or_raise(py, Kind::Patch, &sizes)?;
        let message = patch.within_or_raise(py, Kind::Patch, &sizes)?;
        let schema = self.of(&resource);
        let undo = py.detach(|| schema.inverse_value(&resource, &message, &options));
        let undo = undo.map_err(|failure| raise_in(py, &failure, &message))?;
        let lost = undo.lost.into_iter().map(String::from).collect();
        Ok((build::object(py, &undo.message.unwrap_or_default())?, lost))
    }

    /// `(resource, messages, trace)`.
    #[pyo3(signature = (document, profile=None, limits=None))]
    fn emit<'py>(
        &self,
        py: Python<'py>,
        document: &Bound<'py, PyAny>,
        profile: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let options = Options::default().any("profile", profile)?.any("limits", limits)?.build();
        let sizes = sizes(py, &options, Kind::Scim)?;
        let document = Document::new(document)?;
        let resource = document.within_or_raise(py, Kind::Scim, &sizes)?;
        let schema = self.of(&resource);
        let emitted = py
            .detach(|| schema.emit_value(&resource, &options))
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        let trace = error::trace(py, &emitted.trace, |_| None)?;
        let messages = build::object(py, &Value::Array(emitted.messages))?;
        Ok((build::object(py, &emitted.resource)?, messages, trace))
    }

    /// `(messages, trace)`.
    #[pyo3(signature = (patch, profile=None, original=None, limits=None))]
    fn emit_patch<'py>(
        &self,
        py: Python<'py>,
        patch: &Bound<'py, PyAny>,
        profile: Option<&Bound<'py, PyAny>>,
        original: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let options = Options::default()
            .any("profile", profile)?
            .document("original", original)?
            .any("limits", limits)?
            .build();
        let sizes = sizes(py, &options, Kind::Patch)?;
        let patch = Document::new(patch)?;
        let message = patch.within_or_raise(py, Kind::Patch, &sizes)?;
        let schema = self.fixed();
        let emitted = py
            .detach(|| schema.emit_patch_value(&message, &options))
            .map_err(|failure| raise(py, Kind::Patch, &failure, None))?;
        let trace = error::trace(py, &emitted.trace, |_| None)?;
        Ok((build::object(py, &Value::Array(emitted.messages))?, trace))
    }

    #[pyo3(signature = (draft=None, mode=None))]
    fn to_json_schema<'py>(
        &self,
        py: Python<'py>,
        draft: Option<&str>,
        mode: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::default().text("draft", draft).text("mode", mode).build();
        let schema = self.fixed().to_json_schema(&options);
        text_as_object(py, &schema.map_err(|failure| raise(py, Kind::Schema, &failure, None))?)
    }

    fn to_typescript(&self) -> String {
        self.fixed().to_typescript()
    }

    /// A PATCH message, or `None`.
    fn diff<'py>(
        &self,
        py: Python<'py>,
        old: &Bound<'py, PyAny>,
        new: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (old, new) = (Document::new(old)?, Document::new(new)?);
        let old = old.tree_or_raise(py, Kind::Patch)?;
        let new = new.tree_or_raise(py, Kind::Patch)?;
        let schema = self.of(&old);
        let patch = py.detach(|| schema.diff_value(&old, &new));
        let patch = patch.map_err(|failure| raise(py, Kind::Patch, &failure, None))?;
        build::object(py, &patch.unwrap_or_default())
    }

    #[pyo3(signature = (document, attributes=None, excluded_attributes=None, profile=None))]
    fn project<'py>(
        &self,
        py: Python<'py>,
        document: &Bound<'py, PyAny>,
        attributes: Option<&Bound<'py, PyAny>>,
        excluded_attributes: Option<&Bound<'py, PyAny>>,
        profile: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::of_projection(attributes, excluded_attributes, profile)?;
        let document = Document::new(document)?;
        let resource = document.tree_or_raise(py, Kind::Scim)?;
        let schema = self.of(&resource);
        let projected: Result<Value<'static>, Failure> =
            py.detach(|| schema.project_value(&resource, &options));
        build::object(py, &projected.map_err(|failure| raise(py, Kind::Scim, &failure, None))?)
    }
}

/// The sizes that options allow.
pub(crate) fn sizes(py: Python<'_>, options: &str, kind: Kind) -> PyResult<Limits> {
    api::read_limits(options).map_err(|failure| raise(py, kind, &failure, None))
}

/// An object with the member `schemas` of this one alone: what the choice of a schema needs.
fn schemas_of(object: &Bound<'_, PyAny>) -> Value<'static> {
    let mut choice = Object::new();
    if let Ok(dict) = object.cast::<pyo3::types::PyDict>() {
        for (name, value) in dict.iter() {
            if name.cast::<PyString>().is_ok_and(|name| {
                name.to_str().is_ok_and(|name| name.eq_ignore_ascii_case("schemas"))
            }) && let Ok(uris) = Document::Object(value).tree(object.py())
            {
                choice.insert("schemas", uris.into_owned());
            }
        }
    }
    choice.into()
}

/// The object of a JSON text that the core wrote.
pub(crate) fn text_as_object<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let tree = read(text).map_err(|error| raise(py, Kind::Scim, &error.into(), None))?;
    build::object(py, &tree)
}
