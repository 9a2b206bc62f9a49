//! For which events does the function of a trigger come to a place?

use crate::act::Events;
use crate::family::Script;
use crate::family::cursor::Cursor;
use crate::lex::{Kind, Token};

/// The events for which a condition can hold, and those for which it can fail to.
#[derive(Clone, Copy)]
pub(in crate::family) struct Asked {
    pub(in crate::family) holds: Events,
    pub(in crate::family) fails: Events,
}

impl Asked {
    /// It says nothing of the event.
    const NOTHING: Asked = Asked {
        holds: Events::ALL,
        fails: Events::ALL,
    };

    fn one_of(events: Events) -> Asked {
        Asked {
            holds: events,
            fails: events.others(),
        }
    }
}

impl Script<'_> {
    /// Whether a `CASE` asks for the event by the value that it is about.
    pub(in crate::family) fn is_about_event(&self, value: &[Token]) -> bool {
        !self.hides_event && matches!(value, [only] if only.is_word(self.sql, "TG_OP"))
    }

    /// What `WHEN 'INSERT', 'UPDATE'` asks of the event.
    pub(in crate::family) fn event_among(&self, values: &[Token]) -> Asked {
        let cursor = Cursor::new(self.dialect, self.sql, values);
        let mut events = Events::NONE;
        for value in cursor.list() {
            match value {
                [text] if text.text(self.sql).starts_with('\'') => {
                    events = events.or(Events::named(text.text(self.sql)));
                }
                _ => return Asked::NOTHING,
            }
        }
        Asked::one_of(events)
    }

    /// What a condition asks of the event: comparisons with `TG_OP`, joined by AND or OR.
    pub(in crate::family) fn event_asked(&self, condition: &[Token]) -> Asked {
        if self.hides_event {
            return Asked::NOTHING;
        }
        if let [name, signs @ .., text] = condition
            && name.is_word(self.sql, "TG_OP")
            && text.kind == Kind::Text
        {
            let sign: String = signs.iter().map(|sign| sign.text(self.sql)).collect();
            if matches!(sign.as_str(), "<>" | "!=") {
                return Asked::one_of(Events::named(text.text(self.sql)).others());
            }
        }
        let is = |at: usize, sign: &str| {
            let token = condition.get(at);
            token.is_some_and(|token| token.is_symbol(self.sql, sign))
        };
        let text = |at: usize| condition.get(at).map(|token| token.text(self.sql));
        let word = |at: usize, word: &str| {
            let token = condition.get(at);
            token.is_some_and(|token| token.is_word(self.sql, word))
        };
        let joins = |at: usize| at >= condition.len() || word(at, "AND") || word(at, "OR");
        // `(TG_OP = 'DELETE') = false` asks for the contrary.
        let is_asked = |start: usize, mut end: usize| {
            let before = condition[..start].iter();
            let opens = before.rev().take_while(|t| t.is_symbol(self.sql, "("));
            let first = start - opens.count();
            while is(end, ")") {
                end += 1;
            }
            (first == 0 || joins(first - 1)) && joins(end)
        };
        let (mut at, mut named, mut only) = (0, Vec::new(), true);
        while at < condition.len() {
            let start = at;
            let names = named.len();
            if word(at, "TG_OP") && is(at + 1, "=") {
                named.extend(text(at + 2));
                at += 3;
            } else if word(at, "TG_OP") && word(at + 1, "IN") {
                at += 2;
                while at < condition.len() && !is(at, ")") {
                    named.extend(text(at).filter(|_| !is(at, "(") && !is(at, ",")));
                    at += 1;
                }
            }
            if at > start {
                let literal = named[names..].iter().all(|name| name.starts_with('\''));
                if !literal || !is_asked(start, at) {
                    return Asked::NOTHING;
                }
            } else {
                // `TG_OP <> …` beside something else, NOT and the like are read by nobody.
                if word(at, "TG_OP") || word(at, "NOT") || word(at, "CASE") {
                    return Asked::NOTHING;
                }
                only &= word(at, "OR") || is(at, "(") || is(at, ")");
                at += 1;
            }
        }
        let either = condition.iter().any(|token| token.is_word(self.sql, "OR"));
        // With OR it may hold for other events as well.
        if named.is_empty() || (either && !only) {
            return Asked::NOTHING;
        }
        let events = named.into_iter().map(Events::named);
        let asked = Asked::one_of(events.fold(Events::NONE, Events::or));
        match only {
            true => asked,
            false => Asked {
                fails: Events::ALL,
                ..asked
            },
        }
    }
}
