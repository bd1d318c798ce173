//! Names and passwords as PRECIS prepares them (RFC 8265), for the server and for migration.
//!
//! A `userName` is compared by its key, which every name has: wide and narrow characters become
//! the usual ones, capital letters small ones (as [`text::fold`] makes them), and the whole is
//! brought into normal form C. Whether PRECIS allows the name at all is another question, and so
//! it is with a password, of which only blanks and the normal form are settled.
//!
//! ```
//! use scimforge::precis::{check_user_name, user_name_key};
//!
//! assert_eq!(user_name_key("Ｒosa.LIND"), "rosa.lind", "a wide letter is the letter");
//! assert_eq!(user_name_key("A\u{30a}sa"), "åsa", "two characters, or one");
//! assert!(check_user_name("rosa lind").is_ok() && check_user_name("rosa\u{2665}").is_err());
//! ```

use std::borrow::Cow;
use std::fmt;

use precis_core::profile::{Profile, Rules};
use precis_core::{DerivedPropertyValue, Error, FreeformClass, StringClass};
use precis_profiles::{OpaqueString, UsernameCaseMapped};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::text;

/// So many characters a name or a password has at most that is looked at: some characters are
/// allowed beside certain others alone, so that looking takes longer the more there are.
///
/// ```
/// use scimforge::precis::{LONGEST, Unfit, check_user_name};
///
/// assert_eq!(check_user_name(&"a".repeat(LONGEST + 1)), Err(Unfit::TooLong));
/// ```
pub const LONGEST: usize = 1_024;

/// The key by which a `userName` is compared, and unique: `UsernameCaseMapped` (RFC 8265 §3.3)
/// without its refusals, so that names that are there already have one too. Names that are equal
/// but for case have the same.
///
/// ```
/// use scimforge::precis::user_name_key;
///
/// assert_eq!(user_name_key("Ida.Berg@North.TEST"), "ida.berg@north.test");
/// assert_eq!(user_name_key("\u{212B}se"), user_name_key("a\u{30A}SE"));
/// assert!(matches!(user_name_key("ida"), std::borrow::Cow::Borrowed(_)));
/// ```
pub fn user_name_key(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return text::fold(name);
    }
    let mapped = width_mapped(name);
    Cow::Owned(text::fold(&mapped).nfc().collect())
}

/// Wide and narrow characters as the usual ones.
fn width_mapped(name: &str) -> Cow<'_, str> {
    // It fails only where a table holds what is no character.
    UsernameCaseMapped::new().width_mapping_rule(name).unwrap_or(Cow::Borrowed(name))
}

/// What a wide or narrow character becomes: one, too.
#[cfg(feature = "server")]
pub(crate) fn width_mapped_char(one: char) -> char {
    width_mapped(one.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(one)
}

/// A name in the usual characters and in normal form C, its case kept where the fold of it is its
/// key: under that an index on small letters finds it.
#[cfg(feature = "server")]
pub(crate) fn spelling(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return Cow::Borrowed(name);
    }
    let (spelling, key): (String, _) = (width_mapped(name).nfc().collect(), user_name_key(name));
    if text::fold(&spelling) == key { Cow::Owned(spelling) } else { key }
}

/// A name with its accents as characters of their own.
#[cfg(feature = "server")]
pub(crate) fn decomposed(name: &str) -> Cow<'_, str> {
    if name.is_ascii() { Cow::Borrowed(name) } else { Cow::Owned(name.nfd().collect()) }
}

/// A password as it is hashed and compared: `OpaqueString` (RFC 8265 §4.2) without its refusals.
/// Other blanks become U+0020, and the whole is brought into normal form C; case and width count.
///
/// ```
/// use scimforge::precis::password;
///
/// assert_eq!(password("Correct\u{A0}Horse"), "Correct Horse");
/// assert_eq!(password("Cafe\u{301}"), "Caf\u{E9}");
/// assert_eq!(password("Ｗide"), "Ｗide");
/// ```
pub fn password(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let spaced = OpaqueString::new().additional_mapping_rule(text).unwrap_or(Cow::Borrowed(text));
    if is_nfc(&spaced) { spaced } else { Cow::Owned(spaced.nfc().collect()) }
}

