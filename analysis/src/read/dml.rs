//! Which rows does a statement write, and with which values?

use sqlparser::ast::{
    Assignment, AssignmentTarget, ConflictTarget, CopySource, Delete as DeleteSyntax, Expr,
    FromTable, Ident, Insert as InsertSyntax, Merge, MergeAction, MergeClauseKind, MergeInsertKind,
    MergeUpdateKind, ObjectName, OnConflictAction, OnInsert, Query as QuerySyntax, SelectItem,
    SetExpr, SqliteOnConflict, TableFactor, TableObject, TableWithJoins, Update as UpdateSyntax,
    UpdateTableFromKind, Values,
};

use super::Reader;
use super::member::conjunction;
use super::value::is_cut;
use crate::Dialect;
use crate::act::{
    Act, Branch, Conflict, Delete, Fetch, Filter, From, Insert, Name, Output, Query, Rows, Source,
    Step, Update, Value,
};

impl Reader<'_> {
    pub(super) fn insert(&self, insert: &InsertSyntax, steps: &mut Vec<Step>) {
        let TableObject::TableName(name) = &insert.table else {
            steps.push(self.step(Act::Unknown("it writes into a table function".into())));
            return;
        };
        let mut columns: Vec<String> = insert.columns.iter().map(|name| self.last(name)).collect();
        let rows = match &insert.source {
            None if insert.assignments.is_empty() => Rows::Values(vec![Vec::new()]),
            // MySQL's INSERT … SET.
            None => {
                let sets = self.sets(&insert.assignments);
                columns = sets.iter().map(|(column, _)| column.clone()).collect();
                Rows::Values(vec![sets.into_iter().map(|(_, value)| value).collect()])
            }
            Some(source) => match &*source.body {
                SetExpr::Values(values) if let Some(row) = self.whole_row(values) => {
                    let branch = Branch {
                        output: vec![Output::All(Some(row))],
                        ..Branch::default()
                    };
                    Rows::Query(Query {
                        branches: vec![branch],
                        limited: self.is_limited(source),
                        ..Query::default()
                    })
                }
                SetExpr::Values(values) if self.are_all(source, values) => Rows::Values(
                    values
                        .rows
                        .iter()
                        .map(|row| row.content.iter().map(|expr| self.value(expr)).collect())
                        .collect(),
                ),
                _ => Rows::Query(self.query(source)),
            },
        };
        let conflict = match (&insert.on, &insert.or) {
            (Some(OnInsert::DuplicateKeyUpdate(sets)), _) => {
                Conflict::Update(self.conflict_sets(insert, name, sets))
            }
            (Some(OnInsert::OnConflict(on)), _) => match &on.action {
                OnConflictAction::DoNothing => Conflict::Skip,
                OnConflictAction::DoUpdate(update) => {
                    let keys = match &on.conflict_target {
                        Some(ConflictTarget::Columns(columns)) => self.idents(columns),
                        _ => Vec::new(),
                    };
                    // The key itself is equal on both sides: writing it again changes nothing.
                    let mut sets = self.conflict_sets(insert, name, &update.assignments);
                    sets.retain(|(column, value)| {
                        !(keys.contains(column)
                            && matches!(value, Value::Excluded(same) if same == column))
                    });
                    Conflict::Update(sets)
                }
            },
            (_, Some(SqliteOnConflict::Replace)) => Conflict::Replace,
            (_, Some(SqliteOnConflict::Ignore)) => Conflict::Skip,
            _ if insert.replace_into => Conflict::Replace,
            _ if insert.ignore => Conflict::Skip,
            _ => Conflict::Fail,
        };
        steps.push(self.step(Act::Insert(Box::new(Insert {
            table: self.name(name),
            columns,
            rows,
            conflict,
            returning: self.outputs(insert.returning.as_deref()),
        }))));
    }

    /// Whether the rows that stand there are the ones that come: one alone may be made many, or none, by a function.
    fn are_all(&self, source: &QuerySyntax, values: &Values) -> bool {
        let many = matches!(values.rows.as_slice(), [row] if self.may_multiply(&row.content));
        source.with.is_none() && !self.is_limited(source) && !many
    }

    /// `VALUES (r.*)`: the row that a body knows by that name.
    fn whole_row(&self, values: &Values) -> Option<String> {
        match values.rows.as_slice() {
            [row] => match row.content.as_slice() {
                [Expr::QualifiedWildcard(name, _)] => Some(self.last(name)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What is set in the row that is in the way: a column qualified by anything but its table is the new row's.
    fn conflict_sets(
        &self,
        insert: &InsertSyntax,
        table: &ObjectName,
        assignments: &[Assignment],
    ) -> Vec<(String, Value)> {
        let alias = insert.table_alias.as_ref();
        let own = [Some(self.last(table)), alias.map(|a| self.ident(&a.alias))];
        // MySQL's `VALUES (…) AS new (x, y)`.
        let renamed = insert.insert_alias.iter().flat_map(|a| &a.col_aliases);
        let renamed: Vec<String> = renamed.flatten().map(|name| self.ident(name)).collect();
        let is_new = |of: Option<&str>, name: &str| match of {
            Some(of) => !own.iter().flatten().any(|own| own.eq_ignore_ascii_case(of)),
            None => renamed.iter().any(|new| new.eq_ignore_ascii_case(name)),
        };
        let sets = self.sets(assignments).into_iter();
        sets.map(|(column, value)| (column, value.excluding(&is_new)))
            .collect()
    }

    pub(super) fn sets(&self, assignments: &[Assignment]) -> Vec<(String, Value)> {
        let mut sets = Vec::new();
        for assignment in assignments {
            match (&assignment.target, &assignment.value) {
                (AssignmentTarget::ColumnName(name), value) => {
                    sets.push(self.one_set(name, value));
                }
                (AssignmentTarget::Tuple(names), Expr::Tuple(values))
                    if names.len() == values.len() =>
                {
                    for (name, value) in names.iter().zip(values) {
                        sets.push((self.last(name), self.set_value(value)));
                    }
                }
                (AssignmentTarget::Tuple(names), value) => {
                    for name in names {
                        sets.push((self.last(name), self.computed(value)));
                    }
                }
            }
        }
        sets
    }

    /// One assignment. PostgreSQL's `a.b` is the field `b` of the column `a`, and the rest of the column stays.
    fn one_set(&self, target: &ObjectName, value: &Expr) -> (String, Value) {
        let parts: Vec<&Ident> = target.0.iter().filter_map(|part| part.as_ident()).collect();
        match parts.as_slice() {
            [column, _, ..] if self.dialect == Dialect::Postgres => {
                (self.ident(column), self.computed(value))
            }
            _ => (self.last(target), self.set_value(value)),
        }
    }

    /// What a column is set to; a constant only where it comes out as it is written.
    fn set_value(&self, value: &Expr) -> Value {
        match self.value(value) {
            Value::Constant(_) if is_cut(value) => self.computed(value),
            other => other,
        }
    }

    pub(super) fn update(&self, update: &UpdateSyntax, steps: &mut Vec<Step>) {
        let mut notes = Query::default();
        let mut sources = Vec::new();
        let mut sampled = self.sources(&update.table, &mut sources, &mut notes);
        let ignores = self.unmodify(&mut sources);
        match &update.from {
            Some(
                UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables),
            ) => {
                for table in tables {
                    sampled |= self.sources(table, &mut sources, &mut notes);
                }
            }
            None => {}
        }
        if sources.is_empty() {
            return;
        }
        let conflict = match update.or {
            Some(SqliteOnConflict::Replace) => Conflict::Replace,
            Some(SqliteOnConflict::Ignore) => Conflict::Skip,
            _ if ignores => Conflict::Skip,
            _ => Conflict::Fail,
        };
        // MySQL's UPDATE of several tables says by the qualifier which of them a column belongs to.
        let mut targets: Vec<(usize, Vec<(String, Value)>)> = Vec::new();
        let mut looked_up: Vec<(usize, Vec<Fetch>)> = Vec::new();
        for assignment in &update.assignments {
            let qualifier = match &assignment.target {
                AssignmentTarget::ColumnName(name) if self.dialect == Dialect::MySql => {
                    self.qualifier(name)
                }
                _ => None,
            };
            let at = qualifier
                .and_then(|q| sources.iter().position(|s| is_called(s, &q)))
                .unwrap_or(0);
            let sets = self.sets(std::slice::from_ref(assignment));
            if let ([only], None) = (sources.as_slice(), update.limit.as_ref()) {
                looked_up.push((at, self.fetched(assignment, called_by(only))));
            }
            match targets.iter_mut().find(|(target, _)| *target == at) {
                Some((_, all)) => all.extend(sets),
                None => targets.push((at, sets)),
            }
        }
        self.note_calls(notes.calls, steps);
        let alone = targets.len() == 1;
        for (at, sets) in targets {
            let mut from = sources.clone();
            let target = from.remove(at);
            let From::Table(table) = &target.what else {
                steps.push(self.step(Act::Unknown(
                    "it updates what is not a table by name".into(),
                )));
                continue;
            };
            let filter = update.selection.as_ref().map(|expr| {
                let called = target.alias.as_deref().unwrap_or(&table.name);
                let mut filter =
                    self.filter_of(expr, table, target.alias.as_deref(), from.is_empty());
                if !from.is_empty() {
                    filter.member = self.matched(&conjunction(expr), called, &from);
                }
                filter
            });
            let called = called_by(&target);
            let mut filter = match self.joined_by(update, called, &from) {
                Some(member) => Some(Filter {
                    member: Some(member),
                    ..filter.unwrap_or_else(Filter::of_others)
                }),
                None => filter,
            };
            // What is written in one place of the same table may be read in the other.
            if let Some(member) = filter.as_mut().and_then(|filter| filter.member.as_mut()) {
                member.exact &= alone || member.of != *table;
            }
            let mut fetches = self.joined_fetches(update, &sets, called, &from, at == 0);
            let own = looked_up.iter().filter(|(target, _)| *target == at);
            fetches.extend(own.flat_map(|(_, fetches)| fetches.clone()));
            // Not each row may be there, or be met.
            fetches.retain(|_| !sampled);
            steps.push(self.step(Act::Update(Box::new(Update {
                table: table.clone(),
                alias: target.alias.clone(),
                sets,
                filter,
                from,
                limited: update.limit.is_some(),
                conflict: conflict.clone(),
                fetches,
            }))));
        }
    }

    pub(super) fn delete(&self, delete: &DeleteSyntax, steps: &mut Vec<Step>) {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let mut notes = Query::default();
        let mut sources = Vec::new();
        for table in from {
            self.sources(table, &mut sources, &mut notes);
        }
        let mut joined = Vec::new();
        for table in delete.using.iter().flatten() {
            self.sources(table, &mut joined, &mut notes);
        }
        // `DELETE a, b FROM …` and `DELETE FROM a, b USING …` of MySQL name the targets apart from the join; PostgreSQL's
        // USING joins further tables to the one target.
        let modified = delete
            .tables
            .iter()
            .all(|name| self.is_modifier(&self.name(name)));
        let named: Vec<Name> = if modified {
            let targets = sources.iter().filter_map(|source| match &source.what {
                From::Table(name) => Some(name.clone()),
                _ => None,
            });
            match (self.dialect, delete.using.is_some()) {
                (Dialect::MySql, true) => targets.collect(),
                _ => targets.take(1).collect(),
            }
        } else {
            delete
                .tables
                .iter()
                .map(|name| self.name(name))
                .filter(|name| !self.is_modifier(name))
                .collect()
        };
        let all: Vec<Source> = match (self.dialect, delete.using.is_some()) {
            (Dialect::MySql, true) => joined,
            _ => sources.into_iter().chain(joined).collect(),
        };
        self.note_calls(notes.calls, steps);
        for target in named {
            let at = match modified && !(self.dialect == Dialect::MySql && delete.using.is_some()) {
                true => Some(0),
                false => all
                    .iter()
                    .position(|source| is_called(source, &target.name)),
            };
            let (table, alias) = match at.map(|at| &all[at]) {
                Some(Source {
                    what: From::Table(name),
                    alias,
                    ..
                }) => (name.clone(), alias.clone()),
                _ => (target, None),
            };
            let mut using = all.clone();
            if let Some(at) = at {
                using.remove(at);
            } else if !using.is_empty() {
                using.remove(0);
            }
            let called = alias.as_deref().unwrap_or(&table.name);
            let member = (!using.is_empty())
                .then(|| self.joined_member(delete, called, &using))
                .flatten();
            let filter = delete
                .selection
                .as_ref()
                .map(|expr| self.filter_of(expr, &table, alias.as_deref(), using.is_empty()));
            let filter = match member {
                Some(member) => Some(Filter {
                    member: Some(member),
                    ..filter.unwrap_or_else(Filter::of_others)
                }),
                None => filter,
            };
            let returning = delete.returning.as_deref();
            let returning = returning.map(|items| (String::new(), self.outputs(Some(items))));
            steps.push(self.step(Act::Delete(Box::new(Delete {
                table,
                alias,
                filter,
                using,
                limited: delete.limit.is_some(),
                returning,
            }))));
        }
    }

    fn outputs(&self, items: Option<&[SelectItem]>) -> Vec<Output> {
        let mut branch = crate::act::Branch::default();
        let items = items.unwrap_or_default().iter();
        items
            .map(|item| self.output(item, &mut branch, &mut Query::default()))
            .collect()
    }

    /// MERGE: what it may do to the rows that are there, one statement for each.
    pub(super) fn merge(&self, merge: &Merge, steps: &mut Vec<Step>) {
        let mut notes = Query::default();
        let mut sources = Vec::new();
        for factor in [&merge.table, &merge.source] {
            let table = TableWithJoins {
                relation: TableFactor::clone(factor),
                joins: Vec::new(),
            };
            self.sources(&table, &mut sources, &mut notes);
        }
        self.note_calls(notes.calls, steps);
        let mut sources = sources.into_iter();
        let (
            Some(Source {
                what: From::Table(table),
                alias,
                ..
            }),
            Some(source),
        ) = (sources.next(), sources.next())
        else {
            steps.push(self.step(Act::Unknown(
                "it merges into what is not a table by name".into(),
            )));
            return;
        };
        let mut filter: Filter = self.filter(&merge.on, &[]);
        let called = alias.as_deref().unwrap_or(&table.name);
        filter.member = self.matched(
            &conjunction(&merge.on),
            called,
            std::slice::from_ref(&source),
        );
        // Other conditions may stand in the clauses.
        if let Some(member) = &mut filter.member {
            member.exact = false;
        }
        for clause in &merge.clauses {
            // What no row of the source matches is not what stands in it.
            let filter = match clause.clause_kind {
                MergeClauseKind::Matched => filter.clone(),
                _ => Filter::of_others(),
            };
            let act = match &clause.action {
                MergeAction::Update(update) => {
                    let MergeUpdateKind::Set(sets) = &update.kind else {
                        steps.push(self.step(Act::Unknown("MERGE updates every column".into())));
                        continue;
                    };
                    Act::Update(Box::new(Update {
                        table: table.clone(),
                        alias: alias.clone(),
                        sets: self.sets(sets),
                        filter: Some(filter),
                        from: vec![source.clone()],
                        limited: false,
                        conflict: Conflict::Fail,
                        fetches: Vec::new(),
                    }))
                }
                MergeAction::Delete { .. } => Act::Delete(Box::new(Delete {
                    table: table.clone(),
                    alias: alias.clone(),
                    filter: Some(filter),
                    using: vec![source.clone()],
                    limited: false,
                    returning: None,
                })),
                MergeAction::Insert(insert) => Act::Insert(Box::new(Insert {
                    table: table.clone(),
                    columns: insert.columns.iter().map(|name| self.last(name)).collect(),
                    rows: match &insert.kind {
                        MergeInsertKind::Values(_)
                        | MergeInsertKind::Row
                        | MergeInsertKind::Wildcard => Rows::Outside,
                    },
                    conflict: Conflict::Fail,
                    returning: Vec::new(),
                })),
                MergeAction::DoNothing { .. } => Act::Inert,
            };
            steps.push(self.step(act));
        }
    }

    pub(super) fn copy(&self, source: &CopySource, to: bool, steps: &mut Vec<Step>) {
        let act = match source {
            CopySource::Table {
                table_name,
                columns,
            } if !to => Act::Insert(Box::new(Insert {
                table: self.name(table_name),
                columns: self.idents(columns),
                rows: Rows::Outside,
                conflict: Conflict::Fail,
                returning: Vec::new(),
            })),
            CopySource::Table { .. } => Act::Inert,
            CopySource::Query(query) => Act::Select(Box::new(self.query(query))),
        };
        steps.push(self.step(act));
    }

    /// A statement at whose end stands SELECT, VALUES or, after WITH, one that writes.
    pub(super) fn top_query(&self, syntax: &sqlparser::ast::Query, steps: &mut Vec<Step>) {
        let (SetExpr::Insert(statement)
        | SetExpr::Update(statement)
        | SetExpr::Delete(statement)
        | SetExpr::Merge(statement)) = &*syntax.body
        else {
            steps.push(self.step(Act::Select(Box::new(self.query(syntax)))));
            return;
        };
        let mut with = Query {
            with: self
                .query(&sqlparser::ast::Query {
                    body: Box::new(SetExpr::Values(sqlparser::ast::Values {
                        explicit_row: false,
                        value_keyword: false,
                        rows: Vec::new(),
                    })),
                    ..syntax.clone()
                })
                .with,
            ..Query::default()
        };
        let mut inner = Vec::new();
        self.statement(statement, &mut inner);
        for mut step in inner {
            if let Act::Insert(insert) = &mut step.act
                && let Rows::Query(query) = &mut insert.rows
            {
                let own = std::mem::take(&mut query.with);
                query.with = std::mem::take(&mut with.with);
                query.with.extend(own);
            } else if !with.with.is_empty() {
                let with = Box::new(std::mem::take(&mut with));
                step = self.step(Act::With(with, Box::new(step)));
            }
            steps.push(step);
        }
    }

    /// The condition, its columns unqualified where only the one table is concerned.
    fn filter_of(&self, expr: &Expr, table: &Name, alias: Option<&str>, alone: bool) -> Filter {
        let names = [alias.unwrap_or(&table.name)];
        self.filter(expr, if alone { &names } else { &[] })
    }

    /// `DELETE IGNORE FROM t` reads like one that names its target `ignore`.
    fn is_modifier(&self, name: &Name) -> bool {
        self.dialect == Dialect::MySql
            && name.schema.is_none()
            && matches!(
                name.name.to_ascii_lowercase().as_str(),
                "ignore" | "low_priority" | "quick"
            )
    }

    /// MySQL's `UPDATE IGNORE t` reads like a table `ignore` that is called `t`; whether it says so.
    fn unmodify(&self, sources: &mut [Source]) -> bool {
        let mut ignores = false;
        if self.dialect != Dialect::MySql {
            return ignores;
        }
        for source in sources {
            if let (From::Table(name), Some(alias)) = (&source.what, &source.alias)
                && self.is_modifier(name)
            {
                ignores |= name.name.eq_ignore_ascii_case("ignore");
                source.what = From::Table(Name::plain(alias.clone()));
                source.alias = None;
            }
        }
        ignores
    }

    fn qualifier(&self, name: &sqlparser::ast::ObjectName) -> Option<String> {
        self.name(name).schema
    }

    fn note_calls(&self, calls: Vec<Name>, steps: &mut Vec<Step>) {
        for name in calls {
            steps.push(self.step(Act::CallRoutine(name)));
        }
    }
}

/// What the source goes by.
fn called_by(source: &Source) -> &str {
    match (&source.alias, &source.what) {
        (Some(alias), _) => alias,
        (None, From::Table(table)) => &table.name,
        _ => "",
    }
}

/// Whether the source goes by that name.
fn is_called(source: &Source, name: &str) -> bool {
    match (&source.alias, &source.what) {
        (Some(alias), _) => alias.eq_ignore_ascii_case(name),
        (None, From::Table(table)) => table.name.eq_ignore_ascii_case(name),
        _ => false,
    }
}
