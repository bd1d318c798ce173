//! A table of the developer's: what of a resource lies in which column.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::AttrId;
use crate::value::Value;

/// A name as SQL writes it: whatever is in it, it is a name.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name of a table, perhaps behind that of a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) schema: Option<Box<str>>,
    pub(super) table: Box<str>,
}

impl Name {
    /// As it is, or (`"HR data".people`) as SQL quotes it. `None` for what is no name.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (first, rest) = part(text)?;
        let Some(rest) = rest.strip_prefix('.') else {
            return rest.is_empty().then_some(Self { schema: None, table: first });
        };
        let (table, rest) = part(rest)?;
        rest.is_empty().then_some(Self { schema: Some(first), table })
    }

    pub(super) fn sql(&self) -> String {
        let table = quoted(&self.table);
        match &self.schema {
            Some(schema) => format!("{}.{table}", quoted(schema)),
            None => table,
        }
    }
}

/// What a name begins with, up to a dot, and what is behind that.
fn part(text: &str) -> Option<(Box<str>, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let (name, _) = text.split_once('.').unwrap_or((text, ""));
        let good = !name.is_empty() && !name.contains('\0');
        return good.then_some((name.into(), text.get(name.len()..)?));
    };
    let mut name = String::new();
    loop {
        let (piece, behind) = rest.split_once('"')?;
        name.push_str(piece);
        match behind.strip_prefix('"') {
            Some(more) => {
                name.push('"');
                rest = more;
            }
            None if name.is_empty() || name.contains('\0') => return None,
            None => return Some((name.into(), behind)),
        }
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.schema {
            Some(schema) => write!(formatter, "{schema}.{}", self.table),
            None => formatter.write_str(&self.table),
        }
    }
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ColumnKind {
    Text,
    Bool,
    Int,
    /// An instant. A `timestamp` without a zone is in UTC.
    Time {
        zoned: bool,
    },
    Uuid,
    Json,
}

/// How the database finds a text of which case does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// It has no index that could.
    Nothing,
    /// An index on `lower(…)`.
    Lower,
    /// The type `citext`.
    Citext,
    /// The column holds nothing but lower case.
    Stored,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: Box<str>,
    /// Under which number it is read.
    pub(super) at: usize,
    pub(super) kind: ColumnKind,
    pub(super) fold: Fold,
    /// There is a unique index on it.
    pub(super) unique: bool,
    /// The database fills it when a row is made.
    pub(super) generated: bool,
    /// What the database says of it, once it was asked.
    pub(super) told: Told,
}

/// What only the database knows of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Told {
    /// How many characters it takes.
    pub(super) length: Option<usize>,
    /// Whether every row has a value.
    pub(super) not_null: bool,
    /// The values of its enumeration.
    pub(super) labels: Option<Vec<Box<str>>>,
    /// The name of its type, if that is a domain.
    pub(super) domain: Option<Box<str>>,
    /// The largest number that it takes.
    pub(super) most: Option<i64>,
    /// Whether the database alone says what is in it.
    pub(super) computed: bool,
}

impl Column {
    /// The column of a row.
    pub(super) fn of(&self, row: &str) -> String {
        format!("{row}.{}", quoted(&self.name))
    }
}

/// What a member of an element is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Member {
    Constant(Value<'static>),
    Column(Column),
}

/// A value of a multi-valued attribute that is made of columns. It is there if one of them is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Element {
    pub(super) members: Vec<(Box<str>, Member)>,
}

impl Element {
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.members.iter().filter_map(|(name, member)| match member {
            Member::Column(column) => Some((&**name, column)),
            Member::Constant(_) => None,
        })
    }

    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns().find(|(own, _)| crate::name::same(own, name)).map(|(_, column)| column)
    }

    /// The members that are the same in every row.
    pub(super) fn constants(&self) -> Value<'static> {
        let constants = self.members.iter().filter_map(|(name, member)| match member {
            Member::Constant(value) => Some((name.to_string().into(), value.clone())),
            Member::Column(_) => None,
        });
        // INVARIANT: names differ; `config` has seen to it.
        crate::value::Object::from_unique(constants.collect()).into()
    }
}

/// The table that says who is in which group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Join {
    pub(super) table: Name,
    pub(super) group: Box<str>,
    pub(super) user: Column,
    /// The resource type whose rows the members are; `None` if nobody looks.
    pub(super) references: Option<Box<str>>,
}

