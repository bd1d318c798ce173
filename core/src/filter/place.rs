//! The way to an attribute.

use std::sync::{Arc, OnceLock};

use crate::name;
use crate::schema::{AttrId, Compiled, Kind, Returned, Step};

/// The way from a resource (or a value) to an attribute.
///
/// ```
/// use scimforge::filter::{Filter, Test};
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
///
/// let filter = Filter::parse("NAME.givenname pr", Profile::STRICT, &Limits::DEFAULT)?;
/// let Test::Present { place } = filter.bind(&builtin::user())?.test else { unreachable!() };
/// let names: Vec<&str> = place.names.iter().map(|step| &*step.name).collect();
/// assert_eq!(names, ["name", "givenName"]);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Place {
    /// Names to follow, outermost first. Empty: the value itself.
    pub names: Arc<[Step]>,
    /// The attribute.
    pub id: AttrId,
    /// Whether a missing boolean counts as false here: `primary` alone (FLT-055).
    pub missing_is_false: bool,
    /// Whether a multi-valued attribute is on the way.
    pub multi_valued: bool,
}

/// The usual ways to one attribute, made when a filter first takes them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    from_resource: OnceLock<Way>,
    from_parent: OnceLock<Way>,
}

/// A place, or the attribute on the way to it that no filter may ask after.
type Way = Result<Place, AttrId>;

impl Place {
    /// The way from `base` ([`AttrId::ROOT`] for the resource) to the attribute `id`. An error if
    /// it, or what it is part of, is never returned.
    #[inline]
    pub(super) fn of(compiled: &Compiled, base: AttrId, id: AttrId) -> Way {
        let attribute = compiled.attribute(id);
        let way = match base {
            AttrId::ROOT => &attribute.places.from_resource,
            base if base == attribute.parent => &attribute.places.from_parent,
            _ => return Self::make(compiled, base, id),
        };
        way.get_or_init(|| Self::make(compiled, base, id)).clone()
    }

    fn make(compiled: &Compiled, base: AttrId, id: AttrId) -> Way {
        let mut chain = compiled.chain(id);
        let hidden = |id: &&AttrId| compiled.attribute(**id).returned == Returned::Never;
        if let Some(hidden) = chain.iter().rev().find(hidden) {
            return Err(*hidden);
        }
        if base != AttrId::ROOT {
            let base = compiled.chain(base).len();
            chain.drain(..base.min(chain.len()));
        }
        let attribute = compiled.attribute(id);
        let parent = compiled.attribute(attribute.parent);
        Ok(Self {
            multi_valued: chain.iter().any(|step| compiled.attribute(*step).multi_valued),
            names: chain.iter().map(|step| Step::to(compiled, *step)).collect(),
            id,
            missing_is_false: attribute.kind == Kind::Boolean
                && parent.is_list_of_objects()
                && name::same(&attribute.attribute.name, "primary"),
        })
    }
}
