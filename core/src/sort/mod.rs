//! The order of resources (RFC 7644 §3.4.2.3).
//!
//! ```
//! use scimforge::profile::{Profile, Trace};
//! use scimforge::schema::builtin;
//! use scimforge::sort::{Sort, order};
//! use scimforge::value::read;
//!
//! let users = read(r#"[{"userName": "rosa"}, {"userName": "Ida"}, {"title": "Baker"}]"#)?;
//! let users = users.as_array().expect("a list");
//! let sort = Sort::new(&builtin::user(), "userName", Profile::RFC, &mut Trace::new())?;
//! let sort = sort.expect("a name to sort by");
//! assert_eq!(order(users.iter(), &sort, false), [1, 0, 2], "who has no name comes last");
//! # Ok::<(), scimforge::error::Error>(())
//! ```

pub(crate) mod rank;

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::error::{Code, Error, Pointer, ScimType};
use crate::name;
use crate::path::{Resolved, resolve};
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled, Identity, Kind, Returned, Step};
use crate::text::Comparison;
use crate::time::Instant;
use crate::value::{Node, Number, View};

/// What resources of one type are sorted by.
///
/// ```
/// use scimforge::profile::{Profile, Trace};
/// use scimforge::schema::{Kind, builtin};
/// use scimforge::sort::Sort;
///
/// let sort = Sort::new(&builtin::user(), "META.created", Profile::RFC, &mut Trace::new())?;
/// let sort = sort.expect("a name to sort by");
/// assert_eq!((&*sort.path, sort.kind), ("meta.created", Kind::DateTime));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sort {
    /// The attribute: its path in canonical case.
    pub path: Box<str>,
    /// Its type, which decides how values compare.
    pub kind: Kind,
    /// How its texts compare.
    pub comparison: Comparison,
    steps: Vec<Step>,
    schema: Identity,
}

/// A value to sort by. What is missing sorts behind everything.
///
/// ```
/// use scimforge::profile::{Profile, Trace};
/// use scimforge::schema::builtin;
/// use scimforge::sort::{Sort, SortKey};
/// use scimforge::value::read;
///
/// let sort = Sort::new(&builtin::user(), "userName", Profile::RFC, &mut Trace::new())?;
/// let key = sort.expect("a name to sort by").key(&&read(r#"{"userName": "Rosa"}"#)?);
/// assert!(matches!(key, SortKey::Text(text) if &*text == "rosa"), "case does not count");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum SortKey {
    /// For booleans: false before true.
    Bool(bool),
    /// For integers and decimals.
    Number(Number<'static>),
    /// For dates and times.
    Instant(Instant),
    /// For everything else; folded unless case counts. Compared by Unicode code point.
    Text(Box<str>),
    /// No value.
    Missing,
}

impl SortKey {
    /// Ascending order. Keys of different kinds (from different resource types) are grouped.
    ///
    /// ```
    /// use scimforge::sort::SortKey;
    ///
    /// assert!(SortKey::Bool(false).compare(&SortKey::Bool(true)).is_lt());
    /// assert!(SortKey::Bool(true).compare(&SortKey::Missing).is_lt());
    /// ```
    pub fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.compare(b),
            (Self::Instant(a), Self::Instant(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Number(_) => 1,
            Self::Instant(_) => 2,
            Self::Text(_) => 3,
            Self::Missing => 4,
        }
    }
}

impl Sort {
    /// Reads `sortBy`. A complex attribute stands for its `value`. `None` where a name that
    /// cannot be sorted by is passed over.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Trace};
    /// use scimforge::schema::builtin;
    /// use scimforge::sort::Sort;
    ///
    /// let user = builtin::user();
    /// let by = |name| Sort::new(&user, name, Profile::STRICT, &mut Trace::new());
    /// assert_eq!(by("emails")?.map(|sort| sort.path).as_deref(), Some("emails.value"));
    /// assert_eq!(by("password").expect_err("a secret").code().as_str(), "not-sortable");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Where the profile does not tolerate it: `unknown-attribute`, and `not-sortable` for an
    /// attribute that is never returned or has no order; both with `scimType` invalidPath.
    pub fn new(
        compiled: &Compiled,
        sort_by: &str,
        profile: Profile,
        trace: &mut Trace,
    ) -> Result<Option<Self>, Error> {
        let text = sort_by.trim();
        let id = match resolve(compiled, text, profile) {
            Resolved::Attribute(AttrId::ROOT) | Resolved::Unknown { .. } => None,
            Resolved::Attribute(id) => Some(id),
            Resolved::Bent(id, quirk) => {
                trace.bend(profile, quirk, &Pointer::root(), text);
                Some(id)
            }
        };
        if let Some(sort) = id.and_then(|id| Self::by(compiled, id)) {
            return Ok(Some(sort));
        }
        if trace.bend(profile, Quirk::UnknownProjection, &Pointer::root(), text) {
            return Ok(None);
        }
        let error = match id {
            Some(id) => {
                Error::new(Code::NotSortable).with("attribute", compiled.attribute(id).path.clone())
            }
            None => Error::new(Code::UnknownAttribute)
                .with("name", text)
                .with("parent", compiled.resource_type().name.clone()),
        };
        Err(error.path(text).typed(ScimType::InvalidPath))
    }

