//! Migrates the demo export and the bad inputs in `tests/data`.
#![cfg(feature = "migrate")]
#![expect(clippy::unwrap_used, reason = "a test that fails should panic")]

use std::collections::HashSet;
use std::path::Path;

use scimforge::error::Severity;
use scimforge::migrate::{
    Format, Kind, Migrated, Migration, Options, Outcome, POSIX_SCHEMA, convert_all,
};
use scimforge::schema::{Compiled, Schema, builtin};
use scimforge::validate;
use scimforge::value::{Value, read, to_text};

fn input(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data");
    std::fs::read(folder.join(name)).unwrap()
}

fn acme() -> Migrated {
    let options = read("{\"now\":\"2026-03-01T09:30:00Z\"}").unwrap();
    let options = Options::from_value(&options).unwrap();
    convert_all(Format::Ldif, &input("acme.ldif"), options).unwrap()
}

#[test]
fn acme_is_accounted_for() {
    let migrated = acme();
    let report = &migrated.report;
    assert_eq!(report.converted(Kind::User), 250);
    assert_eq!(report.converted(Kind::Group), 20);
    let codes: Vec<&str> =
        report.rejections().iter().map(|rejection| rejection.issue.code.as_str()).collect();
    assert_eq!(codes, ["ldif-base64", "ldif-no-dn", "ldif-utf8", "incomplete-range"]);
    assert_eq!(report.read(), 250 + 20 + report.skipped() + report.rejected());
    let data = report.to_value();
    let warnings = data.get("warnings").and_then(Value::as_array).unwrap();
    assert_eq!(warnings.len(), 1, "{}", to_text(&data));
    let skipped = to_text(data.get("skipped").unwrap());
    assert_eq!(
        skipped,
        "{\"account\":3,\"computer\":1,\"contact\":1,\"organization\":1,\"organizationalUnit\":3}"
    );
    let inactive = to_text(data.get("inactive").unwrap());
    assert_eq!(
        inactive,
        "{\"accountExpires\":2,\"pwdAccountLockedTime\":4,\"userAccountControl\":7}"
    );
}

#[test]
fn what_comes_out_is_what_the_schemas_say() {
    let posix = Schema::from_value(&read(POSIX_SCHEMA).unwrap()).unwrap();
    let user_type = builtin::user_type().extended(&posix.id, false);
    let mut schemas = builtin::schemas().to_vec();
    schemas.push(posix);
    let user = Compiled::new(user_type, &schemas).unwrap();
    let group = builtin::group();
    let options = validate::Options { mode: validate::Mode::Import, ..Default::default() };
    for resource in acme().resources() {
        let compiled = if resource.kind == Kind::User { &user } else { &*group };
        let issues = validate::issues(compiled, &&resource.resource, &options);
        let error = issues.iter().find(|issue| issue.severity != Severity::Advice);
        assert_eq!(error.map(ToString::to_string), None, "{}", resource.line);
    }
}

#[test]
fn every_reference_is_the_key_of_a_resource() {
    let migrated = acme();
    let keys: HashSet<&str> = migrated.resources().map(|resource| resource.key.as_str()).collect();
    assert_eq!(keys.len(), 270);
    let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    let mut references = 0;
    for resource in migrated.resources() {
        let manager = resource.resource.get(enterprise).and_then(|it| it.get("manager"));
        let members = resource.resource.get("members").and_then(Value::as_array);
        for reference in members.unwrap_or_default().iter().chain(manager) {
            let key = reference.get("value").and_then(Value::as_str).unwrap();
            assert!(keys.contains(key), "{key}");
            references += 1;
        }
    }
    assert!(references > 600, "{references}");
}

#[test]
fn passwords_leave_no_trace() {
    let migrated = acme();
    let mut everything = to_text(&migrated.report.to_value());
    for outcome in &migrated.outcomes {
        everything.push_str(&to_text(&outcome.to_value()));
    }
    for secret in ["correct horse", "{SSHA}", "userPassword:"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    let passwords = to_text(migrated.report.to_value().get("passwords").unwrap());
    assert_eq!(passwords, "{\"SSHA\":76,\"clear\":19}");
}

#[test]
fn the_report_names_no_person() {
    let report = to_text(&acme().report.to_value());
    for word in ["acme.test", "dc=", "Bergen", "uid=", "w001"] {
        assert!(!report.contains(word), "{word}");
    }
}

#[test]
fn pieces_do_not_change_the_outcome() {
    let bytes = input("acme.ldif");
    let whole = convert_all(Format::Ldif, &bytes, Options::default()).unwrap();
    for size in [1, 61, 4096] {
        let mut migration = Migration::new(Format::Ldif, Options::default());
        bytes.chunks(size).for_each(|piece| migration.scan(piece));
        migration.end_scan().unwrap();
        let mut outcomes = Vec::new();
        for piece in bytes.chunks(size) {
            migration.convert(piece);
            outcomes.extend(std::iter::from_fn(|| migration.next_outcome()));
        }
        migration.end_convert();
        outcomes.extend(std::iter::from_fn(|| migration.next_outcome()));
        assert_eq!(outcomes, whole.outcomes);
        assert_eq!(migration.report().to_value(), whole.report.to_value());
    }
}

#[test]
fn bad_inputs_are_told_and_cost_what_is_bad() {
    let migrate = |name: &str| convert_all(Format::Ldif, &input(name), Options::default());
    for name in ["bad/empty.ldif", "bad/not-ldif.json"] {
        assert_eq!(migrate(name).unwrap_err().code().as_str(), "no-records", "{name}");
    }
    for (name, code) in [
        ("bad/truncated.ldif", "ldif-truncated"),
        ("bad/invalid-utf8.ldif", "ldif-utf8"),
        ("bad/broken-base64.ldif", "ldif-base64"),
        ("bad/file-url.ldif", "ldif-url"),
    ] {
        let migrated = migrate(name).unwrap();
        assert_eq!(migrated.resources().count(), 1, "{name}");
        let rejected = migrated.outcomes.iter().find_map(|outcome| match outcome {
            Outcome::Rejected { issue, .. } => Some(issue.code.as_str()),
            _ => None,
        });
        assert_eq!(rejected, Some(code), "{name}");
    }
}
