//! What is known of a request while it is answered, and what is said at its end.

use std::sync::Arc;

use super::config::Config;
use super::etag::names_version;
use super::exchange::{Exchange, Fault};
use super::hidden::schemas_seen;
use super::media::Media;
use super::members;
use super::request::{Env, Head, Subject};
use super::response::{Audit, Response, USUAL_LENGTH};
use super::route::{Operation, Route, percent_encode};
use super::store::Document;
use crate::error::{Code, Error};
use crate::profile::{Profile, Trace};
use crate::project::Projection;
use crate::schema::Compiled;
use crate::time::Instant;
use crate::value::{Object, Value};

/// What stays the same during an exchange, and what it gathers.
pub(super) struct Call {
    pub(super) config: Arc<Config>,
    pub(super) now: Instant,
    pub(super) tenant: String,
    pub(super) media: Media,
    pub(super) trace: Trace,
    pub(super) id: Option<String>,
    /// For the audit record: the shape of the filter, and the operations of a Bulk.
    pub(super) filter: Option<String>,
    pub(super) operations: Vec<Audit>,
    pub(super) subject: Option<Subject>,
    pub(super) profile: Profile,
    /// The attributes that may be changed; `None`: all.
    pub(super) writable: Option<Arc<[Box<str>]>>,
    /// Where the resource is that an alias stands for.
    pub(super) permanent: Option<String>,
    /// Whether the answer is to be the head of itself.
    pub(super) bodiless: bool,
    ids: Box<dyn Iterator<Item = String> + Send>,
    base_url: String,
    pub(super) principal: Option<String>,
    permissions: Option<Arc<[Box<str>]>>,
    pub(super) operation: String,
    if_match: Option<String>,
    if_none_match: Option<String>,
    /// The name of the request in its events, and how many it has made.
    txn: Option<String>,
    events: usize,
}

impl Call {
    pub(super) fn new(config: Arc<Config>, env: Env) -> Self {
        let base_url = if env.base_url.is_empty() { config.base_url.clone() } else { env.base_url };
        Self {
            profile: env.profile.unwrap_or(config.profile),
            config,
            now: env.now,
            tenant: env.tenant,
            media: Media::default(),
            trace: Trace::new(),
            id: None,
            filter: None,
            operations: Vec::new(),
            ids: env.ids,
            base_url: base_url.trim_end_matches('/').to_owned(),
            principal: env.principal,
            permissions: env.permissions,
            subject: env.subject,
            writable: None,
            permanent: None,
            bodiless: false,
            operation: String::new(),
            if_match: None,
            if_none_match: None,
            txn: env.txn,
            events: 0,
        }
    }

    /// What the host does, for audit records.
    pub(super) fn does(&mut self, operation: String, id: Option<String>) {
        (self.operation, self.id) = (operation, id);
    }

    pub(super) fn route(&mut self, head: &Head) {
        self.media = head.media;
        self.if_match.clone_from(&head.if_match);
        self.if_none_match.clone_from(&head.if_none_match);
        let about = self.config.about(&head.route);
        self.operation = [about, ":", head.operation.as_str()].concat();
        if let Route::Resource { id, .. } = &head.route {
            self.id = Some(id.to_string());
        }
    }

    /// Lets a request in, or not: what is asked is the route that will be run.
    pub(super) fn admit(&mut self, head: &Head) -> Result<(), Fault> {
        let Some(granted) = &self.permissions else { return Ok(()) };
        let open = head.operation == Operation::Discover && self.config.open_discovery;
        let permissions = &self.config.permissions;
        // Who may list every type may list all at once.
        let lists_all = || {
            matches!(head.route, Route::Root | Route::Search(None))
                && self.config.endpoints().iter().all(|endpoint| {
                    let about = endpoint.trim_start_matches('/');
                    permissions.allow(granted, &format!("{about}:list"))
                })
        };
        if open || permissions.allow(granted, &self.operation) || lists_all() {
            return Ok(());
        }
        // Who is in a group may be somebody's to say who has no say in the group otherwise.
        if let (Operation::Update, Route::Resource { kind, .. }) = (head.operation, &head.route)
            && let Some(compiled) = self.config.resource_types.get(*kind)
            && let Some(list) = members::list_of(compiled)
            && permissions.allow(granted, &format!("{}:members", self.config.about(&head.route)))
        {
            self.writable = Some([list.attribute.name.clone()].into());
            return Ok(());
        }
        Err(self.forbidden().into())
    }

    /// Lets a POST replace what is there, or not.
    pub(super) fn admit_replacement(&self, compiled: &Compiled) -> Result<(), Fault> {
        let about = compiled.resource_type().endpoint.trim_start_matches('/');
        let operation = format!("{about}:{}", Operation::Replace.as_str());
        match &self.permissions {
            Some(granted) if !self.config.permissions.allow(granted, &operation) => {
                Err(Error::new(Code::Forbidden).with("operation", operation).into())
            }
            _ => Ok(()),
        }
    }

