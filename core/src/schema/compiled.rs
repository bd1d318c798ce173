//! A resource type that is ready for use, and what is asked of it.

use super::attribute::{AttrId, CompiledAttribute, Identity, Role};
use super::lookup::Lookup;
use super::nature::{Brief, Demanded};
use super::{Attribute, Kind, ResourceType};
use crate::name;

/// A resource type with its schemas, compiled.
///
/// ```
/// use scimforge::schema::{AttrId, builtin};
///
/// let user = builtin::user();
/// let paths: Vec<&str> = user.children(AttrId::ROOT).map(|child| &*child.path).collect();
/// assert!(paths.contains(&"userName") && paths.contains(&"meta"));
/// ```
#[derive(Debug, Clone)]
pub struct Compiled {
    pub(super) resource_type: ResourceType,
    /// INVARIANT: entry 0 is the resource itself; every id in the table is an index into it.
    pub(super) attributes: Vec<CompiledAttribute>,
    /// The same table in brief.
    pub(super) briefs: Vec<Brief>,
    /// What must be there in each.
    pub(super) demanded: Vec<Demanded>,
    pub(super) identity: Identity,
    pub(super) has_immutable: bool,
}

impl Compiled {
    /// The same type with a `userName` of the User schema that is compared as PRECIS prepares it
    /// (RFC 7644 §5), unless its case counts.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user().preparing_names();
    /// let user_name = user.child(AttrId::ROOT, "userName").expect("in the schema");
    /// assert_eq!(user_name.comparison().key("Ｒosa"), "rosa");
    /// ```
    #[cfg(feature = "precis")]
    #[must_use]
    pub fn preparing_names(&self) -> Self {
        let mut prepared = self.clone();
        let name = self.child(AttrId::ROOT, "userName").filter(|attribute| {
            let is_text = attribute.kind == Kind::String && !attribute.case_exact;
            is_text && name::same(self.base_schema(), super::USER)
        });
        if let Some(entry) = name.and_then(|name| prepared.attributes.get_mut(name.id.index())) {
            entry.is_prepared = true;
        }
        prepared
    }

    /// Whether every resource of this type has `id` and `meta` (SCH-087).
    ///
    /// ```
    /// use scimforge::schema::builtin;
    ///
    /// assert!(builtin::user().resource_has_common_id());
    /// ```
    pub fn resource_has_common_id(&self) -> bool {
        !name::same(&self.resource_type.schema, super::SERVICE_PROVIDER_CONFIG)
            && !name::same(&self.resource_type.schema, super::RESOURCE_TYPE)
    }

    /// The resource type.
    ///
    /// ```
    /// use scimforge::schema::builtin;
    ///
    /// assert_eq!(&*builtin::user().resource_type().endpoint, "/Users");
    /// ```
    pub fn resource_type(&self) -> &ResourceType {
        &self.resource_type
    }

    /// Whether there is an attribute that cannot be changed once it is set: only then does it
    /// matter to the result of a PATCH what the resource was before.
    ///
    /// ```
    /// use scimforge::schema::builtin;
    ///
    /// assert!(builtin::group().has_immutable(), "the values of members");
    /// ```
    pub fn has_immutable(&self) -> bool {
        self.has_immutable
    }

    /// What tells its ids from those of other schemas.
    ///
    /// ```
    /// use scimforge::schema::{Compiled, builtin};
    ///
    /// let twin = Compiled::new(builtin::user_type(), builtin::schemas())?;
    /// assert_ne!(twin.identity(), builtin::user().identity(), "made by itself");
    /// assert_eq!(twin.clone().identity(), twin.identity());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The URI of the main schema.
    ///
    /// ```
    /// use scimforge::schema::{GROUP, builtin};
    ///
    /// assert_eq!(builtin::group().base_schema(), GROUP);
    /// ```
    pub fn base_schema(&self) -> &str {
        &self.resource_type.schema
    }

    /// The table; entry 0 is the resource itself.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user();
    /// assert_eq!(user.attributes()[0].id, AttrId::ROOT);
    /// assert!(user.attributes().iter().any(|attribute| &*attribute.path == "name.givenName"));
    /// ```
    pub fn attributes(&self) -> &[CompiledAttribute] {
        &self.attributes
    }

    /// The entry with this number (see [`Compiled::attribute`]).
    #[inline]
    pub(crate) fn entry(&self, number: u16) -> &CompiledAttribute {
        self.attribute(AttrId(number))
    }

    /// What is asked of every value of the entry with this number.
    #[inline]
    pub(crate) fn brief(&self, number: u16) -> Brief {
        self.briefs.get(usize::from(number)).copied().unwrap_or(Brief::STRANGER)
    }

    /// What must be there in the entry with this number.
    #[inline]
    pub(crate) fn demanded(&self, number: u16) -> &Demanded {
        self.demanded.get(usize::from(number)).unwrap_or(&Demanded::NOTHING)
    }

    /// The names of the sub-attributes of the entry with this number; of no entry, none.
    #[inline]
    pub(crate) fn lookup(&self, number: u16) -> &Lookup {
        static NONE: std::sync::OnceLock<Lookup> = std::sync::OnceLock::new();
        match self.attributes.get(usize::from(number)) {
            Some(entry) => &entry.lookup,
            None => NONE.get_or_init(Lookup::default),
        }
    }

