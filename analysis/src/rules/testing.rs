//! How is a migration for a rule's test put together without any SQL?

use super::{Inverse, Judged, called_for, findings};
use crate::check::{Code, Style, Subject, check};
use crate::header::{self, Header};
use crate::{
    Age, Analysis, Dialect, Effect, Finding, Loss, LossKind, Marks, Object, Schema, Span,
    Statement, Unknown, Verdict,
};

/// A migration whose directions do something and lose nothing, until it is told otherwise.
#[derive(Debug, Clone)]
pub(super) struct Case {
    up: Analysis,
    down: Option<Analysis>,
    down_is_rust: bool,
    up_acts: bool,
    down_acts: bool,
    marks: Marks,
    style: Style,
    inverse: Option<(String, bool)>,
    narrows: Vec<String>,
}

impl Case {
    pub(super) fn new() -> Case {
        Case {
            up: analysis(Dialect::Sqlite),
            down: Some(analysis(Dialect::Sqlite)),
            down_is_rust: false,
            up_acts: true,
            down_acts: true,
            marks: Marks::default(),
            style: Style::Attribute,
            inverse: None,
            narrows: Vec::new(),
        }
    }

    pub(super) fn up_loses(mut self, loss: Loss) -> Case {
        self.up = self.up.losing(loss);
        self
    }

    pub(super) fn down_loses(mut self, loss: Loss) -> Case {
        self.down = self.down.map(|down| down.losing(loss));
        self
    }

    pub(super) fn up_unknown(mut self, reason: &str) -> Case {
        self.up = self.up.unknown(reason);
        self
    }

    pub(super) fn down_unknown(mut self, reason: &str) -> Case {
        self.down = self.down.map(|down| down.unknown(reason));
        self
    }

    pub(super) fn down_in_rust(mut self) -> Case {
        self.down_is_rust = true;
        self
    }

    pub(super) fn without_down(mut self) -> Case {
        self.down = None;
        self.down_acts = false;
        self
    }

    pub(super) fn down_does_nothing(mut self) -> Case {
        self.down_acts = false;
        self
    }

    /// It has a statement, such as `SELECT 1`.
    pub(super) fn up_does_nothing(mut self) -> Case {
        self.up_acts = false;
        self.up.statements.push(Statement {
            span: Span::default(),
            effect: Effect::Transactional,
        });
        self
    }

    pub(super) fn up_is_empty(mut self) -> Case {
        self.up_acts = false;
        self
    }

    pub(super) fn marked(mut self, marks: Marks) -> Case {
        self.marks = marks;
        self
    }

    pub(super) fn style(mut self, style: Style) -> Case {
        self.style = style;
        self
    }

    pub(super) fn inverse(mut self, sql: &str, is_lossy: bool) -> Case {
        self.inverse = Some((sql.to_owned(), is_lossy));
        self
    }

    /// The worked-out down gives this column a narrower type back.
    pub(super) fn narrowing(mut self, column: &str) -> Case {
        self.narrows.push(format!("`{column}`"));
        self
    }

    /// Every finding: a line of rule and message, and an indented one for each help.
    pub(super) fn told(&self) -> String {
        let findings = self.judged(findings);
        findings.iter().fold(String::new(), |text, finding| {
            let help: String = finding
                .help
                .iter()
                .map(|help| format!("  {help}\n"))
                .collect();
            format!("{text}{}: {}\n{help}", finding.rule, finding.message)
        })
    }

    pub(super) fn first_line(&self) -> String {
        self.told().lines().next().unwrap_or("").to_owned()
    }

    pub(super) fn marks_called_for(&self) -> Marks {
        self.judged(called_for)
    }

