//! The core next to other crates that do the same work: ratios of times within one run.
//!
//! Before anything is timed, both sides have to agree on what comes out. What a peer cannot do,
//! or does otherwise, is named in a note and timed for neither side.

#[path = "../../../../core/benches/support/data.rs"]
#[expect(dead_code, reason = "the benchmarks of the core use the rest")]
mod data;
#[path = "../../../../core/benches/support/race.rs"]
mod race;

use std::hint::black_box;
use std::str::FromStr;
use std::sync::Arc;

use scimforge::api::{Input, Schema};
use scimforge::document::Document;
use scimforge::filter::Filter;
use scimforge::limits::Limits;
use scimforge::patch::{ApplyOptions, Patch};
use scimforge::profile::Profile;
use scimforge::schema::{Compiled, builtin};
use scimforge::validate::Options;
use scimforge::value::read;
use serde_json::Value;

use data::Form;
use race::{Table, Way};

const USERS: usize = 1_000;
/// Users as a server stores and shows them.
const STORED: &str = r#"{"mode":"response"}"#;

fn main() {
    let users = data::users(USERS, Form::Plain);
    let patches = data::patches();
    let schema = Schema::named("User").expect("built in");
    let compiled = builtin::user();
    let by_json_schema = json_schema_validator(&schema);
    let mut notes = Vec::new();

    check_validation(&schema, &by_json_schema, &users);
    let for_proto = parsed_by(&mut notes, "scim_proto 1.10.4", |text| {
        scim_proto::filter::ScimFilter::from_str(text).is_ok()
    });
    let for_kit =
        parsed_by(&mut notes, "scim-kit 1.0.0", |text| scim_kit::Filter::parse(text).is_ok());
    let for_kit_patches = patched_by_kit(&mut notes, &compiled, &users, &patches);

    let mut table = Table::default();
    table.add(
        "validate text, yes or no",
        USERS,
        Way::new("is_valid", || users.iter().filter(|text| is_valid(&schema, text)).count()),
        Way::new("jsonschema 0.60.2 on a serde_json Value", || {
            users.iter().filter(|text| by_json_schema.is_valid(&serde(text))).count()
        }),
    );
    table.add(
        "validate text, all issues",
        USERS,
        Way::new("validate", || users.iter().filter(|text| issues(&schema, text) == "[]").count()),
        Way::new("jsonschema 0.60.2 on a serde_json Value", || {
            users
                .iter()
                .filter(|text| by_json_schema.iter_errors(&serde(text)).next().is_none())
                .count()
        }),
    );
    table.add(
        "parse and bind a filter (scim_proto)",
        for_proto.len(),
        Way::new("parse, bind", || for_proto.iter().map(|text| bind(&compiled, text)).sum()),
        Way::new("scim_proto 1.10.4, parse", || {
            for_proto
                .iter()
                .filter(|text| black_box(scim_proto::filter::ScimFilter::from_str(text)).is_ok())
                .count()
        }),
    );
    table.add(
        "parse and bind a filter (scim-kit)",
        for_kit.len(),
        Way::new("parse, bind", || for_kit.iter().map(|text| bind(&compiled, text)).sum()),
        Way::new("scim-kit 1.0.0, parse", || {
            for_kit.iter().filter(|text| black_box(scim_kit::Filter::parse(text)).is_ok()).count()
        }),
    );
    table.add(
        "PATCH, text to text",
        USERS,
        Way::new("apply, validate, write", || {
            pairs(&users, &for_kit_patches)
                .map(|(text, patch)| ours(&compiled, text, patch).len())
                .sum()
        }),
        Way::new("scim-kit 1.0.0, not validated", || {
            pairs(&users, &for_kit_patches)
                .map(|(text, patch)| kits(text, patch).to_string().len())
                .sum()
        }),
    );
    table.run(None);
    for note in notes {
        println!("note: {note}");
    }
}

