//! Properties that hold for whatever comes in.

use proptest::prelude::*;
use scimforge::filter::Filter;
use scimforge::limits::Limits;
use scimforge::profile::Profile;
use scimforge::schema::builtin;
use scimforge::value::{Value, read, read_bytes, to_text, to_text_pretty};

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>()
            .prop_filter("JSON has no infinities", |number| number.is_finite())
            .prop_map(Into::into),
        ".{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            // Names that differ by case alone would be one name.
            prop::collection::btree_map("[a-z$é]{1,6}", inner, 0..5)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("true".to_owned()),
        Just("null".to_owned()),
        any::<i32>().prop_map(|number| number.to_string()),
        ".{0,6}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ]
}

fn filter_text() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("userName"),
        Just("emails.type"),
        Just("name.familyName"),
        Just("meta.created"),
        Just("active"),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"),
        Just("not"),
        Just("pr"),
    ];
    let operator = prop_oneof![
        Just("eq"),
        Just("ne"),
        Just("co"),
        Just("sw"),
        Just("ew"),
        Just("gt"),
        Just("ge"),
        Just("lt"),
        Just("le")
    ];
    let leaf = prop_oneof![
        (name.clone(), operator, literal())
            .prop_map(|(name, operator, literal)| format!("{name} {operator} {literal}")),
        name.prop_map(|name| format!("{name} pr")),
        literal().prop_map(|literal| format!("emails[type eq {literal} and not (value pr)]")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or {b}")),
            inner.clone().prop_map(|a| format!("not ({a})")),
            inner.prop_map(|a| format!("({a})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn our_reader_reads_what_serde_json_writes(value in json()) {
        let text = value.to_string();
        let ours = read(&text).unwrap();
        // Numbers compare by value: serde_json prints 1e300 in its own way.
        prop_assert!(scimforge_tests::same(&ours.to_serde(), &value));
        for written in [to_text(&ours), to_text_pretty(&ours)] {
            prop_assert_eq!(&read(&written).unwrap(), &ours);
        }
        prop_assert_eq!(&Value::copy_of(&&value).unwrap(), &ours);
    }

    #[test]
    fn our_reader_and_serde_json_agree_on_what_is_json(text in "[\\[\\]{}\",:0-9eE+.tfnu\\\\ a-]{0,24}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match read(&text) {
            Ok(ours) => prop_assert!(theirs.is_ok_and(|theirs| scimforge_tests::same(&ours.to_serde(), &theirs))),
            // We refuse more: names that differ by case, numbers serde_json calls out of range.
            Err(error) => prop_assert!(theirs.is_err() || error.code().as_str() == "duplicate-name", "{text}: {error}"),
        }
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = read_bytes(&bytes, &Limits::DEFAULT);
    }

    #[test]
    fn a_printed_filter_is_the_same_filter(text in filter_text()) {
        let filter = Filter::parse(&text, Profile::STRICT, &Limits::DEFAULT).unwrap();
        let printed = filter.to_string();
        let again = Filter::parse(&printed, Profile::STRICT, &Limits::DEFAULT).unwrap();
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn any_text_is_a_filter_or_an_error_with_a_span(text in ".{0,40}") {
        for profile in [Profile::STRICT, Profile::LENIENT] {
            match Filter::parse(&text, profile, &Limits::DEFAULT) {
                Ok(filter) => { let _ = filter.bind(&builtin::user()); }
                Err(error) => {
                    let span = error.issue().span.unwrap();
                    prop_assert!(span.end <= text.len() && text.is_char_boundary(span.start), "{error}");
                }
            }
        }
    }

    #[test]
    fn evaluation_agrees_over_every_tree(text in filter_text(), document in json()) {
        let user = builtin::user();
        if let Ok(bound) = Filter::parse(&text, Profile::LENIENT, &Limits::DEFAULT).unwrap().bind(&user) {
            let ours = Value::copy_of(&&document).unwrap();
            prop_assert_eq!(bound.matches(&&ours), bound.matches(&&document));
        }
    }
}
