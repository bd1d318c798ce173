//! JSON Pointers (RFC 6901).

use std::fmt;

/// A step of a [`Pointer`].
///
/// ```
/// use scimforge::error::{Pointer, Segment};
///
/// let at = Pointer::parse("/emails/0").expect("a pointer");
/// assert_eq!(at.segments(), [Segment::Name("emails".into()), Segment::Index(0)]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A member of an object.
    Name(Box<str>),
    /// An element of an array.
    Index(usize),
}

impl Segment {
    fn parse(step: &str) -> Option<Self> {
        let canonical = step == "0" || !step.starts_with(['0', '+']);
        if let (true, Ok(index)) = (canonical, step.parse()) {
            return Some(Self::Index(index));
        }
        let escapes = step.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
        escapes.then(|| Self::Name(step.replace("~1", "/").replace("~0", "~").into()))
    }
}

/// A place in a JSON document; the root is the empty pointer.
///
/// ```
/// use scimforge::error::Pointer;
///
/// let at = Pointer::root().name("emails").index(0).name("value");
/// assert_eq!(at.to_string(), "/emails/0/value");
/// assert_eq!(Pointer::parse("/emails/0/value"), Some(at));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer {
    segments: Vec<Segment>,
}

impl Pointer {
    /// The whole document.
    ///
    /// ```
    /// use scimforge::error::Pointer;
    ///
    /// assert_eq!(Pointer::root().to_string(), "");
    /// ```
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `name` of this place.
    ///
    /// ```
    /// use scimforge::error::Pointer;
    ///
    /// assert_eq!(Pointer::root().name("a/b").to_string(), "/a~1b");
    /// ```
    #[must_use]
    pub fn name(&self, name: &str) -> Self {
        let mut longer = self.clone();
        longer.segments.push(Segment::Name(name.into()));
        longer
    }

    /// The element `index` of this place.
    ///
    /// ```
    /// use scimforge::error::Pointer;
    ///
    /// assert_eq!(Pointer::root().name("members").index(2).to_string(), "/members/2");
    /// ```
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
    ///
    /// ```
    /// use scimforge::error::Pointer;
    ///
    /// assert_eq!(Pointer::root().name("name").name("givenName").segments().len(), 2);
    /// ```
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Reads `/emails/0/value`. A step of digits without leading zeros is an index (RFC 6901 §4).
    /// `None` if the text does not begin with a slash (the root is the empty text), or has a `~`
    /// that is no escape.
    ///
    /// ```
    /// use scimforge::error::Pointer;
    ///
    /// assert!(Pointer::parse("/emails/0/value").is_some());
    /// assert_eq!(Pointer::parse("emails"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::root());
        }
        text.strip_prefix('/')?.split('/').map(Segment::parse).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_read_as_they_are_written() {
        for text in [
            "",
            "/",
            "/emails/0/value",
            "/a~1b/~0",
            "/~01",
            "/00",
            "/-1",
            "/+1",
            "/urn:x:y",
            "/99999999999999999999",
        ] {
            let pointer = Pointer::parse(text).expect(text);
            assert_eq!(pointer.to_string(), text);
        }
        let steps = |text: &str| Pointer::parse(text).map(|pointer| pointer.segments().to_vec());
        assert_eq!(steps("/0/10"), Some(vec![Segment::Index(0), Segment::Index(10)]));
        assert_eq!(
            steps("/01/~01"),
            Some(vec![Segment::Name("01".into()), Segment::Name("~1".into())])
        );
        for bad in ["emails", "/~", "/a~2"] {
            assert_eq!(Pointer::parse(bad), None, "{bad}");
        }
    }
}
