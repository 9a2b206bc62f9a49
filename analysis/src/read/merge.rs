//! What may a MERGE do to the rows that are there?

use super::Reader;
use super::member::conjunction;
use crate::act::{Act, Conflict, Delete, Filter, From, Insert, Query, Rows, Source, Step, Update};
use sqlparser::ast::{
    Merge, MergeAction, MergeClauseKind, MergeInsertKind, MergeUpdateKind, TableFactor,
    TableWithJoins,
};

impl Reader<'_> {
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
                        absent: Vec::new(),
                        at_once: false,
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
}
