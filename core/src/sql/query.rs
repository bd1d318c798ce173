//! A query plan as a statement.

use super::Mapping;
use super::builder::{Builder, Dialect, Param};
use super::members::resource_text;
use super::order::Order;
use super::predicate::{Conditions, Predicate};
use crate::protocol::members::list_of;
use crate::protocol::{After, PlannedType, QueryPlan};

/// More than these, and a filter is left to the evaluator: databases have limits.
const MOST_PARAMS: usize = 5_000;
const LONGEST_TEXT: usize = 500_000;

/// A statement and what is bound to it, in order.
///
/// ```
/// use scimforge::sql::{Param, Statement};
///
/// let statement = Statement { text: "SELECT $1::text".into(), params: vec![Param::from("rosa")] };
/// assert_eq!(statement.params.len(), 1);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL; parameters are `$1` or `?1`.
    pub text: String,
    /// The parameters.
    pub params: Vec<Param>,
}

/// A query in SQL. The first column of its rows is `json`, the resource.
///
/// ```
/// use scimforge::protocol::{PlannedType, QueryPlan};
/// use scimforge::schema::builtin;
/// use scimforge::sql::{Dialect, Mapping, SqlQuery, query};
///
/// let users = PlannedType { compiled: builtin::user(), filter: None, sort: None };
/// let plan = QueryPlan { tenant: "".into(), types: vec![users], filter: None, equal: None,
///     sort_by: None, descending: false, after: None, offset: 0, limit: 10, need_total: true };
/// let SqlQuery { exact, count, .. } = query(&plan, Dialect::Sqlite, &Mapping::default());
/// assert!(exact && count.is_some());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlQuery {
    /// The SQL; parameters are `$1` or `?1`.
    pub text: String,
    /// The parameters.
    pub params: Vec<Param>,
    /// Whether the rows are the page. If not, they are all that may match, in no order: the
    /// engine filters, sorts and cuts.
    pub exact: bool,
    /// The number of all matches, in one row with one column; only if `exact` and wanted.
    pub count: Option<Statement>,
    /// The indexes that find the rows; none where all of a type are looked at.
    pub served_by: Vec<String>,
    /// What is left to the evaluator, and why.
    pub residual: Vec<String>,
}

/// The statement for a plan. The cost of a page behind a place in the order does not grow with
/// that place.
///
/// ```
/// use scimforge::protocol::{PlannedType, QueryPlan};
/// use scimforge::schema::builtin;
/// use scimforge::sql::{Dialect, Mapping, query};
///
/// let groups = PlannedType { compiled: builtin::group(), filter: None, sort: None };
/// let plan = QueryPlan { tenant: "".into(), types: vec![groups], filter: None, equal: None,
///     sort_by: None, descending: false, after: None, offset: 20, limit: 10, need_total: false };
/// let sql = query(&plan, Dialect::Postgres, &Mapping::default());
/// assert!(sql.text.ends_with("LIMIT $3::bigint OFFSET $4::bigint"));
/// ```
pub fn query(plan: &QueryPlan, dialect: Dialect, mapping: &Mapping) -> SqlQuery {
    let mut whole = Whole::new(plan, dialect, mapping, true);
    if whole.builder.params.len() > MOST_PARAMS || whole.length() > LONGEST_TEXT {
        whole = Whole::new(plan, dialect, mapping, false);
    }
    whole.finish(plan)
}

/// One resource type of a plan.
struct Part {
    /// The column of the resource.
    json: String,
    from: String,
    order: Option<Order>,
}

struct Whole {
    builder: Builder,
    parts: Vec<Part>,
    exact: bool,
    served_by: Vec<String>,
    residual: Vec<String>,
}

impl Whole {
    fn new(plan: &QueryPlan, dialect: Dialect, mapping: &Mapping, filtered: bool) -> Self {
        let mut whole = Self {
            builder: Builder::new(dialect),
            parts: Vec::new(),
            exact: true,
            served_by: Vec::new(),
            residual: Vec::new(),
        };
        let tenant = whole.builder.text(&super::without_nul(&plan.tenant));
        for planned in &plan.types {
            whole.add(plan, planned, mapping, &tenant, filtered);
        }
        whole
    }

    fn add(
        &mut self,
        plan: &QueryPlan,
        planned: &PlannedType,
        mapping: &Mapping,
        tenant: &str,
        filtered: bool,
    ) {
        let dialect = self.builder.dialect;
        let resource_type = self.builder.text(&super::without_nul(planned.name()));
        let mut predicate = Predicate {
            compiled: &planned.compiled,
            mapping,
            tenant,
            resource_type: &resource_type,
            shadow: "d.shadow",
            own: true,
            builder: &mut self.builder,
            served: Vec::new(),
            left: Vec::new(),
        };
        let conditions = match &planned.filter {
            Some(filter) if filtered => predicate.filter(&filter.test),
            Some(_) => {
                predicate.left.push("the filter is longer than databases take".to_owned());
                Conditions { all: Vec::new(), exact: false, by_row: false }
            }
            None => Conditions { all: Vec::new(), exact: true, by_row: false },
        };
        let (served, left) = (predicate.served, predicate.left);
        self.residual.extend(left);
        let order = Order::of(plan, planned, dialect);
        if order.is_none() {
            self.residual.push("the order".to_owned());
        }
        self.exact &= conditions.exact && order.is_some();
        // What finds rows by their number should not be asked for all of a type.
        let plus = if conditions.by_row && dialect == Dialect::Sqlite { "+" } else { "" };
        let mut from = format!(
            "FROM {}document d WHERE {plus}d.tenant = {tenant} AND d.type = {resource_type}",
            mapping.prefix()
        );
        for condition in &conditions.all {
            from.push_str(" AND ");
            from.push_str(condition);
        }
        self.served_by.extend(served);
        let json = match list_of(&planned.compiled) {
            Some(_) => format!("{} AS json", resource_text(dialect, mapping)),
            None => "d.json".to_owned(),
        };
        self.parts.push(Part { json, from, order });
    }

