//! The same over tables of somebody else's: what was read of their rows is what filters are about.

use std::fmt::Write as _;

use scimforge::api::MappedSql;
use scimforge::profile::Unknown;
use scimforge::project::Projection;
use scimforge::protocol::{Key, StoreOp};
use scimforge_tests::postgres::Postgres;
use serde_json::json;

use super::postgres::{END, answers, execute};
use super::*;

const BADGE: &str = "urn:example:Badge";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn config() -> Value {
    json!({
        "resourceTypes": [{
            "name": "User", "endpoint": "/Users", "schema": "urn:ietf:params:scim:schemas:core:2.0:User",
            "schemaExtensions": [{ "schema": ENTERPRISE, "required": false }, { "schema": BADGE, "required": false }],
        }],
        "schemas": [{
            "id": BADGE, "name": "Badge", "attributes": [
                { "name": "level", "type": "decimal" },
                { "name": "codes", "type": "string", "multiValued": true, "caseExact": true },
                { "name": "until", "type": "dateTime" },
            ],
        }],
    })
}

const TABLE: &str = "CREATE TABLE people (key text PRIMARY KEY, org text NOT NULL, login text, enabled boolean, \
    family varchar(400), external text, made timestamptz, until timestamp, department text, manager text, mail text, \
    role text, more jsonb); CREATE INDEX ON people (lower(login)); CREATE INDEX ON people USING gin ((more -> '#') jsonb_path_ops);";

/// Much in columns, and lists in the rest.
fn with_rest() -> Value {
    json!({ "User": {
        "table": "people",
        "tenant": { "column": "org", "kind": "text" },
        "rest": { "column": "more", "kind": "jsonb" },
        "attributes": {
            "id": { "column": "key", "kind": "text" },
            "userName": { "column": "login", "kind": "text", "fold": "lower", "unique": true },
            "active": { "column": "enabled", "kind": "bool" },
            "name.familyName": { "column": "family", "kind": "text" },
            "externalId": { "column": "external", "kind": "text" },
            "meta.created": { "column": "made", "kind": "ts" },
            (format!("{BADGE}:until")): { "column": "until", "kind": "ts", "utc": true },
            (format!("{ENTERPRISE}:department")): { "column": "department", "kind": "text" },
            (format!("{ENTERPRISE}:manager.value")): { "column": "manager", "kind": "text" },
        },
    } })
}

/// Lists that are made of columns.
fn with_elements() -> Value {
    json!({ "User": {
        "table": "people",
        "tenant": { "column": "org", "kind": "text" },
        "rest": { "column": "more", "kind": "jsonb" },
        "attributes": {
            "id": { "column": "key", "kind": "text" },
            "userName": { "column": "login", "kind": "text", "fold": "stored" },
            "title": { "constant": "work" },
            "emails": { "elements": [
                { "value": { "column": "mail", "kind": "text" }, "type": "work", "primary": { "column": "enabled", "kind": "bool" } },
                { "value": { "column": "family", "kind": "text" }, "type": "a" },
            ] },
            "roles": { "elements": [{ "value": { "column": "role", "kind": "text" } }] },
        },
    } })
}

/// The path of an attribute, taken out.
fn without(document: &mut Value, path: &str) {
    let (parent, name) = match path.rsplit_once(':') {
        Some((urn, name)) => (document.get_mut(urn), name),
        None => (Some(document), path),
    };
    let Some(parent) = parent.and_then(Value::as_object_mut) else { return };
    match name.split_once('.') {
        None => {
            parent.shift_remove(name);
        }
        Some((first, second)) => {
            match parent.get_mut(first).and_then(Value::as_object_mut) {
                Some(inner) => inner.shift_remove(second),
                None => parent.shift_remove(first),
            };
        }
    }
}

/// What writes a document, without what the table has no place for.
fn insert(sql: &MappedSql, document: &Document) -> (String, Vec<Param>) {
    let mut resource: Value = serde_json::from_str(&to_text(&document.resource)).unwrap();
    for _ in 0..20 {
        let operation = StoreOp::Insert {
            key: Key { tenant: "t".into(), resource_type: "User".into(), id: document.id().into() },
            document: Document::new(read(&resource.to_string()).unwrap().into_owned()),
            unique: Vec::new(),
            password: None,
            event: None,
        };
        let change = sql.change(&to_text(&operation.to_value()), None).unwrap();
        let change: Value = serde_json::from_str(&change).unwrap();
        match change["result"]["notStorable"].as_str() {
            Some(path) => without(&mut resource, path),
            None => return statement(&change["steps"][0]),
        }
    }
    panic!("{resource}")
}

