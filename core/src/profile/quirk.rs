//! The quirks, one row each.

use crate::name;

macro_rules! quirks {
    ($($(#[doc = $doc:literal])+ $variant:ident $text:literal $lenient:literal;)+) => {
        /// One named deviation: a tolerance, or a manner in which messages to others are written.
        ///
        /// ```
        /// use scimforge::profile::{Profile, Quirk};
        ///
        /// let tolerated = Quirk::ALL.iter().filter(|quirk| Profile::RFC.allows(**quirk));
        /// assert!(tolerated.count() < Quirk::ALL.len());
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Quirk {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Quirk {
            /// All quirks.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The bits of those that the lenient profile tolerates.
            pub(super) const LENIENT: u64 = 0 $(| if $lenient { Self::$variant.bit() } else { 0 })+;

            /// The name in options and traces.
            ///
            /// ```
            /// use scimforge::profile::Quirk;
            ///
            /// assert_eq!(Quirk::BooleanText.as_str(), "booleanText");
            /// ```
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The row's sentence, with the requirements in parentheses at its end.
            fn sentence(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($doc),+),)+
                }
            }
        }
    };
}

impl Quirk {
    pub(super) const fn bit(self) -> u64 {
        1 << (self as u64)
    }

    /// What is done otherwise, in a sentence without full stop.
    ///
    /// ```
    /// use scimforge::profile::Quirk;
    ///
    /// assert_eq!(Quirk::OperationCase.reason(), "`op` in any case");
    /// ```
    pub fn reason(self) -> &'static str {
        self.parts().0.trim()
    }

    /// The requirements and client quirks behind it, such as `PAT-002, Q-01`.
    ///
    /// ```
    /// use scimforge::profile::Quirk;
    ///
    /// assert_eq!(Quirk::OperationCase.spec(), "PAT-002, Q-01");
    /// ```
    pub fn spec(self) -> &'static str {
        self.parts().1
    }

    fn parts(self) -> (&'static str, &'static str) {
        let sentence = self.sentence();
        let (reason, spec) = sentence.rsplit_once(" (").unwrap_or((sentence, ""));
        (reason, spec.trim_end_matches(['.', ')']))
    }

    /// The quirk with this name, read without case.
    ///
    /// ```
    /// use scimforge::profile::Quirk;
    ///
    /// assert_eq!(Quirk::parse("booleantext"), Some(Quirk::BooleanText));
    /// assert_eq!(Quirk::parse("booleans"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|quirk| name::same(quirk.as_str(), text))
    }
}

