//! How often common work asks for memory: numbers that do not wobble, so a change of one is a
//! change to be explained. `tests/allocations.json` has them.
//!
//! `SCIMFORGE_UPDATE=1 cargo test --package scimforge-tests --test allocations` writes the file.

#[path = "../../core/benches/support/data.rs"]
#[expect(dead_code, reason = "the benchmarks of the core use the rest")]
mod data;

use std::hint::black_box;
use std::path::Path;
use std::{env, fs};

use scimforge::api::{Input, Schema};
use scimforge::document::Document;
use scimforge::filter::{BoundFilter, Filter};
use scimforge::limits::Limits;
use scimforge::patch::apply_patch;
use scimforge::profile::Profile;
use scimforge::schema::builtin;
use scimforge::validate::{Mode, Options, is_valid, issues};
use scimforge::value::read;
use serde_json::{Map, Value};

/// A user as a server stores and shows it.
const STORED: &str = r#"{"mode":"response"}"#;

/// The allocations of one run. What is made once in a process (the built-in schemas) is made
/// before, and the number has to be the same twice.
fn count(mut work: impl FnMut()) -> u64 {
    work();
    let counts = [(); 2].map(|()| allocation_counter::measure(&mut work).count_total);
    assert_eq!(counts[0], counts[1], "the same work asks for memory as often each time");
    counts[0]
}

fn measured() -> Map<String, Value> {
    let compiled = builtin::user();
    let schema = Schema::named("User").expect("built in");
    let text = &data::users(1, data::Form::Plain)[0];
    let tree = read(text).expect("JSON");
    let patches = data::patches();
    let messages: Vec<_> = patches.iter().map(|patch| read(patch).expect("JSON")).collect();
    let bind = || -> Vec<BoundFilter> {
        let parse = |text: &&str| Filter::parse(text, Profile::RFC, &Limits::DEFAULT);
        let bind = |text| parse(text).expect("a filter").bind(&compiled).expect("of the schema");
        data::FILTERS.iter().map(bind).collect()
    };
    let bound = bind();
    let filters: Vec<_> =
        data::FILTERS.iter().map(|text| schema.filter(text, "").expect("a filter")).collect();
    let options = Options { mode: Mode::Response, ..Options::default() };
    assert!(issues(&compiled, &&tree, &options).is_empty(), "the generator makes right users");

    let eight = data::FILTERS.len();
    let six = patches.len();
    let mut all = Map::new();
    let mut add = |name: String, work: &mut dyn FnMut()| {
        all.insert(name, count(work).into());
    };
    add("read a user into a tree".into(), &mut || drop(black_box(read(text))));
    add("read a user into a document".into(), &mut || {
        drop(black_box(Document::parse(text.as_str(), &compiled)));
    });
    add("validate a right tree, yes or no".into(), &mut || {
        assert!(is_valid(&compiled, &&tree, &options));
    });
    add("validate a right tree, all issues".into(), &mut || {
        assert!(issues(&compiled, &&tree, &options).is_empty());
    });
    let document = Document::parse(text.as_str(), &compiled).expect("JSON");
    add("validate a right document, all issues".into(), &mut || {
        assert!(document.issues(&options).is_empty());
    });
    add("validate a right text, yes or no".into(), &mut || {
        assert!(schema.is_valid(Input::Text(text), STORED).expect("known options"));
    });
    add("validate a right text, all issues".into(), &mut || {
        assert_eq!(schema.validate(Input::Text(text), STORED).expect("known options"), "[]");
    });
    add(format!("parse and bind {eight} filters"), &mut || drop(black_box(bind())));
    add(format!("match {eight} filters on a tree"), &mut || {
        black_box(bound.iter().filter(|filter| filter.matches(&&tree)).count());
    });
    add(format!("match {eight} filters on a text"), &mut || {
        let matching = filters.iter().filter(|filter| filter.matches(Input::Text(text)).is_ok());
        assert_eq!(matching.count(), eight);
    });
    add(format!("apply {six} PATCH messages to a tree"), &mut || {
        for message in &messages {
            let outcome = apply_patch(&compiled, &tree, message, Profile::RFC, &Limits::DEFAULT);
            black_box(outcome.expect("applies"));
        }
    });
    add(format!("apply {six} PATCH messages, text to text"), &mut || {
        for patch in &patches {
            let answer = schema.apply_patch(Input::Text(text), Input::Text(patch), "");
            black_box(answer.expect("applies"));
        }
    });
    add("project three attributes, text to text".into(), &mut || {
        let options = r#"{"attributes":["userName","name.familyName","emails.value"]}"#;
        black_box(schema.project(Input::Text(text), options).expect("known names"));
    });
    all
}

#[test]
fn work_asks_for_memory_as_often_as_the_snapshot_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("allocations.json");
    let now = measured();
    if env::var_os("SCIMFORGE_UPDATE").is_some() {
        let text = serde_json::to_string_pretty(&now).expect("numbers") + "\n";
        fs::write(&path, text).expect("the snapshot can be written");
        return;
    }
    let snapshot = fs::read_to_string(&path).expect("tests/allocations.json");
    let before: Map<String, Value> = serde_json::from_str(&snapshot).expect("an object");
    let names: Vec<&String> = now.keys().chain(before.keys()).collect();
    let mut changed: Vec<String> = names
        .into_iter()
        .filter(|name| now.get(*name) != before.get(*name))
        .map(|name| format!("{name}: {:?} before, {:?} now", before.get(name), now.get(name)))
        .collect();
    changed.dedup();
    assert!(
        changed.is_empty(),
        "allocations have changed; write the snapshot anew with SCIMFORGE_UPDATE=1 if that is \
         meant:\n{}",
        changed.join("\n")
    );
}
