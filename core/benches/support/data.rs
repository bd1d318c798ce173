//! Users, a large group, filters and PATCH messages; the same in every run.

use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

const GIVEN: &[&str] =
    &["Rosa", "Idris", "Mette", "Oluwaseun", "Tomasz", "Ayumi", "Farid", "Greta", "Nils", "Zofia"];
const FAMILY: &[&str] = &[
    "Lind",
    "Okafor",
    "Dahl",
    "Kowalska",
    "Tanaka",
    "Haddad",
    "Lindqvist",
    "Bauer",
    "Moreau",
    "Silva",
    "Novak",
];
const BEYOND_ASCII: &[&str] = &["Søren Ærø", "Łukasz Żak", "渡辺 彩", "Ефим Щукин", "Σοφία Νίκα"];
const DEPARTMENTS: &[&str] =
    &["Research", "Sales", "Field Service", "Finance", "Legal", "Logistics"];
const TITLES: &[&str] = &["Engineer", "Team Lead", "Analyst", "Warehouse Planner", "Counsel"];

/// What is asked of each user: text, nesting, presence, logic, one value of several, an instant,
/// an extension, a manager.
pub(crate) const FILTERS: &[&str] = &[
    r#"userName eq "mette.dahl.4211@north.test""#,
    r#"name.familyName co "LIND""#,
    "title pr",
    r#"(userName sw "r" and not (active eq false)) or emails.value ew ".example""#,
    r#"emails[type eq "work" and value co "@south.test"]"#,
    r#"meta.lastModified gt "2026-02-10T08:00:00Z""#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Research""#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "u-000007""#,
];

/// What is done to each user.
pub(crate) fn patches() -> Vec<String> {
    [
        json!([{"op": "replace", "path": "active", "value": false}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "new.address@north.test"}]),
        json!([{"op": "add", "path": "emails", "value": [{"value": "second@home.example", "type": "other"}]},
               {"op": "replace", "path": "name.familyName", "value": "Berg"}]),
        json!([{"op": "remove", "path": "phoneNumbers[type eq \"mobile\"]"}]),
        json!([{"op": "replace", "value": {"displayName": "R. Berg", "title": "Director"}}]),
        json!([{"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "Legal"}]),
    ]
    .iter()
    .map(|operations| json!({"schemas": [PATCH_OP], "Operations": operations}).to_string())
    .collect()
}

/// How the text of a user is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Compact, members in schema order.
    Plain,
    /// With line ends and indentation.
    Pretty,
    /// Members of every object in another order each time.
    Shuffled,
    /// Names and addresses beyond ASCII.
    NonAscii,
    /// The same as escapes.
    Escaped,
}

/// Numbers that look random and are the same in every run (Knuth's MMIX constants).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % sides.max(1)
    }

    fn pick<'l>(&mut self, list: &[&'l str]) -> &'l str {
        list.get(self.roll(list.len())).copied().unwrap_or_default()
    }
}

/// Users of 1.2 to 2 kB as JSON texts.
pub(crate) fn users(count: usize, form: Form) -> Vec<String> {
    let mut dice = Dice(20_260_301);
    (0..count)
        .map(|index| {
            let mut user = user(&mut dice, index, form);
            if form == Form::Shuffled {
                shuffle(&mut dice, &mut user);
            }
            match form {
                Form::Pretty => serde_json::to_string_pretty(&user).unwrap_or_default(),
                Form::Escaped => escaped(&user.to_string()),
                _ => user.to_string(),
            }
        })
        .collect()
}

