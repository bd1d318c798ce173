//! JSON Pointers (RFC 6901).

use std::fmt;

/// A step of a [`Pointer`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A member of an object.
    Name(Box<str>),
    /// An element of an array.
    Index(usize),
}

/// A place in a JSON document; the root is the empty pointer.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer {
    segments: Vec<Segment>,
}

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `name` of this place.
    #[must_use]
    pub fn name(&self, name: &str) -> Self {
        let mut longer = self.clone();
        longer.segments.push(Segment::Name(name.into()));
        longer
    }

    /// The element `index` of this place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut longer = self.clone();
        longer.segments.push(Segment::Index(index));
        longer
    }

    /// Puts a step before all others.
    pub(super) fn prepend(&mut self, segment: Segment) {
        self.segments.insert(0, segment);
    }

    /// The steps from the root.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Reads `/emails/0/value`. An all-digit step is an index. `None` if the text does not begin
    /// with a slash (the root is the empty text).
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::root());
        }
        let segments = text
            .strip_prefix('/')?
            .split('/')
            .map(|step| match step.parse::<usize>() {
                Ok(index) if !step.starts_with('+') => Segment::Index(index),
                _ => Segment::Name(step.replace("~1", "/").replace("~0", "~").into()),
            })
            .collect();
        Some(Self { segments })
    }
}

impl FromIterator<Segment> for Pointer {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Self { segments: segments.into_iter().collect() }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for segment in &self.segments {
            match segment {
                Segment::Name(name) => {
                    write!(formatter, "/{}", name.replace('~', "~0").replace('/', "~1"))?;
                }
                Segment::Index(index) => write!(formatter, "/{index}")?,
            }
        }
        Ok(())
    }
}
