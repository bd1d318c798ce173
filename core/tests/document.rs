//! A document says of a text what the tree of that text says.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test that fails should panic"
)]

#[path = "../benches/support/data.rs"]
#[expect(dead_code, reason = "shared with the benchmarks")]
mod data;

use std::sync::{Arc, LazyLock};

use data::{Form, group, users};
use proptest::prelude::*;
use scimforge::document::{Document, Raw};
use scimforge::error::Issue;
use scimforge::filter::{BoundFilter, Filter};
use scimforge::limits::Limits;
use scimforge::profile::{Profile, Unknown};
use scimforge::project::Projection;
use scimforge::schema::{Compiled, ResourceType, Schema, builtin};
use scimforge::validate::{self, Mode, Options, is_valid, issues};
use scimforge::value::{Node, Value, View, read, read_with};

/// What was walked, as a tree.
fn copied<'a, N: Node<'a>>(node: &N) -> Value<'a> {
    match node.view() {
        View::Null | View::Foreign(_) => Value::Null,
        View::Bool(truth) => Value::Bool(truth),
        View::Number(number) => Value::Number(number),
        View::Text(text) => Value::String(text),
        View::List(items) => Value::Array(items.map(|item| copied(&item)).collect()),
        View::Map(members) => {
            Value::Object(members.map(|(name, member)| (name, copied(&member))).collect())
        }
    }
}

fn told(issues: &[Issue]) -> Vec<(&'static str, String, &'static str)> {
    issues
        .iter()
        .map(|issue| (issue.code.as_str(), issue.pointer.to_string(), issue.severity.as_str()))
        .collect()
}

fn filters() -> &'static [BoundFilter] {
    static FILTERS: LazyLock<Vec<BoundFilter>> = LazyLock::new(|| {
        let more = [
            "userName pr",
            "emails.primary eq false",
            "members[value eq \"a\"]",
            "not (name.familyName eq \"x\")",
            "active eq true or roles pr",
            "meta.location ne \"x\"",
        ];
        let all = data::FILTERS.iter().chain(&more);
        all.map(|text| {
            let parsed = Filter::parse(text, Profile::LENIENT, &Limits::DEFAULT).unwrap();
            parsed.bind(&builtin::user()).unwrap()
        })
        .collect()
    });
    &FILTERS
}

/// What no schema knows stays.
fn keep() -> Profile {
    Profile::LENIENT.with_unknown(Unknown::Keep)
}

fn projections() -> &'static [Projection] {
    static PROJECTIONS: LazyLock<Vec<Projection>> = LazyLock::new(|| {
        let names: &[&str] = &["userName", "name.familyName", "emails.value", "members"];
        let user = builtin::user();
        let of = |attributes, excluded| {
            Projection::new(&user, attributes, excluded, Profile::LENIENT).unwrap()
        };
        let usual =
            [of(None, None), of(Some(names), None), of(None, Some(names)), Projection::all()];
        let keeping = usual.clone().map(|projection| projection.keeping(keep()));
        usual.into_iter().chain(keeping).collect()
    });
    &PROJECTIONS
}

