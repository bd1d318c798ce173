//! What part of a resource an answer holds: `attributes`, `excludedAttributes` and `returned`
//! (RFC 7644 §3.9, RFC 7643 §7).
//!
//! A projection is also the form in which resources leave: names and order as in the schema,
//! nothing unassigned, nothing that no schema knows (unless the profile keeps it), nothing that is
//! never returned.
//!
//! ```
//! use scimforge::profile::Profile;
//! use scimforge::project::Projection;
//! use scimforge::schema::builtin;
//! use scimforge::value::read;
//!
//! let user = builtin::user();
//! let rosa = read(r#"{"id": "u-1", "title": "Baker", "userName": "rosa", "password": "s3cret"}"#)?;
//! let shown = Projection::new(&user, Some(&["TITLE"]), None, Profile::RFC)?.apply(&user, &rosa);
//! assert_eq!(shown.to_string(), r#"{"id":"u-1","title":"Baker"}"#);
//! # Ok::<(), scimforge::error::Error>(())
//! ```

mod owned;
#[cfg(feature = "server")]
mod text;

use std::borrow::Cow;

use crate::error::{Code, Error, Pointer, ScimType};
use crate::path::{Resolved, resolve};
use crate::profile::{Profile, Quirk, Trace, Unknown};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Returned, Role};
use crate::value::{Object, Value};

/// Which attributes are shown. Made once for a request, applied to any number of resources of
/// the schema it was made for.
///
/// ```
/// use scimforge::profile::Profile;
/// use scimforge::project::Projection;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let group = builtin::group();
/// let bakers = read(r#"{"id": "g-1", "displayName": "Bakers", "members": [{"value": "u-1"}]}"#)?;
/// let short = Projection::new(&group, None, Some(&["members"]), Profile::RFC)?;
/// assert_eq!(short.apply(&group, &bakers).to_string(), r#"{"id":"g-1","displayName":"Bakers"}"#);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Projection {
    choice: Choice,
    /// Attributes returned on request that are shown although nobody named them.
    written: Vec<AttrId>,
    /// Whether members that no schema knows are shown where the usual ones are.
    keeps_unknown: bool,
    trace: Trace,
}

#[derive(Debug, Clone)]
enum Choice {
    /// What was named, and what is always returned.
    Only(Named),
    /// The default set without what was named.
    Without(Named),
    /// All there is, secrets included: the form of the store.
    All,
}

impl Default for Choice {
    fn default() -> Self {
        Self::Without(Named::default())
    }
}

/// Attributes that were named, by their place in the table.
#[derive(Debug, Clone, Default)]
struct Named {
    whole: Vec<bool>,
    /// Something below it was named.
    above: Vec<bool>,
}

impl Named {
    fn add(&mut self, compiled: &Compiled, id: AttrId) {
        let size = compiled.attributes().len();
        self.whole.resize(size, false);
        self.above.resize(size, false);
        for step in compiled.chain(id) {
            if let Some(flag) = self.above.get_mut(step.index()) {
                *flag = true;
            }
        }
        if let Some(flag) = self.whole.get_mut(id.index()) {
            *flag = true;
        }
    }

    fn holds(&self, id: AttrId) -> bool {
        self.whole.get(id.index()).copied().unwrap_or(false)
    }

    fn is_above(&self, id: AttrId) -> bool {
        self.above.get(id.index()).copied().unwrap_or(false)
    }
}

/// How the sub-attributes of something that is shown are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    /// Those returned always or by default.
    Usual,
    /// Those named, and those returned always.
    Chosen,
}

