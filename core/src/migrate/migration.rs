//! A migration: two passes over the same bytes, since references point forward too.

use super::index::Index;
use super::ldap::{self, Context, Converted, Sight, Tables};
use super::ldif::{self, Reader, Record};
use super::{Format, Kind, Options, Report};
use crate::error::{Code, Error, Issue};
use crate::value::{Object, Value};

/// What became of one record.
///
/// ```
/// use scimforge::migrate::{Format, Options, Outcome, convert_all};
///
/// let input = b"dn: dc=example\nobjectClass: domain\ndc: example\n\n\
///     dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n";
/// let migrated = convert_all(Format::Ldif, input, Options::default())?;
/// let [Outcome::Skipped { reason, .. }, Outcome::Resource(mara)] = &migrated.outcomes[..] else {
///     unreachable!("a root and a person")
/// };
/// assert_eq!((reason.as_str(), mara.line), ("domain", 5));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// A resource.
    Resource(Resource),
    /// Nothing for SCIM.
    Skipped {
        /// The record's first line.
        line: usize,
        /// The object class, or a word of ours.
        reason: String,
    },
    /// A record that does not get over.
    Rejected {
        /// The record's first line.
        line: usize,
        /// Why.
        issue: Issue,
        /// The record as it stood in the input, with its passwords left out; empty if it was too
        /// large to keep.
        raw: Vec<u8>,
    },
}

/// A record that became a SCIM resource.
///
/// ```
/// use scimforge::migrate::{Format, Kind, Options, convert_all};
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n";
/// let migrated = convert_all(Format::Ldif, input, Options::default())?;
/// let mara = migrated.resources().next().expect("a person");
/// assert_eq!((mara.kind, mara.key.as_str()), (Kind::User, "uid=mara,dc=example"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// User or Group.
    pub kind: Kind,
    /// What references hold in place of an `id`: the source's own stable identifier, or else the
    /// normalised DN.
    pub key: String,
    /// The record's first line.
    pub line: usize,
    /// The resource. `manager.value` and `members[].value` hold keys.
    pub resource: Value<'static>,
    /// What was bent or left out, as warnings.
    pub issues: Vec<Issue>,
}

/// Converts one input, pushed twice in pieces of any size.
///
/// ```
/// use scimforge::migrate::{Format, Migration, Options, Outcome};
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\ncn: Mara Holt\n";
/// let mut migration = Migration::new(Format::Ldif, Options::default());
/// migration.scan(input);
/// migration.end_scan()?;
/// migration.convert(input);
/// migration.end_convert();
/// while let Some(outcome) = migration.next_outcome() {
///     let Outcome::Resource(user) = outcome else { continue };
///     assert_eq!(user.resource.get("userName").and_then(|name| name.as_str()), Some("mara"));
/// }
/// assert_eq!(migration.report().read(), 1);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug)]
pub struct Migration {
    options: Options,
    tables: Tables,
    index: Index,
    scan: Reader,
    convert: Reader,
    /// How many records the first pass and the second have seen.
    scanned: u64,
    converted: u64,
    /// Records that have what an earlier one has, by number, and what it is.
    duplicates: Vec<(u64, &'static str)>,
    next_duplicate: usize,
    fatal: Option<Error>,
    pub(super) report: Report,
}

impl Migration {
    /// A migration before its first byte.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Migration, Options};
    ///
    /// assert_eq!(Migration::new(Format::Ldif, Options::default()).report().read(), 0);
    /// ```
    pub fn new(format: Format, options: Options) -> Self {
        let tables = Tables::new(&options);
        let report = Report::new(&tables);
        let reading = ldif::Options { record_bytes: options.record_bytes, strict: options.strict };
        let reader = || match format {
            Format::Ldif => Reader::new(reading),
        };
        Self {
            scan: reader(),
            convert: reader(),
            options,
            tables,
            index: Index::default(),
            scanned: 0,
            converted: 0,
            duplicates: Vec::new(),
            next_duplicate: 0,
            fatal: None,
            report,
        }
    }

    /// First pass: the next piece of the input.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Migration, Options};
    ///
    /// let mut migration = Migration::new(Format::Ldif, Options::default());
    /// for piece in [&b"dn: uid=mara,dc=exa"[..], b"mple\nobjectClass: person\nuid: mara\n"] {
    ///     migration.scan(piece);
    /// }
    /// assert!(migration.end_scan().is_ok());
    /// ```
    pub fn scan(&mut self, chunk: &[u8]) {
        self.scan.push(chunk);
        self.scan_records();
    }

    /// First pass: there is no more.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Migration, Options};
    ///
    /// let mut migration = Migration::new(Format::Ldif, Options::default());
    /// migration.scan(b"a letter to the editor");
    /// assert_eq!(migration.end_scan().expect_err("no entry").code().as_str(), "no-records");
    /// ```
    ///
    /// # Errors
    /// `no-records` where nothing looks like an entry, `ldif-version` for an unknown version.
    pub fn end_scan(&mut self) -> Result<(), Error> {
        self.scan.finish();
        self.scan_records();
        if let Some(error) = &self.fatal {
            return Err(error.clone());
        }
        if self.scan.entries() == 0 {
            return Err(Error::new(Code::NoRecords));
        }
        Ok(())
    }

    /// Second pass: the next piece of the same input. Take the outcomes after each piece.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Migration, Options};
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n\n";
    /// let mut migration = Migration::new(Format::Ldif, Options::default());
    /// migration.scan(input);
    /// migration.end_scan()?;
    /// migration.convert(input);
    /// assert!(migration.next_outcome().is_some());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn convert(&mut self, chunk: &[u8]) {
        self.convert.push(chunk);
    }