/// Everything about one text.
fn agrees(text: &str, compiled: &Arc<Compiled>) {
    let mut limits = Limits::DEFAULT;
    limits.json_depth = 12;
    let tree = read_with(text, &limits);
    let document = Document::parse_with(text, compiled, &limits);
    let (tree, document) = match (&tree, &document) {
        (Ok(tree), Ok(document)) => (tree, document),
        (Err(of_tree), Err(of_document)) => {
            assert_eq!(of_tree, of_document, "{text}");
            // Nobody should ask, but there is an answer, and no panic.
            for filter in filters() {
                filter.matches(&Raw::new(text));
            }
            return;
        }
        _ => panic!("{text}: {tree:?} and {document:?}"),
    };
    let walked = copied(&document.root());
    assert_eq!(walked, *tree, "{text}");
    assert_eq!(walked.to_string(), tree.to_string(), "{text}: names as they are spelled");
    assert_eq!(copied(&Raw::new(text)), *tree, "{text}");
    assert_eq!(document.to_value(), *tree, "{text}");
    for projection in projections() {
        let cut = projection.apply(compiled, tree).to_string();
        assert_eq!(document.project(projection), cut, "{text}");
    }
    for filter in filters() {
        let found = filter.matches(&tree);
        assert_eq!(document.matches(filter), found, "{text}");
        assert_eq!(filter.matches(&Raw::new(text)), found, "{text}");
    }
    for mode in Mode::ALL.iter().copied() {
        for profile in [Profile::STRICT, Profile::RFC, Profile::LENIENT, keep()] {
            let options = Options { mode, profile, ..Options::default() };
            let found = document.issues(&options);
            assert_eq!(told(&found), told(&issues(compiled, &tree, &options)), "{mode:?} {text}");
            assert_eq!(document.is_valid(&options), is_valid(compiled, &tree, &options), "{text}");
            for issue in &found {
                let Some(span) = issue.span else { continue };
                let standing = read(&text[span.start..span.end]).unwrap();
                let place = document.root().at(&issue.pointer).unwrap();
                assert_eq!(copied(&place), standing, "{text} {}", issue.pointer);
            }
        }
    }
}

#[test]
fn right_documents_in_every_form_have_no_issue() {
    let options = Options { mode: Mode::Response, ..Options::default() };
    for form in [Form::Plain, Form::Pretty, Form::Shuffled, Form::NonAscii, Form::Escaped] {
        for text in users(20, form) {
            agrees(&text, &builtin::user());
            let document = Document::parse(&*text, &builtin::user()).unwrap();
            assert!(document.issues(&options).is_empty(), "{text}");
        }
    }
    let group = group(300);
    let document = Document::parse(&*group, &builtin::group()).unwrap();
    assert!(document.issues(&options).is_empty());
}

#[test]
fn names_stand_twice_whatever_their_letters() {
    for text in [
        r#"{"userName":1,"USERNAME":2}"#,
        r#"{"x":1,"X":2}"#,
        r#"{"x":1,"\u0058":2}"#,
        r#"{"userName":1,"user\u004eame":2}"#,
        r#"{"name":{"a":1,"b":2,"A":3}}"#,
        r#"{"zoo":{"a":{"b":1,"B":1}}}"#,
        r#"{"x":1,"é":2,"É":3}"#,
        "\u{FEFF} {\"userName\" : \"x\" }",
    ] {
        agrees(text, &builtin::user());
    }
    let mut wide = String::from("{");
    for index in 0..50_000 {
        use std::fmt::Write as _;
        write!(wide, "\"n{index}\":0,").unwrap();
    }
    wide.push_str("\"N4711\":0}");
    assert!(Document::parse(&*wide, &builtin::user()).is_err());
}

