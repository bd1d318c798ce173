//! The tables that keep events until they are delivered, and what puts one there.

use super::builder::{Dialect, Param};
use super::mapping::Mapping;
use super::program::{Need, Step};
use super::query::Statement;
use super::without_nul;
use crate::protocol::Event;
use crate::value::{Value, to_text};

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
        Dialect::Postgres => POSTGRES,
        Dialect::Sqlite => SQLITE,
    })
}

/// What `PostgreSQL` runs to keep an event, as the last step of the change that it is about: the
/// lock on the resource then gives the events of one resource their order.
///
/// ```
/// use scimforge::protocol::Event;
/// use scimforge::sql::{Mapping, record};
/// use scimforge::value::read;
///
/// let event = Event::from_value(&read(r#"{"id": "t-1.0", "time": "2026-03-01T09:30:00Z",
///     "txn": "t-1", "tenant": "", "name": "user.deleted", "uri": "/Users/u-1",
///     "types": ["urn:ietf:params:scim:event:prov:delete"],
///     "resourceType": "User", "resourceId": "u-1", "attributes": []}"#)?)?;
/// let step = record(&event, &["audit".into()], &Mapping::default());
/// assert_eq!(step.statement.params.len(), 5);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn record(event: &Event, sinks: &[Box<str>], mapping: &Mapping) -> Step {
    let insert = "INSERT INTO §event (tenant, type, id, json) \
                  VALUES ($1::text, $2::text, $3::text, $4::text)";
    let text = if sinks.is_empty() {
        insert.to_owned()
    } else {
        format!(
            "WITH e AS ({insert} RETURNING seq) \
             INSERT INTO §delivery (sink, seq, tenant, type, id) \
             SELECT s, e.seq, $1::text, $2::text, $3::text \
             FROM e, jsonb_array_elements_text($5::jsonb) AS s"
        )
    };
    let own = [&event.tenant, &event.resource_type, &event.resource_id];
    let mut params: Vec<Param> = own.map(|text| Param::from(&*without_nul(text))).into();
    params.push(Param::from(to_text(&event.to_value()).as_str()));
    if !sinks.is_empty() {
        let names = Value::Array(sinks.iter().map(|sink| Value::copied(sink)).collect());
        params.push(Param::from(to_text(&names).as_str()));
    }
    let statement = Statement { text: text.replace('§', mapping.prefix()), params };
    Step { statement, need: Need::Nothing }
}

const POSTGRES: &str = "
-- What has changed, in the order of the changes of each resource.
CREATE TABLE IF NOT EXISTS $event (
    seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text COLLATE \"C\" NOT NULL,
    type   text COLLATE \"C\" NOT NULL,
    id     text COLLATE \"C\" NOT NULL,
    json   text NOT NULL,
    made   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS $event_by_made ON $event (made);

-- To whom an event is still to be delivered. Who delivers one moves `due` on while it does.
CREATE TABLE IF NOT EXISTS $delivery (
    sink     text COLLATE \"C\" NOT NULL,
    seq      bigint NOT NULL REFERENCES $event (seq) ON DELETE CASCADE,
    tenant   text COLLATE \"C\" NOT NULL,
    type     text COLLATE \"C\" NOT NULL,
    id       text COLLATE \"C\" NOT NULL,
    due      timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    -- given up
    dead     boolean NOT NULL DEFAULT false,
    failure  text,
    PRIMARY KEY (sink, seq)
);
CREATE INDEX IF NOT EXISTS $delivery_by_event ON $delivery (seq);
CREATE INDEX IF NOT EXISTS $delivery_by_due ON $delivery (sink, due, seq) WHERE NOT dead;
CREATE INDEX IF NOT EXISTS $delivery_by_resource ON $delivery (sink, tenant, type, id, seq)
    WHERE NOT dead;
";

const SQLITE: &str = "
-- What has changed, in the order of the changes. Times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS $event (
    seq    INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    id     TEXT NOT NULL,
    json   TEXT NOT NULL,
    made   INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS $event_by_made ON $event (made);

-- To whom an event is still to be delivered. Who delivers one moves `due` on while it does.
CREATE TABLE IF NOT EXISTS $delivery (
    sink     TEXT NOT NULL,
    seq      INTEGER NOT NULL REFERENCES $event (seq) ON DELETE CASCADE,
    tenant   TEXT NOT NULL,
    type     TEXT NOT NULL,
    id       TEXT NOT NULL,
    due      INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    -- given up
    dead     INTEGER NOT NULL DEFAULT 0,
    failure  TEXT,
    PRIMARY KEY (sink, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS $delivery_by_event ON $delivery (seq);
CREATE INDEX IF NOT EXISTS $delivery_by_due ON $delivery (sink, due, seq) WHERE dead = 0;
CREATE INDEX IF NOT EXISTS $delivery_by_resource ON $delivery (sink, tenant, type, id, seq)
    WHERE dead = 0;
";
