//! The `userName` that stays, where the profile says so.

use super::call::Call;
use crate::error::Pointer;
use crate::name;
use crate::profile::Quirk;
use crate::schema::{Compiled, USER};
use crate::value::Value;

/// Puts the `userName` that is stored in the place of another one. `again`: what is bent was noted
/// before.
pub(super) fn keep_user_name(
    call: &mut Call,
    compiled: &Compiled,
    old: &Value<'static>,
    new: &mut Value<'static>,
    again: bool,
) {
    let profile = call.profile;
    if !profile.allows(Quirk::KeepUserName) || !name::same(compiled.base_schema(), USER) {
        return;
    }
    let (Some(stored), Some(object)) = (old.get("userName"), new.as_object_mut()) else { return };
    // One that was left out or taken away is missing, as always.
    if object.get("userName").is_none_or(|sent| sent == stored || sent.is_unassigned()) {
        return;
    }
    object.insert("userName", stored.clone());
    if !again {
        let at = Pointer::root().name("userName");
        call.trace.bend(profile, Quirk::KeepUserName, &at, "userName");
    }
}
