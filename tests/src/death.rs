//! How does a process die at exactly one of the things that it does?

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Kills this process when something is logged: every statement that sqlx has run is an event, and every step that Onward
/// reports. Nothing is tidied up, as when the machine loses its power. What the event was stands on standard error.
#[derive(Debug)]
pub(crate) struct Death {
    /// What the event must say; empty where any will do.
    saying: String,
    left: AtomicU64,
}

impl Death {
    /// Dies at the n-th event, where `moment` is a number, counted from 1; else at the first that says it.
    pub(crate) fn at(moment: &str) -> Death {
        let (saying, nth) = match moment.parse() {
            Ok(nth) => (String::new(), nth),
            Err(_) => (moment.to_owned(), 1),
        };
        Death {
            saying,
            left: AtomicU64::new(nth),
        }
    }
}

impl Subscriber for Death {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Before sqlx logs a statement it asks whether anybody listens, which is no event yet.
        !metadata.is_span() && *metadata.level() <= Level::DEBUG
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = Said(String::new());
        event.record(&mut said);
        if said.0.contains(&self.saying) && self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            eprint!("{}", said.0);
            let id = std::process::id().to_string();
            // Not `abort`, which is a signal that could be caught.
            let killed = Command::new("kill").args(["-s", "KILL", &id]).status();
            unreachable!("killed: {killed:?}");
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What an event says, a line for each part of it: of sqlx's the statement, as far as sqlx shortens it and whole.
struct Said(String);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if matches!(field.name(), "summary" | "db.statement" | "message") {
            self.0.push_str(&format!("{value:?}\n"));
        }
    }
}