fn statement(value: &Value) -> (String, Vec<Param>) {
    let param = |param: &Value| match param {
        Value::String(text) => Param::Text(text.as_str().into()),
        number => Param::Integer(number.as_i64().unwrap()),
    };
    let params = value["params"].as_array().unwrap().iter().map(param).collect();
    (value["text"].as_str().unwrap_or_else(|| panic!("{value}")).to_owned(), params)
}

fn documents(sql: &MappedSql, records: &[Vec<String>]) -> Vec<Document> {
    let rows: Vec<&str> = records.iter().map(|record| record[0].as_str()).collect();
    let text = sql.documents("User", &format!("[{}]", rows.join(","))).unwrap();
    let Ok(scimforge::value::Value::Array(all)) = read(&text) else { panic!("{text}") };
    all.into_iter().map(|one| Document::new(one.into_owned())).collect()
}

fn found(sql: &MappedSql, records: &[Vec<String>]) -> Vec<String> {
    documents(sql, records).iter().map(|document| document.id().to_owned()).collect()
}

struct Asked {
    text: (String, Vec<Param>),
    count: Option<(String, Vec<Param>)>,
    exact: bool,
}

fn asked(sql: &MappedSql, plan: &QueryPlan) -> Asked {
    let program = sql.program(&to_text(&StoreOp::Query(plan.clone()).to_value())).unwrap();
    let program: Value = serde_json::from_str(&program).unwrap();
    Asked {
        text: statement(&program["queries"][0]),
        count: program.get("count").map(statement),
        exact: program["exact"].as_bool().unwrap(),
    }
}

/// In the form in which the engine writes. No identifier holds a NUL: this table could not.
fn named(user: &Compiled, documents: &[Value]) -> Vec<Document> {
    let all = Projection::all().keeping(Profile::LENIENT.with_unknown(Unknown::Keep));
    made(documents)
        .into_iter()
        .map(|mut document| {
            let id = document.id().replace('\0', "nul");
            let resource = document.resource_mut().as_object_mut().unwrap();
            resource.insert("id", id.into());
            Document::new(all.apply(user, &document.resource))
        })
        .collect()
}

fn inspected(postgres: &Postgres, mapping: &Value) -> MappedSql {
    let mut sql = MappedSql::new(&config().to_string(), &mapping.to_string()).unwrap();
    let inspection: Value = serde_json::from_str(&sql.inspection()).unwrap();
    let mut script = String::new();
    let (text, params) = statement(&inspection);
    execute(&mut script, &text, &params);
    let answer = answers(&postgres.run(&script));
    assert!(answer[0][0][0].contains("\"usualLower\" : true"), "{}", answer[0][0][0]);
    assert_eq!(sql.inspected(&answer[0][0][0]).unwrap(), "[]");
    sql
}

fn check(postgres: &Postgres, mapping: &Value, cases: u32, exactly: usize) {
    let user = user();
    let sql = inspected(postgres, mapping);
    let counts = std::cell::Cell::new((0_usize, 0_usize));
    runner(cases)
        .run(&questions(40), |(documents_given, questions)| {
            let mut script = "TRUNCATE people;\n".to_owned();
            let given = named(&user, &documents_given);
            for document in &given {
                let (text, params) = insert(&sql, document);
                execute(&mut script, &text, &params);
            }
            let everybody = scimforge::filter::attribute("id").unwrap().pr();
            let all = planned(&user, &everybody, None, false, 0);
            let all = all.map(|plan| QueryPlan { limit: 100, filter: None, ..plan }).unwrap();
            let (text, params) = asked(&sql, &all).text;
            execute(&mut script, &text, &params);
            let output = answers(&postgres.run(&script));
            let documents = documents(&sql, output.last().unwrap());
            prop_assert_eq!(documents.len(), given.len());
            let plans: Vec<QueryPlan> = questions
                .iter()
                .filter_map(|(expression, sort, descending, offset)| {
                    planned(&user, expression, *sort, *descending, *offset)
                })
                .collect();
            let queries: Vec<Asked> = plans.iter().map(|plan| asked(&sql, plan)).collect();
            // Tables as small as these are not worth compiling queries for.
            let mut script = "SET jit = off;\n".to_owned();
            for (at, asked) in queries.iter().enumerate() {
                let scan = if at % 2 == 0 { "on" } else { "off" };
                let _ = writeln!(script, "SET enable_seqscan = {scan};");
                execute(&mut script, &asked.text.0, &asked.text.1);
                match &asked.count {
                    Some((text, params)) => execute(&mut script, text, params),
                    None => {
                        let _ = writeln!(script, "SELECT 0;\n\\echo {END}");
                    }
                }
            }
            let output = answers(&postgres.run(&script));
            let mut script = String::new();
            let mut pages = Vec::new();
            for ((plan, asked_of), answer) in plans.iter().zip(&queries).zip(output.chunks(2)) {
                let all = expected(plan, &documents);
                let ids = found(&sql, &answer[0]);
                let about = format!("{}\n{:?}", plan.filter.as_ref().unwrap(), asked_of.text);
                let (exact, residual) = counts.get();
                if !asked_of.exact {
                    counts.set((exact, residual + 1));
                    prop_assert!(all.iter().all(|id| ids.contains(id)), "{}", about);
                    continue;
                }
                counts.set((exact + 1, residual));
                prop_assert_eq!(&ids, &page(&all, plan.offset), "{}", about);
                prop_assert_eq!(&answer[1][0][0], &all.len().to_string(), "{}", about);
                if let Some(next) = behind(plan, &documents, &ids) {
                    let next = asked(&sql, &next);
                    if next.exact {
                        execute(&mut script, &next.text.0, &next.text.1);
                        pages.push((page(&all, plan.offset + ids.len()), next.text.0));
                    }
                }
            }
            let output = postgres.run(&script);
            for ((wanted, text), answer) in pages.iter().zip(answers(&output)) {
                prop_assert_eq!(&found(&sql, &answer), wanted, "{}", text);
            }
            Ok(())
        })
        .unwrap();
    let (exact, residual) = counts.get();
    println!("{exact} filters were exact over columns, {residual} left something");
    assert!(exact > residual * exactly);
}

