//! What does a person read who asked for a down and may not have it?

use std::fmt::{Display, Formatter, Result};

use super::{Decision, Outcome, Site};
use crate::text::{capital, counted, glance, indented, moment, visible};
use crate::{Answer, ConsentGap, Direction, Evidence, Growth, Query, Question, Spent, State};

impl Display for Decision {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.outcome {
            Outcome::Free => writeln!(f, "May run: {} asks for nothing.", self.site.environment),
            Outcome::Consented => {
                let by = self.consent.as_ref().map_or("", |consent| consent.by());
                writeln!(f, "May run: {by} consented to the loss.")?;
                self.checklist(f)
            }
            Outcome::Cleared => {
                writeln!(f, "May run: no question stands in the way.")?;
                self.checklist(f)
            }
            Outcome::NeedsConsent(gap) => {
                self.refused(f)?;
                self.checklist(f)?;
                self.consent_needed(f, gap)?;
                self.way_out(f)
            }
            Outcome::Blocked(questions) => {
                self.refused(f)?;
                self.checklist(f)?;
                self.blocked(f, questions)?;
                self.way_out(f)
            }
        }
    }
}

impl Decision {
    /// What a person must see before they consent: what would run, where, and what is lost with the counts.
    #[must_use]
    pub fn question(&self) -> String {
        struct Question<'d>(&'d Decision);
        impl Display for Question<'_> {
            fn fmt(&self, f: &mut Formatter<'_>) -> Result {
                let Site {
                    database,
                    environment,
                    ..
                } = &self.0.site;
                writeln!(f, "On database `{database}` ({environment}):\n")?;
                self.0.steps(f)?;
                self.0.checklist(f)
            }
        }
        Question(self).to_string()
    }

    /// What the gate says to a way forward that was only planned: which questions were asked, and which stand in the way.
    #[cfg(feature = "cli")]
    pub(crate) fn in_short(&self) -> String {
        let environment = self.site.environment.name();
        let asked: Vec<Question> = self.answers.iter().map(|one| one.question).collect();
        let by = match asked.as_slice() {
            [] => format!("{environment} asks for nothing"),
            asked => format!("{environment} asks {}", numbered(asked)),
        };
        match &self.outcome {
            Outcome::Free => format!("The gate is open: {by}."),
            Outcome::Consented | Outcome::Cleared => {
                format!("The gate is open: {by}, and nothing stands in the way.")
            }
            Outcome::NeedsConsent(_) => format!(
                "The gate is closed: {by}, and a person must consent to the loss, at a terminal: `up`. What was found: `up --dry-run`."
            ),
            Outcome::Blocked(questions) => format!(
                "The gate is closed: {by}, and {} in the way. What was found, and what to do: `up --dry-run`.",
                match questions.as_slice() {
                    [_] => format!("{} stands", numbered(questions)),
                    _ => format!("{} stand", numbered(questions)),
                }
            ),
        }
    }

    /// What was asked, where, and what it would do. The first line stands alone.
    fn refused(&self, f: &mut Formatter<'_>) -> Result {
        let what = match self.plan.steps.as_slice() {
            [step] => format!("the {} of {} {}", step.direction, step.version, step.name),
            steps => format!(
                "{} {}",
                counted(steps.len(), "migration", "migrations"),
                self.plan.direction
            ),
        };
        write!(
            f,
            "Refused: {what} on database `{}` ({}).",
            self.site.database, self.site.environment
        )?;
        match &self.before {
            None => writeln!(f, " Nothing was changed.")?,
            Some(step) if self.done == 0 => writeln!(
                f,
                "\nIt was allowed, asked again right before {step}, and then not: that one was not run, nor any after it."
            )?,
            Some(step) => writeln!(
                f,
                "\nIt was allowed, asked again before statement {} of {step}, and then not. What stands before that statement is\n\
                 done and cannot be undone with it; that one was not run, nor anything after it. Once the reason is gone, run\n\
                 again: it goes on there.",
                self.done + 1
            )?,
        }
        self.digest(f)?;
        writeln!(f, "\nIt would run:")?;
        self.steps(f)
    }

    /// What stands in the way, in a line each, for whoever reads no further.
    fn digest(&self, f: &mut Formatter<'_>) -> Result {
        let consented = [Question::UserData];
        let questions = match &self.outcome {
            Outcome::Blocked(questions) => questions.as_slice(),
            Outcome::NeedsConsent(_) => &consented,
            Outcome::Free | Outcome::Consented | Outcome::Cleared => return Ok(()),
        };
        writeln!(f)?;
        let asked = self.answers.iter();
        for answer in asked.filter(|answer| questions.contains(&answer.question)) {
            let mut found = answer.evidence.iter();
            let worst = found.find(|one| one.state == answer.state);
            let why = worst.map_or("It was not asked.", |one| &one.sentence);
            writeln!(f, "  {}. {}", answer.question.number(), visible(why))?;
        }
        if let Outcome::NeedsConsent(_) = self.outcome {
            return writeln!(
                f,
                "\nWhat to do now: if that may be lost, run the same command on a terminal and type the database's name,\n\
                 `{}`, when it asks. If it must be kept: what to do instead is listed at the end.",
                self.site.database
            );
        }
        if self.plan.direction == Direction::Up {
            if self.done > 0 {
                return Ok(());
            }
            writeln!(
                f,
                "\nWhat to do now: leave the release running that ran until now, or roll the application back to it. It fits this\n\
                 schema. What must be done before this runs is listed at the end."
            )?;
        } else {
            writeln!(f, "\nWhat to do now: {}", self.first_aid())?;
            if self.can_be_waived(questions) {
                writeln!(
                    f,
                    "It may still run, once somebody has seen to {}: how, is said below, under `In the way`.",
                    numbered(questions)
                )?;
            }
            if let Some(pending) = self.pending() {
                writeln!(
                    f,
                    "Undoing it for good is not urgent: {pending}, which is pending here, takes the same. Before it\n\
                     runs, see to what is listed at the end."
                )?;
            }
            let commands = self.commands();
            if !commands.is_empty() {
                writeln!(
                    f,
                    "Undoing it for good is not urgent. This writes the new migration, in the project. Before it runs,\n\
                     see to what is listed at the end:\n"
                )?;
            }
            for command in commands {
                writeln!(f, "     {command}")?;
            }
        }
        Ok(())
    }

    fn steps(&self, f: &mut Formatter<'_>) -> Result {
        for step in &self.plan.steps {
            write!(f, "{}", indented(&step.to_string(), "  "))?;
            writeln!(f)?;
        }
        Ok(())
    }

    /// Each question that was raised, with what was found, by which query, and when: what is in the way, and in full where all is
    /// wanted.
    fn checklist(&self, f: &mut Formatter<'_>) -> Result {
        if self.answers.is_empty() {
            return Ok(());
        }
        writeln!(f, "\nWhat was asked of the database:")?;
        for answer in &self.answers {
            match f.alternate() {
                true => question(f, answer)?,
                false => glance_at(f, answer)?,
            }
            let mut waivers = self.waivers.iter();
            if let Some(waiver) = waivers.find(|w| w.question() == answer.question) {
                writeln!(f, "     waived by {}: {}", waiver.by(), waiver.reason())?;
            }
        }
        if !f.alternate() {
            writeln!(
                f,
                "  All that was looked at, with each query whole: `--verbose`, and the journal with `--format json`."
            )?;
        }
        let is_blocked = matches!(self.outcome, Outcome::Blocked(_));
        match &self.caveat {
            // It is about what may yet run.
            Some(caveat) if f.alternate() || !is_blocked => writeln!(f, "\n{caveat}"),
            _ => Ok(()),
        }
    }

    fn blocked(&self, f: &mut Formatter<'_>, questions: &[Question]) -> Result {
        let (waivable, firm): (Vec<Question>, Vec<Question>) = questions
            .iter()
            .partition(|question| self.policy.waivable.contains(question));
        write!(f, "\nIn the way: {}.", numbered(questions))?;
        let never: Vec<Question> = match self.plan.direction {
            Direction::Down => firm.clone(),
            // What an up takes, a person may agree to.
            Direction::Up => {
                let firm = firm.iter().filter(|q| **q != Question::UserData);
                firm.copied().collect()
            }
        };
        if !never.is_empty() {
            write!(f, " {} can never be waived.", capital(&numbered(&never)))?;
        }
        writeln!(f)?;
        if self.plan.direction == Direction::Down && self.can_be_waived(questions) {
            if questions.contains(&Question::Backup) {
                writeln!(f, "  5. {}", self.take_a_backup())?;
            }
            if questions.contains(&Question::Downtime) {
                writeln!(f, "  6. Run it when it is quiet.{}", self.short_locks())?;
            }
        }
        if never.is_empty() && !waivable.is_empty() {
            let flags: Vec<String> = waivable
                .iter()
                .map(|q| format!("--waive {}=\"why\"", q.number()))
                .collect();
            writeln!(
                f,
                "Somebody who answers for it may waive: `{}`. The reason and the name are kept.",
                flags.join(" ")
            )?;
        }
        Ok(())
    }

    /// Whether somebody may answer for all that is in the way.
    fn can_be_waived(&self, questions: &[Question]) -> bool {
        let waivable = &self.policy.waivable;
        questions.iter().all(|question| waivable.contains(question))
    }

    fn consent_needed(&self, f: &mut Formatter<'_>, gap: &ConsentGap) -> Result {
        match gap {
            ConsentGap::Missing => writeln!(f, "\nIn the way: nobody consented to this loss.")?,
            ConsentGap::OtherSite(then) if then.is_named_like(&self.site) => {
                self.of_this_name(f, then)?
            }
            ConsentGap::OtherSite(Site {
                database,
                environment,
                ..
            }) => writeln!(
                f,
                "\nIn the way: the consent was given for the database `{database}` ({environment}), not for this one."
            )?,
            ConsentGap::OtherPlan => writeln!(
                f,
                "\nIn the way: the consent was given for another plan than {}.",
                self.plan.hash.short()
            )?,
            ConsentGap::Expired => writeln!(f, "\nIn the way: the consent has expired.")?,
            ConsentGap::Spent(Spent { entry, at }) => writeln!(
                f,
                "\nIn the way: the consent was for one run, and was used by it {} (entry {entry} of the journal). What is there now is \
                 other\ndata: whoever agrees to lose that too consents anew.",
                visible(at)
            )?,
            ConsentGap::Grown(objects) => {
                writeln!(
                    f,
                    "\nIn the way: what would be lost is not what the consent was given for."
                )?;
                for Growth { then, now, .. } in objects {
                    writeln!(f, "  then: {}\n  now:  {}", visible(then), visible(now))?;
                }
                writeln!(
                    f,
                    "Whoever agrees to what stands there now consents anew. Where somebody writes to it all the time, no consent lasts: stop\n\
                     the writers first, or deploy the release that does without it."
                )?;
            }
            ConsentGap::Unnamed(objects) => writeln!(
                f,
                "\nIn the way: the consent does not name {}.",
                objects.join(", ")
            )?,
        }
        self.how_to_consent(f)
    }

    /// The consent is for a database of the same name.
    fn of_this_name(&self, f: &mut Formatter<'_>, then: &Site) -> Result {
        let Site {
            database,
            environment,
            server,
            ..
        } = then;
        write!(
            f,
            "\nIn the way: the consent was given for another database that is called `{database}` ({environment}): "
        )?;
        let known =
            |server: &Option<String>| server.clone().unwrap_or_else(|| "unknown".to_owned());
        match *server == self.site.server {
            true => writeln!(f, "this one was made anew since, or restored from another."),
            false => writeln!(
                f,
                "on another server.\n  then: {}\n  now:  {}",
                visible(&known(server)),
                visible(&known(&self.site.server))
            ),
        }
    }
}

