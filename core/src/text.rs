//! Comparing strings without case, the same way in every host.
//!
//! The fold is Rust's [`char::to_lowercase`], character by character, without normalisation.
//! SQL shadow columns hold text folded by this very function, so a database and the evaluator
//! agree to the letter.

use std::borrow::Cow;

use wide::u8x16;

/// `text` folded for comparison; borrowed where nothing changes.
pub fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Cow::Owned(text.to_ascii_lowercase());
        }
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().flat_map(char::to_lowercase).collect())
}

/// `text` ready to compare: as it is where case counts, folded where it does not.
pub fn key(text: &str, case_exact: bool) -> Cow<'_, str> {
    if case_exact { Cow::Borrowed(text) } else { fold(text) }
}

/// Whether two strings are equal under `case_exact`.
pub fn equal(a: &str, b: &str, case_exact: bool) -> bool {
    if a == b || case_exact {
        return a == b;
    }
    // Beyond ASCII the lengths of equal texts can differ.
    a.eq_ignore_ascii_case(b) || (!(a.is_ascii() && b.is_ascii()) && fold(a) == fold(b))
}

/// How many bytes at the head of a JSON string stand for themselves: no quote, no backslash, no
/// control character.
#[inline]
pub(crate) fn plain_json(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(bytes) = text.get(at..).and_then(<[u8]>::first_chunk) {
        let found = special(*bytes);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += WIDTH;
    }
    plain_tail(text, at)
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

/// The same from `at` on, where there are fewer than sixteen bytes.
fn plain_tail(text: &[u8], at: usize) -> usize {
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
    fn folding_is_lower_case_without_locale() {
        assert_eq!(fold("ÄRZTE"), "ärzte");
        assert_eq!(fold("plain"), "plain");
        assert!(equal("Rosa@North.TEST", "rosa@north.test", false));
        assert!(!equal("Rosa", "rosa", true));
        assert!(!equal("STRASSE", "straße", false), "lower-casing does not expand ß");
    }
}
