//! A document that is read once and asked often.

use pyo3::{prelude::*, types::PyList};
use scimforge::{
    api,
    error::Pointer,
    value::{Value, read},
};

use crate::{
    build,
    document::Document,
    error::{Kind, Source, count_anew, issues, raise},
    filter::Filter,
    node::{Notes, PyNode},
    options::{Options, Settings},
    patched::{raise_in, text_at},
    schema::text_as_object,
};

/// A document that was read for a schema, with its text.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct StoredDocument {
    inner: api::Document,
    /// Whether it came as text, so that places are told in code points.
    is_text: bool,
    /// Whether it came as an object, in which places of a text mean nothing.
    is_object: bool,
}

impl StoredDocument {
    pub(crate) fn read(
        py: Python<'_>,
        schema: &api::Schema,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let document = Document::new(value)?;
        let json = document.json(py, Kind::Scim)?;
        let inner = schema
            .document(api::Input::Bytes(&json))
            .map_err(|failure| raise(py, Kind::Scim, &failure, document.source()))?;
        Ok(Self {
            inner,
            is_text: matches!(document, Document::Text(_)),
            is_object: matches!(document, Document::Object(_)),
        })
    }

    fn source(&self) -> Source<'_> {
        self.is_text.then(|| self.inner.text())
    }
}

#[pymethods]
impl StoredDocument {
    #[pyo3(signature = (mode=None, profile=None, original=None, max_issues=None))]
    fn validate<'py>(
        &self,
        py: Python<'py>,
        mode: Option<&str>,
        profile: Option<&Bound<'py, PyAny>>,
        original: Option<&Bound<'py, PyAny>>,
        max_issues: Option<i64>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let options = Settings { mode, profile, original, limits: None, max_issues }.read(py)?;
        let mut found = self.inner.inner().issues(&options.options());
        if found.is_empty() {
            return Ok(None);
        }
        if self.is_object {
            for issue in &mut found {
                issue.span = None;
            }
        }
        issues(py, found, self.source()).map(Some)
    }

    #[pyo3(signature = (mode=None, profile=None, original=None))]
    fn is_valid<'py>(
        &self,
        py: Python<'py>,
        mode: Option<&str>,
        profile: Option<&Bound<'py, PyAny>>,
        original: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<bool> {
        let settings = Settings { mode, profile, original, limits: None, max_issues: None };
        Ok(self.inner.inner().is_valid(&settings.read(py)?.options()))
    }

    fn matches(&self, filter: &Filter) -> bool {
        self.inner.matches(filter.inner())
    }

    #[pyo3(signature = (attributes=None, excluded_attributes=None, profile=None))]
    fn project<'py>(
        &self,
        py: Python<'py>,
        attributes: Option<&Bound<'py, PyAny>>,
        excluded_attributes: Option<&Bound<'py, PyAny>>,
        profile: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::of_projection(attributes, excluded_attributes, profile)?;
        let text = self
            .inner
            .project(&options)
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        text_as_object(py, &text)
    }

    /// `{"resource", "changed", "trace", "operations"?}`.
    #[pyo3(signature = (patch, profile=None, limits=None, explain=None, max_member_loss=None))]
    fn apply_patch<'py>(
        &self,
        py: Python<'py>,
        patch: &Bound<'py, PyAny>,
        profile: Option<&Bound<'py, PyAny>>,
        limits: Option<&Bound<'py, PyAny>>,
        explain: Option<&Bound<'py, PyAny>>,
        max_member_loss: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::of_patch(profile, limits, explain, max_member_loss)?;
        let patch = Document::new(patch)?;
        let message = patch.json(py, Kind::Patch)?;
        let patched = py.detach(|| self.inner.apply_patch(api::Input::Bytes(&message), &options));
        let tree = || patch.tree(py).unwrap_or_default();
        let text = patched.map_err(|failure| {
            let tree = tree();
            raise_in(py, &failure, &tree)
        })?;
        let mut told = read(&text).map_err(|error| raise(py, Kind::Patch, &error.into(), None))?;
        // Most messages have no such place, and need no tree.
        if text.contains("\"span\":") {
            places_in(&mut told, &tree());
        }
        build::object(py, &told)
    }

    fn __str__(&self) -> &str {
        self.inner.text()
    }

    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        text_as_object(py, self.inner.text())
    }
}

/// Places in the paths of a message become places in code points, in the trace of the whole and in
/// those of the operations.
fn places_in(told: &mut Value<'_>, message: &Value<'_>) {
    let Some(told) = told.as_object_mut() else { return };
    if let Some(operations) = told.get_mut("operations").and_then(Value::as_array_mut) {
        for operation in operations {
            places_in(operation, message);
        }
    }
    for entry in told.get_mut("trace").and_then(Value::as_array_mut).into_iter().flatten() {
        let at = entry.get("pointer").and_then(Value::as_str).and_then(Pointer::parse);
        if let Some(text) = at.and_then(|at| text_at(message, &at)) {
            count_anew(entry, text);
        }
    }
}

/// The order of values as indices into the list.
pub(crate) fn order(
    py: Python<'_>,
    schema: &api::Schema,
    values: &Bound<'_, PyList>,
    options: &str,
) -> PyResult<Vec<usize>> {
    let documents: Vec<Document<'_>> =
        values.iter().map(|value| Document::new(&value)).collect::<PyResult<_>>()?;
    let objects: Option<Vec<&Bound<'_, PyAny>>> = documents
        .iter()
        .map(|document| match document {
            Document::Object(object) => Some(object),
            _ => None,
        })
        .collect();
    let order = if let Some(objects) = objects {
        let notes = Notes::default();
        schema.order_nodes(objects.iter().map(|object| PyNode::new(object, &notes)), options)
    } else {
        let texts = documents.iter().map(|document| document.json(py, Kind::Scim));
        let texts = texts.collect::<PyResult<Vec<_>>>()?;
        schema.order(texts.iter().map(|text| api::Input::Bytes(text)), options)
    };
    order.map_err(|failure| raise(py, Kind::Scim, &failure, None))
}
