//! JSON text out of a tree.

use super::Value;
use crate::text::plain_json;

/// Compact JSON text.
///
/// ```
/// use scimforge::value::{read, to_text};
///
/// assert_eq!(to_text(&read(r#"{ "title" : "Baker" }"#)?), r#"{"title":"Baker"}"#);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn to_text(value: &Value<'_>) -> String {
    let mut out = String::new();
    write_compact(&mut out, value);
    out
}

/// Appends compact JSON text.
pub(crate) fn write_compact(out: &mut String, value: &Value<'_>) {
    write(out, value, None, 0);
}

/// JSON text with two-space indentation.
///
/// ```
/// use scimforge::value::{read, to_text_pretty};
///
/// assert_eq!(to_text_pretty(&read(r#"{"title": "Baker"}"#)?), "{\n  \"title\": \"Baker\"\n}");
/// # Ok::<(), scimforge::error::Error>(())
/// ```
pub fn to_text_pretty(value: &Value<'_>) -> String {
    let mut out = String::new();
    write(&mut out, value, Some("  "), 0);
    out
}

impl std::fmt::Display for Value<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&to_text(self))
    }
}

fn line(out: &mut String, indent: Option<&str>, level: usize) {
    if let Some(indent) = indent {
        out.push('\n');
        for _ in 0..level {
            out.push_str(indent);
        }
    }
}

// The depth of a tree is bounded where it is made: the reader and the host walks have a limit.
fn write(out: &mut String, value: &Value<'_>, indent: Option<&str>, level: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => out.push_str(number.as_str()),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, indent, level + 1);
                write(out, item, indent, level + 1);
            }
            if !items.is_empty() {
                line(out, indent, level);
            }
            out.push(']');
        }
        Value::Object(object) => {
            out.push('{');
            for (index, (name, member)) in object.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(out, indent, level + 1);
                write_string(out, name);
                out.push(':');
                if indent.is_some() {
                    out.push(' ');
                }
                write(out, member, indent, level + 1);
            }
            if !object.is_empty() {
                line(out, indent, level);
            }
            out.push('}');
        }
    }
}

/// Appends `text` as a JSON string.
///
/// ```
/// use scimforge::value::write_string;
///
/// let mut out = String::from("name: ");
/// write_string(&mut out, "O\"Neil");
/// assert_eq!(out, r#"name: "O\"Neil""#);
/// ```
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = text;
    loop {
        let at = plain_json(plain.as_bytes());
        if at == plain.len() {
            break;
        }
        let (head, tail) = plain.split_at(at);
        out.push_str(head);
        let mut rest = tail.chars();
        match rest.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(control) => {
                out.push_str("\\u00");
                let code = u32::from(control);
                for digit in [code >> 4, code & 15] {
                    out.push(char::from_digit(digit, 16).unwrap_or('0'));
                }
            }
            None => {}
        }
        plain = rest.as_str();
    }
    out.push_str(plain);
    out.push('"');
}
