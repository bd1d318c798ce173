//! A store in one `SQLite` file.
//!
//! Resources are kept as JSON text; beside them stand what filters compare (see
//! `scimforge::sql`), their unique values and the values that equality filters look up, kept in
//! the same transaction.

mod delivery;
mod lookup;
mod outbox;
mod query;
mod removed;
mod tables;
mod write;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use scimforge::limits::Limits;
use scimforge::protocol::{Document, Events, Key, Secret, SoftDelete, Store, StoreOp, StoreResult};
use scimforge::schema::Compiled;
use scimforge::sql::{Dialect, Mapping, resource_text, without_nul};
use scimforge::value::{Value, read_with};

use crate::password::hashed;

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct SqliteStore {
    connection: Connection,
    types: Vec<Arc<Compiled>>,
    /// Whom events are kept for, if they are kept.
    sinks: Option<Vec<Box<str>>>,
    /// What went wrong since it was last asked for: clients do not see it, the log does.
    failure: Option<String>,
    /// Passwords of the request that were hashed before its transaction, each as often as it is
    /// there.
    ahead: HashMap<String, Vec<String>>,
}

/// Why an operation failed: the database, or a document in it that cannot be read.
#[derive(Debug)]
pub(crate) enum Failure {
    Database(rusqlite::Error),
    Other(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl std::fmt::Display for Failure {
    /// Without values: the database's own messages name tables and columns only.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(error) => write!(formatter, "sqlite: {error}"),
            Self::Other(text) => formatter.write_str(text),
        }
    }
}

type Outcome<T> = Result<T, Failure>;

