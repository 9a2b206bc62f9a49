//! What must the rows be like that a direction finds, so that it neither fails on them nor cuts them?

use crate::act::{Name, Value};
use crate::judge::flow::keys::takes_one_null;
use crate::judge::ledger::Met;
use crate::judge::run::Run;
use crate::schema::{Id, Key, same};
use crate::types::{Fit, Length, Type};
use crate::{Bound, Limit, Object};

/// A limit that a statement puts on a table, or on a column of it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    table: Id,
    column: Option<Id>,
    limit: Limit,
    cuts: bool,
}

/// What becomes of the values of a column, and the limits that decide for which of them.
#[derive(Debug, Clone)]
pub(in crate::judge) struct Fitting {
    pub(in crate::judge) fit: Fit,
    pub(in crate::judge) asks: Vec<Limit>,
}

impl Fitting {
    /// Without a limit that could be asked for.
    pub(in crate::judge) fn of(fit: Fit) -> Fitting {
        Fitting {
            fit,
            asks: Vec::new(),
        }
    }
}

/// The limits on what was there at the start.
pub(crate) fn bounds(run: &Run<'_>) -> Vec<Bound> {
    let mut bounds: Vec<Bound> = Vec::new();
    for asked in &run.asked {
        let made = |id: &Id| run.ledger.created.contains(id);
        if made(&asked.table) || asked.column.as_ref().is_some_and(made) {
            continue;
        }
        let object = match asked.column {
            Some(column) => run.ledger.name(column),
            None => run.ledger.names.get(&asked.table).cloned(),
        };
        let Some(object) = object else { continue };
        let bound = Bound {
            object,
            limit: asked.limit.clone(),
            cuts: asked.cuts,
        };
        bounds.push(bound);
    }
    rebuilt(run, &mut bounds);
    bounds.dedup();
    bounds
}

/// What the columns of a table ask that stands in the place of another one: its rows are read into it.
fn rebuilt(run: &Run<'_>, bounds: &mut Vec<Bound>) {
    for (id, Met { key, table: start }) in run.ledger.met.iter() {
        let stands = run.schema.table(key).is_some_and(|now| now.id == *id);
        if stands || start.temporary {
            continue;
        }
        let Some(object) = run.ledger.names.get(id) else {
            continue;
        };
        let name = Name {
            schema: object.schema.clone(),
            name: object.table.clone(),
        };
        let now = run.schema.table(&Key::of(run.dialect, &name));
        let Some(now) = now.filter(|now| now.id != *id) else {
            continue;
        };
        // The column of before whose values a column holds now.
        let earlier = |id: Id| {
            let values = run.ledger.values(id);
            start
                .columns
                .iter()
                .find(|column| values.contains(&column.id))
        };
        for column in &now.columns {
            if let Some(was) = earlier(column.id)
                && column.is.not_null
                && !was.is.not_null
            {
                bounds.push(Bound {
                    object: Object {
                        column: Some(was.is.name.clone()),
                        ..object.clone()
                    },
                    limit: Limit::NotNull,
                    cuts: false,
                });
            }
        }
        for key in now.keys() {
            let names = key.iter().map(|name| {
                let column = now.column(run.dialect, name)?;
                Some(earlier(column.id)?.is.name.clone())
            });
            let Some(names) = names.collect::<Option<Vec<String>>>() else {
                continue;
            };
            let same = |other: &[String]| {
                other.len() == names.len()
                    && other
                        .iter()
                        .zip(&names)
                        .all(|(a, b)| same(run.dialect, a, b))
            };
            if !start.keys().any(same) {
                bounds.push(Bound {
                    object: object.clone(),
                    limit: Limit::Unique(names),
                    cuts: false,
                });
            }
        }
    }
}

