//! The outbox in `SQLite`: who may be claimed, in which order, and at what price.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use scimforge::sql::{Dialect, Mapping, OutboxSql, outbox_sql, outbox_tables};

const SINK: &str = "hook";
const LEASE: i64 = 60_000;

struct Outbox {
    database: Connection,
    sql: OutboxSql,
}

impl Outbox {
    fn new() -> Self {
        let database = Connection::open_in_memory().expect("a database");
        let tables = outbox_tables(Dialect::Sqlite, &Mapping::default());
        database.execute_batch(&tables).expect("tables");
        Self { database, sql: outbox_sql(Dialect::Sqlite, &Mapping::default()) }
    }

    /// Events of one resource, due since a second.
    fn changes(&self, id: &str, count: i64) {
        self.database
            .execute(
                "INSERT INTO event (tenant, type, id, json, made)
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
                 SELECT '', 'User', ?1, '{}', unixepoch() * 1000 - 1000 FROM n",
                params![id, count],
            )
            .expect("events");
        self.database
            .execute(
                "INSERT INTO delivery (sink, seq, tenant, type, id, due)
                 SELECT ?1, seq, tenant, type, id, made FROM event WHERE id = ?2",
                params![SINK, id],
            )
            .expect("deliveries");
    }

    fn claim(&self, limit: i64) -> Vec<i64> {
        let mut claim = self.database.prepare(&self.sql.claim).expect("claim");
        let rows = claim.query_map(params![SINK, limit, LEASE], |row| row.get("seq"));
        let mut found: Vec<i64> = rows.expect("rows").map(|seq| seq.expect("a number")).collect();
        found.sort_unstable();
        found
    }

    fn park(&self) -> usize {
        self.database.execute(&self.sql.park, [SINK]).expect("park")
    }

    /// As hosts do it.
    fn claimed(&self, limit: i64) -> Vec<i64> {
        let mut found = Vec::new();
        loop {
            found.extend(self.claim(limit - i64::try_from(found.len()).expect("few")));
            if i64::try_from(found.len()).expect("few") == limit || self.park() == 0 {
                return found;
            }
        }
    }

    /// Delivered, and the next of the resource taken.
    fn done(&self, seq: i64, id: &str) -> Option<i64> {
        let attempts: i64 = self
            .database
            .query_row("SELECT attempts FROM delivery WHERE seq = ?1", [seq], |row| row.get(0))
            .expect("a delivery");
        self.database
            .query_row(&self.sql.done, params![SINK, seq, attempts], |_| Ok(()))
            .expect("a row");
        let mut next = self.database.prepare(&self.sql.next).expect("next");
        let mut rows = next.query(params![SINK, "", "User", id, LEASE]).expect("rows");
        rows.next().expect("a row").map(|row| row.get("seq").expect("a number"))
    }

    fn plan(&self, text: &str, params: impl rusqlite::Params) -> String {
        let mut explain =
            self.database.prepare(&format!("EXPLAIN QUERY PLAN {text}")).expect("a plan");
        let rows = explain.query_map(params, |row| row.get::<_, String>(3)).expect("rows");
        rows.map(|line| line.expect("a line")).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn many_events_of_one_resource_keep_no_other_waiting() {
    let outbox = Outbox::new();
    outbox.changes("u-1", 100_000);
    outbox.changes("u-2", 3);
    outbox.changes("u-3", 1);
    let began = Instant::now();
    let found = outbox.claimed(8);
    let first = began.elapsed();
    assert_eq!(found, [1, 100_001, 100_004], "the first of each resource, and no other");
    // What is behind one that is under way is not looked at again and again.
    let began = Instant::now();
    for _ in 0..100 {
        assert!(outbox.claimed(8).is_empty());
    }
    let each = began.elapsed() / 100;
    println!("100,000 due: the first claim took {first:?}, those after it {each:?}");
    assert!(each < Duration::from_millis(5), "{each:?}");
    // What comes is found at once.
    outbox.changes("u-4", 1);
    assert_eq!(outbox.claimed(8), [100_005]);
}

#[test]
fn events_of_one_resource_keep_their_order_when_they_were_parked() {
    let outbox = Outbox::new();
    outbox.changes("u-1", 500);
    outbox.changes("u-2", 1);
    assert_eq!(outbox.claimed(8), [1, 501]);
    let mut last = 1;
    while let Some(next) = outbox.done(last, "u-1") {
        assert_eq!(next, last + 1);
        last = next;
    }
    assert_eq!(last, 500);
    // A process that ends takes no next one: it is woken for others.
    outbox.changes("u-3", 100);
    assert_eq!(outbox.claimed(1), [502]);
    assert!(outbox.claimed(1).is_empty(), "the others of it are parked");
    outbox.database.query_row(&outbox.sql.done, params![SINK, 502, 1], |_| Ok(())).expect("a row");
    assert!(outbox.claimed(1).is_empty());
    outbox.database.execute(&outbox.sql.wake, params![SINK, "", "User", "u-3"]).expect("woken");
    assert_eq!(outbox.claimed(1), [503]);
    // Rows that somebody took away by hand wake nobody; looking after the tables does.
    outbox.database.execute("DELETE FROM delivery WHERE seq = 503", []).expect("gone");
    assert!(outbox.claimed(1).is_empty());
    outbox.database.execute(&outbox.sql.heal, [SINK]).expect("healed");
    assert_eq!(outbox.claimed(1), [504]);
}

#[test]
fn indexes_serve_who_delivers() {
    let outbox = Outbox::new();
    outbox.changes("u-1", 1000);
    let sql = &outbox.sql;
    let claim = outbox.plan(&sql.claim, params![SINK, 8, LEASE]);
    assert!(claim.contains("USING INDEX delivery_by_due (sink=? AND due<?)"), "{claim}");
    assert!(
        claim.contains("delivery_by_resource (sink=? AND tenant=? AND type=? AND id=? AND seq<?)"),
        "{claim}"
    );
    let next = outbox.plan(&sql.next, params![SINK, "", "User", "u-1", LEASE]);
    let letters = outbox.plan(&sql.letters, params![0, "", 10, None::<String>]);
    assert!(letters.contains("delivery_dead"), "{letters}");
    for plan in [claim, next, letters, outbox.plan(&sql.park, [SINK])] {
        assert!(!plan.contains("SCAN delivery") && !plan.contains("SCAN event"), "{plan}");
    }
}
