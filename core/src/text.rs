//! Comparing strings without case, the same way in every host.
//!
//! The fold is Rust's [`char::to_lowercase`], character by character, without normalisation.
//! SQL shadow columns hold text folded by this very function, so a database and the evaluator
//! agree to the letter.
//!
//! ```
//! use scimforge::text;
//!
//! assert_eq!(text::fold("ROSA Ähm"), "rosa ähm");
//! assert!(text::equal("Rosa@North.TEST", "rosa@north.test", false));
//! ```

use std::borrow::Cow;

use wide::u8x16;

/// `text` folded for comparison; borrowed where nothing changes.
///
/// ```
/// use scimforge::text::fold;
///
/// assert_eq!(fold("Ida.Berg"), "ida.berg");
/// assert!(matches!(fold("ida.berg"), std::borrow::Cow::Borrowed(_)), "nothing to change");
/// ```
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
}

/// How the texts of an attribute are compared.
///
/// ```
/// use scimforge::text::Comparison;
///
/// assert_eq!(Comparison::Exact.key("U-17"), "U-17");
/// assert_eq!(Comparison::Folded.key("U-17"), "u-17");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Comparison {
    /// By their bytes: `caseExact` is true.
    Exact,
    /// As [`fold`] makes them.
    Folded,
    /// As [`precis::user_name_key`](crate::precis::user_name_key) makes them: a `userName` on a
    /// server.
    #[cfg(feature = "precis")]
    Prepared,
}

impl Comparison {
    /// How texts compare of which case counts, or does not.
    ///
    /// ```
    /// use scimforge::text::Comparison;
    ///
    /// assert_eq!(Comparison::of(true), Comparison::Exact);
    /// ```
    pub fn of(case_exact: bool) -> Self {
        if case_exact { Self::Exact } else { Self::Folded }
    }

    /// `text` ready to compare, by its bytes.
    ///
    /// ```
    /// use scimforge::text::Comparison;
    ///
    /// assert_eq!(Comparison::Folded.key("ROSA Ähm"), "rosa ähm");
    /// ```
    pub fn key(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => Cow::Borrowed(text),
            Self::Folded => fold(text),
            #[cfg(feature = "precis")]
            Self::Prepared => crate::precis::user_name_key(text),
        }
    }

    /// [`Comparison::key`] as a text of its own.
    pub(crate) fn own_key(self, text: &str) -> Box<str> {
        match self {
            Self::Exact => text.into(),
            Self::Folded => folded(text),
            #[cfg(feature = "precis")]
            Self::Prepared => crate::precis::user_name_key(text).into(),
        }
    }

    /// Whether case counts.
    ///
    /// ```
    /// use scimforge::text::Comparison;
    ///
    /// assert!(Comparison::Exact.is_exact() && !Comparison::Folded.is_exact());
    /// ```
    pub fn is_exact(self) -> bool {
        self == Self::Exact
    }
}

/// A folded copy of `text`.
fn folded(text: &str) -> Box<str> {
    // One pass over all bytes, without a branch, is quicker than two that may end early.
    let all = |seen: (u8, bool), byte: u8| (seen.0 | byte, seen.1 | byte.is_ascii_uppercase());
    match text.bytes().fold((0, false), all) {
        (0..0x80, false) => text.into(),
        (0..0x80, true) => {
            let mut copy: Box<str> = text.into();
            copy.make_ascii_lowercase();
            copy
        }
        _ => fold(text).into(),
    }
}

/// `text` ready to compare: as it is where case counts, folded where it does not.
///
/// ```
/// use scimforge::text::key;
///
/// assert_eq!(key("U-17", true), "U-17");
/// assert_eq!(key("U-17", false), "u-17");
/// ```
pub fn key(text: &str, case_exact: bool) -> Cow<'_, str> {
    if case_exact { Cow::Borrowed(text) } else { fold(text) }
}

