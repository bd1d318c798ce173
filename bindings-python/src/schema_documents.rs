//! What is said of documents of schemas.

use pyo3::prelude::*;
use scimforge::{
    api::{self, Input},
    value::to_text,
};

use crate::{
    document::Document,
    error::{self, Kind, raise},
    schema::text_as_object,
};

/// A list of issues.
pub(crate) fn lint<'py>(
    py: Python<'py>,
    document: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let document = Document::new(document)?;
    let found = match document.tree(py) {
        Ok(tree) => py.detach(|| scimforge::schema::lint(&tree)),
        Err(failure) => failure.issues,
    };
    error::issues(py, found, document.source())
}

/// `{"verdict", "changes"}`.
pub(crate) fn changes<'py>(
    py: Python<'py>,
    old: &Bound<'py, PyAny>,
    new: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let text = |document: &Bound<'py, PyAny>| {
        let document = Document::new(document)?;
        PyResult::Ok(to_text(&document.tree_or_raise(py, Kind::Schema)?))
    };
    let (old, new) = (text(old)?, text(new)?);
    let changes = py.detach(|| api::schema_changes(Input::Text(&old), Input::Text(&new)));
    text_as_object(py, &changes.map_err(|failure| raise(py, Kind::Schema, &failure, None))?)
}