impl Run<'_> {
    /// Notes what `fitting` asks of the values of a column that becomes `ty`.
    pub(in crate::judge) fn ask_values(
        &mut self,
        key: &Key,
        column: Id,
        fitting: &Fitting,
        ty: &str,
    ) {
        let cuts = match fitting.fit {
            Fit::Refuses => false,
            Fit::Cuts => true,
            Fit::Keeps | Fit::Unknown => return,
        };
        let Some(table) = self.schema.table(key).map(|table| table.id) else {
            return;
        };
        let any = [Limit::Type(ty.to_ascii_lowercase())];
        let asks = if fitting.asks.is_empty() {
            &any
        } else {
            fitting.asks.as_slice()
        };
        self.asked.extend(asks.iter().map(|limit| Asked {
            table,
            column: Some(column),
            limit: limit.clone(),
            cuts,
        }));
    }

    /// Notes that a column takes no NULL from here on.
    pub(in crate::judge) fn ask_present(&mut self, key: &Key, column: Id) {
        let fitting = Fitting {
            fit: Fit::Refuses,
            asks: vec![Limit::NotNull],
        };
        self.ask_values(key, column, &fitting, "");
    }

    /// Notes that no two rows may be the same in these columns, of which `text` makes a key or index, from here on.
    pub(in crate::judge) fn ask_unique(&mut self, key: &Key, columns: &[String], text: &str) {
        let dialect = self.dialect;
        let Some(table) = self.schema.table(key) else {
            return;
        };
        let mut named = Vec::new();
        for column in columns {
            let known = table.column(dialect, column).map(|column| column.id);
            if known.is_some_and(|id| self.ledger.created.contains(&id)) {
                return;
            }
            let earlier = known.and_then(|id| self.ledger.name(id)?.column);
            named.push(earlier.unwrap_or_else(|| column.clone()));
        }
        if !named.is_empty() {
            self.asked.push(Asked {
                table: table.id,
                column: None,
                limit: match takes_one_null(text) {
                    true => Limit::UniqueWithNull(named),
                    false => Limit::Unique(named),
                },
                cuts: false,
            });
        }
    }
}

impl Run<'_> {
    /// Notes that the unique index which `text` makes, of expressions or of some rows, takes no two of them from here on.
    pub(in crate::judge) fn ask_key(&mut self, key: &Key, text: &str) {
        let Some(table) = self.schema.table(key) else {
            return;
        };
        // The text reads the table as it is now, and the rows are asked before the direction runs.
        let unchanged = table.columns.iter().all(|column| {
            let first = self.ledger.name(column.id).and_then(|first| first.column);
            !self.ledger.created.contains(&column.id) && first.as_ref() == Some(&column.is.name)
        });
        let parts = unchanged.then(|| crate::family::index_parts(self.dialect, text));
        let limit = match parts.flatten() {
            Some((of, among)) if !takes_one_null(text) => Limit::Key { of, among },
            _ => Limit::Index(text.to_owned()),
        };
        self.asked.push(Asked {
            table: table.id,
            column: None,
            limit,
            cuts: false,
        });
    }
}

/// The limit that tells which values of `from` a column of the type `to`, written as `ty`, takes as they are.
pub(in crate::judge) fn limit(from: &Type, to: &Type, ty: &str) -> Limit {
    let number = matches!(
        from,
        Type::Int { .. } | Type::Decimal { .. } | Type::Float { .. }
    );
    let limit = match to {
        Type::Int { min, max } if number => match (i64::try_from(*min), u64::try_from(*max)) {
            (Ok(min), Ok(max)) => Some(Limit::Whole { min, max }),
            _ => None,
        },
        Type::Decimal {
            precision: Some(digits),
            scale,
            signed: true,
        } if number => u32::try_from(*scale).ok().map(|scale| Limit::Decimal {
            digits: *digits,
            scale,
        }),
        Type::Text {
            length,
            fixed: false,
            charset,
        } => match (from, length) {
            (
                Type::Text {
                    charset: before, ..
                },
                _,
            ) if before != charset => None,
            (
                Type::Text { fixed: false, .. },
                Length::Characters(most) | Length::Stretched(most),
            ) => Some(Limit::Characters(*most)),
            (Type::Text { fixed: false, .. }, Length::Bytes(most)) => Some(Limit::Bytes(*most)),
            _ => None,
        },
        Type::Enum(labels) if matches!(from, Type::Text { .. } | Type::Enum(_)) => {
            Some(Limit::Labels(labels.clone()))
        }
        _ => None,
    };
    limit.unwrap_or_else(|| Limit::Type(ty.to_ascii_lowercase()))
}

