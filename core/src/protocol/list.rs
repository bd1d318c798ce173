//! Queries: what is asked, planned; what is found, answered (RFC 7644 §3.4.2, §3.4.3).

use super::call::Call;
use super::cursor::Position;
use super::exchange::{Fault, Flow, Stage};
use super::groups::Known;
use super::hidden::check_filter;
use super::order::order;
use super::plan::{PlannedType, QueryPlan, equality};
use super::query::Question;
use super::response::Response;
use super::store::{Document, StoreOp, StoreResult};
use super::{groups, in_groups, in_location, members, sensitive};
use crate::error::{Code, Error};
use crate::filter::{BoundFilter, Filter, Shape, Test};
use crate::profile::{Profile, Quirk, Trace};
use crate::project::Projection;
use crate::schema::{AttrId, Compiled};
use crate::value::{Object, Value, to_text};

/// The message of lists.
const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// A query that waits for its rows.
pub(super) struct Listing {
    pub(super) plan: QueryPlan,
    /// The filter as it was asked, where that of the plan is another.
    pub(super) asked: Option<Filter>,
    /// One for each type of the plan.
    projections: Vec<Projection>,
    page: Page,
}

/// Which page is asked for.
enum Page {
    /// The one that begins with this place, counted from one.
    Index(usize),
    /// The next one of so many resources, with the number of all where it is known already.
    Cursor { count: usize, total: Option<usize> },
}

/// Plans a query over the resource types at these places.
pub(super) fn list(call: &mut Call, kinds: &[usize], question: &Question) -> Result<Flow, Fault> {
    let config = call.config.clone();
    let profile = call.profile;
    let filter = match &question.filter {
        Some(text) => Some(Filter::parse(text, profile, &config.limits)?),
        None => None,
    };
    let several = kinds.len() > 1;
    // What one of several types does not have is no mistake.
    let tolerant = if several { profile.with(Quirk::UnknownProjection) } else { profile };
    call.filter = filter.as_ref().map(|filter| Shape(&filter.expression).to_string());
    if let (Some(filter), true) = (&filter, question.in_url) {
        sensitive::check(call, kinds, filter)?;
    }
    let filter = match filter {
        Some(filter) => Some(in_location::resolved(call, kinds, filter)?),
        None => None,
    };
    let mut types = Vec::new();
    let mut projections = Vec::new();
    let mut refused: Option<Error> = None;
    for kind in kinds {
        let Some(compiled) = call.compiled(*kind) else { continue };
        let bound = match &filter {
            Some(filter) => match bind(filter, &compiled, several, profile, &mut refused) {
                Some(bound) => Some(bound),
                None => continue,
            },
            None => None,
        };
        if let Some(bound) = &bound {
            call.trace.append(bound.trace.clone());
        }
        let sort = match &question.sort_by {
            Some(by) => order(call, &compiled, by, tolerant)?,
            None => None,
        };
        projections.push(projection(&compiled, question, tolerant, &mut call.trace)?);
        types.push(PlannedType { compiled, filter: bound, sort });
    }
    let says_nothing = |planned: &PlannedType| {
        planned.filter.as_ref().is_some_and(|bound| is_about_nothing(&bound.test))
    };
    if let (true, Some(error)) = (types.iter().all(says_nothing), refused) {
        return Err(error.into());
    }
    let equal = match types.as_slice() {
        [only] => only.filter.as_ref().and_then(|filter| equality(&only.compiled, filter)),
        _ => None,
    };
    let sort_by =
        types.iter().find_map(|planned| planned.sort.as_ref()).map(|sort| sort.path.clone());
    let limit = question.count.unwrap_or(config.default_page_size).min(config.max_results);
    let start = question.start_index.unwrap_or(1);
    let mut plan = QueryPlan {
        tenant: call.tenant.as_str().into(),
        filter,
        equal,
        descending: question.descending && sort_by.is_some(),
        sort_by,
        after: None,
        offset: start.saturating_sub(1),
        limit,
        need_total: true,
        without_members: members::are_unseen(&types, &projections),
        types,
    };
    let nothing = |planned: &PlannedType| {
        matches!(planned.filter, Some(BoundFilter { test: Test::Constant(false), .. }))
    };
    let page = match cursor_page(call, question, &mut plan)? {
        Some(page) => page,
        None => Page::Index(start),
    };
    let listing = Listing { plan, asked: None, projections, page };
    if listing.plan.types.iter().all(nothing) {
        return Ok(listing.answer(call, Vec::new(), 0, None));
    }
    in_groups::begin(call, listing).map(|flow| flow.unwrap_or_else(Listing::ask))
}

