//! What a request is about: method and path, read once.
//!
//! What is authorised and what is run is one and the same [`Route`]. A path that two readers
//! could read differently (`;`, an encoded slash, dot segments, empty segments) is refused. Empty
//! segments before the endpoint are what a base URL with a slash at its end leaves behind: they
//! name nothing, and are passed over (Q-67).

use std::borrow::Cow;

use crate::error::{Code, Error};

/// A method of RFC 7644 §3.2.
///
/// ```
/// use scimforge::protocol::{Method, Route};
///
/// let root = Route::parse("/Me", "", &["/Users"])?;
/// assert!(root.methods().iter().any(|(method, _)| *method == Method::Get));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

impl Method {
    /// The method with this name; names are in capitals (RFC 9110 §9.1).
    ///
    /// ```
    /// use scimforge::protocol::Method;
    ///
    /// assert_eq!(Method::parse("PATCH"), Some(Method::Patch));
    /// assert_eq!(Method::parse("patch"), None, "names are in capitals");
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == text)
    }

    /// The name.
    ///
    /// ```
    /// use scimforge::protocol::Method;
    ///
    /// assert_eq!(Method::Delete.as_str(), "DELETE");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a path names. Resource types are given by their place in the configuration.
///
/// ```
/// use scimforge::protocol::Route;
///
/// let route = Route::parse("/scim/v2/Groups/g-1", "/scim/v2", &["/Users", "/Groups"])?;
/// assert_eq!(route, Route::Resource { kind: 1, id: "g-1".into() });
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Route {
    /// The base URL: all resources.
    Root,
    /// All resources of a type.
    Collection(usize),
    /// One resource.
    Resource {
        /// Its type.
        kind: usize,
        /// Its identifier, decoded.
        id: Box<str>,
    },
    /// `/.search`, for all resources or those of a type.
    Search(Option<usize>),
    /// `/ServiceProviderConfig`.
    ServiceProviderConfig,
    /// `/ResourceTypes`.
    ResourceTypes,
    /// `/ResourceTypes/{name}`.
    ResourceType(Box<str>),
    /// `/Schemas`.
    Schemas,
    /// `/Schemas/{uri}`.
    Schema(Box<str>),
    /// `/openapi.json`.
    OpenApi,
    /// `/Bulk`.
    Bulk,
    /// `/Me`.
    Me,
}

/// What a request does; with the route, this is what permissions are about.
///
/// ```
/// use scimforge::protocol::{Method, Operation, Route};
///
/// let users = Route::parse("/Users", "", &["/Users"])?;
/// assert_eq!(users.operation(Method::Post), Some(Operation::Create));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Queries.
    List,
    /// Reads one resource.
    View,
    /// Creates one.
    Create,
    /// Changes one as a whole (PUT).
    Replace,
    /// Changes parts of one (PATCH).
    Update,
    /// Deletes one.
    Delete,
    /// Reads discovery documents.
    Discover,
    /// Runs the operations of a Bulk.
    Run,
}

impl Operation {
    /// Whether it may change something.
    ///
    /// ```
    /// use scimforge::protocol::Operation;
    ///
    /// assert!(Operation::Run.writes() && !Operation::List.writes(), "a Bulk and a query");
    /// ```
    pub fn writes(self) -> bool {
        !matches!(self, Self::List | Self::View | Self::Discover)
    }

    /// The word in permissions and audit records.
    ///
    /// ```
    /// use scimforge::protocol::Operation;
    ///
    /// assert_eq!(Operation::Update.as_str(), "update");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::View | Self::Discover => "view",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Run => "run",
        }
    }
}

impl Route {
    /// Reads the path of a request target. `base_path` is taken off where it stands at the
    /// head, and then the version segment `v2`; `endpoints` are those of the resource types.
    ///
    /// ```
    /// use scimforge::protocol::Route;
    ///
    /// assert_eq!(Route::parse("/Users/.search", "", &["/Users"])?, Route::Search(Some(0)));
    /// let error = Route::parse("/Users/../Groups", "", &["/Users"]).expect_err("where would that be?");
    /// assert_eq!(error.code().as_str(), "bad-target");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `bad-target`, `invalid-version`, `no-endpoint`.
    pub fn parse(path: &str, base_path: &str, endpoints: &[&str]) -> Result<Self, Error> {
        let raw: Vec<&str> = path.split('/').skip_while(|segment| segment.is_empty()).collect();
        let raw = match raw.split_last() {
            Some((&"", rest)) => rest,
            _ => &raw,
        };
        let segments = raw
            .iter()
            .map(|segment| decode_segment(segment))
            .collect::<Result<Vec<Cow<'_, str>>, Error>>()?;
        let segments: Vec<&str> = segments.iter().map(|segment| &**segment).collect();
        let mut rest = without_base(&segments, base_path);
        if let Some((first, tail)) = rest.split_first()
            && is_version(first)
        {
            if *first != "v2" {
                return Err(Error::new(Code::InvalidVersion));
            }
            rest = without_empty(tail);
        }
        if rest.contains(&"") {
            return Err(bad_target());
        }
        Self::find(rest, endpoints).ok_or_else(|| Error::new(Code::NoEndpoint))
    }

