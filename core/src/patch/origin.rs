//! Where a change stands in the message: a pointer is only built for who asks.

use std::borrow::Cow;

use crate::error::{Pointer, Segment};
use crate::name;
use crate::validate::trail::Trail;

/// So many steps are `/Operations/0/value/urn:…/name`, the longest way there mostly is.
const STEPS: usize = 5;

/// A place in the message.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// By its steps, the last one first.
    Steps([Option<Step>; STEPS]),
    /// One that is further down.
    Far(Pointer),
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Name(Cow<'static, str>),
    Index(usize),
}

/// For who is nowhere yet.
pub(super) static NOWHERE: Origin = Origin::Steps([const { None }; STEPS]);

impl Origin {
    pub(super) fn of(trail: &Trail<'_>) -> Self {
        let mut steps = [const { None }; STEPS];
        let mut at = trail;
        for place in &mut steps {
            at = match at {
                Trail::Base(base) if base.segments().is_empty() => return Self::Steps(steps),
                Trail::Base(_) => return Self::Far(trail.pointer()),
                Trail::Name(before, name) => {
                    *place = Some(Step::Name(to_static(name)));
                    before
                }
                Trail::Index(before, index) => {
                    *place = Some(Step::Index(*index));
                    before
                }
            };
        }
        match at {
            Trail::Base(base) if base.segments().is_empty() => Self::Steps(steps),
            _ => Self::Far(trail.pointer()),
        }
    }

    pub(super) fn pointer(&self) -> Pointer {
        match self {
            Self::Steps(steps) => steps
                .iter()
                .rev()
                .flatten()
                .map(|step| match step {
                    Step::Name(name) => Segment::Name(name.as_ref().into()),
                    Step::Index(index) => Segment::Index(*index),
                })
                .collect(),
            Self::Far(pointer) => pointer.clone(),
        }
    }
}

fn to_static(text: &str) -> Cow<'static, str> {
    match text {
        "Operations" => Cow::Borrowed("Operations"),
        "path" => Cow::Borrowed("path"),
        _ => name::to_static(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_the_pointer_of_its_trail() {
        for base in ["", "/a/0"] {
            let base = Pointer::parse(base).expect("a pointer");
            let mut trails = vec![Trail::Base(&base)];
            let mut all = Vec::new();
            for step in 0..8 {
                let before = Box::leak(Box::new(trails.pop().expect("one")));
                trails.push(if step % 2 == 0 {
                    before.name("Operations")
                } else {
                    before.index(step)
                });
                all.push(*before);
            }
            for trail in all {
                assert_eq!(Origin::of(&trail).pointer(), trail.pointer());
            }
        }
        assert_eq!(NOWHERE.pointer(), Pointer::root());
    }
}
