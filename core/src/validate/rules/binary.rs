//! Base64 (RFC 4648 §4) and the outermost layer of DER, without decoding the whole.

/// Whether `text` is base64. Padding may be left out (RFC 7643 §2.3.6).
pub(super) fn is_base64(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    let padding = text.len() - unpadded.len();
    let rest = unpadded.len() % 4;
    let padded = match padding {
        0 => rest != 1,
        1 => rest == 3,
        2 => rest == 2,
        _ => false,
    };
    // Gathered rather than searched: one look a byte, and no branch.
    let gathered = unpadded.bytes().fold(0, |bits, byte| bits | sextet(byte));
    padded && gathered & WRONG == 0
}

/// The number of bytes that base64 stands for.
fn decoded_length(base64: &str) -> usize {
    let unpadded = base64.trim_end_matches('=').len();
    unpadded / 4 * 3 + (unpadded % 4).saturating_sub(1)
}

/// Whether what is known to be base64 holds one DER SEQUENCE from the first byte to the last
/// (SCH-111).
pub(super) fn is_one_der_value(text: &str) -> bool {
    const SEQUENCE: u8 = 0x30;
    const LONG_FORM: u8 = 0x80;
    let total = decoded_length(text);
    let mut head = head(text).into_iter();
    if head.next() != Some(SEQUENCE) {
        return false;
    }
    let Some(first) = head.next() else { return false };
    if first < LONG_FORM {
        return total == 2 + usize::from(first);
    }
    let octets = usize::from(first - LONG_FORM);
    if !(1..=4).contains(&octets) {
        return false;
    }
    let mut length = 0usize;
    for _ in 0..octets {
        let Some(octet) = head.next() else { return false };
        length = length * 256 + usize::from(octet);
    }
    length.checked_add(2 + octets) == Some(total)
}

/// The first bytes, enough for a tag and a length.
fn head(text: &str) -> Vec<u8> {
    const CHARACTERS: usize = 8;
    let (mut bits, mut count, mut bytes) = (0u32, 0u32, Vec::with_capacity(6));
    for sextet in text.bytes().take(CHARACTERS).map(sextet).take_while(|bits| *bits != NONE) {
        bits = bits << 6 | u32::from(sextet);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xFF).unwrap_or(0));
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

/// The six bits of each letter; `NONE` for what is none. Certificates are long, so they are looked
/// up rather than compared.
static SEXTETS: [u8; 256] = sextets();

const NONE: u8 = 0xFF;

/// A bit that `NONE` has and six bits have not.
const WRONG: u8 = 0x80;

#[expect(clippy::indexing_slicing, reason = "run by the compiler, and every byte is an index")]
const fn sextets() -> [u8; 256] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [NONE; 256];
    let mut bits = 0u8;
    while bits < 64 {
        table[ALPHABET[bits as usize] as usize] = bits;
        bits += 1;
    }
    table
}

fn sextet(byte: u8) -> u8 {
    SEXTETS.get(usize::from(byte)).copied().unwrap_or(NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_measured_without_decoding() {
        for (text, length) in
            [("", 0), ("AA==", 1), ("AA", 1), ("AAA=", 2), ("AAAA", 3), ("+/+/", 3)]
        {
            assert!(is_base64(text), "{text}");
            assert_eq!(decoded_length(text), length, "{text}");
        }
        for bad in ["A", "A===", "AA=", "AAA==", "AAAA=", "=", "A-_A", "AA A", "AA\nAA", "é"] {
            assert!(!is_base64(bad), "{bad}");
        }
    }

    #[test]
    fn a_certificate_is_one_sequence_and_nothing_behind_it() {
        // 30 03 02 01 05; the same and one byte more; 31 …; 30 81 03 02 01 05; a length cut short.
        for (text, good) in [
            ("MAMCAQU=", true),
            ("MAMCAQUA", false),
            ("MQMCAQU=", false),
            ("MIEDAgEF", true),
            ("MIE=", false),
            ("", false),
            ("MA==", false),
            ("MAA=", true),
            ("MIAA", false),
        ] {
            assert_eq!(is_one_der_value(text), good, "{text}");
        }
    }
}
