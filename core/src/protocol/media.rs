//! Media types of requests and answers (RFC 7644 §3.8).

use crate::error::{Code, Error};
use crate::name;

/// The media type of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Media {
    #[default]
    Scim,
    Json,
}

impl Media {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "application/scim+json",
            Self::Json => "application/json",
        }
    }

    /// What the client would rather have (WRT-043).
    ///
    /// # Errors
    /// `not-acceptable` if it wants neither.
    pub(super) fn of_accept(accept: Option<&str>) -> Result<Self, Error> {
        // A list may have empty elements; with no others it says nothing (RFC 9110 §5.6.1).
        let is_empty = |accept: &str| accept.trim_matches([' ', '\t', ',']).is_empty();
        let Some(accept) = accept.filter(|accept| !is_empty(accept)) else {
            return Ok(Self::Scim);
        };
        let (scim, json) =
            (quality(accept, "application/scim+json"), quality(accept, "application/json"));
        if scim == 0 && json == 0 {
            return Err(Error::new(Code::NotAcceptable));
        }
        Ok(if scim >= json { Self::Scim } else { Self::Json })
    }
}

/// How much a media type is wanted, in thousandths: what the most specific range says.
fn quality(accept: &str, media: &str) -> u32 {
    let mut best = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let specific = match parts.next().unwrap_or_default() {
            exact if name::same(exact, media) => 3,
            range if name::same(range, "application/*") => 2,
            "*/*" | "*" => 1,
            // The type that JSON had before it had one.
            text if name::same(text, "text/json") && media == "application/json" => 3,
            _ => continue,
        };
        let weight = parts
            .find_map(|parameter| {
                parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))
            })
            .map_or(1_000, thousandths);
        if specific > best.0 {
            best = (specific, weight);
        }
    }
    best.1
}

/// `1`, `0.25`; anything else counts as one.
fn thousandths(text: &str) -> u32 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(3);
    let fraction =
        digits.fold(0, |sum, digit| sum * 10 + u32::from(digit.wrapping_sub(b'0')).min(9));
    if whole == "0" { fraction } else { 1_000 }
}

/// Checks the media type of a body: SCIM or JSON, whatever its parameters, as long as the text
/// is UTF-8; none at all is taken for SCIM (WRT-044, Q-65).
///
/// # Errors
/// `unsupported-media-type`.
pub(super) fn check_content_type(content_type: Option<&str>) -> Result<(), Error> {
    let unsupported = || Error::new(Code::UnsupportedMediaType);
    let Some(content_type) = content_type.filter(|text| !text.trim().is_empty()) else {
        return Ok(());
    };
    let mut parts = content_type.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    if !["application/scim+json", "application/json", "text/json"]
        .iter()
        .any(|known| name::same(media, known))
    {
        return Err(unsupported());
    }
    for parameter in parts {
        if let Some((key, charset)) = parameter.split_once('=')
            && name::same(key.trim(), "charset")
        {
            let charset = charset.trim().trim_matches('"');
            if !["utf-8", "utf8", "us-ascii"].iter().any(|known| name::same(charset, known)) {
                return Err(unsupported());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_scim_unless_json_is_preferred() {
        let of = |accept: &str| Media::of_accept(Some(accept)).ok();
        for scim in [
            "*/*",
            "application/*",
            "Application/*;q=0.5",
            " , ",
            "application/scim+json",
            "application/json, application/scim+json",
            "",
            "text/html, */*;q=0.1",
        ] {
            assert_eq!(of(scim), Some(Media::Scim), "{scim}");
        }
        for json in [
            "application/json",
            "Application/JSON;charset=utf-8",
            "application/json, application/scim+json;q=0.5",
            "*/*;q=0.1, text/json",
        ] {
            assert_eq!(of(json), Some(Media::Json), "{json}");
        }
        for neither in [
            "text/html",
            "application/xml",
            "application/json;q=0",
            "application/scim+json;q=0.000",
        ] {
            assert_eq!(of(neither), None, "{neither}");
        }
    }
}
