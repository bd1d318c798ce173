//! A patch from text to text: only what it touches becomes a tree.
//!
//! The engine is given a resource of the touched attributes alone; of a large set of values, such
//! as the members of a group, only those that the operations name. What comes out is put between
//! the pieces of the text that stay as they are.

use std::borrow::Cow;
use std::ops::Range;

#[cfg(feature = "explain")]
use super::OperationReport;
use super::out::Out;
use super::touched::{Keys, Touched};
use super::{Applied, ApplyOptions, Patch};
use crate::document::{ANY_SIZE, Document, Piece, SlotKind, inside};
use crate::error::Error;
use crate::limits::Limits;
use crate::name;
use crate::profile::Trace;
use crate::schema::AttrId;
use crate::text;
use crate::value::{Number, Object, Value, read_with, to_text, write_compact, write_string};

/// What a PATCH makes of a document.
///
/// ```
/// use scimforge::document::Document;
/// use scimforge::limits::Limits;
/// use scimforge::patch::{ApplyOptions, Patch, Spliced};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "path": "title", "value": "Cook"}]}"#)?;
/// let user = builtin::user();
/// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
/// let rosa = Document::parse(r#"{"userName": "rosa", "title": "Cook"}"#, &user)?;
/// let Spliced { changed, .. } = patch.apply_document(&rosa, &ApplyOptions::default())?;
/// assert!(!changed);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Spliced {
    /// The JSON text of the resource afterwards. What the patch did not touch stands in it as it
    /// stood before.
    pub text: String,
    /// As in [`Outcome`](super::Outcome).
    pub changed: bool,
    /// As in [`Outcome`](super::Outcome).
    pub trace: Trace,
    /// As in [`Outcome`](super::Outcome).
    #[cfg(feature = "explain")]
    pub operations: Option<Vec<OperationReport>>,
}

/// A document that a PATCH has made of another.
///
/// ```
/// use scimforge::document::Document;
/// use scimforge::limits::Limits;
/// use scimforge::patch::{ApplyOptions, Patch};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "replace", "path": "title", "value": "Cook"}]}"#)?;
/// let user = builtin::user();
/// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
/// let before = Document::parse(r#"{"userName": "rosa", "title": "Baker"}"#, &user)?;
/// let made = patch.document_after(&before, &ApplyOptions::default(), &Limits::DEFAULT)?;
/// assert!(made.changed && made.document.text().contains("Cook"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Patched {
    /// The resource afterwards, as the text of [`Spliced`] and read already.
    pub document: Document<'static>,
    /// As in [`Outcome`](super::Outcome).
    pub changed: bool,
    /// As in [`Outcome`](super::Outcome).
    pub trace: Trace,
    /// As in [`Outcome`](super::Outcome).
    #[cfg(feature = "explain")]
    pub operations: Option<Vec<OperationReport>>,
}

impl Patch<'_> {
    /// [`Patch::apply_with`] from text to text: quickly if the document was read for the schema of
    /// the patch.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::limits::Limits;
    /// use scimforge::patch::{ApplyOptions, Patch};
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "replace", "path": "title", "value": "Cook"}]}"#)?;
    /// let user = builtin::user();
    /// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
    /// let rosa = Document::parse(r#"{"userName":"rosa","title":"Baker"}"#, &user)?;
    /// let cook = patch.apply_document(&rosa, &ApplyOptions::default())?;
    /// assert_eq!(cook.text, r#"{"userName":"rosa","title":"Cook"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Patch::apply_with`].
    pub fn apply_document(
        &self,
        document: &Document<'_>,
        options: &ApplyOptions,
    ) -> Result<Spliced, Error> {
        Ok(self.spliced(document, options)?.0)
    }

    /// [`Patch::apply_document`] with a document as the result: what the patch did not touch is
    /// not read again. What it put in must keep the limits.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::limits::Limits;
    /// use scimforge::patch::{ApplyOptions, Patch};
    /// use scimforge::profile::Profile;
    /// use scimforge::schema::builtin;
    /// use scimforge::value::read;
    ///
    /// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    ///     "Operations": [{"op": "add", "path": "nickName", "value": "Ro"}]}"#)?;
    /// let user = builtin::user();
    /// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
    /// let before = Document::parse(r#"{"userName": "rosa"}"#, &user)?;
    /// let made = patch.document_after(&before, &ApplyOptions::default(), &Limits::DEFAULT)?;
    /// assert_eq!(made.document.text(), r#"{"userName": "rosa","nickName":"Ro"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Patch::apply_with`], and those of [`read_with`] for a result that is beyond the
    /// limits.
    pub fn document_after(
        &self,
        document: &Document<'_>,
        options: &ApplyOptions,
        limits: &Limits,
    ) -> Result<Patched, Error> {
        let (spliced, pieces) = self.spliced(document, options)?;
        Ok(Patched {
            document: match pieces {
                Some(pieces) => document.spliced(spliced.text, &pieces, limits)?,
                None => Document::parse_with(spliced.text, document.compiled(), limits)?,
            },
            changed: spliced.changed,
            trace: spliced.trace,
            #[cfg(feature = "explain")]
            operations: spliced.operations,
        })
    }

    fn spliced(
        &self,
        document: &Document<'_>,
        options: &ApplyOptions,
    ) -> Result<(Spliced, Option<Vec<Piece>>), Error> {
        // Places in a list are told, so there the whole list is needed.
        let splice = (!options.explain).then(|| Splice::begin(self, document)).flatten();
        if let Some(splice) = splice {
            let outcome = self.applied(&splice.partial, options)?;
            if let Some(out) = splice.text(&outcome.resource) {
                return Ok((Spliced::new(out.text, outcome), Some(out.pieces)));
            }
        }
        let value = document.to_value();
        let outcome = self.applied(&value, options)?;
        Ok((Spliced::new(to_text(&outcome.resource), outcome), None))
    }
}