/// A question with what is in the way, by which query and when. Of what is clear one sentence is enough.
fn glance_at(f: &mut Formatter<'_>, answer: &Answer) -> Result {
    let number = answer.question.number();
    writeln!(
        f,
        "  {number}. {}: {}",
        shout(answer.state),
        answer.question.text()
    )?;
    let is_open = |one: &&Evidence| one.state != State::Clear;
    let open: Vec<&Evidence> = answer.evidence.iter().filter(is_open).collect();
    let shown = match open.is_empty() {
        true => answer.evidence.iter().take(1).collect(),
        false => open,
    };
    for Evidence {
        sentence,
        query,
        state,
        ..
    } in &shown
    {
        let hidden = answer.evidence.len() - shown.len();
        let more = match *state == State::Clear && hidden > 0 {
            true => format!(" (and {hidden} more)"),
            false => String::new(),
        };
        writeln!(f, "     {}{more}", visible(sentence))?;
        let Some(Query {
            sql, value, asked, ..
        }) = query
        else {
            continue;
        };
        if *state != State::Clear {
            let one_line: Vec<&str> = sql.split_whitespace().collect();
            writeln!(
                f,
                "       {}\n       = {}   at {}",
                visible(&glance(&one_line.join(" "))),
                visible(value),
                moment(*asked)
            )?;
        }
    }
    if answer.evidence.is_empty() {
        writeln!(f, "     It was not asked.")?;
    }
    Ok(())
}

/// A question with all that was found, by which query and when.
fn question(f: &mut Formatter<'_>, answer: &Answer) -> Result {
    writeln!(f, "\n  {}\n     {}", answer.question, shout(answer.state))?;
    for Evidence {
        sentence, query, ..
    } in &answer.evidence
    {
        writeln!(f, "     {}", visible(sentence))?;
        if let Some(Query {
            sql, value, asked, ..
        }) = query
        {
            for line in sql.lines() {
                writeln!(f, "       {}", visible(line.trim_end()))?;
            }
            writeln!(f, "       = {}   at {}", visible(value), moment(*asked))?;
        }
    }
    if answer.evidence.is_empty() {
        writeln!(f, "     It was not asked.")?;
    }
    Ok(())
}

/// `question 1`, `questions 1, 2 and 5`.
fn numbered(questions: &[Question]) -> String {
    let numbers: Vec<String> = questions.iter().map(|q| q.number().to_string()).collect();
    match numbers.split_last() {
        Some((last, [])) => format!("question {last}"),
        Some((last, rest)) => format!("questions {} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}

fn shout(state: State) -> &'static str {
    match state {
        State::Clear => "CLEAR",
        State::Unknown => "UNKNOWN",
        State::Blocked => "BLOCKED",
    }
}
