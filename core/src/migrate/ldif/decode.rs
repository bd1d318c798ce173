//! The byte order mark, and UTF-16 as Windows tools write it.

/// What the first bytes say about the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Not enough bytes yet.
    Unknown,
    /// UTF-8, or any other superset of ASCII: bytes pass through.
    Bytes,
    /// UTF-16, low byte first.
    Utf16,
}

/// Turns what comes in into UTF-8 without a byte order mark.
#[derive(Debug, Clone)]
pub(super) struct Decoder {
    encoding: Encoding,
    /// Bytes that wait for more: a part of a byte order mark, half a UTF-16 unit.
    held: Vec<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    /// Bytes of a UTF-8 mark that were dropped, so that offsets stay those of the file.
    dropped: usize,
}

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
const UTF16_MARK: &[u8] = &[0xFF, 0xFE];

/// No UTF-8 text has this byte: it makes the record with half a surrogate pair a bad one.
const NEVER_UTF8: u8 = 0xFF;

impl Decoder {
    pub(super) fn new() -> Self {
        Self { encoding: Encoding::Unknown, held: Vec::new(), high: None, dropped: 0 }
    }

    /// Bytes of a byte order mark that did not go into the output.
    pub(super) fn dropped(&self) -> usize {
        self.dropped
    }

    /// Whether the input is UTF-16.
    pub(super) fn is_utf16(&self) -> bool {
        self.encoding == Encoding::Utf16
    }

    pub(super) fn push(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Bytes => out.extend_from_slice(chunk),
            Encoding::Utf16 => self.units(chunk, out),
            Encoding::Unknown => {
                self.held.extend_from_slice(chunk);
                self.decide(false, out);
            }
        }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.encoding == Encoding::Unknown {
            self.decide(true, out);
        }
        if self.high.take().is_some() || !self.held.is_empty() {
            self.held.clear();
            out.push(NEVER_UTF8);
        }
    }

    fn decide(&mut self, last: bool, out: &mut Vec<u8>) {
        let begins = |mark: &[u8]| mark.starts_with(&self.held) && self.held.len() < mark.len();
        if !last && (begins(UTF8_MARK) || begins(UTF16_MARK)) {
            return;
        }
        let held = std::mem::take(&mut self.held);
        if let Some(rest) = held.strip_prefix(UTF16_MARK) {
            self.encoding = Encoding::Utf16;
            self.units(rest, out);
            return;
        }
        self.encoding = Encoding::Bytes;
        let rest = held.strip_prefix(UTF8_MARK).unwrap_or(&held);
        self.dropped = held.len() - rest.len();
        out.extend_from_slice(rest);
    }

    fn units(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        let mut bytes = chunk;
        if let (Some(&low), Some((&high, rest))) = (self.held.first(), bytes.split_first()) {
            self.held.clear();
            self.unit(u16::from_le_bytes([low, high]), out);
            bytes = rest;
        }
        let (pairs, left) = bytes.as_chunks::<2>();
        for pair in pairs {
            self.unit(u16::from_le_bytes(*pair), out);
        }
        self.held.extend_from_slice(left);
    }

    fn unit(&mut self, unit: u16, out: &mut Vec<u8>) {
        let units = self.high.take().into_iter().chain([unit]);
        for decoded in char::decode_utf16(units) {
            match decoded {
                Ok(character) => {
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                Err(lone) => {
                    let half = lone.unpaired_surrogate();
                    if half == unit && (0xD800..0xDC00).contains(&half) {
                        self.high = Some(half);
                    } else {
                        out.push(NEVER_UTF8);
                    }
                }
            }
        }
    }
}
