//! How the core compares texts, in `PostgreSQL`, whose own `lower` depends on the locale.

use std::sync::OnceLock;

use super::super::builder::Builder;
use crate::text::Comparison;

/// The only characters beside ASCII letters of which the fold has a part in ASCII.
const KELVIN: char = '\u{212A}';
const DOTTED_I: char = '\u{130}';

/// Characters, and what they become.
type Pairs = (String, String);

/// All characters that become one other.
fn changed(into: impl Fn(char) -> Option<char>) -> Pairs {
    let mut pairs = Pairs::default();
    for from in '\u{1}'..=char::MAX {
        if let Some(to) = into(from).filter(|to| *to != from) {
            pairs.0.push(from);
            pairs.1.push(to);
        }
    }
    pairs
}

/// What the fold makes of a character, if that is one.
fn lower(upper: char) -> Option<char> {
    let mut lower = upper.to_lowercase();
    lower.next().filter(|_| lower.next().is_none())
}

/// All characters that the fold changes into one other, and what they become.
fn pairs() -> &'static Pairs {
    static PAIRS: OnceLock<Pairs> = OnceLock::new();
    PAIRS.get_or_init(|| changed(lower))
}

/// The same for names that are prepared, before they are brought into normal form.
fn prepared_pairs() -> &'static Pairs {
    static PAIRS: OnceLock<Pairs> = OnceLock::new();
    PAIRS.get_or_init(|| changed(|from| lower(crate::precis::width_mapped_char(from))))
}

/// Placeholders for the tables: each is bound once in a statement.
#[derive(Debug, Default)]
pub(super) struct Tables {
    folded: Option<Pairs>,
    prepared: Option<Pairs>,
}

impl Tables {
    /// Forgets what was bound, if that is taken back.
    pub(super) fn truncate(&mut self, builder: &Builder) {
        let known = |number: &str| {
            let digits: String = number.chars().filter(char::is_ascii_digit).collect();
            digits.parse::<usize>().is_ok_and(|number| number <= builder.params.len())
        };
        let forget = |table: &mut Option<Pairs>| {
            table.take_if(|(_, last)| !known(last));
        };
        forget(&mut self.folded);
        forget(&mut self.prepared);
    }

    /// What [`Comparison::key`] makes of an expression.
    pub(super) fn key(
        &mut self,
        builder: &mut Builder,
        text: &str,
        comparison: Comparison,
    ) -> String {
        let dotted = replaced(text, DOTTED_I, "i\u{307}");
        let other = match comparison {
            Comparison::Exact => return text.to_owned(),
            Comparison::Folded => translated(&dotted, &mut self.folded, pairs(), builder),
            Comparison::Prepared => {
                let table = &mut self.prepared;
                let mapped = translated(&dotted, table, prepared_pairs(), builder);
                format!("normalize({mapped}, NFC)")
            }
        };
        let small = ascii_lower(text);
        format!("CASE WHEN octet_length({text}) = length({text}) THEN {small} ELSE {other} END")
    }
}

fn translated(
    text: &str,
    table: &mut Option<Pairs>,
    pairs: &Pairs,
    builder: &mut Builder,
) -> String {
    let (from, to) = table.get_or_insert_with(|| (builder.text(&pairs.0), builder.text(&pairs.1)));
    format!("translate({text}, {from}, {to})")
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
        || (('\u{300}'..='\u{344}').contains(&folded) && folded != '\u{307}')
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