/// The filter, tied to one of the types. Of several, each lacks what others have: there that has
/// no value (FLT-044). What is wrong is told where no type can make sense of the filter.
fn bind(
    filter: &Filter,
    compiled: &Compiled,
    several: bool,
    profile: Profile,
    refused: &mut Option<Error>,
) -> Option<BoundFilter> {
    let mut bound = check_filter(compiled, filter, profile).and_then(|()| filter.bind(compiled));
    if let (Err(error), true) = (&bound, several)
        && error.code() == Code::UnknownAttribute
    {
        refused.get_or_insert_with(|| error.clone());
        let tolerant = profile.with(Quirk::UnknownInFilter);
        bound = BoundFilter::bind(&filter.expression, compiled, AttrId::ROOT, tolerant);
    }
    bound.map_err(|error| refused.get_or_insert(error)).ok()
}

/// Whether a filter names nothing that the type has. The depth of filters is bounded.
fn is_about_nothing(test: &Test) -> bool {
    match test {
        Test::Constant(_) => true,
        Test::And(parts) | Test::Or(parts) => parts.iter().all(is_about_nothing),
        Test::Not(part) => is_about_nothing(part),
        _ => false,
    }
}

/// Makes a plan that of a page by cursor, if one is asked for and the server has cursors.
fn cursor_page(
    call: &Call,
    question: &Question,
    plan: &mut QueryPlan,
) -> Result<Option<Page>, Error> {
    let config = &call.config;
    let Some(cursors) = &config.cursors else { return Ok(None) };
    let cursor = match (&question.cursor, question.start_index) {
        (Some(_), Some(_)) => return Err(Error::new(Code::ExclusivePaging)),
        (Some(cursor), None) => cursor.as_str(),
        (None, None) if config.cursors_by_default => "",
        (None, _) => return Ok(None),
    };
    let invalid = || Error::new(Code::InvalidCount).with("limit", config.max_results.to_string());
    if question.count.is_some_and(|count| count > config.max_results) {
        return Err(invalid());
    }
    let mut page = (plan.limit, None);
    if !cursor.is_empty() {
        let position = cursors.open(call.now, plan, cursor)?;
        if position.count != plan.limit {
            return Err(invalid());
        }
        page = (position.count, position.total);
        plan.after = Some(Box::new(position.after));
    }
    let (count, total) = page;
    plan.offset = 0;
    // One more tells whether there is another page.
    plan.limit = if count == 0 { 0 } else { count + 1 };
    plan.need_total = total.is_none();
    Ok(Some(Page::Cursor { count, total }))
}

pub(super) fn projection(
    compiled: &Compiled,
    question: &Question,
    profile: Profile,
    trace: &mut Trace,
) -> Result<Projection, Error> {
    let (attributes, excluded) =
        (slices(question.attributes.as_deref()), slices(question.excluded.as_deref()));
    let projection =
        Projection::new(compiled, attributes.as_deref(), excluded.as_deref(), profile)?;
    trace.append(projection.trace().clone());
    Ok(projection)
}

fn slices(names: Option<&[String]>) -> Option<Vec<&str>> {
    names.map(|names| names.iter().map(String::as_str).collect())
}

impl Listing {
    /// Asks the store.
    pub(super) fn ask(self) -> Flow {
        Flow::Ask(StoreOp::Query(self.plan.clone()), Stage::Listing(Box::new(self)))
    }