// Columns: variant, name, whether the lenient profile has it.
quirks! {
    /// Attributes that no schema knows are ignored, or kept (SCH-078).
    UnknownAttributes "unknownAttributes" true;
    /// `schemas` may be missing or lack the URN of data that is there (SCH-071, SCH-074, Q-40).
    MissingSchemas "missingSchemas" true;
    /// `schemas` may name schemas that the resource type does not have (Q-38).
    ExtraSchemas "extraSchemas" true;
    /// `"True"` and `"false"` are booleans, in any case (SCH-021, Q-30, FLT-038).
    BooleanText "booleanText" true;
    /// A number is accepted where text belongs, as its JSON text (Q-32).
    NumberToString "numberToString" true;
    /// A numeric string is accepted where a number belongs (FLT-038).
    TextToNumber "textToNumber" true;
    /// One value is accepted where an array belongs (SCH-064).
    SingleForArray "singleForArray" true;
    /// An array of one is accepted where one value belongs (Q-34).
    ArrayForSingle "arrayForSingle" true;
    /// A bare string is accepted where an object with `value` belongs (SCH-113, SCH-132, Q-26, Q-33).
    BareValue "bareValue" true;
    /// A `value` that is the JSON text of an object with a `value` is unpacked (Q-16).
    PackedValue "packedValue" false;
    /// An extension's attribute may be named without its URN if the name is unambiguous (NOT-005, Q-15, Q-37).
    UnqualifiedExtension "unqualifiedExtension" true;
    /// A dot may stand between an extension's URN and an attribute (Q-14).
    LegacyExtensionDot "legacyExtensionDot" false;
    /// A country may be something else than a two-letter code (SCH-106, Q-44).
    CountryText "countryText" true;
    /// A certificate may be other bytes than one DER value (SCH-111).
    CertificateBytes "certificateBytes" true;
    /// Names and passwords may hold what PRECIS does not allow (SEC-007).
    UnpreparedText "unpreparedText" true;
    /// Canonical values are suggestions (SCH-046).
    NonCanonicalValues "nonCanonicalValues" true;

    /// Runs of blanks, blanks inside parentheses, and no blank before a quoted value (FLT-008).
    FilterBlanks "filterBlanks" true;
    /// `True`, `NULL` and the like are literals (FLT-005).
    LiteralCase "literalCase" true;
    /// `not` may stand without a parenthesis (FLT-009).
    BareNot "bareNot" true;
    /// A value may stand without quotes or in single quotes (FLT-014, Q-53).
    BareLiteral "bareLiteral" true;
    /// `emails[type eq "work"].value eq "x"` in a filter (FLT-013, Q-52).
    ValuePathComparison "valuePathComparison" true;
    /// A complex attribute compared without sub-attribute means its `value` (FLT-043, Q-54).
    ImplicitValue "implicitValue" true;
    /// An attribute that no schema knows has no value (FLT-045).
    UnknownInFilter "unknownInFilter" true;

    /// `op` in any case (PAT-002, Q-01).
    OperationCase "operationCase" true;
    /// A PATCH without `schemas` (Q-03).
    MissingPatchSchema "missingPatchSchema" true;
    /// A PATCH with some other schema (Q-03).
    WrongPatchSchema "wrongPatchSchema" false;
    /// A PATCH without operations changes nothing (Q-04).
    EmptyOperations "emptyOperations" false;
    /// An empty path is no path (PAT-013, Q-08).
    EmptyPath "emptyPath" true;
    /// Keys of a value without path may be paths (PAT-024, Q-10, Q-11).
    DottedKeys "dottedKeys" true;
    /// An add by an `eq` filter that matches nothing makes the element (PAT-037, A-06).
    CreateFromFilter "createFromFilter" true;
    /// A replace by an `eq` filter that matches nothing makes the element (A-08, Q-12).
    ReplaceCreates "replaceCreates" true;
    /// A replace by a filter keeps the sub-attributes that are not given (A-12).
    ReplaceMerges "replaceMerges" true;
    /// A sub-attribute of a multi-valued attribute without a filter means every value (PAT-039).
    EveryElement "everyElement" true;
    /// Removing values of which none is there succeeds (PAT-045, A-07).
    AbsentRemove "absentRemove" true;
    /// A remove with `value` removes just those values (PAT-046, Q-20).
    RemoveByValue "removeByValue" true;
    /// Read-only attributes inside a value without path are ignored (PAT-063, A-15).
    ReadOnlyInValue "readOnlyInValue" true;
    /// A `$ref` that names the value which a change of `value` took away goes with it (PAT-053).
    StaleReference "staleReference" true;
    /// `{"members": [...]}` as the value of the path `members` (Q-25).
    WrappedMembers "wrappedMembers" false;
    /// A change of a user leaves the `userName` as it is stored, whatever it sends (WRT-009).
    KeepUserName "keepUserName" false;

    /// `attributes` wins over `excludedAttributes` (PRJ-007, A-33).
    AttributesWin "attributesWin" true;
    /// Unknown names in `attributes` and `sortBy` are ignored (PRJ-013, SRT-007).
    UnknownProjection "unknownProjection" true;

    // How messages to a server are written (`emit`).
    /// Operations are written with a capital letter (Q-01).
    CapitalOperations "capitalOperations" false;
    /// Booleans are written as text (Q-30).
    TextBooleans "textBooleans" false;
    /// Members are removed by a list of values (Q-20).
    RemoveByList "removeByList" false;
    /// Members are written inside one more object (Q-25).
    WrapMembers "wrapMembers" false;
    /// Replaces are written as one operation without path (Q-10, Q-17).
    PathlessReplace "pathlessReplace" false;
    /// The keys of an operation without path are paths (Q-10, Q-11).
    WriteDottedKeys "writeDottedKeys" false;
    /// No path has a filter in brackets: the list is written as a whole (CLIENT-QUIRKS 7).
    WholeLists "wholeLists" false;
    /// Members are added and removed, never replaced as a whole (CLIENT-QUIRKS 7).
    MembersOneByOne "membersOneByOne" false;
    /// Of several values the primary one is written, or the first (CLIENT-QUIRKS 7).
    OneValue "oneValue" false;
    /// What the server does not take is left out (CLIENT-QUIRKS 7).
    LeaveOut "leaveOut" false;
    /// The server takes no PATCH (CLIENT-QUIRKS 7).
    NoPatch "noPatch" false;
}

impl Quirk {
    /// Whether it says how messages are written, and not what is accepted.
    ///
    /// ```
    /// use scimforge::profile::Quirk;
    ///
    /// assert!(Quirk::TextBooleans.is_written(), "how a message to a server is written");
    /// assert!(!Quirk::BooleanText.is_written(), "what is accepted");
    /// ```
    pub fn is_written(self) -> bool {
        matches!(
            self,
            Self::CapitalOperations
                | Self::TextBooleans
                | Self::RemoveByList
                | Self::WrapMembers
                | Self::PathlessReplace
                | Self::WriteDottedKeys
                | Self::WholeLists
                | Self::MembersOneByOne
                | Self::OneValue
                | Self::LeaveOut
                | Self::NoPatch
        )
    }

    /// The tolerance that reads what is written so.
    pub(super) const fn read_by(self) -> Option<Self> {
        match self {
            Self::CapitalOperations => Some(Self::OperationCase),
            Self::TextBooleans => Some(Self::BooleanText),
            Self::RemoveByList => Some(Self::RemoveByValue),
            Self::WrapMembers => Some(Self::WrappedMembers),
            Self::WriteDottedKeys => Some(Self::DottedKeys),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quirk_has_a_bit_and_a_name_of_its_own() {
        let bits = Quirk::ALL.iter().fold(0, |bits, quirk| bits | quirk.bit());
        assert_eq!(bits.count_ones() as usize, Quirk::ALL.len());
        for quirk in Quirk::ALL {
            assert_eq!(Quirk::parse(quirk.as_str()), Some(*quirk));
            assert!(!quirk.reason().is_empty() && !quirk.reason().ends_with('.'), "{quirk:?}");
            assert!(quirk.spec().contains(['-', '7']), "{quirk:?}: {}", quirk.spec());
        }
    }
}
