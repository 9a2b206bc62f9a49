//! Which stored values does an expression carry on?

use std::slice;
use std::sync::Arc;

use super::tags::{NULL, all_differ, differ};
use crate::Dialect;
use crate::act::{Column, DATE_STYLE, FLOAT_DIGITS, Kind, Name, Rest, Value};
use crate::judge::flow::Flow;
use crate::judge::flow::source::Placed;
use crate::judge::run::Run;
use crate::schema::{self, Id, Key, Shared};
use crate::types::{self, Cast, Fit, Length, Type};

impl Run<'_> {
    /// What a value carries.
    pub(crate) fn flow(&mut self, value: &Value, sources: &[Placed]) -> Flow {
        match value {
            Value::Column(of, name) => self.column_flow(of.as_deref(), name, sources),
            Value::OneToOne(inner, kind) => self.one_to_one(inner, *kind, sources),
            Value::Shifted { value, by } => {
                let mut flow = self.one_to_one(value, Kind::Number, sources);
                self.leave_range(&mut flow, *by);
                flow
            }
            Value::Mapped { value, pairs, rest } => {
                let mut flow = self.flow(value, sources);
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
                self.mapped(flow, pairs, rest)
            }
            Value::Together(parts) => self.together(parts, sources).0,
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
            Value::Cast(inner, ty) => {
                let mut flow = self.flow(inner, sources);
                self.run_cast(flow.ty.as_deref(), ty);
                if let Some(direct) = self.through_text(inner, ty, sources) {
                    return direct;
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
                let from = flow.ty.replace(ty.clone());
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
            Value::Default | Value::Excluded(_) | Value::Computed { .. } => Flow::default(),
        }
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
        let mut flow = self.flow(inner, sources);
        flow.constants.clear();
        let told = kind == Kind::PartOfJson
            && self.dialect == Dialect::Postgres
            && flow.not_null
            && flow.ty.as_deref().map(|ty| self.type_of(ty)) == Some(Type::JsonValue);
        if !told && !self.is_of_kind(flow.ty.as_deref(), kind) {
            flow.values.clear();
        }
        flow.spells = None;
        flow.rounded |= self.may_round(flow.ty.as_deref(), kind);
        flow.ty = flow.ty.and_then(|ty| self.type_after(ty, kind));
        flow.plain = false;
        flow
    }

    /// What a `CASE` over constants leaves of a column: all of it, where no two of its values come out as one.
    fn mapped(&self, mut flow: Flow, pairs: &[(String, String)], rest: &Rest) -> Flow {
        let folds = flow.ty.as_deref().is_some_and(|ty| self.folds_case(ty));
        let ty = flow.ty.as_deref().map(|ty| self.type_of(ty));
        let is_text = matches!(ty, None | Some(Type::Text { .. }));
        let counts = !matches!(
            ty,
            None | Some(
                Type::Text { .. }
                    | Type::Binary { .. }
                    | Type::Json
                    | Type::JsonValue
                    | Type::Enum(_)
                    | Type::Set(_)
            )
        );
        let domain = match ty {
            _ if flow.plain && !flow.constants.is_empty() => {
                Some(std::mem::take(&mut flow.constants))
            }
            Some(Type::Enum(labels)) => {
                Some(labels.iter().map(|label| format!("'{label}'")).collect())
            }
            Some(Type::Bool) => Some(vec!["true".to_owned(), "false".to_owned()]),
            _ => None,
        };
        // Where 'A' is compared as 'a', both come out as what 'a' becomes.
        let exact = match self.dialect {
            Dialect::Postgres => !folds && flow.collation.as_deref().is_none_or(is_deterministic),
            Dialect::Sqlite => flow
                .collation
                .as_deref()
                .is_none_or(|name| name == "binary"),
            Dialect::MySql => {
                let collation = flow.collation.as_deref();
                let bytes = !is_text || collation.is_some_and(|name| name.ends_with("_bin"));
                // MySQL takes 'a' for 0 where it holds it against a number.
                let is_number = |key: &str| key != NULL && !key.starts_with('\'');
                bytes && (counts || !pairs.iter().any(|(key, _)| is_number(key)))
            }
        };
        flow.plain = false;
        flow.spells = None;
        flow.constants.clear();
        self.spend(pairs.len() * domain.as_ref().map_or(0, Vec::len) / 4);
        let told = match domain {
            _ if self.is_exhausted() => false,
            None => is_permutation(pairs, rest),
            // `'A'`, `'t'` and `1` may be other ways to say `'a'` and true.
            Some(domain) if !pairs.iter().all(|(key, _)| self.is_clear(key, &domain)) => false,
            Some(domain) => {
                let outcomes = outcomes(domain, flow.not_null, pairs, rest);
                let told = all_differ(self.dialect, &outcomes);
                flow.not_null = !outcomes.iter().any(|outcome| outcome == NULL);
                flow.constants = outcomes;
                told
            }
        };
        if !exact || !told {
            flow.values.clear();
        }
        // Constants are read as whatever they are cast to.
        if *rest != Rest::Same {
            flow.ty = Some("text".to_owned());
        }
        flow
    }

    /// Whether a constant is just one of those that a column holds, or none of them.
    fn is_clear(&self, key: &String, domain: &[String]) -> bool {
        key == NULL || domain.contains(key) || differ(self.dialect, slice::from_ref(key), domain)
    }

    /// Whether the type, or that under a domain, takes 'A' for 'a'.
    pub(in crate::judge) fn folds_case(&self, ty: &str) -> bool {
        let own = self.type_named(ty);
        let base = own.and_then(|own| own.base.as_deref());
        let last = |ty: &str| cast_type(ty) == "citext";
        let sorted = own.and_then(|own| collation(self.dialect, &own.text));
        last(ty) || base.is_some_and(last) || sorted.is_some_and(|name| !is_deterministic(&name))
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

    fn column_flow(&mut self, of: Option<&str>, name: &str, sources: &[Placed]) -> Flow {
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
        let table = self.schema.table(key);
        let charset = table.and_then(|table| table.charset.clone());
        let declared = table.and_then(|table| self.declared(table, &written));
        if let Some(table) = table.filter(|_| !flow.plain && !flow.constants.is_empty()) {
            return match self.takes(table, &written, &flow.constants) {
                true => flow.values.clone(),
                false => Vec::new(),
            };
        }
        let (Some(from), Some(to)) = (&flow.ty, &declared) else {
            return flow.values.clone();
        };
        if self.takes_rounded(flow, to) {
            return Vec::new();
        }
        // What was computed is of another type than it was read as, but for numbers, moments and texts.
        let counted = || match self.dialect {
            Dialect::Postgres => is_assigned(&self.type_of(from)),
            // It cuts what does not fit.
            Dialect::MySql => true,
            Dialect::Sqlite => false,
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

    /// Whether a type holds what was computed as `from`: a text that spells values of another type is no longer than those are.
    pub(in crate::judge) fn fits_as(&self, flow: &Flow, from: &str, to: &str) -> Fit {
        let spelt = flow.spells.as_ref();
        match spelt.map(|spelt| self.fits(spelt, to, Cast::Assigned)) {
            Some(fit) if matches!(self.type_of(to), Type::Text { .. }) => fit,
            _ => self.fits(from, to, Cast::Assigned),
        }
    }

    /// The type with its character set.
    fn spelled(&self, ty: &str, charset: Option<&str>) -> String {
        match charset {
            Some(charset) if self.dialect == Dialect::MySql => {
                format!("{ty} CHARACTER SET {charset}")
            }
            _ => ty.to_owned(),
        }
    }

    /// Whether every value of one type survives in another.
    pub(crate) fn fits(&self, from: &str, to: &str, cast: Cast) -> Fit {
        // SQLite's casts are not so kind.
        if from == to && self.dialect != Dialect::Sqlite {
            return Fit::Keeps;
        }
        self.fit(&self.type_of(from), &self.type_of(to), cast)
    }

    /// Whether every value of one type survives in another, as the session has it.
    pub(in crate::judge) fn fit(&self, from: &Type, to: &Type, cast: Cast) -> Fit {
        let writes = matches!(to, Type::Text { .. });
        match writes && self.writes_alike(from) {
            true => Fit::Cuts,
            false => types::fit(self.dialect, from, to, cast),
        }
    }

    /// Whether values of a type may come out alike where they become texts, as the session has it.
    pub(in crate::judge) fn writes_alike(&self, ty: &Type) -> bool {
        let setting = match ty {
            Type::Float { .. } => FLOAT_DIGITS,
            Type::Timestamp { zoned: true, .. } => DATE_STYLE,
            _ => return false,
        };
        match self.assigned.get(setting).map(String::as_str) {
            Some("=1") => false,
            None | Some("=default") => self.schema.writes_alike.contains(&setting.to_owned()),
            Some(_) => true,
        }
    }

    /// Those of `values`, which stand in a column of type `from`, that a column of type `to` holds. What fitted there at
    /// the start still does.
    pub(crate) fn fitting(&mut self, values: Vec<Id>, from: &str, to: &str, cast: Cast) -> Vec<Id> {
        match self.fits(from, to, cast) {
            Fit::Keeps | Fit::Refuses => values,
            fit => {
                let (now, held) = (self.type_of(from), self.type_of(to));
                let fits = |value: &Id| {
                    let first = self.first_type(*value);
                    first.is_some_and(|first| {
                        !is_read_anew(&first, &now, &held)
                            && self.fit(&first, &held, cast) == Fit::Keeps
                    })
                };
                // What nobody knows to be lost is not called so.
                if fit == Fit::Unknown && !values.iter().all(fits) {
                    let reason =
                        format!("whether {to} can hold every value of {from} is not known");
                    self.doubt(reason, &values);
                    return values;
                }
                values.into_iter().filter(fits).collect()
            }
        }
    }

    pub(crate) fn type_named(&self, text: &str) -> Option<&schema::Type> {
        self.type_among(&self.schema.types, text)
    }

    /// What `text` meant among `types`.
    pub(in crate::judge) fn type_among<'t>(
        &self,
        types: &'t Shared<Key, Arc<schema::Type>>,
        text: &str,
    ) -> Option<&'t schema::Type> {
        if types.is_empty() {
            return None;
        }
        let key = self.key(&type_name(text));
        types.get(&key).map(|ty| &**ty)
    }

    /// The type of a column as it was declared: SQLite's may have none, which is a type of its own, and so is `ANY` where
    /// the table is strict. (<https://sqlite.org/stricttables.html>)
    pub(in crate::judge) fn declared(
        &self,
        table: &schema::Table,
        column: &Column,
    ) -> Option<String> {
        if self.dialect != Dialect::Sqlite {
            return column.ty.clone();
        }
        let is_any = |ty: &String| table.storage.strict && ty.eq_ignore_ascii_case("any");
        let named = column.ty.clone().filter(|ty| !is_any(ty));
        named.or_else(|| (column.ty.is_some() || !column.text.is_empty()).then(String::new))
    }
}

/// The name of a type as it is written, without quotes.
pub(in crate::judge) fn type_name(text: &str) -> Name {
    let bare = |part: &str| match part.starts_with('"') {
        true => part.trim_matches('"').to_owned(),
        false => part.to_lowercase(),
    };
    match text.rsplit_once('.') {
        Some((schema, name)) => Name {
            schema: Some(bare(schema)),
            name: bare(name),
        },
        None => Name::plain(bare(text)),
    }
}

/// A type as casts are looked up by it: by its bare name, whichever of its own it has.
pub(in crate::judge) fn cast_type(ty: &str) -> String {
    let bare = ty.split('(').next().unwrap_or_default().trim();
    let bare = bare.rsplit('.').next().unwrap_or_default();
    let lower = bare.trim_matches('"').to_ascii_lowercase();
    let known = match lower.as_str() {
        "int" | "int4" | "serial" => "integer",
        "int8" | "bigserial" => "bigint",
        "int2" => "smallint",
        "bool" => "boolean",
        "varchar" => "character varying",
        "decimal" => "numeric",
        "float8" => "double precision",
        "float4" => "real",
        "timestamptz" => "timestamp with time zone",
        "timestamp without time zone" => "timestamp",
        other => other,
    };
    known.to_owned()
}

/// The collation that a type or a domain is written with, in lower case.
pub(in crate::judge) fn collation(dialect: Dialect, text: &str) -> Option<String> {
    let name = crate::family::collation(dialect, text)?;
    Some(name.name.to_ascii_lowercase())
}

/// Whether a collation of PostgreSQL is one of the server's own: what a migration makes may take 'A' for 'a'.
/// (<https://www.postgresql.org/docs/15/collation.html#COLLATION-NONDETERMINISTIC>)
pub(in crate::judge) fn is_deterministic(collation: &str) -> bool {
    let language = collation.split(['.', '@']).next().unwrap_or_default();
    let of_system = matches!(
        language.as_bytes(),
        [_, _, b'_', _, _] | [_, _, _, b'_', _, _]
    );
    let own = ["c", "posix", "default", "ucs_basic", "unicode"];
    own.contains(&collation) || collation.ends_with("-x-icu") || of_system
}

/// Whether a value that is computed as this type is cast to that of its column as one that stood in a column would be.
fn is_assigned(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int { .. }
            | Type::Decimal { .. }
            | Type::Float { .. }
            | Type::Date
            | Type::Timestamp { .. }
            | Type::Interval { .. }
            | Type::Text { .. }
    )
}

/// Whether a `CASE` puts values of a column in each other's place, whatever else may be there.
fn is_permutation(pairs: &[(String, String)], rest: &Rest) -> bool {
    let (mut from, mut to): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
    from.sort();
    to.sort();
    let distinct = from.windows(2).all(|pair| pair[0] != pair[1]);
    distinct && from == to && *rest == Rest::Same
}

/// Whether one constant comes out for NULL, and another one for all else.
fn tells_null(pairs: &[(String, String)], rest: &Rest) -> bool {
    match (pairs, rest) {
        ([(from, null)], Rest::Constant(other)) => from == NULL && null != other,
        _ => false,
    }
}

/// What a `CASE` yields for each value of a column: of those in `domain`, and NULL.
fn outcomes(
    domain: Vec<String>,
    not_null: bool,
    pairs: &[(String, String)],
    rest: &Rest,
) -> Vec<String> {
    let null = (!not_null && !domain.iter().any(|one| one == NULL)).then(|| NULL.to_owned());
    let outcome = |value: String| {
        let pair = pairs.iter().find(|(key, _)| *key == value);
        match (pair, rest) {
            (Some((_, result)), _) | (None, Rest::Constant(result)) => result.clone(),
            (None, Rest::Same) => value,
            (None, Rest::Null) => NULL.to_owned(),
        }
    };
    domain.into_iter().chain(null).map(outcome).collect()
}

/// Whether the bytes of a text are taken for one of another character set: MySQL puts something else where they are none.
pub(in crate::judge) fn is_read_anew(first: &Type, now: &Type, to: &Type) -> bool {
    match (first, to) {
        (Type::Text { charset: first, .. }, Type::Text { charset: to, .. }) => {
            matches!(now, Type::Binary { .. }) && first != to
        }
        _ => false,
    }
}
