//! Who may read and who may change single attributes.
//!
//! Whoever lacks the permission to change an attribute finds it read-only: what they send of it is
//! left aside in a POST and a PUT, and refused in a PATCH, as with every read-only attribute.
//! Whoever lacks the permission to read one finds it read-only and never returned: it is in no
//! answer, and no filter and no order can ask for it. A part of a single value stays when the rest of
//! it goes; values of a list can be taken away as a whole, unless a rule is about the list.

use std::sync::{Arc, Mutex, PoisonError};

use super::config::invalid;
use super::operations::unknown;
use super::permission::Permissions;
use crate::error::{Error, Segment};
use crate::path::{Resolved, resolve};
use crate::profile::Profile;
use crate::schema::{AttrId, Compiled, Returned, Role};
use crate::value::{Object, Value};

/// How many views of one type are kept; the others are made again for each request.
const MOST_VIEWS: usize = 64;
/// More attributes of one type than rules are for.
const MOST_RULES: usize = 32;

/// The permissions that attributes need, by the names of resource types.
///
/// ```
/// use scimforge::protocol::{Config, Engine, Env, MemoryStore, Request, run};
/// use scimforge::time::Instant;
/// use scimforge::value::read;
///
/// let config = Config::from_value(&read(r#"{"attributePermissions": {
///     "User": {"title": {"read": "hr.read", "write": "hr.write"}}}}"#)?)?;
/// let env = Env::new(Instant::from_unix(0), std::iter::empty()).with_permissions(["Users:list"]);
/// let asked = Request::new("GET", "/Users?filter=title%20pr");
/// let answer = run(&Engine::new(config), &mut MemoryStore::new(), asked, env);
/// assert_eq!(answer.status, 400, "whoever may not see a title may not look for one");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct AttributePermissions {
    types: Vec<Arc<Guarded>>,
}

/// The rules of one resource type.
#[derive(Debug)]
struct Guarded {
    compiled: Arc<Compiled>,
    rules: Vec<Rule>,
    /// The type as those see it whom the same rules are against.
    views: Mutex<Vec<(Against, Arc<Compiled>)>>,
}

#[derive(Debug)]
struct Rule {
    id: AttrId,
    read: Option<Box<str>>,
    write: Option<Box<str>>,
}

/// The rules, by their places, that hide an attribute and that fix one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Against {
    hidden: u32,
    fixed: u32,
}

impl AttributePermissions {
    /// Reads `{"User": {"roles": {"write": "roles.manage"}, "urn:…:User:costCenter": {"read":
    /// "hr.read", "write": "hr.write"}}}`. What is not said needs no permission.
    pub(super) fn from_value(value: &Value<'_>, types: &[Arc<Compiled>]) -> Result<Self, Error> {
        let name = "attributePermissions";
        let expected = "an object of resource types, in each an object of attributes";
        let object = value.as_object().ok_or_else(|| invalid(name, expected))?;
        let types = object.iter().map(|(type_name, rules)| {
            let own = |compiled: &&Arc<Compiled>| *compiled.resource_type().name == *type_name;
            let compiled = types.iter().find(own).ok_or_else(|| {
                let names = types.iter().map(|compiled| &*compiled.resource_type().name);
                unknown(type_name, "resource type", names)
            })?;
            let rules = rules.as_object().ok_or_else(|| invalid(type_name, expected))?;
            if rules.len() > MOST_RULES {
                return Err(invalid(type_name, "at most 32 attributes"));
            }
            let rules = rules
                .iter()
                .map(|(path, rule)| {
                    let within = |error: Error| error.within(Segment::Name(type_name.into()));
                    Rule::read(compiled, path, rule).map_err(within)
                })
                .collect::<Result<_, _>>()?;
            let compiled = compiled.clone();
            Ok(Arc::new(Guarded { compiled, rules, views: Mutex::default() }))
        });
        Ok(Self { types: types.collect::<Result<_, Error>>()? })
    }

    /// The type as somebody with these permissions sees it.
    pub(super) fn view(
        &self,
        compiled: Arc<Compiled>,
        permissions: &Permissions,
        granted: &[Box<str>],
    ) -> Arc<Compiled> {
        let Some(guarded) = self.of(&compiled) else { return compiled };
        let against = guarded.against(permissions, granted);
        if against == Against::default() { compiled } else { guarded.view(against) }
    }

    /// An attribute that every resource needs and that somebody with these permissions cannot
    /// set, if there is one.
    pub(super) fn unsettable(
        &self,
        compiled: &Compiled,
        permissions: &Permissions,
        granted: &[Box<str>],
    ) -> Option<Box<str>> {
        let guarded = self.of(compiled)?;
        let against = guarded.against(permissions, granted);
        let required = |rule: &&Rule| {
            let attribute = guarded.compiled.attribute(rule.id);
            attribute.parent == AttrId::ROOT
                && attribute.required
                && attribute.role != Role::Container
        };
        let rules = guarded.against_rules(against.hidden | against.fixed);
        rules
            .into_iter()
            .find(required)
            .map(|rule| guarded.compiled.attribute(rule.id).path.clone())
    }

    /// The type as somebody sees it who has no permission, if some of it needs one to be read.
    pub(super) fn least(&self, compiled: &Compiled) -> Option<Arc<Compiled>> {
        let guarded = self.of(compiled)?;
        let reads = guarded.rules.iter().enumerate().filter(|(_, rule)| rule.read.is_some());
        let hidden = reads.fold(0, |bits, (at, _)| bits | 1 << at);
        (hidden != 0).then(|| guarded.view(Against { hidden, fixed: 0 }))
    }

