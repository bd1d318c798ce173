//! What PRECIS says of the names and passwords in a resource (RFC 7643 §4.1.1, RFC 7644 §5).
//!
//! How names compare is the schema's to say ([`Compiled::preparing_names`]); here what is not
//! allowed is refused, or noted where the profile tolerates it, and passwords become what is
//! hashed.

use super::call::Call;
use super::store::Secret;
use super::stored::is_secret;
use crate::error::{Code, Error, Issue, Pointer};
use crate::precis::{self, Unfit};
use crate::profile::Quirk;
use crate::schema::{Compiled, USER};
use crate::value::Value;

/// A password on its way to whoever hashes it, prepared.
pub(super) fn secret(password: &str) -> Secret {
    Secret::new(precis::password(password))
}

/// What is wrong with the names of a resource that somebody writes. A `userName` that is there
/// already may stay. `again`: what is bent was noted before.
pub(super) fn issues(
    call: &mut Call,
    compiled: &Compiled,
    new: &Value<'_>,
    old: Option<&Value<'_>>,
    again: bool,
) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut look = |name: &str, check: fn(&str) -> Result<(), Unfit>| {
        let sent = new.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let before = old.and_then(|old| old.get(name)).and_then(Value::as_str);
        let Some(Err(unfit)) = sent.filter(|sent| before != Some(sent)).map(check) else { return };
        let at = Pointer::root().name(name);
        if !call.profile.allows(Quirk::UnpreparedText) {
            let error = Error::new(Code::Unprepared)
                .with("attribute", name)
                .with("what", unfit.to_string());
            issues.push(error.at(at).path(name).into_issue());
        } else if !again {
            call.trace.bend(call.profile, Quirk::UnpreparedText, &at, name);
        }
    };
    if call.config.precis && crate::name::same(compiled.base_schema(), USER) {
        look("userName", precis::check_user_name);
    }
    if is_secret(compiled) {
        look("password", precis::check_password);
    }
    issues
}
