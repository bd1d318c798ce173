//! The order of documents.

use std::borrow::Cow;
use std::sync::Arc;

use super::options::{only, profile, read_options};
use super::{Document, Failure, Input, Schema};
use crate::error::{Error, Pointer};
use crate::limits::Limits;
use crate::profile::{Profile, Trace};
use crate::schema::Compiled;
use crate::sort::rank::{self, Heads};
use crate::sort::{self, Sort, SortKey};
use crate::value::Node;

impl Schema {
    /// The order of documents as indices into the list, equal ones by their `id` (RFC 7644
    /// §3.4.2.3). Options: `sortBy`, `sortOrder` (`ascending`, the default, or `descending`),
    /// `profile` (default lenient; a name that cannot be sorted by leaves the order as it is
    /// where that is tolerated).
    ///
    /// ```
    /// use scimforge::api::{Input, Schema};
    ///
    /// let users = Schema::named("User")?;
    /// let texts = [r#"{"userName": "rosa"}"#, r#"{"userName": "Ida"}"#];
    /// assert_eq!(users.order(texts.map(Input::Text), r#"{"sortBy": "userName"}"#)?, [1, 0]);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` without `sortBy`, those of [`Sort::new`] and [`sort::is_descending`], and
    /// those of reading the documents, with pointers that begin with the index.
    pub fn order<'i>(
        &self,
        documents: impl IntoIterator<Item = Input<'i>>,
        options: &str,
    ) -> Result<Vec<usize>, Failure> {
        let order = Order::read(self, options)?;
        let mut keys = Vec::new();
        for (index, input) in documents.into_iter().enumerate() {
            let document = input
                .parse(self.compiled(), &Limits::DEFAULT)
                .map_err(|error| error.into_issue().below(&Pointer::root().index(index)))
                .map_err(|issue| Failure { issues: vec![issue] })?;
            let (key, id) = order.key(&document.root());
            keys.push((key, Cow::Owned(id.into_owned())));
        }
        Ok(order.of(&keys))
    }

    /// The same for a host's objects in place, or documents.
    ///
    /// ```
    /// use scimforge::api::Schema;
    ///
    /// let users = [serde_json::json!({"title": "Baker"}), serde_json::json!({"title": "Cook"})];
    /// let options = r#"{"sortBy": "title", "sortOrder": "descending"}"#;
    /// assert_eq!(Schema::named("User")?.order_nodes(&users, options)?, [1, 0]);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::order`].
    pub fn order_nodes<'a, N: Node<'a>>(
        &self,
        nodes: impl IntoIterator<Item = N>,
        options: &str,
    ) -> Result<Vec<usize>, Failure> {
        let order = Order::read(self, options)?;
        let keys: Vec<_> = nodes.into_iter().map(|node| order.key(&node)).collect();
        Ok(order.of(&keys))
    }

    /// The same for documents that were read before, each under a number by which `keys` knows it:
    /// who sorts them by the same again finds their keys there.
    ///
    /// ```
    /// use scimforge::api::{Input, Keys, Schema};
    ///
    /// let users = Schema::named("User")?;
    /// let (rosa, ida) = (r#"{"userName": "rosa"}"#, r#"{"userName": "Ida"}"#);
    /// let (rosa, ida) = (users.document(Input::Text(rosa))?, users.document(Input::Text(ida))?);
    /// let mut keys = Keys::default();
    /// let by_name = r#"{"sortBy": "userName"}"#;
    /// assert_eq!(users.order_documents([(7, &rosa), (2, &ida)], &mut keys, by_name)?, [1, 0]);
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`Schema::order`].
    pub fn order_documents<'d>(
        &self,
        documents: impl IntoIterator<Item = (usize, &'d Document)>,
        keys: &mut Keys,
        options: &str,
    ) -> Result<Vec<usize>, Failure> {
        let order = Order::read(self, options)?;
        keys.become_those_of(self, options);
        let mut numbers = Vec::new();
        for (number, document) in documents {
            keys.read(number, || order.key(&document.inner().root()));
            numbers.push(number);
        }
        let kept = |at: usize| keys.get(*numbers.get(at)?);
        let heads = (0..numbers.len()).filter_map(|at| kept(at).map(|kept| kept.heads));
        let whole = |at: usize| kept(at).map(|kept| (&kept.key, &*kept.id));
        Ok(rank::order(heads, whole, order.descending))
    }
}

