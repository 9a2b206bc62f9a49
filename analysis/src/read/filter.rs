//! Which rows does a condition meet?

use sqlparser::ast::{BinaryOperator, Expr, Value as Literal};

use super::Reader;
use super::member::conjunction;
use super::operator::depth;
use crate::Dialect;
use crate::act::{Bound, Filter, Picks, Value};

/// How constants compare: equal ones, and whole numbers.
fn constants(a: &str, op: &BinaryOperator, b: &str) -> Picks {
    use BinaryOperator::{Eq, NotEq};
    let numbers = a.parse::<i64>().is_ok() && b.parse::<i64>().is_ok();
    match op {
        Eq if a == b => Picks::All,
        Eq if numbers => Picks::None,
        NotEq if numbers && a != b => Picks::All,
        NotEq if numbers => Picks::None,
        _ => Picks::Some,
    }
}

impl Reader<'_> {
    /// The condition `expr` on rows of the table or tables known by `names`, which are left out of its text.
    pub(super) fn filter(&self, expr: &Expr, names: &[&str]) -> Filter {
        let contents = self.inspect(expr);
        let mut tables = Vec::new();
        let mut calls = contents.calls;
        for query in contents.queries {
            let query = self.query(query);
            calls.extend(query.calls.iter().cloned());
            tables.extend(super::query::tables(&query));
        }
        let text = expr.to_string();
        let mut whole = Vec::new();
        Filter {
            clock: super::clock::clock(self.dialect, &text),
            text: self.normalized(&text, names),
            reads: contents.reads,
            keys: self.keys(expr, &mut whole),
            whole,
            picks: self.picks(expr),
            bounds: self.bounds(expr),
            filled: self.filled(expr, names),
            met: self.met(expr, names),
            present: self.present(expr, names),
            absent: self.absent(expr, names),
            choice: self.chosen(expr, names),
            member: self.member(expr, names),
            children: self.children(expr, names).map(Box::new),
            asked: self.asks_others(expr),
            tables,
            calls,
            volatile: contents.volatile,
        }
    }

    fn bounds(&self, expr: &Expr) -> Vec<Bound> {
        use BinaryOperator::{Gt, GtEq, Lt, LtEq};
        let bound = |part: &Expr| {
            let Expr::BinaryOp { left, op, right } = part else {
                return None;
            };
            let (greater, less) = (matches!(op, Gt | GtEq), matches!(op, Lt | LtEq));
            let (column, up) = match (self.value(left), self.value(right)) {
                (Value::Column(_, column), bound) if bound.is_constant() => (column, greater),
                (bound, Value::Column(_, column)) if bound.is_constant() => (column, less),
                _ => return None,
            };
            (greater || less).then_some(Bound { column, up })
        };
        conjunction(expr).into_iter().filter_map(bound).collect()
    }

    fn picks(&self, expr: &Expr) -> Picks {
        match expr {
            Expr::Nested(inner) => self.picks(inner),
            Expr::Value(value) => match &value.value {
                Literal::Boolean(true) => Picks::All,
                Literal::Boolean(false) | Literal::Null => Picks::None,
                Literal::Number(text, _) if text == "1" => Picks::All,
                Literal::Number(text, _) if text == "0" => Picks::None,
                _ => Picks::Some,
            },
            Expr::BinaryOp { left, op, right } => self.compared(left, op, right),
            _ => Picks::Some,
        }
    }

    fn compared(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Picks {
        use BinaryOperator::{And, Eq, Gt, GtEq, Lt, LtEq, NotEq, Or};
        match op {
            And => match (self.picks(left), self.picks(right)) {
                (Picks::None, _) | (_, Picks::None) => Picks::None,
                (Picks::All, Picks::All) => Picks::All,
                _ => Picks::Some,
            },
            Or => match (self.picks(left), self.picks(right)) {
                (Picks::All, _) | (_, Picks::All) => Picks::All,
                (Picks::None, Picks::None) => Picks::None,
                _ => Picks::Some,
            },
            Eq | NotEq | Gt | GtEq | Lt | LtEq => match (self.value(left), self.value(right)) {
                // Nothing compares with NULL, not even NULL.
                (Value::Null, _) | (_, Value::Null) => Picks::None,
                (Value::Constant(a), Value::Constant(b)) => constants(&a, op, &b),
                _ => Picks::Some,
            },
            _ => Picks::Some,
        }
    }

    /// The rows as sets of `column = constant`, where the condition is nothing else.
    fn keys(&self, expr: &Expr, whole: &mut Vec<String>) -> Option<Vec<Vec<(String, String)>>> {
        const MOST: usize = 4096;
        match expr {
            Expr::Nested(inner) => self.keys(inner, whole),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq | BinaryOperator::Spaceship,
                right,
            } => {
                let pair = self.pair(left, right).or_else(|| self.pair(right, left))?;
                Some(vec![vec![pair]])
            }
            Expr::InList {
                expr,
                list,
                negated: false,
            } => match &**expr {
                Expr::Tuple(columns) => list
                    .iter()
                    .map(|row| match row {
                        Expr::Tuple(values) if values.len() == columns.len() => columns
                            .iter()
                            .zip(values)
                            .map(|(c, v)| self.pair(c, v))
                            .collect(),
                        _ => None,
                    })
                    .collect(),
                column => self.among(column, list),
            },
            Expr::AnyOp {
                left,
                compare_op: BinaryOperator::Eq,
                right,
                ..
            } => match &**right {
                Expr::Array(array) => self.among(left, &array.elem),
                _ => None,
            },
            Expr::Between {
                expr,
                negated: false,
                low,
                high,
            } => self.range(expr, low, high, whole),
            Expr::BinaryOp {
                op: BinaryOperator::And,
                left,
                right,
            } => {
                if depth(left) > 64 {
                    return None;
                }
                let (left, right) = (self.keys(left, whole)?, self.keys(right, whole)?);
                if left.len().checked_mul(right.len())? > MOST {
                    return None;
                }
                let join = |a: &Vec<(String, String)>| {
                    right
                        .iter()
                        .map(|b| a.iter().chain(b).cloned().collect())
                        .collect::<Vec<_>>()
                };
                Some(left.iter().flat_map(join).collect())
            }
            Expr::BinaryOp {
                op: BinaryOperator::Or,
                left,
                right,
            } => {
                let mut all = self.keys(right, whole)?;
                let mut rest = &**left;
                loop {
                    if all.len() > MOST {
                        return None;
                    }
                    match rest {
                        Expr::BinaryOp {
                            op: BinaryOperator::Or,
                            left,
                            right,
                        } => {
                            all.extend(self.keys(right, whole)?);
                            rest = left;
                        }
                        last => {
                            if depth(last) > 64 {
                                return None;
                            }
                            all.extend(self.keys(last, whole)?);
                            return Some(all);
                        }
                    }
                }
            }
            _ => None,
        }
    }

    /// `column BETWEEN 1 AND 3`, as the whole numbers in between.
    fn range(
        &self,
        column: &Expr,
        low: &Expr,
        high: &Expr,
        whole: &mut Vec<String>,
    ) -> Option<Vec<Vec<(String, String)>>> {
        const MOST: i64 = 256;
        let Value::Column(_, column) = self.value(column) else {
            return None;
        };
        let number = |expr| match self.value(expr) {
            Value::Constant(text) => text.parse::<i64>().ok(),
            _ => None,
        };
        let (low, high) = (number(low)?, number(high)?);
        let few = high.checked_sub(low).is_some_and(|size| size < MOST);
        let keys = |number: i64| vec![(column.clone(), number.to_string())];
        whole.push(column.clone());
        few.then(|| (low..=high).map(keys).collect())
    }

    /// `column IN (values)`.
    fn among(&self, column: &Expr, values: &[Expr]) -> Option<Vec<Vec<(String, String)>>> {
        let pair = |value| Some(vec![self.pair(column, value)?]);
        values.iter().map(pair).collect()
    }

    fn pair(&self, column: &Expr, value: &Expr) -> Option<(String, String)> {
        match self.value(column) {
            Value::Column(_, column) => Some((column, self.value(value).spelled()?)),
            _ => None,
        }
    }

    /// `text` in one spelling: lower case and without quotes around names outside of strings, and without `name.` for
    /// each of `names`. What stands in double quotes may be another name where it is written otherwise, or a text.
    pub(super) fn normalized(&self, text: &str, names: &[&str]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut word = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c.is_alphanumeric() || c == '_' || c == '$' {
                word.push(c.to_ascii_lowercase());
                continue;
            }
            if c == '.' && names.iter().any(|name| name.eq_ignore_ascii_case(&word)) {
                word.clear();
                continue;
            }
            let rest = chars.as_str();
            let quoted = (c == '"').then(|| rest.split('"').next().unwrap_or(rest));
            if let Some(name) = quoted.filter(|name| self.is_but_a_name(name)) {
                word.push_str(name);
                chars = rest[name.len()..].chars();
                chars.next();
                continue;
            }
            out.push_str(&word);
            word.clear();
            match c {
                '\'' | '"' => {
                    out.push(c);
                    for inner in chars.by_ref() {
                        out.push(inner);
                        if inner == c {
                            break;
                        }
                    }
                }
                '`' => {}
                other => out.push(other),
            }
        }
        out.push_str(&word);
        out
    }

    /// Whether double quotes around a word say nothing.
    fn is_but_a_name(&self, quoted: &str) -> bool {
        self.dialect != Dialect::MySql && !quoted.contains(|c: char| c.is_ascii_uppercase())
    }
}