impl Projection {
    /// The projection that a request asks for. A list without a name in it asks for nothing.
    /// Names are in attribute notation, in any case; a filter in brackets is passed over
    /// (Q-58).
    ///
    /// ```
    /// use scimforge::profile::Profile;
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    ///
    /// let user = builtin::user();
    /// assert!(Projection::new(&user, Some(&["name.givenName", "emails"]), None, Profile::STRICT).is_ok());
    /// let both = Projection::new(&user, Some(&["name"]), Some(&["emails"]), Profile::STRICT);
    /// assert_eq!(both.expect_err("one or the other").code().as_str(), "exclusive-parameters");
    /// ```
    ///
    /// # Errors
    /// Where the profile does not tolerate it: `exclusive-parameters` for both lists,
    /// `unknown-attribute` for a name that is none, `invalid-parameter` for one with a filter in
    /// it.
    pub fn new(
        compiled: &Compiled,
        attributes: Option<&[&str]>,
        excluded: Option<&[&str]>,
        profile: Profile,
    ) -> Result<Self, Error> {
        let given = |list: Option<&[&str]>| {
            list.is_some_and(|names| names.iter().any(|name| !name.trim().is_empty()))
        };
        let mut projection = Self::default().keeping(profile);
        let root = Pointer::root();
        if given(attributes)
            && given(excluded)
            && !projection.trace.bend(profile, Quirk::AttributesWin, &root, "excludedAttributes")
        {
            return Err(Error::new(Code::ExclusiveParameters));
        }
        if given(attributes) {
            let list = attributes.unwrap_or_default();
            let named = projection.named(compiled, "attributes", list, profile)?;
            projection.choice = Choice::Only(named);
        } else if given(excluded) {
            let list = excluded.unwrap_or_default();
            let named = projection.named(compiled, "excludedAttributes", list, profile)?;
            projection.choice = Choice::Without(named);
        }
        Ok(projection)
    }

