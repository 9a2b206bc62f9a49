//! Which data does a query carry on, and how much of it?

pub(super) mod among;
mod asked;
pub(super) mod begun;
mod beside_key;
pub(super) mod decided;
pub(super) mod fetched;
mod gather;
mod joined_lookups;
mod joins;
mod kept;
pub(super) mod keys;
mod meanings;
mod partners;
pub(super) mod portion;
mod self_join;
pub(super) mod source;
pub(super) mod targets;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::kept::appearing;
use self::portion::Portion;
use self::source::Placed;
use super::ledger::cuts::Rows;
use super::run::Run;
use super::values::form::Form;
use super::values::lookup::Told;
use super::values::manner::Made;
use super::values::outcomes::Outcomes;
use super::values::packed::Packed;
use super::values::stamps::Coming;
use super::values::ties::Tied;
use crate::Dialect;
use crate::act::{Branch, Choice, Column, Filter, Name, Output, Query, Step, With};
use crate::schema::Id;

/// The rows that a query yields.
#[derive(Debug, Clone, Default)]
pub(crate) struct Relation {
    pub(crate) columns: Vec<Flow>,
    /// Tables whose unnamed columns are all in it.
    pub(crate) rests: Vec<Id>,
    /// Whether it may have columns besides those.
    pub(crate) open: bool,
    /// Whose rows are in it whole.
    pub(crate) rows: Vec<Rows>,
    /// Rows of which those are in it that a condition picks, once for each branch that picks some.
    pub(crate) parts: Vec<Portion>,
    /// Values of which only those rows are missing that have none.
    pub(crate) sparse: Vec<Id>,
    /// Sets of columns, by position, no two rows of it are equal in.
    pub(crate) keys: Vec<Vec<usize>>,
    /// The columns that hold a key of the rows in it, which may be in it more than once.
    pub(super) whose: Vec<usize>,
    /// The one table that its rows are of.
    pub(crate) table: Option<Id>,
    /// Those of each branch by themselves, where there are several.
    pub(super) branches: Vec<Coming>,
    /// Each value of these rows, NULL aside, is in it, although not each row.
    pub(crate) appear: Vec<Rows>,
}

impl Relation {
    /// The values of all its columns.
    pub(super) fn values(&self) -> Vec<Id> {
        let values = self.columns.iter().flat_map(|flow| &flow.values);
        values.copied().collect()
    }

    /// About how much there is to look through of it, and to copy.
    fn size(&self) -> usize {
        let in_column =
            |flow: &Flow| 4 + flow.values.len() + flow.constants.len() + flow.tied.len();
        let in_columns: usize = self.columns.iter().map(in_column).sum();
        let in_part = |part: &Portion| 4 + part.of.len() + part.values.as_ref().map_or(0, Vec::len);
        let in_parts: usize = self.parts.iter().map(in_part).sum();
        in_columns + in_parts + self.rows.len() + self.rests.len() + self.appear.len()
    }

    /// The tables that it has all rows of.
    fn homes(&self) -> BTreeSet<Id> {
        self.rows.iter().map(|rows| rows.table).collect()
    }

    /// The tables that it has rows of.
    pub(super) fn sources(&self) -> BTreeSet<Id> {
        let parts = self.parts.iter().flat_map(|part| &part.of);
        let rows = self.rows.iter().chain(parts);
        rows.map(|rows| rows.table).collect()
    }

    /// The tables that it has values of, whichever their rows: none of them need be in it whole.
    pub(super) fn origins(&self) -> BTreeSet<Id> {
        let values = self
            .columns
            .iter()
            .flat_map(|flow| flow.values.iter().chain(&flow.of));
        let mut origins = self.sources();
        origins.extend(values.map(|value| value.home()));
        origins
    }