#[test]
fn tables_of_others_are_asked_as_the_evaluator_would() {
    let Some(postgres) = Postgres::start() else {
        println!("PostgreSQL is not installed: not run");
        return;
    };
    postgres.run(TABLE);
    check(&postgres, &with_rest(), 32, 3);
    check(&postgres, &with_elements(), 24, 1);
}

/// Names in spellings of which only some are equal by case.
const NAMES: [&str; 14] = [
    "rosa",
    "ROSA",
    "\u{FF32}osa",
    "\u{E5}se",
    "\u{C5}SE",
    "A\u{30A}se",
    "\u{212B}se",
    "J\u{30C}\u{E9}",
    "\u{1F0}e\u{301}",
    "\u{FF76}\u{FF9E}",
    "\u{30AC}",
    "\u{130}da",
    "i\u{307}da",
    "\u{3A3}\u{3C2}",
];

/// What is written in any spelling is found by every other, through the index or without it.
#[test]
fn names_in_columns_are_found_in_all_their_spellings() {
    let Some(postgres) = Postgres::start() else {
        println!("PostgreSQL is not installed: not run");
        return;
    };
    postgres.run(TABLE);
    let user = user();
    let mut unfolded = with_rest();
    unfolded["User"]["attributes"]["userName"] = json!({ "column": "login", "kind": "text" });
    let given: Vec<Value> = NAMES.iter().map(|name| json!({ "userName": name })).collect();
    let words = NAMES.iter().flat_map(|name| {
        ["eq", "ne", "co", "sw", "ew", "ge"].map(|operator| {
            let literal = Value::from(*name);
            Filter::parse(
                &format!("userName {operator} {literal}"),
                Profile::STRICT,
                &Limits::DEFAULT,
            )
            .unwrap()
        })
    });
    let filters: Vec<Filter> = words.collect();
    for mapping in [with_rest(), with_elements(), unfolded] {
        let sql = inspected(&postgres, &mapping);
        let mut script = "TRUNCATE people;\n".to_owned();
        let given = named(&user, &given);
        for document in &given {
            let (text, params) = insert(&sql, document);
            execute(&mut script, &text, &params);
        }
        let plans = filters.iter().map(|filter| {
            let plan = planned(&user, &filter.expression, None, false, 0).unwrap();
            QueryPlan { limit: 100, ..plan }
        });
        let plans: Vec<QueryPlan> = plans.collect();
        for plan in &plans {
            let (text, params) = asked(&sql, plan).text;
            execute(&mut script, &text, &params);
        }
        let output = answers(&postgres.run(&script));
        for (plan, records) in plans.iter().zip(&output[given.len()..]) {
            let mut ids = found(&sql, records);
            let mut wanted = expected(plan, &given);
            ids.sort();
            wanted.sort();
            assert_eq!(ids, wanted, "{}", plan.filter.as_ref().unwrap());
        }
    }
}
