//! Does a program use what changes? Decided from what it was compiled with alone.

use onward_analysis::{Changed, How, Object, TableUse, Unread};

use super::views::View;
use crate::instances::Program;
use crate::{Direction, Step};

/// One object that a step leaves other than it was.
#[derive(Debug, Clone)]
pub(super) struct Change<'p> {
    pub(super) step: &'p Step,
    pub(super) changed: &'p Changed,
    /// Whether the object exists only since the up that this step takes back.
    pub(super) since_up: bool,
    /// Whether it is, or stands in, a table, and not a view.
    pub(super) is_table: bool,
    /// The views through which it can be used.
    pub(super) views: Vec<View>,
}

/// How a program stands to a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stance {
    /// It does not use what changes.
    Clear,
    /// Nobody can tell: why, as a clause.
    May(String),
    /// It does: what, and where.
    Uses(String),
}

impl Change<'_> {
    pub(super) fn object(&self) -> &Object {
        &self.changed.object
    }

    /// `` `users.phone_number` ``.
    pub(super) fn shown(&self) -> String {
        format!("`{}`", self.object())
    }

    /// Whether it is no table, column or routine, and so a sequence, a type or an extension.
    fn may_be_a_sequence(&self) -> bool {
        let named = self
            .step
            .analysis()
            .map_or(&[][..], |analysis| &analysis.named);
        named.contains(self.changed)
    }

    /// Whether `program` was compiled for the schema that this step leaves behind.
    fn leads_back_to(&self, program: &Program) -> bool {
        leads_back_to(self.step, program)
    }

    /// Whether what stands under the name after this step is what code uses that was compiled with its migration: of another type, or
    /// another view. A name that is gone is gone for that code too.
    fn keeps_its_name(&self) -> bool {
        let up = self.step.direction() == Direction::Up;
        match self.changed.how {
            How::Retype => up,
            How::Replace => up && !self.is_table,
            _ => false,
        }
    }

    /// Whether `program` was compiled for a schema that has the object. Where it was not, `SELECT *` never meant it.
    fn concerns(&self, program: &Program) -> bool {
        let record = self.step.record();
        let catalog = program.catalogs.get(&record.catalog);
        let knows = catalog.map(|versions| versions.contain(record.version));
        match self.step.direction() {
            Direction::Up => knows != Some(true),
            Direction::Down => !self.since_up || knows != Some(false),
        }
    }
}

/// Whether `program` was compiled for the schema that `step` leaves behind.
pub(super) fn leads_back_to(step: &Step, program: &Program) -> bool {
    let record = step.record();
    let versions = program.catalogs.get(&record.catalog);
    let knows = versions.map(|versions| versions.contain(record.version));
    knows == Some(step.direction() == Direction::Up)
}

/// How `program` stands to `change`: the worst that any part of its code says.
pub(super) fn stance(program: &Program, change: &Change<'_>) -> Stance {
    let concerned = match change.changed.how {
        How::Require => !change.leads_back_to(program),
        _ => change.concerns(program),
    };
    if program.code.is_empty() {
        return match concerned {
            true => Stance::May(UNSAID.to_owned()),
            false => Stance::Clear,
        };
    }
    let silent = program.silent();
    let silent = (concerned && !silent.is_empty()).then(|| {
        Stance::May(format!(
            "its {} not say what {} (`onward::declare::uses!()`)",
            match silent.as_slice() {
                [one] => format!("crate `{one}` does"),
                several => format!("crates `{}` do", several.join("`, `")),
            },
            if silent.len() == 1 {
                "it uses"
            } else {
                "they use"
            }
        ))
    });
    let uses = program.code.iter().map(|code| &code.uses);
    let tables = uses.clone().flat_map(|uses| &uses.tables);
    let unread = uses.flat_map(|uses| &uses.unread).filter(|_| concerned);
    tables
        .map(|table| of_table(table, change, concerned))
        .chain(unread.map(|unread| of_unread(unread, change)))
        .chain(silent)
        .max()
        .unwrap_or(Stance::Clear)
}

const UNSAID: &str = "its code does not say what it uses (`cargo sqlx prepare`, `#[onward::uses]`, or \
    `onward::declare::uses!()` where it asks for nothing)";