/// Keys of documents for the next time they are sorted: those of one order at a time.
///
/// ```
/// use scimforge::api::{Input, Keys, Schema};
///
/// let users = Schema::named("User")?;
/// let people = ["zoe", "Adam"].map(|name| format!(r#"{{"userName": "{name}"}}"#));
/// let people = people.map(|text| users.document(Input::Text(&text)));
/// let people: Vec<_> = people.into_iter().collect::<Result<_, _>>()?;
/// let mut keys = Keys::default();
/// let by_name = r#"{"sortBy": "userName"}"#;
/// for _ in 0..2 {
///     let order = users.order_documents(people.iter().enumerate(), &mut keys, by_name)?;
///     assert_eq!(order, [1, 0]);
/// }
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug, Default)]
pub struct Keys {
    /// Whose keys they are.
    order: Option<(Arc<Compiled>, Box<str>)>,
    entries: Vec<Option<Kept>>,
}

#[derive(Debug)]
struct Kept {
    heads: Heads,
    key: SortKey,
    id: Box<str>,
}

impl Keys {
    /// That another document, or none, has this number from now on.
    ///
    /// ```
    /// let mut keys = scimforge::api::Keys::default();
    /// keys.forget(7);
    /// ```
    pub fn forget(&mut self, number: usize) {
        if let Some(entry) = self.entries.get_mut(number) {
            *entry = None;
        }
    }

    fn become_those_of(&mut self, schema: &Schema, options: &str) {
        let same = self.order.as_ref().is_some_and(|(compiled, by)| {
            Arc::ptr_eq(compiled, schema.compiled()) && **by == *options
        });
        if !same {
            self.entries.clear();
            self.order = Some((Arc::clone(schema.compiled()), options.into()));
        }
    }

    fn get(&self, number: usize) -> Option<&Kept> {
        self.entries.get(number)?.as_ref()
    }

    fn read<'a>(&mut self, number: usize, key: impl FnOnce() -> Keyed<'a>) {
        if number >= self.entries.len() {
            self.entries.resize_with(number + 1, || None);
        }
        if let Some(entry @ None) = self.entries.get_mut(number) {
            let (key, id) = key();
            let heads = Heads::of(&key, &id);
            *entry = Some(Kept { heads, key, id: id.into() });
        }
    }
}

/// How to sort; by nothing where a name is passed over.
struct Order {
    sort: Option<Sort>,
    descending: bool,
}

type Keyed<'a> = (SortKey, Cow<'a, str>);

impl Order {
    fn read(schema: &Schema, options: &str) -> Result<Self, Error> {
        let options = read_options(options)?;
        only(&options, &["sortBy", "sortOrder", "profile"])?;
        let text = |name: &str| options.get(name).and_then(|value| value.as_str());
        let Some(by) = text("sortBy") else {
            return Err(Error::invalid_option("sortBy", "an attribute name"));
        };
        let profile = profile(&options, Profile::LENIENT)?;
        let sort = Sort::new(schema.compiled(), by, profile, &mut Trace::new())?;
        let descending = sort::is_descending(text("sortOrder").unwrap_or_default())?;
        Ok(Self { sort, descending })
    }

    fn key<'a, N: Node<'a>>(&self, node: &N) -> Keyed<'a> {
        match &self.sort {
            Some(sort) => (sort.key(node), sort::id(node)),
            None => (SortKey::Missing, Cow::Borrowed("")),
        }
    }

    fn of(&self, keys: &[Keyed<'_>]) -> Vec<usize> {
        let heads = keys.iter().map(|(key, id)| Heads::of(key, id));
        rank::order(heads, |at| keys.get(at).map(|(key, id)| (key, &**id)), self.descending)
    }
}
