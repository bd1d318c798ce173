//! What a PATCH did, with places in the texts of its message.

use pyo3::prelude::*;
use scimforge::{
    api::Failure, error::Pointer, patch::OperationReport, profile::Trace, value::Value,
};

use crate::{
    build,
    error::{self, Kind, raise},
};

/// `(resource, changed, trace, operations)` of a PATCH.
pub(crate) type Patched<'py> =
    (Bound<'py, PyAny>, bool, Bound<'py, PyAny>, Option<Bound<'py, PyAny>>);

/// A PATCH as it is told, with places in the paths of its message.
pub(crate) fn told<'py>(
    py: Python<'py>,
    resource: Bound<'py, PyAny>,
    changed: bool,
    trace: &Trace,
    operations: Option<Vec<OperationReport>>,
    message: &Value<'_>,
) -> PyResult<Patched<'py>> {
    let in_message = |pointer: &Pointer| text_at(message, pointer);
    let operations = operations.map(|operations| {
        let told = operations.iter().map(|report| operation(report, in_message)).collect();
        build::object(py, &Value::Array(told))
    });
    Ok((resource, changed, error::trace(py, trace, in_message)?, operations.transpose()?))
}

/// The report of an operation, with places in the texts that stand at its pointers.
fn operation<'t>(
    report: &OperationReport,
    text_at: impl Fn(&Pointer) -> Option<&'t str>,
) -> Value<'static> {
    let mut told = report.to_value();
    if let Some(object) = told.as_object_mut() {
        object.insert("trace", error::trace_value(&report.trace, text_at));
    }
    told
}

/// The exception for a failure of a PATCH, with places in the path that it is about.
pub(crate) fn raise_in(py: Python<'_>, failure: &Failure, message: &Value<'_>) -> PyErr {
    let source = failure.issues.first().and_then(|issue| text_at(message, &issue.pointer));
    raise(py, Kind::Patch, failure, source)
}

/// The text at a place of a message: a span of an issue there points into it.
pub(crate) fn text_at<'v>(message: &'v Value<'_>, pointer: &Pointer) -> Option<&'v str> {
    let mut value = message;
    for step in pointer.segments() {
        value = match step {
            scimforge::error::Segment::Name(name) => value.get(name)?,
            scimforge::error::Segment::Index(index) => value.as_array()?.get(*index)?,
        };
    }
    value.as_str()
}
