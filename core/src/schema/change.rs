//! What a new version of a schema means for those who know the old one.

use std::collections::{HashMap, HashSet};

use super::{Attribute, Kind, Mutability, Returned, Schema, Uniqueness};
use crate::name;
use crate::text;
use crate::value::{Object, Value};

/// Whether clients and data of the old schema still work with the new one.
///
/// ```
/// use scimforge::schema::Verdict;
///
/// assert!(Verdict::Breaking > Verdict::Compatible);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// They do.
    Compatible,
    /// Some do not.
    Breaking,
}

impl Verdict {
    /// `compatible` or `breaking`.
    ///
    /// ```
    /// use scimforge::schema::Verdict;
    ///
    /// assert_eq!(Verdict::Breaking.as_str(), "breaking");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }

    /// Of several changes: breaking if one is.
    ///
    /// ```
    /// use scimforge::schema::Verdict;
    ///
    /// assert_eq!(Verdict::of(&[]), Verdict::Compatible);
    /// ```
    pub fn of(changes: &[Change]) -> Self {
        changes.iter().map(|change| change.verdict).max().unwrap_or(Self::Compatible)
    }
}

/// One difference between two versions of a schema.
///
/// ```
/// use scimforge::schema::{builtin, changes};
///
/// let old = &builtin::schemas()[0];
/// let mut new = old.clone();
/// let gone = new.attributes.remove(0);
/// let change = &changes(old, &new)[0];
/// assert_eq!((&change.path, change.what), (&gone.name, "attribute-removed"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The attribute, such as `emails.type`; empty for the schema itself.
    pub path: Box<str>,
    /// What has changed: a stable kebab-case word such as `type-changed`.
    pub what: &'static str,
    /// What it means.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: &'static str,
}

impl Change {
    /// As JSON: `{path, what, verdict, reason}`.
    ///
    /// ```
    /// use scimforge::schema::{Change, Verdict};
    ///
    /// let change = Change {
    ///     path: "title".into(),
    ///     what: "type-changed",
    ///     verdict: Verdict::Breaking,
    ///     reason: "values are of another kind",
    /// };
    /// assert!(change.to_value().to_string().starts_with(r#"{"path":"title","what":"type-changed""#));
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let mut object = Object::new();
        object.insert("path", Value::from(self.path.to_string()));
        object.insert("what", Value::from(self.what));
        object.insert("verdict", Value::from(self.verdict.as_str()));
        object.insert("reason", Value::from(self.reason));
        object.into()
    }
}

/// Every difference between two versions of a schema, in the order of the old one, what is new
/// after that. The order of attributes means nothing, nor does the case of names (RFC 7643 §2.1).
///
/// Breaking is what a client that was right before can stumble over: what it sends is refused or
/// asked for, what it reads is gone or of another kind, or what it compares compares otherwise.
///
/// ```
/// use scimforge::schema::{Attribute, Kind, Mutability, Verdict, builtin, changes};
///
/// let old = builtin::schemas()[1].clone();
/// let mut new = old.clone();
/// new.attributes.push(Attribute::new("costCenter", Kind::String));
/// assert_eq!(Verdict::of(&changes(&old, &new)), Verdict::Compatible);
///
/// new.attributes[0].mutability = Mutability::Immutable;
/// let found = changes(&old, &new);
/// assert_eq!((&*found[0].path, found[0].what), ("displayName", "mutability-narrowed"));
/// assert_eq!(Verdict::of(&found), Verdict::Breaking);
/// ```
pub fn changes(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut comparing = Comparing { changes: Vec::new() };
    if old.id != new.id {
        let same = name::same(&old.id, &new.id);
        let reason = if same {
            "URIs are compared without case"
        } else {
            "resources name the schema by its URI"
        };
        comparing.add("", if same { "id-respelled" } else { "id-changed" }, !same, reason);
    }
    if old.name != new.name {
        comparing.add("", "name-changed", false, "the name is for people");
    }
    comparing.described("", &old.description, &new.description);
    comparing.attributes("", &old.attributes, &new.attributes);
    comparing.changes
}

struct Comparing {
    changes: Vec<Change>,
}

impl Comparing {
    fn add(&mut self, path: &str, what: &'static str, breaking: bool, reason: &'static str) {
        let verdict = if breaking { Verdict::Breaking } else { Verdict::Compatible };
        self.changes.push(Change { path: path.into(), what, verdict, reason });
    }

    fn described(&mut self, path: &str, old: &str, new: &str) {
        if old != new {
            self.add(path, "description-changed", false, "the description is for people");
        }
    }

    /// As deep as the schema, which reading limits to three levels.
    fn attributes(&mut self, parent: &str, old: &[Attribute], new: &[Attribute]) {
        let by_name = |list: &[Attribute]| -> HashMap<String, usize> {
            list.iter()
                .enumerate()
                .map(|(index, attribute)| (attribute.name.to_ascii_lowercase(), index))
                .collect()
        };
        let path = |name: &str| {
            if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
        };
        let (before, after) = (by_name(old), by_name(new));
        for attribute in old {
            let path = path(&attribute.name);
            let now =
                after.get(&attribute.name.to_ascii_lowercase()).and_then(|index| new.get(*index));
            match now {
                Some(now) => self.attribute(&path, attribute, now),
                None => self.add(
                    &path,
                    "attribute-removed",
                    true,
                    "clients may send it, read it or filter by it",
                ),
            }
        }
        for attribute in
            new.iter().filter(|new| !before.contains_key(&new.name.to_ascii_lowercase()))
        {
            let path = path(&attribute.name);
            if is_demanded(attribute) {
                self.add(
                    &path,
                    "required-attribute-added",
                    true,
                    "clients that do not know it do not send it",
                );
            } else {
                self.add(
                    &path,
                    "attribute-added",
                    false,
                    "clients pass over what they do not know",
                );
            }
        }
    }

