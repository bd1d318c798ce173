//! A diff applied to the old resource makes the new one, whatever the two are.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails should panic")]

use proptest::prelude::*;
use scimforge::limits::Limits;
use scimforge::patch::{apply_patch, diff};
use scimforge::profile::Profile;
use scimforge::schema::{ENTERPRISE_USER, USER, builtin};
use scimforge::value::{Value, read};
use serde_json::{Map, json};

fn text() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![Just("a"), Just("b"), Just("B"), Just("x\"y\\z]"), Just("é")].prop_map(Into::into)
}

fn email() -> impl Strategy<Value = serde_json::Value> {
    (
        prop::option::of(text()),
        prop::option::of(prop_oneof![Just("work"), Just("home")]),
        prop::option::of(text()),
    )
        .prop_map(|(value, kind, display)| {
            let mut email = Map::new();
            value.map(|value| email.insert("value".into(), value));
            kind.map(|kind| email.insert("type".into(), kind.into()));
            display.map(|display| email.insert("display".into(), display));
            email.into()
        })
}

fn user() -> impl Strategy<Value = serde_json::Value> {
    let name = prop::collection::btree_map(
        prop_oneof![Just("givenName"), Just("familyName"), Just("middleName")],
        text(),
        0..3,
    );
    let emails = (prop::collection::vec(email(), 0..4), prop::option::of(0..4usize)).prop_map(
        |(mut emails, primary)| {
            // A list is a set: a value that is there twice, but for case, is there once.
            let mut seen = std::collections::HashSet::new();
            emails.retain(|email| seen.insert(email.to_string().to_lowercase()));
            if let Some(email) = primary.and_then(|at| emails.get_mut(at)) {
                email["primary"] = true.into();
            }
            emails
        },
    );
    let manager =
        prop::option::of(text()).prop_map(|value| value.map(|value| json!({ "value": value })));
    (
        prop::option::of(text()),
        name,
        emails,
        prop::option::of(any::<bool>()),
        prop::option::of(text()),
        manager,
    )
        .prop_map(|(title, name, emails, active, department, manager)| {
            let mut user =
                json!({ "schemas": [USER], "userName": "rosa", "name": name, "emails": emails });
            if let Some(title) = title {
                user["title"] = title;
            }
            if let Some(active) = active {
                user["active"] = active.into();
            }
            let mut extension = Map::new();
            department.map(|department| extension.insert("department".into(), department));
            manager.map(|manager| extension.insert("manager".into(), manager));
            if !extension.is_empty() {
                user["schemas"] = json!([USER, ENTERPRISE_USER]);
                user[ENTERPRISE_USER] = extension.into();
            }
            user
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn a_diff_applied_to_the_old_makes_the_new(old in user(), new in user()) {
        let (old, new) = (old.to_string(), new.to_string());
        let (old, new) = (read(&old).unwrap(), read(&new).unwrap());
        let compiled = builtin::user();
        let made: Value<'static> = match diff(&compiled, &old, &new) {
            None => old.clone().into_owned(),
            Some(patch) => apply_patch(&compiled, &old, &patch, Profile::STRICT, &Limits::DEFAULT)
                .map_err(|error| TestCaseError::fail(format!("{error}\n{patch}")))?
                .resource,
        };
        prop_assert!(diff(&compiled, &made, &new).is_none(), "{made}\n{new}");
        prop_assert!(diff(&compiled, &new, &made).is_none(), "{made}\n{new}");
    }
}
