//! The grammar of RFC 7644 §3.4.2.2 with its errata, by recursive descent.

use super::scan::is_blank;
use super::{Expression, Operator};
use crate::error::{Code, Error, Span};
use crate::limits::Limits;
use crate::name;
use crate::path::{AttributePath, PatchPath};
use crate::profile::{Profile, Quirk, Trace};

/// Reads filters and PATCH paths.
pub(crate) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) profile: Profile,
    /// How many levels may still be opened, and how few that were anywhere so far.
    pub(super) depth: usize,
    pub(super) lowest: usize,
    pub(super) limits: &'t Limits,
    pub(super) trace: Trace,
    terms: usize,
    in_brackets: bool,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str, profile: Profile, limits: &'t Limits) -> Result<Self, Error> {
        if text.len() > limits.filter_bytes {
            return Err(
                Error::new(Code::FilterTooLong).with("limit", limits.filter_bytes.to_string())
            );
        }
        let depth = limits.filter_depth;
        let trace = Trace::new();
        Ok(Self {
            text,
            at: 0,
            profile,
            depth,
            lowest: depth,
            limits,
            terms: 0,
            in_brackets: false,
            trace,
        })
    }

    pub(crate) fn into_trace(self) -> Trace {
        self.trace
    }

    /// A whole filter.
    pub(crate) fn filter(&mut self) -> Result<Expression, Error> {
        if self.text.bytes().all(is_blank) {
            return Err(Error::new(Code::FilterEmpty).spanning(Span::new(0, self.text.len())));
        }
        self.inner_blanks()?;
        let expression = self.disjunction()?;
        self.ends_with(None, "`and`, `or` or the end")?;
        Ok(expression)
    }

    /// Passes the blanks before a closing character, or before the end. What stands there
    /// instead is the mistake, not the blank before it.
    fn ends_with(&mut self, closing: Option<u8>, expected: &'static str) -> Result<(), Error> {
        let start = self.at;
        if self.peek() == closing {
            return Ok(());
        }
        self.blanks();
        if self.peek() != closing {
            return Err(self.expected(expected));
        }
        self.at = start;
        self.inner_blanks()
    }

    /// A whole PATCH path.
    pub(crate) fn patch_path(&mut self) -> Result<PatchPath, Error> {
        let start = self.at;
        let word = self.word();
        let Some(attribute) = AttributePath::parse(word, Span::new(start, self.at)) else {
            self.at = start;
            return Err(self.bad_path("an attribute name"));
        };
        let mut filter = None;
        let mut sub_attribute = None;
        let mut sub_attribute_span = Span::new(self.at, self.at);
        if self.peek() == Some(b'[') {
            let inside = self.text.get(self.at + 1..).and_then(|rest| rest.split(']').next());
            if inside.is_some_and(|inside| {
                inside.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
            }) {
                self.at += 1;
                return Err(self.bad_path("a filter (there are no array indexes)"));
            }
            filter = Some(self.brackets()?);
            if self.peek() == Some(b'.') {
                self.at += 1;
                let start = self.at;
                let sub = self.word();
                if !name::is_valid(sub) {
                    self.at = start;
                    return Err(self.bad_path("a sub-attribute name"));
                }
                sub_attribute_span = Span::new(start, self.at);
                sub_attribute = Some(sub.into());
            }
        }
        if self.at < self.text.len() {
            return Err(self.bad_path("the end of the path"));
        }
        Ok(PatchPath { attribute, filter, sub_attribute, sub_attribute_span })
    }

    fn bad_path(&self, expected: &'static str) -> Error {
        Error::new(Code::InvalidPath).with("expected", expected).spanning(self.token())
    }

    fn disjunction(&mut self) -> Result<Expression, Error> {
        let first = self.conjunction();
        if first.is_err() || self.is_last() {
            return first;
        }
        let first = first?;
        if !self.joined_by("or")? {
            return Ok(first);
        }
        let mut parts = Vec::with_capacity(2);
        // Parentheses around parts of the same kind say nothing (FLT-016).
        let mut add = |part| match part {
            Expression::Or(inner) => parts.extend(inner),
            other => parts.push(other),
        };
        add(first);
        add(self.conjunction()?);
        // Long chains do not recurse (FLT-003).
        while self.joined_by("or")? {
            add(self.conjunction()?);
        }
        Ok(Expression::Or(parts))
    }

    #[inline]
    fn conjunction(&mut self) -> Result<Expression, Error> {
        let first = self.factor();
        if first.is_err() || self.is_last() {
            return first;
        }
        let first = first?;
        if !self.joined_by("and")? {
            return Ok(first);
        }
        let mut parts = Vec::with_capacity(2);
        let mut add = |part| match part {
            Expression::And(inner) => parts.extend(inner),
            other => parts.push(other),
        };
        add(first);
        add(self.factor()?);
        while self.joined_by("and")? {
            add(self.factor()?);
        }
        Ok(Expression::And(parts))
    }

    /// Whether no part can come after the one that ends here.
    #[inline]
    fn is_last(&self) -> bool {
        matches!(self.peek(), None | Some(b')' | b']'))
    }

    /// Whether `word` comes next; if so it is passed, with its blanks.
    fn joined_by(&mut self, word: &'static str) -> Result<bool, Error> {
        let begins = |byte: u8| word.as_bytes().first() == Some(&byte.to_ascii_lowercase());
        match self.text.as_bytes().get(self.at..) {
            None | Some([] | [b')' | b']', ..]) => return Ok(false),
            Some([b' ', next, ..]) if !is_blank(*next) && !begins(*next) => return Ok(false),
            Some(_) => {}
        }
        let start = self.at;
        let before = self.blanks();
        let found = name::same(self.word(), word);
        if !found {
            self.at = start;
            return Ok(false);
        }
        self.one_blank(before, start)?;
        self.blank()?;
        Ok(true)
    }

    fn factor(&mut self) -> Result<Expression, Error> {
        if self.peek() == Some(b'(') {
            return self.group();
        }
        let start = self.at;
        let (word, form) = self.formed_word();
        if name::same(word, "not")
            && let Some(negated) = self.negation(start)?
        {
            return Ok(negated);
        }
        let Some(path) = AttributePath::formed(word, form, Span::new(start, self.at)) else {
            self.at = start;
            return Err(self.expected("an attribute name"));
        };
        if self.peek() == Some(b'[') {
            return self.value_path(path);
        }
        self.comparison(path)
    }

    fn group(&mut self) -> Result<Expression, Error> {
        self.deeper()?;
        self.at += 1;
        self.inner_blanks()?;
        let inner = self.disjunction()?;
        self.ends_with(Some(b')'), "`and`, `or` or a closing parenthesis")?;
        self.at += 1;
        self.depth += 1;
        Ok(inner)
    }

    /// What follows the word `not`; `None` if it is the name of an attribute (FLT-017).
    fn negation(&mut self, start: usize) -> Result<Option<Expression>, Error> {
        let after = self.at;
        let blanks = self.blanks();
        if self.peek() == Some(b'(') {
            if !matches!(blanks, "" | " ") {
                self.bend(Quirk::FilterBlanks, after)?;
            }
            self.deeper()?;
            let inner = self.group()?;
            self.depth += 1;
            return Ok(Some(Expression::Not(Box::new(inner))));
        }
        let next = self.at;
        let word = self.word();
        self.at = next;
        let is_operator = name::same(word, "pr") || Operator::parse(word).is_some();
        if blanks.is_empty() || word.is_empty() || is_operator {
            self.at = after;
            return Ok(None);
        }
        self.at = start;
        self.bend(Quirk::BareNot, start)?;
        self.at = next;
        // As deep as with the parentheses that it is printed with.
        self.deeper()?;
        self.deeper()?;
        let inner = self.factor()?;
        self.depth += 2;
        Ok(Some(Expression::Not(Box::new(inner))))
    }

    fn value_path(&mut self, path: AttributePath) -> Result<Expression, Error> {
        let outer = std::mem::replace(&mut self.lowest, self.depth);
        let filter = self.brackets()?;
        let inner = self.lowest;
        self.lowest = outer.min(inner);
        if self.peek() != Some(b'.') {
            return Ok(Expression::ValuePath { path, filter: Box::new(filter) });
        }
        self.bend(Quirk::ValuePathComparison, self.at)?;
        self.at += 1;
        let start = self.at;
        let sub = self.word();
        let Some(sub) = AttributePath::parse(sub, Span::new(start, self.at))
            .filter(|sub| name::is_valid(sub.as_str()))
        else {
            self.at = start;
            return Err(self.expected("a sub-attribute name"));
        };
        let comparison = self.comparison(sub)?;
        let parts = match filter {
            Expression::And(mut parts) => {
                parts.push(comparison);
                parts
            }
            // It is printed in parentheses: one level more.
            Expression::Or(_) if inner == 0 => return Err(self.too_deep()),
            other => vec![other, comparison],
        };
        Ok(Expression::ValuePath { path, filter: Box::new(Expression::And(parts)) })
    }

    /// `[filter]`, from the opening bracket on.
    fn brackets(&mut self) -> Result<Expression, Error> {
        if self.in_brackets {
            return Err(Error::new(Code::NestedValuePath).spanning(Span::new(self.at, self.at + 1)));
        }
        self.deeper()?;
        self.at += 1;
        self.in_brackets = true;
        self.inner_blanks()?;
        let filter = self.disjunction()?;
        self.ends_with(Some(b']'), "`and`, `or` or a closing bracket")?;
        self.at += 1;
        self.in_brackets = false;
        self.depth += 1;
        Ok(filter)
    }

    #[inline]
    fn comparison(&mut self, path: AttributePath) -> Result<Expression, Error> {
        self.terms += 1;
        if self.terms > self.limits.filter_terms {
            return Err(Error::new(Code::FilterTooManyTerms)
                .with("limit", self.limits.filter_terms.to_string())
                .spanning(path.span));
        }
        if self.peek().is_none() {
            return Err(self.expected("an operator"));
        }
        self.blank()?;
        let start = self.at;
        let word = self.word();
        if name::same(word, "pr") {
            return Ok(Expression::Present { path });
        }
        let Some(operator) = Operator::parse(word) else {
            let plain = (1..=12).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_alphabetic());
            let span = Span::new(start, self.at);
            self.at = start;
            return Err(if plain {
                Error::new(Code::UnknownOperator).with("name", word).spanning(span)
            } else {
                self.expected("an operator")
                    .helped(Code::UnknownOperator.info().help.unwrap_or_default())
            });
        };
        let gap = self.at;
        self.blanks();
        if self.peek().is_none() {
            return Err(self.expected("a value"));
        }
        self.at = gap;
        self.blank()?;
        let start = self.at;
        let literal = self.literal()?;
        Ok(Expression::Compare { path, operator, literal, literal_span: Span::new(start, self.at) })
    }
}
