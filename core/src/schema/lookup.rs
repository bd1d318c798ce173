//! Finding a sub-attribute by the bytes of a JSON text.
//!
//! Whoever writes documents mostly keeps one order, and writes names as the schema does, without a
//! blank before the colon. So the name that came next the last time is compared where it stands;
//! what is not the expected one is found by a hash that does not see case.

use std::sync::atomic::{AtomicU16, Ordering};

use wide::u8x16;

/// So many bytes of a name are compared at once.
const HEAD: usize = 16;

/// The names of the sub-attributes of one attribute.
#[derive(Debug, Default)]
pub(crate) struct Lookup {
    keys: Box<[Key]>,
    /// Places among the keys: which came first the last time, and which after each key. A guess
    /// that is wrong costs a hash, nothing else.
    next: Box<[AtomicU16]>,
    /// Places among the keys plus one, by hash; zero is free.
    ///
    /// INVARIANT: its length is a power of two and more than that of the keys, or zero.
    buckets: Box<[u16]>,
}

/// A name as it stands in compact JSON, and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// The place of the attribute in its table.
    pub(crate) id: u16,
    head: u8x16,
    /// The bytes of the head that count, as bits.
    mask: u32,
    /// `"name":`.
    quoted: Box<[u8]>,
}

impl Key {
    fn new(id: u16, name: &str) -> Self {
        let quoted: Box<[u8]> = format!("\"{name}\":").into_bytes().into();
        let mut head = [0; HEAD];
        for (head, byte) in head.iter_mut().zip(&quoted) {
            *head = *byte;
        }
        let mask = (1 << quoted.len().min(HEAD)) - 1;
        Self { id, head: u8x16::new(head), mask, quoted }
    }

    /// The bytes of the name with its quotes and colon, if the text goes on with them.
    #[inline]
    fn begins(&self, text: &[u8]) -> Option<usize> {
        let begins = match text.first_chunk::<HEAD>() {
            Some(head) => {
                let same = u8x16::new(*head).cmp_eq(self.head).move_mask().cast_unsigned();
                same & self.mask == self.mask
                    && (self.quoted.len() <= HEAD || text.starts_with(&self.quoted))
            }
            None => text.starts_with(&self.quoted),
        };
        begins.then_some(self.quoted.len())
    }

    fn name(&self) -> &[u8] {
        self.quoted.get(1..self.quoted.len().saturating_sub(2)).unwrap_or_default()
    }
}

impl Clone for Lookup {
    fn clone(&self) -> Self {
        let next = self.next.iter().map(|next| AtomicU16::new(next.load(Ordering::Relaxed)));
        Self { keys: self.keys.clone(), next: next.collect(), buckets: self.buckets.clone() }
    }
}

impl Lookup {
    pub(super) fn new(names: impl Iterator<Item = (u16, Box<str>)>) -> Self {
        let keys: Box<[Key]> = names.map(|(id, name)| Key::new(id, &name)).collect();
        if keys.is_empty() {
            return Self::default();
        }
        let size = (keys.len() * 4).next_power_of_two();
        let (mut buckets, mask) = (vec![0; size], size - 1);
        for (key, number) in keys.iter().zip(1..) {
            let mut at = hash(key.name());
            while let Some(taken) = buckets.get_mut(at & mask) {
                if *taken == 0 {
                    *taken = number;
                    break;
                }
                at += 1;
            }
        }
        let next = (0..=keys.len()).map(|place| u16::try_from(place).unwrap_or(0));
        Self { keys, next: next.map(AtomicU16::new).collect(), buckets: buckets.into() }
    }

    /// The key that is expected after the one at place `before`, or first, and its place, if the
    /// text goes on with it: its name in quotes and a colon. With it comes the number of bytes.
    #[inline]
    pub(crate) fn expected(
        &self,
        before: Option<usize>,
        text: &[u8],
    ) -> Option<(usize, &Key, usize)> {
        let next = self.next.get(before.map_or(0, |before| before + 1))?;
        let place = usize::from(next.load(Ordering::Relaxed));
        let key = self.keys.get(place)?;
        Some((place, key, key.begins(text)?))
    }

    /// What came after the key at place `before`, or first.
    pub(crate) fn expect(&self, before: Option<usize>, place: usize) {
        if let (Some(next), Ok(place)) =
            (self.next.get(before.map_or(0, |before| before + 1)), u16::try_from(place))
        {
            next.store(place, Ordering::Relaxed);
        }
    }

    /// The key with this name, without case, and its place. With it comes whether the name is
    /// spelled as in the schema.
    pub(crate) fn find(&self, name: &[u8]) -> Option<(usize, &Key, bool)> {
        let mut at = hash(name);
        loop {
            let number = *self.buckets.get(at & (self.buckets.len().wrapping_sub(1)))?;
            let place = usize::from(number).checked_sub(1)?;
            let key = self.keys.get(place)?;
            if key.name() == name {
                return Some((place, key, true));
            }
            if key.name().eq_ignore_ascii_case(name) {
                return Some((place, key, false));
            }
            at += 1;
        }
    }
}

/// Of every letter, eight at once, without case: names that are numbered through differ in a few
/// of them.
#[inline]
fn hash(name: &[u8]) -> usize {
    /// The bit by which letters of one name differ in case, in each byte.
    const CASE: u64 = 0x2020_2020_2020_2020;
    /// The golden ratio, whose multiples are spread evenly.
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |hash: u64, word: u64| {
        let hash = (hash ^ (word | CASE)).wrapping_mul(SPREAD);
        hash ^ hash >> 29
    };
    let (words, rest) = name.as_chunks();
    let hash = words.iter().fold(0, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    usize::try_from(mix(hash, rest) >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Lookup;
    use crate::schema::builtin;

    #[test]
    fn sixty_thousand_names_that_look_alike_do_not_pile_up() {
        let names = (0..60_000u16).map(|number| (number, format!("a{number:05}z").into()));
        let lookup = Lookup::new(names);
        let longest = lookup.buckets.split(|number| *number == 0).map(<[u16]>::len).max();
        assert!(longest.is_some_and(|longest| longest < 32), "{longest:?}");
    }

    #[test]
    fn every_name_is_found_in_any_case_and_no_other() {
        for compiled in [builtin::user(), builtin::group()] {
            for parent in compiled.attributes() {
                for (place, child) in compiled.children(parent.id).enumerate() {
                    let name = &child.attribute.name;
                    let (found, key, exact) = parent.lookup.find(name.as_bytes()).unwrap();
                    assert_eq!(
                        (found, usize::from(key.id), exact),
                        (place, child.id.index(), true)
                    );
                    let other = name.to_ascii_uppercase();
                    let (found, ..) = parent.lookup.find(other.as_bytes()).unwrap();
                    assert_eq!(found, place);
                    assert!(parent.lookup.find(format!("{name}x").as_bytes()).is_none());
                    let text = format!("\"{name}\":\"and more of it\"");
                    for before in [None, Some(place)] {
                        parent.lookup.expect(before, place);
                        let expected =
                            |end| parent.lookup.expected(before, &text.as_bytes()[..end]);
                        assert!((0..name.len() + 3).all(|end| expected(end).is_none()));
                        assert!(expected(text.len()).is_some_and(|(found, ..)| found == place));
                    }
                }
                assert!(parent.lookup.find(b"").is_none());
            }
        }
    }
}
