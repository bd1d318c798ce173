//! Cutting the input into blocks: the lines between two empty lines.

use super::block::{self, Parsed};
use super::decode::Decoder;
use super::lines::Lines;
use super::record::Record;
use crate::error::{Code, Error, Issue, Span};

/// How an LDIF file is read.
///
/// ```
/// use scimforge::migrate::ldif::{Options, Reader};
///
/// let mut options = Options::default();
/// options.strict = true;
/// let mut reader = Reader::new(options);
/// reader.push(b"dn: uid=mara,dc=example\nuid : mara\n\n");
/// assert!(reader.next_record().is_some_and(|record| record.is_err()), "a blank before the colon");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Bytes of one record. Default 64 MiB, at most 1 GiB.
    pub record_bytes: usize,
    /// Whether what real files do beyond the RFC (a tab that continues a line, a blank before
    /// the colon) is an error. Default no: it is accepted and noted.
    pub strict: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { record_bytes: 64 << 20, strict: false }
    }
}

const LARGEST_RECORD: usize = 1 << 30;

/// Reads LDIF (RFC 2849) from pieces of any size.
///
/// ```
/// use scimforge::migrate::ldif::{Options, Reader};
///
/// let mut reader = Reader::new(Options::default());
/// reader.push(b"dn: uid=mara,dc=example\nobjectClass: person\nmail: mara@exa");
/// reader.push(b"mple.test\n");
/// reader.finish();
/// let record = reader.next_record().unwrap().unwrap();
/// assert_eq!(record.first("MAIL"), Some("mara@example.test"));
/// assert!(reader.next_record().is_none());
/// ```
///
/// Take all records after each piece: what is pushed is kept until it is read.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact about the input on its own")]
pub struct Reader {
    options: Options,
    decoder: Decoder,
    buffer: Vec<u8>,
    /// The file offset of the buffer's first byte.
    origin: usize,
    /// Where the block at hand begins in the buffer.
    start: usize,
    /// The line at `start`, counted from 1.
    start_line: usize,
    /// Where the line at hand begins in the buffer.
    scan: usize,
    /// How far the line at hand was searched for its end.
    searched: usize,
    /// The lines of the block at hand.
    lines: Lines,
    /// Skipping the rest of a record that is too large; whether in the middle of a line.
    skipping: Option<bool>,
    /// Lines that were skipped so.
    skipped_lines: usize,
    finished: bool,
    /// The end came without a line end.
    cut: bool,
    /// Nothing more is read: the version is unknown.
    failed: bool,
    entries: u64,
    search_blocks: u64,
    told_utf16: bool,
    scratch: Vec<u8>,
    rejected: (usize, usize),
}

/// What [`Reader::next_block`] found.
enum Step {
    /// `lines` hold a block that ends here in the buffer.
    Block(usize),
    TooLarge(Error),
}

impl Reader {
    /// A reader at the beginning of a file.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// assert!(reader.next_record().is_none());
    /// ```
    pub fn new(options: Options) -> Self {
        let record_bytes = options.record_bytes.min(LARGEST_RECORD);
        Self {
            options: Options { record_bytes, ..options },
            decoder: Decoder::new(),
            buffer: Vec::new(),
            origin: 0,
            start: 0,
            start_line: 1,
            scan: 0,
            searched: 0,
            lines: Lines::new(),
            skipping: None,
            skipped_lines: 0,
            finished: false,
            cut: false,
            failed: false,
            entries: 0,
            search_blocks: 0,
            told_utf16: false,
            scratch: Vec::new(),
            rejected: (0, 0),
        }
    }

    /// Hands over the next piece of the file.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\n");
    /// assert!(reader.next_record().is_none(), "it may go on");
    /// reader.push(b"\n");
    /// assert!(reader.next_record().is_some());
    /// ```
    pub fn push(&mut self, chunk: &[u8]) {
        if self.failed || self.finished {
            return;
        }
        self.compact();
        self.decoder.push(chunk, &mut self.buffer);
    }

    /// Says that there is no more.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\n");
    /// reader.finish();
    /// assert!(reader.next_record().is_some_and(|record| record.is_ok()));
    /// ```
    pub fn finish(&mut self) {
        if !self.finished && !self.failed {
            self.compact();
            self.decoder.finish(&mut self.buffer);
            self.finished = true;
        }
    }

