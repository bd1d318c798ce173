//! Schema documents as third parties write them.

use super::*;
use crate::error::Code;
use crate::value::{Value, read};

fn issues(text: &str) -> Vec<(Code, String)> {
    let issues = Schema::from_value(&read(text).expect(text)).expect_err(text);
    issues.into_iter().map(|issue| (issue.code, issue.pointer.to_string())).collect()
}

fn compiled(resource_type: &str, schemas: &[&str]) -> Result<Compiled, Vec<String>> {
    let resource_type =
        ResourceType::from_value(&read(resource_type).expect("JSON")).expect("a resource type");
    let schemas: Vec<Schema> = schemas
        .iter()
        .map(|text| Schema::from_value(&read(text).expect("JSON")).expect("a schema"))
        .collect();
    Compiled::new(resource_type, &schemas)
        .map_err(|issues| issues.iter().map(|issue| issue.pointer.to_string()).collect())
}

#[test]
fn missing_characteristics_take_their_defaults_and_unknown_members_stay() {
    let text = r#"{"id": "urn:acme:schemas:Kiln", "vendor": {"rev": 7}, "meta": {"version": "W/\"1\""},
        "attributes": [{"name": "lit", "type": "Boolean", "caseExact": true, "x-label": "Lit?"},
            {"name": "maker", "multiValued": null, "subAttributes": []},
            {"name": "parts", "type": "complex", "subAttributes": [{"name": "$ref", "type": "reference", "x-order": 2}]}]}"#;
    let schema = Schema::from_value(&read(text).unwrap()).unwrap();
    assert_eq!(&*schema.name, "Kiln");
    let [lit, maker, parts] = schema.attributes.as_slice() else { panic!("three attributes") };
    assert_eq!(
        (lit.kind, maker.kind, maker.mutability),
        (Kind::Boolean, Kind::String, Mutability::ReadWrite)
    );
    assert_eq!(
        (maker.returned, maker.uniqueness, maker.required),
        (Returned::Default, Uniqueness::None, false)
    );
    assert!(parts.sub_attributes[0].case_exact);

    let written = schema.to_value();
    assert_eq!(
        written.get("vendor").and_then(|vendor| vendor.get("rev")),
        Some(&Value::integer(7))
    );
    assert_eq!(written.get("meta"), None, "the server's own matter");
    let attributes = written.get("attributes").and_then(Value::as_array).unwrap();
    assert_eq!(attributes[0].get("x-label"), Some(&Value::from("Lit?")));
    assert_eq!(attributes[0].get("caseExact"), Some(&Value::Bool(true)));
    assert_eq!(Schema::from_value(&written).unwrap(), schema, "read again it is the same");
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_place() {
    let with = |attribute: &str| {
        format!(r#"{{"id": "urn:a:b", "attributes": [{{"name": "ok"}}, {attribute}]}}"#)
    };
    for (attribute, code, pointer) in [
        (r#"{"name": "OK"}"#, Code::InvalidSchema, "/attributes/1/name"),
        (r#"{"name": "1st"}"#, Code::InvalidSchema, "/attributes/1/name"),
        (r#"{"type": "string"}"#, Code::InvalidSchema, "/attributes/1/name"),
        (r#"{"name": "n", "type": "text"}"#, Code::InvalidSchema, "/attributes/1/type"),
        (r#"{"name": "n", "required": "yes"}"#, Code::InvalidSchema, "/attributes/1/required"),
        (
            r#"{"name": "n", "type": "string", "subAttributes": [{"name": "x"}]}"#,
            Code::InvalidSchema,
            "/attributes/1/subAttributes",
        ),
        (
            r#"{"name": "n", "type": "complex", "subAttributes": [{"name": "x", "type": "complex"}]}"#,
            Code::NestedComplex,
            "/attributes/1/subAttributes/0",
        ),
        (
            r#"{"name": "n", "canonicalValues": [1]}"#,
            Code::InvalidSchema,
            "/attributes/1/canonicalValues",
        ),
        ("7", Code::InvalidSchema, "/attributes/1"),
    ] {
        assert_eq!(issues(&with(attribute)), [(code, pointer.to_owned())], "{attribute}");
    }
    assert_eq!(issues(r#"{"attributes": []}"#), [(Code::InvalidSchema, "/id".to_owned())]);
    assert_eq!(issues("[]"), [(Code::InvalidSchema, String::new())]);
}

#[test]
fn common_attributes_win_and_extensions_keep_apart() {
    let kiln = r#"{"id": "urn:a:Kiln", "attributes": [{"name": "ID", "type": "integer"}, {"name": "heat", "type": "decimal"},
        {"name": "hollow", "type": "complex"}]}"#;
    let more = r#"{"id": "urn:a:Kiln:more", "attributes": [{"name": "heat", "type": "string"}, {"name": "id", "type": "string"}]}"#;
    let kilns = r#"{"name": "Kiln", "endpoint": "Kilns", "schema": "URN:A:KILN", "schemaExtensions": [{"schema": "urn:a:Kiln:more"}]}"#;
    let compiled = compiled(kilns, &[kiln, more]).unwrap();
    assert_eq!(&*compiled.resource_type().endpoint, "/Kilns");
    let id = compiled.child(AttrId::ROOT, "id").unwrap();
    assert_eq!((id.kind, id.role), (Kind::String, Role::Common));
    let at =
        |path: &str| match crate::path::resolve(&compiled, path, crate::profile::Profile::STRICT) {
            crate::path::Resolved::Attribute(id) => compiled.attribute(id).kind,
            other => panic!("{path}: {other:?}"),
        };
    assert_eq!(
        (at("heat"), at("urn:a:kiln:heat"), at("urn:a:kiln:MORE:heat")),
        (Kind::Decimal, Kind::Decimal, Kind::String)
    );
    assert_eq!(at("urn:a:Kiln:more:id"), Kind::String);
}

#[test]
fn a_resource_type_names_each_schema_once_and_only_those_that_are_there() {
    let kiln = r#"{"id": "urn:a:Kiln", "attributes": []}"#;
    let twice = r#"{"name": "Kiln", "endpoint": "/Kilns", "schema": "urn:a:Kiln",
        "schemaExtensions": [{"schema": "urn:a:none"}, {"schema": "URN:A:KILN"}]}"#;
    assert_eq!(
        compiled(twice, &[kiln]).unwrap_err(),
        ["/schemaExtensions/0/schema", "/schemaExtensions/1/schema"]
    );
    let bad =
        ResourceType::from_value(&read(r#"{"endpoint": 7, "schema": "urn:a:Kiln"}"#).unwrap())
            .unwrap_err();
    let found: Vec<String> = bad.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "invalid-resource-type at /name: this is not a resource type: `name` is required, as text",
            "invalid-resource-type at /endpoint: this is not a resource type: `endpoint` is required, as text",
        ]
    );
}

#[test]
fn a_very_wide_schema_is_refused_quickly() {
    let mut schema =
        Schema::from_value(&read(r#"{"id": "urn:a:Wide", "attributes": []}"#).unwrap()).unwrap();
    schema.attributes =
        (0..300_000).map(|index| Attribute::new(&format!("a{index}"), Kind::String)).collect();
    let issues =
        Compiled::new(ResourceType::new("Wide", "/Wide", "urn:a:Wide"), &[schema]).unwrap_err();
    assert_eq!(issues.len(), 1);
}
