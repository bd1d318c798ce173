//! Members that are written all at once: who stays is not written, and the order is that of the
//! list.

use proptest::prelude::*;
use rusqlite::params_from_iter;
use scimforge::protocol::{Document, Key};
use scimforge::schema::builtin;
use scimforge::sql::{Dialect, Mapping, members_written, resource_text, tables};
use scimforge::value::read;

use super::{cells, runner};

/// Few members, so that lists often agree; a member may have more than its `value`, and be there
/// twice.
fn lists() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let list = || prop::collection::vec(0..8_u8, 0..8);
    let grown = (list(), list()).prop_map(|(old, more)| {
        let new = old.iter().filter(|one| **one != 3).chain(&more).copied().collect();
        (old, new)
    });
    prop_oneof![grown, (list(), list())]
}

fn group(members: &[u8]) -> String {
    let member = |one: &u8| {
        let more = if *one > 5 { r#","display":"Rosa""# } else { "" };
        format!(r#"{{"value":"u-{}"{more}}}"#, one % 6)
    };
    let all: Vec<String> = members.iter().map(member).collect();
    if all.is_empty() {
        return r#"{"id":"g-1"}"#.to_owned();
    }
    format!(r#"{{"id":"g-1","members":[{}]}}"#, all.join(","))
}

#[test]
fn sqlite_writes_those_who_come_and_go() {
    let compiled = builtin::group();
    let (dialect, mapping) = (Dialect::Sqlite, Mapping::default());
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch(&tables(dialect, &mapping)).unwrap();
    let key = Key { tenant: "t".into(), resource_type: "Group".into(), id: "g-1".into() };
    let write = |members: &[u8], new: bool| {
        let group = Document::new(read(&group(members)).unwrap().into_owned());
        for one in members_written(&key, &group, None, new, &compiled, dialect, &mapping) {
            connection.execute(&one.text, params_from_iter(cells(&one.params))).unwrap();
        }
    };
    let text = format!("SELECT {} FROM document d", resource_text(dialect, &mapping));
    let untouched = || -> i64 {
        let text = "SELECT count(*) FROM member WHERE tenant = 'untouched'";
        connection.query_row(text, [], |row| row.get(0)).unwrap()
    };
    runner(192)
        .run(&lists(), |(old, new)| {
            connection
                .execute_batch(
                    "DELETE FROM member; DELETE FROM document; INSERT INTO document \
                     (tenant, type, id, version, json, shadow) \
                     VALUES ('t', 'Group', 'g-1', 'v', '{\"id\":\"g-1\"}', jsonb('{}'))",
                )
                .unwrap();
            write(&old, true);
            connection.execute("UPDATE member SET tenant = 'untouched'", []).unwrap();
            write(&new, false);
            let found: String = connection.query_row(&text, [], |row| row.get(0)).unwrap();
            prop_assert_eq!(found, group(&new));
            let staying: Vec<usize> = (0..old.len()).filter(|at| new.contains(&old[*at])).collect();
            let are_first = staying.len() <= new.len()
                && staying.iter().zip(&new).all(|(at, member)| old[*at] == *member);
            let wanted = if are_first { i64::try_from(staying.len()).unwrap() } else { 0 };
            prop_assert_eq!(untouched(), wanted, "{:?} to {:?}", old, new);
            Ok(())
        })
        .unwrap();
}
