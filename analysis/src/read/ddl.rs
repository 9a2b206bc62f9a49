//! Which objects does a statement create, and of what shape?

use std::sync::Arc;

use sqlparser::ast::{
    ColumnDef, ColumnOption, CreateIndex, CreateTable, CreateTableLikeDefaults,
    CreateTableLikeKind, CreateTableOptions, CreateTrigger, CreateView, DataType, Expr,
    OrderByExpr, ReferentialAction, SqlOption, TableConstraint, TriggerEvent, TriggerObject,
    TriggerObjectKind, TriggerPeriod, UserDefinedTypeRepresentation,
};

use super::Reader;
use crate::Dialect;
use crate::act::{
    Act, Body, Column, Constraint, Copied, Engine, Event, Fires, Follows, Index, Like, Name,
    NewTable, Restriction, Timing, Trigger, at_hand,
};

impl Reader<'_> {
    pub(super) fn create_table(&self, create: &CreateTable) -> Act {
        let mut constraints: Vec<Constraint> = Vec::new();
        for constraint in &create.constraints {
            constraints.push(self.constraint(constraint));
        }
        let like = create.like.iter().map(|like| match like {
            CreateTableLikeKind::Parenthesized(like) | CreateTableLikeKind::Plain(like) => Like {
                table: self.name(&like.name),
                copied: match self.dialect {
                    Dialect::Postgres => Copied {
                        defaults: like.defaults == Some(CreateTableLikeDefaults::Including),
                        ..Copied::NOTHING
                    },
                    Dialect::MySql | Dialect::Sqlite => Copied::ALL,
                },
            },
        });
        let collation = ["collate", "default collate"]
            .iter()
            .find_map(|name| self.option(&create.table_options, name));
        Act::CreateTable(Box::new(NewTable {
            name: Some(self.name(&create.name)),
            if_not_exists: create.if_not_exists,
            or_replace: create.or_replace,
            temporary: create.temporary,
            foreign: false,
            engine: self
                .option(&create.table_options, "engine")
                .or_else(|| self.option(&create.table_options, "type"))
                .map(|name| Engine::called(&name)),
            columns: create
                .columns
                .iter()
                .map(|column| Arc::new(self.column(column)))
                .collect(),
            constraints,
            like: like.collect(),
            inherits: create
                .inherits
                .iter()
                .flatten()
                .map(|name| self.name(name))
                .collect(),
            partition_of: create.partition_of.as_ref().map(|name| self.name(name)),
            of: None,
            partitions: Vec::new(),
            source: create.query.as_ref().map(|query| {
                let data = create.with_data.as_ref().is_none_or(|with| with.data);
                (self.query(query), data)
            }),
            module: None,
            derived: false,
            charset: self
                .option(&create.table_options, "charset")
                .or_else(|| self.option(&create.table_options, "character set"))
                .or_else(|| self.option(&create.table_options, "default charset"))
                .or_else(|| self.option(&create.table_options, "default character set"))
                .or_else(|| Some(collation.as_deref()?.split('_').next()?.to_owned())),
            collation: collation.clone(),
            text: self.piece.to_owned(),
        }))
    }

    /// The value of one of MySQL's table options, in lower case.
    fn option(&self, options: &CreateTableOptions, wanted: &str) -> Option<String> {
        let CreateTableOptions::Plain(options) = options else {
            return None;
        };
        options.iter().find_map(|option| match option {
            SqlOption::KeyValue { key, value } if key.value.eq_ignore_ascii_case(wanted) => Some(
                value
                    .to_string()
                    .trim_matches(['\'', '"'])
                    .to_ascii_lowercase(),
            ),
            SqlOption::NamedParenthesizedList(list)
                if list.key.value.eq_ignore_ascii_case(wanted) =>
            {
                list.name
                    .as_ref()
                    .map(|name| name.value.to_ascii_lowercase())
            }
            _ => None,
        })
    }

    pub(super) fn column(&self, def: &ColumnDef) -> Column {
        let mut column = self.column_of(
            self.ident(&def.name),
            &def.data_type,
            def.options
                .iter()
                .map(|option| (option.name.as_ref(), &option.option)),
        );
        column.text = def.to_string();
        column
    }

    pub(super) fn column_of<'o>(
        &self,
        name: String,
        ty: &DataType,
        options: impl Iterator<Item = (Option<&'o sqlparser::ast::Ident>, &'o ColumnOption)>,
    ) -> Column {
        let text = match ty {
            DataType::Unspecified => None,
            ty => Some(ty.to_string()),
        };
        let lower = text.as_deref().unwrap_or_default().to_ascii_lowercase();
        let mut column = Column {
            identity: lower.contains("serial"),
            not_null: lower.contains("serial"),
            name,
            ty: text,
            ..Column::default()
        };
        for (called, option) in options {
            let called = called.map(|ident| self.ident(ident));
            self.column_option(&mut column, called, option);
        }
        column
    }

    fn column_option(&self, column: &mut Column, called: Option<String>, option: &ColumnOption) {
        let own = || vec![column.name.clone()];
        let rule = match option {
            ColumnOption::NotNull => {
                column.not_null = true;
                return;
            }
            ColumnOption::Default(expr) => {
                column.default = Some(expr.to_string());
                return;
            }
            ColumnOption::CharacterSet(name) => {
                column.charset = Some(self.last(name).to_ascii_lowercase());
                return;
            }
            ColumnOption::Collation(name) => {
                column.collate(self.dialect, self.last(name).to_ascii_lowercase());
                return;
            }
            ColumnOption::Invisible => {
                column.hidden = true;
                return;
            }
            ColumnOption::OnUpdate(_) => {
                column.on_update = true;
                return;
            }
            ColumnOption::Identity(_) => {
                column.identity = true;
                return;
            }
            ColumnOption::Generated {
                generation_expr, ..
            } => {
                match generation_expr {
                    Some(expr) => column.generated = Some(expr.to_string()),
                    None => {
                        column.identity = true;
                        column.not_null = true;
                    }
                }
                return;
            }
            ColumnOption::DialectSpecific(tokens) => {
                column.identity |= tokens
                    .iter()
                    .any(|token| token.to_string().to_ascii_lowercase().starts_with("auto"));
                // `INTEGER PRIMARY KEY DESC` numbers no rows.
                let falls = tokens
                    .iter()
                    .any(|token| token.to_string().eq_ignore_ascii_case("desc"));
                column.not_null &= !falls;
                return;
            }
            ColumnOption::PrimaryKey(_) => {
                // SQLite lets NULL into any other primary key.
                let numbered = column
                    .ty
                    .as_deref()
                    .is_some_and(|ty| ty.eq_ignore_ascii_case("integer"));
                column.not_null |= self.dialect != Dialect::Sqlite || numbered;
                Restriction::PrimaryKey(own())
            }
            ColumnOption::Unique(_) => Restriction::Unique(own()),
            ColumnOption::ForeignKey(key) => {
                // MySQL parses REFERENCES at a column and forgets it; MariaDB does not.
                Restriction::ForeignKey {
                    columns: own(),
                    table: self.name(&key.foreign_table),
                    referred: self.idents(&key.referred_columns),
                    on_delete: follows(key.on_delete),
                    on_update: follows(key.on_update),
                }
            }
            ColumnOption::Check(_) => Restriction::Check,
            _ => return,
        };
        column.constraints.push(Constraint {
            name: called,
            rule,
            text: option.to_string(),
        });
    }

    pub(super) fn constraint(&self, constraint: &TableConstraint) -> Constraint {
        let (name, rule) = match constraint {
            TableConstraint::Unique(unique) => (
                unique.name.as_ref().or(unique.index_name.as_ref()),
                self.unique(unique.columns.iter().map(|c| &c.column)),
            ),
            TableConstraint::PrimaryKey(key) => (
                key.name.as_ref(),
                Restriction::PrimaryKey(self.key(key.columns.iter().map(|c| &c.column))),
            ),
            TableConstraint::ForeignKey(key) => (
                key.name.as_ref(),
                Restriction::ForeignKey {
                    columns: self.idents(&key.columns),
                    table: self.name(&key.foreign_table),
                    referred: self.idents(&key.referred_columns),
                    on_delete: follows(key.on_delete),
                    on_update: follows(key.on_update),
                },
            ),
            TableConstraint::Check(check) => (check.name.as_ref(), Restriction::Check),
            TableConstraint::Index(index) => (
                index.name.as_ref(),
                Restriction::Index(self.key(index.columns.iter().map(|c| &c.column))),
            ),
            TableConstraint::FulltextOrSpatial(index) => (
                index.opt_index_name.as_ref(),
                Restriction::Index(self.key(index.columns.iter().map(|c| &c.column))),
            ),
            TableConstraint::PrimaryKeyUsingIndex(using)
            | TableConstraint::UniqueUsingIndex(using) => (
                using.name.as_ref(),
                Restriction::UsingIndex(self.ident(&using.index_name)),
            ),
            TableConstraint::Exclude(exclude) => (exclude.name.as_ref(), Restriction::Exclude),
        };
        Constraint {
            name: name.map(|ident| self.ident(ident)),
            rule,
            text: constraint.to_string(),
        }
    }

    /// A key over an expression says of no column that its values are unlike.
    fn unique<'o>(
        &self,
        columns: impl ExactSizeIterator<Item = &'o OrderByExpr> + Clone,
    ) -> Restriction {
        let plain = self.key(columns.clone());
        match plain.len() == columns.len() {
            true => Restriction::Unique(plain),
            false => Restriction::Exclude,
        }
    }

    /// The plain columns of a key.
    fn key<'o>(&self, columns: impl Iterator<Item = &'o OrderByExpr>) -> Vec<String> {
        columns
            .filter_map(|column| match &column.expr {
                Expr::Identifier(ident) => Some(self.ident(ident)),
                // MySQL's key on the first characters: `name(20)`.
                Expr::Function(function) if self.dialect == Dialect::MySql => {
                    Some(self.last(&function.name))
                }
                _ => None,
            })
            .collect()
    }

    pub(super) fn create_index(&self, create: &CreateIndex) -> Act {
        Act::CreateIndex(Index {
            name: create.name.as_ref().map(|name| self.name(name)),
            table: self.name(&create.table_name),
            columns: self.key(create.columns.iter().map(|c| &c.column)),
            unique: create.unique,
            if_not_exists: create.if_not_exists,
            text: self.piece.to_owned(),
        })
    }

    pub(super) fn create_view(&self, create: &CreateView) -> Act {
        Act::CreateView {
            name: self.name(&create.name),
            materialized: create.materialized,
            or_replace: create.or_replace,
            if_not_exists: create.if_not_exists,
            temporary: create.temporary,
            query: at_hand(Some(self.query(&create.query))),
            text: self.piece.to_owned(),
        }
    }

    pub(super) fn create_type(
        &self,
        name: Name,
        representation: Option<&UserDefinedTypeRepresentation>,
    ) -> Act {
        let labels = match representation {
            Some(UserDefinedTypeRepresentation::Enum { labels }) => {
                Some(labels.iter().map(|label| label.value.clone()).collect())
            }
            _ => None,
        };
        Act::CreateType {
            name,
            labels,
            base: None,
            text: self.piece.to_owned(),
        }
    }

    pub(super) fn create_trigger(&self, create: &CreateTrigger) -> Act {
        let on = create.events.iter().map(|event| match event {
            TriggerEvent::Insert => Event::Insert,
            TriggerEvent::Update(_) => Event::Update,
            TriggerEvent::Delete => Event::Delete,
            TriggerEvent::Truncate => Event::Truncate,
        });
        let of = create.events.iter().flat_map(|event| match event {
            TriggerEvent::Update(columns) => columns.as_slice(),
            _ => &[],
        });
        let body = match (&create.exec_body, &create.statements) {
            (Some(exec), _) => Body::Routine(self.name(&exec.func_desc.name)),
            (None, Some(statements)) => {
                let mut steps = Vec::new();
                for statement in statements.statements() {
                    self.statement(statement, &mut steps);
                }
                Body::Steps(steps)
            }
            (None, None) => Body::Unknown("the trigger's body is not understood".into()),
        };
        Act::CreateTrigger(Trigger {
            name: self.name(&create.name),
            table: Some(self.name(&create.table_name)),
            on: on.collect(),
            of: of.map(|column| self.ident(column)).collect(),
            timing: match create.period {
                Some(TriggerPeriod::After) => Timing::After,
                Some(TriggerPeriod::InsteadOf) => Timing::Instead,
                Some(TriggerPeriod::Before | TriggerPeriod::For) | None => Timing::Before,
            },
            each_row: matches!(
                create.trigger_object,
                Some(
                    TriggerObjectKind::For(TriggerObject::Row)
                        | TriggerObjectKind::ForEach(TriggerObject::Row)
                )
            ),
            fires: Fires::Normally,
            when: create.condition.as_ref().map(ToString::to_string),
            body,
            or_replace: create.or_replace,
            if_not_exists: false,
            text: self.piece.to_owned(),
        })
    }
}

fn follows(action: Option<ReferentialAction>) -> Follows {
    match action {
        Some(ReferentialAction::Cascade) => Follows::Cascade,
        Some(ReferentialAction::SetNull) => Follows::SetNull,
        Some(ReferentialAction::SetDefault) => Follows::SetDefault,
        Some(ReferentialAction::Restrict | ReferentialAction::NoAction) | None => Follows::Refuse,
    }
}
