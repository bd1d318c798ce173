//! What the shared vectors cannot see: help, hostile sizes, agreement of parsing and printing.

use super::*;
use crate::error::{Code, Span};
use crate::profile::Quirk;
use crate::schema::builtin;
use crate::value::read;

fn error(text: &str, profile: Profile) -> Error {
    let parsed = Filter::parse(text, profile, &Limits::DEFAULT);
    parsed.and_then(|filter| filter.bind(&builtin::user())).expect_err(text)
}

fn help(text: &str) -> String {
    error(text, Profile::STRICT).issue().help().unwrap_or_default()
}

#[test]
fn operators_are_read_as_they_are_written() {
    for operator in Operator::ALL {
        for text in [operator.as_str().to_owned(), operator.as_str().to_uppercase()] {
            assert_eq!(Operator::parse(&text), Some(*operator));
        }
    }
    assert!(["", "e", "pr", "eqq", "=="].into_iter().all(|text| Operator::parse(text).is_none()));
}

#[test]
fn help_names_what_was_meant() {
    let enterprise = crate::schema::ENTERPRISE_USER;
    for (text, expected) in [
        ("usreName pr", "did you mean `userName`?".to_owned()),
        ("name.giveName pr", "did you mean `givenName`?".to_owned()),
        ("emails[tpye eq \"work\"]", "did you mean `type`?".to_owned()),
        ("emails[type eq \"work\" and vlaue pr]", "did you mean `value`?".to_owned()),
        ("department pr", format!("did you mean `{enterprise}:department`?")),
        (&format!("{enterprise}:departmnt pr"), "did you mean `department`?".to_owned()),
        ("name eq \"x\"", "name one, such as `name.formatted`".to_owned()),
        (
            &format!("{enterprise} eq \"x\""),
            format!("name one, such as `{enterprise}:employeeNumber`"),
        ),
        ("title gt null", "null goes with eq and ne alone".to_owned()),
        (
            "meta.created gt \"2026-03-01\"",
            "write a date and time such as \"2026-03-01T09:30:00Z\"".to_owned(),
        ),
        ("active eq \"true\"", "write true or false, without quotes".to_owned()),
        ("title == \"x\"", "operators: eq ne co sw ew gt ge lt le pr".to_owned()),
        ("title like \"x\"", "operators: eq ne co sw ew gt ge lt le pr".to_owned()),
    ] {
        assert_eq!(help(text), expected, "{text}");
    }
}

#[test]
fn a_span_never_parts_a_character() {
    let hostile = [
        "é",
        "é eq 1",
        "title é",
        "title é 1",
        "title eq é",
        "title eq \"é",
        "title eq \"é\\é\"",
        "title eq \"é\\u12é\"",
        "title eq 'é",
        "emails[é",
        "emails[type eq \"é\"]é",
        "emails[type eq \"é\"].é pr",
        "(é",
        "not é",
        "not (é)",
        "title\u{a0}eq \"x\"",
        "title eq \"x\"\u{2003}and title pr",
        "\u{feff}title pr",
        "title eq \u{1}",
        "title\npr",
        "emails[é[",
        "😀[😀]",
        "title eq \"\\ud83d\\u00e9\"",
        "é.é.é pr",
        "urn:é:User:title pr",
    ];
    for profile in [Profile::STRICT, Profile::RFC, Profile::LENIENT] {
        for text in hostile {
            let parsed = Filter::parse(text, profile, &Limits::DEFAULT);
            let Err(error) = parsed.and_then(|filter| filter.bind(&builtin::user())) else {
                continue;
            };
            let Span { start, end } = error.issue().span.expect(text);
            assert!(text.get(start..end).is_some(), "{text}: {start} to {end}");
        }
    }
}

#[test]
fn size_and_depth_are_bounded_before_anything_is_built() {
    let wide = vec!["title pr"; 256].join(" or ");
    assert!(Filter::parse(&wide, Profile::STRICT, &Limits::DEFAULT).is_ok());
    for (text, code) in [
        ("(".repeat(8_000), Code::FilterTooDeep),
        ("not ".repeat(2_000), Code::FilterTooDeep),
        ("not(".repeat(2_000), Code::FilterTooDeep),
        (format!("{wide} or title pr"), Code::FilterTooManyTerms),
        ("a".repeat(10_000), Code::FilterTooLong),
    ] {
        assert_eq!(error(&text, Profile::LENIENT).code(), code);
    }
}

#[test]
fn what_is_printed_is_read_again_as_the_same() {
    for text in [
        "a pr and (b pr or c pr) and d pr",
        "not (not (a pr)) or b pr",
        "NOT a pr and b eq bare",
        "a eq 'o\"neil'",
        "emails[type eq \"work\" or primary eq TRUE].value sw \"é\\n\\\\\"",
        "x[(a pr)].b ne NULL",
        "pr pr or not eq 1e+2",
        "urn:a:b:1.0:C:d.e co \"\\u2028\\u0000\"",
        "a pr or (b pr or (c pr and (d pr and e pr)))",
    ] {
        let printed =
            Filter::parse(text, Profile::LENIENT, &Limits::DEFAULT).expect(text).to_string();
        let again = Filter::parse(&printed, Profile::STRICT, &Limits::DEFAULT).expect(&printed);
        assert_eq!(again.to_string(), printed, "{text}");
        assert!(again.trace.entries().is_empty());
    }
}

#[test]
fn a_tolerance_that_is_off_is_never_used() {
    // Each needs exactly one quirk: with it alone the filter is accepted, without it refused.
    for (text, quirk) in [
        (" title pr", Quirk::FilterBlanks),
        ("title eq\"x\"", Quirk::FilterBlanks),
        ("title eq NULL", Quirk::LiteralCase),
        ("not title pr", Quirk::BareNot),
        ("title eq x", Quirk::BareLiteral),
        ("title eq 'x'", Quirk::BareLiteral),
        ("emails[type pr].value pr", Quirk::ValuePathComparison),
        ("shoeSize pr", Quirk::UnknownInFilter),
        ("emails[size pr]", Quirk::UnknownInFilter),
        ("department pr", Quirk::UnqualifiedExtension),
        ("active eq \"True\"", Quirk::BooleanText),
        ("title eq 7", Quirk::NumberToString),
    ] {
        let bound =
            |profile| Filter::parse(text, profile, &Limits::DEFAULT)?.bind(&builtin::user());
        assert!(bound(Profile::STRICT).is_err(), "{text}");
        let trace = bound(Profile::STRICT.with(quirk)).expect(text).trace;
        assert!(
            trace.entries().iter().all(|bent| bent.quirk == quirk) && !trace.entries().is_empty(),
            "{text}"
        );
        assert!(
            bound(Profile::LENIENT.without(quirk).without(Quirk::UnknownInFilter)).is_err(),
            "{text}"
        );
    }
}

#[test]
fn a_group_of_a_hundred_thousand_members_is_searched_quickly() {
    let members: Vec<String> =
        (0..100_000).map(|index| format!("{{\"value\":\"u-{index}\"}}")).collect();
    let text = format!("{{\"members\":[{}]}}", members.join(","));
    let group = read(&text).expect("JSON");
    let matches = |filter: &str| {
        let filter = Filter::parse(filter, Profile::STRICT, &Limits::DEFAULT).expect(filter);
        filter.bind(&builtin::group()).expect("bound").matches(&&group)
    };
    assert!(matches("members[value eq \"u-99999\" and $ref eq null]"));
    assert!(!matches("members eq \"u-100000\""));
}
