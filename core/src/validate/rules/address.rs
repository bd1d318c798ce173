//! Places: country codes and time zones (SCH-104, SCH-106).

/// Whether `text` has the form of an ISO 3166-1 alpha-2 code. Which codes are taken changes with
/// the world and is not judged.
pub(super) fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether `text` has the form of a name in the IANA time zone database.
pub(super) fn is_time_zone(text: &str) -> bool {
    const PARTS: usize = 3;
    let mut parts = 0;
    text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && text.as_bytes().split(|byte| *byte == b'/').all(|part| {
            parts += 1;
            let spelled =
                |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
            parts <= PARTS && !part.is_empty() && part.iter().all(spelled)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_and_zones_by_their_form() {
        assert!(is_country("NO") && is_country("no"));
        for bad in ["", "NOR", "N", "N0", "Norge", "ØK"] {
            assert!(!is_country(bad), "{bad}");
        }
        for good in ["Europe/Oslo", "America/Argentina/Buenos_Aires", "Etc/GMT+1", "UTC"] {
            assert!(is_time_zone(good), "{good}");
        }
        for bad in ["", "+01:00", "W. Europe Standard Time", "Europe/", "/Oslo", "a/b/c/d"] {
            assert!(!is_time_zone(bad), "{bad}");
        }
    }
}
