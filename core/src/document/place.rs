//! Walking a document where it lies.

use std::borrow::Cow;

use super::slot::{Slot, SlotKind, Spelling};
use super::{Document, decoded, decoded_head};
use crate::error::{Pointer, Segment, Span};
use crate::name;
use crate::schema::{AttrId, Identity};
use crate::value::{Node, Number, View};

/// One value of a [`Document`].
///
/// ```
/// use scimforge::document::Document;
/// use scimforge::error::Pointer;
/// use scimforge::schema::builtin;
/// use scimforge::value::{Node, View};
///
/// let document = Document::parse(r#"{"emails": [{"value": "ida@north.test"}]}"#, &builtin::user())?;
/// let at = Pointer::parse("/emails/0/value").expect("a pointer");
/// let place = document.root().at(&at).expect("it is there");
/// assert!(matches!(place.view(), View::Text(text) if text == "ida@north.test"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Place<'d> {
    document: &'d Document<'d>,
    at: u32,
}

impl<'d> Place<'d> {
    pub(super) fn new(document: &'d Document<'d>, at: u32) -> Self {
        Self { document, at }
    }

    #[inline]
    pub(super) fn slot(self) -> Option<&'d Slot> {
        self.document.slot(self.at as usize)
    }

    /// The value as it stands in the text.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::error::Pointer;
    /// use scimforge::schema::builtin;
    ///
    /// let document = Document::parse(r#"{"title": "B\u0061ker"}"#, &builtin::user())?;
    /// let title = document.root().at(&Pointer::root().name("title")).expect("it is there");
    /// assert_eq!(title.raw(), r#""B\u0061ker""#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn raw(self) -> &'d str {
        self.slot().and_then(|slot| self.document.text.get(slot.raw())).unwrap_or_default()
    }

    /// Where it stands in the text, with the quotes of a string.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::error::{Pointer, Span};
    /// use scimforge::schema::builtin;
    ///
    /// let document = Document::parse(r#"{"active": true}"#, &builtin::user())?;
    /// let active = document.root().at(&Pointer::root().name("active")).expect("it is there");
    /// assert_eq!(active.span(), Span::new(11, 15));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn span(self) -> Span {
        let range = self.slot().map(Slot::raw).unwrap_or_default();
        Span::new(range.start, range.end)
    }

    /// What is at a place inside it; names are found without case.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::error::Pointer;
    /// use scimforge::schema::builtin;
    ///
    /// let document = Document::parse(r#"{"Name": {"givenName": "Ida"}}"#, &builtin::user())?;
    /// let root = document.root();
    /// assert!(root.at(&Pointer::root().name("name").name("givenname")).is_some());
    /// assert!(root.at(&Pointer::root().name("title")).is_none());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn at(self, pointer: &Pointer) -> Option<Self> {
        pointer.segments().iter().try_fold(self, |place, step| match (step, place.view()) {
            (Segment::Name(wanted), View::Map(mut members)) => {
                members.find(|(name, _)| name::same(name, wanted)).map(|(_, member)| member)
            }
            // A name of digits looks like an index in a pointer.
            (Segment::Index(index), View::Map(mut members)) => {
                let wanted = index.to_string();
                members.find(|(name, _)| *name == wanted).map(|(_, member)| member)
            }
            (Segment::Index(index), View::List(mut items)) => items.nth(*index),
            _ => None,
        })
    }

    pub(super) fn name(self) -> Cow<'d, str> {
        let Some(slot) = self.slot() else { return Cow::Borrowed("") };
        if slot.spelling == Spelling::Canonical {
            return Cow::Borrowed(&self.document.compiled.entry(slot.id).attribute.name);
        }
        let text = self.document.text.as_bytes();
        text.get(slot.key as usize..).and_then(decoded_head).unwrap_or_default()
    }

    fn text(self, slot: &Slot) -> &'d str {
        self.document.text.get(slot.inner()).unwrap_or_default()
    }
}

