//! Operations and their results as data, for stores in another language.

use std::sync::Arc;

use super::event::{event_of, write_event};
use super::groups::Membership;
use super::in_groups::ROOMY;
use super::members::MemberChange;
use super::plan::{After, Equal, PlannedType, QueryPlan};
use super::removal::{self, Kept, Removed, RemovedPlan};
use super::store::{Document, Key, Secret, StoreOp, StoreResult, Unique};
use crate::error::{Code, Error, Pointer};
use crate::filter::Filter;
use crate::name;
use crate::profile::{Profile, Trace};
use crate::schema::Compiled;
use crate::sort::{Sort, SortKey};
use crate::time::Instant;
use crate::value::{Object, Value};

pub(super) fn wrong(name: &'static str, expected: &'static str) -> Error {
    Error::new(Code::InvalidParameter)
        .with("parameter", name)
        .with("expected", expected)
        .at(Pointer::root().name(name))
}

pub(super) fn text<'v>(value: &'v Value<'_>, name: &'static str) -> Result<&'v str, Error> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| wrong(name, "a string"))
}

pub(super) fn optional(value: &Value<'_>, name: &'static str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

fn flag(value: &Value<'_>, name: &'static str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or(false)
}

fn count(value: &Value<'_>, name: &'static str) -> Result<Option<usize>, Error> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_count().map(Some).ok_or_else(|| wrong(name, "a count")),
    }
}

pub(super) fn texts(texts: &[Box<str>]) -> Value<'static> {
    Value::Array(texts.iter().map(|text| Value::copied(text)).collect())
}

pub(super) fn texts_of(value: &Value<'_>, name: &'static str) -> Vec<Box<str>> {
    let items = value.get(name).and_then(Value::as_array).unwrap_or_default();
    items.iter().filter_map(Value::as_str).map(Into::into).collect()
}

pub(super) fn document(value: &Value<'_>, name: &'static str) -> Result<Document, Error> {
    match value.get(name) {
        Some(resource @ Value::Object(_)) => Ok(Document::new(resource.clone().into_owned())),
        _ => Err(wrong(name, "a resource")),
    }
}

impl Key {
    /// `{"tenant", "type", "id"}`.
    ///
    /// ```
    /// use scimforge::protocol::Key;
    ///
    /// let key = Key { tenant: "north".into(), resource_type: "User".into(), id: "u-1".into() };
    /// assert_eq!(key.to_value().to_string(), r#"{"tenant":"north","type":"User","id":"u-1"}"#);
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let members = [("tenant", &self.tenant), ("type", &self.resource_type), ("id", &self.id)];
        Value::Object(members.into_iter().map(|(name, text)| (name, Value::copied(text))).collect())
    }

    fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let key = value.get("key").ok_or_else(|| wrong("key", "a key"))?;
        Ok(Self {
            tenant: text(key, "tenant")?.into(),
            resource_type: text(key, "type")?.into(),
            id: text(key, "id")?.into(),
        })
    }
}

pub(super) fn unique_to_value(unique: &[Unique]) -> Value<'static> {
    let each = |unique: &Unique| {
        Value::Object(
            [("path", Value::copied(&unique.path)), ("key", Value::copied(&unique.key))]
                .into_iter()
                .collect(),
        )
    };
    Value::Array(unique.iter().map(each).collect())
}

pub(super) fn unique_from_value(value: &Value<'_>) -> Result<Vec<Unique>, Error> {
    let items = value.get("unique").and_then(Value::as_array).unwrap_or_default();
    items
        .iter()
        .map(|item| Ok(Unique { path: text(item, "path")?.into(), key: text(item, "key")?.into() }))
        .collect()
}

