//! What the fuzzers call, also called over the seeds in every test run.
//!
//! Each function takes any bytes and panics if a property does not hold.

use scimforge::document::{Document, Raw};
use scimforge::filter::Filter;
use scimforge::limits::Limits;
use scimforge::patch::{self, ApplyOptions, Patch};
use scimforge::path::PatchPath;
use scimforge::profile::{Profile, Trace};
use scimforge::project::Projection;
use scimforge::schema::{self, Compiled, ResourceType, Schema, builtin};
use scimforge::validate;
use scimforge::value::{Value, read, read_bytes, to_text};

/// A function that takes any bytes.
pub type Target = fn(&[u8]);

/// The targets by name; the seeds of each lie in `tests/fuzz/seeds/<name>`.
pub const TARGETS: &[(&str, Target)] = &[
    ("json", json),
    ("document", document),
    ("schema", schema),
    ("filter", filter),
    ("path", path),
    ("patch", apply),
    ("ldif", ldif),
];

/// The JSON reader against `serde_json`, and validation that agrees with itself.
pub fn json(bytes: &[u8]) {
    let theirs = serde_json::from_slice::<serde_json::Value>(bytes);
    let Ok(ours) = read_bytes(bytes, &Limits::DEFAULT) else { return };
    if let Ok(theirs) = theirs {
        assert!(crate::same(&ours.to_serde(), &theirs), "read otherwise than by serde_json");
    }
    assert_eq!(read(&to_text(&ours)).expect("what was written is read"), ours);
    let options = validate::Options::default();
    let issues = validate::issues(&builtin::user(), &&ours, &options);
    let valid = issues.iter().all(|issue| issue.severity != scimforge::error::Severity::Error);
    assert_eq!(validate::is_valid(&builtin::user(), &&ours, &options), valid);
}

/// The tape says of a text what the tree says, down to the error.
pub fn document(bytes: &[u8]) {
    let user = builtin::user();
    let tree = read_bytes(bytes, &Limits::DEFAULT);
    let (tree, document) = match (tree, Document::parse_bytes(bytes, &user, &Limits::DEFAULT)) {
        (Ok(tree), Ok(document)) => (tree, document),
        (tree, document) => return assert_eq!(tree.err(), document.err()),
    };
    let limits = Limits::DEFAULT;
    assert_eq!(Value::from_node(&document.root(), &limits).as_ref(), Ok(&tree));
    assert_eq!(Value::from_node(&Raw::new(document.text()), &limits).as_ref(), Ok(&tree));
    for mode in validate::Mode::ALL.iter().copied() {
        let options = validate::Options { mode, ..validate::Options::default() };
        let mut found = document.issues(&options);
        for issue in &mut found {
            issue.span = None;
        }
        assert_eq!(found, validate::issues(&user, &&tree, &options));
    }
    for projection in [Projection::default_set(), Projection::all()] {
        assert_eq!(document.project(&projection), to_text(&projection.apply(&user, &tree)));
    }
}

/// Schema documents: what is accepted is written and read again as the same, and is linted and
/// compiled without a panic.
pub fn schema(bytes: &[u8]) {
    let Ok(value) = read_bytes(bytes, &Limits::DEFAULT) else { return };
    let _ = schema::lint(&value);
    let Ok(read) = Schema::from_value(&value) else { return };
    let again = Schema::from_value(&read.to_value()).expect("what was written is a schema");
    assert_eq!(again, read);
    assert!(schema::changes(&read, &again).is_empty(), "it differs from itself");
    let of_it = ResourceType::new("Thing", "/Things", &read.id);
    if let Ok(compiled) = Compiled::new(of_it, &[read]) {
        let document = format!(r#"{{"schemas":["{}"]}}"#, compiled.base_schema());
        let compiled = std::sync::Arc::new(compiled);
        if let Ok(document) = Document::parse(document, &compiled) {
            let _ = document.issues(&validate::Options::default());
        }
    }
}

/// Filters: what is printed parses to the same text; evaluation does not fail.
pub fn filter(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let user = builtin::user();
    let document = read(r#"{"userName":"a","emails":[{"value":"b","type":"work"}],"active":true}"#)
        .expect("a document");
    for profile in [Profile::STRICT, Profile::LENIENT] {
        let Ok(filter) = Filter::parse(text, profile, &Limits::DEFAULT) else { continue };
        let printed = filter.to_string();
        let again = Filter::parse(&printed, Profile::STRICT, &wide());
        assert_eq!(again.expect("what was printed is a filter").to_string(), printed);
        if let Ok(bound) = filter.bind(&user) {
            let _ = bound.matches(&&document);
        }
    }
}

/// Limits under which what was printed fits: escapes make a text longer.
fn wide() -> Limits {
    let mut limits = Limits::DEFAULT;
    limits.filter_bytes = 1 << 20;
    limits
}

/// PATCH paths: what is printed parses to the same text.
pub fn path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parse = |text: &str, profile| PatchPath::parse(text, profile, &wide(), &mut Trace::new());
    if let Ok(path) = parse(text, Profile::LENIENT) {
        let printed = path.to_string();
        assert_eq!(
            parse(&printed, Profile::STRICT).expect("what was printed is a path").to_string(),
            printed
        );
    }
}

/// PATCH messages on a user: no panic, and what comes out has at most one primary a list.
pub fn apply(bytes: &[u8]) {
    let Ok(message) = read_bytes(bytes, &Limits::DEFAULT) else { return };
    let user = builtin::user();
    let text = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"1","userName":"a",
           "emails":[{"value":"b","type":"work","primary":true},{"value":"c","type":"home"}],"name":{"familyName":"d"}}"#;
    let resource = read(text).expect("a document");
    let document = Document::parse(text, &user).expect("a document");
    for profile in [Profile::STRICT, Profile::RFC, Profile::LENIENT] {
        let outcome = patch::apply_patch(&user, &resource, &message, profile, &Limits::DEFAULT);
        let spliced = Patch::parse(&message, &user, profile, &Limits::DEFAULT)
            .and_then(|patch| patch.apply_document(&document, &ApplyOptions::default()));
        let (outcome, spliced) = match (outcome, spliced) {
            (Ok(outcome), Ok(spliced)) => (outcome, spliced),
            (outcome, spliced) => {
                assert_eq!(outcome.err(), spliced.err());
                continue;
            }
        };
        let text = read(&spliced.text).expect("what was written is read");
        assert_eq!(to_text(&text), to_text(&outcome.resource), "from text it is another");
        assert_eq!(spliced.changed, outcome.changed);
        let primaries = outcome.resource.get("emails").and_then(|emails| emails.as_array()).map_or(
            0,
            |emails| {
                emails
                    .iter()
                    .filter(|email| {
                        email.get("primary").and_then(scimforge::value::Value::as_bool)
                            == Some(true)
                    })
                    .count()
            },
        );
        assert!(primaries <= 1, "two primaries");
        assert!(outcome.resource.get("userName").is_some(), "userName is gone");
    }
}

/// LDIF: whole and in pieces give the same.
pub fn ldif(bytes: &[u8]) {
    let whole = scimforge::api::convert_all("ldif", bytes, "");
    let pieces = crate::kinds::in_pieces("ldif", bytes, "");
    match (whole, pieces) {
        (Ok(whole), Ok(pieces)) => {
            let whole = crate::inputs::parse(&whole).expect("the outcome is JSON");
            assert!(crate::same(&pieces, &whole), "in pieces: {pieces}\nwhole: {whole}");
        }
        (whole, pieces) => assert_eq!(whole.is_ok(), pieces.is_ok(), "one of them failed"),
    }
}
