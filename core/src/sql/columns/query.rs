//! A query plan over tables of the developer's.

use super::fold::Tables;
use super::read;
use super::scalar::{NEVER, key_of, micros, time};
use super::search::Search;
use super::table::{Column, ColumnKind, Fold, Found, Join, Source, Table};
use super::{Columns, Mapped};
use crate::filter::{Attribute, BoundFilter};
use crate::protocol::{After, Key, PlannedType, QueryPlan};
use crate::schema::{AttrId, CompiledAttribute, Kind};
use crate::sort::SortKey;
use crate::sql::builder::{Builder, Dialect, Spot};
use crate::sql::key;
use crate::sql::order::Order;
use crate::sql::query::{SqlQuery, Statement};

/// More than these, and a filter is left to the evaluator: databases have limits.
const MOST_PARAMS: usize = 5_000;
const LONGEST_TEXT: usize = 500_000;

/// What comes behind FROM.
struct From {
    text: String,
    exact: bool,
    served: Vec<String>,
    left: Vec<String>,
}

/// What resources are sorted by.
enum Sorted {
    /// An expression, NULL where there is no value; of texts, by bytes.
    By { expression: String, column: Option<Column>, kind: Kind },
    /// All are the same.
    Not,
}

impl Columns {
    /// The statement for one type of a plan. Rows of several types are not put in order.
    pub(super) fn query(
        &self,
        plan: &QueryPlan,
        planned: &PlannedType,
        mapped: &Mapped,
    ) -> SqlQuery {
        let several = plan.types.len() > 1;
        let mut builder = Builder::new(Dialect::Postgres);
        let mut from = self.from(plan, planned, mapped, &mut builder, true);
        if builder.params.len() > MOST_PARAMS || from.text.len() > LONGEST_TEXT {
            builder = Builder::new(Dialect::Postgres);
            from = self.from(plan, planned, mapped, &mut builder, false);
        }
        let count_params = builder.params.len();
        let sorted = Self::sorted(plan, planned, mapped, &mut builder);
        let place = match (&sorted, &plan.after) {
            (Some(sorted), Some(after)) => behind(sorted, mapped, plan, after, &mut builder),
            _ => Some(String::new()),
        };
        if sorted.is_none() || place.is_none() {
            from.left.push("the order".to_owned());
        }
        let read = if plan.without_members { read::row_without_members } else { read::row };
        let row = read(self, mapped);
        let (text, count, exact) = match (sorted, place) {
            (Some(sorted), Some(behind)) if from.exact && !several => {
                let count = plan.need_total.then(|| Statement {
                    text: format!("SELECT count(*) AS n {}", from.text),
                    params: builder.params.iter().take(count_params).cloned().collect(),
                });
                let order = sorted.terms(plan.descending, &mapped.table);
                let page = page(plan, &mut builder);
                let text = format!("SELECT {row} {}{behind} ORDER BY {order}{page}", from.text);
                (text, count, true)
            }
            _ => {
                builder.params.truncate(count_params);
                (format!("SELECT {row} {}", from.text), None, false)
            }
        };
        if several && from.exact {
            from.left.push("the order of several types".to_owned());
        }
        for list in [&mut from.served, &mut from.left] {
            list.sort();
            list.dedup();
        }
        SqlQuery {
            text,
            params: builder.params,
            exact,
            count,
            served_by: from.served,
            residual: from.left,
        }
    }

    fn from(
        &self,
        plan: &QueryPlan,
        planned: &PlannedType,
        mapped: &Mapped,
        builder: &mut Builder,
        filtered: bool,
    ) -> From {
        let mut conditions = own_rows(&mapped.table, &plan.tenant, "d", builder);
        let (mut exact, mut served, mut left) = (true, Vec::new(), Vec::new());
        match &planned.filter {
            Some(filter) if filtered => {
                let alive = |join: &Join| self.alive(join);
                let mut search = Search {
                    compiled: &mapped.compiled,
                    table: &mapped.table,
                    alive: &alive,
                    filter,
                    usual_lower: self.usual_lower,
                    builder,
                    tables: Tables::default(),
                    served: Vec::new(),
                    left: Vec::new(),
                };
                let (all, whole) = search.filter();
                exact = whole;
                (served, left) = (search.served, search.left);
                conditions.extend(all);
            }
            Some(_) => {
                left.push("the filter is longer than databases take".to_owned());
                exact = false;
            }
            None => {}
        }
        let mut text = format!("FROM {} d", mapped.table.name.sql());
        for (at, condition) in conditions.iter().enumerate() {
            text.push_str(if at == 0 { " WHERE " } else { " AND " });
            text.push_str(condition);
        }
        From { text, exact, served, left }
    }

