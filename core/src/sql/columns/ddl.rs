//! What tables of the developer's should have for SCIM.

use std::fmt::Write as _;

use super::table::{Column, ColumnKind, Fold, Found, Source, quoted};
use super::{Columns, Mapped};
use crate::schema::AttrId;

impl Columns {
    /// The columns that only SCIM needs, and the indexes that find rows, as statements that can be
    /// run again.
    pub(crate) fn ddl(&self) -> String {
        let mut text = String::new();
        for mapped in &self.types {
            columns(mapped, &mut text);
            indexes(mapped, &mut text);
        }
        text
    }
}

// Writing to a string cannot fail, here and below.
fn columns(mapped: &Mapped, text: &mut String) {
    let table = &mapped.table;
    let name = table.name.sql();
    for (path, column) in table.columns(|id| mapped.compiled.attribute(id).path.clone()) {
        let kind = match (&*path, column.kind) {
            ("meta.version", _) => "bigint NOT NULL DEFAULT 1",
            ("rest", _) => "jsonb",
            ("softDelete", ColumnKind::Bool) => "boolean NOT NULL DEFAULT FALSE",
            ("meta.created" | "meta.lastModified", ColumnKind::Time { zoned: true }) => {
                "timestamptz NOT NULL DEFAULT now()"
            }
            ("softDelete", _) => "timestamptz",
            ("externalId", ColumnKind::Text) => "text",
            _ => continue,
        };
        let column = quoted(&column.name);
        let _ = writeln!(text, "ALTER TABLE {name} ADD COLUMN IF NOT EXISTS {column} {kind};");
    }
}

fn indexes(mapped: &Mapped, text: &mut String) {
    let table = &mapped.table;
    let name = table.name.sql();
    let tenant: Vec<String> = table.tenant.iter().map(|column| quoted(&column.name)).collect();
    let alive = match &table.soft_delete {
        None => String::new(),
        Some(Column { name, kind: ColumnKind::Bool, .. }) => {
            format!(" WHERE {} IS NOT TRUE", quoted(name))
        }
        Some(column) => format!(" WHERE {} IS NULL", quoted(&column.name)),
    };
    let index = |what: &str| {
        let plain: String = format!("{}_{what}", table.name.table)
            .chars()
            .map(|each| if each.is_ascii_alphanumeric() { each.to_ascii_lowercase() } else { '_' })
            .take(50)
            .collect();
        quoted(&format!("{plain}_scim"))
    };
    let over = |last: &str| {
        tenant
            .iter()
            .cloned()
            .chain(std::iter::once(last.to_owned()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut seen = std::collections::BTreeSet::new();
    for (_, column) in table.columns(|_| "".into()) {
        if column.unique && seen.insert(column.at) {
            let own = quoted(&column.name);
            let key = if column.fold == Fold::Lower { format!("lower({own})") } else { own };
            let (index, over) = (index(&column.name), over(&key));
            let _ = writeln!(
                text,
                "CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {name} ({over}){alive};"
            );
        }
    }
    let compiled = &mapped.compiled;
    let created = compiled
        .child(AttrId::ROOT, "meta")
        .and_then(|meta| compiled.child(meta.id, "created"))
        .map(|created| table.find(&compiled.chain(created.id)));
    if let Some(Found::Source(_, Source::Column(column))) = created {
        let id = match table.id.kind {
            ColumnKind::Text => format!("{} COLLATE \"C\"", quoted(&table.id.name)),
            _ => quoted(&table.id.name),
        };
        let key = over(&format!("{}, {id}", quoted(&column.name)));
        let index = index(&column.name);
        let _ = writeln!(text, "CREATE INDEX IF NOT EXISTS {index} ON {name} ({key});");
    }
    if let Some(rest) = &table.rest {
        let (index, own) = (index(&rest.name), quoted(&rest.name));
        let _ = writeln!(
            text,
            "CREATE INDEX IF NOT EXISTS {index} ON {name} USING gin (({own} -> '{}') jsonb_path_ops);",
            super::table::SHADOW
        );
    }
    if let Some(join) = table.join() {
        let (index, own) = (index(&join.user.name), quoted(&join.user.name));
        let join = join.table.sql();
        let _ = writeln!(text, "CREATE INDEX IF NOT EXISTS {index} ON {join} ({own});");
    }
}
