//! Can the connections that the server shows be told apart?
//!
//! A mark is the server's session's. A pooler in transaction mode puts one session under many connections, and then a mark tells
//! nothing, and neither does a number. A node of a Galera cluster shows its own clients alone.

use onward_analysis::Dialect;

use crate::evidence::ask::Asking;
use crate::instances::{Connections, Own, Registered, Told, read_told, shared, told_by};
use crate::text::counted;

/// How the program that asks is told from others, as the server sees the connection that asks.
pub(super) async fn own(asking: &mut Asking<'_>, own: &Own) -> sqlx::Result<Told> {
    let query = told_by(asking.dialect()).filter(|_| own.pool.source.is_some());
    let Some(query) = query else {
        return Ok(Told::ByNumber);
    };
    let rows = asking.ask(&query).await?.rows;
    Ok(rows.map_or(Told::ByNumber, |rows| read_told(&rows)))
}

/// Why those that introduce their connections cannot be told by them.
pub(super) async fn doubts(
    asking: &mut Asking<'_>,
    (told, own): (Told, &Own),
    others: &[&Registered],
    keys: &[u64],
) -> sqlx::Result<Vec<String>> {
    let mut said = Vec::new();
    let alive = others.iter().filter(|one| !one.is_silent());
    let mut unmarked: Vec<String> = alive
        .filter(|one| one.connections == Connections::Unmarked)
        .map(|one| format!("{} build {}", one.application, one.build))
        .collect();
    unmarked.extend((told == Told::Neither).then(|| {
        let identity = &own.identity;
        format!(
            "the program that asks ({} build {})",
            identity.application, identity.build
        )
    }));
    unmarked.sort_unstable();
    unmarked.dedup();
    if !unmarked.is_empty() {
        said.push(format!(
            "Connections were introduced by {}, and the one at hand bears no mark: a pooler parts the mark from the connection \
             (`pool_mode = transaction`), or not every pool on this database has `onward::introduce`. So which connections are \
             whose is not known.",
            unmarked.join(" and by ")
        ));
    }
    if let Some(query) = shared(asking.dialect(), keys)
        && let Ok(rows) = asking.ask(&query).await?.rows
        && let Some(count @ 1..) = rows.first().and_then(|row| row.int(0))
    {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        said.push(format!(
            "{} of the server bear{} the marks of several processes: a pooler hands connections round, so which are whose is not \
             known. Introduce connections that lead to the server itself, or have the pooler keep one for each \
             (`pool_mode = session`).",
            counted(count, "session", "sessions"),
            if count == 1 { "s" } else { "" }
        ));
    }
    Ok(said)
}

/// That those who do nothing but tell their number have fewer open than they say; none where they have as many.
///
/// `shown` are connections that look like theirs and like this program's, which has `ours` open.
pub(super) fn missing(alike: &[&Registered], ours: i64, shown: i64) -> Option<String> {
    let fresh = alike.iter().filter(|one| one.has_just_spoken());
    let said: i64 = fresh.map(|one| one.connections.by_number()).sum();
    let gone = said + ours - shown;
    if said == 0 || gone <= 0 {
        return None;
    }
    let mut called: Vec<&str> = alike.iter().map(|one| one.application.as_str()).collect();
    called.extend((ours > 0).then_some("this program"));
    called.sort_unstable();
    called.dedup();
    Some(format!(
        "The server shows {shown} of the {} that {} {} open: who has them was killed, or has just closed some, or a pooler \
         stands in between. Up to {gone} of somebody else would not be noticed.",
        counted(
            usize::try_from(said + ours).unwrap_or(usize::MAX),
            "connection",
            "connections"
        ),
        called.join(" and "),
        if called.len() == 1 {
            "says it has"
        } else {
            "say they have"
        }
    ))
}

/// Whether this server is a node of a Galera cluster.
pub(super) async fn is_node(asking: &mut Asking<'_>) -> sqlx::Result<bool> {
    if asking.dialect() != Dialect::MySql {
        return Ok(false);
    }
    // A server without Galera has no such variable, or it is off.
    let rows = asking
        .ask("SELECT CAST(@@global.wsrep_on AS SIGNED)")
        .await?
        .rows;
    Ok(rows.is_ok_and(|rows| rows.first().and_then(|row| row.int(0)) == Some(1)))
}

/// What a clear answer of such a node does not cover.
pub(super) const NODE: &str = " This server is one node of a Galera cluster (`wsrep_on`): who is connected to another node, and is not on \
                               the list, is not seen from here.";
