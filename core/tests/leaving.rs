//! Groups that others change while somebody leaves them, or is back.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that fails should panic")]

use scimforge::protocol::{
    Config, Engine, Env, MemoryStore, Request, Store, StoreOp, StoreResult, Task, run,
};
use scimforge::time::Instant;
use scimforge::value::read;

/// A store in which others come between so often when a group is changed.
struct Busy {
    store: MemoryStore,
    others: usize,
}

impl Store for Busy {
    fn run(&mut self, operation: StoreOp) -> StoreResult {
        match &operation {
            StoreOp::Replace { key, .. } if &*key.resource_type == "Group" && self.others > 0 => {
                self.others -= 1;
                StoreResult::VersionMismatch
            }
            _ => self.store.run(operation),
        }
    }
}

fn env() -> Env {
    Env::new(Instant::from_unix(1_772_357_400), ["t-1".to_owned()].into_iter())
}

#[test]
fn whoever_is_deleted_or_restored_leaves_and_joins_a_busy_group() {
    let config = Config::from_value(&read(r#"{"delete": "soft"}"#).unwrap()).unwrap();
    let engine = Engine::new(config);
    let mut store = Busy { store: MemoryStore::new(), others: 0 };
    for text in [
        r#"{"id": "u-1", "userName": "rosa", "meta": {"resourceType": "User"}}"#,
        r#"{"id": "g-1", "displayName": "Crew", "members": [{"value": "u-1"}], "meta": {"resourceType": "Group"}}"#,
    ] {
        store.run(engine.insertion("", read(text).unwrap()).unwrap());
    }
    let crew = |store: &mut Busy| {
        let answer = run(&engine, store, Request::new("GET", "/Groups/g-1"), env());
        read(std::str::from_utf8(&answer.body).unwrap()).unwrap().get("members").is_some()
    };
    store.others = 20;
    assert_eq!(run(&engine, &mut store, Request::new("DELETE", "/Users/u-1"), env()).status, 204);
    assert!(!crew(&mut store));
    store.others = 20;
    let back = Task::Restore { resource_type: "User".into(), id: "u-1".into() };
    assert_eq!(engine.perform(back, env()).run(&mut store).status, 200);
    assert!(crew(&mut store));
}
