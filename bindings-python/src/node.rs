//! Python objects read where they lie.

use std::{
    borrow::Cow,
    cell::{Cell, OnceCell},
};

use pyo3::{
    prelude::*,
    types::{
        PyBool, PyByteArray, PyBytes, PyDate, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet,
        PyString, PyTuple,
    },
};
use scimforge::{
    error::{Code, Issue},
    value::{Node, Number, View},
};

/// What a text with half of a surrogate pair is called on its way through the core.
const LONE_SURROGATE: &str = "text with half of a surrogate pair";
/// What a dict key that is no text is called.
const FOREIGN_KEY: &str = "a dict key that is not text";

/// What a walk met in member names, where the core sees no value to judge, and the texts that it
/// reads.
#[derive(Default)]
pub(crate) struct Notes<'py> {
    key: Cell<Option<&'static str>>,
    texts: Texts<'py>,
}

/// Texts that are read where Python has them: holding on to an object is quicker than copying it.
#[derive(Default)]
struct Texts<'py> {
    /// Each twice as long as the one before, so that none ever moves.
    shelves: [OnceCell<Shelf<'py>>; 24],
    used: Cell<(usize, usize)>,
}

type Shelf<'py> = Box<[OnceCell<Bound<'py, PyString>>]>;

/// As many texts as most documents have.
const FIRST_SHELF: usize = 128;

impl<'py> Texts<'py> {
    /// The object, for as long as this lives; there is room for more than memory could hold.
    fn keep(&self, text: Bound<'py, PyString>) -> Option<&Bound<'py, PyString>> {
        let (mut number, mut place) = self.used.get();
        if place == FIRST_SHELF << number {
            (number, place) = (number + 1, 0);
        }
        self.used.set((number, place + 1));
        let places = || (0..FIRST_SHELF << number).map(|_| OnceCell::new()).collect();
        let place = self.shelves.get(number)?.get_or_init(places).get(place)?;
        Some(place.get_or_init(|| text))
    }
}

impl Notes<'_> {
    /// The issues of a walk: those of the core, with half surrogate pairs under their own code,
    /// and what member names were noted for.
    pub(crate) fn complete(&self, issues: Vec<Issue>) -> Vec<Issue> {
        let mut issues: Vec<Issue> = issues.into_iter().map(rename).collect();
        if let Some(key) = self.key.get() {
            issues.push(rename(Issue::new(Code::ForeignValue).with("actual", key)));
        }
        issues
    }

    /// Whether member names were fine.
    pub(crate) fn clean(&self) -> bool {
        self.key.get().is_none()
    }
}

/// JSON text gives half a surrogate pair a code of its own, so objects do as well.
pub(crate) fn rename(issue: Issue) -> Issue {
    if issue.code != Code::ForeignValue || issue.param("actual") != Some(LONE_SURROGATE) {
        return issue;
    }
    Issue::new(Code::LoneSurrogate).severity(issue.severity).at(issue.pointer).path(issue.scim_path)
}

/// A Python object as a node: dict, list, tuple, str, bool, int, float and None.
///
/// The walk holds the GIL and runs no Python code, so nothing changes under it.
#[derive(Clone)]
pub(crate) struct PyNode<'n, 'py> {
    object: Bound<'py, PyAny>,
    notes: &'n Notes<'py>,
}

impl<'n, 'py> PyNode<'n, 'py> {
    pub(crate) fn new(object: &Bound<'py, PyAny>, notes: &'n Notes<'py>) -> Self {
        Self { object: object.clone(), notes }
    }
}

