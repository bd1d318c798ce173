//! What indexes can do for a condition.

use super::builder::{Dialect, INDEXED};
use super::key;
use super::members::{is_in_rows, place_of_text};
use super::order::{Order, is_indexed};
use super::predicate::{BY_ROW, Predicate};
use super::shadow::{cut, is_looked_up};
use crate::filter::{Operator, Place, Target, Test};
use crate::protocol::members::list_of;
use crate::schema::{AttrId, Compiled, CompiledAttribute, Kind, Step};
use crate::value::{Object, Value, to_text};

/// Attributes whose parts nobody looks for: each has characters that no other resource has, or the
/// same as all, and the trigrams of these cost more to write than those of all the rest.
const PARTLESS: [&str; 4] = ["id", "meta", "schemas", "#schemas"];

/// The text in which parts are looked for.
pub(super) fn parts_text(shadow: &str) -> String {
    format!("({shadow} - '{{{}}}'::text[])::text", PARTLESS.join(","))
}

impl Predicate<'_> {
    /// Equality from the resource on, through an index, and whether it is exact.
    pub(super) fn equal(
        &mut self,
        place: &Place,
        attribute: &CompiledAttribute,
        text: &str,
    ) -> Option<(String, bool)> {
        if is_in_rows(self.compiled, attribute.id) {
            return self.member(attribute, text);
        }
        match self.builder.dialect {
            Dialect::Sqlite => self.looked_up(attribute, text),
            Dialect::Postgres if self.own && is_indexed(self.compiled, attribute) => None,
            // Half of all rows have one, half the other: no index helps.
            Dialect::Postgres if attribute.kind == Kind::Boolean => None,
            Dialect::Postgres => {
                let pattern = wrapped(
                    self.compiled,
                    &place.names,
                    scalar_pattern(self.compiled, place, text)?,
                )?;
                Some((self.contains(&pattern), true))
            }
        }
    }

    fn looked_up(&mut self, attribute: &CompiledAttribute, text: &str) -> Option<(String, bool)> {
        if !is_looked_up(self.compiled, attribute) {
            return None;
        }
        let (key, whole) = cut(text);
        let (path, key) = (self.builder.text(&attribute.path), self.builder.text(key));
        self.served.push(format!("{}value ({})", self.mapping.prefix(), attribute.path));
        let (prefix, tenant, resource_type) =
            (self.mapping.prefix(), self.tenant, self.resource_type);
        let condition = format!(
            "{BY_ROW}(SELECT v.row FROM {prefix}value v WHERE v.tenant = {tenant} AND v.type = {resource_type} AND v.path = {path} AND v.key = {key})"
        );
        Some((condition, whole))
    }

    /// Several identifiers of which a resource has one, as one parameter: a filter on groups
    /// names many.
    pub(super) fn one_of_ids(&mut self, parts: &[Test], base: AttrId) -> Option<String> {
        let id_of = |part: &Test| match part {
            Test::Compare { place, operator: Operator::Eq, target: Target::Text { text, .. } }
                if base == AttrId::ROOT
                    && *self.compiled.attribute(place.id).path == *"id"
                    && !text.contains('\0') =>
            {
                Some(Value::copied(text))
            }
            _ => None,
        };
        if !self.own {
            return None;
        }
        let ids: Vec<Value<'static>> = parts.iter().map(id_of).collect::<Option<_>>()?;
        let bound = self.builder.text(&to_text(&Value::Array(ids)));
        Some(match self.builder.dialect {
            Dialect::Sqlite => format!("d.id IN (SELECT value FROM json_each({bound}))"),
            Dialect::Postgres => {
                format!("d.id = ANY (ARRAY(SELECT jsonb_array_elements_text({bound}::jsonb)))")
            }
        })
    }

    /// The groups of a member.
    fn member(&mut self, attribute: &CompiledAttribute, text: &str) -> Option<(String, bool)> {
        let list = list_of(self.compiled)?;
        let value = self.compiled.child(list.id, "value")?;
        if value.id != attribute.id || !self.own {
            return None;
        }
        let (key, whole) = place_of_text(text, attribute.case_exact);
        let key = self.builder.text(&key);
        let (prefix, tenant, resource_type) =
            (self.mapping.prefix(), self.tenant, self.resource_type);
        self.served.push(format!("{prefix}member_by_key"));
        let condition = format!(
            "{BY_ROW}(SELECT v.row FROM {prefix}member v WHERE v.tenant = {tenant} AND v.type = {resource_type} AND v.key = {key})"
        );
        Some((condition, whole))
    }

    /// What every row fits in which a part of a text is found, for the index on trigrams: that the
    /// text of the shadow has it. Where that would be escaped, only what stands around it counts.
    pub(super) fn part(&mut self, id: AttrId, text: &str) -> Option<String> {
        /// Three characters, of which an index knows where they are.
        const SHORTEST: usize = 3;
        let postgres = self.builder.dialect == Dialect::Postgres;
        let first = self.compiled.chain(id).first().map(|step| self.compiled.attribute(*step));
        let is_apart = first.is_some_and(|first| {
            PARTLESS.iter().any(|own| crate::name::same(own, &first.attribute.name))
        });
        if !self.own || !postgres || is_apart || is_in_rows(self.compiled, id) {
            return None;
        }
        let plain = |character: char| !character.is_control() && !"\"\\".contains(character);
        let longest = text.split(|each| !plain(each)).max_by_key(|piece| piece.chars().count())?;
        if longest.chars().count() < SHORTEST {
            return None;
        }
        let mut pattern = String::from("%");
        for character in longest.chars() {
            if matches!(character, '%' | '_') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('%');
        let bound = self.builder.text(&pattern);
        self.served.push(format!("{}document_by_parts", self.mapping.prefix()));
        Some(format!("{} LIKE {bound}", parts_text("d.shadow")))
    }

    fn contains(&mut self, pattern: &Value<'_>) -> String {
        // Tables that are not ours have the indexes that somebody gave them.
        if self.own {
            self.served.push(format!("{}document_by_value", self.mapping.prefix()));
        }
        let bound = self.builder.text(&to_text(pattern));
        format!("{} @> {bound}::jsonb", self.shadow)
    }

    /// Brackets of equalities alone are one containment in `PostgreSQL`.
    pub(super) fn contained(&mut self, place: &Place, test: &Test) -> Option<String> {
        if self.builder.dialect != Dialect::Postgres || is_in_rows(self.compiled, place.id) {
            return None;
        }
        let parts = match test {
            Test::And(parts) => parts.as_slice(),
            test => std::slice::from_ref(test),
        };
        let mut members: Vec<(String, Value<'static>)> = Vec::new();
        for part in parts {
            let Test::Compare { place: inner, operator: Operator::Eq, target } = part else {
                return None;
            };
            let attribute = self.compiled.attribute(inner.id);
            let name = match &*inner.names {
                [] => "value".to_owned(),
                [one] if !attribute.multi_valued => key::name(&one.name)?,
                _ => return None,
            };
            if members.iter().any(|(other, _)| *other == name) {
                return None;
            }
            members.push((name, Value::from(key::target(target))));
        }
        let members = members.into_iter().map(|(name, value)| (name.into(), value)).collect();
        let attribute = self.compiled.attribute(place.id);
        let mut innermost: Value<'static> = Object::from_unique(members).into();
        if attribute.multi_valued {
            innermost = Value::Array(vec![innermost]);
        }
        let pattern = wrapped(self.compiled, &place.names, innermost)?;
        Some(self.contains(&pattern))
    }

    /// What narrows brackets down, for a value that an element must have.
    pub(super) fn candidate(&mut self, place: &Place, inner: &Place, text: &str) -> Option<String> {
        let attribute = self.compiled.attribute(inner.id);
        if is_in_rows(self.compiled, attribute.id) {
            return self.member(attribute, text).map(|(condition, _)| condition);
        }
        if self.builder.dialect == Dialect::Sqlite {
            return self.looked_up(attribute, text).map(|(condition, _)| condition);
        }
        let names: Vec<Step> = place.names.iter().chain(inner.names.iter()).cloned().collect();
        let innermost = if inner.names.is_empty() {
            Value::Array(vec![single("value", text)])
        } else {
            scalar_pattern(self.compiled, inner, text)?
        };
        let pattern = wrapped(self.compiled, &names, innermost)?;
        Some(self.contains(&pattern))
    }

    /// The part of an index on the sort key in which all matches are.
    pub(super) fn range(
        &mut self,
        attribute: &CompiledAttribute,
        operator: Operator,
        text: &str,
    ) -> Option<String> {
        if !self.own || !is_indexed(self.compiled, attribute) {
            return None;
        }
        let order = Order::by(self.compiled, attribute, "d.", self.builder.dialect)?;
        let rank = key::rank(attribute.kind);
        let whole = format!("{rank}{text}");
        let head: String = whole.chars().take(INDEXED).collect();
        let begins = rank.to_string();
        let ends = key::behind(&begins)?;
        let (low, high) = match operator {
            Operator::Eq => {
                let key = self.builder.by_bytes(&order.key(self.builder.dialect));
                let bound = self.builder.text(if self.builder.dialect == Dialect::Postgres {
                    &head
                } else {
                    &whole
                });
                self.serve(attribute);
                return Some(format!("{key} = {bound}"));
            }
            Operator::Sw => (head.clone(), key::behind(&head)?),
            Operator::Gt | Operator::Ge => (head, ends),
            Operator::Lt | Operator::Le => (begins, key::behind(&head)?),
            _ => return None,
        };
        self.serve(attribute);
        let key = self.builder.by_bytes(&order.key(self.builder.dialect));
        let (low, high) = (self.builder.text(&low), self.builder.text(&high));
        Some(format!("({key} >= {low} AND {key} < {high})"))
    }

    fn serve(&mut self, attribute: &CompiledAttribute) {
        self.served.push(super::ddl::index_name(self.mapping, attribute));
    }
}

/// The parts of texts that one and the same value must have.
pub(super) fn parts(test: &Test) -> Vec<(AttrId, &str)> {
    match test {
        Test::And(each) => each.iter().flat_map(parts).collect(),
        Test::Compare { place, operator, target: Target::Text { text, .. } }
            if operator.is_substring() =>
        {
            vec![(place.id, text)]
        }
        _ => Vec::new(),
    }
}

/// The texts that one and the same value must have, whatever else it must.
pub(super) fn equalities(test: &Test) -> Vec<(&Place, &str)> {
    match test {
        Test::And(parts) => parts.iter().flat_map(equalities).collect(),
        Test::Compare { place, operator: Operator::Eq, target: Target::Text { text, .. } }
            if !text.bytes().any(|byte| byte < 2) =>
        {
            vec![(place, text)]
        }
        _ => Vec::new(),
    }
}

fn single(name: &str, text: &str) -> Value<'static> {
    let members = vec![(name.to_owned().into(), Value::from(text.to_owned()))];
    Object::from_unique(members).into()
}

/// The value at the end of a place, as a shadow has it.
fn scalar_pattern(compiled: &Compiled, place: &Place, text: &str) -> Option<Value<'static>> {
    let last = place.names.last()?;
    Some(if compiled.attribute(last.id).multi_valued {
        Value::Array(vec![single("value", text)])
    } else {
        Value::from(text.to_owned())
    })
}

/// What a shadow contains that has `innermost` at the end of these steps.
fn wrapped(
    compiled: &Compiled,
    steps: &[Step],
    innermost: Value<'static>,
) -> Option<Value<'static>> {
    let mut value = innermost;
    for (at, step) in steps.iter().enumerate().rev() {
        let last = at + 1 == steps.len();
        if !last && compiled.attribute(step.id).multi_valued {
            value = Value::Array(vec![value]);
        }
        value = Object::from_unique(vec![(key::name(&step.name)?.into(), value)]).into();
    }
    Some(value)
}
