//! A group that comes back: its members are looked for together, or one by one where a store has no
//! other way, and come out the same.

#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that fails should panic")]

use scimforge::protocol::{
    Config, Engine, Env, MemoryStore, Request, Store, StoreOp, StoreResult, Task, run,
};
use scimforge::time::Instant;
use scimforge::value::{Value, read};

/// Counts what it is asked, and may not know of many at once.
struct Counting {
    store: MemoryStore,
    together: bool,
    asked: usize,
}

impl Store for Counting {
    fn run(&mut self, operation: StoreOp) -> StoreResult {
        self.asked += 1;
        match operation {
            StoreOp::Present { ref ids, .. } => {
                assert!(ids.len() <= 10_000);
                if self.together { self.store.run(operation) } else { StoreResult::Unsupported }
            }
            other => self.store.run(other),
        }
    }
}

fn env() -> Env {
    Env::new(Instant::from_unix(1_772_357_400), std::iter::empty())
}

/// The members that are back of a group of so many, of which every third is a user that is there,
/// every third a group that is, and every third is gone; and how often the store was asked.
fn restored(count: usize, together: bool) -> (Vec<String>, usize) {
    let config = Config::from_value(&read(r#"{"delete": "soft"}"#).unwrap()).unwrap();
    let engine = Engine::new(config);
    let mut store = Counting { store: MemoryStore::new(), together, asked: 0 };
    let mut put = |text: String| {
        let resource = read(&text).unwrap().into_owned();
        assert_eq!(store.run(engine.insertion("", resource).unwrap()), StoreResult::Done);
    };
    let mut members = Vec::new();
    for at in 0..count {
        // Of every other, the type is said.
        let kind = if at % 3 == 1 { "Group" } else { "User" };
        let said = if at % 2 == 0 { format!(r#", "type": "{kind}""#) } else { String::new() };
        members.push(format!(r#"{{"value": "m-{at}"{said}}}"#));
        if at % 3 < 2 {
            put(format!(
                r#"{{"id": "m-{at}", "userName": "n-{at}", "meta": {{"resourceType": "{kind}"}}}}"#
            ));
        }
    }
    let members = members.join(",");
    put(format!(r#"{{"id": "g", "members": [{members}], "meta": {{"resourceType": "Group"}}}}"#));
    assert_eq!(run(&engine, &mut store, Request::new("DELETE", "/Groups/g"), env()).status, 204);
    store.asked = 0;
    let task = Task::Restore { resource_type: "Group".into(), id: "g".into() };
    let answer = engine.perform(task, env()).run(&mut store);
    assert_eq!(answer.status, 200);
    let group = read(std::str::from_utf8(&answer.body).unwrap()).unwrap().into_owned();
    let value = |member: &Value<'_>| member.get("value").unwrap().as_str().unwrap().to_owned();
    (group.get("members").unwrap().as_array().unwrap().iter().map(value).collect(), store.asked)
}

#[test]
fn members_are_looked_for_together() {
    let (there, asked) = restored(25_000, true);
    let expected: Vec<String> =
        (0..25_000).filter(|at| at % 3 < 2).map(|at| format!("m-{at}")).collect();
    assert_eq!(there, expected, "in their order");
    assert!(asked <= 8, "{asked}");
}

#[test]
fn one_by_one_they_are_the_same() {
    let (there, asked) = restored(90, false);
    assert_eq!(there, restored(90, true).0);
    assert!(asked > 90, "{asked}");
}
