//! Whether a document is valid that was made of a valid one: what stands in it as it stood before
//! need not be looked at again.

use super::clean::is_clean;
use super::piece::shifted;
use super::slot::{Slot, SlotKind, inside};
use super::{Cow, Document};
use crate::schema::{Compiled, CompiledAttribute, Mutability, Tells};
use crate::validate::{Mode, Options};

impl Document<'_> {
    /// [`Document::is_valid_after`] where the document before is known to be valid itself, by the
    /// same limits and profile in [`Mode::Patch`], as what a store holds is: only members that
    /// differ are looked at, so it costs less. Of a document before that is not valid it may say
    /// that this one is.
    ///
    /// ```
    /// use scimforge::document::Document;
    /// use scimforge::schema::{USER, builtin};
    /// use scimforge::validate::Options;
    ///
    /// let user = builtin::user();
    /// let text = |title: &str| format!(r#"{{"schemas": ["{USER}"], "userName": "rosa", "title": {title}}}"#);
    /// let before = Document::parse(text(r#""Baker""#), &user)?;
    /// let options = Options::default();
    /// assert!(Document::parse(text(r#""Cook""#), &user)?.is_valid_since(&before, &options));
    /// assert!(!Document::parse(text("7"), &user)?.is_valid_since(&before, &options));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn is_valid_since(&self, before: &Document<'_>, options: &Options<'_>) -> bool {
        let (limits, profile) = (options.limits, options.profile);
        let now = Options { mode: Mode::Patch, profile, limits, original: None };
        let rest = self.without_what_stayed(before);
        rest.is_some_and(|rest| is_clean(&rest, &now)) || self.is_valid_after(before, options)
    }

    /// The document as if it had only those members that the one before has not, with the same
    /// text, and `schemas`, which is compared with what is there. What was found out while the tape
    /// was made is about the whole. `None` where something cannot be judged by itself: what cannot
    /// be changed has to be compared.
    fn without_what_stayed(&self, before: &Document<'_>) -> Option<Document<'_>> {
        /// As many slots as mostly are left.
        const USUAL: usize = 32;
        let compiled = &self.compiled;
        if compiled.identity() != before.compiled.identity() {
            return None;
        }
        let is_map = |tape: &[Slot]| tape.first().is_some_and(|root| root.kind == SlotKind::Map);
        if !is_map(&self.tape) || !is_map(&before.tape) {
            return None;
        }
        let mut tape = Vec::with_capacity(self.tape.len().min(USUAL));
        tape.push(*self.tape.first()?);
        let mut old = Members { document: before, at: 1, must_compare: false };
        for (at, slot) in inside(&self.tape, 0) {
            let then = old.find(slot.id);
            let stayed = then.is_some_and(|then| before.member(then) == self.member(slot));
            let known = slot.id != Slot::STRANGER;
            if stayed && compiled.brief(slot.id).tells != Tells::Schemas {
                continue;
            }
            if !stayed && known && is_compared(compiled, compiled.entry(slot.id)) {
                return None;
            }
            let next = slot.next as usize;
            let further = u32::try_from(tape.len()).ok()?.wrapping_sub(u32::try_from(at).ok()?);
            let slots = self.tape.get(at..next)?.iter();
            tape.extend(slots.map(|slot| shifted(slot, 0, further)));
        }
        while let Some(gone) = old.next() {
            old.goes(gone);
        }
        if old.must_compare {
            return None;
        }
        let next = u32::try_from(tape.len()).ok()?;
        tape.first_mut()?.next = next;
        Some(Document {
            text: Cow::Borrowed(&self.text),
            tape,
            facts: self.facts,
            compiled: std::sync::Arc::clone(compiled),
        })
    }

    /// A member as it is written, with its name.
    fn member(&self, slot: &Slot) -> Option<&str> {
        self.text.get(slot.key as usize..slot.raw().end)
    }
}

/// Whether something in it cannot be changed. As deep as the schema.
fn is_compared(compiled: &Compiled, attribute: &CompiledAttribute) -> bool {
    compiled.has_immutable()
        && (attribute.mutability == Mutability::Immutable
            || compiled.children(attribute.id).any(|child| is_compared(compiled, child)))
}

/// The members of the document before, in order.
struct Members<'d> {
    document: &'d Document<'d>,
    at: usize,
    /// Whether one has gone that must be compared with what it has become.
    must_compare: bool,
}

impl<'d> Members<'d> {
    /// The next member that is this attribute, if it is near. Those before it are taken to be
    /// gone.
    fn find(&mut self, id: u16) -> Option<&'d Slot> {
        /// Members that moved further count as gone and come.
        const NEAR: usize = 8;
        let start = self.at;
        let far = (0..NEAR).position(|_| self.next().is_some_and(|slot| slot.id == id));
        self.at = start;
        for _ in 0..far? {
            let gone = self.next()?;
            self.goes(gone);
        }
        self.next()
    }

    fn next(&mut self) -> Option<&'d Slot> {
        let end = self.document.tape.first()?.next as usize;
        let slot = self.document.tape.get(self.at).filter(|_| self.at < end)?;
        self.at = slot.next as usize;
        Some(slot)
    }

    fn goes(&mut self, slot: &Slot) {
        let compiled = &self.document.compiled;
        let known = slot.id != Slot::STRANGER;
        self.must_compare |= known && is_compared(compiled, compiled.entry(slot.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;

    #[test]
    fn what_could_be_wrong_as_a_whole_is_found() {
        let user = builtin::user();
        let parse = |text: &str| Document::parse(text.to_owned(), &user).expect("JSON");
        let base = r#""schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]"#;
        let before = parse(&format!(r#"{{{base},"userName":"ada","title":"Baker"}}"#));
        let options = Options::default();
        assert!(before.is_valid_after(&before, &options));
        for (text, valid) in [
            (format!(r#"{{{base},"userName":"ada","title":"Miller"}}"#), true),
            (format!(r#"{{{base},"userName":"ada"}}"#), true),
            (format!(r#"{{{base},"title":"Baker","userName":"ada"}}"#), true),
            (format!(r#"{{{base},"userName":"ada","title":7}}"#), false),
            (format!(r#"{{{base},"userName":"ada","titel":"Baker"}}"#), true),
            (format!(r#"{{{base},"title":"Baker"}}"#), false),
            (r#"{"userName":"ada","title":"Baker"}"#.to_owned(), false),
            ("[]".to_owned(), false),
        ] {
            let after = parse(&text);
            assert_eq!(after.is_valid_after(&before, &options), valid, "{text}");
            assert_eq!(after.is_valid_since(&before, &options), valid, "{text}");
        }
    }
}
