//! What a host does with resources that were removed, over JSON text.

use super::options::{only, read_options};
use super::server::{read_env, text};
use super::{Answer, Engine, Exchange, Failure, MemoryServer};
use crate::error::Error;
use crate::protocol::{Task, place_of};
use crate::time::Instant;
use crate::value::{Object, Value};

/// How many are listed or purged at once, unless a task says so.
const AT_ONCE: usize = 100;
const MOST_AT_ONCE: usize = 1_000;

impl Engine {
    /// Begins what the host does with resources that were removed and are kept: `{"task":
    /// "removed", "type", "after"?, "limit"?}`, `{"task": "restore", "type", "id"}` or `{"task":
    /// "purge", "before", "tenant"?, "limit"?}`. Answers are those of [`Task`]; `env` as
    /// [`begin`](Self::begin) takes it, its tenant is theirs.
    ///
    /// ```
    /// use scimforge::api::Engine;
    /// use scimforge::protocol::MemoryStore;
    ///
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let mut exchange = Engine::new("")?.task(r#"{"task": "removed", "type": "User"}"#, env)?;
    /// assert_eq!(exchange.run(&mut MemoryStore::new()).body, br#"{"removed":[]}"#);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a task or environment of another shape.
    pub fn task(&self, task: &str, env: &str) -> Result<Exchange, Failure> {
        Ok(Exchange::of(self.inner().perform(read_task(task)?, read_env(env)?)))
    }
}

impl MemoryServer {
    /// Does what the host does with resources that were removed; see [`Engine::task`].
    ///
    /// ```
    /// use scimforge::api::MemoryServer;
    ///
    /// let mut server = MemoryServer::new(r#"{"delete": "soft"}"#)?;
    /// let rosa = r#"{"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}"#;
    /// server.insert(scimforge::api::Input::Text(rosa))?;
    /// let env = r#"{"now": "2026-03-01T09:30:00Z", "ids": []}"#;
    /// let delete = r#"{"method": "DELETE", "target": "/Users/u-1"}"#;
    /// assert_eq!(server.handle(delete, b"", env)?.status, 204);
    /// let restore = r#"{"task": "restore", "type": "User", "id": "u-1"}"#;
    /// assert_eq!(server.task(restore, env)?.status, 200);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Engine::task`].
    pub fn task(&mut self, task: &str, env: &str) -> Result<Answer, Failure> {
        let mut exchange = self.engine().task(task, env)?;
        Ok(exchange.run(self.store()))
    }
}

fn read_task(task: &str) -> Result<Task, Error> {
    let object = read_options(task)?;
    let expected = "removed, restore or purge";
    let needed = |name: &'static str, expected: &'static str| {
        text(&object, name, expected)?.ok_or_else(|| Error::invalid_option(name, expected))
    };
    match needed("task", expected)? {
        "removed" => {
            only(&object, &["task", "type", "after", "limit"])?;
            let place = "the `next` of the page before";
            let value = Value::Object(object.clone());
            Ok(Task::Removed {
                resource_type: needed("type", "the name of a resource type")?.into(),
                after: place_of(&value).map_err(|_| Error::invalid_option("after", place))?,
                limit: limit(&object)?,
            })
        }
        "restore" => {
            only(&object, &["task", "type", "id"])?;
            Ok(Task::Restore {
                resource_type: needed("type", "the name of a resource type")?.into(),
                id: needed("id", "the id of a resource")?.into(),
            })
        }
        "purge" => {
            only(&object, &["task", "tenant", "before", "limit"])?;
            let expected = "a date and time, such as 2026-03-01T09:30:00Z";
            let before = Instant::parse(needed("before", expected)?);
            Ok(Task::Purge {
                tenant: text(&object, "tenant", "a name")?.map(Into::into),
                before: before.ok_or_else(|| Error::invalid_option("before", expected))?,
                limit: limit(&object)?,
            })
        }
        _ => Err(Error::invalid_option("task", expected)),
    }
}

fn limit(object: &Object<'_>) -> Result<usize, Error> {
    match object.get("limit") {
        None | Some(Value::Null) => Ok(AT_ONCE),
        Some(value) => value
            .as_count()
            .filter(|count| (1..=MOST_AT_ONCE).contains(count))
            .ok_or_else(|| Error::invalid_option("limit", "a number from 1 to 1000")),
    }
}
