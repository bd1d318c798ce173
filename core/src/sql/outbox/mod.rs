//! The tables that keep events until they are delivered, what puts one there, and what those run
//! who deliver them.

mod postgres;
mod sqlite;

use super::builder::{Dialect, Param};
use super::mapping::Mapping;
use super::program::{Need, Step};
use super::query::Statement;
use super::without_nul;
use crate::protocol::Event;
use crate::value::{Object, Value, to_text};

/// The statements that make the tables of events, where they are not there yet.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, outbox_tables};
///
/// let text = outbox_tables(Dialect::Postgres, &Mapping::with_prefix("scim_")?);
/// assert!(text.contains("CREATE TABLE IF NOT EXISTS scim_event"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn outbox_tables(dialect: Dialect, mapping: &Mapping) -> String {
    mapping.filled(match dialect {
        Dialect::Postgres => postgres::TABLES,
        Dialect::Sqlite => sqlite::TABLES,
    })
}

/// What a store runs to keep an event, as the last steps of the change that it is about: in
/// `PostgreSQL` the lock on the resource then gives the events of one resource their order.
///
/// ```
/// use scimforge::protocol::Event;
/// use scimforge::sql::{Dialect, Mapping, record};
/// use scimforge::value::read;
///
/// let event = Event::from_value(&read(r#"{"id": "t-1.0", "time": "2026-03-01T09:30:00Z",
///     "txn": "t-1", "tenant": "", "name": "user.deleted", "uri": "/Users/u-1",
///     "types": ["urn:ietf:params:scim:event:prov:delete"],
///     "resourceType": "User", "resourceId": "u-1", "attributes": []}"#)?)?;
/// let steps = record(&event, &["audit".into()], Dialect::Postgres, &Mapping::default());
/// assert_eq!(steps[0].statement.params.len(), 5);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn record(event: &Event, sinks: &[Box<str>], dialect: Dialect, mapping: &Mapping) -> Vec<Step> {
    let own = [&event.tenant, &event.resource_type, &event.resource_id];
    let own: Vec<Param> = own.map(|text| Param::from(&*without_nul(text))).into();
    let mut told = own.clone();
    told.push(Param::from(to_text(&event.to_value()).as_str()));
    let names = Value::Array(sinks.iter().map(|sink| Value::copied(sink)).collect());
    let names = Param::from(to_text(&names).as_str());
    let insert = "INSERT INTO $event (tenant, type, id, json";
    let deliver = "INSERT INTO $delivery (sink, seq, tenant, type, id";
    let steps = match (dialect, sinks) {
        (Dialect::Postgres, []) => {
            vec![(format!("{insert}) VALUES (@1::text, @2::text, @3::text, @4::text)"), told)]
        }
        (Dialect::Postgres, _) => {
            told.push(names);
            let text = format!(
                "WITH e AS ({insert}) VALUES (@1::text, @2::text, @3::text, @4::text) RETURNING seq) \
                 {deliver}) SELECT s, e.seq, @1::text, @2::text, @3::text \
                 FROM e, jsonb_array_elements_text(@5::jsonb) AS s"
            );
            vec![(text, told)]
        }
        (Dialect::Sqlite, _) => {
            let mut steps = vec![(format!("{insert}, made) VALUES (@1, @2, @3, @4, ~)"), told)];
            if !sinks.is_empty() {
                let mut params = own;
                params.push(names);
                let rows = "SELECT value, last_insert_rowid(), @1, @2, @3, ~ FROM json_each(@4)";
                steps.push((format!("{deliver}, due) {rows}"), params));
            }
            steps
        }
    };
    let step = |(text, params): (String, Vec<Param>)| Step {
        statement: Statement { text: filled(&text, dialect, mapping), params },
        need: Need::Nothing,
    };
    steps.into_iter().map(step).collect()
}

