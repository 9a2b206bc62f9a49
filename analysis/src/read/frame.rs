//! Which columns and tables does a statement name?

use sqlparser::ast::{
    ConflictTarget, Cte, Delete, Distinct, Expr, FromTable, FunctionArguments, GroupByExpr, Ident,
    Insert, JoinConstraint, ObjectName, OnConflictAction, OnInsert, OrderByKind, Query, Select,
    SelectItem, SetExpr, Statement, TableAlias, TableFactor, TableObject, TableWithJoins, Update,
    UpdateTableFromKind,
};

use super::Reader;
use super::from::join_kind;
use super::inspect::{argument_expr, children};
use crate::Dialect;
use crate::act::{Frame, Name, Read, Seen};

/// Words that the grammar takes for columns, and the servers for something else.
const NO_COLUMNS: [&str; 40] = [
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "day",
    "day_hour",
    "day_minute",
    "day_second",
    "default",
    "false",
    "hour",
    "hour_minute",
    "hour_second",
    "localtime",
    "localtimestamp",
    "microsecond",
    "minute",
    "minute_second",
    "month",
    "nfc",
    "nfd",
    "nfkc",
    "nfkd",
    "null",
    "quarter",
    "second",
    "session_user",
    "sysdate",
    "system_user",
    "true",
    "unknown",
    "user",
    "utc_date",
    "utc_time",
    "utc_timestamp",
    "week",
    "year",
];

