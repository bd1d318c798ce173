//! The catalogue: one row a code.

/// The error types of RFC 7644 Table 9 and RFC 9865 §2.
///
/// ```
/// use scimforge::error::{Code, ScimType};
///
/// // What a client is told of a filter that cannot be read.
/// assert_eq!(Code::FilterSyntax.info().scim_type, Some(ScimType::InvalidFilter));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ScimType {
    /// The filter is malformed, or an operator does not go with an attribute.
    InvalidFilter,
    /// More results than the server is willing to compute.
    TooMany,
    /// A value is in use already, or reserved.
    Uniqueness,
    /// The change is not compatible with the attribute's mutability.
    Mutability,
    /// The body is not the message that was expected.
    InvalidSyntax,
    /// A PATCH path is malformed.
    InvalidPath,
    /// A PATCH path names nothing that can be operated on.
    NoTarget,
    /// A required value is missing, or a value does not fit.
    InvalidValue,
    /// The protocol version is not supported.
    InvalidVers,
    /// Personal data in a URI.
    Sensitive,
    /// A cursor that is not valid.
    InvalidCursor,
    /// A cursor that was valid once.
    ExpiredCursor,
    /// A count outside what the server allows.
    InvalidCount,
}

impl ScimType {
    /// The word on the wire.
    ///
    /// ```
    /// use scimforge::error::ScimType;
    ///
    /// assert_eq!(ScimType::NoTarget.as_str(), "noTarget");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVers => "invalidVers",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// A row of the catalogue.
///
/// ```
/// use scimforge::error::Code;
///
/// let row = Code::TooLarge.info();
/// assert_eq!((row.text, row.status), ("too-large", 413));
/// assert_eq!(row.message, "the document is larger than {limit} bytes");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CodeInfo {
    /// The code.
    pub code: Code,
    /// Its stable text.
    pub text: &'static str,
    /// The HTTP status that answers it.
    pub status: u16,
    /// The `scimType` that answers it.
    pub scim_type: Option<ScimType>,
    /// The requirement or RFC section.
    pub spec: &'static str,
    /// The message, with `{blanks}`.
    pub message: &'static str,
    /// The help, with `{blanks}`.
    pub help: Option<&'static str>,
}

macro_rules! catalogue {
    ($(#[$used:meta] { $($variant:ident $text:literal $status:literal $scim_type:ident $spec:literal $message:literal $($help:literal)?;)+ })+) => {
        /// A stable code; its text is kebab-case and part of the semantic version.
        ///
        /// ```
        /// use scimforge::error::Code;
        /// use scimforge::value::read;
        ///
        /// let error = read("[1, 2").expect_err("it breaks off");
        /// assert_eq!(error.code(), Code::InvalidJson);
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$used] #[doc = $message] $variant,)+)+
        }

        impl Code {
            /// The row of the catalogue.
            ///
            /// ```
            /// use scimforge::error::Code;
            ///
            /// assert_eq!(Code::DuplicateName.info().spec, "SCH-003");
            /// ```
            pub fn info(self) -> &'static CodeInfo {
                match self {
                    $($(#[$used] Self::$variant => {
                        const INFO: CodeInfo = CodeInfo {
                            code: Code::$variant,
                            text: $text,
                            status: $status,
                            scim_type: catalogue!(@type $scim_type),
                            spec: $spec,
                            message: $message,
                            help: catalogue!(@help $($help)?),
                        };
                        &INFO
                    })+)+
                }
            }
        }

        const ALL: &[Code] = &[$($(#[$used] Code::$variant,)+)+];
    };
    (@type none) => { None };
    (@type $scim_type:ident) => { Some(ScimType::$scim_type) };
    (@help) => { None };
    (@help $help:literal) => { Some($help) };
}

impl Code {
    /// The stable kebab-case text.
    ///
    /// ```
    /// use scimforge::error::Code;
    ///
    /// assert_eq!(Code::UnknownAttribute.as_str(), "unknown-attribute");
    /// ```
    pub fn as_str(self) -> &'static str {
        self.info().text
    }
}

