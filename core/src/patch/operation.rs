//! The message, and the forms of it that clients really send.

use std::ops::Range;

use super::PATCH_OP;
use super::compile::Compiler;
use super::origin::Origin;
use super::target::Target;
use crate::error::{Code, Error, Pointer};
use crate::limits::Limits;
use crate::name;
use crate::profile::{Profile, Quirk, Trace};
use crate::schema::{AttrId, Compiled};
use crate::validate::trail::Trail;
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
pub struct Operation<'c> {
    /// What it does.
    pub op: Op,
    pub(super) changes: Vec<Change<'c>>,
    /// What of the message's trace is about it.
    #[cfg_attr(not(feature = "explain"), expect(dead_code, reason = "what is told needs it"))]
    pub(super) bent: Range<usize>,
}

/// A change of one attribute.
#[derive(Debug, Clone)]
pub(super) struct Change<'c> {
    pub(super) target: Target,
    pub(super) action: Action<'c>,
    /// Where in the message it comes from.
    pub(super) pointer: Origin,
    /// Whether it comes out of a value without path.
    pub(super) pathless: bool,
}

/// What happens at the target.
#[derive(Debug, Clone)]
pub(super) enum Action<'c> {
    /// `add` or `replace`, with the value in the attribute's form.
    Set {
        /// A list for a whole multi-valued attribute; `null` where only `clears` is left.
        value: Value<'c>,
        /// The sub-attributes that the value sets to null.
        clears: Vec<AttrId>,
    },
    /// A `replace` by null: what is there goes, and it is no fault if nothing is.
    Clear,
    /// A `remove`.
    Remove,
    /// A `remove` of these values alone.
    RemoveValues(Vec<Value<'c>>),
}

/// Notes the index of the operation in an error.
pub(super) fn in_operation(error: Error, index: usize) -> Error {
    error.with("operation", index.to_string())
}

/// The member of an object, with its place in the spelling of the message.
fn member<'t, 'v>(
    object: &'t Object<'v>,
    name: &'static str,
    at: &'t Trail<'t>,
) -> (Option<&'t Value<'v>>, Trail<'t>) {
    (object.get(name), at.name(object.spelling(name).unwrap_or(name)))
}

pub(super) fn read<'c>(
    message: &Value<'c>,
    compiled: &Compiled,
    profile: Profile,
    limits: &Limits,
    trace: &mut Trace,
) -> Result<Vec<Operation<'c>>, Error> {
    let top = Pointer::root();
    let root = Trail::Base(&top);
    let Some(object) = message.as_object() else {
        return Err(not_a_patch("it is not a JSON object", &root));
    };
    let mut reader = Compiler { compiled, profile, limits, trace, searches: 0 };
    let (schemas, at) = member(object, "schemas", &root);
    check_schemas(&mut reader, schemas, &at)?;
    let (operations, at) = member(object, "Operations", &root);
    let (operations, several) = match operations {
        Some(Value::Array(operations)) => (operations.as_slice(), true),
        Some(operation @ Value::Object(_)) if reader.bend(Quirk::SingleForArray, &at, "") => {
            (std::slice::from_ref(operation), false)
        }
        _ => return Err(not_a_patch("`Operations` must be an array of operations", &at)),
    };
    if operations.is_empty() && !reader.bend(Quirk::EmptyOperations, &at, "") {
        return Err(not_a_patch("`Operations` is empty", &at));
    }
    if operations.len() > limits.patch_operations {
        return Err(too_many(limits, &at));
    }
    let read = operations.iter().enumerate().map(|(index, operation)| {
        let at = if several { at.index(index) } else { at };
        read_one(&mut reader, operation, &at).map_err(|error| in_operation(error, index))
    });
    read.collect()
}

pub(super) fn too_many(limits: &Limits, at: &Trail<'_>) -> Error {
    Error::new(Code::TooManyOperations)
        .with("limit", limits.patch_operations.to_string())
        .at(at.pointer())
}

fn check_schemas(
    reader: &mut Compiler<'_>,
    schemas: Option<&Value<'_>>,
    at: &Trail<'_>,
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
    if reader.bend(quirk, at, "schemas") {
        return Ok(());
    }
    Err(not_a_patch(reason, at).helped(format!("`schemas` is [\"{PATCH_OP}\"]")))
}

fn not_a_patch(reason: &'static str, at: &Trail<'_>) -> Error {
    Error::new(Code::NotAPatch).with("reason", reason).at(at.pointer())
}

fn read_one<'c>(
    compiler: &mut Compiler<'_>,
    operation: &Value<'c>,
    at: &Trail<'_>,
) -> Result<Operation<'c>, Error> {
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
            if !compiler.bend(Quirk::EmptyPath, &path_at, "") {
                return Err(Error::new(Code::InvalidPath)
                    .with("expected", "an attribute name")
                    .at(path_at.pointer()));
            }
            None
        }
        Some(Value::String(path)) => Some(path.as_ref()),
        Some(_) => {
            return Err(Error::new(Code::InvalidPath)
                .with("expected", "text")
                .at(path_at.pointer()));
        }
    };
    let changes = match (op, path, value) {
        (Op::Remove, None, _) => return Err(Error::new(Code::MissingPath).at(path_at.pointer())),
        (Op::Remove, Some(path), value) => compiler.removal(
            path,
            &path_at,
            value.filter(|value| **value != Value::Null),
            &value_at,
        )?,
        (_, _, None) => {
            return Err(Error::new(Code::MissingValue)
                .with("op", op.as_str())
                .at(value_at.pointer()));
        }
        (_, Some(path), Some(value)) => compiler.at_path(op, path, &path_at, value, &value_at)?,
        (_, None, Some(value)) => compiler.without_path(op, value, &value_at)?,
    };
    Ok(Operation { op, changes, bent: bent..compiler.trace.entries().len() })
}

fn read_op(
    compiler: &mut Compiler<'_>,
    op: Option<&Value<'_>>,
    at: &Trail<'_>,
) -> Result<Op, Error> {
    let word = op.and_then(Value::as_str).unwrap_or_default();
    let known =
        [Op::Add, Op::Remove, Op::Replace].into_iter().find(|op| name::same(op.as_str(), word));
    match known {
        Some(op) if op.as_str() == word => Ok(op),
        Some(op) if compiler.bend(Quirk::OperationCase, at, "") => Ok(op),
        _ => Err(Error::new(Code::UnknownOperation).at(at.pointer())),
    }
}
