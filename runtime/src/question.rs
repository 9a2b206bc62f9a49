//! What must be answered before data may go, and what is an answer?

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

/// A question of the checklist. The first three can only be answered; the others can be waived one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::exhaustive_enums, reason = "the six questions are the product")]
pub enum Question {
    /// 1: does what is removed hold data?
    UserData,
    /// 2: does running code depend on it?
    RunningCode,
    /// 3: does anything else refer to it?
    Consumers,
    /// 4: does anything come back that was entered since?
    Reversible,
    /// 5: is there a backup?
    Backup,
    /// 6: can the locks be afforded?
    Downtime,
}

impl Question {
    /// All six, in their order.
    pub const ALL: [Question; 6] = [
        Question::UserData,
        Question::RunningCode,
        Question::Consumers,
        Question::Reversible,
        Question::Backup,
        Question::Downtime,
    ];

    /// Its number on the checklist.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Question::UserData => 1,
            Question::RunningCode => 2,
            Question::Consumers => 3,
            Question::Reversible => 4,
            Question::Backup => 5,
            Question::Downtime => 6,
        }
    }

    /// The question of that number.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Question> {
        Question::ALL.into_iter().find(|q| q.number() == number)
    }

    /// Whether a person may take it upon themselves.
    #[must_use]
    pub fn can_be_waived(self) -> bool {
        self.number() > 3
    }

    /// The question as it is asked.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Question::UserData => "Is there user data in what is removed?",
            Question::RunningCode => {
                "Are application instances running whose code depends on this schema?"
            }
            Question::Consumers => {
                "Do background jobs, scheduled tasks or data pipelines refer to it?"
            }
            Question::Reversible => "Can it be reversed without losing what was entered since?",
            Question::Backup => "Is there a verified backup from before the migration?",
            Question::Downtime => "Can the downtime be afforded while it runs?",
        }
    }
}

impl std::fmt::Display for Question {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}. {}", self.number(), self.text())
    }
}

/// What was found out about one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question.
    pub question: Question,
    /// Whether it stands in the way.
    pub state: State,
    /// What was found, piece by piece.
    pub evidence: Vec<Evidence>,
}

/// One piece of evidence: what was found, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The object that it is about; none where it is about the whole plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What it says about the question.
    pub state: State,
    /// A whole sentence: "`users.phone_number` holds a value in 3 rows."
    pub sentence: String,
    /// The query behind it; none where nothing was asked of the database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
}

/// What the database was asked, and what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The query.
    pub sql: String,
    /// The value that came back, or the error.
    pub value: String,
    /// When it was asked.
    #[serde(with = "crate::text::time")]
    pub asked: SystemTime,
    /// The same by the names of before the plan ran, where they are others by now: what a consent is compared by.
    #[serde(skip)]
    pub(crate) planned: Option<String>,
}

/// What an answer means for the plan, from harmless to harmful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(clippy::exhaustive_enums, reason = "evidence has three values")]
pub enum State {
    /// Nothing stands in the way.
    Clear,
    /// It could not be found out. Never taken for clear.
    Unknown,
    /// Somebody would be hurt.
    Blocked,
}

impl Answer {
    /// The answer that `evidence` adds up to: the worst of them; unknown where nothing was found out.
    #[must_use]
    pub fn of(question: Question, evidence: Vec<Evidence>) -> Answer {
        let state = evidence.iter().map(|one| one.state).max();
        Answer {
            question,
            state: state.unwrap_or(State::Unknown),
            evidence,
        }
    }
}

impl Evidence {
    /// Evidence that no query stands behind.
    #[must_use]
    pub fn said(state: State, sentence: impl Into<String>) -> Evidence {
        Evidence {
            object: None,
            state,
            sentence: sentence.into(),
            query: None,
        }
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            State::Clear => "clear",
            State::Unknown => "unknown",
            State::Blocked => "blocked",
        })
    }
}
