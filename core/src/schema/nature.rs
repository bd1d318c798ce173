//! What the rules ask of an attribute again and again, worked out once.

use super::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Returned, Role, USER};
use crate::name;

/// What RFC 7643 says of an attribute in prose, beyond what its schema says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Meaning {
    /// Nothing.
    #[default]
    None,
    /// The common attribute `schemas`.
    Schemas,
    /// The common attribute `meta`.
    Meta,
    /// The common attribute `id`.
    Id,
    /// The common attribute `externalId`.
    ExternalId,
    /// `preferredLanguage` of User.
    AcceptLanguage,
    /// `locale` of User.
    Language,
    /// `timezone` of User.
    TimeZone,
    /// `emails.value` of User.
    Email,
    /// `phoneNumbers.value` of User.
    Phone,
    /// `addresses.country` of User.
    Country,
    /// `x509Certificates.value` of User.
    Certificate,
    /// `ims.type`, in any schema.
    MessagingService,
}

impl Meaning {
    fn of(compiled: &Compiled, attribute: &CompiledAttribute) -> Self {
        let of_user = name::same(compiled.base_schema(), USER);
        match (attribute.role, &*attribute.path) {
            (Role::Common, "schemas") => Self::Schemas,
            (Role::Common, "meta") => Self::Meta,
            (Role::Common, "id") => Self::Id,
            (Role::Common, "externalId") => Self::ExternalId,
            (Role::Core, "preferredLanguage") if of_user => Self::AcceptLanguage,
            (Role::Core, "locale") if of_user => Self::Language,
            (Role::Core, "timezone") if of_user => Self::TimeZone,
            (Role::Core, "emails.value") if of_user => Self::Email,
            (Role::Core, "phoneNumbers.value") if of_user => Self::Phone,
            (Role::Core, "addresses.country") if of_user => Self::Country,
            (Role::Core, "x509Certificates.value") if of_user => Self::Certificate,
            (_, "ims.type") => Self::MessagingService,
            _ => Self::None,
        }
    }
}

/// See the module.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Nature {
    pub(crate) meaning: Meaning,
    /// One text, and any is right that is not empty: nobody asks more of it than that it is
    /// there, where it can be set at all.
    pub(crate) takes_any_text: bool,
    /// The sub-attributes that elements of lists are told apart by.
    pub(crate) element_type: Option<AttrId>,
    pub(crate) element_value: Option<AttrId>,
    pub(crate) element_primary: Option<AttrId>,
}

impl Nature {
    pub(super) fn of(compiled: &Compiled, attribute: &CompiledAttribute) -> Self {
        let meaning = Meaning::of(compiled, attribute);
        let named = |name| compiled.child(attribute.id, name).map(|child| child.id);
        let takes_any_text = meaning == Meaning::None
            && attribute.kind == Kind::String
            && !attribute.multi_valued
            && attribute.canonical_values.is_empty()
            && attribute.returned != Returned::Never
            && matches!(attribute.mutability, Mutability::ReadWrite | Mutability::ReadOnly);
        Self {
            meaning,
            takes_any_text,
            element_type: named("type"),
            element_value: named("value"),
            element_primary: named("primary"),
        }
    }
}

/// The little that is asked of every single value, side by side for all attributes of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brief {
    /// Its place among the sub-attributes of its parent; the last one means "or beyond".
    pub(crate) place: u8,
    /// See [`Nature::takes_any_text`].
    pub(crate) takes_any_text: bool,
    pub(crate) required: bool,
    pub(crate) read_only: bool,
    pub(crate) tells: Tells,
}

/// What a sub-attribute says of the element it is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tells {
    Nothing,
    Type,
    Value,
    Primary,
}

impl Brief {
    pub(super) fn of(compiled: &Compiled, attribute: &CompiledAttribute) -> Self {
        let parent = &compiled.attribute(attribute.parent).nature;
        let own = Some(attribute.id);
        let tells = match own {
            _ if own == parent.element_type => Tells::Type,
            _ if own == parent.element_value => Tells::Value,
            _ if own == parent.element_primary => Tells::Primary,
            _ => Tells::Nothing,
        };
        Self {
            place: u8::try_from(attribute.place).unwrap_or(u8::MAX),
            takes_any_text: attribute.nature.takes_any_text,
            required: attribute.required,
            read_only: attribute.mutability == Mutability::ReadOnly,
            tells,
        }
    }
}
