//! Dicts and lists made from the core's trees.

use pyo3::{
    IntoPyObjectExt as _,
    exceptions::PyRecursionError,
    prelude::*,
    types::{PyDict, PyInt, PyList, PyString},
};
use scimforge::value::{Number, Value};

/// Deeper than anything the core reads (64), shallow enough for any thread's stack.
const DEPTH: usize = 256;

/// Longer names are hardly attribute names, and interning is for what comes again.
const INTERNED: usize = 80;

/// The Python object of a tree.
pub(crate) fn object<'py>(py: Python<'py>, value: &Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    nested(py, value, DEPTH)
}

fn nested<'py>(py: Python<'py>, value: &Value<'_>, depth: usize) -> PyResult<Bound<'py, PyAny>> {
    let deeper = || {
        depth
            .checked_sub(1)
            .ok_or_else(|| PyRecursionError::new_err("a result is nested too deeply"))
    };
    match value {
        Value::Null => Ok(py.None().into_bound(py)),
        Value::Bool(truth) => truth.into_bound_py_any(py),
        Value::Number(number) => self::number(py, number),
        Value::String(text) => Ok(PyString::new(py, text).into_any()),
        Value::Array(items) => {
            let depth = deeper()?;
            let list = PyList::empty(py);
            for item in items {
                list.append(nested(py, item, depth)?)?;
            }
            Ok(list.into_any())
        }
        Value::Object(members) => {
            let depth = deeper()?;
            let dict = PyDict::new(py);
            for (name, member) in members.iter() {
                dict.set_item(key(py, name), nested(py, member, depth)?)?;
            }
            Ok(dict.into_any())
        }
    }
}

fn key<'py>(py: Python<'py>, name: &str) -> Bound<'py, PyString> {
    if name.len() <= INTERNED { PyString::intern(py, name) } else { PyString::new(py, name) }
}

/// Integers are exact, whatever their size; all else is the nearest double, as `json` reads it.
fn number<'py>(py: Python<'py>, number: &Number<'_>) -> PyResult<Bound<'py, PyAny>> {
    if !number.is_integer() {
        return number.as_f64().into_bound_py_any(py);
    }
    match number.as_i64() {
        Some(small) => small.into_bound_py_any(py),
        None => py.get_type::<PyInt>().call1((number.as_str(),)),
    }
}
