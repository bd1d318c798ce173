//! Who is in which group: `User.groups`, which nobody stores, and members that are gone.
//!
//! Groups name their members; what a user is in follows from that (SCH-110). A store that can
//! find the groups of somebody is asked whenever `groups` is to be shown, and when somebody is
//! deleted. One that cannot says so, and what is stored is shown as it is.

use std::collections::VecDeque;
use std::sync::Arc;

use super::call::Call;
use super::event;
use super::exchange::{Flow, Stage};
use super::list::Listing;
use super::members::{self, FEW, MemberChange};
use super::response::Response;
use super::restore::Parting;
use super::store::{Document, Key, StoreOp, StoreResult};
use super::telling::Seen;
use super::{stored, write};
use crate::name;
use crate::project::Projection;
use crate::schema::{AttrId, Compiled, CompiledAttribute, GROUP, Mutability};
use crate::text;
use crate::value::{Object, Value};

/// How often a group is changed anew when others came between. What is left undone here nobody does
/// later, and many may leave one group at once.
const ATTEMPTS: u8 = 50;

/// Somebody is a member of a group.
///
/// ```
/// use scimforge::protocol::Membership;
///
/// let in_bakers =
///     Membership { member: "u-1".into(), group: "g-1".into(), display: Some("Bakers".into()) };
/// assert_eq!(&*in_bakers.group, "g-1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// The `id` of the member.
    pub member: Box<str>,
    /// The `id` of the group.
    pub group: Box<str>,
    /// The `displayName` of the group.
    pub display: Option<Box<str>>,
}

/// The type whose resources have members: the first with the schema of Group.
pub(super) fn group_type(call: &Call) -> Option<Arc<Compiled>> {
    let mut types = call.config.resource_types.iter();
    types.find(|compiled| name::same(compiled.base_schema(), GROUP)).cloned()
}

/// The `groups` of a type, if they follow from the members of groups.
fn derived(compiled: &Compiled) -> Option<&CompiledAttribute> {
    compiled
        .child(AttrId::ROOT, "groups")
        .filter(|groups| groups.mutability == Mutability::ReadOnly && groups.is_list_of_objects())
}

/// Whether the groups of resources of a type follow from the members of groups.
pub(super) fn follows_from_members(compiled: &Compiled) -> bool {
    derived(compiled).is_some()
}

/// Whether they are shown as well.
fn follows(compiled: &Compiled, projection: &Projection) -> bool {
    derived(compiled).is_some_and(|groups| projection.shows(groups, projection.inside()).is_some())
}

/// Asks for the groups of members, if there are any of both.
fn question(call: &Call, members: Vec<Box<str>>) -> Option<StoreOp> {
    let group_type = group_type(call).filter(|_| !members.is_empty())?;
    let group_type = group_type.resource_type().name.clone();
    Some(StoreOp::Memberships { tenant: call.tenant.as_str().into(), group_type, members })
}

/// Asks for the groups of one resource, if there are any of these.
pub(super) fn of_member(call: &Call, key: &Key) -> Option<StoreOp> {
    question(call, vec![key.id.clone()])
}

/// What waits for groups before it is shown.
pub(super) enum Showing {
    One { status: u16, compiled: Arc<Compiled>, document: Document, projection: Projection },
    Many { listing: Box<Listing>, documents: Vec<Document>, total: usize },
}

/// One resource as the answer, with its groups.
pub(super) fn show(
    call: &Call,
    status: u16,
    compiled: &Arc<Compiled>,
    document: Document,
    projection: &Projection,
) -> Flow {
    let members = follows(compiled, projection).then(|| document.id().into());
    match question(call, members.into_iter().collect()) {
        None => Flow::Answer(call.show(status, compiled, &document, projection, None)),
        Some(operation) => {
            let (compiled, projection) = (compiled.clone(), projection.clone());
            let showing = Showing::One { status, compiled, document, projection };
            Flow::Ask(operation, Stage::Showing(Box::new(showing)))
        }
    }
}

/// A list as the answer, with the groups of each resource.
pub(super) fn show_all(
    call: &Call,
    listing: Listing,
    documents: Vec<Document>,
    total: usize,
) -> Flow {
    let asked = documents.iter().filter(|document| is_asked(&listing, document));
    let operation = question(call, asked.map(|document| document.id().into()).collect());
    match operation {
        None => listing.answer(call, documents, total, None),
        Some(operation) => {
            let showing = Showing::Many { listing: Box::new(listing), documents, total };
            Flow::Ask(operation, Stage::Showing(Box::new(showing)))
        }
    }
}

/// Whether the groups of a resource in a list are asked for.
fn is_asked(listing: &Listing, document: &Document) -> bool {
    listing.shown().any(|(compiled, projection)| {
        *compiled.resource_type().name == *document.resource_type() && follows(compiled, projection)
    })
}

