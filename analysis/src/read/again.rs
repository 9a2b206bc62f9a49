//! Was this query of the statement read before?
//!
//! Whoever asks what a condition picks, meets or leaves out reads the queries that stand in it, each of them for itself; and in
//! those queries stand others. So from a number on that few statements reach, what was read of a query is kept.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ptr;

use sqlparser::ast::Query as Syntax;

use super::Reader;
use crate::act::Query;

/// So many queries of a statement are read before any of them is kept.
const FEW: usize = 32;

/// What was read of queries, by where their syntax stands.
#[derive(Default)]
pub(super) struct Queries {
    count: Cell<usize>,
    /// With the syntax itself: some is put together on the way, and another may stand at its place later.
    known: RefCell<HashMap<*const Syntax, (Syntax, Query)>>,
}

impl Reader<'_> {
    pub(super) fn query(&self, syntax: &Syntax) -> Query {
        let count = self.queries.count.get();
        self.queries.count.set(count + 1);
        if count < FEW {
            return self.query_anew(syntax);
        }
        let place = ptr::from_ref(syntax);
        if let Some((same, query)) = self.queries.known.borrow().get(&place)
            && same == syntax
        {
            return query.clone();
        }
        let query = self.query_anew(syntax);
        let kept = (syntax.clone(), query.clone());
        self.queries.known.borrow_mut().insert(place, kept);
        query
    }
}
