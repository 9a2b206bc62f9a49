//! Where in the text does each step stand?

use crate::Span;
use crate::act::{Act, Body, Step};

/// Places every one of `steps` at `span`, those within it too.
pub(crate) fn place(steps: &mut [Step], span: Span) {
    each_span(steps, &mut |at| *at = span);
}

/// Moves every one of `steps` by `base` bytes.
pub(super) fn shift(steps: &mut [Step], base: u32) {
    each_span(steps, &mut |at| {
        at.start = at.start.saturating_add(base);
        at.end = at.end.saturating_add(base);
    });
}

pub(super) fn each_span(steps: &mut [Step], change: &mut impl FnMut(&mut Span)) {
    for step in steps {
        change(&mut step.span);
        match &mut step.act {
            Act::Block { steps, .. } | Act::UnderPath(_, steps) => each_span(steps, change),
            Act::With(_, step) => each_span(std::slice::from_mut(step), change),
            // The body of a routine is placed where it is called.
            Act::CreateTrigger(trigger) => each_body(&mut trigger.body, change),
            _ => {}
        }
    }
}

fn each_body(body: &mut Body, change: &mut impl FnMut(&mut Span)) {
    if let Body::Steps(steps) = body {
        each_span(steps, change);
    }
}