/// [`key`] of a text that is handed over.
pub(crate) fn into_key(text: Cow<'_, str>, case_exact: bool) -> Cow<'_, str> {
    let folded = match key(&text, case_exact) {
        Cow::Owned(folded) => Some(folded),
        Cow::Borrowed(_) => None,
    };
    folded.map_or(text, Cow::Owned)
}

/// Whether two strings are equal under `case_exact`.
///
/// ```
/// use scimforge::text::equal;
///
/// assert!(equal("Baker", "BAKER", false));
/// assert!(!equal("Baker", "BAKER", true));
/// ```
pub fn equal(a: &str, b: &str, case_exact: bool) -> bool {
    if a == b || case_exact {
        return a == b;
    }
    // Mostly the first letters tell.
    if let (Some(a), Some(b)) = (a.as_bytes().first(), b.as_bytes().first())
        && a.is_ascii()
        && b.is_ascii()
        && !a.eq_ignore_ascii_case(b)
    {
        return false;
    }
    // Beyond ASCII the lengths of equal texts can differ.
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && fold(a) == fold(b))
}

/// How many bytes at the head of a JSON string stand for themselves: no quote, no backslash, no
/// control character.
#[inline]
pub(crate) fn plain_json(text: &[u8]) -> usize {
    plain_json_from(text, 0)
}

/// Where, from `at` on, bytes end to stand for themselves.
#[inline]
pub(crate) fn plain_json_from(text: &[u8], mut at: usize) -> usize {
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let found = special(*bytes);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += WIDTH;
    }
    plain_tail(text, at)
}

/// How long the object or array is that a JSON text begins with; all of it if it does not end.
///
/// Sixty-four bytes at a time: what is inside strings follows from the number of quotes before
/// it, and of the braces and brackets outside them only the count matters until there are enough
/// to close the value.
pub(crate) fn nested_json(text: &[u8]) -> usize {
    let mut nesting = Nesting::default();
    let mut at = 0;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
        if let Some(end) = nesting.block(bytes) {
            return at + end;
        }
        at += BLOCK;
    }
    let rest = text.get(at..).unwrap_or_default();
    let mut last = [b' '; BLOCK];
    for (to, byte) in last.iter_mut().zip(rest) {
        *to = *byte;
    }
    nesting.block(&last).map_or(text.len(), |end| at + end)
}

/// So many bytes of nested values are looked at at once, with a bit for each.
const BLOCK: usize = 64;

/// How deep a scan is in a JSON text.
#[derive(Default)]
struct Nesting {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Passes some bytes; the answer is how many if the value ends in them.
    #[inline]
    fn block(&mut self, bytes: &[u8; BLOCK]) -> Option<usize> {
        /// The bit by which a brace differs from a bracket.
        const CASE: u8 = 0x20;
        let (mut quotes, mut escapes, mut open, mut closing) = (0u64, 0u64, 0u64, 0u64);
        for (place, part) in bytes.as_chunks::<WIDTH>().0.iter().enumerate() {
            let wide = u8x16::new(*part);
            let folded = wide | u8x16::splat(CASE);
            let bits = |found: u8x16| {
                u64::from(found.move_mask().cast_unsigned() & 0xFFFF) << (place * WIDTH)
            };
            quotes |= bits(wide.cmp_eq(u8x16::splat(b'"')));
            escapes |= bits(wide.cmp_eq(u8x16::splat(b'\\')));
            open |= bits(folded.cmp_eq(u8x16::splat(b'{')));
            closing |= bits(folded.cmp_eq(u8x16::splat(b'}')));
        }
        if escapes != 0 || self.escaped {
            quotes &= !self.escaped_in(escapes);
        }
        // A bit for every byte with an odd number of quotes up to it.
        let mut inside = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= if self.in_string { u64::MAX } else { 0 };
        self.in_string = inside >> (BLOCK - 1) == 1;
        (open, closing) = (open & !inside, closing & !inside);
        let closed = closing.count_ones() as usize;
        if self.depth > closed {
            // It cannot end here, in whatever order they come.
            self.depth = self.depth + open.count_ones() as usize - closed;
            return None;
        }
        let mut left = open | closing;
        while left != 0 {
            let first = left & left.wrapping_neg();
            left ^= first;
            if open & first != 0 {
                self.depth += 1;
                continue;
            }
            self.depth = self.depth.saturating_sub(1);
            if self.depth == 0 {
                return Some(first.trailing_zeros() as usize + 1);
            }
        }
        None
    }