    /// By an attribute; `None` if it has no order or must not be told apart.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    /// use scimforge::sort::Sort;
    ///
    /// let user = builtin::user();
    /// let attribute = |name| user.child(AttrId::ROOT, name).expect("in the schema").id;
    /// assert!(Sort::by(&user, attribute("title")).is_some());
    /// assert!(Sort::by(&user, attribute("password")).is_none());
    /// ```
    pub fn by(compiled: &Compiled, id: AttrId) -> Option<Self> {
        let mut attribute = compiled.attribute(id);
        if attribute.kind == Kind::Complex {
            attribute = compiled.child(id, "value")?;
        }
        let chain = compiled.chain(attribute.id);
        let hidden = chain.iter().any(|step| compiled.attribute(*step).returned == Returned::Never);
        (!hidden && attribute.kind != Kind::Complex).then(|| Self {
            path: attribute.path.clone(),
            kind: attribute.kind,
            comparison: attribute.comparison(),
            steps: chain.into_iter().map(|id| Step::to(compiled, id)).collect(),
            schema: *compiled.identity(),
        })
    }

    /// The key of a resource. Of several values the primary one counts, else the first.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    /// use scimforge::sort::Sort;
    /// use scimforge::value::read;
    ///
    /// let user = builtin::user();
    /// let emails = user.child(AttrId::ROOT, "emails").expect("in the schema").id;
    /// let sort = Sort::by(&user, user.child(emails, "value").expect("in the schema").id).expect("text");
    /// let ida = read(r#"{"emails": [{"value": "z@x.test"}, {"value": "a@x.test", "primary": true}]}"#)?;
    /// let eve = read(r#"{"emails": [{"value": "m@x.test"}]}"#)?;
    /// assert!(sort.key(&&ida).compare(&sort.key(&&eve)).is_lt(), "the primary one counts");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn key<'a, N: Node<'a>>(&self, resource: &N) -> SortKey {
        let mut value = resource.clone();
        for step in &self.steps {
            let member = one(value).and_then(|one| one.member(step.id, &step.name, &self.schema));
            let Some(member) = member else { return SortKey::Missing };
            value = member;
        }
        let Some(value) = one(value) else { return SortKey::Missing };
        match (self.kind, value.view()) {
            (_, View::Bool(truth)) => SortKey::Bool(truth),
            (_, View::Number(number)) => SortKey::Number(number.into_owned()),
            (Kind::DateTime, View::Text(text)) => {
                Instant::parse(&text).map_or(SortKey::Missing, SortKey::Instant)
            }
            (_, View::Text(text)) => SortKey::Text(self.comparison.own_key(&text)),
            _ => SortKey::Missing,
        }
    }
}

/// The value that stands for several.
fn one<'a, N: Node<'a>>(value: N) -> Option<N> {
    let View::List(items) = value.view() else { return Some(value) };
    let mut first = None;
    for item in items {
        if let View::Map(mut members) = item.view()
            && members.any(|(name, mark)| {
                name::same(&name, "primary") && matches!(mark.view(), View::Bool(true))
            })
        {
            return Some(item);
        }
        first = first.or(Some(item));
    }
    first
}

/// What breaks a tie: the `id` of a resource.
///
/// ```
/// use scimforge::sort::id;
/// use scimforge::value::read;
///
/// assert_eq!(id(&&read(r#"{"id": "u-1"}"#)?), "u-1");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn id<'a, N: Node<'a>>(resource: &N) -> Cow<'a, str> {
    let View::Map(mut members) = resource.view() else { return Cow::Borrowed("") };
    match members.find(|(name, _)| name::same(name, "id")).map(|(_, id)| id.view()) {
        Some(View::Text(id)) => id,
        _ => Cow::Borrowed(""),
    }
}

