//! E-mail addresses and telephone numbers, as far as their look goes (SCH-105).

use crate::short::{Short, is, is_alphanumeric, is_digit, is_from};

/// Whether `text` looks like an address: something, an at sign, a host name. Letters beyond
/// ASCII are fine (RFC 6531).
pub(super) fn is_email(text: &str) -> bool {
    is_usual_email(text.as_bytes()) || is_any_email(text)
}

const LONGEST: usize = 254;
const LONGEST_LOCAL: usize = 64;

/// Whether `text` is a short address of ASCII letters, digits, dots and the like. Says no to much
/// that is right.
fn is_usual_email(text: &[u8]) -> bool {
    let Some(short) = Short::new(text) else { return false };
    let ats = short.that(|bytes| is(bytes, b'@'));
    let separators = ats | short.that(|bytes| is(bytes, b'.'));
    // Not in the domain.
    let marks = short.that(|bytes| is(bytes, b'_') | is(bytes, b'-') | is(bytes, b'+'));
    let plain = short.that(is_alphanumeric) | separators | marks;
    let empty_part = separators & (separators << 1 | 1) != 0;
    let ends_open = separators & (short.all() ^ short.all() >> 1) != 0;
    plain == short.all() && ats.is_power_of_two() && marks < ats && !empty_part && !ends_open
}

fn is_any_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let local_fits = quoted
        || (!local.is_empty()
            && !local.contains(|c| {
                blank(c)
                    || matches!(
                        c,
                        '@' | '"' | '<' | '>' | '(' | ')' | ',' | ';' | ':' | '\\' | '[' | ']'
                    )
            })
            && local.split('.').all(|atom| !atom.is_empty()));
    let literal = domain.len() > 2 && domain.starts_with('[') && domain.ends_with(']');
    let labels = domain.split('.').all(|label| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || (!c.is_ascii() && !blank(c)))
    });
    text.len() <= LONGEST && local.len() <= LONGEST_LOCAL && local_fits && (literal || labels)
}

/// Whether `text` is a `tel` URI (RFC 3966): `tel:+47-555-0100;ext=7`, or a local number with its
/// context.
pub(super) fn is_tel_uri(text: &str) -> bool {
    const SCHEME: &[u8] = b"tel:";
    if is_usual_tel_uri(text.as_bytes()) {
        return true;
    }
    let Some((scheme, rest)) = text.as_bytes().split_at_checked(SCHEME.len()) else { return false };
    let mut parts = rest.split(|byte| *byte == b';');
    let number = parts.next().unwrap_or_default();
    let digits = number.strip_prefix(b"+").unwrap_or(number);
    let digit = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'*' | b'#');
    scheme.eq_ignore_ascii_case(SCHEME)
        && digits.iter().all(|byte| digit(byte) || matches!(byte, b'-' | b'.' | b'(' | b')'))
        && digits.iter().any(digit)
        && parts.all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_graphic))
}

/// Whether `text` is a short `tel` URI without parameters. Says no to much that is right.
fn is_usual_tel_uri(text: &[u8]) -> bool {
    let Some(number) = text.strip_prefix(b"tel:") else { return false };
    let number = number.strip_prefix(b"+").unwrap_or(number);
    Short::new(number).is_some_and(|short| {
        let digits = short.that(is_digit);
        let marks = short.that(|bytes| is_from(bytes, b'-', b'.') | is_from(bytes, b'(', b')'));
        digits != 0 && digits | marks == short.all()
    })
}

/// Whether `text` is a number as people write it: digits, signs between them, an extension.
pub(super) fn is_plain_phone(text: &str) -> bool {
    const FEWEST: usize = 2;
    const LONGEST: usize = 64;
    let lower = text.trim().to_ascii_lowercase();
    let (number, extension) = match lower.split_once(['x', 'e', '#', ';']) {
        Some((number, extension)) => (number, extension),
        None => (lower.as_str(), ""),
    };
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    // What is left of `ext`, which stands behind a sign or begins the extension itself.
    let word = ["ext", "xt"].iter().find_map(|word| extension.strip_prefix(word));
    let word = word.unwrap_or(extension).trim_start_matches(['.', ':', '=', ' ']);
    text.len() <= LONGEST
        && digits >= FEWEST
        && word.bytes().all(|byte| byte.is_ascii_digit())
        && number.chars().all(|c| {
            c.is_ascii_digit()
                || matches!(c, '+' | '-' | '.' | '(' | ')' | '/' | ' ' | '\u{a0}' | '\u{2011}')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_usual_is_right(text in "[a-bA.@+_ é\"-]{0,8}@[a-c.@-]{0,8}") {
            assert!(!is_usual_email(text.as_bytes()) || is_any_email(&text), "{text}");
        }
    }

    #[test]
    fn addresses_by_their_look() {
        for good in [
            "rosa@north.test",
            "r.o+sa@x.example",
            "\"rosa lind\"@x.test",
            "rosa@[192.0.2.1]",
            "röse@nørth.test",
            "a@b",
        ] {
            assert!(is_any_email(good), "{good}");
        }
        for bad in [
            "",
            "rosa",
            "@x.test",
            "rosa@",
            "rosa @x.test",
            "rosa@x..test",
            ".rosa@x.test",
            "Rosa <rosa@x.test>",
            "rosa@-x.test",
            "a@b@c",
        ] {
            assert!(!is_any_email(bad) && !is_usual_email(bad.as_bytes()), "{bad}");
        }
    }

    #[test]
    fn numbers_by_their_look() {
        for good in ["tel:+47-555-0100", "TEL:5550100;ext=7", "tel:555-0100;phone-context=+47"] {
            assert!(is_tel_uri(good), "{good}");
        }
        for bad in ["tel:", "tel:+", "+47 555", "tel:no", "tel:+47 555", "tel:55;"] {
            assert!(!is_tel_uri(bad), "{bad}");
        }
        for good in ["+47 555 01 00", "(201) 555-0100", "555.0100 x7", "555 0100 ext. 7", "01/555"]
        {
            assert!(is_plain_phone(good), "{good}");
        }
        for bad in ["", "call me", "-", "555-HELLO", "rosa@north.test"] {
            assert!(!is_plain_phone(bad), "{bad}");
        }
    }
}
