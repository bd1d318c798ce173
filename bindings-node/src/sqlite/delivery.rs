//! What those who deliver events ask of the outbox: claims, outcomes, and what has changed.

use rusqlite::{Connection, OptionalExtension as _, params};
use scimforge::value::{Object, Value, read};

use super::outbox::now;
use super::{Failure, Outcome};

/// How many that are due are looked at for those that wait for no other.
const WINDOW: i64 = 1000;

/// Runs a command, `{name: arguments}`, and answers in JSON.
pub(super) fn run(connection: &Connection, command: &str) -> Outcome<String> {
    let command = read(command).map_err(|error| Failure::Other(error.to_string()))?;
    let named = command.as_object().and_then(|object| object.iter().next());
    match named {
        Some(("claim", asked)) => claim(connection, asked),
        Some(("settle", settled)) => settle(connection, settled),
        Some(("changes", asked)) => changes(connection, asked),
        Some(("prune", asked)) => prune(connection, asked),
        _ => Err(Failure::Other("the outbox does not know the command".to_owned())),
    }
}

fn text<'v>(value: &'v Value<'_>, name: &str) -> Outcome<&'v str> {
    let text = value.get(name).and_then(Value::as_str);
    text.ok_or_else(|| Failure::Other(format!("the outbox: no `{name}`")))
}

fn perhaps(value: &Value<'_>, name: &str) -> Option<i64> {
    match value.get(name) {
        Some(Value::Number(number)) => number.as_i64(),
        _ => None,
    }
}

fn number(value: &Value<'_>, name: &str) -> Outcome<i64> {
    perhaps(value, name).ok_or_else(|| Failure::Other(format!("the outbox: no `{name}`")))
}

/// The first events of resources that none is being delivered of.
fn claim(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    let (sink, now) = (text(asked, "sink")?, now());
    let found: Vec<i64> = connection
        .prepare_cached(
            "SELECT d.seq FROM (
                 SELECT sink, seq, tenant, type, id FROM delivery
                 WHERE sink = ?1 AND dead = 0 AND due <= ?2 ORDER BY due, seq LIMIT ?3) AS d
             WHERE NOT EXISTS (
                 SELECT 1 FROM delivery e WHERE e.sink = d.sink AND e.tenant = d.tenant
                 AND e.type = d.type AND e.id = d.id AND e.dead = 0 AND e.seq < d.seq)
             ORDER BY d.seq LIMIT ?4",
        )?
        .query_map(params![sink, now, WINDOW, number(asked, "limit")?], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let lease = number(asked, "lease")?;
    let each = found.into_iter().map(|seq| take(connection, sink, seq, now + lease));
    Ok(listed(&each.collect::<Outcome<Vec<_>>>()?))
}

/// Moves a delivery on to where others may take it, and shows it.
fn take(connection: &Connection, sink: &str, seq: i64, due: i64) -> Outcome<String> {
    let attempts: i64 = connection
        .prepare_cached(
            "UPDATE delivery SET due = ?3, attempts = attempts + 1 WHERE sink = ?1 AND seq = ?2
             RETURNING attempts",
        )?
        .query_row(params![sink, seq, due], |row| row.get(0))?;
    let json: String = connection
        .prepare_cached("SELECT json FROM event WHERE seq = ?1")?
        .query_row([seq], |row| row.get(0))?;
    Ok(shown(seq, Some(attempts), &json))
}

/// The event goes from text to text.
fn shown(seq: i64, attempts: Option<i64>, json: &str) -> String {
    let mut object = Object::new();
    object.insert("seq", Value::integer(seq));
    if let Some(attempts) = attempts {
        object.insert("attempts", Value::integer(attempts));
    }
    let head = Value::from(object).to_string();
    format!("{},\"event\":{json}}}", head.trim_end_matches('}'))
}

fn listed(entries: &[String]) -> String {
    format!("[{}]", entries.join(","))
}

/// What became of a delivery. What is not of the attempt that was claimed is somebody else's by
/// now. After one that was delivered the next of its resource is answered, if it is asked for.
fn settle(connection: &Connection, settled: &Value<'_>) -> Outcome<String> {
    let (sink, seq) = (text(settled, "sink")?, number(settled, "seq")?);
    let attempts = number(settled, "attempts")?;
    let nothing = || Ok("null".to_owned());
    let found: Option<(String, String, String)> = connection
        .prepare_cached(
            "SELECT tenant, type, id FROM delivery WHERE sink = ?1 AND seq = ?2 AND attempts = ?3",
        )?
        .query_row(params![sink, seq, attempts], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((tenant, kind, id)) = found else { return nothing() };
    let failure = || text(settled, "failure");
    match text(settled, "outcome")? {
        "dead" => {
            connection
                .prepare_cached(
                    "UPDATE delivery SET dead = 1, failure = ?3 WHERE sink = ?1 AND seq = ?2",
                )?
                .execute(params![sink, seq, failure()?])?;
            nothing()
        }
        "again" => {
            let due = now() + number(settled, "wait")?;
            connection
                .prepare_cached("UPDATE delivery SET failure = ?3 WHERE sink = ?1 AND seq = ?2")?
                .execute(params![sink, seq, failure()?])?;
            // Those behind it wait as well, and need not be looked at until then.
            connection
                .prepare_cached(
                    "UPDATE delivery SET due = ?6 WHERE sink = ?1 AND tenant = ?2 AND type = ?3
                     AND id = ?4 AND dead = 0 AND seq >= ?5",
                )?
                .execute(params![sink, tenant, kind, id, seq, due])?;
            nothing()
        }
        _ => {
            connection
                .prepare_cached("DELETE FROM delivery WHERE sink = ?1 AND seq = ?2")?
                .execute(params![sink, seq])?;
            let Some(lease) = perhaps(settled, "lease") else { return nothing() };
            let next: Option<(i64, i64)> = connection
                .prepare_cached(
                    "SELECT seq, due FROM delivery WHERE sink = ?1 AND tenant = ?2 AND type = ?3
                     AND id = ?4 AND dead = 0 ORDER BY seq LIMIT 1",
                )?
                .query_row(params![sink, tenant, kind, id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let now = now();
            match next {
                Some((seq, due)) if due <= now => take(connection, sink, seq, now + lease),
                _ => nothing(),
            }
        }
    }
}

fn changes(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    let found: Vec<String> = connection
        .prepare_cached("SELECT seq, json FROM event WHERE seq > ?1 ORDER BY seq LIMIT ?2")?
        .query_map(params![number(asked, "after")?, number(asked, "limit")?], |row| {
            Ok(shown(row.get(0)?, None, &row.get::<_, String>(1)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok(listed(&found))
}

/// Forgets events of an age that nobody waits for.
fn prune(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    connection
        .prepare_cached(
            "DELETE FROM event WHERE made < ?1
             AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.seq = event.seq AND d.dead = 0)",
        )?
        .execute([now().saturating_sub(number(asked, "age")?)])?;
    Ok("null".to_owned())
}
