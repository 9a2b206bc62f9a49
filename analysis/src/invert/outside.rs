//! How is undone what the model holds nothing of: what stands beside a sequence, a routine or a trigger, a session, a query?

use super::text::{split_at_word, strip_word};
use super::{Answer, Invert};
use crate::act::{Act, Body, Fires, Name, Query, Step, With};
use crate::family;

impl Invert<'_> {
    /// A statement that is told by its words alone.
    pub(super) fn outside(&self) -> Answer {
        let renamed = || self.renamed_beside().or_else(|| self.statistics());
        self.owned_sequence()
            .or_else(|| renamed().map(|sql| vec![sql]))
            .or_else(|| self.comments_on_own().then(Vec::new))
    }

    /// `ALTER SEQUENCE s OWNED BY t.c`: a sequence of the up's own belonged to nothing before, and would go with the table.
    fn owned_sequence(&self) -> Answer {
        let (name, owner) = owned_by(self.text)?;
        let makes = |step: &Step| match &step.act {
            Act::CreateSequence { name: made, .. } => self.is_called(made, name),
            _ => false,
        };
        self.behind().any(makes).then_some(())?;
        Some(match self.makes_owner(owner) {
            true => Vec::new(),
            false => vec![format!("ALTER SEQUENCE {name} OWNED BY NONE")],
        })
    }

    /// Whether a sequence that the up makes belongs to a table that it makes too.
    pub(super) fn belongs_to_own(&self, sequence: &Name) -> bool {
        self.ahead().any(|step| match &step.act {
            Act::Outside => owned_by(step.span.of(self.sql)).is_some_and(|(name, owner)| {
                self.is_called(sequence, name) && self.makes_owner(owner)
            }),
            _ => false,
        })
    }

    /// Whether the up makes the table of a column that is written so.
    fn makes_owner(&self, column: &str) -> bool {
        let Some((table, _)) = column.rsplit_once('.') else {
            return false;
        };
        self.behind()
            .chain(self.ahead())
            .any(|step| match &step.act {
                Act::CreateTable(new) => {
                    let made = new.name.as_ref();
                    !new.if_not_exists && made.is_some_and(|made| self.is_called(made, table))
                }
                _ => false,
            })
    }

    /// `ALTER FUNCTION f(int) RENAME TO g`, `ALTER TRIGGER a ON t RENAME TO b`.
    fn renamed_beside(&self) -> Option<String> {
        let rest = words(self.text, &["alter"])?;
        let kinds = ["function", "procedure", "trigger"];
        let kind = kinds
            .into_iter()
            .find(|kind| strip_word(rest, kind).is_some())?;
        let (object, to) = split_at_word(rest[kind.len()..].trim_start(), "rename")?;
        let to = words(to.trim_start(), &["to"])?.trim();
        let end = object.find(|c: char| c == '(' || c.is_whitespace());
        let (name, rest) = object.split_at(end.unwrap_or(object.len()));
        let (schema, from) = match name.rfind('.') {
            Some(dot) => name.split_at(dot + 1),
            None => ("", name),
        };
        let kind = kind.to_ascii_uppercase();
        let rest = rest.trim_end();
        Some(format!("ALTER {kind} {schema}{to}{rest} RENAME TO {from}"))
    }

    /// `CREATE STATISTICS s ON a, b FROM t`.
    fn statistics(&self) -> Option<String> {
        let rest = words(self.text, &["create", "statistics"])?;
        let (named, _) = split_at_word(rest, "on")?;
        let name = named.split(['(', ' ', '\n', '\t']).next()?;
        let may_be_there = name.eq_ignore_ascii_case("if");
        (!may_be_there && !name.is_empty()).then(|| format!("DROP STATISTICS {name}"))
    }

    /// A comment on what the up itself has made goes with it.
    fn comments_on_own(&self) -> bool {
        let object = || {
            let rest = words(self.text, &["comment", "on"])?;
            let (_kind, object) = rest.split_once(char::is_whitespace)?;
            let end = object.find(|c: char| c == '(' || c.is_whitespace());
            Some(object[..end.unwrap_or(object.len())].trim())
        };
        let Some(object) = object() else {
            return false;
        };
        // What OR REPLACE and IF NOT EXISTS find there has a comment of its own, or none.
        let before = self.before;
        let new = |name: &Name, stood: bool| !stood && self.is_called(name, object);
        self.behind().any(|step| match &step.act {
            Act::CreateRoutine(made) => {
                let key = self.run.key(&made.name);
                new(&made.name, before.routines.contains_key(&key))
            }
            Act::CreateTrigger(made) => self.is_called(&made.name, object),
            Act::CreateIndex(made) => made.name.as_ref().is_some_and(|name| {
                let key = self.run.index_key(&self.run.key(&made.table), &name.name);
                new(name, before.indexes.contains_key(&key))
            }),
            Act::CreateView { name, .. } => {
                new(name, before.views.contains_key(&self.run.key(name)))
            }
            Act::CreateSequence { name, .. } => {
                new(name, before.sequences.contains_key(&self.run.key(name)))
            }
            Act::CreateType { name, .. } => self.is_called(name, object),
            Act::CreateExtension { name, .. } | Act::CreateSchema { name, .. } => {
                self.is_called(&Name::plain(name), object)
            }
            _ => false,
        })
    }

    /// Whether what is written so is the thing of that name.
    fn is_called(&self, name: &Name, written: &str) -> bool {
        let fold = |part: &str| match part.strip_prefix('"') {
            Some(quoted) => quoted.trim_end_matches('"').to_owned(),
            None => part.to_lowercase(),
        };
        let (schema, last) = match written.rsplit_once('.') {
            Some((schema, last)) => (Some(fold(schema)), fold(last)),
            None => (None, fold(written)),
        };
        let written = Name { schema, name: last };
        self.run.key(&written) == self.run.key(name)
    }

    /// Triggers that rest while the up runs fire again at its end: as they did before.
    pub(super) fn rests_for_the_up(&self, table: &Name, which: Option<&str>, fires: Fires) -> bool {
        let is_it = |step: &Step, other: Fires| match &step.act {
            Act::AlterTable {
                table: on, change, ..
            } => {
                let crate::act::Change::Triggers { name, fires } = change else {
                    return false;
                };
                self.run.key(on) == self.run.key(table)
                    && name.as_deref() == which
                    && *fires == other
            }
            _ => false,
        };
        match fires {
            Fires::Never => self.ahead().any(|step| is_it(step, Fires::Normally)),
            Fires::Normally => self.behind().any(|step| is_it(step, Fires::Never)),
            Fires::Always => false,
        }
    }

    /// Whether a function writes nothing; one that no migration made is taken to, as its verdict takes it.
    pub(super) fn only_reads(&self, name: &Name) -> bool {
        let routine = self.run.schema.routines.get(&self.run.key(name));
        routine.is_none_or(|routine| match family::body(routine) {
            Body::Steps(steps) => steps.iter().all(|step| self.reads(step)),
            Body::Routine(_) | Body::Unknown(_) => false,
        })
    }

    fn reads(&self, step: &Step) -> bool {
        self.run.spend(1);
        match &step.act {
            Act::Inert | Act::Assign(_) => true,
            Act::Block { steps, .. } | Act::UnderPath(_, steps) => {
                steps.iter().all(|step| self.reads(step))
            }
            Act::Select(query) => reads_only(query),
            _ => false,
        }
    }
}

