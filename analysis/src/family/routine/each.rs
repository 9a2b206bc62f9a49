//! Which rows does a body write, one for each that it is run for?
//!
//! `FOR r IN SELECT a, b FROM t LOOP INSERT INTO u VALUES (r.a, r.b)` is `INSERT INTO u SELECT a, b FROM t`, and a trigger
//! that inserts `OLD.a` for each row which is deleted does the same with those rows.

use crate::Dialect;
use crate::act::{
    Act, Branch, Delete, From, Insert, Join, Output, Query, Rows, Runs, Source, Step, Value,
};
use crate::family::Script;
use crate::family::cursor::{Cursor, ident, whole};
use crate::lex::Token;

impl Script<'_> {
    /// What a `FOR` inserts of each row of its query. `head` begins with the row's name, and `body` ends with the loop.
    pub(in crate::family) fn for_each(
        &mut self,
        head: Cursor<'_>,
        body: &[Token],
        steps: &mut [Step],
    ) -> Vec<Step> {
        let mut head = head;
        let (Dialect::Postgres, Some(row)) = (self.dialect, head.ident()) else {
            return Vec::new();
        };
        // Where the loop may be left, or the row be changed, not each of them is written as it was.
        let leaves = |token: &Token| {
            let words = ["EXIT", "RETURN", "INTO"];
            words.iter().any(|word| token.is_word(self.sql, word))
        };
        let inserts = |pair: &[Token]| {
            pair[0].is_word(self.sql, "INSERT") && pair[1].is_word(self.sql, "INTO")
        };
        let left = body.iter().filter(|token| leaves(token)).count();
        let left = left - body.windows(2).filter(|pair| inserts(pair)).count();
        if !head.eat("IN") || left > 0 || self.is_changed(&row, body, |_| false) {
            return Vec::new();
        }
        let start = head.at;
        head.skip_to(&["LOOP"]);
        let range = Cursor::new(self.dialect, self.sql, &head.tokens[start..head.at]);
        if !range.sees_any(&["SELECT", "WITH", "DELETE"]) {
            return Vec::new();
        }
        let read = self.leaf(range.tokens);
        let [Step { act, .. }] = read.as_slice() else {
            return Vec::new();
        };
        let query = match act {
            Act::Select(query) => query.clone(),
            Act::Delete(delete) => match returned(delete) {
                Some(query) => Box::new(query),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let source = Source {
            what: From::Query(query),
            alias: Some(row.clone()),
            join: Join::Product,
            on: Vec::new(),
        };
        let [
            Step {
                act:
                    Act::Block {
                        runs: Runs::Repeatedly,
                        steps,
                    },
                ..
            },
        ] = steps
        else {
            return Vec::new();
        };
        of_each(steps, &row, &source)
    }

    /// `WHILE EXISTS (SELECT 1 FROM t)`: nothing is left of the table where the loop ends by itself.
    pub(in crate::family) fn emptied(&self, asked: &[Token], body: &[Token]) -> Option<Step> {
        let (table, column) = self.asked_for_any(asked)?;
        let left = self.has_any_word(body, &["EXIT", "RETURN", "LEAVE", "SIGNAL"]);
        // What a ROLLBACK undoes comes back.
        let undone = self.has_any_word(body, &["START", "ROLLBACK", "AUTOCOMMIT"]);
        let deletes = (0..body.len()).any(|at| {
            let mut cursor = Cursor::new(self.dialect, self.sql, &body[at..]);
            let deletes = cursor.eat("DELETE FROM");
            deletes && cursor.name().is_some_and(|name| name == table)
        });
        (column.is_none() && deletes && !left && !undone).then(|| Step {
            act: Act::Emptied(table, None),
            span: whole(asked),
        })
    }

    pub(super) fn has_any_word(&self, tokens: &[Token], words: &[&str]) -> bool {
        let is_one = |token: &Token| words.iter().any(|word| token.is_word(self.sql, word));
        tokens.iter().any(is_one)
    }

    /// The steps of a trigger's body, and before them what it inserts of the row that it is fired for, which nothing changes.
    pub(in crate::family) fn of_row(&self, tokens: &[Token], mut steps: Vec<Step>) -> Vec<Step> {
        if self.is_triggers {
            steps.splice(..0, self.row_put(tokens));
        }
        let changed = match self.dialect {
            Dialect::Postgres => self.is_changed("old", tokens, |_| false),
            // `RAISE(IGNORE)` leaves what stands behind it undone.
            Dialect::Sqlite => {
                let words = |words: &[Token]| {
                    words[0].is_word(self.sql, "RAISE") && words[2].is_word(self.sql, "IGNORE")
                };
                tokens.windows(3).any(words)
            }
            Dialect::MySql => false,
        };
        if changed {
            return steps;
        }
        let source = Source {
            what: From::Row("old".to_owned()),
            alias: Some("old".to_owned()),
            join: Join::Product,
            on: Vec::new(),
        };
        let mut first = of_each(&mut steps, "old", &source);
        first.append(&mut steps);
        first
    }

    /// Whether a body of PostgreSQL may give a row or variable another value, or its name to something else. What is set at a place that
    /// is `minded` elsewhere does not count.
    pub(in crate::family) fn is_changed(
        &self,
        own: &str,
        body: &[Token],
        minded: impl Fn(usize) -> bool,
    ) -> bool {
        let named = |token: &Token| {
            let name = ident(self.dialect, self.sql, *token);
            name.is_some_and(|name| name == own)
        };
        let word = |at: usize, word| body[at].is_word(self.sql, word);
        let sign = |at: usize, sign| body[at].is_symbol(self.sql, sign);
        // Within which of them a token stands, each up to where it ends.
        let (mut declares, mut loops, mut hands) = (false, false, false);
        for at in 0..body.len() {
            let ends = sign(at, ";");
            declares = (declares || word(at, "DECLARE")) && !word(at, "BEGIN");
            // `FOR r IN`, and `a ALIAS FOR r`.
            loops = (loops || word(at, "FOR") || word(at, "FOREACH")) && !ends && !word(at, "IN");
            hands = (hands || word(at, "CALL") || word(at, "GET")) && !ends;
            if !named(&body[at]) {
                continue;
            }
            let first = at.checked_sub(1).is_none_or(|before| {
                let heads = ["THEN", "ELSE", "LOOP", "BEGIN", "DECLARE"];
                let signs = [";", ".", ">"];
                heads.iter().any(|head| word(before, head))
                    || signs.iter().any(|of| sign(before, of))
            });
            let is_set = self.assigned(&body[at..]).is_some_and(|value| {
                // Elsewhere `=` compares.
                let behind = body.len() - value.len();
                first || sign(behind - 1, ":=")
            });
            let is_set = is_set && !minded(at);
            if is_set || loops || hands || (declares && first) {
                return true;
            }
        }
        let cursor = Cursor::new(self.dialect, self.sql, body);
        self.paths_behind_into(cursor).iter().flatten().any(named)
    }
}

/// The rows that a DELETE of one table returns, as they are before it.
fn returned(delete: &Delete) -> Option<Query> {
    let (_, output) = delete.returning.as_ref()?;
    let branch = Branch {
        output: output.clone(),
        from: vec![Source {
            what: From::Table(delete.table.clone()),
            alias: delete.alias.clone(),
            join: Join::Product,
            on: Vec::new(),
        }],
        filter: delete.filter.clone(),
        ..Branch::default()
    };
    let query = Query {
        branches: vec![branch],
        ..Query::default()
    };
    (delete.using.is_empty() && !delete.limited).then_some(query)
}

/// The inserts among `steps` that write nothing but `row` and constants, as what they write of each row of `source`.
fn of_each(steps: &mut [Step], row: &str, source: &Source) -> Vec<Step> {
    let inserts = steps.iter_mut().filter_map(|step| {
        let Act::Insert(insert) = &mut step.act else {
            return None;
        };
        let output = written(insert, row)?;
        let mut insert = insert.clone();
        let branch = Branch {
            output,
            from: vec![source.clone()],
            ..Branch::default()
        };
        insert.rows = Rows::Query(Query {
            branches: vec![branch],
            ..Query::default()
        });
        Some(Step {
            act: Act::Insert(insert),
            span: step.span,
        })
    });
    inserts.collect()
}

/// Whether a query of no table yields its one row whatever happens.
fn gives_one(query: &Query, branch: &Branch) -> bool {
    let asks = branch.filter.is_some() || branch.may_fold() || query.limited;
    branch.from.is_empty() && query.with.is_empty() && !asks
}

/// What an insert of one row writes, where something of it is the row's called `row`.
fn written(insert: &Insert, row: &str) -> Option<Vec<Output>> {
    let output = match &insert.rows {
        Rows::Values(rows) => match rows.as_slice() {
            [only] => only
                .iter()
                .map(|value| Output::Value {
                    value: value.clone(),
                    name: None,
                })
                .collect(),
            _ => return None,
        },
        Rows::Query(query) => match query.branches.as_slice() {
            [branch] if gives_one(query, branch) => branch.output.clone(),
            _ => return None,
        },
        Rows::Outside => return None,
    };
    let mut output: Vec<Output> = output;
    let mut some = false;
    for output in &mut output {
        match output {
            Output::All(of) => {
                let of = of.as_ref()?;
                some |= of.eq_ignore_ascii_case(row);
            }
            Output::Value { value, .. } => value.each_column(&mut |value| {
                let own =
                    matches!(value, Value::Column(Some(of), _) if of.eq_ignore_ascii_case(row));
                some |= own;
                if !own {
                    // A variable.
                    *value = Value::computed();
                }
            }),
        }
    }
    some.then_some(output)
}
