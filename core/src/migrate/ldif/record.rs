//! One entry of an LDIF file.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Issue;
use crate::name;
use crate::value::{Object, Value};

/// Where one attribute lies in [`Record::data`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) name: u32,
    /// End of the name, where the options begin.
    pub(super) name_end: u32,
    /// End of the options.
    pub(super) description_end: u32,
    pub(super) value: u32,
    pub(super) value_end: u32,
    /// Lines below the first line of the block.
    pub(super) line: u32,
    /// Whether the value is UTF-8.
    pub(super) is_text: bool,
}

/// An entry: a DN and attributes, in the order of the file.
///
/// One allocation holds the bytes of the block, and behind them what had to be unfolded or
/// decoded; attributes are places in it.
///
/// ```
/// use scimforge::migrate::ldif::{Options, Record, Reader};
///
/// let mut reader = Reader::new(Options::default());
/// reader.push(b"dn: uid=mara,dc=example\nuid: mara\nmail: m@x.test\nmail: mara@x.test\n\n");
/// let mara: Record = reader.next_record().expect("one record")?;
/// assert_eq!((mara.dn(), mara.len()), ("uid=mara,dc=example", 3));
/// assert_eq!(mara.values("MAIL").count(), 2);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Record {
    pub(super) line: usize,
    pub(super) offset: usize,
    /// The line of the block's first byte, which may be a comment above the `dn` line.
    pub(super) first_line: usize,
    pub(super) data: Vec<u8>,
    /// How much of `data` is the block as it stood in the file.
    pub(super) raw: usize,
    pub(super) dn: Range<u32>,
    pub(super) spans: Vec<Span>,
    pub(super) notes: Vec<Issue>,
}

/// One value of one attribute.
///
/// ```
/// use scimforge::migrate::ldif::{Attribute, Options, Reader};
///
/// let mut reader = Reader::new(Options::default());
/// reader.push(b"dn: uid=mara,dc=example\ncn;lang-de: Mara\n\n");
/// let mara = reader.next_record().expect("one record")?;
/// let Attribute { name, value, line, .. } = mara.get(0).expect("one value");
/// assert_eq!((name, value, line), ("cn", &b"Mara"[..], 2));
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'r> {
    /// The name without options, in the case of the file.
    pub name: &'r str,
    /// The value.
    pub value: &'r [u8],
    /// The line it begins on, counted from 1.
    pub line: usize,
    /// Whether the value is UTF-8.
    pub is_text: bool,
    options: &'r str,
}

impl<'r> Attribute<'r> {
    /// The options, such as `lang-de`, `binary` or `range=0-1499` (RFC 4512 §2.5.2).
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\ncn;lang-de;x-own: Mara\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// assert_eq!(mara.get(0).expect("one value").options().collect::<Vec<_>>(), ["lang-de", "x-own"]);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn options(&self) -> impl Iterator<Item = &'r str> + use<'r> {
        self.options.split(';').filter(|option| !option.is_empty())
    }

    /// Whether there are options.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\ncn: Mara\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// assert!(!mara.get(0).expect("one value").has_options());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn has_options(&self) -> bool {
        !self.options.is_empty()
    }

    /// The value as text, if it is UTF-8.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\ncn:: TcOkcmE=\njpegPhoto:: /9j/\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// let texts: Vec<_> = mara.attributes().map(|attribute| attribute.text()).collect();
    /// assert_eq!(texts, [Some("Mära"), None]);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn text(&self) -> Option<&'r str> {
        if self.is_text { std::str::from_utf8(self.value).ok() } else { None }
    }
}