    fn of(&self, compiled: &Compiled) -> Option<&Arc<Guarded>> {
        let name = &compiled.resource_type().name;
        self.types.iter().find(|guarded| guarded.compiled.resource_type().name == *name)
    }
}

impl Rule {
    fn read(compiled: &Compiled, path: &str, rule: &Value<'_>) -> Result<Self, Error> {
        let id = match resolve(compiled, path, Profile::STRICT) {
            Resolved::Attribute(id) if id != AttrId::ROOT => id,
            Resolved::Unknown { nearest: Some(nearest), .. } => {
                let error = invalid(path, "no value: there is no such attribute");
                return Err(error.helped(format!("did you mean `{nearest}`?")));
            }
            _ => return Err(invalid(path, "no value: there is no such attribute")),
        };
        let expected = "an object with the permissions read and write, or one of them";
        let object = rule.as_object().filter(|object| !object.is_empty());
        let object = object.ok_or_else(|| invalid(path, expected))?;
        if let Some((other, _)) = object.iter().find(|(name, _)| !["read", "write"].contains(name))
        {
            let error = unknown(other, "permission", ["read", "write"].into_iter());
            return Err(error.within(Segment::Name(path.into())));
        }
        let named = |name| {
            permission(object, name).map_err(|error| error.within(Segment::Name(path.into())))
        };
        let (read, write) = (named("read")?, named("write")?);
        let always = |id: &AttrId| compiled.attribute(*id).returned == Returned::Always;
        // Of a complex attribute what is in it, such as `id` of the resource.
        if read.is_some() && compiled.chain(id).iter().any(always) {
            return Err(invalid(path, "a permission to write alone: it is always returned"));
        }
        Ok(Self { id, read, write })
    }
}

fn permission(object: &Object<'_>, name: &str) -> Result<Option<Box<str>>, Error> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.as_ref().into())),
        Some(_) => Err(invalid(name, "the name of a permission")),
    }
}

impl Guarded {
    fn against(&self, permissions: &Permissions, granted: &[Box<str>]) -> Against {
        let lacks = |needed: &Option<Box<str>>| {
            needed.as_deref().is_some_and(|needed| !permissions.allow(granted, needed))
        };
        let mut against = Against::default();
        for (at, rule) in self.rules.iter().enumerate() {
            against.hidden |= u32::from(lacks(&rule.read)) << at;
            against.fixed |= u32::from(lacks(&rule.write)) << at;
        }
        against
    }

    fn against_rules(&self, bits: u32) -> Vec<&Rule> {
        let numbered = self.rules.iter().enumerate();
        numbered.filter(|(at, _)| bits >> at & 1 == 1).map(|(_, rule)| rule).collect()
    }

    fn view(&self, against: Against) -> Arc<Compiled> {
        let ids = |bits| self.against_rules(bits).iter().map(|rule| rule.id).collect::<Vec<_>>();
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, view)) = views.iter().find(|(own, _)| *own == against) {
            return view.clone();
        }
        let view = self.compiled.restricted(&ids(against.hidden), &ids(against.fixed));
        let view = Arc::new(view);
        if views.len() < MOST_VIEWS {
            views.push((against, view.clone()));
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Config;
    use crate::value::read;

    #[test]
    fn rules_that_cannot_be_kept_are_refused() {
        for (rules, help) in [
            (r#"{"Boat": {"title": {"read": "x"}}}"#, None),
            (r#"{"User": {"titel": {"read": "x"}}}"#, Some("did you mean `title`?")),
            (r#"{"User": {"title": {}}}"#, None),
            (r#"{"User": {"title": {"see": "x"}}}"#, None),
            (r#"{"User": {"title": {"read": ""}}}"#, None),
            (r#"{"User": {"title": "hr"}}"#, None),
            (r#"{"User": {"id": {"read": "x"}}}"#, None),
            (r#"{"User": {"schemas": {"read": "x"}}}"#, None),
            (r#"{"User": {"": {"read": "x"}}}"#, None),
            (r#"{"User": []}"#, None),
            ("[]", None),
        ] {
            let options = format!(r#"{{"attributePermissions": {rules}}}"#);
            let error = Config::from_value(&read(&options).unwrap()).unwrap_err();
            assert_eq!(error.code().as_str(), "invalid-option", "{rules}");
            if help.is_some() {
                assert_eq!(error.issue().help().as_deref(), help);
            }
        }
    }

    #[test]
    fn views_are_made_once_and_only_where_a_rule_is_against_somebody() {
        let rules = r#"{"attributePermissions": {"User": {"name": {"read": "hr"}, "title": {"write": "hr"}}}}"#;
        let config = Config::from_value(&read(rules).unwrap()).unwrap();
        let user = config.resource_types[0].clone();
        let view = |granted: &[Box<str>]| {
            config.attribute_permissions.view(user.clone(), &config.permissions, granted)
        };
        assert!(
            Arc::ptr_eq(&view(&["hr".into()]), &user) && Arc::ptr_eq(&view(&["*".into()]), &user)
        );
        let desk = view(&["Users:*".into()]);
        assert!(Arc::ptr_eq(&desk, &view(&[])));
        let of = |path: &str| {
            let found = |attribute: &&crate::schema::CompiledAttribute| *attribute.path == *path;
            desk.attributes().iter().find(found).unwrap()
        };
        assert_eq!(of("name.givenName").returned, Returned::Never);
        assert_eq!(
            (of("title").returned, of("emails").returned),
            (Returned::Default, Returned::Default)
        );
        assert!(desk.attributes().len() == user.attributes().len());
    }
}
