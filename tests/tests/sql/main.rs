//! What SQL finds is what the evaluator finds: random filters over random resources, in `SQLite`
//! and, where it is installed, in `PostgreSQL`.

#[cfg(unix)]
mod columns;
mod given;
mod members;
#[cfg(unix)]
mod postgres;

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rusqlite::{Connection, params_from_iter, types::Value as Cell};
use scimforge::filter::{Expression, Filter};
use scimforge::limits::Limits;
use scimforge::profile::{Profile, Trace};
use scimforge::protocol::{After, Document, PlannedType, QueryPlan};
use scimforge::schema::Compiled;
use scimforge::sort::{Sort, SortKey, by_keys};
use scimforge::sql::{
    Dialect, Mapping, Param, SqlQuery, indexes, looked_up, query, shadow, tables,
};
use scimforge::value::{read, to_text};
use serde_json::Value;

use given::{document, expression, made, user};

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
        without_members: false,
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
    by_keys(keys, plan.descending).into_iter().map(|at| matching[at].id().to_owned()).collect()
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

/// A page behind the first, of all, and in an order that has an index.
fn next_page(
    user: &Arc<Compiled>,
    sort: Option<&str>,
    descending: bool,
    key: SortKey,
) -> QueryPlan {
    let all = Filter::parse("id pr", Profile::STRICT, &Limits::DEFAULT).unwrap();
    let plan = planned(user, &all.expression, sort, descending, 0).unwrap();
    let after = After { key, resource_type: "User".into(), id: "u-1000".into() };
    let types = vec![PlannedType { filter: None, ..plan.types[0].clone() }];
    QueryPlan { types, filter: None, after: Some(Box::new(after)), ..plan }
}

fn time() -> SortKey {
    SortKey::Instant(scimforge::time::Instant::parse("2026-03-01T09:30:00Z").unwrap())
}

#[test]
fn sqlite_goes_on_where_a_page_ended_however_many_keys_are_equal() {
    let user = user();
    let sqlite = Sqlite::new(&user);
    let orders = [
        (None, time(), "document_by_meta_created_2"),
        (Some("userName"), SortKey::Text("rosa".into()), "document_by_username_3"),
    ];
    for (sort, key, index) in orders {
        let sql = query(&next_page(&user, sort, false, key), Dialect::Sqlite, &Mapping::default());
        let mut statement = sqlite.0.prepare(&format!("EXPLAIN QUERY PLAN {}", sql.text)).unwrap();
        let steps = statement.query_map(params_from_iter(cells(&sql.params)), |row| row.get(3));
        let steps = steps.unwrap().map(Result::unwrap).collect::<Vec<String>>().join("\n");
        for own in ["<expr>=? AND id>?", "<expr>>?"] {
            let wanted = format!("{index} (tenant=? AND type=? AND {own})");
            assert!(steps.contains(&wanted), "{steps}");
        }
    }
}

/// Groups of which the rows of members are no JSON: whoever reads them has no group.
fn groups(jsonb: &str) -> String {
    let group = |row: u8, meta: &str, version: &str| {
        format!(
            "INSERT INTO document (tenant, type, id, version, json, shadow) VALUES ('t', 'Group', \
             'g-{row}', '{version}', '{{\"id\":\"g-{row}\"}}', {jsonb}('{{\"meta\":{{{meta}}}}}'));\n\
             INSERT INTO member (row, tenant, type, key, id, json, shadow) SELECT row, tenant, type, \
             'u', 'u', '!', {jsonb}('{{}}') FROM document WHERE id = 'g-{row}';\n"
        )
    };
    group(1, "\"version\":\"W/1\"", "W/1") + &group(2, "", "W/2")
}

fn list_of_groups(without_members: bool) -> QueryPlan {
    let group = scimforge::schema::builtin::group();
    let types = vec![PlannedType { compiled: group, filter: None, sort: None }];
    let filter = Filter::parse("id pr", Profile::STRICT, &Limits::DEFAULT).unwrap();
    let plan = planned(&user(), &filter.expression, None, false, 0).unwrap();
    QueryPlan { types, filter: None, limit: 10, without_members, ..plan }
}

/// Whether each of the groups was read without its members.
const READ: [(bool, [bool; 2]); 2] = [(false, [false, false]), (true, [true, false])];

#[test]
fn sqlite_reads_no_members_where_nobody_looks_at_them() {
    let sqlite = Sqlite::new(&user());
    sqlite.0.execute_batch(&groups("jsonb")).unwrap();
    for (without_members, wanted) in READ {
        let sql = query(&list_of_groups(without_members), Dialect::Sqlite, &Mapping::default());
        let mut statement = sqlite.0.prepare(&sql.text).unwrap();
        let rows = statement
            .query_map(params_from_iter(cells(&sql.params)), |row| row.get::<_, String>(0));
        let found: Vec<bool> = rows.unwrap().map(|json| read(&json.unwrap()).is_ok()).collect();
        assert_eq!(found, wanted, "of what says no version, all is read");
    }
}
