//! Which data does a query carry on, and how much of it?

use std::collections::BTreeSet;

use super::ledger::Rows;
use super::mixed::Tied;
use super::run::Run;
use super::wording::bare;
use crate::Dialect;
use crate::act::{
    Branch, Choice, Filter, From, Join, Name, Output, Picks, Query, SETTINGS, Source, Step, With,
};
use crate::lex::lex;
use crate::schema::{Id, Key, Table};
use crate::types::Type;

/// Types of PostgreSQL that have no parts, of those that are known by nothing but their names.
const WHOLE: [&str; 8] = [
    "cidr", "citext", "inet", "ltree", "macaddr", "tsvector", "uuid", "xml",
];

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
    /// Each value of these rows, NULL aside, is in it, although not each row.
    pub(crate) appear: Vec<Rows>,
}

impl Relation {
    /// The values of all its columns.
    pub(super) fn values(&self) -> Vec<Id> {
        let values = self.columns.iter().flat_map(|flow| &flow.values);
        values.copied().collect()
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

    /// The rows of both, `UNION ALL`.
    ///
    /// Columns that tell which are of which get `tags`, where the rows come together.
    fn and(
        mut self,
        mut other: Relation,
        dialect: Dialect,
        tags: &mut impl FnMut() -> Id,
    ) -> Relation {
        super::mixed::bring_together(&mut self, &mut other, dialect, tags);
        let (own, homes) = (self.homes(), other.homes());
        for side in [&mut self, &mut other] {
            let values = side.values();
            for part in &mut side.parts {
                part.values.get_or_insert_with(|| values.clone());
            }
        }
        self.rows.extend(other.rows);
        self.appear.clear();
        // The rows of the other branch may say something else of them.
        self.sparse.clear();
        self.parts.extend(other.parts);
        self.rests.extend(other.rests);
        self.open |= other.open;
        self.keys.clear();
        self.table = None;
        for (column, more) in self.columns.iter_mut().zip(other.columns) {
            // Values of a part are not all there are, and the table's rows are taken for whole.
            column
                .values
                .retain(|value| own.contains(&value.home()) || !homes.contains(&value.home()));
            let more_values = more.values.into_iter();
            column.values.extend(
                more_values
                    .filter(|value| homes.contains(&value.home()) || !own.contains(&value.home())),
            );
            if column.ty != more.ty {
                column.ty = None;
            }
            column.not_null &= more.not_null;
            column.tied.extend(more.tied);
            match column.constants.is_empty() || more.constants.is_empty() {
                true => column.constants.clear(),
                false => column.constants.extend(more.constants),
            }
        }
        self
    }

    /// Whether no two rows of it are equal: they may be where a key may be NULL.
    fn tells_rows_apart(&self) -> bool {
        let filled = |at: &usize| self.columns.get(*at).is_some_and(|flow| flow.not_null);
        self.keys.iter().any(|key| key.iter().all(filled))
    }
}

/// The rows of a table that a condition picks.
#[derive(Debug, Clone)]
pub(crate) struct Portion {
    pub(crate) of: Vec<Rows>,
    /// The table that they are read from.
    pub(crate) from: Option<Id>,
    pub(crate) filter: String,
    /// The columns that the condition reads.
    pub(crate) reads: Vec<String>,
    pub(crate) choice: Choice,
    /// Which values come with them, where those are not all that the relation has.
    pub(crate) values: Option<Vec<Id>>,
}

/// One column of a relation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flow {
    pub(crate) name: Option<String>,
    /// The columns whose values are in it, one for one.
    pub(crate) values: Vec<Id>,
    pub(crate) ty: Option<String>,
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    /// MySQL numbers it, so that no 0 is in it.
    pub(crate) numbered: bool,
    pub(crate) not_null: bool,
    /// The value is as it was stored, not transformed.
    pub(crate) plain: bool,
    /// It is not the very value that was there at the start, although it is one-to-one with it.
    pub(crate) shifted: bool,
    /// The type of PostgreSQL whose values are written out in this text.
    pub(crate) spells: Option<String>,
    /// PostgreSQL may have rounded numbers of more than [`EXACT`](super::one_to_one::EXACT) digits.
    pub(crate) rounded: bool,
    /// What it is computed by, in every row.
    pub(crate) generated: Option<String>,
    /// It is one of these constants, in every row.
    pub(crate) constants: Vec<String>,
    /// What other columns are told by, where it tells that.
    pub(super) tag: Option<Id>,
    /// It is part of the primary key of its table.
    pub(super) primary: bool,
    /// Values that are told only beside columns with all of these tags.
    pub(super) tied: Vec<Tied>,
    /// No `*` means it.
    pub(crate) hidden: bool,
    /// What the column is called where it is read.
    pub(crate) column: Option<String>,
}

