//! Text that mostly is short.

use std::fmt;

/// So many bytes need no memory of their own: all names of the built-in schemas, with their
/// sub-attributes, save the longest.
const ROOM: usize = 22;

/// A text; short ones stand where they are.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Short {
    /// INVARIANT: the bytes are those of a text, and zero beyond its length.
    Here(u8, [u8; ROOM]),
    /// INVARIANT: longer than there is room for, so that equal texts are equal.
    There(Box<str>),
}

impl Short {
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Here(..) => std::str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::There(text) => text,
        }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Here(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Self::There(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for Short {
    fn from(text: &str) -> Self {
        let mut bytes = [0; ROOM];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self::Here(length, bytes)
            }
            _ => Self::There(text.into()),
        }
    }
}

impl fmt::Debug for Short {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_length_is_kept() {
        for length in 0..50 {
            for text in ["x".repeat(length), "é".repeat(length)] {
                let short = Short::from(&*text);
                assert_eq!(short.as_str(), text);
                assert_eq!(short, Short::from(&*text));
                assert_eq!(matches!(short, Short::Here(..)), text.len() <= ROOM);
                assert_eq!(format!("{short:?}"), format!("{text:?}"));
            }
        }
    }
}
