//! Which SQL does a statement run that is built at run time?
//!
//! MySQL's migrations say "drop it if it is there" by choosing between two texts: `SET @s = IF(…, 'SELECT 1', 'ALTER
//! TABLE …'); PREPARE p FROM @s; EXECUTE p`. Both texts stand in the script, so both are judged.

pub(super) mod assemble;
mod locals;
pub(super) mod texts;

use std::cell::Cell;
use std::collections::HashMap;

use self::texts::{DATABASE, MOST, Texts};
use super::Script;
use super::cursor::Cursor;
use super::unknown;
use crate::Dialect;
use crate::act::{Act, Assigned, HOLE, Runs, Scope, Step, takes};
use crate::lex::{Kind, Token, lex};

/// What the session holds.
#[derive(Default)]
pub(super) struct Dynamic {
    pub(super) variables: HashMap<String, Texts>,
    /// The variables of PostgreSQL that hold a list of texts since they were declared.
    pub(super) lists: HashMap<String, Vec<String>>,
    prepared: HashMap<String, Texts>,
    /// The parameters of the procedure that is followed.
    pub(super) arguments: HashMap<String, Texts>,
    /// The procedures that the script defines.
    procedures: HashMap<String, Procedure>,
    /// Whether the expression at hand is that of a query over the catalogs of MySQL.
    catalog: Cell<bool>,
    /// How many calls have been followed; a long body counts for several.
    calls: usize,
    /// How much text has been run.
    run: Cell<usize>,
}

/// A procedure of MySQL, to be followed anew for the arguments of each call.
pub(super) struct Procedure {
    pub(super) parameters: Vec<String>,
    /// Of each the constants that its type takes as they are, where they are short.
    pub(super) take: Vec<Option<Kind>>,
    pub(super) body: Vec<Token>,
}

/// What variables and prepared statements hold at one point.
pub(super) struct Held {
    variables: HashMap<String, Texts>,
    prepared: HashMap<String, Texts>,
}

impl Dynamic {
    pub(super) fn set(&mut self, name: String, texts: Texts) {
        self.lists.remove(&name);
        insert(&mut self.variables, name, texts);
    }

    pub(super) fn forget(&mut self, name: &str) {
        self.lists.remove(name);
        self.variables.remove(name);
    }

    pub(super) fn forget_all(&mut self) {
        self.lists.clear();
        self.variables.clear();
    }

    pub(super) fn held(&self) -> Held {
        Held {
            variables: self.variables.clone(),
            prepared: self.prepared.clone(),
        }
    }

    /// Takes each name for holding what it holds now or what it held then.
    pub(super) fn merge(&mut self, then: Held) {
        merge(&mut self.variables, then.variables);
        merge(&mut self.prepared, then.prepared);
    }
}

/// A name too many is not followed, nor a text too much: what it holds is not known.
fn insert(held: &mut HashMap<String, Texts>, name: String, texts: Texts) {
    let others = held.iter().filter(|(other, _)| **other != name);
    let others: usize = others.map(|(_, texts)| size(texts)).sum();
    let has_room = others + size(&texts) <= HELD;
    if held.len() < NAMES || held.contains_key(&name) {
        held.insert(name, texts.filter(|_| has_room));
    }
}

/// How many bytes there are of all of the texts.
fn size(texts: &Texts) -> usize {
    texts.iter().flatten().map(String::len).sum()
}

fn merge(now: &mut HashMap<String, Texts>, then: HashMap<String, Texts>) {
    for (name, before) in then {
        // What is no longer known of may hold anything.
        let after = now.remove(&name).flatten();
        now.insert(name, either(before, after));
    }
}

fn either(before: Texts, after: Texts) -> Texts {
    match (before, after) {
        (Some(before), Some(after)) if before == after => Some(after),
        (Some(before), Some(after)) if before.len() + after.len() <= MOST => {
            Some([before, after].concat())
        }
        _ => None,
    }
}

