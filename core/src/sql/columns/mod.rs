//! Tables of the developer's: what of a resource lies in which column.
//!
//! A mapping names columns for attributes, a join table for members, and a column for the rest.
//! What filters say of columns becomes SQL where SQL says the same as the evaluator; what lies in
//! the rest has a shadow there; everything else is left to the evaluator.

mod change;
mod check;
mod config;
mod ddl;
mod elements;
mod fold;
mod joining;
mod lost;
mod members;
mod part;
mod query;
mod read;
mod removed;
mod scalar;
mod search;
mod steps;
mod table;
mod write;

use std::sync::Arc;

use super::Dialect;
use super::explain::explain;
use super::mapping::Mapping;
use crate::error::Error;
use crate::protocol::{Document, QueryPlan, SoftDelete, StoreOp, StoreResult};
use crate::schema::Compiled;
use crate::value::{Object, Value};
use table::Table;

/// One resource type and its table.
#[derive(Debug, Clone)]
struct Mapped {
    compiled: Arc<Compiled>,
    table: Table,
}

/// The tables of all resource types.
#[derive(Debug, Clone)]
pub(crate) struct Columns {
    types: Vec<Mapped>,
    usual_lower: bool,
    /// Whether the unique values of rows that count as deleted stay taken.
    keeps_unique: bool,
}

impl Columns {
    /// Reads a mapping: an object with a member for each resource type.
    pub(crate) fn new(types: &[Arc<Compiled>], mapping: &Value<'_>) -> Result<Self, Error> {
        let named = |compiled: &Arc<Compiled>| {
            let name = &*compiled.resource_type().name;
            let given = mapping.get(name).filter(|given| given.as_object().is_some());
            given.ok_or_else(|| {
                Error::invalid_option(&format!("store.{name}"), "table(…)")
                    .helped(format!("map it, or leave {name} out of the resources of the handler"))
            })
        };
        let mut columns = Self { types: Vec::new(), usual_lower: true, keeps_unique: false };
        for compiled in types {
            let table = config::table(compiled, named(compiled)?)?;
            columns.types.push(Mapped { compiled: compiled.clone(), table });
        }
        let strangers = mapping.as_object().into_iter().flat_map(Object::iter);
        for (name, _) in strangers {
            if columns.mapped(name).is_none() {
                let known = types.iter().map(|compiled| &*compiled.resource_type().name);
                let error = Error::invalid_option(
                    &format!("store.{name}"),
                    "nothing: the handler has no such resource type",
                );
                return Err(match crate::name::nearest(name, known) {
                    Some(near) => error.helped(format!("did you mean `{near}`?")),
                    None => error,
                });
            }
        }
        Ok(columns)
    }

    /// The same for a server that keeps what is deleted: all tables mark their rows.
    pub(crate) fn keeping(mut self, soft: Option<SoftDelete>) -> Result<Self, Error> {
        let Some(soft) = soft else { return Ok(self) };
        self.keeps_unique = soft.keeps_unique;
        for mapped in &self.types {
            let expected = match &mapped.table.soft_delete {
                None => "a ts or bool column, as `delete` is soft",
                // When a row was deleted is what a purge goes by.
                Some(_) if removed::time_column(mapped).is_none() => {
                    "a ts column, or a ts column for meta.lastModified beside it, as `delete` is soft"
                }
                Some(_) => continue,
            };
            let option = format!("store.{}.softDelete", mapped.compiled.resource_type().name);
            return Err(Error::invalid_option(&option, expected));
        }
        Ok(self)
    }

    fn mapped(&self, type_name: &str) -> Option<&Mapped> {
        self.types.iter().find(|mapped| *mapped.compiled.resource_type().name == *type_name)
    }

