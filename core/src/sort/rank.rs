//! Many keys in order.
//!
//! A sort looks at each key some twenty times, and keys of text lie all over the memory. So their
//! heads are laid side by side first: most comparisons need no more.

use std::cmp::Ordering;

use super::SortKey;

/// The heads of a key and of its tie breaker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads {
    key: u128,
    tie: u128,
}

impl Heads {
    pub(crate) fn of(key: &SortKey, tie: &str) -> Self {
        Self { key: key_head(key), tie: u128::from_be_bytes(head(tie.as_bytes())) }
    }
}

/// Behind a head that stands for no more than the beginning.
const CUT: u8 = u8::MAX;
const ROOM: usize = 15;

/// As many bytes of a text as have room, and how many there are: where two differ, they compare as
/// the texts do.
fn head(text: &[u8]) -> [u8; ROOM + 1] {
    let mut head = [0; ROOM + 1];
    for (place, byte) in head.iter_mut().zip(text.iter().take(ROOM)) {
        *place = *byte;
    }
    let [.., length] = &mut head;
    *length = if text.len() > ROOM { CUT } else { u8::try_from(text.len()).unwrap_or(CUT) };
    head
}

/// The head of a key: its kind, then its value.
fn key_head(key: &SortKey) -> u128 {
    let mut head = match key {
        // The kind takes the place of the last byte that would have room.
        SortKey::Text(text) => {
            let mut head = head(text.as_bytes());
            let [.., last, length] = &mut head;
            if text.len() >= ROOM {
                (*last, *length) = (0, CUT);
            }
            head
        }
        SortKey::Bool(truth) => head(&[u8::from(*truth)]),
        SortKey::Number(_) | SortKey::Instant(_) => [CUT; ROOM + 1],
        SortKey::Missing => [0; ROOM + 1],
    };
    // The byte before the length is free: it becomes the first.
    let [bytes @ .., _] = &mut head;
    bytes.rotate_right(1);
    let [kind, ..] = bytes;
    *kind = key.rank();
    u128::from_be_bytes(head)
}

fn is_cut(head: u128) -> bool {
    head.to_be_bytes().last() == Some(&CUT)
}

/// The order of what has these heads as indices into the list; `whole` gives the key and the tie
/// breaker of an index. What is equal in both stays as it is.
pub(crate) fn order<'k>(
    heads: impl Iterator<Item = Heads>,
    whole: impl Fn(usize) -> Option<(&'k SortKey, &'k str)>,
    descending: bool,
) -> Vec<usize> {
    let mut order: Vec<(Heads, usize)> = heads.enumerate().map(|(at, head)| (head, at)).collect();
    order.sort_unstable_by(|(a, a_at), (b, b_at)| {
        let by_key = a.key.cmp(&b.key).then_with(|| {
            if !is_cut(a.key) {
                return Ordering::Equal;
            }
            match (whole(*a_at), whole(*b_at)) {
                (Some((a, _)), Some((b, _))) => a.compare(b),
                _ => Ordering::Equal,
            }
        });
        let by_key = if descending { by_key.reverse() } else { by_key };
        let by_tie = || {
            a.tie.cmp(&b.tie).then_with(|| {
                if !is_cut(a.tie) {
                    return Ordering::Equal;
                }
                whole(*a_at).map(|(_, tie)| tie).cmp(&whole(*b_at).map(|(_, tie)| tie))
            })
        };
        by_key.then_with(by_tie).then(a_at.cmp(b_at))
    });
    order.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use crate::value::Number;

    fn keys() -> Vec<SortKey> {
        let texts = ["", "a", "a\0", "ab", "b", "é"].map(str::to_owned);
        let long = [13, 14, 15, 16, 40].map(|length| "a".repeat(length));
        let alike = ["x", "y", ""].map(|end| format!("{}{end}", "z".repeat(15)));
        let nul = [13, 14, 15, 16].map(|length| format!("a{}", "\0".repeat(length)));
        let texts = texts.into_iter().chain(long).chain(alike).chain(nul);
        let numbers = [-2, 0, 7].map(|number| SortKey::Number(Number::from(number)));
        let instants = ["2026-01-01T00:00:00Z", "2025-01-01T00:00:00Z"];
        let instants = instants.map(|text| SortKey::Instant(Instant::parse(text).unwrap()));
        let mut keys: Vec<SortKey> = texts.map(|text| SortKey::Text(text.into())).collect();
        keys.extend([SortKey::Missing, SortKey::Bool(true), SortKey::Bool(false)]);
        keys.extend(numbers.into_iter().chain(instants));
        keys
    }

    #[test]
    fn heads_never_say_otherwise_than_keys() {
        let keys = keys();
        for a in &keys {
            for b in &keys {
                let by_head = key_head(a).cmp(&key_head(b));
                let same = by_head == a.compare(b);
                assert!(same || (by_head.is_eq() && is_cut(key_head(a))), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn ties_are_broken_by_the_whole_text() {
        let by_keys = |keys: &[(SortKey, &str)], descending| {
            let heads = keys.iter().map(|(key, tie)| Heads::of(key, tie));
            order(heads, |at| keys.get(at).map(|(key, tie)| (key, *tie)), descending)
        };
        let ties = ["u-0000000000000002", "u-0000000000000001", "u-0000000000000001", "u"];
        let keys: Vec<(SortKey, &str)> = ties.map(|tie| (SortKey::Missing, tie)).into();
        assert_eq!(by_keys(&keys, false), [3, 1, 2, 0]);
        assert_eq!(by_keys(&keys, true), [3, 1, 2, 0], "the order of ties is the same either way");
    }
}