    fn find(segments: &[&str], endpoints: &[&str]) -> Option<Self> {
        let of_type = endpoints.iter().enumerate().find_map(|(kind, endpoint)| {
            let mut below = segments;
            for wanted in named(endpoint) {
                below = below.split_first().filter(|(first, _)| **first == wanted)?.1;
            }
            match below {
                [] => Some(Self::Collection(kind)),
                [".search"] => Some(Self::Search(Some(kind))),
                [id] => Some(Self::Resource { kind, id: (*id).into() }),
                _ => None,
            }
        });
        Some(match segments {
            [] => Self::Root,
            [".search"] => Self::Search(None),
            ["ServiceProviderConfig"] => Self::ServiceProviderConfig,
            ["ResourceTypes"] => Self::ResourceTypes,
            ["ResourceTypes", name] => Self::ResourceType((*name).into()),
            ["Schemas"] => Self::Schemas,
            ["Schemas", uri] => Self::Schema((*uri).into()),
            ["openapi.json"] => Self::OpenApi,
            ["Bulk"] => Self::Bulk,
            ["Me"] => Self::Me,
            _ => return of_type,
        })
    }

    /// The methods that this route has, and what they do.
    ///
    /// ```
    /// use scimforge::protocol::{Method, Operation, Route};
    ///
    /// let methods = Route::Collection(0).methods();
    /// assert_eq!(methods, [(Method::Get, Operation::List), (Method::Post, Operation::Create)]);
    /// ```
    pub fn methods(&self) -> &'static [(Method, Operation)] {
        match self {
            Self::Root => &[(Method::Get, Operation::List)],
            Self::Collection(_) => {
                &[(Method::Get, Operation::List), (Method::Post, Operation::Create)]
            }
            Self::Search(_) => &[(Method::Post, Operation::List)],
            Self::Resource { .. } => &[
                (Method::Get, Operation::View),
                (Method::Put, Operation::Replace),
                (Method::Patch, Operation::Update),
                (Method::Delete, Operation::Delete),
            ],
            Self::ServiceProviderConfig
            | Self::ResourceTypes
            | Self::ResourceType(_)
            | Self::Schemas
            | Self::Schema(_)
            | Self::OpenApi => &[(Method::Get, Operation::Discover)],
            Self::Bulk => &[(Method::Post, Operation::Run)],
            Self::Me => &[
                (Method::Get, Operation::View),
                (Method::Post, Operation::Create),
                (Method::Put, Operation::Replace),
                (Method::Patch, Operation::Update),
                (Method::Delete, Operation::Delete),
            ],
        }
    }

    /// What `method` does here; `None` if the route does not have it.
    ///
    /// ```
    /// use scimforge::protocol::{Method, Operation, Route};
    ///
    /// let user = Route::Resource { kind: 0, id: "u-1".into() };
    /// assert_eq!(user.operation(Method::Put), Some(Operation::Replace));
    /// assert_eq!(user.operation(Method::Post), None);
    /// ```
    pub fn operation(&self, method: Method) -> Option<Operation> {
        self.methods().iter().find(|(own, _)| *own == method).map(|(_, operation)| *operation)
    }

    /// The resource type that the route is about.
    ///
    /// ```
    /// use scimforge::protocol::Route;
    ///
    /// assert_eq!(Route::Collection(1).kind(), Some(1));
    /// assert_eq!(Route::Root.kind(), None);
    /// ```
    pub fn kind(&self) -> Option<usize> {
        match self {
            Self::Collection(kind) | Self::Resource { kind, .. } | Self::Search(Some(kind)) => {
                Some(*kind)
            }
            _ => None,
        }
    }
}

/// The first names of the routes for discovery.
pub(super) const DISCOVERY: [&str; 4] =
    ["Schemas", "ResourceTypes", "ServiceProviderConfig", "openapi.json"];

/// Whether a target could be that of a route for discovery; a spelling in which that is hard to see
/// could. For most requests the answer is cheaper than their route.
pub(super) fn may_discover(target: &str) -> bool {
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    path.contains('%') || path.split('/').any(|segment| DISCOVERY.contains(&segment))
}

fn bad_target() -> Error {
    Error::new(Code::BadTarget)
}

/// The segments behind the mount point, or all if it is not there.
fn without_base<'s, 't>(segments: &'s [&'t str], base_path: &str) -> &'s [&'t str] {
    let mut rest = segments;
    for wanted in named(base_path) {
        match without_empty(rest).split_first() {
            Some((first, tail)) if *first == wanted => rest = tail,
            _ => return segments,
        }
    }
    without_empty(rest)
}

