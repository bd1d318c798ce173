//! scimforge for Python: a thin binding over the scimforge core.

use pyo3::pymodule;

#[pymodule]
mod _scimforge {
    use pyo3::pyfunction;

    /// The version of the package.
    #[pyfunction]
    fn version() -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}
