//! What each operation of a PATCH did, told without any value.
//!
//! ```
//! use scimforge::limits::Limits;
//! use scimforge::patch::{ApplyOptions, Effect, Patch};
//! use scimforge::profile::Profile;
//! use scimforge::schema::builtin;
//! use scimforge::value::read;
//!
//! let rosa = read(r#"{"userName": "rosa", "emails": [{"value": "r@x.test", "type": "work"}]}"#)?;
//! let message = read(
//!     r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
//!         {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "rosa@x.test"}]}"#,
//! )?;
//! let user = builtin::user();
//! let patch = Patch::parse(&message, &user, Profile::STRICT, &Limits::DEFAULT)?;
//! let options = ApplyOptions { explain: true, ..ApplyOptions::default() };
//! let told = patch.apply_with(&rosa, &options)?.operations.unwrap_or_default();
//! assert_eq!(told[0].effect, Effect::Replaced);
//! assert_eq!(told[0].changes[0].touched[0].pointer.to_string(), "/emails/0/value");
//! # Ok::<(), scimforge::error::Error>(())
//! ```

use super::equal;
use super::operation::Op;
use crate::error::Pointer;
use crate::name;
use crate::profile::Trace;
use crate::value::{Object, Value};

/// How many pointers one change names at most; its `count` is always complete.
pub(super) const POINTERS: usize = 100;

/// What came of something.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::{ApplyOptions, Effect, Patch};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "path": "active", "value": true}]}"#)?;
/// let user = builtin::user();
/// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
/// let options = ApplyOptions { explain: true, ..ApplyOptions::default() };
/// let outcome = patch.apply_with(&read(r#"{"userName": "ida", "active": true}"#)?, &options)?;
/// assert_eq!(outcome.operations.expect("asked for")[0].effect, Effect::Unchanged);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It was not there and is there now.
    Added,
    /// It is another now; of several things: more than one kind of thing happened.
    Replaced,
    /// It was there and is gone.
    Removed,
    /// It is as it was.
    Unchanged,
}

impl Effect {
    /// The word in results.
    ///
    /// ```
    /// use scimforge::patch::Effect;
    ///
    /// assert_eq!(Effect::Replaced.as_str(), "replaced");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
            Self::Unchanged => "unchanged",
        }
    }

    /// What came of two things together.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unchanged, effect) | (effect, Self::Unchanged) => effect,
            (one, other) if one == other => one,
            _ => Self::Replaced,
        }
    }

    pub(super) fn of(was: bool, is: bool) -> Self {
        match (was, is) {
            (false, true) => Self::Added,
            (true, false) => Self::Removed,
            (true, true) => Self::Replaced,
            (false, false) => Self::Unchanged,
        }
    }
}

/// What one operation did.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::{ApplyOptions, OperationReport, Patch};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "remove", "path": "emails"}]}"#)?;
/// let user = builtin::user();
/// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
/// let options = ApplyOptions { explain: true, ..ApplyOptions::default() };
/// let ida = read(r#"{"userName": "ida", "emails": [{"value": "ida@x.test"}, {"value": "i@x.test"}]}"#)?;
/// let told: Vec<OperationReport> = patch.apply_with(&ida, &options)?.operations.expect("asked for");
/// assert_eq!((told.len(), told[0].count), (1, 2));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationReport {
    /// The operation's kind.
    pub op: Op,
    /// What came of it.
    pub effect: Effect,
    /// How many values it changed, all its changes together.
    pub count: usize,
    /// What it did, attribute by attribute: one entry for an operation with a path, and one more
    /// where `schemas` followed an extension that came or went.
    pub changes: Vec<ChangeReport>,
    /// What was bent to read and apply it.
    pub trace: Trace,
}

/// What an operation did to one attribute.
///
/// ```
/// use scimforge::error::Pointer;
/// use scimforge::patch::{ChangeReport, Effect, Touched};
///
/// // What a report says of one attribute: no value is in it.
/// let change = ChangeReport {
///     scim_path: "title".into(),
///     effect: Effect::Added,
///     count: 1,
///     touched: vec![Touched { pointer: Pointer::root().name("title"), effect: Effect::Added }],
/// };
/// assert_eq!(change.touched.len(), change.count);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeReport {
    /// The attribute or sub-attribute that its path names, as the schema spells it, without the
    /// filter: that would tell values.
    pub scim_path: Box<str>,
    /// What came of it. A `primary` that went to another value does not count beside what else
    /// happened.
    pub effect: Effect,
    /// How many values changed: values of a multi-valued attribute, attributes of an extension
    /// that went as a whole; else one or none.
    pub count: usize,
    /// Where; the first hundred places.
    pub touched: Vec<Touched>,
}

