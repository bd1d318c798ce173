//! A SCIM resource while it is being put together, and its canonical order.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::rule::{List, Place, Target};
use crate::migrate::Kind;
use crate::schema::ENTERPRISE_USER;
use crate::text;
use crate::value::{Object, Value};

/// What RFC 2307 knows of an account and SCIM does not.
pub(crate) const POSIX: &str = "urn:scimforge:params:scim:schemas:extension:posix:2.0:User";

/// Singular attributes before the lists, in the order of RFC 7643 §8.7.1.
const SINGULAR_ORDER: &[&str] = &[
    "externalId",
    "userName",
    "name",
    "displayName",
    "nickName",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
    "active",
    "password",
];
const NAME_ORDER: &[&str] =
    &["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"];
const ADDRESS_ORDER: &[&str] =
    &["formatted", "streetAddress", "locality", "region", "postalCode", "country"];
const ENTERPRISE_ORDER: &[&str] =
    &["employeeNumber", "costCenter", "organization", "division", "department", "manager"];
const POSIX_ORDER: &[&str] =
    &["uidNumber", "gidNumber", "homeDirectory", "loginShell", "gecos", "sshPublicKeys"];

/// The part of an address that SCIM has no name for; it goes under the street.
pub(crate) const POST_OFFICE_BOX: &str = "postOfficeBox";

/// The parts, in no order yet.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    core: Object<'static>,
    name: Object<'static>,
    enterprise: Object<'static>,
    posix: Object<'static>,
    emails: Vec<Value<'static>>,
    phone_numbers: Vec<Value<'static>>,
    ims: Vec<Value<'static>>,
    photos: Vec<Value<'static>>,
    certificates: Vec<Value<'static>>,
    members: Vec<Value<'static>>,
    work: Object<'static>,
    home: Object<'static>,
    other: Object<'static>,
    /// Values of lists and the number of the rule that brought each first.
    seen: HashMap<(List, Option<&'static str>, String), usize>,
}

impl Draft {
    /// Sets a place; appends where the place is a list.
    pub(crate) fn set(&mut self, target: Target, value: Value<'static>) {
        match target {
            Target::Core(name) => {
                self.core.insert(name, value);
            }
            Target::Name(part) => {
                self.name.insert(part, value);
            }
            Target::Enterprise(name) => {
                self.enterprise.insert(name, value);
            }
            Target::Posix(name) => {
                self.posix.insert(name, value);
            }
            Target::Address(place, part) => {
                self.address(place).insert(part, value);
            }
            Target::Many(list, kind) => {
                let mut element = Object::new();
                element.insert("value", value);
                if let Some(kind) = kind {
                    element.insert("type", Value::from(kind));
                }
                self.list(list).push(Value::Object(element));
            }
        }
    }

    /// What stands in a singular place.
    pub(crate) fn get(&self, target: Target) -> Option<&Value<'static>> {
        match target {
            Target::Core(name) => self.core.get(name),
            Target::Name(part) => self.name.get(part),
            Target::Enterprise(name) => self.enterprise.get(name),
            Target::Posix(name) => self.posix.get(name),
            Target::Address(Place::Work, part) => self.work.get(part),
            Target::Address(Place::Home, part) => self.home.get(part),
            Target::Address(Place::Other, part) => self.other.get(part),
            Target::Many(..) => None,
        }
    }

    /// The elements of a list.
    pub(crate) fn list(&mut self, list: List) -> &mut Vec<Value<'static>> {
        match list {
            List::Emails => &mut self.emails,
            List::PhoneNumbers => &mut self.phone_numbers,
            List::Ims => &mut self.ims,
            List::Photos => &mut self.photos,
            List::Certificates => &mut self.certificates,
            List::Members => &mut self.members,
        }
    }

    /// The rule that brought a value into a list before, if any did; from now on it is there.
    /// One telephone may be both at work and at home, one e-mail address stands once.
    pub(crate) fn seen(
        &mut self,
        list: List,
        kind: Option<&'static str>,
        value: &str,
        rule: usize,
    ) -> Option<usize> {
        let kind = if list == List::PhoneNumbers { kind } else { None };
        let value = match list {
            List::Certificates | List::Members | List::Photos => value.to_owned(),
            List::Emails | List::PhoneNumbers | List::Ims => text::fold(value).into_owned(),
        };
        match self.seen.entry((list, kind, value)) {
            Entry::Occupied(there) => Some(*there.get()),
            Entry::Vacant(free) => {
                free.insert(rule);
                None
            }
        }
    }

    fn address(&mut self, place: Place) -> &mut Object<'static> {
        match place {
            Place::Work => &mut self.work,
            Place::Home => &mut self.home,
            Place::Other => &mut self.other,
        }
    }

    /// The resource: `schemas`, then the attributes in the order of their schema.
    pub(crate) fn finish(mut self, kind: Kind) -> Value<'static> {
        let mut schemas = vec![Value::from(kind.schema())];
        let name = ordered(&mut self.name, NAME_ORDER);
        if !name.is_empty() {
            self.core.insert("name", Value::Object(name));
        }
        let core = ordered(&mut self.core, SINGULAR_ORDER);
        let addresses =
            [(Place::Work, self.work), (Place::Home, self.home), (Place::Other, self.other)]
                .into_iter()
                .filter_map(|(place, address)| finish_address(place, address))
                .collect();
        let lists = [
            ("emails", self.emails),
            ("phoneNumbers", self.phone_numbers),
            ("ims", self.ims),
            ("photos", self.photos),
            ("addresses", addresses),
            ("x509Certificates", self.certificates),
            ("members", self.members),
        ];
        let extensions = [
            (ENTERPRISE_USER, ordered(&mut self.enterprise, ENTERPRISE_ORDER)),
            (POSIX, ordered(&mut self.posix, POSIX_ORDER)),
        ];
        let mut resource = Object::new();
        resource.insert("schemas", Value::Null);
        for (name, value) in core {
            resource.insert(name, value);
        }
        for (name, elements) in lists {
            if !elements.is_empty() {
                resource.insert(name, Value::Array(elements));
            }
        }
        for (urn, extension) in extensions {
            if !extension.is_empty() {
                schemas.push(Value::from(urn));
                resource.insert(urn, Value::Object(extension));
            }
        }
        resource.insert("schemas", Value::Array(schemas));
        Value::Object(resource)
    }
}

fn ordered(members: &mut Object<'static>, order: &[&'static str]) -> Object<'static> {
    let mut out = Object::new();
    for name in order {
        if let Some(value) = members.remove(name) {
            out.insert(*name, value);
        }
    }
    out
}

fn finish_address(place: Place, mut address: Object<'static>) -> Option<Value<'static>> {
    if let Some(Value::String(post_office_box)) = address.remove(POST_OFFICE_BOX) {
        let street = match address.remove("streetAddress") {
            Some(Value::String(street)) => format!("{street}\n{post_office_box}"),
            _ => post_office_box.into_owned(),
        };
        address.insert("streetAddress", Value::from(street));
    }
    let mut out = ordered(&mut address, ADDRESS_ORDER);
    if out.is_empty() {
        return None;
    }
    out.insert("type", Value::from(place.as_str()));
    Some(Value::Object(out))
}
