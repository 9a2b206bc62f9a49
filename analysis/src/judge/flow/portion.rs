//! Which part of a table's rows does a query take?

use super::among::Among;
use super::meanings::retyped;
use super::source::Placed;
use crate::Dialect;
use crate::act::{Choice, Filter, SETTINGS};
use crate::judge::flow::Flow;
use crate::judge::ledger::cuts::Rows;
use crate::judge::pair::wording::bare;
use crate::judge::run::Run;
use crate::lex::lex;
use crate::schema::Id;
use crate::types::Type;

/// Types of PostgreSQL that have no parts, of those that are known by nothing but their names.
const WHOLE: [&str; 8] = [
    "cidr", "citext", "inet", "ltree", "macaddr", "tsvector", "uuid", "xml",
];

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
    /// The one column that it compares with constants.
    pub(crate) among: Option<Among>,
    /// They came with rows of other tables, which may tell what of theirs was left out.
    pub(crate) joined: bool,
}

impl Portion {
    /// Those rows of `from` that `filter` stands for, which no other condition picks.
    pub(in crate::judge) fn told_by(
        filter: String,
        of: Vec<Rows>,
        from: Option<Id>,
        reads: Vec<String>,
    ) -> Portion {
        Portion {
            of,
            from,
            choice: Choice {
                atom: filter.clone(),
                column: None,
                holds: [true, false, false],
            },
            filter,
            reads,
            values: None,
            among: None,
            joined: false,
        }
    }

    /// Which values come with them, of those that a relation has.
    pub(in crate::judge) fn values_among(&self, all: &[Id]) -> Vec<Id> {
        match &self.values {
            Some(own) => own
                .iter()
                .filter(|own| all.contains(own))
                .copied()
                .collect(),
            None => all.to_vec(),
        }
    }
}

impl Run<'_> {
    /// Some of the rows of a table, which nobody can tell by asking again: no other rows are the same.
    pub(in crate::judge) fn some_of(&mut self, of: Vec<Rows>, from: Option<Id>) -> Portion {
        self.pickings += 1;
        let name = format!("\u{0}{}", self.pickings);
        Portion::told_by(name.clone(), of, from, vec![name])
    }

    /// The rows of the source that the condition picks.
    pub(in crate::judge) fn part(&mut self, placed: &Placed, filter: &Filter) -> Portion {
        match filter.is_repeatable() && filter.tables.is_empty() {
            true => self.portion(placed, filter),
            false => self.part_by_member(placed, filter, false),
        }
    }

    /// The rows of the source that the condition picks.
    pub(in crate::judge) fn portion(&self, placed: &Placed, filter: &Filter) -> Portion {
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
            among: self.among(placed, filter),
            joined: false,
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
    pub(in crate::judge) fn may_have_parts(&self, flow: &Flow) -> bool {
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        ty.is_some_and(|ty| self.may_have_parts_as(&ty))
    }

    /// The same of a value of that type.
    pub(in crate::judge) fn may_have_parts_as(&self, ty: &Type) -> bool {
        self.dialect == Dialect::Postgres
            && matches!(ty, Type::Named(name) if !WHOLE.contains(&name.as_str()))
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
        let names = reads.flat_map(|(of, name)| {
            let variable = of.as_ref().unwrap_or(name).to_lowercase();
            [variable, retyped(name)]
        });
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
    pub(in crate::judge) fn part_by_member(
        &mut self,
        placed: &Placed,
        filter: &Filter,
        any: bool,
    ) -> Portion {
        let member = filter.member.as_ref().filter(|member| any || member.exact);
        let known = placed.key.as_ref().zip(member);
        let known = known.and_then(|(key, member)| self.as_copied(key, member));
        if let (None, Some(children)) = (&known, &filter.children)
            && let Some(portion) = self.portion_of_children(placed, children)
        {
            return portion;
        }
        if known.is_none()
            && let Some(portion) = self.portion_by_asking(placed, filter)
        {
            return portion;
        }
        let part = self.some_of(placed.relation.rows.clone(), placed.relation.table);
        Portion {
            filter: known.unwrap_or_else(|| part.filter.clone()),
            ..part
        }
    }
}