    /// The condition for a value of an attribute, whatever lies where.
    pub(super) fn equals(
        &self,
        mapped: &Mapped,
        path: &str,
        key: &str,
        builder: &mut Builder,
    ) -> Option<String> {
        use crate::filter::{Filter, attribute};
        use crate::limits::Limits;
        use crate::profile::Profile;
        let expression = attribute(path).ok().map(|path| Attribute::eq(path, key))?;
        let filter = Filter::new(&expression, Profile::LENIENT, &Limits::DEFAULT).ok()?;
        let filter: BoundFilter = filter.bind(&mapped.compiled).ok()?;
        let alive = |join: &Join| self.alive(join);
        let mut search = Search {
            compiled: &mapped.compiled,
            table: &mapped.table,
            alive: &alive,
            filter: &filter,
            usual_lower: self.usual_lower,
            builder,
            tables: Tables::default(),
            served: Vec::new(),
            left: Vec::new(),
        };
        match search.filter() {
            (conditions, true) => Some(conditions.join(" AND ")),
            _ => None,
        }
    }

    /// `None` if SQL cannot tell.
    fn sorted(
        plan: &QueryPlan,
        planned: &PlannedType,
        mapped: &Mapped,
        builder: &mut Builder,
    ) -> Option<Sorted> {
        let compiled = &mapped.compiled;
        let attribute = match (&plan.sort_by, &planned.sort) {
            (None, _) => {
                let meta = compiled.child(AttrId::ROOT, "meta");
                meta.and_then(|meta| compiled.child(meta.id, "created"))
            }
            (Some(_), Some(sort)) => {
                Some(compiled.attributes().iter().find(|entry| entry.path == sort.path)?)
            }
            (Some(_), None) => None,
        };
        let Some(attribute) = attribute else { return Some(Sorted::Not) };
        match mapped.table.find(&compiled.chain(attribute.id)) {
            Found::Source(_, Source::Column(column)) => {
                by_column(column, attribute, &mut Tables::default(), builder)
            }
            Found::Source(_, Source::Constant(_)) => Some(Sorted::Not),
            Found::Rest => {
                let Some(shadow) = mapped.table.shadow() else { return Some(Sorted::Not) };
                let order =
                    Order::inside(compiled, attribute, &Spot::new(shadow), Dialect::Postgres)?;
                // The key of the shadow has its kind before it, and says what is missing.
                Some(Sorted::By {
                    expression: format!(
                        "NULLIF({}, '{}') COLLATE \"C\"",
                        order.expression,
                        key::MISSING
                    ),
                    column: None,
                    kind: attribute.kind,
                })
            }
            _ => None,
        }
    }

    /// Whether the rows that a join table names have to be looked at: those of the type that it
    /// references, if some of them count as deleted.
    pub(super) fn alive(&self, join: &Join) -> Option<String> {
        let referenced = self.mapped(join.references.as_deref()?)?;
        let table = &referenced.table;
        let deleted = not_deleted(table, "u")?;
        Some(format!(
            "EXISTS (SELECT 1 FROM {} u WHERE {} = j.{} AND {deleted})",
            table.name.sql(),
            table.id.of("u"),
            super::table::quoted(&join.user.name)
        ))
    }
}

/// The condition for the row of a resource.
pub(super) fn of_key(table: &Table, key: &Key, builder: &mut Builder) -> String {
    let id = key_of(table.id.kind, &key.id, builder)
        .map_or_else(|| "FALSE".to_owned(), |id| format!("{} = {id}", table.id.of("d")));
    let mut conditions = vec![id];
    conditions.extend(own_rows(table, &key.tenant, "d", builder));
    conditions.join(" AND ")
}

/// The conditions for the rows of a tenant that are not deleted.
pub(super) fn own_rows(
    table: &Table,
    tenant: &str,
    row: &str,
    builder: &mut Builder,
) -> Vec<String> {
    let mut conditions = of_tenant(table, tenant, row, builder);
    conditions.extend(not_deleted(table, row));
    conditions
}

/// The conditions for the rows of a tenant.
pub(super) fn of_tenant(
    table: &Table,
    tenant: &str,
    row: &str,
    builder: &mut Builder,
) -> Vec<String> {
    let mut conditions = Vec::new();
    if let Some(column) = &table.tenant {
        let key = key_of(column.kind, tenant, builder);
        conditions.push(
            key.map_or_else(|| NEVER.to_owned(), |key| format!("{} = {key}", column.of(row))),
        );
    } else if !tenant.is_empty() {
        // Nobody said whose the rows are.
        conditions.push(NEVER.to_owned());
    }
    conditions
}

/// The condition for the rows that count as deleted, if any do.
pub(super) fn deleted(table: &Table, row: &str) -> Option<String> {
    let column = table.soft_delete.as_ref()?;
    Some(match column.kind {
        ColumnKind::Bool => format!("{} IS TRUE", column.of(row)),
        _ => format!("{} IS NOT NULL", column.of(row)),
    })
}

