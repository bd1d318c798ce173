//! The same through `psql`, which has prepared statements.

use std::fmt::Write as _;

use scimforge_tests::postgres::Postgres;

use super::*;

pub(super) const END: &str = "\u{1d}end";

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(super) fn execute(script: &mut String, text: &str, params: &[Param]) {
    execute_as(script, "", text, params);
}

/// `how`: nothing, or what comes before (`EXPLAIN`).
fn execute_as(script: &mut String, how: &str, text: &str, params: &[Param]) {
    let given: Vec<String> = params
        .iter()
        .map(|param| match param {
            Param::Text(text) => quoted(text),
            Param::Integer(number) => number.to_string(),
        })
        .collect();
    let _ = writeln!(
        script,
        "PREPARE q AS {text};\n{how}EXECUTE q({});\nDEALLOCATE q;\n\\echo {END}",
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
pub(super) fn answers(output: &str) -> Vec<Vec<Vec<String>>> {
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

/// A database with our tables for users; nothing where `PostgreSQL` is not installed.
fn with_tables(user: &Arc<Compiled>, mapping: &Mapping) -> Option<Postgres> {
    let Some(postgres) = Postgres::start() else {
        println!("PostgreSQL is not installed: not run");
        return None;
    };
    postgres.run(&tables(Dialect::Postgres, mapping));
    postgres.run(&indexes(Dialect::Postgres, mapping, std::slice::from_ref(user)));
    Some(postgres)
}

#[test]
fn postgres_finds_what_the_evaluator_finds() {
    let (user, mapping) = (user(), Mapping::default());
    let Some(postgres) = with_tables(&user, &mapping) else { return };
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
            let found = answers(&postgres.run(&script));
            prop_assert_eq!(found.len(), queries.len() * 2);
            let mut script = String::new();
            let mut pages = Vec::new();
            for ((plan, sql), answer) in plans.iter().zip(&queries).zip(found.chunks(2)) {
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
            for ((wanted, text), found) in pages.iter().zip(answers(&output)) {
                prop_assert_eq!(&ids(&found), wanted, "{}", text);
            }
            Ok(())
        })
        .unwrap();
    counts.check();
}

#[test]
fn postgres_goes_on_where_a_page_ended_however_many_keys_are_equal() {
    let (user, mapping) = (user(), Mapping::default());
    let Some(postgres) = with_tables(&user, &mapping) else { return };
    let rosa = read(r#"{"meta": {"created": "2026-03-01T09:30:00Z"}}"#).unwrap();
    postgres.run(&format!(
        "INSERT INTO document (tenant, type, version, id, json, shadow) \
         SELECT 't', 'User', 'v', 'u-' || n, '{{\"id\":\"u-' || n || '\"}}', {}::jsonb \
         FROM generate_series(1000, 5999) AS n;\nANALYZE document;",
        quoted(&to_text(&shadow(&user, &rosa)))
    ));
    let next = next_page(&user, None, false, time());
    for (plan, condition) in [(QueryPlan { after: None, ..next.clone() }, false), (next, true)] {
        let sql = query(&plan, Dialect::Postgres, &mapping);
        let mut script = String::new();
        execute_as(&mut script, "EXPLAIN ", &sql.text, &sql.params);
        execute(&mut script, &sql.text, &sql.params);
        let found = answers(&postgres.run(&script));
        let steps: Vec<&str> = found[0].iter().map(|record| record[0].as_str()).collect();
        let steps = steps.join("\n");
        assert!(!steps.contains("Sort"), "{steps}");
        assert!(steps.contains("using document_by_meta_created_2"), "{steps}");
        assert_eq!(steps.contains("ROW("), condition, "{steps}");
        assert!(!steps.contains("Filter"), "{steps}");
        let first = if condition { 1001 } else { 1000 };
        assert_eq!(ids(&found[1]), [0, 1, 2].map(|more| format!("u-{}", first + more)));
    }
}

#[test]
fn postgres_reads_no_members_where_nobody_looks_at_them() {
    let Some(postgres) = Postgres::start() else {
        println!("PostgreSQL is not installed: not run");
        return;
    };
    postgres.run(&tables(Dialect::Postgres, &Mapping::default()));
    postgres.run(&groups("jsonb"));
    for (without_members, wanted) in READ {
        let sql = query(&list_of_groups(without_members), Dialect::Postgres, &Mapping::default());
        let mut script = String::new();
        execute(&mut script, &sql.text, &sql.params);
        let found = answers(&postgres.run(&script));
        let found: Vec<bool> = found[0].iter().map(|record| read(&record[0]).is_ok()).collect();
        assert_eq!(found, wanted, "of what says no version, all is read");
    }
}
