//! xsd:dateTime to an instant and back, nothing more (RFC 7643 §2.3.5).
//!
//! ```
//! use scimforge::time::Instant;
//!
//! let start = Instant::parse("2026-03-01T09:30:00Z").expect("an instant");
//! let later = Instant::from_unix(start.unix_seconds() + 90);
//! assert!(later > start);
//! assert_eq!(later.to_string(), "2026-03-01T09:31:30Z");
//! ```

use crate::short::{Short, is, is_digit};

/// An instant: seconds since 1970-01-01T00:00:00Z and a fraction in 10⁻¹⁸ s.
///
/// A text without a zone is read as UTC (FLT-036). Digits beyond the eighteenth do not count.
///
/// ```
/// use scimforge::time::Instant;
///
/// let hired = Instant::parse("2026-03-01T09:30:00.250Z").expect("an instant");
/// assert_eq!(hired.to_string(), "2026-03-01T09:30:00.250Z");
/// assert!(hired < Instant::parse("2026-03-01T10:30:00").expect("an instant"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    seconds: i64,
    fraction: u64,
}

impl Instant {
    /// From whole seconds since 1970.
    ///
    /// ```
    /// use scimforge::time::Instant;
    ///
    /// assert_eq!(Instant::from_unix(1_772_357_400).to_string(), "2026-03-01T09:30:00Z");
    /// ```
    pub fn from_unix(seconds: i64) -> Self {
        Self { seconds, fraction: 0 }
    }

    /// From milliseconds since 1970.
    ///
    /// ```
    /// use scimforge::time::Instant;
    ///
    /// assert_eq!(Instant::from_unix_millis(-250).to_string(), "1969-12-31T23:59:59.750Z");
    /// ```
    pub fn from_unix_millis(millis: i64) -> Self {
        Self {
            seconds: millis.div_euclid(1_000),
            fraction: millis.rem_euclid(1_000).unsigned_abs() * 1_000_000_000_000_000,
        }
    }

    /// Whole seconds since 1970, rounded down.
    ///
    /// ```
    /// use scimforge::time::Instant;
    ///
    /// assert_eq!(Instant::from_unix_millis(1_999).unix_seconds(), 1);
    /// ```
    pub fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Whole milliseconds since 1970, rounded down.
    ///
    /// ```
    /// use scimforge::time::Instant;
    ///
    /// assert_eq!(Instant::from_unix_millis(-250).unix_millis(), -250);
    /// ```
    pub fn unix_millis(self) -> i64 {
        let millis = i64::try_from(self.fraction / 1_000_000_000_000_000).unwrap_or_default();
        self.seconds.saturating_mul(1_000).saturating_add(millis)
    }

    /// A text whose order by bytes is that of instants.
    #[cfg(feature = "server")]
    pub(crate) fn sortable(self) -> String {
        format!("{:016x}{:015x}", self.seconds.cast_unsigned() ^ (1 << 63), self.fraction)
    }

    /// Reads an xsd:dateTime: date, `T`, time with seconds, optional fraction, optional zone.
    /// `None` for anything else, such as a date alone, `2026-02-30T…` or a blank for the `T`.
    ///
    /// ```
    /// use scimforge::time::Instant;
    ///
    /// let oslo = Instant::parse("2026-03-01T10:30:00+01:00");
    /// assert_eq!(oslo, Instant::parse("2026-03-01T09:30:00.000Z"));
    /// assert_eq!(Instant::parse("2026-03-01"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { bytes: text.as_bytes() };
        let negative = reader.skip(b'-');
        let year_digits = reader.bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !(4..=9).contains(&year_digits)
            || (year_digits > 4 && reader.bytes.first() == Some(&b'0'))
        {
            return None;
        }
        let year = reader.number(year_digits)?;
        let year = if negative { -year } else { year };
        reader.expect(b'-')?;
        let month = reader.number(2)?;
        reader.expect(b'-')?;
        let day = reader.number(2)?;
        reader.expect(b'T')?;
        let hour = reader.number(2)?;
        reader.expect(b':')?;
        let minute = reader.number(2)?;
        reader.expect(b':')?;
        let second = reader.number(2)?;
        let fraction = if reader.skip(b'.') { reader.fraction()? } else { 0 };
        let offset = reader.zone()?;
        let end_of_day = hour == 24 && minute == 0 && second == 0 && fraction == 0;
        let days = days_from_civil(year, month, day)?;
        if (hour > 23 && !end_of_day) || minute > 59 || second > 59 {
            return None;
        }
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset * 60;
        Some(Self { seconds, fraction })
    }
}

