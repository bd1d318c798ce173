//! A query plan as a statement.

use super::Mapping;
use super::builder::{Builder, Dialect, Param};
use super::members::{resource_text, text_without_members};
use super::order::{Index, Order};
use super::predicate::{Conditions, Predicate};
use crate::protocol::members::list_of;
use crate::protocol::{After, PlannedType, QueryPlan};

/// More than these, and a filter is left to the evaluator: databases have limits.
const MOST_PARAMS: usize = 5_000;
const LONGEST_TEXT: usize = 500_000;
/// A longer condition is not written twice.
const LONGEST_TWICE: usize = 50_000;

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
///     sort_by: None, descending: false, after: None, offset: 0, limit: 10, need_total: true, without_members: false };
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
///     sort_by: None, descending: false, after: None, offset: 20, limit: 10, need_total: false, without_members: false };
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
    /// The table of documents.
    documents: String,
    parts: Vec<Part>,
    exact: bool,
    served_by: Vec<String>,
    residual: Vec<String>,
}

impl Whole {
    fn new(plan: &QueryPlan, dialect: Dialect, mapping: &Mapping, filtered: bool) -> Self {
        let mut whole = Self {
            builder: Builder::new(dialect),
            documents: format!("{}document", mapping.prefix()),
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
            "FROM {} d WHERE {plus}d.tenant = {tenant} AND d.type = {resource_type}",
            self.documents
        );
        for condition in &conditions.all {
            from.push_str(" AND ");
            from.push_str(condition);
        }
        self.served_by.extend(served);
        let json = match list_of(&planned.compiled) {
            Some(_) if plan.without_members => {
                format!("{} AS json", text_without_members(dialect, mapping))
            }
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
            Some((Part { json, from, order }, [])) => {
                let (json, from) = (json.clone(), from.clone());
                let order = order.clone().unwrap_or_else(Order::missing);
                self.single(&json, &from, &order, plan)
            }
            _ => self.union(plan),
        };
        self.close(text, count)
    }

    fn single(&mut self, json: &str, from: &str, order: &Order, plan: &QueryPlan) -> String {
        let after = plan.after.as_deref();
        // SQLite compares no rows through an index on an expression, and no index has keys downwards
        // and identifiers upwards.
        let split = order.index == Index::Whole
            && (plan.descending || self.builder.dialect == Dialect::Sqlite)
            && from.len() <= LONGEST_TWICE;
        if let (Some(after), true) = (after, split) {
            return self.split(json, from, order, plan, after);
        }
        let behind = after.map(|after| self.behind(order, "d", plan, after));
        let behind = behind.map(|behind| format!(" AND {behind}")).unwrap_or_default();
        let terms = order.terms(&self.builder, plan.descending);
        let page = self.page(plan);
        format!("SELECT {json} {from}{behind} ORDER BY {terms}, d.id{page}")
    }

    /// What comes behind a place, from there on in the index: those with the same key, then those
    /// with others.
    fn split(
        &mut self,
        json: &str,
        from: &str,
        order: &Order,
        plan: &QueryPlan,
        after: &After,
    ) -> String {
        let key = self.builder.text(&super::key::sort_key(&after.key));
        let id = self.builder.text(&super::without_nul(&after.id));
        let page = self.page(plan);
        let own = self.builder.by_bytes(&order.decisive(self.builder.dialect));
        let terms = order.terms(&self.builder, plan.descending);
        let (sign, direction) = if plan.descending { ('<', " DESC") } else { ('>', "") };
        format!(
            "SELECT {json} FROM (\
             SELECT * FROM (SELECT d.row, {own} AS sorted, d.id {from} \
             AND {own} = {key} AND d.id > {id} ORDER BY d.id{page}) AS a UNION ALL \
             SELECT * FROM (SELECT d.row, {own} AS sorted, d.id {from} \
             AND {own} {sign} {key} ORDER BY {terms}, d.id{page}) AS b \
             ORDER BY sorted{direction}, id{page}) AS u \
             CROSS JOIN {} d WHERE d.row = u.row ORDER BY u.sorted{direction}, u.id",
            self.documents
        )
    }

    fn union(&mut self, plan: &QueryPlan) -> String {
        let each: Vec<String> = self
            .parts
            .iter()
            .map(|part| {
                let key = part.order.clone().unwrap_or_else(Order::missing).expression;
                format!("SELECT {}, d.id, d.type, {key} AS sorted {}", part.json, part.from)
            })
            .collect();
        let order = Order { expression: "u.sorted".to_owned(), index: Index::None };
        let behind = plan
            .after
            .as_deref()
            .map(|after| self.behind(&order, "u", plan, after))
            .map(|behind| format!(" WHERE {behind}"))
            .unwrap_or_default();
        let terms = order.terms(&self.builder, plan.descending);
        let page = self.page(plan);
        format!(
            "SELECT u.json FROM ({}) AS u{behind} ORDER BY {terms}, u.id, u.type{page}",
            each.join(" UNION ALL ")
        )
    }

    /// What comes behind a place. Upwards that is one comparison of rows, which an index on the
    /// key and the identifier answers from that place on, however many keys are equal.
    fn behind(&mut self, order: &Order, row: &str, plan: &QueryPlan, after: &After) -> String {
        let dialect = self.builder.dialect;
        let place = super::key::sort_key(&after.key);
        let key = self.builder.text(&place);
        let mut tie = vec![format!("{row}.id")];
        let mut bound = vec![self.builder.text(&super::without_nul(&after.id))];
        if plan.types.len() > 1 {
            tie.push(format!("{row}.type"));
            bound.push(self.builder.text(&super::without_nul(&after.resource_type)));
        }
        let (tie, bound) = (tie.join(", "), bound.join(", "));
        let own = self.builder.by_bytes(&order.decisive(dialect));
        let (sign, text) = if plan.descending {
            ('<', format!("({own} < {key} OR ({own} = {key} AND ({tie}) > ({bound})))"))
        } else {
            ('>', format!("({own}, {tie}) > ({key}, {bound})"))
        };
        // An index knows where to begin.
        match order.index {
            Index::Head => {
                let head = self.builder.by_bytes(&order.key(dialect));
                let begin: String = place.chars().take(super::builder::INDEXED).collect();
                format!("{head} {sign}= {} AND {text}", self.builder.text(&begin))
            }
            Index::Whole if plan.descending || dialect == Dialect::Sqlite => {
                format!("{own} {sign}= {key} AND {text}")
            }
            Index::Whole | Index::None => text,
        }
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
