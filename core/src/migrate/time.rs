//! The forms of time that directories use, as seconds since 1970.

use crate::time::days_from_civil;

/// A calendar moment, before it is checked.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Parts {
    fn seconds(&self) -> Option<i64> {
        let days = days_from_civil(self.year, self.month, self.day)?;
        let fits = (0..24).contains(&self.hour)
            && (0..60).contains(&self.minute)
            && (0..=60).contains(&self.second);
        if !fits {
            return None;
        }
        Some(days * 86_400 + self.hour * 3_600 + self.minute * 60 + self.second)
    }
}

/// The digits at the front of `text` as a number, and the rest.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    if !head.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((head.parse().ok()?, rest))
}

/// A fraction that is dropped, and the rest.
fn without_fraction(text: &str) -> Option<&str> {
    let Some(fraction) = text.strip_prefix(['.', ',']) else {
        return Some(text);
    };
    let rest = fraction.trim_start_matches(|character: char| character.is_ascii_digit());
    (rest.len() < fraction.len()).then_some(rest)
}

/// Seconds east of Greenwich: `Z`, `+0100`, `+01:00`, `+01`.
fn zone(text: &str) -> Option<i64> {
    if text == "Z" || text == "z" {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(text.get(1..)?, 2)?;
    let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
        "" => 0,
        minutes => digits(minutes, 2).filter(|(_, rest)| rest.is_empty())?.0,
    };
    Some(sign * (hours * 3_600 + minutes * 60))
}

/// `2026-03-01T09:30:00Z`, with fraction and offset if need be (RFC 3339).
pub(super) fn date_time(text: &str) -> Option<i64> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (hour, rest) = digits(rest.strip_prefix(['T', 't'])?, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let offset = zone(without_fraction(rest)?)?;
    Some(Parts { year, month, day, hour, minute, second }.seconds()? - offset)
}

/// `GeneralizedTime` (RFC 4517 §3.3.13): `20260301093000Z`; minutes and seconds may be missing.
pub(super) fn generalized(text: &str) -> Option<i64> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest, 2)?;
    let (day, rest) = digits(rest, 2)?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest, 2).unwrap_or((0, rest));
    let (second, rest) = digits(rest, 2).unwrap_or((0, rest));
    let offset = zone(without_fraction(rest)?)?;
    Some(Parts { year, month, day, hour, minute, second }.seconds()? - offset)
}

/// When something ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Not at all.
    Never,
    /// Then.
    At(i64),
}

/// Active Directory's count of 100 ns since 1601. Zero and everything from the year 9999 on
/// mean never: several such values are in use.
pub(super) fn filetime(text: &str) -> Option<End> {
    const YEAR_9999: i64 = 2_650_467_743_990_000_000;
    const FROM_1601_TO_1970: i64 = 11_644_473_600;
    let count: i64 = text.trim().parse().ok()?;
    match count {
        ..0 => None,
        0 => Some(End::Never),
        1..=YEAR_9999 => Some(End::At(count / 10_000_000 - FROM_1601_TO_1970)),
        _ => Some(End::Never),
    }
}

/// Days since 1970 (RFC 2307 `shadowExpire`); negative means never.
pub(super) fn days(text: &str) -> Option<End> {
    let count: i64 = text.trim().parse().ok()?;
    Some(if count < 0 { End::Never } else { End::At(count.saturating_mul(86_400)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_counted_from_1970() {
        assert_eq!(date_time("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(date_time("2000-02-29T12:00:00.5+01:00"), Some(951_822_000));
        assert_eq!(date_time("2026-03-01T09:30:00Z"), Some(1_772_357_400));
        assert_eq!(generalized("20260301093000.0Z"), Some(1_772_357_400));
        assert_eq!(generalized("202603011030+0100"), Some(1_772_357_400));
        assert_eq!(generalized("2026030109Z"), Some(1_772_355_600));
        assert_eq!(generalized("16010101000000Z"), Some(-11_644_473_600));
        for bad in [
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-03-01",
            "2026-03-01T09:30:00",
            "",
        ] {
            assert_eq!(date_time(bad), None, "{bad}");
        }
        assert_eq!(generalized("20260301093000"), None);
    }

    #[test]
    fn sentinels_mean_never() {
        for never in ["0", "9223372036854775807", "9223372032559808511"] {
            assert_eq!(filetime(never), Some(End::Never));
        }
        assert_eq!(filetime("132230718862636251"), Some(End::At(1_578_598_286)));
        assert_eq!(filetime("-1"), None);
        assert_eq!(filetime("99999999999999999999"), None);
        assert_eq!(days("-1"), Some(End::Never));
        assert_eq!(days("1"), Some(End::At(86_400)));
    }
}