/// What the names of `WITH` stand for.
pub(crate) type Names = Vec<(String, Relation)>;

impl Run<'_> {
    /// What a name of `WITH`, or of a body's row, stands for.
    pub(super) fn named(&self, name: &Name) -> Option<&Relation> {
        let mut named = self.named.iter().rev();
        let found = named.find(|(own, _)| name.schema.is_none() && self.same(own, &name.name));
        found.map(|(_, relation)| relation)
    }

    /// Some of the rows of a table, which nobody can tell by asking again: no other rows are the same.
    pub(super) fn some_of(&mut self, of: Vec<Rows>, from: Option<Id>) -> Portion {
        self.pickings += 1;
        let name = format!("\u{0}{}", self.pickings);
        Portion {
            of,
            from,
            filter: name.clone(),
            reads: vec![name.clone()],
            choice: Choice {
                atom: name,
                column: None,
                holds: [true, false, false],
            },
            values: None,
        }
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
        let known = self.named.len();
        self.name_with(query);
        self.steps(std::slice::from_ref(step));
        self.named.truncate(known);
    }

    /// Gives the names of a `WITH` to what stands in it.
    fn name_with(&mut self, query: &Query) {
        for (name, with) in &query.with {
            let relation = match with {
                With::Query(inner) => self.query(inner),
                With::Steps(steps) => self.writing(steps),
            };
            self.named.push((name.clone(), relation));
        }
    }

    pub(crate) fn query(&mut self, query: &Query) -> Relation {
        let known = self.named.len();
        self.name_with(query);
        self.calls(&query.calls, query.surely);
        let mut branches = query
            .branches
            .iter()
            .map(|branch| self.branch(branch))
            .collect::<Vec<_>>();
        self.named.truncate(known);
        if branches.is_empty() {
            return Relation::default();
        }
        let first = branches.remove(0);
        let dialect = self.dialect;
        let mut tags = || self.schema.fresh();
        let mut relation = branches
            .into_iter()
            .fold(first, |one, other| one.and(other, dialect, &mut tags));
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
        let sources: Vec<Placed> = branch
            .from
            .iter()
            .map(|source| self.source(source))
            .collect();
        if let Some(filter) = &branch.filter {
            let calls = filter.calls.clone();
            self.calls(&calls, false);
        }
        let mut relation = self.project(&branch.output, &sources);
        let folded = self.folds(branch, &sources);
        for flow in &mut relation.columns {
            let asked = |filter: &Filter| {
                flow.column
                    .as_deref()
                    .is_some_and(|c| filter.leaves_no_null(c))
            };
            flow.not_null |= branch.filter.as_ref().is_some_and(asked);
        }
        let filtered = branch
            .filter
            .as_ref()
            .is_some_and(|filter| !self.meets_all(filter, &sources));
        for (at, placed) in sources.iter().enumerate() {
            if keeps(&branch.from, at) && !folded {
                if filtered {
                    if let (1, Some(filter)) = (sources.len(), &branch.filter) {
                        relation.parts = vec![self.part(placed, filter)];
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
        relation.sparse = self.sparse(branch, &relation);
        if let [one] = sources.as_slice() {
            relation.appear = appearing(branch, one, &relation);
        }
        if branch.distinct && !relation.tells_rows_apart() {
            relation.rows.clear();
            relation.parts.clear();
        }
        relation
    }

    /// Whether rows are folded together or left out: none are where they are grouped by what is never twice the same.
    fn folds(&self, branch: &Branch, sources: &[Placed]) -> bool {
        let ([one], Some(grouped), false) = (sources, &branch.grouped, branch.folded) else {
            return branch.may_fold();
        };
        let Relation { columns, keys, .. } = &one.relation;
        let apart = |at: &usize| {
            let flow = columns.get(*at);
            flow.and_then(|flow| flow.name.as_ref().filter(|_| flow.not_null))
                .is_some_and(|name| grouped.iter().any(|own| self.same(own, name)))
        };
        !keys.iter().any(|key| key.iter().all(apart))
    }

    /// The rows of the source that the condition picks.
    pub(super) fn part(&mut self, placed: &Placed, filter: &Filter) -> Portion {
        match filter.is_repeatable() && filter.tables.is_empty() {
            true => self.portion(placed, filter),
            false => self.part_by_member(placed, filter, false),
        }
    }

    /// The rows of the source that the condition picks.
    pub(super) fn portion(&self, placed: &Placed, filter: &Filter) -> Portion {
        let mut choice = filter.choice.clone();
        let never_null = placed
            .relation
            .columns
            .iter()
            .any(|flow| flow.not_null && flow.name.is_some() && flow.name == choice.column);
        choice.holds[2] |= never_null;
        // Neither IS NULL nor IS NOT NULL holds where only some parts of a row are NULL.
        if choice.holds == [true, true, false] && self.asks_of_parts(placed, &choice.atom) {
            choice.holds = [false; 3];
        }
        let values = self.values_read(filter);
        choice.atom.push_str(&values);
        Portion {
            of: placed.relation.rows.clone(),
            from: placed.relation.table,
            filter: filter.text.clone() + &values,
            reads: self.read_for(placed, filter),
            choice,
            values: None,
        }
    }

    /// Whether the column `name` may be of a type that has parts, each of which may be NULL.
    fn asks_of_parts(&self, placed: &Placed, name: &str) -> bool {
        let column = placed.relation.columns.iter().find(|flow| {
            let own = flow.name.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        });
        column.is_some_and(|flow| self.may_have_parts(flow))
    }

    /// Whether `IS NOT NULL` asks about parts of the value, one of which may be NULL alone.
    pub(super) fn may_have_parts(&self, flow: &Flow) -> bool {
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        self.dialect == Dialect::Postgres
            && matches!(ty, Some(Type::Named(name)) if !WHOLE.contains(&name.as_str()))
    }

    /// The columns that the condition reads, and those that they are computed from.
    fn read_for(&self, placed: &Placed, filter: &Filter) -> Vec<String> {
        let mut reads: Vec<String> = filter.reads.iter().map(|(_, name)| name.clone()).collect();
        for flow in &placed.relation.columns {
            let name = flow.name.as_ref();
            if let Some(text) = &flow.generated
                && name.is_some_and(|own| reads.iter().any(|read| self.same(read, own)))
            {
                let tokens = lex(text, self.dialect);
                let words = tokens.iter().filter(|token| token.is_significant());
                reads.extend(words.map(|token| bare(token.text(text)).to_owned()));
            }
        }
        reads
    }

    /// What variables hold that the condition reads, and the clock, as far as it is known to be something else than elsewhere.
    fn values_read(&self, filter: &Filter) -> String {
        let mut held = self.variables_read(filter);
        // A setting may be that of one transaction.
        let moves = filter.clock.is_some() || self.assigned.contains_key(SETTINGS);
        if moves && self.transactions > 0 {
            held += &format!("\u{0}time {}", self.transactions);
        }
        held
    }

    fn variables_read(&self, filter: &Filter) -> String {
        if self.assigned.is_empty() {
            return String::new();
        }
        let reads = filter.reads.iter();
        let names = reads.map(|(of, name)| of.as_ref().unwrap_or(name).to_lowercase());
        // Any condition may compare by the settings.
        let names = names.chain([SETTINGS.to_owned()]);
        let held: std::collections::BTreeMap<String, &String> = names
            .filter_map(|name| Some((name.clone(), self.assigned.get(&name)?)))
            .collect();
        let held = held
            .iter()
            .map(|(name, value)| format!("\u{0}{name} {value}"));
        held.collect()
    }

    /// The rows of the source that a condition picks which other tables decide on; or more, where `any` will do.
    pub(super) fn part_by_member(
        &mut self,
        placed: &Placed,
        filter: &Filter,
        any: bool,
    ) -> Portion {
        let member = filter.member.as_ref().filter(|member| any || member.exact);
        let known = placed.key.as_ref().zip(member);
        let known = known.and_then(|(key, member)| self.as_copied(key, member));
        let part = self.some_of(placed.relation.rows.clone(), placed.relation.table);
        Portion {
            filter: known.unwrap_or_else(|| part.filter.clone()),
            ..part
        }
    }

    /// What `SELECT id, x … WHERE x IS NOT NULL` leaves out of x is nothing.
    fn sparse(&self, branch: &Branch, relation: &Relation) -> Vec<Id> {
        let Some((filter, _)) = branch.filter.as_ref().zip(relation.parts.first()) else {
            return Vec::new();
        };
        let Some(name) = filter.text.strip_suffix(" is not null") else {
            return Vec::new();
        };
        // Without a key nobody can tell whose value it was.
        let parts = relation.columns.iter().any(|flow| {
            let own = flow.column.as_deref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name)) && self.may_have_parts(flow)
        });
        if parts || relation.keys.is_empty() {
            return Vec::new();
        }
        relation
            .columns
            .iter()
            .filter(|flow| {
                flow.plain
                    && flow
                        .column
                        .as_deref()
                        .is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
            .flat_map(|flow| flow.values.clone())
            .collect()
    }

    fn source(&mut self, source: &Source) -> Placed {
        let relation = match &source.what {
            From::Table(name) => match self.named(name) {
                Some(relation) => relation.clone(),
                None => self.table_relation(name),
            },
            From::Query(query) => self.query(query),
            From::Only(name) => match self.meet_if_exists(name) {
                Some(key) => {
                    self.touch(&key, crate::Access::Read);
                    let mut relation = self.relation_with(&key, &[]);
                    if self.hides_rows(&key) {
                        relation = self.picked_of(relation, true);
                    }
                    // All rows of a partitioned table stand in its partitions.
                    if self.is_partitioned(&key) {
                        relation.rows.clear();
                    }
                    relation
                }
                None => Relation::default(),
            },
            From::Row(name) => {
                let row = self.named(&Name::plain(name.as_str()));
                row.cloned().unwrap_or_default()
            }
            From::Function(_) | From::Other => Relation {
                open: true,
                ..Relation::default()
            },
        };
        let key = match &source.what {
            From::Table(name) => {
                Some(self.key(name)).filter(|key| self.schema.tables.contains_key(key))
            }
            _ => None,
        };
        let name = source.alias.clone().or_else(|| match &source.what {
            From::Table(name) | From::Only(name) => Some(name.name.clone()),
            _ => None,
        });
        Placed {
            name,
            key,
            relation,
        }
    }

    /// Whether the table has partitions that are tables.
    fn is_partitioned(&self, key: &Key) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let offspring = self.offspring(table.id);
        let mut offspring = offspring.iter().filter_map(|key| self.schema.table(key));
        offspring.any(|table| table.partition)
    }

    fn table_relation(&mut self, name: &Name) -> Relation {
        let Some(key) = self.meet_if_exists(name) else {
            let view = self
                .schema
                .views
                .get(&self.key(name))
                .filter(|view| !view.materialized)
                .cloned();
            return match view.as_ref().and_then(|view| view.query.as_ref()) {
                Some(query) if self.enter() => {
                    let outer = std::mem::take(&mut self.named);
                    // The view's functions run for the rows that are asked of it.
                    let relation = self.query(&Query {
                        surely: false,
                        ..query.clone()
                    });
                    self.named = outer;
                    self.leave();
                    relation
                }
                _ => Relation {
                    open: true,
                    ..Relation::default()
                },
            };
        };
        self.touch(&key, crate::Access::Read);
        let relation = self.relation_of(&key);
        match self.hides_rows(&key) {
            true => self.picked_of(relation, true),
            false => relation,
        }
    }

    /// Whether only some of the table's rows are seen, as its policies say.
    /// (<https://www.postgresql.org/docs/15/ddl-rowsecurity.html>)
    pub(super) fn hides_rows(&self, key: &Key) -> bool {
        self.schema.table(key).is_some_and(Table::hides_rows)
    }

    /// Everything that stands in the table at `key`.
    pub(crate) fn relation_of(&self, key: &Key) -> Relation {
        let table = self.schema.table(key);
        let offspring = table.map(|table| self.offspring(table.id));
        self.relation_with(key, &offspring.unwrap_or_default())
    }

    /// Everything that stands in the table at `key`, and in those that are read with it.
    fn relation_with(&self, key: &Key, offspring: &[Key]) -> Relation {
        let Some(table) = self.schema.table(key) else {
            return Relation::default();
        };
        self.spend(8 * table.columns.len());
        let required = table.required(self.dialect);
        let primary = table.primary_key().unwrap_or_default();
        let columns: Vec<Flow> = table
            .columns
            .iter()
            .map(|column| Flow {
                name: Some(column.is.name.clone()),
                values: self.ledger.values(column.id),
                ty: self.declared(table, &column.is),
                charset: column.is.charset.clone().or_else(|| table.charset.clone()),
                collation: column
                    .is
                    .collation
                    .clone()
                    .or_else(|| table.collation.clone()),
                numbered: column.is.identity,
                not_null: required(&column.is),
                plain: true,
                rounded: false,
                shifted: self.ledger.is_shifted(column.id),
                spells: None,
                generated: column.is.generated.clone(),
                constants: Vec::new(),
                tag: Some(column.id),
                primary: primary.contains(&column.is.name),
                tied: self.ledger.ties.of(column.id),
                hidden: column.is.hidden,
                column: Some(column.is.name.clone()),
            })
            .collect();
        let mut columns = columns;
        let mut rows = self.ledger.rows(table.id);
        // A partition's rows are read with those of its parent.
        for child in offspring.iter().filter_map(|key| self.schema.table(key)) {
            rows.extend(self.ledger.rows(child.id));
            for (flow, column) in columns.iter_mut().zip(&table.columns) {
                if let Some(own) = child.column(self.dialect, &column.is.name) {
                    flow.values.extend(self.ledger.values(own.id));
                }
            }
        }
        let position = |name: &String| {
            table
                .columns
                .iter()
                .position(|c| self.same(&c.is.name, name))
        };
        // An heir has rows of its own, which a key of its parent says nothing about.
        let heirs = offspring.iter().filter_map(|key| self.schema.table(key));
        let apart = heirs.into_iter().all(|heir| heir.partition);
        let keys = table.plain_keys().filter(|_| apart).filter_map(|key| {
            let positions: Option<Vec<usize>> = key.iter().map(position).collect();
            positions.filter(|p| !p.is_empty())
        });
        Relation {
            keys: keys.collect(),
            whose: Vec::new(),
            columns,
            rests: self.ledger.rests(table),
            open: table.open,
            rows,
            parts: Vec::new(),
            sparse: Vec::new(),
            table: Some(table.id),
            appear: Vec::new(),
        }
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
                            let meant = now.columns.into_iter().filter(|flow| !flow.hidden);
                            relation.columns.extend(meant);
                            relation.rests.extend(now.rests);
                            relation.open |= now.open;
                        }
                    }
                }
                Output::Value { value, name } => {
                    let mut flow = self.flow(value, sources);
                    flow.name.clone_from(name);
                    flow.hidden = false;
                    relation.columns.push(flow);
                }
            }
        }
        relation
    }

    /// Whether the condition holds for every row of the sources.
    fn meets_all(&self, filter: &Filter, sources: &[Placed]) -> bool {
        if filter.picks == Picks::All {
            return true;
        }
        let ([placed], Some(column)) = (sources, filter.text.strip_suffix(" is not null")) else {
            return false;
        };
        placed.relation.columns.iter().any(|flow| {
            flow.not_null
                && !self.may_have_parts(flow)
                && flow
                    .name
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(column))
        })
    }

    /// The keys of the one source that come out again.
    fn kept_keys(
        &self,
        outputs: &[Output],
        source: &Placed,
        relation: &Relation,
    ) -> Vec<Vec<usize>> {
        let now = source.now(self);
        if let [Output::All(_)] = outputs
            && !now.columns.iter().any(|flow| flow.hidden)
        {
            return now.keys;
        }
        let find = |at: &usize| {
            let wanted = &now.columns.get(*at)?.values;
            relation.columns.iter().position(|flow| {
                !wanted.is_empty() && flow.plain && wanted.iter().all(|v| flow.values.contains(v))
            })
        };
        now.keys
            .iter()
            .filter_map(|key| key.iter().map(find).collect::<Option<Vec<usize>>>())
            .collect()
    }
}

