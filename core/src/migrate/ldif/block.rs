//! One block of lines: unfolding, comments, and the lines of a record.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::lines::{Lines, place};
use super::record::{Record, Span};
use crate::error::{self, Code, Error, Issue, Severity};
use crate::name;

/// Where a block stands and how it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) offset: usize,
    /// The file ends in this block's last line.
    pub(super) cut: bool,
    pub(super) strict: bool,
}

/// What a block is.
pub(super) enum Parsed {
    Record(Box<Record>),
    /// Comments, a version, nothing.
    Nothing,
    /// What ldapsearch adds to the entries.
    SearchResult,
    Bad {
        error: Error,
        has_dn: bool,
    },
}

/// Something that is not LDIF and was accepted.
pub(super) fn note(line: usize, what: &'static str) -> Issue {
    Issue::new(Code::LdifLenient)
        .severity(Severity::Warning)
        .with("what", what)
        .with("line", line.to_string())
}

pub(super) fn parse(bytes: &[u8], lines: &Lines, place: Place, scratch: &mut Vec<u8>) -> Parsed {
    let mut block = Block {
        bytes,
        lines,
        place,
        scratch,
        text: std::str::from_utf8(bytes).is_ok(),
        state: State::Start,
        first: None,
        bad: 0,
        folded: false,
        record: Record {
            line: place.line,
            offset: place.offset,
            first_line: place.line,
            data: Vec::new(),
            raw: bytes.len(),
            dn: 0..0,
            spans: Vec::new(),
            notes: Vec::new(),
        },
    };
    match block.read() {
        Ok(()) => block.done(),
        Err(error) => block.failed(error),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the `dn`.
    Start,
    /// After the `dn`: controls, a changetype, or the first attribute.
    Named,
    /// Among the attributes.
    Attributes,
    /// In what ldapsearch adds.
    SearchResult,
}

struct Block<'b> {
    bytes: &'b [u8],
    lines: &'b Lines,
    place: Place,
    scratch: &'b mut Vec<u8>,
    /// The whole block is UTF-8, and so is every piece between two line ends.
    text: bool,
    state: State,
    /// The first line that is no comment and no version.
    first: Option<usize>,
    /// The line at hand, for errors.
    bad: usize,
    /// The line at hand is in `scratch`.
    folded: bool,
    record: Record,
}

/// A line without folding, taken apart.
struct Line {
    name_end: usize,
    description_end: usize,
    value: usize,
    base64: bool,
}

