//! What the audit record says of queries and of the operations of a Bulk.

use scimforge::error::Code;
use scimforge::profile::{Profile, Quirk};
use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
use scimforge::time::Instant;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn env(ids: &[&str]) -> Env {
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    Env::new(Instant::from_unix(1_772_357_400), ids.into_iter()).with_principal("okta")
}

#[test]
fn a_filter_leaves_its_shape() {
    let engine = Engine::new(Config::default());
    let target = "/Users?filter=userName%20eq%20%22rosa%22%20or%20title%20pr";
    let audit = run(&engine, &mut MemoryStore::new(), Request::new("GET", target), env(&[])).audit;
    assert_eq!(audit.filter.as_deref(), Some("userName eq ? or title pr"));
    assert!(!format!("{audit:?}").contains("rosa"));
    let target = "/Users?filter=rosa";
    let audit = run(&engine, &mut MemoryStore::new(), Request::new("GET", target), env(&[])).audit;
    assert_eq!((audit.status, audit.filter), (400, None), "what is no filter has no shape");
}

#[test]
fn operations_of_a_bulk_are_recorded_once_and_in_order() {
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
            {{"method":"POST","path":"/Groups","bulkId":"a","data":{{"schemas":["{GROUP}"],"displayName":"A","members":[{{"value":"bulkId:b","type":"Group"}}]}}}},
            {{"method":"POST","path":"/Groups","bulkId":"b","data":{{"schemas":["{GROUP}"],"displayName":"B","members":[{{"value":"bulkId:a","type":"Group"}}]}}}},
            {{"method":"POST","path":"/Users","bulkId":"c","data":{{"schemas":["{USER}"]}}}},
            {{"method":"DELETE","path":"/Users/u-9"}}]}}"#
    );
    let request = Request::new("POST", "/Bulk").with_body(body.into());
    let engine = Engine::new(Config::default());
    let audit = run(&engine, &mut MemoryStore::new(), request, env(&["g-1", "g-2", "u-3"])).audit;
    assert_eq!((audit.operation.as_str(), audit.status), ("Bulk:run", 200));
    let seen: Vec<_> = audit
        .operations
        .iter()
        .map(|one| (one.place, one.operation.as_str(), one.id.as_deref(), one.status, one.code))
        .collect();
    let expected = [
        (Some((0, "POST")), "Groups:create", Some("g-1"), 201, None),
        (Some((1, "POST")), "Groups:create", Some("g-2"), 201, None),
        (Some((2, "POST")), "Users:create", None, 400, Some(Code::Required)),
        (Some((3, "DELETE")), "Users:delete", Some("u-9"), 404, Some(Code::NotFound)),
    ];
    assert_eq!(seen, expected);
    assert!(audit.operations.iter().all(|one| one.principal.as_deref() == Some("okta")));
}

#[test]
fn a_user_name_that_stays_is_traced_once() {
    let mut config = Config::default();
    config.profile = Profile::RFC.with(Quirk::KeepUserName);
    let engine = Engine::new(config);
    let mut store = MemoryStore::new();
    let mut bent = |method: &str, target: &str, name: &str| {
        let body = format!(r#"{{"schemas":["{USER}"],"userName":"{name}"}}"#);
        let request = Request::new(method, target).with_body(body.into());
        run(&engine, &mut store, request, env(&["u-1"])).audit.trace.entries().len()
    };
    assert_eq!(bent("POST", "/Users", "rosa"), 0);
    assert_eq!(bent("PUT", "/Users/u-1", "rosa"), 0, "it is the same");
    assert_eq!(bent("PUT", "/Users/u-1", "lind"), 1);
}
