//! What lists are sorted by (RFC 7644 §3.4.2.3).

use super::call::Call;
use super::groups::{follows_from_members, group_type};
use super::hidden;
use crate::error::{Code, Error, Pointer};
use crate::name;
use crate::path::{Resolved, resolve};
use crate::profile::{Profile, Quirk};
use crate::schema::{AttrId, Compiled};
use crate::sort::Sort;

/// Reads `sortBy` as [`Sort::new`] does. What no store holds has no order there, whatever the
/// store: where a resource lies, and the groups that follow from their members (SRT-007).
pub(super) fn order(
    call: &mut Call,
    compiled: &Compiled,
    by: &str,
    profile: Profile,
) -> Result<Option<Sort>, Error> {
    let by = by.trim();
    let id = match resolve(compiled, by, profile) {
        Resolved::Attribute(id) | Resolved::Bent(id, _) if id != AttrId::ROOT => id,
        _ => return Sort::new(compiled, by, profile, &mut call.trace),
    };
    if !is_nowhere(call, compiled, id) {
        return Sort::new(compiled, by, profile, &mut call.trace);
    }
    if call.trace.bend(profile, Quirk::UnknownProjection, &Pointer::root(), by) {
        return Ok(None);
    }
    let path = compiled.attribute(id).path.clone();
    Err(Error::new(Code::NotSortable).with("attribute", path).path(by))
}

fn is_nowhere(call: &Call, compiled: &Compiled, id: AttrId) -> bool {
    let first = compiled.chain(id).first().map(|first| compiled.attribute(*first));
    let is_in = |name: &str| first.is_some_and(|first| name::same(&first.path, name));
    let is_derived =
        || is_in("groups") && follows_from_members(compiled) && group_type(call).is_some();
    &*compiled.attribute(id).path == "meta.location"
        || is_derived()
        || (hidden::hides(compiled) && hidden::is_schemas(compiled, id))
}
