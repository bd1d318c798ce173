//! Documents that are read once and asked often.

use scimforge::api::Failure;

use crate::raw::{Answer, Arguments, Entry};
use crate::schema::found;
use crate::store::Store;

type Answered = Result<Answer, Failure>;

/// The first argument of each but the first is the number of a document.
pub(crate) const ENTRIES: &[Entry] = &[
    Entry { name: c"document", run: document },
    Entry { name: c"dropDocument", run: drop },
    Entry { name: c"documentValidate", run: validate },
    Entry { name: c"documentIsValid", run: is_valid },
    Entry { name: c"documentMatches", run: matches },
    Entry { name: c"documentProject", run: project },
    Entry { name: c"documentApplyPatch", run: apply_patch },
    Entry { name: c"documentText", run: text },
];

fn document(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let schema = store.schemas.at(call.number(0)?)?;
    let document = schema.document(call.document(1)?.input())?;
    Ok(Answer::Number(store.documents.keep(document)))
}

fn drop(store: &mut Store, call: &Arguments<'_>) -> Answered {
    store.drop_document(call.number(0)?);
    Ok(Answer::Nothing)
}

fn validate(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let (document, options) = store.document_validation(call.number(0)?, call.text(1)?)?;
    Ok(found(&document.inner().issues(&options.options())))
}

fn is_valid(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let (document, options) = store.document_validation(call.number(0)?, call.text(1)?)?;
    Ok(Answer::Truth(document.inner().is_valid(&options.options())))
}

/// Nothing if the filter was forgotten.
fn matches(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let document = store.documents.at(call.number(0)?)?;
    let filter = store.filters.get(call.number(1)?);
    Ok(filter.map_or(Answer::Nothing, |filter| Answer::Truth(document.matches(filter))))
}

fn project(store: &mut Store, call: &Arguments<'_>) -> Answered {
    store.documents.at(call.number(0)?)?.project(&call.text(1)?).map(Answer::Text)
}

fn apply_patch(store: &mut Store, call: &Arguments<'_>) -> Answered {
    let document = store.documents.at(call.number(0)?)?;
    document.apply_patch(call.document(1)?.input(), &call.text(2)?).map(Answer::Text)
}

fn text(store: &mut Store, call: &Arguments<'_>) -> Answered {
    Ok(Answer::Text(store.documents.at(call.number(0)?)?.text().to_owned()))
}
