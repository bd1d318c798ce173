//! A value without path: an object of attributes, taken apart into one change each.

use super::compile::Compiler;
use super::operation::{Action, Change, Op};
use super::origin::Origin;
use super::schemas;
use super::target::{Place, Target};
use crate::error::{Code, Error, ScimType};
use crate::limits::Limits;
use crate::path::{PatchPath, Resolved, resolve};
use crate::profile::{Profile, Quirk, Trace, Unknown};
use crate::schema::{AttrId, Compiled, Role};
use crate::validate::finding::about;
use crate::validate::trail::Trail;
use crate::value::Value;

/// What a key of a value names.
enum Key {
    /// An attribute, by its name.
    Attribute(AttrId),
    /// A place, by a path (PAT-024).
    Path,
    /// Nothing.
    Unknown,
}

impl Compiler<'_> {
    /// `add` or `replace` without path (PAT-031, PAT-050).
    pub(super) fn without_path<'v>(
        &mut self,
        op: Op,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Vec<Change<'v>>, Error> {
        let Some(object) = value.as_object() else {
            return Err(Error::new(Code::ValueNotAnObject).at(at.pointer()));
        };
        let mut changes = Vec::new();
        for (name, value) in object.iter() {
            self.key(op, AttrId::ROOT, name, value, &at.name(name), &mut changes)?;
        }
        Ok(changes)
    }

    /// `add` or `replace` of an extension as a whole: of the attributes that the value has
    /// (PAT-023).
    pub(super) fn extension<'v>(
        &mut self,
        op: Op,
        container: AttrId,
        value: &Value<'v>,
        at: &Trail<'_>,
    ) -> Result<Vec<Change<'v>>, Error> {
        let mut changes = Vec::new();
        match value {
            Value::Object(object) => {
                for (name, value) in object.iter() {
                    self.key(op, container, name, value, &at.name(name), &mut changes)?;
                }
            }
            Value::Null if op == Op::Replace => changes.push(Change {
                target: Target::Extension(container),
                action: Action::Clear,
                pointer: Origin::of(at),
                pathless: true,
            }),
            Value::Null => {}
            other => {
                return Err(about(self.compiled.attribute(container), Code::WrongType)
                    .with("expected", "an object")
                    .with("actual", other.kind_name())
                    .at(at.pointer())
                    .into());
            }
        }
        Ok(changes)
    }

    /// One key of a value without path, or of an extension in it.
    fn key<'v>(
        &mut self,
        op: Op,
        base: AttrId,
        name: &str,
        value: &Value<'v>,
        at: &Trail<'_>,
        changes: &mut Vec<Change<'v>>,
    ) -> Result<(), Error> {
        let target = match self.named(base, name, at) {
            Key::Attribute(id) if self.compiled.attribute(id).role == Role::Container => {
                changes.append(&mut self.extension(op, id, value, at)?);
                return Ok(());
            }
            Key::Attribute(id) => match Place::of(self.compiled, id) {
                Some(place) => Target::Attribute(place, None),
                None => return Ok(()),
            },
            Key::Path => {
                self.search(1, at)?;
                let full = self.qualified(base, name);
                if !self.bend(Quirk::DottedKeys, at, &full) {
                    // Ignoring a key that plainly names something would be success for nothing.
                    return Err(self
                        .unknown(base, name, None, at)
                        .helped("send it as the `path` of an operation"));
                }
                self.target(&full, at)?
            }
            Key::Unknown => {
                let path = self.qualified(base, name);
                let kept = self.unlisted_key(base, name, value, at);
                let lost = kept.is_none() && self.profile.unknown() == Unknown::Keep;
                if !lost && self.bend(Quirk::UnknownAttributes, at, &path) {
                    changes.extend(kept);
                    return Ok(());
                }
                return Err(self.unknown(base, name, None, at).typed(ScimType::InvalidPath));
            }
        };
        let (place, filter) = match target {
            Target::Attribute(place, filter) => (place, filter),
            Target::Extension(id) => {
                changes.append(&mut self.extension(op, id, value, at)?);
                return Ok(());
            }
            Target::Resource | Target::Unlisted(_) => {
                return Err(self
                    .unknown(base, name, None, at)
                    .helped("core attributes stand beside `schemas`"));
            }
        };
        if let Some(attribute) = self.read_only(place) {
            let path = attribute.path.clone();
            return self.read_only_in_value(&path, at);
        }
        if let Some(action) = self.set(op, place, filter.as_ref(), value, at)? {
            let mut change = Change {
                target: Target::Attribute(place, filter),
                action,
                pointer: Origin::of(at),
                pathless: true,
            };
            schemas::register(self, &mut change, at)?;
            changes.push(change);
        }
        Ok(())
    }

    fn named(&mut self, base: AttrId, name: &str, at: &Trail<'_>) -> Key {
        if let Some(child) = self.compiled.child(base, name) {
            return Key::Attribute(child.id);
        }
        if base == AttrId::ROOT
            && !name.contains(['.', ':', '['])
            && let Resolved::Bent(id, Quirk::UnqualifiedExtension) =
                resolve(self.compiled, name, self.profile)
        {
            self.bend(Quirk::UnqualifiedExtension, at, &self.compiled.attribute(id).path);
            return Key::Attribute(id);
        }
        // No attribute has a bracket in its name: whatever is wrong with this path must be said.
        let filtered = name.contains('[');
        let dotted =
            name.contains(['.', ':']) && is_path(self.compiled, &self.qualified(base, name));
        if filtered || dotted { Key::Path } else { Key::Unknown }
    }

    /// A key inside an extension with the extension's URN before it.
    fn qualified(&self, base: AttrId, name: &str) -> String {
        if base == AttrId::ROOT {
            return name.to_owned();
        }
        format!("{}:{name}", self.compiled.attribute(base).attribute.name)
    }
}

/// Whether a key reads as a path, and names something.
fn is_path(compiled: &Compiled, key: &str) -> bool {
    let profile = Profile::LENIENT.with(Quirk::LegacyExtensionDot);
    PatchPath::parse(key, profile, &Limits::DEFAULT, &mut Trace::new()).is_ok_and(|path| {
        !matches!(resolve(compiled, path.attribute.as_str(), profile), Resolved::Unknown { .. })
    })
}
