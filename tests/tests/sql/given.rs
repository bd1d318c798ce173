//! Random filters and random users.

use std::sync::Arc;

use proptest::prelude::*;
use scimforge::filter::{Attribute, Expression, Literal, Operator, attribute};
use scimforge::protocol::Document;
use scimforge::schema::{Compiled, builtin};
use scimforge::value::{Number, read};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Few words, so that filters and documents often agree; what databases take ill among them.
const WORDS: [&str; 20] = [
    "",
    "a",
    "A",
    "ab",
    "é\"\\",
    "work",
    "İ",
    "ß'",
    "\0",
    "a\0b",
    "\u{1}",
    "\u{2}",
    "%_",
    "\u{10FFFD}",
    "Ｚ",
    "z",
    "ROSÉ\u{30C}",
    "rose\u{30C}\u{301}",
    "J\u{30C}é",
    "$1 ?2",
];
const TIMES: [&str; 5] = [
    "2026-03-01T09:30:00Z",
    "2026-03-01T10:30:00+01:00",
    "2026-03-01T09:30:00.0001Z",
    "-0044-03-15T12:00:00Z",
    "no time",
];
const NUMBERS: [&str; 8] =
    ["0", "-0.0", "1", "1.0e0", "-1.5e+7", "9007199254740993", "1e400", "-12"];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::sample::select(WORDS.as_slice()).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (0..3_usize, 195..205_usize).prop_map(|(at, length)| WORDS[at + 1].repeat(length)),
        1 => (695..705_usize).prop_map(|length| "é".repeat(length)),
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        6 => word().prop_map(|text| Literal::from(text.as_str())),
        2 => any::<bool>().prop_map(Literal::from),
        2 => prop::sample::select(NUMBERS.as_slice()).prop_map(|text| Number::from_text(text).unwrap().into()),
        2 => prop::sample::select(TIMES.as_slice()).prop_map(Literal::from),
        1 => Just(Literal::Null),
    ]
}

fn named(names: &'static [&'static str]) -> impl Strategy<Value = Attribute> {
    prop::sample::select(names).prop_map(|name| attribute(name).unwrap())
}

fn leaf(names: &'static [&'static str]) -> impl Strategy<Value = Expression> {
    prop_oneof![
        1 => named(names).prop_map(Attribute::pr),
        4 => (named(names), prop::sample::select(Operator::ALL), literal())
            .prop_map(|(attribute, operator, literal)| attribute.compare(operator, literal)),
        2 => (named(names), word()).prop_map(|(attribute, text)| attribute.compare(Operator::Eq, Literal::from(text.as_str()))),
    ]
}

fn tree(leaf: impl Strategy<Value = Expression> + 'static) -> impl Strategy<Value = Expression> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expression::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Expression::Or),
            inner.prop_map(|inner| !inner),
        ]
    })
}

const NAMES: &[&str] = &[
    "userName",
    "externalId",
    "title",
    "active",
    "emails",
    "emails.type",
    "emails.primary",
    "emails.value",
    "roles",
    "name",
    "name.familyName",
    "meta.created",
    "meta",
    "x509Certificates.value",
    "manager.value",
    "schemas",
    "groups.$ref",
    "groups",
    "id",
    "urn:example:Badge:level",
    "urn:example:Badge:codes",
    "urn:example:Badge:until",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "shoeSize",
];

pub(super) fn expression() -> impl Strategy<Value = Expression> {
    let inner = tree(leaf(&["value", "type", "primary", "display", "$ref"]));
    let brackets =
        (named(&["emails", "roles", "groups", "urn:example:Badge:codes", "schemas"]), inner)
            .prop_map(|(attribute, inner)| attribute.value_path(inner));
    let single = (named(&["name"]), tree(leaf(&["familyName", "formatted"])))
        .prop_map(|(attribute, inner)| attribute.value_path(inner));
    tree(prop_oneof![5 => leaf(NAMES), 2 => brackets, 1 => single])
}

/// Often absent, sometimes null, sometimes of a kind that the schema does not have.
fn loose(right: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        6 => right.prop_map(Some),
        3 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => prop_oneof![Just(json!(true)), Just(json!(7)), Just(json!({ "a": "" })), Just(json!({ "a": 1 })), word().prop_map(Value::from)].prop_map(Some),
    ]
}