impl QueryPlan {
    fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("op", Value::from("query"));
        object.insert("tenant", Value::copied(&self.tenant));
        object.insert(
            "types",
            Value::Array(self.types.iter().map(|planned| Value::copied(planned.name())).collect()),
        );
        if let Some(filter) = &self.filter {
            object.insert("filter", Value::from(filter.to_string()));
        }
        if let Some(equal) = &self.equal {
            let mut member = Object::new();
            member.insert("path", Value::copied(&equal.path));
            member.insert("key", Value::copied(&equal.key));
            member.insert("caseExact", Value::Bool(equal.case_exact));
            object.insert("equal", member.into());
        }
        if let Some(sort_by) = &self.sort_by {
            object.insert("sortBy", Value::copied(sort_by));
        }
        object.insert("descending", Value::Bool(self.descending));
        if let Some(after) = &self.after {
            object.insert("after", after.to_value());
        }
        object.insert("offset", Value::count(self.offset));
        object.insert("limit", Value::count(self.limit));
        object.insert("needTotal", Value::Bool(self.need_total));
        if self.without_members {
            object.insert("withoutMembers", Value::Bool(true));
        }
        object.into()
    }

    fn from_value(value: &Value<'_>, types: &[Arc<Compiled>]) -> Result<Self, Error> {
        // What the engine wrote is canonical and within its own limits; what it tolerated is
        // tolerated again.
        let profile = Profile::LENIENT;
        let filter = match optional(value, "filter") {
            Some(text) => Some(Filter::parse(&text, profile, &ROOMY)?),
            None => None,
        };
        let sort_by = optional(value, "sortBy").map(String::into_boxed_str);
        let names = value
            .get("types")
            .and_then(Value::as_array)
            .ok_or_else(|| wrong("types", "an array"))?;
        let mut planned = Vec::with_capacity(names.len());
        for name in names.iter().filter_map(Value::as_str) {
            let compiled = types
                .iter()
                .find(|compiled| *compiled.resource_type().name == *name)
                .ok_or_else(|| wrong("types", "names of resource types"))?;
            let sort = match &sort_by {
                Some(path) => Sort::new(compiled, path, profile, &mut Trace::new())?,
                None => None,
            };
            let bound = filter.as_ref().map(|filter| filter.bind(compiled)).transpose()?;
            planned.push(PlannedType { compiled: compiled.clone(), filter: bound, sort });
        }
        let equal = match value.get("equal") {
            Some(equal @ Value::Object(_)) => Some(Equal {
                path: text(equal, "path")?.into(),
                key: text(equal, "key")?.into(),
                case_exact: flag(equal, "caseExact"),
            }),
            _ => None,
        };
        Ok(Self {
            tenant: text(value, "tenant")?.into(),
            types: planned,
            filter,
            equal,
            sort_by,
            descending: flag(value, "descending"),
            after: match value.get("after") {
                Some(after @ Value::Object(_)) => Some(Box::new(After::from_value(after)?)),
                _ => None,
            },
            offset: count(value, "offset")?.unwrap_or(0),
            limit: count(value, "limit")?.ok_or_else(|| wrong("limit", "a count"))?,
            need_total: flag(value, "needTotal"),
            without_members: flag(value, "withoutMembers"),
        })
    }
}

impl After {
    /// `{"key": {"boolean" | "number" | "instant" | "text": value}, "type", "id"}`; no `key`
    /// where there was no value to sort by.
    fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        let key = match &self.key {
            SortKey::Bool(truth) => Some(("boolean", Value::Bool(*truth))),
            SortKey::Number(number) => Some(("number", Value::Number(number.clone()))),
            SortKey::Instant(instant) => Some(("instant", Value::from(instant.to_exact_text()))),
            SortKey::Text(text) => Some(("text", Value::copied(text))),
            SortKey::Missing => None,
        };
        if let Some(member) = key {
            object.insert("key", Value::Object([member].into_iter().collect()));
        }
        object.insert("type", Value::copied(&self.resource_type));
        object.insert("id", Value::copied(&self.id));
        object.into()
    }

    fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let wrong = || wrong("after", "a place in the order");
        let key = match value.get("key").and_then(Value::as_object) {
            None => SortKey::Missing,
            Some(key) => match key.iter().next() {
                Some(("boolean", Value::Bool(truth))) => SortKey::Bool(*truth),
                Some(("number", Value::Number(number))) => {
                    SortKey::Number(number.clone().into_owned())
                }
                Some(("instant", Value::String(text))) => {
                    SortKey::Instant(Instant::parse(text).ok_or_else(wrong)?)
                }
                Some(("text", Value::String(text))) => SortKey::Text((&**text).into()),
                _ => return Err(wrong()),
            },
        };
        Ok(Self { key, resource_type: text(value, "type")?.into(), id: text(value, "id")?.into() })
    }
}

