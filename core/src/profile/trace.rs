//! What was bent, where and why.

#[cfg(feature = "explain")]
use std::ops::Range;

use super::{Profile, Quirk};
use crate::error::{Pointer, Span};
use crate::value::{Object, Value};

/// One use of a tolerance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bent {
    /// Which.
    pub quirk: Quirk,
    /// Where in the input document.
    pub pointer: Pointer,
    /// Where in SCIM's words.
    pub scim_path: Box<str>,
    /// Where in the text of a filter or path.
    pub span: Option<Span>,
}

impl Bent {
    /// The entry as data: `{quirk, pointer, scimPath, span?, reason, spec}`.
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("quirk", Value::from(self.quirk.as_str()));
        object.insert("pointer", Value::from(self.pointer.to_string()));
        object.insert("scimPath", Value::from(self.scim_path.to_string()));
        if let Some(span) = self.span {
            object.insert("span", span.to_value());
        }
        object.insert("reason", Value::from(self.quirk.reason()));
        object.insert("spec", Value::from(self.quirk.spec()));
        object.into()
    }
}

/// The list of what was bent, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    bent: Vec<Bent>,
}

impl Trace {
    /// Nothing bent yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// If `profile` allows `quirk`, notes that it was used here. The answer is whether it does.
    pub fn bend(
        &mut self,
        profile: Profile,
        quirk: Quirk,
        pointer: &Pointer,
        scim_path: &str,
    ) -> bool {
        self.note(profile, quirk, pointer, scim_path, None)
    }

    /// The same for a place in the text of a filter or path, which stands at `pointer`.
    pub fn bend_text(
        &mut self,
        profile: Profile,
        quirk: Quirk,
        pointer: &Pointer,
        scim_path: &str,
        span: Span,
    ) -> bool {
        self.note(profile, quirk, pointer, scim_path, Some(span))
    }

    fn note(
        &mut self,
        profile: Profile,
        quirk: Quirk,
        pointer: &Pointer,
        scim_path: &str,
        span: Option<Span>,
    ) -> bool {
        let allowed = profile.allows(quirk);
        if allowed {
            let scim_path = scim_path.into();
            self.bent.push(Bent { quirk, pointer: pointer.clone(), scim_path, span });
        }
        allowed
    }

    /// The entries in order.
    pub fn entries(&self) -> &[Bent] {
        &self.bent
    }

    /// Some of the entries; none where there are not so many.
    #[cfg(feature = "explain")]
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        Self { bent: self.bent.get(range).unwrap_or_default().to_vec() }
    }

    /// Adds the entries of another trace.
    pub fn append(&mut self, mut other: Self) {
        self.bent.append(&mut other.bent);
    }

    /// The list as data.
    pub fn to_value(&self) -> Value<'static> {
        Value::Array(self.bent.iter().map(Bent::to_value).collect())
    }
}
