//! For which of the events that fire triggers may something happen?

use super::Event;

/// Some of the events that fire triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Events(u8);

impl Events {
    pub(crate) const NONE: Events = Events(0);
    pub(crate) const ALL: Events = Events(0b1111);
    pub(crate) const DELETE: Events = Events::of(Event::Delete);

    const fn of(event: Event) -> Events {
        Events(1 << event as u8)
    }

    /// The one that `TG_OP` calls so: `'INSERT'`, with its quotes.
    pub(crate) fn named(text: &str) -> Events {
        match text {
            "'INSERT'" => Events::of(Event::Insert),
            "'UPDATE'" => Events::of(Event::Update),
            "'DELETE'" => Events::of(Event::Delete),
            "'TRUNCATE'" => Events::of(Event::Truncate),
            _ => Events::NONE,
        }
    }

    pub(crate) fn has(self, event: Event) -> bool {
        self.and(Events::of(event)) != Events::NONE
    }

    pub(crate) fn or(self, more: Events) -> Events {
        Events(self.0 | more.0)
    }

    pub(crate) fn and(self, only: Events) -> Events {
        Events(self.0 & only.0)
    }

    pub(crate) fn others(self) -> Events {
        Events(!self.0 & Events::ALL.0)
    }
}
