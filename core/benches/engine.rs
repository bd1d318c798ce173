//! The engine next to what JSON itself costs: ratios of times within one run, nothing else.
//!
//! `cargo bench --bench engine -- filter` runs the lines with that word in them.
#![expect(clippy::expect_used, reason = "a benchmark that cannot run should stop")]

mod support;

use std::hint::black_box;
use std::sync::Arc;

use scimforge::document::{Document, Raw};
use scimforge::filter::{BoundFilter, Filter};
use scimforge::limits::Limits;
use scimforge::patch::{ApplyOptions, Patch, apply_patch};
use scimforge::profile::{Profile, Trace};
use scimforge::project::Projection;
use scimforge::schema::{Compiled, builtin};
use scimforge::sort::{Sort, order};
use scimforge::validate::{Mode, Options, is_valid, issues};
use scimforge::value::{Value, read};
use serde::de::IgnoredAny;
use support::data::{self, Form};
use support::race::{Table, Way};

const USERS: usize = 1_000;
const MEMBERS: usize = 100_000;
const SORTED: usize = 20_000;
/// More than any cache holds, as the texts of a store are.
const STORED: usize = 100_000;

fn bytes(texts: &[String]) -> usize {
    texts.iter().map(String::len).sum()
}

fn ignored(texts: &[String]) -> usize {
    texts.iter().filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok()).count()
}

fn serde(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

fn trees(texts: &[String]) -> Vec<Value<'_>> {
    texts.iter().map(|text| read(text).expect("JSON")).collect()
}

fn document<'t>(compiled: &Arc<Compiled>, text: &'t str) -> Document<'t> {
    Document::parse(text, compiled).expect("JSON")
}

/// Makes the tape of each user and collects all issues.
fn validated(compiled: &Arc<Compiled>, texts: &[String]) -> usize {
    let options = Options { mode: Mode::Response, ..Options::default() };
    texts.iter().map(|text| document(compiled, text).issues(&options).len()).sum()
}

fn bound(compiled: &Compiled) -> Vec<BoundFilter> {
    let parsed = data::FILTERS
        .iter()
        .map(|text| Filter::parse(text, Profile::RFC, &Limits::DEFAULT).expect("filter"));
    parsed.map(|filter| filter.bind(compiled).expect("filter of the schema")).collect()
}

/// Text to text. What was there before is valid, as everything in a store is, so of the result
/// only what differs is validated.
fn patched(compiled: &Arc<Compiled>, before: &str, message: &str) -> usize {
    let before = document(compiled, before);
    let message = read(message).expect("JSON");
    let patch =
        Patch::parse(&message, compiled, Profile::RFC, &Limits::DEFAULT).expect("a message");
    let patched = patch.document_after(&before, &ApplyOptions::default(), &Limits::DEFAULT);
    let after = patched.expect("applies").document;
    assert!(after.is_valid_since(&before, &Options::default()), "valid afterwards");
    after.text().len()
}

/// What the commonest tree would need at the least: read both, write one.
fn read_and_written(document: &str, message: &str) -> usize {
    black_box(serde(message));
    serde_json::to_string(&serde(document)).map_or(0, |text| text.len())
}

/// `userName`, `name.familyName` and `emails.value` out of a tree, by hand.
fn picked(text: &str) -> usize {
    let user = serde(text);
    let mut out = serde_json::Map::new();
    for name in ["schemas", "id", "userName"] {
        out.insert(name.into(), user.get(name).cloned().unwrap_or_default());
    }
    let family = user.pointer("/name/familyName").cloned().unwrap_or_default();
    out.insert("name".into(), serde_json::json!({ "familyName": family }));
    let emails =
        user.get("emails").and_then(|emails| emails.as_array()).cloned().unwrap_or_default();
    let values = emails.iter().map(|email| serde_json::json!({"value": email.get("value")}));
    out.insert("emails".into(), values.collect::<Vec<_>>().into());
    serde_json::to_string(&out).map_or(0, |text| text.len())
}

