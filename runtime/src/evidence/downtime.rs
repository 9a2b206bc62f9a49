//! Question 6: who waits while it runs, and for how long?

use onward_analysis::{Access, Dialect, Object, Touch, Verdict};

use super::ask::{Asked, Asking, Trouble, word};
use super::table;
use crate::{Answer, Evidence, Policy, Question, State, Step};

/// What each step locks, how large it is, and which open transactions stand in its way.
pub(super) async fn answer(
    asking: &mut Asking<'_>,
    policy: &Policy,
    steps: &[&Step],
) -> sqlx::Result<Answer> {
    let mut evidence = Vec::new();
    let mut seen: Vec<(&Object, Access)> = Vec::new();
    for step in steps {
        if step.verdict() == Verdict::Unknown {
            let sentence = format!("What {} locks is not known.", step.name());
            evidence.push(Evidence::said(State::Unknown, sentence));
        }
        for touch in step.analysis().map_or(&[][..], |a| &a.touches) {
            let waits = !matches!(touch.access, Access::Read | Access::Create);
            if waits && !seen.contains(&(&touch.object, touch.access)) {
                seen.push((&touch.object, touch.access));
                evidence.push(size(asking, policy, touch).await?);
            }
        }
    }
    if seen.is_empty() && evidence.is_empty() {
        evidence.push(Evidence::said(
            State::Clear,
            "It locks nothing that exists.",
        ));
    }
    if !seen.is_empty() {
        let objects: Vec<&Object> = seen.iter().map(|(object, _)| *object).collect();
        evidence.extend(open_transactions(asking, policy, &objects).await?);
    }
    Ok(Answer::of(Question::Downtime, evidence))
}

async fn size(asking: &mut Asking<'_>, policy: &Policy, touch: &Touch) -> sqlx::Result<Evidence> {
    let object = &touch.object;
    let dialect = asking.dialect();
    let query = match dialect {
        Dialect::Postgres => format!(
            "SELECT pg_total_relation_size(to_regclass({}))",
            word(dialect, &table(dialect, object))
        ),
        Dialect::MySql => format!(
            "SELECT CAST(data_length + index_length AS SIGNED) FROM information_schema.tables \
             WHERE table_schema = {} AND table_name = {}",
            object
                .schema
                .as_ref()
                .map_or("DATABASE()".to_owned(), |s| word(dialect, s)),
            word(dialect, &object.table)
        ),
        Dialect::Sqlite => {
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size".to_owned()
        }
    };
    let Asked { query, rows } = asking.ask(&query).await?;
    let bytes = rows.map(|rows| rows.first().and_then(|row| row.int(0)));
    let (state, sentence) = match bytes {
        Ok(Some(bytes)) => weighed(dialect, policy, touch, bytes),
        Ok(None) | Err(Trouble::Missing) => (
            State::Clear,
            format!("`{object}` does not exist, so nobody waits for it."),
        ),
        Err(Trouble::Because(why)) => (
            State::Unknown,
            format!("How large `{object}` is is not known: {why}."),
        ),
    };
    Ok(Evidence {
        object: Some(object.to_string()),
        state,
        sentence,
        query: Some(query),
    })
}

fn weighed(dialect: Dialect, policy: &Policy, touch: &Touch, bytes: i64) -> (State, String) {
    let lock = lock(dialect, touch, &in_bytes(bytes));
    let by_size = if u64::try_from(bytes).unwrap_or(0) <= policy.bytes {
        State::Clear
    } else {
        State::Blocked
    };
    match touch.access {
        Access::Alter => (
            State::Clear,
            format!("It takes at most {lock}, for as long as a change of the definition lasts."),
        ),
        Access::Write if dialect != Dialect::Sqlite => (
            by_size,
            format!("It takes {lock}: whoever writes the same rows waits for its end."),
        ),
        _ => (
            by_size,
            format!(
                "It takes {lock} while it reads or writes every row: everybody else waits for its end."
            ),
        ),
    }
}

/// The lock, as the database calls it, what it is on, and how large that is.
fn lock(dialect: Dialect, touch: &Touch, size: &str) -> String {
    let object = &touch.object;
    match (dialect, touch.access) {
        (Dialect::Sqlite, _) => format!("the write lock of the whole file ({size})"),
        (Dialect::Postgres, Access::Write) => format!("ROW EXCLUSIVE on `{object}` ({size})"),
        (Dialect::Postgres, _) => format!("ACCESS EXCLUSIVE on `{object}` ({size})"),
        (Dialect::MySql, Access::Write) => format!("row locks in `{object}` (about {size})"),
        (Dialect::MySql, _) => format!("an exclusive metadata lock on `{object}` (about {size})"),
    }
}

