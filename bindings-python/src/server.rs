//! The server in memory.

use std::{
    borrow::Cow,
    sync::{Mutex, PoisonError},
};

use pyo3::{prelude::*, types::PyBytes};
use scimforge::api::{self, Input};

use crate::{
    document::Document,
    engine::{Answer, answer},
    error::{Kind, raise},
    options::Options,
    schema::text_as_object,
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

    /// As JSON text.
    fn openapi(&self, py: Python<'_>, base_url: &str) -> String {
        py.detach(|| self.inner.lock().unwrap_or_else(PoisonError::into_inner).openapi(base_url))
    }

    fn insert(&self, py: Python<'_>, resource: &Bound<'_, PyAny>) -> PyResult<()> {
        let document = Document::new(resource)?;
        let json = document.json(py, Kind::Scim)?;
        // The lock is taken without the GIL: its holder may wait for the GIL.
        py.detach(|| {
            self.inner.lock().unwrap_or_else(PoisonError::into_inner).insert(Input::Bytes(&json))
        })
        .map_err(|failure| raise(py, Kind::Scim, &failure, document.source()))
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
        // Text and bytes are sent as they are, be they JSON or not.
        let body = match &body {
            Some(document) => document.json(py, Kind::Scim)?,
            None => Cow::default(),
        };
        let answer = py.detach(|| {
            self.inner.lock().unwrap_or_else(PoisonError::into_inner).handle(&request, &body, &env)
        });
        let answer = answer.map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok((answer.status, answer.headers, PyBytes::new(py, &answer.body)))
    }

    /// The same over texts, as hosts of HTTP have them.
    fn answer<'py>(
        &self,
        py: Python<'py>,
        request: &str,
        body: &[u8],
        env: &str,
    ) -> PyResult<Answer<'py>> {
        py.detach(|| {
            self.inner.lock().unwrap_or_else(PoisonError::into_inner).handle(request, body, env)
        })
        .map(|given| answer(py, given))
        .map_err(|failure| raise(py, Kind::Scim, &failure, None))
    }

    /// What a host does with resources that were removed.
    fn task<'py>(&self, py: Python<'py>, task: &str, env: &str) -> PyResult<Answer<'py>> {
        py.detach(|| self.inner.lock().unwrap_or_else(PoisonError::into_inner).task(task, env))
            .map(|given| answer(py, given))
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))
    }

    fn changes<'py>(
        &self,
        py: Python<'py>,
        after: u64,
        most: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let lock = || self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let text = py.detach(|| lock().changes(after, most));
        text_as_object(py, &text)
    }

    fn forget_changes(&self, py: Python<'_>, up_to: u64) {
        let lock = || self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        py.detach(|| lock().forget_changes(up_to));
    }
}

pub(crate) fn security_event<'py>(
    py: Python<'py>,
    event: &Bound<'py, PyAny>,
    options: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let (event, options) = (Options::alone(Some(event))?, Options::alone(Some(options))?);
    let claims = api::security_event(&event, &options)
        .map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
    text_as_object(py, &claims)
}
