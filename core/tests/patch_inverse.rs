//! PATCH undone and explained: properties, and a large group.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails should panic")]

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use scimforge::error::{Pointer, Segment};
use scimforge::limits::Limits;
use scimforge::patch::{
    ApplyOptions, Effect, OperationReport, Outcome, Patch, apply_patch, diff, inverse,
};
use scimforge::profile::Profile;
use scimforge::schema::{Compiled, ENTERPRISE_USER, GROUP, USER, builtin};
use scimforge::value::{Value, read};
use serde_json::{Map, Value as Json, json};

/// What a value says: without what means nothing, lists in one order.
fn plain(value: &Json) -> Json {
    match value {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(plain).filter(is_something).collect();
            items.sort_by_key(Json::to_string);
            items.into()
        }
        Json::Object(object) => {
            let mut members: BTreeMap<String, Json> = object
                .iter()
                .map(|(name, value)| (name.to_lowercase(), plain(value)))
                .filter(|(_, value)| is_something(value))
                .collect();
            // A value that says no more than this is a value still.
            if members.len() > 1 && members.get("primary") == Some(&Json::Bool(false)) {
                members.remove("primary");
            }
            members.into_iter().collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn is_something(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Array(items) => !items.is_empty(),
        Json::Object(object) => !object.is_empty(),
        _ => true,
    }
}

/// The attributes (inside an extension with its name) that differ.
fn differing(before: &Value<'_>, after: &Value<'_>) -> BTreeSet<String> {
    let (before, after) = (plain(&before.to_serde()), plain(&after.to_serde()));
    let mut found = BTreeSet::new();
    let no_members = Map::new();
    let of = |value: &Json| value.as_object().cloned().unwrap_or_default();
    let (before, after) = (of(&before), of(&after));
    for name in before.keys().chain(after.keys()) {
        if before.get(name) == after.get(name) {
            continue;
        }
        if name.starts_with("urn:") {
            let inner = |home: &Map<String, Json>| {
                home.get(name).and_then(Json::as_object).unwrap_or(&no_members).clone()
            };
            let (ours, theirs) = (inner(&before), inner(&after));
            for child in ours.keys().chain(theirs.keys()) {
                if ours.get(child) != theirs.get(child) {
                    found.insert(format!("{name}:{child}"));
                }
            }
        } else {
            found.insert(name.clone());
        }
    }
    found
}

fn text() -> impl Strategy<Value = Json> {
    prop_oneof![Just("a"), Just("B"), Just("b"), Just("x/y"), Just("say \"hi\"")]
        .prop_map(Json::from)
}

fn kind() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("work"), Just("home"), Just("WORK")]
}

fn email() -> impl Strategy<Value = Json> {
    ("[abA]", prop::option::of(kind()), prop::option::of(any::<bool>())).prop_map(
        |(name, kind, primary)| {
            let mut email = json!({ "value": format!("{name}@north.test") });
            if let Some(kind) = kind {
                email["type"] = kind.into();
            }
            if let Some(primary) = primary {
                email["primary"] = primary.into();
            }
            email
        },
    )
}

/// A list with one primary at most.
fn list(element: impl Strategy<Value = Json>) -> impl Strategy<Value = Json> {
    prop::collection::vec(element, 0..4).prop_map(|mut list| {
        let mut marked = false;
        for element in &mut list {
            if element["primary"] == true && std::mem::replace(&mut marked, true) {
                element["primary"] = false.into();
            }
        }
        let mut seen = BTreeSet::new();
        list.retain(|element| seen.insert(plain(element).to_string().to_lowercase()));
        list.into()
    })
}

fn address() -> impl Strategy<Value = Json> {
    (kind(), text()).prop_map(|(kind, city)| json!({ "type": kind, "locality": city }))
}

fn manager() -> impl Strategy<Value = Json> {
    (text(), any::<bool>(), any::<bool>()).prop_map(|(value, reference, named)| {
        let mut manager = json!({ "value": value });
        if reference {
            manager["$ref"] = "../Users/u-1".into();
        }
        if named {
            manager["displayName"] = "Ivo".into();
        }
        manager
    })
}