    /// The rows of both, `UNION ALL`.
    ///
    /// Columns that tell which are of which get `tags`, where the rows come together.
    fn and(
        mut self,
        mut other: Relation,
        dialect: Dialect,
        tags: &mut impl FnMut() -> Id,
    ) -> Relation {
        let mut branches = self.come();
        branches.extend(other.come());
        self.branches = branches;
        super::values::mixed::bring_together(&mut self, &mut other, dialect, tags);
        let (own, homes) = (self.homes(), other.homes());
        for side in [&mut self, &mut other] {
            let values = side.values();
            for part in &mut side.parts {
                part.values = Some(part.values_among(&values));
            }
        }
        self.rows.extend(other.rows);
        self.appear.clear();
        // The rows of the other branch may say something else of them, but for what is told by what stands beside it.
        self.sparse.extend(other.sparse);
        if !self.sparse.is_empty() {
            let sides = self.columns.iter().chain(&other.columns);
            let told: BTreeSet<Id> = sides.flat_map(super::values::ties::told).collect();
            self.sparse.retain(|value| told.contains(value));
        }
        self.parts.extend(other.parts);
        self.rests.extend(other.rests);
        self.open |= other.open;
        self.keys.clear();
        self.table = None;
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            if column.ty != more.ty {
                let own = column.ty.take().map(|ty| (column.values.clone(), ty));
                let theirs = more.ty.clone().map(|ty| (more.values.clone(), ty));
                column.mixed.extend(own.into_iter().chain(theirs));
            }
            column.mixed.extend(more.mixed);
            if column.values.is_empty() {
                column.made = more.made;
            } else if !more.values.is_empty() && column.made != more.made {
                column.made = vec![Made::Unsaid];
            }
            // Values of a part are not all there are, and the table's rows are taken for whole.
            column
                .values
                .retain(|value| own.contains(&value.home()) || !homes.contains(&value.home()));
            let more_values = more.values.into_iter();
            column.values.extend(
                more_values
                    .filter(|value| homes.contains(&value.home()) || !own.contains(&value.home())),
            );
            column.not_null &= more.not_null;
            column.required &= more.required;
            column.picked = None;
            column.tied.extend(more.tied);
            column.of.extend(more.of);
            column.told = None;
            column.form = None;
            column.outcomes = None;
            match column.constants.is_empty() || more.constants.is_empty() {
                true => column.constants.clear(),
                false => column.constants.extend(more.constants),
            }
        }
        self
    }

    /// Its one part is picked by what stands in a column of that name.
    fn note_picked(&mut self, name: &str) {
        let [part] = self.parts.as_slice() else {
            return;
        };
        let choice = Arc::new(part.choice.clone());
        let read = |flow: &&mut Flow| flow.plain && flow.read() == Some(name);
        for flow in self.columns.iter_mut().filter(read) {
            flow.picked = Some(Arc::clone(&choice));
        }
    }

    /// Whether no two rows of it are equal: they may be where a key may be NULL.
    fn tells_rows_apart(&self) -> bool {
        let filled = |at: &usize| self.columns.get(*at).is_some_and(|flow| flow.not_null);
        self.keys.iter().any(|key| key.iter().all(filled))
    }
}

/// One column of a relation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    pub(crate) name: Option<String>,
    /// The columns whose values are in it, one for one.
    pub(crate) values: Vec<Id>,
    pub(crate) ty: Option<String>,
    /// Of which types its values are, where `UNION ALL` put several into it.
    pub(crate) mixed: Vec<(Vec<Id>, String)>,
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    /// MySQL numbers it, so that no 0 is in it.
    pub(crate) numbered: bool,
    pub(crate) not_null: bool,
    /// One of its values is NULL here, which none of them was.
    pub(crate) emptied: bool,
    /// Its column takes no NULL, whichever rows were picked.
    pub(crate) required: bool,
    /// The value is as it was stored, not transformed.
    pub(crate) plain: bool,
    /// It is not the very value that was there at the start, although it is one-to-one with it.
    pub(crate) shifted: bool,
    /// The type of PostgreSQL whose values are written out in this text.
    pub(crate) spells: Option<String>,
    /// PostgreSQL may have rounded numbers of more than [`EXACT`](super::values::one_to_one::EXACT) digits.
    pub(crate) rounded: bool,
    /// Something else was made of the values: their first types tell no more what holds them.
    pub(crate) grown: bool,
    /// What it is computed by, in every row.
    pub(crate) generated: Option<String>,
    /// It is one of these constants, in every row.
    pub(crate) constants: Vec<String>,
    /// What other columns are told by, where it tells that.
    pub(super) tag: Option<Id>,
    /// By what its rows were picked, which reads nothing else.
    pub(super) picked: Option<Arc<Choice>>,
    /// What was done to its values on their way.
    pub(super) made: Vec<Made>,
    /// What it was computed of, as far as that cannot be told by it.
    pub(super) of: Vec<Id>,
    /// How each of its values was made.
    pub(super) form: Option<Form>,
    /// What it is for the values of the columns that it was computed of.
    pub(super) outcomes: Option<Arc<Outcomes>>,
    /// What stands in it, each under its name.
    pub(super) packed: Vec<Packed>,
    /// It is part of the primary key of its table.
    pub(super) primary: bool,
    /// Values that are told only beside columns with all of these tags.
    pub(super) tied: Vec<Tied>,
    /// What of another column it tells, which it was looked up by.
    pub(super) told: Option<Box<Told>>,
    /// No `*` means it.
    pub(crate) hidden: bool,
    /// The column that is read.
    pub(crate) column: Option<Arc<Column>>,
}

