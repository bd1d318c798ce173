//! What SQL finds is what the evaluator finds: random filters over random resources, in `SQLite`
//! and, where it is installed, in `PostgreSQL`.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rusqlite::{Connection, params_from_iter, types::Value as Cell};
use scimforge::filter::{Attribute, Expression, Filter, Literal, Operator, attribute};
use scimforge::limits::Limits;
use scimforge::profile::{Profile, Trace};
use scimforge::protocol::{After, Document, PlannedType, QueryPlan};
use scimforge::schema::{Compiled, builtin};
use scimforge::sort::{Sort, by_keys};
use scimforge::sql::{
    Dialect, Mapping, Param, SqlQuery, indexes, looked_up, query, shadow, tables,
};
use scimforge::value::{Number, read, to_text};
use serde_json::{Value, json};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Few words, so that filters and documents often agree; what databases take ill among them.
const WORDS: [&str; 16] = [
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

fn expression() -> impl Strategy<Value = Expression> {
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

fn document() -> impl Strategy<Value = Value> {
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

fn user() -> Arc<Compiled> {
    use scimforge::schema::{ResourceType, Schema, SchemaExtension};
    let badge = Schema::from_value(&read(r#"{"id": "urn:example:Badge", "name": "Badge", "attributes": [
        {"name": "level", "type": "decimal"}, {"name": "codes", "type": "string", "multiValued": true, "caseExact": true},
        {"name": "until", "type": "dateTime"}]}"#).unwrap()).unwrap();
    let mut kind: ResourceType = builtin::user().resource_type().clone();
    kind.schema_extensions
        .push(SchemaExtension { schema: "urn:example:Badge".into(), required: false });
    let mut schemas: Vec<Schema> = builtin::schemas().to_vec();
    schemas.push(badge);
    Arc::new(Compiled::new(kind, &schemas).unwrap())
}

const SORTS: [Option<&str>; 10] = [
    None,
    Some("userName"),
    Some("emails"),
    Some("emails.type"),
    Some("active"),
    Some("urn:example:Badge:level"),
    Some("urn:example:Badge:until"),
    Some("name.familyName"),
    Some("roles.primary"),
    Some("id"),
];

fn planned(
    user: &Arc<Compiled>,
    expression: &Expression,
    sort: Option<&str>,
    descending: bool,
    offset: usize,
) -> Option<QueryPlan> {
    let filter = Filter::new(expression, Profile::LENIENT, &Limits::DEFAULT).unwrap();
    let bound = filter.bind(user).ok()?;
    let order =
        sort.and_then(|by| Sort::new(user, by, Profile::LENIENT, &mut Trace::new()).unwrap());
    Some(QueryPlan {
        tenant: "t".into(),
        types: vec![PlannedType { compiled: user.clone(), filter: Some(bound), sort: order }],
        filter: Some(filter),
        equal: None,
        sort_by: sort.map(Into::into),
        descending,
        after: None,
        offset,
        limit: 3,
        need_total: true,
    })
}

/// What the evaluator says: all that match, in order.
fn expected(plan: &QueryPlan, documents: &[Document]) -> Vec<String> {
    let matching: Vec<&Document> =
        documents.iter().filter(|document| plan.matches(document)).collect();
    let keys: Vec<_> = matching
        .iter()
        .map(|document| (plan.key_of(&plan.types[0], &document.resource), document.id()))
        .collect();
    by_keys(&keys, plan.descending).into_iter().map(|at| matching[at].id().to_owned()).collect()
}

fn made(documents: &[Value]) -> Vec<Document> {
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

fn id_of(json: &str) -> String {
    read(json).unwrap().get("id").unwrap().as_str().unwrap().to_owned()
}

/// The same question about the page behind the last of these.
fn behind(plan: &QueryPlan, documents: &[Document], found: &[String]) -> Option<QueryPlan> {
    let last = documents
        .iter()
        .find(|document| Some(document.id()) == found.last().map(String::as_str))?;
    let after = After {
        key: plan.key_of(&plan.types[0], &last.resource),
        resource_type: "User".into(),
        id: last.id().into(),
    };
    Some(QueryPlan { after: Some(Box::new(after)), ..plan.clone() })
}

struct Sqlite(Connection);

impl Sqlite {
    fn new(user: &Arc<Compiled>) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&tables(Dialect::Sqlite, &Mapping::default())).unwrap();
        connection
            .execute_batch(&indexes(
                Dialect::Sqlite,
                &Mapping::default(),
                std::slice::from_ref(user),
            ))
            .unwrap();
        Self(connection)
    }

    fn fill(&self, user: &Compiled, documents: &[Document]) {
        self.0.execute_batch("BEGIN; DELETE FROM document;").unwrap();
        self.0.execute_batch("DELETE FROM value;").unwrap();
        for (row, document) in (0_i64..).zip(documents) {
            self.0
                .execute(
                    "INSERT INTO document VALUES (?1, 't', 'User', ?2, 'v', ?3, jsonb(?4))",
                    rusqlite::params![
                        row,
                        scimforge::sql::without_nul(document.id()),
                        to_text(&document.resource),
                        to_text(&shadow(user, &document.resource))
                    ],
                )
                .unwrap();
            for (path, key) in looked_up(user, &document.resource) {
                self.0
                    .execute(
                        "INSERT INTO value VALUES ('t', 'User', ?1, ?2, ?3)",
                        rusqlite::params![path, key, row],
                    )
                    .unwrap();
            }
        }
        self.0.execute_batch("COMMIT").unwrap();
    }

    /// The ids.
    fn ask(&self, sql: &SqlQuery) -> Vec<String> {
        let mut statement = self
            .0
            .prepare_cached(&sql.text)
            .unwrap_or_else(|error| panic!("{error}: {}", sql.text));
        statement
            .query_map(params_from_iter(cells(&sql.params)), |row| row.get::<_, String>(0))
            .unwrap()
            .map(|json| id_of(&json.unwrap()))
            .collect()
    }

    fn count(&self, sql: &SqlQuery) -> usize {
        let count = sql.count.as_ref().unwrap();
        let number: i64 = self
            .0
            .query_row(&count.text, params_from_iter(cells(&count.params)), |row| row.get(0))
            .unwrap();
        usize::try_from(number).unwrap()
    }
}

fn cells(params: &[Param]) -> Vec<Cell> {
    params
        .iter()
        .map(|param| match param {
            Param::Text(text) => Cell::Text(text.to_string()),
            Param::Integer(number) => Cell::Integer(*number),
        })
        .collect()
}

/// A question, and what was wanted.
type Question = (Expression, Option<&'static str>, bool, usize);

fn questions(many: usize) -> impl Strategy<Value = (Vec<Value>, Vec<Question>)> {
    let sort = prop::sample::select(SORTS.as_slice());
    (
        prop::collection::vec(document(), 1..10),
        prop::collection::vec((expression(), sort, any::<bool>(), 0..4_usize), many),
    )
}

fn runner(cases: u32) -> TestRunner {
    let cases = std::env::var("SCIMFORGE_SQL_CASES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(cases);
    TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    })
}

/// How many questions SQL answered, and how many it left something of.
#[derive(Default)]
struct Counts(std::cell::Cell<(usize, usize)>);

impl Counts {
    fn add(&self, exact: bool) {
        let (all, part) = self.0.get();
        self.0.set(if exact { (all + 1, part) } else { (all, part + 1) });
    }

    fn check(&self) {
        let (exact, residual) = self.0.get();
        println!("{exact} filters were exact, {residual} left something");
        assert!(exact > residual * 4);
    }
}

fn page(all: &[String], offset: usize) -> Vec<String> {
    all.iter().skip(offset).take(3).cloned().collect()
}

#[test]
fn sqlite_finds_what_the_evaluator_finds() {
    let user = user();
    let sqlite = Sqlite::new(&user);
    let counts = Counts::default();
    runner(192)
        .run(&questions(12), |(documents, questions)| {
            let documents = made(&documents);
            sqlite.fill(&user, &documents);
            for (expression, sort, descending, offset) in questions {
                let Some(plan) = planned(&user, &expression, sort, descending, offset) else {
                    continue;
                };
                let all = expected(&plan, &documents);
                let sql = query(&plan, Dialect::Sqlite, &Mapping::default());
                let found = sqlite.ask(&sql);
                let about = about(&plan, &sql);
                counts.add(sql.exact);
                if !sql.exact {
                    prop_assert!(all.iter().all(|id| found.contains(id)), "{}", about);
                    continue;
                }
                prop_assert_eq!(&found, &page(&all, offset), "{}", about);
                prop_assert_eq!(sqlite.count(&sql), all.len(), "{}", about);
                if let Some(next) = behind(&plan, &documents, &found) {
                    let next = query(&next, Dialect::Sqlite, &Mapping::default());
                    let wanted = page(&all, offset + found.len());
                    prop_assert_eq!(sqlite.ask(&next), wanted, "{}", next.text);
                }
            }
            Ok(())
        })
        .unwrap();
    counts.check();
}

fn about(plan: &QueryPlan, sql: &SqlQuery) -> String {
    format!("{}\n{}\n{:?}", plan.filter.as_ref().unwrap(), sql.text, sql.params)
}

/// The same through `psql`, which has prepared statements.
#[cfg(unix)]
mod in_postgres {
    use std::fmt::Write as _;

    use scimforge_tests::postgres::Postgres;

    use super::*;

    const END: &str = "\u{1d}end";

    fn quoted(text: &str) -> String {
        format!("'{}'", text.replace('\'', "''"))
    }

    fn execute(script: &mut String, text: &str, params: &[Param]) {
        let given: Vec<String> = params
            .iter()
            .map(|param| match param {
                Param::Text(text) => quoted(text),
                Param::Integer(number) => number.to_string(),
            })
            .collect();
        let _ = writeln!(
            script,
            "PREPARE q AS {text};\nEXECUTE q({});\nDEALLOCATE q;\n\\echo {END}",
            given.join(", ")
        );
    }

    fn fill(user: &Compiled, documents: &[Document]) -> String {
        let mut script = "TRUNCATE document CASCADE;\n".to_owned();
        for document in documents {
            let values = [
                scimforge::sql::without_nul(document.id()).into_owned(),
                to_text(&document.resource),
                to_text(&shadow(user, &document.resource)),
            ]
            .map(|text| quoted(&text))
            .join(", ");
            let _ = writeln!(
                script,
                "INSERT INTO document (tenant, type, version, id, json, shadow) VALUES ('t', 'User', 'v', {values});"
            );
        }
        script
    }

    /// The records of each answer.
    fn answers(output: &str) -> Vec<Vec<Vec<String>>> {
        let mut answers: Vec<_> = output
            .split(END)
            .map(|answer| {
                let records = answer
                    .trim_matches('\n')
                    .split('\u{1e}')
                    .filter(|record| !record.trim().is_empty());
                records.map(|record| record.split('\u{1f}').map(str::to_owned).collect()).collect()
            })
            .collect();
        answers.pop();
        answers
    }

    fn ids(records: &[Vec<String>]) -> Vec<String> {
        records.iter().map(|record| id_of(&record[0])).collect()
    }

    #[test]
    fn postgres_finds_what_the_evaluator_finds() {
        let Some(postgres) = Postgres::start() else {
            println!("PostgreSQL is not installed: not run");
            return;
        };
        let user = user();
        let mapping = Mapping::default();
        postgres.run(&tables(Dialect::Postgres, &mapping));
        postgres.run(&indexes(Dialect::Postgres, &mapping, std::slice::from_ref(&user)));
        let counts = Counts::default();
        runner(48)
            .run(&questions(40), |(documents, questions)| {
                let documents = made(&documents);
                let plans: Vec<QueryPlan> = questions
                    .iter()
                    .filter_map(|(expression, sort, descending, offset)| {
                        planned(&user, expression, *sort, *descending, *offset)
                    })
                    .collect();
                let queries: Vec<SqlQuery> =
                    plans.iter().map(|plan| query(plan, Dialect::Postgres, &mapping)).collect();
                let mut script = fill(&user, &documents);
                // Half of them through the indexes, which tables this small have no need of.
                for (at, sql) in queries.iter().enumerate() {
                    let _ = writeln!(
                        script,
                        "SET enable_seqscan = {};",
                        if at % 2 == 0 { "on" } else { "off" }
                    );
                    execute(&mut script, &sql.text, &sql.params);
                    let nothing = "SELECT 0".to_owned();
                    let (text, params) = sql
                        .count
                        .as_ref()
                        .map_or((&nothing, &[][..]), |count| (&count.text, &count.params));
                    if params.is_empty() {
                        let _ = writeln!(script, "{nothing};\n\\echo {END}");
                    } else {
                        execute(&mut script, text, params);
                    }
                }
                let answers = answers(&postgres.run(&script));
                prop_assert_eq!(answers.len(), queries.len() * 2);
                let mut script = String::new();
                let mut pages = Vec::new();
                for ((plan, sql), answer) in plans.iter().zip(&queries).zip(answers.chunks(2)) {
                    let all = expected(plan, &documents);
                    let found = ids(&answer[0]);
                    let about = about(plan, sql);
                    counts.add(sql.exact);
                    if !sql.exact {
                        prop_assert!(all.iter().all(|id| found.contains(id)), "{}", about);
                        continue;
                    }
                    prop_assert_eq!(&found, &page(&all, plan.offset), "{}", about);
                    prop_assert_eq!(&answer[1][0][0], &all.len().to_string(), "{}", about);
                    if let Some(next) = behind(plan, &documents, &found) {
                        let next = query(&next, Dialect::Postgres, &mapping);
                        execute(&mut script, &next.text, &next.params);
                        pages.push((page(&all, plan.offset + found.len()), next.text));
                    }
                }
                let output = postgres.run(&script);
                for ((wanted, text), found) in
                    pages.iter().zip(super::in_postgres::answers(&output))
                {
                    prop_assert_eq!(&ids(&found), wanted, "{}", text);
                }
                Ok(())
            })
            .unwrap();
        counts.check();
    }
}

#[test]
fn sqlite_takes_the_indexes() {
    let user = user();
    let sqlite = Sqlite::new(&user);
    let plan_of = |filter: &str, sort: Option<&str>| {
        let filter = Filter::parse(filter, Profile::STRICT, &Limits::DEFAULT).unwrap();
        let plan = planned(&user, &filter.expression, sort, false, 0).unwrap();
        let sql = query(&plan, Dialect::Sqlite, &Mapping::default());
        let mut statement = sqlite.0.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
        let steps = statement.query_map(params_from_iter(cells(&sql.params)), |row| row.get(3));
        steps.unwrap().map(Result::unwrap).collect::<Vec<String>>().join("\n")
    };
    for equality in [
        r#"userName eq "rosa""#,
        r#"emails.value eq "rosa@north.test" and active eq true"#,
        r#"emails[type eq "work" and value eq "rosa@north.test"]"#,
    ] {
        let steps = plan_of(equality, None);
        assert!(steps.contains("SEARCH d USING INTEGER PRIMARY KEY"), "{equality}: {steps}");
        assert!(
            steps.contains("SEARCH v USING PRIMARY KEY (tenant=? AND type=? AND path=? AND key=?)")
        );
    }
    let begins = plan_of(r#"userName sw "ro""#, Some("userName"));
    assert!(
        begins.contains(
            "USING INDEX document_by_username_3 (tenant=? AND type=? AND <expr>>? AND <expr><?)"
        ),
        "{begins}"
    );
    for sort in [None, Some("userName")] {
        let steps = plan_of("active eq true", sort);
        assert!(!steps.contains("TEMP B-TREE"), "a page is read in order: {steps}");
    }
}
