//! What is not a single case: limits, speed, agreement of the two sinks, and acceptance.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::accept::accept_resource;
use crate::error::{Code, Severity};
use crate::profile::{Quirk, Trace};
use crate::schema::builtin;
use crate::value::{read, to_text};

const SCHEMAS: &str = r#""schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]"#;
const GROUP: &str = r#""schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]"#;

#[test]
fn errors_are_found_behind_any_number_of_warnings() {
    let mut text = format!("{{{SCHEMAS},");
    for index in 0..500 {
        let _ = write!(text, "\"x{index}\":0,");
    }
    text.push_str("\"active\":1}");
    let document = read(&text).unwrap();
    let found = issues(&builtin::user(), &&document, &Options::default());
    let codes: Vec<Code> = found
        .iter()
        .filter(|issue| issue.severity == Severity::Error)
        .map(|issue| issue.code)
        .collect();
    assert_eq!((found.len(), codes), (100, vec![Code::WrongType, Code::Required]));
}

#[test]
fn as_many_errors_as_the_limit_says() {
    let text = format!("{{{SCHEMAS},\"roles\":[{}1]}}", "1,".repeat(300));
    let document = read(&text).unwrap();
    let mut options = Options::default();
    assert_eq!(issues(&builtin::user(), &&document, &options).len(), 100);
    options.limits.issues = 7;
    assert_eq!(issues(&builtin::user(), &&document, &options).len(), 7);
}

/// A group of many members, every tenth twice; quadratic rules would take minutes here.
#[test]
fn a_hundred_thousand_members_take_no_time() {
    let mut text = format!("{{{GROUP},\"displayName\":\"All\",\"members\":[");
    for index in 0..100_000 {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(
            text,
            "{comma}{{\"value\":\"m{}\",\"type\":\"User\"}}",
            if index % 10 == 9 { index - 1 } else { index }
        );
    }
    text.push_str("]}");
    let document = read(&text).unwrap();
    let group = builtin::group();
    let options = Options { mode: Mode::Replace, original: Some(&document), ..Options::default() };
    let begun = std::time::Instant::now();
    let found = issues(&group, &&document, &options);
    assert!(is_valid(&group, &&document, &options));
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    assert_eq!(found.len(), 100);
    assert!(
        found
            .iter()
            .all(|issue| issue.code == Code::DuplicateValue && issue.severity == Severity::Warning)
    );
}

#[test]
fn an_issue_carries_what_a_person_needs() {
    let document = read(r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"rosa","Name":{"familyNmae":"Lind"}}"#).unwrap();
    let found = issues(&builtin::user(), &&document, &Options::default());
    let issue = found.first().unwrap();
    assert_eq!(
        issue.to_string(),
        "unknown-attribute at /Name/familyNmae: `familyNmae` is not an attribute of `name`"
    );
    assert_eq!(issue.help().as_deref(), Some("did you mean `familyName`?"));
    assert_eq!((&*issue.scim_path, issue.spec()), ("name.familyNmae", "SCH-078"));
    let document = read(r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"rosa","department":"R&D"}"#).unwrap();
    let found = issues(&builtin::user(), &&document, &Options::default());
    let help = found.first().and_then(Issue::help).unwrap();
    assert_eq!(
        help,
        "it belongs inside `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User`"
    );
}

#[test]
fn modes_have_names() {
    for mode in Mode::ALL {
        assert_eq!(Mode::parse(mode.as_str()), Some(*mode));
    }
    assert_eq!(Mode::parse("post"), None);
}