/// Whether a password is the one that `verify` looks for: prepared as [`password`] does, or as it was
/// sent, since a hash that came from elsewhere may be one of a password that was not prepared.
///
/// ```
/// use scimforge::precis::password_matches;
///
/// assert!(password_matches("Cafe\u{301}", |form| form == "Caf\u{E9}"));
/// assert!(password_matches("Cafe\u{301}", |form| form == "Cafe\u{301}"));
/// assert!(!password_matches("cafe", |form| form == "Cafe"));
/// ```
pub fn password_matches(text: &str, verify: impl Fn(&str) -> bool) -> bool {
    let prepared = password(text);
    verify(&prepared) || (prepared != text && verify(text))
}

/// Why PRECIS does not allow a text. It tells nothing of a password but what kind of fault it is.
///
/// ```
/// use scimforge::precis::check_user_name;
///
/// let unfit = check_user_name("rosa\u{2665}lind").expect_err("a heart");
/// assert_eq!(unfit.to_string(), "U+2665, which is no character of a name");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// There is nothing in it.
    Empty,
    /// A name begins or ends with a blank.
    Blank,
    /// It has more characters than [`LONGEST`].
    TooLong,
    /// A name has a character that it may not have, or not beside those that it stands beside.
    Character(char),
    /// A name mixes the directions of writing in a way that cannot be told apart.
    Directions,
    /// A password has a control character, or one that is invisible or obsolete.
    Hidden,
}

impl fmt::Display for Unfit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("nothing"),
            Self::Blank => formatter.write_str("a blank at its beginning or end"),
            Self::TooLong => write!(formatter, "more than {LONGEST} characters"),
            Self::Character(character) => {
                write!(
                    formatter,
                    "U+{:04X}, which is no character of a name",
                    u32::from(*character)
                )
            }
            Self::Directions => formatter.write_str("letters of both directions of writing"),
            Self::Hidden => formatter.write_str("a character that cannot be seen or typed"),
        }
    }
}

/// Whether PRECIS allows a `userName`: parts of the `IdentifierClass` (RFC 8265 §3.1), with blanks
/// between them.
///
/// ```
/// use scimforge::precis::{Unfit, check_user_name};
///
/// assert_eq!(check_user_name("ida.berg@north.test"), Ok(()));
/// assert_eq!(check_user_name(" ida"), Err(Unfit::Blank));
/// assert_eq!(check_user_name("ida\u{200B}"), Err(Unfit::Character('\u{200B}')));
/// ```
///
/// # Errors
/// Why not.
pub fn check_user_name(name: &str) -> Result<(), Unfit> {
    if name.is_empty() {
        return Err(Unfit::Empty);
    }
    if name.starts_with(' ') || name.ends_with(' ') {
        return Err(Unfit::Blank);
    }
    if is_too_long(name) {
        return Err(Unfit::TooLong);
    }
    if name.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Ok(());
    }
    name.split(' ').filter(|part| !part.is_empty()).try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), Unfit> {
    let profile = UsernameCaseMapped::new();
    let mapped = width_mapped(part);
    let known: String = mapped.chars().filter(|one| !is_newer_letter(*one)).collect();
    if !known.is_empty() {
        profile.prepare(&*known).map_err(|error| Unfit::Character(character(&error, &known)))?;
    }
    let key = user_name_key(part);
    profile.directionality_rule(&*key).map(|_| ()).map_err(|_| Unfit::Directions)
}

/// Whether this is a letter or a digit that came after Unicode 6.3, of which the tables of PRECIS
/// are made: to them it is unassigned.
fn is_newer_letter(one: char) -> bool {
    let class = precis_core::IdentifierClass::default();
    one.is_alphanumeric() && class.get_value_from_char(one) == DerivedPropertyValue::Unassigned
}

/// The character that was refused.
fn character(error: &Error, text: &str) -> char {
    let named = match error {
        Error::BadCodepoint(info) => char::from_u32(info.cp),
        _ => None,
    };
    // Where the rule on what stands beside a character has nothing to look at, it is at an end.
    let joiner = || text.chars().find(|one| !one.is_alphanumeric());
    named.or_else(joiner).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether PRECIS allows a password (RFC 8265 §4.1): no control characters, none that are invisible.
/// What came after Unicode 6.3, of which the tables of PRECIS are made, is allowed.
///
/// ```
/// use scimforge::precis::{Unfit, check_password};
///
/// assert_eq!(check_password("correct horse ✓ battery"), Ok(()));
/// assert_eq!(check_password("tab\tstop"), Err(Unfit::Hidden));
/// assert_eq!(check_password(""), Err(Unfit::Empty));
/// ```
///
/// # Errors
/// Why not.
pub fn check_password(text: &str) -> Result<(), Unfit> {
    if text.is_empty() {
        return Err(Unfit::Empty);
    }
    if is_too_long(text) {
        return Err(Unfit::TooLong);
    }
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Ok(());
    }
    let class = FreeformClass::default();
    let is_newer = |one: &char| class.get_value_from_char(*one) == DerivedPropertyValue::Unassigned;
    let known: String = text.chars().filter(|one| !is_newer(one)).collect();
    class.allows(&known).map_err(|_| Unfit::Hidden)
}

