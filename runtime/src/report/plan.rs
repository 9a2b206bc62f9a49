//! How is a plan shown before it runs?

use onward_analysis::{Age, Analysis, Dialect, How, LossKind, Verdict, Version};
use serde::Serialize;

use crate::text::{counted, indented};
use crate::{Direction, Name, Plan, PlanHash, Step};

/// A plan, for a person or a program to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlanReport {
    /// The hash over everything that it runs.
    pub hash: PlanHash,
    /// Which way it goes.
    pub direction: Direction,
    /// The database whose SQL it runs.
    pub dialect: Dialect,
    /// The worst verdict of its steps.
    pub verdict: Verdict,
    /// The steps, in the order in which they run.
    pub steps: Vec<StepReport>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StepReport {
    /// The migration's version.
    pub version: Version,
    /// Its name.
    pub name: String,
    /// Why it was written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub doc: String,
    /// Which way it goes.
    pub direction: Direction,
    /// What is known of it.
    pub verdict: Verdict,
    /// The author's word where nothing is known, not verified by anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asserted: Option<String>,
    /// What the author says is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admitted: Option<String>,
    /// What is lost, object by object.
    pub losses: Vec<LossReport>,
    /// What it leaves other than it was, for whoever names it or writes to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeReport>,
    /// The columns that it adds to tables that are there before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub adds: Vec<String>,
    /// The pending migration that does forward what this step takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<Name>,
    /// What is not understood, each as a clause.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknowns: Vec<String>,
    /// What runs; none where it is Rust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
}

/// One object that is other than it was afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ChangeReport {
    /// The object, such as `users.phone_number`.
    pub object: String,
    /// What is done to it.
    pub how: How,
}

/// One object that loses data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LossReport {
    /// The object, such as `users.phone_number`.
    pub object: String,
    /// How it is lost.
    pub kind: LossKind,
    /// Whether the data can be older than the migration.
    pub age: Age,
    /// The statement that does it.
    pub statement: String,
}

impl Plan {
    /// The plan, for a person or a program to read.
    #[must_use]
    pub fn report(&self) -> PlanReport {
        PlanReport {
            hash: self.hash(),
            direction: self.direction(),
            dialect: self.dialect(),
            verdict: self.verdict(),
            steps: self.steps().iter().map(StepReport::of).collect(),
        }
    }
}

impl StepReport {
    fn of(step: &Step) -> StepReport {
        let record = step.record();
        let marks = &record.marks;
        let unknown = !step.is_understood();
        let admitted = match step.direction() {
            Direction::Up => marks.lossy.clone(),
            Direction::Down => marks.destructive.as_ref().and_then(|why| why.0.clone()),
        };
        StepReport {
            version: record.version,
            name: record.name.clone(),
            doc: record.doc.clone(),
            direction: step.direction(),
            verdict: step.verdict(),
            asserted: marks.assert_lossless.clone().filter(|_| unknown),
            admitted,
            losses: losses(step),
            changes: changes(step),
            adds: step.adds().iter().map(ToString::to_string).collect(),
            undone_by: step.undone_by().cloned(),
            unknowns: unknowns(step.analysis()),
            sql: step.sql().map(str::to_owned),
        }
    }
}

fn losses(step: &Step) -> Vec<LossReport> {
    let report = |loss: &onward_analysis::Loss| LossReport {
        object: loss.object.to_string(),
        kind: loss.kind,
        age: loss.age,
        statement: step.statement(loss).to_owned(),
    };
    step.losses().iter().map(report).collect()
}

fn changes(step: &Step) -> Vec<ChangeReport> {
    let report = |change: &onward_analysis::Changed| ChangeReport {
        object: change.object.to_string(),
        how: change.how,
    };
    step.felt().map(report).collect()
}

fn unknowns(analysis: Option<&Analysis>) -> Vec<String> {
    match analysis {
        Some(analysis) => analysis.unknowns.iter().map(|u| u.reason.clone()).collect(),
        None => vec!["it is Rust, which no analysis follows".to_owned()],
    }
}

impl std::fmt::Display for PlanReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.steps.is_empty() {
            return f.write_str("Nothing to do.");
        }
        writeln!(
            f,
            "{} {}, plan {}",
            counted(self.steps.len(), "migration", "migrations"),
            self.direction,
            self.hash.short()
        )?;
        for step in &self.steps {
            write!(f, "\n{step}")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for StepReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "{} of {} {}: {}",
            self.direction,
            self.version,
            self.name,
            verdict(self.verdict)
        )?;
        match &self.sql {
            Some(sql) => writeln!(f, "{}", indented(sql.trim(), "    "))?,
            None => writeln!(f, "    a Rust function")?,
        }
        for loss in &self.losses {
            writeln!(f, "  {loss}")?;
        }
        for reason in &self.unknowns {
            writeln!(f, "  unknown: {reason}")?;
        }
        if let Some(why) = &self.asserted {
            writeln!(f, "  asserted to lose nothing, not verified: {why}")?;
        }
        if let Some(why) = &self.admitted {
            writeln!(f, "  its author says: {why}")?;
        }
        Ok(())
    }
}

impl std::fmt::Display for LossReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let age = match self.age {
            Age::SinceUp => "what was written there since the up",
            Age::Older => "data that can be older than this migration",
        };
        write!(f, "loses {} ({}): {age}", self.object, self.kind.name())
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Lossless => "lossless",
        Verdict::Lossy => "lossy",
        Verdict::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use onward_analysis::{Down, Reason};

    use super::*;
    use crate::Revert;
    use crate::fixture::{back, dynamic, index, phone, snapshot};

    #[test]
    fn a_person_reads_what_would_run_and_what_it_loses() {
        const DIALECT: Dialect = Dialect::Postgres;
        let mut admitted = phone(2, DIALECT);
        admitted.marks.destructive = Some(Reason(Some("numbers are lost".to_owned())));
        let mut asserted = dynamic(3, DIALECT);
        asserted.marks.assert_lossless = Some("it only moves rows".to_owned());
        let mut rust = index(4, DIALECT);
        if let Down::Script(script) = &mut rust.down {
            script.sql = None;
            script.analyses.clear();
        }
        let records = vec![index(1, DIALECT), admitted, asserted, rust];
        let plan = back(records, Revert::Steps(4));
        snapshot("report/plan.txt", &plan.report().to_string());
    }
}
