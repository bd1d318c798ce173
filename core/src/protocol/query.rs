//! The questions that a query string or a `SearchRequest` can ask (RFC 7644 §3.4.2, §3.4.3).

use super::route::percent_decode;
use crate::error::{Code, Error, Pointer};
use crate::name;
use crate::profile::{Profile, Quirk, Trace};
use crate::sort;
use crate::value::Value;

/// The message of POST to `/.search`.
const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

/// More names in `attributes` than any schema needs (SEC-020).
const MOST_NAMES: usize = 1_000;

/// The parameters of a query string, decoded once: `+` is a blank (Q-59).
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    pub(super) fn parse(query: &str) -> Result<Self, Error> {
        let decode = |part: &str| {
            percent_decode(part.replace('+', " ").as_bytes())
                .ok_or_else(|| Error::new(Code::BadTarget))
        };
        let pairs = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Ok((decode(name)?, decode(value)?))
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self { pairs })
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| name::same(own, name)).map(|(_, value)| value.as_str())
    }

    /// The names in a list parameter, which may stand more than once (PRJ-008).
    pub(super) fn names(&self, name: &str) -> Result<Option<Vec<String>>, Error> {
        let mut names = None;
        for (_, value) in self.pairs.iter().filter(|(own, _)| name::same(own, name)) {
            names
                .get_or_insert_with(Vec::new)
                .extend(split_names(value).into_iter().map(str::to_owned));
        }
        few(name, names)
    }
}

/// What is asked of a collection.
#[derive(Debug, Default)]
pub(super) struct Question {
    pub(super) filter: Option<String>,
    /// Whether it stands in a URL.
    pub(super) in_url: bool,
    pub(super) sort_by: Option<String>,
    pub(super) descending: bool,
    /// One-based.
    pub(super) start_index: Option<usize>,
    /// Of a page; empty for the first one (CUR-001).
    pub(super) cursor: Option<String>,
    pub(super) count: Option<usize>,
    pub(super) attributes: Option<Vec<String>>,
    pub(super) excluded: Option<Vec<String>>,
}

impl Question {
    pub(super) fn of_parameters(parameters: &Parameters) -> Result<Self, Error> {
        let whole =
            |name: &'static str| parameters.first(name).map(|text| integer(name, text)).transpose();
        Ok(Self {
            filter: parameters.first("filter").map(str::to_owned),
            in_url: true,
            sort_by: some_text(parameters.first("sortBy")),
            descending: sort::is_descending(parameters.first("sortOrder").unwrap_or_default())?,
            start_index: whole("startIndex")?.map(|start| at_least(start, 1)),
            cursor: parameters.first("cursor").map(str::to_owned),
            count: whole("count")?.map(|count| at_least(count, 0)),
            attributes: parameters.names("attributes")?,
            excluded: parameters.names("excludedAttributes")?,
        })
    }

    pub(super) fn of_message(
        message: &Value<'_>,
        profile: Profile,
        trace: &mut Trace,
    ) -> Result<Self, Error> {
        let wrong = || Error::new(Code::InvalidMessage).with("message", "SearchRequest");
        let object = message.as_object().ok_or_else(wrong)?;
        let at = Pointer::root().name("schemas");
        match object.get("schemas").and_then(Value::as_array) {
            Some(schemas)
                if schemas
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|uri| name::same(uri, SEARCH_REQUEST)) => {}
            Some(schemas) if !schemas.is_empty() => return Err(wrong().at(at)),
            _ if trace.bend(profile, Quirk::MissingSchemas, &at, "schemas") => {}
            _ => return Err(wrong().at(at)),
        }
        let mut reader = Reader { message, profile, trace };
        Ok(Self {
            filter: reader.text("filter")?,
            in_url: false,
            sort_by: some_text(reader.text("sortBy")?.as_deref()),
            descending: sort::is_descending(&reader.text("sortOrder")?.unwrap_or_default())?,
            start_index: reader.integer("startIndex")?.map(|start| at_least(start, 1)),
            cursor: reader.text("cursor")?,
            count: reader.integer("count")?.map(|count| at_least(count, 0)),
            attributes: reader.names("attributes")?,
            excluded: reader.names("excludedAttributes")?,
        })
    }
}

