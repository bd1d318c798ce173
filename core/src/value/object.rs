//! Objects: members in source order, found without case.

use std::borrow::Cow;

use super::Value;
use crate::name;

/// The members of an object, in the order they came.
///
/// INVARIANT: no two names are the same without ASCII case; the reader rejects such twins and
/// [`Object::insert`] replaces.
#[derive(Debug, Clone, Default)]
pub struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// An object without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// An object of these members.
    ///
    /// # Errors
    /// A name that stands twice without case.
    pub fn from_distinct(members: Vec<(Cow<'a, str>, Value<'a>)>) -> Result<Self, Box<str>> {
        // Few members are compared pair by pair; many are sorted, or a hostile object of a
        // hundred thousand names would cost their square.
        const FEW: usize = 32;
        let twin = if members.len() <= FEW {
            members.iter().enumerate().find_map(|(index, (key, _))| {
                members.iter().take(index).any(|(other, _)| name::same(key, other)).then_some(key)
            })
        } else {
            let mut folded: Vec<(String, &Cow<'a, str>)> =
                members.iter().map(|(key, _)| (key.to_ascii_lowercase(), key)).collect();
            folded.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            folded
                .iter()
                .zip(folded.iter().skip(1))
                .find(|(a, b)| a.0 == b.0)
                .map(|(_, (_, key))| *key)
        };
        match twin {
            Some(twin) => Err(twin.as_ref().into()),
            None => Ok(Self { members }),
        }
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member `name`, found without case.
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members.iter().find(|(key, _)| name::same(key, name)).map(|(_, value)| value)
    }

    /// The member `name`, found without case, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value<'a>> {
        self.members.iter_mut().find(|(key, _)| name::same(key, name)).map(|(_, value)| value)
    }

    /// The name as it is written in this object.
    pub fn spelling(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(key, _)| name::same(key, name)).map(|(key, _)| key.as_ref())
    }

    /// Sets a member: replaces the value of one that is there (keeping its place and
    /// spelling), else appends.
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>, value: Value<'a>) -> Option<Value<'a>> {
        let name = name.into();
        if let Some(old) = self.get_mut(&name) {
            return Some(std::mem::replace(old, value));
        }
        self.members.push((name, value));
        None
    }

    /// Takes a member out, found without case.
    pub fn remove(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.members.iter().position(|(key, _)| name::same(key, name))?;
        Some(self.members.remove(at).1)
    }

    /// The members in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value<'a>)> {
        self.members.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// The members in order, values to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value<'a>)> {
        self.members.iter_mut().map(|(key, value)| (&**key, value))
    }

    /// Keeps the members that `keep` says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value<'a>) -> bool) {
        self.members.retain_mut(|(key, value)| keep(key, value));
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> Object<'static> {
        Object {
            members: self
                .members
                .into_iter()
                .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
                .collect(),
        }
    }

    pub(super) fn members(&self) -> &[(Cow<'a, str>, Value<'a>)] {
        &self.members
    }
}

/// Equal when the same members have equal values; order and case of names do not count.
impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().all(|(key, value)| other.get(key).is_some_and(|theirs| theirs == value))
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Cow<'a, str>, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

impl<'a, K: Into<Cow<'a, str>>> FromIterator<(K, Value<'a>)> for Object<'a> {
    fn from_iter<I: IntoIterator<Item = (K, Value<'a>)>>(members: I) -> Self {
        let mut object = Self::new();
        for (key, value) in members {
            object.insert(key, value);
        }
        object
    }
}
