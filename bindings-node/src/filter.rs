//! Filters tied to a schema.

use scimforge::api::{Failure, Filter};

use crate::raw::{Answer, Arguments, Entry};
use crate::store::Store;

type Answered = Result<Answer, Failure>;

/// What asks a filter gives nothing if it was forgotten (see [`Filters`](crate::store::Filters)).
pub(crate) const ENTRIES: &[Entry] = &[
    Entry { name: c"filter", run: filter },
    Entry { name: c"keepFilter", run: keep },
    Entry { name: c"keepFilterFrom", run: keep_from },
    Entry { name: c"dropFilter", run: drop },
    Entry { name: c"matches", run: matches },
    Entry { name: c"explain", run: explain },
    Entry { name: c"simplified", run: simplified },
    // What the places of an explanation are about.
    Entry { name: c"filterSource", run: |store, call| text(store, call, |it| it.text().into()) },
    Entry { name: c"filterText", run: |store, call| text(store, call, ToString::to_string) },
    Entry { name: c"expression", run: |store, call| text(store, call, Filter::expression) },
    Entry { name: c"trace", run: |store, call| text(store, call, Filter::trace) },
];

fn read(store: &Store, call: &Arguments<'_>) -> Result<Filter, Failure> {
    store.schemas.at(call.number(0)?)?.filter(&call.text(1)?, &call.text(2)?)
}

fn filter(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let filter = read(store, call)?;
    Ok(Answer::Number(store.filters.add(filter)))
}

fn keep(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let filter = read(store, call)?;
    Ok(Answer::Number(store.filters.keep(filter)))
}

fn keep_from(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let filter = schema.filter_from(call.document(1)?.input(), &call.text(2)?)?;
    Ok(Answer::Number(store.filters.keep(filter)))
}

fn drop(store: &mut Store, call: &Arguments<'_>) -> Answered {
    store.filters.drop(call.number(0)?);
    Ok(Answer::Nothing)
}

fn matches(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let Some(filter) = store.filters.get(call.number(0)?) else { return Ok(Answer::Nothing) };
    filter.matches(call.document(1)?.input()).map(Answer::Truth)
}

fn explain(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let Some(filter) = store.filters.get(call.number(0)?) else { return Ok(Answer::Nothing) };
    filter.explain(call.document(1)?.input()).map(Answer::Text)
}

fn simplified(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let Some(filter) = store.filters.get(call.number(0)?) else { return Ok(Answer::Nothing) };
    let simplified = filter.simplified();
    Ok(Answer::Number(store.filters.keep(simplified)))
}

fn text(store: &Store, call: &Arguments<'_>, text: fn(&Filter) -> String) -> Answered {
    let filter = store.filters.get(call.number(0)?);
    Ok(filter.map_or(Answer::Nothing, |filter| Answer::Text(text(filter))))
}
