//! What resources are sorted by, in SQL.

use super::builder::{Builder, Dialect, INDEXED, Spot};
use super::key;
use super::members::is_in_rows;
use super::shadow::{SORTED, is_below_several};
use crate::protocol::{PlannedType, QueryPlan};
use crate::reference::is_target;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Returned, Uniqueness};

/// An expression that sorts like the sort key of a resource; what is missing is behind all.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub(super) expression: String,
    pub(super) index: Index,
}

/// What an index on a sort key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    /// There is none.
    None,
    /// The beginning of each key: longer ones have no place in an index.
    Head,
    /// Each key as it is. It has the order of resources with equal keys, too.
    Whole,
}

impl Order {
    /// The order of a planned type; `None` if SQL cannot tell.
    pub(super) fn of(plan: &QueryPlan, planned: &PlannedType, dialect: Dialect) -> Option<Self> {
        let compiled = &planned.compiled;
        let attribute = match (&plan.sort_by, &planned.sort) {
            (None, _) => created(compiled),
            (Some(_), Some(sort)) => {
                Some(compiled.attributes().iter().find(|entry| entry.path == sort.path)?)
            }
            (Some(_), None) => None,
        };
        match attribute {
            Some(attribute) => Self::by(compiled, attribute, "d.", dialect),
            None => Some(Self::missing()),
        }
    }

    /// Of what has no sort key.
    pub(super) fn missing() -> Self {
        Self { expression: format!("'{}'", key::MISSING), index: Index::None }
    }

    /// By an attribute that is no complex one.
    pub(super) fn by(
        compiled: &Compiled,
        attribute: &CompiledAttribute,
        row: &str,
        dialect: Dialect,
    ) -> Option<Self> {
        if is_in_rows(compiled, attribute.id) {
            return None;
        }
        let shadow = Spot::new(format!("{row}shadow"));
        let order = Self::inside(compiled, attribute, &shadow, dialect)?;
        let index = match (is_indexed(compiled, attribute), dialect, attribute.kind) {
            (false, ..) => Index::None,
            (true, Dialect::Sqlite, _) | (true, _, Kind::Boolean | Kind::DateTime) => Index::Whole,
            (true, Dialect::Postgres, _) => Index::Head,
        };
        Some(Self { index, ..order })
    }

    /// The same in a shadow that lies elsewhere.
    pub(super) fn inside(
        compiled: &Compiled,
        attribute: &CompiledAttribute,
        shadow: &Spot,
        dialect: Dialect,
    ) -> Option<Self> {
        let missing = key::MISSING;
        if is_below_several(compiled, attribute.id) {
            let name = format!("{SORTED}{}", key::name(&attribute.path)?);
            let text = shadow.text(dialect, &name);
            return Some(Self {
                expression: format!("COALESCE({text}, '{missing}')"),
                index: Index::None,
            });
        }
        // A shadow has a `$ref` without its version.
        if is_target(attribute) || attribute.kind == Kind::Complex {
            return None;
        }
        let chain = compiled.chain(attribute.id);
        let (last, parents) = chain.split_last()?;
        let mut spot = shadow.clone();
        for step in parents {
            spot = spot.below(&key::name(&compiled.attribute(*step).attribute.name)?);
        }
        let text = spot.text(dialect, &key::name(&compiled.attribute(*last).attribute.name)?);
        let rank = key::rank(attribute.kind);
        Some(Self {
            expression: format!("COALESCE('{rank}' || {text}, '{missing}')"),
            index: Index::None,
        })
    }

    /// What the index is on.
    pub(super) fn key(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Postgres => format!("left({}, {INDEXED})", self.expression),
            Dialect::Sqlite => self.expression.clone(),
        }
    }

    /// What decides in the order, where an index has it in the words of the index.
    pub(super) fn decisive(&self, dialect: Dialect) -> String {
        match self.index {
            Index::Whole => self.key(dialect),
            Index::None | Index::Head => self.expression.clone(),
        }
    }

    /// What comes behind ORDER BY, before the identifier.
    pub(super) fn terms(&self, builder: &Builder, descending: bool) -> String {
        let direction = if descending { " DESC" } else { "" };
        let decisive = builder.by_bytes(&self.decisive(builder.dialect));
        if self.index == Index::Head {
            let head = builder.by_bytes(&self.key(builder.dialect));
            return format!("{head}{direction}, {decisive}{direction}");
        }
        format!("{decisive}{direction}")
    }
}

fn created(compiled: &Compiled) -> Option<&CompiledAttribute> {
    compiled.child(compiled.child(AttrId::ROOT, "meta")?.id, "created")
}

/// Whether there is an index on the sort key of this attribute: on what is unique, and on the
/// times by which clients page and catch up.
pub(super) fn is_indexed(compiled: &Compiled, attribute: &CompiledAttribute) -> bool {
    let is_time = matches!(&*attribute.path, "meta.created" | "meta.lastModified");
    let is_unique = attribute.uniqueness != Uniqueness::None && &*attribute.path != "id";
    (is_time || is_unique)
        && attribute.kind != Kind::Complex
        && attribute.returned != Returned::Never
        && !is_below_several(compiled, attribute.id)
}
