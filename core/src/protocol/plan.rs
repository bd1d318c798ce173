//! Queries as a store sees them.

use std::sync::Arc;

use super::call::Call;
use super::in_groups::ROOMY;
use super::store::Document;
use crate::error::Error;
use crate::filter::{BoundFilter, Expression, Filter, Operator, Target, Test};
use crate::schema::Compiled;
use crate::sort::{Sort, SortKey, by_keys};
use crate::time::Instant;
use crate::value::Value;

/// A query: which resources, in what order, which page.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, Need, Request, StoreOp};
/// use scimforge::time::Instant;
///
/// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
/// let engine = Engine::new(Config::default());
/// let target = "/Users?filter=userName+eq+%22Rosa%22&startIndex=11&count=10";
/// let Need::Store(StoreOp::Query(plan)) = engine.begin(Request::new("GET", target), env).step(None)
/// else {
///     unreachable!("a list asks the store")
/// };
/// assert_eq!((plan.offset, plan.limit, plan.types.len()), (10, 10, 1));
/// assert_eq!(plan.equal.map(|equal| equal.key).as_deref(), Some("rosa"), "an index can serve it");
/// ```
#[derive(Debug, Clone)]
pub struct QueryPlan {
    /// Whose resources.
    pub tenant: Box<str>,
    /// The types to look through, each with the filter and order in its own terms. Not empty.
    pub types: Vec<PlannedType>,
    /// The filter as it was written.
    pub filter: Option<Filter>,
    /// An equality that every match has, which an index can serve. Only for a single type.
    pub equal: Option<Equal>,
    /// The attribute to sort by. `None`: by creation time.
    pub sort_by: Option<Box<str>>,
    /// Whether the order is reversed. Resources with equal keys are in the order of `id` either
    /// way.
    pub descending: bool,
    /// Where the page begins: behind this place in the order. Without one, `offset` counts.
    pub after: Option<Box<After>>,
    /// How many matches come before the page.
    pub offset: usize,
    /// How many matches the page holds at most.
    pub limit: usize,
    /// Whether the number of all matches is wanted.
    pub need_total: bool,
    /// Whether nobody looks at the `members` of groups (RFC 7644 §3.9: `excludedAttributes`): a
    /// store may leave them out of resources that have a `meta.version`, which it need not read
    /// them for.
    pub without_members: bool,
}

/// A resource type in a [`QueryPlan`].
///
/// ```
/// use scimforge::protocol::PlannedType;
/// use scimforge::schema::builtin;
///
/// let all_users = PlannedType { compiled: builtin::user(), filter: None, sort: None };
/// assert_eq!(all_users.name(), "User");
/// ```
#[derive(Debug, Clone)]
pub struct PlannedType {
    /// The type.
    pub compiled: Arc<Compiled>,
    /// The filter; without one, all match.
    pub filter: Option<BoundFilter>,
    /// The order; without one although there is a `sort_by`, the type does not have the attribute.
    pub sort: Option<Sort>,
}

impl PlannedType {
    /// The name of the resource type.
    ///
    /// ```
    /// use scimforge::protocol::PlannedType;
    /// use scimforge::schema::builtin;
    ///
    /// let groups = PlannedType { compiled: builtin::group(), filter: None, sort: None };
    /// assert_eq!(groups.name(), "Group");
    /// ```
    pub fn name(&self) -> &str {
        &self.compiled.resource_type().name
    }
}

/// An attribute, or one value of it, equals a text.
///
/// ```
/// use scimforge::protocol::Equal;
/// use scimforge::text;
///
/// let equal = Equal { path: "userName".into(), key: "rosa".into(), case_exact: false };
/// assert_eq!(*text::key("ROSA", equal.case_exact), *equal.key);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equal {
    /// The attribute in canonical form, such as `userName` or `emails.value`.
    pub path: Box<str>,
    /// The value as it is compared: see [`Comparison`](crate::text::Comparison).
    pub key: Box<str>,
    /// Whether case counts.
    pub case_exact: bool,
}

