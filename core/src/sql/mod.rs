//! Queries and tables in SQL, for stores in `PostgreSQL` and `SQLite`.
//!
//! Resources are kept as JSON text; beside each stands its [`shadow`], which holds what filters
//! compare in the form in which a database compares it. A [`QueryPlan`](crate::protocol::QueryPlan) becomes one statement
//! whose rows are those that the evaluator finds ([`SqlQuery::exact`]), or more than these, which
//! the engine then filters. Texts of clients are bound, and never part of the SQL.
//!
//! ```
//! use scimforge::schema::builtin;
//! use scimforge::sql::{Dialect, Mapping, Param, query};
//! # use scimforge::filter::Filter;
//! # use scimforge::limits::Limits;
//! # use scimforge::profile::Profile;
//! # use scimforge::protocol::{PlannedType, QueryPlan};
//! # use std::sync::Arc;
//! # let user = builtin::user();
//! # let filter = Filter::parse("title sw \"Dr\"", Profile::LENIENT, &Limits::DEFAULT)?;
//! # let bound = filter.bind(&user)?;
//! # let planned = PlannedType { compiled: user, filter: Some(bound), sort: None };
//! # let plan = QueryPlan { tenant: "".into(), types: vec![planned], filter: Some(filter),
//! #     equal: None, sort_by: None, descending: false, after: None, offset: 0, limit: 10, need_total: true, without_members: false };
//! let sql = query(&plan, Dialect::Sqlite, &Mapping::default());
//! assert!(sql.exact);
//! assert!(sql.params.contains(&Param::from("dr")), "titles are compared without case");
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod batch;
mod builder;
mod columns;
mod ddl;
mod explain;
mod free;
mod index;
mod key;
mod lite;
mod mapping;
mod members;
mod memberships;
mod order;
mod outbox;
mod predicate;
mod present;
mod program;
mod query;
mod removed;
mod shadow;
#[cfg(test)]
mod tests;

pub use batch::inserted;
pub use builder::{Dialect, Param};
pub(crate) use columns::Columns;
pub(crate) use ddl::FORM;
pub use ddl::{describe, indexes, tables};
pub use explain::explain;
pub use free::removed_if_free;
pub use key::without_nul;
pub(crate) use lite::without_shadow;
pub use lite::{Shadows, sqlite_program, sqlite_upgrade};
pub use mapping::Mapping;
pub(crate) use members::members_cleared;
pub use members::{document_text, members_written, part, resource_text, text_without_members};
pub use memberships::memberships;
pub use outbox::{OutboxSql, outbox_sql, outbox_tables, record};
pub use present::present;
pub use program::{Need, Program, Step, program};
pub use query::{SqlQuery, Statement, query};
pub use removed::forgetting;
pub use shadow::{looked_up, shadow};
