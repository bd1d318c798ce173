//! The message of a Bulk (RFC 7644 §3.7), read into jobs.

use std::collections::HashMap;

use super::super::config::BulkLimits;
use super::super::exchange::Fault;
use super::reference;
use crate::error::{Code, Error, Pointer};
use crate::name;
use crate::profile::{Profile, Quirk, Trace};
use crate::value::{Object, Value};

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// One operation of the request.
#[derive(Debug, Default)]
pub(super) struct Job {
    /// In capitals.
    pub(super) method: String,
    pub(super) bulk_id: Option<String>,
    pub(super) path: String,
    pub(super) version: Option<String>,
    pub(super) data: Value<'static>,
    /// What is wrong with the operation itself.
    pub(super) refused: Option<Error>,
    /// The operations (by their places) that must be done before it.
    pub(super) after: Vec<usize>,
}

impl Job {
    pub(super) fn is_post(&self) -> bool {
        self.method == "POST"
    }
}

/// The whole request.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) jobs: Vec<Job>,
    /// The POST with each `bulkId`.
    pub(super) known: HashMap<String, usize>,
    pub(super) fail_on_errors: Option<usize>,
}

impl Message {
    pub(super) fn read(
        message: &Value<'_>,
        limits: BulkLimits,
        profile: Profile,
        trace: &mut Trace,
    ) -> Result<Self, Fault> {
        let wrong = || Error::new(Code::InvalidMessage).with("message", "BulkRequest");
        let object = message.as_object().ok_or_else(wrong)?;
        check_schemas(object, profile, trace).map_err(|at| wrong().at(at))?;
        let fail_on_errors = match object.get("failOnErrors") {
            None | Some(Value::Null) => None,
            Some(number) => match number.as_count() {
                Some(count) if count > 0 => Some(count),
                _ => {
                    let at = Pointer::root().name("failOnErrors");
                    let error = Error::new(Code::InvalidParameter)
                        .with("parameter", "failOnErrors")
                        .with("expected", "a positive integer");
                    return Err(error.at(at).into());
                }
            },
        };
        let at = Pointer::root().name("Operations");
        let operations = object
            .get("Operations")
            .and_then(Value::as_array)
            .filter(|operations| !operations.is_empty())
            .ok_or_else(|| wrong().at(at.clone()))?;
        if operations.len() > limits.max_operations {
            let limit = limits.max_operations.to_string();
            return Err(Error::new(Code::TooManyBulkOperations).with("limit", limit).at(at).into());
        }
        let mut read = Self { jobs: Vec::new(), known: HashMap::new(), fail_on_errors };
        for (index, operation) in operations.iter().enumerate() {
            let operation =
                operation.as_object().ok_or_else(|| wrong().at(at.clone().index(index)))?;
            let job = read.job(operation);
            if let (true, None, Some(id)) = (job.is_post(), &job.refused, &job.bulk_id) {
                read.known.insert(id.clone(), index);
            }
            read.jobs.push(job);
        }
        read.order();
        Ok(read)
    }

    fn job(&self, operation: &Object<'_>) -> Job {
        let text = |name| operation.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut job = Job {
            method: text("method").unwrap_or_default().to_ascii_uppercase(),
            bulk_id: text("bulkId").filter(|id| !id.is_empty()),
            path: text("path").unwrap_or_default(),
            version: text("version").map(tagged),
            data: operation.get("data").cloned().unwrap_or_default().into_owned(),
            refused: None,
            after: Vec::new(),
        };
        let known = ["POST", "PUT", "PATCH", "DELETE"].contains(&job.method.as_str());
        let taken = job.bulk_id.as_ref().is_some_and(|id| self.known.contains_key(id));
        let code = if !known {
            Some(Code::BulkMethod)
        } else if job.path.is_empty() {
            Some(Code::BulkPath)
        } else if job.is_post() && job.bulk_id.is_none() {
            Some(Code::MissingBulkId)
        } else if job.is_post() && taken {
            Some(Code::DuplicateBulkId)
        } else if job.method != "DELETE" && job.data.as_object().is_none() {
            Some(Code::MissingData)
        } else {
            None
        };
        job.refused = code.map(Error::new);
        job
    }

    /// Finds out what must come before what: those that are referred to, and of operations on the
    /// same resource the earlier one.
    fn order(&mut self) {
        let mut last: HashMap<String, usize> = HashMap::new();
        for (place, job) in self.jobs.iter_mut().enumerate() {
            let known = &self.known;
            let (mut after, mut unknown) = (Vec::new(), false);
            let mut refer = |id: &str| match known.get(id) {
                Some(other) => after.push(*other),
                None => unknown = true,
            };
            reference::each(&job.data, &mut refer);
            reference::each_in_target(&job.path, &mut refer);
            if unknown && job.refused.is_none() {
                job.refused = Some(Error::new(Code::UnknownBulkId));
            }
            if !job.is_post() {
                let resource = job.path.trim_start_matches('/').to_owned();
                after.extend(last.insert(resource, place));
            }
            after.sort_unstable();
            after.dedup();
            // A resource may be a member of itself.
            job.after = after;
        }
    }
}

/// A version with its quotes, also where the client left them out (ETG-008).
fn tagged(version: String) -> String {
    if version.contains('"') || version == "*" { version } else { format!("W/\"{version}\"") }
}

fn check_schemas(object: &Object<'_>, profile: Profile, trace: &mut Trace) -> Result<(), Pointer> {
    let at = Pointer::root().name("schemas");
    let schemas = object.get("schemas").and_then(Value::as_array).unwrap_or_default();
    let named = schemas.iter().filter_map(Value::as_str).any(|uri| name::same(uri, BULK_REQUEST));
    let bent = || schemas.is_empty() && trace.bend(profile, Quirk::MissingSchemas, &at, "schemas");
    if named || { bent }() { Ok(()) } else { Err(at) }
}