/// Often absent, sometimes null. What is sorted by is of the kind that the schema has, as it is in
/// every resource that was accepted.
fn kept(right: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![6 => right.prop_map(Some), 3 => Just(None), 1 => Just(Some(Value::Null))]
}

fn text() -> impl Strategy<Value = Value> {
    word().prop_map(Value::from)
}

fn object(members: Vec<(&'static str, Option<Value>)>) -> Value {
    members
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

pub(super) fn document() -> impl Strategy<Value = Value> {
    let element = prop_oneof![
        8 => (loose(text()), loose(text()), loose(any::<bool>().prop_map(Value::from)), loose(text()))
            .prop_map(|(value, kind, primary, reference)| object(vec![("value", value), ("type", kind), ("primary", primary), ("$ref", reference)])),
        1 => text(),
        1 => Just(Value::Null),
        1 => Just(json!(5)),
        1 => Just(json!({ "unknown": "x" })),
        1 => Just(json!([{ "value": "a" }])),
    ];
    let list = move || loose(prop::collection::vec(element.clone(), 0..4).prop_map(Value::from));
    let reference = prop_oneof![
        Just(json!("https://x.test/v2/Groups/a")),
        Just(json!("https://x.test/Groups/a"))
    ];
    let groups = prop::collection::vec(reference.prop_map(|to| json!({ "$ref": to })), 0..3)
        .prop_map(Value::from);
    let time = || prop::sample::select(TIMES.as_slice()).prop_map(Value::from);
    let number = prop::sample::select(NUMBERS.as_slice())
        .prop_map(|text| serde_json::from_str(text).unwrap_or(json!(3)));
    let badge = (
        kept(number),
        loose(prop::collection::vec(word(), 0..3).prop_map(Value::from)),
        kept(time()),
    )
        .prop_map(|(level, codes, until)| {
            object(vec![("level", level), ("codes", codes), ("until", until)])
        });
    (
        (kept(text()), loose(text()), loose(text()), kept(any::<bool>().prop_map(Value::from))),
        (list(), list(), loose(groups), kept(text())),
        (loose(badge), loose(text()), kept(time())),
    )
        .prop_map(
            |(
                (user_name, title, external, active),
                (emails, roles, groups, family),
                (badge, department, created),
            )| {
                let mut resource = object(vec![
                    ("userName", user_name),
                    ("title", title.clone()),
                    ("externalId", external),
                    ("active", active),
                    ("emails", emails),
                    ("roles", roles),
                    ("groups", groups),
                    ("name", Some(object(vec![("familyName", family)]))),
                    ("urn:example:Badge", badge),
                    (
                        ENTERPRISE,
                        Some(object(vec![
                            ("department", department),
                            ("manager", title.map(|value| json!({ "value": value }))),
                        ])),
                    ),
                    ("schemas", Some(json!(["urn:ietf:params:scim:schemas:core:2.0:User"]))),
                ]);
                resource["meta"] =
                    object(vec![("created", created), ("resourceType", Some(json!("User")))]);
                resource
            },
        )
}

pub(super) fn user() -> Arc<Compiled> {
    use scimforge::schema::{ResourceType, Schema, SchemaExtension};
    let badge = Schema::from_value(&read(r#"{"id": "urn:example:Badge", "name": "Badge", "attributes": [
        {"name": "level", "type": "decimal"}, {"name": "codes", "type": "string", "multiValued": true, "caseExact": true},
        {"name": "until", "type": "dateTime"}]}"#).unwrap()).unwrap();
    let mut kind: ResourceType = builtin::user().resource_type().clone();
    kind.schema_extensions
        .push(SchemaExtension { schema: "urn:example:Badge".into(), required: false });
    let mut schemas: Vec<Schema> = builtin::schemas().to_vec();
    schemas.push(badge);
    // As on a server.
    Arc::new(Compiled::new(kind, &schemas).unwrap().preparing_names())
}

pub(super) fn made(documents: &[Value]) -> Vec<Document> {
    documents
        .iter()
        .enumerate()
        .map(|(at, document)| {
            let mut document = document.clone();
            document["id"] = WORDS
                .get(at + 1)
                .map_or_else(|| format!("id-{at}"), |word| format!("{word}{at}"))
                .into();
            Document::new(read(&document.to_string()).unwrap().into_owned())
        })
        .collect()
}
