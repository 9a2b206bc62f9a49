//! What became of a column, for whoever was written against the table before?

use std::sync::Arc;

use super::how;
use super::made::required;
use crate::judge::run::Run;
use crate::schema::{Column, Id, Table};
use crate::{Dialect, How};

/// What became of the columns of the table `home`, found as `start`, in whose place the table `now` stands, and of those that the
/// script `named`.
pub(super) fn changes<'r>(
    run: &'r Run<'_>,
    home: Id,
    start: &'r Table,
    now: &'r Table,
    named: &'r [(Id, &'r str)],
) -> impl Iterator<Item = (&'r str, How)> {
    let same_kinds = run.types_stand() && start.charset == now.charset;
    let is_untouched = move |(at, was): &(usize, &Column)| {
        let is = |is: &&Column| is.id == was.id && Arc::ptr_eq(&is.is, &was.is);
        let here = || now.columns.get(*at).filter(is);
        let elsewhere = || now.columns.of_id(was.id).filter(is);
        same_kinds && here().or_else(elsewhere).is_some()
    };
    let known = start.columns.iter().enumerate();
    let known = known.filter(move |column| !is_untouched(column));
    let known = known.map(|(_, c)| (c.id, c.is.name.as_str(), Some(c)));
    let named = named.iter().map(|(id, name)| (*id, *name, None));
    let changed = known.chain(named).filter_map(move |column| {
        let how = column_now(run, home, now, column)?;
        Some((column.1, how))
    });
    let required = required(run, start, now).into_iter();
    changed.chain(required.map(|name| (name, How::Require)))
}

/// What became of a column of the table `home`, in whose place the table `now` stands; none where it is as it was.
fn column_now(
    run: &Run<'_>,
    home: Id,
    now: &Table,
    (id, name, start): (Id, &str, Option<&Column>),
) -> Option<How> {
    let Some(same) = now.column(run.dialect, name) else {
        // A table made anew of one that nothing is known of may hold the columns that nobody named.
        let hidden = now.id != home && now.open && start.is_none();
        let lives = now.columns.of_id(id).is_some();
        return (!hidden).then(|| how(lives));
    };
    if is_retyped(run, home, now, (id, same), start) {
        return Some(How::Retype);
    }
    let could_be_null = start.map_or(same.id == id, |start| !start.is.not_null);
    (same.is.not_null && could_be_null).then_some(How::Require)
}

fn is_retyped(
    run: &Run<'_>,
    home: Id,
    now: &Table,
    (id, same): (Id, &Column),
    start: Option<&Column>,
) -> bool {
    let Some(ty) = same.is.ty.as_deref() else {
        return false;
    };
    if start.is_some_and(|start| Arc::ptr_eq(&start.is, &same.is)) && run.types_stand() {
        let before = run.ledger.met.get(&home);
        if before.is_none_or(|before| before.table.charset == now.charset) {
            return false;
        }
    }
    let charset = same.is.charset.as_deref().or(now.charset.as_deref());
    if let Some(start) = start
        && start.is.ty == same.is.ty
        && run.types_stand()
        && run.dialect != Dialect::Sqlite
    {
        let table = run.ledger.met.get(&home).map(|met| &met.table);
        let of_table = table.and_then(|table| table.charset.as_deref());
        if start.is.charset.as_deref().or(of_table) == charset {
            return false;
        }
    }
    let ty = run.type_of(ty).with_charset(charset);
    match run.first_type(id) {
        Some(first) => first != ty,
        // Nobody knows what it was, and now it was said.
        None => same.id == id,
    }
}
