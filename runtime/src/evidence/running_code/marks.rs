//! Can the connections that the server shows be told apart?
//!
//! A mark is the server's session's. A pooler in transaction mode puts one session under many connections, and then a mark tells
//! nothing, and neither does a number. A node of a Galera cluster shows its own clients alone.

use onward_analysis::Dialect;

use crate::evidence::ask::{Asking, Trouble};
use crate::instances::{Connections, Own, Registered, Told, read_told, shared, told_by};
use crate::session::Row;
use crate::text::counted;

/// How the program that asks is told from others, as the server sees the connection that asks; where it does not say, why.
pub(super) async fn own(asking: &mut Asking<'_>, own: &Own) -> sqlx::Result<Result<Told, String>> {
    let query = told_by(asking.dialect()).filter(|_| own.pool.source.is_some());
    let Some(query) = query else {
        return Ok(Ok(Told::ByNumber));
    };
    let rows = asking.ask(&query).await?.rows;
    Ok(told(rows))
}

fn told(rows: Result<Vec<Row>, Trouble>) -> Result<Told, String> {
    rows.map(|rows| read_told(&rows)).map_err(|trouble| {
        format!(
            "Whether the connection of the program that asks bears its mark is not known: {}.",
            because(&trouble)
        )
    })
}

fn because(trouble: &Trouble) -> &str {
    match trouble {
        Trouble::Missing => "this server has no such list",
        Trouble::Because(why) => why,
    }
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
    let Some(query) = shared(asking.dialect(), keys) else {
        return Ok(said);
    };
    let rows = asking.ask(&query).await?.rows;
    said.extend(several(
        rows.map(|rows| rows.first().and_then(|row| row.int(0))),
    ));
    Ok(said)
}

/// What the number of sessions with several marks tells; that it is not known is a doubt too.
fn several(count: Result<Option<i64>, Trouble>) -> Option<String> {
    let why = match &count {
        Ok(Some(..=0)) => return None,
        Ok(Some(count)) => return Some(sharing(*count)),
        Ok(None) => "the database gave no count",
        Err(trouble) => because(trouble),
    };
    Some(format!(
        "Whether connections bear the marks of several processes is not known: {why}."
    ))
}

/// That so many sessions bear more than one mark.
fn sharing(count: i64) -> String {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    format!(
        "{} of the server bear{} the marks of several processes: a pooler hands connections round, so which are whose is not \
             known. Introduce connections that lead to the server itself, or have the pooler keep one for each \
             (`pool_mode = session`).",
        counted(count, "session", "sessions"),
        if count == 1 { "s" } else { "" }
    )
}

/// That those who do nothing but tell their number have fewer open than they say; none where they have as many.
///
/// `shown` are connections that look like theirs and like this program's, which has `ours` open.
pub(super) fn fewer_than_said(alike: &[&Registered], ours: i64, shown: i64) -> Option<String> {
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

/// Who may be connected and is not seen from here, because this server is a node of a Galera cluster or does not say whether it is.
pub(super) async fn beyond(asking: &mut Asking<'_>) -> sqlx::Result<Option<String>> {
    if asking.dialect() != Dialect::MySql {
        return Ok(None);
    }
    // A server without Galera has no such variable, and shows none, or it is off.
    let rows = asking
        .ask("SHOW GLOBAL VARIABLES LIKE 'wsrep_on'")
        .await?
        .rows;
    let rows = rows.as_ref().map(|rows| rows.first());
    Ok(unseen(rows.map(|row| row.and_then(|row| row.text(1)))))
}

/// The same, by what the variable says.
fn unseen(wsrep_on: Result<Option<&str>, &Trouble>) -> Option<String> {
    match wsrep_on {
        Ok(None | Some("OFF")) => None,
        Ok(Some(_)) => Some(
            "This server is one node of a Galera cluster (`wsrep_on`): who is connected to another node is not seen from here, and \
             is not known."
                .to_owned(),
        ),
        Err(trouble) => Some(format!(
            "Whether this server is a node of a Galera cluster is not known: {}.",
            because(trouble)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_fails_is_a_doubt() {
        assert_eq!(several(Ok(Some(0))), None);
        let refused = || Trouble::Because("the database says: permission denied".to_owned());
        assert_eq!(
            several(Err(refused())).as_deref(),
            Some(
                "Whether connections bear the marks of several processes is not known: the database says: permission denied."
            )
        );
        assert_eq!(
            told(Err(refused())),
            Err(
                "Whether the connection of the program that asks bears its mark is not known: the database says: permission denied."
                    .to_owned()
            )
        );
    }

    /// What other nodes are asked is not to be seen, whatever this one shows.
    #[test]
    fn a_node_of_a_cluster_shows_its_own_clients_alone() {
        assert_eq!(unseen(Ok(None)), None);
        assert_eq!(unseen(Ok(Some("OFF"))), None);
        assert_eq!(
            unseen(Ok(Some("ON"))).as_deref(),
            Some(
                "This server is one node of a Galera cluster (`wsrep_on`): who is connected to another node is not seen from here, \
                 and is not known."
            )
        );
        let late = Trouble::Because("the query took longer than 2 s".to_owned());
        assert_eq!(
            unseen(Err(&late)).as_deref(),
            Some(
                "Whether this server is a node of a Galera cluster is not known: the query took longer than 2 s."
            )
        );
    }
}