/// A place in the order of a query: that of a resource, whether it is still there or not.
///
/// ```
/// use scimforge::protocol::After;
/// use scimforge::sort::SortKey;
///
/// let after = After { key: SortKey::Missing, resource_type: "User".into(), id: "u-1".into() };
/// assert!(after.comes_before(&SortKey::Missing, "User", "u-2", false));
/// assert!(!after.comes_before(&SortKey::Bool(true), "User", "u-2", false));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct After {
    /// What is sorted by.
    pub key: SortKey,
    /// The type of the resource, which breaks the tie of two with one `id`.
    pub resource_type: Box<str>,
    /// The `id`, which breaks the tie of equal keys.
    pub id: Box<str>,
}

impl After {
    /// Whether a resource comes behind this place.
    ///
    /// ```
    /// use scimforge::protocol::After;
    /// use scimforge::sort::SortKey;
    ///
    /// let text = |text: &str| SortKey::Text(text.into());
    /// let after = After { key: text("lind"), resource_type: "User".into(), id: "u-1".into() };
    /// assert!(after.comes_before(&text("berg"), "User", "u-7", true), "downwards");
    /// ```
    pub fn comes_before(
        &self,
        key: &SortKey,
        resource_type: &str,
        id: &str,
        descending: bool,
    ) -> bool {
        let by_key = self.key.compare(key);
        let by_key = if descending { by_key.reverse() } else { by_key };
        by_key.then_with(|| (&*self.id, &*self.resource_type).cmp(&(id, resource_type))).is_lt()
    }
}

/// The page that was chosen: places in the list, and how many match in all.
pub(super) struct Selection {
    pub(super) page: Vec<usize>,
    pub(super) total: usize,
}

impl QueryPlan {
    /// The first so many resources of a type of which something holds: what the engine asks for
    /// by itself.
    pub(super) fn of_type(
        call: &Call,
        compiled: &Arc<Compiled>,
        expression: &Expression,
        limit: usize,
    ) -> Result<Self, Error> {
        let filter = Filter::new(expression, call.profile, &ROOMY)?;
        let bound = filter.bind(compiled)?;
        Ok(Self {
            tenant: call.tenant.as_str().into(),
            equal: equality(compiled, &bound),
            types: vec![PlannedType {
                compiled: compiled.clone(),
                filter: Some(bound),
                sort: None,
            }],
            filter: Some(filter),
            sort_by: None,
            descending: false,
            after: None,
            offset: 0,
            limit,
            need_total: false,
            without_members: false,
        })
    }

    /// The place among the types of that of a resource, by `meta.resourceType`; the only one
    /// there is if that is missing.
    pub(super) fn place_of(&self, document: &Document) -> Option<usize> {
        let name = document.resource_type();
        match self.types.as_slice() {
            [_] if name.is_empty() => Some(0),
            types => types.iter().position(|planned| planned.name() == name),
        }
    }

    fn type_of(&self, document: &Document) -> Option<&PlannedType> {
        self.types.get(self.place_of(document)?)
    }