/// Whether a query writes nothing, nor calls what may.
pub(super) fn reads_only(query: &Query) -> bool {
    query.calls.is_empty() && query.into.is_none() && only_queries(query)
}

/// Whether what stands in its `WITH` writes nothing.
pub(super) fn only_queries(query: &Query) -> bool {
    query.with.iter().all(|(_, with)| match with {
        With::Query(query) => reads_only(query),
        With::Steps(_) => false,
    })
}

/// A sequence and the column that it belongs to from here on.
fn owned_by(text: &str) -> Option<(&str, &str)> {
    let rest = words(text, &["alter", "sequence"])?;
    let (name, rest) = split_at_word(rest, "owned")?;
    let owner = words(rest, &["by"])?;
    Some((name.trim(), owner.trim_end_matches([';', ' ', '\n', '\t'])))
}

/// What follows these words at the beginning of a text.
fn words<'t>(text: &'t str, words: &[&str]) -> Option<&'t str> {
    words.iter().try_fold(text.trim_start(), |text, word| {
        let rest = strip_word(text, word)?;
        let ends = rest.starts_with(char::is_whitespace);
        ends.then(|| rest.trim_start())
    })
}

#[cfg(test)]
mod tests {
    use crate::judge::{inverse, judge};
    use crate::{Dialect, Schema};

    #[test]
    fn a_comment_goes_with_what_is_new_and_stays_on_what_was_there() {
        let before = "CREATE TABLE t (id int, a int); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t;";
        let before = judge(Dialect::Postgres, &Schema::empty(), Some(before), None).after;
        let worked_out = |up: &str| inverse(Dialect::Postgres, &before, up).map(|(down, _)| down);
        let up = "CREATE INDEX IF NOT EXISTS n ON t (id); COMMENT ON INDEX n IS 'x';";
        assert_eq!(worked_out(up).unwrap(), "DROP INDEX n");
        let up = "CREATE INDEX IF NOT EXISTS i ON t (a); COMMENT ON INDEX i IS 'x'; CREATE INDEX n ON t (id);";
        assert!(worked_out(up).is_err());
    }

    #[test]
    fn what_is_set_beside_a_view_is_taken_away_again_or_goes_with_it() {
        let before = "CREATE TABLE t (id int, a int); CREATE VIEW v AS SELECT a FROM t; GRANT SELECT ON v TO web;";
        let before = judge(Dialect::Postgres, &Schema::empty(), Some(before), None).after;
        let again = "CREATE VIEW v AS SELECT a FROM t;\nGRANT SELECT ON v TO web;";
        for (up, down) in [
            (
                "COMMENT ON VIEW v IS 'x'",
                "COMMENT ON VIEW v IS NULL".to_owned(),
            ),
            (
                "GRANT INSERT ON v TO web",
                "REVOKE INSERT ON v FROM web".to_owned(),
            ),
            (
                "CREATE VIEW w AS SELECT id FROM t; GRANT SELECT ON w TO web; COMMENT ON VIEW w IS 'x';",
                "DROP VIEW w".to_owned(),
            ),
            (
                "CREATE OR REPLACE VIEW v AS SELECT a FROM t; COMMENT ON VIEW v IS 'x';",
                format!("DROP VIEW IF EXISTS v;\n{again}"),
            ),
            (
                "DROP VIEW v; CREATE VIEW v AS SELECT id FROM t; GRANT SELECT ON v TO other;",
                format!("DROP VIEW v;\n{again}"),
            ),
        ] {
            let worked_out = inverse(Dialect::Postgres, &before, up).unwrap().0;
            assert_eq!(worked_out, down, "{up}");
        }
    }
}