impl Showing {
    pub(super) fn found(self, call: &Call, result: StoreResult) -> Flow {
        let known = match (result, group_type(call)) {
            (StoreResult::Memberships(mut memberships), Some(group_type)) => {
                memberships.sort();
                Some(Known { memberships, group_type })
            }
            _ => None,
        };
        match self {
            Self::One { status, compiled, document, projection } => {
                let groups = known.as_ref().map(|known| known.of(call, &document));
                Flow::Answer(call.show(status, &compiled, &document, &projection, groups))
            }
            Self::Many { listing, documents, total } => {
                listing.answer(call, documents, total, known.as_ref())
            }
        }
    }
}

/// Who is in which group, as far as a store was asked.
pub(super) struct Known {
    /// In order.
    memberships: Vec<Membership>,
    group_type: Arc<Compiled>,
}

impl Known {
    /// The groups of a resource in a list; `None` where another type may keep groups of its own.
    pub(super) fn of_type<'v>(
        &'v self,
        call: &Call,
        (compiled, projection): (&Compiled, &Projection),
        document: &Document,
    ) -> Option<Vec<Value<'v>>> {
        follows(compiled, projection).then(|| self.of(call, document))
    }

    fn of<'v>(&'v self, call: &Call, document: &Document) -> Vec<Value<'v>> {
        let first = self.memberships.partition_point(|one| *one.member < *document.id());
        let own = self.memberships.iter().skip(first);
        own.take_while(|one| *one.member == *document.id())
            .map(|one| {
                let mut group = Object::new();
                group.insert("value", Value::string(&*one.group));
                group.insert("$ref", Value::from(call.location(&self.group_type, &one.group)));
                if let Some(display) = &one.display {
                    group.insert("display", Value::string(&**display));
                }
                group.insert("type", Value::from("direct"));
                group.into()
            })
            .collect()
    }
}

/// A resource that is gone, on its way out of the groups it was in; or one that is back, on its
/// way into them.
pub(super) struct Leaving {
    member: Box<str>,
    group_type: Arc<Compiled>,
    groups: VecDeque<Box<str>>,
    attempts: u8,
    awaited: Awaited,
    /// Whether the store has no parts of groups.
    whole: bool,
    /// What is back.
    back: Option<Back>,
    /// What is removed once it is in no group.
    parting: Option<Parting>,
    /// What the groups were before.
    pub(super) seen: Vec<Seen>,
}

/// A resource that was restored.
struct Back {
    compiled: Arc<Compiled>,
    document: Document,
}

/// What is asked of the store at the moment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    Memberships,
    Group,
    Change,
    Lock,
}

impl Leaving {
    /// Asks for the groups of a resource that was removed.
    pub(super) fn begin(call: &Call, key: &Key, seen: Vec<Seen>) -> Flow {
        let gone = || Flow::Answer(Response::empty(204));
        let (Some(group_type), Some(operation)) = (group_type(call), of_member(call, key)) else {
            return gone();
        };
        let leaving = Self {
            parting: None,
            seen,
            member: key.id.clone(),
            groups: VecDeque::new(),
            attempts: ATTEMPTS,
            awaited: Awaited::Memberships,
            whole: members::list_of(&group_type).is_none(),
            group_type,
            back: None,
        };
        Flow::Ask(operation, Stage::Leaving(Box::new(leaving)))
    }

    /// The same of a resource that is removed after that.
    pub(super) fn before(call: &Call, parting: Parting) -> Flow {
        match Self::begin(call, &parting.key, Vec::new()) {
            Flow::Ask(operation, Stage::Leaving(leaving)) => {
                let leaving = Self { parting: Some(parting), ..*leaving };
                Flow::Ask(operation, Stage::Leaving(Box::new(leaving)))
            }
            _ => parting.remove(None, Vec::new()),
        }
    }

    /// Puts a resource that was restored into the groups it was in, where they are still there.
    pub(super) fn back(
        call: &mut Call,
        compiled: Arc<Compiled>,
        document: Document,
        groups: Vec<Box<str>>,
    ) -> Flow {
        let Some(group_type) = group_type(call).filter(|_| !groups.is_empty()) else {
            return show(call, 200, &compiled, document, &Projection::default_set());
        };
        let leaving = Self {
            parting: None,
            seen: Vec::new(),
            member: document.id().into(),
            groups: groups.into(),
            attempts: ATTEMPTS,
            awaited: Awaited::Group,
            whole: members::list_of(&group_type).is_none(),
            group_type,
            back: Some(Back { compiled, document }),
        };
        leaving.next(call)
    }

