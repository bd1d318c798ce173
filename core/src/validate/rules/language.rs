//! Language tags (BCP 47) and lists of them as in Accept-Language (SCH-102, SCH-103).

/// Whether `text` has the form of a language tag.
pub(super) fn is_tag(text: &str) -> bool {
    let mut subtags = text.as_bytes().split(|byte| *byte == b'-');
    let Some(first) = subtags.next() else { return false };
    let lettered = (2..=8).contains(&first.len()) && first.iter().all(u8::is_ascii_alphabetic);
    let private = matches!(first, b"x" | b"X" | b"i" | b"I") && text.len() > first.len();
    (lettered || private)
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len()) && subtag.iter().all(u8::is_ascii_alphanumeric)
        })
}

/// Whether `text` is a list of language ranges, each perhaps with a weight: `nb, en;q=0.8, *;q=0`.
pub(super) fn is_accept_language(text: &str) -> bool {
    is_tag(text)
        || text.split(',').all(|item| {
            let mut parts = item.split(';').map(|part| part.trim_matches([' ', '\t']));
            let range = parts.next().is_some_and(|range| range == "*" || is_tag(range));
            range && parts.next().is_none_or(is_weight) && parts.next().is_none()
        })
}

fn is_weight(text: &str) -> bool {
    let Some(number) =
        text.strip_prefix(['q', 'Q']).and_then(|rest| rest.trim_start().strip_prefix('='))
    else {
        return false;
    };
    let number = number.trim_start();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    decimals.len() <= 3
        && match whole {
            "0" => decimals.bytes().all(|byte| byte.is_ascii_digit()),
            "1" => decimals.bytes().all(|byte| byte == b'0'),
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_lists_of_tags() {
        for good in
            ["en", "nb-NO", "zh-Hant-TW", "de-DE-1996", "x-north", "sl-rozaj-biske", "en-a-bbb-x-a"]
        {
            assert!(is_tag(good), "{good}");
            assert!(is_accept_language(good), "{good}");
        }
        for bad in ["", "e", "en_US", "en-", "english9", "en-US ", "123", "x", "en-waytoolong"] {
            assert!(!is_tag(bad), "{bad}");
        }
        for good in ["nb, en;q=0.8", "en;q=1.000,*;q=0", "da , en-GB ; q=0.5"] {
            assert!(is_accept_language(good), "{good}");
        }
        for bad in ["", "nb,", "en;q=2", "en;q=0.1234", "en;x=1", "en;q=0.5;q=0.4", "en_US"] {
            assert!(!is_accept_language(bad), "{bad}");
        }
    }
}