    /// A bit for every byte that a backslash stands before.
    fn escaped_in(&mut self, mut strokes: u64) -> u64 {
        let mut escaped = u64::from(std::mem::take(&mut self.escaped));
        strokes &= !escaped;
        while strokes != 0 {
            let first = strokes & strokes.wrapping_neg();
            self.escaped = first >> (BLOCK - 1) == 1;
            escaped |= first << 1;
            strokes &= !(first | first << 1);
        }
        escaped
    }
}

/// So many bytes are looked at at once.
const WIDTH: usize = 16;

/// A bit for each byte that is special in a JSON string.
#[inline]
fn special(bytes: [u8; WIDTH]) -> u32 {
    let bytes = u8x16::new(bytes);
    let control = bytes.min(u8x16::splat(0x1F)).cmp_eq(bytes);
    let found = control | bytes.cmp_eq(u8x16::splat(b'"')) | bytes.cmp_eq(u8x16::splat(b'\\'));
    found.move_mask().cast_unsigned()
}

/// The same where there are fewer than sixteen bytes left.
fn plain_tail(text: &[u8], at: usize) -> usize {
    // With bytes that are passed already there are enough, mostly.
    if let Some(last) = text.last_chunk() {
        let passed = at.saturating_sub(text.len() - WIDTH);
        let found = special(*last) >> passed.min(WIDTH);
        return if found == 0 { text.len() } else { at + found.trailing_zeros() as usize };
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(special).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_head_of_a_string_ends_where_the_first_special_byte_is() {
        let tail = |byte: u8, at: usize| {
            let mut text = vec![b'a'; at];
            text.extend([byte, b'\"', 0, 0xC3, b'\\']);
            text
        };
        for at in 0..40 {
            for byte in 0..=u8::MAX {
                let special = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(
                    plain_json(&tail(byte, at)),
                    if special { at } else { at + 1 },
                    "{byte} at {at}"
                );
            }
            assert_eq!(plain_json(&vec![0xFF; at]), at);
        }
    }

    #[test]
    fn the_end_of_what_is_nested_is_found_past_strings() {
        let braces = r#"}]{[\\\"}"#;
        for pad in 0..40 {
            let pad = "x".repeat(pad);
            for inner in [
                format!(r#""{pad}""#),
                format!(r#""{pad}{braces}","{braces}{pad}""#),
                format!(r#"{{"{pad}":[{{"{braces}":"{pad}"}},[],1]}}"#),
            ] {
                let value = format!("[{inner},\"\\\\\"]");
                for behind in ["", ",", "}]\"[", r#","a":"]","b":{}}"#] {
                    let text = format!("{value}{behind}");
                    assert_eq!(nested_json(text.as_bytes()), value.len(), "{text}");
                }
                let open = &value.as_bytes()[..value.len() - 1];
                assert_eq!(nested_json(open), open.len());
            }
        }
    }

    #[test]
    fn folding_is_lower_case_without_locale() {
        assert_eq!(fold("ÄRZTE"), "ärzte");
        assert_eq!(fold("plain"), "plain");
        assert!(equal("Rosa@North.TEST", "rosa@north.test", false));
        assert!(!equal("Rosa", "rosa", true));
        assert!(!equal("STRASSE", "straße", false), "lower-casing does not expand ß");
    }
}
