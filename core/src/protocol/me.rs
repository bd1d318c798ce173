//! The one who asks, under the alias `/Me` (RFC 7644 §3.11).

use super::call::Call;
use super::engine::on_resource;
use super::exchange::{Fault, Flow};
use super::query::Parameters;
use super::route::{Operation, Route};
use super::write;
use crate::error::{Code, Error};
use crate::value::Value;

/// Begins what is asked of the resource that the one who asks is; POST makes one.
pub(super) fn me<'b>(
    call: &mut Call,
    operation: Operation,
    parameters: &Parameters,
    body: impl FnOnce() -> Result<Value<'b>, Error>,
) -> Result<Flow, Fault> {
    call.config.serves(&Route::Me)?;
    let settings = call.config.me.clone().unwrap_or_default();
    if operation == Operation::Create {
        let kind = call.config.kind(&settings.resource_type).ok_or(Code::NotFound)?;
        // Never one that is there: it may be somebody else's.
        let accepted = write::accept(call, kind, parameters, body()?)?;
        return write::insert(call, accepted, None);
    }
    // Who is no resource has none to look at (ME-005).
    let subject = call.subject.clone().ok_or(Code::NotFound)?;
    let kind = call.config.kind(&subject.resource_type).ok_or(Code::NotFound)?;
    let compiled = call.compiled(kind).ok_or(Code::NotFound)?;
    call.id = Some(subject.id.to_string());
    call.permanent = Some(call.location(&compiled, &subject.id));
    call.writable = settings.writable;
    on_resource(call, (kind, &subject.id), operation, parameters, body)
}