impl StoreOp {
    /// The operation as data: `op` is `get`, `part`, `query`, `insert`, `insertMany`, `replace`, `remove`, `removed`,
    /// `restore`, `purge`, `lock`, `tell`, `present` or `memberships`, the rest are the fields in camel case (`document` is `resource`), the event of a change in `event`
    /// (see [`Event::to_value`](super::Event::to_value)). A password is in clear: what
    /// this returns goes to the store and into no log.
    ///
    /// ```
    /// use scimforge::protocol::{Key, StoreOp};
    ///
    /// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
    /// let operation = StoreOp::Get { key }.to_value();
    /// assert_eq!(operation.get("op").and_then(|op| op.as_str()), Some("get"));
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        match self {
            Self::Query(plan) => return plan.to_value(),
            Self::Get { key } => {
                object.insert("op", Value::from("get"));
                object.insert("key", key.to_value());
            }
            Self::Lock { key } => {
                object.insert("op", Value::from("lock"));
                object.insert("key", key.to_value());
            }
            Self::Part { key, members, few } => {
                object.insert("op", Value::from("part"));
                object.insert("key", key.to_value());
                object.insert("members", texts(members));
                object.insert("few", Value::count(*few));
            }
            Self::Insert { key, document, unique, password, event } => {
                object.insert("op", Value::from("insert"));
                write_document(&mut object, key, document, unique, password.as_ref());
                write_event(&mut object, event.as_deref());
            }
            Self::Replace { key, document, if_version, unique, password, event, members } => {
                object.insert("op", Value::from("replace"));
                write_document(&mut object, key, document, unique, password.as_ref());
                write_version(&mut object, if_version.as_deref());
                if let Some(changes) = members {
                    let changes = changes.iter().map(MemberChange::to_value).collect();
                    object.insert("members", Value::Array(changes));
                }
                write_event(&mut object, event.as_deref());
            }
            Self::InsertMany { operations, whole } => {
                object.insert("op", Value::from("insertMany"));
                object.insert("whole", Value::Bool(*whole));
                let each = operations.iter().map(Self::to_value).collect();
                object.insert("operations", Value::Array(each));
            }
            Self::Remove { key, if_version, event, keep } => {
                object.insert("op", Value::from("remove"));
                object.insert("key", key.to_value());
                write_version(&mut object, if_version.as_deref());
                write_event(&mut object, event.as_deref());
                if let Some(keep) = keep {
                    object.insert("keep", keep.to_value());
                }
            }
            Self::Removed(plan) => plan.write(&mut object),
            Self::Restore { key, document, unique, password, event, anew } => {
                object.insert("op", Value::from("restore"));
                write_document(&mut object, key, document, unique, password.as_ref());
                write_event(&mut object, event.as_deref());
                object.insert("anew", Value::Bool(*anew));
            }
            Self::Purge { tenant, before, limit } => {
                object.insert("op", Value::from("purge"));
                if let Some(tenant) = tenant {
                    object.insert("tenant", Value::copied(tenant));
                }
                object.insert("before", Value::from(before.to_exact_text()));
                object.insert("limit", Value::count(*limit));
            }
            Self::Tell { event } => {
                object.insert("op", Value::from("tell"));
                write_event(&mut object, event.as_deref());
            }
            Self::Present { tenant, resource_type, ids } => {
                object.insert("op", Value::from("present"));
                object.insert("tenant", Value::copied(tenant));
                object.insert("type", Value::copied(resource_type));
                object.insert("ids", texts(ids));
            }
            Self::Memberships { tenant, group_type, members } => {
                object.insert("op", Value::from("memberships"));
                object.insert("tenant", Value::copied(tenant));
                object.insert("type", Value::copied(group_type));
                object.insert("members", texts(members));
            }
        }
        object.into()
    }

    /// Reads what [`StoreOp::to_value`] writes. `types` are those of the engine.
    ///
    /// ```
    /// use scimforge::protocol::{Key, StoreOp};
    /// use scimforge::schema::builtin;
    ///
    /// let key = Key { tenant: "".into(), resource_type: "User".into(), id: "u-1".into() };
    /// let written = StoreOp::Get { key }.to_value();
    /// let read = StoreOp::from_value(&written, &[builtin::user()])?;
    /// assert!(matches!(read, StoreOp::Get { key } if &*key.id == "u-1"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-parameter` for a member that is missing or of another kind; those of filters.
    pub fn from_value(value: &Value<'_>, types: &[Arc<Compiled>]) -> Result<Self, Error> {
        let if_version = optional(value, "ifVersion");
        let password = optional(value, "password").map(Secret::new);
        Ok(match text(value, "op")? {
            "get" => Self::Get { key: Key::from_value(value)? },
            "lock" => Self::Lock { key: Key::from_value(value)? },
            "part" => Self::Part {
                key: Key::from_value(value)?,
                members: texts_of(value, "members"),
                few: count(value, "few")?.ok_or_else(|| wrong("few", "a count"))?,
            },
            "query" => Self::Query(QueryPlan::from_value(value, types)?),
            "insert" => Self::Insert {
                key: Key::from_value(value)?,
                document: document(value, "resource")?,
                unique: unique_from_value(value)?,
                password,
                event: event_of(value)?,
            },
            "replace" => Self::Replace {
                key: Key::from_value(value)?,
                document: document(value, "resource")?,
                if_version,
                unique: unique_from_value(value)?,
                password,
                event: event_of(value)?,
                members: value
                    .get("members")
                    .and_then(Value::as_array)
                    .map(|changes| changes.iter().map(MemberChange::from_value).collect()),
            },
            "insertMany" => Self::InsertMany {
                operations: insertions(value, types)?,
                whole: flag(value, "whole"),
            },
            "remove" => Self::Remove {
                key: Key::from_value(value)?,
                if_version,
                event: event_of(value)?,
                keep: value.get("keep").map(Kept::from_value).transpose()?.map(Box::new),
            },
            "removed" => Self::Removed(RemovedPlan::from_value(value)?),
            "restore" => Self::Restore {
                key: Key::from_value(value)?,
                document: document(value, "resource")?,
                unique: unique_from_value(value)?,
                password,
                event: event_of(value)?,
                anew: flag(value, "anew"),
            },
            "purge" => Self::Purge {
                tenant: optional(value, "tenant").map(String::into_boxed_str),
                before: removal::instant(value, "before")?
                    .ok_or_else(|| wrong("before", "a date and time"))?,
                limit: count(value, "limit")?.ok_or_else(|| wrong("limit", "a count"))?,
            },
            "tell" => Self::Tell { event: event_of(value)? },
            "present" => Self::Present {
                tenant: text(value, "tenant")?.into(),
                resource_type: text(value, "type")?.into(),
                ids: texts_of(value, "ids"),
            },
            "memberships" => Self::Memberships {
                tenant: text(value, "tenant")?.into(),
                group_type: text(value, "type")?.into(),
                members: texts_of(value, "members"),
            },
            _ => {
                return Err(wrong(
                    "op",
                    "get, part, query, insert, insertMany, replace, remove, removed, restore, purge, lock, tell, present or memberships",
                ));
            }
        })
    }
}