    /// Writes the audit record, and what of an answer goes by the request alone.
    pub(super) fn finish(&mut self, mut response: Response) -> Response {
        if let Some(location) = self.permanent.take() {
            // Of whatever is answered (ME-003).
            response = response.with("location", location);
        }
        if self.bodiless {
            response = response.without_body();
        }
        // What was not made has no identifier.
        let is_made = response.status < 400 || !self.operation.ends_with(":create");
        response.audit = Audit {
            time: Some(self.now),
            tenant: self.tenant.clone(),
            principal: self.principal.clone(),
            operation: self.operation.clone(),
            id: self.id.clone().filter(|_| is_made),
            status: response.status,
            code: response.audit.code,
            filter: self.filter.take(),
            trace: std::mem::take(&mut self.trace),
            operations: std::mem::take(&mut self.operations),
            place: None,
        };
        response
    }

    /// What the host turned down.
    pub(super) fn refuse(&mut self, error: Error) -> Response {
        let error = if error.code() == Code::Forbidden { self.forbidden() } else { error };
        self.finish(Response::error(self.media, &[error.into_issue()]))
    }

    fn forbidden(&self) -> Error {
        Error::new(Code::Forbidden).with("operation", self.operation.clone())
    }

    /// The place of the type of a route's resources, or of the one that POST to `/Me` makes.
    pub(super) fn kind_of(&self, route: &Route) -> Option<usize> {
        let me = || self.config.kind(&self.config.me.as_ref()?.resource_type);
        route.kind().or_else(|| if *route == Route::Me { me() } else { None })
    }

    /// The call of an operation of a Bulk: by and for the same people.
    pub(super) fn inner(&mut self, head: &Head) -> Self {
        let mut inner = Self {
            config: self.config.clone(),
            now: self.now,
            tenant: self.tenant.clone(),
            media: self.media,
            trace: Trace::new(),
            id: None,
            filter: None,
            operations: Vec::new(),
            subject: self.subject.clone(),
            profile: self.profile,
            writable: None,
            permanent: None,
            bodiless: false,
            ids: std::mem::replace(&mut self.ids, Box::new(std::iter::empty())),
            base_url: self.base_url.clone(),
            principal: self.principal.clone(),
            permissions: self.permissions.clone(),
            operation: String::new(),
            if_match: None,
            if_none_match: None,
            txn: self.txn.clone(),
            events: self.events,
        };
        inner.route(head);
        inner.media = self.media;
        inner
    }

    /// Gives what an operation of a Bulk was lent to the next, or back to it when it goes on.
    pub(super) fn swap_lent(&mut self, exchange: &mut Exchange) {
        std::mem::swap(&mut self.ids, &mut exchange.call.ids);
        std::mem::swap(&mut self.txn, &mut exchange.call.txn);
        std::mem::swap(&mut self.events, &mut exchange.call.events);
    }

    /// Takes back what an operation of a Bulk was lent, and what it found.
    pub(super) fn take_back(&mut self, exchange: Exchange, response: &Response) {
        self.ids = exchange.call.ids;
        self.txn = exchange.call.txn;
        self.events = exchange.call.events;
        self.trace.append(response.audit.trace.clone());
    }

    /// A resource type as the one who asks sees it.
    pub(super) fn compiled(&self, kind: usize) -> Option<Arc<Compiled>> {
        let compiled = self.config.resource_types.get(kind).cloned()?;
        let Some(granted) = &self.permissions else { return Some(compiled) };
        let config = &self.config;
        Some(config.attribute_permissions.view(compiled, &config.permissions, granted))
    }

    /// The same type as it is.
    pub(super) fn unrestricted(&self, compiled: &Compiled) -> Option<Arc<Compiled>> {
        self.config.resource_types.get(self.config.kind(&compiled.resource_type().name)?).cloned()
    }

    /// That the one who asks may set what every resource of a type needs.
    pub(super) fn admit_creation(&self, compiled: &Compiled) -> Result<(), Fault> {
        let config = &self.config;
        let unsettable = self.permissions.as_ref().and_then(|granted| {
            config.attribute_permissions.unsettable(compiled, &config.permissions, granted)
        });
        match unsettable {
            Some(path) => {
                let operation = format!("{}, with `{path}`", self.operation);
                Err(Error::new(Code::Forbidden).with("operation", operation).path(&*path).into())
            }
            None => Ok(()),
        }
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn location(&self, compiled: &Compiled, id: &str) -> String {
        format!("{}{}/{}", self.base_url, compiled.resource_type().endpoint, percent_encode(id))
    }

    /// The next identifier. One with the word bulkId in it is passed over (SCH-081).
    pub(super) fn next_id(&mut self) -> Option<String> {
        self.ids
            .by_ref()
            .take(8)
            .find(|id| !id.is_empty() && !id.to_ascii_lowercase().contains("bulkid"))
    }

    /// The name of the request in its events, and how many there were before. A host that gives
    /// none spends an identifier on it.
    pub(super) fn next_event(&mut self) -> (String, usize) {
        let txn = self.txn.take().or_else(|| self.next_id()).unwrap_or_default();
        self.txn = Some(txn.clone());
        self.events += 1;
        (txn, self.events - 1)
    }

    pub(super) fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    /// The resource as it leaves, before anything is left out: with its location, and with a
    /// version only where the server has versions.
    pub(super) fn located(&self, compiled: &Compiled, document: Document) -> Value<'static> {
        let location = self.location(compiled, document.id());
        let version = self.config.etag.then(|| self.version(compiled, &document).into_owned());
        with_meta(document.into_resource(), location, version)
    }