fn of_table(table: &TableUse, change: &Change<'_>, concerned: bool) -> Stance {
    let object = change.object();
    if change.keeps_its_name() && !concerned {
        return Stance::Clear;
    }
    if let Some(view) = change.views.iter().find(|view| view.is_meant(table)) {
        return through(view, table, change);
    }
    if table.table == TableUse::ANY_SEQUENCE && change.may_be_a_sequence() {
        return Stance::May(format!(
            "it calls `nextval` for a sequence whose name it is given ({})",
            table.at
        ));
    }
    let elsewhere = match (&object.schema, &table.schema) {
        (Some(one), Some(other)) => !same(one, other),
        _ => false,
    };
    if elsewhere || !same(&object.table, &table.table) {
        return Stance::Clear;
    }
    let every = table.every.as_ref().filter(|_| concerned);
    if change.changed.how == How::Require {
        return match &table.writes {
            Some(at) if concerned => Stance::May(format!(
                "it writes `{}` ({at}), where {} must have a value from then on",
                object.table,
                change.shown()
            )),
            _ => Stance::Clear,
        };
    }
    match (&object.column, change.changed.how) {
        (None, How::Replace) if change.is_table => match every {
            Some(at) => Stance::May(format!(
                "it takes every column ({at}), and the table is made anew"
            )),
            None => Stance::Clear,
        },
        (None, How::Replace) => Stance::May(format!(
            "it reads the view ({}), which is made anew",
            table.at
        )),
        (None, _) => Stance::Uses(format!("{} ({})", change.shown(), table.at)),
        (Some(column), _) => {
            let named = table.columns.iter().find(|(name, _)| same(name, column));
            match (named, every) {
                (Some((_, at)), _) => Stance::Uses(format!("{} ({at})", change.shown())),
                (None, Some(at)) => Stance::Uses(format!(
                    "every column of `{}`, {} too ({at})",
                    object.table,
                    change.shown()
                )),
                (None, None) => Stance::Clear,
            }
        }
    }
}

/// What `table` uses through a view.
fn through(view: &View, table: &TableUse, change: &Change<'_>) -> Stance {
    let name = match view.bare {
        true => view.name.clone(),
        false => format!("{}.{}", view.schema, view.name),
    };
    match view.hidden {
        false => Stance::Uses(format!(
            "{} through the view `{name}` ({})",
            change.shown(),
            table.at
        )),
        true => Stance::May(format!(
            "it reads the view `{name}`, whose text this role is not shown ({})",
            table.at
        )),
    }
}

fn of_unread(unread: &Unread, change: &Change<'_>) -> Stance {
    let names = change
        .views
        .iter()
        .map(|view| &view.name)
        .chain(std::iter::once(&change.object().table));
    let meant = |name: &String| unread.words.iter().any(|word| same(word, name));
    if unread.words.is_empty() || names.into_iter().any(meant) {
        Stance::May(format!(
            "nobody can read what {} does: {}",
            unread.at, unread.reason
        ))
    } else {
        Stance::Clear
    }
}