impl<'n, 'py> Node<'n> for PyNode<'n, 'py>
where
    'py: 'n,
{
    type Items = Items<'n, 'py>;
    type Members = Members<'n, 'py>;

    fn view(&self) -> View<'n, Self> {
        let object = &self.object;
        if let Ok(text) = object.cast::<PyString>() {
            let text = self.notes.texts.keep(text.clone()).and_then(|text| text.to_str().ok());
            return text
                .map_or(View::Foreign(LONE_SURROGATE), |text| View::Text(Cow::Borrowed(text)));
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            return View::Map(Members { members: dict.iter(), notes: self.notes });
        }
        if let Ok(list) = object.cast::<PyList>() {
            return View::List(Items {
                sequence: Sequence::List(list.clone()),
                at: 0,
                notes: self.notes,
            });
        }
        if object.is_none() {
            return View::Null;
        }
        // Before int: True is an int as well.
        if let Ok(truth) = object.cast::<PyBool>() {
            return View::Bool(truth.is_true());
        }
        if let Ok(integer) = object.cast::<PyInt>() {
            return integer_text(integer)
                .map_or(View::Foreign("an integer of thousands of digits"), View::Number);
        }
        if let Ok(float) = object.cast::<PyFloat>() {
            let number = float.value();
            // The debug form is the shortest that reads back the same, in JSON's own notation.
            let text = number.is_finite().then(|| format!("{number:?}"));
            let not_finite = if number.is_nan() { "NaN" } else { "an infinite number" };
            return text
                .and_then(Number::from_text)
                .map_or(View::Foreign(not_finite), View::Number);
        }
        if let Ok(tuple) = object.cast::<PyTuple>() {
            return View::List(Items {
                sequence: Sequence::Tuple(tuple.clone()),
                at: 0,
                notes: self.notes,
            });
        }
        View::Foreign(foreign_name(object))
    }

    fn is_filled_text(&self) -> bool {
        let text = self.object.cast::<PyString>();
        text.is_ok_and(|text| text.to_str().is_ok_and(|text| !text.is_empty()))
    }
}

/// The decimal text of an integer of any size below Python's own limit for that.
fn integer_text(integer: &Bound<'_, PyInt>) -> Option<Number<'static>> {
    if let Ok(small) = integer.extract::<i64>() {
        return Some(Number::from(small));
    }
    // The method of `int` itself: a subclass could print anything.
    let text = integer.py().get_type::<PyInt>().call_method1("__repr__", (integer,)).ok()?;
    Number::from_text(text.extract::<String>().ok()?)
}

/// What to call an object that JSON cannot hold. Its type's own name is not used, as issues hold
/// constant words there.
fn foreign_name(object: &Bound<'_, PyAny>) -> &'static str {
    if object.is_instance_of::<PyDate>() {
        "a date"
    } else if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
        "a bytes object"
    } else if object.is_instance_of::<PySet>() || object.is_instance_of::<PyFrozenSet>() {
        "a set"
    } else if object.is_callable() {
        "a function"
    } else {
        "an object of another type"
    }
}

enum Sequence<'py> {
    List(Bound<'py, PyList>),
    Tuple(Bound<'py, PyTuple>),
}

/// The elements of a list or tuple.
pub(crate) struct Items<'n, 'py> {
    sequence: Sequence<'py>,
    at: usize,
    notes: &'n Notes<'py>,
}

impl<'n, 'py> Iterator for Items<'n, 'py> {
    type Item = PyNode<'n, 'py>;

    fn next(&mut self) -> Option<Self::Item> {
        let object = match &self.sequence {
            Sequence::List(list) if self.at < list.len() => list.get_item(self.at),
            Sequence::Tuple(tuple) if self.at < tuple.len() => tuple.get_item(self.at),
            _ => return None,
        };
        self.at += 1;
        Some(PyNode { object: object.ok()?, notes: self.notes })
    }
}

/// The members of a dict, in order.
pub(crate) struct Members<'n, 'py> {
    members: pyo3::types::dict::BoundDictIterator<'py>,
    notes: &'n Notes<'py>,
}

impl<'n, 'py> Iterator for Members<'n, 'py> {
    type Item = (Cow<'n, str>, PyNode<'n, 'py>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, object) = self.members.next()?;
        let name = if let Ok(text) = key.cast_into::<PyString>() {
            let text = self.notes.texts.keep(text)?;
            text.to_str().map_or_else(
                |_| {
                    self.notes.key.set(Some(LONE_SURROGATE));
                    text.to_string_lossy()
                },
                Cow::Borrowed,
            )
        } else {
            self.notes.key.set(Some(FOREIGN_KEY));
            Cow::Borrowed("(not text)")
        };
        Some((name, PyNode { object, notes: self.notes }))
    }
}
