//! What a form for a resource looks like.

use crate::schema::{self, AttrId, Compiled, CompiledAttribute, Kind, Mutability, Role};
use crate::value::{Object, Value};

/// Describes a form: an array of objects, one an attribute in schema order (`schemas` is left
/// out, it follows from the rest), each with
///
/// - `name`, `path` (SCIM's words), `pointer` (JSON Pointer; the `-` of a list stands for any
///   element), `type`, `multiValued`, `required`, `readOnly`, `mutability`, `returned`,
///   `caseExact`;
/// - `canonicalValues` and `description` where there are any;
/// - `fields`, the same for the sub-attributes of a complex attribute or an extension;
/// - otherwise `inputType`, an `<input>` type of HTML, and `autocomplete`, its token, where HTML
///   has one.
///
/// ```
/// use scimforge::schema::builtin;
/// use scimforge::validate::fields;
///
/// let form = fields(&builtin::group());
/// let first = form.as_array().and_then(|fields| fields.iter().find(|field| {
///     field.get("path").and_then(|path| path.as_str()) == Some("displayName")
/// }));
/// let input = first.and_then(|field| field.get("inputType")).and_then(|input| input.as_str());
/// assert_eq!(input, Some("text"));
/// ```
pub fn fields(compiled: &Compiled) -> Value<'static> {
    below(compiled, AttrId::ROOT, "")
}

fn below(compiled: &Compiled, parent: AttrId, pointer: &str) -> Value<'static> {
    let children = compiled.children(parent).filter(|child| &*child.path != "schemas");
    Value::Array(children.map(|child| field(compiled, child, pointer)).collect())
}

fn field(compiled: &Compiled, attribute: &CompiledAttribute, above: &str) -> Value<'static> {
    let text = |text: &str| Value::from(text.to_owned());
    let step = attribute.attribute.name.replace('~', "~0").replace('/', "~1");
    let element = if attribute.multi_valued { "/-" } else { "" };
    let pointer = format!("{above}/{step}");
    let mut field = Object::new();
    field.insert("name", text(&attribute.attribute.name));
    field.insert("path", text(&attribute.path));
    field.insert("pointer", text(&pointer));
    field.insert("type", Value::from(attribute.kind.as_str()));
    field.insert("multiValued", attribute.multi_valued.into());
    field.insert("required", attribute.required.into());
    field.insert("readOnly", (attribute.mutability == Mutability::ReadOnly).into());
    field.insert("mutability", Value::from(attribute.mutability.as_str()));
    field.insert("returned", Value::from(attribute.returned.as_str()));
    field.insert("caseExact", attribute.case_exact.into());
    if !attribute.canonical_values.is_empty() {
        let values = attribute.canonical_values.iter().map(|value| text(value)).collect();
        field.insert("canonicalValues", Value::Array(values));
    }
    if !attribute.description.is_empty() {
        field.insert("description", text(&attribute.description));
    }
    if attribute.kind == Kind::Complex {
        field.insert("fields", below(compiled, attribute.id, &format!("{pointer}{element}")));
        return field.into();
    }
    let known = known(compiled, attribute);
    field.insert(
        "inputType",
        Value::from(known.map_or_else(|| by_kind(attribute), |(input, _)| input)),
    );
    if let Some((_, token)) = known.filter(|(_, token)| !token.is_empty()) {
        field.insert("autocomplete", Value::from(token));
    }
    field.into()
}

fn by_kind(attribute: &CompiledAttribute) -> &'static str {
    let external = attribute.reference_types.iter().any(|kind| &**kind == "external");
    match attribute.kind {
        Kind::Boolean => "checkbox",
        Kind::Decimal | Kind::Integer => "number",
        Kind::DateTime => "datetime-local",
        // References to resources may be relative, which a field for URLs refuses.
        Kind::Reference if external => "url",
        Kind::Reference | Kind::String | Kind::Binary | Kind::Complex => "text",
    }
}

/// The input type and the autofill token of an attribute that HTML knows too.
fn known(
    compiled: &Compiled,
    attribute: &CompiledAttribute,
) -> Option<(&'static str, &'static str)> {
    let path: &str = match attribute.role {
        Role::Core if compiled.base_schema() == schema::USER => &attribute.path,
        Role::Extension => attribute
            .path
            .strip_prefix(schema::ENTERPRISE_USER)
            .filter(|rest| *rest == ":organization")?,
        _ => return None,
    };
    Some(match path {
        "userName" => ("text", "username"),
        "password" => ("password", "new-password"),
        "displayName" | "name.formatted" => ("text", "name"),
        "name.givenName" => ("text", "given-name"),
        "name.familyName" => ("text", "family-name"),
        "name.middleName" => ("text", "additional-name"),
        "name.honorificPrefix" => ("text", "honorific-prefix"),
        "name.honorificSuffix" => ("text", "honorific-suffix"),
        "nickName" => ("text", "nickname"),
        "title" => ("text", "organization-title"),
        "profileUrl" => ("url", "url"),
        "preferredLanguage" => ("text", "language"),
        "emails.value" => ("email", "email"),
        "phoneNumbers.value" => ("tel", "tel"),
        "ims.value" => ("text", "impp"),
        "photos.value" => ("url", "photo"),
        "addresses.streetAddress" => ("text", "street-address"),
        "addresses.locality" => ("text", "address-level2"),
        "addresses.region" => ("text", "address-level1"),
        "addresses.postalCode" => ("text", "postal-code"),
        "addresses.country" => ("text", "country"),
        ":organization" => ("text", "organization"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::builtin;

    fn find<'v>(fields: &'v Value<'static>, pointer: &str) -> Option<&'v Value<'static>> {
        fields.as_array()?.iter().find_map(|field| {
            if field.get("pointer")?.as_str()? == pointer {
                Some(field)
            } else {
                find(field.get("fields")?, pointer)
            }
        })
    }

    #[test]
    fn a_form_knows_its_inputs() {
        let form = fields(&builtin::user());
        for (pointer, member, expected) in [
            ("/userName", "required", "true"),
            ("/userName", "autocomplete", r#""username""#),
            ("/active", "inputType", r#""checkbox""#),
            ("/emails/-/value", "inputType", r#""email""#),
            ("/emails/-/type", "canonicalValues", r#"["work","home","other"]"#),
            ("/id", "readOnly", "true"),
            ("/meta/created", "inputType", r#""datetime-local""#),
            (
                "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager/value",
                "caseExact",
                "true",
            ),
            (
                "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/organization",
                "autocomplete",
                r#""organization""#,
            ),
        ] {
            let field = find(&form, pointer).expect(pointer);
            assert_eq!(
                field.get(member).map(ToString::to_string).as_deref(),
                Some(expected),
                "{pointer}"
            );
        }
        assert!(find(&form, "/schemas").is_none());
        assert!(find(&form, "/name").is_some_and(|name| name.get("inputType").is_none()));
    }
}