fn not_deleted(table: &Table, row: &str) -> Option<String> {
    let column = table.soft_delete.as_ref()?;
    Some(match column.kind {
        ColumnKind::Bool => format!("{} IS NOT TRUE", column.of(row)),
        _ => format!("{} IS NULL", column.of(row)),
    })
}

fn by_column(
    column: &Column,
    attribute: &CompiledAttribute,
    tables: &mut Tables,
    builder: &mut Builder,
) -> Option<Sorted> {
    let own = column.of("d");
    let expression = match column.kind {
        ColumnKind::Text if attribute.case_exact || column.fold == Fold::Stored => {
            format!("{own}::text COLLATE \"C\"")
        }
        ColumnKind::Text => {
            let key = tables.key(builder, &format!("{own}::text"), attribute.comparison());
            format!("({key}) COLLATE \"C\"")
        }
        ColumnKind::Int if attribute.kind == Kind::String => format!("{own}::text COLLATE \"C\""),
        // Its order is that of its text.
        ColumnKind::Uuid | ColumnKind::Bool | ColumnKind::Int | ColumnKind::Time { .. } => own,
        ColumnKind::Json => return None,
    };
    Some(Sorted::By { expression, column: Some(column.clone()), kind: attribute.kind })
}

/// What breaks ties: the `id`, by the bytes of its text.
pub(super) fn tie(table: &Table) -> String {
    let id = table.id.of("d");
    match table.id.kind {
        ColumnKind::Uuid => id,
        ColumnKind::Text => format!("{id} COLLATE \"C\""),
        _ => format!("{id}::text COLLATE \"C\""),
    }
}

impl Sorted {
    /// What is missing comes last, and first the other way round: so it is in the evaluator.
    fn terms(&self, descending: bool, table: &Table) -> String {
        let tie = tie(table);
        match self {
            Self::By { expression, .. } => {
                let direction = if descending { " DESC" } else { "" };
                format!("{expression}{direction}, {tie}")
            }
            Self::Not => tie,
        }
    }
}

/// The rows behind a place in the order; `None` if SQL cannot tell.
fn behind(
    sorted: &Sorted,
    mapped: &Mapped,
    plan: &QueryPlan,
    after: &After,
    builder: &mut Builder,
) -> Option<String> {
    let table = &mapped.table;
    let after_id = match table.id.kind {
        ColumnKind::Uuid => key_of(ColumnKind::Uuid, &after.id, builder)?,
        _ => key_of(ColumnKind::Text, &after.id, builder)?,
    };
    let tied = format!("{} > {after_id}", tie(table));
    let Sorted::By { expression, column, kind } = sorted else {
        return Some(format!(" AND {tied}"));
    };
    let missing = format!("{expression} IS NULL");
    if after.key == SortKey::Missing {
        return Some(if plan.descending {
            format!(" AND ({expression} IS NOT NULL OR {tied})")
        } else {
            format!(" AND {missing} AND {tied}")
        });
    }
    let place = if let Some(column) = column {
        place_in(column, *kind, &after.key, builder)?
    } else {
        let place = key::sort_key(&after.key);
        builder.text(&place)
    };
    let sign = if plan.descending { '<' } else { '>' };
    let beyond = format!("({expression} {sign} {place} OR ({expression} = {place} AND {tied}))");
    let whole = column.as_ref().is_some_and(|column| column.told.not_null);
    Some(if whole && !plan.descending {
        // An index with the `id` in it knows where to begin even among equal keys.
        format!(" AND ({expression}, {}) > ({place}, {after_id})", tie(table))
    } else if plan.descending {
        // An index knows where to begin.
        format!(" AND {expression} {sign}= {place} AND {beyond}")
    } else {
        format!(" AND ({missing} OR {beyond})")
    })
}

/// A sort key as a column holds it.
fn place_in(column: &Column, kind: Kind, key: &SortKey, builder: &mut Builder) -> Option<String> {
    Some(match (column.kind, key) {
        (ColumnKind::Bool, SortKey::Bool(truth)) => truth.to_string(),
        (ColumnKind::Int, SortKey::Number(number)) => {
            format!("{}::bigint", builder.text(&number.as_i64()?.to_string()))
        }
        (ColumnKind::Int, SortKey::Text(text)) if kind == Kind::String => {
            key_of(ColumnKind::Text, text, builder)?
        }
        (ColumnKind::Uuid | ColumnKind::Text, SortKey::Text(text)) => {
            key_of(column.kind, text, builder)?
        }
        (ColumnKind::Time { zoned }, SortKey::Instant(instant)) => {
            let (text, whole) = micros(*instant)?;
            if !whole {
                return None;
            }
            time(&text, zoned, builder)
        }
        _ => return None,
    })
}

fn page(plan: &QueryPlan, builder: &mut Builder) -> String {
    let limit = builder.count(plan.limit);
    if plan.after.is_some() || plan.offset == 0 {
        return format!(" LIMIT {limit}");
    }
    format!(" LIMIT {limit} OFFSET {}", builder.count(plan.offset))
}