impl SqliteStore {
    /// Opens the file, makes the tables if there are none, and the indexes anew if the types
    /// have changed. `:memory:` is a database that is gone with the store.
    pub(crate) fn open(path: &str, types: Vec<Arc<Compiled>>) -> Outcome<Self> {
        let mut connection = if path == ":memory:" {
            Connection::open_in_memory()?
        } else {
            Connection::open(Path::new(path))?
        };
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(32);
        // FULL: what was answered has reached the disk, also when the power fails.
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        )?;
        tables::prepare(&mut connection, &types)?;
        Ok(Self { connection, types, sinks: None, failure: None, ahead: HashMap::new() })
    }

    /// The same for a server with these events, with the tables to keep them in.
    pub(crate) fn with_events(mut self, events: Option<&Events>) -> Outcome<Self> {
        if let Some(events) = events {
            outbox::prepare(&self.connection)?;
            self.sinks = Some(events.sinks.clone());
        }
        Ok(self)
    }

    /// The same for a server that keeps what is deleted, and purges it: then nothing of that is to
    /// be read in the file either.
    pub(crate) fn forgetting(self, soft: Option<SoftDelete>) -> Outcome<Self> {
        if soft.is_some() {
            self.connection.execute_batch("PRAGMA secure_delete = ON")?;
        }
        Ok(self)
    }

    /// Runs a command of those who deliver events.
    pub(crate) fn outbox(&self, command: &str) -> Outcome<String> {
        delivery::run(&self.connection, command)
    }

    /// Runs `work` in one transaction, which is kept if `keep` says so of the result.
    pub(crate) fn transaction<T>(
        &mut self,
        writes: bool,
        work: impl FnOnce(&mut Self) -> T,
        keep: impl FnOnce(&T) -> bool,
    ) -> Outcome<T> {
        if !self.connection.is_autocommit() {
            // Left behind by a panic.
            self.connection.execute_batch("ROLLBACK")?;
        }
        // A writer takes its lock first: whoever reads, decides and writes must not be overtaken.
        self.connection.execute_batch(if writes { "BEGIN IMMEDIATE" } else { "BEGIN" })?;
        let result = work(self);
        let end = if keep(&result) { "COMMIT" } else { "ROLLBACK" };
        if let Err(error) = self.connection.execute_batch(end) {
            // A failed COMMIT leaves the transaction open.
            let _ = self.connection.execute_batch("ROLLBACK");
            return Err(error.into());
        }
        Ok(result)
    }

    /// What went wrong since the last call.
    pub(crate) fn take_failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    fn get(&self, key: &Key) -> Outcome<StoreResult> {
        let whole = resource_text(Dialect::Sqlite, &Mapping::default());
        let json: Option<String> = self
            .connection
            .prepare_cached(&format!(
                "SELECT {whole} FROM document d WHERE d.tenant = ?1 AND d.type = ?2 AND d.id = ?3"
            ))?
            .query_row(params![key.tenant, key.resource_type, key.id], |row| row.get(0))
            .optional()?;
        Ok(StoreResult::Row(json.map(|json| document(&json)).transpose()?))
    }

    /// Runs an operation wholly or not at all: others of the same request may go on after one
    /// that failed.
    fn try_run(&mut self, mut operation: StoreOp) -> Outcome<StoreResult> {
        self.hash(&mut operation)?;
        let changes = matches!(
            operation,
            StoreOp::Insert { .. }
                | StoreOp::Replace { .. }
                | StoreOp::Remove { .. }
                | StoreOp::Restore { .. }
        );
        if !changes {
            return self.run_one(operation);
        }
        self.connection.execute_batch("SAVEPOINT operation")?;
        let event = operation.take_event();
        let result = self.run_one(operation).and_then(|result| match event {
            Some(event) if result == StoreResult::Done => {
                let sinks = self.sinks.as_deref().unwrap_or_default();
                outbox::keep(&self.connection, &event, sinks).map(|()| result)
            }
            _ => Ok(result),
        });
        let end = match &result {
            Ok(StoreResult::Done) => "RELEASE operation",
            _ => "ROLLBACK TO operation; RELEASE operation",
        };
        self.connection.execute_batch(end)?;
        result
    }

    /// Keeps hashes for the next transaction.
    pub(crate) fn hashed_ahead(&mut self, ahead: HashMap<String, Vec<String>>) {
        self.ahead = ahead;
    }

    /// Puts the hash in the place of a password.
    fn hash(&mut self, operation: &mut StoreOp) -> Outcome<()> {
        let (StoreOp::Insert { password, .. }
        | StoreOp::Replace { password, .. }
        | StoreOp::Restore { password, .. }) = operation
        else {
            return Ok(());
        };
        let Some(clear) = password.take() else { return Ok(()) };
        let known = self.ahead.get_mut(clear.reveal()).and_then(Vec::pop);
        let hash = known
            .or_else(|| hashed(clear.reveal()))
            .ok_or_else(|| Failure::Other("the password could not be hashed".to_owned()))?;
        *password = Some(Secret::new(hash));
        Ok(())
    }

    fn run_one(&mut self, operation: StoreOp) -> Outcome<StoreResult> {
        match operation {
            StoreOp::Get { key } => self.get(&place(&key)),
            StoreOp::Part { key, members, few } => {
                query::part(&self.connection, &place(&key), &members, few)
            }
            StoreOp::Query(plan) => query::run(&self.connection, &plan),
            StoreOp::Insert { key, document, unique, password, .. } => {
                let compiled = self.compiled(&key.resource_type);
                let change = write::Change {
                    document: &document,
                    unique: &unique,
                    password: password.as_ref(),
                    members: None,
                };
                write::insert(&self.connection, compiled, &place(&key), &change)
            }
            StoreOp::Replace { key, document, if_version, unique, password, members, .. } => {
                let compiled = self.compiled(&key.resource_type);
                let change = write::Change {
                    document: &document,
                    unique: &unique,
                    password: password.as_ref(),
                    members: members.as_deref(),
                };
                let key = place(&key);
                write::replace(&self.connection, compiled, &key, if_version.as_deref(), &change)
            }
            StoreOp::Remove { key, if_version, keep: None, .. } => {
                write::remove(&self.connection, &place(&key), if_version.as_deref())
            }
            StoreOp::Remove { .. }
            | StoreOp::Removed(_)
            | StoreOp::Restore { .. }
            | StoreOp::Purge { .. } => {
                let compiled = match &operation {
                    StoreOp::Restore { key, .. } => self.compiled(&key.resource_type),
                    _ => None,
                };
                removed::run(&self.connection, compiled, &operation, self.sinks.is_some())
            }
            StoreOp::Memberships { tenant, group_type, members } => {
                query::memberships(&self.connection, &tenant, &group_type, &members)
            }
            StoreOp::Present { tenant, resource_type, ids } => {
                query::present(&self.connection, &tenant, &resource_type, &ids)
            }
            other => Err(Failure::Other(format!(
                "the store does not know the operation {}",
                name_of(&other)
            ))),
        }
    }

    fn compiled(&self, resource_type: &str) -> Option<&Compiled> {
        self.types
            .iter()
            .map(Arc::as_ref)
            .find(|compiled| &*compiled.resource_type().name == resource_type)
    }
}

impl Store for SqliteStore {
    fn run(&mut self, operation: StoreOp) -> StoreResult {
        self.try_run(operation).unwrap_or_else(|failure| {
            let text = failure.to_string();
            self.failure = Some(text.clone());
            StoreResult::Failed(text)
        })
    }
}

/// A key as it stands in the tables.
fn place(key: &Key) -> Key {
    let plain = |text: &str| without_nul(text).into();
    Key { tenant: plain(&key.tenant), resource_type: plain(&key.resource_type), id: plain(&key.id) }
}

/// The variant's name alone: the rest is people's data.
fn name_of(operation: &StoreOp) -> String {
    let text = format!("{operation:?}");
    text.split(|character: char| !character.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// A text column, read where `SQLite` keeps it.
fn text<'r>(row: &'r Row<'_>, column: usize) -> Outcome<&'r str> {
    row.get_ref(column)?.as_str().map_err(|error| Failure::Other(error.to_string()))
}

fn read(json: &str) -> Outcome<Value<'_>> {
    read_with(json, &Limits::DEFAULT)
        .map_err(|error| Failure::Other(format!("a stored document: {error}")))
}

fn document(json: &str) -> Outcome<Document> {
    Ok(Document::new(read(json)?.into_owned()))
}
