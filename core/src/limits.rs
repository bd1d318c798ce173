//! The limits on every depth and size, in one place.
//!
//! ```
//! use scimforge::limits::Limits;
//! use scimforge::value::read_with;
//!
//! let mut limits = Limits::DEFAULT;
//! limits.json_depth = 2;
//! let error = read_with(r#"{"a": [[1]]}"#, &limits).expect_err("three levels");
//! assert_eq!(error.code().as_str(), "too-deep");
//! ```

use crate::error::Error;
use crate::value::Value;

/// Bounds on what a reader accepts. All are checked; none can be turned off, only moved.
///
/// ```
/// use scimforge::filter::Filter;
/// use scimforge::limits::Limits;
/// use scimforge::profile::Profile;
///
/// let mut limits = Limits::DEFAULT;
/// limits.filter_terms = 1;
/// let error = Filter::parse("title pr or active pr", Profile::RFC, &limits).expect_err("two");
/// assert_eq!(error.code().as_str(), "filter-too-many-terms");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a JSON text. Default 64 MiB: a group of 100,000 members has about 16 MiB.
    pub json_bytes: usize,
    /// Nesting of a JSON text or host object. Default 64.
    pub json_depth: usize,
    /// Bytes of a filter or path. Default 8 KiB.
    pub filter_bytes: usize,
    /// Nesting of a filter: parentheses, `not` and brackets. Default 32.
    pub filter_depth: usize,
    /// Comparisons in a filter. Default 256.
    pub filter_terms: usize,
    /// Operations in a PATCH. Default 1,000.
    pub patch_operations: usize,
    /// Issues collected before validation stops. Default 100.
    pub issues: usize,
}

impl Limits {
    /// The defaults named at each field.
    pub const DEFAULT: Self = Self {
        json_bytes: 64 << 20,
        json_depth: 64,
        filter_bytes: 8 << 10,
        filter_depth: 32,
        filter_terms: 256,
        patch_operations: 1_000,
        issues: 100,
    };
}

/// The deepest nesting that can be allowed: readers keep a frame on the stack for each level.
const DEEPEST_JSON: usize = 256;
const DEEPEST_FILTER: usize = 64;

impl Limits {
    /// Reads `{"jsonBytes", "jsonDepth", "filterBytes", "filterDepth", "filterTerms",
    /// "patchOperations"}`, all optional, over the defaults. The limit on issues is an option of
    /// validation (`maxIssues`).
    ///
    /// ```
    /// use scimforge::limits::Limits;
    /// use scimforge::value::read;
    ///
    /// let limits = Limits::from_value(&read(r#"{"patchOperations": 50}"#)?)?;
    /// assert_eq!((limits.patch_operations, limits.json_depth), (50, 64));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a name that is none, and for what is no positive integer; `jsonDepth`
    /// goes up to 256, `filterDepth` up to 64.
    pub fn from_value(value: &Value<'_>) -> Result<Self, Error> {
        let mut limits = Self::DEFAULT;
        let object = match value {
            Value::Null => return Ok(limits),
            Value::Object(object) => object,
            _ => return Err(Error::invalid_option("limits", "an object of sizes")),
        };
        for (key, value) in object.iter() {
            let (limit, most) = match key {
                "jsonBytes" => (&mut limits.json_bytes, usize::MAX),
                "jsonDepth" => (&mut limits.json_depth, DEEPEST_JSON),
                "filterBytes" => (&mut limits.filter_bytes, usize::MAX),
                "filterDepth" => (&mut limits.filter_depth, DEEPEST_FILTER),
                "filterTerms" => (&mut limits.filter_terms, usize::MAX),
                "patchOperations" => (&mut limits.patch_operations, usize::MAX),
                other => {
                    return Err(Error::invalid_option(other, "no value: there is no such limit")
                        .helped(
                            "limits: jsonBytes, jsonDepth, filterBytes, filterDepth, filterTerms, \
                             patchOperations",
                        ));
                }
            };
            *limit = value
                .as_count()
                .filter(|count| (1..=most).contains(count))
                .ok_or_else(|| Error::invalid_option(key, &expected(most)))?;
        }
        Ok(limits)
    }
}

fn expected(most: usize) -> String {
    if most == usize::MAX {
        "a positive integer".to_owned()
    } else {
        format!("a positive integer up to {most}")
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
