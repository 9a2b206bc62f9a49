//! What runs when a routine is called?

use super::Reader;
use crate::act::{Act, Body, Step};
use crate::split::split;

impl Reader<'_> {
    /// The body `text` of a routine; its steps are placed at the statement that defines it.
    pub(super) fn routine_body(&self, language: &str, text: &str) -> Body {
        if language != "sql" {
            return Body::Unknown(format!("a body in {language} is not followed"));
        }
        let mut steps = Vec::new();
        for piece in split(text, self.dialect) {
            let read = super::read(self.dialect, &piece.plain(text), 0);
            steps.extend(read.unwrap_or_else(|| {
                vec![self.step(Act::Unknown(
                    "a statement of the body is not understood".into(),
                ))]
            }));
        }
        let whole = self.whole();
        Body::Steps(
            steps
                .into_iter()
                .map(|step| Step {
                    span: whole,
                    ..step
                })
                .collect(),
        )
    }
}
