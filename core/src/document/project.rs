//! What an answer holds of a document, from text to text.

use super::slot::{Slot, SlotKind, Spelling, inside as within};
use super::{Document, decoded};
use crate::project::{Inside, Projection};
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Meaning};
use crate::value::{read_with, to_text, write_string};

/// So many sub-attributes are put in order without a tree.
const PLACES: usize = 64;

impl Document<'_> {
    /// The JSON text of the part of a resource that is shown: what
    /// [`Projection::apply`] makes of the tree, to the letter. The projection must have been made
    /// for the resource type of the document.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::project::Projection;
    /// use scimforge::schema::builtin;
    ///
    /// let document = Document::parse(r#"{"title": "Baker", "USERNAME": "rosa"}"#, &builtin::user())?;
    /// assert_eq!(document.project(&Projection::default_set()), r#"{"userName":"rosa","title":"Baker"}"#);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn project(&self, projection: &Projection) -> String {
        let cut = Cut { text: &self.text, tape: &self.tape, compiled: &self.compiled, projection };
        let mut out = String::with_capacity(self.text.len());
        match cut.root(&mut out) {
            Some(true) => out,
            Some(false) => String::from("{}"),
            None => to_text(&projection.apply(&self.compiled, &self.to_value())),
        }
    }
}

struct Cut<'d> {
    text: &'d str,
    tape: &'d [Slot],
    compiled: &'d Compiled,
    projection: &'d Projection,
}

/// Whether anything was written. `None`: that takes a tree.
type Written = Option<bool>;

impl Cut<'_> {
    fn root(&self, out: &mut String) -> Written {
        let root = self.tape.first()?;
        if root.kind != SlotKind::Map {
            return Some(false);
        }
        self.object(out, self.compiled.attribute(AttrId::ROOT), 0, self.projection.inside())
    }

    fn object(
        &self,
        out: &mut String,
        parent: &CompiledAttribute,
        at: usize,
        inside: Inside,
    ) -> Written {
        if parent.children.len() > PLACES {
            return None;
        }
        let mut found = [0usize; PLACES];
        let mut shown = 0u64;
        for (at, slot) in within(self.tape, at) {
            if slot.id == Slot::STRANGER {
                if self.projection.keeps_unknown() {
                    return None;
                }
            } else {
                let place = usize::from(self.compiled.brief(slot.id).place);
                *found.get_mut(place)? = at;
                shown |= 1u64 << place;
            }
        }
        let start = out.len();
        let mut meta = None;
        while shown != 0 {
            let place = shown.trailing_zeros() as usize;
            shown &= shown - 1;
            let at = *found.get(place)?;
            let child = self.compiled.entry(self.tape.get(at)?.id);
            if child.nature.meaning == Meaning::Meta {
                meta = Some(at);
                continue;
            }
            self.member(out, child, at, inside, start)?;
        }
        if let Some(at) = meta {
            self.member(out, self.compiled.entry(self.tape.get(at)?.id), at, inside, start)?;
        }
        let any = out.len() > start;
        if any {
            out.push('}');
        }
        Some(any)
    }

    /// Writes a member behind those that were written since `start`.
    fn member(
        &self,
        out: &mut String,
        child: &CompiledAttribute,
        at: usize,
        inside: Inside,
        start: usize,
    ) -> Written {
        let Some(inside) = self.projection.shows(child, inside) else { return Some(false) };
        let slot = self.tape.get(at)?;
        let before = out.len();
        out.push(if before == start { '{' } else { ',' });
        let key = slot.key as usize..slot.start as usize;
        match self.text.get(key).filter(|_| slot.spelling == Spelling::Canonical) {
            // As it stands, with its quotes.
            Some(key) => out.push_str(key.get(..child.attribute.name.len() + 2)?),
            None => write_string(out, &child.attribute.name),
        }
        out.push(':');
        let any = self.value(out, child, slot, at, inside)?;
        if !any {
            out.truncate(before);
        }
        Some(any)
    }

    fn value(
        &self,
        out: &mut String,
        attribute: &CompiledAttribute,
        slot: &Slot,
        at: usize,
        inside: Inside,
    ) -> Written {
        match slot.kind {
            SlotKind::Null => return Some(false),
            SlotKind::Escaped => {
                write_string(out, &decoded(self.text.get(slot.raw())?.as_bytes())?);
            }
            SlotKind::Text | SlotKind::True | SlotKind::False | SlotKind::Number => {
                out.push_str(self.text.get(slot.raw())?);
            }
            SlotKind::Map if attribute.kind == Kind::Complex && !attribute.children.is_empty() => {
                return self.object(out, attribute, at, inside);
            }
            SlotKind::Map => {
                // No such thing belongs here, so what is inside it is nobody's attribute.
                let odd = read_with(self.text.get(slot.raw())?, &super::ANY_SIZE).ok()?;
                if odd.is_unassigned() {
                    return Some(false);
                }
                out.push_str(&to_text(&odd));
            }
            SlotKind::List => {
                let start = out.len();
                for (at, item) in within(self.tape, at) {
                    let before = out.len();
                    out.push(if before == start { '[' } else { ',' });
                    if !self.value(out, attribute, item, at, inside)? {
                        out.truncate(before);
                    }
                }
                let any = out.len() > start;
                if any {
                    out.push(']');
                }
                return Some(any);
            }
        }
        Some(true)
    }
}