fn user() -> impl Strategy<Value = Json> {
    (
        list(email()),
        list(address()),
        prop::collection::btree_map(
            prop_oneof![Just("givenName"), Just("familyName")],
            text(),
            0..3,
        ),
        prop::option::of(text()),
        prop::option::of(text()),
        prop::option::of(text()),
        prop::option::of(manager()),
        any::<bool>(),
    )
        .prop_map(|(emails, addresses, name, title, password, department, manager, declared)| {
            let mut extension = Map::new();
            department.map(|department| extension.insert("department".into(), department));
            manager.map(|manager| extension.insert("manager".into(), manager));
            let mut user = json!({
                "schemas": if declared || !extension.is_empty() { json!([USER, ENTERPRISE_USER]) } else { json!([USER]) },
                "id": "u-7", "userName": "mira", "name": name, "emails": emails,
                "addresses": addresses, "title": title, "password": password,
            });
            if !extension.is_empty() {
                user[ENTERPRISE_USER] = extension.into();
            }
            user.as_object_mut().unwrap().retain(|_, value| is_something(value));
            user
        })
}

fn operation() -> impl Strategy<Value = Json> {
    let path = prop_oneof![
        Just("emails".to_owned()),
        Just("emails[type eq \"work\"]".to_owned()),
        Just("emails[type eq \"home\"].primary".to_owned()),
        Just("emails[value eq \"a@north.test\"].type".to_owned()),
        Just("emails.display".to_owned()),
        Just("addresses".to_owned()),
        Just("addresses[type eq \"work\"].locality".to_owned()),
        Just("name".to_owned()),
        Just("name.givenName".to_owned()),
        Just("title".to_owned()),
        Just("password".to_owned()),
        Just("schemas".to_owned()),
        Just(format!("schemas[value eq \"{ENTERPRISE_USER}\"]")),
        Just(ENTERPRISE_USER.to_owned()),
        Just(format!("{ENTERPRISE_USER}:manager")),
        Just(format!("{ENTERPRISE_USER}:manager.value")),
        Just(format!("{ENTERPRISE_USER}:department")),
    ];
    let value = prop_oneof![
        email(),
        address(),
        manager(),
        list(email()),
        list(address()),
        text(),
        Just(Json::Null),
        Just(true.into()),
        Just(json!([])),
        Just(json!([ENTERPRISE_USER])),
        Just(json!({ "givenName": "Mira", "familyName": null })),
        (text(), list(email())).prop_map(|(title, emails)| {
            json!({ "title": title, "emails": emails, "name.familyName": "Lund",
                    ENTERPRISE_USER: { "department": "Bread", "manager": "u-2" } })
        }),
    ];
    let op = prop_oneof![Just("add"), Just("remove"), Just("replace")];
    (op, prop::option::weighted(0.85, path), prop::option::weighted(0.8, value)).prop_map(
        |(op, path, value)| {
            let mut operation = json!({ "op": op });
            if let Some(path) = path {
                operation["path"] = path.into();
            }
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        },
    )
}

fn message(operations: &[Json]) -> Value<'static> {
    let message = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations });
    read(&message.to_string()).unwrap().into_owned()
}

fn tree(json: &Json) -> Value<'static> {
    read(&json.to_string()).unwrap().into_owned()
}

fn explained(resource: &Value<'_>, message: &Value<'_>, profile: Profile) -> Option<Outcome> {
    let options = ApplyOptions { explain: true, ..ApplyOptions::default() };
    Patch::parse(message, &builtin::user(), profile, &Limits::DEFAULT)
        .and_then(|patch| patch.apply_with(resource, &options))
        .ok()
}

fn at<'v>(root: &'v Value<'static>, pointer: &Pointer) -> Option<&'v Value<'static>> {
    pointer.segments().iter().try_fold(root, |value, segment| match segment {
        Segment::Name(name) => value.get(name),
        Segment::Index(index) => value.as_array()?.get(*index),
    })
}

/// The attribute that a pointer leads to, in the words of [`differing`].
fn attribute(pointer: &Pointer) -> String {
    let names: Vec<String> = pointer
        .segments()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Name(name) => Some(name.to_lowercase()),
            Segment::Index(_) => None,
        })
        .collect();
    match names.as_slice() {
        [urn, inner, ..] if urn.starts_with("urn:") => format!("{urn}:{inner}"),
        [first, ..] => first.clone(),
        [] => String::new(),
    }
}

