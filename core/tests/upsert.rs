//! What vectors cannot say: two requests at once, and groups of a thousand.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::unreachable, reason = "a test that fails should panic")]

use scimforge::protocol::{
    Config, Engine, Env, Exchange, MemoryStore, Need, Request, Response, Store, StoreResult, run,
};
use scimforge::time::Instant;
use scimforge::value::read;

fn engine(options: &str) -> Engine {
    Engine::new(Config::from_value(&read(options).unwrap()).unwrap())
}

fn env(ids: &'static str) -> Env {
    let ids = (1..).map(move |number| format!("{ids}-{number}"));
    Env::new(Instant::from_unix(1_772_357_400), ids)
}

fn post(target: &str, body: &str) -> Request {
    let mut request = Request::new("POST", target);
    request.headers.push(("content-type".into(), "application/scim+json".into()));
    request.body = body.as_bytes().to_vec();
    request
}

/// One step with the store.
fn step(
    exchange: &mut Exchange,
    store: &mut MemoryStore,
    result: &mut Option<StoreResult>,
) -> Option<Response> {
    match exchange.step(result.take()) {
        Need::Store(operation) => {
            *result = Some(store.run(operation));
            None
        }
        Need::Reply(response) => Some(response),
        _ => unreachable!("there is no other need"),
    }
}

/// Both ask, nobody is there, both insert: one of them is told, and looks again.
#[test]
fn the_same_post_twice_at_once_makes_one_resource() {
    let engine = engine(r#"{"create": "upsert-by-externalId"}"#);
    let user = r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ida", "externalId": "hr-7"}"#;
    for other in [user.to_owned(), user.replace("ida", "udo")] {
        let mut store = MemoryStore::new();
        let mut first = engine.begin(post("/Users", user), env("a"));
        let mut second = engine.begin(post("/Users", &other), env("b"));
        let (mut one, mut two) = (None, None);
        assert!(step(&mut first, &mut store, &mut one).is_none());
        assert!(step(&mut second, &mut store, &mut two).is_none());
        let mut answers = Vec::new();
        while answers.len() < 2 {
            answers.extend(
                (answers.is_empty()).then(|| step(&mut first, &mut store, &mut one)).flatten(),
            );
            answers.extend(step(&mut second, &mut store, &mut two));
        }
        answers.sort_by_key(|answer| answer.status);
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200, 201]);
        let list = run(&engine, &mut store, Request::new("GET", "/Users"), env("c"));
        let list = String::from_utf8(list.body).unwrap();
        assert!(list.contains(r#""totalResults":1"#), "{list}");
    }
}

fn found(members: usize, filter: &str) -> Response {
    let engine = engine("{}");
    let mut store = MemoryStore::new();
    let members: Vec<String> =
        (0..members).map(|number| format!(r#"{{"value":"u-{number}"}}"#)).collect();
    let group = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"all","members":[{}]}}"#,
        members.join(",")
    );
    assert_eq!(run(&engine, &mut store, post("/Groups", &group), env("g")).status, 201);
    run(&engine, &mut store, Request::new("GET", format!("/Users?filter={filter}")), env("x"))
}

#[test]
fn a_filter_by_groups_names_a_thousand_and_no_more() {
    assert_eq!(found(1_000, "groups%20pr").status, 200);
    let refused = found(1_001, "groups.display%20eq%20%22all%22");
    assert_eq!(refused.status, 400);
    assert!(String::from_utf8(refused.body).unwrap().contains(r#""scimType":"tooMany""#));
}
