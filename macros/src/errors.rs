//! What is wrong with an item, all of it at once?

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// Every mistake found so far, each with the place in the source that it is reported at.
#[derive(Default)]
pub(crate) struct Errors(Vec<(Span, String)>);

impl Errors {
    /// Notes a mistake. The first line of `message` is a whole sentence: editors show only that.
    pub(crate) fn push(&mut self, span: Span, message: impl Into<String>) {
        self.0.push((span, message.into()));
    }

    /// Adds the first of `others`, and one more message where there are more of them.
    pub(crate) fn append_first(
        &mut self,
        count: usize,
        mut others: Errors,
        rest: impl FnOnce(usize) -> String,
    ) {
        let more = others.0.len().saturating_sub(count);
        others.0.truncate(count);
        let last = others.0.last().map(|(span, _)| *span);
        self.0.append(&mut others.0);
        if let (Some(span), 1..) = (last, more) {
            self.push(span, rest(more));
        }
    }

    /// How much is wrong.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is wrong.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One `compile_error!` for each mistake.
    pub(crate) fn to_tokens(&self) -> TokenStream {
        self.0
            .iter()
            .map(|(span, message)| quote_spanned!(*span=> ::core::compile_error! { #message }))
            .collect()
    }

    /// The messages alone.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.0.iter().map(|(_, message)| message.as_str()).collect()
    }
}
