//! What may be gone after a direction, by its verdict and its marks, and what may not?

use onward_analysis::{Dialect, Loss, LossKind, Verdict};

use super::rows::{Contents, Gone};
use crate::{Direction, Step};

/// What is said of a direction before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// The verdict is lossless.
    Verified,
    /// Its author says so: `assert_lossless`.
    Asserted,
    /// It loses what the verdict names, and nothing else.
    Named,
    /// It is not understood, and its marks admit a loss of whatever it likes.
    Admitted,
}

impl Claim {
    pub(super) fn of(step: &Step) -> Claim {
        let marks = &step.record().marks;
        let admitted = match step.direction() {
            Direction::Up => marks.lossy.is_some(),
            Direction::Down => marks.destructive.is_some(),
        };
        match step.verdict() {
            Verdict::Lossless => Claim::Verified,
            // What it loses beside the objects that are named nobody can tell.
            Verdict::Lossy if is_in_doubt(step) => Claim::Admitted,
            Verdict::Lossy => Claim::Named,
            Verdict::Unknown if marks.assert_lossless.is_some() && !admitted => Claim::Asserted,
            Verdict::Unknown => Claim::Admitted,
        }
    }

    /// Whether nothing may be gone.
    pub(super) fn is_lossless(self) -> bool {
        matches!(self, Claim::Verified | Claim::Asserted)
    }
}

/// Whether a part of it is not understood, rather than the type that one column had.
fn is_in_doubt(step: &Step) -> bool {
    let mut unknowns = step.analysis().into_iter().flat_map(|one| &one.unknowns);
    unknowns.any(|unknown| unknown.type_before.is_none())
}

/// Of what is gone, that which nobody foretold.
pub(super) fn unforetold(
    step: &Step,
    dialect: Dialect,
    before: &Contents,
    gone: Vec<Gone>,
) -> Vec<Gone> {
    if Claim::of(step) == Claim::Admitted {
        return Vec::new();
    }
    let foretold = |gone: &Gone| {
        let mut losses = step.losses().iter();
        losses
            .any(|loss| covers(loss, dialect, gone) || has_its_values(loss, dialect, before, gone))
    };
    gone.into_iter().filter(|gone| !foretold(gone)).collect()
}

/// The objects that held something, of which the verdict says that it is dropped, and of which nothing is gone.
pub(super) fn spared(
    step: &Step,
    dialect: Dialect,
    before: &Contents,
    gone: &[Gone],
) -> Vec<String> {
    let certain = |loss: &&Loss| {
        use LossKind::{DropColumn, DropTable, OmitColumn, Truncate};
        matches!(loss.kind, DropTable | DropColumn | OmitColumn | Truncate)
    };
    let held = |loss: &&Loss| {
        let rows = before
            .tables
            .iter()
            .find(|(name, _)| same(dialect, name, &table(loss)));
        let is_it = |column: &String| {
            let lost = loss.object.column.as_ref();
            lost.is_none_or(|lost| same(dialect, column, lost))
        };
        rows.is_some_and(|(_, rows)| {
            let mut columns = rows.columns.iter();
            columns.any(|(column, values)| is_it(column) && values.iter().any(Option::is_some))
        })
    };
    let lost = |loss: &&Loss| {
        gone.iter().any(|gone| {
            same(dialect, &gone.table, &table(loss))
                && (gone.column.is_none()
                    || loss.object.column.is_none()
                    || covers(loss, dialect, gone))
        })
    };
    let losses = step.losses().iter();
    let spared = losses.filter(|loss| certain(loss) && held(loss) && !lost(loss));
    spared.map(|loss| loss.object.to_string()).collect()
}

/// Whether the column that is lost held what the one that is gone did: where the other takes its name, nobody can tell which
/// of them went.
fn has_its_values(loss: &Loss, dialect: Dialect, before: &Contents, gone: &Gone) -> bool {
    let (Some(lost), Some(column)) = (&loss.object.column, &gone.column) else {
        return false;
    };
    let rows = before.tables.get(&gone.table);
    let rows = rows.filter(|_| same(dialect, &gone.table, &table(loss)));
    let held = |name: &String| {
        let mut columns = rows?.columns.iter();
        let found = columns.find(|(own, _)| same(dialect, own, name));
        found.map(|(_, values)| values)
    };
    held(lost).is_some() && held(lost) == held(column)
}

fn covers(loss: &Loss, dialect: Dialect, gone: &Gone) -> bool {
    let table = table(loss);
    let is_it = |name: &String| same(dialect, name, &table);
    match (&loss.object.column, loss.kind) {
        (_, LossKind::DropDatabase | LossKind::DropOther) => true,
        (None, LossKind::DropSchema) => gone.table.starts_with(&format!("{table}.")),
        (None, _) => is_it(&gone.table) || gone.partitions.iter().any(is_it),
        (Some(column), _) => {
            let its = |gone: &String| same(dialect, gone, column);
            is_it(&gone.table) && gone.column.as_ref().is_some_and(its)
        }
    }
}

/// As verdicts name it.
fn table(loss: &Loss) -> String {
    match &loss.object.schema {
        Some(schema) => format!("{schema}.{}", loss.object.table),
        None => loss.object.table.clone(),
    }
}

fn same(dialect: Dialect, one: &str, other: &str) -> bool {
    match dialect {
        Dialect::Postgres => one == other,
        Dialect::Sqlite | Dialect::MySql => one.eq_ignore_ascii_case(other),
    }
}