#[expect(clippy::too_many_lines, reason = "the rows of the table, one after the other")]
fn main() {
    let filter = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let (user, group) = (builtin::user(), builtin::group());
    let plain = data::users(USERS, Form::Plain);
    let stored = data::users(STORED, Form::Plain);
    let joined = stored.join("\n");
    assert_eq!(validated(&user, &plain), 0, "the generator makes users without an issue");
    println!("{USERS} users of {} bytes, {} filters\n", bytes(&plain) / USERS, data::FILTERS.len());
    let variants = [
        ("validate pretty-printed, per byte", data::users(USERS, Form::Pretty)),
        ("validate shuffled, per byte", data::users(USERS, Form::Shuffled)),
        ("validate non-ASCII, per byte", data::users(USERS, Form::NonAscii)),
        ("validate escaped, per byte", data::users(USERS, Form::Escaped)),
    ];
    let parsed = trees(&plain);
    let many = data::users(SORTED, Form::Plain);
    let many_parsed = trees(&many);
    let many_serde: Vec<serde_json::Value> = many.iter().map(|text| serde(text)).collect();
    let everyone = data::group(MEMBERS);
    let everyone_read = read(&everyone).expect("JSON");
    let operations = data::member_operations(MEMBERS);
    let some = data::group(MEMBERS / 10);
    let some_read = read(&some).expect("JSON");
    let (few_more, many_more) =
        (data::added_members(MEMBERS / 10, MEMBERS / 10), data::added_members(MEMBERS, MEMBERS));
    let patches = data::patches();
    let tests = bound(&user);
    let attributes: &[&str] = &["userName", "name.familyName", "emails.value"];
    let projection =
        Projection::new(&user, Some(attributes), None, Profile::RFC).expect("known names");
    let by_family = Sort::new(&user, "name.familyName", Profile::RFC, &mut Trace::new())
        .expect("known")
        .expect("an order");

    let mut table = Table::default();
    validation(&mut table, &user, &plain, &parsed, &variants);
    filters(&mut table, &user, &tests, (&plain, &parsed), (&stored, &joined));
    table.add(
        "PATCH, text to text, re-validated",
        USERS,
        Way::new("tape, apply, validate", || {
            plain
                .iter()
                .zip(patches.iter().cycle())
                .map(|(text, patch)| patched(&user, text, patch))
                .sum()
        }),
        Way::new("serde_json reads and writes Values", || {
            plain
                .iter()
                .zip(patches.iter().cycle())
                .map(|(text, patch)| read_and_written(text, patch))
                .sum()
        }),
    );
    let value_parse = || {
        Way::new("serde_json reads a Value", || {
            serde(&everyone).as_object().map_or(0, serde_json::Map::len)
        })
    };
    table.add(
        "group of 100,000: 1,000 operations",
        1,
        Way::new("tape, apply", || {
            let message = read(&operations).expect("JSON");
            let patch = Patch::parse(&message, &group, Profile::LENIENT, &Limits::DEFAULT)
                .expect("a message");
            let everyone = document(&group, &everyone);
            patch.apply_document(&everyone, &ApplyOptions::default()).expect("applies").text.len()
        }),
        value_parse(),
    );
    table.add(
        "group of 100,000: validate the result",
        1,
        Way::new("issues beside the original", || {
            let options =
                Options { mode: Mode::Patch, original: Some(&everyone_read), ..Options::default() };
            issues(&group, &&everyone_read, &options).len()
        }),
        value_parse(),
    );
    let adding = |members: &Value<'_>, message: &str| {
        let message = read(message).expect("JSON");
        let outcome = apply_patch(&group, members, &message, Profile::RFC, &Limits::DEFAULT)
            .expect("applies");
        usize::from(outcome.changed)
    };
    table.add_scaled(
        "group of 100,000: as many again, per member",
        (MEMBERS, MEMBERS / 10),
        Way::new("100,000 to 100,000", || adding(&everyone_read, &many_more)),
        Way::new("10,000 to 10,000", || adding(&some_read, &few_more)),
    );
    table.add(
        "project three attributes, text to text",
        USERS,
        Way::new("tape, project", || {
            plain.iter().map(|text| document(&user, text).project(&projection).len()).sum()
        }),
        Way::new("serde_json Value, picked by hand", || {
            plain.iter().map(|text| picked(text)).sum()
        }),
    );
    table.add(
        "sort 20,000 trees by name.familyName",
        SORTED,
        Way::new("order", || order(many_parsed.iter(), &by_family, false).len()),
        Way::new("serde_json Values by cached keys", || {
            let mut places: Vec<usize> = (0..many_serde.len()).collect();
            places.sort_by_cached_key(|place| {
                let user = many_serde.get(*place);
                let text = |pointer| {
                    user.and_then(|user| user.pointer(pointer))
                        .and_then(|text| text.as_str())
                        .unwrap_or_default()
                };
                (text("/name/familyName").to_lowercase(), text("/id").to_owned())
            });
            places.len()
        }),
    );
    table.run(filter.as_deref());
}

