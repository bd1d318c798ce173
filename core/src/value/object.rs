//! Objects: members in source order, found without case.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::Value;
use crate::name;

/// Few members are compared pair by pair; many are sorted or hashed, or a hostile object of a
/// hundred thousand names would cost their square.
const FEW: usize = 32;

/// The members of an object, in the order they came.
///
/// INVARIANT: no two names are the same without ASCII case; the reader rejects such twins and
/// [`Object::insert`] replaces.
///
/// ```
/// use scimforge::value::{Object, Value};
///
/// let mut rosa = Object::new();
/// rosa.insert("userName", Value::from("rosa"));
/// rosa.insert("USERNAME", Value::from("rosa.lind"));
/// assert_eq!(Value::from(rosa).to_string(), r#"{"userName":"rosa.lind"}"#);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Object<'a> {
    members: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Object<'a> {
    /// An object without members.
    ///
    /// ```
    /// use scimforge::value::Object;
    ///
    /// assert!(Object::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// An object of these members.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let members = vec![("a".into(), Value::Null), ("A".into(), Value::Null)];
    /// assert!(Object::from_distinct(members).is_err(), "one name twice");
    /// ```
    ///
    /// # Errors
    /// A name that stands twice without case.
    pub fn from_distinct(members: Vec<(Cow<'a, str>, Value<'a>)>) -> Result<Self, Box<str>> {
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

    /// An object of members whose names are known to differ.
    pub(crate) fn from_unique(members: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        Self { members }
    }

    /// How many members there are.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let object: Object<'_> = [("a", Value::Null), ("b", Value::Null)].into_iter().collect();
    /// assert_eq!(object.len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let mut object = Object::new();
    /// object.insert("title", Value::from("Baker"));
    /// assert!(!object.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member `name`, found without case.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let object: Object<'_> = [("Title", Value::from("Baker"))].into_iter().collect();
    /// assert_eq!(object.get("title"), Some(&Value::from("Baker")));
    /// ```
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.members.iter().find(|(key, _)| name::same(key, name)).map(|(_, value)| value)
    }

    /// The member `name`, found without case, if it has a value: what is unassigned (RFC 7643
    /// §2.5) is as good as not there.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let object: Object<'_> = [("title", Value::Null)].into_iter().collect();
    /// assert!(object.get("title").is_some() && object.assigned("title").is_none());
    /// ```
    pub fn assigned(&self, name: &str) -> Option<&Value<'a>> {
        self.get(name).filter(|value| !value.is_unassigned())
    }

    /// The member `name`, found without case, to be changed.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let mut object: Object<'_> = [("title", Value::from("Baker"))].into_iter().collect();
    /// if let Some(title) = object.get_mut("TITLE") {
    ///     *title = Value::from("Cook");
    /// }
    /// assert_eq!(object.get("title"), Some(&Value::from("Cook")));
    /// ```
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value<'a>> {
        self.members.iter_mut().find(|(key, _)| name::same(key, name)).map(|(_, value)| value)
    }

    /// The name as it is written in this object.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let object: Object<'_> = [("TITLE", Value::from("Baker"))].into_iter().collect();
    /// assert_eq!(object.spelling("title"), Some("TITLE"));
    /// ```
    pub fn spelling(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(key, _)| name::same(key, name)).map(|(key, _)| key.as_ref())
    }

    /// Sets a member: replaces the value of one that is there (keeping its place and
    /// spelling), else appends.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let mut object = Object::new();
    /// assert_eq!(object.insert("title", Value::from("Baker")), None);
    /// assert_eq!(object.insert("Title", Value::from("Cook")), Some(Value::from("Baker")));
    /// ```
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>, value: Value<'a>) -> Option<Value<'a>> {
        let name = name.into();
        if let Some(old) = self.get_mut(&name) {
            return Some(std::mem::replace(old, value));
        }
        self.members.push((name, value));
        None
    }

    /// Takes a member with its name; its place stays, with nothing in it.
    pub(crate) fn take(&mut self, name: &str) -> Option<(Cow<'a, str>, Value<'a>)> {
        self.members.iter_mut().find(|(key, _)| name::same(key, name)).map(std::mem::take)
    }

    /// Takes a member out, found without case.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let mut object: Object<'_> = [("title", Value::from("Baker"))].into_iter().collect();
    /// assert_eq!(object.remove("TITLE"), Some(Value::from("Baker")));
    /// assert!(object.is_empty());
    /// ```
    pub fn remove(&mut self, name: &str) -> Option<Value<'a>> {
        let at = self.members.iter().position(|(key, _)| name::same(key, name))?;
        Some(self.members.remove(at).1)
    }

    /// The members in order.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let object: Object<'_> = [("b", Value::from(1)), ("a", Value::from(2))].into_iter().collect();
    /// assert_eq!(object.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["b", "a"]);
    /// ```
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value<'a>)> {
        self.members.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// The members in order, values to be changed.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let mut object: Object<'_> = [("a", Value::from(1)), ("b", Value::from(2))].into_iter().collect();
    /// for (_, value) in object.iter_mut() {
    ///     *value = Value::Null;
    /// }
    /// assert!(object.assigned("a").is_none());
    /// ```
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value<'a>)> {
        self.members.iter_mut().map(|(key, value)| (&**key, value))
    }

    /// Keeps the members that `keep` says yes to.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let mut object: Object<'_> = [("a", Value::Null), ("b", Value::from(2))].into_iter().collect();
    /// object.retain(|_, value| !value.is_unassigned());
    /// assert_eq!(object.len(), 1);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value<'a>) -> bool) {
        self.members.retain_mut(|(key, value)| keep(key, value));
    }

    /// Copies what is borrowed.
    ///
    /// ```
    /// use scimforge::value::{Object, Value};
    ///
    /// let kept: Object<'static> = {
    ///     let name = String::from("title");
    ///     [(name.as_str(), Value::Null)].into_iter().collect::<Object<'_>>().into_owned()
    /// };
    /// assert_eq!(kept.len(), 1);
    /// ```
    pub fn into_owned(self) -> Object<'static> {
        Object {
            members: self
                .members
                .into_iter()
                .map(|(key, value)| {
                    let key = match key {
                        Cow::Owned(key) => Cow::Owned(key),
                        Cow::Borrowed(key) => name::to_static(key),
                    };
                    (key, value.into_owned())
                })
                .collect(),
        }
    }

    pub(crate) fn borrowed(&self) -> Object<'_> {
        let members = self.iter().map(|(key, value)| (Cow::Borrowed(key), value.borrowed()));
        Object { members: members.collect() }
    }

    /// Where each name is, folded.
    fn places(&self) -> HashMap<String, usize> {
        self.members
            .iter()
            .enumerate()
            .map(|(at, (key, _))| (key.to_ascii_lowercase(), at))
            .collect()
    }

    pub(super) fn members(&self) -> &[(Cow<'a, str>, Value<'a>)] {
        &self.members
    }
}

