//! What does the way back of an earlier migration do to what came since?
//!
//! It was written, or worked out, for the schema that its migration left. So it is run on that one and on today's, and what it does
//! on the one alone is what came since.

use crate::check::{Code, Style};
use crate::judge::pair::Fact;
use crate::judge::{Asked, Scripts};
use crate::rules::plain;
use crate::schema::Key;
use crate::{Dialect, LossKind, Marks, Object, Schema};

use super::judged;

/// What is said of it, each as a sentence.
#[derive(Default)]
pub(super) struct Since {
    /// What a person must see to.
    pub(super) problems: Vec<String>,
    /// What it does to what came since, or leaves because of that.
    pub(super) remarks: Vec<String>,
}

/// What `sql` does on `now` and would not have done on `then`, where its migration had just run; and the other way round.
pub(super) fn since(
    sql: &str,
    dialects: &[Dialect],
    style: Style,
    then: &[Schema],
    now: &[Schema],
) -> Since {
    let mut since = Since::default();
    let (did, does) = (effects(sql, dialects, then), effects(sql, dialects, now));
    let taken = |schemas| taken(sql, dialects, style, schemas);
    let (took, takes) = (taken(then), taken(now));
    let is_gone = |object: &Object| {
        let stands = |(dialect, schema): (&Dialect, &Schema)| {
            let key = Key::of_object(*dialect, object);
            schema.tables.contains_key(&key)
        };
        let stood = dialects.iter().zip(then).all(stands);
        stood && !dialects.iter().zip(now).all(stands)
    };
    let is_left = |object: &&Object| !takes.contains(object) || is_gone(object);
    if let Some(object) = took.iter().find(is_left) {
        since.problems.push(format!(
            "{object} is not there any more: a later migration has removed or renamed it, so look at that one"
        ));
    }
    for object in takes.iter().filter(|object| !took.contains(object)) {
        since.problems.push(format!(
            "what undoes it would take {object} too, which came since"
        ));
    }
    for fact in does.iter().filter(|fact| !did.contains(fact)) {
        match fact {
            Fact::CannotRun { why, .. } => since.fails(why),
            Fact::WouldFail { what, why, .. } => {
                since.fails(&format!("on {what} as soon as {why}"));
            }
            fact => since.remark(alters(fact)),
        }
    }
    for fact in did.iter().filter(|fact| !does.contains(fact)) {
        since.remark(leaves(fact));
    }
    since
}

impl Since {
    /// One reason is enough.
    fn fails(&mut self, why: &str) {
        if self.problems.is_empty() {
            self.problems.push(format!(
                "what undoes it fails after the migrations that came since: {}",
                plain(why)
            ));
        }
    }

    fn remark(&mut self, sentence: Option<String>) {
        let sentence = sentence.map(|sentence| plain(&sentence));
        let new = sentence.filter(|sentence| !self.remarks.contains(sentence));
        self.remarks.extend(new);
    }
}

/// What `sql` does to `schemas`, in the words of the rules on pairs: as the way back of nothing.
fn effects(sql: &str, dialects: &[Dialect], schemas: &[Schema]) -> Vec<Fact> {
    let judged = dialects.iter().zip(schemas).flat_map(|(dialect, schema)| {
        let scripts = Scripts::read(*dialect, Some(""), Some(sql));
        scripts.judge(schema, Asked::Pair).facts
    });
    judged.collect()
}

/// The tables and columns that `sql` takes away.
fn taken(sql: &str, dialects: &[Dialect], style: Style, schemas: &[Schema]) -> Vec<Object> {
    let none = Marks::default();
    let alone = judged(
        Code::Sql(sql),
        None,
        &none,
        style,
        dialects,
        &mut schemas.to_vec(),
    );
    let losses = alone.up.into_iter().flat_map(|one| one.losses);
    let takes = |kind| {
        use LossKind::{DropColumn, DropTable, OmitColumn};
        matches!(kind, DropTable | DropColumn | OmitColumn)
    };
    let taken = losses.filter(|loss| takes(loss.kind));
    taken.map(|loss| loss.object).collect()
}

