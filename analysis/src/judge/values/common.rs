//! Which type do values become that stand in one column, or in one array, and come from columns of several types?
//!
//! (<https://www.postgresql.org/docs/15/typeconv-union-case.html>)

use crate::Dialect;
use crate::act::{Branch, Kind, Made, Value};
use crate::judge::flow::source::Placed;
use crate::judge::flow::{Flow, Relation};
use crate::judge::run::Run;
use crate::schema::Id;
use crate::types::{Cast, Type};

/// What is known of the type of a value.
enum Told {
    As(String),
    /// It has none of its own.
    Any,
    Unknown,
}

fn is_number(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Int { .. } | Type::Decimal { .. } | Type::Float { .. }
    )
}

impl Run<'_> {
    /// What `ARRAY[a, b]` of PostgreSQL carries: its members are of one type. JSON has no such limit.
    pub(in crate::judge) fn array_of(&mut self, parts: &[Value], sources: &[Placed]) -> Flow {
        let (mut flow, mut flows) = self.together(parts, sources);
        let in_json = |part: &Value| matches!(part, Value::OneToOne(_, Kind::PartOfJson));
        if self.dialect != Dialect::Postgres || parts.iter().any(in_json) {
            return flow;
        }
        let untold = |part: &Flow| part.ty.is_none() && part.constants.is_empty();
        if flows.iter().any(untold) {
            let gives_way =
                |part: &&Flow| part.ty.as_deref().is_some_and(|ty| self.may_give_way(ty));
            let given: Vec<Id> = flows
                .iter()
                .filter(gives_way)
                .flat_map(|part| part.values.clone())
                .collect();
            flow.values.retain(|value| !given.contains(value));
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
        if !one.rests.is_empty() || !other.rests.is_empty() {
            self.stand_beside_unnamed(one, other);
        }
        match self.dialect {
            Dialect::Postgres => {}
            Dialect::MySql => return self.put_together(one, other),
            Dialect::Sqlite => return,
        }
        for (one, other) in one.columns.iter_mut().zip(&mut other.columns) {
            match (&one.ty, &other.ty) {
                (None, None) => {}
                (Some(_), None) => self.beside_untold(one, other),
                (None, Some(_)) => self.beside_untold(other, one),
                (Some(a), Some(b)) => {
                    if a != b
                        && let Some(common) = self.common_type(a, b)
                    {
                        self.become_common(one, &common);
                        self.become_common(other, &common);
                    }
                }
            }
        }
    }

    /// What becomes of `told` beside values of no type of their own, or of one that nobody knows.
    fn beside_untold(&mut self, told: &mut Flow, other: &mut Flow) {
        if !other.plain && !other.constants.is_empty() {
            other.ty.clone_from(&told.ty);
            other.plain = told.plain;
        } else if told.ty.as_deref().is_some_and(|ty| self.may_give_way(ty)) {
            told.values.clear();
        }
    }

    /// Whether there is a type that values of this one become beside others, and that does not hold each of them.
    fn may_give_way(&self, ty: &str) -> bool {
        matches!(
            self.type_of(ty),
            Type::Int { .. } | Type::Decimal { .. } | Type::Timestamp { zoned: false, .. }
        )
    }

    /// Tells the types of what a branch computes.
    pub(in crate::judge) fn tell_types(
        &mut self,
        branch: &Branch,
        sources: &[Placed],
        relation: &mut Relation,
    ) {
        let stars = branch
            .output
            .iter()
            .filter(|output| output.value().is_none());
        if branch.made.is_empty() || stars.count() > 1 {
            return;
        }
        let columns = branch.output.iter().zip(&branch.made);
        let behind = |at: usize| branch.output.len() - at;
        let mut starred = false;
        for (at, (output, made)) in columns.enumerate() {
            starred |= output.value().is_none();
            let at = match starred {
                false => Some(at),
                true => relation.columns.len().checked_sub(behind(at)),
            };
            let told = output.value().is_some().then(|| self.made(made, sources));
            let flow = at.and_then(|at| relation.columns.get_mut(at));
            if let (Some(flow), Some(Told::As(ty))) = (flow.filter(|flow| flow.ty.is_none()), told)
            {
                flow.ty = Some(ty);
            }
        }
    }

    fn made(&mut self, made: &Made, sources: &[Placed]) -> Told {
        match made {
            Made::Of(ty) => Told::As(ty.clone()),
            Made::Column(of, name) => {
                let flow = self.column_flow(of.as_deref(), name, sources);
                flow.ty.map_or(Told::Unknown, Told::As)
            }
            Made::Alike(parts) => self.alike(parts, sources),
            Made::Number(parts) => match self.alike(parts, sources) {
                Told::As(ty) if is_number(&self.type_of(&ty)) => Told::As(ty),
                _ => Told::Unknown,
            },
            Made::Any => Told::Any,
            Made::Unknown => Told::Unknown,
        }
    }

    fn alike(&mut self, parts: &[Made], sources: &[Placed]) -> Told {
        let mut whole = Told::Any;
        for part in parts {
            whole = match (whole, self.made(part, sources)) {
                (Told::Any, told) | (told, Told::Any) => told,
                (Told::As(one), Told::As(other)) if one == other => Told::As(one),
                (Told::As(one), Told::As(other)) => self
                    .common_type(&one, &other)
                    .map_or(Told::Unknown, Told::As),
                _ => Told::Unknown,
            };
        }
        whole
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
            (Type::Array(_), Type::Array(_)) => {
                let [a, b] = [one, other].map(|ty| ty.strip_suffix("[]"));
                return Some(format!("{}[]", self.common_type(a?, b?)?));
            }
            _ => return None,
        };
        Some(common.to_owned())
    }
}