/// Equal when the same members have equal values; order and case of names do not count.
impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        if self.len() != other.len() {
            return false;
        }
        if self.len() <= FEW {
            return self
                .iter()
                .all(|(key, value)| other.get(key).is_some_and(|theirs| theirs == value));
        }
        let places = other.places();
        self.iter().all(|(key, value)| {
            let theirs =
                places.get(&key.to_ascii_lowercase()).and_then(|at| other.members.get(*at));
            theirs.is_some_and(|(_, theirs)| theirs == value)
        })
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Cow<'a, str>, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.members.into_iter()
    }
}

/// As if by [`Object::insert`]: the last of several members with the same name wins.
impl<'a, K: Into<Cow<'a, str>>> FromIterator<(K, Value<'a>)> for Object<'a> {
    fn from_iter<I: IntoIterator<Item = (K, Value<'a>)>>(members: I) -> Self {
        let mut members = members.into_iter();
        let mut object = Self::new();
        for (key, value) in members.by_ref().take(FEW) {
            object.insert(key, value);
        }
        let Some((mut key, mut value)) = members.next().map(|(key, value)| (key.into(), value))
        else {
            return object;
        };
        let mut places = object.places();
        loop {
            match places.entry(key.to_ascii_lowercase()) {
                Entry::Occupied(place) => {
                    if let Some((_, old)) = object.members.get_mut(*place.get()) {
                        *old = value;
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(object.members.len());
                    object.members.push((key, value));
                }
            }
            let Some((next, with)) = members.next() else { return object };
            (key, value) = (next.into(), with);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many(last: i64) -> Object<'static> {
        (0..100_000)
            .map(|index| {
                (format!("n{index}"), Value::integer(if index == 99_999 { last } else { index }))
            })
            .collect()
    }

    #[test]
    fn a_hundred_thousand_names_are_collected_and_compared_quickly() {
        let (one, other) = (many(1), many(2));
        assert_eq!(one.len(), 100_000);
        assert!(one == one.clone() && one != other);
        let reversed: Object<'_> = one.clone().into_iter().rev().collect();
        assert!(one == reversed, "order does not count");
    }

    #[test]
    fn collecting_is_inserting() {
        for count in [2, FEW - 1, FEW, FEW + 1, 3 * FEW] {
            let names = (0..count).map(|index| {
                if index + 1 == count { "N0".to_owned() } else { format!("n{index}") }
            });
            let members: Vec<_> = names.zip((0..).map(Value::integer)).collect();
            let mut inserted = Object::new();
            for (name, value) in members.clone() {
                inserted.insert(name, value);
            }
            let collected: Object<'_> = members.into_iter().collect();
            assert!(collected.iter().eq(inserted.iter()), "{count}");
            assert_eq!(collected.spelling("N0"), Some("n0"));
        }
    }
}