fn serde(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn is_valid(schema: &Schema, text: &str) -> bool {
    schema.is_valid(Input::Text(text), STORED).expect("known options")
}

fn issues(schema: &Schema, text: &str) -> String {
    schema.validate(Input::Text(text), STORED).expect("known options")
}

/// By the JSON Schema that our schema is exported as. Formats are checked, as we check them.
fn json_schema_validator(schema: &Schema) -> jsonschema::Validator {
    let exported = serde(&schema.to_json_schema(STORED).expect("known options"));
    jsonschema::options().should_validate_formats(true).build(&exported).expect("a JSON Schema")
}

/// Both accept what is right and refuse what is wrong.
fn check_validation(schema: &Schema, peer: &jsonschema::Validator, users: &[String]) {
    for text in users {
        assert!(is_valid(schema, text) && issues(schema, text) == "[]", "we accept {text}");
        assert!(peer.is_valid(&serde(text)), "jsonschema accepts {text}");
    }
    let wrong = [
        ("/userName", Value::from(5)),
        ("/active", "yes".into()),
        ("/emails/1/value", Value::Array(Vec::new())),
        ("/meta/created", "yesterday".into()),
    ];
    for (pointer, value) in wrong {
        let mut user = serde(&users[0]);
        *user.pointer_mut(pointer).expect("every user has it") = value;
        assert!(!is_valid(schema, &user.to_string()), "we refuse another {pointer}");
        assert!(!peer.is_valid(&user), "jsonschema refuses another {pointer}");
    }
}

fn bind(compiled: &Compiled, text: &str) -> usize {
    let filter = Filter::parse(text, Profile::RFC, &Limits::DEFAULT).expect("a filter");
    usize::from(black_box(filter.bind(compiled)).is_ok())
}

/// The filters that a peer can read.
fn parsed_by(
    notes: &mut Vec<String>,
    peer: &str,
    parses: impl Fn(&str) -> bool,
) -> Vec<&'static str> {
    let (some, rest): (Vec<_>, Vec<_>) = data::FILTERS.iter().partition(|text| parses(text));
    if !rest.is_empty() {
        notes.push(format!(
            "{peer} does not parse {} of {} filters, timed without: {}",
            rest.len(),
            data::FILTERS.len(),
            rest.join(", ")
        ));
    }
    some
}

fn pairs<'p>(
    users: &'p [String],
    patches: &'p [String],
) -> impl Iterator<Item = (&'p str, &'p str)> {
    users.iter().zip(patches.iter().cycle()).map(|(user, patch)| (user.as_str(), patch.as_str()))
}

/// Text to text; the result is validated against what it was.
fn ours(compiled: &Arc<Compiled>, before: &str, message: &str) -> String {
    let before = Document::parse(before, compiled).expect("JSON");
    let message = read(message).expect("JSON");
    let patch =
        Patch::parse(&message, compiled, Profile::RFC, &Limits::DEFAULT).expect("a message");
    let patched = patch.document_after(&before, &ApplyOptions::default(), &Limits::DEFAULT);
    let after = patched.expect("applies").document;
    assert!(after.is_valid_since(&before, &Options::default()), "valid afterwards");
    after.text().to_owned()
}

fn kits(document: &str, message: &str) -> Value {
    let mut document = serde(document);
    let message: scim_kit::PatchOp = serde_json::from_str(message).expect("a message");
    message.apply_to(&mut document).expect("applies");
    document
}

/// The messages that scim-kit makes the same of as we do.
fn patched_by_kit(
    notes: &mut Vec<String>,
    compiled: &Arc<Compiled>,
    users: &[String],
    patches: &[String],
) -> Vec<String> {
    let is_same = |patch: &&String| {
        users.iter().all(|user| serde(&ours(compiled, user, patch)) == kits(user, patch))
    };
    let (some, rest): (Vec<_>, Vec<_>) = patches.iter().partition(is_same);
    for patch in rest {
        notes.push(format!(
            "scim-kit 1.0.0 makes another resource of this PATCH, timed without: {patch}"
        ));
    }
    some.into_iter().cloned().collect()
}