    /// What a host runs for an operation: `{"get": statement}`, `{"part": statement, "type"}`, `{"queries": […], "exact",
    /// "count"?}` with a statement and a `type` each, `{"memberships": statement}`, `{"present": statement}`, `{"lock": statement}`,
    /// `{"removed": statement, "type"}`, `{"purge": [statement]}` with a `type` each,
    /// `{"change": type, "lock"?}`, `{"tell": true}` where but the event is kept, or `{"result": …}` where nothing is to be run. `events` are the
    /// tables of ours that keep events, if any do.
    pub(crate) fn program(&self, operation: &StoreOp, events: Option<&Mapping>) -> Value<'static> {
        match operation {
            StoreOp::Get { key } => match self.get(key, false) {
                Some(statement) => with_type("get", statement.to_value(), &key.resource_type),
                None => result(&StoreResult::Row(None)),
            },
            StoreOp::Part { key, members, few } => match self.part(key, members, *few) {
                Some(statement) => with_type("part", statement.to_value(), &key.resource_type),
                None => result(&StoreResult::Unsupported),
            },
            StoreOp::InsertMany { .. } => result(&StoreResult::Unsupported),
            StoreOp::Lock { key } => match self.locked(key) {
                Some(statement) => single("lock", statement.to_value()),
                None => result(&StoreResult::Done),
            },
            StoreOp::Query(plan) => self.queries(plan),
            StoreOp::Tell { .. } => single("tell", Value::Bool(true)),
            StoreOp::Present { tenant, resource_type, ids } => {
                match self.present(tenant, resource_type, ids) {
                    Some(statement) => single("present", statement.to_value()),
                    None => result(&StoreResult::Present(Vec::new())),
                }
            }
            StoreOp::Memberships { tenant, group_type, members } => {
                match self.memberships(tenant, group_type, members) {
                    Some(statement) => single("memberships", statement.to_value()),
                    None => result(&StoreResult::Unsupported),
                }
            }
            StoreOp::Removed(plan) => {
                self.removed(plan).unwrap_or_else(|| result(&StoreResult::Unsupported))
            }
            StoreOp::Purge { tenant, before, limit } => self
                .purge(tenant.as_deref(), *before, *limit, events)
                .unwrap_or_else(|| result(&StoreResult::Unsupported)),
            StoreOp::Restore { key, .. } => match self.get_removed(key) {
                Some(lock) => {
                    let mut object = Object::new();
                    object.insert("change", Value::copied(&key.resource_type));
                    object.insert("lock", lock.to_value());
                    object.into()
                }
                None => result(&StoreResult::NotFound),
            },
            StoreOp::Insert { key, .. } => single("change", Value::copied(&key.resource_type)),
            StoreOp::Replace { key, .. } | StoreOp::Remove { key, .. } => {
                let mut object = Object::new();
                object.insert("change", Value::copied(&key.resource_type));
                let lock = match operation {
                    StoreOp::Replace { members: None, .. } => self.get(key, true),
                    _ => self.locked(key),
                };
                match lock {
                    Some(lock) => object.insert("lock", lock.to_value()),
                    None => return result(&StoreResult::NotFound),
                };
                object.into()
            }
        }
    }

    fn queries(&self, plan: &QueryPlan) -> Value<'static> {
        let mut queries = Vec::new();
        let (mut exact, mut count) = (true, None);
        for planned in &plan.types {
            let Some(mapped) = self.mapped(planned.name()) else { continue };
            let query = self.query(plan, planned, mapped);
            exact &= query.exact;
            count = query.count;
            let statement = super::Statement { text: query.text, params: query.params };
            let Value::Object(mut object) = statement.to_value() else { continue };
            object.insert("type", Value::copied(planned.name()));
            queries.push(object.into());
        }
        let mut object = Object::new();
        object.insert("queries", Value::Array(queries));
        object.insert("exact", Value::Bool(exact));
        if let (true, Some(count)) = (exact, count) {
            object.insert("count", count.to_value());
        }
        object.into()
    }

    /// The resources that rows hold, without what the application computes.
    pub(crate) fn documents(&self, type_name: &str, rows: &Value<'_>) -> Value<'static> {
        let rows = rows.as_array().unwrap_or_default();
        let Some(mapped) = self.mapped(type_name) else { return Value::Array(Vec::new()) };
        let resource = |row: &Value<'_>| read::document(mapped, row).into_resource();
        Value::Array(rows.iter().map(resource).collect())
    }

    /// The steps of a change of a resource that was locked and is `old`, or `{"result": …}`.
    pub(crate) fn steps(&self, operation: &StoreOp, old: Option<&Document>) -> Value<'static> {
        self.change(operation, old)
            .map_or_else(|refused| result(&refused), |change| change.to_value())
    }

    /// The steps that are left once the database has said the `id` of a new resource.
    pub(crate) fn more_steps(&self, operation: &StoreOp, id: &str) -> Value<'static> {
        self.settle(operation, id)
            .map_or_else(|refused| result(&refused), |change| change.to_value())
    }

    /// Why what was made of a resource cannot stay, if it cannot: the application computed
    /// something else than was sent.
    pub(crate) fn check(
        &self,
        operation: &StoreOp,
        made: &Document,
        old: Option<&Document>,
    ) -> Option<StoreResult> {
        let (StoreOp::Insert { key, document, .. }
        | StoreOp::Replace { key, document, .. }
        | StoreOp::Restore { key, document, .. }) = operation
        else {
            return None;
        };
        let mapped = self.mapped(&key.resource_type)?;
        let lost = lost::lost(mapped, document, made, old)?;
        Some(write::no_place(lost, "another value is computed for it"))
    }

    /// What a plan costs, for people.
    pub(crate) fn explained(&self, plan: &QueryPlan) -> Value<'static> {
        let mut types = plan.types.iter();
        let planned = types.next().and_then(|first| Some((first, self.mapped(first.name())?)));
        planned.map_or(Value::Null, |(planned, mapped)| {
            explain(&self.query(plan, planned, mapped), Dialect::Postgres)
        })
    }
}

fn single(name: &'static str, value: Value<'static>) -> Value<'static> {
    Object::from_unique(vec![(name.into(), value)]).into()
}

fn with_type(name: &'static str, value: Value<'static>, type_name: &str) -> Value<'static> {
    let mut object = Object::new();
    object.insert(name, value);
    object.insert("type", Value::copied(type_name));
    object.into()
}

fn result(result: &StoreResult) -> Value<'static> {
    single("result", result.to_value())
}