/// The order of resources as indices into the list. Resources with equal keys are in the order
/// of their `id`, so that pages fit together (SRT-006).
///
/// ```
/// use scimforge::schema::{AttrId, builtin};
/// use scimforge::sort::{Sort, order};
/// use scimforge::value::read;
///
/// let user = builtin::user();
/// let sort = Sort::by(&user, user.child(AttrId::ROOT, "title").expect("in the schema").id);
/// let users = [
///     read(r#"{"id": "u-2", "title": "Baker"}"#)?,
///     read(r#"{"id": "u-1", "title": "baker"}"#)?,
///     read(r#"{"id": "u-3", "title": "Cook"}"#)?,
/// ];
/// assert_eq!(order(users.iter(), &sort.expect("text"), true), [2, 1, 0]);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn order<'a, N: Node<'a>>(
    resources: impl Iterator<Item = N>,
    sort: &Sort,
    descending: bool,
) -> Vec<usize> {
    let keys: Vec<_> = resources.map(|resource| (sort.key(&resource), id(&resource))).collect();
    by_keys(keys, descending)
}

/// The order of keys with their tie breakers as indices into the list.
///
/// ```
/// use scimforge::sort::{SortKey, by_keys};
///
/// let keys = vec![(SortKey::Missing, "u-1"), (SortKey::Text("ida".into()), "u-2")];
/// assert_eq!(by_keys(keys, false), [1, 0]);
/// ```
pub fn by_keys<T: Ord>(keys: Vec<(SortKey, T)>, descending: bool) -> Vec<usize> {
    let mut order: Vec<(SortKey, T, usize)> =
        keys.into_iter().enumerate().map(|(index, (key, tie))| (key, tie, index)).collect();
    order.sort_by(|a, b| {
        let by_key = a.0.compare(&b.0);
        let by_key = if descending { by_key.reverse() } else { by_key };
        by_key.then_with(|| a.1.cmp(&b.1))
    });
    order.into_iter().map(|(_, _, index)| index).collect()
}

/// Reads `sortOrder`: whether it is descending.
///
/// ```
/// use scimforge::sort::is_descending;
///
/// assert!(is_descending("descending")? && !is_descending("ascending")?);
/// assert!(is_descending("downwards").is_err());
/// # Ok::<(), scimforge::error::Error>(())
/// ```
///
/// # Errors
/// `invalid-parameter` for another word (SRT-003).
pub fn is_descending(sort_order: &str) -> Result<bool, Error> {
    let word = sort_order.trim();
    if word.is_empty() || name::same(word, "ascending") {
        Ok(false)
    } else if name::same(word, "descending") {
        Ok(true)
    } else {
        Err(Error::new(Code::InvalidParameter)
            .with("parameter", "sortOrder")
            .with("expected", "ascending or descending"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;
    use crate::value::read;

    const PEOPLE: &str = r#"[
        {"id":"3","userName":"Zoe","active":true,"emails":[{"value":"b@x.test"},{"value":"a@x.test","primary":true}],
         "meta":{"created":"2026-01-01T00:30:00+01:00"}},
        {"id":"1","userName":"adam","emails":[{"value":"C@x.test"}],"meta":{"created":"2025-12-31T23:29:59Z"}},
        {"id":"2","userName":"Änne","active":false,"meta":{"created":"2025-12-31T23:30:00.5Z"}},
        {"id":"0","userName":"ADAM"}
    ]"#;

    fn ids(by: &str, descending: bool) -> String {
        let people = read(PEOPLE).unwrap();
        let people = people.as_array().unwrap();
        let sort =
            Sort::new(&builtin::user(), by, Profile::STRICT, &mut Trace::new()).unwrap().unwrap();
        order(people.iter(), &sort, descending)
            .into_iter()
            .map(|at| people[at].get("id").unwrap().as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn order_follows_the_type_and_ids_break_ties() {
        assert_eq!(ids("userName", false), "0132", "case does not count, equal names by id");
        assert_eq!(ids("userName", true), "2301");
        assert_eq!(ids("emails", false), "3102", "the primary value counts, missing is last");
        assert_eq!(ids("emails.value", true), "0213", "missing is first");
        assert_eq!(ids("active", false), "2301");
        assert_eq!(ids("meta.created", false), "1320", "instants, not texts");
    }

    #[test]
    fn what_has_no_order_is_an_error_or_passed_over() {
        for (by, code) in [
            ("name", Code::NotSortable),
            ("password", Code::NotSortable),
            ("shoeSize", Code::UnknownAttribute),
        ] {
            let error =
                Sort::new(&builtin::user(), by, Profile::STRICT, &mut Trace::new()).unwrap_err();
            assert_eq!(
                (error.code(), error.issue().scim_type()),
                (code, Some(ScimType::InvalidPath)),
                "{by}"
            );
            let mut trace = Trace::new();
            assert!(
                Sort::new(&builtin::user(), by, Profile::LENIENT, &mut trace).unwrap().is_none(),
                "{by}"
            );
            assert_eq!(trace.entries().len(), 1);
        }
        assert_eq!(is_descending("Descending"), Ok(true));
        assert_eq!(is_descending("up").unwrap_err().code(), Code::InvalidParameter);
    }
}
