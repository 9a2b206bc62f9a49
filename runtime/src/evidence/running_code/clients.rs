//! Who is connected and not on the list?
//!
//! The servers list their clients. A connection is taken for an instance's where the server knows it by the same user,
//! address and `application_name` as that instance, and where there are no more of them than the pools of those instances
//! had open at their last beat. The pool of the program that asks is counted as it is now. What a pool has grown by since its
//! last beat is a stranger's until the next one, which comes within a second, and is unknown; one that counted by what it may have
//! would hide strangers. So would one that has fewer than it says, which is unknown too. So each application should connect as a user of its own, or give its connections a name of its own. SQLite
//! has no such list. On MySQL a client without a default database may use any of them, and counts; one that reads the
//! binary log for a replica does not. One that is just logging in has none yet, and is looked at again.

use std::time::Duration;

use onward_analysis::Dialect;

use super::marks;
use crate::evidence::ask::{Asked, Asking, Trouble};
use crate::instances::{Own, Registered, Told, by_none, key};
use crate::session::Row;
use crate::text::counted;
use crate::{Evidence, State};

/// Connections that the server knows by the same user, address and name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Alike {
    login: [String; 3],
    count: i64,
    /// Whether this very session is known by the same.
    like_ours: bool,
}

/// What is found out about clients that are not on the list.
pub(in crate::evidence) async fn unlisted(
    asking: &mut Asking<'_>,
    listed: &[Registered],
    own: &Own,
) -> sqlx::Result<Vec<Evidence>> {
    let dialect = asking.dialect();
    let mut keys: Vec<u64> = listed.iter().filter_map(|one| key(&one.id)).collect();
    keys.extend(key(&own.identity.id()));
    let Some(Asked { mut query, rows }) = settled(asking, &keys).await? else {
        let sentence = "SQLite keeps no list of who has the file open: only processes that have registered are counted.";
        return Ok(vec![Evidence::said(State::Clear, sentence)]);
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(trouble) => {
            let why = match trouble {
                Trouble::Missing => "this server has no such list".to_owned(),
                Trouble::Because(why) => why,
            };
            return Ok(vec![Evidence {
                object: None,
                state: State::Unknown,
                sentence: format!("Who is connected is not known: {why}."),
                query: Some(query),
            }]);
        }
    };
    let hidden: i64 = rows
        .iter()
        .filter(|row| row.int(4) == Some(1))
        .filter_map(|row| row.int(3))
        .sum();
    let alike = alike(&rows);
    query.value = value(&alike, hidden);
    let mut sentences: Vec<(State, String)> = Vec::new();
    if hidden > 0 {
        sentences.push((State::Unknown, concealed(dialect, hidden)));
    }
    if let (Dialect::MySql, Some(sentence)) = (dialect, unprivileged(asking).await?) {
        sentences.push((State::Unknown, sentence));
    }
    let own_id = own.identity.id();
    let others: Vec<&Registered> = listed.iter().filter(|one| one.id != own_id).collect();
    let told = match marks::own(asking, own).await? {
        Ok(told) => told,
        Err(why) => {
            sentences.push((State::Unknown, why));
            Told::Neither
        }
    };
    let doubts = marks::doubts(asking, (told, own), &others, &keys).await?;
    sentences.extend(doubts.into_iter().map(|doubt| (State::Unknown, doubt)));
    let ours = match told {
        Told::ByNumber => own.pool.others(),
        Told::ByMark | Told::Neither => 0,
    };
    for strangers in strangers(&alike, &others, ours) {
        sentences.push((State::Unknown, strangers.sentence(dialect)));
    }
    match marks::beyond(asking).await? {
        Some(unseen) => sentences.push((State::Unknown, unseen)),
        None => {
            let gone = fewer_than_said(&alike, &others, ours);
            sentences.extend(gone.into_iter().map(|gone| (State::Unknown, gone)));
        }
    }
    if sentences.is_empty() {
        sentences.push((State::Clear, nobody(&others, ours)));
    }
    let evidence = sentences.into_iter().map(|(state, sentence)| Evidence {
        object: None,
        state,
        sentence,
        query: Some(query.clone()),
    });
    Ok(evidence.collect())
}

