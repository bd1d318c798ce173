//! What a query costs, in words.

use super::builder::Dialect;
use super::program::values;
use super::query::SqlQuery;
use crate::value::{Object, Value};

/// A query for people: `sql`, `params` (what is bound, so that a database can be asked for its own
/// plan), `exact`, `servedBy` (the indexes that find the rows), `residual` (what the evaluator does,
/// and why) and `advice`. Values are in `params` alone: those of the filter that was given.
///
/// ```
/// use scimforge::sql::{Dialect, SqlQuery, explain};
///
/// let query = SqlQuery { text: "SELECT 1".into(), params: Vec::new(), exact: false, count: None,
///     served_by: Vec::new(), residual: vec!["the order".into()] };
/// let explained = explain(&query, Dialect::Postgres);
/// assert_eq!(explained.get("advice").and_then(|advice| advice.as_array()).map(<[_]>::len), Some(1));
/// ```
pub fn explain(query: &SqlQuery, dialect: Dialect) -> Value<'static> {
    let texts = |texts: &[String]| {
        Value::Array(texts.iter().map(|text| Value::from(text.clone())).collect())
    };
    let mut object = Object::new();
    object.insert("sql", Value::from(query.text.clone()));
    object.insert("params", values(&query.params));
    object.insert("exact", Value::Bool(query.exact));
    object.insert("servedBy", texts(&query.served_by));
    object.insert("residual", texts(&query.residual));
    object.insert("advice", texts(&advice(query, dialect)));
    object.into()
}

fn advice(query: &SqlQuery, dialect: Dialect) -> Vec<String> {
    let mut advice = Vec::new();
    if !query.exact {
        advice.push(
            "all rows that may match are read: limit and count happen in the engine".to_owned(),
        );
    }
    let searches = ["position(", "starts_with(", "right(", "instr(", "substr("];
    if query.served_by.is_empty() && query.text.contains("d.shadow") {
        if searches.iter().any(|search| query.text.contains(search)) {
            advice.push(match dialect {
                Dialect::Postgres => "no index finds a part of a text: an expression index with gin_trgm_ops (extension pg_trgm) would",
                Dialect::Sqlite => "no index finds a part of a text: combine it with an equality",
            }.to_owned());
        } else if query.text.contains(" WHERE ") && query.text.matches(" AND ").count() > 1 {
            advice.push("no index narrows this down: combine it with an equality".to_owned());
        }
    }
    advice
}
