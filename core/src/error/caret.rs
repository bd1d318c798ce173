//! A place in a text, shown.

use super::{Issue, Span};

/// Columns shown to either side of the place.
const AROUND: usize = 60;

/// The line of `text` in which a span begins, and a line with carets below the span.
///
/// A long line is cut to what is around the place. Control characters are shown as blanks and
/// `\u{FFFD}`, so that a hostile text has no power over a terminal. What is shown is the caller's
/// own text, with the values in it: think before it is logged.
///
/// ```
/// use scimforge::error::caret;
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
///
/// let text = "title pr adn active eq true";
/// let error = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT).expect_err("adn");
/// let span = error.issue().span.unwrap_or_default();
/// assert_eq!(caret(text, span), "title pr adn active eq true\n         ^^^");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn caret(text: &str, span: Span) -> String {
    let boundary = |at: usize| (0..=at.min(text.len())).rfind(|at| text.is_char_boundary(*at));
    let start = boundary(span.start).unwrap_or_default();
    let end = span.end;
    let is_end = |character| matches!(character, '\n' | '\r');
    let head = text.get(..start).unwrap_or_default();
    let head = head.rsplit(is_end).next().unwrap_or_default();
    let tail = text.get(start..).unwrap_or_default();
    let tail = tail.split(is_end).next().unwrap_or_default();

    let mut columns = 0;
    let from = head
        .char_indices()
        .rev()
        .find(|(_, character)| {
            columns += width(*character);
            columns > AROUND
        })
        .map_or(0, |(at, character)| at + character.len_utf8());
    let before = head.get(from..).unwrap_or_default();

    let mut shown = String::new();
    let mut carets = String::new();
    if from > 0 {
        shown.push('…');
        carets.push(' ');
    }
    for character in before.chars() {
        shown.push(visible(character));
        carets.extend(std::iter::repeat_n(' ', width(character)));
    }
    let mut columns = 0;
    let mut marked = 0;
    for (at, character) in tail.char_indices() {
        columns += width(character);
        if columns > AROUND {
            shown.push('…');
            break;
        }
        shown.push(visible(character));
        if start + at < end {
            marked += width(character);
        }
    }
    carets.extend(std::iter::repeat_n('^', marked.max(1)));
    [shown, carets].join("\n")
}

impl Issue {
    /// The place of the finding in the text that it was found in (see [`caret`]); `None` for one
    /// without a span.
    ///
    /// ```
    /// use scimforge::value::read;
    ///
    /// let text = "{\"active\": yes}";
    /// let error = read(text).expect_err("no JSON");
    /// assert_eq!(error.issue().caret(text).as_deref(), Some("{\"active\": yes}\n           ^"));
    /// ```
    pub fn caret(&self, text: &str) -> Option<String> {
        self.span.map(|span| caret(text, span))
    }
}

fn visible(character: char) -> char {
    match character {
        '\t' => ' ',
        // Marks that turn the direction of writing would part the text from its carets.
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
        _ if character.is_control() => char::REPLACEMENT_CHARACTER,
        _ => character,
    }
}

/// The columns of a character in a terminal, as far as its block tells.
fn width(character: char) -> usize {
    match character {
        '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200F}' | '\u{FE00}'..='\u{FE0F}' => 0,
        '\u{1100}'..='\u{115F}'
        | '\u{2E80}'..='\u{A4CF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FE30}'..='\u{FE6F}'
        | '\u{FF00}'..='\u{FF60}'
        | '\u{FFE0}'..='\u{FFE6}'
        | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, start: usize, end: usize) -> [String; 2] {
        let shown = caret(text, Span::new(start, end));
        let (text, carets) = shown.split_once('\n').unwrap();
        [text.to_owned(), carets.to_owned()]
    }

    #[test]
    fn the_carets_stand_below_the_span() {
        assert_eq!(lines("abc", 1, 2), ["abc", " ^"]);
        assert_eq!(lines("abc", 3, 3), ["abc", "   ^"]);
        assert_eq!(lines("", 0, 0), ["", "^"]);
        assert_eq!(lines("é = x", 5, 6), ["é = x", "    ^"]);
        assert_eq!(lines("山田 x", 7, 8), ["山田 x", "     ^"]);
        assert_eq!(lines("a\u{301} x", 4, 5), ["a\u{301} x", "  ^"]);
        assert_eq!(lines("a\tb", 2, 3), ["a b", "  ^"]);
    }

    #[test]
    fn one_line_is_shown_and_not_all_of_it() {
        assert_eq!(lines("{\n  \"a\": x\n}", 9, 10), ["  \"a\": x", "       ^"]);
        assert_eq!(lines("ab\r\ncd", 4, 6), ["cd", "^^"]);
        // A span over several lines is marked on its first.
        assert_eq!(lines("ab\ncd", 1, 5), ["ab", " ^"]);
        let long = format!("{}!{}", "a".repeat(1_000), "b".repeat(1_000));
        let [text, carets] = lines(&long, 1_000, 1_001);
        assert_eq!(text, format!("…{}!{}…", "a".repeat(60), "b".repeat(59)));
        assert_eq!(carets, format!("{}^", " ".repeat(61)));
    }

    #[test]
    fn what_is_hostile_does_no_harm() {
        assert_eq!(lines("\u{1b}[2J\u{202e}x", 7, 8), ["\u{fffd}[2J\u{fffd}x", "     ^"]);
        for (start, end) in [(0, 99), (1, 1), (2, 1), (99, 100)] {
            caret("é😀", Span { start, end });
        }
    }
}
