//! What a caller hands over as a document: JSON text, JSON bytes or an object.

use std::borrow::Cow;

use pyo3::{
    prelude::*,
    types::{PyByteArray, PyBytes, PyMemoryView, PyString},
};
use scimforge::{
    api::{Failure, Input},
    error::{Code, Error},
    limits::Limits,
    value::{Value, to_text},
};

use crate::{
    error::{Kind, Source, raise},
    node::{Notes, PyNode, rename},
};

/// From here on the work takes longer than letting other threads run costs.
const DETACH_FROM: usize = 16 << 10;

/// A document in the form it was given.
pub(crate) enum Document<'py> {
    Text(Bound<'py, PyString>),
    Bytes(Bound<'py, PyBytes>),
    /// Bytes that could change while other threads run.
    Copied(Vec<u8>),
    Object(Bound<'py, PyAny>),
}

impl<'py> Document<'py> {
    pub(crate) fn new(value: &Bound<'py, PyAny>) -> PyResult<Self> {
        Ok(if let Ok(text) = value.cast::<PyString>() {
            Self::Text(text.clone())
        } else if let Ok(bytes) = value.cast::<PyBytes>() {
            Self::Bytes(bytes.clone())
        } else if let Ok(bytes) = value.cast::<PyByteArray>() {
            Self::Copied(bytes.to_vec())
        } else if value.is_instance_of::<PyMemoryView>() {
            Self::Copied(value.call_method0("tobytes")?.extract()?)
        } else {
            Self::Object(value.clone())
        })
    }

    /// The input for the core; `None` for an object.
    ///
    /// # Errors
    /// `lone-surrogate` for a text that cannot be UTF-8.
    pub(crate) fn input(&self) -> Result<Option<Input<'_>>, Failure> {
        Ok(match self {
            Self::Text(text) => {
                let text = text.to_str().map_err(|_| Error::new(Code::LoneSurrogate))?;
                Some(Input::Text(text))
            }
            Self::Bytes(bytes) => Some(Input::Bytes(bytes.as_bytes())),
            Self::Copied(bytes) => Some(Input::Bytes(bytes)),
            Self::Object(_) => None,
        })
    }

    /// The text that spans point into; `None` for bytes and objects.
    pub(crate) fn source(&self) -> Source<'_> {
        match self {
            Self::Text(text) => text.to_str().ok(),
            _ => None,
        }
    }

    /// The tree.
    ///
    /// # Errors
    /// Those of reading; of [`Value::from_node`] for an object.
    pub(crate) fn tree(&self, py: Python<'_>) -> Result<Value<'_>, Failure> {
        self.tree_within(py, &Limits::DEFAULT)
    }

    /// The tree of a text no larger than `limits` allow.
    fn tree_within(&self, py: Python<'_>, limits: &Limits) -> Result<Value<'_>, Failure> {
        match (self.input()?, self) {
            (Some(input), _) => Ok(detached(py, input, || input.read(limits))?),
            (None, Self::Object(object)) => copied(object),
            (None, _) => Ok(Value::Null),
        }
    }

    /// The JSON: what was given, or an object printed.
    pub(crate) fn json(&self, py: Python<'_>, kind: Kind) -> PyResult<Cow<'_, [u8]>> {
        let input = self.input().map_err(|failure| raise(py, kind, &failure, None))?;
        Ok(match input {
            Some(Input::Text(text)) => text.as_bytes().into(),
            Some(Input::Bytes(bytes)) => bytes.into(),
            None => to_text(&self.tree_or_raise(py, kind)?).into_bytes().into(),
        })
    }

    /// The tree, or the exception.
    pub(crate) fn tree_or_raise(&self, py: Python<'_>, kind: Kind) -> PyResult<Value<'_>> {
        self.within_or_raise(py, kind, &Limits::DEFAULT)
    }

    /// The same within limits.
    pub(crate) fn within_or_raise(
        &self,
        py: Python<'_>,
        kind: Kind,
        limits: &Limits,
    ) -> PyResult<Value<'_>> {
        self.tree_within(py, limits).map_err(|failure| raise(py, kind, &failure, self.source()))
    }
}

/// The tree of an object.
fn copied(object: &Bound<'_, PyAny>) -> Result<Value<'static>, Failure> {
    let notes = Notes::default();
    let copy = Value::from_node(&PyNode::new(object, &notes), &Limits::DEFAULT);
    let issues = notes.complete(Vec::new());
    if !issues.is_empty() {
        return Err(issues.into());
    }
    copy.map_err(|error| rename(error.into_issue()))
        .map_err(|issue| Failure { issues: vec![issue] })
}

/// Runs `work` on an input without the GIL when that pays.
pub(crate) fn detached<T: Send>(
    py: Python<'_>,
    input: Input<'_>,
    work: impl FnOnce() -> T + Send,
) -> T {
    let size = match input {
        Input::Text(text) => text.len(),
        Input::Bytes(bytes) => bytes.len(),
    };
    if size < DETACH_FROM { work() } else { py.detach(work) }
}
