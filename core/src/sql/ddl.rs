//! The tables and their indexes.

use std::fmt::Write as _;
use std::sync::Arc;

use super::builder::Dialect;
use super::mapping::Mapping;
use super::order::{Order, is_indexed};
use super::shadow::is_looked_up;
use crate::schema::{Compiled, CompiledAttribute, Uniqueness};
use crate::text::Comparison;

/// The statements that make the tables, where they are not there yet. They do not depend on the
/// schemas.
///
/// ```
/// use scimforge::sql::{Dialect, Mapping, tables};
///
/// let text = tables(Dialect::Postgres, &Mapping::with_prefix("scim_")?);
/// assert!(text.contains("CREATE TABLE IF NOT EXISTS scim_document"));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn tables(dialect: Dialect, mapping: &Mapping) -> String {
    match dialect {
        // Quotes in a text of SQL are doubled.
        Dialect::Postgres => mapping
            .filled(POSTGRES)
            .replace("§", &super::index::parts_text("shadow").replace('\'', "''")),
        Dialect::Sqlite => mapping.filled(SQLITE),
    }
}

/// Raised when the tables of `PostgreSQL`, or what stands in them beside resources, change.
pub(crate) const FORM: u8 = 5;

/// The statements that make the indexes on sort keys of these resource types, and in `PostgreSQL`
/// the one on identifiers.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::sql::{Dialect, Mapping, indexes};
///
/// let text = indexes(Dialect::Sqlite, &Mapping::default(), &[builtin::user()]);
/// assert!(text.contains("CREATE INDEX IF NOT EXISTS document_by_username_3"));
/// ```
pub fn indexes(dialect: Dialect, mapping: &Mapping, types: &[Arc<Compiled>]) -> String {
    let mut text = String::new();
    let mut seen = std::collections::BTreeSet::new();
    for compiled in types {
        for attribute in compiled.attributes() {
            if !is_indexed(compiled, attribute) {
                continue;
            }
            let name = index_name(mapping, attribute);
            let Some(order) = Order::by(compiled, attribute, "", dialect) else { continue };
            if !seen.insert(name.clone()) {
                continue;
            }
            let key = match dialect {
                Dialect::Postgres => format!("({}) COLLATE \"C\"", order.key(dialect)),
                Dialect::Sqlite => order.key(dialect),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "CREATE INDEX IF NOT EXISTS {name} ON {}document (tenant, type, {key}, id);",
                mapping.prefix()
            );
        }
    }
    if dialect == Dialect::Postgres {
        // The last: of indexes that seem to cost the same, as they do while nothing is known of what
        // is in a table, PostgreSQL takes the one that was made last.
        text.push_str(&mapping.filled(BY_ID));
    }
    text
}

const BY_ID: &str =
    "CREATE UNIQUE INDEX IF NOT EXISTS $document_by_id ON $document (tenant, type, id);\n";

/// What the tables are filled with depends on this; they are filled anew when it changes.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::sql::describe;
///
/// assert!(describe(&builtin::user()).contains("userName"));
/// ```
pub fn describe(compiled: &Compiled) -> String {
    let mut text = format!("{}\n", compiled.resource_type().name);
    for attribute in compiled.attributes() {
        let unique = attribute.uniqueness != Uniqueness::None;
        let looked_up = is_looked_up(compiled, attribute);
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            " {} {unique} {looked_up} {} {} {}",
            attribute.path,
            compared(attribute),
            attribute.kind.as_str(),
            attribute.multi_valued
        );
    }
    text
}

/// How the texts of an attribute are compared, in a word that stays.
fn compared(attribute: &CompiledAttribute) -> &'static str {
    match attribute.comparison() {
        Comparison::Exact => "true",
        Comparison::Folded => "false",
        Comparison::Prepared => "prepared",
    }
}

/// The name of the index on the sort key of an attribute.
pub(super) fn index_name(mapping: &Mapping, attribute: &CompiledAttribute) -> String {
    const LONGEST: usize = 24;
    let bare = mapping.bare();
    let rank = super::key::rank(attribute.kind);
    let path = &*attribute.path;
    let plain: String = path
        .chars()
        .map(|each| if each.is_ascii_alphanumeric() { each.to_ascii_lowercase() } else { '_' })
        .collect();
    if plain.len() <= LONGEST && !path.contains(':') {
        return format!("{bare}document_by_{plain}_{rank}");
    }
    // FNV-1a: names are short in both databases, and paths of extensions are not.
    let hash = path.to_ascii_lowercase().bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let end: String = plain.chars().rev().take(12).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{bare}document_by_{hash:016x}_{end}_{rank}")
}

const POSTGRES: &str = "
CREATE TABLE IF NOT EXISTS $document (
    row     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant  text COLLATE \"C\" NOT NULL,
    type    text COLLATE \"C\" NOT NULL,
    id      text COLLATE \"C\" NOT NULL,
    version text NOT NULL,
    -- the resource as it was written
    json    text NOT NULL,
    -- what filters compare
    shadow  jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS $document_by_value ON $document USING gin (shadow jsonb_path_ops);

-- Parts of texts are found by their trigrams, where the extension may be had.
DO 'BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; EXCEPTION WHEN OTHERS THEN NULL; END';
DO 'BEGIN
    IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = ''pg_trgm'') THEN
        CREATE INDEX IF NOT EXISTS $document_by_parts ON $document USING gin ((§) gin_trgm_ops);
    END IF;
EXCEPTION WHEN undefined_object THEN NULL;
END';
-- Of an earlier form.
DROP INDEX IF EXISTS $document_by_part;

