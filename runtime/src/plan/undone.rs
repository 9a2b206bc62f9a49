//! Does a migration that is still pending do forward what a step would take back?

use std::collections::BTreeSet;

use onward_analysis::{Analysis, Object, Record};

use super::{Name, Plan, Step};

impl Plan {
    /// The same plan, in a program of which these migrations are `pending` here.
    pub(crate) fn beside(mut self, pending: &[&Record]) -> Plan {
        for step in &mut self.steps {
            let undoes = |record: &&&Record| undoes(record, step);
            step.undone_by = pending.iter().find(undoes).map(|record| Name::of(record));
        }
        self
    }
}

/// Whether the up of a later migration takes what `step` takes, in the same way and nothing else.
fn undoes(later: &Record, step: &Step) -> bool {
    let is_later = later.version > step.version();
    let (Some(up), Some(down)) = (later.up.analysis(step.dialect()), step.analysis()) else {
        return false;
    };
    let (taken, by_it) = (taken(down), taken(up));
    is_later && !taken.is_empty() && taken == by_it
}

/// What is lost or changed, each with the word for how.
fn taken(analysis: &Analysis) -> BTreeSet<(&Object, &'static str)> {
    let lost = analysis.losses.iter();
    let lost = lost.map(|loss| (&loss.object, loss.kind.name()));
    let changed = analysis.changes.iter();
    let changed = changed.map(|change| (&change.object, change.how.name()));
    lost.chain(changed).collect()
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
}
