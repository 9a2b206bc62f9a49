//! What does the analysis say about each migration?

use onward_analysis::sequence::Sequence;
use onward_analysis::{Analysis, Config, Dialect, Finding, Severity, Side, Verdict};

use crate::position::Position;
use crate::source::{File, Source};

/// The verdicts and findings on all migrations that were asked about.
pub(crate) struct Report {
    pub(crate) dialect: Dialect,
    pub(crate) migrations: Vec<Judged>,
}

/// One migration and what is said about it.
pub(crate) struct Judged {
    pub(crate) source: Source,
    /// None where there is no file for it.
    pub(crate) up: Option<Analysis>,
    /// None where there is no file for it.
    pub(crate) down: Option<Analysis>,
    /// Errors first.
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    /// Judges `sources`, each on the schema that the ones before it in `sequence` built.
    pub(crate) fn of(
        sources: Vec<Source>,
        dialect: Dialect,
        mut sequence: Sequence,
        config: &Config,
    ) -> Report {
        let migrations = sources
            .into_iter()
            .map(|source| judge(source, dialect, &mut sequence, config))
            .collect();
        Report {
            dialect,
            migrations,
        }
    }

    /// How many migrations there are; a down without an up is none.
    pub(crate) fn count_of_migrations(&self) -> usize {
        let is_one = |judged: &&Judged| !judged.source.orphan;
        self.migrations.iter().filter(is_one).count()
    }

    /// Every finding, with the migration that it is about.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&Judged, &Finding)> {
        self.migrations
            .iter()
            .flat_map(|judged| judged.findings.iter().map(move |finding| (judged, finding)))
    }

    /// How many findings are of `severity`.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.findings()
            .filter(|(_, finding)| finding.severity == severity)
            .count()
    }

    /// How many statements there are, both ways.
    pub(crate) fn statements(&self) -> usize {
        self.migrations
            .iter()
            .flat_map(|judged| [&judged.up, &judged.down])
            .flatten()
            .map(|analysis| analysis.statements.len())
            .sum()
    }

    /// How many directions on `side` have `verdict`.
    pub(crate) fn verdicts(&self, side: Side, verdict: Verdict) -> usize {
        self.migrations
            .iter()
            .filter_map(|judged| judged.analysis(side))
            .filter(|analysis| analysis.verdict == verdict)
            .count()
    }

    /// How many directions are unknown only because nobody tells which type a column had before.
    pub(crate) fn untold(&self) -> usize {
        let analyses = self
            .migrations
            .iter()
            .flat_map(|judged| [Side::Up, Side::Down].map(|side| judged.analysis(side)));
        analyses
            .flatten()
            .filter(|analysis| analysis.verdict == Verdict::Unknown)
            .filter(|analysis| analysis.unknowns.iter().all(|u| u.type_before.is_some()))
            .count()
    }
}

impl Judged {
    /// The analysis of `side`.
    pub(crate) fn analysis(&self, side: Side) -> Option<&Analysis> {
        match side {
            Side::Up => self.up.as_ref(),
            Side::Down => self.down.as_ref(),
        }
    }

    /// The file that a finding about `side` points into: the other side's where there is none of its own.
    pub(crate) fn file(&self, side: Side) -> Option<&File> {
        self.source
            .file(side)
            .or(self.source.up.as_ref())
            .or(self.source.down.as_ref())
    }

    /// Where `finding` stands; the head of the file where it is about the migration as a whole.
    pub(crate) fn position(&self, finding: &Finding) -> Option<Position<'_>> {
        let file = self.file(finding.side)?;
        let own = self.source.file(finding.side).is_some();
        Some(Position::new(file, finding.span.filter(|_| own)))
    }
}

fn judge(source: Source, dialect: Dialect, sequence: &mut Sequence, config: &Config) -> Judged {
    let checked = source.check(&[dialect], sequence, config);
    let up = checked.up.into_iter().next();
    let down = checked.down.into_iter().next();
    Judged {
        up: up.filter(|_| source.up.is_some()),
        down: down.filter(|_| source.down.is_some()),
        source,
        findings: checked.findings,
    }
}