    /// What is returned when nothing is asked for.
    ///
    /// ```
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"USERNAME": "rosa", "password": "s3cret", "title": null}"#)?;
    /// let shown = Projection::default_set().apply(&builtin::user(), &rosa);
    /// assert_eq!(shown.to_string(), r#"{"userName":"rosa"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn default_set() -> Self {
        Self::default()
    }

    /// Everything the schema knows, in canonical form: what a store keeps. Not for answers.
    ///
    /// ```
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"password": "s3cret", "userName": "rosa"}"#)?;
    /// let stored = Projection::all().apply(&builtin::user(), &rosa);
    /// assert!(stored.get("password").is_some(), "not for answers");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn all() -> Self {
        Self { choice: Choice::All, ..Self::default() }
    }

    /// The same with members that no schema knows, where the profile keeps them.
    ///
    /// ```
    /// use scimforge::profile::{Profile, Unknown};
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"userName": "rosa", "shoeSize": 41}"#)?;
    /// let profile = Profile::LENIENT.with_unknown(Unknown::Keep);
    /// let shown = Projection::default_set().keeping(profile).apply(&builtin::user(), &rosa);
    /// assert!(shown.get("shoeSize").is_some());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    #[must_use]
    pub fn keeping(self, profile: Profile) -> Self {
        Self { keeps_unknown: profile.unknown() == Unknown::Keep, ..self }
    }

    /// The same, with those attributes returned on request that the client has written: the
    /// ones whose value in `after` is another than in `before` (PRJ-006).
    ///
    /// ```
    /// use scimforge::project::Projection;
    /// use scimforge::schema::{AttrId, Attribute, Compiled, Kind, ResourceType, Returned, Schema};
    /// use scimforge::value::{Object, read};
    ///
    /// let mut code = Attribute::new("doorCode", Kind::String);
    /// code.returned = Returned::Request;
    /// let room = Schema {
    ///     id: "urn:example:Room".into(),
    ///     name: "Room".into(),
    ///     description: "".into(),
    ///     attributes: vec![code],
    ///     other: Object::new(),
    /// };
    /// let rooms = Compiled::new(ResourceType::new("Room", "/Rooms", "urn:example:Room"), &[room])?;
    /// let written = read(r#"{"doorCode": "4711"}"#)?;
    /// let shown = Projection::default_set();
    /// assert!(shown.apply(&rooms, &written).get("doorCode").is_none(), "nobody has asked");
    /// let shown = shown.with_written(&rooms, None, &written);
    /// assert!(shown.apply(&rooms, &written).get("doorCode").is_some());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    #[must_use]
    pub fn with_written(
        mut self,
        compiled: &Compiled,
        before: Option<&Value<'_>>,
        after: &Value<'_>,
    ) -> Self {
        for attribute in compiled.attributes() {
            if attribute.returned == Returned::Request
                && attribute.mutability != Mutability::ReadOnly
            {
                let now = find(compiled, attribute.id, after);
                if now.is_some()
                    && now != before.and_then(|before| find(compiled, attribute.id, before))
                {
                    self.written.push(attribute.id);
                }
            }
        }
        self
    }

    /// What was bent to read the lists.
    ///
    /// ```
    /// use scimforge::profile::Profile;
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    ///
    /// let unheard: &[&str] = &["shoeSize"];
    /// let projection = Projection::new(&builtin::user(), Some(unheard), None, Profile::LENIENT)?;
    /// assert_eq!(projection.trace().entries().len(), 1);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    fn named(
        &mut self,
        compiled: &Compiled,
        parameter: &'static str,
        names: &[&str],
        profile: Profile,
    ) -> Result<Named, Error> {
        let mut choice = Named::default();
        // Even if no name is known, this is a choice: the least that can be shown.
        choice.add(compiled, AttrId::ROOT);
        for text in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            let bare = without_brackets(text);
            let tolerant = bare.len() == text.len() || profile.allows(Quirk::UnknownProjection);
            match resolve(compiled, &bare, profile) {
                Resolved::Attribute(AttrId::ROOT) if tolerant => {
                    for attribute in
                        compiled.children(AttrId::ROOT).filter(|child| child.role == Role::Core)
                    {
                        choice.add(compiled, attribute.id);
                    }
                }
                Resolved::Attribute(id) if tolerant => choice.add(compiled, id),
                Resolved::Bent(id, quirk) if tolerant => {
                    self.trace.bend(profile, quirk, &Pointer::root(), &bare);
                    choice.add(compiled, id);
                }
                found => {
                    if !self.trace.bend(profile, Quirk::UnknownProjection, &Pointer::root(), &bare)
                    {
                        if !matches!(found, Resolved::Unknown { .. }) {
                            return Err(Error::new(Code::InvalidParameter)
                                .with("parameter", parameter)
                                .with("expected", "names without filters in brackets")
                                .helped(format!("name `{bare}`"))
                                .path(bare));
                        }
                        return Err(Error::new(Code::UnknownAttribute)
                            .with("name", bare.clone())
                            .with("parent", compiled.resource_type().name.clone())
                            .path(bare)
                            .typed(ScimType::InvalidValue));
                    }
                }
            }
        }
        Ok(choice)
    }

    /// Whether and how an attribute is shown, as part of something shown `inside`.
    pub(crate) fn shows(&self, attribute: &CompiledAttribute, inside: Inside) -> Option<Inside> {
        if attribute.returned == Returned::Never && !matches!(self.choice, Choice::All) {
            return None;
        }
        let id = attribute.id;
        // An extension's container is no attribute: it holds what is always returned even when
        // nobody names it.
        let is_container = attribute.role == Role::Container;
        match &self.choice {
            Choice::All => Some(Inside::Usual),
            Choice::Only(named) => {
                let by_itself = named.holds(id)
                    || attribute.returned == Returned::Always
                    || self.written.contains(&id);
                if by_itself || (inside == Inside::Usual && attribute.returned == Returned::Default)
                {
                    Some(Inside::Usual)
                } else {
                    (named.is_above(id) || is_container).then_some(Inside::Chosen)
                }
            }
            Choice::Without(named) => {
                if attribute.returned == Returned::Always {
                    return Some(Inside::Usual);
                }
                if named.holds(id) || inside == Inside::Chosen {
                    return is_container.then_some(Inside::Chosen);
                }
                (attribute.returned == Returned::Default || self.written.contains(&id))
                    .then_some(Inside::Usual)
            }
        }
    }

    /// The part of a resource that is shown: canonical names, schema order (`schemas`, `id`,
    /// `externalId`, core, extensions, `meta`), nothing unassigned, nothing unknown.
    ///
    /// ```
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let rosa = read(r#"{"active": true, "USERNAME": "rosa", "emails": []}"#)?;
    /// let shown = Projection::default_set().apply(&builtin::user(), &rosa);
    /// assert_eq!(shown.to_string(), r#"{"userName":"rosa","active":true}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn apply(&self, compiled: &Compiled, resource: &Value<'_>) -> Value<'static> {
        let Some(object) = resource.as_object() else { return Value::Object(Object::new()) };
        let root = compiled.attribute(AttrId::ROOT);
        self.object(compiled, root, object, self.inside()).into_owned()
    }

    /// Whether members that no schema knows are shown.
    pub(crate) fn keeps_unknown(&self) -> bool {
        self.keeps_unknown
    }

    /// How the attributes of the resource itself are chosen.
    pub(crate) fn inside(&self) -> Inside {
        match self.choice {
            Choice::Only(_) => Inside::Chosen,
            Choice::Without(_) | Choice::All => Inside::Usual,
        }
    }

    fn object<'v>(
        &self,
        compiled: &'v Compiled,
        parent: &'v CompiledAttribute,
        object: &'v Object<'_>,
        inside: Inside,
    ) -> Value<'v> {
        let mut members: Vec<(Cow<'v, str>, Value<'v>)> = Vec::with_capacity(object.len());
        let mut meta = None;
        for child in parent.children.iter().map(|id| compiled.attribute(*id)) {
            let Some(inside) = self.shows(child, inside) else { continue };
            let name = &*child.attribute.name;
            let Some(value) = object.get(name) else { continue };
            let Some(value) = self.value(compiled, child, value, inside) else { continue };
            let member = (Cow::Borrowed(name), value);
            if child.role == Role::Common && name == "meta" {
                meta = Some(member);
            } else {
                members.push(member);
            }
        }
        if self.keeps_unknown && inside == Inside::Usual {
            let known = |name: &str| compiled.child(parent.id, name).is_some();
            let kept = object.iter().filter(|(name, value)| !known(name) && !value.is_unassigned());
            members.extend(kept.map(|(name, value)| (Cow::Borrowed(name), value.borrowed())));
        }
        members.extend(meta);
        // INVARIANT: the names of one schema level differ; the table was made of distinct names.
        Value::Object(Object::from_unique(members))
    }

    /// `None` where nothing is left.
    fn value<'v>(
        &self,
        compiled: &'v Compiled,
        attribute: &'v CompiledAttribute,
        value: &'v Value<'_>,
        inside: Inside,
    ) -> Option<Value<'v>> {
        let cut = match value {
            Value::Object(object)
                if attribute.kind == Kind::Complex && !attribute.children.is_empty() =>
            {
                self.object(compiled, attribute, object, inside)
            }
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .filter_map(|item| self.value(compiled, attribute, item, inside))
                    .collect(),
            ),
            other => other.borrowed(),
        };
        (!cut.is_unassigned()).then_some(cut)
    }
}

