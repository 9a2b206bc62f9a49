//! Is the script done whole or not at all?
//!
//! ## What it catches
//! A statement that the server refuses in a transaction (`CREATE INDEX CONCURRENTLY`, `VACUUM`) in a script with others that
//! could run in one.
//!
//! ## Why it hurts
//! The whole script then runs without a transaction. Where it fails midway, what stands above is done and stays. Onward goes
//! on at that statement in the next run; whoever looks at the database until then sees half a migration.
//!
//! ## Example
//! ```sql
//! -- on postgres
//! -- before
//! CREATE TABLE users (id int PRIMARY KEY);
//! -- up
//! ALTER TABLE users ADD COLUMN name text;
//! CREATE INDEX CONCURRENTLY users_by_name ON users (name);
//! -- down
//! -- onward: destructive
//! ALTER TABLE users DROP COLUMN name;
//! ```
//!
//! ## Write instead
//! A migration of its own for each statement that runs outside:
//! ```sql
//! -- on postgres
//! -- before
//! CREATE TABLE users (id int PRIMARY KEY, name text);
//! -- up
//! CREATE INDEX CONCURRENTLY users_by_name ON users (name);
//! -- down
//! DROP INDEX CONCURRENTLY users_by_name;
//! ```

use super::{Answer, Judged, Rule};
use crate::{Analysis, Effect, Finding, Level, Side};

pub(super) const RULE: Rule = Rule {
    name: "not_atomic",
    source: include_str!("not_atomic.rs"),
    answer: Answer::Allow(Level::Note),
    check,
};

fn check(judged: &Judged<'_>) -> Vec<Finding> {
    let up = judged.up.iter().filter_map(|up| found(Side::Up, up));
    let down = judged
        .down
        .iter()
        .filter_map(|down| found(Side::Down, down));
    up.chain(down).collect()
}

fn found(side: Side, analysis: &Analysis) -> Option<Finding> {
    let of = |effect| {
        analysis
            .statements
            .iter()
            .filter(move |one| one.effect == effect)
    };
    let outside = of(Effect::NoTransaction).next()?;
    let others = of(Effect::Transactional).count() + of(Effect::NoTransaction).count() - 1;
    if others == 0 {
        return None;
    }
    let it = match side {
        Side::Up => "the up",
        Side::Down => "the down",
    };
    Some(RULE.finding(
        side,
        Some(outside.span),
        format!(
            "{it} is not done whole or not at all: {} refuses this statement in a transaction",
            analysis.dialect
        ),
        vec!["give it a migration of its own".to_owned()],
    ))
}

#[cfg(test)]
mod tests {
    use crate::check::{Code, Style, Subject, check};
    use crate::{Dialect, Marks, Schema};

    fn told(dialect: Dialect, up: &str) -> Vec<String> {
        let marks = Marks::default();
        let subject = Subject {
            up: Code::Sql(up),
            down: None,
            marks: &marks,
            style: Style::Attribute,
        };
        let findings = check(&subject, &[dialect], &mut [Schema::empty()]).findings;
        let of_rule = findings
            .into_iter()
            .filter(|finding| finding.rule == "not_atomic");
        of_rule.map(|finding| finding.message).collect()
    }

    #[test]
    fn one_alone_is_whole() {
        let index = "CREATE INDEX CONCURRENTLY i ON t (a);";
        assert!(told(Dialect::Postgres, index).is_empty());
        assert_eq!(
            told(Dialect::Postgres, &format!("{index} {index}")),
            [
                "the up is not done whole or not at all: postgres refuses this statement in a transaction"
            ]
        );
        assert_eq!(
            told(Dialect::Sqlite, "CREATE TABLE t (a int); VACUUM;"),
            [
                "the up is not done whole or not at all: sqlite refuses this statement in a transaction"
            ]
        );
        // Its statements commit one by one anyway.
        assert!(
            told(
                Dialect::MySql,
                "CREATE TABLE t (a int); CREATE INDEX i ON t (a);"
            )
            .is_empty()
        );
    }
}