fn is_too_long(text: &str) -> bool {
    text.len() > LONGEST && text.chars().nth(LONGEST).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_are_equal_but_for_case_have_one_key() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let key = user_name_key(&text);
            assert_eq!(key, user_name_key(&text::fold(&text)), "{character:?}");
            assert_eq!(key, user_name_key(&key), "{character:?} is prepared once");
        }
    }

    /// The examples of RFC 8265 §3.5 and §4.3, and what stands around them.
    #[test]
    fn names_are_allowed_as_the_rfc_has_it() {
        for good in [
            "juliet@example.com",
            "fussball",
            "fu\u{DF}ball",
            "\u{3C0}",
            "\u{3A3}",
            "\u{3C3}",
            "\u{3C2}",
            "foo bar",
            "rosa  lind",
            "rosa-lind+test_1",
            "Ｒosa",
            "l\u{B7}l",
            "\u{5D0}\u{5D1}",
            "\u{627}\u{660}",
            "\u{1E900}\u{1E922}",
        ] {
            assert_eq!(check_user_name(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", Unfit::Empty),
            (" ", Unfit::Blank),
            ("rosa ", Unfit::Blank),
            ("henry\u{2163}", Unfit::Character('\u{2163}')),
            ("\u{265A}", Unfit::Character('\u{265A}')),
            ("rosa\u{A0}lind", Unfit::Character('\u{A0}')),
            ("rosa\tlind", Unfit::Character('\t')),
            ("\u{200D}", Unfit::Character('\u{200D}')),
            ("a\u{B7}l", Unfit::Character('\u{B7}')),
            ("rosa\u{AD}", Unfit::Character('\u{AD}')),
            ("\u{5D0}rosa", Unfit::Directions),
            ("\u{627}\u{660}\u{6F0}", Unfit::Character('\u{660}')),
        ] {
            assert_eq!(check_user_name(bad), Err(why), "{bad:?}");
        }
        assert_eq!(check_user_name(&"é".repeat(LONGEST)), Ok(()));
        assert_eq!(check_user_name(&"é".repeat(LONGEST + 1)), Err(Unfit::TooLong));
    }

    #[test]
    fn passwords_are_prepared_as_the_rfc_has_it() {
        for (sent, prepared) in [
            ("correct horse battery staple", "correct horse battery staple"),
            ("Correct Horse Battery Staple", "Correct Horse Battery Staple"),
            ("\u{3C0}\u{DF}\u{E5}", "\u{3C0}\u{DF}\u{E5}"),
            ("Jack of \u{2666}s", "Jack of \u{2666}s"),
            ("foo\u{1680}bar", "foo bar"),
            ("foo\u{3000}bar", "foo bar"),
            ("A\u{30A}", "\u{C5}"),
        ] {
            assert_eq!(check_password(sent), Ok(()), "{sent}");
            assert_eq!(password(sent), prepared);
        }
        for bad in ["my cat is a \tby", "a\u{200B}b", "\u{7F}", "a\u{AD}"] {
            assert_eq!(check_password(bad), Err(Unfit::Hidden), "{bad:?}");
        }
        assert_eq!(check_password("\u{1F951} avocado"), Ok(()), "newer than the tables");
        let long = check_password(&"ü".repeat(LONGEST + 1));
        assert_eq!(long, Err(Unfit::TooLong));
    }

    proptest! {
        #[test]
        fn nothing_panics_and_keys_settle(text in "\\PC{0,12}|[\u{5D0}a\u{660}\u{6F0}\u{200C}\u{94D}\u{B7}l\u{30FB}Ａﾊﾟ\u{30A}\u{323}]{0,12}") {
            let key = user_name_key(&text).into_owned();
            prop_assert_eq!(&*user_name_key(&key), &*key);
            let folded = text::fold(&text);
            prop_assert_eq!(&*user_name_key(&folded), &*key);
            let prepared = password(&text).into_owned();
            prop_assert_eq!(&*password(&prepared), &*prepared);
            let _ = (check_user_name(&text), check_password(&text));
        }
    }
}