    fn judged<T>(&self, ask: impl FnOnce(&Judged<'_>) -> T) -> T {
        let down = self.down.as_ref().map(|_| match self.down_is_rust {
            true => Code::Rust,
            false => Code::Sql(""),
        });
        let subject = Subject {
            up: Code::Sql(""),
            down,
            marks: &self.marks,
            style: self.style,
        };
        let inverse = self.inverse.as_ref().map(|(sql, is_lossy)| Inverse {
            sql,
            is_lossy: *is_lossy,
            narrows: &self.narrows,
            gaps: &[],
        });
        let downs = match self.down_is_rust {
            true => &[],
            false => self.down.as_slice(),
        };
        ask(&Judged {
            subject: &subject,
            up: std::slice::from_ref(&self.up),
            down: downs,
            up_acts: self.up_acts,
            down_acts: self.down_acts,
            facts: &[],
            inverse,
            stuck: &[],
            weights: &super::Weights::of(&subject, std::slice::from_ref(&self.up), downs),
        })
    }
}

/// A migration in a rule's documentation: `-- up`, the up's file, `-- down`, the down's file.
pub(super) struct Example {
    dialect: Dialect,
    /// What earlier migrations did; where it is empty, nothing is known of them.
    before: String,
    /// None where it begins with the down.
    up: Option<String>,
    down: Option<String>,
}

/// The blocks of SQL in `markdown`.
pub(super) fn examples(markdown: &str) -> Vec<Example> {
    markdown
        .split("```sql\n")
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .map(|sql| {
            let (dialect, sql) = match sql.strip_prefix("-- on postgres\n") {
                Some(sql) => (Dialect::Postgres, sql),
                None => (Dialect::Sqlite, sql),
            };
            let (before, sql) = match sql.strip_prefix("-- before\n") {
                Some(sql) => sql.split_once("-- up\n").unwrap_or((sql, "")),
                None => ("", sql),
            };
            let sql = sql.trim_start_matches("-- up\n");
            let (up, down) = match sql.split_once("-- down\n") {
                Some(("", down)) => (None, Some(down)),
                Some((up, down)) => (Some(up), Some(down)),
                None => (Some(sql), None),
            };
            Example {
                dialect,
                before: before.to_owned(),
                up: up.map(str::to_owned),
                down: down.map(str::to_owned),
            }
        })
        .collect()
}

impl Example {
    /// What is found in it.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let header = |sql: &str| header::read(sql).0;
        let up = self.up.as_deref();
        let head = up.map(header).unwrap_or_default();
        let marks = Header::of_pair(head, self.down.as_deref().map(header)).marks;
        let subject = Subject {
            up: up.map_or(Code::Missing, Code::Sql),
            down: self.down.as_deref().map(Code::Sql),
            marks: &marks,
            style: Style::Header,
        };
        let mut schema = [Schema::unknown()];
        if !self.before.is_empty() {
            schema = [Schema::empty()];
            let earlier = Subject {
                up: Code::Sql(&self.before),
                down: None,
                ..subject
            };
            let _ = check(&earlier, &[self.dialect], &mut schema);
        }
        check(&subject, &[self.dialect], &mut schema).findings
    }
}

/// An analysis that found nothing.
pub(super) fn analysis(dialect: Dialect) -> Analysis {
    Analysis {
        dialect,
        verdict: Verdict::Lossless,
        losses: Vec::new(),
        unknowns: Vec::new(),
        statements: Vec::new(),
        touches: Vec::new(),
        changes: Vec::new(),
        routines: Vec::new(),
        renames: Vec::new(),
        named: Vec::new(),
        adds: Vec::new(),
        places: false,
        fills: Vec::new(),
        bounds: Vec::new(),
    }
}

impl Analysis {
    pub(super) fn losing(mut self, loss: Loss) -> Analysis {
        self.losses.push(loss);
        if self.verdict == Verdict::Lossless {
            self.verdict = Verdict::Lossy;
        }
        self
    }

    fn unknown(mut self, reason: &str) -> Analysis {
        self.unknowns.push(Unknown {
            reason: reason.to_owned(),
            statement: 0,
            span: Span::default(),
            type_before: None,
        });
        self.verdict = Verdict::Unknown;
        self
    }
}

/// The loss of what came since the up.
pub(super) fn loss(object: &str, kind: LossKind) -> Loss {
    let (table, column) = match object.split_once('.') {
        Some((table, column)) => (table, Some(column.to_owned())),
        None => (object, None),
    };
    Loss {
        object: Object {
            schema: None,
            table: table.to_owned(),
            column,
        },
        kind,
        age: Age::SinceUp,
        statement: 0,
        span: Span::default(),
    }
}

/// The loss of data that was there before.
pub(super) fn older(object: &str, kind: LossKind) -> Loss {
    Loss {
        age: Age::Older,
        ..loss(object, kind)
    }
}
