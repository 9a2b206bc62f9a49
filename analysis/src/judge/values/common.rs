//! Which type do values become that stand in one column, or in one array, and come from columns of several types?
//!
//! (<https://www.postgresql.org/docs/15/typeconv-union-case.html>)

use crate::Dialect;
use crate::act::{Kind, Value};
use crate::judge::flow::source::Placed;
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::types::{Cast, Type};

impl Run<'_> {
    /// What `ARRAY[a, b]` of PostgreSQL carries: its members are of one type. JSON has no such limit.
    pub(in crate::judge) fn array_of(&mut self, parts: &[Value], sources: &[Placed]) -> Flow {
        let (mut flow, mut flows) = self.together(parts, sources);
        let in_json = |part: &Value| matches!(part, Value::OneToOne(_, Kind::PartOfJson));
        if self.dialect != Dialect::Postgres || parts.iter().any(in_json) {
            return flow;
        }
        let mut types = flows.iter().filter_map(|part| part.ty.clone());
        let Some(first) = types.next() else {
            return flow;
        };
        let common = types.try_fold(first, |one, other| self.common_type(&one, &other));
        let Some(common) = common else {
            return flow;
        };
        flow.values.clear();
        for part in &mut flows {
            self.become_common(part, &common);
            flow.values.append(&mut part.values);
        }
        Flow {
            ty: Some(format!("{common}[]")),
            ..flow
        }
    }

    /// The columns of two queries get one type each, where `UNION ALL` puts their rows together.
    pub(in crate::judge) fn make_alike(&mut self, one: &mut Relation, other: &mut Relation) {
        match self.dialect {
            Dialect::Postgres => {}
            Dialect::MySql => return self.put_together(one, other),
            Dialect::Sqlite => return,
        }
        for (one, other) in one.columns.iter_mut().zip(&mut other.columns) {
            let (Some(a), Some(b)) = (&one.ty, &other.ty) else {
                continue;
            };
            if a != b
                && let Some(common) = self.common_type(a, b)
            {
                self.become_common(one, &common);
                self.become_common(other, &common);
            }
        }
    }

    fn become_common(&mut self, flow: &mut Flow, common: &str) {
        let Some(from) = flow.ty.as_deref().filter(|from| *from != common) else {
            return;
        };
        flow.values = self.fitting(
            std::mem::take(&mut flow.values),
            from,
            common,
            Cast::Assigned,
        );
        flow.ty = Some(common.to_owned());
    }

    /// The type that values of both become, where it is known.
    fn common_type(&self, one: &str, other: &str) -> Option<String> {
        if one == other {
            return Some(one.to_owned());
        }
        let zone = |zoned| match zoned {
            true => "timestamp with time zone",
            false => "timestamp",
        };
        let float = |double| match double {
            true => "double precision",
            false => "real",
        };
        let common = match (self.type_of(one), self.type_of(other)) {
            (Type::Int { max: a, .. }, Type::Int { max: b, .. }) => match a >= b {
                true => one,
                false => other,
            },
            (Type::Int { .. } | Type::Decimal { .. }, Type::Decimal { .. })
            | (Type::Decimal { .. }, Type::Int { .. }) => "numeric",
            (Type::Float { double: a, .. }, Type::Float { double: b, .. }) => float(a || b),
            (Type::Float { double, .. }, Type::Int { .. } | Type::Decimal { .. })
            | (Type::Int { .. } | Type::Decimal { .. }, Type::Float { double, .. }) => {
                float(double)
            }
            (Type::Timestamp { zoned: a, .. }, Type::Timestamp { zoned: b, .. }) => zone(a || b),
            (Type::Timestamp { zoned, .. }, Type::Date)
            | (Type::Date, Type::Timestamp { zoned, .. }) => zone(zoned),
            // Of texts the first one decides.
            (Type::Text { fixed: false, .. }, Type::Text { .. }) => "text",
            (Type::Text { fixed: true, .. }, Type::Text { .. }) => "bpchar",
            _ => return None,
        };
        Some(common.to_owned())
    }
}
