//! The forms in which a case's document is given.

use base64::Engine as _;
use scimforge::api::{Failure, Input, Schema};
use scimforge::error::ScimType;
use scimforge::value::Value as Tree;
use serde_json::Value;

/// A document in one form.
pub(crate) enum Form {
    Object(Value),
    Text(String),
    Bytes(Vec<u8>),
}

impl Form {
    /// Calls `f` with the document as the text interface takes it; an object is printed first.
    pub(crate) fn with_input<T>(&self, f: impl FnOnce(Input<'_>) -> T) -> T {
        match self {
            Self::Object(value) => f(Input::Text(&value.to_string())),
            Self::Text(text) => f(Input::Text(text)),
            Self::Bytes(bytes) => f(Input::Bytes(bytes)),
        }
    }
}

/// The forms of the document that a case gives under `name`.
pub(crate) fn forms(case: &Value, name: &str) -> Result<Vec<Form>, String> {
    if let Some(value) = case.get(name) {
        let text = value.to_string();
        let bytes = text.clone().into_bytes();
        return Ok(vec![Form::Object(value.clone()), Form::Text(text), Form::Bytes(bytes)]);
    }
    if let Some(text) = case.get(format!("{name}Text")).and_then(Value::as_str) {
        return Ok(vec![Form::Text(text.to_owned()), Form::Bytes(text.as_bytes().to_vec())]);
    }
    if let Some(text) = case.get(format!("{name}Base64")).and_then(Value::as_str) {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text);
        return Ok(vec![Form::Bytes(bytes.map_err(|error| error.to_string())?)]);
    }
    Err(format!("the case gives no `{name}`"))
}

/// The core's tree of an object.
pub(crate) fn tree(value: &Value) -> Result<Tree<'_>, String> {
    Tree::copy_of(&value).map_err(|error| error.to_string())
}

/// The schema that a case names.
pub(crate) fn schema(case: &Value) -> Result<Schema, String> {
    match case.get("schema") {
        None => Schema::named("User"),
        Some(Value::String(name)) => Schema::named(name),
        Some(documents) => Schema::from_documents(Input::Text(&documents.to_string())),
    }
    .map_err(|failure| format!("the schema: {failure}"))
}

/// An options object of the members of a case that are there.
pub(crate) fn options(case: &Value, names: &[&str]) -> String {
    let mut options = case.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
    for name in names {
        if let Some(value) = case.get(*name) {
            options.insert((*name).to_owned(), value.clone());
        }
    }
    Value::Object(options).to_string()
}

/// Checks a failure against `{code, scimType?, at?, operation?, pointer?, help?}`.
pub(crate) fn check_failure(failure: &Failure, expected: &Value) -> Result<(), String> {
    let Some(issue) = failure.issues.first() else {
        return Err("a failure without an issue".to_owned());
    };
    let actual = [
        ("code", Value::from(issue.code.as_str())),
        ("scimType", issue.scim_type().map(ScimType::as_str).into()),
        ("at", issue.span.map(|span| span.start).into()),
        ("operation", issue.param("operation").and_then(|index| index.parse::<u64>().ok()).into()),
        ("pointer", issue.pointer.to_string().into()),
        ("help", issue.help().into()),
    ];
    for (name, actual) in actual {
        if let Some(wanted) = expected.get(name)
            && *wanted != actual
        {
            return Err(format!("the error's `{name}` is {actual}, expected {wanted} ({failure})"));
        }
    }
    Ok(())
}

/// Checks a trace: a quirk by its name, or an entry by the members that are given of it.
pub(crate) fn check_trace(trace: &Value, expected: Option<&Value>) -> Result<(), String> {
    let Some(expected) = expected else { return Ok(()) };
    let quirks = quirks(trace, expected);
    if quirks == *expected {
        Ok(())
    } else {
        Err(format!("the trace is {quirks}, expected {expected}"))
    }
}

/// A trace as far as it is expected: of each entry the quirk, or the members that are given of it.
pub(crate) fn quirks(trace: &Value, expected: &Value) -> Value {
    let wanted = expected.as_array().map(Vec::as_slice).unwrap_or_default();
    let entries = trace.as_array().map(Vec::as_slice).unwrap_or_default().iter().enumerate();
    entries
        .map(|(index, entry)| match wanted.get(index).and_then(Value::as_object) {
            None => entry["quirk"].clone(),
            Some(wanted) => wanted.keys().map(|name| (name.clone(), entry[name].clone())).collect(),
        })
        .collect()
}

/// JSON text of ours, read by the ecosystem's reader.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))
}