impl Block<'_> {
    fn read(&mut self) -> Result<(), Error> {
        let mut index = 0;
        while let Some(line) = self.lines.get(self.bytes, index) {
            self.bad = index;
            let mut next = index + 1;
            let mut tab = false;
            while let Some(&first) = self.lines.get(self.bytes, next).and_then(<[u8]>::first) {
                match first {
                    b' ' => {}
                    b'\t' => tab = true,
                    _ => break,
                }
                next += 1;
            }
            match line.first() {
                Some(b'#') => {
                    index = next;
                    continue;
                }
                Some(b' ' | b'\t') => return Err(syntax("an attribute name")),
                _ => {}
            }
            if tab {
                if self.place.strict {
                    return Err(syntax("a blank at the start of the continued line"));
                }
                self.record
                    .notes
                    .push(note(self.place.line + index, "a tab that continues a line"));
            }
            self.folded = next > index + 1;
            if self.folded {
                self.unfold(line, index + 1..next);
                // Taken out while it is read, since reading changes the record beside it.
                let scratch = std::mem::take(self.scratch);
                let read = self.line(&scratch, index);
                *self.scratch = scratch;
                read?;
            } else {
                self.line(line, index)?;
            }
            index = next;
        }
        Ok(())
    }

    fn unfold(&mut self, line: &[u8], rest: std::ops::Range<usize>) {
        self.scratch.clear();
        self.scratch.extend_from_slice(line);
        for index in rest {
            let continued = self.lines.get(self.bytes, index).unwrap_or_default();
            self.scratch.extend_from_slice(continued.get(1..).unwrap_or_default());
        }
    }

    fn line(&mut self, line: &[u8], index: usize) -> Result<(), Error> {
        if self.state == State::SearchResult {
            return search_result(line);
        }
        let parts = self.take_apart(line)?;
        let name = line.get(..parts.name_end).unwrap_or_default();
        if self.state == State::Start {
            return self.before_dn(line, name, &parts, index);
        }
        if name.eq_ignore_ascii_case(b"dn") {
            return Err(syntax("an empty line before the next `dn`"));
        }
        if self.state == State::Named {
            if name.eq_ignore_ascii_case(b"changetype") {
                // Controls belong to the change, not to the entry.
                self.record.spans.clear();
                self.state = State::Attributes;
                return change(line.get(parts.value..).unwrap_or_default());
            }
            if !name.eq_ignore_ascii_case(b"control") {
                self.state = State::Attributes;
            }
        }
        let (value, value_end, is_text) = self.value(line, name, &parts, index)?;
        let base = if self.folded {
            let base = self.record.data.len();
            self.record
                .data
                .extend_from_slice(line.get(..parts.description_end).unwrap_or_default());
            base
        } else {
            self.lines.start(index) as usize
        };
        self.record.spans.push(Span {
            name: place(base),
            name_end: place(base + parts.name_end),
            description_end: place(base + parts.description_end),
            value,
            value_end,
            line: place(index),
            is_text,
        });
        Ok(())
    }

    fn before_dn(
        &mut self,
        line: &[u8],
        name: &[u8],
        parts: &Line,
        index: usize,
    ) -> Result<(), Error> {
        if name.eq_ignore_ascii_case(b"version") {
            let version = line.get(parts.value..).unwrap_or_default();
            return if version.trim_ascii() == b"1" {
                Ok(())
            } else {
                Err(Error::new(Code::LdifVersion))
            };
        }
        self.first = Some(index);
        if name.eq_ignore_ascii_case(b"dn") {
            self.state = State::Named;
            self.record.line = self.place.line + index;
            self.record.offset = self.place.offset + self.lines.start(index) as usize;
            self.record.data.reserve(self.bytes.len() + self.bytes.len() / 4);
            self.record.data.extend_from_slice(self.bytes);
            self.record.spans.reserve(self.lines.len());
            let (start, end, is_text) = self.value(line, name, parts, index)?;
            if !is_text {
                return Err(Error::new(Code::LdifUtf8).with("attribute", "dn"));
            }
            self.record.dn = start..end;
            return Ok(());
        }
        if [&b"search"[..], b"result", b"ref"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
            self.state = State::SearchResult;
            return search_result(line);
        }
        Err(Error::new(Code::LdifNoDn))
    }

    fn take_apart(&mut self, line: &[u8]) -> Result<Line, Error> {
        let colon = memchr::memchr(b':', line).ok_or_else(|| syntax("a colon"))?;
        let mut description = line.get(..colon).unwrap_or_default();
        if description.last() == Some(&b' ') && !self.place.strict {
            description = description.trim_ascii_end();
            self.record.notes.push(note(self.place.line + self.bad, "a blank before the colon"));
        }
        let description_end = description.len();
        let name_end = memchr::memchr(b';', description).unwrap_or(description_end);
        let (name, options) = description.split_at_checked(name_end).unwrap_or_default();
        let name_byte =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let option_byte = |byte: &u8| byte.is_ascii_graphic();
        if !name.first().is_some_and(u8::is_ascii_alphanumeric)
            || !name.iter().all(name_byte)
            || !options.iter().all(option_byte)
        {
            return Err(syntax("an attribute name"));
        }
        let mut value = colon + 1;
        let mut base64 = false;
        match line.get(value) {
            Some(b':') => {
                base64 = true;
                value += 1;
            }
            Some(b'<') => {
                let name = String::from_utf8_lossy(name).into_owned();
                return Err(Error::new(Code::LdifUrl).with("attribute", name));
            }
            _ => {}
        }
        let rest = line.get(value..).unwrap_or_default();
        value += rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
        Ok(Line { name_end, description_end, value, base64 })
    }

    /// Puts the value into the record's data, if it is not there already.
    fn value(
        &mut self,
        line: &[u8],
        name: &[u8],
        parts: &Line,
        index: usize,
    ) -> Result<(u32, u32, bool), Error> {
        let value = line.get(parts.value..).unwrap_or_default();
        let about = |code| Error::new(code).with("attribute", String::from_utf8_lossy(name));
        if parts.base64 {
            let start = self.record.data.len();
            STANDARD
                .decode_vec(value.trim_ascii_end(), &mut self.record.data)
                .map_err(|_| about(Code::LdifBase64))?;
            let decoded = self.record.data.get(start..).unwrap_or_default();
            let is_text = std::str::from_utf8(decoded).is_ok();
            return Ok((place(start), place(self.record.data.len()), is_text));
        }
        if !self.text && std::str::from_utf8(value).is_err() {
            return Err(about(Code::LdifUtf8));
        }
        if self.folded {
            let start = self.record.data.len();
            self.record.data.extend_from_slice(value);
            return Ok((place(start), place(self.record.data.len()), true));
        }
        let start = self.lines.start(index) + place(parts.value);
        Ok((start, start + place(value.len()), true))
    }

    fn done(mut self) -> Parsed {
        match self.state {
            State::Start => Parsed::Nothing,
            State::SearchResult => Parsed::SearchResult,
            State::Named if self.place.cut && self.record.spans.is_empty() => {
                self.bad = self.lines.len().saturating_sub(1);
                self.failed(Error::new(Code::LdifTruncated))
            }
            State::Named | State::Attributes => Parsed::Record(Box::new(self.record)),
        }
    }

    fn failed(self, error: Error) -> Parsed {
        let has_dn = matches!(self.state, State::Named | State::Attributes);
        let last = (self.bad + 1..self.lines.len())
            .all(|index| self.lines.get(self.bytes, index).and_then(<[u8]>::first) == Some(&b' '));
        let broken_off = self.place.cut
            && last
            && has_dn
            && matches!(error.code(), Code::LdifBase64 | Code::LdifSyntax);
        let error = if broken_off { Error::new(Code::LdifTruncated) } else { error };
        let line = self.place.line + self.bad;
        let record = self.first.map_or(line, |first| self.place.line + first);
        let span = error::Span::new(
            self.place.offset + self.lines.start(self.bad) as usize,
            self.place.offset + self.lines.end(self.bad) as usize,
        );
        let error =
            error.with("line", line.to_string()).with("record", record.to_string()).spanning(span);
        Parsed::Bad { error, has_dn }
    }
}

fn syntax(expected: &'static str) -> Error {
    Error::new(Code::LdifSyntax).with("expected", expected)
}

/// A search that ended early wrote a part of the entries, and only its last line says so.
fn search_result(line: &[u8]) -> Result<(), Error> {
    let text = String::from_utf8_lossy(line);
    let Some((name, value)) = text.split_once(':') else {
        return Ok(());
    };
    if !name::same(name, "result") {
        return Ok(());
    }
    let code: String =
        value.trim_start().chars().take_while(char::is_ascii_digit).take(5).collect();
    if code.is_empty() || code == "0" {
        return Ok(());
    }
    Err(Error::new(Code::LdifSearchResult).with("result", code))
}

/// Only an added entry is a content record (`ldifde` writes every entry so).
fn change(value: &[u8]) -> Result<(), Error> {
    const CHANGES: [&str; 4] = ["delete", "modify", "modrdn", "moddn"];
    let value = value.trim_ascii();
    if value.eq_ignore_ascii_case(b"add") {
        return Ok(());
    }
    let known = CHANGES.iter().find(|change| value.eq_ignore_ascii_case(change.as_bytes()));
    Err(Error::new(Code::LdifChange).with("change", *known.unwrap_or(&"unknown")))
}
