//! Rules between the elements of a list: one primary, no value twice, immutable elements
//! (SCH-061, SCH-062, WRT-030).

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::super::finding;
use super::super::fit;
use super::super::trail::Trail;
use super::super::walk::Walk;
use crate::error::{Code, Severity};
use crate::name;
use crate::profile::Quirk;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Mutability};
use crate::text;
use crate::value::{Node, Value, View};

/// What has been seen of a list so far. Everything is hashed, so that a hundred thousand
/// members cost a hundred thousand steps.
pub(in super::super) struct Elements<'a, 'b> {
    /// Whether elements can be primary, and how many were.
    primary: Option<usize>,
    /// The pairs of type and value that came; none if nobody wants to know.
    pairs: Option<Pairs<'a>>,
    /// The elements as they were, where that matters.
    before: Option<Earlier<'b>>,
    value: Option<AttrId>,
}

/// What matters of an element beyond the element itself.
#[derive(Default)]
struct Peek<'a> {
    kind: Option<Cow<'a, str>>,
    value: Option<Cow<'a, str>>,
    primary: Option<Cow<'a, str>>,
}

/// What an element is told apart by: its type and its value.
type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// So many are compared faster than hashed.
const FEW: usize = 4;

/// A set of pairs of type and value.
#[derive(Default)]
struct Pairs<'a> {
    few: [Option<Pair<'a>>; FEW],
    /// Folded where case does not count.
    many: HashSet<Pair<'a>>,
    kind_exact: bool,
    value_exact: bool,
}

impl<'a> Pairs<'a> {
    /// Adds a pair. Whether it is new.
    fn insert(&mut self, (kind, value): Pair<'a>) -> bool {
        if !self.many.is_empty() {
            return self.hash((kind, value));
        }
        for place in &mut self.few {
            if let Some((other, with)) = place {
                if text::equal(with, &value, self.value_exact)
                    && text::equal(other, &kind, self.kind_exact)
                {
                    return false;
                }
            } else {
                *place = Some((kind, value));
                return true;
            }
        }
        for pair in std::mem::take(&mut self.few).into_iter().flatten() {
            self.hash(pair);
        }
        self.hash((kind, value))
    }

    fn hash(&mut self, (kind, value): Pair<'a>) -> bool {
        self.many.insert((
            text::into_key(kind, self.kind_exact),
            text::into_key(value, self.value_exact),
        ))
    }
}

/// The elements as they were, found by their `value`.
struct Earlier<'b> {
    items: &'b [Value<'b>],
    /// The element after the one that was found last: most lists keep their order.
    next: usize,
    by_value: Option<HashMap<Cow<'b, str>, &'b Value<'b>>>,
}

impl<'b> Earlier<'b> {
    /// The element with this `value`, which is `attribute`.
    fn find(&mut self, attribute: &CompiledAttribute, text: &str) -> Option<&'b Value<'b>> {
        /// So many elements that are gone are passed over before all are hashed.
        const GONE: usize = 8;
        let mut near = self.items.iter().enumerate().skip(self.next).take(GONE);
        let is_it = |item: &Value<'_>| item.get("value").and_then(Value::as_str) == Some(text);
        if let Some((at, item)) = near.find(|(_, item)| is_it(item)) {
            self.next = at + 1;
            return Some(item);
        }
        let by_value = self.by_value.get_or_insert_with(|| {
            let keyed = |item: &'b Value<'b>| {
                let text = scalar(&item.get("value")?)?;
                Some((text::into_key(text, attribute.case_exact), item))
            };
            self.items.iter().filter_map(keyed).collect()
        });
        by_value.get(&*text::key(text, attribute.case_exact)).copied()
    }
}

impl<'b> Elements<'_, 'b> {
    /// For a list of `attribute`, which was `before`.
    pub(in super::super) fn of(
        walk: &Walk<'_>,
        attribute: &CompiledAttribute,
        before: Option<&'b Value<'b>>,
    ) -> Self {
        let compiled = walk.compiled;
        let nature = &attribute.nature;
        let child = |id: Option<AttrId>| id.map(|id| compiled.attribute(id));
        let (kind, value) = (child(nature.element_type), child(nature.element_value));
        let primary = child(nature.element_primary).filter(|primary| primary.kind == Kind::Boolean);
        let comparable = attribute.kind != Kind::Complex
            || value.is_some_and(|value| value.kind != Kind::Complex);
        let exact =
            |attribute: Option<&CompiledAttribute>| attribute.is_some_and(|found| found.case_exact);
        Self {
            primary: primary.map(|_| 0),
            pairs: (comparable && walk.sink.wants(Severity::Warning)).then(|| Pairs {
                kind_exact: exact(kind),
                value_exact: exact(value.or(Some(attribute))),
                ..Pairs::default()
            }),
            before: earlier(compiled, attribute, value, before),
            value: value.map(|value| value.id),
        }
    }
}