/// A place that an operation changed.
///
/// ```
/// use scimforge::error::Pointer;
/// use scimforge::patch::{Effect, Touched};
///
/// let touched = Touched { pointer: Pointer::root().name("title"), effect: Effect::Removed };
/// assert_eq!(touched.pointer.to_string(), "/title");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Where it is in the resource as the operation left it; what was removed, where it was in
    /// the resource as the operation found it.
    pub pointer: Pointer,
    /// What came of it.
    pub effect: Effect,
}

impl OperationReport {
    /// The report as data: `{op, effect, count, changes: [{scimPath, effect, count, touched:
    /// [{pointer, effect}]}], trace}`.
    ///
    /// ```
    /// use scimforge::patch::{Effect, Op, OperationReport};
    /// use scimforge::profile::Trace;
    ///
    /// let report = OperationReport {
    ///     op: Op::Add,
    ///     effect: Effect::Unchanged,
    ///     count: 0,
    ///     changes: Vec::new(),
    ///     trace: Trace::new(),
    /// };
    /// assert_eq!(
    ///     report.to_value().to_string(),
    ///     r#"{"op":"add","effect":"unchanged","count":0,"changes":[],"trace":[]}"#
    /// );
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("op", Value::from(self.op.as_str()));
        object.insert("effect", Value::from(self.effect.as_str()));
        object.insert("count", Value::count(self.count));
        object.insert(
            "changes",
            Value::Array(self.changes.iter().map(ChangeReport::to_value).collect()),
        );
        object.insert("trace", self.trace.to_value());
        object.into()
    }

    pub(super) fn take_in(&mut self, change: ChangeReport) {
        self.effect = self.effect.and(change.effect);
        self.count = self.count.saturating_add(change.count);
        self.changes.push(change);
    }

    /// Sums up the changes anew.
    pub(super) fn take_stock(&mut self) {
        let effects = self.changes.iter().map(|change| change.effect);
        self.effect = effects.fold(Effect::Unchanged, Effect::and);
        self.count = self.changes.iter().map(|change| change.count).sum();
    }
}

impl ChangeReport {
    fn to_value(&self) -> Value<'static> {
        let touched = self.touched.iter().map(|touched| {
            let mut object = Object::new();
            object.insert("pointer", Value::from(touched.pointer.to_string()));
            object.insert("effect", Value::from(touched.effect.as_str()));
            Value::Object(object)
        });
        let mut object = Object::new();
        object.insert("scimPath", Value::from(self.scim_path.to_string()));
        object.insert("effect", Value::from(self.effect.as_str()));
        object.insert("count", Value::count(self.count));
        object.insert("touched", Value::Array(touched.collect()));
        object.into()
    }

    pub(super) fn new(scim_path: &str) -> Self {
        Self {
            scim_path: scim_path.into(),
            effect: Effect::Unchanged,
            count: 0,
            touched: Vec::new(),
        }
    }

    /// Notes a place, if there is room.
    pub(super) fn touch(&mut self, pointer: impl FnOnce() -> Pointer, effect: Effect) {
        if self.touched.len() < POINTERS {
            self.touched.push(Touched { pointer: pointer(), effect });
        }
    }

    /// Takes in one value before and after. The answer is its effect, and whether that was no
    /// more than the loss of a `primary`.
    pub(super) fn compare(
        &mut self,
        before: Option<&Value<'_>>,
        after: Option<&Value<'_>>,
        pointer: &dyn Fn() -> Pointer,
    ) -> (Effect, bool) {
        let (before, after) = (
            before.filter(|value| !value.is_unassigned()),
            after.filter(|value| !value.is_unassigned()),
        );
        if equal::same_state(before, after) {
            return (Effect::Unchanged, false);
        }
        let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) else {
            let effect = Effect::of(before.is_some(), after.is_some());
            self.touch(pointer, effect);
            return (effect, false);
        };
        let mut effect = Effect::Unchanged;
        let mut only_unmarked = true;
        let gone = old.iter().filter(|(name, _)| new.get(name).is_none());
        for (name, _) in new.iter().chain(gone) {
            let (was, is) = (old.assigned(name), new.assigned(name));
            let unmarked = |mark: Option<&Value<'_>>| {
                name::same(name, "primary") && mark.is_none_or(|mark| *mark == Value::Bool(false))
            };
            if equal::same_state(was, is) || (unmarked(was) && unmarked(is)) {
                continue;
            }
            only_unmarked &= unmarked(is);
            let one = Effect::of(was.is_some(), is.is_some());
            self.touch(|| pointer().name(name), one);
            effect = effect.and(one);
        }
        (effect, only_unmarked)
    }
}
