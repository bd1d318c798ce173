//! Numbers as their JSON text: nothing is rounded on the way through.

use std::borrow::Cow;
use std::cmp::Ordering;

/// A JSON number. Two are equal when they have the same numeric value (`1.0` equals `1`).
///
/// ```
/// use scimforge::value::Number;
///
/// let number = Number::from_text("9007199254740993").expect("a number");
/// assert_eq!(number.as_str(), "9007199254740993", "no digit is lost");
/// assert_eq!(Number::from_text("1.0"), Number::from_text("1"));
/// ```
#[derive(Debug, Clone)]
pub struct Number<'a> {
    text: Cow<'a, str>,
}

impl<'a> Number<'a> {
    /// A number from its JSON text; `None` if the text is not one (RFC 8259 §6).
    ///
    /// ```
    /// use scimforge::value::Number;
    ///
    /// assert!(Number::from_text("-1.5e3").is_some());
    /// assert!(Number::from_text("+1").is_none() && Number::from_text("01").is_none());
    /// ```
    pub fn from_text(text: impl Into<Cow<'a, str>>) -> Option<Self> {
        let text = text.into();
        is_json_number(text.as_bytes()).then_some(Self { text })
    }

    /// For the reader, which has checked the text.
    pub(crate) fn from_checked(text: &'a str) -> Self {
        Self { text: Cow::Borrowed(text) }
    }

    /// The JSON text.
    ///
    /// ```
    /// use scimforge::value::Number;
    ///
    /// assert_eq!(Number::from_text("1.50").expect("a number").as_str(), "1.50");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the text has neither fraction nor exponent: SCIM's integer (RFC 7643 §2.3.4).
    ///
    /// ```
    /// use scimforge::value::Number;
    ///
    /// assert!(Number::from(7).is_integer());
    /// assert!(!Number::from_text("7.0").expect("a number").is_integer());
    /// ```
    pub fn is_integer(&self) -> bool {
        !self.text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
    }

    /// The value as `i64`, if it is an integer that fits.
    ///
    /// ```
    /// use scimforge::value::Number;
    ///
    /// assert_eq!(Number::from(7).as_i64(), Some(7));
    /// assert_eq!(Number::from_text("7.5").expect("a number").as_i64(), None);
    /// ```
    pub fn as_i64(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// The nearest double.
    ///
    /// ```
    /// use scimforge::value::Number;
    ///
    /// assert!((Number::from_text("7.5").expect("a number").as_f64() - 7.5).abs() < 1e-9);
    /// ```
    pub fn as_f64(&self) -> f64 {
        self.text.parse().unwrap_or(f64::NAN)
    }

    /// Orders by numeric value, exactly, however many digits. (Exponents of more than eighteen
    /// digits are all one.)
    ///
    /// ```
    /// use scimforge::value::Number;
    ///
    /// let long = Number::from_text("10000000000000000000001").expect("a number");
    /// assert!(long.compare(&Number::from_text("1e22").expect("a number")).is_gt());
    /// ```
    pub fn compare(&self, other: &Number<'_>) -> Ordering {
        let (a, b) = (Decimal::of(&self.text), Decimal::of(&other.text));
        match (a.sign(), b.sign()) {
            (x, y) if x != y => x.cmp(&y),
            (0, _) => Ordering::Equal,
            (1, _) => a.compare_size(&b),
            _ => b.compare_size(&a),
        }
    }

    /// A text that is the same for numbers that are equal.
    pub(crate) fn canonical(&self) -> String {
        Decimal::of(&self.text).canonical()
    }

    /// A text whose order by bytes is that of numbers, the same for numbers that are equal.
    #[cfg(feature = "server")]
    pub(crate) fn sortable(&self) -> String {
        Decimal::of(&self.text).sortable()
    }

    /// Copies what is borrowed.
    ///
    /// ```
    /// use scimforge::value::Number;
    ///
    /// let kept: Number<'static> = {
    ///     let text = String::from("42");
    ///     Number::from_text(text.as_str()).expect("a number").into_owned()
    /// };
    /// assert_eq!(kept.as_i64(), Some(42));
    /// ```
    pub fn into_owned(self) -> Number<'static> {
        Number { text: Cow::Owned(self.text.into_owned()) }
    }

    pub(super) fn borrowed(&self) -> Number<'_> {
        Number { text: Cow::Borrowed(&self.text) }
    }
}

impl PartialEq for Number<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text || self.compare(other) == Ordering::Equal
    }
}

