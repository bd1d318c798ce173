//! Walking and rewriting a tree.

use super::Expression;
use crate::error::{Code, Error};
use crate::limits::Limits;

/// An iterator over the nodes of a tree, made by [`Expression::walk`].
///
/// ```
/// use scimforge::filter::{Walk, attribute};
///
/// let both = attribute("title")?.pr().and(attribute("active")?.pr());
/// let mut nodes: Walk<'_> = both.walk();
/// assert_eq!(nodes.next().map(|(_, depth)| depth), Some(0), "the `and` itself");
/// assert_eq!(nodes.count(), 2);
/// # Ok::<(), scimforge::error::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Walk<'e> {
    // On the heap, so that no tree is too deep for it.
    left: Vec<(&'e Expression, usize)>,
}

impl<'e> Iterator for Walk<'e> {
    type Item = (&'e Expression, usize);

    fn next(&mut self) -> Option<Self::Item> {
        let (node, depth) = self.left.pop()?;
        match node {
            Expression::And(parts) | Expression::Or(parts) => {
                self.left.extend(parts.iter().rev().map(|part| (part, depth + 1)));
            }
            Expression::Not(part) | Expression::ValuePath { filter: part, .. } => {
                self.left.push((part, depth + 1));
            }
            Expression::Present { .. } | Expression::Compare { .. } => {}
        }
        Some((node, depth))
    }
}

impl Expression {
    /// Every node with its depth, outermost first and as they are written.
    ///
    /// ```
    /// use scimforge::filter::{Expression, Filter};
    /// use scimforge::limits::Limits;
    /// use scimforge::profile::Profile;
    ///
    /// let text = "userName sw \"r\" and emails[type eq \"work\"]";
    /// let filter = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT)?;
    /// let names: Vec<&str> = filter
    ///     .expression
    ///     .walk()
    ///     .filter_map(|(node, _)| node.path())
    ///     .map(|path| path.as_str())
    ///     .collect();
    /// assert_eq!(names, ["userName", "emails", "type"]);
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    pub fn walk(&self) -> Walk<'_> {
        Walk { left: vec![(self, 0)] }
    }

    /// The tree with every node replaced by what `change` makes of it, innermost first.
    ///
    /// ```
    /// use scimforge::filter::{Expression, attribute};
    /// use scimforge::limits::Limits;
    ///
    /// // Another server calls it otherwise.
    /// let title = attribute("jobTitle")?;
    /// let tree = !attribute("title")?.pr();
    /// let renamed = tree.rewrite(&Limits::DEFAULT, &mut |node| match node {
    ///     Expression::Present { path } if path.as_str() == "title" => title.clone().pr(),
    ///     other => other,
    /// })?;
    /// assert_eq!(renamed.to_string(), "not (jobTitle pr)");
    /// # Ok::<(), scimforge::error::Error>(())
    /// ```
    ///
    /// # Errors
    /// `filter-too-deep` for a tree that is deeper than a filter within the limits can be.
    pub fn rewrite(
        self,
        limits: &Limits,
        change: &mut impl FnMut(Self) -> Self,
    ) -> Result<Self, Error> {
        self.check_height(limits)?;
        Ok(self.rewritten(change))
    }

    // The depth has been checked.
    fn rewritten(self, change: &mut impl FnMut(Self) -> Self) -> Self {
        let mut all = |parts: Vec<Self>| -> Vec<Self> {
            parts.into_iter().map(|part| part.rewritten(change)).collect()
        };
        let node = match self {
            Self::And(parts) => Self::And(all(parts)),
            Self::Or(parts) => Self::Or(all(parts)),
            Self::Not(part) => Self::Not(Box::new(part.rewritten(change))),
            Self::ValuePath { path, filter } => {
                Self::ValuePath { path, filter: Box::new(filter.rewritten(change)) }
            }
            leaf => leaf,
        };
        change(node)
    }

    /// Refuses what no text within the limits can say, before anything recurses into it: between
    /// two parentheses, brackets or `not` there are an `and` and an `or` at most.
    pub(super) fn check_height(&self, limits: &Limits) -> Result<(), Error> {
        let most = limits.filter_depth.saturating_mul(2).saturating_add(2);
        if self.walk().any(|(_, depth)| depth > most) {
            return Err(
                Error::new(Code::FilterTooDeep).with("limit", limits.filter_depth.to_string())
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Filter, attribute};
    use crate::profile::Profile;

    #[test]
    fn nodes_come_outermost_first_and_as_written() {
        let text = "not (a pr and b pr) or c[d pr]";
        let filter = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT).unwrap();
        let seen: Vec<_> =
            filter.expression.walk().map(|(node, depth)| (node.to_string(), depth)).collect();
        let expected = [
            (text, 0),
            ("not (a pr and b pr)", 1),
            ("a pr and b pr", 2),
            ("a pr", 3),
            ("b pr", 3),
            ("c[d pr]", 1),
            ("d pr", 2),
        ];
        assert_eq!(seen, expected.map(|(text, depth)| (text.to_owned(), depth)));
    }

    #[test]
    fn a_tree_is_rewritten_from_the_inside() {
        let text = "a pr and (b pr or c[d pr])";
        let filter = Filter::parse(text, Profile::STRICT, &Limits::DEFAULT).unwrap();
        let rewritten = filter.expression.rewrite(&Limits::DEFAULT, &mut |node| match node {
            Expression::Present { .. } => !node,
            other => other,
        });
        let expected = "not (a pr) and (not (b pr) or c[not (d pr)])";
        assert_eq!(rewritten.unwrap().to_string(), expected);
    }

    #[test]
    fn what_is_too_deep_is_refused_before_it_is_entered() {
        let deep = (0..1_000).fold(attribute("a").unwrap().pr(), |inner, _| !!!inner);
        assert_eq!(deep.walk().count(), 1 + 3 * 1_000);
        let error = deep.clone().rewrite(&Limits::DEFAULT, &mut |node| node).unwrap_err();
        assert_eq!(error.code(), Code::FilterTooDeep);
        let error = Filter::new(&deep, Profile::STRICT, &Limits::DEFAULT).unwrap_err();
        assert_eq!(error.code(), Code::FilterTooDeep);
    }
}
