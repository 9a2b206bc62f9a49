//! What runs when a trigger fires or a routine is called?

use std::sync::{Arc, OnceLock};

use super::{Name, Step};
use crate::lex::Kind;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Trigger {
    pub(crate) name: Name,
    /// None for an event trigger.
    pub(crate) table: Option<Name>,
    pub(crate) on: Vec<Event>,
    /// The columns one of which an UPDATE must set for it to fire; none where any will do.
    pub(crate) of: Vec<String>,
    pub(crate) timing: Timing,
    /// Whether it fires for each row, and not once for the statement.
    pub(crate) each_row: bool,
    pub(crate) fires: Fires,
    /// It fires only where this holds.
    pub(crate) when: Option<String>,
    pub(crate) body: Body,
    pub(crate) or_replace: bool,
    pub(crate) if_not_exists: bool,
    pub(crate) text: String,
}

/// Whether a trigger fires at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fires {
    Never,
    /// Unless the session says that it only replicates.
    Normally,
    Always,
}

/// What becomes of an event trigger.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum OfEvent {
    Made(Box<Trigger>),
    Fires(Fires),
    Called(String),
    Gone,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    Before,
    After,
    /// The statement itself does not happen.
    Instead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Insert,
    Update,
    Delete,
    Truncate,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Routine {
    pub(crate) name: Name,
    /// Of its parameters, in lower case; of one without a name its type.
    pub(crate) parameters: Vec<String>,
    /// Of each of MySQL the constants that its type takes as they are, where they are short.
    pub(crate) take: Vec<Option<Kind>>,
    pub(crate) or_replace: bool,
    /// Whether somebody else may own it than who migrates.
    pub(crate) lent: bool,
    /// Empty until something asks for it, where it can be read from the text: most routines are only defined.
    pub(crate) body: Arc<OnceLock<Body>>,
    pub(crate) text: String,
}

/// Why a body is not followed whose name other routines have, too.
pub(crate) const SEVERAL: &str = "several routines have that name";

impl Routine {
    /// Whether others have its name, so that nobody can tell which of them is meant.
    pub(crate) fn is_one_of_several(&self) -> bool {
        matches!(self.body.get(), Some(Body::Unknown(reason)) if reason == SEVERAL)
    }
}

/// Whether a parameter whose type takes such constants holds this one as it is.
pub(crate) fn takes(kind: Option<Kind>, constant: &str) -> bool {
    let fits = match kind {
        Some(Kind::Number) => constant.bytes().all(|byte| byte.is_ascii_digit()),
        Some(_) => constant.starts_with('\'') && constant.is_ascii(),
        None => false,
    };
    fits && constant.len() < 10
}

/// What runs when a trigger fires or a routine is called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Steps(Vec<Step>),
    /// A trigger of PostgreSQL runs a function.
    Routine(Name),
    /// It cannot be followed, and why.
    Unknown(String),
}

impl Body {
    /// As a routine holds it, of which nothing is left to be read.
    pub(crate) fn at_hand(self) -> Arc<OnceLock<Body>> {
        Arc::new(OnceLock::from(self))
    }

    /// Whether something in it is not followed.
    pub(crate) fn is_unknown(&self) -> bool {
        match self {
            Body::Steps(steps) => steps.iter().any(Step::is_unknown),
            Body::Routine(_) => false,
            Body::Unknown(_) => true,
        }
    }
}