/// The operations of an `insertMany`, which nests no deeper.
fn insertions(value: &Value<'_>, types: &[Arc<Compiled>]) -> Result<Vec<StoreOp>, Error> {
    let each = value.get("operations").and_then(Value::as_array).unwrap_or_default().iter();
    each.map(|one| match one.get("op").and_then(Value::as_str) {
        Some("insert") => StoreOp::from_value(one, types),
        _ => Err(wrong("operations", "inserts")),
    })
    .collect()
}

fn write_document(
    object: &mut Object<'static>,
    key: &Key,
    document: &Document,
    unique: &[Unique],
    password: Option<&Secret>,
) {
    object.insert("key", key.to_value());
    object.insert("resource", (*document.resource).clone());
    object.insert("unique", unique_to_value(unique));
    if let Some(password) = password {
        object.insert("password", Value::copied(password.reveal()));
    }
}

fn write_version(object: &mut Object<'static>, if_version: Option<&str>) {
    if let Some(version) = if_version {
        object.insert("ifVersion", Value::copied(version));
    }
}

fn membership_to_value(membership: &Membership) -> Value<'static> {
    let mut object = Object::new();
    object.insert("member", Value::copied(&membership.member));
    object.insert("group", Value::copied(&membership.group));
    if let Some(display) = &membership.display {
        object.insert("display", Value::copied(display));
    }
    object.into()
}

