//! Where do the rows of a query come from, and which values do they carry?

use sqlparser::ast::{
    Cte, Distinct, Expr, GroupByExpr, LimitClause, LockClause, NonBlock, OrderByKind,
    Query as Syntax, Select, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator,
    SetQuantifier,
};

use super::Reader;
use super::from::rename;
use crate::Dialect;
use crate::act::{Act, Branch, From, Join, Name, Output, Query, Source, Value, With};

impl Reader<'_> {
    pub(super) fn query_anew(&self, syntax: &Syntax) -> Query {
        let mut query = Query::default();
        if let Some(with) = &syntax.with {
            for cte in &with.cte_tables {
                let (name, with) = self.cte(cte, &mut query.calls);
                query.with.push((name, with));
            }
        }
        self.body(&syntax.body, &mut query);
        query.limited |= self.is_limited(syntax);
        for expr in trailing(syntax) {
            query.calls.extend(self.calls(expr));
        }
        query.surely = self.calls_surely(syntax, &query);
        query
    }

    /// Whether the functions that it calls run even where every table is empty.
    fn calls_surely(&self, syntax: &Syntax, query: &Query) -> bool {
        let computed = |expr: &Expr| !self.inspect(expr).skips;
        let items = match &*syntax.body {
            SetExpr::Values(values) => {
                let mut exprs = values.rows.iter().flat_map(|row| &row.content);
                return !query.limited && query.with.is_empty() && exprs.all(computed);
            }
            SetExpr::Select(select) => &select.projection,
            _ => return false,
        };
        let reads = |(_, with): &(String, With)| matches!(with, With::Query(_));
        let [branch] = query.branches.as_slice() else {
            return false;
        };
        if query.limited
            || branch.may_fold()
            || branch.filter.is_some()
            || query.with.iter().any(reads)
        {
            return false;
        }
        match branch.from.as_slice() {
            [] => items.iter().all(|item| match item {
                SelectItem::UnnamedExpr(expr)
                | SelectItem::ExprWithAlias { expr, .. }
                | SelectItem::ExprWithAliases { expr, .. } => computed(expr),
                _ => false,
            }),
            // `SELECT * FROM g()`.
            [one] => {
                matches!(&one.what, From::Function(name) if query.calls.as_slice() == [name.clone()])
            }
            _ => false,
        }
    }

    /// Whether a row so written may be any number of rows.
    pub(super) fn may_multiply(&self, row: &[Expr]) -> bool {
        self.dialect == Dialect::Postgres && row.iter().any(|expr| self.inspect(expr).multiplies)
    }

    /// Whether it yields no more than some of its rows.
    pub(super) fn is_limited(&self, syntax: &Syntax) -> bool {
        let skips = |lock: &LockClause| lock.nonblock == Some(NonBlock::SkipLocked);
        syntax.fetch.is_some()
            || self.limits(syntax.limit_clause.as_ref())
            || syntax.locks.iter().any(skips)
    }

    fn limits(&self, clause: Option<&LimitClause>) -> bool {
        match clause {
            None => false,
            Some(LimitClause::LimitOffset {
                limit,
                offset,
                limit_by,
            }) => {
                let all = |limit: &Expr| matches!(self.value(limit), Value::Null);
                !limit.as_ref().is_none_or(all) || offset.is_some() || !limit_by.is_empty()
            }
            Some(LimitClause::OffsetCommaLimit { .. }) => true,
        }
    }

    /// A named sub-query of `WITH`, or the statement that writes in its place.
    fn cte(&self, cte: &Cte, calls: &mut Vec<Name>) -> (String, With) {
        let name = self.ident(&cte.alias.name);
        let columns: Vec<String> = cte
            .alias
            .columns
            .iter()
            .map(|column| self.ident(&column.name))
            .collect();
        let writes = match &*cte.query.body {
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => Some(statement),
            _ => None,
        };
        let with = match writes {
            Some(statement) => {
                let mut steps = Vec::new();
                self.statement(statement, &mut steps);
                for step in &mut steps {
                    let act = match &mut step.act {
                        Act::Only(act) => act,
                        act => act,
                    };
                    if let Act::Delete(delete) = act
                        && let Some((called, _)) = &mut delete.returning
                    {
                        called.clone_from(&name);
                    }
                }
                With::Steps(steps)
            }
            None => {
                let mut inner = self.query(&cte.query);
                calls.append(&mut inner.calls);
                rename(&mut inner, &columns);
                With::Query(Box::new(inner))
            }
        };
        (name, with)
    }

    pub(super) fn body(&self, body: &SetExpr, query: &mut Query) {
        match body {
            SetExpr::Select(select) => {
                let branch = self.select(select, query);
                query.branches.push(branch);
            }
            SetExpr::Query(inner) => {
                let inner = self.query(inner);
                query.calls.extend(inner.calls.iter().cloned());
                query.branches.push(Branch {
                    output: vec![Output::All(None)],
                    from: vec![Source {
                        what: From::Query(Box::new(inner)),
                        alias: None,
                        join: Join::Product,
                        on: Vec::new(),
                    }],
                    ..Branch::default()
                });
            }
            SetExpr::SetOperation {
                op,
                set_quantifier,
                left,
                right,
            } => {
                let all = *op == SetOperator::Union
                    && matches!(
                        set_quantifier,
                        SetQuantifier::All | SetQuantifier::AllByName
                    );
                query.merged |= !all;
                self.operands(left, query);
                self.typed_branch(right, query);
            }
            SetExpr::Values(values) => {
                for row in &values.rows {
                    let output = row
                        .content
                        .iter()
                        .enumerate()
                        .map(|(at, expr)| Output::Value {
                            value: self.noted(expr, query),
                            name: Some(format!("column{}", at + 1)),
                        });
                    let output = output.collect();
                    query.branches.push(Branch {
                        output,
                        folded: self.may_multiply(&row.content),
                        ..Branch::default()
                    });
                }
            }
            SetExpr::Table(table) => {
                let name = Name {
                    schema: table.schema_name.clone(),
                    name: table.table_name.clone().unwrap_or_default(),
                };
                // The grammar passes over two words behind a bare name, be they `LIMIT 5` or `WITH NO`.
                query.limited |= name.schema.is_none() && !self.ends_with(&["TABLE", &name.name]);
                query.branches.push(Branch {
                    output: vec![Output::All(None)],
                    from: vec![Source {
                        what: From::Table(name),
                        alias: None,
                        join: Join::Product,
                        on: Vec::new(),
                    }],
                    ..Branch::default()
                });
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => {
                let mut steps = Vec::new();
                self.statement(statement, &mut steps);
                query.with.push((String::new(), With::Steps(steps)));
            }
        }
    }

    /// Whether these are the last words of the statement.
    fn ends_with(&self, words: &[&str]) -> bool {
        let mut said = self
            .piece
            .split(|letter: char| letter.is_whitespace() || "\"`.;".contains(letter))
            .rev()
            .filter(|word| !word.is_empty());
        words.iter().rev().all(|word| {
            said.next()
                .is_some_and(|next| next.eq_ignore_ascii_case(word))
        })
    }

    /// The left side of a set operation: a chain of a thousand of them is as deep as it is long.
    fn operands(&self, left: &SetExpr, query: &mut Query) {
        let mut chain = Vec::new();
        let mut at = left;
        while let SetExpr::SetOperation {
            op,
            set_quantifier,
            left,
            right,
        } = at
        {
            let all = *op == SetOperator::Union
                && matches!(
                    set_quantifier,
                    SetQuantifier::All | SetQuantifier::AllByName
                );
            query.merged |= !all;
            chain.push(&**right);
            at = left;
        }
        self.typed_branch(at, query);
        for right in chain.into_iter().rev() {
            self.typed_branch(right, query);
        }
    }

    fn select(&self, select: &Select, query: &mut Query) -> Branch {
        if let Some(alone) = self.select_partnerless(select) {
            return self.select(&alone, query);
        }
        let mut branch = Branch::default();
        for table in &select.from {
            self.tables(table, &mut branch, query);
        }
        for item in &select.projection {
            let output = self.output(item, &mut branch, query);
            branch.output.push(output);
        }
        match &select.distinct {
            None | Some(Distinct::All) => {}
            Some(Distinct::Distinct) => branch.distinct = true,
            Some(Distinct::On(_)) => branch.folded |= branch.aggregates,
        }
        let on = match &select.distinct {
            Some(Distinct::On(exprs)) => exprs.as_slice(),
            _ => &[],
        };
        match &select.group_by {
            GroupByExpr::Expressions(exprs, more)
                if more.is_empty() && (exprs.is_empty() || on.is_empty()) =>
            {
                // Behind DISTINCT ON an alias goes before a column.
                let renamed = |column: &String| {
                    branch.output.iter().any(|output| match output {
                        Output::Value { value, name } => {
                            name.as_ref() == Some(column)
                                && !matches!(value, Value::Column(_, own) if own == column)
                        }
                        Output::All(_) => false,
                    })
                };
                let column = |expr| match self.value(expr) {
                    Value::Column(_, column) if on.is_empty() || !renamed(&column) => Some(column),
                    _ => None,
                };
                let exprs = exprs.iter().chain(on);
                let columns = exprs.map(column).collect::<Option<Vec<String>>>();
                branch.folded |= columns.is_none();
                branch.grouped = columns.filter(|columns| !columns.is_empty());
            }
            _ => branch.folded = true,
        }
        branch.folded |=
            select.having.is_some() || select.qualify.is_some() || select.top.is_some();
        for expr in select.having.iter().chain(&select.qualify) {
            self.noted(expr, query);
        }
        if let Some(condition) = &select.selection {
            let names = names_of(&branch.from);
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let filter = self.filter(condition, &names);
            query.calls.extend(filter.calls.iter().cloned());
            branch.filter = Some(filter);
        }
        branch.children = self
            .joined_children(
                &select.from,
                select.selection.as_ref(),
                &branch.from,
                &branch.output,
            )
            .map(|(at, children)| (at, Box::new(children)));
        if let Some(into) = &select.into
            && self.dialect == Dialect::Postgres
            && let [Expr::Identifier(_) | Expr::CompoundIdentifier(_)] = into.targets.as_slice()
            && let Value::Column(schema, name) = self.value(&into.targets[0])
        {
            query.into = Some((Name { schema, name }, into.temporary));
        }
        branch
    }

    pub(super) fn output(
        &self,
        item: &SelectItem,
        branch: &mut Branch,
        query: &mut Query,
    ) -> Output {
        let (expr, alias) = match item {
            SelectItem::UnnamedExpr(expr) => (expr, None),
            SelectItem::ExprWithAlias { expr, alias } => (expr, Some(self.ident(alias))),
            SelectItem::ExprWithAliases { expr, .. } => (expr, None),
            SelectItem::Wildcard(_) => return Output::All(None),
            SelectItem::QualifiedWildcard(kind, _) => {
                return match kind {
                    SelectItemQualifiedWildcardKind::ObjectName(name) => {
                        Output::All(Some(self.last(name)))
                    }
                    SelectItemQualifiedWildcardKind::Expr(expr) => Output::Value {
                        value: self.noted(expr, query),
                        name: None,
                    },
                };
            }
        };
        let contents = self.inspect(expr);
        branch.folded |= contents.multiplies;
        branch.aggregates |= contents.aggregate;
        let value = self.noted(expr, query);
        let name = alias.or_else(|| match &value {
            Value::Column(_, column) => Some(column.clone()),
            _ => None,
        });
        Output::Value { value, name }
    }

    /// The value of `expr`, and its calls noted with the query's.
    pub(super) fn noted(&self, expr: &Expr, query: &mut Query) -> Value {
        let value = self.value(expr);
        if let Value::Computed { calls, .. } = &value {
            query.calls.extend(calls.iter().cloned());
        } else {
            query.calls.extend(self.calls(expr));
        }
        value
    }
}

