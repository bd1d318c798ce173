//! Keyword arguments as the core's options text.

use pyo3::prelude::*;
use scimforge::{
    api::Validation,
    validate::Mode,
    value::{Object, Value, to_text},
};

use crate::{
    document::Document,
    error::{Kind, raise},
};

/// What a validation is told.
pub(crate) struct Settings<'a, 'py> {
    pub(crate) mode: Option<&'a str>,
    pub(crate) profile: Option<&'a Bound<'py, PyAny>>,
    pub(crate) original: Option<&'a Bound<'py, PyAny>>,
    pub(crate) limits: Option<&'a Bound<'py, PyAny>>,
    pub(crate) max_issues: Option<i64>,
}

impl Settings<'_, '_> {
    /// The options; most callers give no more than a mode.
    pub(crate) fn read(&self, py: Python<'_>) -> PyResult<Validation> {
        let Self { mode, profile: None, original: None, limits: None, max_issues: None } = self
        else {
            return self.read_text(py);
        };
        match mode.map_or(Some(Mode::Create), Mode::parse) {
            Some(mode) => Ok(Validation::of(mode)),
            None => self.read_text(py),
        }
    }

    fn read_text(&self, py: Python<'_>) -> PyResult<Validation> {
        Validation::read(&self.text()?).map_err(|failure| raise(py, Kind::Scim, &failure, None))
    }

    /// The same as text.
    pub(crate) fn text(&self) -> PyResult<String> {
        let options = Options::default()
            .text("mode", self.mode)
            .any("profile", self.profile)?
            .document("original", self.original)?
            .any("limits", self.limits)?
            .count("maxIssues", self.max_issues);
        Ok(options.build())
    }
}

/// Options that are being put together; `None` is not an option.
#[derive(Default)]
pub(crate) struct Options {
    members: Object<'static>,
}

impl Options {
    pub(crate) fn text(mut self, name: &'static str, text: Option<&str>) -> Self {
        if let Some(text) = text {
            self.members.insert(name, Value::from(text.to_owned()));
        }
        self
    }

    pub(crate) fn count(mut self, name: &'static str, count: Option<i64>) -> Self {
        if let Some(count) = count {
            self.members.insert(name, Value::integer(count));
        }
        self
    }

    /// An option that is an object, a list or a text that is no JSON.
    pub(crate) fn any(
        self,
        name: &'static str,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        self.tree(name, value, |value| Ok(Document::Object(value.clone())))
    }

    /// An option that is a document, in any of its forms.
    pub(crate) fn document(
        self,
        name: &'static str,
        value: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        self.tree(name, value, Document::new)
    }

    fn tree<'py>(
        mut self,
        name: &'static str,
        value: Option<&Bound<'py, PyAny>>,
        document: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Document<'py>>,
    ) -> PyResult<Self> {
        if let Some(value) = value {
            let tree = document(value)?.tree_or_raise(value.py(), Kind::Scim)?.into_owned();
            self.members.insert(name, tree);
        }
        Ok(self)
    }

    /// The text of the options of a projection.
    pub(crate) fn of_projection(
        attributes: Option<&Bound<'_, PyAny>>,
        excluded_attributes: Option<&Bound<'_, PyAny>>,
        profile: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let options = Self::default()
            .any("attributes", attributes)?
            .any("excludedAttributes", excluded_attributes)?
            .any("profile", profile)?;
        Ok(options.build())
    }

    /// The text of the options of a PATCH.
    pub(crate) fn of_patch(
        profile: Option<&Bound<'_, PyAny>>,
        limits: Option<&Bound<'_, PyAny>>,
        explain: Option<&Bound<'_, PyAny>>,
        max_member_loss: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let options = Self::default()
            .any("profile", profile)?
            .any("limits", limits)?
            .any("maxMemberLoss", max_member_loss)?
            .any("explain", explain)?;
        Ok(options.build())
    }

    /// The text of options that are one object already.
    pub(crate) fn alone(value: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
        let Some(value) = value else {
            return Ok(String::new());
        };
        Ok(to_text(&Document::Object(value.clone()).tree_or_raise(value.py(), Kind::Scim)?))
    }

    /// The JSON text; the empty text for no options.
    pub(crate) fn build(self) -> String {
        if self.members.is_empty() { String::new() } else { to_text(&self.members.into()) }
    }
}
