//! TypeScript types.

use std::collections::HashMap;

use super::super::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Role};
use super::{is_demanded, is_secret};
use crate::validate::Mode;
use crate::value::write_string;

/// The types of a resource type as a TypeScript module: an exported interface for the resource
/// and one for each of its complex attributes and extensions, named after their place
/// (`UserEmails`, `EnterpriseUserManager`). What clients must send is there, everything else is
/// optional; what the server sets is `readonly`; canonical values are suggested, others allowed.
///
/// ```
/// use scimforge::schema::{builtin, export::typescript};
///
/// let module = typescript(&builtin::group());
/// assert!(module.contains("export interface Group {"));
/// assert!(module.contains("  displayName: string;\n"));
/// assert!(module.contains("  type?: \"User\" | \"Group\" | (string & {});\n"));
/// ```
pub fn typescript(compiled: &Compiled) -> String {
    let mut export = Export { compiled, out: String::new(), taken: HashMap::new() };
    let resource_type = compiled.resource_type();
    let name = export.unused(pascal(&resource_type.name));
    export.interface(&name, AttrId::ROOT, &resource_type.description);
    export.out
}

struct Export<'c> {
    compiled: &'c Compiled,
    out: String,
    /// Names of interfaces, and how often each was wanted.
    taken: HashMap<String, usize>,
}

impl Export<'_> {
    /// An interface, and those of its complex members after it.
    fn interface(&mut self, name: &str, parent: AttrId, description: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        comment(&mut self.out, "", &[description]);
        self.out.push_str("export interface ");
        self.out.push_str(name);
        self.out.push_str(" {\n");
        let compiled = self.compiled;
        let mut complex = Vec::new();
        for child in compiled.children(parent) {
            let own = (child.kind == Kind::Complex).then(|| {
                let own = if child.role == Role::Container {
                    extension(&child.attribute.name)
                } else {
                    format!("{name}{}", pascal(&child.attribute.name))
                };
                self.unused(own)
            });
            self.member(child, own.as_deref());
            complex.extend(own.map(|own| (own, child)));
        }
        self.out.push_str("}\n");
        for (own, child) in complex {
            self.interface(&own, child.id, &child.description);
        }
    }

    fn member(&mut self, attribute: &CompiledAttribute, own: Option<&str>) {
        let secret = if is_secret(attribute) { "Written only: no answer has it." } else { "" };
        let out = &mut self.out;
        comment(out, "  ", &[&attribute.description, secret]);
        out.push_str("  ");
        if attribute.mutability == Mutability::ReadOnly {
            out.push_str("readonly ");
        }
        let name = &attribute.attribute.name;
        if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')) {
            out.push_str(name);
        } else {
            write_string(out, name);
        }
        out.push_str(if is_demanded(self.compiled, attribute, Mode::Create) {
            ": "
        } else {
            "?: "
        });
        let open = attribute.kind == Kind::String && !attribute.canonical_values.is_empty();
        let list = attribute.multi_valued;
        if open {
            out.push_str(if list { "(" } else { "" });
            for value in &attribute.canonical_values {
                write_string(out, value);
                out.push_str(" | ");
            }
            // Keeps the values in suggestions, where `| string` would swallow them.
            out.push_str(if list { "(string & {}))" } else { "(string & {})" });
        } else {
            out.push_str(own.unwrap_or(match attribute.kind {
                Kind::Boolean => "boolean",
                Kind::Decimal | Kind::Integer => "number",
                _ => "string",
            }));
        }
        out.push_str(if list { "[];\n" } else { ";\n" });
    }

    /// The name, or with a number if another interface has it.
    fn unused(&mut self, name: String) -> String {
        let mut number = self.taken.get(&name).copied().unwrap_or_default();
        let mut unused = name.clone();
        while self.taken.contains_key(&unused) {
            number += 1;
            unused = format!("{name}{}", number + 1);
        }
        self.taken.insert(name, number);
        self.taken.entry(unused.clone()).or_default();
        unused
    }
}

/// A documentation comment of the texts that are not empty.
fn comment(out: &mut String, indent: &str, texts: &[&str]) {
    let lines = || {
        texts.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.is_empty())
    };
    let several = lines().count() > 1;
    for (index, line) in lines().enumerate() {
        out.push_str(indent);
        out.push_str(match (several, index) {
            (false, _) => "/** ",
            (true, 0) => "/**\n",
            (true, _) => "",
        });
        if several {
            out.push_str(if index == 0 { indent } else { "" });
            out.push_str(" * ");
        }
        // A description must not end the comment.
        out.push_str(&line.replace("*/", "*\\/"));
        out.push_str(if several { "\n" } else { " */\n" });
    }
    if several {
        out.push_str(indent);
        out.push_str(" */\n");
    }
}

/// A name for an extension, from the last segments of its URI that are no versions.
fn extension(uri: &str) -> String {
    let mut segments: Vec<&str> = uri.rsplit([':', '/']).take(3).collect();
    segments.retain(|segment| {
        segment.starts_with(|first: char| first.is_ascii_alphabetic())
            && !segment.eq_ignore_ascii_case("urn")
    });
    segments.reverse();
    pascal(&segments.join("-"))
}

/// Letters and digits alone, words in capitals: `EnterpriseUser`.
fn pascal(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let mut name = String::with_capacity(text.len());
    for word in words {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name
    } else {
        format!("Type{name}")
    }
}
