//! What can go wrong, and what should be done about it?

use crate::{Decision, Environment, PlanError, WaiverError};

/// The result of everything that can be refused or fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why Onward refused, or what failed. Every message says what, where and the next step.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The database or the driver reported an error.
    Database(sqlx::Error),
    /// `ONWARD_ENV` holds something that is not text.
    EnvironmentNotText,
    /// What was asked for cannot be planned.
    Plan(PlanError),
    /// The gate is closed. Its text holds the questions, the evidence and the way out.
    Refused(Box<Decision>),
    /// A waiver that nobody can give.
    Waiver(WaiverError),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::Database(error) => error.fmt(f),
            Error::EnvironmentNotText => write!(
                f,
                "{} holds something that is not text.\n\
                 Set it to the name of an environment, or unset it for production.",
                Environment::VARIABLE
            ),
            Error::Plan(error) => error.fmt(f),
            Error::Refused(decision) => decision.fmt(f),
            Error::Waiver(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        Error::Database(error)
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Error {
        Error::Plan(error)
    }
}

impl From<WaiverError> for Error {
    fn from(error: WaiverError) -> Error {
        Error::Waiver(error)
    }
}
