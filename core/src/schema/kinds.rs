//! The closed sets of words that characterise an attribute (RFC 7643 §2.2, §7).

macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident $text:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// The word in schema documents.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The word read without case; `None` if it is not one.
            pub fn parse(text: &str) -> Option<Self> {
                $(if crate::name::same(text, $text) {
                    return Some(Self::$variant);
                })+
                None
            }

            /// All words.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
        }
    };
}

words! {
    /// The type of a value (RFC 7643 §2.3).
    Kind {
        /// Text.
        String "string",
        /// True or false.
        Boolean "boolean",
        /// A number.
        Decimal "decimal",
        /// A number without fraction or exponent.
        Integer "integer",
        /// An xsd:dateTime.
        DateTime "dateTime",
        /// Base64.
        Binary "binary",
        /// A URI.
        Reference "reference",
        /// Sub-attributes.
        Complex "complex",
    }
}

words! {
    /// Who may set a value, and when.
    Mutability {
        /// The server only.
        ReadOnly "readOnly",
        /// The client at any time.
        ReadWrite "readWrite",
        /// The client once.
        Immutable "immutable",
        /// The client at any time, but nobody reads it.
        WriteOnly "writeOnly",
    }
}

words! {
    /// When a value is part of an answer.
    Returned {
        /// In every answer.
        Always "always",
        /// In none.
        Never "never",
        /// Unless left out by the request.
        Default "default",
        /// Only if asked for.
        Request "request",
    }
}

words! {
    /// Among which resources a value must be unique.
    Uniqueness {
        /// None.
        None "none",
        /// Those of the server.
        Server "server",
        /// All there are.
        Global "global",
    }
}

impl Kind {
    /// Whether values are text whose case may count: string, reference and binary.
    pub fn is_textual(self) -> bool {
        matches!(self, Self::String | Self::Reference | Self::Binary)
    }

    /// With an article, for messages.
    pub fn described(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Boolean => "a boolean",
            Self::Decimal => "a number",
            Self::Integer => "an integer",
            Self::DateTime => "a date and time",
            Self::Binary => "base64",
            Self::Reference => "a reference",
            Self::Complex => "an object",
        }
    }
}