impl From<i64> for Number<'_> {
    fn from(number: i64) -> Self {
        Self { text: Cow::Owned(number.to_string()) }
    }
}

/// `0.digits × 10^magnitude`, digits without leading and trailing zeros.
struct Decimal<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    magnitude: i64,
}

impl<'t> Decimal<'t> {
    fn of(text: &'t str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.parse().unwrap_or_else(|_| {
            // Beyond i64: the sign is all that matters for comparing.
            if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 }
        });
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = whole.trim_start_matches('0');
        let mut fraction = fraction.trim_end_matches('0');
        let mut magnitude =
            exponent.clamp(i64::MIN / 4, i64::MAX / 4) + i64::try_from(whole.len()).unwrap_or(0);
        if whole.is_empty() {
            let kept = fraction.trim_start_matches('0');
            magnitude -= i64::try_from(fraction.len() - kept.len()).unwrap_or(0);
            fraction = kept;
        }
        Self { negative, whole: whole.as_bytes(), fraction: fraction.as_bytes(), magnitude }
    }

    fn digits(&self) -> impl Iterator<Item = u8> + '_ {
        self.whole.iter().chain(self.fraction).copied()
    }

    fn sign(&self) -> i8 {
        match (self.digits().all(|digit| digit == b'0'), self.negative) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => -1,
        }
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        self.magnitude.cmp(&other.magnitude).then_with(|| {
            let (mut a, mut b) = (self.digits(), other.digits());
            loop {
                match (a.next(), b.next()) {
                    (None, None) => return Ordering::Equal,
                    (x, y) => match x.unwrap_or(b'0').cmp(&y.unwrap_or(b'0')) {
                        Ordering::Equal => {}
                        unequal => return unequal,
                    },
                }
            }
        })
    }

    /// The sign, the magnitude, the digits; those of a negative number the other way round.
    #[cfg(feature = "server")]
    fn sortable(&self) -> String {
        let sign = self.sign();
        if sign == 0 {
            return "1".to_owned();
        }
        // The order of signed numbers, in unsigned ones.
        let magnitude = self.magnitude.cast_unsigned() ^ (1 << 63);
        let digits: String = self.digits().map(char::from).collect();
        let digits = digits.trim_end_matches('0');
        if sign > 0 {
            return format!("2{magnitude:016x}{digits}");
        }
        let inverse = |digit: u8| char::from(b'9'.saturating_sub(digit).saturating_add(b'0'));
        let digits: String = digits.bytes().map(inverse).collect();
        // What ends first is less negative: behind all digits.
        format!("0{:016x}{digits}~", !magnitude)
    }

    /// A text that is the same for equal numbers.
    fn canonical(&self) -> String {
        if self.sign() == 0 {
            return "0".to_owned();
        }
        let digits: String = self.digits().map(char::from).collect();
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}0.{}e{}", digits.trim_end_matches('0'), self.magnitude)
    }
}

/// Whether `text` is a number by RFC 8259 §6.
fn is_json_number(text: &[u8]) -> bool {
    let digits = |bytes: &[u8]| bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text.first() == Some(&b'0')) {
        return false;
    }
    let mut rest = text.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = fraction.get(count..).unwrap_or_default();
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent =
            exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number<'_> {
        Number::from_text(text).expect("a number")
    }

    #[test]
    fn comparison_is_exact() {
        for (a, b, order) in [
            ("1", "1.0", Ordering::Equal),
            ("1e2", "100", Ordering::Equal),
            ("0.1", "0.10", Ordering::Equal),
            ("-0", "0", Ordering::Equal),
            ("9007199254740993", "9007199254740992", Ordering::Greater),
            ("-2", "1", Ordering::Less),
            ("-2", "-1", Ordering::Less),
            ("0.001", "0.0001", Ordering::Greater),
            ("1e99999999999999999999", "2", Ordering::Greater),
            ("0e5", "0.000", Ordering::Equal),
            ("-12", "-123", Ordering::Greater),
            ("-12.5", "-12.49", Ordering::Less),
            ("-1.2", "-1.23", Ordering::Greater),
        ] {
            assert_eq!(number(a).compare(&number(b)), order, "{a} {b}");
            assert_eq!(number(a).sortable().cmp(&number(b).sortable()), order, "{a} {b}");
        }
    }

    #[test]
    fn only_json_numbers_are_numbers() {
        for bad in ["", "-", "01", "+1", "1.", ".5", "1e", "1e+", "NaN", "0x1", "1 "] {
            assert!(Number::from_text(bad).is_none(), "{bad}");
        }
    }
}
