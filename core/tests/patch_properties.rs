//! PATCH: properties, and a group too large to be searched for every operation.
#![expect(clippy::unwrap_used, reason = "a test that fails should panic")]

use std::sync::Arc;

use proptest::prelude::*;
use scimforge::document::Document;
use scimforge::error::Span;
use scimforge::limits::Limits;
use scimforge::patch::{ApplyOptions, Outcome, Patch, apply_patch};
use scimforge::profile::{Profile, Unknown};
use scimforge::schema::{Compiled, builtin};
use scimforge::validate::{Mode, Options};
use scimforge::value::{Node, Object, Value, View, read};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn message(operations: &[String]) -> String {
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{}]}}"#,
        operations.join(",")
    )
}

fn apply(resource: &Value<'_>, operations: &[String], profile: Profile) -> Option<Outcome> {
    apply_to(&builtin::user(), resource, operations, profile)
}

fn apply_to(
    compiled: &Arc<Compiled>,
    resource: &Value<'_>,
    operations: &[String],
    profile: Profile,
) -> Option<Outcome> {
    let text = message(operations);
    let message = read(&text).unwrap();
    let outcome = apply_patch(compiled, resource, &message, profile, &Limits::DEFAULT);
    // From text to text it is the same.
    let source = resource.to_string();
    let document = Document::parse(&*source, compiled).unwrap();
    let spliced = Patch::parse(&message, compiled, profile, &Limits::DEFAULT)
        .and_then(|patch| patch.apply_document(&document, &ApplyOptions::default()));
    match (&outcome, &spliced) {
        (Ok(outcome), Ok(spliced)) => {
            assert_eq!(read(&spliced.text).unwrap().to_string(), outcome.resource.to_string());
            assert_eq!(spliced.changed, outcome.changed);
            assert_eq!(spliced.trace, outcome.trace);
        }
        (outcome, spliced) => assert_eq!(outcome.as_ref().err(), spliced.as_ref().err()),
    }
    if let (Ok(spliced), Ok(patch)) =
        (&spliced, Patch::parse(&message, compiled, profile, &Limits::DEFAULT))
    {
        let patched =
            patch.document_after(&document, &ApplyOptions::default(), &Limits::DEFAULT).unwrap();
        let read = Document::parse(&*spliced.text, compiled).unwrap();
        assert_eq!(patched.document.text(), spliced.text);
        assert_eq!(places(&patched.document), places(&read), "{}", spliced.text);
        for mode in Mode::ALL.iter().copied() {
            let options = Options { mode, profile, ..Options::default() };
            assert_eq!(patched.document.issues(&options), read.issues(&options));
        }
        assert_eq!((patched.changed, &patched.trace), (spliced.changed, &spliced.trace));
        agree_on_validity(&document, &patched.document);
    }
    outcome.ok()
}

/// Every value of a document, with its name and where it stands.
fn places(document: &Document<'_>) -> Vec<(String, Span)> {
    let mut places = Vec::new();
    let mut rest = vec![(String::new(), document.root())];
    while let Some((name, place)) = rest.pop() {
        places.push((name, place.span()));
        match place.view() {
            View::List(items) => rest.extend(items.map(|item| (String::new(), item))),
            View::Map(members) => {
                rest.extend(members.map(|(name, member)| (name.to_string(), member)));
            }
            _ => {}
        }
    }
    places
}

/// Of what was made of a valid document, both ways to ask say the same.
fn agree_on_validity(before: &Document<'_>, after: &Document<'_>) {
    for profile in [Profile::STRICT, Profile::RFC, Profile::LENIENT] {
        let options = Options { profile, ..Options::default() };
        if before.is_valid_after(before, &options) {
            let whole = after.is_valid_after(before, &options);
            assert_eq!(after.is_valid_since(before, &options), whole, "{}", after.text());
        }
    }
}

