//! The protocol engine with other stores than the plain one in memory.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that fails should panic")]

use proptest::prelude::*;
use scimforge::error::Code;
use scimforge::profile::Profile;
use scimforge::protocol::{
    Config, Document, Engine, Env, Key, MemoryStore, Need, Request, Response, Secret, Store,
    StoreOp, StoreResult, run,
};
use scimforge::schema::{SCHEMA, builtin};
use scimforge::time::Instant;
use scimforge::validate::{Mode, Options, issues};
use scimforge::value::{Value, read, to_text};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A store in another language: everything crosses as text.
struct Remote {
    store: MemoryStore,
    engine: Engine,
}

impl Store for Remote {
    fn run(&mut self, operation: StoreOp) -> StoreResult {
        let text = to_text(&operation.to_value());
        let types = &self.engine.config().resource_types;
        let operation = StoreOp::from_value(&read(&text).unwrap(), types).unwrap();
        assert_eq!(to_text(&operation.to_value()), text);
        let text = to_text(&self.store.run(operation).to_value());
        let result = StoreResult::from_value(read(&text).unwrap()).unwrap();
        assert_eq!(to_text(&result.to_value()), text);
        result
    }
}

/// Answers with what was told beforehand, and remembers what was asked.
#[derive(Default)]
struct Scripted {
    answers: Vec<StoreResult>,
    asked: Vec<StoreOp>,
}

impl Store for Scripted {
    fn run(&mut self, operation: StoreOp) -> StoreResult {
        if matches!(operation, StoreOp::Memberships { .. }) {
            return StoreResult::Unsupported;
        }
        self.asked.push(operation);
        if self.answers.is_empty() {
            StoreResult::Failed("out of answers".to_owned())
        } else {
            self.answers.remove(0)
        }
    }
}

fn env(second: i64, ids: &[&str]) -> Env {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    Env::new(Instant::from_unix(1_772_357_400 + second), ids.into_iter())
        .with_base_url("https://scim.example.test/v2")
}

fn engine() -> Engine {
    Engine::new(Config::default())
}

fn body_of(response: &Response) -> Value<'static> {
    read(std::str::from_utf8(&response.body).unwrap()).unwrap().into_owned()
}

fn rosa(title: &str) -> Document {
    let text = format!(
        r#"{{"schemas":["{USER}"],"id":"u-1","userName":"rosa","title":"{title}","meta":{{"resourceType":"User"}}}}"#
    );
    Document::new(read(&text).unwrap().into_owned())
}

fn change_title() -> Request {
    let patch = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations":[{"op":"replace","path":"nickName","value":"Ro"}]}"#;
    Request::new("PATCH", "/Users/u-1").with_body(patch.into())
}

fn request(step: &Value<'_>) -> Request {
    let asked = step.get("request").unwrap();
    let text = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut request = Request::new(text("method"), text("target"));
    if let Some(Value::Object(headers)) = asked.get("headers") {
        for (name, value) in headers.iter() {
            request = request.with_header(name, value.as_str().unwrap());
        }
    }
    let body = asked.get("body").map_or_else(|| text("bodyText").to_owned(), to_text);
    request.with_body(body.into_bytes())
}

