//! A store that changes groups member by member leaves what one leaves that rewrites them.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that fails should panic")]

use proptest::prelude::*;
use scimforge::protocol::{
    Config, Engine, Env, MemoryStore, Request, Response, Store, StoreOp, StoreResult, run,
};
use scimforge::time::Instant;
use scimforge::value::{Value, read};

/// Has no parts of groups.
struct Whole(MemoryStore);

impl Store for Whole {
    fn run(&mut self, operation: StoreOp) -> StoreResult {
        if matches!(operation, StoreOp::Part { .. }) {
            return StoreResult::Unsupported;
        }
        self.0.run(operation)
    }
}

fn member() -> impl Strategy<Value = String> {
    (0..130_u32, any::<bool>())
        .prop_map(|(number, loud)| if loud { format!("M-{number}") } else { format!("m-{number}") })
}

fn operation() -> impl Strategy<Value = String> {
    let list = || prop::collection::vec(member(), 1..4);
    let objects = |members: &[String]| {
        let each: Vec<_> =
            members.iter().map(|value| format!(r#"{{"value": "{value}"}}"#)).collect();
        each.join(", ")
    };
    prop_oneof![
        4 => list().prop_map(move |members| format!(
            r#"{{"op": "add", "path": "members", "value": [{}]}}"#, objects(&members))),
        4 => member().prop_map(|member| format!(
            r#"{{"op": "remove", "path": "members[value eq \"{member}\"]"}}"#)),
        2 => list().prop_map(move |members| format!(
            r#"{{"op": "remove", "path": "members", "value": [{}]}}"#, objects(&members))),
        1 => list().prop_map(move |members| format!(
            r#"{{"op": "add", "value": {{"displayName": "d", "members": [{}]}}}}"#, objects(&members))),
        1 => member().prop_map(|member| format!(
            r#"{{"op": "replace", "path": "members[value eq \"{member}\"].display", "value": "x"}}"#)),
        1 => Just(r#"{"op": "replace", "path": "displayName", "value": "c"}"#.to_owned()),
        1 => Just(r#"{"op": "remove", "path": "members[value sw \"m-11\"]"}"#.to_owned()),
    ]
}

fn send(
    engine: &Engine,
    store: &mut impl Store,
    method: &str,
    target: &str,
    body: &str,
) -> Response {
    let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    run(engine, store, Request::new(method, target).with_body(body.as_bytes().to_vec()), env)
}

/// Versions are made in two ways.
fn seen(response: &Response) -> (u16, Option<Value<'static>>) {
    let text = String::from_utf8_lossy(&response.body).into_owned();
    let mut body = read(&text).ok().map(Value::into_owned);
    if let Some(meta) =
        body.as_mut().and_then(Value::as_object_mut).and_then(|body| body.get_mut("meta"))
    {
        meta.as_object_mut().unwrap().remove("version");
    }
    (response.status, body)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn parts_and_wholes_end_alike(
        size in prop_oneof![Just(3_u32), Just(99), Just(101), Just(120)],
        patches in prop::collection::vec(prop::collection::vec(operation(), 1..4), 1..8),
        leaver in member(),
    ) {
        let engine = Engine::new(Config::default());
        let members: Vec<_> = (0..size).map(|n| format!(r#"{{"value": "m-{n}"}}"#)).collect();
        let group = format!(
            r#"{{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "id": "g", "displayName": "b",
                "members": [{}], "meta": {{"resourceType": "Group"}}}}"#, members.join(", "));
        let user = format!(
            r#"{{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "{leaver}", "userName": "l",
                "meta": {{"resourceType": "User"}}}}"#);
        let (mut parts, mut wholes) = (MemoryStore::new(), Whole(MemoryStore::new()));
        for text in [&group, &user] {
            let operation = engine.insertion("", read(text).unwrap().into_owned()).unwrap();
            parts.run(operation.clone());
            wholes.0.run(operation);
        }
        let mut both = |method: &str, target: &str, body: &str| {
            let a = send(&engine, &mut parts, method, target, body);
            let b = send(&engine, &mut wholes, method, target, body);
            prop_assert_eq!(seen(&a), seen(&b), "{} {} {}", method, target, body);
            Ok(())
        };
        for operations in &patches {
            let body = format!(
                r#"{{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{}]}}"#,
                operations.join(", "));
            both("PATCH", "/Groups/g", &body)?;
            both("GET", "/Groups/g", "")?;
        }
        both("GET", "/Users", "")?;
        both("DELETE", &format!("/Users/{leaver}"), "")?;
        both("GET", "/Groups/g", "")?;
    }
}
