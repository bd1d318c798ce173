//! What was bent, where and why.

#[cfg(feature = "explain")]
use std::ops::Range;

use super::{Profile, Quirk};
use crate::error::{Pointer, Span};
use crate::value::{Object, Value};

/// One use of a tolerance.
///
/// ```
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::{Bent, Profile, Quirk};
///
/// let filter = Filter::parse("title eq Baker", Profile::LENIENT, &Limits::DEFAULT)?;
/// let Bent { quirk, span, .. } = &filter.trace.entries()[0];
/// assert_eq!((*quirk, span.map(|span| span.start)), (Quirk::BareLiteral, Some(9)));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
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
    ///
    /// ```
    /// use scimforge::error::Pointer;
    /// use scimforge::profile::{Bent, Quirk};
    ///
    /// let bent = Bent {
    ///     quirk: Quirk::BooleanText,
    ///     pointer: Pointer::root().name("active"),
    ///     scim_path: "active".into(),
    ///     span: None,
    /// };
    /// let value = bent.to_value();
    /// assert_eq!(value.get("quirk").and_then(|quirk| quirk.as_str()), Some("booleanText"));
    /// ```
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
///
/// ```
/// use scimforge::accept::accept_resource;
/// use scimforge::profile::{Profile, Quirk, Trace};
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let sent = read(r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
///     "userName": "rosa", "active": "true"}"#)?;
/// let mut trace = Trace::new();
/// accept_resource(&builtin::user(), sent, Profile::LENIENT, &mut trace)?;
/// assert_eq!(trace.entries()[0].quirk, Quirk::BooleanText);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    bent: Vec<Bent>,
}

impl Trace {
    /// Nothing bent yet.
    ///
    /// ```
    /// use scimforge::profile::Trace;
    ///
    /// assert!(Trace::new().entries().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// If `profile` allows `quirk`, notes that it was used here. The answer is whether it does.
    ///
    /// ```
    /// use scimforge::error::Pointer;
    /// use scimforge::profile::{Profile, Quirk, Trace};
    ///
    /// let (mut trace, at) = (Trace::new(), Pointer::root().name("active"));
    /// assert!(!trace.bend(Profile::STRICT, Quirk::BooleanText, &at, "active"));
    /// assert!(trace.bend(Profile::LENIENT, Quirk::BooleanText, &at, "active"));
    /// assert_eq!(trace.entries().len(), 1);
    /// ```
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
    ///
    /// ```
    /// use scimforge::error::{Pointer, Span};
    /// use scimforge::profile::{Profile, Quirk, Trace};
    ///
    /// let mut trace = Trace::new();
    /// let (at, span) = (Pointer::root(), Span::new(9, 14));
    /// assert!(trace.bend_text(Profile::LENIENT, Quirk::BareLiteral, &at, "title", span));
    /// assert_eq!(trace.entries()[0].span, Some(span));
    /// ```
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
    ///
    /// ```
    /// use scimforge::error::Pointer;
    /// use scimforge::profile::{Profile, Quirk, Trace};
    ///
    /// let mut trace = Trace::new();
    /// trace.bend(Profile::LENIENT, Quirk::EmptyPath, &Pointer::root(), "");
    /// assert!(trace.entries().iter().all(|bent| bent.quirk == Quirk::EmptyPath));
    /// ```
    pub fn entries(&self) -> &[Bent] {
        &self.bent
    }

    /// Some of the entries; none where there are not so many.
    #[cfg(feature = "explain")]
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        Self { bent: self.bent.get(range).unwrap_or_default().to_vec() }
    }

    /// Adds the entries of another trace.
    ///
    /// ```
    /// use scimforge::error::Pointer;
    /// use scimforge::profile::{Profile, Quirk, Trace};
    ///
    /// let (mut of_path, mut of_value) = (Trace::new(), Trace::new());
    /// of_value.bend(Profile::LENIENT, Quirk::BareValue, &Pointer::root(), "emails");
    /// of_path.append(of_value);
    /// assert_eq!(of_path.entries().len(), 1);
    /// ```
    pub fn append(&mut self, mut other: Self) {
        self.bent.append(&mut other.bent);
    }

    /// The list as data.
    ///
    /// ```
    /// use scimforge::profile::Trace;
    ///
    /// assert_eq!(Trace::new().to_value().to_string(), "[]");
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        Value::Array(self.bent.iter().map(Bent::to_value).collect())
    }
}
