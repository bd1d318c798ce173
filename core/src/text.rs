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
    a == b || (!case_exact && (a.eq_ignore_ascii_case(b) || fold(a) == fold(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_is_lower_case_without_locale() {
        assert_eq!(fold("ÄRZTE"), "ärzte");
        assert_eq!(fold("plain"), "plain");
        assert!(equal("Rosa@North.TEST", "rosa@north.test", false));
        assert!(!equal("Rosa", "rosa", true));
        assert!(!equal("STRASSE", "straße", false), "lower-casing does not expand ß");
    }
}
