//! What the rules ask of an attribute again and again, worked out once.

use super::{AttrId, Compiled, CompiledAttribute, Kind, Mutability, Returned, Role, USER};
use crate::document::SlotKind;
use crate::name;
use crate::validate::{Mode, demands};

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
/// Sets of kinds are made of [`SlotKind::bit`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Brief {
    /// Its place among the sub-attributes of its parent; the last one means "or beyond".
    pub(crate) place: u8,
    /// The kinds that the whole value may be.
    pub(crate) whole: u8,
    /// The kinds that an element may be.
    pub(crate) one: u8,
    /// The kinds of which rules ask more than that.
    pub(crate) ruled: u8,
    pub(crate) required: bool,
    /// Only the server sets it, while the client may set what it is part of.
    pub(crate) read_only: bool,
    pub(crate) never_returned: bool,
    pub(crate) tells: Tells,
}

/// What a sub-attribute says of the element or the resource that it is part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tells {
    Nothing,
    Type,
    Value,
    Primary,
    Schemas,
    Meta,
}

impl Brief {
    /// So many sub-attributes have a bit in a set of places. One is left, for [`Demanded`].
    pub(crate) const PLACES: usize = 63;

    /// Of what the schema does not have.
    pub(crate) const STRANGER: Self = Self {
        place: u8::MAX,
        whole: 0,
        one: 0,
        ruled: 0,
        required: false,
        read_only: false,
        never_returned: false,
        tells: Tells::Nothing,
    };

    pub(super) fn of(compiled: &Compiled, attribute: &CompiledAttribute) -> Self {
        let parent = compiled.attribute(attribute.parent);
        let own = Some(attribute.id);
        let tells = match attribute.nature.meaning {
            _ if own == parent.nature.element_type => Tells::Type,
            _ if own == parent.nature.element_value => Tells::Value,
            _ if own == parent.nature.element_primary => Tells::Primary,
            Meaning::Schemas => Tells::Schemas,
            Meaning::Meta => Tells::Meta,
            _ => Tells::Nothing,
        };
        let texts = SlotKind::Text.bit() | SlotKind::Escaped.bit();
        let fitting = match attribute.kind {
            Kind::String | Kind::Reference | Kind::DateTime | Kind::Binary => texts,
            Kind::Boolean => SlotKind::True.bit() | SlotKind::False.bit(),
            Kind::Decimal | Kind::Integer => SlotKind::Number.bit(),
            Kind::Complex => SlotKind::Map.bit(),
        };
        let none = SlotKind::Null.bit();
        // What `schemas` says is compared with what is there, so no other rule is needed.
        let free = attribute.nature.takes_any_text || tells == Tells::Schemas;
        let asked = texts | if attribute.kind == Kind::Integer { fitting } else { 0 };
        let read_only = Mutability::ReadOnly;
        Self {
            place: u8::try_from(attribute.place).unwrap_or(u8::MAX),
            whole: none | if attribute.multi_valued { SlotKind::List.bit() } else { fitting },
            one: none | fitting,
            ruled: if free { 0 } else { asked },
            required: attribute.required,
            read_only: attribute.mutability == read_only && parent.mutability != read_only,
            never_returned: attribute.returned == Returned::Never,
            tells,
        }
    }
}

/// Which sub-attributes must be there, as a set of places for each mode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demanded([u64; Mode::ALL.len()]);

impl Demanded {
    pub(crate) const NOTHING: Self = Self([0; Mode::ALL.len()]);

    /// No attribute has this bit: with it something is always missing, and the walk decides.
    const BEYOND: u64 = 1 << Brief::PLACES;

    pub(super) fn of(compiled: &Compiled, parent: &CompiledAttribute) -> Self {
        let mut demanded = Self::NOTHING;
        for (place, child) in compiled.children(parent.id).enumerate() {
            let bit = if place < Brief::PLACES { 1 << place } else { Self::BEYOND };
            for (set, mode) in demanded.0.iter_mut().zip(Mode::ALL) {
                let response = *mode == Mode::Response && child.nature.meaning == Meaning::Meta;
                if response || (child.required && demands(*mode, child)) {
                    *set |= bit;
                }
            }
        }
        demanded
    }

    /// The modes (as bits, in the order of [`Mode::ALL`]) in which what is assigned is not all.
    #[inline]
    pub(crate) fn missing(&self, assigned: u64) -> u8 {
        let mut modes = 0;
        for (place, set) in self.0.iter().enumerate() {
            modes |= u8::from(set & !assigned != 0) << place;
        }
        modes
    }
}
