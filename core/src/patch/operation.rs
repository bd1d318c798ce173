//! The message, and the forms of it that clients really send.

use std::ops::Range;

use super::PATCH_OP;
use super::compile::Compiler;
use super::target::Target;
use crate::error::{Code, Error, Pointer};
use crate::limits::Limits;
use crate::name;
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled};
use crate::value::{Object, Value};

/// What an operation does.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::{Op, Patch};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "remove", "path": "title"}]}"#)?;
/// let user = builtin::user();
/// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
/// assert_eq!(patch.operations[0].op, Op::Remove);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Adds values.
    Add,
    /// Takes values away.
    Remove,
    /// Puts values in the place of others.
    Replace,
}

impl Op {
    /// The word in messages.
    ///
    /// ```
    /// use scimforge::patch::Op;
    ///
    /// assert_eq!(Op::Replace.as_str(), "replace");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

/// One operation, taken apart into changes of one attribute each.
///
/// ```
/// use scimforge::limits::Limits;
/// use scimforge::patch::{Op, Operation, Patch};
/// use scimforge::profile::Profile;
/// use scimforge::schema::builtin;
/// use scimforge::value::read;
///
/// let message = read(r#"{"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
///     "Operations": [{"op": "add", "value": {"title": "Baker", "active": true}}]}"#)?;
/// let user = builtin::user();
/// let patch = Patch::parse(&message, &user, Profile::RFC, &Limits::DEFAULT)?;
/// let operations: &[Operation] = &patch.operations;
/// assert!(operations.len() == 1 && operations[0].op == Op::Add);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Operation {
    /// What it does.
    pub op: Op,
    pub(super) changes: Vec<Change>,
    /// What of the message's trace is about it.
    #[cfg_attr(not(feature = "explain"), expect(dead_code, reason = "what is told needs it"))]
    pub(super) bent: Range<usize>,
}

/// A change of one attribute.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) target: Target,
    pub(super) action: Action,
    /// Where in the message it comes from.
    pub(super) pointer: Pointer,
    /// Whether it comes out of a value without path.
    pub(super) pathless: bool,
}