/// Asks who is connected, and again of those who were just logging in, until each of them has come to its database or is gone; who takes
/// long about it counts as it is. Whoever comes meanwhile comes after the look: a server on which there is always somebody who
/// does would else never be seen at rest. None where no server keeps such a list.
async fn settled(asking: &mut Asking<'_>, keys: &[u64]) -> sqlx::Result<Option<Asked>> {
    const LOOKS: usize = 20;
    const PAUSE: Duration = Duration::from_millis(25);
    let dialect = asking.dialect();
    let Some(everybody) = query(dialect, keys, &[]) else {
        return Ok(None);
    };
    let mut asked = asking.ask(&everybody).await?;
    for _ in 1..LOOKS {
        let Ok(rows) = &mut asked.rows else { break };
        let passing: Vec<i64> = rows.iter().filter_map(passing).collect();
        let Some(again) = query(dialect, keys, &passing).filter(|_| !passing.is_empty()) else {
            break;
        };
        sqlx_core::rt::sleep(PAUSE).await;
        let Ok(seen) = asking.ask(&again).await?.rows else {
            break;
        };
        rows.retain(|row| self::passing(row).is_none());
        rows.extend(seen);
    }
    Ok(Some(asked))
}

/// The number of a connection that is just logging in.
fn passing(row: &Row) -> Option<i64> {
    row.int(6).filter(|number| *number != 0)
}

/// Connections by what the server knows them by.
fn alike(rows: &[Row]) -> Vec<Alike> {
    let mut alike: Vec<Alike> = Vec::new();
    for row in rows.iter().filter(|row| row.int(4) != Some(1)) {
        let login = [0, 1, 2].map(|column| row.text(column).unwrap_or_default().to_owned());
        let (count, like_ours) = (row.int(3).unwrap_or_default(), row.int(5) == Some(1));
        let mut known = alike.iter_mut();
        match known.find(|one| one.login == login && one.like_ours == like_ours) {
            Some(known) => known.count += count,
            None => alike.push(Alike {
                login,
                count,
                like_ours,
            }),
        }
    }
    alike
}

/// That nobody is a stranger, and by what that is told.
fn nobody(others: &[&Registered], ours: i64) -> String {
    let told = "Nobody is connected who is not on the list.";
    let counted = others.iter().filter(|one| one.connections.by_number() > 0);
    let mut counted: Vec<&str> = counted.map(|one| one.application.as_str()).collect();
    counted.sort_unstable();
    counted.dedup();
    if ours > 0 {
        counted.push("this program");
    }
    match counted.as_slice() {
        [] => told.to_owned(),
        counted => format!(
            "{told} The connections of {} are told by their number alone: `onward::introduce` has each known by itself.",
            counted.join(", ")
        ),
    }
}

/// The connections to this database but for this one, and for those that the processes of these keys have introduced: user, address,
/// name, how many, whether the rest is hidden from this user, whether they are like this one, the number of one that has not come to its
/// database yet or cannot be looked at right now (MariaDB calls it busy). Only of those of these numbers, if any are given.
fn query(dialect: Dialect, keys: &[u64], numbers: &[i64]) -> Option<String> {
    match dialect {
        Dialect::Sqlite => None,
        Dialect::Postgres => Some(format!(
            "SELECT coalesce(a.usename::text, ''), coalesce(a.client_addr::text, ''), coalesce(a.application_name, ''), count(*), \
             (a.backend_type IS NULL)::int::bigint, (a.usename = session_user \
             AND a.client_addr IS NOT DISTINCT FROM inet_client_addr() \
             AND a.application_name = current_setting('application_name'))::int::bigint, 0::bigint \
             FROM pg_catalog.pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
             AND (a.backend_type = 'client backend' OR a.backend_type IS NULL AND a.usesysid IS NOT NULL) AND {} \
             GROUP BY 1, 2, 3, 5, 6 ORDER BY 1, 2, 3",
            by_none(dialect, "a", keys)
        )),
        Dialect::MySql => {
            let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
            let of_these = match numbers.is_empty() {
                true => String::new(),
                false => format!("p.id IN ({}) AND ", numbers.join(", ")),
            };
            Some(format!(
                "SELECT CAST(p.user AS CHAR), CAST(substring_index(p.host, ':', 1) AS CHAR), \
             IF(p.db IS NULL, 'without a default database', ''), count(*), 0, \
             CAST(p.user = o.user AND substring_index(p.host, ':', 1) = substring_index(o.host, ':', 1) AS SIGNED), \
             CAST(IF(p.db IS NULL AND p.command IN ('Connect', 'Busy'), p.id, 0) AS SIGNED) \
             FROM information_schema.processlist p JOIN information_schema.processlist o ON o.id = connection_id() \
             WHERE (p.db = database() OR p.db IS NULL AND p.command NOT IN ('Binlog Dump', 'Binlog Dump GTID', 'Daemon')) \
             AND p.id <> o.id AND p.user NOT IN ('system user', 'event_scheduler', 'unauthenticated user') AND {of_these}{} \
             GROUP BY 1, 2, 3, 6, 7 ORDER BY 1, 2, 3",
                by_none(dialect, "p", keys)
            ))
        }
    }
}