/// What those run who deliver events. A receiver is known by its name, `sink`; times are
/// milliseconds. Parameters have numbers, in the order that stands with each statement.
///
/// Of each resource the first event that is still to be delivered to a receiver can be claimed,
/// and nothing else of it: those behind it wait. Where many of these are in the way of other
/// resources they are parked: not due until they are the first.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, outbox_sql};
///
/// let sql = outbox_sql(Dialect::Postgres, &Mapping::with_prefix("scim_")?);
/// assert!(sql.claim.contains("FOR UPDATE OF d SKIP LOCKED"));
/// assert!(sql.wake.contains("UPDATE scim_delivery"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxSql {
    /// `sink, limit, lease`: takes the first events of resources, those that are due, in no order;
    /// rows of `seq, attempts, json`.
    pub claim: String,
    /// `sink`: makes room for other resources, if there is need; to be run after a claim that found
    /// less than it might, which is worth repeating if this changes rows.
    pub park: String,
    /// `sink, seq, attempts`: it was delivered; a row of `tenant, type, id`, and none if another
    /// attempt is under way. [`OutboxSql::next`] or [`OutboxSql::wake`] follows in the transaction.
    pub done: String,
    /// `sink, seq, attempts, failure`: it is given up. Otherwise as `done`.
    pub dead: String,
    /// `sink, seq, attempts, failure, wait`: it is due again after a while.
    pub again: String,
    /// `sink, tenant, type, id, lease`: takes the next event of a resource; a row as of `claim`.
    pub next: String,
    /// `sink, tenant, type, id`: the next event of a resource is due, where it was parked.
    pub wake: String,
    /// `after, limit`, in `PostgreSQL` also the last number that may be answered: rows of
    /// `seq, json`, in order.
    pub changes: String,
    /// `age`: forgets older events that nobody waits for, at most 10,000.
    pub prune: String,
    /// `sink`: wakes what is parked behind nothing, because somebody took rows away by hand.
    pub heal: String,
    /// `known, age`: the receivers, but for the known ones (a JSON array), that have not looked for
    /// that long at what is due; rows of `sink`.
    pub abandoned: String,
    /// `sink, failure`: gives up all that is to be delivered to a receiver.
    pub abandon: String,
    /// `seq, sink, limit, only`: what was given up, behind such a place, for one receiver or, with
    /// null, for all; rows of `sink, seq, attempts, failure, json`.
    pub letters: String,
    /// `known, ids`: what was given up is due again, for these receivers; all of it, or with a JSON
    /// array those of `seq.sink`.
    pub retry: String,
}

impl OutboxSql {
    /// An object with a member for each statement.
    ///
    /// ```
    /// use scimforge::sql::{Dialect, Mapping, outbox_sql};
    ///
    /// let sql = outbox_sql(Dialect::Sqlite, &Mapping::default()).to_value();
    /// assert!(sql.get("park").is_some() && sql.get("letters").is_some());
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        for (name, text) in [
            ("claim", &self.claim),
            ("park", &self.park),
            ("done", &self.done),
            ("dead", &self.dead),
            ("again", &self.again),
            ("next", &self.next),
            ("wake", &self.wake),
            ("changes", &self.changes),
            ("prune", &self.prune),
            ("heal", &self.heal),
            ("abandoned", &self.abandoned),
            ("abandon", &self.abandon),
            ("letters", &self.letters),
            ("retry", &self.retry),
        ] {
            object.insert(name, Value::copied(text));
        }
        object.into()
    }

    fn texts(&mut self) -> [&mut String; 14] {
        [
            &mut self.claim,
            &mut self.park,
            &mut self.done,
            &mut self.dead,
            &mut self.again,
            &mut self.next,
            &mut self.wake,
            &mut self.changes,
            &mut self.prune,
            &mut self.heal,
            &mut self.abandoned,
            &mut self.abandon,
            &mut self.letters,
            &mut self.retry,
        ]
    }
}

/// The statements for those who deliver events from these tables.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, outbox_sql};
///
/// let sql = outbox_sql(Dialect::Sqlite, &Mapping::default());
/// assert!(sql.changes.contains("FROM event WHERE seq > ?1"));
/// ```
pub fn outbox_sql(dialect: Dialect, mapping: &Mapping) -> OutboxSql {
    let mut sql = match dialect {
        Dialect::Postgres => postgres::statements(),
        Dialect::Sqlite => sqlite::statements(),
    };
    for text in sql.texts() {
        *text = filled(text, dialect, mapping);
    }
    sql
}

/// A statement in which `$` stands for the prefix, `@` for what a parameter begins with, and `~`
/// for the time.
fn filled(text: &str, dialect: Dialect, mapping: &Mapping) -> String {
    let parameter = match dialect {
        Dialect::Postgres => "$",
        Dialect::Sqlite => "?",
    };
    mapping.filled(text).replace('@', parameter).replace('~', sqlite::NOW)
}