/// What happens at the target.
#[derive(Debug, Clone)]
pub(super) enum Action {
    /// `add` or `replace`, with the value in the attribute's form.
    Set {
        /// A list for a whole multi-valued attribute; `null` where only `clears` is left.
        value: Value<'static>,
        /// The sub-attributes that the value sets to null.
        clears: Vec<AttrId>,
    },
    /// A `replace` by null: what is there goes, and it is no fault if nothing is.
    Clear,
    /// A `remove`.
    Remove,
    /// A `remove` of these values alone.
    RemoveValues(Vec<Value<'static>>),
}

/// Notes the index of the operation in an error.
pub(super) fn in_operation(error: Error, index: usize) -> Error {
    error.with("operation", index.to_string())
}

/// The member of an object, with its pointer in the spelling of the message.
fn member<'o, 'v>(
    object: &'o Object<'v>,
    name: &str,
    at: &Pointer,
) -> (Option<&'o Value<'v>>, Pointer) {
    (object.get(name), at.name(object.spelling(name).unwrap_or(name)))
}

pub(super) fn read(
    message: &Value<'_>,
    compiled: &Compiled,
    profile: Profile,
    limits: &Limits,
    trace: &mut Trace,
) -> Result<Vec<Operation>, Error> {
    let root = Pointer::root();
    let Some(object) = message.as_object() else {
        return Err(not_a_patch("it is not a JSON object", &root));
    };
    let (schemas, at) = member(object, "schemas", &root);
    check_schemas(schemas, &at, profile, trace)?;
    let (operations, at) = member(object, "Operations", &root);
    let single;
    let (operations, at_element): (&[Value<'_>], &dyn Fn(usize) -> Pointer) = match operations {
        Some(Value::Array(operations)) => (operations, &|index| at.index(index)),
        Some(operation @ Value::Object(_))
            if trace.bend(profile, Quirk::SingleForArray, &at, "") =>
        {
            single = [operation.clone()];
            (&single, &|_| at.clone())
        }
        _ => return Err(not_a_patch("`Operations` must be an array of operations", &at)),
    };
    if operations.is_empty() && !trace.bend(profile, Quirk::EmptyOperations, &at, "") {
        return Err(not_a_patch("`Operations` is empty", &at));
    }
    if operations.len() > limits.patch_operations {
        return Err(too_many(limits, &at));
    }
    let mut reader = Compiler { compiled, profile, limits, trace, searches: 0 };
    let read = operations.iter().enumerate().map(|(index, operation)| {
        read_one(&mut reader, operation, &at_element(index))
            .map_err(|error| in_operation(error, index))
    });
    read.collect()
}

pub(super) fn too_many(limits: &Limits, at: &Pointer) -> Error {
    Error::new(Code::TooManyOperations)
        .with("limit", limits.patch_operations.to_string())
        .at(at.clone())
}

fn check_schemas(
    schemas: Option<&Value<'_>>,
    at: &Pointer,
    profile: Profile,
    trace: &mut Trace,
) -> Result<(), Error> {
    let is_ours = |uri: &Value<'_>| uri.as_str().is_some_and(|uri| name::same(uri, PATCH_OP));
    let (quirk, reason) = match schemas {
        Some(Value::Array(uris)) if uris.iter().any(is_ours) => return Ok(()),
        Some(uri @ Value::String(_)) if is_ours(uri) => {
            (Quirk::SingleForArray, "`schemas` must be an array")
        }
        Some(value) if !value.is_unassigned() => {
            (Quirk::WrongPatchSchema, "`schemas` does not name the schema of the message")
        }
        _ => (Quirk::MissingPatchSchema, "`schemas` is missing"),
    };
    if trace.bend(profile, quirk, at, "schemas") {
        return Ok(());
    }
    Err(not_a_patch(reason, at).helped(format!("`schemas` is [\"{PATCH_OP}\"]")))
}

fn not_a_patch(reason: &'static str, at: &Pointer) -> Error {
    Error::new(Code::NotAPatch).with("reason", reason).at(at.clone())
}

fn read_one(
    compiler: &mut Compiler<'_>,
    operation: &Value<'_>,
    at: &Pointer,
) -> Result<Operation, Error> {
    let bent = compiler.trace.entries().len();
    let Some(object) = operation.as_object() else {
        return Err(not_a_patch("an operation must be a JSON object", at));
    };
    let (op, op_at) = member(object, "op", at);
    let op = read_op(compiler, op, &op_at)?;
    let (path, path_at) = member(object, "path", at);
    let (value, value_at) = member(object, "value", at);
    let path = match path {
        None | Some(Value::Null) => None,
        Some(Value::String(path)) if path.is_empty() => {
            if !compiler.trace.bend(compiler.profile, Quirk::EmptyPath, &path_at, "") {
                return Err(Error::new(Code::InvalidPath)
                    .with("expected", "an attribute name")
                    .at(path_at));
            }
            None
        }
        Some(Value::String(path)) => Some(path.as_ref()),
        Some(_) => {
            return Err(Error::new(Code::InvalidPath).with("expected", "text").at(path_at));
        }
    };
    let changes = match (op, path, value) {
        (Op::Remove, None, _) => return Err(Error::new(Code::MissingPath).at(path_at)),
        (Op::Remove, Some(path), value) => compiler.removal(
            path,
            &path_at,
            value.filter(|value| **value != Value::Null),
            &value_at,
        )?,
        (_, _, None) => {
            return Err(Error::new(Code::MissingValue).with("op", op.as_str()).at(value_at));
        }
        (_, Some(path), Some(value)) => compiler.at_path(op, path, &path_at, value, &value_at)?,
        (_, None, Some(value)) => compiler.without_path(op, value, &value_at)?,
    };
    Ok(Operation { op, changes, bent: bent..compiler.trace.entries().len() })
}

fn read_op(compiler: &mut Compiler<'_>, op: Option<&Value<'_>>, at: &Pointer) -> Result<Op, Error> {
    let word = op.and_then(Value::as_str).unwrap_or_default();
    let known =
        [Op::Add, Op::Remove, Op::Replace].into_iter().find(|op| name::same(op.as_str(), word));
    match known {
        Some(op) if op.as_str() == word => Ok(op),
        Some(op) if compiler.trace.bend(compiler.profile, Quirk::OperationCase, at, "") => Ok(op),
        _ => Err(Error::new(Code::UnknownOperation).at(at.clone())),
    }
}
