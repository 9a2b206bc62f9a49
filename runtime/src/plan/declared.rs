//! What does an author say that an up takes and changes which nobody can follow?
//!
//! Rust, and SQL that is put together where it runs, tell no analysis what they touch. Their author can name it: `takes(…)` and
//! `changes(…)`. What is named is then asked about like what a statement was seen to take; that it is all is the author's word.

use onward_analysis::{
    Access, Age, Analysis, Changed, Dialect, How, Loss, LossKind, Marks, Object, Record, Span,
    Touch, Unknown, Verdict,
};

/// What the up of `record` does by its author's word, beside what is understood of it; none where nothing is declared, or all of it
/// is understood.
pub(super) fn declared(record: &Record, dialect: Dialect) -> Option<Analysis> {
    let marks = &record.marks;
    if marks.takes.is_empty() && marks.changes.is_empty() {
        return None;
    }
    let up = record.up.analysis(dialect).cloned();
    let mut up = up.unwrap_or_else(|| rust(dialect));
    if up.unknowns.is_empty() {
        return None;
    }
    // Wherever something is not understood may be where it happens.
    let mut places: Vec<(u32, Span)> = Vec::new();
    for unknown in &up.unknowns {
        if !places.iter().any(|(of, _)| *of == unknown.statement) {
            places.push((unknown.statement, unknown.span));
        }
    }
    for object in &marks.takes {
        up.losses
            .extend(places.iter().map(|(statement, span)| Loss {
                object: object.clone(),
                kind: match object.column {
                    Some(_) => LossKind::Update,
                    None => LossKind::Delete,
                },
                age: Age::Older,
                statement: *statement,
                span: *span,
            }));
    }
    for object in named(&record.marks) {
        if !up.changes.iter().any(|known| known.object == *object) {
            // Gone for code that was compiled before; what was compiled with this migration was written for what it leaves.
            up.changes.push(Changed {
                object: object.clone(),
                how: How::Retype,
            });
        }
        up.touches.push(Touch {
            object: Object {
                column: None,
                ..object.clone()
            },
            access: Access::Rewrite,
        });
    }
    Some(up)
}

/// All that an author names, each once. What takes data may have dropped what it was in, so that is asked about too.
pub(super) fn named(marks: &Marks) -> Vec<&Object> {
    let mut named: Vec<&Object> = Vec::new();
    for object in marks.takes.iter().chain(&marks.changes) {
        if !named.contains(&object) {
            named.push(object);
        }
    }
    named
}

/// What is known of a function: nothing.
fn rust(dialect: Dialect) -> Analysis {
    Analysis {
        dialect,
        verdict: Verdict::Unknown,
        losses: Vec::new(),
        unknowns: vec![Unknown {
            reason: "it is Rust, which no analysis follows".to_owned(),
            statement: 0,
            span: Span::default(),
            type_before: None,
        }],
        statements: Vec::new(),
        touches: Vec::new(),
        changes: Vec::new(),
        routines: Vec::new(),
        renames: Vec::new(),
        named: Vec::new(),
        adds: Vec::new(),
        places: false,
        fills: Vec::new(),
        bounds: Vec::new(),
    }
}