/// What the host does by itself.
fn perform(
    case: &Value<'_>,
    task: &Value<'_>,
    store: &mut impl Store,
    second: i64,
) -> (u16, String) {
    let config = to_text(case.get("config").unwrap_or(&Value::Null));
    let engine = scimforge::api::Engine::new(&config).unwrap();
    let now = Instant::from_unix(1_772_357_400 + second);
    let env = format!(r#"{{"now": "{now}", "ids": []}}"#);
    let answer = engine.task(&to_text(task), &env).unwrap().run(store);
    (answer.status, String::from_utf8(answer.body).unwrap())
}

#[test]
fn stores_that_answer_supersets_and_speak_json_make_no_difference() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/protocol");
    let mut steps = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for case in read(&text).unwrap().as_array().unwrap() {
            let config = Config::from_value(case.get("config").unwrap_or(&Value::Null)).unwrap();
            let engine = Engine::new(config);
            let mut plain = MemoryStore::new();
            let mut remote =
                Remote { store: MemoryStore::new().answering_supersets(), engine: engine.clone() };
            for resource in case.get("store").and_then(Value::as_array).unwrap_or_default() {
                let operation = engine.insertion("", resource.clone().into_owned()).unwrap();
                assert_eq!(remote.run(operation.clone()), StoreResult::Done);
                assert_eq!(plain.run(operation), StoreResult::Done);
            }
            for (index, step) in
                case.get("steps").and_then(Value::as_array).unwrap().iter().enumerate()
            {
                let second = i64::try_from(index).unwrap();
                let ids = [format!("id-{index}")];
                let ids = [ids[0].as_str()];
                let id = case.get("id").and_then(Value::as_str).unwrap();
                if let Some(task) = step.get("task") {
                    let one = perform(case, task, &mut plain, second);
                    assert_eq!(one, perform(case, task, &mut remote, second), "{id} {index}");
                    steps += 1;
                    continue;
                }
                let one = run(&engine, &mut plain, request(step), env(second, &ids));
                let other = run(&engine, &mut remote, request(step), env(second, &ids));
                assert_eq!(
                    (one.status, &one.headers),
                    (other.status, &other.headers),
                    "{id} {index}"
                );
                assert_eq!(
                    String::from_utf8_lossy(&one.body),
                    String::from_utf8_lossy(&other.body),
                    "{id} {index}"
                );
                steps += 1;
            }
        }
    }
    assert!(steps > 200, "{steps}");
}

