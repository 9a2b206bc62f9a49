//! Which view shows a column, so that PostgreSQL and SQLite do not drop it?

use super::naming::{After, names};
use crate::Dialect;
use crate::act::{From, Name, Output, Query, Source, Value, With};
use crate::judge::run::Run;
use crate::schema::{Key, View};

/// A query and those that it stands in: what the names of WITH stand for.
#[derive(Clone, Copy)]
struct Scope<'a> {
    query: &'a Query,
    around: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    /// What the name stands for, where a WITH says so.
    fn with(&self, run: &Run<'_>, name: &Name) -> Option<&'a With> {
        let is_it = |(own, _): &&(String, With)| name.schema.is_none() && run.same(own, &name.name);
        let found = self.query.with.iter().find(is_it);
        let around = || self.around.and_then(|around| around.with(run, name));
        found.map(|(_, with)| with).or_else(around)
    }
}

impl Run<'_> {
    pub(super) fn held_by_view(&self, key: &Key, column: &str) -> Option<String> {
        if self.dialect == Dialect::MySql || self.legacy {
            return None;
        }
        let mut views = self.each(1, self.schema.views.values());
        let view = views.find(|view| {
            self.is_shown_by(view, key, column)
                // What SQLite finds in double quotes and no column of that name is a text.
                && (self.dialect != Dialect::Sqlite || names(self.dialect, &view.text, column, After::Start))
        })?;
        let view = &view.name.name;
        Some(format!(
            "the view `{view}` still reads `{}.{column}`",
            key.name
        ))
    }

    pub(super) fn is_shown_by(&self, view: &View, key: &Key, column: &str) -> bool {
        let query = || view.query(self.dialect);
        view.may_name(&key.name)
            && view.may_name(column)
            && query().is_some_and(|query| self.shows(query, None, key, column))
    }

    /// Whether the query shows the column of the table at `key`, and no other one by that name.
    fn shows(&self, query: &Query, around: Option<&Scope<'_>>, key: &Key, column: &str) -> bool {
        let scope = Scope { query, around };
        let inner = query.with.iter().any(|(_, with)| match with {
            With::Query(inner) => self.shows(inner, Some(&scope), key, column),
            With::Steps(_) => false,
        });
        inner
            || query.branches.iter().any(|branch| {
                self.spend(branch.output.len());
                let alone = branch.from.len() == 1;
                let own = branch.from.iter();
                let own: Vec<&Source> = own
                    .filter(|source| self.hands_on(source, &scope, key))
                    .collect();
                let is_meant = |qualifier: Option<&str>| match qualifier {
                    None => alone,
                    Some(qualifier) => own.iter().any(|own| self.is_called(own, qualifier)),
                };
                let shown = |output: &Output| match output {
                    Output::Value {
                        value: Value::Column(qualifier, name),
                        ..
                    } => is_meant(qualifier.as_deref()) && self.same(name, column),
                    _ => false,
                };
                let within = |source: &Source| match &source.what {
                    From::Query(inner) => self.shows(inner, Some(&scope), key, column),
                    _ => false,
                };
                !own.is_empty() && branch.output.iter().any(shown) || branch.from.iter().any(within)
            })
    }

    /// Whether the source is the table at `key`, or shows `*` of it.
    fn hands_on(&self, source: &Source, scope: &Scope<'_>, key: &Key) -> bool {
        match &source.what {
            From::Table(name) | From::Only(name) => match scope.with(self, name) {
                Some(With::Query(inner)) => self.is_all_of(inner, scope, key),
                Some(With::Steps(_)) => false,
                None => self.key(name) == *key,
            },
            From::Query(inner) => self.is_all_of(inner, scope, key),
            _ => false,
        }
    }

    /// Whether the query is `SELECT * FROM` the table at `key`. What a WITH stands for is looked up around it, where its own name means
    /// the table.
    fn is_all_of(&self, query: &Query, around: &Scope<'_>, key: &Key) -> bool {
        let ([branch], true) = (query.branches.as_slice(), query.with.is_empty()) else {
            return false;
        };
        let ([Output::All(None)], [source]) = (branch.output.as_slice(), branch.from.as_slice())
        else {
            return false;
        };
        match &source.what {
            From::Table(name) | From::Only(name) => {
                around.with(self, name).is_none() && self.key(name) == *key
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Dialect::{Postgres, Sqlite};
    use crate::rules::pairs::fails;

    /// Each was run on SQLite 3.40 and PostgreSQL 15.
    #[test]
    fn what_a_name_of_with_shows_of_the_table_is_held() {
        let told = |view: &str| {
            let before = format!(
                "CREATE TABLE t (id int, a int, b int); CREATE TABLE x (id int, c int); CREATE VIEW v AS {view};"
            );
            let (up, down) = ("CREATE TABLE y (id int);", "ALTER TABLE t DROP COLUMN a;");
            [Sqlite, Postgres].map(|dialect| fails(dialect, &before, up, down).concat())
        };
        for view in [
            "WITH r AS (SELECT x.a FROM t x) SELECT r.a FROM r",
            "WITH r AS (SELECT * FROM t) SELECT r.a FROM r",
            "WITH r AS (SELECT * FROM t) SELECT q.id, q.a FROM x JOIN r q ON q.id = x.id",
            "SELECT q.a FROM (SELECT * FROM t) q",
            "WITH r AS (SELECT 1 AS n) SELECT t.a FROM t, r",
        ] {
            let why = "the down fails: the view `v` still reads `t.a`";
            assert_eq!(told(view), [why; 2], "{view}");
        }
        for view in [
            "WITH t AS (SELECT 1 AS a) SELECT a FROM t",
            "WITH t AS (SELECT 1 AS a), r AS (SELECT a FROM t) SELECT a FROM r",
            "WITH t AS (SELECT 1 AS a), r AS (SELECT * FROM t) SELECT r.a FROM r",
            "WITH r AS (SELECT b AS a FROM t) SELECT a FROM r",
        ] {
            assert_eq!(told(view), [""; 2], "{view}");
        }
    }
}