fn email() -> impl Strategy<Value = String> {
    let primary = prop_oneof![
        Just(""),
        Just(r#","primary":true"#),
        Just(r#","primary":false"#),
        Just(r#","primary":"True""#)
    ];
    ("[abAB]", prop_oneof![Just("work"), Just("home"), Just("WORK")], primary).prop_map(
        |(name, kind, primary)| {
            format!(r#"{{"value":"{name}@north.test","type":"{kind}"{primary}}}"#)
        },
    )
}

fn emails() -> impl Strategy<Value = String> {
    prop::collection::vec(email(), 0..4).prop_map(|list| format!("[{}]", list.join(",")))
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("emails".to_owned()),
        Just(r#"emails[type eq \"work\"]"#.to_owned()),
        Just(r#"emails[type eq \"home\"].primary"#.to_owned()),
        Just(r#"emails[value eq \"a@north.test\"].value"#.to_owned()),
        Just("emails.primary".to_owned()),
        Just("name.givenName".to_owned()),
        Just("name".to_owned()),
        Just("userName".to_owned()),
        Just("title".to_owned()),
        Just("schemas".to_owned()),
        Just("id".to_owned()),
        Just(ENTERPRISE.to_owned()),
        Just(format!("{ENTERPRISE}:manager")),
        Just(format!("{ENTERPRISE}:department")),
        Just("shoeSize".to_owned()),
        Just("NICK_NAMES".to_owned()),
        Just(format!("{ENTERPRISE}:floor")),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        email(),
        emails(),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("[]".to_owned()),
        Just("\"b@north.test\"".to_owned()),
        Just(r#"{"givenName":"Mira","familyName":null}"#.to_owned()),
        Just(r#"{"department":"Bread","manager":"u-2"}"#.to_owned()),
        emails().prop_map(|list| format!(r#"{{"emails":{list},"name.familyName":"Lund"}}"#)),
        Just(r#"{"shoeSize":41,"title":"Baker","urn:example:kiln":{"lit":true}}"#.to_owned()),
        Just(r#"{"floor":3,"givenName":"Mira"}"#.to_owned()),
    ]
}

fn operation() -> impl Strategy<Value = String> {
    prop_oneof![
        (prop_oneof![Just("add"), Just("replace")], path(), value()).prop_map(
            |(op, path, value)| format!(r#"{{"op":"{op}","path":"{path}","value":{value}}}"#)
        ),
        (prop_oneof![Just("add"), Just("replace")], value())
            .prop_map(|(op, value)| format!(r#"{{"op":"{op}","value":{value}}}"#)),
        path().prop_map(|path| format!(r#"{{"op":"remove","path":"{path}"}}"#)),
        (path(), value()).prop_map(|(path, value)| format!(
            r#"{{"op":"remove","path":"{path}","value":{value}}}"#
        )),
    ]
}

fn user() -> Value<'static> {
    let text = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"u-7","shoeSize":40,"userName":"mira",
        "emails":[{"value":"a@north.test","type":"work","primary":true},{"value":"b@post.test","type":"home"}],
        "name":{"familyName":"Lund"}}"#;
    read(text).unwrap().into_owned()
}

fn holds_together(resource: &Value<'_>) -> bool {
    let emails = resource.get("emails").and_then(Value::as_array).unwrap_or_default();
    let primaries =
        emails.iter().filter(|email| email.get("primary") == Some(&Value::Bool(true))).count();
    let declared = resource.get("schemas").and_then(Value::as_array).unwrap_or_default();
    let names_it = declared.iter().any(|uri| uri.as_str() == Some(ENTERPRISE));
    let empty = resource.as_object().unwrap().iter().any(|(_, value)| value.is_unassigned());
    primaries <= 1
        && (names_it || resource.get(ENTERPRISE).is_none())
        && declared.first().and_then(Value::as_str)
            == Some("urn:ietf:params:scim:schemas:core:2.0:User")
        && resource.get("userName").is_some()
        && resource.get("id") == Some(&Value::from("u-7"))
        && !empty
}

/// Members of a group: two hundred are there, some twice, some without a value.
fn member() -> impl Strategy<Value = String> {
    prop_oneof![
        (150usize..260).prop_map(|at| format!(r#"{{"value":"member-{at}"}}"#)),
        (150usize..260).prop_map(|at| format!(r#"{{"value":"MEMBER-{at}","type":"User"}}"#)),
        Just(r#"{"display":"Nobody"}"#.to_owned()),
    ]
}

fn group_operation() -> impl Strategy<Value = String> {
    let members = || {
        prop::collection::vec(member(), 1..4).prop_map(|members| format!("[{}]", members.join(",")))
    };
    let chosen = || {
        prop_oneof![
            (150usize..260).prop_map(|at| format!(r#"members[value eq \"member-{at}\"]"#)),
            (150usize..260).prop_map(|at| {
                format!(r#"members[value eq \"member-{at}\" and type eq \"User\"]"#)
            }),
            Just(r#"members[display eq \"Person 7\"]"#.to_owned()),
        ]
    };
    prop_oneof![
        8 => members().prop_map(|members| {
            format!(r#"{{"op":"add","path":"members","value":{members}}}"#)
        }),
        8 => chosen().prop_map(|path| format!(r#"{{"op":"remove","path":"{path}"}}"#)),
        4 => members().prop_map(|members| {
            format!(r#"{{"op":"remove","path":"members","value":{members}}}"#)
        }),
        1 => members().prop_map(|members| {
            format!(r#"{{"op":"replace","path":"members","value":{members}}}"#)
        }),
        1 => chosen().prop_map(|path| {
            format!(r#"{{"op":"replace","path":"{path}.display","value":"Someone"}}"#)
        }),
        1 => Just(r#"{"op":"remove","path":"members"}"#.to_owned()),
        1 => Just(r#"{"op":"replace","path":"displayName","value":"All of them"}"#.to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_group_is_changed_alike_from_text_and_tree(
        odd in prop::collection::vec((0usize..200, prop_oneof![
            Just("null".to_owned()), Just("\"bare\"".to_owned()), Just("{}".to_owned()), member()
        ]), 0..4),
        operations in prop::collection::vec(group_operation(), 1..6),
        lenient in any::<bool>(),
    ) {
        let mut members: Vec<String> = (0..200).map(|at| {
            let kind = if at % 3 == 0 { "" } else { r#","type":"User""# };
            format!(r#"{{"value":"member-{at}","display":"Person {at}"{kind}}}"#)
        }).collect();
        for (at, member) in odd {
            if let Some(place) = members.get_mut(at) {
                *place = member;
            }
        }
        let members = members.join(",");
        let text = format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"members":[{members}],"displayName":"All"}}"#
        );
        let profile = if lenient { Profile::LENIENT } else { Profile::RFC };
        apply_to(&builtin::group(), &read(&text).unwrap(), &operations, profile);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn whatever_is_applied_holds_together(
        operations in prop::collection::vec(operation(), 1..6),
        profile in prop_oneof![
            Just(Profile::STRICT), Just(Profile::RFC), Just(Profile::LENIENT),
            Just(Profile::RFC.with_unknown(Unknown::Keep)), Just(Profile::LENIENT.with_unknown(Unknown::Keep)),
        ],
    ) {
        let before = user();
        if let Some(outcome) = apply(&before, &operations, profile) {
            prop_assert!(holds_together(&outcome.resource), "{}", outcome.resource);
            // Unchanged means: applied to the result, nothing would be found changed either.
            prop_assert!(outcome.changed || outcome.resource.as_object().unwrap().len() == before.as_object().unwrap().len());
        }
        prop_assert_eq!(&before, &user());
    }

    #[test]
    fn adding_twice_is_adding_once(list in emails(), value in value()) {
        for operation in [
            format!(r#"{{"op":"add","path":"emails","value":{list}}}"#),
            format!(r#"{{"op":"add","value":{value}}}"#),
        ] {
            let Some(once) = apply(&user(), std::slice::from_ref(&operation), Profile::LENIENT) else { continue };
            let twice = apply(&once.resource, &[operation], Profile::LENIENT).unwrap();
            prop_assert!(!twice.changed, "{} is not {}", once.resource, twice.resource);
        }
    }

    #[test]
    fn an_index_changes_nothing_but_the_time(operations in prop::collection::vec(operation(), 1..6)) {
        // The same values with a hundred strangers before them, which no operation can choose.
        let mut large = user();
        let strangers = (0..100).map(|number| {
            Value::Object([("value", Value::from(format!("s{number}@far.test"))), ("type", Value::from("other"))].into_iter().collect::<Object<'_>>())
        });
        if let Some(list) = large.as_object_mut().and_then(|user| user.get_mut("emails")).and_then(Value::as_array_mut) {
            let own = std::mem::take(list);
            *list = strangers.chain(own).collect();
        }
        let far = |value: &&Value<'_>| !value.get("value").and_then(Value::as_str).is_some_and(|value| value.ends_with("@far.test"));
        let touches_all = operations.iter().any(|operation| operation.contains("emails.primary"));
        if touches_all { return Ok(()); }
        let (small, large) = (apply(&user(), &operations, Profile::LENIENT), apply(&large, &operations, Profile::LENIENT));
        prop_assert_eq!(small.is_some(), large.is_some());
        if let (Some(small), Some(large)) = (small, large) {
            let left: Vec<&Value<'_>> = small.resource.get("emails").and_then(Value::as_array).unwrap_or_default().iter().collect();
            let right: Vec<&Value<'_>> = large.resource.get("emails").and_then(Value::as_array).unwrap_or_default().iter().filter(far).collect();
            prop_assert_eq!(left, right);
        }
    }
}

/// Members of a user and of a group, right and wrong.
fn resource_member() -> impl Strategy<Value = String> {
    let user = "urn:ietf:params:scim:schemas:core:2.0:User";
    let group = "urn:ietf:params:scim:schemas:core:2.0:Group";
    prop_oneof![
        6 => Just(format!(r#""schemas":["{user}"]"#)),
        6 => Just(format!(r#""schemas":["{user}","{ENTERPRISE}"]"#)),
        2 => Just(format!(r#""schemas":["{group}"]"#)),
        6 => Just(r#""userName":"mira""#.to_owned()),
        2 => Just(r#""userName":"""#.to_owned()),
        3 => Just(r#""displayName":"Mira""#.to_owned()),
        2 => Just(r#""DISPLAYNAME":"Mira""#.to_owned()),
        2 => Just(r#""display\u004eame":"Mira""#.to_owned()),
        2 => Just(r#""id":"u-7""#.to_owned()),
        2 => Just(r#""title":7"#.to_owned()),
        2 => Just(r#""title":null"#.to_owned()),
        2 => Just(r#""titel":"Baker""#.to_owned()),
        4 => Just(format!(r#""{ENTERPRISE}":{{"department":"Bread"}}"#)),
        2 => Just(format!(r#""{ENTERPRISE}":{{"floor":3}}"#)),
        1 => Just(format!(r#""{ENTERPRISE}":{{}}"#)),
        3 => emails().prop_map(|emails| format!(r#""emails":{emails}"#)),
        3 => prop::collection::vec(member(), 0..4)
            .prop_map(|members| format!(r#""members":[{}]"#, members.join(","))),
    ]
}

fn resource() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(resource_member(), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(768) })]

    #[test]
    fn what_stayed_need_not_be_validated_again(
        before in resource(),
        stays in prop::collection::vec(0u8..4, 8),
        after in resource(),
        of_users in any::<bool>(),
    ) {
        let compiled = if of_users { builtin::user() } else { builtin::group() };
        let stayed = before.iter().zip(&stays).filter(|(_, stays)| **stays > 0).map(|(one, _)| one);
        let after: Vec<&str> = stayed.chain(&after).map(String::as_str).collect();
        let [before, after] = [before.join(","), after.join(",")].map(|text| format!("{{{text}}}"));
        if let (Ok(before), Ok(after)) =
            (Document::parse(&*before, &compiled), Document::parse(&*after, &compiled))
        {
            agree_on_validity(&before, &after);
        }
    }
}

/// A thousand changes to a hundred thousand members: two hundred million comparisons if every
/// operation looked at every member.
#[test]
fn a_large_group_is_not_searched_for_every_operation() {
    let member = |number: usize| format!(r#"{{"value":"u-{number}"}}"#);
    let members: Vec<String> = (0..100_000).map(member).collect();
    let text = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"g-1","displayName":"All","members":[{}]}}"#,
        members.join(",")
    );
    let group = read(&text).unwrap();
    let operations: Vec<String> = (0..1_000)
        .map(|number| match number % 4 {
            0 => {
                format!(r#"{{"op":"add","path":"members","value":[{}]}}"#, member(200_000 + number))
            }
            1 => format!(r#"{{"op":"add","path":"members","value":[{}]}}"#, member(number)),
            2 => format!(r#"{{"op":"remove","path":"members[value eq \"u-{}\"]"}}"#, number * 90),
            _ => format!(r#"{{"op":"remove","path":"members","value":[{}]}}"#, member(number * 90)),
        })
        .collect();
    let text = message(&operations);
    let message = read(&text).unwrap();
    let outcome =
        apply_patch(&builtin::group(), &group, &message, Profile::LENIENT, &Limits::DEFAULT)
            .unwrap();
    assert!(outcome.changed);
    assert_eq!(
        outcome.resource.get("members").and_then(Value::as_array).map(<[_]>::len),
        Some(100_000 + 250 - 500)
    );

    // The same members in another order are no change; neither is a list of all of them to add.
    let backwards: Vec<String> = (0..100_000).rev().map(member).collect();
    for op in ["replace", "add"] {
        let text = format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"{op}","path":"members","value":[{}]}}]}}"#,
            backwards.join(",")
        );
        let outcome = apply_patch(
            &builtin::group(),
            &group,
            &read(&text).unwrap(),
            Profile::LENIENT,
            &Limits::DEFAULT,
        )
        .unwrap();
        assert!(!outcome.changed);
    }
}

/// Fifty thousand values that share their `value`, as nobody but an attacker sends them: billions
/// of comparisons if each were compared with all the others.
#[test]
fn values_that_share_their_value_are_not_compared_one_by_one() {
    const MANY: usize = 50_000;
    let value = |number: usize| format!(r#"{{"value":"a@north.test","display":"{number}"}}"#);
    let values: Vec<String> = (0..MANY).map(value).collect();
    let list = values.join(",");
    let full = format!(r#"{{"op":"add","path":"emails","value":[{list}]}}"#);
    let full = apply(&user(), &[full], Profile::LENIENT).unwrap().resource;
    for (operation, left) in [
        (format!(r#"{{"op":"replace","path":"emails","value":[{list}]}}"#), MANY),
        (format!(r#"{{"op":"add","path":"emails","value":[{list}]}}"#), MANY),
        (format!(r#"{{"op":"remove","path":"emails","value":[{list}]}}"#), 0),
        (
            r#"{"op":"replace","path":"emails[value eq \"a@north.test\"].type","value":"home"}"#
                .to_owned(),
            MANY,
        ),
        (r#"{"op":"remove","path":"emails[value eq \"a@north.test\"]"}"#.to_owned(), 0),
    ] {
        let start: String = operation.chars().take(60).collect();
        let outcome = apply(&full, &[operation], Profile::LENIENT).unwrap();
        let emails = outcome.resource.get("emails").and_then(Value::as_array).unwrap_or_default();
        let own = emails.iter().filter(|email| email.get("display").is_some()).count();
        assert_eq!(own, left, "{start}");
    }
}

/// Every key of a value that is a path, and every further comparison of a filter, may look
/// through a list; so there are no more of them than operations.
#[test]
fn searches_are_counted_like_operations() {
    let mut limits = Limits::DEFAULT;
    limits.patch_operations = 3;
    let code = |operations: &[&str]| {
        let operations: Vec<String> =
            operations.iter().map(|operation| (*operation).to_owned()).collect();
        let text = message(&operations);
        apply_patch(&builtin::user(), &user(), &read(&text).unwrap(), Profile::LENIENT, &limits)
            .err()
            .map(|error| error.code().as_str())
    };
    let keys = |count: usize| {
        let keys: Vec<String> = (0..count)
            .map(|number| format!(r#""emails[type eq \"t{number}\"].value":"x@north.test""#))
            .collect();
        format!(r#"{{"op":"add","value":{{{}}}}}"#, keys.join(","))
    };
    assert_eq!(code(&[&keys(3)]), None);
    assert_eq!(code(&[&keys(4)]), Some("too-many-operations"));
    let filter = |terms: usize| {
        let terms = vec![r#"type eq \"t\""#; terms].join(" or ");
        format!(r#"{{"op":"remove","path":"emails[{terms}]"}}"#)
    };
    assert_eq!(code(&[&filter(1), &filter(1), &filter(1)]), None);
    assert_eq!(code(&[&filter(4)]), None);
    assert_eq!(code(&[&filter(5)]), Some("too-many-operations"));
}