    /// What an answer shows of a resource otherwise than it is stored: where it is, its version if
    /// the server has versions, the groups that were found, if they were looked for, and `schemas`
    /// without what is hidden.
    pub(super) fn unstored<'v>(
        &self,
        compiled: &Compiled,
        document: &'v Document,
        location: String,
        groups: Option<Vec<Value<'v>>>,
    ) -> Object<'v> {
        let meta = document.resource.get("meta").and_then(Value::as_object);
        let mut meta = meta.map(Object::borrowed).unwrap_or_default();
        meta.insert("location", Value::from(location));
        if self.config.etag {
            meta.insert("version", Value::from(self.version(compiled, document).into_owned()));
        } else {
            meta.remove("version");
        }
        let mut unstored = Object::new();
        unstored.insert("meta", meta.into());
        if let Some(schemas) = schemas_seen(compiled, &document.resource) {
            unstored.insert("schemas", schemas);
        }
        if let Some(groups) = groups {
            unstored.insert("groups", Value::Array(groups));
        }
        unstored
    }

    /// One resource as the answer (WRT-027, WRT-042).
    pub(super) fn show(
        &self,
        status: u16,
        compiled: &Compiled,
        document: &Document,
        projection: &Projection,
        groups: Option<Vec<Value<'_>>>,
    ) -> Response {
        let location = self.location(compiled, document.id());
        let version = self.config.etag.then(|| self.version(compiled, document).into_owned());
        let unstored = self.unstored(compiled, document, location.clone(), groups);
        let mut text = String::with_capacity(USUAL_LENGTH);
        projection.write(&mut text, compiled, &document.resource, &unstored);
        let mut response = Response::text(status, self.media, text);
        if status == 201 {
            response = response.with("location", location.clone());
        }
        response = response.with("content-location", location);
        match version {
            Some(version) => response.with("etag", version),
            None => response,
        }
    }

    /// That a resource was changed, without showing it (PAT-008).
    pub(super) fn unshown(&self, compiled: &Compiled, document: &Document) -> Response {
        let response =
            Response::empty(204).with("content-location", self.location(compiled, document.id()));
        if self.config.etag {
            response.with("etag", self.version(compiled, document))
        } else {
            response
        }
    }

    /// Whether the client has this version already (ETG-003).
    pub(super) fn is_unchanged(&self, version: &str) -> bool {
        self.config.etag
            && self.if_none_match.as_deref().is_some_and(|header| names_version(header, version))
    }

    /// Where a change has to name a version and the client has named none, any will do.
    pub(super) fn take_any_version(&mut self) {
        if self.config.require_if_match {
            self.if_match.get_or_insert_with(|| "*".to_owned());
        }
    }

    /// Whether a change depends on the version that is there.
    pub(super) fn is_conditional(&self) -> bool {
        self.config.etag
            && (self.if_match.is_some()
                || self.if_none_match.is_some()
                || self.config.require_if_match)
    }

    /// Whether the client has named the version it wants to change.
    pub(super) fn names_a_version(&self) -> bool {
        self.config.etag && self.if_match.as_deref().is_some_and(|header| header.trim() != "*")
    }

    /// Checks that this is a version that the client asks for, if it asks for one (RFC 9110
    /// §13.1.1).
    pub(super) fn check_version(&self, version: &str) -> Result<(), Fault> {
        match &self.if_match {
            Some(header) if self.config.etag && !names_version(header, version) => {
                Err(Code::VersionMismatch.into())
            }
            _ => Ok(()),
        }
    }

    /// Checks the conditions of a change (ETG-004, ETG-007).
    pub(super) fn check_conditions(&self, version: &str) -> Result<(), Fault> {
        self.check_version(version)?;
        if self.config.etag && self.config.require_if_match && self.if_match.is_none() {
            return Err(Code::VersionRequired.into());
        }
        if self.is_unchanged(version) { Err(Code::VersionMismatch.into()) } else { Ok(()) }
    }
}

/// A resource with its location and, where the server has versions, its version.
pub(super) fn with_meta(
    mut resource: Value<'static>,
    location: String,
    version: Option<String>,
) -> Value<'static> {
    let Some(object) = resource.as_object_mut() else { return resource };
    if object.get("meta").is_none() {
        object.insert("meta", Object::new().into());
    }
    if let Some(meta) = object.get_mut("meta").and_then(Value::as_object_mut) {
        meta.insert("location", Value::from(location));
        match version {
            Some(version) => meta.insert("version", Value::from(version)),
            None => meta.remove("version"),
        };
    }
    resource
}
