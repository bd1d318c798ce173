//! What moved, what was lost, what needs a person. Names and counts, never values.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Kind;
use super::ldap::Tables;
use crate::error::{Issue, Severity};
use crate::value::{Object, Value};

/// Distinct names that a report tells; a hostile file has any number of them.
const NAMES: usize = 1_000;
/// Rejections that a report tells one by one.
const REJECTIONS: usize = 1_000;
/// Lines that a report tells for each kind of warning.
const LINES: usize = 5;
/// Bytes of a name from the input.
const NAME_BYTES: usize = 100;

/// Why a value did not get over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Loss {
    /// SCIM has no attribute for it.
    NoPlace,
    /// The place takes one value, another was taken.
    OneKept,
    /// The place was taken by another attribute.
    Taken,
    /// The same value again.
    Duplicate,
    /// In another language than the value that was taken.
    Variant,
    /// One of several keys or names, another was chosen.
    NotChosen,
    /// It could not be read.
    Unreadable,
    /// A reference that leads nowhere.
    Unresolved,
    /// Left out by option.
    NotAskedFor,
}

impl Loss {
    fn as_str(self) -> &'static str {
        match self {
            Self::NoPlace => "no-place",
            Self::OneKept => "one-kept",
            Self::Taken => "place-taken",
            Self::Duplicate => "duplicate",
            Self::Variant => "variant",
            Self::NotChosen => "not-chosen",
            Self::Unreadable => "unreadable",
            Self::Unresolved => "unresolved",
            Self::NotAskedFor => "by-option",
        }
    }
}

/// One thing to count about a record that got over.
#[derive(Debug, Clone)]
pub(crate) enum Count {
    /// A value that got to its place; the line of the mapping.
    Mapped(usize),
    Lost(Box<str>, Loss),
    Ignored(&'static str),
    /// A password that was left out; its scheme.
    Password(&'static str),
    /// An account that is off; the attribute that says so.
    Inactive(Cow<'static, str>),
    /// A member that stands for none.
    Placeholder,
    /// A member by its primary group.
    PrimaryMember,
}

/// A line of the mapping and how often it was used.
#[derive(Debug, Clone)]
struct Line {
    kind: Kind,
    from: String,
    to: String,
    own_extension: bool,
    count: u64,
}

/// A record that was rejected.
///
/// ```
/// use scimforge::migrate::{Format, Options, Rejection, convert_all};
///
/// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n\nuid: finn\n";
/// let report = convert_all(Format::Ldif, input, Options::default())?.report;
/// let Rejection { line, issue } = &report.rejections()[0];
/// assert_eq!((*line, issue.code.as_str()), (6, "ldif-no-dn"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The record's first line.
    pub line: usize,
    /// Why.
    pub issue: Issue,
}

/// So often each of these names. One type for all of them: the code for a map is not small.
type Counts = BTreeMap<Cow<'static, str>, u64>;

/// What a migration did, in numbers.
///
/// ```
/// use scimforge::migrate::{Format, Kind, Options, convert_all};
///
/// let input = b"dn: dc=example\nobjectClass: domain\ndc: example\n\n\
///     dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n";
/// let report = convert_all(Format::Ldif, input, Options::default())?.report;
/// assert_eq!((report.read(), report.converted(Kind::User), report.skipped()), (2, 1, 1));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Report {
    read: u64,
    users: u64,
    groups: u64,
    skipped: Counts,
    search_blocks: u64,
    rejections: Vec<Rejection>,
    rejected: u64,
    lines: Vec<Line>,
    lost: BTreeMap<(Box<str>, Loss), (Box<str>, u64)>,
    ignored: Counts,
    passwords: Counts,
    inactive: Counts,
    placeholders: u64,
    primary_members: u64,
    warnings: BTreeMap<&'static str, (u64, Vec<usize>)>,
}

impl Report {
    pub(crate) fn new(tables: &Tables) -> Self {
        let lines = [Kind::User, Kind::Group]
            .into_iter()
            .flat_map(|kind| tables.of(kind).lines().map(move |line| (kind, line)))
            .map(|(kind, (from, to))| Line {
                kind,
                from: from.to_owned(),
                to: to.to_string(),
                own_extension: to.is_own_extension(),
                count: 0,
            })
            .collect();
        Self { lines, ..Self::default() }
    }

