//! scimforge for Python: a thin binding over the scimforge core.
//!
//! It reads Python's objects in place, builds Python's objects from the core's trees, and lets
//! other threads run meanwhile. The interface that people use is Python, in `python/scimforge`.
#![deny(unsafe_code)]

mod build;
mod document;
mod engine;
mod error;
mod filter;
mod migration;
mod node;
mod options;
mod patched;
mod schema;
mod schema_documents;
mod server;
mod stored;

use pyo3::pymodule;

#[pymodule]
mod _scimforge {
    use pyo3::{exceptions::PyValueError, prelude::*};
    use scimforge::{api, value};

    use crate::{
        build,
        node::{Notes, PyNode},
        schema::text_as_object,
    };

    #[pymodule_export]
    use crate::engine::{
        Engine, Exchange, Sql, SqliteSql, hash_password, is_password_hash, verify_password,
    };
    #[pymodule_export]
    use crate::filter::Filter;
    #[pymodule_export]
    use crate::migration::Migration;
    #[pymodule_export]
    use crate::schema::Schema;
    #[pymodule_export]
    use crate::server::MemoryServer;
    #[pymodule_export]
    use crate::stored::StoredDocument;

    /// The version of the package.
    #[pyfunction]
    fn version() -> &'static str {
        api::version()
    }

    /// The catalogue of codes.
    #[pyfunction]
    fn codes(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        text_as_object(py, &api::codes())
    }

    /// The profiles and what each tolerates.
    #[pyfunction]
    fn profiles(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        text_as_object(py, &api::profiles())
    }

    /// The schema of the extension that migrated POSIX accounts have.
    #[pyfunction]
    fn posix_schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        text_as_object(py, scimforge::migrate::POSIX_SCHEMA)
    }

    /// A place in a text, in code points, as two lines.
    #[pyfunction]
    fn show_place(text: &str, start: usize, end: usize) -> String {
        let byte = |at| text.char_indices().nth(at).map_or(text.len(), |(byte, _)| byte);
        scimforge::api::show_place(text, byte(start), byte(end))
    }

    /// The claims of a Security Event Token.
    #[pyfunction]
    fn security_event<'py>(
        py: Python<'py>,
        event: &Bound<'py, PyAny>,
        options: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        crate::server::security_event(py, event, options)
    }

    /// What is wrong or doubtful in a schema document.
    #[pyfunction]
    fn lint_schema<'py>(
        py: Python<'py>,
        document: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        crate::schema_documents::lint(py, document)
    }

    /// What a new version of a schema document means.
    #[pyfunction]
    fn schema_changes<'py>(
        py: Python<'py>,
        old: &Bound<'py, PyAny>,
        new: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        crate::schema_documents::changes(py, old, new)
    }

    /// The tree of an object, built again: what a walk in place sees.
    #[pyfunction]
    fn copy<'py>(py: Python<'py>, object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let document = crate::document::Document::Object(object.clone());
        build::object(py, &document.tree_or_raise(py, crate::error::Kind::Scim)?)
    }

    /// Holds the walk over Python objects against the contract of nodes, with `load` to make an
    /// object of a JSON text; the number of samples.
    #[pyfunction]
    fn conform(load: &Bound<'_, PyAny>) -> PyResult<usize> {
        let with_host = |text: &str| {
            let object = load.call1((text,)).map_err(|error| error.to_string())?;
            let notes = Notes::default();
            value::Value::copy_of(&PyNode::new(&object, &notes)).map_err(|error| error.to_string())
        };
        value::conform(with_host).map_err(PyValueError::new_err)
    }
}
