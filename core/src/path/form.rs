//! What a word can be by the look of its bytes.

use crate::name;

const NAME: u8 = 1;
const DOT: u8 = 2;
const COLON: u8 = 4;
/// Other URIs than URNs (http://…) name schemas too; their bytes are those of a URI.
const URI: u8 = 8;
const OTHER: u8 = 16;
/// Where a word ends.
const DELIMITER: u8 = 32;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [OTHER; 256];
    let mut byte = 0;
    while byte < 128 {
        #[expect(clippy::indexing_slicing, reason = "at compile time")]
        #[expect(clippy::cast_possible_truncation, reason = "below 128")]
        {
            classes[byte] = class(byte as u8);
        }
        byte += 1;
    }
    classes
}

const fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'$' | b'-' | b'_' => NAME,
        b'.' => DOT,
        b':' => COLON,
        b'/' | b'%' | b'+' | b'@' | b'~' | b'!' | b'*' | b'\'' | b',' | b';' | b'=' | b'#'
        | b'?' | b'&' => URI,
        b' ' | b'\t' | b'(' | b')' | b'[' | b']' | b'"' => DELIMITER,
        _ => OTHER,
    }
}

/// The kinds of bytes that a word has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form(u8);

impl Form {
    /// The word at the head of a text: all up to a blank, quote, parenthesis or bracket.
    #[inline]
    pub(crate) fn of_word(text: &str) -> (&str, Self) {
        let mut seen = 0;
        let end = text.bytes().position(|byte| {
            let class = CLASSES.get(usize::from(byte)).copied().unwrap_or(OTHER);
            seen |= class;
            class == DELIMITER
        });
        let word = end.and_then(|end| text.get(..end)).unwrap_or(text);
        (word, Self(seen & !DELIMITER))
    }

    /// Whether the word is an attribute path: the part after the last colon is a name, or two
    /// joined by a dot; a text that begins with `urn:` may also be a URN alone.
    pub(super) fn is_path(self, word: &str) -> bool {
        if self.0 & !NAME == 0 {
            return name::may_begin(word);
        }
        if self.0 & !(NAME | DOT) == 0 {
            return word
                .split_once('.')
                .is_some_and(|(attribute, sub)| name::may_begin(attribute) && name::is_valid(sub));
        }
        if self.0 & OTHER != 0 || self.0 & COLON == 0 || word.ends_with([':', '.']) {
            return false;
        }
        let is_uri = |urn: &str| urn.contains(':') || urn.contains('/');
        name::starts_with(word, "urn:") || word.rsplit_once(':').is_some_and(|(urn, _)| is_uri(urn))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_bytes_of_names() {
        for byte in 0..=u8::MAX {
            let class = CLASSES[usize::from(byte)];
            assert_eq!(class == NAME, name::is_name_byte(byte), "{byte}");
        }
    }

    #[test]
    fn a_word_is_a_path_by_its_form() {
        for good in ["a", "$ref", "a.b", "urn:x", "urn:x:y:a.b", "http://x.test/y:a", "x:y:z"] {
            let (word, form) = Form::of_word(good);
            assert!(word == good && form.is_path(word), "{good}");
        }
        for bad in [
            "", "$", ".", "a.", ".a", "a.b.c", "1a", "a.1", "é", ":", ":a", "x:a", "x:y:", "urn:",
            "urn:x.", "urn:é", "a/b", "a.é", "a\\b", "$.a", "urn:a\\b",
        ] {
            let (word, form) = Form::of_word(bad);
            assert!(word == bad && !form.is_path(word), "{bad}");
        }
        for ending in [" ", "\t", "(", ")", "[", "]", "\"", " x", "[é"] {
            let text = format!("urn:x:a.b{ending}");
            let (word, form) = Form::of_word(&text);
            assert!(word == "urn:x:a.b" && form.is_path(word), "{text}");
        }
    }
}
