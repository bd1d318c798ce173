//! Filters on `meta.location`, which no store holds: where a resource lies follows from its type
//! and its `id`, and from the base URL that the client came by.

use super::call::Call;
use super::in_groups::ROOMY;
use super::route::Route;
use crate::error::{Code, Error};
use crate::filter::{Expression, Filter, Literal, Operator, attribute};
use crate::name;
use crate::path::{AttributePath, Resolved, resolve};
use crate::schema::Meaning;

/// The filter with what it says of locations said of identifiers (FLT-050).
///
/// # Errors
/// `not-filterable` for what could only be said of each location by itself, such as `co`.
pub(super) fn resolved(call: &Call, kinds: &[usize], filter: Filter) -> Result<Filter, Error> {
    let locations = Locations { call, kinds };
    if !filter.expression.walk().any(|(node, _)| locations.are_meant(node)) {
        return Ok(filter);
    }
    let expression = locations.named(&filter.expression)?;
    let mut named = Filter::new(&expression, call.profile, &ROOMY)?;
    named.trace = filter.trace;
    Ok(named)
}

struct Locations<'c> {
    call: &'c Call,
    kinds: &'c [usize],
}

impl Locations<'_> {
    fn are_meant(&self, node: &Expression) -> bool {
        match node {
            // In the brackets the name stands alone.
            Expression::ValuePath { path, filter } => {
                filter.walk().any(|(node, _)| ends(node.path(), "location")) && self.is_meta(path)
            }
            leaf => {
                ends(leaf.path(), "meta.location")
                    && leaf.path().is_some_and(|path| self.is_meta(path))
            }
        }
    }

    /// Whether a path leads to `meta`, or into it.
    fn is_meta(&self, path: &AttributePath) -> bool {
        self.kinds.iter().filter_map(|kind| self.call.compiled(*kind)).any(|compiled| {
            let Resolved::Attribute(id) = resolve(&compiled, path.as_str(), self.call.profile)
            else {
                return false;
            };
            let first = compiled.chain(id).first().map(|first| compiled.attribute(*first));
            first.is_some_and(|attribute| attribute.nature.meaning == Meaning::Meta)
        })
    }

    // The depth of filters is bounded.
    fn named(&self, expression: &Expression) -> Result<Expression, Error> {
        let all = |parts: &[Expression]| -> Result<Vec<_>, Error> {
            parts.iter().map(|part| self.named(part)).collect()
        };
        Ok(match expression {
            Expression::And(parts) => Expression::And(all(parts)?),
            Expression::Or(parts) => Expression::Or(all(parts)?),
            Expression::Not(part) => Expression::Not(Box::new(self.named(part)?)),
            leaf if !self.are_meant(leaf) => leaf.clone(),
            Expression::Present { .. } => attribute("id")?.pr(),
            Expression::Compare { operator, literal: Literal::String(text), .. } => {
                match operator {
                    Operator::Eq => self.at(text)?,
                    Operator::Ne => !self.at(text)?,
                    _ => return Err(not_filterable()),
                }
            }
            Expression::Compare { operator: Operator::Eq, literal: Literal::Null, .. } => {
                !attribute("id")?.pr()
            }
            Expression::Compare { operator: Operator::Ne, literal: Literal::Null, .. } => {
                attribute("id")?.pr()
            }
            // Another literal is refused, or not the same, as it is elsewhere.
            Expression::Compare { .. } => expression.clone(),
            Expression::ValuePath { .. } => return Err(not_filterable()),
        })
    }

    /// That a resource lies there: nothing does where the URL is not one of this server.
    fn at(&self, location: &str) -> Result<Expression, Error> {
        let config = &self.call.config;
        let route = location
            .strip_prefix(self.call.base_url())
            .filter(|path| path.starts_with('/'))
            .and_then(|path| Route::parse(path, "", &config.endpoints()).ok());
        if let Some(Route::Resource { kind, id }) = route
            && let Some(compiled) = self.call.compiled(kind)
            && self.kinds.contains(&kind)
            && self.call.location(&compiled, &id) == location
        {
            let is_it = attribute("id")?.eq(&*id);
            return Ok(match self.kinds {
                [_] => is_it,
                _ => attribute("meta.resourceType")?.eq(&*compiled.resource_type().name).and(is_it),
            });
        }
        Ok(!attribute("id")?.pr())
    }
}

fn ends(path: Option<&AttributePath>, last: &str) -> bool {
    let tail = path
        .map(AttributePath::as_str)
        .and_then(|path| path.len().checked_sub(last.len()).and_then(|at| path.get(at..)));
    tail.is_some_and(|tail| name::same(tail, last))
}

fn not_filterable() -> Error {
    Error::new(Code::NotFilterable).with("attribute", "meta.location").path("meta.location")
}