/// What is another after it, of what came since.
fn alters(fact: &Fact) -> Option<String> {
    Some(match fact {
        Fact::NotRestored { what, how } => {
            let how = how.replace("not there again", "not there any more");
            format!("it changes what came since: {what} {how}")
        }
        Fact::TakesMore { what, .. } => {
            format!("it changes what came since: {what} is not there any more")
        }
        Fact::LeftBehind { what, .. } => {
            format!("it makes {what}, which a later migration took")
        }
        Fact::Undecorated { table, what } => {
            format!("it changes what came since: the table `{table}` is without its {what}")
        }
        Fact::Reordered(table) => {
            format!("the columns of `{table}` stand in another order after it")
        }
        _ => return None,
    })
}

/// What it would have changed, and leaves.
fn leaves(fact: &Fact) -> Option<String> {
    match fact {
        Fact::NotRestored { what, .. }
        | Fact::LeftBehind { what, .. }
        | Fact::TakesMore { what, .. } => Some(format!(
            "{what} stays as the migrations that came since left it"
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::forward::tests::past;
    use crate::forward::{Forward, forward};
    use crate::{Dialect, Version};

    fn of(dialect: Dialect, ups: &[(&str, Option<&str>)], version: i64) -> Forward {
        let history = ups.iter().zip(1..);
        let history: Vec<_> = history
            .map(|((up, down), version)| past(version, up, *down))
            .collect();
        forward(&history, Version::new(version), &[dialect]).unwrap()
    }

    const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, name varchar(20))";

    #[test]
    fn a_table_that_a_later_one_refers_to_is_not_dropped() {
        let orders = "CREATE TABLE orders (id int PRIMARY KEY, u int, FOREIGN KEY (u) REFERENCES users (id))";
        let history = [
            (USERS, Some("DROP TABLE users")),
            (orders, Some("DROP TABLE orders")),
        ];
        for dialect in Dialect::ALL {
            let why = match dialect {
                Dialect::Sqlite => "on users as soon as orders has a row, which refers to it",
                Dialect::Postgres | Dialect::MySql => "orders still refers to users",
            };
            let told = format!("what undoes it fails after the migrations that came since: {why}");
            assert_eq!(of(dialect, &history, 1).problems, [told]);
            assert!(of(dialect, &history, 2).problems.is_empty());
        }
    }

    #[test]
    fn a_table_that_is_gone_is_not_dropped_again_whatever_else_may_have_run() {
        let built = "DO $$ BEGIN EXECUTE (SELECT more FROM steps); END $$;";
        let history = [
            (built, None),
            (USERS, None),
            ("DROP TABLE IF EXISTS users", None),
        ];
        let told = "users is not there any more: a later migration has removed or renamed it, so look at that one";
        assert_eq!(of(Dialect::Postgres, &history, 2).problems, [told]);
        assert!(of(Dialect::Postgres, &history[..2], 2).problems.is_empty());
    }

    #[test]
    fn a_column_that_came_since_is_not_taken_by_a_rebuild() {
        let rebuilt = |default: &str| {
            format!(
                "CREATE TABLE n (id integer PRIMARY KEY, name text{default}); \
                 INSERT INTO n (id, name) SELECT id, name FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;"
            )
        };
        let (up, down) = (rebuilt(" DEFAULT 'x'"), rebuilt(""));
        let users = "CREATE TABLE users (id integer PRIMARY KEY, name text)";
        let phone = "ALTER TABLE users ADD COLUMN phone text";
        let history = [(users, None), (&*up, Some(&*down)), (phone, None)];
        let forward = of(Dialect::Sqlite, &history, 2);
        assert_eq!(
            forward.problems,
            ["what undoes it would take users.phone too, which came since"]
        );
        assert!(of(Dialect::Sqlite, &history[..2], 2).problems.is_empty());
    }

    #[test]
    fn what_goes_along_and_what_stays_is_said() {
        let add =
            "ALTER TABLE users ADD COLUMN phone varchar(20); CREATE INDEX by_name ON users (name)";
        let down = "DROP INDEX IF EXISTS by_name; ALTER TABLE users DROP COLUMN phone";
        let later = "CREATE INDEX by_phone ON users (phone); DROP INDEX by_name";
        let history = [(USERS, None), (add, Some(down)), (later, None)];
        let forward = of(Dialect::Postgres, &history, 2);
        assert_eq!(
            forward.unreversed,
            [
                "it changes what came since: the index by_phone is not there any more",
                "the index by_name stays as the migrations that came since left it"
            ]
        );
        assert!(forward.problems.is_empty(), "{forward:?}");
        assert!(
            of(Dialect::Postgres, &history[..2], 2)
                .unreversed
                .is_empty(),
            "nothing came since"
        );
    }
}