/// Every code that this build has, for documentation and tests.
///
/// ```
/// use scimforge::error::codes;
///
/// assert!(codes().all(|row| (400..600).contains(&row.status)));
/// let code = codes().find(|row| row.text == "read-only").expect("a code").code;
/// assert_eq!(code.as_str(), "read-only");
/// ```
pub fn codes() -> impl Iterator<Item = &'static CodeInfo> {
    ALL.iter().map(|code| code.info())
}

// Columns: variant, code, status, scimType or `none`, source, message, help. What only servers or
// migration say is no burden for a form in a browser.
catalogue! {
    #[cfg(all())] {
    // Reading
    InvalidJson "invalid-json" 400 InvalidSyntax "RFC 8259" "the text is not JSON: {expected} was expected" "check the text at the place given";
    InvalidUtf8 "invalid-utf8" 400 InvalidSyntax "SCH-013" "the bytes are not UTF-8" "send JSON as UTF-8";
    LoneSurrogate "lone-surrogate" 400 InvalidSyntax "SEC-023" "an escape names half of a surrogate pair" "write the character itself, or both halves";
    TooDeep "too-deep" 400 InvalidSyntax "SEC-020" "the document is nested too deeply, or contains itself" "SCIM needs no more than a handful of levels";
    TooLarge "too-large" 413 none "SEC-020" "the document is larger than {limit} bytes" "split it, or raise the limit";
    DuplicateName "duplicate-name" 400 InvalidSyntax "SCH-003" "two members of one object have the same name; names do not differ by case" "keep one of them";
    ForeignValue "foreign-value" 400 InvalidValue "RFC 8259" "{actual} is no JSON value" "convert it to text, a number, a boolean, a list or an object first";

    // Resources
    NotAnObject "not-an-object" 400 InvalidSyntax "SCH-013" "a resource is a JSON object, this is {actual}";
    MissingSchemas "missing-schemas" 400 InvalidSyntax "SCH-070" "`schemas` is missing or empty" "add `{schema}`";
    MissingBaseSchema "missing-base-schema" 400 InvalidSyntax "SCH-071" "`schemas` lacks the schema of the resource type" "add `{schema}`";
    UnknownSchema "unknown-schema" 400 InvalidSyntax "SCH-071" "`schemas` names a schema that the resource type does not have";
    DuplicateSchema "duplicate-schema" 400 InvalidSyntax "SCH-070" "`schemas` names a schema twice";
    UndeclaredExtension "undeclared-extension" 400 InvalidSyntax "SCH-074" "`{schema}` has attributes here but is not in `schemas`" "add it to `schemas`";
    MissingExtension "missing-extension" 400 InvalidValue "SCH-049" "the required extension `{schema}` is missing";
    Required "required" 400 InvalidValue "WRT-006" "`{attribute}` is required";
    EmptyValue "empty-value" 400 InvalidValue "SCH-012" "`{attribute}` must not be empty";
    UnknownAttribute "unknown-attribute" 400 InvalidSyntax "SCH-078" "`{name}` is not an attribute of {parent}";
    WrongType "wrong-type" 400 InvalidValue "PAT-066" "`{attribute}` takes {expected}, this is {actual}";
    NotMultiValued "not-multi-valued" 400 InvalidValue "SCH-007" "`{attribute}` takes one value, this is an array";
    NotAnArray "not-an-array" 400 InvalidValue "SCH-064" "`{attribute}` takes an array, this is {actual}";
    InvalidBoolean "invalid-boolean" 400 InvalidValue "SCH-021" "`{attribute}` takes true or false, this is text" "remove the quotes";
    InvalidInteger "invalid-integer" 400 InvalidValue "SCH-022" "`{attribute}` takes a whole number without fraction or exponent";
    InvalidDateTime "invalid-date-time" 400 InvalidValue "SCH-024" "`{attribute}` takes a date and time such as 2026-03-01T09:30:00Z";
    InvalidBinary "invalid-binary" 400 InvalidValue "SCH-025" "`{attribute}` takes base64";
    InvalidReference "invalid-reference" 400 InvalidValue "SCH-026" "`{attribute}` takes a URI";
    InvalidCertificate "invalid-certificate" 400 InvalidValue "SCH-111" "`{attribute}` takes one DER certificate in base64";
    InvalidCountry "invalid-country" 400 InvalidValue "SCH-106" "`{attribute}` takes a two-letter country code";
    InvalidLanguage "invalid-language" 400 InvalidValue "SCH-102" "`{attribute}` takes a language tag such as en-GB";
    InvalidEmail "invalid-email" 400 InvalidValue "SCH-105" "`{attribute}` does not look like an e-mail address";
    InvalidPhone "invalid-phone" 400 InvalidValue "SCH-105" "`{attribute}` does not look like a telephone number";
    PlainPhone "plain-phone" 400 InvalidValue "SCH-105" "`{attribute}` is best written as a tel URI" "write tel:+47-555-0100";
    InvalidTimeZone "invalid-time-zone" 400 InvalidValue "SCH-104" "`{attribute}` takes a time zone name such as Europe/Oslo";
    NotCanonical "not-canonical" 400 InvalidValue "SCH-046" "`{attribute}` has a value that is not among its canonical values" "canonical values: {values}";
    MultiplePrimary "multiple-primary" 400 InvalidValue "SCH-061" "more than one value of `{attribute}` is primary" "mark one";
    DuplicateValue "duplicate-value" 400 InvalidValue "SCH-062" "`{attribute}` has the same value twice";
    ReadOnly "read-only" 400 Mutability "WRT-002" "`{attribute}` is set by the server";
    Immutable "immutable" 400 Mutability "WRT-023" "`{attribute}` has a value already and cannot be changed";
    NeverReturned "never-returned" 400 InvalidValue "SCH-101" "`{attribute}` must never leave the server";
    ResourceTypeMismatch "resource-type-mismatch" 400 InvalidValue "SCH-088" "`meta.resourceType` must be {expected} here";
    ReservedId "reserved-id" 400 InvalidValue "SCH-081" "an `id` must not contain the reserved word bulkId";

    // Schemas
    InvalidSchema "invalid-schema" 400 InvalidValue "SCH-142" "this is not a schema: {reason}" "a schema has an `id`, a `name` and `attributes` (RFC 7643 §7)";
    InvalidResourceType "invalid-resource-type" 400 InvalidValue "SCH-141" "this is not a resource type: {reason}";
    NestedComplex "nested-complex" 400 InvalidValue "SCH-006" "`{attribute}` is complex inside a complex attribute" "use simple sub-attributes, or an extension";

    // Doubts about schemas
    DoubtfulSchemaUri "doubtful-schema-uri" 400 InvalidValue "SCH-142" "`id` is not the URN of a schema" "use a URN of your own, such as urn:acme:scim:schemas:1.0:Badge";
    RedefinedAttribute "redefined-attribute" 400 InvalidValue "SCH-050" "`{attribute}` is an attribute of {owner} already";
    NoDescription "no-description" 400 InvalidValue "SCH-142" "`{attribute}` has no description";
    NoSubAttributes "no-sub-attributes" 400 InvalidValue "SCH-144" "`{attribute}` is complex and has no `subAttributes`";
    NoReferenceTypes "no-reference-types" 400 InvalidValue "SCH-027" "`{attribute}` does not say what it refers to" "give `referenceTypes`: names of resource types, external or uri";
    MisplacedCharacteristic "misplaced-characteristic" 400 InvalidValue "SCH-040" "`{attribute}` is {kind}, for which `{characteristic}` means nothing";
    AlwaysCaseExact "always-case-exact" 400 InvalidValue "SCH-041" "`{attribute}` is {kind}, for which case always counts";
    ReadableSecret "readable-secret" 400 InvalidValue "SCH-044" "`{attribute}` is written only, yet not returned never" "set `returned` to never";
    NobodySees "nobody-sees" 400 InvalidValue "SCH-044" "`{attribute}` is read-only and never returned";
    RequiredReadOnly "required-read-only" 400 InvalidValue "SCH-048" "`{attribute}` is read-only, so that no client is asked for it";
    WritableInReadOnly "writable-in-read-only" 400 InvalidValue "SCH-043" "`{attribute}` can be written, yet `{parent}` is read-only";
    DefaultSubAttribute "default-sub-attribute" 400 InvalidValue "SCH-060" "`{attribute}` is {kind}, yet everywhere else {expected}";

    // Filters and paths
    FilterSyntax "filter-syntax" 400 InvalidFilter "FLT-001" "{expected} was expected";
    FilterEmpty "filter-empty" 400 InvalidFilter "FLT-010" "the filter is empty" "write a comparison such as userName eq \"rosa\"";
    InvalidExpression "invalid-expression" 400 InvalidFilter "FLT-016" "{expected} was expected" "an expression has `and`, `or` or `not`, or `attribute` with `operator` and `value`, or `attribute` with `filter`";
    UnknownOperator "unknown-operator" 400 InvalidFilter "FLT-011" "`{name}` is not an operator" "operators: eq ne co sw ew gt ge lt le pr";
    FilterTooLong "filter-too-long" 400 InvalidFilter "SEC-020" "the text is longer than {limit} bytes";
    FilterTooDeep "filter-too-deep" 400 InvalidFilter "SEC-020" "the filter is nested deeper than {limit} levels";
    FilterTooManyTerms "filter-too-many-terms" 400 InvalidFilter "SEC-020" "the filter has more than {limit} comparisons";
    NestedValuePath "nested-value-path" 400 InvalidFilter "FLT-012" "brackets cannot stand inside brackets";
    NeedsSubAttribute "needs-sub-attribute" 400 InvalidFilter "FLT-043" "`{attribute}` is complex: a sub-attribute must be named";
    OperatorMismatch "operator-mismatch" 400 InvalidFilter "FLT-033" "`{operator}` does not go with `{attribute}`, which is {kind}";
    LiteralMismatch "literal-mismatch" 400 InvalidFilter "FLT-038" "`{attribute}` is {kind} and cannot be compared with {actual}";
    NotFilterable "not-filterable" 400 InvalidFilter "FLT-051" "`{attribute}` cannot be filtered on";
    NotSortable "not-sortable" 400 InvalidPath "SRT-007" "`{attribute}` cannot be sorted by";
    InvalidPath "invalid-path" 400 InvalidPath "PAT-004" "the path is malformed: {expected} was expected";

    // PATCH
    NotAPatch "not-a-patch" 400 InvalidSyntax "PAT-001" "the body is not a `PatchOp` message: {reason}";
    TooManyOperations "too-many-operations" 413 none "SEC-020" "the PATCH has more than {limit} operations";
    UnknownOperation "unknown-operation" 400 InvalidSyntax "PAT-002" "`op` must be add, remove or replace";
    MissingValue "missing-value" 400 InvalidValue "PAT-030" "`value` is required for {op}";
    MissingPath "missing-path" 400 NoTarget "PAT-040" "remove needs a `path`";
    ValueNotAnObject "value-not-an-object" 400 InvalidValue "PAT-031" "without a `path`, `value` must be an object of attributes";
    NoTarget "no-target" 400 NoTarget "PAT-056" "the path matches no value";
    RemoveWithValue "remove-with-value" 400 InvalidSyntax "PAT-046" "remove takes no `value`: it would remove more than was named" "name the values in the path, such as members[value eq \"…\"]";
    RequiredRemoved "required-removed" 400 Mutability "PAT-044" "`{attribute}` is required and cannot be removed";
    MemberLoss "member-loss" 400 Mutability "PAT-051" "the change would remove more members than the guard allows";
    }

    #[cfg(feature = "server")] {
    // Protocol
    NotFound "not-found" 404 none "WRT-040" "there is no such resource";
    NoEndpoint "no-endpoint" 404 none "ERR-002" "there is no such endpoint";
    BadTarget "bad-target" 400 InvalidSyntax "ERR-002" "the request target is malformed";
    MethodNotAllowed "method-not-allowed" 405 none "WRT-011" "the method is not allowed here";
    UnsupportedMediaType "unsupported-media-type" 415 none "WRT-044" "the body must be application/scim+json or application/json";
    NotAcceptable "not-acceptable" 406 none "WRT-043" "the answer can only be application/scim+json or application/json";
    InvalidMessage "invalid-message" 400 InvalidSyntax "SRC-003" "the body is not a {message} message";
    Uniqueness "uniqueness" 409 Uniqueness "WRT-005" "a resource with this `{attribute}` exists already";
    NotStorable "not-storable" 400 InvalidValue "ERR-002" "`{attribute}` cannot be stored: {reason}";
    Unprepared "unprepared" 400 InvalidValue "SEC-007" "`{attribute}` holds {what}";
    VersionMismatch "version-mismatch" 412 none "ETG-004" "the resource has changed since" "read it again and repeat the change";
    VersionRequired "version-required" 428 none "ETG-007" "the request must say which version it changes" "send If-Match with the version that was read";
    Unauthorized "unauthorized" 401 none "ERR-004" "authentication is required";
    Forbidden "forbidden" 403 none "ERR-004" "the permission for `{operation}` is missing";
    OtherTenant "other-tenant" 403 none "SEC-011" "the path names another tenant";
    Closing "closing" 503 none "ERR-002" "the server is closing" "try again";
    Aborted "aborted" 499 none "ERR-002" "the client went away before its request was whole";
    IdempotencyKeyReused "idempotency-key-reused" 422 none "ERR-002" "another request was sent with this Idempotency-Key before";
    TooManyRequests "too-many-requests" 429 none "ERR-002" "there were too many requests" "wait for the seconds that Retry-After says";
    SensitiveFilter "sensitive-filter" 403 Sensitive "SEC-003" "values of `{attribute}` do not belong into a URL" "send the filter by POST to `.search`";
    DiscoveryFilter "discovery-filter" 403 none "DSC-003" "discovery endpoints take no filter";
    BulkTooLarge "bulk-too-large" 413 none "BLK-017" "the request is larger than maxPayloadSize, which is {limit} bytes" "send it in parts";
    TooManyBulkOperations "too-many-bulk-operations" 413 none "BLK-017" "the request has more operations than maxOperations, which is {limit}" "send it in parts";
    BulkMethod "bulk-method" 400 InvalidSyntax "BLK-002" "`method` must be POST, PUT, PATCH or DELETE";
    BulkPath "bulk-path" 400 InvalidSyntax "BLK-003" "`path` must name the endpoint of a resource type, or a resource" "for example /Users, or /Users/ and an id";
    MissingBulkId "missing-bulk-id" 400 InvalidSyntax "BLK-004" "a POST needs a `bulkId`";
    DuplicateBulkId "duplicate-bulk-id" 400 InvalidValue "BLK-004" "another operation has this `bulkId`";
    MissingData "missing-data" 400 InvalidSyntax "BLK-005" "`data` must be the body of the request";
    UnknownBulkId "unknown-bulk-id" 400 InvalidValue "BLK-016" "no POST of the request has the `bulkId` that is referred to";
    FailedBulkId "failed-bulk-id" 409 none "BLK-016" "the operation that is referred to by its `bulkId` failed";
    CircularBulkId "circular-bulk-id" 409 none "BLK-014" "the operations refer to each other in a way that cannot be resolved";
    NotWritableHere "not-writable-here" 403 none "ME-006" "`{attribute}` may not be changed by the one who asks";
    InvalidCursor "invalid-cursor" 400 InvalidCursor "CUR-007" "this is no cursor of this query" "begin with an empty cursor, and repeat the rest of the query as it was";
    ExpiredCursor "expired-cursor" 400 ExpiredCursor "CUR-007" "the cursor has expired" "begin again with an empty cursor";
    InvalidCount "invalid-count" 400 InvalidCount "CUR-007" "`count` must be at most {limit}, and the same for every page";
    ExclusivePaging "exclusive-paging" 400 InvalidValue "CUR-011" "`cursor` and `startIndex` exclude each other";
    TooMany "too-many" 400 TooMany "QRY-007" "there are more results than the server will compute" "narrow the filter";
    InvalidVersion "invalid-version" 400 InvalidVers "WRT-046" "this protocol version is not supported" "use v2";
    StoreFailure "store-failure" 500 none "ERR-004" "the store failed";
    }

    #[cfg(feature = "migrate")] {
    // Migration
    LdifSyntax "ldif-syntax" 400 InvalidValue "LDF-005" "{expected} was expected";
    LdifBase64 "ldif-base64" 400 InvalidValue "LDF-009" "the value of `{attribute}` is not base64";
    LdifUtf8 "ldif-utf8" 400 InvalidValue "LDF-008" "the value of `{attribute}` is not UTF-8";
    LdifUrl "ldif-url" 400 InvalidValue "SEC-026" "the value of `{attribute}` is a URL; files and hosts are never read" "put the value itself into the file";
    LdifVersion "ldif-version" 400 InvalidValue "LDF-001" "only LDIF version 1 is known";
    LdifNoDn "ldif-no-dn" 400 InvalidValue "LDF-002" "the record does not begin with a `dn` line";
    LdifDn "ldif-dn" 400 InvalidValue "LDF-014" "the DN is malformed: {expected} was expected";
    LdifTooLarge "ldif-too-large" 400 InvalidValue "SEC-020" "the record is larger than {limit} bytes";
    LdifTruncated "ldif-truncated" 400 InvalidValue "LDF-002" "the file ends inside a record";
    LdifLenient "ldif-lenient" 400 InvalidValue "RFC 2849" "{what} is not LDIF, and was accepted";
    LdifSearchResult "ldif-search-result" 400 InvalidValue "LDF-002" "the search that wrote this file ended with result {result}, so entries are missing" "raise the size limit or page the search, and export again";
    LdifChange "ldif-change" 400 InvalidValue "LDF-011" "a change record of type {change} is not an entry";
    NoRecords "no-records" 400 InvalidValue "LDF-002" "the input holds no records" "check that this is an LDIF file";
    UnresolvedReference "unresolved-reference" 400 InvalidValue "LDF-018" "`{attribute}` names an entry that is not in the input";
    DuplicateKey "duplicate-key" 400 Uniqueness "LDF-018" "another entry has the same {key}";
    MissingAttribute "missing-attribute" 400 InvalidValue "LDF-017" "none of {attributes} has a value, so `{attribute}` cannot be made";
    IncompleteRange "incomplete-range" 400 InvalidValue "LDF-010" "`{attribute}` holds a part of its values only" "export the entry again with all ranges";
    ConflictingValues "conflicting-values" 400 InvalidValue "LDF-017" "`{other}` says something else than `{attribute}`, which was taken";
    InvalidSourceValue "invalid-source-value" 400 InvalidValue "LDF-017" "`{attribute}` cannot be read as {expected}";
    }

    #[cfg(all())] {
    // Calls
    ExclusiveParameters "exclusive-parameters" 400 InvalidValue "PRJ-007" "`attributes` and `excludedAttributes` exclude each other";
    InvalidParameter "invalid-parameter" 400 InvalidValue "PAG-005" "`{parameter}` takes {expected}";
    NotImplemented "not-implemented" 501 none "ERR-004" "{feature} is not supported by this server";
    OptionNeeded "option-needed" 400 InvalidValue "API" "`{attribute}` cannot be judged without the option `{option}`";
    InvalidOption "invalid-option" 400 none "API" "the option `{option}` takes {expected}";
    UnknownProfile "unknown-profile" 400 none "API" "`{name}` is no profile" "profiles: {values}";
    UnknownFormat "unknown-format" 400 none "API" "`{name}` is no format" "formats: {values}";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_kebab_case_and_messages_are_sentences() {
        let mut seen = std::collections::HashSet::new();
        for info in codes() {
            assert!(seen.insert(info.text), "{} stands twice", info.text);
            assert!(
                info.text
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{} is not kebab-case",
                info.text
            );
            assert!(!info.message.ends_with('.'), "{} ends in a full stop", info.text);
            assert_eq!(info.code.as_str(), info.text);
        }
    }
}
