//! Values as texts that SQL can compare, and the names they stand under.
//!
//! Every scalar becomes a text whose order by bytes is the order of the values: then a database
//! needs no notion of folding, of instants or of numbers with any number of digits.

use std::borrow::Cow;

use crate::filter::Target;
use crate::reference::{is_target, without_version};
use crate::schema::{CompiledAttribute, Kind};
use crate::sort::SortKey;
use crate::time::Instant;
use crate::value::Value;

/// What a missing value sorts as: behind everything.
pub(super) const MISSING: &str = "4";

/// A text without NUL, which `PostgreSQL` cannot hold; order and prefixes stay what they are.
///
/// ```
/// use scimforge::sql::without_nul;
///
/// assert_eq!(without_nul("rosa"), "rosa");
/// assert_eq!(without_nul("\0"), "\u{1}\u{2}");
/// assert!(without_nul("\0") < without_nul("\u{1}"));
/// ```
pub fn without_nul(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte < 2) {
        return Cow::Borrowed(text);
    }
    let mut free = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => free.push_str("\u{1}\u{2}"),
            '\u{1}' => free.push_str("\u{1}\u{3}"),
            other => free.push(other),
        }
    }
    Cow::Owned(free)
}

/// Whether a part that is looked for can be found inside what [`without_nul`] writes. One that
/// begins like the second half of a pair could be found where it is not.
pub(super) fn is_findable(part: &str) -> bool {
    !part.starts_with(['\u{2}', '\u{3}'])
}

/// The name under which an attribute stands in a shadow. `None` for one that would have to be
/// quoted: no SQL text holds anything else than these characters.
pub(super) fn name(name: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"$_-:./+%@".contains(&byte);
    let begins =
        name.starts_with(|first: char| first.is_ascii_alphanumeric() || "$_".contains(first));
    (begins && name.bytes().all(plain)).then(|| name.to_ascii_lowercase())
}

/// A value of a simple attribute as it is compared; `None` if nothing can be equal to it.
pub(super) fn scalar(attribute: &CompiledAttribute, value: &Value<'_>) -> Option<String> {
    match (attribute.kind, value) {
        (Kind::Boolean, Value::Bool(truth)) => Some(truth.to_string()),
        (Kind::Integer | Kind::Decimal, Value::Number(number)) => Some(number.sortable()),
        (Kind::DateTime, Value::String(text)) => Instant::parse(text).map(Instant::sortable),
        (Kind::String | Kind::Reference | Kind::Binary, Value::String(text)) => {
            let text = if is_target(attribute) {
                without_version(text)
            } else {
                attribute.comparison().key(text)
            };
            Some(without_nul(&text).into_owned())
        }
        _ => None,
    }
}

/// The literal of a filter in the same form.
pub(super) fn target(target: &Target) -> String {
    match target {
        Target::Bool(truth) => truth.to_string(),
        Target::Number(number) => number.sortable(),
        Target::Instant(instant) => instant.sortable(),
        Target::Text { text, .. } | Target::Reference(text) => without_nul(text).into_owned(),
    }
}

/// What the values of an attribute are sorted as, before the value itself: kinds do not mix.
pub(super) fn rank(kind: Kind) -> char {
    match kind {
        Kind::Boolean => '0',
        Kind::Integer | Kind::Decimal => '1',
        Kind::DateTime => '2',
        Kind::String | Kind::Reference | Kind::Binary | Kind::Complex => '3',
    }
}

/// A sort key as a text that sorts like it.
pub(super) fn sort_key(key: &SortKey) -> String {
    match key {
        SortKey::Bool(truth) => format!("0{truth}"),
        SortKey::Number(number) => format!("1{}", number.sortable()),
        SortKey::Instant(instant) => format!("2{}", instant.sortable()),
        SortKey::Text(text) => format!("3{}", without_nul(text)),
        SortKey::Missing => MISSING.to_owned(),
    }
}

/// The first text behind all that begin with `prefix`; `None` if there is none.
pub(super) fn behind(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match last {
            '\u{D7FF}' => Some('\u{E000}'),
            other => char::from_u32(u32::from(other).saturating_add(1)),
        };
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_prefixes_survive_without_nul() {
        let texts = ["", "\0", "\0\0", "\0a", "\u{1}", "\u{1}a", "\u{1}\u{2}", "\u{2}", "a", "a\0"];
        for a in texts {
            for b in texts {
                let (x, y) = (without_nul(a), without_nul(b));
                assert_eq!(x.cmp(&y), a.cmp(b), "{a:?} {b:?}");
                assert_eq!(x.starts_with(&*y), a.starts_with(b), "{a:?} {b:?}");
                if is_findable(b) {
                    assert_eq!(x.contains(&*y), a.contains(b), "{a:?} {b:?}");
                    assert_eq!(x.ends_with(&*y), a.ends_with(b), "{a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_behind_a_prefix_is_behind_all_that_begin_with_it() {
        assert_eq!(behind("3ro").as_deref(), Some("3rp"));
        assert_eq!(behind("3\u{10FFFF}").as_deref(), Some("4"));
        assert_eq!(behind("3\u{D7FF}").as_deref(), Some("3\u{E000}"));
        assert_eq!(behind("\u{10FFFF}"), None);
    }

    #[test]
    fn names_that_would_need_quotes_have_no_place() {
        assert_eq!(name("$ref").as_deref(), Some("$ref"));
        assert_eq!(name("urn:x:2.0:User").as_deref(), Some("urn:x:2.0:user"));
        for bad in ["", "a'b", "a\"b", "*a", "#a", "a b", "é", "a\\"] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