impl Flow {
    /// Whether something else was made of its values, whose types do not tell what holds that.
    pub(super) fn is_made(&self) -> bool {
        self.grown || !self.packed.is_empty()
    }

    /// What the column is called that is read.
    pub(super) fn read(&self) -> Option<&str> {
        self.column.as_deref().map(|column| column.name.as_str())
    }
}

/// What the names of `WITH` stand for.
pub(crate) type Names = Vec<(String, Arc<Relation>)>;

impl Run<'_> {
    /// What a name of `WITH`, or of a body's row, stands for.
    pub(super) fn named(&self, name: &Name) -> Option<&Arc<Relation>> {
        self.spend(self.named.len() / 8);
        let mut named = self.named.iter().rev();
        let found = named.find(|(own, _)| name.schema.is_none() && self.same(own, &name.name));
        found.map(|(_, relation)| relation)
    }

    /// Runs a query for what it writes and calls.
    pub(crate) fn select(&mut self, query: &Query) {
        let relation = self.query(query);
        if let Some((name, temporary)) = &query.into {
            self.create_from(name, *temporary, relation);
        }
    }

    /// A statement behind `WITH`.
    pub(super) fn with(&mut self, query: &Query, step: &Step) {
        let known = (self.named.len(), self.begun.len());
        self.name_with(query);
        if !self.begun.is_empty() {
            self.begin_part(&step.act);
        }
        self.steps(std::slice::from_ref(step));
        self.named.truncate(known.0);
        self.begun.truncate(known.1);
    }

    /// Gives the names of a `WITH` to what stands in it.
    fn name_with(&mut self, query: &Query) {
        for (name, with) in &query.with {
            if self.is_exhausted() {
                return;
            }
            let relation = match with {
                With::Query(inner) => self.query(inner),
                With::Steps(steps) => {
                    steps.iter().for_each(|step| self.begin_part(&step.act));
                    self.writing(steps)
                }
            };
            self.named.push((name.clone(), Arc::new(relation)));
        }
    }

    pub(crate) fn query(&mut self, query: &Query) -> Relation {
        let known = (self.named.len(), self.begun.len());
        self.name_with(query);
        self.calls(&query.calls, query.surely);
        let mut whole: Option<Relation> = None;
        for branch in &query.branches {
            let own = self.branch(branch);
            // What twice doubles what it reads is soon more than there is room for.
            self.spend(own.size() + whole.as_ref().map_or(0, Relation::size) / 4);
            if self.is_exhausted() {
                whole = None;
                break;
            }
            let mut own = own;
            if let Some(one) = &mut whole {
                self.make_alike(one, &mut own);
            }
            let dialect = self.dialect;
            let mut tags = || self.schema.fresh();
            whole = Some(match whole {
                Some(one) => one.and(own, dialect, &mut tags),
                None => own,
            });
        }
        self.named.truncate(known.0);
        self.begun.truncate(known.1);
        let Some(mut relation) = whole else {
            return Relation::default();
        };
        if query.merged {
            relation.rows.clear();
            relation.parts.clear();
            relation.appear.clear();
        } else if query.limited {
            relation = self.picked_of(relation, query.branches.len() == 1);
        }
        relation
    }

    /// Some of the rows, which are `told` from others only where they are of one table.
    pub(super) fn picked_of(&mut self, rows: Relation, told: bool) -> Relation {
        let mut of = rows.rows;
        of.extend(rows.parts.into_iter().flat_map(|part| part.of));
        Relation {
            parts: match told {
                true => vec![self.some_of(of, rows.table)],
                false => Vec::new(),
            },
            rows: Vec::new(),
            sparse: Vec::new(),
            appear: Vec::new(),
            ..rows
        }
    }

    /// A statement of `WITH` that writes: its effects, and the rows that it returns.
    fn writing(&mut self, steps: &[Step]) -> Relation {
        let mut relation = Relation::default();
        for step in steps {
            self.active = true;
            match &step.act {
                crate::act::Act::Delete(delete) => relation = self.delete(delete),
                crate::act::Act::Insert(insert) => relation = self.insert(insert),
                _ => self.steps(std::slice::from_ref(step)),
            }
        }
        relation
    }

    fn branch(&mut self, branch: &Branch) -> Relation {
        let mut sources: Vec<Placed> = branch
            .from
            .iter()
            .map(|source| self.source(source))
            .collect();
        self.part_from_others(branch, &mut sources);
        Run::part_from_tags(&mut sources);
        if let Some(filter) = &branch.filter {
            let calls = filter.calls.clone();
            self.calls(&calls, false);
        }
        let mut relation = self.project(&branch.output, &sources);
        self.tell_types(branch, &sources, &mut relation);
        self.look_up_joined(&branch.from, &branch.output, &sources, &mut relation);
        let folded = self.folds(branch, &sources) || self.multiplies(branch);
        for flow in &mut relation.columns {
            let asked = |filter: &Filter| flow.read().is_some_and(|c| filter.leaves_no_null(c));
            flow.not_null |= branch.filter.as_ref().is_some_and(asked);
        }
        let filtered = branch
            .filter
            .as_ref()
            .is_some_and(|filter| !self.meets_all(filter, &sources));
        if let (Some((at, children)), false) = (&branch.children, folded)
            && let Some(placed) = sources.get(*at)
            && let Some(portion) = self.portion_of_children(placed, children)
        {
            relation.parts = vec![portion];
            relation.table = placed.relation.table;
        }
        for (at, placed) in sources.iter().enumerate() {
            if self.keeps(&branch.from, &sources, at) && !folded {
                if filtered {
                    if let (1, Some(filter)) = (sources.len(), &branch.filter) {
                        relation.rows = self.met_whole(placed, filter);
                        relation.parts = vec![self.part(placed, filter)];
                        if let ([column], true) = (filter.reads.as_slice(), filter.is_repeatable())
                        {
                            relation.note_picked(&column.1);
                        }
                    }
                } else {
                    relation.rows.extend(placed.relation.rows.iter().copied());
                }
            }
        }
        if let ([one], false) = (sources.as_slice(), folded) {
            relation.table = one.relation.table;
            relation.keys = self.kept_keys(&branch.output, one, &relation);
            if !filtered && !one.relation.parts.is_empty() {
                relation.parts.clone_from(&one.relation.parts);
            }
        }
        relation.sparse = self.sparse(branch, &sources, &relation);
        if let [one] = sources.as_slice() {
            relation.appear = appearing(branch, one, &relation);
        } else if relation.rows.is_empty() && relation.parts.is_empty() && !folded {
            let part = self.part_beside_key(branch, &sources, &relation.columns);
            relation.parts.extend(part);
        }
        if branch.distinct && !relation.tells_rows_apart() {
            relation.rows.clear();
            relation.parts.clear();
        }
        relation
    }

    pub(super) fn project(&mut self, outputs: &[Output], sources: &[Placed]) -> Relation {
        let mut relation = Relation::default();
        for output in outputs {
            match output {
                Output::All(of) => {
                    for placed in sources {
                        if of.as_ref().is_none_or(|of| placed.is_called(self, of)) {
                            // Columns may have been named since the source was read.
                            let now = placed.now(self);
                            let meant = now.columns.iter().filter(|flow| !flow.hidden);
                            relation.columns.extend(meant.cloned());
                            relation.rests.extend(&now.rests);
                            relation.open |= now.open;
                        }
                    }
                }
                Output::Value { value, name } => {
                    let mut flow = self.flow(value, sources);
                    self.note_manner(value, &mut flow, sources);
                    flow.name.clone_from(name);
                    flow.hidden = false;
                    relation.columns.push(flow);
                }
            }
        }
        match sources {
            [_] => self.tell_together(&mut relation),
            // Two of them may be of two rows.
            _ => relation
                .columns
                .iter_mut()
                .for_each(|flow| flow.outcomes = None),
        }
        relation
    }
}