/// Whether `text` is an xsd:dateTime: what [`Instant::parse`] reads.
pub(crate) fn is_date_time(text: &str) -> bool {
    is_usual(text.as_bytes()) || Instant::parse(text).is_some()
}

/// Whether `text` is `2026-03-01T09:30:00Z`, with a fraction or without, and not at the end of a
/// month. Says no to much that is right.
fn is_usual(text: &[u8]) -> bool {
    const DIGITS: u64 = 0b110_1101_1011_0110_1111;
    const DASHES: u64 = 1 << 4 | 1 << 7;
    const COLONS: u64 = 1 << 13 | 1 << 16;
    const SECONDS: u32 = 19;
    let Some(&[_, _, _, _, _, m1, m0, _, d1, d0, b'T', h1, h0, _, i1, _, _, s1, _, point, ..]) =
        text.first_chunk::<20>()
    else {
        return false;
    };
    let Some(short) = Short::new(text) else { return false };
    let zone = short.all() ^ short.all() >> 1;
    let fraction = match point {
        b'Z' => 0,
        // From behind the point to the zone, which must not follow it at once.
        b'.' if zone >> (SECONDS + 1) > 1 => zone - (1 << (SECONDS + 1)),
        _ => return false,
    };
    let month = (m1 == b'0' && m0 != b'0') || (m1 == b'1' && m0 <= b'2');
    let day = (d1 == b'0' && d0 != b'0') || d1 == b'1' || (d1 == b'2' && d0 <= b'8');
    let hour = h1 <= b'1' || (h1 == b'2' && h0 <= b'3');
    month
        && day
        && hour
        && i1 <= b'5'
        && s1 <= b'5'
        && short.that(is_digit) == DIGITS | fraction
        && short.that(|bytes| is(bytes, b'-')) == DASHES
        && short.that(|bytes| is(bytes, b':')) == COLONS
        && short.that(|bytes| is(bytes, b'Z')) == zone
}

#[cfg(feature = "server")]
impl Instant {
    /// The text with every digit of the fraction there is.
    pub(crate) fn to_exact_text(self) -> String {
        let whole = Self { fraction: 0, ..self }.to_string();
        if self.fraction == 0 {
            return whole;
        }
        let digits = format!("{:018}", self.fraction);
        format!("{}.{}Z", whole.trim_end_matches('Z'), digits.trim_end_matches('0'))
    }
}

impl std::fmt::Display for Instant {
    /// `2026-03-01T09:30:00Z`, with milliseconds where there are any.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        if year < 0 {
            formatter.write_str("-")?;
        }
        write!(
            formatter,
            "{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}",
            year.abs(),
            second / 3_600,
            second / 60 % 60,
            second % 60
        )?;
        let millis = self.fraction / 1_000_000_000_000_000;
        if millis > 0 {
            write!(formatter, ".{millis:03}")?;
        }
        formatter.write_str("Z")
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
}

