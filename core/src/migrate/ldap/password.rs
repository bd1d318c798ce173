//! Passwords: recognised, counted, and kept out of everything else.

use std::borrow::Cow;

use super::rule::{Rule, Target, Transform, rule};

use Transform::{Password, Secret};

const PASSWORD: &[Target] = &[Target::Core("password")];

pub(super) const RULES: &[Rule] = &[
    rule("userPassword", PASSWORD, Password),
    rule("unicodePwd", PASSWORD, Password),
    rule("authPassword", &[], Secret("authPassword")),
    rule("dBCSPwd", &[], Secret("LM")),
    rule("ntPwdHistory", &[], Secret("history")),
    rule("lmPwdHistory", &[], Secret("history")),
    rule("supplementalCredentials", &[], Secret("Kerberos")),
    rule("sambaNTPassword", &[], Secret("NT")),
    rule("sambaLMPassword", &[], Secret("LM")),
    rule("sambaPasswordHistory", &[], Secret("history")),
    rule("ipaNTHash", &[], Secret("NT")),
    rule("krbPrincipalKey", &[], Secret("Kerberos")),
    rule("krbPwdHistory", &[], Secret("history")),
    rule("pwdHistory", &[], Secret("history")),
    rule("passwordHistory", &[], Secret("history")),
    rule("userPKCS12", &[], Secret("PKCS12")),
    rule("ms-Mcs-AdmPwd", &[], Secret("LAPS")),
];

/// Whether an attribute may hold a secret, by name.
pub(super) fn is_secret(name: &str) -> bool {
    RULES.iter().any(|rule| rule.from.eq_ignore_ascii_case(name))
}

/// Only these names are ever told: a clear text may begin with a brace too.
const SCHEMES: [&str; 27] = [
    "SHA",
    "SSHA",
    "SHA224",
    "SSHA224",
    "SHA256",
    "SSHA256",
    "SHA384",
    "SSHA384",
    "SHA512",
    "SSHA512",
    "SHA1",
    "MD5",
    "SMD5",
    "CRYPT",
    "BCRYPT",
    "ARGON2",
    "PBKDF2",
    "PBKDF2-SHA1",
    "PBKDF2-SHA256",
    "PBKDF2-SHA512",
    "PBKDF2_SHA256",
    "SASL",
    "KERBEROS",
    "NS-MTA-MD5",
    "TOTP1",
    "X-NTHASH",
    "AES",
];

/// What a password value is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found<'v> {
    /// A clear text.
    Clear(Cow<'v, str>),
    /// A hash or the like, of this scheme.
    Hash(&'static str),
}

/// The name in the report for clear texts.
pub(super) const CLEAR: &str = "clear";

pub(super) fn read<'v>(attribute: &str, value: &'v [u8]) -> Found<'v> {
    const UNKNOWN: Found<'_> = Found::Hash("unknown");
    if attribute.eq_ignore_ascii_case("unicodePwd") {
        return quoted_utf16(value).map_or(UNKNOWN, |text| Found::Clear(text.into()));
    }
    let Ok(text) = std::str::from_utf8(value) else {
        return UNKNOWN;
    };
    if let Some((scheme, rest)) = text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        if scheme.eq_ignore_ascii_case("CLEAR") || scheme.eq_ignore_ascii_case("CLEARTEXT") {
            return Found::Clear(rest.into());
        }
        let known = SCHEMES.iter().find(|known| scheme.eq_ignore_ascii_case(known));
        return known.map_or(UNKNOWN, |known| Found::Hash(known));
    }
    match text {
        _ if ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| text.starts_with(prefix)) => {
            Found::Hash("BCRYPT")
        }
        _ if text.starts_with("$argon2") => Found::Hash("ARGON2"),
        _ if ["$1$", "$5$", "$6$", "$y$"].iter().any(|prefix| text.starts_with(prefix)) => {
            Found::Hash("CRYPT")
        }
        _ => Found::Clear(text.into()),
    }
}

/// The clear text of a `unicodePwd`: UTF-16, low byte first, in quotes.
fn quoted_utf16(value: &[u8]) -> Option<String> {
    let (units, []) = value.as_chunks::<2>() else {
        return None;
    };
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let text = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
    text.strip_prefix('"')?.strip_suffix('"').map(str::to_owned)
}

/// A block of LDIF with its secrets taken out, so that it can be kept and shown.
pub(crate) fn masked(block: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(block.len());
    let mut hiding = false;
    for line in block.split_inclusive(|byte| *byte == b'\n') {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            if !hiding {
                out.extend_from_slice(line);
            }
            continue;
        }
        let name = line.split(|byte| matches!(byte, b':' | b';' | b' ')).next().unwrap_or_default();
        let name = std::str::from_utf8(name).unwrap_or_default().trim_end();
        hiding = is_secret(name);
        if hiding {
            out.extend_from_slice(format!("# {name} was left out\n").as_bytes());
        } else {
            out.extend_from_slice(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_are_told_and_values_are_not() {
        let scheme = |text: &str| match read("userPassword", text.as_bytes()) {
            Found::Hash(scheme) => scheme.to_owned(),
            Found::Clear(text) => format!("clear {text}"),
        };
        assert_eq!(scheme("{ssha}q0d0"), "SSHA");
        assert_eq!(scheme("{mine}all mine"), "unknown");
        assert_eq!(scheme("{CLEAR}open"), "clear open");
        assert_eq!(scheme("$2y$10$abc"), "BCRYPT");
        assert_eq!(scheme("open sesame"), "clear open sesame");
        let wide: Vec<u8> = "\"pass\"".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read("unicodePwd", &wide), Found::Clear("pass".into()));
        assert_eq!(read("UNICODEPWD", &wide[1..]), Found::Hash("unknown"));
    }

    #[test]
    fn kept_blocks_hold_no_secrets() {
        let block = b"dn: cn=a\nUserPassword:: c2Vj\n cmV0\ncn: a\n b\nuserpassword;x: y";
        assert_eq!(
            String::from_utf8(masked(block)).unwrap(),
            "dn: cn=a\n# UserPassword was left out\ncn: a\n b\n# userpassword was left out\n"
        );
    }
}
