//! By what is the table that a DELETE takes rows from joined to others?
//!
//! `DELETE t FROM t JOIN copy ON copy.id = t.id` is `DELETE FROM t WHERE id IN (SELECT id FROM copy)`.

use sqlparser::ast::{Delete, Expr, FromTable, JoinConstraint, JoinOperator, ObjectNamePart};

use super::Reader;
use super::member::conjunction;
use crate::act::{From, Member, Source};

impl Reader<'_> {
    /// The join of the table called `own` with one of the others, if every row that goes has a partner there.
    pub(super) fn joined_member(
        &self,
        delete: &Delete,
        own: &str,
        others: &[Source],
    ) -> Option<Member> {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let mut parts: Vec<&Expr> = delete.selection.iter().flat_map(conjunction).collect();
        for join in from
            .iter()
            .chain(delete.using.iter().flatten())
            .flat_map(|table| &table.joins)
        {
            let (JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::StraightJoin(constraint)
            | JoinOperator::CrossJoin(constraint)) = &join.join_operator
            else {
                return None;
            };
            match constraint {
                JoinConstraint::On(expr) => parts.extend(conjunction(expr)),
                JoinConstraint::Using(columns) => {
                    let names = columns.iter().map(|column| match column.0.as_slice() {
                        [ObjectNamePart::Identifier(name)] => Some(self.ident(name)),
                        _ => None,
                    });
                    return by_names(names.collect::<Option<Vec<String>>>()?, others);
                }
                JoinConstraint::None => {}
                JoinConstraint::Natural => return None,
            }
        }
        self.matched(&parts, own, others)
    }
}

/// `JOIN other USING (x)`.
fn by_names(names: Vec<String>, others: &[Source]) -> Option<Member> {
    let [other] = others else {
        return None;
    };
    let From::Table(of) = &other.what else {
        return None;
    };
    Some(Member {
        pairs: names.into_iter().map(|name| (name.clone(), name)).collect(),
        of: of.clone(),
        row: false,
        exact: false,
    })
}