/// The segments of a path that are not empty.
fn named(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn without_empty<'s, 't>(segments: &'s [&'t str]) -> &'s [&'t str] {
    let empty = segments.iter().take_while(|segment| segment.is_empty()).count();
    segments.get(empty..).unwrap_or_default()
}

fn decode_segment(raw: &str) -> Result<Cow<'_, str>, Error> {
    if raw.contains([';', '#', '\\']) {
        return Err(bad_target());
    }
    let text = if raw.contains('%') {
        Cow::Owned(percent_decode(raw.as_bytes()).ok_or_else(bad_target)?)
    } else {
        Cow::Borrowed(raw)
    };
    let ambiguous = text.contains(['/', '\\'])
        || text == "."
        || text == ".."
        || text.chars().any(char::is_control);
    if ambiguous { Err(bad_target()) } else { Ok(text) }
}

/// `v1`, `v2`, `v1.1`: the version segment of RFC 7644 §3.13.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|digits| {
        digits.starts_with(|first: char| first.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

/// Decodes `%41` once. `None` for half an escape and for what is not UTF-8.
pub(super) fn percent_decode(raw: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (pair, tail) = rest.split_at_checked(2)?;
        let mut byte = 0;
        for digit in pair {
            byte = byte * 16 + char::from(*digit).to_digit(16)?;
        }
        bytes.push(u8::try_from(byte).ok()?);
        rest = tail;
    }
    String::from_utf8(bytes).ok()
}

/// A text as one segment of a path (WRT-048).
pub(super) fn percent_encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:@!$&'()*+,=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ENDPOINTS: [&str; 3] = ["/Users", "/Groups", "/hr/Devices"];

    fn parse(path: &str) -> Result<Route, Code> {
        Route::parse(path, "/scim/v2", &ENDPOINTS).map_err(|error| error.code())
    }

    #[test]
    fn every_spelling_of_a_path_has_one_reading() {
        let user = |id: &str| Ok(Route::Resource { kind: 0, id: id.into() });
        for (path, route) in [
            ("/scim/v2/Users", Ok(Route::Collection(0))),
            ("//scim/v2/Users/", Ok(Route::Collection(0))),
            ("/v2/Users", Ok(Route::Collection(0))),
            ("/scim/v2//Users", Ok(Route::Collection(0))),
            ("/scim//v2///Users/1", user("1")),
            ("/scim/v2//", Ok(Route::Root)),
            ("/scim/v2//Users//1", Err(Code::BadTarget)),
            ("/scim//Users", Err(Code::BadTarget)),
            ("/Users", Ok(Route::Collection(0))),
            ("/", Ok(Route::Root)),
            ("", Ok(Route::Root)),
            ("/hr/Devices/7", Ok(Route::Resource { kind: 2, id: "7".into() })),
            ("/Users/a%3Bb", user("a;b")),
            ("/Users/%C3%A9", user("é")),
            ("/U%73ers/1", user("1")),
            ("/Users/.search", Ok(Route::Search(Some(0)))),
            ("/.search", Ok(Route::Search(None))),
            ("/v1/Users", Err(Code::InvalidVersion)),
            ("/v2.1/Users", Err(Code::InvalidVersion)),
            ("/users", Err(Code::NoEndpoint)),
            ("/Users/1/2", Err(Code::NoEndpoint)),
            ("/hr", Err(Code::NoEndpoint)),
            ("/Users;x/1", Err(Code::BadTarget)),
            ("/Users/1;/2", Err(Code::BadTarget)),
            ("/Users/%2F", Err(Code::BadTarget)),
            ("/Users/%2e%2E/Groups", Err(Code::BadTarget)),
            ("/Users/./1", Err(Code::BadTarget)),
            ("/Users//1", Err(Code::BadTarget)),
            ("/Users/1//", Err(Code::BadTarget)),
            ("/Users/%00", Err(Code::BadTarget)),
            ("/Users/%5c", Err(Code::BadTarget)),
            ("/Users/%ff", Err(Code::BadTarget)),
            ("/Users/%4", Err(Code::BadTarget)),
            ("/Users#x", Err(Code::BadTarget)),
        ] {
            assert_eq!(parse(path), route, "{path}");
        }
    }

    #[test]
    fn methods_are_in_capitals() {
        assert_eq!(Method::parse("PATCH"), Some(Method::Patch));
        for other in ["Post", "get", "HEAD", ""] {
            assert_eq!(Method::parse(other), None, "{other}");
        }
        assert_eq!(Route::Bulk.operation(Method::Get), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic_and_encoded_ids_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..64), id in "\\PC{1,12}") {
            let _ = parse(&String::from_utf8_lossy(&bytes));
            prop_assume!(!id.contains(['/', '\\']) && id != "." && id != ".." && id != ".search");
            let expected = Ok(Route::Resource { kind: 1, id: id.as_str().into() });
            prop_assert_eq!(parse(&format!("/Groups/{}", percent_encode(&id))), expected);
        }
    }
}
