//! What a compiled schema is made of.

use std::sync::atomic::{AtomicU64, Ordering};

use super::lookup::Lookup;
use super::nature::{Meaning, Nature};
use super::{Attribute, Compiled, Kind};
use crate::filter::Places;
use crate::text::Comparison;

/// An attribute of one [`Compiled`] schema: an index into its table.
///
/// ```
/// use scimforge::schema::{AttrId, builtin};
///
/// let user = builtin::user();
/// let name = user.child(AttrId::ROOT, "name").expect("in the schema");
/// let given = user.child(name.id, "givenName").expect("in the schema");
/// assert_eq!(given.parent, name.id);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrId(pub(super) u16);

impl AttrId {
    /// The resource itself, as if it were a complex attribute.
    pub const ROOT: Self = Self(0);

    /// The number beneath.
    pub(crate) fn number(self) -> u16 {
        self.0
    }

    /// The place in the table.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user();
    /// let title = user.child(AttrId::ROOT, "title").expect("in the schema");
    /// assert_eq!(user.attributes()[title.id.index()].path, title.path);
    /// ```
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One step of the way to an attribute.
///
/// ```
/// use scimforge::filter::{Filter, Test};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::{Step, builtin};
///
/// let user = builtin::user();
/// let filter = Filter::parse("meta.created pr", Profile::RFC, &Limits::DEFAULT)?;
/// let Test::Present { place } = filter.bind(&user)?.test else { unreachable!() };
/// let Step { name, id } = &place.names[1];
/// assert_eq!((&**name, &*user.attribute(*id).path), ("created", "meta.created"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What the member is called.
    pub name: Box<str>,
    /// What it is.
    pub id: AttrId,
}

impl Step {
    /// The step to an attribute from the one that it is part of.
    pub(crate) fn to(compiled: &Compiled, id: AttrId) -> Self {
        Self { name: compiled.attribute(id).attribute.name.clone(), id }
    }
}

/// Which compiled schema ids belong to; a clone of a schema has the same.
///
/// ```
/// use scimforge::schema::builtin;
///
/// let (user, group) = (builtin::user(), builtin::group());
/// assert_eq!(user.identity(), user.clone().identity());
/// assert_ne!(user.identity(), group.identity());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity(u64);

impl Default for Identity {
    /// One that there was not before.
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Where an attribute comes from.
///
/// ```
/// use scimforge::schema::{AttrId, Role, builtin};
///
/// let user = builtin::user();
/// assert_eq!(user.child(AttrId::ROOT, "meta").map(|meta| meta.role), Some(Role::Common));
/// assert_eq!(user.child(AttrId::ROOT, "title").map(|title| title.role), Some(Role::Core));
/// assert!(user.extensions().all(|container| container.role == Role::Container));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The resource itself.
    Resource,
    /// A common attribute (RFC 7643 §3, §3.1).
    Common,
    /// An attribute of the main schema.
    Core,
    /// The object that holds an extension; its name is the URI.
    Container,
    /// An attribute of an extension.
    Extension,
}

/// An attribute in the table.
///
/// ```
/// use scimforge::schema::{AttrId, Kind, builtin};
///
/// let user = builtin::user();
/// let emails = user.child(AttrId::ROOT, "EMAILS").expect("in the schema");
/// assert_eq!((&*emails.path, emails.kind, emails.multi_valued), ("emails", Kind::Complex, true));
/// assert_eq!(&*user.attribute(emails.children[0]).path, "emails.value");
/// ```
#[derive(Debug, Clone)]
pub struct CompiledAttribute {
    /// Its place in the table.
    pub id: AttrId,
    /// The attribute that it is part of; [`AttrId::ROOT`] at the top.
    pub parent: AttrId,
    /// Where it comes from.
    pub role: Role,
    /// The whole path in canonical case, such as `name.givenName` or `urn:…:2.0:User:manager.value`.
    pub path: Box<str>,
    /// What its schema says of it. `sub_attributes` is empty here: see `children`.
    pub attribute: Attribute,
    /// Its sub-attributes in schema order.
    pub children: Vec<AttrId>,
    /// The places among `children` of those whose absence can matter to validation.
    pub(crate) watched: Vec<usize>,
    /// The places among `children` of the containers of extensions.
    pub(crate) containers: Vec<usize>,
    /// Its place among the sub-attributes of its parent.
    pub(crate) place: usize,
    /// The names of its sub-attributes as they stand in JSON.
    pub(crate) lookup: Lookup,
    /// What the rules ask of it.
    pub(crate) nature: Nature,
    /// The ways to it that filters take.
    pub(crate) places: Places,
    /// Whether only the one who asks may not change it, and others may.
    pub(crate) guarded: bool,
    /// Whether its texts are names that are prepared before they are compared.
    #[cfg(feature = "precis")]
    pub(crate) is_prepared: bool,
}

impl std::ops::Deref for CompiledAttribute {
    type Target = Attribute;

    fn deref(&self) -> &Attribute {
        &self.attribute
    }
}

impl CompiledAttribute {
    /// The resource itself, without sub-attributes.
    pub(super) fn root(attribute: Attribute) -> Self {
        Self {
            id: AttrId::ROOT,
            parent: AttrId::ROOT,
            role: Role::Resource,
            path: "".into(),
            attribute,
            children: Vec::new(),
            watched: Vec::new(),
            containers: Vec::new(),
            place: 0,
            lookup: Lookup::default(),
            nature: Nature::default(),
            places: Places::default(),
            guarded: false,
            #[cfg(feature = "precis")]
            is_prepared: false,
        }
    }

    /// How its texts are compared.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    /// use scimforge::text::Comparison;
    ///
    /// let user = builtin::user();
    /// let id = user.child(AttrId::ROOT, "id").expect("in the schema");
    /// assert_eq!(id.comparison(), Comparison::Exact);
    /// ```
    pub fn comparison(&self) -> Comparison {
        #[cfg(feature = "precis")]
        if self.is_prepared {
            return Comparison::Prepared;
        }
        Comparison::of(self.attribute.case_exact)
    }

    /// Whether it is `schemas`, or what `schemas` is kept in step with.
    pub(crate) fn is_kept_in_step(&self) -> bool {
        self.role == Role::Container || self.nature.meaning == Meaning::Schemas
    }

    /// A multi-valued complex attribute, such as `emails`.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user();
    /// let is_list = |name| user.child(AttrId::ROOT, name).is_some_and(|found| found.is_list_of_objects());
    /// assert!(is_list("emails") && !is_list("name") && !is_list("schemas"));
    /// ```
    pub fn is_list_of_objects(&self) -> bool {
        self.multi_valued && self.kind == Kind::Complex
    }
}