    /// Records read, good and bad: converted, skipped and rejected together.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Options, convert_all};
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n";
    /// assert_eq!(convert_all(Format::Ldif, input, Options::default())?.report.read(), 1);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn read(&self) -> u64 {
        self.read
    }

    /// Resources of a type.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Kind, Options, convert_all};
    ///
    /// let input = b"dn: cn=bakers,dc=example\nobjectClass: groupOfNames\ncn: bakers\n";
    /// let report = convert_all(Format::Ldif, input, Options::default())?.report;
    /// assert_eq!((report.converted(Kind::Group), report.converted(Kind::User)), (1, 0));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn converted(&self, kind: Kind) -> u64 {
        match kind {
            Kind::User => self.users,
            Kind::Group => self.groups,
        }
    }

    /// Records that are nothing for SCIM.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Options, convert_all};
    ///
    /// let input = b"dn: dc=example\nobjectClass: domain\ndc: example\n";
    /// assert_eq!(convert_all(Format::Ldif, input, Options::default())?.report.skipped(), 1);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn skipped(&self) -> u64 {
        self.skipped.values().sum()
    }

    /// Records that were rejected.
    ///
    /// ```
    /// use scimforge::migrate::Report;
    ///
    /// assert_eq!(Report::default().rejected(), 0);
    /// ```
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// The first thousand rejections.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Options, convert_all};
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n\nuid: finn\n";
    /// let report = convert_all(Format::Ldif, input, Options::default())?.report;
    /// assert!(report.rejections().iter().all(|rejection| rejection.line == 6));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn rejections(&self) -> &[Rejection] {
        &self.rejections
    }

    /// Warnings about records that were converted.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Options, convert_all};
    ///
    /// let input = b"dn: cn=bakers,dc=example\nobjectClass: groupOfNames\ncn: bakers\n\
    ///     member: uid=gone,dc=example\n";
    /// let report = convert_all(Format::Ldif, input, Options::default())?.report;
    /// assert_eq!(report.warnings(), 1, "a member that is nowhere");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn warnings(&self) -> u64 {
        self.warnings.values().map(|(count, _)| count).sum()
    }

    pub(crate) fn convert(
        &mut self,
        kind: Kind,
        line: usize,
        issues: &[Issue],
        counts: Vec<Count>,
    ) {
        self.read += 1;
        match kind {
            Kind::User => self.users += 1,
            Kind::Group => self.groups += 1,
        }
        for issue in issues.iter().filter(|issue| issue.severity != Severity::Advice) {
            let (count, lines) = self.warnings.entry(issue.code.as_str()).or_default();
            *count += 1;
            if lines.len() < LINES && lines.last() != Some(&line) {
                lines.push(line);
            }
        }
        for count in counts {
            self.count(count);
        }
    }

    fn count(&mut self, count: Count) {
        match count {
            Count::Mapped(slot) => {
                if let Some(line) = self.lines.get_mut(slot) {
                    line.count += 1;
                }
            }
            Count::Lost(name, loss) => {
                let key = (name.to_ascii_lowercase().into_boxed_str(), loss);
                if let Some((_, count)) = self.lost.get_mut(&key) {
                    *count += 1;
                } else if self.lost.len() < NAMES {
                    self.lost.insert(key, (short(&name).into(), 1));
                } else {
                    self.lost.entry(("".into(), loss)).or_insert(("(others)".into(), 0)).1 += 1;
                }
            }
            Count::Ignored(name) => *self.ignored.entry(name.into()).or_default() += 1,
            Count::Password(scheme) => *self.passwords.entry(scheme.into()).or_default() += 1,
            Count::Inactive(name) => *self.inactive.entry(name).or_default() += 1,
            Count::Placeholder => self.placeholders += 1,
            Count::PrimaryMember => self.primary_members += 1,
        }
    }

    pub(crate) fn skip(&mut self, why: &str) {
        self.read += 1;
        let why = short(why);
        if let Some(count) = self.skipped.get_mut(why) {
            *count += 1;
        } else {
            let why = if self.skipped.len() < NAMES { why } else { "(others)" };
            *self.skipped.entry(why.to_owned().into()).or_default() += 1;
        }
    }

    pub(crate) fn reject(&mut self, line: usize, issue: &Issue) {
        self.read += 1;
        self.rejected += 1;
        if self.rejections.len() < REJECTIONS {
            self.rejections.push(Rejection { line, issue: issue.clone() });
        }
    }

    pub(crate) fn set_search_blocks(&mut self, count: u64) {
        self.search_blocks = count;
    }

    /// The report as data: `read`, `converted`, `skipped` by class or reason, `rejected` and the
    /// `rejections` with line, code and message, `attributes` (`mapped`, `extension`, `lost`,
    /// `ignored`), `passwords` by scheme, `inactive` by the attribute that says so,
    /// `placeholderMembers`, `primaryGroupMembers`, `searchBlocks`, and `warnings` by code with
    /// the first lines.
    ///
    /// ```
    /// use scimforge::migrate::{Format, Options, convert_all};
    ///
    /// let input = b"dn: uid=mara,dc=example\nobjectClass: person\nuid: mara\nsn: Holt\n\
    ///     userPassword: {SSHA}c2FsdHk=\n";
    /// let report = convert_all(Format::Ldif, input, Options::default())?.report.to_value();
    /// let passwords = report.get("passwords").map(ToString::to_string);
    /// assert_eq!(passwords.as_deref(), Some(r#"{"SSHA":1}"#));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut out = Object::new();
        out.insert("read", Value::count(self.read));
        let converted = [("User", Value::count(self.users)), ("Group", Value::count(self.groups))];
        out.insert("converted", Value::Object(Object::from_iter(converted)));
        out.insert("skipped", counts(&self.skipped));
        out.insert("rejected", Value::count(self.rejected));
        out.insert(
            "rejections",
            self.rejections.iter().map(Rejection::to_value).collect::<Vec<_>>().into(),
        );
        out.insert("attributes", self.attributes());
        out.insert("passwords", counts(&self.passwords));
        out.insert("inactive", counts(&self.inactive));
        out.insert("placeholderMembers", Value::count(self.placeholders));
        out.insert("primaryGroupMembers", Value::count(self.primary_members));
        out.insert("searchBlocks", Value::count(self.search_blocks));
        let warnings = self.warnings.iter().map(|(code, (count, lines))| {
            let lines = lines.iter().map(|line| Value::count(*line)).collect();
            object([
                ("code", Value::from(*code)),
                ("count", Value::count(*count)),
                ("lines", Value::Array(lines)),
            ])
        });
        out.insert("warnings", Value::Array(warnings.collect()));
        Value::Object(out)
    }

    fn attributes(&self) -> Value<'static> {
        let mapped = |own: bool| {
            let lines =
                self.lines.iter().filter(|line| line.count > 0 && line.own_extension == own);
            let lines = lines.map(|line| {
                object([
                    ("type", Value::from(line.kind.as_str())),
                    ("from", Value::from(line.from.clone())),
                    ("to", Value::from(line.to.clone())),
                    ("count", Value::count(line.count)),
                ])
            });
            Value::Array(lines.collect())
        };
        let lost = self.lost.iter().map(|((_, loss), (name, count))| {
            object([
                ("name", Value::from(name.to_string())),
                ("reason", Value::from(loss.as_str())),
                ("count", Value::count(*count)),
            ])
        });
        let names = self.ignored.keys().map(|name| Value::from(name.to_string())).collect();
        let ignored = [
            ("count", Value::count(self.ignored.values().sum::<u64>())),
            ("names", Value::Array(names)),
        ];
        object([
            ("mapped", mapped(false)),
            ("extension", mapped(true)),
            ("lost", Value::Array(lost.collect())),
            ("ignored", object(ignored)),
        ])
    }
}

impl Rejection {
    fn to_value(&self) -> Value<'static> {
        object([
            ("line", Value::count(self.line)),
            ("code", Value::from(self.issue.code.as_str())),
            ("message", Value::from(self.issue.message())),
        ])
    }
}

fn object<const N: usize>(members: [(&'static str, Value<'static>); N]) -> Value<'static> {
    Value::Object(Object::from_iter(members))
}

/// The counts by name. Members of an object are told apart without case, so names that differ in
/// nothing else are added up.
fn counts(counts: &Counts) -> Value<'static> {
    let mut object = Object::new();
    for (name, count) in counts {
        let before = object.get(name).and_then(|value| match value {
            Value::Number(number) => number.as_i64(),
            _ => None,
        });
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        object.insert(name.to_string(), Value::integer(before.unwrap_or(0).saturating_add(count)));
    }
    Value::Object(object)
}

fn short(name: &str) -> &str {
    match name.char_indices().find(|(at, _)| *at >= NAME_BYTES) {
        Some((at, _)) => name.get(..at).unwrap_or(name),
        None => name,
    }
}
