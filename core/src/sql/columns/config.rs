//! Reading a mapping.

use std::collections::{BTreeMap, BTreeSet};

use super::table::{Column, ColumnKind, Element, Fold, Join, Member, Name, Source, Table, Told};
use crate::error::{Code, Error};
use crate::name;
use crate::path::{Resolved, resolve};
use crate::profile::Profile;
use crate::protocol::members::list_of;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind};
use crate::value::{Object, Value};

/// Reads the mapping of one type. Problems name the attribute and what would be right.
pub(super) fn table(compiled: &Compiled, value: &Value<'_>) -> Result<Table, Error> {
    Reader { compiled, type_name: &compiled.resource_type().name }.table(value)
}

struct Reader<'r> {
    compiled: &'r Compiled,
    type_name: &'r str,
}

impl Reader<'_> {
    fn wrong(&self, what: &str, expected: &str) -> Error {
        Error::invalid_option(&format!("store.{}.{what}", self.type_name), expected)
    }

    fn table(&self, value: &Value<'_>) -> Result<Table, Error> {
        let name = value.get("table").and_then(Value::as_str).and_then(Name::read);
        let name = name.ok_or_else(|| {
            self.wrong("table", "the name of a table, with a schema before it if need be")
        })?;
        let no_attributes = Object::new();
        let attributes =
            value.get("attributes").and_then(Value::as_object).unwrap_or(&no_attributes);
        let mut sources = BTreeMap::new();
        let (mut version, mut password) = (None, None);
        for (path, given) in attributes.iter() {
            let attribute = self.attribute(path)?;
            match &*attribute.path {
                "meta.version" => {
                    version =
                        Some(self.column(path, given, &[ColumnKind::Int], "an int column")?);
                    sources.insert(attribute.id, Source::Follows);
                }
                "password" => {
                    password =
                        Some(self.column(path, given, &[ColumnKind::Text], "a text column")?);
                }
                "schemas" | "meta" | "meta.resourceType" | "meta.location" | "groups" => {
                    return Err(self.wrong(path, "nothing: it follows from the rest"));
                }
                _ => {
                    sources.insert(attribute.id, self.source(path, attribute, given)?);
                }
            }
        }
        let id = match self.compiled.child(AttrId::ROOT, "id").and_then(|id| sources.get(&id.id)) {
            Some(Source::Column(id)) if id.kind != ColumnKind::Json => id.clone(),
            _ => return Err(self.wrong("id", "a uuid, text or int column: rows are found by it")),
        };
        // Members lie in rows of their own; the rest has none to search.
        if let Some(members) = list_of(self.compiled)
            && !sources.contains_key(&members.id)
        {
            return Err(self.wrong(&members.path, "joinTable(…)"));
        }
        self.follows(&mut sources);
        let partly = self.partly(&sources)?;
        let keys = [ColumnKind::Uuid, ColumnKind::Text, ColumnKind::Int];
        let own = |what: &str, kinds: &[ColumnKind], expected: &str| {
            let given = value.get(what).filter(|given| **given != Value::Null);
            given.map(|given| self.column(what, given, kinds, expected)).transpose()
        };
        let mut table = Table {
            name,
            id,
            sources,
            partly,
            version,
            password,
            tenant: own("tenant", &keys, "a uuid, text or int column")?,
            soft_delete: own(
                "softDelete",
                &[TIME, UNZONED, ColumnKind::Bool],
                "a ts or bool column",
            )?,
            rest: own("rest", &[ColumnKind::Json], "a jsonb column")?,
            defaults: self.defaults(value)?,
        };
        table.number().map_err(|column| {
            self.wrong(&column, "one kind: two attributes read the column differently")
        })?;
        Ok(table)
    }

    fn attribute(&self, path: &str) -> Result<&CompiledAttribute, Error> {
        match resolve(self.compiled, path, Profile::STRICT) {
            Resolved::Attribute(id) if id != AttrId::ROOT => Ok(self.compiled.attribute(id)),
            Resolved::Unknown { name, nearest, .. } => {
                let parent = format!("store.{}", self.type_name);
                let error = Error::new(Code::UnknownAttribute)
                    .with("name", name)
                    .with("parent", parent)
                    .path(path);
                Err(match nearest {
                    Some(nearest) => error.helped(format!("did you mean `{nearest}`?")),
                    None => error,
                })
            }
            _ => Err(self.wrong(path, "an attribute of the resource type")),
        }
    }

    fn source(
        &self,
        path: &str,
        attribute: &CompiledAttribute,
        given: &Value<'_>,
    ) -> Result<Source, Error> {
        if self.is_below_several(attribute) {
            return Err(self.wrong(path, "no column of its own: map the attribute above it"));
        }
        if given.get("computed").and_then(Value::as_bool) == Some(true) {
            if !name::same(path, &attribute.path) {
                return Err(self.wrong(path, "its usual name"));
            }
            return Ok(Source::Computed);
        }
        if let Some(value) = given.get("constant") {
            if attribute.kind == Kind::Complex || attribute.multi_valued {
                return Err(self.wrong(path, "a list of elements"));
            }
            return Ok(Source::Constant(value.clone().into_owned()));
        }
        if let Some(elements) = given.get("elements").and_then(Value::as_array) {
            if !attribute.is_list_of_objects() {
                return Err(self.wrong(path, "one value: it is no list of complex values"));
            }
            let elements = elements.iter().map(|element| self.element(path, attribute, element));
            return Ok(Source::Elements(elements.collect::<Result<_, _>>()?));
        }
        if let Some(join) = given.get("join") {
            let is_members = &*attribute.path == "members" && attribute.is_list_of_objects();
            if !is_members {
                return Err(self.wrong(path, "a column: joinTable goes with members"));
            }
            return self.join(path, join).map(Source::Members);
        }
        let (kinds, expected) = kinds_of(attribute);
        let column = self.column(path, given, kinds, expected)?;
        if column.fold != Fold::Nothing && (attribute.case_exact || column.kind != ColumnKind::Text)
        {
            return Err(self.wrong(path, "a column without a fold: its case counts"));
        }
        Ok(Source::Column(column))
    }

    fn is_below_several(&self, attribute: &CompiledAttribute) -> bool {
        let chain = self.compiled.chain(attribute.parent);
        chain.iter().any(|id| self.compiled.attribute(*id).multi_valued)
    }

    fn element(
        &self,
        path: &str,
        attribute: &CompiledAttribute,
        given: &Value<'_>,
    ) -> Result<Element, Error> {
        let expected = "elements that are objects of constants and columns";
        let object = given.as_object().ok_or_else(|| self.wrong(path, expected))?;
        let mut members = Vec::new();
        for (own, member) in object.iter() {
            let sub = self.compiled.child(attribute.id, own);
            let sub = sub.ok_or_else(|| {
                let error = Error::new(Code::UnknownAttribute)
                    .with("name", own)
                    .with("parent", format!("store.{}.{path}", self.type_name))
                    .path(path);
                let names = self.compiled.children(attribute.id);
                match name::nearest(own, names.map(|child| &*child.attribute.name)) {
                    Some(nearest) => error.helped(format!("did you mean `{nearest}`?")),
                    None => error,
                }
            })?;
            let at = format!("{path}.{own}");
            let member = match member {
                Value::Object(_) if sub.multi_valued || sub.kind == Kind::Complex => {
                    return Err(self.wrong(&at, "a constant: it is no simple value"));
                }
                Value::Object(_) => {
                    let (kinds, expected) = kinds_of(sub);
                    Member::Column(self.column(&at, member, kinds, expected)?)
                }
                constant => Member::Constant(constant.clone().into_owned()),
            };
            members.push((sub.attribute.name.clone(), member));
        }
        Ok(Element { members })
    }

    fn join(&self, path: &str, given: &Value<'_>) -> Result<Join, Error> {
        let text = |name: &str| given.get(name).and_then(Value::as_str);
        let expected = "joinTable(table, { group, user }), with the names of its columns";
        let (Some(table), Some(group)) = (text("table").and_then(Name::read), text("group")) else {
            return Err(self.wrong(path, expected));
        };
        let user = given.get("user").ok_or_else(|| self.wrong(path, expected))?;
        let keys = [ColumnKind::Uuid, ColumnKind::Text, ColumnKind::Int];
        let user = self.column(path, user, &keys, expected)?;
        let references = text("references").map(Into::into);
        Ok(Join { table, group: group.into(), user, references })
    }

    fn column(
        &self,
        path: &str,
        given: &Value<'_>,
        kinds: &[ColumnKind],
        expected: &str,
    ) -> Result<Column, Error> {
        let wrong = || self.wrong(path, expected);
        let text = |name: &str| given.get(name).and_then(Value::as_str);
        let flag = |name: &str| given.get(name).and_then(Value::as_bool).unwrap_or(false);
        let column = text("column").filter(|name| !name.is_empty() && !name.contains('\0'));
        let kind = match text("kind") {
            Some("text") => ColumnKind::Text,
            Some("bool") => ColumnKind::Bool,
            Some("int") => ColumnKind::Int,
            Some("ts") => ColumnKind::Time { zoned: !flag("utc") },
            Some("uuid") => ColumnKind::Uuid,
            Some("jsonb") => ColumnKind::Json,
            _ => return Err(wrong()),
        };
        let fold = match text("fold") {
            None => Fold::Nothing,
            Some("lower") => Fold::Lower,
            Some("citext") => Fold::Citext,
            Some("stored") => Fold::Stored,
            Some(_) => return Err(wrong()),
        };
        match column {
            Some(column) if kinds.contains(&kind) => Ok(Column {
                name: column.into(),
                at: 0,
                kind,
                fold,
                unique: flag("unique"),
                generated: flag("generated"),
                told: Told::default(),
            }),
            _ => Err(wrong()),
        }
    }

    /// What every resource has without a column.
    fn follows(&self, sources: &mut BTreeMap<AttrId, Source>) {
        let root = |name: &str| self.compiled.child(AttrId::ROOT, name).map(|child| child.id);
        if let Some(schemas) = root("schemas") {
            sources.insert(schemas, Source::Follows);
        }
        let Some(meta) = root("meta") else { return };
        for (name, source) in [
            ("resourceType", Source::Constant(Value::from(self.type_name.to_owned()))),
            ("version", Source::Follows),
        ] {
            if let Some(child) = self.compiled.child(meta, name) {
                sources.insert(child.id, source);
            }
        }
    }

    /// The attributes above those with a source, none of which has one itself.
    fn partly(&self, sources: &BTreeMap<AttrId, Source>) -> Result<BTreeSet<AttrId>, Error> {
        let mut partly = BTreeSet::new();
        for id in sources.keys() {
            let chain = self.compiled.chain(*id);
            for above in chain.iter().take(chain.len().saturating_sub(1)) {
                if sources.contains_key(above) {
                    let path = &self.compiled.attribute(*id).path;
                    return Err(self.wrong(path, "nothing: the attribute above it is mapped"));
                }
                partly.insert(*above);
            }
        }
        Ok(partly)
    }

    fn defaults(&self, value: &Value<'_>) -> Result<Vec<(Box<str>, Value<'static>)>, Error> {
        let given = value.get("defaults").and_then(Value::as_object);
        let mut defaults = Vec::new();
        for (column, value) in given.into_iter().flat_map(Object::iter) {
            if column.is_empty() || column.contains('\0') {
                return Err(self.wrong("defaults", "names of columns, each with a value"));
            }
            defaults.push((column.into(), value.clone().into_owned()));
        }
        Ok(defaults)
    }
}

const TIME: ColumnKind = ColumnKind::Time { zoned: true };
const UNZONED: ColumnKind = ColumnKind::Time { zoned: false };

/// The columns that an attribute can have, and in words.
fn kinds_of(attribute: &CompiledAttribute) -> (&'static [ColumnKind], &'static str) {
    use ColumnKind::{Bool, Int, Json, Text, Uuid};
    if attribute.multi_valued {
        return (&[Json], "a jsonb column or a list of elements: it has several values");
    }
    match attribute.kind {
        Kind::Complex => (&[Json], "a jsonb column, or its sub-attributes columns each"),
        Kind::Boolean => (&[Bool, Json], "a bool column"),
        Kind::Integer => (&[Int, Json], "an int column"),
        Kind::Decimal => (&[Json], "a jsonb column: it is a decimal number"),
        Kind::DateTime => (&[TIME, UNZONED], "a ts column"),
        Kind::String => (&[Text, Uuid, Int, Json], "a text, uuid or int column"),
        Kind::Reference | Kind::Binary => (&[Text, Uuid, Json], "a text or uuid column"),
    }
}