/// Where the value of an attribute comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    Column(Column),
    Constant(Value<'static>),
    Elements(Vec<Element>),
    Members(Join),
    /// The application says it, row by row: SQL cannot.
    Computed,
    /// It follows from the rest of the resource.
    Follows,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: Name,
    pub(super) id: Column,
    /// By the outermost attribute that has one.
    pub(super) sources: BTreeMap<AttrId, Source>,
    /// The attributes below which something has a source.
    pub(super) partly: BTreeSet<AttrId>,
    pub(super) version: Option<Column>,
    pub(super) tenant: Option<Column>,
    pub(super) soft_delete: Option<Column>,
    pub(super) rest: Option<Column>,
    pub(super) password: Option<Column>,
    /// Columns that SCIM knows nothing of, and what they are when a row is made.
    pub(super) defaults: Vec<(Box<str>, Value<'static>)>,
}

/// What a chain of attributes leads to.
pub(super) enum Found<'t> {
    Source(AttrId, &'t Source),
    /// A complex attribute of which a part has sources.
    Partly,
    /// What has no source: it is in the rest, or nowhere.
    Rest,
}

impl Table {
    pub(super) fn find(&self, chain: &[AttrId]) -> Found<'_> {
        for id in chain {
            if let Some(source) = self.sources.get(id) {
                return Found::Source(*id, source);
            }
            if !self.partly.contains(id) {
                return Found::Rest;
            }
        }
        Found::Partly
    }

    /// The shadow of what is in the rest.
    pub(super) fn shadow(&self) -> Option<String> {
        self.rest.as_ref().map(|rest| format!("({} -> '{SHADOW}')", rest.of("d")))
    }

    pub(super) fn join(&self) -> Option<&Join> {
        self.sources.values().find_map(|source| match source {
            Source::Members(join) => Some(join),
            _ => None,
        })
    }

    pub(super) fn has_computed(&self) -> bool {
        self.sources.values().any(|source| *source == Source::Computed)
    }

    /// Gives each column its number: the same wherever it stands. `Err` names one that is read in
    /// two ways.
    pub(super) fn number(&mut self) -> Result<(), Box<str>> {
        let mut names: Vec<(Box<str>, bool)> = Vec::new();
        for column in self.columns_mut() {
            let is_text = !matches!(
                column.kind,
                ColumnKind::Bool | ColumnKind::Json | ColumnKind::Time { .. }
            );
            if let Some(at) = names.iter().position(|(name, _)| *name == column.name) {
                if names.get(at).is_some_and(|(_, other)| *other != is_text) {
                    return Err(column.name.clone());
                }
                column.at = at;
            } else {
                column.at = names.len();
                names.push((column.name.clone(), is_text));
            }
        }
        Ok(())
    }

    /// All columns that are read or written, each with what it is for.
    pub(super) fn columns(&self, path: impl Fn(AttrId) -> Box<str>) -> Vec<(Box<str>, &Column)> {
        let mut columns: Vec<(Box<str>, &Column)> = Vec::new();
        for (id, source) in &self.sources {
            let path = path(*id);
            match source {
                Source::Column(column) => columns.push((path, column)),
                Source::Elements(elements) => {
                    for (name, column) in elements.iter().flat_map(Element::columns) {
                        columns.push((format!("{path}.{name}").into(), column));
                    }
                }
                Source::Constant(_) | Source::Members(_) | Source::Computed | Source::Follows => {}
            }
        }
        let others = [
            ("meta.version", &self.version),
            ("tenant", &self.tenant),
            ("softDelete", &self.soft_delete),
            ("rest", &self.rest),
            ("password", &self.password),
        ];
        columns.extend(
            others.into_iter().filter_map(|(what, column)| Some((what.into(), column.as_ref()?))),
        );
        columns
    }

    /// The same to be changed.
    pub(super) fn columns_mut(&mut self) -> impl Iterator<Item = &mut Column> {
        let sources = self.sources.values_mut().flat_map(|source| match source {
            Source::Column(column) => vec![column],
            Source::Elements(elements) => elements
                .iter_mut()
                .flat_map(|element| &mut element.members)
                .filter_map(|(_, member)| match member {
                    Member::Column(column) => Some(column),
                    Member::Constant(_) => None,
                })
                .collect(),
            Source::Constant(_) | Source::Members(_) | Source::Computed | Source::Follows => {
                Vec::new()
            }
        });
        let others = [
            &mut self.version,
            &mut self.tenant,
            &mut self.soft_delete,
            &mut self.rest,
            &mut self.password,
        ];
        sources.chain(others.into_iter().flatten()).chain(std::iter::once(&mut self.id))
    }
}

/// The member of the rest that holds its shadow: no attribute has such a name.
pub(super) const SHADOW: &str = "#";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_may_be_quoted() {
        for (text, sql) in [
            ("people", r#""people""#),
            ("app.People", r#""app"."People""#),
            ("HR data.people", r#""HR data"."people""#),
            (r#""HR data".people"#, r#""HR data"."people""#),
            (r#""HR data"."in.team""#, r#""HR data"."in.team""#),
            (r#""say ""so""""#, r#""say ""so""""#),
        ] {
            assert_eq!(Name::read(text).map(|name| name.sql()).as_deref(), Some(sql), "{text}");
        }
        for text in ["", ".", "a.", ".a", "a.b.c", "a\0", r#""""#, r#""a"#, r#""a"b"#, r#""a".""#] {
            assert_eq!(Name::read(text), None, "{text}");
        }
    }
}