struct Reader<'m, 'a> {
    message: &'m Value<'a>,
    profile: Profile,
    trace: &'m mut Trace,
}

impl Reader<'_, '_> {
    fn text(&self, name: &'static str) -> Result<Option<String>, Error> {
        match self.message.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.to_string())),
            Some(_) => Err(invalid(name, "a string").at(Pointer::root().name(name))),
        }
    }

    fn integer(&mut self, name: &'static str) -> Result<Option<i64>, Error> {
        let at = Pointer::root().name(name);
        let whole =
            |text: &str| integer(name, text).map(Some).map_err(|error| error.at(at.clone()));
        match self.message.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Number(number)) => whole(number.as_str()),
            Some(Value::String(text))
                if self.trace.bend(self.profile, Quirk::TextToNumber, &at, name) =>
            {
                whole(text)
            }
            Some(_) => Err(invalid(name, "an integer").at(at)),
        }
    }

    fn names(&mut self, name: &'static str) -> Result<Option<Vec<String>>, Error> {
        let at = Pointer::root().name(name);
        let wrong = || invalid(name, "an array of attribute names").at(at.clone());
        let names = match self.message.get(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(wrong)?,
            // As in a query string (SRC-004).
            Some(Value::String(text))
                if self.trace.bend(self.profile, Quirk::SingleForArray, &at, name) =>
            {
                split_names(text).into_iter().map(str::to_owned).collect()
            }
            Some(_) => return Err(wrong()),
        };
        few(name, Some(names))
    }
}

fn invalid(parameter: &str, expected: &str) -> Error {
    Error::new(Code::InvalidParameter).with("parameter", parameter).with("expected", expected)
}

fn some_text(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn few(parameter: &str, names: Option<Vec<String>>) -> Result<Option<Vec<String>>, Error> {
    match names {
        Some(names) if names.len() > MOST_NAMES => {
            Err(invalid(parameter, "at most a thousand names"))
        }
        names => Ok(names),
    }
}

/// An integer of any length; what does not fit is as large, or as small, as can be.
fn integer(parameter: &str, text: &str) -> Result<i64, Error> {
    let text = text.trim();
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid(parameter, "an integer"));
    }
    Ok(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

fn at_least(number: i64, least: i64) -> usize {
    usize::try_from(number.max(least)).unwrap_or(usize::MAX)
}

/// The names of a comma-separated list; a comma inside brackets or quotes does not separate.
pub(super) fn split_names(list: &str) -> Vec<&str> {
    let (mut depth, mut quoted) = (0_usize, false);
    list.split(move |character| {
        match character {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0 && !quoted
    })
    .map(str::trim)
    .filter(|name| !name.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_once() {
        let parameters = Parameters::parse(
            "filter=userName+eq+%22a%2Bb%2520%22&&COUNT=-3&startIndex=99999999999999999999&x",
        )
        .unwrap();
        assert_eq!(parameters.first("filter"), Some("userName eq \"a+b%20\""));
        let question = Question::of_parameters(&parameters).unwrap();
        assert_eq!(
            (question.count, question.start_index),
            (Some(0), usize::try_from(i64::MAX).ok())
        );
        assert_eq!(Parameters::parse("filter=%zz").unwrap_err().code(), Code::BadTarget);
        for bad in ["count=ten", "startIndex=1.5", "sortOrder=up", "count="] {
            let error = Question::of_parameters(&Parameters::parse(bad).unwrap()).unwrap_err();
            assert_eq!(error.code(), Code::InvalidParameter, "{bad}");
        }
    }

    #[test]
    fn lists_are_split_outside_brackets() {
        assert_eq!(split_names(r#" a,, b[x eq "1,]"] ,c"#), ["a", r#"b[x eq "1,]"]"#, "c"]);
    }
}
