//! What is let in is what is run: for every request line, the permission that is asked for is
//! that of the operation which then reaches the store.

use proptest::prelude::*;
use scimforge::protocol::{Config, Engine, Env, Need, Request, Response, StoreOp, Subject};
use scimforge::time::Instant;

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "get", "HEAD", "PROPFIND"];

/// All that a caller can be allowed, by the names of operations.
const OPERATIONS: [&str; 18] = [
    "Users:create",
    "Users:list",
    "Users:view",
    "Users:update",
    "Users:delete",
    "Groups:create",
    "Groups:list",
    "Groups:view",
    "Groups:update",
    "Groups:delete",
    "Me:create",
    "Me:view",
    "Me:update",
    "Me:delete",
    "Bulk:run",
    "All:list",
    "Discovery:discover",
    "Discovery:view",
];

/// Request targets: pieces that routers have been fooled with, and any text at all.
fn target() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "/Users",
            "/users",
            "/Groups",
            "/Me",
            "/Bulk",
            "/.search",
            "/Schemas",
            "/ResourceTypes",
            "/ServiceProviderConfig",
            "/u-1",
            "/",
            "//",
            "/..",
            "/.",
            ";v=1",
            "?",
            "#",
            "%2F",
            "%2f",
            "%55sers",
            "%00",
            "%",
            "/scim/v2",
            "?filter=userName+pr",
            "&count=1",
            "\\",
            " ",
            "/Users/u-1",
        ])
        .prop_map(str::to_owned),
        ".{0,4}",
    ];
    let plain = prop::sample::select(vec![
        "/Users",
        "/Users/u-1",
        "/Groups",
        "/Groups/g-1",
        "/Me",
        "/Bulk",
        "/.search",
        "/Users/.search",
        "/Schemas",
        "",
    ]);
    prop_oneof![
        4 => (plain, prop::option::weighted(0.3, piece.clone()))
            .prop_map(|(plain, more)| format!("{plain}{}", more.unwrap_or_default())),
        4 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        1 => prop::collection::vec(any::<u8>(), 0..24)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
    ]
}

fn body() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ida"}"#,
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Glaziers"}"#,
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"title","value":"x"}]}"#,
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"id pr"}"#,
        r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/u-1"}]}"#,
    ])
}

/// What the first step of a request is, with the name of its operation.
enum First {
    Store(StoreOp),
    Answer(Response),
}

fn first(engine: &Engine, request: Request, granted: Option<Vec<&str>>) -> (String, First) {
    let mut env =
        Env::new(Instant::from_unix(1_772_357_400), (1..).map(|number| format!("id-{number}")));
    env.permissions = granted.map(|granted| granted.into_iter().map(Box::from).collect());
    env.subject = Some(Subject { resource_type: "User".into(), id: "u-1".into() });
    let mut exchange = engine.begin(request, env);
    let name = exchange.operation_name().to_owned();
    match exchange.step(None) {
        Need::Store(operation) => (name, First::Store(operation)),
        Need::Reply(response) => (name, First::Answer(response)),
        _ => unreachable!("there is no other need"),
    }
}

/// The endpoints whose resources a store operation is about.
fn about(operation: &StoreOp) -> Vec<&'static str> {
    let endpoint = |name: &str| if name == "User" { "Users" } else { "Groups" };
    match operation {
        StoreOp::Get { key }
        | StoreOp::Insert { key, .. }
        | StoreOp::Replace { key, .. }
        | StoreOp::Remove { key, .. } => vec![endpoint(&key.resource_type)],
        StoreOp::Query(plan) => plan.types.iter().map(|planned| endpoint(planned.name())).collect(),
        _ => Vec::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_let_in_is_what_is_run(
        method in prop::sample::select(METHODS.to_vec()),
        target in target(),
        body in body(),
        open in any::<bool>(),
    ) {
        let mut config = Config::default();
        config.open_discovery = open;
        let engine = Engine::new(config);
        let request = || {
            let mut request = Request::new(method, &target);
            request.headers.push(("content-type".into(), "application/scim+json".into()));
            request.body = body.as_bytes().to_vec();
            request
        };
        let (name, unchecked) = first(&engine, request(), None);
        let needed = name.strip_suffix(":replace").map_or_else(|| name.clone(), |of| format!("{of}:update"));
        let discovers = name == "Discovery:discover" || name == "Discovery:view";
        prop_assert_eq!(
            engine.is_open(&request()) && !name.is_empty(),
            open && discovers,
            "open for whom nobody has asked for: {}", name
        );

        // All but the one permission: nothing reaches the store, whatever the target looks like.
        let others = OPERATIONS.iter().copied().filter(|other| *other != needed);
        // Who may list every type may list all of them at once.
        let others = others.filter(|other| name != "All:list" || *other != "Users:list");
        let (_, refused) = first(&engine, request(), Some(others.collect()));
        match refused {
            First::Store(operation) => prop_assert!(false, "{name} was run: {operation:?}"),
            First::Answer(answer) => prop_assert!(
                answer.status >= 400 || (open && discovers),
                "{name} was answered with {}", answer.status
            ),
        }

        // With that permission alone, all goes on as without a check.
        let (_, permitted) = first(&engine, request(), Some(vec![&needed]));
        match (unchecked, permitted) {
            (First::Store(a), First::Store(b)) => {
                prop_assert_eq!(about(&a), about(&b));
                let (endpoint, _) = name.split_once(':').unwrap_or_default();
                match endpoint {
                    "Users" | "Groups" => prop_assert_eq!(about(&a), vec![endpoint]),
                    "Me" => prop_assert_eq!(about(&a), vec!["Users"]),
                    "All" => prop_assert_eq!(about(&a), vec!["Users", "Groups"]),
                    other => prop_assert!(other == "Bulk", "{} asks the store", name),
                }
            }
            (First::Answer(a), First::Answer(b)) => prop_assert_eq!(a.status, b.status, "{}", name),
            // Each operation of a Bulk needs its own.
            (First::Store(_), First::Answer(answer)) => {
                prop_assert_eq!((&*name, answer.status), ("Bulk:run", 200));
            }
            (First::Answer(_), First::Store(_)) => prop_assert!(false, "{} by its permission alone", name),
        }
    }
}
