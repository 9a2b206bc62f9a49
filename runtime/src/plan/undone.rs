//! Does a migration that is still pending do forward what a step would take back?

use onward_analysis::{Analysis, How, Object, Record};

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

/// Whether the up of a later migration takes all that `step` takes.
fn undoes(later: &Record, step: &Step) -> bool {
    let is_later = later.version > step.version();
    let (Some(up), Some(down)) = (later.up.analysis(step.dialect()), step.analysis()) else {
        return false;
    };
    let (taken, by_it) = (taken(down), taken(up));
    is_later && !taken.is_empty() && taken.iter().all(|object| by_it.contains(object))
}

fn taken(analysis: &Analysis) -> Vec<&Object> {
    let dropped = analysis
        .changes
        .iter()
        .filter(|change| change.how == How::Drop);
    let lost = analysis.losses.iter().map(|loss| &loss.object);
    lost.chain(dropped.map(|change| &change.object)).collect()
}

#[cfg(test)]
mod tests {
    use onward_analysis::{Dialect, Down};

    use crate::Revert;
    use crate::fixture::{back, judged, phone};

    #[test]
    fn a_later_migration_that_takes_the_same_does_it_forward() {
        const DIALECT: Dialect = Dialect::Postgres;
        let by = |version, up: &str| {
            let later = judged(version, DIALECT, up, "SELECT 1");
            let plan = back(vec![phone(2, DIALECT)], Revert::Last).beside(&[&later]);
            plan.steps()[0].undone_by().cloned()
        };
        let drops = "ALTER TABLE users DROP COLUMN phone_number";
        assert_eq!(by(3, drops).map(|name| name.version.number()), Some(3));
        assert_eq!(by(1, drops), None, "it stands below");
        assert_eq!(by(3, "ALTER TABLE users DROP COLUMN fax"), None);
        let mut other = phone(2, DIALECT);
        if let Down::Script(script) = &mut other.down {
            script.analyses[0].losses.clear();
        }
        let later = judged(3, DIALECT, drops, "SELECT 1");
        let plan = back(vec![other], Revert::Last).beside(&[&later]);
        assert_eq!(plan.steps()[0].undone_by(), None, "it takes nothing");
    }
}