/// Whether a value is the column itself, taken to other types by way of nothing that could cut it.
pub(in crate::judge) fn is_itself(value: &Value) -> bool {
    match value {
        Value::Column(..) => true,
        Value::Cast(inner, _) => match &**inner {
            Value::Cast(_, ty) => {
                let whole = ["text", "varchar", "character varying"];
                whole.iter().any(|name| ty.eq_ignore_ascii_case(name)) && is_itself(inner)
            }
            inner => is_itself(inner),
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::judge::judge;
    use crate::{Dialect, Schema};

    /// What the down asks of rows, after `before`.
    fn asked(dialect: Dialect, before: &str, down: &str) -> Vec<String> {
        let schema = judge(dialect, &Schema::empty(), Some(before), None).after;
        let judged = judge(dialect, &schema, Some("SELECT 1"), Some(down));
        let bounds = judged.down.map(|down| down.bounds).unwrap_or_default();
        bounds
            .iter()
            .map(|bound| {
                let cuts = if bound.cuts { " or cuts" } else { "" };
                format!("{} {:?}{cuts}", bound.object, bound.limit)
            })
            .collect()
    }

    #[test]
    fn a_narrower_type_asks_for_values_that_fit() {
        let before = "CREATE TABLE t (a bigint, b varchar(40), c numeric(12, 4), d text);";
        let asked = |down| asked(Dialect::Postgres, before, down);
        assert_eq!(
            asked("ALTER TABLE t ALTER a TYPE int"),
            ["t.a Whole { min: -2147483648, max: 2147483647 }"]
        );
        assert_eq!(
            asked("ALTER TABLE t ALTER b TYPE varchar(20)"),
            ["t.b Characters(20) or cuts"]
        );
        assert_eq!(
            asked("ALTER TABLE t ALTER c TYPE numeric(10, 2)"),
            ["t.c Decimal { digits: 10, scale: 2 } or cuts"]
        );
        assert_eq!(
            asked("ALTER TABLE t RENAME b TO x; ALTER TABLE t ALTER x TYPE varchar(20)"),
            ["t.b Characters(20) or cuts"]
        );
        assert_eq!(asked("ALTER TABLE t ALTER b TYPE text"), [""; 0]);
        // What a USING makes of it, no query tells.
        assert_eq!(
            asked("ALTER TABLE t ALTER b TYPE varchar(20) USING left(b, 3)"),
            ["t.b Type(\"varchar(20)\") or cuts"]
        );
    }

    #[test]
    fn a_smaller_enum_asks_for_its_labels() {
        let before = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TABLE t (m mood);";
        let down = "CREATE TYPE mood_old AS ENUM ('sad', 'ok'); \
                    ALTER TABLE t ALTER m TYPE mood_old USING m::text::mood_old; \
                    DROP TYPE mood; ALTER TYPE mood_old RENAME TO mood;";
        assert_eq!(
            asked(Dialect::Postgres, before, down),
            ["t.m Labels([\"sad\", \"ok\"])"]
        );
        let before = "CREATE TABLE t (m enum('sad', 'ok', 'happy'));";
        assert_eq!(
            asked(
                Dialect::MySql,
                before,
                "ALTER TABLE t MODIFY m enum('sad', 'ok')"
            ),
            ["t.m Labels([\"sad\", \"ok\"]) or cuts"]
        );
    }

    #[test]
    fn not_null_and_unique_ask_for_it() {
        let before = "CREATE TABLE t (id int, a varchar(40), b varchar(40));";
        for (dialect, down, expected) in [
            (
                Dialect::Postgres,
                "ALTER TABLE t ALTER a SET NOT NULL",
                "t.a NotNull",
            ),
            (
                Dialect::MySql,
                "ALTER TABLE t MODIFY a varchar(40) NOT NULL",
                "t.a NotNull or cuts",
            ),
            (
                Dialect::Postgres,
                "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b)",
                "t Unique([\"a\", \"b\"])",
            ),
            (
                Dialect::Sqlite,
                "CREATE UNIQUE INDEX u ON t (a)",
                "t Unique([\"a\"])",
            ),
            (
                Dialect::Postgres,
                "CREATE UNIQUE INDEX u ON t (a) WHERE b IS NULL",
                "t Key { of: [\"a\"], among: Some(\"b IS NULL\") }",
            ),
            (
                Dialect::Postgres,
                "CREATE UNIQUE INDEX u ON t (lower(a), b)",
                "t Key { of: [\"lower(a)\", \"b\"], among: None }",
            ),
        ] {
            assert_eq!(asked(dialect, before, down), [expected], "{down}");
        }
        // The text reads a name that is not there yet when the rows are asked.
        let renamed = "ALTER TABLE t RENAME b TO c; CREATE UNIQUE INDEX u ON t (lower(c))";
        let said = "t Index(\"CREATE UNIQUE INDEX u ON t (lower(c))\")";
        assert_eq!(asked(Dialect::Postgres, before, renamed), [said]);
        let own = "CREATE TABLE n (id int); ALTER TABLE n ADD CONSTRAINT u UNIQUE (id)";
        assert_eq!(asked(Dialect::Postgres, before, own), [""; 0]);
    }

    #[test]
    fn a_rebuilt_table_asks_what_its_new_columns_ask() {
        let before = "CREATE TABLE t (id integer PRIMARY KEY, a text, b text);";
        let rebuild = "CREATE TABLE n (id integer PRIMARY KEY, a text NOT NULL, b text UNIQUE);
                       INSERT INTO n SELECT id, a, b FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
        assert_eq!(
            asked(Dialect::Sqlite, before, rebuild),
            ["t.a NotNull", "t Unique([\"b\"])"]
        );
    }
}
