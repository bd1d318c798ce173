//! Cursors of pages (RFC 9865): where a page ended, signed and made unreadable.
//!
//! A cursor holds the place of the last resource in the order, how many resources were asked for
//! and found, and when it expires. What was asked (tenant, types, filter, order) is not in it, but
//! is signed with it, so that a cursor fits only the query it was made for. It grants nothing:
//! permissions are looked at for every page.
//!
//! The place is a value of a resource (a name, when names are the order), and cursors stand in URLs,
//! which are kept in logs: clients and logs cannot read it (§5.2). The key stream is made of the signature, which is never the
//! same for two places, as RFC 5297 makes an initial vector of one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::plan::{After, QueryPlan};
use crate::error::{Code, Error};
use crate::sort::SortKey;
use crate::time::Instant;
use crate::value::Number;

/// The first byte, raised when the rest changes.
const VERSION: u8 = 2;

/// So many bytes of the signature are kept.
const SIGNATURE: usize = 16;

/// How a server makes cursors.
///
/// ```
/// use scimforge::protocol::{Config, Cursors};
///
/// let mut config = Config::default();
/// config.cursors = Some(Cursors::new("thirty-two letters or more, secret")?);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Cursors {
    keyed: Hmac<Sha256>,
    /// How long a cursor holds, in seconds. Default an hour.
    pub timeout: u32,
}

/// What a cursor says.
#[derive(Debug, PartialEq)]
pub(super) struct Position {
    /// How many resources a page has.
    pub(super) count: usize,
    /// How many there were in all when the first page was made.
    pub(super) total: Option<usize>,
    pub(super) after: After,
}

impl Cursors {
    /// The least length of a key, in bytes.
    pub const SHORTEST_KEY: usize = 32;

    /// With a secret that all processes of the server share.
    ///
    /// ```
    /// use scimforge::protocol::Cursors;
    ///
    /// assert!(Cursors::new("too short").is_err());
    /// assert_eq!(Cursors::new("x".repeat(32))?.timeout, 3600);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a key of less than [`Cursors::SHORTEST_KEY`] bytes.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self, Error> {
        let long_enough = Some(key.as_ref()).filter(|key| key.len() >= Self::SHORTEST_KEY);
        let keyed = long_enough.and_then(|key| Hmac::new_from_slice(key).ok());
        let wrong = || Error::invalid_option("cursorKey", "a secret of at least 32 bytes");
        Ok(Self { keyed: keyed.ok_or_else(wrong)?, timeout: 3_600 })
    }

    pub(super) fn seal(&self, now: Instant, plan: &QueryPlan, position: &Position) -> String {
        let mut out = vec![VERSION];
        let expires = now.unix_seconds().saturating_add(self.timeout.into());
        out.extend(expires.to_be_bytes());
        out.extend(long(position.count).to_be_bytes());
        out.extend(position.total.map_or(u64::MAX, long).to_be_bytes());
        write_key(&mut out, &position.after.key);
        write_text(&mut out, &position.after.resource_type);
        write_text(&mut out, &position.after.id);
        let signature = self.mac(plan, &out).finalize().into_bytes();
        let signature: Vec<u8> = signature.into_iter().take(SIGNATURE).collect();
        self.veil(&signature, &mut out);
        out.extend(signature);
        URL_SAFE_NO_PAD.encode(out)
    }

    /// # Errors
    /// `invalid-cursor`, which says no more than that, and `expired-cursor`.
    pub(super) fn open(
        &self,
        now: Instant,
        plan: &QueryPlan,
        cursor: &str,
    ) -> Result<Position, Error> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
        let position = bytes.and_then(|mut bytes| {
            let end = bytes.len().checked_sub(SIGNATURE)?;
            let (payload, signature) = bytes.split_at_mut_checked(end)?;
            self.veil(signature, payload);
            self.mac(plan, payload).verify_truncated_left(signature).ok()?;
            Reader { bytes: payload }.position()
        });
        let (expires, position) = position.ok_or_else(|| Error::new(Code::InvalidCursor))?;
        if now.unix_seconds() > expires {
            return Err(Error::new(Code::ExpiredCursor));
        }
        Ok(position)
    }

    /// Makes a payload unreadable, or readable again.
    fn veil(&self, signature: &[u8], payload: &mut [u8]) {
        for (block, bytes) in payload.chunks_mut(32).enumerate() {
            let mut mac = self.keyed.clone();
            // What is signed begins with the length of a text, never with this.
            mac.update(&[u8::MAX]);
            mac.update(signature);
            mac.update(&long(block).to_be_bytes());
            for (byte, mask) in bytes.iter_mut().zip(mac.finalize().into_bytes()) {
                *byte ^= mask;
            }
        }
    }

    /// The signature of a payload for a query.
    fn mac(&self, plan: &QueryPlan, payload: &[u8]) -> Hmac<Sha256> {
        let mut text = Vec::new();
        write_text(&mut text, &plan.tenant);
        for planned in &plan.types {
            write_text(&mut text, planned.name());
        }
        text.push(0);
        write_text(&mut text, &plan.filter.as_ref().map(ToString::to_string).unwrap_or_default());
        write_text(&mut text, plan.sort_by.as_deref().unwrap_or_default());
        text.push(plan.descending.into());
        let mut mac = self.keyed.clone();
        mac.update(&long(text.len()).to_be_bytes());
        mac.update(&text);
        mac.update(payload);
        mac
    }
}

