//! SQL text with its parameters, and the words in which the dialects differ.

use super::shadow::PRESENT;

/// Which SQL.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, tables};
///
/// let both = [Dialect::Postgres, Dialect::Sqlite].map(|sql| tables(sql, &Mapping::default()));
/// assert!(both[0].contains("jsonb") && both[1].contains("STRICT"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `PostgreSQL`, from version 13.
    Postgres,
    /// `SQLite`, from version 3.45.
    Sqlite,
}

/// A bound parameter.
///
/// ```
/// use scimforge::sql::Param;
///
/// assert_eq!(Param::from("rosa"), Param::Text("rosa".into()));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// A text.
    Text(Box<str>),
    /// A whole number.
    Integer(i64),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

/// How many characters of a sort key `PostgreSQL` indexes: its index rows have a limit.
pub(super) const INDEXED: usize = 600;

pub(super) struct Builder {
    pub(super) dialect: Dialect,
    pub(super) params: Vec<Param>,
    elements: usize,
}

/// An object inside a shadow: an SQL expression and the names to go from there.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    base: String,
    names: Vec<String>,
}

impl Spot {
    /// What an SQL expression gives.
    pub(super) fn new(base: impl Into<String>) -> Self {
        Self { base: base.into(), names: Vec::new() }
    }

    /// The object that a member of this one is.
    pub(super) fn below(&self, name: &str) -> Self {
        let mut spot = self.clone();
        spot.names.push(name.to_owned());
        spot
    }

    /// The text of a member.
    pub(super) fn text(&self, dialect: Dialect, name: &str) -> String {
        let base = &self.base;
        match dialect {
            Dialect::Postgres => format!("({base}{} ->> '{name}')", self.arrows()),
            Dialect::Sqlite => format!("({base} ->> '{}')", self.below(name).path()),
        }
    }

    /// Whether the mark is set that says that the object has a value.
    pub(super) fn is_present(&self, dialect: Dialect) -> String {
        format!("{} IS NOT NULL", self.text(dialect, PRESENT))
    }

    /// Whether the object is there.
    pub(super) fn exists(&self, dialect: Dialect) -> String {
        let base = &self.base;
        match dialect {
            Dialect::Postgres => format!("({base}{}) IS NOT NULL", self.arrows()),
            Dialect::Sqlite => format!("json_type({base}, '{}') IS NOT NULL", self.path()),
        }
    }

    // INVARIANT: names are those that `key::name` lets pass: nothing in them ends a quote.
    fn arrows(&self) -> String {
        self.names.iter().flat_map(|name| [" -> '", name, "'"]).collect()
    }

    fn path(&self) -> String {
        let names: String = self.names.iter().flat_map(|name| [".\"", name, "\""]).collect();
        format!("${names}")
    }
}

impl Builder {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, params: Vec::new(), elements: 0 }
    }

    /// Binds a text; the answer stands for it in SQL.
    pub(super) fn text(&mut self, text: &str) -> String {
        self.params.push(text.into());
        let number = self.params.len();
        match self.dialect {
            Dialect::Postgres => format!("${number}::text"),
            Dialect::Sqlite => format!("?{number}"),
        }
    }

    /// Binds a count.
    pub(super) fn count(&mut self, count: usize) -> String {
        self.params.push(Param::Integer(i64::try_from(count).unwrap_or(i64::MAX)));
        let number = self.params.len();
        match self.dialect {
            Dialect::Postgres => format!("${number}::bigint"),
            Dialect::Sqlite => format!("?{number}"),
        }
    }

    /// The elements of an array: the table expression, and each of them.
    pub(super) fn each(&mut self, array: &Spot) -> (String, Spot) {
        self.elements += 1;
        let number = self.elements;
        let base = &array.base;
        match self.dialect {
            Dialect::Postgres => (
                format!("jsonb_array_elements({base}{}) AS e{number}(value)", array.arrows()),
                Spot::new(format!("e{number}.value")),
            ),
            Dialect::Sqlite => (
                format!("json_each({base}, '{}') AS e{number}", array.path()),
                Spot::new(format!("e{number}.value")),
            ),
        }
    }

    /// The members of a group, which have rows of their own: the table expression, and each.
    pub(super) fn each_row(&mut self, prefix: &str) -> (String, Spot) {
        self.elements += 1;
        let number = self.elements;
        (format!("{prefix}member e{number}"), Spot::new(format!("e{number}.shadow")))
    }

    /// An expression of which texts are compared by bytes.
    pub(super) fn by_bytes(&self, expression: &str) -> String {
        match self.dialect {
            Dialect::Postgres => format!("{expression} COLLATE \"C\""),
            // What SQLite does anyhow.
            Dialect::Sqlite => expression.to_owned(),
        }
    }

    /// Joins conditions into one that nests no deeper than it must: databases limit that.
    pub(super) fn join(parts: &[String], word: &str) -> String {
        match parts {
            [] => String::new(),
            [one] => one.clone(),
            [left @ .., last] if left.len() == 1 => {
                format!("({} {word} {last})", left.concat())
            }
            parts => {
                let (left, right) = parts.split_at(parts.len() / 2);
                format!("({} {word} {})", Self::join(left, word), Self::join(right, word))
            }
        }
    }
}