/// `emails[type eq "work"].value` without its brackets.
fn without_brackets(text: &str) -> Box<str> {
    match text.split_once('[') {
        Some((head, rest)) => {
            let tail = rest.rsplit_once(']').map_or("", |(_, tail)| tail);
            format!("{}{}", head.trim_end(), tail.trim_start()).into()
        }
        None => text.into(),
    }
}

/// The value of an attribute; of one below a list, the list.
fn find<'v>(compiled: &Compiled, id: AttrId, resource: &'v Value<'v>) -> Option<&'v Value<'v>> {
    let mut value = resource;
    for step in compiled.chain(id) {
        if value.as_array().is_some() {
            break;
        }
        value = value.get(&compiled.attribute(step).attribute.name)?;
    }
    Some(value).filter(|value| !value.is_unassigned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;

    #[test]
    fn a_filter_in_brackets_is_cut_out() {
        assert_eq!(without_brackets("emails[type eq \"a]b\"].value").as_ref(), "emails.value");
    }

    #[test]
    fn what_is_passed_over_is_traced() {
        let names = ["userName", "shoeSize"];
        let shown = Projection::new(&builtin::user(), Some(&names), None, Profile::LENIENT);
        let quirks: Vec<Quirk> =
            shown.unwrap().trace().entries().iter().map(|entry| entry.quirk).collect();
        assert_eq!(quirks, [Quirk::UnknownProjection]);
    }

    #[test]
    fn a_hundred_thousand_members_take_linear_time() {
        let member = |index: usize| {
            let mut object = Object::new();
            object.insert("value", Value::from(format!("u{index}")));
            Value::Object(object)
        };
        let mut group = Object::new();
        group.insert("MEMBERS", Value::Array((0..100_000).map(member).collect()));
        let shown = Projection::default_set().apply(&builtin::group(), &group.into());
        assert_eq!(shown.as_object().and_then(|shown| shown.spelling("members")), Some("members"));
        assert_eq!(shown.get("members").and_then(Value::as_array).map(<[_]>::len), Some(100_000));
    }
}
