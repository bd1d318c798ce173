//! Whether the database has what a mapping names.

use super::fold;
use super::table::{Column, ColumnKind, Fold, Name, Told};
use super::{Columns, Mapped};
use crate::name;
use crate::sql::builder::Param;
use crate::sql::query::Statement;
use crate::value::{Value, to_text};

const INSPECTION: &str = "\
WITH wanted AS (
  SELECT at, name, to_regclass(name) AS rel FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS w(name, at)
)
SELECT json_build_object(
  'usualLower', lower($2::text) = $3::text,
  'others', (SELECT json_agg(n.nspname || '.' || c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND EXISTS (SELECT 1 FROM wanted WHERE rel IS NULL)),
  'tables', (SELECT json_agg(CASE WHEN rel IS NULL THEN NULL ELSE (
    SELECT json_agg(json_build_object(
      'name', a.attname, 'type', b.typname, 'notNull', a.attnotnull OR t.typnotnull,
      'domain', CASE WHEN t.typtype = 'd' THEN t.typname END,
      'filled', a.atthasdef OR a.attidentity <> '',
      'computed', a.attgenerated <> '' OR a.attidentity = 'a',
      'labels', (SELECT json_agg(e.enumlabel) FROM pg_enum e WHERE e.enumtypid = b.oid),
      'length', CASE WHEN b.typname IN ('varchar', 'bpchar') AND GREATEST(a.atttypmod, t.typtypmod) > 4
        THEN GREATEST(a.atttypmod, t.typtypmod) - 4 END
    ) ORDER BY a.attnum)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
    WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped) END ORDER BY at) FROM wanted)
)::text AS json";

/// What the database says of a column.
struct Seen<'v> {
    name: &'v str,
    kind: &'v str,
    not_null: bool,
    filled: bool,
    length: Option<usize>,
    labels: Option<Vec<Box<str>>>,
    domain: Option<&'v str>,
    computed: bool,
}

impl<'v> Seen<'v> {
    fn read(value: &'v Value<'v>) -> Self {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        let flag = |name: &str| value.get(name).and_then(Value::as_bool).unwrap_or(false);
        Self {
            name: text("name"),
            kind: text("type"),
            not_null: flag("notNull"),
            filled: flag("filled"),
            length: value.get("length").and_then(Value::as_count),
            labels: value
                .get("labels")
                .and_then(Value::as_array)
                .map(|labels| labels.iter().filter_map(Value::as_str).map(Into::into).collect()),
            domain: value.get("domain").and_then(Value::as_str),
            computed: flag("computed"),
        }
    }
}

