//! What came of the operations of a Bulk, and the answer that says so.

use super::super::call::Call;
use super::super::response::Response;
use super::message::Job;
use super::{Bulk, reference};
use crate::value::{Object, Value, read_bytes};

const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";

/// How far an operation is.
#[derive(Default)]
pub(super) enum State {
    #[default]
    Waiting,
    /// It was run without references that could not be resolved yet.
    Partial(Done),
    Done(Done),
}

#[derive(Default, Clone)]
pub(super) struct Done {
    pub(super) status: u16,
    /// Of the resource that a POST made, with the place of its type.
    pub(super) id: Option<String>,
    pub(super) kind: Option<usize>,
    pub(super) location: Option<String>,
    pub(super) version: Option<String>,
    /// The body of an answer that is an error.
    pub(super) error: Option<Value<'static>>,
}

impl Bulk {
    pub(super) fn answer(&self, call: &Call) -> Value<'static> {
        let each =
            self.message.jobs.iter().zip(&self.states).filter_map(|(job, state)| match state {
                State::Waiting => None,
                State::Partial(done) | State::Done(done) => Some(self.entry(call, job, done)),
            });
        let mut object = Object::new();
        object.insert("schemas", Value::Array(vec![Value::from(BULK_RESPONSE)]));
        object.insert("Operations", Value::Array(each.collect()));
        object.into()
    }

    /// What is said of one operation (BLK-007, BLK-008).
    fn entry(&self, call: &Call, job: &Job, done: &Done) -> Value<'static> {
        let mut object = Object::new();
        object.insert("method", Value::copied(&job.method));
        if let Some(id) = &job.bulk_id {
            object.insert("bulkId", Value::copied(id));
        }
        if let Some(version) = &done.version {
            object.insert("version", Value::copied(version));
        }
        let named = || {
            let path = reference::in_target(&job.path, &|id| self.made(id));
            let path = path.split('?').next().unwrap_or_default().trim_start_matches('/');
            format!("{}/{path}", call.base_url())
        };
        let location = match &done.location {
            Some(location) => Some(location.clone()),
            None => (!job.is_post() && !job.path.is_empty()).then(named),
        };
        if let Some(location) = location {
            object.insert("location", Value::from(location));
        }
        object.insert("status", Value::from(done.status.to_string()));
        if let Some(error) = &done.error {
            object.insert("response", error.clone());
        }
        object.into()
    }
}

/// What an answer says.
pub(super) fn done(response: &Response) -> Done {
    let header = |name| response.header(name).map(str::to_owned);
    let failed = response.status >= 400;
    Done {
        status: response.status,
        id: if failed { None } else { response.audit.id.clone() },
        kind: None,
        location: header("location").or_else(|| header("content-location")),
        version: header("etag"),
        error: if failed {
            read_bytes(&response.body, &crate::limits::Limits::DEFAULT).ok().map(Value::into_owned)
        } else {
            None
        },
    }
}
