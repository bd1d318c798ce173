//! Watching a change while it is made, for those who asked what it did.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::apply::Work;
use super::equal;
use super::explain::{ChangeReport, Effect, OperationReport};
use super::operation::{Action, Change, Op, Operation};
use super::target::{Place, Target};
use super::unlisted::Unlisted;
use crate::error::Pointer;
use crate::schema::AttrId;
use crate::value::Value;

/// The values of a list that were taken out or put in, by their place, as they were before;
/// `null` for a place that is new.
#[derive(Debug, Default)]
pub(super) struct Journal(BTreeMap<usize, Value<'static>>);

impl Journal {
    /// Notes what is about to change; only the first state counts.
    pub(super) fn note(&mut self, at: usize, before: &Value<'_>) {
        self.0.entry(at).or_insert_with(|| before.clone().into_owned());
    }
}

/// What has been told so far.
#[derive(Debug, Default)]
pub(super) struct Story {
    operations: Vec<OperationReport>,
    /// The last operation that changed something in an extension.
    last_in: BTreeMap<AttrId, usize>,
}

impl Story {
    pub(super) fn begin(wanted: bool) -> Option<Self> {
        wanted.then(Self::default)
    }
}

/// What has to be known from before a change.
pub(super) enum Watch {
    /// An attribute.
    Attribute(Place, Before),
    /// A member that no schema knows.
    Unlisted(Unlisted, Option<Value<'static>>, Pointer),
}

/// What an attribute was.
pub(super) enum Before {
    /// One value.
    One(Option<Value<'static>>, Pointer),
    /// A list of so many values, of which some are changed: the journal says which.
    Some(usize, Pointer),
    /// A list that is replaced.
    All(Vec<Value<'static>>),
}

impl Work<'_> {
    /// Begins the report of an operation.
    pub(super) fn begin_report(&mut self, operation: &Operation<'_>) {
        let Some(story) = &mut self.story else { return };
        story.operations.push(OperationReport {
            op: operation.op,
            effect: Effect::Unchanged,
            count: 0,
            changes: Vec::new(),
            trace: self.trace.part(operation.bent.clone()),
        });
    }

    /// Adds what was bent to the report of an operation.
    pub(super) fn report_bent(&mut self, operation: usize, bent: Range<usize>) {
        let Some(story) = &mut self.story else { return };
        if let Some(report) = story.operations.get_mut(operation) {
            report.trace.append(self.trace.part(bent));
        }
    }

    /// The reports of all operations, if they were asked for.
    pub(super) fn told(&mut self) -> Option<Vec<OperationReport>> {
        self.story.take().map(|story| story.operations)
    }

    fn tell(&mut self, operation: usize, change: ChangeReport) {
        let Some(story) = &mut self.story else { return };
        if let Some(report) = story.operations.get_mut(operation) {
            report.take_in(change);
        }
    }

    /// Looks at what a change is about to change.
    pub(super) fn watch(&mut self, op: Op, change: &Change<'_>) -> Option<Watch> {
        self.story.as_ref()?;
        let (place, filter) = match &change.target {
            Target::Attribute(place, filter) => (place, filter),
            Target::Unlisted(member) => {
                let before = self.unlisted_value(member).cloned().map(Value::into_owned);
                let pointer = self.pointer(member.container, &member.name);
                return Some(Watch::Unlisted(member.clone(), before, pointer));
            }
            Target::Resource | Target::Extension(_) => return None,
        };
        let pointer = self.pointer_to(*place);
        if !self.compiled.attribute(place.attribute).multi_valued {
            let before = Before::One(self.value(*place).cloned().map(Value::into_owned), pointer);
            return Some(Watch::Attribute(*place, before));
        }
        let values = match self.value(*place) {
            Some(Value::Array(items)) => items.as_slice(),
            None => &[],
            Some(single) => std::slice::from_ref(single),
        };
        let replaces = op == Op::Replace && matches!(change.action, Action::Set { .. });
        if replaces && filter.is_none() && place.sub.is_none() {
            return Some(Watch::Attribute(
                *place,
                Before::All(values.iter().cloned().map(Value::into_owned).collect()),
            ));
        }
        let count = values.iter().filter(|value| **value != Value::Null).count();
        self.journal = Some(Journal::default());
        Some(Watch::Attribute(*place, Before::Some(count, pointer)))
    }

    /// Tells what a change has changed.
    pub(super) fn report(&mut self, watch: Option<Watch>) {
        let (container, report) = match watch {
            None => return,
            Some(Watch::Attribute(place, before)) => {
                (place.container, self.change_of(place, before))
            }
            Some(Watch::Unlisted(member, before, pointer)) => {
                let uri = member.container.map(|id| &self.compiled.attribute(id).attribute.name);
                let path = uri.map(|uri| format!("{uri}:{}", member.name));
                let mut report = ChangeReport::new(path.as_deref().unwrap_or(&member.name));
                let now = self.pointer(member.container, &member.name);
                one(&mut report, before.as_ref(), self.unlisted_value(&member), (&pointer, &now));
                (member.container, report)
            }
        };
        if let (Some(container), Some(story)) = (container, &mut self.story)
            && report.effect != Effect::Unchanged
        {
            story.last_in.insert(container, self.operation);
        }
        self.tell(self.operation, report);
    }

    fn change_of(&mut self, place: Place, before: Before) -> ChangeReport {
        let journal = self.journal.take().unwrap_or_default();
        let now = self.pointer_to(place);
        let after = self.value(place);
        let mut report = ChangeReport::new(&self.compiled.attribute(place.leaf()).path);
        match before {
            Before::One(before, pointer) => {
                one(&mut report, before.as_ref(), after, (&pointer, &now));
            }
            Before::Some(count, pointer) => match after {
                Some(Value::Array(items)) => elements(&mut report, items, &journal.0, &now),
                _ if count > 0 => {
                    report.effect = Effect::Removed;
                    report.count = count;
                    report.touch(|| pointer, Effect::Removed);
                }
                _ => {}
            },
            Before::All(before) => {
                whole(&mut report, &before, after.and_then(Value::as_array).unwrap_or_default());
                if report.effect != Effect::Unchanged {
                    let effect = report.effect;
                    report.touch(|| now, effect);
                }
            }
        }
        report
    }

    /// Tells that an extension goes as a whole, or that it was not there.
    pub(super) fn report_extension(&mut self, id: AttrId) {
        if self.story.is_none() {
            return;
        }
        let uri = &self.compiled.attribute(id).attribute.name;
        let mut report = ChangeReport::new(uri);
        if let Some(object) = self.resource.assigned(uri).and_then(Value::as_object) {
            report.effect = Effect::Removed;
            report.count = object.iter().filter(|(_, value)| !value.is_unassigned()).count();
            let spelling = self.resource.spelling(uri).unwrap_or(uri);
            report.touch(|| Pointer::root().name(spelling), Effect::Removed);
        }
        if let Some(story) = &mut self.story {
            story.last_in.insert(id, self.operation);
        }
        self.tell(self.operation, report);
    }

    /// Tells that `schemas` followed what the operations did to an extension, or to itself.
    pub(super) fn report_schemas(&mut self, id: Option<AttrId>, index: usize, came: bool) {
        let Some(story) = &self.story else { return };
        let last = id.and_then(|id| story.last_in.get(&id).copied());
        let Some(operation) =
            last.or_else(|| self.declared.as_ref().map(|declared| declared.operation))
        else {
            return;
        };
        let effect = Effect::of(!came, came);
        if self.takes_back(operation, Effect::of(came, !came)) {
            return;
        }
        let mut report = ChangeReport::new("schemas");
        report.effect = effect;
        report.count = 1;
        let spelling = self.resource.spelling("schemas").unwrap_or("schemas");
        report.touch(|| Pointer::root().name(spelling).index(index), effect);
        self.tell(operation, report);
    }

    /// Whether it was this operation that did the opposite to `schemas`: then it did nothing.
    fn takes_back(&mut self, operation: usize, opposite: Effect) -> bool {
        let story = self.story.as_mut();
        let Some(report) = story.and_then(|story| story.operations.get_mut(operation)) else {
            return false;
        };
        let undone = |change: &&mut ChangeReport| {
            &*change.scim_path == "schemas" && change.effect == opposite
        };
        let Some(change) = report.changes.iter_mut().rev().find(undone) else { return false };
        change.count = change.count.saturating_sub(1);
        if change.count == 0 {
            change.effect = Effect::Unchanged;
            change.touched.clear();
        }
        report.take_stock();
        true
    }

    /// Where an attribute (not the sub-attribute) is, as the resource spells it.
    fn pointer_to(&self, place: Place) -> Pointer {
        self.pointer(place.container, &self.compiled.attribute(place.attribute).attribute.name)
    }

    /// Where a member is, of the resource or of an extension.
    fn pointer(&self, container: Option<AttrId>, name: &str) -> Pointer {
        let mut pointer = Pointer::root();
        let home = self.home(container);
        if let Some(container) = container {
            let name = &self.compiled.attribute(container).attribute.name;
            pointer = pointer.name(self.resource.spelling(name).unwrap_or(name));
        }
        pointer.name(home.and_then(|home| home.spelling(name)).unwrap_or(name))
    }
}

/// What happened to one value, with its places before and now.
fn one(
    report: &mut ChangeReport,
    before: Option<&Value<'_>>,
    after: Option<&Value<'_>>,
    (was, is): (&Pointer, &Pointer),
) {
    let gone = after.is_none_or(Value::is_unassigned);
    report.effect = report.compare(before, after, &|| if gone { was } else { is }.clone()).0;
    report.count = usize::from(report.effect != Effect::Unchanged);
}

/// What happened to some values of a list. Places without a value are no places to others, so
/// every value's place among the others is counted.
fn elements(
    report: &mut ChangeReport,
    items: &[Value<'_>],
    journal: &BTreeMap<usize, Value<'static>>,
    list: &Pointer,
) {
    let (mut was, mut is) = (0_usize, 0_usize);
    let mut unmarked = Effect::Unchanged;
    let Some((end, _)) = journal.last_key_value() else { return };
    for (place, now) in items.iter().enumerate().take(end.saturating_add(1)) {
        let before = journal.get(&place);
        let was_there = *before.unwrap_or(now) != Value::Null;
        let is_there = *now != Value::Null;
        if let Some(before) = before {
            let index = if is_there { is } else { was };
            let (effect, only_unmarked) =
                report.compare(Some(before), Some(now), &|| list.index(index));
            report.count += usize::from(effect != Effect::Unchanged);
            let sum = if only_unmarked { &mut unmarked } else { &mut report.effect };
            *sum = sum.and(effect);
        }
        was += usize::from(was_there);
        is += usize::from(is_there);
    }
    if report.effect == Effect::Unchanged {
        report.effect = unmarked;
    }
}

/// How many values came and went when a list was replaced.
fn whole(report: &mut ChangeReport, before: &[Value<'_>], after: &[Value<'_>]) {
    let mut there: HashMap<String, usize> = HashMap::with_capacity(before.len());
    for value in before.iter().filter(|value| !value.is_unassigned()) {
        let count = there.entry(equal::canonical_text(value)).or_default();
        *count = count.saturating_add(1);
    }
    let mut came = 0_usize;
    for value in after.iter().filter(|value| !value.is_unassigned()) {
        match there.get_mut(&equal::canonical_text(value)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => came = came.saturating_add(1),
        }
    }
    let went: usize = there.values().sum();
    report.effect = Effect::of(went > 0, came > 0);
    report.count = came.max(went);
}
