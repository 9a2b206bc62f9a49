//! Does a migration that is still pending do forward what a step would take back?

use std::collections::BTreeSet;

use onward_analysis::{Analysis, How, LossKind, Object, Record};

use super::{Name, Plan, Step};

impl Plan {
    /// The same plan, in a program of which these migrations are `pending` here.
    pub(crate) fn beside(mut self, pending: &[&Record]) -> Plan {
        let steps = &self.steps;
        let found = steps.iter().map(|step| {
            let by = pending.iter().find(|later| undoes(later, step, steps))?;
            Some(Name::of(by))
        });
        let found: Vec<Option<Name>> = found.collect();
        for (step, undone_by) in self.steps.iter_mut().zip(found) {
            step.undone_by = undone_by;
        }
        self
    }
}

/// Whether the up of a later migration takes what `step` takes, in the same way, and nothing that none of `steps` takes.
fn undoes(later: &Record, step: &Step, steps: &[Step]) -> bool {
    let Some(up) = later.up.analysis(step.dialect()) else {
        return false;
    };
    let by_it = taken(up);
    let own = step.analysis().map(taken).unwrap_or_default();
    let older = steps.iter().filter(|step| later.version > step.version());
    let all: BTreeSet<Taken<'_>> = older.filter_map(Step::analysis).flat_map(taken).collect();
    later.version > step.version()
        && !own.is_empty()
        && own
            .iter()
            .all(|one| by_it.contains(one) || goes_with_its_table(one, &by_it))
        && by_it.iter().all(|one| all.contains(one))
}

/// What is lost or changed, and the word for how.
type Taken<'a> = (&'a Object, &'static str);

fn taken(analysis: &Analysis) -> BTreeSet<Taken<'_>> {
    let lost = analysis.losses.iter();
    let lost = lost.map(|loss| (&loss.object, loss.kind.name()));
    let changed = analysis.changes.iter();
    let changed = changed.map(|change| (&change.object, change.how.name()));
    lost.chain(changed).collect()
}

/// Whether a column goes, and its table is among what is taken.
fn goes_with_its_table((object, how): &Taken<'_>, by_it: &BTreeSet<Taken<'_>>) -> bool {
    let table = Object {
        column: None,
        ..(*object).clone()
    };
    let columns = [LossKind::DropColumn.name(), How::Drop.name()];
    let tables = [LossKind::DropTable.name(), How::Drop.name()];
    let mut gone = by_it.iter().filter(|(other, _)| **other == table);
    object.column.is_some() && columns.contains(how) && gone.any(|(_, how)| tables.contains(how))
}

#[cfg(test)]
mod tests {
    use onward_analysis::{Dialect, Down};

    use crate::Revert;
    use crate::fixture::{back, judged, phone};

    #[test]
    fn a_later_migration_that_takes_the_same_does_it_forward() {
        const DIALECT: Dialect = Dialect::Postgres;
        const DROPS: &str = "ALTER TABLE users DROP COLUMN phone_number";
        let by = |version, up: &str| {
            let later = judged(version, DIALECT, up, "SELECT 1");
            let adds = "ALTER TABLE users ADD COLUMN phone_number varchar(20)";
            let applied = judged(2, DIALECT, adds, DROPS);
            let plan = back(vec![applied], Revert::Last).beside(&[&later]);
            plan.steps()[0].undone_by().cloned()
        };
        assert_eq!(by(3, DROPS).map(|name| name.version.number()), Some(3));
        assert_eq!(by(1, DROPS), None, "it stands below");
        let more = format!("{DROPS}; DROP TABLE orders");
        assert_eq!(by(3, &more), None, "it takes more");
        let narrower = "ALTER TABLE users ALTER COLUMN phone_number TYPE varchar(3) USING left(phone_number, 3)";
        assert_eq!(by(3, narrower), None, "it takes it in another way");
        assert_eq!(by(3, "ALTER TABLE users DROP COLUMN fax"), None);
        let mut other = phone(2, DIALECT);
        if let Down::Script(script) = &mut other.down {
            script.analyses[0].losses.clear();
        }
        let later = judged(3, DIALECT, DROPS, "SELECT 1");
        let plan = back(vec![other], Revert::Last).beside(&[&later]);
        assert_eq!(plan.steps()[0].undone_by(), None, "it takes nothing");
    }
    #[test]
    fn one_that_takes_what_several_steps_take_undoes_each_of_them() {
        const DIALECT: Dialect = Dialect::Postgres;
        let drops = "DROP TABLE calls";
        let applied = || {
            vec![
                judged(2, DIALECT, "CREATE TABLE calls (id int)", drops),
                judged(
                    3,
                    DIALECT,
                    "ALTER TABLE calls ADD COLUMN note text",
                    "ALTER TABLE calls DROP COLUMN note",
                ),
            ]
        };
        let by = |up: &str| {
            let later = judged(4, DIALECT, up, "SELECT 1");
            let plan = back(applied(), Revert::Steps(2)).beside(&[&later]);
            let undone = plan.steps().iter().map(|step| step.undone_by().is_some());
            undone.collect::<Vec<bool>>()
        };
        assert_eq!(by(drops), [true, true], "the column goes with its table");
        assert_eq!(by("ALTER TABLE calls DROP COLUMN note"), [true, false]);
        assert_eq!(by("DROP TABLE calls; DROP TABLE users"), [false, false]);
    }
}
