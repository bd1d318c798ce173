//! The passwords of a request, for hosts that hash them before a transaction begins: that takes
//! long, and others wait for the transaction.

use super::bulk;
use super::call::Call;
use super::engine::Engine;
use super::prepared::secret;
use super::request::{Env, Head, Request, body};
use super::route::Route;
use super::store::Secret;
use crate::name;
use crate::value::Value;

/// The attribute whose value it is.
const NAME: &str = "password";

impl Engine {
    /// The passwords that a request may set, in its order and each as often as it is there; none
    /// of a request that will not be let in, and of a Bulk none of an operation that will not be.
    /// What is hashed for nothing, because a rule refuses it later, costs time and changes
    /// nothing; what is not found here comes to the store in clear text as ever.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, Request};
    /// use scimforge::time::Instant;
    ///
    /// let engine = Engine::new(Config::default());
    /// let body = br#"{"userName": "rosa", "password": "correct horse"}"#;
    /// let request = Request::new("POST", "/Users").with_body(body.to_vec());
    /// let env = || Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// assert_eq!(engine.passwords(&request, env()).len(), 1);
    /// let reader = env().with_permissions(["Users:list"]);
    /// assert!(engine.passwords(&request, reader).is_empty(), "who may not write sets none");
    /// ```
    pub fn passwords(&self, request: &Request, env: Env) -> Vec<Secret> {
        let config = self.config();
        if !names_a_password(&request.body) {
            return Vec::new();
        }
        let Ok(head) = Head::read(request, config) else {
            return Vec::new();
        };
        let mut call = Call::new(self.shared(), env);
        call.route(&head);
        if !head.operation.writes() || call.admit(&head).is_err() {
            return Vec::new();
        }
        if head.route == Route::Bulk {
            let Ok(message) = bulk::body(request, config) else { return Vec::new() };
            return bulk::admitted(&mut call, &message).iter().filter_map(last).collect();
        }
        let body = body(request, config.max_body, &config.limits);
        body.ok().as_ref().and_then(last).into_iter().collect()
    }
}

/// Whether the word stands in a body. Escapes may hide it, from here only.
pub(crate) fn names_a_password(body: &[u8]) -> bool {
    memchr::memchr2_iter(b'p', b'P', body).any(|at| {
        body.get(at..at + NAME.len()).is_some_and(|word| word.eq_ignore_ascii_case(NAME.as_bytes()))
    })
}

/// The last password in a resource or in the operations of a PATCH: the one that stays.
fn last(body: &Value<'_>) -> Option<Secret> {
    match body {
        Value::Object(object) => {
            let named = object.get("path").and_then(Value::as_str).is_some_and(is_password);
            object.iter().fold(None, |found, (name, value)| {
                let set = is_password(name) || (named && name == "value");
                let here = value.as_str().filter(|_| set).map(secret);
                here.or_else(|| last(value)).or(found)
            })
        }
        Value::Array(list) => list.iter().rev().find_map(last),
        _ => None,
    }
}

/// Whether this is the name, with or without the URN of its schema.
fn is_password(path: &str) -> bool {
    name::same(path.rsplit(':').next().unwrap_or_default(), NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Config;
    use crate::time::Instant;

    fn found(method: &str, target: &str, granted: &[&str], body: &str) -> Vec<String> {
        let env = Env::new(Instant::from_unix(0), std::iter::empty())
            .with_permissions(granted.iter().copied());
        let request = Request::new(method, target)
            .with_header("content-type", "application/scim+json")
            .with_body(body.into());
        let passwords = Engine::new(Config::default()).passwords(&request, env);
        passwords.iter().map(|secret| secret.reveal().to_owned()).collect()
    }

    #[test]
    fn a_request_sets_one_password_wherever_it_stands() {
        for (method, target, body) in [
            ("POST", "/Users", r#"{"userName": "rosa", "Password": "alder"}"#),
            (
                "PUT",
                "/Users/u-1",
                r#"{"urn:ietf:params:scim:schemas:core:2.0:User:password": "alder"}"#,
            ),
            (
                "PATCH",
                "/Users/u-1",
                r#"{"Operations": [{"op": "replace", "path": "password", "value": "alder"}]}"#,
            ),
            (
                "PATCH",
                "/Users/u-1",
                r#"{"Operations": [{"op": "add", "value": {"password": "birch"}},
                {"op": "add", "value": {"title": "x", "password": "alder"}}]}"#,
            ),
            (
                "PATCH",
                "/Me",
                r#"{"Operations": [{"value": "alder", "op": "replace",
                "path": "urn:ietf:params:scim:schemas:core:2.0:User:password"}]}"#,
            ),
        ] {
            let subject = if target == "/Me" { "Me:*" } else { "Users:*" };
            assert_eq!(found(method, target, &[subject], body), ["alder"], "{body}");
        }
    }

    #[test]
    fn nobody_has_hashed_what_they_may_not_set() {
        let body = r#"{"userName": "rosa", "password": "alder"}"#;
        assert!(found("POST", "/Users", &["Users:list", "Groups:*"], body).is_empty());
        assert!(found("POST", "/Users/.search", &["scim:*"], body).is_empty());
        assert!(found("POST", "/Nowhere", &["scim:*"], body).is_empty());
        assert!(found("POST", "/Users", &["scim:*"], "password").is_empty());
        assert!(found("POST", "/Users", &["scim:*"], r#"{"password": 5}"#).is_empty());
    }

    #[test]
    fn of_a_bulk_each_operation_counts_that_is_let_in() {
        let body = r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "a", "password": "alder"}},
            {"method": "POST", "path": "/Users", "bulkId": "b", "data": {"userName": "b", "password": "alder"}},
            {"method": "PUT", "path": "/Users/u-1", "data": {"userName": "c", "password": "birch"}},
            {"method": "POST", "path": "/Users", "data": {"userName": "d", "password": "no bulkId"}},
            {"method": "DELETE", "path": "/Users/u-2"}]}"#;
        assert_eq!(found("POST", "/Bulk", &["scim:*"], body), ["alder", "alder", "birch"]);
        let creates = ["Bulk:run", "Users:create"];
        assert_eq!(found("POST", "/Bulk", &creates, body), ["alder", "alder"]);
        assert!(found("POST", "/Bulk", &["Users:*"], body).is_empty(), "no Bulk");
    }
}