impl std::fmt::Debug for Cursors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cursors").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

fn long(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.extend(long(text.len()).to_be_bytes());
    out.extend(text.as_bytes());
}

fn write_key(out: &mut Vec<u8>, key: &SortKey) {
    let (kind, text) = match key {
        SortKey::Bool(truth) => (b'b', u8::from(*truth).to_string()),
        SortKey::Number(number) => (b'n', number.as_str().to_owned()),
        SortKey::Instant(instant) => (b'i', instant.to_exact_text()),
        SortKey::Text(text) => (b't', text.to_string()),
        SortKey::Missing => (b'-', String::new()),
    };
    out.push(kind);
    write_text(out, &text);
}

struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    fn position(mut self) -> Option<(i64, Position)> {
        (self.byte()? == VERSION).then_some(())?;
        let expires = i64::from_be_bytes(self.eight()?);
        let count = usize::try_from(u64::from_be_bytes(self.eight()?)).ok()?;
        let total = match u64::from_be_bytes(self.eight()?) {
            u64::MAX => None,
            total => Some(usize::try_from(total).ok()?),
        };
        let kind = self.byte()?;
        let text = self.text()?;
        let key = match kind {
            b'b' => SortKey::Bool(text == "1"),
            b'n' => SortKey::Number(Number::from_text(text)?.into_owned()),
            b'i' => SortKey::Instant(Instant::parse(text)?),
            b't' => SortKey::Text(text.into()),
            _ => SortKey::Missing,
        };
        let resource_type = self.text()?.into();
        let id = self.text()?.into();
        Some((expires, Position { count, total, after: After { key, resource_type, id } }))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn eight(&mut self) -> Option<[u8; 8]> {
        let (head, rest) = self.bytes.split_first_chunk()?;
        self.bytes = rest;
        Some(*head)
    }

    fn text(&mut self) -> Option<&'b str> {
        let length = usize::try_from(u64::from_be_bytes(self.eight()?)).ok()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_reads_a_cursor() {
        let cursors = Cursors::new([7; 32]).unwrap();
        let plan = QueryPlan {
            tenant: "".into(),
            types: Vec::new(),
            filter: None,
            equal: None,
            sort_by: Some("userName".into()),
            descending: false,
            after: None,
            offset: 0,
            limit: 2,
            need_total: false,
            without_members: false,
        };
        let at = |name: &str| Position {
            count: 2,
            total: None,
            after: After {
                key: SortKey::Text(name.into()),
                resource_type: "User".into(),
                id: "u-1".into(),
            },
        };
        let now = Instant::parse("2026-03-01T09:30:00Z").unwrap();
        let (rosa, otto) = (
            cursors.seal(now, &plan, &at("rosa.lind")),
            cursors.seal(now, &plan, &at("otto.lind")),
        );
        let bytes = |cursor: &str| URL_SAFE_NO_PAD.decode(cursor).unwrap();
        assert!(!String::from_utf8_lossy(&bytes(&rosa)).contains("lind"));
        // Nor where two differ.
        let same =
            bytes(&rosa).iter().zip(bytes(&otto)).filter(|(one, other)| **one == *other).count();
        assert!(same < 10, "{same} bytes are the same");
        assert_eq!(cursors.open(now, &plan, &rosa), Ok(at("rosa.lind")));
    }
}
