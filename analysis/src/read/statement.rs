//! Which family does a statement belong to?

use sqlparser::ast::{
    AlterIndexOperation, AlterSchemaOperation, AlterTypeOperation, ContextModifier,
    CreateFunctionBody, DiscardObject, DropBehavior, Expr, ReferentialAction, Reset, SchemaName,
    Set, Statement as Syntax, Use, UtilityOption, Value as Literal,
};

use super::Reader;
use crate::act::{Act, Body, Name, Routine, Runs, Step, at_hand};
use crate::{Dialect, family};

impl Reader<'_> {
    pub(super) fn statement(&self, syntax: &Syntax, steps: &mut Vec<Step>) {
        match syntax {
            Syntax::Query(query) => self.top_query(query, steps),
            Syntax::Insert(insert) => self.insert(insert, steps),
            Syntax::Update(update) => steps.extend(self.for_rows(|s| self.update(update, s))),
            Syntax::Delete(delete) => steps.extend(self.for_rows(|s| self.delete(delete, s))),
            Syntax::Merge(merge) => steps.extend(self.for_rows(|s| self.merge(merge, s))),
            Syntax::Copy { source, to, .. } => self.copy(source, *to, steps),
            Syntax::AlterTable(alter) => self.alter_table(alter, steps),
            Syntax::Drop {
                temporary: true,
                names,
                ..
            } => self.drop_temporary(names, steps),
            Syntax::Drop {
                object_type,
                if_exists,
                names,
                cascade,
                table,
                ..
            } => self.drop(
                *object_type,
                names,
                *if_exists,
                *cascade,
                table.as_ref(),
                steps,
            ),
            Syntax::Truncate(truncate) => {
                for target in &truncate.table_names {
                    let cascade = matches!(
                        truncate.cascade,
                        Some(sqlparser::ast::CascadeOption::Cascade)
                    );
                    steps.push(Step {
                        act: Act::Truncate {
                            table: self.name(&target.name),
                            cascade,
                        },
                        span: self.place_of_name(&target.name),
                    });
                }
            }
            Syntax::RenameTable(renames) => {
                let pairs = renames
                    .iter()
                    .map(|r| (self.name(&r.old_name), self.name(&r.new_name)));
                steps.push(self.step(Act::RenameTables(pairs.collect())));
            }
            Syntax::DropFunction(drop) => {
                for function in &drop.func_desc {
                    steps.push(self.step(Act::DropRoutine {
                        name: self.name(&function.name),
                        if_exists: drop.if_exists,
                        cascade: drop.drop_behavior == Some(DropBehavior::Cascade),
                    }));
                }
            }
            Syntax::DropProcedure {
                if_exists,
                proc_desc,
                drop_behavior,
            } => {
                for procedure in proc_desc {
                    steps.push(self.step(Act::DropRoutine {
                        name: self.name(&procedure.name),
                        if_exists: *if_exists,
                        cascade: *drop_behavior == Some(DropBehavior::Cascade),
                    }));
                }
            }
            Syntax::DropExtension(drop) => {
                for name in &drop.names {
                    steps.push(self.step(Act::DropExtension {
                        name: self.ident(name),
                        if_exists: drop.if_exists,
                        cascade: matches!(
                            drop.cascade_or_restrict,
                            Some(ReferentialAction::Cascade)
                        ),
                    }));
                }
            }
            other => {
                let act = self.simple(other);
                steps.push(self.step(act));
            }
        }
    }

    /// The statements that ask for one act.
    fn simple(&self, syntax: &Syntax) -> Act {
        match syntax {
            Syntax::CreateTable(create) => self.create_table(create),
            Syntax::CreateVirtualTable {
                name,
                if_not_exists,
                module_name,
                ..
            } => self.virtual_table(self.name(name), *if_not_exists, &module_name.value),
            Syntax::CreateIndex(create) => self.create_index(create),
            Syntax::CreateView(create) => self.create_view(create),
            Syntax::AlterView { name, query, .. } => Act::CreateView {
                name: self.name(name),
                materialized: false,
                or_replace: true,
                if_not_exists: false,
                temporary: false,
                query: at_hand(Some(self.query(query))),
                text: self.piece.to_owned(),
            },
            Syntax::CreateType {
                name,
                representation,
            } => self.create_type(self.name(name), representation.as_ref()),
            Syntax::CreateDomain(domain) => Act::CreateType {
                name: self.name(&domain.name),
                labels: None,
                base: Some(domain.data_type.to_string()),
                text: self.piece.to_owned(),
            },
            Syntax::DropDomain(drop) => Act::DropType {
                name: self.name(&drop.name),
                if_exists: drop.if_exists,
                cascade: drop.drop_behavior == Some(DropBehavior::Cascade),
            },
            Syntax::AlterFunction(_) => family::altered_routine(self.piece),
            Syntax::AlterType(alter) => {
                let name = self.name(&alter.name);
                match &alter.operation {
                    AlterTypeOperation::Rename(rename) => Act::RenameType {
                        to: Name {
                            schema: name.schema.clone(),
                            name: self.ident(&rename.new_name),
                        },
                        name,
                    },
                    AlterTypeOperation::AddValue(add) => Act::AddLabel {
                        name,
                        label: add.value.value.clone(),
                        if_not_exists: add.if_not_exists,
                    },
                    AlterTypeOperation::RenameValue(rename) => Act::RenameLabel {
                        name,
                        from: rename.from.value.clone(),
                        to: rename.to.value.clone(),
                    },
                }
            }
            Syntax::CreateSequence {
                name,
                if_not_exists,
                ..
            } => Act::CreateSequence {
                name: self.name(name),
                if_not_exists: *if_not_exists,
                text: self.piece.to_owned(),
            },
            Syntax::CreateSchema {
                schema_name,
                if_not_exists,
                ..
            } => {
                let name = match schema_name {
                    SchemaName::Simple(name) | SchemaName::NamedAuthorization(name, _) => {
                        self.last(name)
                    }
                    SchemaName::UnnamedAuthorization(ident) => self.ident(ident),
                };
                Act::CreateSchema {
                    name,
                    if_not_exists: *if_not_exists,
                }
            }
            Syntax::CreateDatabase {
                db_name,
                if_not_exists,
                ..
            } => Act::CreateDatabase {
                name: self.last(db_name),
                if_not_exists: *if_not_exists,
            },
            Syntax::AlterSchema(alter) => match alter.operations.as_slice() {
                [AlterSchemaOperation::Rename { name }] => Act::RenameSchema {
                    name: self.last(&alter.name),
                    to: self.last(name),
                },
                _ => Act::Inert,
            },
            Syntax::AlterIndex {
                name,
                operation: AlterIndexOperation::RenameIndex { index_name },
            } => Act::RenameIndex {
                name: self.name(name),
                to: self.last(index_name),
            },
            Syntax::CreateExtension(create) => Act::CreateExtension {
                name: self.ident(&create.name),
                if_not_exists: create.if_not_exists,
                schema: create.schema.as_ref().map(|name| self.ident(name)),
            },
            Syntax::CreateTrigger(create) => self.create_trigger(create),
            Syntax::DropTrigger(drop) => Act::DropTrigger {
                name: self.name(&drop.trigger_name),
                table: drop.table_name.as_ref().map(|name| self.name(name)),
                if_exists: drop.if_exists,
            },
            Syntax::CreateFunction(create) => Act::CreateRoutine(Routine {
                name: self.name(&create.name),
                parameters: create
                    .args
                    .iter()
                    .flatten()
                    .map(|arg| {
                        arg.name
                            .as_ref()
                            .map(|name| self.ident(name).to_lowercase())
                    })
                    .map(Option::unwrap_or_default)
                    .collect(),
                take: Vec::new(),
                or_replace: create.or_replace,
                lent: false,
                body: self
                    .function_body(
                        create.language.as_ref().map(|l| l.value.as_str()),
                        create.function_body.as_ref(),
                    )
                    .at_hand(),
                text: self.piece.to_owned(),
            }),
            Syntax::CreateProcedure {
                name,
                or_alter,
                params,
                body,
                ..
            } => {
                let mut steps = Vec::new();
                for statement in body.statements() {
                    self.statement(statement, &mut steps);
                }
                let params = params.iter().flatten();
                Act::CreateRoutine(Routine {
                    name: self.name(name),
                    parameters: params
                        .map(|param| self.ident(&param.name).to_lowercase())
                        .collect(),
                    take: Vec::new(),
                    or_replace: *or_alter,
                    lent: false,
                    body: Body::Steps(steps).at_hand(),
                    text: self.piece.to_owned(),
                })
            }
            Syntax::Call(function) => Act::CallProcedure {
                name: self.name(&function.name),
                text: self.piece.to_owned(),
            },
            Syntax::Set(set) => self.set(set),
            Syntax::Reset(reset) => match &reset.reset {
                Reset::ConfigurationParameter(name)
                    if self
                        .last(name)
                        .eq_ignore_ascii_case("session_replication_role") =>
                {
                    Act::Replicates(false)
                }
                Reset::ConfigurationParameter(name)
                    if !self.last(name).eq_ignore_ascii_case("search_path") =>
                {
                    Act::Inert
                }
                Reset::ConfigurationParameter(_) => Act::SearchPath(Vec::new()),
                Reset::ALL => Act::ResetSession,
                Reset::SessionAuthorization => Act::Inert,
            },
            Syntax::Discard {
                object_type: DiscardObject::ALL,
            } => Act::ResetSession,
            Syntax::Use(Use::Object(name) | Use::Database(name) | Use::Schema(name)) => {
                Act::SearchPath(vec![self.last(name)])
            }
            Syntax::Pragma { name, value, .. } => {
                self.pragma(&self.last(name), value.as_ref().map(|v| &v.value))
            }
            Syntax::Comment { .. }
            | Syntax::Grant(_)
            | Syntax::Revoke(_)
            | Syntax::CreatePolicy(_)
            | Syntax::DropPolicy(_)
                if self.dialect == Dialect::Postgres =>
            {
                crate::family::decoration(self.piece).unwrap_or(Act::Inert)
            }
            Syntax::Explain {
                analyze,
                statement,
                options,
                ..
            } if *analyze || options.as_deref().is_some_and(analyzes) => {
                let mut steps = Vec::new();
                self.statement(statement, &mut steps);
                Act::Block {
                    runs: Runs::Once,
                    steps,
                }
            }
            other => super::inert::inert(other),
        }
    }

    fn virtual_table(&self, name: Name, if_not_exists: bool, module: &str) -> Act {
        let module = module.to_ascii_lowercase();
        Act::CreateTable(Box::new(crate::act::NewTable {
            name: Some(name),
            if_not_exists,
            foreign: !crate::family::keeps_text(&module),
            module: Some(module),
            text: self.piece.to_owned(),
            ..crate::act::NewTable::default()
        }))
    }

    fn function_body(&self, language: Option<&str>, body: Option<&CreateFunctionBody>) -> Body {
        let language = language.unwrap_or("sql").to_ascii_lowercase();
        let text = match body {
            Some(
                CreateFunctionBody::AsBeforeOptions { body, .. }
                | CreateFunctionBody::AsAfterOptions(body),
            ) => body,
            Some(CreateFunctionBody::AsBeginEnd(block)) => {
                let mut steps = Vec::new();
                for statement in &block.statements {
                    self.statement(statement, &mut steps);
                }
                return Body::Steps(steps);
            }
            Some(CreateFunctionBody::Return(expr) | CreateFunctionBody::AsReturnExpr(expr)) => {
                return Body::Steps(self.called_by(expr));
            }
            _ => return Body::Unknown("the body of the function is not understood".into()),
        };
        match text {
            Expr::Value(value) => match &value.value {
                Literal::DollarQuotedString(quoted) => self.routine_body(&language, &quoted.value),
                Literal::SingleQuotedString(text) | Literal::EscapedStringLiteral(text) => {
                    self.routine_body(&language, text)
                }
                _ => Body::Unknown("the body of the function is not a text".into()),
            },
            _ => Body::Unknown("the body of the function is not a text".into()),
        }
    }

    fn set(&self, set: &Set) -> Act {
        match set {
            Set::SingleAssignment {
                scope,
                variable,
                values,
                ..
            } => {
                let act = self.assignment(&self.last(variable), values);
                match (self.dialect, scope) {
                    (Dialect::Postgres, Some(ContextModifier::Local)) => act.locally(),
                    _ => act,
                }
            }
            Set::MultipleAssignments { assignments } => {
                let steps = assignments.iter().map(|a| {
                    self.step(self.assignment(&self.last(&a.name), std::slice::from_ref(&a.value)))
                });
                Act::Block {
                    runs: Runs::Once,
                    steps: steps.collect(),
                }
            }
            Set::ParenthesizedAssignments { values, .. } => self.calls_of(values),
            _ => Act::Inert,
        }
    }

    fn assignment(&self, variable: &str, values: &[Expr]) -> Act {
        let text = |expr: &Expr| match expr {
            Expr::Identifier(ident) => self.ident(ident),
            other => other.to_string().trim_matches('\'').to_owned(),
        };
        if variable.eq_ignore_ascii_case("search_path") {
            let path = values.iter().flat_map(|value| {
                let text = text(value);
                text.split(',')
                    .map(|part| part.trim().trim_matches('"').to_owned())
                    .collect::<Vec<_>>()
            });
            return Act::SearchPath(path.collect());
        }
        if variable.eq_ignore_ascii_case("session_replication_role") {
            let replica = values
                .first()
                .is_some_and(|v| text(v).eq_ignore_ascii_case("replica"));
            return Act::Replicates(replica);
        }
        self.calls_of(values)
    }

    /// The calls that computing the expression makes.
    fn called_by(&self, expr: &Expr) -> Vec<Step> {
        let calls = self.calls(expr).into_iter();
        let calls = calls.map(|name| self.step(Act::CallRoutine(name)));
        match self.inspect(expr).skips {
            true => calls.map(|call| self.perhaps(call)).collect(),
            false => calls.collect(),
        }
    }

    fn perhaps(&self, step: Step) -> Step {
        self.step(Act::Block {
            runs: Runs::Perhaps,
            steps: vec![step],
        })
    }

    /// The steps of a statement that calls functions only for the rows that it meets.
    fn for_rows(&self, read: impl FnOnce(&mut Vec<Step>)) -> Vec<Step> {
        let mut steps = Vec::new();
        read(&mut steps);
        let step = |step: Step| match step.act {
            Act::CallRoutine(_) => self.perhaps(step),
            _ => step,
        };
        steps.into_iter().map(step).collect()
    }

    fn calls_of(&self, values: &[Expr]) -> Act {
        let steps: Vec<Step> = values.iter().flat_map(|v| self.called_by(v)).collect();
        if steps.is_empty() {
            return Act::Inert;
        }
        Act::Block {
            runs: Runs::Once,
            steps,
        }
    }

    fn pragma(&self, name: &str, value: Option<&Literal>) -> Act {
        let value = value.map(|value| {
            value
                .to_string()
                .trim_matches(['\'', '"'])
                .to_ascii_lowercase()
        });
        match value {
            Some(value) => family::pragma(&name.to_ascii_lowercase(), &value),
            None => Act::Inert,
        }
    }
}

/// Whether `EXPLAIN (…)` runs what it explains.
fn analyzes(options: &[UtilityOption]) -> bool {
    options.iter().any(|option| {
        let off = option.arg.as_ref().is_some_and(|arg| {
            let arg = arg.to_string().to_ascii_lowercase();
            matches!(arg.trim_matches('\''), "false" | "off" | "0")
        });
        option.name.value.eq_ignore_ascii_case("analyze") && !off
    })
}
