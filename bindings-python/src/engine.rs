//! The engine for hosts that bring a store: requests step by step, the SQL of shipped stores, and
//! passwords. Everything crosses as JSON text.

use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use pyo3::{exceptions::PyRuntimeError, prelude::*, types::PyBytes};
use scimforge::api::{self, Failure};
use scimforge::precis;

use crate::error::{Kind, raise};

/// Status, headers, body, and what is for the log.
pub(crate) type Answer<'py> = (u16, Vec<(String, String)>, Bound<'py, PyBytes>, String);

pub(crate) fn answer(py: Python<'_>, given: api::Answer) -> Answer<'_> {
    (given.status, given.headers, PyBytes::new(py, &given.body), given.audit)
}

fn text(py: Python<'_>, made: Result<String, Failure>) -> PyResult<String> {
    made.map_err(|failure| raise(py, Kind::Scim, &failure, None))
}

/// The engine without a store: `begin` makes an exchange that the host steps.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct Engine {
    inner: api::Engine,
}

#[pymethods]
impl Engine {
    #[new]
    fn new(py: Python<'_>, config: &str) -> PyResult<Self> {
        let inner =
            api::Engine::new(config).map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok(Self { inner })
    }

    fn begin(&self, py: Python<'_>, request: &str, body: &[u8], env: &str) -> PyResult<Exchange> {
        let inner = py
            .detach(|| self.inner.begin(request, body.to_vec(), env))
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok(Exchange { inner: Mutex::new(inner) })
    }

    /// Those that a request may set, for the host to hash them ahead.
    fn passwords(
        &self,
        py: Python<'_>,
        request: &str,
        body: &[u8],
        env: &str,
    ) -> PyResult<Vec<String>> {
        py.detach(|| self.inner.passwords(request, body, env))
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))
    }

    fn task(&self, py: Python<'_>, task: &str, env: &str) -> PyResult<Exchange> {
        let inner =
            self.inner.task(task, env).map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok(Exchange { inner: Mutex::new(inner) })
    }

    fn is_open(&self, py: Python<'_>, request: &str) -> PyResult<bool> {
        self.inner.is_open(request).map_err(|failure| raise(py, Kind::Scim, &failure, None))
    }

    /// As JSON text.
    fn openapi(&self, py: Python<'_>, base_url: &str) -> String {
        py.detach(|| self.inner.openapi(base_url))
    }

    /// As JSON text: the operations, and the permission that each needs.
    fn operations(&self) -> String {
        self.inner.operations()
    }

    fn refuse<'py>(
        &self,
        py: Python<'py>,
        request: &str,
        env: &str,
        reason: &str,
    ) -> PyResult<Answer<'py>> {
        self.inner
            .refuse(request, env, reason)
            .map(|refused| answer(py, refused))
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))
    }
}

/// One request on its way to its answer.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct Exchange {
    inner: Mutex<api::Exchange>,
}

#[pymethods]
impl Exchange {
    /// Whether the store may have to change something.
    fn writes(&self) -> bool {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).writes()
    }

    /// An operation on the store, or the answer.
    #[pyo3(signature = (result=None))]
    fn step<'py>(
        &self,
        py: Python<'py>,
        result: Option<&str>,
    ) -> PyResult<(Option<String>, Option<Answer<'py>>)> {
        let step =
            py.detach(|| self.inner.lock().unwrap_or_else(PoisonError::into_inner).step(result));
        Ok(match step.map_err(|failure| raise(py, Kind::Scim, &failure, None))? {
            api::Step::Store(operation) => (Some(operation), None),
            api::Step::Reply(reply) => (None, Some(answer(py, reply))),
        })
    }
}

/// The SQL of a store in `PostgreSQL`.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct Sql {
    inner: api::Sql,
}

#[pymethods]
impl Sql {
    #[new]
    fn new(py: Python<'_>, config: &str, prefix: &str) -> PyResult<Self> {
        let inner = api::Sql::new(config, prefix)
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok(Self { inner })
    }

    fn ddl(&self) -> String {
        self.inner.ddl()
    }

    fn outbox(&self) -> String {
        self.inner.outbox()
    }

    fn outbox_sql(&self) -> String {
        self.inner.outbox_sql()
    }

    fn description(&self) -> String {
        self.inner.description()
    }

    fn page(&self) -> String {
        self.inner.page()
    }

    fn program(&self, py: Python<'_>, operation: &str) -> PyResult<String> {
        let made = py.detach(|| self.inner.program(operation));
        text(py, made)
    }

    fn refresh(&self, py: Python<'_>, tenant: &str, resource: &str) -> PyResult<String> {
        let made = py.detach(|| self.inner.refresh(tenant, resource));
        text(py, made)
    }

    fn explain(&self, py: Python<'_>, operation: &str) -> PyResult<String> {
        text(py, self.inner.explain(operation))
    }
}

/// The SQL of a store in `SQLite`.
#[pyclass(frozen, module = "scimforge._scimforge")]
pub(crate) struct SqliteSql {
    inner: api::SqliteSql,
}

#[pymethods]
impl SqliteSql {
    #[new]
    fn new(py: Python<'_>, config: &str, jsonb: bool) -> PyResult<Self> {
        let inner = api::SqliteSql::new(config, jsonb)
            .map_err(|failure| raise(py, Kind::Scim, &failure, None))?;
        Ok(Self { inner })
    }

    fn upgrade(&self, version: i64) -> Option<String> {
        self.inner.upgrade(version)
    }

    fn indexes(&self) -> String {
        self.inner.indexes()
    }

    fn outbox(&self) -> String {
        self.inner.outbox()
    }

    fn outbox_sql(&self) -> String {
        self.inner.outbox_sql()
    }

    fn description(&self) -> String {
        self.inner.description()
    }

    fn page(&self) -> String {
        self.inner.page()
    }

    fn program(&self, py: Python<'_>, operation: &str) -> PyResult<String> {
        let made = py.detach(|| self.inner.program(operation));
        text(py, made)
    }

    fn refresh(&self, py: Python<'_>, tenant: &str, resource: &str) -> PyResult<String> {
        let made = py.detach(|| self.inner.refresh(tenant, resource));
        text(py, made)
    }

    fn explain(&self, py: Python<'_>, operation: &str) -> PyResult<String> {
        text(py, self.inner.explain(operation))
    }
}

/// A PHC string of argon2id with a salt of its own, of a password that is prepared (RFC 8265).
#[pyfunction]
pub(crate) fn hash_password(py: Python<'_>, password: &str) -> PyResult<String> {
    let password = precis::password(password);
    py.detach(|| Argon2::default().hash_password(password.as_bytes()).map(|phc| phc.to_string()))
        .map_err(|_| PyRuntimeError::new_err("the password cannot be hashed"))
}

/// Whether a password is that of a PHC string.
#[pyfunction]
pub(crate) fn verify_password(py: Python<'_>, phc: &str, password: &str) -> bool {
    py.detach(|| {
        PasswordHash::new(phc).is_ok_and(|hash| {
            precis::password_matches(password, |form| {
                Argon2::default().verify_password(form.as_bytes(), &hash).is_ok()
            })
        })
    })
}

/// Whether a text is an argon2id PHC string.
#[pyfunction]
pub(crate) fn is_password_hash(phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| hash.algorithm.as_str() == "argon2id")
}