/// Whether a query always has a row: one of no table, or a count.
fn one_row(query: Cursor<'_>) -> bool {
    let mut from = query;
    let counts = ["COUNT", "MAX", "MIN", "SUM", "GROUP_CONCAT"];
    let selects = query.tokens[query.at..].iter();
    let is_count = |token: &Token| counts.iter().any(|word| token.is_word(query.sql, word));
    !from.skip_to(&["FROM"])
        || (selects.take(from.at - query.at).any(is_count)
            && !query.holds("GROUP")
            && !query.holds("HAVING"))
}

/// How many names are followed. Each branch of a body compares what they hold.
const NAMES: usize = 64;

/// How many bytes of text they hold together: each branch of a body copies what they hold.
const HELD: usize = 1 << 17;

/// How many calls are followed; procedures that call each other twice would double the work each time.
const CALLS: usize = 256;

/// How many tokens of a body are as much as one call.
const BODY: usize = 1_000;

/// How many bytes of text are run: a long one that is run time and again is read each time.
const RUN: usize = 1_000_000;

impl Script<'_> {
    /// What a statement asks for that sets, prepares or runs SQL as text; none if it does not.
    pub(super) fn dynamic(&mut self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        if self.dialect == Dialect::Sqlite {
            return None;
        }
        if self.dialect == Dialect::MySql {
            if cursor.sees("SET") {
                return self.set(cursor);
            }
            if cursor.sees("SELECT")
                && cursor.holds("INTO")
                && let Some(steps) = self.select_into(cursor)
            {
                return Some(steps);
            }
            if cursor.sees("CALL")
                && let Some(steps) = self.call(cursor)
            {
                return Some(steps);
            }
            self.forget_assigned(cursor);
        }
        if cursor.eat_any(&["DEALLOCATE PREPARE", "DROP PREPARE", "DEALLOCATE"]) {
            return Some(cursor.step(Act::Inert));
        }
        if cursor.eat("PREPARE") && !cursor.sees("TRANSACTION") {
            let name = cursor.ident()?.to_lowercase();
            cursor.parentheses();
            let texts = if cursor.eat("FROM") {
                self.texts(cursor.rest())
            } else if cursor.eat("AS") {
                let rest = super::cursor::whole(cursor.rest());
                Some(vec![rest.of(self.sql).to_owned()])
            } else {
                return None;
            };
            insert(&mut self.dynamic.prepared, name, texts);
            return Some(cursor.step(Act::Inert));
        }
        if cursor.eat("EXECUTE IMMEDIATE") {
            let using = cursor;
            cursor = self.without_using(cursor);
            let texts = self.texts(cursor.rest());
            let texts = texts.map(|texts| self.filled_in(using, texts));
            return Some(self.execute(cursor, texts));
        }
        if cursor.eat("EXECUTE") {
            let name = cursor.ident()?.to_lowercase();
            let texts = self.dynamic.prepared.get(&name).cloned().flatten();
            let texts = texts.map(|texts| self.filled_in(cursor, texts));
            return Some(self.execute(cursor, texts));
        }
        None
    }

    /// Notes a procedure, and says what its body asks for whatever it is called with. Nothing in it happens yet.
    pub(super) fn define(&mut self, name: &str, procedure: Procedure) -> Vec<Step> {
        let before = self.dynamic.held();
        let parameters = procedure.parameters.iter();
        let parameters = parameters.map(|name| (name.clone(), None)).collect();
        let outer = std::mem::replace(&mut self.dynamic.arguments, parameters);
        let steps = self.procedure(&procedure.body);
        self.dynamic.arguments = outer;
        (self.dynamic.variables, self.dynamic.prepared) = (before.variables, before.prepared);
        self.dynamic
            .procedures
            .insert(name.to_lowercase(), procedure);
        steps
    }

    /// What a body asks for that runs in a session of its own, which knows nothing of this one's variables.
    pub(super) fn apart(&mut self, body: &[Token]) -> Vec<Step> {
        let ours = self.dynamic.held();
        self.dynamic.variables.clear();
        self.dynamic.prepared.clear();
        let steps = self.procedure(body);
        (self.dynamic.variables, self.dynamic.prepared) = (ours.variables, ours.prepared);
        steps
    }

    /// What a call of one of the script's own procedures asks for.
    fn call(&mut self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        cursor.eat("CALL");
        let name = cursor.name()?.name.to_lowercase();
        self.dynamic.calls += 1;
        if self.dynamic.calls > CALLS {
            return None;
        }
        let given = cursor.parentheses().unwrap_or(&[]);
        let given = Cursor::new(self.dialect, self.sql, given).list();
        let constants: Vec<_> = given
            .iter()
            .map(|value| super::parts::constant(self.sql, value))
            .collect();
        // Taken out while it is followed, so that none is followed within itself.
        let procedure = self.dynamic.procedures.remove(&name)?;
        self.dynamic.calls += procedure.body.len() / BODY;
        let parameters = procedure.parameters.iter().zip(&procedure.take);
        let assigned = parameters
            .zip(constants)
            .map(|((name, take), constant)| Assigned {
                name: name.clone(),
                constant: constant.filter(|constant| takes(*take, constant)),
                scope: Scope::Begins,
            });
        let mut steps = cursor.step(Act::Assign(assigned.collect()));
        let arguments = procedure.parameters.iter().zip(given);
        let arguments = arguments.map(|(name, value)| (name.clone(), self.texts(value)));
        let arguments = arguments.collect();
        let outer = std::mem::replace(&mut self.dynamic.arguments, arguments);
        steps.extend(self.procedure(&procedure.body));
        self.dynamic.arguments = outer;
        // Afterwards the names are those of whoever called.
        let names = procedure.parameters.iter().cloned().map(Assigned::anew);
        let names = names.map(|name| name.at(Scope::Ends)).collect();
        steps.extend(cursor.step(Act::Assign(names)));
        self.dynamic.procedures.insert(name, procedure);
        super::place(&mut steps, cursor.whole());
        Some(steps)
    }

    /// What running one of `texts` asks for.
    pub(super) fn execute(&self, cursor: Cursor<'_>, texts: Texts) -> Vec<Step> {
        let span = cursor.whole();
        let Some(texts) = texts else {
            return vec![unknown(span, "the SQL is built at run time")];
        };
        let either = texts.len() > 1;
        let mut steps = Vec::new();
        let run = self.dynamic.run.get() + texts.iter().map(String::len).sum::<usize>();
        self.dynamic.run.set(run);
        if run > RUN + self.sql.len() {
            return vec![unknown(
                span,
                "more SQL is run as text than can be followed",
            )];
        }
        for text in texts {
            let text = text
                .replace(&format!("`{DATABASE}`."), "")
                .replace(&format!("{DATABASE}."), "");
            let others = match text.contains(HOLE) {
                true => self
                    .with_any_name(&text, span)
                    .unwrap_or_else(|| vec![unknown(span, "the SQL is built at run time")]),
                false => self.other(&text, span),
            };
            if either {
                steps.push(Step {
                    act: Act::Block {
                        runs: Runs::Perhaps,
                        steps: others,
                    },
                    span,
                });
            } else {
                steps.extend(others);
            }
        }
        steps
    }

    /// The texts with what stands behind USING in the place of their question marks.
    fn filled_in(&self, mut cursor: Cursor<'_>, texts: Vec<String>) -> Vec<String> {
        if self.dialect != Dialect::MySql || !cursor.skip_to(&["USING"]) {
            return texts;
        }
        cursor.eat("USING");
        let given = cursor.list();
        let fill = |text: String| {
            let mut given = given.iter();
            let (mut filled, mut end) = (String::new(), 0);
            for token in lex(&text, self.dialect) {
                let mark = token.kind == Kind::Parameter && token.text(&text) == "?";
                if let Some(value) = mark.then(|| given.next()).flatten() {
                    filled += &text[end..token.span.start as usize];
                    let value = match value {
                        [_] => super::plain(self.sql, value),
                        _ => format!("({})", super::plain(self.sql, value)),
                    };
                    filled += &value;
                    end = token.span.end as usize;
                }
            }
            filled + &text[end..]
        };
        texts.into_iter().map(fill).collect()
    }

    fn without_using<'c>(&self, cursor: Cursor<'c>) -> Cursor<'c> {
        let mut end = cursor;
        end.skip_to(&["USING", "INTO"]);
        Cursor {
            tokens: &cursor.tokens[..end.at],
            ..cursor
        }
    }

    /// `SET @name = expression, …` where every variable is the user's own.
    fn set(&mut self, mut cursor: Cursor<'_>) -> Option<Vec<Step>> {
        cursor.eat("SET");
        let items = cursor.list();
        let set: Option<Vec<_>> = items.iter().map(|item| self.user_variable(item)).collect();
        let within = |(_, value): &(String, &[Token])| {
            value.iter().any(|token| token.is_symbol(self.sql, ":="))
        };
        let Some(set) = set.filter(|set| !set.iter().any(within)) else {
            for token in cursor
                .tokens
                .iter()
                .filter(|token| token.kind == Kind::Parameter)
            {
                self.dynamic
                    .variables
                    .remove(&token.text(self.sql).to_lowercase());
            }
            return None;
        };
        let mut steps = Vec::new();
        for (name, value) in set {
            steps.extend(self.expression(value));
            let texts = self.texts(value);
            self.dynamic.set(name, texts);
        }
        if steps.is_empty() {
            steps = cursor.step(Act::Inert);
        }
        Some(steps)
    }

    /// The name and value of `@name = value`.
    fn user_variable<'t>(&self, item: &'t [Token]) -> Option<(String, &'t [Token])> {
        let [name, equals, value @ ..] = item else {
            return None;
        };
        let text = name.text(self.sql);
        let own = name.kind == Kind::Parameter && text.starts_with('@') && !text.starts_with("@@");
        let equals = equals.is_symbol(self.sql, "=") || equals.is_symbol(self.sql, ":=");
        (own && equals).then(|| (text.to_lowercase(), value))
    }

    /// Forgets every variable that a statement may set in another way than is followed here.
    fn forget_assigned(&mut self, cursor: Cursor<'_>) {
        if cursor.sees("CALL") {
            // The routine may set any.
            self.dynamic.variables.clear();
        }
        let sign =
            |token: &Token| token.is_symbol(self.sql, ":=") || token.is_symbol(self.sql, ":");
        let sets = cursor.holds("INTO") || cursor.tokens.iter().any(sign);
        if sets || cursor.sees_any(&["GET", "FETCH", "LOAD"]) {
            let named = cursor
                .tokens
                .iter()
                .filter(|token| token.kind == Kind::Parameter);
            for token in named {
                self.dynamic
                    .variables
                    .remove(&token.text(self.sql).to_lowercase());
            }
        }
    }

    /// `SELECT expression INTO @name …`.
    fn select_into(&mut self, cursor: Cursor<'_>) -> Option<Vec<Step>> {
        let mut head = cursor;
        if !head.skip_to(&["INTO"]) {
            return None;
        }
        let into = head.at;
        let [_, name, rest @ ..] = head.rest() else {
            return None;
        };
        if name.kind != Kind::Parameter
            || rest
                .first()
                .is_some_and(|token| token.is_symbol(self.sql, ","))
        {
            // Several at once: what they hold is of no use as SQL.
            return None;
        }
        let mut value = cursor;
        value.eat("SELECT");
        let texts = self.texts_of_query(value, 0);
        let name = name.text(self.sql).to_lowercase();
        let texts = match one_row(value) {
            true => texts,
            // Of no row it keeps what it held.
            false => match self.dynamic.variables.get(&name) {
                Some(before) => either(before.clone(), texts),
                None => texts,
            },
        };
        self.dynamic.set(name, texts);
        let query = [&cursor.tokens[..into], rest].concat();
        Some(self.statement(&query))
    }
}