/// What is computed behind the body of a query: what it is ordered by, and how many rows it yields.
fn trailing(syntax: &Syntax) -> Vec<&Expr> {
    let mut exprs = Vec::new();
    if let Some(OrderByKind::Expressions(keys)) = syntax.order_by.as_ref().map(|by| &by.kind) {
        exprs.extend(keys.iter().map(|key| &key.expr));
    }
    match &syntax.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, .. }) => {
            exprs.extend(limit);
            exprs.extend(offset.as_ref().map(|offset| &offset.value));
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => exprs.extend([offset, limit]),
        None => {}
    }
    exprs.extend(
        syntax
            .fetch
            .iter()
            .filter_map(|fetch| fetch.quantity.as_ref()),
    );
    exprs
}

/// What the sources can be called by.
pub(super) fn names_of(sources: &[Source]) -> Vec<String> {
    let name = |source: &Source| match (&source.alias, &source.what) {
        (Some(alias), _) => Some(alias.clone()),
        (None, From::Table(name) | From::Only(name)) => Some(name.name.clone()),
        _ => None,
    };
    // With several tables the qualifier tells them apart.
    match sources {
        [one] => name(one).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Every table that the query reads.
pub(crate) fn tables(query: &Query) -> Vec<Name> {
    let mut found = Vec::new();
    let mut todo = vec![query];
    while let Some(query) = todo.pop() {
        for (_, with) in &query.with {
            if let With::Query(inner) = with {
                todo.push(inner);
            }
        }
        for branch in &query.branches {
            if let Some(filter) = &branch.filter {
                found.extend(filter.tables.iter().cloned());
            }
            for source in &branch.from {
                match &source.what {
                    From::Table(name) | From::Only(name) => found.push(name.clone()),
                    From::Query(inner) => todo.push(inner),
                    From::Function(_) | From::Row(_) | From::Other => {}
                }
            }
        }
    }
    found
}
