//! Migration from pieces of a file.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::{prelude::*, types::PyBytes};
use scimforge::{
    api,
    limits::Limits,
    value::{Value, read_with, to_text},
};

use crate::{
    build,
    error::{Kind, raise},
    options::Options,
};

/// Two passes over a file: `scan` all of it, then `convert` all of it.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct Migration {
    inner: Mutex<api::Migration>,
}

impl Migration {
    fn lock(&self) -> MutexGuard<'_, api::Migration> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Migration {
    #[new]
    #[pyo3(signature = (format, options=None))]
    fn new(py: Python<'_>, format: &str, options: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let options = Options::alone(options)?;
        let inner = api::Migration::new(format, &options)
            .map_err(|failure| raise(py, Kind::Migration, &failure, None))?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    fn scan(&self, py: Python<'_>, chunk: &Bound<'_, PyBytes>) {
        let chunk = chunk.as_bytes();
        py.detach(|| self.lock().scan(chunk));
    }

    fn end_scan(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.lock().end_scan())
            .map_err(|failure| raise(py, Kind::Migration, &failure, None))
    }

    /// A list of outcomes, as dicts with the core's names.
    fn convert<'py>(
        &self,
        py: Python<'py>,
        chunk: &Bound<'py, PyBytes>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let chunk = chunk.as_bytes();
        outcomes(py, &py.detach(|| self.lock().convert(chunk)))
    }

    fn end_convert<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        outcomes(py, &py.detach(|| self.lock().end_convert()))
    }

    /// The resources alone, one JSON text a line, and how many.
    fn convert_lines<'py>(
        &self,
        py: Python<'py>,
        chunk: &Bound<'py, PyBytes>,
    ) -> PyResult<(Bound<'py, PyBytes>, usize)> {
        let chunk = chunk.as_bytes();
        let (lines, count) = lines(py, || self.lock().convert(chunk))?;
        Ok((PyBytes::new(py, lines.as_bytes()), count))
    }

    fn end_convert_lines<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyBytes>, usize)> {
        let (lines, count) = lines(py, || self.lock().end_convert())?;
        Ok((PyBytes::new(py, lines.as_bytes()), count))
    }

    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        outcomes(py, &py.detach(|| self.lock().report()))
    }
}

/// Our own output has no limit: one record may be a group of a million.
fn unlimited() -> Limits {
    let mut limits = Limits::DEFAULT;
    limits.json_bytes = usize::MAX;
    limits
}

fn outcomes<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let tree = py.detach(|| read_with(text, &unlimited()));
    let tree = tree.map_err(|error| raise(py, Kind::Migration, &error.into(), None))?;
    build::object(py, &tree)
}

fn lines(py: Python<'_>, convert: impl FnOnce() -> String + Send) -> PyResult<(String, usize)> {
    let lines = py.detach(|| {
        let text = convert();
        let tree = read_with(&text, &unlimited())?;
        let resources = tree
            .as_array()
            .unwrap_or_default()
            .iter()
            .filter_map(|outcome| outcome.get("resource"));
        let mut lines = (String::with_capacity(text.len()), 0);
        for resource in resources.filter(|resource| matches!(resource, Value::Object(_))) {
            lines.0.push_str(&to_text(resource));
            lines.0.push('\n');
            lines.1 += 1;
        }
        Ok::<_, scimforge::error::Error>(lines)
    });
    lines.map_err(|error| raise(py, Kind::Migration, &error.into(), None))
}