    /// Whether a resource matches.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Document, Engine, Env, Need, Request, StoreOp};
    /// use scimforge::time::Instant;
    /// use scimforge::value::read;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let request = Request::new("GET", "/Users?filter=title+pr");
    /// let Need::Store(StoreOp::Query(plan)) = engine.begin(request, env).step(None) else {
    ///     unreachable!("a list asks the store")
    /// };
    /// assert!(plan.matches(&Document::new(read(r#"{"id": "u-1", "title": "Baker"}"#)?)));
    /// assert!(!plan.matches(&Document::new(read(r#"{"id": "u-2"}"#)?)));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn matches(&self, document: &Document) -> bool {
        self.type_of(document).is_some_and(|planned| {
            planned.filter.as_ref().is_none_or(|filter| filter.matches(&&*document.resource))
        })
    }

    /// Filters, sorts and cuts out the page.
    pub(super) fn select(&self, documents: &[&Document]) -> Selection {
        let matching: Vec<usize> = documents
            .iter()
            .enumerate()
            .filter(|(_, document)| self.matches(document))
            .map(|(at, _)| at)
            .collect();
        let total = matching.len();
        if (self.after.is_none() && self.offset >= total) || self.limit == 0 {
            return Selection { page: Vec::new(), total };
        }
        let mut keys = Vec::with_capacity(total);
        let mut places = Vec::with_capacity(total);
        for at in matching {
            let Some(document) = documents.get(at) else { continue };
            let key = self.sort_key(document);
            let (kind, id) = (document.resource_type(), document.id());
            let passed = self
                .after
                .as_ref()
                .is_some_and(|after| !after.comes_before(&key, kind, id, self.descending));
            if !passed {
                keys.push((key, (id, kind)));
                places.push(at);
            }
        }
        let page = by_keys(keys, self.descending)
            .into_iter()
            .skip(if self.after.is_some() { 0 } else { self.offset })
            .take(self.limit)
            .filter_map(|at| places.get(at).copied())
            .collect();
        Selection { page, total }
    }

    /// Where a resource is in the order.
    pub(super) fn position_of(&self, document: &Document) -> After {
        After {
            key: self.sort_key(document),
            resource_type: document.resource_type().into(),
            id: document.id().into(),
        }
    }

    fn sort_key(&self, document: &Document) -> SortKey {
        let planned = self.type_of(document);
        planned.map_or(SortKey::Missing, |planned| self.key_of(planned, &document.resource))
    }

    /// Where a resource of a planned type comes in the order.
    ///
    /// ```
    /// use scimforge::protocol::{Config, Engine, Env, Need, Request, StoreOp};
    /// use scimforge::sort::SortKey;
    /// use scimforge::time::Instant;
    /// use scimforge::value::read;
    ///
    /// let env = Env::new(Instant::from_unix(1_772_357_400), std::iter::empty());
    /// let engine = Engine::new(Config::default());
    /// let request = Request::new("GET", "/Users?sortBy=userName");
    /// let Need::Store(StoreOp::Query(plan)) = engine.begin(request, env).step(None) else {
    ///     unreachable!("a list asks the store")
    /// };
    /// let key = plan.key_of(&plan.types[0], &read(r#"{"userName": "Rosa"}"#)?);
    /// assert!(matches!(key, SortKey::Text(text) if &*text == "rosa"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn key_of(&self, planned: &PlannedType, resource: &Value<'_>) -> SortKey {
        if self.sort_by.is_none() {
            // Old first: pages stay what they are while resources are added (Q-5A).
            let created = resource.get("meta").and_then(|meta| meta.get("created"));
            return created
                .and_then(Value::as_str)
                .and_then(Instant::parse)
                .map_or(SortKey::Missing, SortKey::Instant);
        }
        planned.sort.as_ref().map_or(SortKey::Missing, |sort| sort.key(&resource))
    }
}

/// The equality in a filter that narrows most: by `id`, by an attribute that is unique, by any
/// other.
pub(super) fn equality(compiled: &Compiled, filter: &BoundFilter) -> Option<Equal> {
    use crate::schema::Uniqueness;
    let parts = match &filter.test {
        Test::And(parts) => parts.as_slice(),
        test => std::slice::from_ref(test),
    };
    let found = parts.iter().filter_map(|part| {
        let Test::Compare {
            place,
            operator: Operator::Eq,
            target: Target::Text { text, comparison },
        } = part
        else {
            return None;
        };
        let attribute = compiled.attribute(place.id);
        let rank = match (&*attribute.path, attribute.uniqueness) {
            ("id", _) => 0,
            (_, Uniqueness::Server | Uniqueness::Global) => 1,
            _ => 2,
        };
        Some((rank, attribute, text, comparison.is_exact()))
    });
    let (_, attribute, text, case_exact) = found.min_by_key(|(rank, ..)| *rank)?;
    Some(Equal { path: attribute.path.clone(), key: text.clone(), case_exact })
}