    pub(super) fn found(mut self, call: &Call, result: StoreResult) -> Result<Flow, Fault> {
        if let Some(asked) = self.asked.take() {
            // A cursor is for what was asked, whoever is in a group by then.
            self.plan.filter = Some(asked);
        }
        let StoreResult::Rows { documents, total, residual } = result else {
            return Err(Error::new(Code::StoreFailure).into());
        };
        if !residual {
            // A store that does not know of cursors would give the first page for ever.
            let strays = documents.iter().any(|document| !self.is_behind(document));
            if strays {
                return Err(Error::new(Code::StoreFailure).into());
            }
            let found = self.plan.offset.saturating_add(documents.len());
            return Ok(groups::show_all(call, self, documents, total.unwrap_or(found)));
        }
        let selection = self.plan.select(&documents.iter().collect::<Vec<_>>());
        let mut documents: Vec<Option<Document>> = documents.into_iter().map(Some).collect();
        let page = selection
            .page
            .iter()
            .filter_map(|at| documents.get_mut(*at).and_then(Option::take))
            .collect();
        Ok(groups::show_all(call, self, page, selection.total))
    }

    fn is_behind(&self, document: &Document) -> bool {
        let Some(after) = &self.plan.after else { return true };
        let own = self.plan.position_of(document);
        after.comes_before(&own.key, &own.resource_type, &own.id, self.plan.descending)
    }

    /// The types, each with what is shown of it.
    pub(super) fn shown(&self) -> impl Iterator<Item = (&Compiled, &Projection)> {
        let types = self.plan.types.iter().map(|planned| &*planned.compiled);
        types.zip(&self.projections)
    }

    pub(super) fn answer(
        self,
        call: &Call,
        mut documents: Vec<Document>,
        found: usize,
        known: Option<&Known>,
    ) -> Flow {
        let mut next = None;
        let (count, total) = match self.page {
            Page::Index(_) => (self.plan.limit, found),
            Page::Cursor { count, total } => (count, total.unwrap_or(found)),
        };
        if let (Page::Cursor { .. }, Some(cursors), true) =
            (&self.page, &call.config.cursors, documents.len() > count)
        {
            documents.truncate(count);
            next = documents.last().map(|last| {
                let after = self.plan.position_of(last);
                cursors.seal(call.now, &self.plan, &Position { count, total: Some(total), after })
            });
        }
        documents.truncate(count);
        let listed: Vec<_> = documents
            .iter()
            .filter_map(|document| {
                let at = self.plan.place_of(document)?;
                Some((&*self.plan.types.get(at)?.compiled, self.projections.get(at)?, document))
            })
            .collect();
        let head = match self.page {
            Page::Index(start) => list_head(listed.len(), total, Some(start), None),
            Page::Cursor { .. } => list_head(listed.len(), total, None, next),
        };
        let mut text = to_text(&head.into());
        // The resources come last.
        text.pop();
        text.push_str(",\"Resources\":[");
        for (index, (compiled, projection, document)) in listed.into_iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            let groups =
                known.and_then(|known| known.of_type(call, (compiled, projection), document));
            let location = call.location(compiled, document.id());
            let unstored = call.unstored(compiled, document, location, groups);
            projection.write(&mut text, compiled, &document.resource, &unstored);
        }
        text.push_str("]}");
        Flow::Answer(Response::text(200, call.media, text))
    }
}

/// The message; `Resources` is there even if it is empty (QRY-002).
pub(super) fn list_response(resources: Vec<Value<'static>>) -> Value<'static> {
    let mut object = list_head(resources.len(), resources.len(), Some(1), None);
    object.insert("Resources", Value::Array(resources));
    object.into()
}

/// The message without the resources.
fn list_head(
    count: usize,
    total: usize,
    start_index: Option<usize>,
    next_cursor: Option<String>,
) -> Object<'static> {
    let mut object = Object::new();
    object.insert("schemas", Value::Array(vec![Value::from(LIST_RESPONSE)]));
    object.insert("totalResults", Value::count(total));
    object.insert("itemsPerPage", Value::count(count));
    if let Some(start) = start_index {
        object.insert("startIndex", Value::count(start));
    }
    if let Some(cursor) = next_cursor {
        object.insert("nextCursor", Value::from(cursor));
    }
    object
}