fn profile() -> impl Strategy<Value = Profile> {
    prop_oneof![Just(Profile::STRICT), Just(Profile::RFC), Just(Profile::LENIENT)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn what_is_undone_is_as_it_was(
        before in user(), operations in prop::collection::vec(operation(), 1..5), profile in profile(),
    ) {
        let user = builtin::user();
        let (before, message) = (tree(&before), message(&operations));
        let kept = before.clone();
        let applied = apply_patch(&user, &before, &message, profile, &Limits::DEFAULT);
        prop_assert_eq!(&before, &kept);
        let undo = inverse(&user, &before, &message, profile, &Limits::DEFAULT);
        let (Ok(applied), Ok(undo)) = (&applied, &undo) else {
            prop_assert_eq!(applied.err().map(|error| error.code()), undo.err().map(|error| error.code()));
            return Ok(());
        };
        let made = match &undo.message {
            None => applied.resource.clone(),
            Some(message) => apply_patch(&user, &applied.resource, message, Profile::STRICT, &Limits::DEFAULT)
                .map_err(|error| TestCaseError::fail(format!("{error}: {message}")))?
                .resource,
        };
        if !applied.changed {
            prop_assert!(undo.message.is_none() && undo.lost.is_empty());
            return Ok(());
        }
        let differs = differing(&before, &made);
        let lost: BTreeSet<String> = undo.lost.iter().map(|path| path.to_lowercase().replace(".displayname", "")).collect();
        prop_assert_eq!(&lost, &differs, "{}\n{}\n{}", before, applied.resource, made);
        // Only what the server says of a manager, and the URN of an extension, cannot come back.
        let lower = ENTERPRISE_USER.to_lowercase();
        prop_assert!(lost.iter().all(|path| *path == "schemas" || *path == format!("{lower}:manager")), "{lost:?}");
    }

    #[test]
    fn what_is_told_is_what_happened(
        before in user(), operations in prop::collection::vec(operation(), 1..5), profile in profile(),
    ) {
        let (before, message) = (tree(&before), message(&operations));
        let plain = apply_patch(&builtin::user(), &before, &message, profile, &Limits::DEFAULT).ok();
        let told = explained(&before, &message, profile);
        prop_assert_eq!(plain.is_some(), told.is_some());
        let (Some(plain), Some(told)) = (plain, told) else { return Ok(()) };
        prop_assert_eq!(&plain.resource, &told.resource);
        prop_assert_eq!(plain.changed, told.changed);
        prop_assert_eq!(&plain.trace, &told.trace);
        prop_assert!(plain.operations.is_none());
        let reports = told.operations.clone().unwrap();
        prop_assert_eq!(reports.len(), operations.len());
        let parts: usize = reports.iter().map(|report| report.trace.entries().len()).sum();
        prop_assert_eq!(parts, told.trace.entries().len());
        let touched: BTreeSet<String> = reports.iter().flat_map(places).collect();
        let differs = differing(&before, &told.resource);
        // An extension that went as a whole is one place.
        let lower = ENTERPRISE_USER.to_lowercase();
        let covers = |name: &String| touched.contains(name) || (name.starts_with("urn:") && touched.contains(&lower));
        prop_assert!(differs.iter().all(covers), "{differs:?} {reports:?}");
        prop_assert!(!told.changed || reports.iter().any(|report| report.effect != Effect::Unchanged));
        let [report] = reports.as_slice() else { return Ok(()) };
        // One operation by itself: nothing is told that did not happen.
        prop_assert_eq!(told.changed, report.effect != Effect::Unchanged, "{:?} {:?}", report, told.resource);
        let was_there = |name: &String| differs.contains(name) || (*name == lower && differs.iter().any(|name| name.starts_with("urn:")));
        if operations.iter().all(|operation| operation.get("path").is_some()) {
            prop_assert!(touched.iter().all(was_there), "{touched:?} {differs:?} {reports:?}");
        }
        for change in &report.changes {
            prop_assert_eq!(change.effect == Effect::Unchanged, change.count == 0);
            prop_assert_eq!(change.effect == Effect::Unchanged, change.touched.is_empty());
            for place in &change.touched {
                let home = if place.effect == Effect::Removed { &before } else { &told.resource };
                let one = report.changes.len() == 1;
                prop_assert!(!one || at(home, &place.pointer).is_some(), "{} {:?}", place.pointer, report);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn a_diff_makes_what_is_wanted(old in user(), new in user()) {
        let (old, new) = (tree(&old), tree(&new));
        let made = applied_diff(&builtin::user(), &old, &new)?;
        let differs = differing(&made, &new);
        // A password that is not returned stays, and the server says what a manager is called;
        // `schemas` follows the data.
        let expected = |name: &String| match name.as_str() {
            "password" => new.get("password").is_none(),
            "schemas" => true,
            other => other.ends_with(":manager"),
        };
        prop_assert!(differs.iter().all(expected), "{differs:?}\n{made}\n{new}");
        let manager = |user: &Value<'_>| {
            let manager = user.get(ENTERPRISE_USER).and_then(|home| home.get("manager").map(Value::to_serde));
            manager.map(|manager| (manager.get("value").cloned(), manager.get("$ref").cloned()))
        };
        prop_assert_eq!(manager(&made), manager(&new));
    }

    #[test]
    fn a_diff_of_groups_exchanges_what_cannot_be_changed(old in members(), new in members()) {
        let (old, new) = (tree(&old), tree(&new));
        let made = applied_diff(&builtin::group(), &old, &new)?;
        prop_assert_eq!(differing(&made, &new), BTreeSet::new(), "{}\n{}", made, new);
    }
}

fn applied_diff(
    compiled: &Compiled,
    old: &Value<'static>,
    new: &Value<'static>,
) -> Result<Value<'static>, TestCaseError> {
    let Some(message) = diff(compiled, old, new) else { return Ok(old.clone()) };
    apply_patch(compiled, old, &message, Profile::STRICT, &Limits::DEFAULT)
        .map(|outcome| outcome.resource)
        .map_err(|error| TestCaseError::fail(format!("{error}\n{message}")))
}

fn members() -> impl Strategy<Value = Json> {
    let kind = prop::option::of(prop_oneof![Just("User"), Just("Group")]);
    prop::collection::btree_map(0..9_usize, kind, 0..9).prop_map(|members| {
        let member = |(number, kind): (usize, Option<&str>)| {
            let mut member = json!({ "value": format!("u-{number}") });
            if let Some(kind) = kind {
                member["type"] = kind.into();
            }
            member
        };
        let members: Vec<Json> = members.into_iter().map(member).collect();
        json!({ "schemas": [GROUP], "displayName": "g", "members": members })
    })
}

fn places(report: &OperationReport) -> Vec<String> {
    let touched = report.changes.iter().flat_map(|change| &change.touched);
    touched.map(|touched| attribute(&touched.pointer)).collect()
}

fn group(members: impl Iterator<Item = usize>) -> Value<'static> {
    let members: Vec<Json> =
        members.map(|number| json!({ "value": format!("u-{number}"), "type": "User" })).collect();
    tree(&json!({ "schemas": [GROUP], "id": "g-1", "displayName": "All", "members": members }))
}

#[test]
fn a_large_group_is_undone_and_explained_in_one_walk() {
    const MANY: usize = 100_000;
    let group_type = builtin::group();
    let before = group(0..MANY);
    let removes: Vec<Json> = (0..900)
        .map(|number| {
            json!({ "op": "remove", "path": format!("members[value eq \"u-{}\"]", number * 7) })
        })
        .collect();
    let undo =
        inverse(&group_type, &before, &message(&removes), Profile::LENIENT, &Limits::DEFAULT)
            .unwrap();
    let operations = undo.message.as_ref().unwrap().get("Operations").unwrap();
    assert_eq!(operations.as_array().map(<[_]>::len), Some(1));
    assert!(undo.lost.is_empty());

    // More operations than a server takes would be needed: the list is replaced instead.
    let half = json!({ "op": "add", "path": "members", "value":
        (MANY..MANY + 2_000).map(|number| json!({ "value": format!("u-{number}") })).collect::<Vec<_>>() });
    let undo = inverse(&group_type, &before, &message(&[half]), Profile::LENIENT, &Limits::DEFAULT)
        .unwrap();
    let operations = undo.message.as_ref().unwrap().get("Operations").unwrap();
    assert_eq!(operations.as_array().map(<[_]>::len), Some(1));
    assert!(undo.lost.is_empty());
    let (few, more) = (group(0..MANY), group(2_000..MANY));
    let message_of = diff(&group_type, &few, &more).unwrap();
    let limits = Limits::DEFAULT;
    let made = apply_patch(&group_type, &few, &message_of, Profile::STRICT, &limits).unwrap();
    assert!(diff(&group_type, &made.resource, &more).is_none());

    let options = ApplyOptions { explain: true, ..ApplyOptions::default() };
    let removes = message(&removes);
    let patch = Patch::parse(&removes, &group_type, Profile::LENIENT, &limits).unwrap();
    let told = patch.apply_with(&before, &options).unwrap().operations.unwrap();
    assert!(told.iter().all(|report| report.effect == Effect::Removed && report.count == 1));
    let all = message(&[
        json!({ "op": "replace", "path": "members[type eq \"User\"].type", "value": "User" }),
        json!({ "op": "remove", "path": "members" }),
    ]);
    let patch = Patch::parse(&all, &group_type, Profile::LENIENT, &limits).unwrap();
    let told = patch.apply_with(&before, &options).unwrap().operations.unwrap();
    assert_eq!((told[0].effect, told[1].effect), (Effect::Unchanged, Effect::Removed));
    assert_eq!(told[1].count, MANY);
}