impl Spliced {
    fn new(text: String, outcome: Applied<'_>) -> Self {
        Self {
            text,
            changed: outcome.changed,
            trace: outcome.trace,
            #[cfg(feature = "explain")]
            operations: outcome.operations,
        }
    }
}

/// A list that is shorter than this, in bytes of its text, is given to the engine as a whole.
const LARGE: usize = 8 << 10;

/// The members of the resource that the engine is given.
struct Splice<'d> {
    document: &'d Document<'d>,
    given: Vec<Given<'d>>,
    partial: Value<'d>,
}

/// A member that the engine is given, as the partial resource has it under this name.
struct Given<'d> {
    /// Its place on the tape.
    at: usize,
    name: Cow<'d, str>,
    /// Of a large set of values, these elements alone, by their place on the tape.
    places: Option<Vec<usize>>,
}

impl<'d> Splice<'d> {
    /// `None` for what takes the whole tree.
    fn begin(patch: &Patch<'_>, document: &'d Document<'d>) -> Option<Self> {
        let compiled = document.compiled();
        // The tape of another schema has other numbers for the same attributes.
        if compiled.identity() != patch.compiled.identity() {
            return None;
        }
        document.slots().first().filter(|root| root.kind == SlotKind::Map)?;
        let touched = Touched::of(patch)?;
        let mut wanted: Vec<u16> = touched.roots.iter().map(|(id, ..)| id.number()).collect();
        // What is not touched is in step already.
        if touched.roots.iter().any(|(id, ..)| compiled.attribute(*id).is_kept_in_step()) {
            let kept = compiled.children(AttrId::ROOT).filter(|child| child.is_kept_in_step());
            wanted.extend(kept.map(|child| child.id.number()));
        }
        let mut given = Vec::with_capacity(wanted.len());
        let mut partial = Vec::with_capacity(wanted.len());
        let mut sets = Vec::new();
        for (at, slot) in inside(document.slots(), 0) {
            if !wanted.contains(&slot.id) {
                continue;
            }
            let entry = compiled.entry(slot.id);
            let name = document.name_of(at);
            let large = slot.kind == SlotKind::List && slot.raw().len() > LARGE;
            let places = if let Some(keys) = touched.keys(entry.id).filter(|_| large) {
                sets.push(entry.id);
                let (places, values) = Self::named(document, at, entry.id, keys)?;
                partial.push((name.clone(), Value::Array(values)));
                Some(places)
            } else {
                partial.push((name.clone(), tree(document, at)?));
                None
            };
            given.push(Given { at, name, places });
        }
        let partial = Value::Object(Object::from_unique(partial));
        (!touched.moves(|id| sets.contains(&id))).then_some(Self { document, given, partial })
    }

    /// The elements of a set of values that a patch names, those that cannot be named, and one
    /// more, if there is one, so that the list does not seem to be empty.
    fn named(
        document: &'d Document<'d>,
        list: usize,
        id: AttrId,
        keys: &Keys,
    ) -> Option<(Vec<usize>, Vec<Value<'d>>)> {
        let compiled = document.compiled();
        let value_id = compiled.attribute(id).nature.element_value?;
        let exact = compiled.attribute(value_id).case_exact;
        let slots = document.slots();
        let (mut places, mut values, mut has_other) = (Vec::new(), Vec::new(), false);
        for (at, item) in inside(slots, list) {
            let key = || {
                let mut members = inside(slots, at).map(|(_, slot)| slot);
                let value = members.find(|slot| slot.id == value_id.number())?;
                (value.kind == SlotKind::Text).then(|| value.inner())
            };
            let key = (item.kind == SlotKind::Map).then(key).flatten();
            let other = match key.and_then(|key| document.text().get(key)) {
                Some(text) => keys.is_other(&text::key(text, exact)),
                None => false,
            };
            if !other || !std::mem::replace(&mut has_other, true) {
                places.push(at);
                values.push(tree(document, at)?);
            }
        }
        Some((places, values))
    }

