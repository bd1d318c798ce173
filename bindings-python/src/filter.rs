//! Filters tied to a schema.

use pyo3::{prelude::*, types::PyString};
use scimforge::{
    api,
    error::{Code, Error},
    value::Value,
};

use crate::{
    build,
    document::{Document, detached},
    error::{self, Kind, place_in_code_points, raise},
    node::{Notes, PyNode},
    schema::{sizes, text_as_object},
};

/// A filter tied to a schema.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct Filter {
    inner: api::Filter,
}

impl Filter {
    pub(crate) fn inner(&self) -> &api::Filter {
        &self.inner
    }

    pub(crate) fn compile(
        py: Python<'_>,
        schema: &api::Schema,
        text: &Bound<'_, PyAny>,
        options: &str,
    ) -> PyResult<Self> {
        let text = text.cast::<PyString>()?;
        let Ok(text) = text.to_str() else {
            return Err(raise(py, Kind::Filter, &Error::new(Code::LoneSurrogate).into(), None));
        };
        let inner = schema
            .filter(text, options)
            .map_err(|failure| raise(py, Kind::Filter, &failure, Some(text)))?;
        Ok(Self { inner })
    }

    pub(crate) fn from_expression(
        py: Python<'_>,
        schema: &api::Schema,
        expression: &Bound<'_, PyAny>,
        options: &str,
    ) -> PyResult<Self> {
        let sizes = sizes(py, options, Kind::Filter)?;
        let document = Document::new(expression)?;
        let tree = document.within_or_raise(py, Kind::Filter, &sizes)?;
        let inner = schema
            .filter_from_value(&tree, options)
            .map_err(|failure| raise(py, Kind::Filter, &failure, None))?;
        Ok(Self { inner })
    }
}

/// Places in bytes become places in code points.
fn in_code_points(explanation: &mut Value<'_>, text: &str) {
    match explanation {
        Value::Array(parts) => parts.iter_mut().for_each(|part| in_code_points(part, text)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if name == "span" {
                    for end in member.as_array_mut().into_iter().flatten() {
                        place_in_code_points(end, text);
                    }
                } else {
                    in_code_points(member, text);
                }
            }
        }
        _ => {}
    }
}

#[pymethods]
impl Filter {
    fn matches(&self, py: Python<'_>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
        let document = Document::new(value)?;
        let answer = match (&document, document.input()) {
            (Document::Object(object), _) => {
                let notes = Notes::default();
                Ok(self.inner.matches_node(&PyNode::new(object, &notes)))
            }
            (_, Ok(Some(input))) => detached(py, input, || self.inner.matches(input)),
            (_, Ok(None)) => Ok(false),
            (_, Err(failure)) => Err(failure),
        };
        answer.map_err(|failure| raise(py, Kind::Filter, &failure, document.source()))
    }

    fn explain<'py>(
        &self,
        py: Python<'py>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let document = Document::new(value)?;
        let mut explanation = match &document {
            Document::Object(object) => {
                let notes = Notes::default();
                self.inner.explain_node(&PyNode::new(object, &notes))
            }
            document => {
                let tree = document.tree_or_raise(py, Kind::Filter)?;
                self.inner.explain_node(&&tree)
            }
        };
        in_code_points(&mut explanation, self.inner.text());
        build::object(py, &explanation)
    }

    fn simplified(&self) -> Self {
        Self { inner: self.inner.simplified() }
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn expression<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        text_as_object(py, &self.inner.expression())
    }

    fn trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        error::issues_text(py, &self.inner.trace(), Some(self.inner.text()))
    }
}
