//! The tokens of a JSON text (RFC 8259): where each ends, or `None` where there is none.

use super::slot::SlotKind;
use crate::text::plain_json;

/// A text that places are asked of. Places go in and come out, so that they stay in registers.
#[derive(Clone, Copy)]
pub(super) struct Tokens<'t> {
    pub(super) bytes: &'t [u8],
}

impl<'t> Tokens<'t> {
    #[inline]
    pub(super) fn peek(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    #[inline]
    pub(super) fn rest(self, at: usize) -> &'t [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    #[inline]
    pub(super) fn blanks(self, at: usize) -> usize {
        if self.peek(at).is_some_and(|byte| byte <= b' ') { self.all_blanks(at) } else { at }
    }

    fn all_blanks(self, mut at: usize) -> usize {
        while matches!(self.peek(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    pub(super) fn word(self, at: usize, word: &[u8]) -> Option<usize> {
        self.rest(at).starts_with(word).then_some(at + word.len())
    }

    /// Where the closing quote is, from behind the opening one on.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call costs as much as a short string")]
    pub(super) fn string(self, at: usize) -> Option<(usize, SlotKind)> {
        let end = at + plain_json(self.rest(at));
        if self.peek(end)? == b'"' {
            return Some((end, SlotKind::Text));
        }
        Some((self.escapes(end)?, SlotKind::Escaped))
    }

    #[cold]
    fn escapes(self, mut at: usize) -> Option<usize> {
        loop {
            match self.peek(at)? {
                b'"' => return Some(at),
                b'\\' => at = self.escape(at)?,
                // A control character.
                _ => return None,
            }
            at += plain_json(self.rest(at));
        }
    }

    fn escape(self, at: usize) -> Option<usize> {
        let behind = at + 2;
        match self.peek(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(behind),
            b'u' => match self.hex(behind)? {
                (0xD800..0xDC00, at) => {
                    let (low, at) = self.hex(self.word(at, b"\\u")?)?;
                    (0xDC00..0xE000).contains(&low).then_some(at)
                }
                (0xDC00..0xE000, _) => None,
                (_, at) => Some(at),
            },
            _ => None,
        }
    }

    fn hex(self, at: usize) -> Option<(u32, usize)> {
        let mut code = 0;
        for byte in self.rest(at).first_chunk::<4>()? {
            code = code * 16 + char::from(*byte).to_digit(16)?;
        }
        Some((code, at + 4))
    }

    /// Passes digits, of which there is at least one.
    fn digits(self, start: usize) -> Option<usize> {
        let mut at = start;
        while matches!(self.peek(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        (at > start).then_some(at)
    }

    pub(super) fn number(self, start: usize) -> Option<usize> {
        let start = if self.peek(start)? == b'-' { start + 1 } else { start };
        let mut at = self.digits(start)?;
        if self.peek(start)? == b'0' && at > start + 1 {
            return None;
        }
        if self.peek(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if matches!(self.peek(at), Some(b'e' | b'E')) {
            let signed = matches!(self.peek(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(signed))?;
        }
        Some(at)
    }
}
