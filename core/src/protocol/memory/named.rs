//! Filters that name the resources they hold of.

use crate::filter::{Operator, Target, Test};
use crate::protocol::PlannedType;

/// The identifiers that resources have of which a filter holds: it says nothing but that they are
/// one of these.
pub(super) fn ids(planned: &PlannedType) -> Option<Vec<&str>> {
    let Test::Or(parts) = &planned.filter.as_ref()?.test else { return None };
    let id = |part| match part {
        &Test::Compare {
            ref place,
            operator: Operator::Eq,
            target: Target::Text { ref text, case_exact: true },
        } if *planned.compiled.attribute(place.id).path == *"id" => Some(&**text),
        _ => None,
    };
    let mut ids = parts.iter().map(id).collect::<Option<Vec<_>>>()?;
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}