    fn attribute(&mut self, path: &str, old: &Attribute, new: &Attribute) {
        if old.name != new.name {
            self.add(path, "name-respelled", false, "names are compared without case");
        }
        self.described(path, &old.description, &new.description);
        if old.kind == new.kind {
            self.values(path, old, new);
        } else {
            self.add(path, "type-changed", true, "values of one type are no values of the other");
        }
        if old.multi_valued != new.multi_valued {
            self.add(
                path,
                "multi-valued-changed",
                true,
                "one value and a list of values look different in JSON",
            );
        }
        match (is_demanded(old), is_demanded(new)) {
            (false, true) => {
                self.add(path, "required-added", true, "clients that did not send it are refused");
            }
            (true, false) => {
                self.add(path, "required-removed", false, "clients that send it may go on");
            }
            _ if old.required != new.required => {
                self.add(
                    path,
                    "required-changed",
                    false,
                    "no client is asked for what is read-only",
                );
            }
            _ => {}
        }
        self.access(path, old, new);
        if old.uniqueness != new.uniqueness {
            if breadth(old.uniqueness) < breadth(new.uniqueness) {
                self.add(path, "uniqueness-tightened", true, "values that were free may be taken");
            } else {
                self.add(path, "uniqueness-loosened", false, "values that were accepted still are");
            }
        }
        if old.kind == new.kind {
            self.attributes(path, &old.sub_attributes, &new.sub_attributes);
        }
    }

    fn access(&mut self, path: &str, old: &Attribute, new: &Attribute) {
        if old.mutability != new.mutability {
            let (before, after) = (abilities(old.mutability), abilities(new.mutability));
            if before.iter().zip(after).any(|(before, after)| *before && !after) {
                self.add(
                    path,
                    "mutability-narrowed",
                    true,
                    "clients could write or read it where they no longer can",
                );
            } else {
                self.add(
                    path,
                    "mutability-widened",
                    false,
                    "clients can do with it what they could before",
                );
            }
        }
        if old.returned != new.returned {
            if presence(old.returned) > presence(new.returned) {
                self.add(
                    path,
                    "returned-narrowed",
                    true,
                    "it can be missing from answers that had it",
                );
            } else {
                self.add(
                    path,
                    "returned-widened",
                    false,
                    "answers have it at least where they had it before",
                );
            }
        }
    }

    /// What can only be compared between attributes of one type.
    fn values(&mut self, path: &str, old: &Attribute, new: &Attribute) {
        if old.kind == Kind::String && old.case_exact != new.case_exact {
            let reason = if new.case_exact {
                "values and filters that matched in another case no longer do"
            } else {
                "values that differed by case alone are now the same"
            };
            self.add(path, "case-exact-changed", true, reason);
        }
        let exact = old.case_exact && new.case_exact || old.kind != Kind::String;
        let reasons = [
            ("canonical-values-added", "there are more values to choose from"),
            ("canonical-values-dropped", "any value is as good as another now"),
            ("canonical-values-limited", "a server may refuse values that are not among them"),
            ("canonical-values-removed", "a server may refuse values that were suggested before"),
        ];
        self.choice(path, &old.canonical_values, &new.canonical_values, exact, reasons);
        let reasons = [
            ("reference-types-added", "there are more kinds of things to refer to"),
            ("reference-types-dropped", "it may refer to anything now"),
            ("reference-types-limited", "it could refer to anything before"),
            ("reference-types-removed", "what it referred to may no longer be allowed"),
        ];
        self.choice(path, &old.reference_types, &new.reference_types, true, reasons);
    }

    /// A list of choices, where none means any. The reasons: more, none at all, first, fewer.
    fn choice(
        &mut self,
        path: &str,
        old: &[Box<str>],
        new: &[Box<str>],
        exact: bool,
        [more, any, first, fewer]: [(&'static str, &'static str); 4],
    ) {
        let set = |list: &'_ [Box<str>]| -> HashSet<String> {
            list.iter().map(|item| text::key(item, exact).into_owned()).collect()
        };
        let (before, after) = (set(old), set(new));
        let (breaking, (what, reason)) = match (before.is_empty(), after.is_empty()) {
            _ if before == after => return,
            (_, true) => (false, any),
            (true, false) => (true, first),
            (false, false) if before.is_subset(&after) => (false, more),
            (false, false) => (true, fewer),
        };
        self.add(path, what, breaking, reason);
    }
}

/// Whether clients must send it: what is read-only nobody is asked for (SCH-048).
fn is_demanded(attribute: &Attribute) -> bool {
    attribute.required && attribute.mutability != Mutability::ReadOnly
}

/// Whether clients may set it first, change it later, and read it.
fn abilities(mutability: Mutability) -> [bool; 3] {
    match mutability {
        Mutability::ReadOnly => [false, false, true],
        Mutability::Immutable => [true, false, true],
        Mutability::ReadWrite => [true, true, true],
        Mutability::WriteOnly => [true, true, false],
    }
}

fn presence(returned: Returned) -> u8 {
    match returned {
        Returned::Never => 0,
        Returned::Request => 1,
        Returned::Default => 2,
        Returned::Always => 3,
    }
}

fn breadth(uniqueness: Uniqueness) -> u8 {
    match uniqueness {
        Uniqueness::None => 0,
        Uniqueness::Server => 1,
        Uniqueness::Global => 2,
    }
}
