//! URI references by their letters (RFC 3986 §4.1); nothing is ever fetched.

use wide::u8x16;

use crate::short::{Short, is, is_alphanumeric, is_from};

/// Whether `text` can be a URI or a relative reference.
pub(super) fn is_reference(text: &str) -> bool {
    is_usual(text.as_bytes()) || is_any(text)
}

/// Whether `text` is what references mostly are: a short `urn:name`, or `https://host/path`,
/// without anything special. Says no to much that is right.
fn is_usual(text: &[u8]) -> bool {
    let web = text.strip_prefix(b"https://").or_else(|| text.strip_prefix(b"http://"));
    let Some(rest) = web.or_else(|| text.strip_prefix(b"urn:")) else { return false };
    let Some(short) = Short::new(rest) else { return false };
    if short.that(is_plain) != short.all() {
        return false;
    }
    let slashes = short.that(|bytes| is(bytes, b'/'));
    if web.is_none() {
        return slashes & 1 == 0;
    }
    // The lowest slash ends the host.
    let host = short.all() & (slashes & slashes.wrapping_neg()).wrapping_sub(1);
    let named = short.that(|bytes| is_alphanumeric(bytes) | is(bytes, b'.') | is(bytes, b'-'));
    host != 0 && host & !named == 0
}

/// Whether bytes are in [`SEGMENT`], or slashes.
#[inline]
fn is_plain(bytes: u8x16) -> u8x16 {
    let letters = is_alphanumeric(bytes);
    let marks = is_from(bytes, b'&', b'/') | is_from(bytes, b':', b';') | is(bytes, b'=');
    let more = [b'!', b'$', b'@', b'_', b'~'];
    more.iter().fold(letters | marks, |all, byte| all | is(bytes, *byte))
}

fn is_any(text: &str) -> bool {
    let (rest, fragment) = match text.split_once('#') {
        Some((rest, fragment)) => (rest, fragment),
        None => (text, ""),
    };
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, query),
        None => (rest, ""),
    };
    if !is_spelled(fragment, b"/?") || !is_spelled(query, b"/?") {
        return false;
    }
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, after)) if !scheme.contains('/') => {
            if !is_scheme(scheme) {
                return false;
            }
            (scheme, after)
        }
        _ => ("", rest),
    };
    let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    match rest.strip_prefix("//") {
        Some(rest) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            is_authority(authority) && !(web && authority.is_empty()) && is_spelled(path, b"/")
        }
        None => !web && is_spelled(rest, b"/"),
    }
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

fn is_authority(text: &str) -> bool {
    let (user, host) = match text.rsplit_once('@') {
        Some((user, host)) => (user, host),
        None => ("", text),
    };
    let (host, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    let named = match host.strip_prefix('[') {
        Some(literal) => literal.strip_suffix(']').is_some_and(|literal| {
            !literal.is_empty()
                && literal
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        }),
        None => !host.contains([':', '@']) && is_spelled(host, b""),
    };
    named
        && port.bytes().all(|byte| byte.is_ascii_digit())
        && !user.contains('@')
        && is_spelled(user, b"")
}

/// Whether `text` has only the characters of a path segment, `more` and percent-encoded bytes.
fn is_spelled(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if SEGMENT.get(usize::from(byte)) == Some(&true) || more.contains(&byte) {
            continue;
        }
        let mut hex = || bytes.next().is_some_and(|byte| byte.is_ascii_hexdigit());
        if byte != b'%' || !hex() || !hex() {
            return false;
        }
    }
    true
}

/// The characters of a path segment (`pchar` of RFC 3986 without percent-encoding).
static SEGMENT: [bool; 256] = segment();

#[expect(clippy::indexing_slicing, reason = "run by the compiler, and every byte is an index")]
const fn segment() -> [bool; 256] {
    const ALLOWED: &[u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@!$&'()*+,;=";
    let mut table = [false; 256];
    let mut at = 0;
    while at < ALLOWED.len() {
        table[ALLOWED[at] as usize] = true;
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn what_is_usual_is_right(text in "(https?|urn|tel)?:?/{0,2}[a-c.:@/%?#\\[\\]é -]{0,8}") {
            assert!(!is_usual(text.as_bytes()) || is_any(&text), "{text}");
        }
    }

    #[test]
    fn plain_bytes_are_those_of_a_segment() {
        for byte in 0..=u8::MAX {
            let plain = Short::new(&[byte]).unwrap().that(is_plain) == 1;
            assert_eq!(plain, SEGMENT[usize::from(byte)] || byte == b'/', "{byte}");
        }
    }

    #[test]
    fn absolute_and_relative_references_are_told_from_other_text() {
        for good in [
            "https://photos.north.test/rosa.jpg",
            "../Users/u-12",
            "Users/u-12",
            "/v2/Users/u-12?x=y/z#top",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "tel:+47-555-0100",
            "//host.test/x",
            "a%20b",
            "https://rosa@[::1]:8443/x",
            "data:image/png;base64,AA==",
            "mailto:rosa@north.test",
            "http://h.test:/",
        ] {
            assert!(is_any(good), "{good}");
        }
        for bad in [
            "not a uri",
            "https://",
            "http:/x",
            "https://h h/",
            "a%2",
            "a%zz",
            "a#b#c",
            "1a:b",
            ":x",
            "<x>",
            "https://north.test/é",
            "https://h:port/",
            "https://[::1/",
            "a\\b",
            "\u{7f}",
            "https://a:b:c/",
            "x[1]",
        ] {
            assert!(!is_any(bad) && !is_usual(bad.as_bytes()), "{bad}");
        }
    }
}