    fn length(&self) -> usize {
        self.parts.iter().map(|part| part.from.len()).sum()
    }

    fn finish(mut self, plan: &QueryPlan) -> SqlQuery {
        if !self.exact {
            let each: Vec<String> = self
                .parts
                .iter()
                .map(|part| format!("SELECT {} {}", part.json, part.from))
                .collect();
            return self.close(each.join(" UNION ALL "), None);
        }
        let filters = self.builder.params.len();
        let counted: Vec<String> =
            self.parts.iter().map(|part| format!("SELECT count(*) AS n {}", part.from)).collect();
        let count = plan.need_total.then(|| Statement {
            text: match counted.as_slice() {
                [one] => one.clone(),
                each => format!("SELECT sum(n) FROM ({}) AS u", each.join(" UNION ALL ")),
            },
            params: self.builder.params.iter().take(filters).cloned().collect(),
        });
        let text = match self.parts.split_first() {
            Some((only, [])) => {
                let (json, from) = (only.json.clone(), only.from.clone());
                self.single(&json, &from, only.order.clone(), plan)
            }
            _ => self.union(plan),
        };
        self.close(text, count)
    }

    fn single(&mut self, json: &str, from: &str, order: Option<Order>, plan: &QueryPlan) -> String {
        let missing = || Order { expression: format!("'{}'", super::key::MISSING), indexed: false };
        let order = order.unwrap_or_else(missing);
        let behind = plan.after.as_deref().map(|after| {
            let dialect = self.builder.dialect;
            let head = order.indexed.then(|| order.key(dialect));
            self.behind(&order.expression, head.as_deref(), "d", plan, after)
        });
        let behind = behind.map(|behind| format!(" AND {behind}")).unwrap_or_default();
        let terms = order.terms(&self.builder, plan.descending);
        let page = self.page(plan);
        format!("SELECT {json} {from}{behind} ORDER BY {terms}, d.id{page}")
    }

    fn union(&mut self, plan: &QueryPlan) -> String {
        let each: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                let missing = format!("'{}'", super::key::MISSING);
                let key = part.order.as_ref().map_or(&missing, |order| &order.expression);
                format!("SELECT {}, d.id, d.type, {key} AS sorted {}", part.json, part.from)
            })
            .collect();
        let behind = plan
            .after
            .as_deref()
            .map(|after| self.behind("u.sorted", None, "u", plan, after))
            .map(|behind| format!(" WHERE {behind}"))
            .unwrap_or_default();
        let sorted = self.builder.by_bytes("u.sorted");
        let direction = if plan.descending { " DESC" } else { "" };
        let page = self.page(plan);
        format!(
            "SELECT u.json FROM ({}) AS u{behind} ORDER BY {sorted}{direction}, u.id, u.type{page}",
            each.join(" UNION ALL ")
        )
    }

    fn behind(
        &mut self,
        expression: &str,
        head: Option<&str>,
        row: &str,
        plan: &QueryPlan,
        after: &After,
    ) -> String {
        let sign = if plan.descending { '<' } else { '>' };
        let place = super::key::sort_key(&after.key);
        let key = self.builder.text(&place);
        let after_id = self.builder.text(&super::without_nul(&after.id));
        let whole = self.builder.by_bytes(expression);
        let mut tie = format!("{row}.id > {after_id}");
        if plan.types.len() > 1 {
            let kind = self.builder.text(&super::without_nul(&after.resource_type));
            tie = format!("({tie} OR ({row}.id = {after_id} AND {row}.type > {kind}))");
        }
        let mut text = format!("({whole} {sign} {key} OR ({whole} = {key} AND {tie}))");
        if let Some(head) = head {
            // An index knows where to begin.
            let begin: String = match self.builder.dialect {
                Dialect::Postgres => place.chars().take(super::builder::INDEXED).collect(),
                Dialect::Sqlite => place.clone(),
            };
            let begin = self.builder.text(&begin);
            text = format!("{} {sign}= {begin} AND {text}", self.builder.by_bytes(head));
        }
        text
    }

    fn page(&mut self, plan: &QueryPlan) -> String {
        let limit = self.builder.count(plan.limit);
        if plan.after.is_some() || plan.offset == 0 {
            return format!(" LIMIT {limit}");
        }
        format!(" LIMIT {limit} OFFSET {}", self.builder.count(plan.offset))
    }

    fn close(self, text: String, count: Option<Statement>) -> SqlQuery {
        let mut served_by = self.served_by;
        served_by.sort();
        served_by.dedup();
        let mut residual = self.residual;
        residual.sort();
        residual.dedup();
        SqlQuery {
            text,
            params: self.builder.params,
            exact: self.exact,
            count,
            served_by,
            residual,
        }
    }
}