impl Reader<'_> {
    /// What a statement names; nothing where it asks for no rows.
    pub(super) fn frame(&self, statement: &Statement) -> Frame {
        let mut frame = Frame::default();
        match statement {
            Statement::Query(query) => self.frame_query(query, &mut frame),
            Statement::Insert(insert) => self.frame_insert(insert, &mut frame),
            Statement::Update(update) => self.frame_update(update, &mut frame),
            Statement::Delete(delete) => self.frame_delete(delete, &mut frame),
            // SQLite looks a view's names up when it is asked.
            Statement::CreateView(view) if self.dialect != Dialect::Sqlite => {
                self.frame_query(&view.query, &mut frame);
            }
            Statement::CreateTable(table) => {
                if let Some(query) = &table.query {
                    self.frame_query(query, &mut frame);
                }
            }
            Statement::CreateIndex(index) => {
                frame.sees.push(self.target(&index.table_name));
                let columns = index.columns.iter().map(|column| &column.column.expr);
                for expr in columns.chain(&index.predicate) {
                    self.frame_expr(expr, &mut frame);
                }
            }
            _ => {}
        }
        frame
    }

    fn frame_insert(&self, insert: &Insert, frame: &mut Frame) {
        let TableObject::TableName(name) = &insert.table else {
            return;
        };
        if let Some(source) = &insert.source
            && !matches!(&*source.body, SetExpr::Values(_))
        {
            let mut inner = Frame::default();
            self.frame_query(source, &mut inner);
            frame.inner.push(inner);
        }
        // MySQL lets what a row is replaced by name the tables of the query.
        let Some(OnInsert::OnConflict(on)) = &insert.on else {
            return;
        };
        let mut target = self.target(name);
        let mut excluded = self.target(name);
        excluded.name = Some("excluded".to_owned());
        if let Some(alias) = &insert.table_alias {
            target.name = Some(self.ident(&alias.alias));
        }
        let mut met = Frame {
            sees: vec![target, excluded],
            ..Frame::default()
        };
        if let Some(ConflictTarget::Columns(columns)) = &on.conflict_target {
            columns
                .iter()
                .for_each(|column| self.read(None, column, &mut met));
        }
        if let OnConflictAction::DoUpdate(update) = &on.action {
            let values = update.assignments.iter().map(|one| &one.value);
            for expr in values.chain(&update.selection) {
                self.frame_expr(expr, &mut met);
            }
        }
        frame.inner.push(met);
    }

    fn frame_update(&self, update: &Update, frame: &mut Frame) {
        self.frame_tables(&update.table, frame);
        frame.sees.iter_mut().for_each(|seen| seen.target = true);
        if let Some(
            UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables),
        ) = &update.from
        {
            tables
                .iter()
                .for_each(|table| self.frame_tables(table, frame));
        }
        let values = update.assignments.iter().map(|one| &one.value);
        for expr in values.chain(&update.selection) {
            self.frame_expr(expr, frame);
        }
        self.frame_items(update.returning.as_deref(), frame);
    }

    fn frame_delete(&self, delete: &Delete, frame: &mut Frame) {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        from.iter()
            .for_each(|table| self.frame_tables(table, frame));
        frame.sees.iter_mut().for_each(|seen| seen.target = true);
        let using = delete.using.iter().flatten();
        using.for_each(|table| self.frame_tables(table, frame));
        if let Some(expr) = &delete.selection {
            self.frame_expr(expr, frame);
        }
        self.frame_items(delete.returning.as_deref(), frame);
    }

    fn frame_query(&self, query: &Query, frame: &mut Frame) {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.frame_cte(cte, frame);
        }
        if let SetExpr::Select(select) = &*query.body {
            self.frame_select(select, frame);
            if let Some(OrderByKind::Expressions(keys)) = query.order_by.as_ref().map(|by| &by.kind)
            {
                keys.iter()
                    .for_each(|key| self.frame_expr(&key.expr, frame));
            }
            return;
        }
        // Each side of `UNION` sees tables of its own.
        let mut todo = vec![&*query.body];
        while let Some(body) = todo.pop() {
            let mut inner = Frame::default();
            match body {
                SetExpr::Select(select) => self.frame_select(select, &mut inner),
                SetExpr::Query(query) => self.frame_query(query, &mut inner),
                SetExpr::SetOperation { left, right, .. } => todo.extend([&**left, &**right]),
                SetExpr::Values(values) => {
                    let exprs = values.rows.iter().flat_map(|row| &row.content);
                    exprs.for_each(|expr| self.frame_expr(expr, &mut inner));
                }
                SetExpr::Insert(statement)
                | SetExpr::Update(statement)
                | SetExpr::Delete(statement) => inner = self.frame(statement),
                SetExpr::Merge(_) | SetExpr::Table(_) => {}
            }
            frame.inner.push(inner);
        }
    }

    fn frame_cte(&self, cte: &Cte, frame: &mut Frame) {
        frame.with.push(self.ident(&cte.alias.name));
        let mut inner = Frame::default();
        self.frame_query(&cte.query, &mut inner);
        frame.inner.push(inner);
    }

    fn frame_select(&self, select: &Select, frame: &mut Frame) {
        select
            .from
            .iter()
            .for_each(|table| self.frame_tables(table, frame));
        self.frame_items(Some(&select.projection), frame);
        let mut exprs: Vec<&Expr> = select.selection.iter().chain(&select.having).collect();
        if let GroupByExpr::Expressions(keys, _) = &select.group_by {
            exprs.extend(keys);
        }
        if let Some(Distinct::On(keys)) = &select.distinct {
            exprs.extend(keys);
        }
        exprs
            .into_iter()
            .for_each(|expr| self.frame_expr(expr, frame));
    }

    fn frame_items(&self, items: Option<&[SelectItem]>, frame: &mut Frame) {
        for item in items.unwrap_or_default() {
            match item {
                SelectItem::UnnamedExpr(expr) => self.frame_expr(expr, frame),
                SelectItem::ExprWithAlias { expr, alias } => {
                    frame.outputs.push(self.ident(alias));
                    self.frame_expr(expr, frame);
                }
                _ => {}
            }
        }
    }

    fn frame_tables(&self, table: &TableWithJoins, frame: &mut Frame) {
        self.frame_factor(&table.relation, frame);
        for join in &table.joins {
            self.frame_factor(&join.relation, frame);
            if let Some(JoinConstraint::On(expr)) = join_kind(&join.join_operator).1 {
                self.frame_expr(expr, frame);
            }
        }
    }

    fn frame_factor(&self, factor: &TableFactor, frame: &mut Frame) {
        let (alias, table) = match factor {
            TableFactor::Table {
                name,
                alias,
                args: None,
                ..
            } => (alias, Some(name)),
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                let mut inner = Frame::default();
                self.frame_query(subquery, &mut inner);
                frame.inner.push(inner);
                (alias, None)
            }
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                self.frame_tables(table_with_joins, frame);
                (alias, None)
            }
            TableFactor::Table { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::JsonTable { alias, .. } => (alias, None),
            _ => (&None, None),
        };
        let called = |alias: &TableAlias| self.ident(&alias.name);
        let unknown = Seen {
            name: alias.as_ref().map(called),
            table: None,
            target: false,
            span: self.whole(),
        };
        let renamed = alias
            .as_ref()
            .is_some_and(|alias| !alias.columns.is_empty());
        frame.sees.push(match table {
            Some(name) if !renamed && !self.is_misread(name) => Seen {
                name: unknown.name.or_else(|| Some(self.last(name))),
                target: false,
                ..self.target(name)
            },
            _ => unknown,
        });
    }

    /// `ONLY t` of PostgreSQL and `IGNORE t` of MySQL read like a table of that name that is called `t`.
    fn is_misread(&self, name: &ObjectName) -> bool {
        let name = self.name(name);
        let only = self.dialect == Dialect::Postgres && name.name == "only";
        self.is_modifier(&name) || only
    }

    fn target(&self, name: &ObjectName) -> Seen {
        let table: Name = self.name(name);
        Seen {
            name: Some(table.name.clone()),
            // Of a name with three parts the first is a database.
            table: (name.0.len() < 3).then_some(table),
            target: true,
            span: self.place_of_name(name),
        }
    }

    fn frame_expr(&self, expr: &Expr, frame: &mut Frame) {
        let mut todo = vec![expr];
        while let Some(expr) = todo.pop() {
            match expr {
                Expr::Identifier(name) => self.read(None, name, frame),
                Expr::CompoundIdentifier(parts) => {
                    if let [of, name] = parts.as_slice() {
                        self.read(Some(of), name, frame);
                    }
                }
                Expr::Function(function) => {
                    todo.extend(function.filter.as_deref());
                    match &function.args {
                        FunctionArguments::None => {}
                        FunctionArguments::Subquery(query) => self.frame_inner(query, frame),
                        FunctionArguments::List(list) => {
                            todo.extend(list.args.iter().filter_map(argument_expr));
                        }
                    }
                }
                Expr::Subquery(query)
                | Expr::Exists {
                    subquery: query, ..
                } => self.frame_inner(query, frame),
                Expr::InSubquery { expr, subquery, .. } => {
                    self.frame_inner(subquery, frame);
                    todo.push(expr);
                }
                Expr::Lambda(_) => {}
                other => children(other, &mut todo),
            }
        }
    }

    fn frame_inner(&self, query: &Query, frame: &mut Frame) {
        let mut inner = Frame::default();
        self.frame_query(query, &mut inner);
        frame.inner.push(inner);
    }

    fn read(&self, of: Option<&Ident>, name: &Ident, frame: &mut Frame) {
        let quote = name.quote_style;
        // SQLite and MySQL take a name in double quotes that nothing is called by for a text.
        let may_be_text = self.dialect != Dialect::Postgres && quote == Some('"');
        let is_word = quote.is_none()
            && NO_COLUMNS
                .binary_search(&name.value.to_ascii_lowercase().as_str())
                .is_ok();
        let is_variable = quote.is_none() && name.value.starts_with(['@', ':', '$', '?']);
        if name.value.is_empty() || (of.is_none() && (may_be_text || is_word || is_variable)) {
            return;
        }
        frame.reads.push(Read {
            of: of.map(|of| self.ident(of)),
            name: self.ident(name),
            span: self.place(name.span),
        });
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_are_in_order() {
        assert!(super::NO_COLUMNS.is_sorted());
    }
}
