//! The event of what a store has made of a resource.

use super::super::attributes::AttributePermissions;
use super::super::call::with_meta;
use super::super::route::percent_encode;
use super::super::store::Document;
use super::super::version::Seen;
use super::changed::visible;
use super::{Event, PREFIX};
use crate::schema::Compiled;

impl Event {
    /// Says what was written: a store may give a new resource another `id`, count versions itself,
    /// and keep values in a form of its own.
    pub(crate) fn says_written(
        &mut self,
        compiled: &Compiled,
        rules: &AttributePermissions,
        made: &Document,
    ) {
        let before = self.uri.clone();
        self.uri =
            format!("{}/{}", compiled.resource_type().endpoint, percent_encode(made.id())).into();
        self.resource_id = made.id().into();
        self.external_id =
            made.resource.get("externalId").and_then(|id| id.as_str()).map(Into::into);
        if self.version.is_some() {
            self.version = Some(Seen::new(rules, compiled).version(made).as_ref().into());
        }
        // Of a change, the data are what was asked for.
        let is_new = self.types.iter().any(|uri| {
            uri.strip_prefix(PREFIX).is_some_and(|rest| rest.starts_with("prov:create"))
        });
        let Some(data) = self.data.as_mut().filter(|_| is_new) else { return };
        let location =
            data.get("meta").and_then(|meta| meta.get("location")).and_then(|one| one.as_str());
        let location = location.unwrap_or_default();
        let base = location.strip_suffix(&*before).unwrap_or(location);
        let location = format!("{base}{}", self.uri);
        let version = self.version.as_deref().map(str::to_owned);
        let whole = with_meta((*made.resource).clone(), location, version);
        *data = visible(compiled, &whole).into_owned();
    }
}
