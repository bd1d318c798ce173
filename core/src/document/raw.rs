//! Walking a text that is known to be JSON, without a tape.

use std::borrow::Cow;

use super::{decoded, decoded_head, slot_end};
use crate::name;
use crate::schema::{AttrId, Identity};
use crate::text::nested_json;
use crate::value::{Node, Number, View};

/// One value of a JSON text that somebody has read before, such as what a store holds. Nothing is
/// read that is not asked for, so one filter over a text costs a part of what a
/// [`Document`](super::Document) costs; several are better off with its tape.
///
/// A text that is no JSON, or has a name twice, gives a wrong answer, and no panic.
///
/// ```
/// use scimforge::document::Raw;
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
///
/// let filter = Filter::parse("emails[type eq \"work\"]", Profile::RFC, &Limits::DEFAULT)?;
/// let filter = filter.bind(&builtin::user())?;
/// let text = r#"{"userName": "ida", "emails": [{"value": "ida@north.test", "type": "work"}]}"#;
/// assert!(filter.matches(&Raw::new(text)));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Raw<'t> {
    /// The text from the value on.
    text: &'t str,
}

impl<'t> Raw<'t> {
    /// The value that a text is.
    ///
    /// ```
    /// use scimforge::document::Raw;
    /// use scimforge::value::{Node, View};
    ///
    /// assert!(matches!(Raw::new(" true").view(), View::Bool(true)));
    /// ```
    pub fn new(text: &'t str) -> Self {
        fetch(text.as_bytes());
        Self { text: without_blanks(text.trim_start_matches('\u{FEFF}')) }
    }
}

/// Asks for the lines of the cache that a text is in, all at once: a walk waits for one after the
/// other, and of many texts that are read once that is most of the time.
fn fetch(text: &[u8]) {
    const LINE: usize = 64;
    // Further on, memory has seen what is coming.
    const MOST: usize = 4 << 10;
    let head = text.get(..MOST).unwrap_or(text);
    std::hint::black_box(head.iter().step_by(LINE).fold(0, |all, byte| all ^ byte));
}

fn without_blanks(text: &str) -> &str {
    if text.as_bytes().first().is_none_or(|byte| *byte > b' ') {
        return text;
    }
    text.trim_start_matches([' ', '\t', '\n', '\r'])
}

/// The text from `at` on; nothing if that is outside it.
#[inline]
fn from(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

/// The text behind a value and the blanks after it.
fn behind(text: &str) -> &str {
    without_blanks(from(text, length(text.as_bytes())))
}

/// How long the value is that a text begins with.
fn length(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => slot_end(text).map_or(text.len(), |end| end + 1),
        Some(b'{' | b'[') => nested_json(text),
        _ => {
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | 0..=b' ');
            text.iter().position(ends).unwrap_or(text.len())
        }
    }
}

/// Whether the string in quotes that a text begins with is `wanted`, and the text behind it.
#[inline]
fn is_called<'t>(text: &'t str, wanted: &str) -> (bool, &'t str) {
    let bytes = text.as_bytes();
    let first = bytes.get(1).copied().unwrap_or_default();
    if (first ^ wanted.as_bytes().first().copied().unwrap_or_default()) & !0x20 != 0
        && first != b'\\'
    {
        // Most names differ in the first letter.
        let end = slot_end(bytes).unwrap_or(text.len());
        return (false, from(text, end + 1));
    }
    let exact = bytes
        .get(1..)
        .and_then(|rest| rest.strip_prefix(wanted.as_bytes()))
        .is_some_and(|rest| rest.first() == Some(&b'"'));
    if exact {
        return (true, from(text, wanted.len() + 2));
    }
    let end = slot_end(text.as_bytes()).unwrap_or(text.len());
    let key = text.get(1..end).unwrap_or_default();
    let same = if key.len() > wanted.len() {
        // Only escapes are longer than what they stand for.
        key.contains('\\')
            && decoded_head(text.as_bytes()).is_some_and(|key| name::same(&key, wanted))
    } else {
        name::same(key, wanted)
    };
    (same, from(text, end + 1))
}

/// Passes a colon or a comma and the blanks around it.
#[inline]
fn past(text: &str) -> &str {
    without_blanks(from(without_blanks(text), 1))
}

impl<'t> Node<'t> for Raw<'t> {
    type Items = Items<'t>;
    type Members = Members<'t>;

    fn view(&self) -> View<'t, Self> {
        let own = || self.text.get(..length(self.text.as_bytes())).unwrap_or_default();
        match self.text.as_bytes().first() {
            Some(b'"') => {
                let end = slot_end(self.text.as_bytes()).unwrap_or(0);
                let inner = self.text.get(1..end).unwrap_or_default();
                if inner.contains('\\') {
                    let decoded = decoded(own().as_bytes());
                    return View::Text(decoded.map_or(Cow::Borrowed(""), Cow::Owned));
                }
                View::Text(Cow::Borrowed(inner))
            }
            Some(b'{') => View::Map(Members { rest: past(self.text) }),
            Some(b'[') => View::List(Items { rest: past(self.text) }),
            Some(b't') => View::Bool(true),
            Some(b'f') => View::Bool(false),
            Some(b'-' | b'0'..=b'9') => View::Number(Number::from_checked(own())),
            _ => View::Null,
        }
    }

    fn member(&self, _id: AttrId, name: &str, _schema: &Identity) -> Option<Self> {
        if !self.text.starts_with('{') {
            return None;
        }
        let mut rest = past(self.text);
        while rest.starts_with('"') {
            let (found, behind_key) = is_called(rest, name);
            let value = past(behind_key);
            if found {
                return Some(Self { text: value });
            }
            rest = past(behind(value));
        }
        None
    }
}

/// The elements of an array.
///
/// ```
/// use scimforge::document::{Raw, RawItems};
/// use scimforge::value::{Node, View};
///
/// let View::List(items) = Raw::new(r#"["Baker", "Cook"]"#).view() else { unreachable!() };
/// let items: RawItems<'_> = items;
/// assert_eq!(items.count(), 2);
/// ```
#[derive(Debug, Clone)]
pub struct Items<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Items<'t> {
    type Item = Raw<'t>;

    fn next(&mut self) -> Option<Raw<'t>> {
        let item = Raw { text: self.rest };
        match self.rest.as_bytes().first() {
            None | Some(b']') => return None,
            Some(_) => {}
        }
        let rest = behind(self.rest);
        self.rest = if rest.starts_with(',') { past(rest) } else { "" };
        Some(item)
    }
}

/// The members of an object.
///
/// ```
/// use scimforge::document::{Raw, RawMembers};
/// use scimforge::value::{Node, View};
///
/// let View::Map(members) = Raw::new(r#"{"userName": "rosa", "age": 41}"#).view() else { unreachable!() };
/// let members: RawMembers<'_> = members;
/// assert_eq!(members.map(|(name, _)| name).collect::<Vec<_>>(), ["userName", "age"]);
/// ```
#[derive(Debug, Clone)]
pub struct Members<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Members<'t> {
    type Item = (Cow<'t, str>, Raw<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        if !self.rest.starts_with('"') {
            return None;
        }
        let name = decoded_head(self.rest.as_bytes())?;
        let value = past(from(self.rest, slot_end(self.rest.as_bytes())? + 1));
        let rest = behind(value);
        self.rest = if rest.starts_with(',') { past(rest) } else { "" };
        Some((name, Raw { text: value }))
    }
}
