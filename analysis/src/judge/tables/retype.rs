//! What becomes of values when their column gets another type?

use std::sync::Arc;

use crate::act::{Column as Written, Restriction, Turn, Value};
use crate::judge::flow::Relation;
use crate::judge::flow::source::Placed;
use crate::judge::refuse::bounds::{Fitting, is_itself, limit};
use crate::judge::refuse::notes::Noted;
use crate::judge::run::Run;
use crate::judge::values::carry::is_read_anew;
use crate::schema::{self, Id, Key, Shared, Table};
use crate::types::{Cast, Fit, Length, Type};
use crate::{Dialect, Limit, LossKind};

impl Run<'_> {
    /// MySQL's MODIFY and CHANGE: the column, where it is there.
    pub(in crate::judge) fn redefine(
        &mut self,
        key: &Key,
        from: &str,
        new: &Written,
        if_exists: bool,
    ) -> Option<Id> {
        let Some(column) = self.column(key, from) else {
            if !if_exists {
                let object = self.object_of_column(key, from);
                self.note(Noted::Missing { object });
            }
            return None;
        };
        let old = self.written(key, column).cloned()?;
        if new.generated.is_none() {
            self.fix(key, from);
        }
        if !self.same(from, &new.name) {
            self.rename_column(key, from, &new.name);
        }
        let charset = self
            .schema
            .table(key)
            .and_then(|table| table.charset.clone());
        let mut asks = Vec::new();
        let mut labels = Vec::new();
        let fit = match (&old.ty, &new.ty) {
            (Some(was), Some(is)) => {
                let text = is;
                let was = self
                    .type_of(was)
                    .with_charset(old.charset.as_deref().or(charset.as_deref()));
                let is = self
                    .type_of(is)
                    .with_charset(new.charset.as_deref().or(charset.as_deref()));
                let fit = match self.keeps_labels(column, &was, &is) {
                    true => Fit::Keeps,
                    false => crate::types::fit(self.dialect, &was, &is, Cast::Assigned),
                };
                labels = self.labels_after(column, &was, &is);
                if fit != Fit::Keeps {
                    asks.push(limit(&was, &is, text));
                }
                fit
            }
            _ => Fit::Unknown,
        };
        let compared = |c: &Written| (c.ty.clone(), c.charset.clone(), c.collation.clone());
        if compared(&old) != compared(new)
            && let Some(table) = self.schema.table(key).map(|table| table.id)
        {
            // A condition on it may pick other rows from here on.
            self.ledger.disturb(table, &new.name);
            self.ledger.shift(column);
        }
        let restored = new.ty.as_deref().map(|ty| {
            let charset = new.charset.as_deref().or(charset.as_deref());
            self.type_of(ty).with_charset(charset)
        });
        // A server that is not strict puts the type's zero where NULL is no longer allowed.
        let may_lack = || {
            let values = self.ledger.values(column);
            values.is_empty() || !values.iter().all(|value| self.was_required(*value))
        };
        let fills = new.not_null
            && !old.not_null
            && old.ty.is_some()
            && !self.ledger.left.is_present(column)
            && !self.is_key(key, column)
            && may_lack();
        if self.renumbers(new, old.identity || old.ty.is_none()) {
            self.renumber(key, column);
        }
        // Nor does it look whether the zero stands in the table that a foreign key refers to.
        if self.dialect == Dialect::MySql && new.not_null && !old.not_null {
            self.doubt_reference(key, &new.name);
        }
        // What is computed from here on overwrites what stood there.
        let computed = new.generated.is_some() && old.generated.is_none();
        if fills {
            asks.push(Limit::NotNull);
        }
        if computed {
            asks.clear();
        }
        let fit = if fills || computed { Fit::Cuts } else { fit };
        self.apply_fit(
            key,
            column,
            Fitting { fit, asks },
            old.ty.as_deref(),
            new.ty.as_deref().unwrap_or_default(),
            restored.as_ref().filter(|_| !fills && !computed),
        );
        if !fills && !computed {
            self.ledger.set_constants(column, labels);
        }
        if let Some(table) = self.schema.table_mut(key)
            && let Some(old) = table.columns.of_id(column)
        {
            let mut new = new.clone();
            new.constraints.extend(old.is.constraints.iter().cloned());
            table.columns.rewrite(column, new);
        }
        for constraint in &new.constraints {
            self.schema.has_new_key(key, constraint);
        }
        Some(column)
    }

    /// A primary key takes no NULL: a server of MySQL that is not strict puts the type's zero there.
    pub(in crate::judge) fn forbid_nulls(&mut self, key: &Key, columns: &[String]) {
        if self.dialect == Dialect::Sqlite {
            return;
        }
        for name in columns {
            let Some(column) = self.column(key, name) else {
                continue;
            };
            let written = self.written(key, column);
            let nullable = written.is_some_and(|c| c.ty.is_some() && !c.not_null)
                && !self.ledger.left.is_present(column);
            if nullable && self.dialect == Dialect::MySql {
                let ty = written.and_then(|c| c.ty.clone()).unwrap_or_default();
                let fitting = Fitting {
                    fit: Fit::Cuts,
                    asks: vec![Limit::NotNull],
                };
                self.apply_fit(key, column, fitting, Some(&ty), &ty, None);
                self.doubt_reference(key, name);
            } else if nullable {
                self.ask_present(key, column);
            }
            self.with_column(key, name, |c| c.not_null = true);
        }
    }

    /// Whether a NULL that is put into the column becomes the next number.
    pub(in crate::judge) fn numbers_rows(&self, key: &Key, new: &Written) -> bool {
        let table = self.schema.table(key);
        table.is_some_and(|table| table.is_rowid(self.dialect, new))
    }

    /// Whether a 0 that is put into the column becomes the next number, where it comes from a column that is `numbered` or not.
    /// (<https://mariadb.com/kb/en/auto_increment/>)
    pub(in crate::judge) fn renumbers(&self, new: &Written, numbered: bool) -> bool {
        self.dialect == Dialect::MySql && new.identity && !numbered
    }

    fn renumber(&mut self, key: &Key, column: Id) {
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        let cause = self.cause(LossKind::Update);
        let (kept, numbered): (Vec<Id>, Vec<Id>) = self
            .ledger
            .values(column)
            .into_iter()
            .partition(|value| self.keeps_number(*value));
        for value in numbered {
            self.ledger.hit_value(table, value, cause);
        }
        self.ledger.set_values(column, kept);
    }

    /// Whether what stood in the column at the start stays as it is in one that is numbered: NULL never does.
    pub(in crate::judge) fn keeps_number(&self, value: Id) -> bool {
        self.was_numbered(value) || (self.keeps_zeros && self.was_required(value))
    }

    /// Whether the column was numbered at the start, so that there was no 0 in it.
    pub(in crate::judge) fn was_numbered(&self, value: Id) -> bool {
        self.at_start(value, |_, column| column.identity)
    }

    /// Whether the column held a value in every row at the start. A copy that the up made of a query holds
    /// one where what it was made of did.
    pub(in crate::judge) fn was_required(&self, value: Id) -> bool {
        let required = |table: &Table, column: &Written| table.required(self.dialect)(column);
        self.given.contains(&value) || self.at_start(value, required)
    }

    pub(in crate::judge) fn at_start(
        &self,
        value: Id,
        is: impl Fn(&Table, &Written) -> bool,
    ) -> bool {
        let Some(met) = self.ledger.met.get(&value.home()) else {
            return false;
        };
        let column = met.table.columns.of_id(value);
        column.is_some_and(|column| is(&met.table, &column.is))
    }

    fn is_key(&self, key: &Key, column: Id) -> bool {
        let Some(table) = self.schema.table(key) else {
            return false;
        };
        let Some(name) = table.columns.of_id(column).map(|c| &c.is.name) else {
            return false;
        };
        table.all_constraints().any(|constraint| {
            matches!(&constraint.rule, Restriction::PrimaryKey(columns) if columns.iter().any(|c| self.same(c, name)))
        })
    }

    pub(in crate::judge) fn set_type(
        &mut self,
        key: &Key,
        name: &str,
        ty: &str,
        using: Option<&Value>,
        turn: Turn,
    ) {
        let Some(column) = self.column(key, name) else {
            let object = self.object_of_column(key, name);
            self.note(Noted::Missing { object });
            return;
        };
        // (<https://www.postgresql.org/docs/15/datatype-numeric.html#DATATYPE-SERIAL>)
        if self.dialect == Dialect::Postgres && is_serial(ty) {
            self.refuse_always(format!("there is no type `{ty}` outside of a new column"));
        }
        self.compute_for_changed(key, &[]);
        let constants = self.held_before(key, column, name, using);
        let rows = match using {
            None if turn != Turn::First => None,
            _ => Some(self.rows_before(key, turn)),
        };
        let labels = self.labels_kept(key, column, ty, using);
        self.ledger.shift(column);
        let was = self
            .written(key, column)
            .and_then(|written| written.ty.clone());
        if using.is_none() {
            self.run_cast(was.as_deref(), ty);
        }
        let mut others = Vec::new();
        let fit = match using.zip(rows) {
            None => match &was {
                Some(was) => self.fits(was, ty, Cast::Assigned),
                None if self.holds_anything(ty) => Fit::Keeps,
                None => Fit::Unknown,
            },
            Some((value, rows)) => {
                self.value_calls(value, false);
                if reads_other(value, name) {
                    others = self.of_others(key, column, value, ty, &rows);
                }
                self.fit_using(key, column, value, ty, (rows, constants))
            }
        };
        let restored = using.is_none().then(|| self.type_of(ty));
        let mut fitting = Fitting::of(fit);
        if let Some(was) = &was
            && using.is_none_or(is_itself)
        {
            let (from, to) = (self.type_of(was), self.type_of(ty));
            fitting.asks = vec![limit(&from, &to, ty)];
            // A cast to an enum by way of text loses nothing: the server refuses what is no label of it.
            let gone = match (&from, &to) {
                (Type::Enum(before), Type::Enum(now)) => before.iter().any(|l| !now.contains(l)),
                (Type::Text { .. }, Type::Enum(_)) => true,
                _ => false,
            };
            if gone && fit == Fit::Keeps {
                let refused = Fitting {
                    fit: Fit::Refuses,
                    asks: fitting.asks.clone(),
                };
                self.ask_values(key, column, &refused, ty);
                let why = format!("a value does not fit into {}", ty.to_ascii_lowercase());
                self.refuse_rows(key, column, why);
            }
        }
        // PostgreSQL cuts a text only where it is told to cast it; else it takes off no more than blanks, and refuses the rest.
        let is_text = |ty: &Type| matches!(ty, Type::Text { .. });
        if self.dialect == Dialect::Postgres
            && using.is_none()
            && fit == Fit::Cuts
            && was.as_ref().is_some_and(|was| is_text(&self.type_of(was)))
            && is_text(&self.type_of(ty))
        {
            let why = format!("a value does not fit into {}", ty.to_ascii_lowercase());
            self.refuse_rows(key, column, why);
        }
        self.apply_fit(key, column, fitting, was.as_deref(), ty, restored.as_ref());
        if !others.is_empty() {
            self.ledger.set_values(column, others);
        }
        let ty = self.placed_type(ty).unwrap_or_else(|| ty.to_owned());
        self.meet_type_called(&ty);
        let collation = crate::judge::values::carry::collation(self.dialect, &ty);
        self.with_column(key, name, |c| {
            c.ty = Some(ty);
            c.collation = collation;
        });
        let kept = matches!(fit, Fit::Keeps | Fit::Refuses);
        if kept && self.ledger.constants(column).is_empty() && !labels.is_empty() {
            self.ledger.set_constants(column, labels);
            self.unchecked.push(column);
        }
    }

    /// The constants of which the column holds one in each row, as far as they are known or the server refuses all else.
    fn held_before(
        &mut self,
        key: &Key,
        column: Id,
        name: &str,
        using: Option<&Value>,
    ) -> Vec<String> {
        let constants = self.ledger.constants(column);
        let Some(value) = using.filter(|_| constants.is_empty()) else {
            return constants;
        };
        let named = self.named_by_case(key, column, value);
        if !named.is_empty() {
            let why = format!("a value of `{name}` that no WHEN names becomes NULL");
            self.refuse_rows(key, column, why);
        }
        named
    }

    /// What `USING value` makes of the column's own values.
    fn fit_using(
        &mut self,
        key: &Key,
        column: Id,
        value: &Value,
        ty: &str,
        (mut rows, constants): (Relation, Vec<String>),
    ) -> Fit {
        let own = self.ledger.values(column);
        // Whatever the column is, what does not come out of it at all is lost.
        if !reads_column(value) {
            return Fit::Cuts;
        }
        let was = self
            .written(key, column)
            .and_then(|written| written.ty.clone());
        let (value, told) = match was {
            None => through_text(value, |ty| self.holds_anything(ty)),
            Some(_) => (value, Vec::new()),
        };
        if was.is_none() && told.is_empty() && matches!(value, Value::Cast(..)) {
            return Fit::Unknown;
        }
        let fit = self.fit_through(&told, ty);
        // Nobody knows whether the values are such as get lost on the way.
        if fit > Fit::Refuses {
            return Fit::Unknown;
        }
        // The column's values may already be gone: what matters here is the way that they take.
        let marker = if own.is_empty() {
            vec![column]
        } else {
            own.clone()
        };
        if let Some(flow) = rows
            .columns
            .iter_mut()
            .find(|flow| flow.tag == Some(column))
        {
            flow.values.clone_from(&marker);
            flow.constants = constants;
        }
        let flow = self.flow(value, &[placed(key, rows)]);
        let kept = marker.iter().all(|value| flow.values.contains(value));
        if !kept {
            return Fit::Cuts;
        }
        if self.takes_rounded(&flow, ty) {
            return Fit::Cuts;
        }
        if self.suits(ty, &flow.constants) {
            self.ledger.set_constants(column, flow.constants.clone());
        }
        match (&flow.ty, flow.plain) {
            (Some(from), _) => self.fits_as(&flow, from, ty),
            (None, _) => fit,
        }
    }

    /// What the columns of a table are computed of that get other types by one statement.
    fn rows_before(&mut self, key: &Key, turn: Turn) -> Relation {
        let table = self.schema.table(key).map(|table| table.id);
        let known = self.retyped.iter().find(|(id, _)| Some(*id) == table);
        if let Some((_, rows)) = known.filter(|_| turn == Turn::Later) {
            return rows.clone();
        }
        let rows = self.relation_of(key);
        if let Some(table) = table.filter(|_| turn == Turn::First) {
            self.retyped.retain(|(id, _)| *id != table);
            self.retyped.push((table, rows.clone()));
        }
        rows
    }

    /// What `USING value` puts into the column that others hold, where nothing of its own stays there.
    fn of_others(
        &mut self,
        key: &Key,
        column: Id,
        value: &Value,
        ty: &str,
        rows: &Relation,
    ) -> Vec<Id> {
        let own = self.ledger.values(column);
        let flow = self.flow(value, &[placed(key, rows.clone())]);
        if own.iter().any(|own| flow.values.contains(own)) || self.takes_rounded(&flow, ty) {
            return Vec::new();
        }
        match flow.ty {
            Some(from) => self.fitting(flow.values, &from, ty, Cast::Assigned),
            None => Vec::new(),
        }
    }

    /// What becomes of a value of the first type on its way through the others into a column of type `ty`.
    fn fit_through(&self, types: &[&str], ty: &str) -> Fit {
        let casts = types
            .windows(2)
            .map(|pair| (pair[0], pair[1], Cast::Explicit));
        let last = types.last().map(|last| (*last, ty, Cast::Assigned));
        let fit = |(from, to, cast)| match (self.fits(from, to, cast), self.type_of(to)) {
            // What is no label of it is refused.
            (Fit::Keeps, Type::Enum(_)) => Fit::Refuses,
            (fit, _) => fit,
        };
        casts.chain(last).map(fit).max().unwrap_or(Fit::Keeps)
    }

    /// Whether the type holds the values of every other: PostgreSQL writes any value as text that reads back the same
    /// (the [output functions](https://www.postgresql.org/docs/15/sql-createcast.html) of all types cast to it).
    pub(in crate::judge) fn holds_anything(&self, ty: &str) -> bool {
        self.dialect == Dialect::Postgres
            && matches!(
                self.type_of(ty),
                Type::Text {
                    length: Length::Any,
                    fixed: false,
                    ..
                }
            )
    }

    pub(in crate::judge) fn apply_fit(
        &mut self,
        key: &Key,
        column: Id,
        fitting: Fitting,
        was: Option<&str>,
        ty: &str,
        restored: Option<&Type>,
    ) {
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        // There is no value that would have to fit.
        if self.ledger.left.is_vacant(table) {
            return;
        }
        self.ask_values(key, column, &fitting, ty);
        match fitting.fit {
            Fit::Keeps => {}
            Fit::Refuses => {
                let why = format!("a value does not fit into {}", ty.to_ascii_lowercase());
                self.refuse_rows(key, column, why);
            }
            Fit::Cuts => {
                let cause = self.cause(LossKind::NarrowType);
                let now = was.map(|was| self.type_of(was));
                // What fitted there at the start still does.
                let fits = |value: &Id| {
                    let (first, held) = (self.first_type(*value)?, restored?);
                    let anew = now
                        .as_ref()
                        .is_some_and(|now| is_read_anew(&first, now, held));
                    Some(!anew && self.fit(&first, held, Cast::Assigned) == Fit::Keeps)
                };
                let (kept, cut): (Vec<Id>, Vec<Id>) = self
                    .ledger
                    .values(column)
                    .into_iter()
                    .partition(|value| fits(value).unwrap_or(false));
                for value in cut {
                    self.ledger.hit_value(table, value, cause);
                }
                self.ledger.set_values(column, kept);
            }
            Fit::Unknown => {
                if self.ledger.values(column).is_empty() && self.ledger.created.contains(&column) {
                    return;
                }
                let named = self.ledger.name(column);
                match (was, named.or_else(|| self.name_now(key, column))) {
                    (None, Some(column)) => self.unknown_type(column, ty),
                    (None, None) => self.unknown(format!("the type that becomes {ty} is not told")),
                    (Some(was), Some(column)) if was.eq_ignore_ascii_case(ty) => {
                        self.unknown(format!(
                            "which character set `{column}` gets is the database's to say, and it may lack some of its characters"
                        ));
                    }
                    (Some(was), _) => {
                        self.unknown(format!(
                            "whether {ty} can hold every value of {was} is not known"
                        ));
                    }
                }
            }
        }
    }

    pub(in crate::judge) fn set_not_null(&mut self, key: &Key, name: &str, on: bool) {
        let Some(column) = self.column(key, name) else {
            return;
        };
        let nullable = self
            .written(key, column)
            .is_some_and(|written| !written.not_null)
            && !self.ledger.left.is_present(column);
        if on && nullable {
            self.refuse_absent(key, column);
            if let Some(column) = self.column(key, name) {
                self.ask_present(key, column);
            }
        }
        let primary = self.schema.table(key).and_then(|table| {
            let columns = table.primary_key()?;
            let within = columns.iter().any(|column| self.same(column, name));
            within.then(|| table.name.name.clone())
        });
        if let Some(table) = primary.filter(|_| !on && self.dialect == Dialect::Postgres) {
            self.refuse_always(format!("`{table}.{name}` is in the primary key"));
            return;
        }
        // Behind a condition it may not have been said.
        if !on || self.perhaps == 0 {
            self.with_column(key, name, |c| c.not_null = on);
        }
        if on && self.perhaps == 0 && self.dialect == Dialect::Postgres {
            self.leave_no_null(column);
        }
    }

    /// The type as `types` understands it: enums with their labels, domains by what is under them.
    pub(crate) fn type_of(&self, text: &str) -> Type {
        self.resolved(&self.schema.types, text)
    }

    /// What `text` meant at the start, where it is a type of the migrations' own.
    pub(in crate::judge) fn first_own_type(&self, text: &str) -> Option<Type> {
        let mut known = [&self.types, &self.schema.types].into_iter();
        let types = known.find(|types| self.type_among(types, text).is_some())?;
        Some(self.resolved(types, text))
    }

    fn resolved(&self, types: &Shared<Key, Arc<schema::Type>>, text: &str) -> Type {
        let mut at = text;
        if let Some(element) = text.strip_suffix("[]")
            && self.dialect == Dialect::Postgres
        {
            return Type::Array(Box::new(self.type_of(element)));
        }
        for _ in 0..8 {
            let Some(defined) = self.type_among(types, at) else {
                break;
            };
            match (&defined.labels, &defined.base) {
                (Some(labels), _) => {
                    self.spend(labels.len() / 2);
                    return Type::Enum(labels.clone());
                }
                (None, Some(base)) => at = base,
                (None, None) => break,
            }
        }
        self.spend(at.len() / 4);
        if self.is_exhausted() {
            return Type::Named(at.to_owned());
        }
        Type::parse(self.dialect, at)
    }
}

