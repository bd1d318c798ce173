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
            ///
            /// ```
            #[doc = concat!(" use scimforge::schema::", stringify!($name), " as Word;")]
            ///
            /// let mut seen = std::collections::HashSet::new();
            /// assert!(Word::ALL.iter().all(|word| seen.insert(word.as_str())));
            /// ```
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The word read without case; `None` if it is not one.
            ///
            /// ```
            #[doc = concat!(" use scimforge::schema::", stringify!($name), " as Word;")]
            ///
            /// for word in Word::ALL {
            ///     assert_eq!(Word::parse(&word.as_str().to_uppercase()), Some(*word));
            /// }
            /// assert_eq!(Word::parse("sometimes"), None);
            /// ```
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
    ///
    /// ```
    /// use scimforge::schema::{AttrId, Kind, builtin};
    ///
    /// let user = builtin::user();
    /// let active = user.child(AttrId::ROOT, "active").expect("in the schema");
    /// assert_eq!(active.kind, Kind::Boolean);
    /// ```
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
    ///
    /// ```
    /// use scimforge::schema::{AttrId, Mutability, builtin};
    ///
    /// let user = builtin::user();
    /// let groups = user.child(AttrId::ROOT, "groups").expect("in the schema");
    /// assert_eq!(groups.mutability, Mutability::ReadOnly);
    /// ```
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
    ///
    /// ```
    /// use scimforge::schema::{AttrId, Returned, builtin};
    ///
    /// let user = builtin::user();
    /// let password = user.child(AttrId::ROOT, "password").expect("in the schema");
    /// assert_eq!(password.returned, Returned::Never);
    /// ```
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
    ///
    /// ```
    /// use scimforge::schema::{AttrId, Uniqueness, builtin};
    ///
    /// let user = builtin::user();
    /// let name = user.child(AttrId::ROOT, "userName").expect("in the schema");
    /// assert_eq!(name.uniqueness, Uniqueness::Server);
    /// ```
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
    ///
    /// ```
    /// use scimforge::schema::Kind;
    ///
    /// assert!(Kind::Reference.is_textual() && !Kind::DateTime.is_textual());
    /// ```
    pub fn is_textual(self) -> bool {
        matches!(self, Self::String | Self::Reference | Self::Binary)
    }

    /// With an article, for messages.
    ///
    /// ```
    /// use scimforge::schema::Kind;
    ///
    /// assert_eq!(Kind::Integer.described(), "an integer");
    /// ```
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