    /// The next record, or why there is none in its place; `None` until more is pushed, or at the
    /// end.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid:: !\n\n");
    /// let error = reader.next_record().expect("one record").expect_err("no base64");
    /// assert_eq!((error.code().as_str(), error.issue().param("line")), ("ldif-base64", Some("2")));
    /// ```
    ///
    /// # Errors
    /// `ldif-syntax`, `ldif-base64`, `ldif-utf8`, `ldif-url`, `ldif-no-dn`, `ldif-change`,
    /// `ldif-truncated`, `ldif-too-large`, `ldif-search-result`: one record each, and reading goes
    /// on. `ldif-version` ends the file. The issue's span is the bad line in the file; its
    /// parameters `line` and `record` are the numbers of that line and of the record's first.
    pub fn next_record(&mut self) -> Option<Result<Record, Error>> {
        loop {
            if self.failed {
                return None;
            }
            let end = match self.next_block()? {
                Step::Block(end) => end,
                Step::TooLarge(error) => {
                    self.rejected = (0, 0);
                    self.entries += 1;
                    return Some(Err(error));
                }
            };
            let bytes = self.buffer.get(self.start..end).unwrap_or_default();
            let place = block::Place {
                line: self.start_line,
                offset: self.origin + self.decoder.dropped() + self.start,
                cut: self.cut,
                strict: self.options.strict,
            };
            let parsed = block::parse(bytes, &self.lines, place, &mut self.scratch);
            self.rejected = (self.start, end);
            self.start_line += self.lines.len() + 1;
            self.lines.clear();
            self.start = self.scan;
            match parsed {
                Parsed::Record(mut record) => {
                    self.entries += 1;
                    if self.decoder.is_utf16() && !self.told_utf16 {
                        self.told_utf16 = true;
                        record.notes.push(block::note(record.line, "UTF-16"));
                    }
                    return Some(Ok(*record));
                }
                Parsed::Nothing => {}
                Parsed::SearchResult => self.search_blocks += 1,
                Parsed::Bad { error, has_dn } => {
                    self.entries += u64::from(has_dn);
                    self.failed = error.code() == Code::LdifVersion;
                    return Some(Err(error));
                }
            }
        }
    }

    /// The block behind the last error, until the next call; empty if it was too large.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"uid: mara\n\n");
    /// assert!(reader.next_record().is_some_and(|record| record.is_err()), "no dn");
    /// assert_eq!(reader.rejected(), b"uid: mara\n");
    /// ```
    pub fn rejected(&self) -> &[u8] {
        self.buffer.get(self.rejected.0..self.rejected.1).unwrap_or_default()
    }

    /// How many blocks with a `dn` there were, good and bad. None at the end means that the input
    /// was not LDIF.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\n\ndn: uid=finn,dc=example\nuid: finn\n\n");
    /// while reader.next_record().is_some() {}
    /// assert_eq!(reader.entries(), 2);
    /// ```
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// How many blocks of ldapsearch's own (`search:`, `result:`, `ref:`) were passed over.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\n\nsearch: 2\nresult: 0 Success\n\n");
    /// while reader.next_record().is_some() {}
    /// assert_eq!((reader.entries(), reader.search_blocks()), (1, 1));
    /// ```
    pub fn search_blocks(&self) -> u64 {
        self.search_blocks
    }

    /// Lets go of what has been read.
    fn compact(&mut self) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.origin += self.start;
            self.scan -= self.start;
            self.searched -= self.start;
            self.start = 0;
        }
        self.rejected = (0, 0);
    }

    fn next_block(&mut self) -> Option<Step> {
        loop {
            let rest = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(found) = memchr::memchr(b'\n', rest) else {
                self.searched = self.buffer.len();
                return self.at_the_end();
            };
            let newline = self.searched + found;
            let line = self.buffer.get(self.scan..newline).unwrap_or_default();
            let end = newline - usize::from(line.ends_with(b"\r"));
            let begin = std::mem::replace(&mut self.scan, newline + 1);
            self.searched = self.scan;
            if let Some(in_line) = self.skipping {
                self.skipped_lines += 1;
                self.skipping = if end == begin && !in_line { None } else { Some(false) };
                if self.skipping.is_none() {
                    self.start_line += std::mem::take(&mut self.skipped_lines);
                }
                self.start = self.scan;
            } else if end > begin {
                self.lines.push(begin - self.start, end - self.start);
                if end - self.start > self.options.record_bytes {
                    return Some(self.too_large(false));
                }
            } else if self.lines.is_empty() {
                self.start = self.scan;
                self.start_line += 1;
            } else {
                return Some(Step::Block(begin));
            }
        }
    }

    /// No further line end in the buffer.
    fn at_the_end(&mut self) -> Option<Step> {
        let len = self.buffer.len();
        if self.skipping.is_some() {
            // Anything but a lone CR is the middle of a line that is not empty.
            let rest = self.buffer.get(self.scan..).unwrap_or_default();
            if rest.len() > 1 || rest.first().is_some_and(|byte| *byte != b'\r') {
                self.skipping = Some(true);
                self.start = len;
                self.scan = len;
            }
            return None;
        }
        let rest = self.buffer.get(self.scan..).unwrap_or_default();
        let end = len - usize::from(rest.ends_with(b"\r"));
        if end > self.scan && end - self.start > self.options.record_bytes {
            return Some(self.too_large(true));
        }
        if !self.finished {
            return None;
        }
        if self.scan < len {
            if end > self.scan {
                self.cut = true;
                self.lines.push(self.scan - self.start, end - self.start);
            }
            self.scan = len;
        }
        (!self.lines.is_empty()).then_some(Step::Block(len))
    }

    fn too_large(&mut self, in_line: bool) -> Step {
        let offset = self.origin + self.decoder.dropped();
        let issue = Issue::new(Code::LdifTooLarge)
            .with("limit", self.options.record_bytes.to_string())
            .with("line", self.start_line.to_string())
            .with("record", self.start_line.to_string())
            .spanning(Span::new(offset + self.start, offset + self.buffer.len().min(self.scan)));
        self.skipping = Some(in_line);
        self.skipped_lines = self.lines.len();
        self.lines.clear();
        if in_line {
            self.scan = self.buffer.len();
        }
        self.start = self.scan;
        Step::TooLarge(issue.into())
    }
}
