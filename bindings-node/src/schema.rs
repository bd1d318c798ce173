//! Schemas, and what is done with them to documents.

use scimforge::api::{self, Failure, Schema, issues_text};
use scimforge::error::Issue;

use crate::convert::{Document, failure, input};
use crate::raw::{Answer, Arguments, Entry};
use crate::store::Store;

use napi_derive::napi;

type Answered = Result<Answer, Failure>;

/// The first argument of each is the number of a schema, the last the text of options.
pub(crate) const ENTRIES: &[Entry] = &[
    Entry { name: c"schemaNamed", run: named },
    Entry { name: c"schemaOf", run: from_documents },
    Entry { name: c"isOfGroup", run: is_of_group },
    Entry { name: c"dropSchema", run: drop },
    Entry { name: c"validate", run: validate },
    Entry { name: c"isValid", run: is_valid },
    Entry { name: c"validateAt", run: validate_at },
    Entry { name: c"fields", run: |store, call| text(store, call, Schema::fields) },
    Entry { name: c"schemaText", run: |store, call| text(store, call, Schema::to_text) },
    Entry { name: c"toTypescript", run: |store, call| text(store, call, Schema::to_typescript) },
    Entry { name: c"toJsonSchema", run: to_json_schema },
    Entry { name: c"applyPatch", run: apply_patch },
    Entry { name: c"explainPatch", run: explain_patch },
    Entry { name: c"inverse", run: inverse },
    Entry { name: c"diff", run: diff },
    Entry { name: c"emit", run: emit },
    Entry { name: c"emitPatch", run: emit_patch },
    Entry { name: c"project", run: project },
    Entry { name: c"order", run: order },
    Entry { name: c"orderDocuments", run: order_documents },
];

fn named(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = Schema::named(&call.text(0)?)?;
    Ok(Answer::Number(store.schemas.keep(schema)))
}

fn from_documents(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = Schema::from_documents(call.document(0)?.input())?;
    Ok(Answer::Number(store.schemas.keep(schema)))
}

/// Whether a document names the schema of groups, not that of users.
fn is_of_group(_: &mut Store, call: &Arguments<'_>) -> Answered {
    Ok(Answer::Truth(Schema::names_group(call.document(0)?.input())))
}

fn drop(store: &mut Store, call: &Arguments<'_>) -> Answered {
    store.schemas.drop(call.number(0)?);
    Ok(Answer::Nothing)
}

fn validate(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let document = call.document(1)?;
    let (schema, options) = store.validation(call.number(0)?, call.text(2)?)?;
    Ok(found(&schema.issues(document.input(), options)))
}

/// Nothing if nothing is found, which is most of the time.
pub(crate) fn found(issues: &[Issue]) -> Answer {
    if issues.is_empty() { Answer::Nothing } else { Answer::Text(issues_text(issues)) }
}

fn is_valid(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let document = call.document(1)?;
    let (schema, options) = store.validation(call.number(0)?, call.text(2)?)?;
    Ok(Answer::Truth(schema.accepts(document.input(), options)))
}

fn validate_at(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let (document, pointer, options) = (call.document(1)?, call.text(2)?, call.text(3)?);
    schema.validate_at(document.input(), &pointer, &options).map(Answer::Text)
}

fn text(store: &Store, call: &Arguments<'_>, text: fn(&Schema) -> String) -> Answered {
    Ok(Answer::Text(text(store.schemas.at(call.number(0)?)?)))
}

/// Options: `draft`, `mode`.
fn to_json_schema(store: &mut Store, call: &Arguments<'_>) -> Answered {
    store.schemas.at(call.number(0)?)?.to_json_schema(&call.text(1)?).map(Answer::Text)
}

fn apply_patch(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let (document, patch, options) = (call.document(1)?, call.document(2)?, call.text(3)?);
    schema.apply_patch(document.input(), patch.input(), &options).map(Answer::Text)
}

/// `{"changed", "operations", "trace"}`.
fn explain_patch(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let (document, patch, options) = (call.document(1)?, call.document(2)?, call.text(3)?);
    schema.explain_patch(document.input(), patch.input(), &options).map(Answer::Text)
}

/// `{"patch", "lost"}`.
fn inverse(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let (document, patch, options) = (call.document(1)?, call.document(2)?, call.text(3)?);
    schema.inverse(document.input(), patch.input(), &options).map(Answer::Text)
}

/// A PATCH message, or `null`.
fn diff(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    schema.diff(call.document(1)?.input(), call.document(2)?.input()).map(Answer::Text)
}

/// `{"resource", "messages", "trace"}`.
fn emit(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    schema.emit(call.document(1)?.input(), &call.text(2)?).map(Answer::Text)
}

/// `{"messages", "trace"}`.
fn emit_patch(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    schema.emit_patch(call.document(1)?.input(), &call.text(2)?).map(Answer::Text)
}

fn project(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    schema.project(call.document(1)?.input(), &call.text(2)?).map(Answer::Text)
}

/// Indices into the list of documents.
fn order(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let documents = call.documents(1)?;
    let inputs = documents.iter().map(crate::raw::Document::input);
    Ok(indices(schema.order(inputs, &call.text(2)?)?))
}

/// The same for documents that were read before.
fn order_documents(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let documents = call.numbers(1)?.into_iter().map(|number| {
        let document = store.documents.at(number.into())?;
        Ok((number as usize, document))
    });
    let documents = documents.collect::<Result<Vec<_>, Failure>>()?;
    let order = schema.order_documents(documents, &mut store.keys, &call.text(2)?)?;
    Ok(indices(order))
}

fn indices(order: Vec<usize>) -> Answer {
    // JavaScript's arrays are no longer than that.
    Answer::Numbers(order.into_iter().map(|at| u32::try_from(at).unwrap_or(u32::MAX)).collect())
}

/// A list of issues.
#[napi]
pub fn lint_schema(document: Document<'_>) -> String {
    api::lint_schema(input(&document))
}

/// `{"verdict", "changes"}`.
#[napi]
pub fn schema_changes(old: Document<'_>, new: Document<'_>) -> napi::Result<String> {
    api::schema_changes(input(&old), input(&new)).map_err(failure)
}