/// Connections beyond those that the listed processes may have.
#[derive(Debug, PartialEq, Eq)]
struct Strangers {
    login: [String; 3],
    count: i64,
    /// Whether some process on the list is known by the same, so that only the number tells.
    beside: bool,
}

/// `others` are the instances but for the program that asks, whose pool has `ours` open besides the one that asks.
fn strangers(alike: &[Alike], others: &[&Registered], ours: i64) -> Vec<Strangers> {
    let of = |alike: &Alike| {
        let like = others.iter().filter(|one| one.login == alike.login);
        // One that has missed a beat may be gone, and its connections somebody else's.
        let beats = like.clone().filter(|one| one.has_just_spoken());
        let pools: i64 = beats.map(|one| one.connections.by_number()).sum();
        let ours = if alike.like_ours { ours } else { 0 };
        let count = alike.count - pools - ours;
        (count > 0).then(|| Strangers {
            login: alike.login.clone(),
            count,
            beside: like.count() > 0,
        })
    };
    alike.iter().filter_map(of).collect()
}

/// What is said of those who have fewer open than they say, login by login.
fn fewer_than_said(alike: &[Alike], others: &[&Registered], ours: i64) -> Vec<String> {
    let mut logins: Vec<&[String; 3]> = others.iter().map(|one| &one.login).collect();
    logins.sort_unstable();
    logins.dedup();
    let of = |login: &[String; 3]| {
        let like = others.iter().copied().filter(|one| one.login == *login);
        let shown = alike.iter().filter(|alike| alike.login == *login);
        let ours = if shown.clone().any(|alike| alike.like_ours) {
            ours
        } else {
            0
        };
        let shown = shown.map(|alike| alike.count).sum();
        marks::fewer_than_said(&like.collect::<Vec<_>>(), ours, shown)
    };
    logins.into_iter().filter_map(of).collect()
}

impl Strangers {
    fn sentence(&self, dialect: Dialect) -> String {
        let [user, address, name] = &self.login;
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let from = match address.as_str() {
            "" | "localhost" => "this machine",
            address => address,
        };
        let name = match name.as_str() {
            "" if dialect == Dialect::Postgres => " without application_name".to_owned(),
            "" => String::new(),
            nowhere if dialect == Dialect::MySql => format!(" {nowhere}"),
            name => format!(" `{name}`"),
        };
        let (belong, are) = if count == 1 {
            ("belongs", "is")
        } else {
            ("belong", "are")
        };
        let more = match self.beside {
            true => {
                format!(
                    ", beyond what the instances that give a sign of life have open, {are} not accounted for"
                )
            }
            false => format!(" {belong} to no instance on the list"),
        };
        let grown = match self.beside {
            true => " A pool that has just grown is counted at its next beat.",
            false => "",
        };
        format!(
            "{} of {user}{name} from {from}{more}. What runs there nobody can tell: a client by hand, a program without \
             Onward, or one that is `unregistered()`.{grown}",
            counted(count, "connection", "connections")
        )
    }
}

/// PostgreSQL hides what other roles do from those who may not see it.
fn concealed(dialect: Dialect, hidden: i64) -> String {
    let count = usize::try_from(hidden).unwrap_or(usize::MAX);
    let grant = match dialect {
        Dialect::Postgres => "GRANT pg_read_all_stats TO",
        Dialect::MySql | Dialect::Sqlite => "GRANT PROCESS ON *.* TO",
    };
    format!(
        "This user may not see whose {} {}: {grant} it.",
        counted(count, "connection", "connections"),
        if count == 1 { "is" } else { "are" },
    )
}

/// MySQL shows a user without PROCESS only their own connections, and does not say that there are others.
async fn unprivileged(asking: &mut Asking<'_>) -> sqlx::Result<Option<String>> {
    let query = "SELECT count(*) FROM information_schema.user_privileges WHERE privilege_type = 'PROCESS' AND grantee = \
                 concat('''', substring_index(current_user(), '@', 1), '''@''', substring_index(current_user(), '@', -1), '''')";
    let Asked { rows, .. } = asking.ask(query).await?;
    let may = rows.is_ok_and(|rows| {
        rows.first()
            .and_then(|row| row.int(0))
            .is_some_and(|count| count > 0)
    });
    Ok((!may).then(|| {
        "This user may see no connections but its own: GRANT PROCESS ON *.* TO it, and nobody else is overlooked.".to_owned()
    }))
}