    /// Goes on with the groups that were found, one that was loaded, or one that was saved. The
    /// resource goes whatever comes of this.
    pub(super) fn found(mut self, call: &mut Call, result: StoreResult) -> Flow {
        match (self.awaited, result) {
            (Awaited::Memberships, StoreResult::Memberships(memberships)) => {
                let mut groups: Vec<_> = memberships.into_iter().map(|one| one.group).collect();
                // Of two who leave the same groups, both do so in one order: neither waits for the
                // other while that one waits for it.
                groups.sort();
                groups.dedup();
                self.groups = groups.into();
            }
            (Awaited::Group, StoreResult::Unsupported) if !self.whole => self.whole = true,
            (Awaited::Group, StoreResult::Part(part))
                if !self.whole && !members::has_version(&part) =>
            {
                self.whole = true;
            }
            (Awaited::Group, result @ (StoreResult::Row(Some(_)) | StoreResult::Part(_))) => {
                let told = self.told(call, &result);
                if let Some(operation) = told.or_else(|| self.changed(call, result)) {
                    self.awaited = Awaited::Change;
                    return Flow::Ask(operation, Stage::Leaving(Box::new(self)));
                }
                self.groups.pop_front();
            }
            // Somebody else changed the group: once more.
            (Awaited::Change, StoreResult::VersionMismatch) if self.attempts > 0 => {
                self.attempts -= 1;
                if let (true, Some(id)) = (call.config.locks, self.groups.front()) {
                    self.awaited = Awaited::Lock;
                    let operation = StoreOp::Lock { key: self.key(call, id.clone()) };
                    return Flow::Ask(operation, Stage::Leaving(Box::new(self)));
                }
            }
            (Awaited::Lock, _) => {}
            _ => {
                self.groups.pop_front();
                self.attempts = ATTEMPTS;
            }
        }
        self.next(call)
    }

    /// Asks for the next group; the answer after the last.
    fn next(mut self, call: &Call) -> Flow {
        self.awaited = Awaited::Group;
        let Some(id) = self.groups.front() else {
            return match (self.back, self.parting) {
                (Some(Back { compiled, document }), _) => {
                    show(call, 200, &compiled, document, &Projection::default_set())
                }
                (None, Some(parting)) => parting.remove(None, Vec::new()),
                (None, None) => Flow::Answer(Response::empty(204)),
            };
        };
        let key = self.key(call, id.clone());
        let operation = if self.whole {
            StoreOp::Get { key }
        } else {
            let members = vec![text::key(&self.member, false).into()];
            StoreOp::Part { key, members, few: FEW }
        };
        Flow::Ask(operation, Stage::Leaving(Box::new(self)))
    }

    fn key(&self, call: &Call, id: Box<str>) -> Key {
        let resource_type = self.group_type.resource_type().name.clone();
        Key { tenant: call.tenant.as_str().into(), resource_type, id }
    }

    /// Who leaves or is back.
    pub(super) fn member(&self) -> &str {
        &self.member
    }

    /// The change that takes the member out of a group, or puts it into one; `None` if that is
    /// so already.
    fn changed(&self, call: &mut Call, group: StoreResult) -> Option<StoreOp> {
        let (mut group, whole) = match group {
            StoreResult::Row(Some(group)) => (group, true),
            StoreResult::Part(group) => (group, false),
            _ => return None,
        };
        let version = group.version().into_owned();
        let shown = call.version(&self.group_type, &group).into_owned();
        let id: Box<str> = group.id().into();
        let created = group.meta("created").map(str::to_owned);
        let original = call.config.events.is_some().then(|| group.clone());
        let mut members = members::take(&mut group);
        let is_own =
            |member: &Value<'_>| member.get("value").and_then(Value::as_str) == Some(&*self.member);
        let changes = match &self.back {
            None => {
                let gone = members.extract_if(.., |member| is_own(member));
                gone.map(|old| MemberChange { old: Some(old), new: None }).collect()
            }
            Some(_) if members.iter().any(is_own) => Vec::new(),
            Some(back) => {
                let member = back.member();
                members.push(member.clone());
                vec![MemberChange { old: None, new: Some(member) }]
            }
        };
        if changes.is_empty() {
            return None;
        }
        let mut resource = group.into_resource();
        if !members.is_empty() {
            resource.as_object_mut()?.insert("members", Value::Array(members));
        }
        let now = call.now.to_string();
        let created = created.unwrap_or_else(|| now.clone());
        let mut document = stored::compose(call, &self.group_type, &id, resource, &created, &now);
        let seen = call.seen(&self.group_type);
        if !whole || seen.hides {
            let after = seen.after(&shown, &document.resource);
            stored::set_version(&mut document, after);
        }
        let event = original.and_then(|old| {
            let (new, with_password, kind) = (&document, false, "patch");
            let change = event::Changed { old: &old, new, whole, with_password, kind };
            event::changed(call, &self.group_type, &change)
        });
        let changes = (!whole).then(|| {
            members::take(&mut document);
            changes
        });
        Some(StoreOp::Replace {
            key: self.key(call, id),
            unique: write::unique(call, &self.group_type, &document.resource),
            document,
            if_version: Some(version),
            password: None,
            event,
            members: changes,
        })
    }
}

impl Back {
    /// The resource as a member.
    fn member(&self) -> Value<'static> {
        let mut member = Object::new();
        member.insert("value", Value::copied(self.document.id()));
        // RFC 7643 §4.2 knows two types of members.
        let name = &*self.compiled.resource_type().name;
        if ["User", "Group"].contains(&name) {
            member.insert("type", Value::copied(name));
        }
        member.into()
    }
}