impl<'d> Node<'d> for Place<'d> {
    type Items = Items<'d>;
    type Members = Members<'d>;

    #[inline]
    fn view(&self) -> View<'d, Self> {
        let Some(slot) = self.slot() else { return View::Null };
        let inside = || Items { document: self.document, at: self.at + 1, end: slot.next };
        match slot.kind {
            SlotKind::Null => View::Null,
            SlotKind::True => View::Bool(true),
            SlotKind::False => View::Bool(false),
            SlotKind::Number => View::Number(Number::from_checked(self.text(slot))),
            SlotKind::Text => View::Text(Cow::Borrowed(self.text(slot))),
            SlotKind::Escaped => {
                View::Text(decoded(self.raw().as_bytes()).map_or(Cow::Borrowed(""), Cow::Owned))
            }
            SlotKind::List => View::List(inside()),
            SlotKind::Map => View::Map(Members { places: inside() }),
        }
    }

    #[inline]
    fn attribute(&self, schema: &Identity) -> Option<AttrId> {
        let slot = self.slot()?;
        if slot.id == Slot::STRANGER || self.document.compiled.identity() != schema {
            return None;
        }
        Some(self.document.compiled.entry(slot.id).id)
    }

    #[inline]
    fn member(&self, id: AttrId, name: &str, schema: &Identity) -> Option<Self> {
        let own = self.slot()?;
        if own.kind != SlotKind::Map {
            return None;
        }
        let mut members = Items { document: self.document, at: self.at + 1, end: own.next };
        if self.document.compiled.identity() == schema {
            // Below what the schema does not know, names are all there is.
            let number = id.number();
            return members.find(|member| {
                member.slot().is_some_and(|slot| {
                    slot.id == number
                        || (slot.id == Slot::STRANGER && name::same(&member.name(), name))
                })
            });
        }
        members.find(|member| name::same(&member.name(), name))
    }

    #[inline]
    fn is_filled_text(&self) -> bool {
        self.slot().is_some_and(|slot| {
            matches!(slot.kind, SlotKind::Text | SlotKind::Escaped) && slot.start < slot.end
        })
    }
}

/// The elements of an array of a [`Document`].
///
/// ```
/// use scimforge::document::{Document, Items};
/// use scimforge::error::Pointer;
/// use scimforge::schema::builtin;
/// use scimforge::value::{Node, View};
///
/// let document = Document::parse(r#"{"schemas": ["urn:a", "urn:b"]}"#, &builtin::user())?;
/// let schemas = document.root().at(&Pointer::root().name("schemas")).expect("it is there");
/// let View::List(items) = schemas.view() else { unreachable!() };
/// let items: Items<'_> = items;
/// assert_eq!(items.map(|item| item.raw()).collect::<Vec<_>>(), [r#""urn:a""#, r#""urn:b""#]);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Items<'d> {
    document: &'d Document<'d>,
    at: u32,
    end: u32,
}

impl<'d> Iterator for Items<'d> {
    type Item = Place<'d>;

    #[inline]
    fn next(&mut self) -> Option<Place<'d>> {
        if self.at >= self.end {
            return None;
        }
        let place = Place { document: self.document, at: self.at };
        self.at = place.slot()?.next;
        Some(place)
    }
}

/// The members of an object of a [`Document`].
///
/// ```
/// use scimforge::document::{Document, Members};
/// use scimforge::schema::builtin;
/// use scimforge::value::{Node, View};
///
/// let document = Document::parse(r#"{"USERNAME": "ida", "shoeSize": 41}"#, &builtin::user())?;
/// let View::Map(members) = document.root().view() else { unreachable!() };
/// let members: Members<'_> = members;
/// assert_eq!(members.map(|(_, value)| value.raw()).collect::<Vec<_>>(), [r#""ida""#, "41"]);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Members<'d> {
    places: Items<'d>,
}

impl<'d> Iterator for Members<'d> {
    type Item = (Cow<'d, str>, Place<'d>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let place = self.places.next()?;
        Some((place.name(), place))
    }
}
