//! PATCH paths: `attribute`, `attribute[filter]`, `attribute[filter].subAttribute`
//! (RFC 7644 §3.5.2 Figure 7).

use std::fmt;

use super::AttributePath;
use crate::error::{Error, ScimType, Span};
use crate::filter::{Expression, Parser};
use crate::limits::Limits;
use crate::profile::{Profile, Trace};

/// A PATCH path as it was written.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::path::PatchPath;
/// use scimforge::profile::{Profile, Trace};
///
/// let text = "emails[type eq \"work\"].value";
/// let path = PatchPath::parse(text, Profile::STRICT, &Limits::DEFAULT, &mut Trace::new())?;
/// assert_eq!(path.attribute.as_str(), "emails");
/// assert_eq!(path.filter.map(|filter| filter.to_string()).as_deref(), Some("type eq \"work\""));
/// assert_eq!(path.sub_attribute.as_deref(), Some("value"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PatchPath {
    /// The attribute, perhaps with a URN and a sub-attribute.
    pub attribute: AttributePath,
    /// The filter in brackets.
    pub filter: Option<Expression>,
    /// The sub-attribute behind the brackets.
    pub sub_attribute: Option<Box<str>>,
    /// Where the sub-attribute stands in the text.
    pub sub_attribute_span: Span,
}

impl PatchPath {
    /// Reads a path.
    ///
    /// ```
    /// use scimforge::limits::Limits;
    /// use scimforge::path::PatchPath;
    /// use scimforge::profile::{Profile, Trace};
    ///
    /// let parse = |text| PatchPath::parse(text, Profile::STRICT, &Limits::DEFAULT, &mut Trace::new());
    /// assert!(parse("name.familyName").is_ok());
    /// assert_eq!(parse("emails[type eq").expect_err("it breaks off").code().as_str(), "filter-syntax");
    /// ```
    ///
    /// # Errors
    /// `invalid-path` where the path is malformed, a filter's error (such as `filter-syntax`)
    /// where the part in brackets is, `filter-too-long` beyond `limits.filter_bytes`.
    pub fn parse(
        text: &str,
        profile: Profile,
        limits: &Limits,
        trace: &mut Trace,
    ) -> Result<Self, Error> {
        let mut parser = Parser::new(text, profile, limits)
            .map_err(|error| error.typed(ScimType::InvalidPath))?;
        let path = parser.patch_path()?;
        trace.append(parser.into_trace());
        Ok(path)
    }
}

impl fmt::Display for PatchPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.attribute.fmt(formatter)?;
        if let Some(filter) = &self.filter {
            write!(formatter, "[{filter}]")?;
        }
        if let Some(sub) = &self.sub_attribute {
            write!(formatter, ".{sub}")?;
        }
        Ok(())
    }
}
