//! Short texts as sets of bits, sixteen bytes looked at at once.
//!
//! Most values that have a form (an address, a number, an instant, a URI) are short and plain.
//! What is asked of every byte is asked here of all together; what these sets cannot tell is left
//! to the rule that goes through the text.

use wide::u8x16;

const WIDTH: usize = 16;

/// A text of up to [`Short::LONGEST`] bytes.
pub(crate) struct Short {
    chunks: [u8x16; Short::LONGEST / WIDTH],
    length: usize,
}

impl Short {
    /// A set has a bit for each byte.
    pub(crate) const LONGEST: usize = 64;

    /// `None` for a text that is empty or longer.
    #[inline]
    pub(crate) fn new(text: &[u8]) -> Option<Self> {
        if text.is_empty() || text.len() > Self::LONGEST {
            return None;
        }
        let mut chunks = [u8x16::splat(0); Self::LONGEST / WIDTH];
        let (whole, rest) = text.as_chunks::<WIDTH>();
        let mut places = chunks.iter_mut();
        for (bytes, place) in whole.iter().zip(places.by_ref()) {
            *place = u8x16::new(*bytes);
        }
        if let Some(place) = places.next() {
            let mut bytes = [0; WIDTH];
            for (place, byte) in bytes.iter_mut().zip(rest) {
                *place = *byte;
            }
            *place = u8x16::new(bytes);
        }
        Some(Self { chunks, length: text.len() })
    }

    /// The bytes that a test holds for, each the bit at its place.
    #[inline]
    pub(crate) fn that(&self, test: impl Fn(u8x16) -> u8x16) -> u64 {
        let used = self.chunks.iter().take(self.length.div_ceil(WIDTH));
        let bits = |chunk: &u8x16| u64::from(test(*chunk).move_mask().cast_unsigned());
        let all = used.rev().fold(0, |all, chunk| all << WIDTH | bits(chunk));
        all & self.all()
    }

    /// All bytes.
    #[inline]
    pub(crate) fn all(&self) -> u64 {
        u64::MAX >> (Self::LONGEST - self.length)
    }
}

/// Whether bytes are this one.
#[inline]
pub(crate) fn is(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.cmp_eq(u8x16::splat(byte))
}

/// Whether bytes are from `first` to `last`.
#[inline]
pub(crate) fn is_from(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    let inside = bytes.max(u8x16::splat(first)).min(u8x16::splat(last));
    inside.cmp_eq(bytes)
}

/// Whether bytes are ASCII digits.
#[inline]
pub(crate) fn is_digit(bytes: u8x16) -> u8x16 {
    is_from(bytes, b'0', b'9')
}

/// Whether bytes are ASCII letters or digits.
#[inline]
pub(crate) fn is_alphanumeric(bytes: u8x16) -> u8x16 {
    /// The bit by which a capital letter differs from a small one.
    const CASE: u8 = 0x20;
    is_digit(bytes) | is_from(bytes | u8x16::splat(CASE), b'a', b'z')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_tested_at_every_place() {
        for length in 1..=Short::LONGEST {
            for byte in 0..=u8::MAX {
                let mut text = vec![b'-'; length];
                let place = (usize::from(byte) * 7) % length;
                text[place] = byte;
                let short = Short::new(&text).unwrap();
                let bit = |holds: bool| if holds { 1u64 << place } else { 0 };
                assert_eq!(short.that(is_digit), bit(byte.is_ascii_digit()));
                assert_eq!(short.that(is_alphanumeric), bit(byte.is_ascii_alphanumeric()));
                assert_eq!(short.that(|bytes| is(bytes, b'-')) | bit(byte != b'-'), short.all());
            }
        }
        assert!(Short::new(b"").is_none() && Short::new(&[b'a'; 65]).is_none());
    }
}