/// A source in FROM, under the name that it goes by there.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) name: Option<String>,
    pub(crate) key: Option<Key>,
    pub(crate) relation: Relation,
}

impl Placed {
    pub(super) fn is_called(&self, run: &Run<'_>, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| run.same(own, name))
    }

    /// Its relation with the columns that were named since.
    fn now(&self, run: &Run<'_>) -> Relation {
        match &self.key {
            Some(key) if self.relation.open => run.relation_of(key),
            _ => self.relation.clone(),
        }
    }
}

/// The rows of the one source each value of which comes out, although equal rows are folded together, or those left out that
/// have none.
fn appearing(branch: &Branch, source: &Placed, relation: &Relation) -> Vec<Rows> {
    let is_asked = |filter: &Filter| {
        let name = filter.text.strip_suffix(" is not null");
        let carried = |flow: &&Flow| !flow.values.is_empty();
        let mut columns = relation.columns.iter().filter(carried);
        name.is_some_and(|name| {
            columns.all(|flow| {
                let own = flow.column.as_deref();
                flow.plain && own.is_some_and(|own| own.eq_ignore_ascii_case(name))
            })
        })
    };
    let grouped = branch.grouped.as_ref().is_none_or(|grouped| {
        relation.columns.iter().all(|flow| {
            let own = flow.column.as_deref().unwrap_or_default();
            flow.values.is_empty() || grouped.iter().any(|name| name.eq_ignore_ascii_case(own))
        })
    });
    let whole = !branch.folded
        && grouped
        && branch.filter.as_ref().is_none_or(is_asked)
        && (branch.grouped.is_some() || !branch.aggregates);
    match (whole, source.relation.appear.is_empty()) {
        (false, _) => Vec::new(),
        (true, true) => source.relation.rows.clone(),
        (true, false) => source.relation.appear.clone(),
    }
}

/// Whether every row of the source at `at` comes through the joins.
fn keeps(from: &[Source], at: usize) -> bool {
    let own = at == 0 || matches!(from[at].join, Join::Right | Join::Full);
    own && from[at + 1..]
        .iter()
        .all(|later| matches!(later.join, Join::Left | Join::Full))
}
