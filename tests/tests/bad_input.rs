//! Bad input: a clear error with place and help, no crash, nothing half-done.

use scimforge::api::{Failure, Input, MemoryServer, Schema, convert_all};

fn first(failure: &Failure) -> (&'static str, String, Option<String>) {
    let issue = &failure.issues[0];
    (issue.code.as_str(), issue.message(), issue.help())
}

#[test]
fn a_filter_of_a_hundred_thousand_parentheses() {
    let user = Schema::named("User").unwrap();
    let failure = user.filter(&"(".repeat(100_000), "").unwrap_err();
    assert_eq!(first(&failure).0, "filter-too-long");
    let failure = user.filter(&"(".repeat(5_000), "").unwrap_err();
    assert_eq!(first(&failure).0, "filter-too-deep");
    assert_eq!(failure.status(), 400);
}

#[test]
fn json_nested_a_hundred_thousand_deep() {
    let user = Schema::named("User").unwrap();
    let text = "{\"name\":".repeat(100_000);
    let issues = user.validate(Input::Text(&text), "").unwrap();
    assert!(issues.starts_with("[{\"code\":\"too-deep\""), "{issues:.200}");
    assert!(!user.is_valid(Input::Text(&text), "").unwrap());
    let failure = user.apply_patch(Input::Text("{}"), Input::Text(&text), "").unwrap_err();
    assert_eq!(first(&failure).0, "too-deep");
}

#[test]
fn a_body_of_twenty_megabytes() {
    let mut server = MemoryServer::new("").unwrap();
    let body = format!("{{\"userName\":\"{}\"}}", "x".repeat(20 << 20));
    let head =
        r#"{"method":"POST","target":"/Users","headers":{"content-type":"application/scim+json"}}"#;
    let env =
        r#"{"now":"2026-03-01T09:30:00Z","ids":["id-1"],"baseUrl":"https://scim.example.test"}"#;
    let answer = server.handle(head, body.as_bytes(), env).unwrap();
    assert_eq!(answer.status, 413);
    assert!(answer.body.len() < 1_000, "the answer does not echo the body");
    // As a library call the same text is within the limits, and valid.
    let user = Schema::named("User").unwrap();
    assert!(user.is_valid(Input::Bytes(body.as_bytes()), "{\"profile\":\"lenient\"}").unwrap());
}

#[test]
fn bytes_that_are_not_utf8() {
    let user = Schema::named("User").unwrap();
    let issues = user.validate(Input::Bytes(b"{\"userName\":\"\xff\"}"), "").unwrap();
    assert!(
        issues.contains("\"code\":\"invalid-utf8\"") && issues.contains("\"span\":[13,14]"),
        "{issues}"
    );
}

#[test]
fn a_schema_that_is_not_one() {
    for (text, code) in [
        ("[]", "invalid-resource-type"),
        ("{\"resourceType\":{}}", "invalid-resource-type"),
        (
            "{\"resourceType\":{\"name\":\"X\",\"endpoint\":\"/X\",\"schema\":\"urn:x\"}}",
            "invalid-resource-type",
        ),
        (
            "{\"resourceType\":{\"name\":\"X\",\"endpoint\":\"/X\",\"schema\":\"urn:x\"},\"schemas\":[{\"id\":\"urn:x\"}]}",
            "invalid-schema",
        ),
        (
            "{\"resourceType\":{\"name\":\"X\",\"endpoint\":\"/X\",\"schema\":\"urn:x\"},\"schemas\":[{\"id\":\"urn:x\",\"attributes\":[{\"name\":\"a b\"}]}]}",
            "invalid-schema",
        ),
        ("not json", "invalid-json"),
    ] {
        let failure = Schema::from_documents(Input::Text(text)).unwrap_err();
        let (found, message, help) = first(&failure);
        assert_eq!(found, code, "{text}");
        assert!(
            !message.contains('{') && help.is_some() || code == "invalid-resource-type",
            "{message}"
        );
    }
    assert!(Schema::named("Usr").is_err());
}

#[test]
fn a_document_that_is_no_resource() {
    let user = Schema::named("User").unwrap();
    let rosa = "{\"userName\":\"rosa\"}";
    for text in ["[]", "3", "null", "\"rosa\""] {
        let other = Input::Text(text);
        // Taken for an empty resource, it would make a PATCH that removes everything.
        for failure in [
            user.diff(Input::Text(rosa), other).unwrap_err(),
            user.diff(other, Input::Text(rosa)).unwrap_err(),
            user.project(other, "").unwrap_err(),
        ] {
            assert_eq!(first(&failure).0, "not-an-object", "{text}");
        }
    }
}

#[test]
fn options_that_do_not_exist() {
    let user = Schema::named("User").unwrap();
    let failure = user.validate(Input::Text("{}"), "{\"mod\":\"create\"}").unwrap_err();
    assert_eq!(first(&failure).2.as_deref(), Some("did you mean `mode`?"));
    let failure = user.filter("id pr", "{\"profile\":\"entar\"}").unwrap_err();
    assert_eq!(first(&failure).0, "unknown-profile");
}

#[test]
fn ldif_that_is_broken_in_every_way() {
    for (input, code) in [
        ("", "no-records"),
        ("{\"this\":\"is json\"}", "no-records"),
        ("\n\n# only a comment\n", "no-records"),
    ] {
        let failure = convert_all("ldif", input.as_bytes(), "").unwrap_err();
        assert_eq!(first(&failure).0, code, "{input}");
    }
    for (input, code) in [
        (
            "dn: uid=a,dc=x\nobjectClass: person\nuid: a\njpegPhoto:< file:///etc/hostname\n",
            "ldif-url",
        ),
        ("dn: uid=a,dc=x\nobjectClass: person\nuid:: %%%\n", "ldif-base64"),
        ("dn: uid=a,dc=x\nobjectClass: person\nuid: \u{0}\u{1}\n", ""),
        ("uid: a\nsn: b\n", "ldif-no-dn"),
        ("dn: uid=a,dc=x\nthis line has no colon\n", "ldif-syntax"),
    ] {
        // One good record beside it: the broken one does not end the run.
        let text = format!("{input}\ndn: uid=b,dc=x\nobjectClass: person\nuid: b\nsn: b\ncn: b\n");
        let migrated = convert_all("ldif", text.as_bytes(), "").unwrap();
        assert!(migrated.contains("\"userName\":\"b\""), "{migrated}");
        assert!(
            code.is_empty() || migrated.contains(&format!("\"code\":\"{code}\"")),
            "{code}: {migrated}"
        );
        assert!(!migrated.contains("/etc/hostname") || migrated.contains("\"raw\""), "{migrated}");
    }
    assert!(convert_all("ldfi", b"", "").is_err());
}

#[test]
fn proto_as_a_key_is_an_unknown_attribute() {
    let user = Schema::named("User").unwrap();
    let text = "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"a\",\"__proto__\":{\"admin\":true}}";
    let issues = user.validate(Input::Text(text), "{\"profile\":\"strict\"}").unwrap();
    assert!(issues.contains("unknown-attribute") && issues.contains("/__proto__"), "{issues}");
}
