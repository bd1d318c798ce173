//! The core's failures as the exceptions of `scimforge.errors`.

use pyo3::{prelude::*, sync::PyOnceLock, types::PyType};
use scimforge::{
    api::Failure,
    error::{Issue, Pointer, Span},
    profile::Trace,
    value::{Value, read},
};

use crate::build;

/// The exceptions, by what was asked for.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Scim,
    Schema,
    Filter,
    Patch,
    Migration,
}

impl Kind {
    fn class(self, py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
        // One cell a class: they are looked up once in the life of the interpreter.
        static SCIM: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static SCHEMA: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static FILTER: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static PATCH: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static MIGRATION: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let (cell, name) = match self {
            Self::Scim => (&SCIM, "ScimError"),
            Self::Schema => (&SCHEMA, "SchemaError"),
            Self::Filter => (&FILTER, "FilterError"),
            Self::Patch => (&PATCH, "PatchError"),
            Self::Migration => (&MIGRATION, "MigrationError"),
        };
        cell.import(py, "scimforge.errors", name)
    }
}

/// A text that spans may point into, to be told in code points.
pub(crate) type Source<'t> = Option<&'t str>;

/// The exception for a failure.
pub(crate) fn raise(py: Python<'_>, kind: Kind, failure: &Failure, source: Source<'_>) -> PyErr {
    let exception = issues(py, failure.issues.clone(), source)
        .and_then(|issues| kind.class(py)?.call_method1("_of", (issues, failure.status())));
    exception.map_or_else(|error| error, PyErr::from_value)
}

/// A list of issues, as dicts with the core's names.
pub(crate) fn issues<'py>(
    py: Python<'py>,
    issues: Vec<Issue>,
    source: Source<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    let values = issues.into_iter().map(|issue| in_code_points(issue, source).to_value());
    build::object(py, &Value::Array(values.collect()))
}

/// The same from the JSON text of a list of issues.
pub(crate) fn issues_text<'py>(
    py: Python<'py>,
    text: &str,
    source: Source<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut list = read(text).map_err(|error| raise(py, Kind::Scim, &error.into(), None))?;
    if let Some(source) = source {
        for issue in list.as_array_mut().into_iter().flatten() {
            count_anew(issue, source);
        }
    }
    build::object(py, &list)
}

/// What was bent, with places in the texts that stand at its pointers.
pub(crate) fn trace<'py, 't>(
    py: Python<'py>,
    trace: &Trace,
    text_at: impl Fn(&Pointer) -> Source<'t>,
) -> PyResult<Bound<'py, PyAny>> {
    build::object(py, &trace_value(trace, text_at))
}

/// The same as a tree.
pub(crate) fn trace_value<'t>(
    trace: &Trace,
    text_at: impl Fn(&Pointer) -> Source<'t>,
) -> Value<'static> {
    let entries = trace.entries().iter().map(|bent| {
        let mut entry = bent.to_value();
        if let Some(source) = text_at(&bent.pointer) {
            count_anew(&mut entry, source);
        }
        entry
    });
    Value::Array(entries.collect())
}

/// Turns the byte offsets of a span into code points.
pub(crate) fn count_anew(entry: &mut Value<'_>, source: &str) {
    let span = entry.as_object_mut().and_then(|entry| entry.get_mut("span"));
    for end in span.and_then(Value::as_array_mut).into_iter().flatten() {
        place_in_code_points(end, source);
    }
}

fn in_code_points(issue: Issue, source: Source<'_>) -> Issue {
    match (issue.span, source) {
        (Some(span), Some(text)) => {
            let span = Span::new(code_points(text, span.start), code_points(text, span.end));
            issue.spanning(span)
        }
        _ => issue,
    }
}

/// A place in bytes of a text becomes one in code points.
pub(crate) fn place_in_code_points(place: &mut Value<'_>, text: &str) {
    if let Value::Number(number) = &*place
        && let Some(at) = number.as_i64().and_then(|at| usize::try_from(at).ok())
    {
        *place = Value::integer(i64::try_from(code_points(text, at)).unwrap_or(i64::MAX));
    }
}

/// How many characters stand before a byte offset.
fn code_points(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    before.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}
