//! Whether an account is in use: every directory has its own way to say so.

use super::rule::{Rule, Transform, rule};
use crate::migrate::time::{self, End};

use Transform::{
    AccountControl, Disabled, DisabledRole, ExpiresDays, ExpiresFiletime, ExpiresTime, Locked,
    SambaFlags,
};

/// The one place they all write to.
pub(super) const ACTIVE: super::rule::Target = super::rule::Target::Core("active");

pub(super) const RULES: &[Rule] = &[
    rule("userAccountControl", &[ACTIVE], AccountControl),
    rule("accountExpires", &[ACTIVE], ExpiresFiletime),
    rule("msDS-UserAccountDisabled", &[ACTIVE], Disabled),
    rule("nsAccountLock", &[ACTIVE], Disabled),
    rule("nsRoleDN", &[ACTIVE], DisabledRole),
    rule("nsRole", &[ACTIVE], DisabledRole),
    rule("ds-pwp-account-disabled", &[ACTIVE], Disabled),
    rule("loginDisabled", &[ACTIVE], Disabled),
    rule("pwdAccountLockedTime", &[ACTIVE], Locked),
    rule("sambaAcctFlags", &[ACTIVE], SambaFlags),
    rule("loginExpirationTime", &[ACTIVE], ExpiresTime),
    rule("krbPrincipalExpiration", &[ACTIVE], ExpiresTime),
    rule("shadowExpire", &[ACTIVE], ExpiresDays),
];

/// What one attribute says about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// It is on.
    On,
    /// It is off.
    Off,
    /// Nothing.
    Nothing,
    /// It ends at a moment, and nobody said what time it is.
    NeedsNow,
}

/// Reads one value; `Err` is what was expected in its place.
pub(super) fn read(via: Transform, text: &str, now: Option<i64>) -> Result<Says, &'static str> {
    let text = text.trim();
    let ends = |end: Option<End>, expected| match (end, now) {
        (None, _) => Err(expected),
        (Some(End::Never), _) => Ok(Says::Nothing),
        (Some(End::At(_)), None) => Ok(Says::NeedsNow),
        (Some(End::At(at)), Some(now)) => Ok(if at <= now { Says::Off } else { Says::Nothing }),
    };
    match via {
        AccountControl => {
            const ACCOUNTDISABLE: i64 = 2;
            let flags: i64 = text.parse().map_err(|_| "a number")?;
            Ok(if flags & ACCOUNTDISABLE == 0 { Says::On } else { Says::Off })
        }
        SambaFlags => {
            let flags = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
            let flags = flags.ok_or("flags in brackets")?;
            Ok(if flags.contains('D') { Says::Off } else { Says::On })
        }
        Disabled => match boolean(text) {
            Some(true) => Ok(Says::Off),
            Some(false) => Ok(Says::On),
            None => Err("a boolean"),
        },
        DisabledRole => {
            let role = crate::migrate::dn::key(text).map_err(|_| "a DN")?;
            let disabled = ["cn=nsmanageddisabledrole,", "cn=nsdisabledrole,"];
            let off = disabled.iter().any(|prefix| role.starts_with(prefix));
            Ok(if off { Says::Off } else { Says::Nothing })
        }
        // Any other time is a lock that goes away by itself.
        Locked => Ok(if text == "000001010000Z" { Says::Off } else { Says::Nothing }),
        ExpiresFiletime => ends(time::filetime(text), "a Windows time"),
        ExpiresTime => ends(time::generalized(text).map(End::At), "a GeneralizedTime"),
        ExpiresDays => ends(time::days(text), "a number of days"),
        _ => Ok(Says::Nothing),
    }
}

fn boolean(text: &str) -> Option<bool> {
    let is = |words: [&str; 4]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["true", "1", "yes", "y"]) {
        Some(true)
    } else if is(["false", "0", "no", "n"]) {
        Some(false)
    } else {
        None
    }
}