/// Names that differ in case alone may be the same one; that they are is the careful reading.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || one.to_lowercase() == other.to_lowercase()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use onward_analysis::{Dialect, Uses, Version};

    use super::*;
    use crate::fixture::{back, forward, judged, object, phone};
    use crate::instances::{Code, Versions};
    use crate::{Plan, Revert};

    /// A program that contains the migrations up to `newest` and uses what `sql` does.
    fn program(newest: i64, sql: &[&str]) -> Program {
        let mut uses = Uses::default();
        for sql in sql {
            uses.query(Dialect::Postgres, sql, "src/a.rs:7");
        }
        let versions = Versions::of((1..=newest).map(Version::new).collect());
        Program {
            catalogs: BTreeMap::from([("shop".to_owned(), versions)]),
            code: vec![Code {
                package: "shop".to_owned(),
                uses,
            }],
            crates: Vec::new(),
        }
    }

    fn view(name: &str) -> View {
        View {
            schema: "public".to_owned(),
            name: name.to_owned(),
            bare: true,
            hidden: false,
        }
    }

    fn silent(newest: i64) -> Program {
        Program {
            code: Vec::new(),
            ..program(newest, &[])
        }
    }

    /// The stance of `program` to what the only step of `plan` does to `name`.
    fn to(plan: &Plan, since_up: bool, (name, how): (&str, How), program: &Program) -> Stance {
        let changed = Changed {
            object: object(name),
            how,
        };
        let change = Change {
            step: &plan.steps()[0],
            changed: &changed,
            since_up,
            is_table: true,
            views: vec![view("callable")],
        };
        stance(program, &change)
    }

    /// To the down of migration 3, which drops `users.phone_number`.
    fn down(program: &Program) -> Stance {
        let plan = back(vec![phone(3, Dialect::Postgres)], Revert::Last);
        to(&plan, true, ("users.phone_number", How::Drop), program)
    }

    /// To an up that drops it: a contract step.
    fn up(program: &Program) -> Stance {
        let plan = forward(vec![phone(3, Dialect::Postgres)]);
        to(&plan, false, ("users.phone_number", How::Drop), program)
    }

    fn uses(what: &str) -> Stance {
        Stance::Uses(what.to_owned())
    }

    fn is_unknown(stance: &Stance) -> bool {
        matches!(stance, Stance::May(_))
    }

    #[test]
    fn a_column_is_used_by_whoever_names_it() {
        for newest in [2, 3] {
            let program = program(newest, &["SELECT Phone_Number FROM users"]);
            let expected = uses("`users.phone_number` (src/a.rs:7)");
            assert_eq!(down(&program), expected);
            assert_eq!(up(&program), expected);
        }
        let others = program(
            3,
            &["SELECT name FROM users", "SELECT phone_number FROM orders"],
        );
        assert_eq!((down(&others), up(&others)), (Stance::Clear, Stance::Clear));
    }

    #[test]
    fn every_column_means_those_that_it_was_compiled_with() {
        let all = ["SELECT * FROM users"];
        let every = uses("every column of `users`, `users.phone_number` too (src/a.rs:7)");
        assert_eq!(down(&program(3, &all)), every);
        assert_eq!(
            down(&program(2, &all)),
            Stance::Clear,
            "it was built before the column"
        );
        assert_eq!(up(&program(2, &all)), every);
        assert_eq!(
            up(&program(3, &all)),
            Stance::Clear,
            "it was built without the column"
        );
        let mut stranger = program(3, &all);
        stranger.catalogs.clear();
        assert_eq!(
            (down(&stranger), up(&stranger)),
            (every.clone(), every),
            "nobody knows"
        );
    }

    #[test]
    fn what_code_does_not_say_is_unknown_where_it_could_know_the_object() {
        assert!(is_unknown(&down(&silent(3))));
        assert_eq!(down(&silent(2)), Stance::Clear, "there was no such column");
        assert!(is_unknown(&up(&silent(2))));
        assert_eq!(up(&silent(3)), Stance::Clear, "there is no such column");
        let unread = program(3, &["CALL tidy('Users')"]);
        assert!(is_unknown(&down(&unread)));
        assert_eq!(down(&program(3, &["CALL tidy('orders')"])), Stance::Clear);
        assert!(
            is_unknown(&down(&program(3, &["CALL tidy('callable')"]))),
            "by a view over it"
        );
    }

    #[test]
    fn a_crate_that_is_named_and_says_nothing_may_use_anything() {
        let named = |newest, crates: [&str; 2]| Program {
            crates: crates.map(str::to_owned).to_vec(),
            ..program(newest, &["SELECT name FROM users"])
        };
        assert_eq!(down(&named(3, ["shop", "shop"])), Stance::Clear);
        assert_eq!(
            down(&named(3, ["shop", "shop-billing"])),
            Stance::May(
                "its crate `shop-billing` does not say what it uses (`onward::declare::uses!()`)"
                    .to_owned()
            )
        );
        assert_eq!(
            down(&named(2, ["shop", "shop-billing"])),
            Stance::Clear,
            "there was no such column"
        );
    }

    #[test]
    fn a_view_leads_to_what_it_reads() {
        assert_eq!(
            down(&program(3, &["SELECT number FROM callable"])),
            uses("`users.phone_number` through the view `callable` (src/a.rs:7)")
        );
    }

    #[test]
    fn a_table_is_used_by_whoever_names_it() {
        let plan = back(vec![phone(3, Dialect::Postgres)], Revert::Last);
        let to = |how, sql| to(&plan, false, ("users", how), &program(3, &[sql]));
        for how in [How::Drop, How::Rename] {
            assert_eq!(
                to(how, "SELECT count(*) FROM users"),
                uses("`users` (src/a.rs:7)")
            );
            assert_eq!(to(how, "SELECT count(*) FROM orders"), Stance::Clear);
        }
        assert_eq!(to(How::Replace, "SELECT name FROM users"), Stance::Clear);
        assert!(is_unknown(&to(How::Replace, "SELECT * FROM users")));
    }

    /// What is retyped, or made anew as a view, is so in the schema that the newer program was compiled for.
    #[test]
    fn what_keeps_its_name_concerns_whoever_was_compiled_before() {
        let record = vec![phone(3, Dialect::Postgres)];
        let (back, forth) = (back(record.clone(), Revert::Last), forward(record));
        let to = |plan: &Plan, newest, (name, how), sql: &[&str]| {
            let changed = Changed {
                object: object(name),
                how,
            };
            let change = Change {
                step: &plan.steps()[0],
                changed: &changed,
                since_up: false,
                is_table: how == How::Retype,
                views: vec![view("callable")],
            };
            stance(&program(newest, sql), &change)
        };
        let retype = ("users.phone_number", How::Retype);
        for sql in [
            "SELECT phone_number FROM users",
            "SELECT * FROM users",
            "SELECT number FROM callable",
        ] {
            assert_eq!(to(&forth, 3, retype, &[sql]), Stance::Clear, "{sql}");
            for (plan, newest) in [(&forth, 2), (&back, 3), (&back, 2)] {
                let stance = to(plan, newest, retype, &[sql]);
                assert!(matches!(stance, Stance::Uses(_)), "{newest}: {sql}");
            }
        }
        let (view, sql) = (("names", How::Replace), ["SELECT name FROM names"]);
        assert_eq!(to(&forth, 3, view, &sql), Stance::Clear);
        assert!(is_unknown(&to(&forth, 2, view, &sql)));
        assert!(is_unknown(&to(&back, 3, view, &sql)));
    }

    /// NOT NULL is met by what was written for it, and may stop what was written without it.
    #[test]
    fn what_must_have_a_value_concerns_whoever_writes_and_was_not_compiled_for_it() {
        let record = vec![phone(3, Dialect::Postgres)];
        let (back, forth) = (back(record.clone(), Revert::Last), forward(record));
        let writes = ["INSERT INTO users (id) VALUES ($1)"];
        let to = |plan: &Plan, newest, sql: &[&str]| {
            let required = ("users.email", How::Require);
            to(plan, false, required, &program(newest, sql))
        };
        assert!(is_unknown(&to(&back, 3, &writes)));
        assert_eq!(to(&back, 2, &writes), Stance::Clear);
        assert!(is_unknown(&to(&forth, 2, &writes)));
        assert_eq!(to(&forth, 3, &writes), Stance::Clear);
        assert_eq!(to(&back, 3, &["SELECT email FROM users"]), Stance::Clear);
    }

    #[test]
    fn another_schemas_table_is_another_one() {
        let named = |sql| down(&program(3, &[sql]));
        assert_ne!(
            named("SELECT phone_number FROM app.users"),
            Stance::Clear,
            "the path may lead there"
        );
        let plan = back(vec![phone(3, Dialect::Postgres)], Revert::Last);
        let mut elsewhere = object("users.phone_number");
        elsewhere.schema = Some("audit".to_owned());
        let changed = Changed {
            object: elsewhere,
            how: How::Drop,
        };
        let change = Change {
            step: &plan.steps()[0],
            changed: &changed,
            since_up: true,
            is_table: true,
            views: Vec::new(),
        };
        let of = |sql| stance(&program(3, &[sql]), &change);
        assert_eq!(of("SELECT phone_number FROM app.users"), Stance::Clear);
        assert_ne!(of("SELECT phone_number FROM users"), Stance::Clear);
    }

    /// What is named by a value may be any sequence, and no table.
    #[test]
    fn a_sequence_that_a_value_names_may_be_any() {
        let of = |down: &str| {
            let record = judged(3, Dialect::Postgres, "SELECT 1", down);
            let plan = back(vec![record], Revert::Last);
            let changed = plan.steps()[0].felt().next().unwrap().clone();
            let change = Change {
                step: &plan.steps()[0],
                changed: &changed,
                since_up: false,
                is_table: false,
                views: Vec::new(),
            };
            stance(&program(3, &["SELECT nextval($1)"]), &change)
        };
        assert!(is_unknown(&of("DROP SEQUENCE bills")));
        assert_eq!(of("DROP TABLE bills"), Stance::Clear);
    }
}