    /// An entry of the table. An id of another schema gives some other entry, or the resource.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user();
    /// let title = user.child(AttrId::ROOT, "title").expect("in the schema").id;
    /// assert_eq!(&*user.attribute(title).path, "title");
    /// ```
    #[inline]
    pub fn attribute(&self, id: AttrId) -> &CompiledAttribute {
        static EMPTY: std::sync::OnceLock<CompiledAttribute> = std::sync::OnceLock::new();
        self.attributes.get(id.index()).or_else(|| self.attributes.first()).unwrap_or_else(|| {
            EMPTY.get_or_init(|| CompiledAttribute::root(Attribute::new("", Kind::Complex)))
        })
    }

    /// The sub-attributes of an attribute (of the resource: [`AttrId::ROOT`]), in schema order.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user();
    /// let name = user.child(AttrId::ROOT, "name").expect("in the schema").id;
    /// let names: Vec<&str> = user.children(name).map(|child| &*child.attribute.name).collect();
    /// assert_eq!(names[..2], ["formatted", "familyName"]);
    /// ```
    pub fn children(&self, parent: AttrId) -> impl Iterator<Item = &CompiledAttribute> {
        self.attribute(parent).children.iter().map(|id| self.attribute(*id))
    }

    /// The sub-attribute `name` of `parent`, found without case.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user();
    /// assert!(user.child(AttrId::ROOT, "USERNAME").is_some());
    /// assert!(user.child(AttrId::ROOT, "shoeSize").is_none());
    /// ```
    pub fn child(&self, parent: AttrId, name: &str) -> Option<&CompiledAttribute> {
        self.child_named(parent, name.as_bytes())
    }

    /// The same for the bytes of a name.
    #[inline]
    pub(crate) fn child_named(&self, parent: AttrId, name: &[u8]) -> Option<&CompiledAttribute> {
        let (_, key, _) = self.attribute(parent).lookup.find(name)?;
        Some(self.entry(key.id))
    }

    /// The extension container with this URI.
    ///
    /// ```
    /// use scimforge::schema::{ENTERPRISE_USER, builtin};
    ///
    /// let user = builtin::user();
    /// let container = user.extension(ENTERPRISE_USER).expect("an extension");
    /// assert!(user.child(container.id, "department").is_some());
    /// ```
    pub fn extension(&self, uri: &str) -> Option<&CompiledAttribute> {
        self.extensions().find(|container| name::same(&container.attribute.name, uri))
    }

    /// The extension containers, in order.
    ///
    /// ```
    /// use scimforge::schema::builtin;
    ///
    /// assert_eq!(builtin::user().extensions().count(), 1);
    /// assert_eq!(builtin::group().extensions().count(), 0);
    /// ```
    pub fn extensions(&self) -> impl Iterator<Item = &CompiledAttribute> {
        let root = self.attribute(AttrId::ROOT);
        let ids = root.containers.iter().filter_map(|place| root.children.get(*place));
        ids.map(|id| self.attribute(*id))
    }

    /// The container of the extension that an attribute belongs to, if it does.
    ///
    /// ```
    /// use scimforge::schema::{ENTERPRISE_USER, builtin};
    ///
    /// let user = builtin::user();
    /// let container = user.extension(ENTERPRISE_USER).expect("an extension").id;
    /// let department = user.child(container, "department").expect("in the schema").id;
    /// assert_eq!(user.container_of(department).map(|found| found.id), Some(container));
    /// ```
    pub fn container_of(&self, id: AttrId) -> Option<&CompiledAttribute> {
        let mut entry = self.attribute(id);
        while entry.id != AttrId::ROOT {
            if entry.role == Role::Container {
                return Some(entry);
            }
            entry = self.attribute(entry.parent);
        }
        None
    }

    /// The ids from the top down to `id`, containers included, the resource left out.
    ///
    /// ```
    /// use scimforge::schema::{AttrId, builtin};
    ///
    /// let user = builtin::user();
    /// let name = user.child(AttrId::ROOT, "name").expect("in the schema").id;
    /// let given = user.child(name, "givenName").expect("in the schema").id;
    /// assert_eq!(user.chain(given), [name, given]);
    /// ```
    pub fn chain(&self, id: AttrId) -> Vec<AttrId> {
        let mut chain = Vec::new();
        let mut entry = self.attribute(id);
        while entry.id != AttrId::ROOT {
            chain.push(entry.id);
            entry = self.attribute(entry.parent);
        }
        chain.reverse();
        chain
    }

    /// The schema URI as this resource type registers it, found without case.
    ///
    /// ```
    /// use scimforge::schema::{USER, builtin};
    ///
    /// assert_eq!(builtin::user().registered_schema(&USER.to_uppercase()), Some(USER));
    /// ```
    pub fn registered_schema(&self, uri: &str) -> Option<&str> {
        if name::same(uri, self.base_schema()) {
            return Some(self.base_schema());
        }
        self.extension(uri).map(|container| &*container.attribute.name)
    }
}