impl Reader<'_> {
    fn skip(&mut self, byte: u8) -> bool {
        let Some((&first, rest)) = self.bytes.split_first() else { return false };
        if first == byte {
            self.bytes = rest;
        }
        first == byte
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.skip(byte).then_some(())
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let (head, rest) = self.bytes.split_at_checked(digits)?;
        let mut number = 0;
        for byte in head {
            number = number * 10 + i64::from(char::from(*byte).to_digit(10)?);
        }
        self.bytes = rest;
        Some(number)
    }

    fn fraction(&mut self) -> Option<u64> {
        const DIGITS: usize = 18;
        let count = self.bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.bytes.split_at_checked(count)?;
        if digits.is_empty() {
            return None;
        }
        let mut fraction = 0;
        for place in 0..DIGITS {
            fraction = fraction * 10 + u64::from(digits.get(place).map_or(0, |byte| byte - b'0'));
        }
        self.bytes = rest;
        Some(fraction)
    }

    /// Minutes east of UTC; nothing is UTC.
    fn zone(&mut self) -> Option<i64> {
        if self.bytes.is_empty() || self.bytes == b"Z" {
            return Some(0);
        }
        let sign = if self.skip(b'+') {
            1
        } else {
            self.expect(b'-')?;
            -1
        };
        let hours = self.number(2)?;
        self.expect(b':')?;
        let minutes = self.number(2)?;
        let total = hours * 60 + minutes;
        (minutes <= 59 && total <= 14 * 60 && self.bytes.is_empty()).then_some(sign * total)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar; `None` for a date that is not in
/// it. Years are counted from March, so that the leap day comes last.
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_xsd_date_time_is_read() {
        let at = |text: &str| Instant::parse(text).expect(text);
        assert_eq!(at("1970-01-01T00:00:00Z"), Instant::from_unix(0));
        assert_eq!(at("2026-03-01T09:30:00Z"), at("2026-03-01T11:30:00+02:00"));
        assert_eq!(at("2026-03-01T09:30:00"), at("2026-03-01T09:30:00.000Z"));
        assert_eq!(at("2026-02-28T24:00:00Z"), at("2026-03-01T00:00:00Z"));
        assert!(at("2026-03-01T09:30:00.0000000001Z") > at("2026-03-01T09:30:00Z"));
        assert!(at("-0044-03-15T12:00:00Z") < at("12026-01-01T00:00:00Z"));
        assert_eq!(at("2024-02-29T00:00:00Z").to_string(), "2024-02-29T00:00:00Z");
        assert_eq!(at("1969-12-31T23:59:59.250Z").to_string(), "1969-12-31T23:59:59.250Z");
    }

    proptest::proptest! {
        #[test]
        fn what_is_usual_is_right(
            text in "20[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-3][0-9]:[0-7][0-9]:[0-7][0-9](\\.[0-9:]{0,3})?[Z+]{0,2}"
        ) {
            let right = Instant::parse(&text).is_some();
            assert!(!is_usual(text.as_bytes()) || right, "{text}");
            assert_eq!(is_date_time(&text), right);
        }
    }

    #[test]
    fn the_usual_form_is_told_without_reading_it() {
        for text in ["2026-03-01T09:30:00Z", "2026-12-28T23:59:59.250Z", "0001-01-01T00:00:00.1Z"] {
            assert!(is_usual(text.as_bytes()) && Instant::parse(text).is_some(), "{text}");
        }
        for text in ["2026-03-01T09:30:00.Z", "2026-03-01T09:30:00ZZ", "2026-03-00T09:30:00Z"] {
            assert!(!is_date_time(text), "{text}");
        }
    }

    #[test]
    fn hosts_count_from_1970() {
        for (millis, text) in [(0, "1970-01-01T00:00:00Z"), (-750, "1969-12-31T23:59:59.250Z")] {
            assert_eq!(Instant::from_unix_millis(millis), Instant::parse(text).unwrap());
        }
        assert_eq!(Instant::from_unix_millis(1_772_357_400_001).unix_seconds(), 1_772_357_400);
        assert_eq!(Instant::from_unix_millis(-1).unix_seconds(), -1);
    }

    #[test]
    fn everything_else_is_not() {
        for text in [
            "",
            "2026-03-01",
            "2026-03-01 09:30:00Z",
            "2026-03-01T09:30Z",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-03-01T24:00:01Z",
            "2026-03-01T09:30:60Z",
            "2026-03-01T09:30:00.Z",
            "2026-03-01T09:30:00+0200",
            "2026-03-01T09:30:00+15:00",
            "26-03-01T09:30:00Z",
            "02026-03-01T09:30:00Z",
            "2026-03-01t09:30:00Z",
            "2026-03-01T09:30:00ZZ",
            "٢026-03-01T09:30:00Z",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }
}