/// Values of every shape, some of them right.
fn any_value() -> impl Strategy<Value = Value<'static>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![Just("0"), Just("12"), Just("1.5"), Just("1e3")]
            .prop_map(|text| read(text).unwrap()),
        prop_oneof![
            Just(""),
            Just("True"),
            Just("false"),
            Just("12"),
            Just("work"),
            Just("NO"),
            Just("USA"),
            Just("rosa@north.test"),
            Just("2026-03-01T09:30:00Z"),
            Just("MAMCAQU="),
            Just("not a uri"),
            Just("m-1"),
        ]
        .prop_map(Value::from),
    ];
    let names = prop_oneof![
        Just("value"),
        Just("Type"),
        Just("primary"),
        Just("display"),
        Just("$ref"),
        Just("givenName"),
        Just("country"),
        Just("manager"),
        Just("department"),
        Just("employeeNumber"),
        Just("nope"),
    ];
    leaf.prop_recursive(3, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec((names.clone(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_user() -> impl Strategy<Value = Value<'static>> {
    let names = prop_oneof![
        Just("userName"),
        Just("Emails"),
        Just("name"),
        Just("active"),
        Just("addresses"),
        Just("roles"),
        Just("manager"),
        Just("x509Certificates"),
        Just("profileUrl"),
        Just("id"),
        Just("meta"),
        Just("groups"),
        Just("externalId"),
        Just("department"),
        Just("title"),
        Just("photos"),
        Just("nope"),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"),
    ];
    let schemas = prop_oneof![
        8 => Just(r#"["urn:ietf:params:scim:schemas:core:2.0:User"]"#),
        1 => Just(r#"["urn:ietf:params:scim:schemas:core:2.0:USER","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]"#),
        1 => Just(r#"["urn:ietf:params:scim:schemas:core:2.0:User","urn:other:one","urn:other:one"]"#),
        1 => Just("[]"),
        1 => Just(r#""urn:ietf:params:scim:schemas:core:2.0:User""#),
    ];
    (schemas, prop::collection::vec((names, any_value()), 0..5), any::<bool>()).prop_map(
        |(schemas, members, named)| {
            let mut object: crate::value::Object<'static> = members.into_iter().collect();
            object.insert("schemas", read(schemas).unwrap());
            if named {
                object.insert("userName", Value::from("rosa"));
            }
            object.into()
        },
    )
}

fn any_profile() -> impl Strategy<Value = Profile> {
    let quirks = prop::sample::subsequence(
        vec![
            Quirk::UnknownAttributes,
            Quirk::BooleanText,
            Quirk::NumberToString,
            Quirk::SingleForArray,
            Quirk::ArrayForSingle,
            Quirk::BareValue,
            Quirk::UnqualifiedExtension,
            Quirk::CountryText,
            Quirk::MissingSchemas,
            Quirk::ExtraSchemas,
        ],
        0..10,
    );
    prop_oneof![
        Just(Profile::STRICT),
        Just(Profile::RFC),
        Just(Profile::LENIENT),
        quirks.prop_map(|quirks| quirks.into_iter().fold(Profile::STRICT, Profile::with)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_sinks_agree_and_what_is_valid_is_accepted_for_good(
        document in any_user(), before in any_user(), profile in any_profile(), mode in prop::sample::select(Mode::ALL),
    ) {
        let user = builtin::user();
        let options = Options { mode, profile, original: Some(&before), ..Options::default() };
        let all = issues(&user, &&document, &options);
        let valid = all.iter().all(|issue| issue.severity != Severity::Error);
        prop_assert_eq!(is_valid(&user, &&document, &options), valid, "{:?}", all);
        for issue in &all {
            prop_assert!(!issue.message().contains('?'), "a blank is empty: {}", issue);
        }
        if mode != Mode::Create {
            return Ok(());
        }
        let accepted = accept_resource(&user, document.clone(), profile, &mut Trace::new());
        if valid {
            let once = match &accepted {
                Ok(once) => once,
                Err(error) => panic!("{error} in {document}"),
            };
            prop_assert!(is_valid(&user, &once, &options), "{} became {}: {:?}", document, once, issues(&user, &once, &options));
        }
        if let Ok(once) = accepted {
            let twice = accept_resource(&user, once.clone(), Profile::STRICT, &mut Trace::new());
            let twice = twice.map_err(|error| TestCaseError::fail(format!("{error} in {once}")))?;
            prop_assert_eq!(to_text(&once), to_text(&twice));
        }
    }
}
