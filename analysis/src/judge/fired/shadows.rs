//! Which names in a body of MySQL mean a variable, and not the column that is called the same?
//!
//! A bare name is a variable's or parameter's wherever there is one of that name.
//! (<https://dev.mysql.com/doc/refman/8.4/en/local-variable-scope.html>)

use crate::Dialect;
use crate::act::{
    Act, Assigned, Choice, Conflict, Filter, From, Name, Output, Query, Rows, Scope, Source, Value,
    With,
};
use crate::judge::run::Run;

impl Run<'_> {
    /// Variables and parameters begin or cease to be.
    pub(in crate::judge) fn scope(&mut self, variables: &[Assigned]) {
        if self.dialect != Dialect::MySql {
            return;
        }
        for Assigned { name, scope, .. } in variables {
            match scope {
                Scope::Same => {}
                Scope::Begins => self.locals.push(name.clone()),
                Scope::Ends => {
                    if let Some(at) = self.locals.iter().rposition(|local| local == name) {
                        self.locals.remove(at);
                    }
                }
            }
        }
    }

    /// The statement with the columns that it does not read after all; none where each name means what it seems to.
    pub(in crate::judge) fn unshadowed(&self, act: &Act) -> Option<Act> {
        if self.locals.is_empty() {
            return None;
        }
        let mut tables = Vec::new();
        match act {
            Act::Insert(insert) => {
                tables.push(&insert.table);
                if let Rows::Query(query) = &insert.rows {
                    within(query, &mut tables);
                }
            }
            Act::Update(update) => {
                tables.push(&update.table);
                among(&update.from, &mut tables);
            }
            Act::Delete(delete) => {
                tables.push(&delete.table);
                among(&delete.using, &mut tables);
            }
            Act::CreateTable(new) => within(&new.source.as_ref()?.0, &mut tables),
            _ => return None,
        }
        let may_have = |name: &str| {
            tables.iter().any(|table| {
                let table = self.schema.table(&self.key(table));
                table.is_none_or(|table| table.open || table.column(self.dialect, name).is_some())
            })
        };
        let mut shadows = Shadows {
            names: self.locals.iter().filter(|name| may_have(name)).collect(),
            met: false,
        };
        if shadows.names.is_empty() {
            return None;
        }
        let mut act = act.clone();
        shadows.act(&mut act);
        shadows.met.then_some(act)
    }
}

fn within<'q>(query: &'q Query, tables: &mut Vec<&'q Name>) {
    for (_, with) in &query.with {
        if let With::Query(query) = with {
            within(query, tables);
        }
    }
    for branch in &query.branches {
        among(&branch.from, tables);
    }
}

fn among<'q>(sources: &'q [Source], tables: &mut Vec<&'q Name>) {
    for source in sources {
        match &source.what {
            From::Table(name) | From::Only(name) => tables.push(name),
            From::Query(query) => within(query, tables),
            From::Function(_) | From::Row(_) | From::Other => {}
        }
    }
}

/// The variables that hide columns.
struct Shadows<'r> {
    names: Vec<&'r String>,
    /// Whether one was met.
    met: bool,
}

impl Shadows<'_> {
    fn hides(&self, name: &str) -> bool {
        self.names.iter().any(|own| own.eq_ignore_ascii_case(name))
    }

    fn act(&mut self, act: &mut Act) {
        match act {
            Act::Insert(insert) => {
                match &mut insert.rows {
                    Rows::Values(rows) => rows.iter_mut().flatten().for_each(|one| self.value(one)),
                    Rows::Query(query) => self.query(query),
                    Rows::Outside => {}
                }
                if let Conflict::Update(sets) = &mut insert.conflict {
                    sets.iter_mut().for_each(|(_, value)| self.value(value));
                }
            }
            Act::Update(update) => {
                update
                    .sets
                    .iter_mut()
                    .for_each(|(_, value)| self.value(value));
                update
                    .filter
                    .iter_mut()
                    .for_each(|filter| self.filter(filter));
                self.sources(&mut update.from);
                let hidden = |(own, other): &(String, String)| self.hides(own) || self.hides(other);
                let fetches = update.fetches.len();
                update
                    .fetches
                    .retain(|fetch| !fetch.pairs.iter().any(hidden));
                self.met |= update.fetches.len() < fetches;
            }
            Act::Delete(delete) => {
                delete
                    .filter
                    .iter_mut()
                    .for_each(|filter| self.filter(filter));
                self.sources(&mut delete.using);
            }
            Act::CreateTable(new) => {
                new.source
                    .iter_mut()
                    .for_each(|(query, _)| self.query(query));
            }
            _ => {}
        }
    }

    fn query(&mut self, query: &mut Query) {
        for (_, with) in &mut query.with {
            if let With::Query(query) = with {
                self.query(query);
            }
        }
        for branch in &mut query.branches {
            for output in &mut branch.output {
                if let Output::Value { value, .. } = output {
                    self.value(value);
                }
            }
            self.sources(&mut branch.from);
            branch.children = None;
            branch
                .filter
                .iter_mut()
                .for_each(|filter| self.filter(filter));
        }
    }

    fn sources(&mut self, sources: &mut [Source]) {
        for source in sources {
            if let From::Query(query) = &mut source.what {
                self.query(query);
            }
        }
    }

    fn value(&mut self, value: &mut Value) {
        let mut met = false;
        value.each_column(&mut |column| {
            if let Value::Column(None, name) = column
                && self.hides(name)
            {
                *column = Value::computed();
                met = true;
            }
        });
        self.met |= met;
    }

    /// It picks the same rows as one of the same text under the same variables whose names are qualified alike, and nothing else is
    /// known of it: in `t.id = id` the column is compared, and in `id = id` nothing but the variable.
    fn filter(&mut self, filter: &mut Filter) {
        // What a sub-query in it names may be a variable too.
        filter.children = None;
        let mut bare = filter.reads.iter().filter(|(of, _)| of.is_none());
        if !bare.any(|(_, name)| self.hides(name)) {
            return;
        }
        self.met = true;
        let text = filter.text.replace(' ', "\u{0} ");
        let qualified: Vec<bool> = filter.reads.iter().map(|(of, _)| of.is_some()).collect();
        filter.text = format!("{text}\u{0}{qualified:?}");
        filter.choice = Choice {
            atom: filter.text.clone(),
            column: None,
            holds: [true, false, false],
        };
        filter.keys = None;
        filter.whole.clear();
        filter.bounds.clear();
        filter.member = None;
    }
}
