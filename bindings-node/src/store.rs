//! What JavaScript holds by numbers.

use scimforge::api::{Document, Failure, Filter, Keys, Schema, Validation};

use crate::raw::foreign;

/// The objects of one thread.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) schemas: Slab<Schema>,
    pub(crate) documents: Slab<Document>,
    pub(crate) filters: Filters,
    /// Of documents, by their numbers.
    pub(crate) keys: Keys,
    validation: Option<(String, Validation)>,
}

impl Store {
    pub(crate) fn drop_document(&mut self, document: i64) {
        self.documents.drop(document);
        self.keys.forget(usize::try_from(document).unwrap_or(usize::MAX));
    }

    /// The schema of a number, and what the text of the options of a validation says.
    ///
    /// Callers mostly ask with the same options again: the last ones are kept, read.
    pub(crate) fn validation(
        &mut self,
        schema: i64,
        options: String,
    ) -> Result<(&Schema, &Validation), Failure> {
        read_once(&mut self.validation, options)
            .and_then(|validation| Ok((self.schemas.at(schema)?, validation)))
    }

    /// The same for a document.
    pub(crate) fn document_validation(
        &mut self,
        document: i64,
        options: String,
    ) -> Result<(&Document, &Validation), Failure> {
        read_once(&mut self.validation, options)
            .and_then(|validation| Ok((self.documents.at(document)?, validation)))
    }
}

fn read_once(
    last: &mut Option<(String, Validation)>,
    options: String,
) -> Result<&Validation, Failure> {
    if last.as_ref().is_none_or(|(text, _)| *text != options) {
        let validation = Validation::read(&options)?;
        *last = Some((options, validation));
    }
    last.as_ref().map(|(_, validation)| validation).ok_or_else(|| foreign("no options"))
}

/// Objects under numbers that are given out again once they are free.
pub(crate) struct Slab<T> {
    entries: Vec<Option<T>>,
    free: Vec<usize>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    pub(crate) fn keep(&mut self, entry: T) -> i64 {
        let at = if let Some(at) = self.free.pop() {
            at
        } else {
            self.entries.push(None);
            self.entries.len() - 1
        };
        if let Some(place) = self.entries.get_mut(at) {
            *place = Some(entry);
        }
        at.cast_signed() as i64
    }

    pub(crate) fn get(&self, at: i64) -> Option<&T> {
        self.entries.get(usize::try_from(at).ok()?)?.as_ref()
    }

    pub(crate) fn at(&self, at: i64) -> Result<&T, Failure> {
        self.get(at).ok_or_else(|| foreign("no handle"))
    }

    pub(crate) fn drop(&mut self, at: i64) {
        if let Ok(at) = usize::try_from(at)
            && let Some(place) = self.entries.get_mut(at)
            && place.take().is_some()
        {
            self.free.push(at);
        }
    }
}

/// Filters: the youngest in a ring, the others for as long as JavaScript has them.
///
/// Most filters are read, asked about some documents and forgotten. Telling the collector about
/// each would take longer than reading it: so a new one is forgotten here when enough newer ones
/// have come, and who still wants it then has it read again, to be kept.
#[derive(Default)]
pub(crate) struct Filters {
    young: Vec<(i64, Filter)>,
    next: i64,
    kept: Slab<Filter>,
}

impl Filters {
    const YOUNG: usize = 64;

    /// Its number, which is never given out again.
    pub(crate) fn add(&mut self, filter: Filter) -> i64 {
        let number = self.next;
        self.next += 1;
        let at = place(number);
        match self.young.get_mut(at) {
            Some(oldest) => *oldest = (number, filter),
            None => self.young.push((number, filter)),
        }
        number
    }

    /// The number of a filter that stays until it is dropped: a negative one.
    pub(crate) fn keep(&mut self, filter: Filter) -> i64 {
        -1 - self.kept.keep(filter)
    }

    pub(crate) fn drop(&mut self, number: i64) {
        self.kept.drop(-1 - number);
    }

    /// The filter of a number; `None` if it was forgotten.
    pub(crate) fn get(&self, number: i64) -> Option<&Filter> {
        if number < 0 {
            return self.kept.get(-1 - number);
        }
        let (same, filter) = self.young.get(place(number))?;
        (*same == number).then_some(filter)
    }
}

/// Where in the ring a number has its place.
fn place(number: i64) -> usize {
    usize::try_from(number).unwrap_or_default() % Filters::YOUNG
}
