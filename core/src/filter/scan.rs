//! The smallest parts of a filter: characters, blanks, words and literals.

use super::Literal;
use super::parse::Parser;
use crate::error::{Code, Error, Pointer, ScimType, Span};
use crate::name;
use crate::path::Form;
use crate::profile::Quirk;
use crate::text::plain_json_from;
use crate::value::{Number, Value, read};

#[inline]
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

impl<'t> Parser<'t> {
    pub(super) fn literal(&mut self) -> Result<Literal, Error> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'\'') => {
                self.bend(Quirk::BareLiteral, self.at)?;
                let rest = self.text.get(self.at + 1..).unwrap_or_default();
                let Some((text, _)) = rest.split_once('\'') else {
                    return Err(self.expected("a closing quote"));
                };
                self.at += text.len() + 2;
                Ok(Literal::String(text.into()))
            }
            _ => self.unquoted(),
        }
    }

    fn quoted(&mut self) -> Result<Literal, Error> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = plain_json_from(self.text.as_bytes(), self.at + 1);
        if self.text.as_bytes().get(end) == Some(&b'"')
            && let Some(plain) = self.text.get(self.at + 1..end)
        {
            self.at = end + 1;
            return Ok(Literal::String(plain.into()));
        }
        let mut escaped = false;
        let end = rest.bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let Some(token) = end.and_then(|end| rest.get(..end + 2)) else {
            return Err(self.expected("a closing quote"));
        };
        match read(token) {
            Ok(Value::String(text)) => {
                self.at += token.len();
                Ok(Literal::String(text.into()))
            }
            Ok(_) => Err(self.expected("a string")),
            Err(error) => {
                let start = error.issue().span.map_or(0, |span| span.start);
                self.at += start;
                Err(self.expected("a JSON string with JSON escapes"))
            }
        }
    }

    fn unquoted(&mut self) -> Result<Literal, Error> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let (word, _) = Form::of_word(rest);
        let constant = ["true", "false", "null"].into_iter().find(|text| name::same(text, word));
        if word.is_empty() {
            return Err(self.expected("a value"));
        }
        let literal = if let Some(text) = constant {
            if text != word {
                self.bend(Quirk::LiteralCase, start)?;
            }
            match text {
                "null" => Literal::Null,
                truth => Literal::Bool(truth == "true"),
            }
        } else if let Some(number) = Number::from_text(word) {
            Literal::Number(number.into_owned())
        } else if name::same(word, "and") || name::same(word, "or") {
            // Likelier a value that was forgotten than one without quotes.
            return Err(self.expected("a value"));
        } else {
            self.bend(Quirk::BareLiteral, start)?;
            Literal::String(word.into())
        };
        self.at += word.len();
        Ok(literal)
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes blanks and returns them.
    pub(super) fn blanks(&mut self) -> &'t str {
        let start = self.at;
        while self.peek().is_some_and(is_blank) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Passes the blank between two words, which must be exactly one (FLT-008).
    #[inline]
    pub(super) fn blank(&mut self) -> Result<(), Error> {
        let start = self.at;
        if matches!(self.text.as_bytes().get(start..), Some([b' ', next, ..]) if !is_blank(*next)) {
            self.at += 1;
            return Ok(());
        }
        let blanks = self.blanks();
        self.one_blank(blanks, start)
    }

    pub(super) fn one_blank(&mut self, blanks: &str, at: usize) -> Result<(), Error> {
        if blanks == " " {
            return Ok(());
        }
        let here = std::mem::replace(&mut self.at, at);
        if !self.profile.allows(Quirk::FilterBlanks) {
            return Err(self.expected("one blank"));
        }
        self.bend(Quirk::FilterBlanks, at)?;
        self.at = here;
        Ok(())
    }

    /// Passes blanks where the grammar has none.
    #[inline]
    pub(super) fn inner_blanks(&mut self) -> Result<(), Error> {
        if !self.peek().is_some_and(is_blank) {
            return Ok(());
        }
        let start = self.at;
        self.blanks();
        let here = std::mem::replace(&mut self.at, start);
        self.bend(Quirk::FilterBlanks, start)?;
        self.at = here;
        Ok(())
    }

    /// Passes everything up to a blank, quote, parenthesis or bracket.
    pub(super) fn word(&mut self) -> &'t str {
        self.formed_word().0
    }

    /// The same with what it can be.
    #[inline]
    pub(super) fn formed_word(&mut self) -> (&'t str, Form) {
        let (word, form) = Form::of_word(self.text.get(self.at..).unwrap_or_default());
        self.at += word.len();
        (word, form)
    }

    pub(super) fn deeper(&mut self) -> Result<(), Error> {
        let Some(depth) = self.depth.checked_sub(1) else { return Err(self.too_deep()) };
        self.lowest = self.lowest.min(depth);
        self.depth = depth;
        Ok(())
    }

    pub(super) fn too_deep(&self) -> Error {
        Error::new(Code::FilterTooDeep)
            .with("limit", self.limits.filter_depth.to_string())
            .spanning(Span::new(self.at, self.at + 1))
    }

    pub(super) fn bend(&mut self, quirk: Quirk, at: usize) -> Result<(), Error> {
        let here = std::mem::replace(&mut self.at, at);
        // Of blanks all, or the place where one is missing; else the word that begins here.
        let span = match self.blanks() {
            "" if quirk == Quirk::FilterBlanks => Span::new(at, at),
            "" => self.token(),
            blanks => Span::new(at, at + blanks.len()),
        };
        self.at = here;
        if self.trace.bend_text(self.profile, quirk, &Pointer::root(), "", span) {
            return Ok(());
        }
        self.at = at;
        Err(match quirk {
            Quirk::BareNot => self.expected("a parenthesis after `not`"),
            Quirk::BareLiteral => self.expected("a value in double quotes"),
            Quirk::LiteralCase => self.expected("true, false or null in lower case"),
            Quirk::ValuePathComparison => self.expected("`and`, `or` or the end"),
            _ => self.expected("no blank here"),
        })
    }

    /// The span of what stands here: a word, or one character.
    pub(super) fn token(&self) -> Span {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let word = Form::of_word(rest).0.len();
        let length = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
        Span::new(self.at, self.at + length)
    }

    pub(super) fn expected(&self, what: &'static str) -> Error {
        Error::new(Code::FilterSyntax)
            .with("expected", what)
            .spanning(self.token())
            .typed(ScimType::InvalidFilter)
    }
}
