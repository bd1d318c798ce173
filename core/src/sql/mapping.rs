//! Where resources lie.

use crate::error::Error;

/// The tables that hold resources: our own, all names with one prefix.
///
/// ```
/// use scimforge::sql::Mapping;
///
/// assert_eq!(Mapping::default().prefix(), "");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    prefix: Box<str>,
}

impl Default for Mapping {
    /// Without a prefix.
    fn default() -> Self {
        Self { prefix: "".into() }
    }
}

impl Mapping {
    /// Tables whose names begin with `prefix`, such as `scim_` or `app.scim_`.
    ///
    /// ```
    /// use scimforge::sql::Mapping;
    ///
    /// assert!(Mapping::with_prefix("app.scim_").is_ok());
    /// assert!(Mapping::with_prefix("scim; DROP").is_err());
    /// ```
    ///
    /// # Errors
    /// `invalid-option` for a prefix that would have to be quoted: it is made of letters in lower
    /// case, digits and `_`, with at most one dot behind a schema.
    pub fn with_prefix(prefix: &str) -> Result<Self, Error> {
        let plain = |part: &str| {
            part.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
                && !part.starts_with(|first: char| first.is_ascii_digit())
        };
        let parts: Vec<&str> = prefix.split('.').collect();
        let right = prefix.len() <= 40
            && parts.len() <= 2
            && parts.iter().all(|part| plain(part))
            && (parts.len() == 1 || parts.first().is_some_and(|schema| !schema.is_empty()));
        if right {
            return Ok(Self { prefix: prefix.into() });
        }
        Err(Error::invalid_option(
            "prefix",
            "letters in lower case, digits and _, with a schema and a dot before it if need be",
        ))
    }

    /// What the names of tables begin with.
    ///
    /// ```
    /// use scimforge::sql::Mapping;
    ///
    /// assert_eq!(Mapping::with_prefix("scim_")?.prefix(), "scim_");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The prefix without the schema that it may begin with: names of indexes stand without one.
    pub(super) fn bare(&self) -> &str {
        self.prefix.rsplit('.').next().unwrap_or_default()
    }

    /// Statements in which `$` stands for the prefix.
    pub(super) fn filled(&self, statements: &str) -> String {
        statements
            .trim_start()
            .replace("INDEX IF NOT EXISTS $", &format!("INDEX IF NOT EXISTS {}", self.bare()))
            .replace('$', &self.prefix)
    }
}
