//! Dicts and lists made from the core's trees.

use std::cell::RefCell;

use pyo3::{
    IntoPyObjectExt as _,
    exceptions::PyRecursionError,
    prelude::*,
    types::{PyDict, PyInt, PyList, PyString},
};
use scimforge::{
    document::Document,
    value::{Node, Number, Value, View},
};

/// Deeper than anything the core reads (64), shallow enough for any thread's stack.
const DEPTH: usize = 256;

/// Longer names are hardly attribute names, and interning is for what comes again.
const INTERNED: usize = 80;

/// Names that come again are found among so many that came before.
const KNOWN: usize = 512;

thread_local! {
    static NAMES: RefCell<Vec<Option<Py<PyString>>>> =
        RefCell::new((0..KNOWN).map(|_| None).collect());
}

/// The Python object of a tree.
pub(crate) fn object<'py>(py: Python<'py>, value: &Value<'_>) -> PyResult<Bound<'py, PyAny>> {
    nested(py, &value, DEPTH)
}

/// The Python object of a document.
pub(crate) fn document<'py>(
    py: Python<'py>,
    document: &Document<'_>,
) -> PyResult<Bound<'py, PyAny>> {
    nested(py, &document.root(), DEPTH)
}

fn nested<'a, 'py, N: Node<'a>>(
    py: Python<'py>,
    node: &N,
    depth: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let deeper = || {
        depth
            .checked_sub(1)
            .ok_or_else(|| PyRecursionError::new_err("a result is nested too deeply"))
    };
    match node.view() {
        // Nothing that the core made is foreign to JSON.
        View::Null | View::Foreign(_) => Ok(py.None().into_bound(py)),
        View::Bool(truth) => truth.into_bound_py_any(py),
        View::Number(number) => self::number(py, &number),
        View::Text(text) => Ok(PyString::new(py, &text).into_any()),
        View::List(items) => {
            let depth = deeper()?;
            let list = PyList::empty(py);
            for item in items {
                list.append(nested(py, &item, depth)?)?;
            }
            Ok(list.into_any())
        }
        View::Map(members) => {
            let depth = deeper()?;
            let dict = PyDict::new(py);
            for (name, member) in members {
                dict.set_item(key(py, &name), nested(py, &member, depth)?)?;
            }
            Ok(dict.into_any())
        }
    }
}

fn key<'py>(py: Python<'py>, name: &str) -> Bound<'py, PyString> {
    if name.len() > INTERNED {
        return PyString::new(py, name);
    }
    // Nothing in here runs code of Python, which could come back.
    NAMES.with_borrow_mut(|names| {
        let Some(place) = names.get_mut(place(name.as_bytes())) else {
            return PyString::intern(py, name);
        };
        if let Some(known) = place
            && known.bind(py).to_str().is_ok_and(|known| known == name)
        {
            return known.bind(py).clone();
        }
        let new = PyString::intern(py, name);
        *place = Some(new.clone().unbind());
        new
    })
}

/// Where a name has its place: by its length, its ends and its middle, which is enough to tell
/// apart most of those that a schema has.
fn place(name: &[u8]) -> usize {
    let at = |place: usize| name.get(place).copied().map_or(0, usize::from);
    let (first, middle, last) = (at(0), at(name.len() / 2), at(name.len().saturating_sub(1)));
    (name.len() * 7 + first * 31 + middle * 131 + last * 17) % KNOWN
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
