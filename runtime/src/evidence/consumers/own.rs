//! Which consumers does the plan itself take away or write anew, so that they are no surprise to anybody?

use onward_analysis::{Changed, Dialect, How, Object};

use super::mention::Names;
use super::target::{self, Name, Target};
use crate::Step;

/// What the plan does besides.
#[derive(Debug)]
pub(super) struct Own {
    dialect: Dialect,
    /// The tables and views that it takes or replaces.
    gone: Vec<Object>,
    /// The columns that it takes.
    columns: Vec<(Object, String)>,
    /// What else its statements take or write anew.
    targets: Vec<Target>,
    /// The statements that end a scheduled job.
    unschedules: Vec<Names>,
}

/// Something that a catalog lists, by the names that it shows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Consumer<'r> {
    pub(super) kind: &'r str,
    pub(super) name: &'r str,
    /// The table that it belongs to.
    pub(super) on: Option<&'r str>,
    /// The schema that it stands in.
    pub(super) home: Option<&'r str>,
}

impl Own {
    pub(super) fn of(dialect: Dialect, plan: &[Step]) -> Own {
        let steps: Vec<&Step> = plan.iter().collect();
        let changes = super::changes(&steps);
        let removed = changes.into_iter().filter(|change| match change.how {
            How::Drop | How::Replace => true,
            // No statement retypes a whole table or view: its author says that it is changed.
            How::Retype => change.object.column.is_none(),
            _ => false,
        });
        let mut gone = Vec::new();
        let mut columns = Vec::new();
        for Changed { object, .. } in removed {
            match object.column.clone() {
                None => gone.push(object),
                Some(column) => columns.push((object.clone(), column)),
            }
        }
        let mut targets = Vec::new();
        let mut unschedules = Vec::new();
        for step in plan {
            let sql = step.sql().unwrap_or("");
            let all = step
                .analysis()
                .map_or(&[][..], |analysis| &analysis.statements);
            for statement in all {
                let sql = statement.span.of(sql);
                targets.extend(target::targets(dialect, sql));
                let names = Names::of(dialect, sql);
                unschedules.extend(names.has("unschedule").then_some(names));
            }
        }
        Own {
            dialect,
            gone,
            columns,
            targets,
            unschedules,
        }
    }

    /// Whether the plan takes that consumer away or writes it anew: surely it, and no other of its name, or with the table that it
    /// belongs to.
    pub(super) fn deals_with(&self, one: &Consumer<'_>) -> bool {
        let means = |said: &Object, shown: &str| {
            let own = self.named(shown, one.home);
            self.same(&table_of(said), shown) || self.is_the_one(&Name::of(said), &own, one.home)
        };
        let is_gone = |shown: &str| self.gone.iter().any(|gone| means(gone, shown));
        let belongs = !one.kind.ends_with("function");
        if one.on.is_some_and(|on| belongs && is_gone(on)) {
            return true;
        }
        if one.kind.ends_with("view") && is_gone(one.name) {
            return true;
        }
        let part = one
            .on
            .and_then(|on| one.name.strip_suffix(on)?.strip_suffix(" on "));
        let own = match part {
            Some(name) => Name::plain(name),
            None => self.named(one.name, one.home),
        };
        match one.kind {
            "generated column" => self.columns.iter().any(|(table, column)| {
                one.on.is_some_and(|on| means(table, on)) && self.same(column, one.name)
            }),
            "scheduled job" => self.unschedules.iter().any(|names| names.has(one.name)),
            kind => self.targets.iter().any(|target| {
                let same_table = match (&target.on, one.on.map(|on| self.named(on, one.home))) {
                    (Some(said), Some(on)) => self.is_the_one(said, &on, one.home),
                    _ => true,
                };
                let same_kind = match target.kind {
                    "routine" => matches!(kind, "function" | "procedure"),
                    "view" => kind.ends_with("view"),
                    "column" => kind.ends_with("column"),
                    other => kind == other,
                };
                same_kind && same_table && self.is_the_one(&target.name, &own, one.home)
            }),
        }
    }

    /// A name that the catalog shows, of something that stands in schema `home`.
    fn named(&self, shown: &str, home: Option<&str>) -> Name {
        if self.dialect == Dialect::Postgres {
            return target::name(shown).unwrap_or_else(|| Name::plain(shown));
        }
        let elsewhere = home.and_then(|home| shown.strip_prefix(home)?.strip_prefix('.'));
        Name {
            schema: elsewhere.and(home).map(str::to_owned),
            ..Name::plain(elsewhere.unwrap_or(shown))
        }
    }

    /// Whether a statement that says `said` means what the catalog calls `own`: without a schema it is where the connection looks, and
    /// with arguments it takes these.
    fn is_the_one(&self, said: &Name, own: &Name, home: Option<&str>) -> bool {
        let same = |a: &str, b: &str| match self.dialect {
            Dialect::Postgres => a == b,
            Dialect::MySql | Dialect::Sqlite => a.to_lowercase() == b.to_lowercase(),
        };
        let same_schema = match (&said.schema, own.schema.as_deref().or(home)) {
            (Some(said), Some(own)) => same(said, own),
            (Some(_), None) => false,
            (None, _) => own.schema.is_none(),
        };
        let same_takes = match (self.dialect, &said.takes, &own.takes) {
            (Dialect::Postgres, Some(said), Some(own)) => {
                said.len() == own.len()
                    && said
                        .iter()
                        .zip(own)
                        .all(|(said, own)| said == own || said.ends_with(&format!(" {own}")))
            }
            _ => true,
        };
        same(&said.name, &own.name) && same_schema && same_takes
    }