    /// The text of the resource afterwards.
    fn text(&self, resource: &Value<'_>) -> Option<Out<'d>> {
        let slots = self.document.slots();
        let mut out = Out::new(self.document.text());
        // What stayed keeps its order; what is new stands behind it.
        let before = self.partial.as_object()?.iter().map(|(_, value)| value);
        let mut after = resource.as_object()?.iter().peekable();
        let mut given = self.given.iter().zip(before).peekable();
        // Members that stay side by side are copied together: their slots, and their text.
        let mut run: Option<(Range<usize>, Range<usize>)> = None;
        for (at, slot) in inside(slots, 0) {
            let (own, whole) = (at..slot.next as usize, slot.key as usize..slot.raw().end);
            let Some((Given { name, places, .. }, before)) =
                given.next_if(|(given, _)| given.at == at)
            else {
                run = Some(match run {
                    Some((slots, text)) => (slots.start..own.end, text.start..whole.end),
                    None => (own, whole),
                });
                continue;
            };
            out.keep_members(run.take())?;
            let Some((_, after)) = after.next_if(|(now, _)| name::same(now, name)) else {
                continue;
            };
            match (places, before, after) {
                (Some(places), Value::Array(before), Value::Array(after)) => {
                    out.separate();
                    let key = out.text.len();
                    write_string(&mut out.text, name);
                    out.text.push(':');
                    out.pieces.push(Piece::Open(at, key, out.text.len()));
                    self.list(&mut out, at, (places, before), after)?;
                    out.pieces.push(Piece::Close(out.text.len()));
                }
                (Some(_), ..) => return None,
                (None, before, after) if before == after => out.keep_members(Some((own, whole)))?,
                (None, _, after) => out.member(name, after),
            }
        }
        out.keep_members(run)?;
        for (name, value) in after {
            out.member(name, value);
        }
        out.text.push_str(if out.text.is_empty() { "{}" } else { "}" });
        Some(out)
    }

    /// A set of values: those that stayed as they stood, then those that came.
    fn list(
        &self,
        out: &mut Out<'_>,
        list: usize,
        (places, before): (&[usize], &[Value<'d>]),
        after: &[Value<'_>],
    ) -> Option<()> {
        let slots = self.document.slots();
        out.text.push('[');
        let first = out.text.len();
        let mut given = places.iter().zip(before).peekable();
        let mut after = after.iter().peekable();
        // Elements that stay side by side, with nothing between them but a comma, are copied
        // together: their slots, and their text.
        let mut run: Option<(Range<usize>, Range<usize>)> = None;
        let comma =
            |out: &mut Out<'_>| out.text.push_str(if out.text.len() > first { "," } else { "" });
        for (at, item) in inside(slots, list) {
            let stays = match given.next_if(|(place, _)| **place == at) {
                // Those that stay keep their order, so they are met one after the other.
                Some((_, value)) => after.next_if(|after| *after == value).is_some(),
                None => true,
            };
            let raw = item.raw();
            match &mut run {
                Some((slots, text)) if stays && slots.end == at && text.end + 1 == raw.start => {
                    (slots.end, text.end) = (item.next as usize, raw.end);
                    continue;
                }
                _ => {}
            }
            let next = stays.then_some((at..item.next as usize, raw));
            if let Some((slots, text)) = std::mem::replace(&mut run, next) {
                comma(out);
                out.keep(slots, text)?;
            }
        }
        if let Some((slots, text)) = run {
            comma(out);
            out.keep(slots, text)?;
        }
        for item in after {
            comma(out);
            let start = out.text.len();
            write_compact(&mut out.text, item);
            out.wrote(start);
        }
        out.text.push(']');
        Some(())
    }
}

/// The tree of what is at a place of the tape. As deep as the reader lets a text be.
fn tree<'d>(document: &'d Document<'d>, at: usize) -> Option<Value<'d>> {
    let slots = document.slots();
    let slot = slots.get(at)?;
    Some(match slot.kind {
        SlotKind::Null => Value::Null,
        SlotKind::True => Value::Bool(true),
        SlotKind::False => Value::Bool(false),
        SlotKind::Number => Value::Number(Number::from_checked(document.text().get(slot.inner())?)),
        SlotKind::Text => Value::from(document.text().get(slot.inner())?),
        SlotKind::Escaped => read_with(document.text().get(slot.raw())?, &ANY_SIZE).ok()?,
        SlotKind::List => {
            let mut items = Vec::with_capacity(inside(slots, at).count());
            for (at, _) in inside(slots, at) {
                items.push(tree(document, at)?);
            }
            Value::Array(items)
        }
        SlotKind::Map => {
            let mut members = Vec::with_capacity(inside(slots, at).count());
            for (at, _) in inside(slots, at) {
                members.push((document.name_of(at), tree(document, at)?));
            }
            // What the scanner has passed has no name twice.
            Value::Object(Object::from_unique(members))
        }
    })
}