fn user(dice: &mut Dice, index: usize, form: Form) -> Value {
    let (given, family) = (dice.pick(GIVEN), dice.pick(FAMILY));
    let account = format!("{}.{}.{index}", given.to_lowercase(), family.to_lowercase());
    let display = match form {
        Form::NonAscii | Form::Escaped => dice.pick(BEYOND_ASCII).to_owned(),
        _ => format!("{given} {family}"),
    };
    let (day, hour) = (dice.roll(28) + 1, dice.roll(24));
    let host = dice.pick(&["north.test", "south.test", "west.example"]);
    let mut user = json!({
        "schemas": [USER, ENTERPRISE],
        "id": format!("u-{index:06}"),
        "externalId": format!("hr-{:05}-{index}", dice.roll(99_999)),
        "meta": {
            "resourceType": "User",
            "created": format!("2025-11-{day:02}T{hour:02}:15:00Z"),
            "lastModified": format!("2026-02-{day:02}T{hour:02}:45:30.250Z"),
            "location": format!("https://scim.north.test/v2/Users/u-{index:06}"),
            "version": format!("W/\"{:08x}\"", dice.roll(1 << 30)),
        },
        "userName": format!("{account}@north.test"),
        "name": {
            "formatted": display,
            "familyName": family,
            "givenName": if form == Form::Plain { given } else { display.as_str() },
        },
        "displayName": display,
        "profileUrl": format!("https://people.north.test/{account}"),
        "preferredLanguage": "nb-NO",
        "locale": "nb-NO",
        "timezone": "Europe/Oslo",
        "active": dice.roll(5) > 0,
        "emails": [
            {"value": format!("{account}@{host}"), "type": "work", "primary": true},
            {"value": format!("{account}@home.example"), "type": "home"},
        ],
        "phoneNumbers": [
            {"value": format!("tel:+47-555-{:04}", dice.roll(10_000)), "type": "work"},
            {"value": format!("tel:+47-556-{:04}", dice.roll(10_000)), "type": "mobile"},
        ],
        "addresses": [{
            "formatted": format!("Fjord Street {}\n0150 Oslo\nNorway", dice.roll(200)),
            "streetAddress": format!("Fjord Street {}", dice.roll(200)),
            "locality": "Oslo", "postalCode": "0150", "country": "NO", "type": "work",
        }],
        "groups": [
            {"value": format!("g-{:04}", dice.roll(400)), "$ref": "https://scim.north.test/v2/Groups/g-0001", "display": "Everyone", "type": "direct"},
        ],
        "roles": [{"value": "reader", "display": "Reader", "primary": true}],
        ENTERPRISE: {
            "employeeNumber": format!("{:06}", dice.roll(999_999)),
            "costCenter": format!("CC-{}", dice.roll(90)),
            "organization": "North Freight",
            "department": dice.pick(DEPARTMENTS),
            "manager": {"value": format!("u-{:06}", dice.roll(50)), "displayName": "Mette Dahl"},
        },
    });
    if let (true, Some(members)) = (dice.roll(3) > 0, user.as_object_mut()) {
        members.insert("title".into(), dice.pick(TITLES).into());
    }
    user
}

// As deep as `user` makes it.
fn shuffle(dice: &mut Dice, value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| shuffle(dice, item)),
        Value::Object(members) => {
            let mut all: Vec<(String, Value)> = std::mem::take(members).into_iter().collect();
            for place in (1..all.len()).rev() {
                all.swap(place, dice.roll(place + 1));
            }
            for (_, value) in &mut all {
                shuffle(dice, value);
            }
            *members = all.into_iter().collect::<Map<_, _>>();
        }
        _ => {}
    }
}

/// Every character beyond ASCII as its escape.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for character in text.chars() {
        if character.is_ascii() {
            out.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    out
}

fn member(index: usize) -> Value {
    json!({
        "value": format!("7f3c5a90-11d2-4c7e-9b1f-{index:012}"),
        "$ref": format!("https://scim.north.test/v2/Users/7f3c5a90-11d2-4c7e-9b1f-{index:012}"),
        "type": "User",
        "display": format!("Person {index}"),
    })
}

/// A group with `count` members.
pub(crate) fn group(count: usize) -> String {
    json!({
        "schemas": [GROUP],
        "id": "g-0001",
        "displayName": "Everyone",
        "members": (0..count).map(member).collect::<Vec<_>>(),
        "meta": {"resourceType": "Group", "location": "https://scim.north.test/v2/Groups/g-0001"},
    })
    .to_string()
}

/// A thousand operations on a group: new members, members that are there, removals.
pub(crate) fn member_operations(count: usize) -> String {
    let operations: Vec<Value> = (0..1_000)
        .map(|index| match index % 5 {
            0 | 1 => json!({"op": "add", "path": "members", "value": [member(count + index)]}),
            2 => json!({"op": "add", "path": "members", "value": [member(index * 7 % count)]}),
            _ => {
                let gone = member(index * 97 % count);
                let value = gone.get("value").and_then(Value::as_str).unwrap_or_default();
                json!({"op": "remove", "path": format!("members[value eq \"{value}\"]")})
            }
        })
        .collect();
    json!({"schemas": [PATCH_OP], "Operations": operations}).to_string()
}

/// One operation that adds `more` members behind `count`.
pub(crate) fn added_members(count: usize, more: usize) -> String {
    let members: Vec<Value> = (count..count + more).map(member).collect();
    json!({"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "members", "value": members}]}).to_string()
}