    /// Whether two names are one to the database.
    pub(super) fn same(&self, a: &str, b: &str) -> bool {
        match self.dialect {
            // The catalog writes a name in quotes where it needs them.
            Dialect::Postgres => a == b || a.replace('"', "") == b.replace('"', ""),
            Dialect::MySql | Dialect::Sqlite => a.to_lowercase() == b.to_lowercase(),
        }
    }
}

/// The table of an object, as a person writes it.
pub(super) fn table_of(object: &Object) -> String {
    let table = Object {
        column: None,
        ..object.clone()
    };
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{forward, judged};

    #[test]
    fn only_the_very_one_is_dealt_with() {
        for (dialect, sql, kind, name, on, home, same) in [
            (
                Dialect::Postgres,
                "DROP FUNCTION f()",
                "function",
                "f()",
                None,
                "public",
                true,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION f",
                "function",
                "f(integer)",
                None,
                "public",
                true,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION public.f()",
                "function",
                "f()",
                None,
                "public",
                true,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION archive.f()",
                "function",
                "f()",
                None,
                "public",
                false,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION archive.f()",
                "function",
                "archive.f()",
                None,
                "archive",
                true,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION f()",
                "function",
                "archive.f()",
                None,
                "archive",
                false,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION f(int)",
                "function",
                "f(integer)",
                None,
                "public",
                true,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION f(int)",
                "function",
                "f(text)",
                None,
                "public",
                false,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION f(int)",
                "function",
                "f(integer,text)",
                None,
                "public",
                false,
            ),
            (
                Dialect::Postgres,
                "DROP FUNCTION g(int), f(text)",
                "function",
                "f(text)",
                None,
                "public",
                true,
            ),
            (
                Dialect::Postgres,
                "DROP TRIGGER ring ON users",
                "trigger",
                "ring on users",
                Some("users"),
                "public",
                true,
            ),
            (
                Dialect::Postgres,
                "DROP TRIGGER ring ON archive.users",
                "trigger",
                "ring on users",
                Some("users"),
                "public",
                false,
            ),
            (
                Dialect::Postgres,
                "DROP TRIGGER ring ON orders",
                "trigger",
                "ring on users",
                Some("users"),
                "public",
                false,
            ),
            (
                Dialect::Postgres,
                "DROP POLICY p ON archive.users",
                "policy",
                "p on archive.users",
                Some("archive.users"),
                "archive",
                true,
            ),
            (
                Dialect::Postgres,
                "ALTER TABLE bills DROP CONSTRAINT k",
                "foreign key",
                "k on archive.bills",
                Some("archive.bills"),
                "archive",
                false,
            ),
            (
                Dialect::MySql,
                "DROP PROCEDURE dial",
                "procedure",
                "dial",
                None,
                "shop",
                true,
            ),
            (
                Dialect::MySql,
                "DROP PROCEDURE IF EXISTS `Dial`",
                "procedure",
                "dial",
                None,
                "shop",
                true,
            ),
            (
                Dialect::MySql,
                "DROP PROCEDURE shop.dial",
                "procedure",
                "dial",
                None,
                "shop",
                true,
            ),
            (
                Dialect::MySql,
                "DROP PROCEDURE archive.dial",
                "procedure",
                "dial",
                None,
                "shop",
                false,
            ),
            (
                Dialect::MySql,
                "DROP PROCEDURE dial",
                "procedure",
                "archive.dial",
                None,
                "archive",
                false,
            ),
            (
                Dialect::MySql,
                "DROP EVENT archive.nightly",
                "event",
                "nightly",
                None,
                "shop",
                false,
            ),
            (
                Dialect::MySql,
                "DROP EVENT archive.nightly",
                "event",
                "archive.nightly",
                None,
                "archive",
                true,
            ),
            (
                Dialect::MySql,
                "DROP TRIGGER archive.ring",
                "trigger",
                "ring",
                Some("users"),
                "shop",
                false,
            ),
            (
                Dialect::MySql,
                "ALTER TABLE bills DROP FOREIGN KEY k",
                "foreign key",
                "k on bills",
                Some("bills"),
                "shop",
                true,
            ),
            (
                Dialect::MySql,
                "ALTER TABLE bills DROP FOREIGN KEY k",
                "foreign key",
                "k on archive.bills",
                Some("archive.bills"),
                "archive",
                false,
            ),
            (
                Dialect::Sqlite,
                "DROP TRIGGER main.ring",
                "trigger",
                "Ring",
                Some("users"),
                "main",
                true,
            ),
            (
                Dialect::Sqlite,
                "DROP TRIGGER temp.ring",
                "trigger",
                "ring",
                Some("users"),
                "main",
                false,
            ),
        ] {
            let plan = forward(vec![judged(1, dialect, sql, "SELECT 1")]);
            let one = Consumer {
                kind,
                name,
                on,
                home: Some(home),
            };
            let found = Own::of(dialect, plan.steps()).deals_with(&one);
            assert_eq!(found, same, "{sql}: {kind} {name}");
        }
    }
}