/// What is cast, and the types that it is cast to, from the inside out, if the first one holds anything: then it does not
/// matter which type the value had.
fn through_text(value: &Value, holds: impl Fn(&str) -> bool) -> (&Value, Vec<&str>) {
    let (mut inner, mut types) = (value, Vec::new());
    while let Value::Cast(cast, ty) = inner {
        types.push(ty.as_str());
        inner = cast;
    }
    types.reverse();
    match types.first() {
        Some(first) if holds(first) => (inner, types),
        _ => (value, Vec::new()),
    }
}

/// Whether the value comes out of a column at all.
fn reads_column(value: &Value) -> bool {
    match value {
        Value::Column(..) => true,
        other => other.parts().iter().any(reads_column),
    }
}

/// The rows of a table, under its name.
fn placed(key: &Key, rows: Relation) -> Placed {
    Placed {
        name: Some(key.name.to_string()),
        key: Some(key.clone()),
        relation: Arc::new(rows),
    }
}

/// Whether it reads a column that is called otherwise.
fn reads_other(value: &Value, name: &str) -> bool {
    match value {
        Value::Column(_, own) => own != name,
        other => other.parts().iter().any(|part| reads_other(part, name)),
    }
}

/// Whether the name only says how a column is made.
fn is_serial(ty: &str) -> bool {
    let names = [
        "serial",
        "serial2",
        "serial4",
        "serial8",
        "bigserial",
        "smallserial",
    ];
    names
        .iter()
        .any(|name| ty.trim().eq_ignore_ascii_case(name))
}