/// The elements as they were, where it matters: if something in them cannot be changed.
fn earlier<'b>(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
    value: Option<&CompiledAttribute>,
    before: Option<&'b Value<'b>>,
) -> Option<Earlier<'b>> {
    let fixed = |child: &CompiledAttribute| {
        matches!(child.mutability, Mutability::Immutable | Mutability::ReadOnly)
    };
    let (Some(_), Some(Value::Array(items))) = (value, before) else { return None };
    let matters = !items.is_empty() && compiled.children(attribute.id).any(fixed);
    matters.then_some(Earlier { items, next: 0, by_value: None })
}

impl Walk<'_> {
    /// Looks at an element beside those before it. The answer is the element as it was.
    pub(in super::super) fn element<'a, 'b, N: Node<'a>>(
        &mut self,
        elements: &mut Elements<'a, 'b>,
        attribute: &CompiledAttribute,
        node: &N,
        trail: &Trail<'_>,
    ) -> Option<&'b Value<'b>> {
        if elements.primary.is_none() && elements.pairs.is_none() && elements.before.is_none() {
            return None;
        }
        let peek = self.peek(attribute, node, elements);
        if let (Some(primary), Some(count)) = (&peek.primary, &mut elements.primary) {
            *count += 1;
            if *count == 2 {
                self.report(Severity::Error, &trail.name(primary), || {
                    finding::about(attribute, Code::MultiplePrimary)
                        .path(format!("{}.primary", attribute.path))
                });
            }
        }
        let compiled = self.compiled;
        let value = peek.value?;
        let before = match (elements.value, &mut elements.before) {
            (Some(id), Some(earlier)) => earlier.find(compiled.attribute(id), &value),
            _ => None,
        };
        if let Some(pairs) = &mut elements.pairs
            && !pairs.insert((peek.kind.unwrap_or_default(), value))
        {
            self.report(Severity::Warning, trail, || {
                finding::about(attribute, Code::DuplicateValue)
            });
        }
        before
    }

    fn peek<'a, N: Node<'a>>(
        &self,
        attribute: &CompiledAttribute,
        node: &N,
        elements: &Elements<'a, '_>,
    ) -> Peek<'a> {
        let mut peek = Peek::default();
        let nature = &attribute.nature;
        let compared = elements.pairs.is_some() || elements.before.is_some();
        match node.view() {
            View::Map(members) => {
                for (name, member) in members {
                    let known = member.attribute(self.compiled.identity());
                    let is = |id: Option<AttrId>, text| match known {
                        Some(known) => id == Some(known),
                        None => name::same(&name, text),
                    };
                    if compared && is(nature.element_value, "value") {
                        peek.value = scalar(&member);
                    } else if compared && is(nature.element_type, "type") {
                        peek.kind = scalar(&member);
                    } else if is(nature.element_primary, "primary") && self.is_true(&member) {
                        peek.primary = Some(name);
                    }
                }
            }
            View::Null | View::List(_) | View::Foreign(_) => {}
            View::Bool(_) | View::Number(_) | View::Text(_) => peek.value = scalar(node),
        }
        peek
    }

    fn is_true<'a, N: Node<'a>>(&self, node: &N) -> bool {
        match node.view() {
            View::Bool(truth) => truth,
            View::Text(text) => {
                self.options.profile.allows(Quirk::BooleanText) && fit::truth(&text) == Some(true)
            }
            _ => false,
        }
    }
}

fn scalar<'a, N: Node<'a>>(node: &N) -> Option<Cow<'a, str>> {
    match node.view() {
        View::Text(text) => Some(text),
        View::Number(number) => Some(Cow::Owned(number.as_str().to_owned())),
        View::Bool(truth) => Some(Cow::Borrowed(if truth { "true" } else { "false" })),
        _ => None,
    }
}
