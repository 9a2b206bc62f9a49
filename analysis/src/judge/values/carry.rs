//! Which stored values does an expression carry on?

use crate::judge::values::mapped::tells_null;
use crate::judge::values::meaning::cast_type;
use std::sync::Arc;

use super::meaning::is_assigned;
use super::one_to_one::is_whole;
use super::tags::NULL;
use crate::Dialect;
use crate::act::{Column, Kind, Name, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{Id, Key};
use crate::types::{Cast, Fit, Length, Type};

impl Run<'_> {
    /// What a value carries.
    pub(crate) fn flow(&mut self, value: &Value, sources: &[Placed]) -> Flow {
        if let Some(before) = self.turned_back(value, sources) {
            return before;
        }
        let mut flow = self.carried(value, sources);
        flow.form = self.form_of(value, &flow, sources);
        let is_known = match value {
            Value::Column(..) | Value::Computed { .. } | Value::Mapped { .. } => true,
            Value::Cast(..) => !flow.constants.is_empty(),
            _ => false,
        };
        flow.outcomes = flow.outcomes.filter(|_| is_known);
        flow
    }

    fn carried(&mut self, value: &Value, sources: &[Placed]) -> Flow {
        match value {
            Value::Column(of, name) => self.column_flow(of.as_deref(), name, sources),
            Value::OneToOne(inner, kind) => self.one_to_one(inner, *kind, sources),
            Value::Shifted { value, by } if *by == 0.0 && self.dialect == Dialect::MySql => {
                let flow = self.flow(value, sources);
                match self.numbered(&flow) {
                    Some(numbered) => numbered,
                    None => self.one_to_one(value, Kind::Number, sources),
                }
            }
            Value::Led { value, .. } => self.carried(value, sources),
            Value::Undone(of, how) => self.undone(of, *how, sources),
            Value::Shifted { value, by } => {
                let mut flow = self.one_to_one(value, Kind::Number, sources);
                self.leave_range(&mut flow, *by);
                flow
            }
            Value::Mapped { value, pairs, rest } => {
                let mut flow = self.flow(value, sources);
                if self.tells_ages {
                    flow.constants = self.constants_before(&flow);
                }
                if flow.constants.is_empty() {
                    flow.constants = self.checked(&flow, sources);
                }
                let is_mark = |column: &Id| self.ledger.cases.is_mark(*column);
                if flow.plain && flow.tag.as_ref().is_some_and(is_mark) && tells_null(pairs, rest) {
                    return Flow {
                        values: flow.values,
                        ty: Some("boolean".to_owned()),
                        not_null: true,
                        ..Flow::default()
                    };
                }
                let outcomes = self.outcomes_of_case(&flow, pairs, rest, sources);
                let flow = self.mapped(flow, pairs, rest);
                // What is told by the column is told by what keeps it whole.
                let tag = flow.tag.filter(|_| !flow.values.is_empty());
                Flow {
                    outcomes,
                    tag,
                    ..flow
                }
            }
            Value::Together(parts) => self.array_of(parts, sources),
            Value::Object { keys, parts } => self.packed_as(keys, parts, sources),
            Value::Part {
                value,
                key,
                as_text,
            } => self.part_of(value, key, *as_text, sources),
            Value::Cast(inner, ty) if matches!(**inner, Value::Row(_)) => {
                self.row_as(inner.parts(), ty, sources)
            }
            Value::Row(parts) => {
                // Of which type it is decides what it keeps.
                self.together(parts, sources);
                Flow::default()
            }
            Value::Cast(inner, ty) if self.dialect == Dialect::MySql && is_text(ty) => {
                let flow = self.flow(inner, sources);
                self.as_text(flow)
            }
            Value::Cast(inner, ty) => {
                let mut flow = self.flow(inner, sources);
                self.run_cast(flow.ty.as_deref(), ty);
                if let Some(direct) = self.through_text(inner, ty, sources) {
                    return direct;
                }
                if let (Type::Int { .. }, Some(numbered)) = (self.type_of(ty), self.numbered(&flow))
                {
                    return numbered;
                }
                let suits = self.suits(ty, &flow.constants);
                match flow.ty.clone() {
                    _ if flow.values.is_empty() => {}
                    // It is one of those, whatever it is taken for.
                    _ if !flow.plain && !flow.constants.is_empty() => {
                        flow.values.retain(|_| suits);
                    }
                    Some(from) if self.may_cut_fractions(&flow, &from, ty, sources) => {
                        flow.values.clear();
                    }
                    Some(from)
                        if flow.grown && self.fits(&from, ty, Cast::Explicit) == Fit::Cuts =>
                    {
                        flow.values.clear();
                    }
                    Some(from) => {
                        flow.values = self.fitting(flow.values, &from, ty, Cast::Explicit)
                    }
                    None if flow.plain && self.holds_anything(ty) => {}
                    None => {
                        flow.values.clear();
                        if flow.plain {
                            self.unknown(format!("the type that becomes {ty} is not told"));
                        }
                    }
                }
                if !suits {
                    flow.constants.clear();
                }
                let narrow = flow.ty.as_deref().is_some_and(|from| self.stays(from, ty));
                let from = match narrow {
                    true => flow.ty.clone(),
                    false => flow.ty.replace(ty.clone()),
                };
                flow.spells = from.filter(|_| self.holds_anything(ty));
                flow.plain = false;
                flow
            }
            Value::Constant(constant) => Flow {
                not_null: true,
                constants: vec![constant.clone()],
                ..Flow::default()
            },
            Value::Null => Flow {
                constants: vec![NULL.to_owned()],
                ..Flow::default()
            },
            Value::Now => Flow {
                not_null: true,
                ..Flow::default()
            },
            Value::Computed { reads, formula, .. } => {
                self.show_columns(reads, sources);
                let formula = formula.as_ref();
                let flow = formula.and_then(|formula| self.flow_of_formula(formula, sources));
                flow.unwrap_or_default()
            }
            Value::Default | Value::Excluded(_) => Flow::default(),
        }
    }

    /// `CAST(x AS CHAR)` of MySQL: the text that it writes in any column of text.
    pub(super) fn as_text(&self, flow: Flow) -> Flow {
        let Some(from) = flow.ty.clone() else {
            return flow;
        };
        let ty = self.type_of(&from);
        if matches!(ty, Type::Text { .. }) {
            return flow;
        }
        let text = match ty.width(self.dialect) {
            Some(width) => format!("varchar({width})"),
            None => "longtext".to_owned(),
        };
        let values = match self.fits(&from, &text, Cast::Explicit) {
            Fit::Keeps => flow.values,
            _ => Vec::new(),
        };
        Flow {
            values,
            ty: Some(text),
            spells: Some(from),
            plain: false,
            ..flow
        }
    }

    /// Whether a whole number of MySQL is none but those that it was when it is cast to one with more room.
    fn stays(&self, from: &str, to: &str) -> bool {
        let whole = [from, to].map(|ty| is_whole(&self.type_of(ty)));
        self.dialect == Dialect::MySql
            && whole == [true, true]
            && self.fits(from, to, Cast::Explicit) == Fit::Keeps
    }

    /// The function behind a cast of the migrations' own runs for each row.
    pub(in crate::judge) fn run_cast(&mut self, from: Option<&str>, to: &str) {
        if self.schema.casts.is_empty() {
            return;
        }
        let to = cast_type(to);
        let from = from.map(cast_type);
        let same = |(own, target): &(String, String)| {
            *target == to && from.as_ref().is_none_or(|from| from == own)
        };
        let casts = self.schema.casts.iter();
        let functions: Vec<Name> = casts
            .filter(|(types, _)| same(types))
            .map(|(_, function)| function.clone())
            .collect();
        self.calls(&functions, false);
    }

    /// What an operation that is one-to-one on values of a kind carries.
    fn one_to_one(&mut self, inner: &Value, kind: Kind, sources: &[Placed]) -> Flow {
        let inner = match (inner, kind) {
            // It is divided as the whole number that it was.
            (Value::Cast(whole, _), Kind::Divided(_)) => whole,
            _ => inner,
        };
        if let Some(row) = self.row_in_json(inner, kind, sources) {
            return row;
        }
        let mut flow = self.flow(inner, sources);
        let folded = self.folds_list_apart(&flow, kind, sources);
        let listed = kind == Kind::Flag && self.is_listed_flag(&flow, sources);
        flow.constants.clear();
        // What they make is as long as they are.
        if let Some(first) = self.type_at_start(&flow, kind) {
            flow.ty = Some(first);
        }
        let told = folded.is_some()
            || listed
            || self.folds_labels_apart(&flow, kind)
            || kind == Kind::PartOfJson
                && self.dialect == Dialect::Postgres
                && flow.not_null
                && flow.ty.as_deref().map(|ty| self.type_of(ty)) == Some(Type::JsonValue);
        // Behind NULL stands what stands behind an empty array, and what was made of a flag need not be one.
        let merges = match kind {
            Kind::Appended => !flow.not_null,
            Kind::Flag => flow.grown,
            _ => false,
        };
        if merges || (!told && !self.is_of_kind(flow.ty.as_deref(), kind)) {
            flow.values.clear();
        }
        flow.constants = folded.unwrap_or_default();
        flow.spells = None;
        flow.rounded |= self.may_round(flow.ty.as_deref(), kind);
        flow.grown |= kind != Kind::Flag;
        let charset = flow.charset.as_deref().filter(|_| flow.plain);
        flow.ty = flow.ty.and_then(|ty| self.type_after(ty, kind, charset));
        if matches!(
            kind,
            Kind::Hex | Kind::Base64 | Kind::Address | Kind::Stamped { .. }
        ) {
            // It is written in letters that each character set has.
            flow.charset = None;
        }
        flow.plain = false;
        flow
    }

    /// `x::text::type`, where the type holds every value of `x` by a cast of its own.
    fn through_text(&mut self, inner: &Value, ty: &str, sources: &[Placed]) -> Option<Flow> {
        let Value::Cast(first, middle) = inner else {
            return None;
        };
        if !matches!(
            self.type_of(middle),
            Type::Text {
                length: Length::Any,
                fixed: false,
                ..
            }
        ) {
            return None;
        }
        let flow = self.flow(first, sources);
        let from = flow.ty.as_deref()?;
        let fit = self.fits(from, ty, Cast::Explicit);
        matches!(fit, Fit::Keeps | Fit::Refuses).then(|| Flow {
            ty: Some(ty.to_owned()),
            plain: false,
            ..flow
        })
    }

    pub(super) fn column_flow(&mut self, of: Option<&str>, name: &str, sources: &[Placed]) -> Flow {
        let seen = sources.iter().map(|placed| placed.relation.columns.len());
        self.spend(seen.sum::<usize>() / 16);
        if self.is_exhausted() {
            return Flow::default();
        }
        let find = |run: &Run<'_>, placed: &Placed| {
            let columns = &placed.relation.columns;
            columns
                .iter()
                .find(|flow| flow.name.as_deref().is_some_and(|n| run.same(n, name)))
                .cloned()
        };
        let candidates: Vec<&Placed> = sources
            .iter()
            .filter(|placed| of.is_none_or(|of| placed.is_called(self, of)))
            .collect();
        for placed in &candidates {
            if let Some(flow) = find(self, placed) {
                return flow;
            }
        }
        let by_rowid = candidates.iter().find_map(|placed| {
            let table = self.schema.table(placed.key.as_ref()?)?;
            table.by_rowid(self.dialect, name)
        });
        if let Some(meant) = by_rowid.map(|column| column.is.name.clone()) {
            return self.column_flow(of, &meant, sources);
        }
        // An open table may have it; with several of them nobody can tell which one does.
        let mut open = candidates.iter().filter(|placed| placed.relation.open);
        let (Some(placed), None) = (open.next(), open.next()) else {
            return Flow::default();
        };
        let Some(key) = placed.key.clone() else {
            return Flow::default();
        };
        match self.column(&key, name) {
            Some(column) => Flow {
                name: Some(name.to_owned()),
                values: self.ledger.values(column),
                plain: true,
                column: Some(Arc::new(Column {
                    name: name.to_owned(),
                    ..Column::default()
                })),
                ..Flow::default()
            },
            None => Flow::default(),
        }
    }

    /// The values of `flow` that are kept by a column which it is written to.
    pub(in crate::judge) fn stored(&mut self, key: &Key, column: Id, flow: &Flow) -> Vec<Id> {
        if !self.schema.casts.is_empty()
            && let Some(to) = self.written(key, column).and_then(|own| own.ty.clone())
        {
            self.run_cast(flow.ty.as_deref(), &to);
        }
        let Some(written) = self.written(key, column).cloned() else {
            return flow.values.clone();
        };
        // SQLite may put the default there, by `OR REPLACE` or as the column says, and the number of the row.
        if flow.emptied && (written.not_null || self.numbers_rows(key, &written)) {
            return Vec::new();
        }
        let table = self.schema.table(key);
        let charset = table.and_then(|table| table.charset.clone());
        let declared = table.and_then(|table| self.declared(table, &written));
        if let Some(table) = table.filter(|_| !flow.plain && !flow.constants.is_empty()) {
            return match self.takes(table, &written, &flow.constants) {
                true => flow.values.clone(),
                false => Vec::new(),
            };
        }
        if let (None, Some(to)) = (&flow.ty, &declared) {
            let mut values = flow.values.clone();
            for (own, from) in &flow.mixed {
                let kept = self.fitting(own.clone(), from, to, Cast::Assigned);
                values.retain(|value| kept.contains(value) || !own.contains(value));
            }
            return values;
        }
        let (Some(from), Some(to)) = (&flow.ty, &declared) else {
            return flow.values.clone();
        };
        if self.takes_rounded(flow, to) {
            return Vec::new();
        }
        // What was computed is of another type than it was read as, but for numbers, moments, texts and JSON.
        let counted = || match self.dialect {
            Dialect::Postgres => is_assigned(&self.type_of(from)),
            // It cuts what does not fit; SQLite makes numbers of texts, and whole ones floating.
            Dialect::MySql | Dialect::Sqlite => true,
        };
        if !flow.plain && flow.spells.is_none() && !counted() {
            return flow.values.clone();
        }
        // A server that is not strict puts the type's zero where NULL is not allowed, and SQLite the number of the row.
        let replaces = match self.dialect {
            Dialect::MySql => written.not_null,
            Dialect::Sqlite => self.numbers_rows(key, &written),
            Dialect::Postgres => false,
        };
        let mut values = flow.values.clone();
        if replaces && !flow.not_null {
            values.retain(|value| self.was_required(*value));
        }
        if self.renumbers(&written, flow.numbered) {
            values.retain(|value| self.keeps_number(*value));
            return values;
        }
        if self.dialect == Dialect::MySql && self.merges_into(key, flow, (from, to), &written) {
            return Vec::new();
        }
        let from = self.spelled(from, flow.charset.as_deref());
        let to = self.spelled(
            to,
            written
                .charset
                .as_ref()
                .or(charset.as_ref())
                .map(String::as_str),
        );
        // What was computed was not there at the start.
        if !flow.plain && self.fits_as(flow, &from, &to) == Fit::Cuts {
            return Vec::new();
        }
        self.fitting(values, &from, &to, Cast::Assigned)
    }
}

/// Whether a cast makes a text of any length.
fn is_text(ty: &str) -> bool {
    ["char", "character"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(ty))
}