#[test]
fn more_names_than_there_are_bits_are_told_apart() {
    let attributes: Vec<String> = (0..300)
        .map(|at| format!(r#"{{"name":"a{at}","type":"string","required":{}}}"#, at == 299))
        .collect();
    let schema = format!(r#"{{"id":"urn:a:Wide","attributes":[{}]}}"#, attributes.join(","));
    let schema = Schema::from_value(&read(&schema).unwrap()).unwrap();
    let wide = ResourceType::new("Wide", "/Wides", "urn:a:Wide");
    let wide = Arc::new(Compiled::new(wide, &[schema]).unwrap());
    let all: Vec<String> = (0..300).map(|at| format!(r#""a{at}":"x""#)).collect();
    let all = all.join(",");
    for (rest, issues) in [
        (all.clone(), 0),
        (all.replace(r#","a299":"x""#, ""), 1),
        (all.replace(r#""a200":"x""#, r#""a200":1"#), 1),
        (all.replace(r#""a250":"x""#, r#""b250":"x""#), 1),
    ] {
        let text = format!(r#"{{"schemas":["urn:a:Wide"],{rest}}}"#);
        let document = Document::parse(&*text, &wide).unwrap();
        let options = Options::default();
        let found = document.issues(&options);
        let tree = read(&text).unwrap();
        assert_eq!(told(&found), told(&validate::issues(&wide, &&tree, &options)));
        assert_eq!(found.len(), issues, "{found:?}");
        let shown = Projection::default_set();
        assert_eq!(document.project(&shown), shown.apply(&wide, &tree).to_string());
    }
    for at in [0, 127, 128, 299] {
        let text = format!(r#"{{"schemas":["urn:a:Wide"],{all},"A{at}":"y"}}"#);
        let error = Document::parse(&*text, &wide).unwrap_err();
        assert_eq!(Some(error), read(&text).err(), "A{at}");
    }
}

/// A value that stands where another is expected.
fn odd() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "null",
        "true",
        "false",
        "0",
        "-1.5e3",
        "\"\"",
        "\"x\"",
        "\"True\"",
        "[]",
        "[null]",
        "{}",
        "[[1]]",
        "[{}]",
        "{\"value\":\"a\"}",
        "[{\"value\":\"a\",\"primary\":true},{\"value\":\"A\",\"primary\":true}]",
        "\"2025-02-30T00:00:00Z\"",
        "\"a b\"",
        "[\"a\",\"a\"]",
        "[{\"value\":\"b\",\"type\":\"work\"},{\"type\":\"WORK\",\"value\":\"B\"}]",
        "\"\\u00e9\\ud83d\\ude00\"",
        "\"bulkId\"",
        "[\"urn:ietf:params:scim:schemas:core:2.0:User\"]",
    ])
    .prop_map(str::to_owned)
}

const NAMES: &[&str] = &[
    "schemas",
    "id",
    "externalId",
    "meta",
    "userName",
    "USERNAME",
    "name",
    "displayName",
    "active",
    "emails",
    "phoneNumbers",
    "addresses",
    "groups",
    "members",
    "roles",
    "password",
    "title",
    "locale",
    "timezone",
    "x509Certificates",
    "department",
    "value",
    "type",
    "primary",
    "$ref",
    "display",
    "resourceType",
    "location",
    "unknown",
    "manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
];

fn json() -> impl Strategy<Value = String> {
    odd().prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec((prop::sample::select(NAMES), inner.clone()), 0..5).prop_map(
                |members| {
                    let members: Vec<String> = members
                        .iter()
                        .map(|(name, value)| format!("\"{name}\": {value}"))
                        .collect();
                    format!("{{{}}}", members.join(","))
                }
            ),
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(" , "))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_024) })]

    #[test]
    fn odd_documents_are_judged_alike(text in json()) {
        agrees(&text, &builtin::user());
    }

    #[test]
    fn a_right_document_with_one_odd_member_is_judged_alike(
        at in 0usize..20, member in 0usize..40, value in json(), extension in any::<bool>()
    ) {
        let text = users(20, Form::Plain).swap_remove(at);
        let mut tree = read(&text).unwrap();
        let replacement = read(&value);
        prop_assume!(replacement.is_ok());
        let root = tree.as_object_mut().unwrap();
        let slot = if extension {
            root.get_mut("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User").unwrap().as_object_mut().unwrap().iter_mut().nth(member % 5)
        } else {
            let count = root.len();
            root.iter_mut().nth(member % count)
        };
        if let Some((_, slot)) = slot {
            *slot = replacement.unwrap();
        }
        agrees(&tree.to_string(), &builtin::user());
    }

    #[test]
    fn damage_is_found_alike(at in any::<prop::sample::Index>(), byte in "[ -~é\n\t]|\\\\", cut in 0usize..3, pretty in any::<bool>()) {
        let form = if pretty { Form::Pretty } else { Form::Escaped };
        let mut text = users(1, form).swap_remove(0);
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let mut end = (at + cut).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        text.replace_range(at..end, &byte);
        agrees(&text, &builtin::user());
    }
}
