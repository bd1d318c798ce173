//! A query plan as a statement.

use super::Mapping;
use super::builder::{Builder, Dialect, Param};
use super::order::Order;
use super::predicate::Predicate;
use crate::protocol::{PlannedType, QueryPlan};

/// More than these, and a filter is left to the evaluator: databases have limits.
const MOST_PARAMS: usize = 5_000;
const LONGEST_TEXT: usize = 500_000;

/// A statement and what is bound to it, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL; parameters are `$1` or `?1`.
    pub text: String,
    /// The parameters.
    pub params: Vec<Param>,
}

/// A query in SQL. Its rows have the columns `json` (the resource), `id` and `sorted`
/// (the key that, with `id`, says where the row is in the order).
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

/// The row that a page begins behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct After {
    /// Its `sorted`.
    pub key: Box<str>,
    /// Its `id`.
    pub id: Box<str>,
}

/// The statement for a plan.
pub fn query(plan: &QueryPlan, dialect: Dialect, mapping: &Mapping) -> SqlQuery {
    make(plan, dialect, mapping, None)
}

/// The statement for the page behind a row, whatever the offset of the plan: its cost does not
/// grow with the place of the page.
pub fn query_after(
    plan: &QueryPlan,
    dialect: Dialect,
    mapping: &Mapping,
    after: &After,
) -> SqlQuery {
    make(plan, dialect, mapping, Some(after))
}

/// One resource type of a plan.
struct Part {
    from: String,
    order: Option<Order>,
}

fn make(plan: &QueryPlan, dialect: Dialect, mapping: &Mapping, after: Option<&After>) -> SqlQuery {
    let mut whole = Whole::new(plan, dialect, mapping, true);
    if whole.builder.params.len() > MOST_PARAMS || whole.length() > LONGEST_TEXT {
        whole = Whole::new(plan, dialect, mapping, false);
    }
    whole.finish(plan, after)
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
            builder: &mut self.builder,
            served: Vec::new(),
            left: Vec::new(),
        };
        let (conditions, exact) = match &planned.filter {
            Some(filter) if filtered => predicate.filter(&filter.test),
            Some(_) => {
                predicate.left.push("the filter is longer than databases take".to_owned());
                (Vec::new(), false)
            }
            None => (Vec::new(), true),
        };
        let (served, left) = (predicate.served, predicate.left);
        self.residual.extend(left);
        let order = Order::of(plan, planned, dialect);
        if order.is_none() {
            self.residual.push("the order".to_owned());
        }
        self.exact &= exact && order.is_some();
        // What finds rows by their number should not be asked for all of a type.
        let by_row = conditions.iter().any(|condition| condition.starts_with("d.row IN "));
        let plus = if by_row { "+" } else { "" };
        let mut from = format!(
            "FROM {}document d WHERE {plus}d.tenant = {tenant} AND d.type = {resource_type}",
            mapping.prefix()
        );
        for condition in &conditions {
            from.push_str(" AND ");
            from.push_str(condition);
        }
        self.served_by.extend(served);
        self.parts.push(Part { from, order });
    }

    fn length(&self) -> usize {
        self.parts.iter().map(|part| part.from.len()).sum()
    }

    fn finish(mut self, plan: &QueryPlan, after: Option<&After>) -> SqlQuery {
        if !self.exact {
            let each: Vec<String> = self
                .parts
                .iter()
                .map(|part| format!("SELECT d.json, d.id, NULL AS sorted {}", part.from))
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
            Some((only, [])) => self.single(&only.from.clone(), only.order.clone(), plan, after),
            _ => self.union(plan, after),
        };
        self.close(text, count)
    }

    fn single(
        &mut self,
        from: &str,
        order: Option<Order>,
        plan: &QueryPlan,
        after: Option<&After>,
    ) -> String {
        let missing = || Order { expression: format!("'{}'", super::key::MISSING), indexed: false };
        let order = order.unwrap_or_else(missing);
        let behind = after.map(|after| {
            let dialect = self.builder.dialect;
            let head = order.indexed.then(|| order.key(dialect));
            self.behind(&order.expression, head.as_deref(), "d.id", plan.descending, after)
        });
        let behind = behind.map(|behind| format!(" AND {behind}")).unwrap_or_default();
        let terms = order.terms(&self.builder, plan.descending);
        let page = self.page(plan, after);
        format!(
            "SELECT d.json, d.id, {} AS sorted {from}{behind} ORDER BY {terms}, d.id{page}",
            order.expression
        )
    }

    fn union(&mut self, plan: &QueryPlan, after: Option<&After>) -> String {
        let each: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                let missing = format!("'{}'", super::key::MISSING);
                let key = part.order.as_ref().map_or(&missing, |order| &order.expression);
                format!("SELECT d.json, d.id, d.type, {key} AS sorted {}", part.from)
            })
            .collect();
        let behind = after
            .map(|after| self.behind("u.sorted", None, "u.id", plan.descending, after))
            .map(|behind| format!(" WHERE {behind}"))
            .unwrap_or_default();
        let sorted = self.builder.by_bytes("u.sorted");
        let direction = if plan.descending { " DESC" } else { "" };
        let page = self.page(plan, after);
        format!(
            "SELECT u.json, u.id, u.sorted FROM ({}) AS u{behind} ORDER BY {sorted}{direction}, u.id, u.type{page}",
            each.join(" UNION ALL ")
        )
    }

    fn behind(
        &mut self,
        expression: &str,
        head: Option<&str>,
        id: &str,
        descending: bool,
        after: &After,
    ) -> String {
        let sign = if descending { '<' } else { '>' };
        let key = self.builder.text(&after.key);
        let after_id = self.builder.text(&super::without_nul(&after.id));
        let whole = self.builder.by_bytes(expression);
        let mut text = format!("({whole} {sign} {key} OR ({whole} = {key} AND {id} > {after_id}))");
        if let Some(head) = head {
            // An index knows where to begin.
            let begin: String = match self.builder.dialect {
                Dialect::Postgres => after.key.chars().take(super::builder::INDEXED).collect(),
                Dialect::Sqlite => after.key.to_string(),
            };
            let begin = self.builder.text(&begin);
            text = format!("{} {sign}= {begin} AND {text}", self.builder.by_bytes(head));
        }
        text
    }

    fn page(&mut self, plan: &QueryPlan, after: Option<&After>) -> String {
        let limit = self.builder.count(plan.limit);
        if after.is_some() || plan.offset == 0 {
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