async fn open_transactions(
    asking: &mut Asking<'_>,
    policy: &Policy,
    objects: &[&Object],
) -> sqlx::Result<Option<Evidence>> {
    // A transaction that is open for longer is not about to end by itself.
    let patience = i64::try_from(policy.patience.as_secs()).unwrap_or(i64::MAX);
    let dialect = asking.dialect();
    let query = match dialect {
        Dialect::Postgres => {
            let tables: Vec<String> = objects
                .iter()
                .map(|object| format!("to_regclass({})", word(dialect, &table(dialect, object))))
                .collect();
            format!(
                "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - a.xact_start)), 0)::bigint, \
                 count(*) FILTER (WHERE a.xact_start IS NULL), count(*) \
                 FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) \
                 WHERE l.granted AND l.relation IN ({}) AND l.pid <> pg_backend_pid() \
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                tables.join(", ")
            )
        }
        Dialect::MySql => {
            "SELECT CAST(coalesce(max(timestampdiff(SECOND, trx_started, now())), 0) AS SIGNED), 0, count(*) \
             FROM information_schema.innodb_trx WHERE trx_mysql_thread_id <> CONNECTION_ID()"
                .to_owned()
        }
        // A file has no list of those who read it; SQLite itself waits for them, or gives up.
        Dialect::Sqlite => return Ok(None),
    };
    let Asked { query, rows } = asking.ask(&query).await?;
    let row = rows.map(|rows| {
        rows.first()
            .and_then(|row| Some((row.int(0)?, row.int(1)?, row.int(2)?)))
    });
    let holds = match dialect {
        Dialect::MySql => "on this server may hold what it locks",
        Dialect::Postgres | Dialect::Sqlite => "holds what it locks",
    };
    let (state, sentence) = match row {
        Ok(Some((_, _, 0))) => (State::Clear, "No open transaction stands in its way.".to_owned()),
        Ok(Some((age, _, _))) if age > patience => (
            State::Blocked,
            format!("A transaction that is open for {age} s {holds}; it would wait for it, and everybody else behind it."),
        ),
        Ok(Some((_, 0, _))) => (
            State::Clear,
            format!("The oldest transaction that {holds} is not older than {patience} s."),
        ),
        Ok(Some(_)) => (
            State::Unknown,
            "This role may not see how old the transactions are that hold what it locks: grant it pg_monitor.".to_owned(),
        ),
        Ok(None) => (State::Unknown, "The database tells nothing of its transactions.".to_owned()),
        Err(Trouble::Missing) => (State::Unknown, "This server has no list of its transactions.".to_owned()),
        Err(Trouble::Because(why)) => (
            State::Unknown,
            format!("Which transactions are open is not known: {why}."),
        ),
    };
    Ok(Some(Evidence {
        object: None,
        state,
        sentence,
        query: Some(query),
    }))
}

/// `49 kB`, `1.2 GB`.
fn in_bytes(bytes: i64) -> String {
    let mut size = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if size < 1000.0 {
            let digits = usize::from(size < 10.0 && unit != "bytes");
            return format!("{size:.digits$} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (8192, "8.2 kB"),
            (53_248, "53 kB"),
            (1_200_000_000, "1.2 GB"),
            (7_000_000_000_000, "7.0 TB"),
        ] {
            assert_eq!(in_bytes(bytes), text);
        }
    }

    #[test]
    fn a_rewrite_blocks_by_its_size_and_a_change_of_the_definition_never() {
        let touch = |access| Touch {
            object: crate::fixture::object("users"),
            access,
        };
        let policy = Policy::of_tier(onward_analysis::Tier::Production);
        let limit = i64::try_from(policy.bytes).unwrap();
        let state = |dialect, access, bytes| weighed(dialect, &policy, &touch(access), bytes).0;
        for dialect in Dialect::ALL {
            assert_eq!(state(dialect, Access::Alter, i64::MAX), State::Clear);
            for access in [Access::Rewrite, Access::Write] {
                assert_eq!(state(dialect, access, limit), State::Clear);
                assert_eq!(state(dialect, access, limit + 1), State::Blocked);
            }
        }
    }
}
