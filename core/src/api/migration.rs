//! Migrations over JSON text.

use super::Failure;
use super::options::read_options;
use crate::migrate::{self, Format, Options, Outcome};
use crate::value::{Object, Value, to_text};

/// A migration in two passes over the same bytes, pushed in pieces of any size: memory does not
/// grow with the input, but for a key a record.
///
/// ```
/// use scimforge::api::Migration;
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\ncn: Mara Holt\n";
/// let mut migration = Migration::new("ldif", "")?;
/// migration.scan(input);
/// migration.end_scan()?;
/// let mut outcomes = migration.convert(input);
/// outcomes.push_str(&migration.end_convert());
/// assert!(outcomes.contains(r#""userName":"mara""#));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
#[derive(Debug)]
pub struct Migration {
    inner: migrate::Migration,
}

impl Migration {
    /// A migration from `format` ("ldif").
    ///
    /// ```
    /// use scimforge::api::Migration;
    ///
    /// assert!(Migration::new("ldif", r#"{"passwords": "drop"}"#).is_ok());
    /// let failed = Migration::new("stone-tablets", "").err().expect("nobody reads them");
    /// assert_eq!(failed.issues[0].code.as_str(), "unknown-format");
    /// ```
    ///
    /// # Errors
    /// `unknown-format` and `invalid-option`.
    pub fn new(format: &str, options: &str) -> Result<Self, Failure> {
        let (format, options) = read(format, options)?;
        Ok(Self { inner: migrate::Migration::new(format, options) })
    }

    /// First pass: the next piece.
    ///
    /// ```
    /// use scimforge::api::Migration;
    ///
    /// let mut migration = Migration::new("ldif", "")?;
    /// migration.scan(b"dn: uid=mara,dc=exa");
    /// migration.scan(b"mple\nobjectClass: person\nuid: mara\n");
    /// assert!(migration.end_scan().is_ok());
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn scan(&mut self, chunk: &[u8]) {
        self.inner.scan(chunk);
    }

    /// First pass: there is no more.
    ///
    /// ```
    /// use scimforge::api::Migration;
    ///
    /// let mut migration = Migration::new("ldif", "")?;
    /// migration.scan(b"a letter to the editor");
    /// let failed = migration.end_scan().expect_err("nothing looks like an entry");
    /// assert_eq!(failed.issues[0].code.as_str(), "no-records");
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    ///
    /// # Errors
    /// See [`migrate::Migration::end_scan`].
    pub fn end_scan(&mut self) -> Result<(), Failure> {
        Ok(self.inner.end_scan()?)
    }

    /// Second pass: the next piece. The answer is a JSON array of the outcomes that are ready.
    ///
    /// ```
    /// use scimforge::api::Migration;
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n\n";
    /// let mut migration = Migration::new("ldif", "")?;
    /// migration.scan(input);
    /// migration.end_scan()?;
    /// assert!(migration.convert(input).starts_with(r#"[{"outcome":"resource""#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn convert(&mut self, chunk: &[u8]) -> String {
        self.inner.convert(chunk);
        self.ready()
    }

    /// Second pass: there is no more. The answer is a JSON array of the outcomes that were left.
    ///
    /// ```
    /// use scimforge::api::Migration;
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt";
    /// let mut migration = Migration::new("ldif", "")?;
    /// migration.scan(input);
    /// migration.end_scan()?;
    /// assert_eq!(migration.convert(input), "[]", "it may go on");
    /// assert!(migration.end_convert().contains(r#""line":1"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn end_convert(&mut self) -> String {
        self.inner.end_convert();
        self.ready()
    }

    /// The report so far, as JSON.
    ///
    /// ```
    /// use scimforge::api::Migration;
    ///
    /// assert!(Migration::new("ldif", "")?.report().starts_with(r#"{"read":0"#));
    /// # Ok::<(), scimforge::api::Failure>(())
    /// ```
    pub fn report(&self) -> String {
        to_text(&self.inner.report().to_value())
    }

    fn ready(&mut self) -> String {
        let outcomes = std::iter::from_fn(|| self.inner.next_outcome());
        to_text(&Value::Array(outcomes.map(|outcome| outcome.to_value()).collect()))
    }
}

/// Converts an input that is in memory as a whole: `{"resources": […], "rejected": […],
/// "skipped": […], "report": {…}}`, the lists holding outcomes.
///
/// ```
/// use scimforge::api::convert_all;
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\ncn: Mara Holt\n";
/// let result = convert_all("ldif", input, r#"{"userName": ["uid"]}"#)?;
/// assert!(result.starts_with(r#"{"resources":[{"#) && result.contains(r#""rejected":[]"#));
/// # Ok::<(), scimforge::api::Failure>(())
/// ```
///
/// # Errors
/// `unknown-format`, `invalid-option`, and those of [`migrate::convert_all`].
pub fn convert_all(format: &str, input: &[u8], options: &str) -> Result<String, Failure> {
    let (format, options) = read(format, options)?;
    let migrated = migrate::convert_all(format, input, options)?;
    let (mut resources, mut rejected, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in &migrated.outcomes {
        let list = match outcome {
            Outcome::Resource(_) => &mut resources,
            Outcome::Rejected { .. } => &mut rejected,
            Outcome::Skipped { .. } => &mut skipped,
        };
        list.push(outcome.to_value());
    }
    let mut object = Object::new();
    object.insert("resources", Value::Array(resources));
    object.insert("rejected", Value::Array(rejected));
    object.insert("skipped", Value::Array(skipped));
    object.insert("report", migrated.report.to_value());
    Ok(to_text(&Value::Object(object)))
}

fn read(format: &str, options: &str) -> Result<(Format, Options), Failure> {
    let format = Format::parse(format)?;
    let options = Options::from_value(&Value::Object(read_options(options)?))?;
    Ok((format, options))
}
