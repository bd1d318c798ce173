//! Filters tied to a schema.

use pyo3::{prelude::*, types::PyString};
use scimforge::{
    api,
    error::{Code, Error},
};

use crate::{
    document::{Document, detached},
    error::{self, Kind, raise},
    node::{Notes, PyNode},
    schema::text_as_object,
};

/// A filter tied to a schema.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct Filter {
    inner: api::Filter,
    /// As it was written: the places in its trace are in this text.
    text: String,
}

impl Filter {
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
        Ok(Self { inner, text: text.to_owned() })
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

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn expression<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        text_as_object(py, &self.inner.expression())
    }

    fn trace<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        error::issues_text(py, &self.inner.trace(), Some(&self.text))
    }
}
