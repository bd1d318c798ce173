//! Attributes whose values do not belong into a URL, which is kept in histories and logs: filters on
//! them go by POST (RFC 7644 §7.5.2).

use super::call::Call;
use super::config::{Config, invalid};
use crate::error::{Code, Error, Pointer};
use crate::filter::{Expression, Filter, Literal};
use crate::path::{Resolved, resolve};
use crate::profile::Profile;
use crate::schema::{AttrId, Compiled};
use crate::value::Value;

/// Reads a list of paths, such as `["emails", "name.familyName"]`; each is of one of the types at least.
pub(super) fn from_value(
    option: &str,
    value: &Value<'_>,
    config: &Config,
) -> Result<Vec<Box<str>>, Error> {
    let wrong = || invalid(option, "an array of the paths of attributes");
    let mut paths = Vec::new();
    for (index, path) in value.as_array().ok_or_else(wrong)?.iter().enumerate() {
        let path = path.as_str().ok_or_else(wrong)?;
        let types = &config.resource_types;
        if !types.iter().any(|compiled| named(compiled, path, Profile::STRICT).is_some()) {
            let nearest =
                types.iter().find_map(|compiled| match resolve(compiled, path, Profile::STRICT) {
                    Resolved::Unknown { nearest, .. } => nearest,
                    _ => None,
                });
            let at = Pointer::root().name(option).index(index);
            let error = invalid(path, "no value: there is no such attribute").at(at);
            return Err(match nearest {
                Some(nearest) => error.helped(format!("did you mean `{nearest}`?")),
                None => error,
            });
        }
        paths.push(path.into());
    }
    Ok(paths)
}

/// That a filter in a URL has no values of such attributes.
///
/// # Errors
/// `sensitive-filter`.
pub(super) fn check(call: &Call, kinds: &[usize], filter: &Filter) -> Result<(), Error> {
    let paths = &call.config.sensitive_attributes;
    if paths.is_empty() {
        return Ok(());
    }
    for compiled in kinds.iter().filter_map(|kind| call.compiled(*kind)) {
        let ids: Vec<AttrId> =
            paths.iter().filter_map(|path| named(&compiled, path, Profile::STRICT)).collect();
        let secret = |path: &str| -> bool {
            let Some(id) = named(&compiled, path, call.profile) else { return false };
            let chain = compiled.chain(id);
            // What is in it, and what a comparison of the whole compares.
            ids.iter().any(|own| chain.contains(own) || compiled.chain(*own).contains(&id))
        };
        if let Some(path) = found(&filter.expression, None, &secret) {
            return Err(Error::new(Code::SensitiveFilter).with("attribute", path));
        }
    }
    Ok(())
}

/// The first path that is compared with a value and is secret. The depth of filters is bounded.
fn found(
    expression: &Expression,
    within: Option<&str>,
    secret: &impl Fn(&str) -> bool,
) -> Option<String> {
    match expression {
        Expression::And(parts) | Expression::Or(parts) => {
            parts.iter().find_map(|part| found(part, within, secret))
        }
        Expression::Not(part) => found(part, within, secret),
        Expression::ValuePath { path, filter } => found(filter, Some(path.as_str()), secret),
        Expression::Compare { path, literal: Literal::String(_) | Literal::Number(_), .. } => {
            let path = match within {
                Some(outer) => format!("{outer}.{}", path.as_str()),
                None => path.as_str().to_owned(),
            };
            secret(&path).then_some(path)
        }
        // Whether there is a value, or which of two it is, tells of nobody.
        Expression::Compare { .. } | Expression::Present { .. } => None,
    }
}

fn named(compiled: &Compiled, path: &str, profile: Profile) -> Option<AttrId> {
    match resolve(compiled, path, profile) {
        Resolved::Attribute(id) | Resolved::Bent(id, _) if id != AttrId::ROOT => Some(id),
        _ => None,
    }
}