impl Columns {
    /// The names of all tables, each once.
    fn tables(&self) -> Vec<&Name> {
        let mut names: Vec<&Name> = Vec::new();
        for mapped in &self.types {
            let join = mapped.table.join().map(|join| &join.table);
            for name in std::iter::once(&mapped.table.name).chain(join) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Asks the database what its tables are like.
    pub(crate) fn inspection(&self) -> Statement {
        let names = self.tables().into_iter().map(|name| Value::from(name.sql())).collect();
        let (probe, lower) = fold::probe();
        let params = [to_text(&Value::Array(names)), probe, lower];
        Statement {
            text: INSPECTION.to_owned(),
            params: params.into_iter().map(|text| Param::Text(text.into())).collect(),
        }
    }

    /// Learns from the answer. What is not as the mapping says is answered, one sentence each.
    pub(crate) fn inspected(&mut self, answer: &Value<'_>) -> Vec<String> {
        self.usual_lower = answer.get("usualLower").and_then(Value::as_bool).unwrap_or(false);
        let given = answer.get("tables").and_then(Value::as_array).unwrap_or_default();
        let seen: Vec<(Name, Option<Vec<Seen<'_>>>)> = self
            .tables()
            .into_iter()
            .enumerate()
            .map(|(at, name)| {
                let columns = given.get(at).and_then(Value::as_array);
                (name.clone(), columns.map(|columns| columns.iter().map(Seen::read).collect()))
            })
            .collect();
        let others: Vec<&str> = answer
            .get("others")
            .and_then(Value::as_array)
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let mut problems = Vec::new();
        for (name, columns) in &seen {
            if columns.is_none() {
                let whole = name.to_string();
                let near = others
                    .iter()
                    .copied()
                    .filter(|other| name.schema.is_some() || other.split_once('.').is_some());
                let near = name::nearest(&whole, near.clone()).or_else(|| {
                    let bare = |other: &'_ str| other.rsplit('.').next().map(str::to_owned);
                    others.iter().copied().find(|other| {
                        bare(other).is_some_and(|bare| {
                            name::nearest(&name.table, std::iter::once(bare.as_str())).is_some()
                        })
                    })
                });
                problems.push(format!("there is no table `{whole}`{}", meant(near)));
            }
        }
        let columns_of = |name: &Name| {
            seen.iter().find(|(own, _)| own == name).and_then(|(_, columns)| columns.as_deref())
        };
        for mapped in &mut self.types {
            if let Some(columns) = columns_of(&mapped.table.name) {
                problems.extend(check(mapped, columns));
            }
            let kind = &mapped.compiled.resource_type().name;
            if let Some(join) = mapped.table.join()
                && let Some(columns) = columns_of(&join.table)
            {
                for column in [&join.group, &join.user.name] {
                    problems.extend(missing(kind, "members", &join.table, column, columns));
                }
            }
        }
        problems
    }

    /// What a refusal of the database is about: `{"conflict"}` or `{"notStorable", "reason"}` by
    /// the definition of the constraint or index, or the column or domain that it names.
    pub(crate) fn refusal(
        &self,
        type_name: &str,
        code: &str,
        column: &str,
        definition: &str,
    ) -> Option<crate::protocol::StoreResult> {
        use crate::protocol::StoreResult;
        let mapped = self.mapped(type_name)?;
        let (reason, is_unique) = match code {
            "23505" => ("", true),
            "23502" => ("it needs a value", false),
            "23503" => ("it names something that does not exist", false),
            "23514" => ("the table does not allow it", false),
            _ => return None,
        };
        let compiled = &mapped.compiled;
        let named = names_in(definition);
        let is_named = |own: &str| own == column || named.iter().any(|name| name == own);
        if mapped.table.join().is_some_and(|join| {
            code == "23503" && (is_named(&join.user.name) || is_named(&join.group))
        }) {
            return Some(super::write::no_place("members", reason));
        }
        let about = mapped
            .table
            .columns(|id| compiled.attribute(id).path.clone())
            .into_iter()
            .filter(|(path, _)| !matches!(&**path, "tenant" | "softDelete" | "rest"))
            .collect::<Vec<_>>();
        let unknown = column.is_empty() && definition.is_empty();
        let (path, _) = match about.iter().find(|(_, own)| {
            is_named(&own.name) || own.told.domain.as_deref().is_some_and(|domain| domain == column)
        }) {
            Some(found) => found.clone(),
            // Who runs the statements did not say: it can be one alone.
            None if unknown && is_unique => {
                let mut unique = about.iter().filter(|(_, own)| own.unique);
                unique.next().filter(|_| unique.next().is_none())?.clone()
            }
            None => return None,
        };
        Some(if is_unique {
            StoreResult::Conflict { attribute: path }
        } else {
            super::write::no_place(&path, reason)
        })
    }
}

/// The names in the definition of a constraint or an index, as far as they say what it is on.
fn names_in(definition: &str) -> Vec<String> {
    let from = definition.find(" USING ").unwrap_or(0);
    let text = definition.get(from..).unwrap_or_default();
    let ends = [" WHERE ", " REFERENCES ", " INCLUDE "];
    let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
    let mut names = Vec::new();
    let mut name = String::new();
    let mut in_quotes = false;
    for character in text.get(..end).unwrap_or_default().chars().chain(std::iter::once(' ')) {
        if character == '"' {
            in_quotes = !in_quotes;
        } else if in_quotes || character.is_alphanumeric() || character == '_' {
            name.push(character);
        } else if !name.is_empty() {
            names.push(std::mem::take(&mut name));
        }
    }
    names
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn missing(
    kind: &str,
    path: &str,
    table: &Name,
    column: &str,
    columns: &[Seen<'_>],
) -> Option<String> {
    if columns.iter().any(|seen| seen.name == column) {
        return None;
    }
    let near = name::nearest(column, columns.iter().map(|seen| seen.name));
    Some(format!("{kind}.{path}: `{table}` has no column `{column}`{}", meant(near)))
}

fn check(mapped: &mut Mapped, columns: &[Seen<'_>]) -> Vec<String> {
    let kind = mapped.compiled.resource_type().name.clone();
    let table = mapped.table.name.clone();
    let compiled = mapped.compiled.clone();
    let mut problems = Vec::new();
    for (path, column) in mapped.table.columns(|id| compiled.attribute(id).path.clone()) {
        problems.extend(missing(&kind, &path, &table, &column.name, columns));
        if let Some(seen) = columns.iter().find(|seen| seen.name == &*column.name)
            && let Some(right) = misfit(column, seen.kind)
        {
            problems.push(format!(
                "{kind}.{path}: `{table}.{}` is {}: {right}",
                column.name, seen.kind
            ));
        }
    }
    let id = &mapped.table.id;
    if !id.generated && columns.iter().any(|seen| seen.computed && seen.name == &*id.name) {
        problems.push(format!(
            "{kind}.id: the database alone fills `{table}.{}`: say generated()",
            id.name
        ));
    }
    for (column, _) in &mapped.table.defaults {
        problems.extend(missing(&kind, "defaults", &table, column, columns));
    }
    let known = |name: &str, mapped: &Mapped| {
        let mut own = mapped.table.columns(|_| "".into()).into_iter().map(|(_, column)| column);
        own.any(|column| *column.name == *name)
            || mapped.table.defaults.iter().any(|(column, _)| **column == *name)
    };
    for seen in columns.iter().filter(|seen| seen.not_null && !seen.filled) {
        if !known(seen.name, mapped) {
            problems.push(format!(
                "{kind}: `{table}.{}` needs a value in every row and is not mapped; say what new rows get in `defaults`",
                seen.name
            ));
        }
    }
    for column in mapped.table.columns_mut() {
        if let Some(seen) = columns.iter().find(|seen| seen.name == &*column.name) {
            column.told = Told {
                length: seen.length,
                not_null: seen.not_null,
                labels: seen.labels.clone(),
                domain: seen.domain.map(Into::into),
                most: match seen.kind {
                    "int2" => Some(i16::MAX.into()),
                    "int4" => Some(i32::MAX.into()),
                    _ => None,
                },
                computed: seen.computed,
            };
        }
    }
    problems
}

/// What to say instead, for a column of this type.
fn misfit(column: &Column, kind: &str) -> Option<&'static str> {
    let right = match kind {
        "bool" => "bool",
        "int2" | "int4" | "int8" => "int",
        "uuid" => "uuid",
        "jsonb" => "jsonb",
        "json" => "json",
        "timestamptz" => "ts",
        "timestamp" => "utc",
        "citext" => "citext",
        _ => "text",
    };
    let is = match (column.kind, column.fold) {
        (ColumnKind::Bool, _) => "bool",
        (ColumnKind::Int, _) => "int",
        (ColumnKind::Uuid, _) => "uuid",
        (ColumnKind::Json, _) => "jsonb",
        (ColumnKind::Time { zoned: true }, _) => "ts",
        (ColumnKind::Time { zoned: false }, _) => "utc",
        (ColumnKind::Text, Fold::Citext) => "citext",
        (ColumnKind::Text, _) => "text",
    };
    (right != is).then_some(match right {
        "bool" => "map it with bool(…)",
        "int" => "map it with int(…)",
        "uuid" => "map it with uuid(…)",
        "jsonb" => "map it with jsonb(…)",
        "json" => "make it jsonb",
        "ts" => "map it with ts(…)",
        "utc" => "map it with ts(…).utc(), if it is in UTC",
        "citext" => "map it with text(…).citext()",
        _ => "map it with text(…)",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_name_columns() {
        let index = "CREATE UNIQUE INDEX users_email ON app.users USING btree (org_id, lower((email)::text)) WHERE (deleted_at IS NULL)";
        let names = names_in(index);
        assert!(names.contains(&"email".to_owned()) && !names.contains(&"deleted_at".to_owned()));
        assert!(!names.contains(&"users".to_owned()));
        assert_eq!(names_in("UNIQUE (\"E mail\")"), ["UNIQUE", "E mail"]);
        assert!(!names_in("FOREIGN KEY (manager) REFERENCES users(id)").contains(&"id".to_owned()));
    }
}