impl Record {
    /// The line of the `dn`, counted from 1.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"version: 1\n\ndn: uid=mara,dc=example\nuid: mara\n\n");
    /// assert_eq!(reader.next_record().expect("one record")?.line(), 3);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn line(&self) -> usize {
        self.line
    }

    /// Where the `dn` line begins in the file, in bytes (of the UTF-8 form, if the file is UTF-16).
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"version: 1\n\ndn: uid=mara,dc=example\nuid: mara\n\n");
    /// assert_eq!(reader.next_record().expect("one record")?.offset(), 12);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The distinguished name as it was written; read it with [`Dn::parse`](crate::migrate::dn::Dn::parse).
    ///
    /// ```
    /// use scimforge::migrate::dn::Dn;
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: UID=Mara, DC=Example\nuid: mara\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// assert_eq!(Dn::parse(mara.dn())?.key(), "uid=mara,dc=example");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn dn(&self) -> &str {
        self.text(self.dn.start, self.dn.end)
    }

    /// The block as it stood in the file, comments included.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"# the baker\ndn: uid=mara,dc=example\nuid: mara\n\n");
    /// assert!(reader.next_record().expect("one record")?.raw().starts_with(b"# the baker"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn raw(&self) -> &[u8] {
        self.data.get(..self.raw).unwrap_or_default()
    }

    /// What was accepted although it is not LDIF.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid : mara\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// assert_eq!(mara.notes().len(), 1, "the blank before the colon");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn notes(&self) -> &[Issue] {
        &self.notes
    }

    /// How many values there are.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\nsn: Holt\n\n");
    /// assert_eq!(reader.next_record().expect("one record")?.len(), 2);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none: a `dn` alone.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\n\n");
    /// assert!(reader.next_record().expect("one record")?.is_empty());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The value at `index`.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// assert_eq!(mara.get(0).and_then(|uid| uid.text()), Some("mara"));
    /// assert!(mara.get(1).is_none());
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn get(&self, index: usize) -> Option<Attribute<'_>> {
        self.spans.get(index).map(|span| self.attribute(span))
    }

    /// All values in order.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\nsn: Holt\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// let names: Vec<&str> = mara.attributes().map(|attribute| attribute.name).collect();
    /// assert_eq!(names, ["uid", "sn"]);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'_>> {
        self.spans.iter().map(|span| self.attribute(span))
    }

    /// The values of an attribute, found without case, whatever their options.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\ncn: Mara\nCN;lang-de: Mara\n\n");
    /// assert_eq!(reader.next_record().expect("one record")?.all("cn").count(), 2);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn all<'r>(&'r self, name: &'r str) -> impl Iterator<Item = Attribute<'r>> + 'r {
        self.spans
            .iter()
            .filter(move |span| (span.name_end - span.name) as usize == name.len())
            .map(|span| self.attribute(span))
            .filter(move |attribute| name::same(attribute.name, name))
    }

    /// The values of an attribute, found without case; those with options other than `binary`
    /// are other attributes.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\ncn: Mara\ncn;lang-de: Mara\n\n");
    /// let mara = reader.next_record().expect("one record")?;
    /// assert_eq!(mara.values("CN").collect::<Vec<_>>(), [b"Mara"], "the other is in a language");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn values<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r [u8]> + 'r {
        self.all(name)
            .filter(|attribute| {
                attribute.options().all(|option| option.eq_ignore_ascii_case("binary"))
            })
            .map(|attribute| attribute.value)
    }

    /// The first text among the [`values`](Self::values) that is not empty.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nmail:\nmail: mara@x.test\n\n");
    /// assert_eq!(reader.next_record().expect("one record")?.first("mail"), Some("mara@x.test"));
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn first<'r>(&'r self, name: &'r str) -> Option<&'r str> {
        self.values(name)
            .filter_map(|value| std::str::from_utf8(value).ok())
            .find(|text| !text.is_empty())
    }

    /// The entry as data: `line`, `dn`, and `attributes` with `name`, `options` (if any) and
    /// `value`, or `base64` where the value is not text.
    ///
    /// ```
    /// use scimforge::migrate::ldif::{Options, Reader};
    ///
    /// let mut reader = Reader::new(Options::default());
    /// reader.push(b"dn: uid=mara,dc=example\nuid: mara\n\n");
    /// assert_eq!(
    ///     reader.next_record().expect("one record")?.to_value().to_string(),
    ///     r#"{"line":1,"dn":"uid=mara,dc=example","attributes":[{"name":"uid","value":"mara"}]}"#
    /// );
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn to_value(&self) -> Value<'static> {
        let attributes = self.attributes().map(|attribute| {
            let mut object = Object::new();
            object.insert("name", Value::from(attribute.name.to_owned()));
            if attribute.has_options() {
                let options = attribute.options().map(|option| Value::from(option.to_owned()));
                object.insert("options", Value::Array(options.collect()));
            }
            match attribute.text() {
                Some(text) => object.insert("value", Value::from(text.to_owned())),
                None => object.insert("base64", Value::from(STANDARD.encode(attribute.value))),
            };
            Value::Object(object)
        });
        let mut object = Object::new();
        object.insert("line", Value::count(self.line));
        object.insert("dn", Value::from(self.dn().to_owned()));
        object.insert("attributes", Value::Array(attributes.collect()));
        Value::Object(object)
    }

    fn attribute(&self, span: &Span) -> Attribute<'_> {
        Attribute {
            name: self.text(span.name, span.name_end),
            value: self.bytes(span.value, span.value_end),
            line: self.first_line + span.line as usize,
            is_text: span.is_text,
            options: match span.description_end - span.name_end {
                0 => "",
                _ => self.text(span.name_end, span.description_end),
            },
        }
    }

    fn bytes(&self, start: u32, end: u32) -> &[u8] {
        self.data.get(start as usize..end as usize).unwrap_or_default()
    }

    fn text(&self, start: u32, end: u32) -> &str {
        std::str::from_utf8(self.bytes(start, end)).unwrap_or_default()
    }
}
