//! Which consumers does the plan itself take away or write anew, so that they are no surprise to anybody?

use onward_analysis::{Changed, Dialect, How, Object};

use super::mention::Names;
use super::routine::is_the_one;
use crate::Step;

/// What the plan does besides.
#[derive(Debug)]
pub(super) struct Own {
    dialect: Dialect,
    /// The tables and views that it takes or replaces.
    gone: Vec<String>,
    /// The columns that it takes.
    columns: Vec<(String, String)>,
    /// The statements of all steps that drop, alter or replace something.
    statements: Vec<(String, Names)>,
}

impl Own {
    pub(super) fn of(dialect: Dialect, plan: &[Step]) -> Own {
        let steps: Vec<&Step> = plan.iter().collect();
        let changes = super::changes(&steps);
        let removed = changes.iter().filter(|change| match change.how {
            How::Drop | How::Replace => true,
            // No statement retypes a whole table or view: its author says that it is changed.
            How::Retype => change.object.column.is_none(),
            _ => false,
        });
        let mut gone = Vec::new();
        let mut columns = Vec::new();
        for Changed { object, .. } in removed {
            match &object.column {
                None => gone.push(object.to_string()),
                Some(column) => columns.push((table_of(object), column.clone())),
            }
        }
        let mut statements = Vec::new();
        for step in plan {
            let sql = step.sql().unwrap_or("");
            let all = step
                .analysis()
                .map_or(&[][..], |analysis| &analysis.statements);
            let names = all
                .iter()
                .map(|statement| statement.span.of(sql))
                .map(|sql| (sql.to_owned(), Names::of(dialect, sql)));
            let rewrites = ["drop", "alter", "replace", "unschedule"];
            statements
                .extend(names.filter(|(_, names)| rewrites.iter().any(|word| names.has(word))));
        }
        Own {
            dialect,
            gone,
            columns,
            statements,
        }
    }

    /// Whether the plan takes that consumer away or writes it anew: by name, or with the table that it belongs to. A routine, which
    /// stands in schema `home` where that is known, only where it is surely that one.
    pub(super) fn deals_with(
        &self,
        kind: &str,
        name: &str,
        on: Option<&str>,
        home: Option<&str>,
    ) -> bool {
        if on.is_some_and(|on| {
            self.gone.iter().any(|gone| self.same(gone, on)) && !kind.ends_with("function")
        }) {
            return true;
        }
        if kind.ends_with("view") && self.gone.iter().any(|gone| self.same(gone, name)) {
            return true;
        }
        let bare = bare(name);
        if kind == "generated column" {
            return self.columns.iter().any(|(table, column)| {
                on.is_some_and(|on| self.same(on, table)) && self.same(column, &bare)
            });
        }
        let keywords: &[&str] = match kind {
            "foreign key" => &["constraint", "foreign"],
            "function" | "procedure" => &["function", "procedure", "routine"],
            "scheduled job" => &["unschedule"],
            "materialized view" => &["view"],
            "virtual table" => &["table"],
            other => &[other],
        };
        let is_routine = matches!(kind, "function" | "procedure");
        self.statements.iter().any(|(sql, names)| {
            names.has(&bare)
                && keywords.iter().any(|keyword| names.has(keyword))
                && (!is_routine || is_the_one(self.dialect, sql, name, home))
        })
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

/// The name alone: of `"_RETURN" on public.v`, `public.f(integer)` or `shop.v`.
fn bare(name: &str) -> String {
    let name = name.split(" on ").next().unwrap_or(name);
    let name = name.split('(').next().unwrap_or(name);
    let name = name.rsplit('.').next().unwrap_or(name);
    name.trim_matches('"').to_owned()
}
