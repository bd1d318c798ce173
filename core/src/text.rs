//! Comparing strings without case, the same way in every host.
//!
//! The fold is Rust's [`char::to_lowercase`], character by character, without normalisation.
//! SQL shadow columns hold text folded by this very function, so a database and the evaluator
//! agree to the letter.

use std::borrow::Cow;

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
/// control character. Eight at a time; a byte that is found marks the highest bit of its place,
/// and the lowest mark is always right.
pub(crate) fn plain_json(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
    const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = control | zero(word ^ QUOTES) | zero(word ^ BACKSLASHES);
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    words.len() * 8 + rest.iter().position(special).unwrap_or(rest.len())
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
