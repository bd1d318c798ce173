//! The fold of the core in `PostgreSQL`, whose own `lower` depends on the locale.

use std::sync::OnceLock;

use super::super::builder::Builder;

/// The only characters beside ASCII letters of which the fold has a part in ASCII.
const KELVIN: char = '\u{212A}';
const DOTTED_I: char = '\u{130}';

/// All characters that the fold changes into one other, and what they become.
fn pairs() -> &'static (String, String) {
    static PAIRS: OnceLock<(String, String)> = OnceLock::new();
    PAIRS.get_or_init(|| {
        let mut pairs = (String::new(), String::new());
        for upper in '\u{1}'..=char::MAX {
            let mut lower = upper.to_lowercase();
            if let (Some(lower), None) = (lower.next(), lower.next())
                && lower != upper
            {
                pairs.0.push(upper);
                pairs.1.push(lower);
            }
        }
        pairs
    })
}

/// Placeholders for the tables of the fold: bound once in a statement.
#[derive(Debug, Default)]
pub(super) struct Tables(Option<(String, String)>);

impl Tables {
    /// Forgets what was bound, if that is taken back.
    pub(super) fn truncate(&mut self, builder: &Builder) {
        let known = |number: &str| {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            digits.parse::<usize>().is_ok_and(|number| number <= builder.params.len())
        };
        if self.0.as_ref().is_some_and(|(_, last)| !known(last)) {
            self.0 = None;
        }
    }

    /// What `text::fold` makes of an expression.
    pub(super) fn fold(&mut self, builder: &mut Builder, text: &str) -> String {
        let (upper, lower) = self.0.get_or_insert_with(|| {
            let (upper, lower) = pairs();
            (builder.text(upper), builder.text(lower))
        });
        let small = ascii_lower(text);
        let dotted = replaced(text, DOTTED_I, "i\u{307}");
        format!(
            "CASE WHEN octet_length({text}) = length({text}) THEN {small} \
             ELSE translate({dotted}, {upper}, {lower}) END"
        )
    }
}

fn replaced(text: &str, from: char, to: &str) -> String {
    format!("replace({text}, '{from}', '{to}')")
}

fn ascii_lower(text: &str) -> String {
    format!("lower({text} COLLATE \"C\")")
}

/// An expression that has what is ASCII in the fold of `text` in the same places, and where the
/// fold has something else, something that is not ASCII.
pub(super) fn ascii_fold(text: &str) -> String {
    let kelvin = replaced(text, KELVIN, "k");
    ascii_lower(&replaced(&kelvin, DOTTED_I, "i\u{307}"))
}

/// Whether `lower` in the database finds what folds to this, if it is one that [`probe`] finds to
/// be usual.
pub(super) fn is_usual(folded: &str) -> bool {
    folded.chars().all(is_usual_char)
}

fn is_usual_char(folded: char) -> bool {
    // A sigma depends on what follows, and a combining dot on what stands before.
    folded.is_ascii()
        || ('\u{DF}'..='\u{17F}').contains(&folded)
        || ('\u{430}'..='\u{45F}').contains(&folded)
        || (('\u{3AC}'..='\u{3CE}').contains(&folded) && !matches!(folded, 'σ' | 'ς'))
}

/// A text, and what it becomes by the usual `lower`: every character that folds to a usual one.
pub(super) fn probe() -> (String, String) {
    let (upper, lower) = pairs();
    let mut probe = (String::new(), String::new());
    for (upper, lower) in
        upper.chars().zip(lower.chars()).filter(|(_, lower)| is_usual_char(*lower))
    {
        probe.0.extend([upper, ' ']);
        probe.1.extend([lower, ' ']);
    }
    probe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    #[test]
    fn two_characters_alone_fold_into_ascii() {
        for character in '\u{80}'..=char::MAX {
            let into_ascii = character.to_lowercase().any(|lower| lower.is_ascii());
            assert_eq!(into_ascii, matches!(character, KELVIN | DOTTED_I), "{character:?}");
            let several = character.to_lowercase().count() > 1;
            assert_eq!(several, character == DOTTED_I, "{character:?}");
        }
    }

    #[test]
    fn the_probe_is_what_the_fold_makes_of_it() {
        let (text, lower) = probe();
        assert_eq!(fold(&text), lower);
        assert!(text.contains(KELVIN) && text.contains('I') && text.contains('Ø'));
        assert!(is_usual("søren.æ@north.test") && !is_usual("\u{307}") && !is_usual("ος"));
    }
}