fn validation<'w>(
    table: &mut Table<'w>,
    user: &'w Arc<Compiled>,
    plain: &'w [String],
    parsed: &'w [Value<'w>],
    variants: &'w [(&'static str, Vec<String>)],
) {
    let any = || Way::new("serde_json IgnoredAny", || ignored(plain));
    table.add(
        "validate from text, all issues",
        USERS,
        Way::new("tape, issues", || validated(user, plain)),
        any(),
    );
    table.add(
        "of that: the tape",
        USERS,
        Way::new("parse", || plain.iter().map(|text| document(user, text).text().len()).sum()),
        any(),
    );
    table.add(
        "read into a tree",
        USERS,
        Way::new("read", || plain.iter().filter(|text| read(text).is_ok()).count()),
        any(),
    );
    table.add(
        "validate a tree, all issues",
        USERS,
        Way::new("issues", || {
            let options = Options { mode: Mode::Response, ..Options::default() };
            parsed.iter().map(|tree| issues(user, &tree, &options).len()).sum()
        }),
        any(),
    );
    table.add(
        "validate a tree, yes or no",
        USERS,
        Way::new("is_valid", || {
            let options = Options { mode: Mode::Response, ..Options::default() };
            parsed.iter().filter(|tree| is_valid(user, tree, &options)).count()
        }),
        any(),
    );
    for (work, texts) in variants {
        table.add_scaled(
            work,
            (bytes(texts), bytes(plain)),
            Way::new("tape, issues", || validated(user, texts)),
            Way::new("the same, plain", || validated(user, plain)),
        );
    }
}

fn filters<'w>(
    table: &mut Table<'w>,
    user: &'w Arc<Compiled>,
    tests: &'w [BoundFilter],
    (plain, parsed): (&'w [String], &'w [Value<'w>]),
    (stored, joined): (&'w [String], &'w str),
) {
    let lines = || {
        Way::new("memchr counts the newlines, once a filter", || {
            let bytes = black_box(joined.as_bytes());
            tests.iter().map(|_| memchr::memchr_iter(b'\n', bytes).count()).sum()
        })
    };
    table.add(
        "filter: parse and bind",
        data::FILTERS.len(),
        Way::new("parse, bind", || bound(user).len()),
        Way::new("copying the text", || {
            data::FILTERS.iter().map(|text| black_box((*text).to_owned()).len()).sum()
        }),
    );
    let per = |users: usize| (users * data::FILTERS.len(), STORED * data::FILTERS.len());
    table.add_scaled(
        "filter: 8 over trees",
        per(USERS),
        Way::new("matches", || {
            parsed.iter().map(|user| tests.iter().filter(|test| test.matches(&user)).count()).sum()
        }),
        lines(),
    );
    table.add_scaled(
        "filter: 8 over 100,000 texts",
        per(STORED),
        Way::new("matches", || {
            let found = |test: &BoundFilter| {
                stored.iter().filter(|text| test.matches(&Raw::new(text))).count()
            };
            tests.iter().map(found).sum()
        }),
        lines(),
    );
    let taped: Vec<Document<'w>> = plain.iter().map(|text| document(user, text)).collect();
    table.add_scaled(
        "filter: 8 over tapes",
        per(USERS),
        Way::new("matches", move || {
            taped.iter().map(|user| tests.iter().filter(|test| user.matches(test)).count()).sum()
        }),
        lines(),
    );
}