fn membership_from_value(value: &Value<'_>) -> Result<Membership, Error> {
    Ok(Membership {
        member: text(value, "member")?.into(),
        group: text(value, "group")?.into(),
        display: optional(value, "display").map(String::into_boxed_str),
    })
}

impl StoreResult {
    /// The result as data, one member that says which: `row` (a resource or null), `part` (a resource), `rows` (with
    /// `total` and `residual` beside it), `memberships` (a list of `member`, `group` and
    /// perhaps `display`), `inserted` (a list of places), `removed` (a list of `kept` and `resource`), `purged` (counts by
    /// resource type), `unsupported`, `done`, `written` (a resource), `notStorable` (the
    /// attribute, with `reason` beside it), `conflict` (the attribute), `versionMismatch`,
    /// `notFound`, `failed` (a message for the log).
    ///
    /// ```
    /// use scimforge::protocol::StoreResult;
    ///
    /// let taken = StoreResult::Conflict { attribute: "userName".into() };
    /// assert_eq!(taken.to_value().to_string(), r#"{"conflict":"userName"}"#);
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        match self {
            Self::Row(row) => {
                object.insert(
                    "row",
                    row.as_ref().map_or(Value::Null, |document| (*document.resource).clone()),
                );
            }
            Self::Part(document) => {
                object.insert("part", (*document.resource).clone());
            }
            Self::Rows { documents, total, residual } => {
                let rows = documents.iter().map(|document| (*document.resource).clone()).collect();
                object.insert("rows", Value::Array(rows));
                if let Some(total) = total {
                    object.insert("total", Value::count(*total));
                }
                object.insert("residual", Value::Bool(*residual));
            }
            Self::Memberships(memberships) => {
                let each = memberships.iter().map(membership_to_value).collect();
                object.insert("memberships", Value::Array(each));
            }
            Self::Present(ids) => {
                object.insert("present", texts(ids));
            }
            Self::Inserted(places) => {
                let places = places.iter().map(|place| Value::count(*place)).collect();
                object.insert("inserted", Value::Array(places));
            }
            Self::Removed(removed) => {
                let each = removed.iter().map(Removed::to_value).collect();
                object.insert("removed", Value::Array(each));
            }
            Self::Purged(counts) => {
                object.insert("purged", removal::counts_to_value(counts));
            }
            Self::Unsupported => {
                object.insert("unsupported", Value::Bool(true));
            }
            Self::Done => {
                object.insert("done", Value::Bool(true));
            }
            Self::Written(document) => {
                object.insert("written", (*document.resource).clone());
            }
            Self::NotStorable { attribute, reason } => {
                object.insert("notStorable", Value::copied(attribute));
                object.insert("reason", Value::copied(reason));
            }
            Self::Conflict { attribute } => {
                object.insert("conflict", Value::copied(attribute));
            }
            Self::VersionMismatch => {
                object.insert("versionMismatch", Value::Bool(true));
            }
            Self::NotFound => {
                object.insert("notFound", Value::Bool(true));
            }
            Self::Failed(message) => {
                object.insert("failed", Value::copied(message));
            }
        }
        object.into()
    }

    /// Reads what a store answers, in the form that [`StoreResult::to_value`] writes.
    ///
    /// ```
    /// use scimforge::protocol::StoreResult;
    /// use scimforge::value::read;
    ///
    /// assert!(matches!(StoreResult::from_value(read(r#"{"done": true}"#)?)?, StoreResult::Done));
    /// assert!(StoreResult::from_value(read(r#"{"maybe": true}"#)?).is_err());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-parameter` for anything else.
    pub fn from_value(value: Value<'_>) -> Result<Self, Error> {
        let expected = "one of row, part, rows, memberships, present, inserted, removed, purged, unsupported, done, written, notStorable, conflict, versionMismatch, notFound, failed";
        let wrong_result = || wrong("result", expected);
        let residual = flag(&value, "residual");
        let total = count(&value, "total")?;
        let reason = optional(&value, "reason").unwrap_or_default();
        let Value::Object(object) = value else { return Err(wrong_result()) };
        let is = |name: &str, own: &str| name::same(name, own);
        for (key, member) in object {
            return Ok(match member {
                Value::Null if is(&key, "row") => Self::Row(None),
                resource @ Value::Object(_) if is(&key, "row") => {
                    Self::Row(Some(Document::new(resource.into_owned())))
                }
                resource @ Value::Object(_) if is(&key, "part") => {
                    Self::Part(Document::new(resource.into_owned()))
                }
                Value::Array(rows) if is(&key, "rows") => {
                    if !rows.iter().all(|row| row.as_object().is_some()) {
                        return Err(wrong("rows", "an array of resources"));
                    }
                    let documents =
                        rows.into_iter().map(|row| Document::new(row.into_owned())).collect();
                    Self::Rows { documents, total, residual }
                }
                Value::Array(list) if is(&key, "memberships") => Self::Memberships(
                    list.iter().map(membership_from_value).collect::<Result<_, _>>()?,
                ),
                Value::Array(ids) if is(&key, "present") => {
                    let ids = ids.iter().map(|id| id.as_str().map(Into::into));
                    Self::Present(ids.collect::<Option<_>>().ok_or_else(wrong_result)?)
                }
                Value::Array(places) if is(&key, "inserted") => {
                    let places = places.iter().map(Value::as_count);
                    Self::Inserted(places.collect::<Option<_>>().ok_or_else(wrong_result)?)
                }
                Value::Array(list) if is(&key, "removed") => {
                    Self::Removed(list.iter().map(Removed::from_value).collect::<Result<_, _>>()?)
                }
                counts @ Value::Object(_) if is(&key, "purged") => {
                    Self::Purged(removal::counts_of(&counts)?)
                }
                Value::Bool(true) if is(&key, "unsupported") => Self::Unsupported,
                Value::Bool(true) if is(&key, "done") => Self::Done,
                resource @ Value::Object(_) if is(&key, "written") => {
                    Self::Written(Document::new(resource.into_owned()))
                }
                Value::String(attribute) if is(&key, "notStorable") => {
                    Self::NotStorable { attribute: (&*attribute).into(), reason: reason.into() }
                }
                Value::Bool(true) if is(&key, "versionMismatch") => Self::VersionMismatch,
                Value::Bool(true) if is(&key, "notFound") => Self::NotFound,
                Value::String(attribute) if is(&key, "conflict") => {
                    Self::Conflict { attribute: attribute.as_ref().into() }
                }
                Value::String(message) if is(&key, "failed") => Self::Failed(message.into_owned()),
                _ => continue,
            });
        }
        Err(wrong_result())
    }
}
