//! Where a walk stands, kept on the stack: a pointer is only built where something is found.

use crate::error::{Pointer, Segment};

/// One step of the way, with a reference to the step before.
#[derive(Clone, Copy)]
pub(crate) enum Trail<'t> {
    /// Where the walk began.
    Base(&'t Pointer),
    /// A member.
    Name(&'t Trail<'t>, &'t str),
    /// An element.
    Index(&'t Trail<'t>, usize),
}

impl<'t> Trail<'t> {
    /// The member `name` of this place.
    pub(crate) fn name(&'t self, name: &'t str) -> Self {
        Trail::Name(self, name)
    }

    /// The element `index` of this place.
    pub(crate) fn index(&'t self, index: usize) -> Self {
        Trail::Index(self, index)
    }

    /// The way as a pointer.
    pub(crate) fn pointer(&self) -> Pointer {
        let mut steps = Vec::new();
        let mut at = self;
        let base = loop {
            match at {
                Trail::Base(pointer) => break *pointer,
                Trail::Name(before, name) => {
                    steps.push(Segment::Name((*name).into()));
                    at = before;
                }
                Trail::Index(before, index) => {
                    steps.push(Segment::Index(*index));
                    at = before;
                }
            }
        };
        base.segments().iter().cloned().chain(steps.into_iter().rev()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_written_from_the_base_on() {
        let base = Pointer::root().name("Operations").index(3);
        let root = Trail::Base(&base);
        let emails = root.name("emails");
        let element = emails.index(1);
        assert_eq!(element.name("a/b").pointer().to_string(), "/Operations/3/emails/1/a~1b");
    }
}