-- Members of groups, which are not in the documents, in the order in which they came.
CREATE TABLE IF NOT EXISTS $member (
    at     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    row    bigint NOT NULL REFERENCES $document (row) ON DELETE CASCADE,
    tenant text COLLATE \"C\" NOT NULL,
    type   text COLLATE \"C\" NOT NULL,
    -- the `value`, folded and no longer than an index takes; and as it is
    key    text COLLATE \"C\" NOT NULL,
    id     text COLLATE \"C\" NOT NULL,
    json   text NOT NULL,
    shadow jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS $member_by_row ON $member (row, key);
CREATE INDEX IF NOT EXISTS $member_by_key ON $member (tenant, type, key);

-- Values that no other resource of the type may have, by their SHA-256: keys have a limit.
CREATE TABLE IF NOT EXISTS $taken (
    tenant text COLLATE \"C\" NOT NULL,
    type   text COLLATE \"C\" NOT NULL,
    path   text COLLATE \"C\" NOT NULL,
    key    bytea NOT NULL,
    row    bigint NOT NULL REFERENCES $document (row) ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, path, key)
);
CREATE INDEX IF NOT EXISTS $taken_by_row ON $taken (row);

-- Passwords, hashed with argon2id (PHC strings). They are in no document.
CREATE TABLE IF NOT EXISTS $secret (
    row bigint PRIMARY KEY REFERENCES $document (row) ON DELETE CASCADE,
    phc text NOT NULL
);

-- Resources that were removed and are kept: their documents have another type.
CREATE TABLE IF NOT EXISTS $removed (
    row    bigint PRIMARY KEY REFERENCES $document (row) ON DELETE CASCADE,
    tenant text COLLATE \"C\" NOT NULL,
    type   text COLLATE \"C\" NOT NULL,
    id     text COLLATE \"C\" NOT NULL,
    -- milliseconds since 1970
    at     bigint NOT NULL,
    -- when exactly, by whom, from which groups
    kept   text NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS $removed_by_id ON $removed (tenant, type, id);
CREATE INDEX IF NOT EXISTS $removed_by_type ON $removed (tenant, type, at, id);
CREATE INDEX IF NOT EXISTS $removed_by_time ON $removed (at, row);

-- The unique values that they had, as in the table of those that are taken.
CREATE TABLE IF NOT EXISTS $past (
    tenant text COLLATE \"C\" NOT NULL,
    type   text COLLATE \"C\" NOT NULL,
    path   text COLLATE \"C\" NOT NULL,
    key    bytea NOT NULL,
    row    bigint NOT NULL REFERENCES $document (row) ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, path, key, row)
);
CREATE INDEX IF NOT EXISTS $past_by_row ON $past (row);

CREATE TABLE IF NOT EXISTS $setting (name text PRIMARY KEY, value text NOT NULL);
";

const SQLITE: &str = "
CREATE TABLE IF NOT EXISTS $document (
    row     INTEGER PRIMARY KEY,
    tenant  TEXT NOT NULL,
    type    TEXT NOT NULL,
    id      TEXT NOT NULL,
    version TEXT NOT NULL,
    -- the resource as it was written
    json    TEXT NOT NULL,
    -- what filters compare, as JSONB
    shadow  BLOB NOT NULL,
    UNIQUE (tenant, type, id)
) STRICT;

-- Members of groups, which are not in the documents, in the order in which they came.
CREATE TABLE IF NOT EXISTS $member (
    at     INTEGER PRIMARY KEY,
    row    INTEGER NOT NULL REFERENCES $document (row) ON DELETE CASCADE,
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    -- the `value`, folded and no longer than an index takes; and as it is
    key    TEXT NOT NULL,
    id     TEXT NOT NULL,
    json   TEXT NOT NULL,
    shadow BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS $member_by_row ON $member (row, key);
CREATE INDEX IF NOT EXISTS $member_by_key ON $member (tenant, type, key);

-- Values that no other resource of the type may have.
CREATE TABLE IF NOT EXISTS $taken (
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    path   TEXT NOT NULL,
    key    TEXT NOT NULL,
    row    INTEGER NOT NULL REFERENCES $document (row) ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, path, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS $taken_by_row ON $taken (row);

-- Values that equality filters look up.
CREATE TABLE IF NOT EXISTS $value (
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    path   TEXT NOT NULL,
    key    TEXT NOT NULL,
    row    INTEGER NOT NULL REFERENCES $document (row) ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, path, key, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS $value_by_row ON $value (row);

-- Passwords, hashed with argon2id (PHC strings). They are in no document.
CREATE TABLE IF NOT EXISTS $secret (
    row INTEGER PRIMARY KEY REFERENCES $document (row) ON DELETE CASCADE,
    phc TEXT NOT NULL
) STRICT;

-- Resources that were removed and are kept: their documents have another type.
CREATE TABLE IF NOT EXISTS $removed (
    row    INTEGER PRIMARY KEY REFERENCES $document (row) ON DELETE CASCADE,
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    id     TEXT NOT NULL,
    -- milliseconds since 1970
    at     INTEGER NOT NULL,
    -- when exactly, by whom, from which groups
    kept   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS $removed_by_id ON $removed (tenant, type, id);
CREATE INDEX IF NOT EXISTS $removed_by_type ON $removed (tenant, type, at, id);
CREATE INDEX IF NOT EXISTS $removed_by_time ON $removed (at, row);

-- The unique values that they had, as in the table of those that are taken.
CREATE TABLE IF NOT EXISTS $past (
    tenant TEXT NOT NULL,
    type   TEXT NOT NULL,
    path   TEXT NOT NULL,
    key    TEXT NOT NULL,
    row    INTEGER NOT NULL REFERENCES $document (row) ON DELETE CASCADE,
    PRIMARY KEY (tenant, type, path, key, row)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS $past_by_row ON $past (row);

CREATE TABLE IF NOT EXISTS $setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";
