use super::*;
use crate::filter::Filter;
use crate::limits::Limits;
use crate::profile::{Profile, Trace};
use crate::protocol::{PlannedType, QueryPlan};
use crate::schema::builtin;
use crate::sort::Sort;

fn plan(filter: &str, sort_by: Option<&str>) -> QueryPlan {
    let user = builtin::user();
    let filter = Filter::parse(filter, Profile::LENIENT, &Limits::DEFAULT).unwrap();
    let bound = filter.bind(&user).unwrap();
    let sort =
        sort_by.and_then(|by| Sort::new(&user, by, Profile::LENIENT, &mut Trace::new()).unwrap());
    QueryPlan {
        tenant: "acme".into(),
        types: vec![PlannedType { compiled: user, filter: Some(bound), sort }],
        filter: Some(filter),
        equal: None,
        sort_by: sort_by.map(Into::into),
        descending: false,
        after: None,
        offset: 20,
        limit: 10,
        need_total: true,
        without_members: false,
    }
}

#[test]
fn an_equality_is_found_by_an_index() {
    let plan = plan(r#"userName eq "Rosa""#, None);
    let lite = query(&plan, Dialect::Sqlite, &Mapping::default());
    assert_eq!(
        lite.text,
        "SELECT d.json \
         FROM document d WHERE +d.tenant = ?1 AND d.type = ?2 AND d.row IN (SELECT v.row FROM value v \
         WHERE v.tenant = ?1 AND v.type = ?2 AND v.path = ?3 AND v.key = ?4) \
         ORDER BY COALESCE('2' || (d.shadow ->> '$.\"meta\".\"created\"'), '4'), d.id LIMIT ?5 OFFSET ?6"
    );
    assert_eq!(lite.params[3], Param::from("rosa"));
    let postgres = query(&plan, Dialect::Postgres, &Mapping::default());
    assert!(postgres.text.contains("'), '4'), 600) COLLATE \"C\" = $3::text"), "{}", postgres.text);
    assert_eq!(postgres.served_by, ["document_by_username_3"]);
    assert_eq!(postgres.count.unwrap().params.len(), 4);
}

#[test]
fn what_sql_cannot_tell_is_left_and_nothing_is_cut_off() {
    let plan = plan(r#"title co "\u0002x" and active eq true"#, None);
    let sql = query(&plan, Dialect::Postgres, &Mapping::default());
    assert!(!sql.exact && sql.count.is_none());
    assert!(!sql.text.contains("LIMIT") && sql.text.contains("'active'"), "{}", sql.text);
    assert_eq!(sql.residual, ["title: a control character at the beginning"]);
    assert_eq!(sql.params.len(), 3, "what was bound in vain is gone");
}

#[test]
fn prefixes_that_need_quotes_are_refused() {
    for good in ["", "scim_", "app.scim_", "app."] {
        assert_eq!(Mapping::with_prefix(good).unwrap().prefix(), good);
    }
    for bad in ["a b", "a;", "a.b.c", ".a", "A", "1a", "\""] {
        assert!(Mapping::with_prefix(bad).is_err(), "{bad}");
    }
}
