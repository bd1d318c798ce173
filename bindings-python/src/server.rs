//! The server in memory.

use std::sync::{Mutex, PoisonError};

use pyo3::{prelude::*, types::PyBytes};
use scimforge::{
    api::{self, Input},
    value::to_text,
};

use crate::{
    document::Document,
    error::{Kind, raise},
    options::Options,
};

type Response<'py> = (u16, Vec<(String, String)>, Bound<'py, PyBytes>);

/// The protocol engine on top of a store in memory.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct MemoryServer {
    inner: Mutex<api::MemoryServer>,
}

#[pymethods]
impl MemoryServer {
    #[new]
    #[pyo3(signature = (config=None))]
    fn new(py: Python<'_>, config: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let config = Options::alone(config)?;
        let inner = api::MemoryServer::new(&config)
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok(Self { inner: Mutex::new(inner) })
    }

    fn insert(&self, py: Python<'_>, resource: &Bound<'_, PyAny>) -> PyResult<()> {
        let document = Document::new(resource)?;
        let text = to_text(&document.tree_or_raise(py, Kind::Scim)?);
        // The lock is taken without the GIL: its holder may wait for the GIL.
        py.detach(|| {
            self.inner.lock().unwrap_or_else(PoisonError::into_inner).insert(Input::Text(&text))
        })
        .map_err(|failure| raise(py, Kind::Scim, &failure, None))
    }

    fn handle<'py>(
        &self,
        py: Python<'py>,
        request: &Bound<'py, PyAny>,
        body: Option<&Bound<'py, PyAny>>,
        env: &Bound<'py, PyAny>,
    ) -> PyResult<Response<'py>> {
        let (request, env) = (Options::alone(Some(request))?, Options::alone(Some(env))?);
        let body = body.map(Document::new).transpose()?;
        // An object is printed; anything else is sent as it is, be it JSON or not.
        let printed = match &body {
            Some(object @ Document::Object(_)) => to_text(&object.tree_or_raise(py, Kind::Scim)?),
            _ => String::new(),
        };
        let input = body.as_ref().map_or(Ok(None), Document::input);
        let body = match input.map_err(|failure| raise(py, Kind::Scim, &failure, None))? {
            Some(Input::Text(text)) => text.as_bytes(),
            Some(Input::Bytes(bytes)) => bytes,
            None => printed.as_bytes(),
        };
        let answer = py.detach(|| {
            self.inner.lock().unwrap_or_else(PoisonError::into_inner).handle(&request, body, &env)
        });
        let answer = answer.map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok((answer.status, answer.headers, PyBytes::new(py, &answer.body)))
    }
}