#[test]
fn a_change_that_was_overtaken_is_made_again_unless_a_version_was_named() {
    let overtaken = || Scripted {
        answers: vec![
            StoreResult::Row(Some(rosa("a"))),
            StoreResult::VersionMismatch,
            StoreResult::Row(Some(rosa("b"))),
            StoreResult::Done,
        ],
        asked: Vec::new(),
    };
    let mut store = overtaken();
    let response = run(&engine(), &mut store, change_title(), env(0, &[]));
    assert_eq!(
        (response.status, body_of(&response).get("title").and_then(Value::as_str)),
        (200, Some("b"))
    );
    let versions: Vec<Option<String>> = store
        .asked
        .iter()
        .filter_map(|operation| match operation {
            StoreOp::Replace { if_version, .. } => Some(if_version.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(
        versions,
        [Some(rosa("a").version().into_owned()), Some(rosa("b").version().into_owned())]
    );

    let named = change_title().with_header("If-Match", rosa("a").version());
    assert_eq!(run(&engine(), &mut overtaken(), named, env(0, &[])).status, 412);

    let mut never = Scripted::default();
    for _ in 0..20 {
        never.answers.extend([StoreResult::Row(Some(rosa("a"))), StoreResult::VersionMismatch]);
    }
    assert_eq!(run(&engine(), &mut never, change_title(), env(0, &[])).status, 412, "it gives up");
}

#[test]
fn a_taken_identifier_is_passed_over() {
    let create = || {
        Request::new("POST", "/Users")
            .with_body(format!(r#"{{"schemas":["{USER}"],"userName":"rosa"}}"#).into())
    };
    let taken = StoreResult::Conflict { attribute: "id".into() };
    let mut store = Scripted { answers: vec![taken.clone(), StoreResult::Done], asked: Vec::new() };
    let response = run(&engine(), &mut store, create(), env(0, &["xbulkIdx", "", "a", "b"]));
    assert_eq!(
        (response.status, response.header("location")),
        (201, Some("https://scim.example.test/v2/Users/b"))
    );
    let mut store = Scripted { answers: vec![taken], asked: Vec::new() };
    let response = run(&engine(), &mut store, create(), env(0, &["a"]));
    assert_eq!(response.status, 500, "no identifiers are left");
}

#[test]
fn passwords_go_to_the_store_alone() {
    let create = format!(r#"{{"schemas":["{USER}"],"userName":"rosa","password":"tangerine-17"}}"#);
    let mut exchange =
        engine().begin(Request::new("POST", "/Users").with_body(create.into()), env(0, &["u-1"]));
    assert_eq!(exchange.operation_name(), "Users:create");
    let Need::Store(operation) = exchange.step(None) else { panic!("a store operation") };
    assert!(!format!("{operation:?}").contains("tangerine"));
    let StoreOp::Insert { document, password, .. } = &operation else { panic!("an insert") };
    assert_eq!(password.as_ref().map(Secret::reveal), Some("tangerine-17"));
    assert_eq!(document.resource.get("password"), None);
    assert_eq!(operation.to_value().get("password").and_then(Value::as_str), Some("tangerine-17"));
    let Need::Reply(response) = exchange.step(Some(StoreResult::Done)) else { panic!("an answer") };
    let seen = format!(
        "{}{}",
        String::from_utf8_lossy(&response.body),
        to_text(&response.audit.to_value())
    );
    assert!(!seen.contains("tangerine"), "{seen}");
}

/// A store whose groups cannot be written.
struct Stubborn(MemoryStore);

impl Store for Stubborn {
    fn run(&mut self, operation: StoreOp) -> StoreResult {
        match operation {
            StoreOp::Replace { .. } => StoreResult::Failed("no".to_owned()),
            other => self.0.run(other),
        }
    }
}

#[test]
fn who_cannot_leave_a_group_is_a_failure_where_a_host_undoes_that() {
    let group =
        read(r#"{"id": "g-1", "members": [{"value": "u-1"}], "meta": {"resourceType": "Group"}}"#);
    for (options, status) in [("{}", 204), (r#"{"atomic": true}"#, 500)] {
        let engine = Engine::new(Config::from_value(&read(options).unwrap()).unwrap());
        let mut store = Stubborn(MemoryStore::new());
        for document in [rosa("Cook").into_resource(), group.clone().unwrap()] {
            assert_eq!(store.run(engine.insertion("", document).unwrap()), StoreResult::Done);
        }
        let answer = run(&engine, &mut store, Request::new("DELETE", "/Users/u-1"), env(0, &[]));
        assert_eq!(answer.status, status);
    }
}

#[test]
fn what_goes_wrong_in_the_store_stays_there() {
    let mut store = Scripted {
        answers: vec![StoreResult::Failed("disk 7 is on fire".to_owned())],
        asked: Vec::new(),
    };
    let response = run(&engine(), &mut store, Request::new("GET", "/Users/u-1"), env(0, &[]));
    assert_eq!((response.status, response.audit.code), (500, Some(Code::StoreFailure)));
    assert!(!String::from_utf8_lossy(&response.body).contains("disk"));
    for wrong in [StoreResult::Done, StoreResult::Conflict { attribute: "x".into() }] {
        for target in ["/Users", "/Users/u-1"] {
            let mut store = Scripted { answers: vec![wrong.clone()], asked: Vec::new() };
            assert_eq!(
                run(&engine(), &mut store, Request::new("GET", target), env(0, &[])).status,
                500
            );
        }
    }
}

#[test]
fn steps_out_of_turn_are_answered() {
    let status = |need: Need| match need {
        Need::Reply(response) => response.status,
        _ => 0,
    };
    let mut exchange = engine().begin(Request::new("GET", "/Users/u-1"), env(0, &[]));
    assert_eq!(
        status(exchange.step(Some(StoreResult::Done))),
        500,
        "a result before the first step"
    );
    assert_eq!(status(exchange.step(None)), 500, "a step after the answer");
    let mut exchange = engine().begin(Request::new("GET", "/Users/u-1"), env(0, &[]));
    assert!(matches!(exchange.step(None), Need::Store(_)));
    assert_eq!(status(exchange.step(None)), 500, "no result");
    let mut exchange = engine().begin(Request::new("DELETE", "/Users/u-1"), env(0, &[]));
    assert_eq!(exchange.refuse(Code::Forbidden).status, 403);
    assert_eq!(status(exchange.step(None)), 500, "what was refused does not go on");
}

#[test]
fn tenants_do_not_meet() {
    let (engine, mut store) = (engine(), MemoryStore::new());
    for tenant in ["north", "south"] {
        let resource = rosa(tenant).into_resource();
        assert_eq!(
            store.run(engine.insertion(tenant, resource).unwrap()),
            StoreResult::Done,
            "one name, two tenants"
        );
    }
    let get = |store: &mut MemoryStore, target: &str, tenant: &str| {
        let response =
            run(&engine, store, Request::new("GET", target), env(0, &[]).with_tenant(tenant));
        (response.status, body_of(&response))
    };
    assert_eq!(
        get(&mut store, "/Users/u-1", "south").1.get("title").and_then(Value::as_str),
        Some("south")
    );
    assert_eq!(get(&mut store, "/Users/u-1", "").0, 404);
    let (_, list) = get(&mut store, "/?filter=userName%20eq%20%22rosa%22", "north");
    assert_eq!(list.get("totalResults"), Some(&Value::integer(1)));
    let (_, list) = get(&mut store, "/Users?filter=userName%20eq%20%22rosa%22", "east");
    assert_eq!(list.get("totalResults"), Some(&Value::integer(0)));
}

#[test]
fn the_audit_names_what_was_done_and_bent() {
    let (engine, mut store) = (engine(), MemoryStore::new());
    let create = format!(r#"{{"schemas":["{USER}"],"userName":"rosa","active":"True"}}"#);
    let request = Request::new("POST", "/Users").with_body(create.into());
    let audit = run(
        &engine,
        &mut store,
        request,
        env(0, &["u-1"]).with_principal("okta").with_tenant("north"),
    )
    .audit;
    let expected = r#"{"time":"2026-03-01T09:30:00Z","tenant":"north","principal":"okta","operation":"Users:create",
        "id":"u-1","status":201,"trace":[{"quirk":"booleanText","pointer":"/active","scimPath":"active","reason":"`\"True\"` and `\"false\"` are booleans, in any case","spec":"SCH-021, Q-30, FLT-038"}]}"#;
    assert_eq!(to_text(&audit.to_value()), to_text(&read(expected).unwrap()));
    let audit = run(&engine, &mut store, Request::new("GET", "/Users;/x"), env(0, &[])).audit;
    assert_eq!(
        (audit.status, audit.code, audit.operation.as_str()),
        (400, Some(Code::BadTarget), "")
    );
}

#[test]
fn a_store_may_hold_what_was_never_sent() {
    let engine = engine();
    assert_eq!(
        engine.insertion("", read("{}").unwrap().into_owned()).unwrap_err().code(),
        Code::Required
    );
    let strange = read(r#"{"id":"1","meta":{"resourceType":"Robot"}}"#).unwrap().into_owned();
    assert_eq!(engine.insertion("", strange).unwrap_err().code(), Code::UnknownSchema);
    let derived = format!(
        r#"{{"schemas":["{USER}"],"id":"u-1","userName":"rosa","groups":[{{"value":"g-1"}}],"meta":{{"resourceType":"User"}}}}"#
    );
    let mut store = MemoryStore::new();
    store.run(engine.insertion("", read(&derived).unwrap().into_owned()).unwrap());
    let put = format!(r#"{{"schemas":["{USER}"],"userName":"rosa","title":"x","groups":[]}}"#);
    let response = run(
        &engine,
        &mut store,
        Request::new("PUT", "/Users/u-1").with_body(put.into()),
        env(0, &[]),
    );
    assert_eq!(response.status, 200);
    let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
    let (_, stored) = store.iter().find(|(other, _)| **other == key).unwrap();
    assert!(stored.resource.get("meta").unwrap().get("location").is_none());
    assert!(
        stored.resource.get("groups").is_some(),
        "what the server says of a resource outlives a PUT"
    );
    assert!(body_of(&response).get("groups").is_none(), "no group has the member");
}

#[test]
fn discovery_documents_keep_their_own_schemas() {
    let answer = |target: &str| {
        body_of(&run(&engine(), &mut MemoryStore::new(), Request::new("GET", target), env(0, &[])))
    };
    let options = Options { mode: Mode::Response, profile: Profile::STRICT, ..Options::default() };
    let mut documents = vec![("ServiceProviderConfig", answer("/ServiceProviderConfig"))];
    for (kind, target) in [("ResourceType", "/ResourceTypes"), ("Schema", "/Schemas")] {
        let list = answer(target);
        let resources = list.get("Resources").and_then(Value::as_array).unwrap();
        documents.extend(resources.iter().map(|resource| (kind, resource.clone())));
    }
    assert_eq!(documents.len(), 9);
    for (kind, document) in &documents {
        let id = document.get("id").and_then(Value::as_str);
        if id == Some(SCHEMA) {
            // The schema of schemas nests one level deeper than any schema may (RFC 7643 §7).
            continue;
        }
        let issues = issues(&builtin::by_name(kind).unwrap(), &document, &options);
        assert!(issues.is_empty(), "{kind} {id:?}: {issues:?}");
    }
}

#[test]
fn large_groups_take_linear_time() {
    let (engine, mut store) = (engine(), MemoryStore::new());
    let members: Vec<String> =
        (0..50_000).map(|index| format!(r#"{{"value":"u-{index}"}}"#)).collect();
    let group = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"All","members":[{}]}}"#,
        members.join(",")
    );
    let send = |store: &mut MemoryStore, method: &str, target: &str, body: String| {
        run(
            &engine,
            store,
            Request::new(method, target).with_body(body.into_bytes()),
            env(0, &["g-1"]),
        )
        .status
    };
    assert_eq!(send(&mut store, "POST", "/Groups?excludedAttributes=members", group.clone()), 201);
    assert_eq!(send(&mut store, "PUT", "/Groups/g-1?excludedAttributes=members", group), 200);
    let patch = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[
        {"op":"add","path":"members","value":[{"value":"u-7"},{"value":"new"}]},
        {"op":"remove","path":"members[value eq \"u-9\"]"}]}"#;
    assert_eq!(
        send(&mut store, "PATCH", "/Groups/g-1?excludedAttributes=members", patch.to_owned()),
        200
    );
    let (_, document) = store.iter().next().unwrap();
    assert_eq!(
        document.resource.get("members").and_then(Value::as_array).map(<[_]>::len),
        Some(50_000)
    );
}

proptest! {
    #[test]
    fn any_request_is_answered_and_errors_are_messages(
        method in prop_oneof![Just("GET".to_owned()), Just("POST".to_owned()), Just("PUT".to_owned()),
            Just("PATCH".to_owned()), Just("DELETE".to_owned()), "[A-Za-z]{0,6}"],
        path in prop_oneof![Just("/Users".to_owned()), Just("/Users/u-1".to_owned()), Just("/.search".to_owned()),
            Just("/Schemas".to_owned()), "\\PC{0,24}", "(/[A-Za-z.;%0-9]{0,6}){0,4}"],
        query in prop_oneof![Just(String::new()), "\\?filter=[a-z \\[\\]()\"=%&+]{0,24}",
            "\\?(count|startIndex|sortBy|attributes)=[a-z0-9,.:-]{0,12}", "\\PC{0,24}"],
        header in "[a-z/*;=,.+ \"0-9-]{0,20}",
        body in prop_oneof![Just(Vec::new()), proptest::collection::vec(any::<u8>(), 0..40),
            "[{\"userName:,\\[\\]}schemas0-9 ]{0,40}".prop_map(String::into_bytes)],
    ) {
        let (engine, mut store) = (engine(), MemoryStore::new());
        store.run(engine.insertion("", rosa("a").into_resource()).unwrap());
        let request = Request::new(method, format!("{path}{query}"))
            .with_header("If-Match", header.clone())
            .with_header("Accept", header)
            .with_body(body);
        let response = run(&engine, &mut store, request, env(0, &["id-1"]));
        prop_assert!(response.status < 500 || response.status == 501, "{response:?}");
        if response.status >= 400 {
            let status = body_of(&response).get("status").and_then(Value::as_str).map(str::to_owned);
            prop_assert_eq!(status, Some(response.status.to_string()));
        }
    }
}