/// What the server said, for the evidence.
fn value(alike: &[Alike], hidden: i64) -> String {
    let mut parts: Vec<String> = alike
        .iter()
        .map(|alike| {
            let login: Vec<&str> = alike
                .login
                .iter()
                .map(String::as_str)
                .filter(|part| !part.is_empty())
                .collect();
            format!("{} × {}", alike.count, login.join(" "))
        })
        .collect();
    parts.extend((hidden > 0).then(|| format!("{hidden} hidden")));
    match parts.as_slice() {
        [] => "no rows".to_owned(),
        parts => parts.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instances::Connections;

    fn login(user: &str) -> [String; 3] {
        [user.to_owned(), "10.0.0.7".to_owned(), String::new()]
    }

    fn alike(user: &str, count: i64, like_ours: bool) -> Alike {
        Alike {
            login: login(user),
            count,
            like_ours,
        }
    }

    fn instance(user: &str, connections: i64) -> Registered {
        Registered {
            id: "1".to_owned(),
            application: "shop-web".to_owned(),
            kind: "web".to_owned(),
            build: "a1b2c3".to_owned(),
            host: "web-1".to_owned(),
            pid: 4711,
            login: login(user),
            connections: Connections::Open(connections),
            ago: 4000,
            lasts: 60_000,
            program: None,
        }
    }

    #[test]
    fn connections_are_an_instances_up_to_what_its_pool_has_open() {
        let listed = [instance("shop", 10), instance("shop", 5)];
        let listed: Vec<&Registered> = listed.iter().collect();
        assert_eq!(strangers(&[alike("shop", 15, false)], &listed, 0), []);
        let more = strangers(&[alike("shop", 17, false)], &listed, 0);
        assert_eq!(more[0].count, 2);
        assert_eq!(
            more[0].sentence(Dialect::Postgres),
            "2 connections of shop without application_name from 10.0.0.7, beyond what the instances that give a sign of life have \
             open, are not accounted for. What runs there nobody can tell: a client by hand, a program without Onward, or one that \
             is `unregistered()`. A pool that has just grown is counted at its next beat."
        );
    }

    /// Behind a pooler there are more instances' connections than the server has.
    #[test]
    fn fewer_than_are_said_to_be_open_leave_room_for_others() {
        let listed = [instance("shop", 10), instance("shop", 5)];
        let listed: Vec<&Registered> = listed.iter().collect();
        assert!(fewer_than_said(&[alike("shop", 15, false)], &listed, 0).is_empty());
        assert_eq!(
            fewer_than_said(&[alike("shop", 6, true)], &listed, 1),
            [
                "The server shows 6 of the 16 connections that shop-web and this program say they have open: who has them was killed, or \
                 has just closed some, or a pooler stands in between. Up to 10 of somebody else would not be noticed."
            ]
        );
        assert_eq!(fewer_than_said(&[], &listed, 0).len(), 1);
    }

    /// Who was killed leaves no room for as many others until it is given up.
    #[test]
    fn who_has_missed_a_beat_lends_no_number() {
        let mut late = instance("shop", 10);
        late.ago = 20_000;
        assert_eq!(strangers(&[alike("shop", 10, false)], &[&late], 0), []);
        late.ago = 30_000;
        let found = strangers(&[alike("shop", 10, false)], &[&late], 0);
        assert_eq!(found[0].count, 10);
        assert!(fewer_than_said(&[], &[&late], 0).is_empty());
    }

    #[test]
    fn whoever_is_known_as_nobody_on_the_list_is_a_stranger() {
        let listed = instance("shop", 10);
        let found = strangers(&[alike("ops", 1, false)], &[&listed], 0);
        assert_eq!(
            found[0].sentence(Dialect::MySql),
            "1 connection of ops from 10.0.0.7 belongs to no instance on the list. What runs there nobody can tell: a client \
             by hand, a program without Onward, or one that is `unregistered()`."
        );
    }

    #[test]
    fn the_pool_of_the_program_that_asks_is_no_stranger() {
        assert_eq!(strangers(&[alike("shop", 3, true)], &[], 3), []);
        assert_eq!(strangers(&[alike("shop", 4, true)], &[], 3).len(), 1);
        assert_eq!(strangers(&[alike("shop", 3, false)], &[], 3).len(), 1);
    }
}