    /// Second pass: there is no more.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Migration, Options};
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt";
    /// let mut migration = Migration::new(Format::Ldif, Options::default());
    /// migration.scan(input);
    /// migration.end_scan()?;
    /// migration.convert(input);
    /// assert!(migration.next_outcome().is_none(), "it may go on");
    /// migration.end_convert();
    /// assert!(migration.next_outcome().is_some());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn end_convert(&mut self) {
        self.convert.finish();
    }

    /// Second pass: what became of the next record; `None` until more is pushed, or at the end.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Migration, Options, Outcome};
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n\n";
    /// let mut migration = Migration::new(Format::Ldif, Options::default());
    /// migration.scan(input);
    /// migration.end_scan()?;
    /// migration.convert(input);
    /// assert!(matches!(migration.next_outcome(), Some(Outcome::Resource(_))));
    /// assert!(migration.next_outcome().is_none());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn next_outcome(&mut self) -> Option<Outcome> {
        let read = self.convert.next_record();
        self.report.set_search_blocks(self.convert.search_blocks());
        let number = self.converted;
        self.converted += u64::from(read.is_some());
        Some(match read? {
            Ok(record) => self.outcome(&record, number),
            Err(error) => {
                let issue = error.into_issue();
                let line = issue.param("record").and_then(|line| line.parse().ok()).unwrap_or(0);
                let raw = ldap::masked(self.convert.rejected());
                self.report.reject(line, &issue);
                Outcome::Rejected { line, issue, raw }
            }
        })
    }

    /// What was done so far.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Kind, Migration, Options};
    ///
    /// let migration = Migration::new(Format::Ldif, Options::default());
    /// assert_eq!(migration.report().converted(Kind::User), 0);
    /// ```
    pub fn report(&self) -> &Report {
        &self.report
    }

    fn scan_records(&mut self) {
        while let Some(read) = self.scan.next_record() {
            let number = self.scanned;
            self.scanned += 1;
            let record = match read {
                Ok(record) => record,
                Err(error) if error.code() == Code::LdifVersion => {
                    self.fatal = Some(error);
                    return;
                }
                Err(_) => continue,
            };
            let Sight::Known(identity) = ldap::identify(&record, &self.tables, &self.options)
            else {
                continue;
            };
            // What a strict run rejects must not be referred to.
            if self.options.strict {
                let context = Context { tables: &self.tables, options: &self.options, index: None };
                if ldap::convert(&record, &identity, context).is_err() {
                    continue;
                }
            }
            if let Err(what) = self.index.insert(&identity) {
                self.duplicates.push((number, what));
            }
        }
    }

    fn outcome(&mut self, record: &Record, number: u64) -> Outcome {
        let line = record.line();
        let identity = match ldap::identify(record, &self.tables, &self.options) {
            Sight::Known(identity) => identity,
            Sight::Reject(error) => return self.reject(record, error),
            Sight::Skip(reason) => {
                self.report.skip(&reason);
                return Outcome::Skipped { line, reason };
            }
        };
        if let Some(what) = self.duplicate(number) {
            return self.reject(record, Error::new(Code::DuplicateKey).with("key", what));
        }
        let index = Some(&self.index);
        let context = Context { tables: &self.tables, options: &self.options, index };
        match ldap::convert(record, &identity, context) {
            Ok(Converted { resource, issues, counts }) => {
                self.report.convert(identity.kind, line, &issues, counts);
                let (kind, key) = (identity.kind, identity.key);
                Outcome::Resource(Resource { kind, key, line, resource, issues })
            }
            Err(error) => self.reject(record, error),
        }
    }

    fn reject(&mut self, record: &Record, error: Error) -> Outcome {
        let (line, issue) = (record.line(), error.into_issue());
        self.report.reject(line, &issue);
        Outcome::Rejected { line, issue, raw: ldap::masked(record.raw()) }
    }

    /// What the record of this number has that an earlier one has; numbers only rise.
    fn duplicate(&mut self, number: u64) -> Option<&'static str> {
        while let Some((at, what)) = self.duplicates.get(self.next_duplicate).copied() {
            if at > number {
                return None;
            }
            self.next_duplicate += 1;
            if at == number {
                return Some(what);
            }
        }
        None
    }
}

impl Outcome {
    /// The outcome as data: `outcome` ("resource", "skipped", "rejected") and `line`; `type`,
    /// `key`, `resource` and `issues`, or `reason`, or `issue` and `raw`.
    ///
    /// ```
    /// use scimforge::migrate::Outcome;
    ///
    /// let outcome = Outcome::Skipped { line: 7, reason: "domain".into() };
    /// assert_eq!(
    ///     outcome.to_value().to_string(),
    ///     r#"{"outcome":"skipped","line":7,"reason":"domain"}"#
    /// );
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut out = Object::new();
        match self {
            Self::Resource(converted) => {
                out.insert("outcome", Value::from("resource"));
                out.insert("line", Value::count(converted.line));
                out.insert("type", Value::from(converted.kind.as_str()));
                out.insert("key", Value::from(converted.key.clone()));
                out.insert("resource", converted.resource.clone());
                let issues = converted.issues.iter().map(Issue::to_value);
                out.insert("issues", Value::Array(issues.collect()));
            }
            Self::Skipped { line, reason } => {
                out.insert("outcome", Value::from("skipped"));
                out.insert("line", Value::count(*line));
                out.insert("reason", Value::from(reason.clone()));
            }
            Self::Rejected { line, issue, raw } => {
                out.insert("outcome", Value::from("rejected"));
                out.insert("line", Value::count(*line));
                out.insert("issue", issue.to_value());
                out.insert("raw", Value::from(String::from_utf8_lossy(raw).into_owned()));
            }
        }
        Value::Object(out)
    }
}
