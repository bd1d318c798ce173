//! What those who deliver events ask of the outbox: claims, outcomes, and what has changed.

use std::sync::LazyLock;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use scimforge::sql::{Dialect, Mapping, OutboxSql, outbox_sql};
use scimforge::value::{Object, Value, read, to_text};

use super::{Failure, Outcome};

static SQL: LazyLock<OutboxSql> =
    LazyLock::new(|| outbox_sql(Dialect::Sqlite, &Mapping::default()));

/// How often a claim makes room for other resources: a request waits for its end.
const ROUNDS: usize = 20;

/// Runs a command, `{name: arguments}`, and answers in JSON.
pub(super) fn run(connection: &Connection, command: &str) -> Outcome<String> {
    let command = read(command).map_err(|error| Failure::Other(error.to_string()))?;
    let named = command.as_object().and_then(|object| object.iter().next());
    match named {
        Some(("claim", asked)) => claim(connection, asked),
        Some(("settle", settled)) => settle(connection, settled),
        Some(("changes", asked)) => changes(connection, asked),
        Some(("prune", asked)) => prune(connection, asked),
        Some(("deadLetters", asked)) => letters(connection, asked),
        Some(("retry", asked)) => retry(connection, asked),
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

/// An array, as the text that statements take.
fn array(value: &Value<'_>, name: &str) -> Option<String> {
    value.get(name).filter(|value| value.as_array().is_some()).map(to_text)
}

/// The first events of resources that none is being delivered of.
fn claim(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    let (sink, lease) = (text(asked, "sink")?, number(asked, "lease")?);
    let mut left = number(asked, "limit")?;
    let mut found: Vec<(i64, String)> = Vec::new();
    for _ in 0..ROUNDS {
        let mut statement = connection.prepare_cached(&SQL.claim)?;
        for row in statement.query_map(params![sink, left, lease], claimed)? {
            found.push(row?);
            left -= 1;
        }
        if left <= 0 || connection.prepare_cached(&SQL.park)?.execute([sink])? == 0 {
            break;
        }
    }
    found.sort_unstable_by_key(|(seq, _)| *seq);
    Ok(listed(found.into_iter().map(|(_, entry)| entry)))
}

fn claimed(row: &Row<'_>) -> rusqlite::Result<(i64, String)> {
    let (seq, json): (i64, String) = (row.get("seq")?, row.get("json")?);
    Ok((seq, shown([("seq", seq), ("attempts", row.get("attempts")?)], None, &json)))
}

/// The event goes from text to text.
fn shown<const N: usize>(
    numbers: [(&str, i64); N],
    texts: Option<[(&str, Option<String>); 2]>,
    json: &str,
) -> String {
    let mut object = Object::new();
    for (name, number) in numbers {
        object.insert(name.to_owned(), Value::integer(number));
    }
    for (name, text) in texts.into_iter().flatten() {
        object.insert(name.to_owned(), text.map_or(Value::Null, Value::from));
    }
    let head = Value::from(object).to_string();
    format!("{},\"event\":{json}}}", head.strip_suffix('}').unwrap_or(&head))
}

fn listed(entries: impl Iterator<Item = String>) -> String {
    format!("[{}]", entries.collect::<Vec<_>>().join(","))
}

/// What became of a delivery. What is not of the attempt that was claimed is somebody else's by
/// now. After one that was delivered the next of its resource is answered, if it is asked for.
fn settle(connection: &Connection, settled: &Value<'_>) -> Outcome<String> {
    let (sink, seq) = (text(settled, "sink")?, number(settled, "seq")?);
    let attempts = number(settled, "attempts")?;
    let failure = || text(settled, "failure");
    let place = |row: &Row<'_>| -> rusqlite::Result<[String; 3]> {
        Ok([row.get(0)?, row.get(1)?, row.get(2)?])
    };
    let nothing = || Ok("null".to_owned());
    let found = match text(settled, "outcome")? {
        "again" => {
            connection.prepare_cached(&SQL.again)?.execute(params![
                sink,
                seq,
                attempts,
                failure()?,
                number(settled, "wait")?
            ])?;
            return nothing();
        }
        "dead" => connection
            .prepare_cached(&SQL.dead)?
            .query_row(params![sink, seq, attempts, failure()?], place)
            .optional()?,
        _ => connection
            .prepare_cached(&SQL.done)?
            .query_row(params![sink, seq, attempts], place)
            .optional()?,
    };
    let Some([tenant, kind, id]) = found else { return nothing() };
    if let Some(lease) = perhaps(settled, "lease") {
        let next = connection
            .prepare_cached(&SQL.next)?
            .query_row(params![sink, tenant, kind, id, lease], claimed)
            .optional()?;
        return next.map_or_else(nothing, |(_, entry)| Ok(entry));
    }
    connection.prepare_cached(&SQL.wake)?.execute(params![sink, tenant, kind, id])?;
    nothing()
}

fn changes(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    let found: Vec<String> = connection
        .prepare_cached(&SQL.changes)?
        .query_map(params![number(asked, "after")?, number(asked, "limit")?], |row| {
            Ok(shown([("seq", row.get(0)?)], None, &row.get::<_, String>(1)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok(listed(found.into_iter()))
}

/// Forgets events of an age that nobody waits for, a part of them at a time, and gives up what is
/// for receivers that are no longer there: how much, by their names, and whether there is more.
fn prune(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    let mut given_up = Object::new();
    if let Some(known) = array(asked, "known") {
        let sinks: Vec<String> = connection
            .prepare_cached(&SQL.abandoned)?
            .query_map(params![known, number(asked, "abandonedAfter")?], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for sink in sinks {
            let params = params![sink, text(asked, "failure")?];
            let count = connection.prepare_cached(&SQL.abandon)?.execute(params)?;
            given_up.insert(sink, Value::integer(i64::try_from(count).unwrap_or(i64::MAX)));
        }
        for sink in asked.get("known").and_then(Value::as_array).unwrap_or_default() {
            connection.prepare_cached(&SQL.heal)?.execute([sink.as_str()])?;
        }
    }
    let gone = connection.prepare_cached(&SQL.prune)?.execute([number(asked, "age")?])?;
    let mut answer = Object::new();
    answer.insert("givenUp", given_up.into());
    answer.insert("more", Value::from(gone > 0));
    Ok(to_text(&answer.into()))
}

/// What was given up, behind a place.
fn letters(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    let only = asked.get("receiver").and_then(Value::as_str);
    let after = params![number(asked, "seq")?, text(asked, "sink")?, number(asked, "limit")?, only];
    let found: Vec<String> = connection
        .prepare_cached(&SQL.letters)?
        .query_map(after, |row| {
            let texts = [("sink", Some(row.get("sink")?)), ("failure", row.get("failure")?)];
            let json: String = row.get("json")?;
            let numbers = [("seq", row.get("seq")?), ("attempts", row.get("attempts")?)];
            Ok(shown(numbers, Some(texts), &json))
        })?
        .collect::<Result<_, _>>()?;
    Ok(listed(found.into_iter()))
}

/// Makes what was given up due again; the answer is how much.
fn retry(connection: &Connection, asked: &Value<'_>) -> Outcome<String> {
    let params = params![array(asked, "receivers"), array(asked, "ids")];
    Ok(connection.prepare_cached(&SQL.retry)?.execute(params)?.to_string())
}
