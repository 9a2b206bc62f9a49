//! Does a migration ask for what only a later one makes?

use std::collections::HashMap;

use super::{Course, Member};
use crate::built::Built;
use crate::schema::Key;
use crate::{Access, Checked, Dialect, Finding, Object, rules};

/// The members whose ups make a table or a column, in version order.
pub(super) type Makers = HashMap<(Dialect, Key, Option<String>), Vec<usize>>;

/// Notes what the member at `index`, which was `checked`, makes.
pub(super) fn note(makers: &mut Makers, index: usize, checked: &Checked) {
    for analysis in &checked.up {
        let touches = analysis.touches.iter();
        let tables = touches.filter(|touch| touch.access == Access::Create);
        for object in tables.map(|touch| &touch.object).chain(&analysis.adds) {
            let made = makers.entry(place(analysis.dialect, object)).or_default();
            made.push(index);
        }
    }
}

/// Says of the member at `index` that it fails where it asks for what none before it made, and one makes that runs later.
pub(super) fn tell(checked: &mut Checked, course: &mut Course, index: usize, members: &[Member]) {
    let unmet = std::mem::take(&mut checked.unmet);
    let own = &members[index];
    if unmet.is_empty() || own.marks.allow.contains_key(rules::CANNOT_RUN) {
        return;
    }
    course.reach(members.len() - 1, index, members);
    let maker = |dialect, object: &Object| {
        let makers = course.makers.get(&place(dialect, object))?;
        let later = |at: &&usize| **at > index && members[**at].runs_wherever(own);
        let first = *makers.iter().find(later)?;
        is_met_anew(&course.before[first], dialect, object).then_some(&members[first])
    };
    let found = unmet
        .iter()
        .find_map(|(dialect, object, span)| Some((maker(*dialect, object)?, object, *span)));
    if let Some((maker, object, span)) = found {
        let maker = (&*maker.shown(), maker.version);
        let finding = rules::made_later(object, span, maker, own.version);
        let is_told = |one: &Finding| (one.rule, one.side) == (finding.rule, finding.side);
        checked.findings.retain(|one| !is_told(one));
        checked.findings.insert(0, finding);
    }
}

/// Whether nobody has done away with the table since it was asked for: it may be made only where it was not there.
fn is_met_anew(before: &Built, dialect: Dialect, object: &Object) -> bool {
    object.column.is_some()
        || !before
            .schema(dialect)
            .gone
            .contains(&Key::of_object(dialect, object))
}

fn place(dialect: Dialect, object: &Object) -> (Dialect, Key, Option<String>) {
    let column = object.column.as_ref().map(|column| column.to_lowercase());
    (dialect, Key::of_object(dialect, object), column)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::Dialect::{MySql, Postgres, Sqlite};
    use crate::check::Style;
    use crate::sequence::{Member, Sequence, Text};
    use crate::{Dialect, Marks, Version};

    fn member(version: i64, up: &str) -> Member {
        Member {
            version: Version::new(version),
            name: format!("m{version}"),
            up: Text::Sql(up.to_owned()),
            down: None,
            marks: Marks::default(),
            style: Style::Attribute,
            dialects: Vec::new(),
            only: Vec::new(),
            conditions: BTreeSet::new(),
            file: String::new(),
        }
    }

    /// What the check says of the first of `ups` being in the wrong place.
    fn told_of(dialect: Dialect, mut members: Vec<Member>) -> Option<String> {
        members
            .iter_mut()
            .for_each(|member| member.dialects = vec![dialect]);
        let own = members[0].clone();
        let findings = Sequence::open(members).check(&own).unwrap().findings;
        let mut findings = findings.into_iter();
        let told = findings.find(|one| one.rule == "cannot_run")?;
        told.help[0]
            .starts_with("migrations run")
            .then_some(told.message)
    }

    fn told(dialect: Dialect, ups: &[&str]) -> Option<String> {
        let numbered = (1..).zip(ups);
        told_of(dialect, numbered.map(|(at, up)| member(at, up)).collect())
    }

    const MAKES: &str = "CREATE TABLE users (id int PRIMARY KEY)";

    #[test]
    fn what_only_a_later_one_makes_is_told() {
        for dialect in Dialect::ALL {
            for up in [
                "ALTER TABLE users ADD COLUMN phone text",
                "CREATE INDEX i ON users (id)",
                "INSERT INTO users (id) VALUES (1)",
                "DROP TABLE users; CREATE TABLE a (id int)",
            ] {
                let told = told(dialect, &[up, "SELECT 1", MAKES]);
                let is_gone = up.starts_with("DROP");
                let message = "the up fails: `users` is not there when it runs, since 3 (m3) makes it, which runs later";
                assert_eq!(told.as_deref(), (!is_gone).then_some(message), "{up}");
            }
            let column = "ALTER TABLE t ADD COLUMN a int";
            let indexed = "CREATE TABLE t (id int); CREATE INDEX i ON t (a);";
            let told = told(dialect, &[indexed, column]);
            assert!(told.is_some_and(|told| told.contains("`t.a`")));
        }
        let refers = "CREATE TABLE posts (author int, FOREIGN KEY (author) REFERENCES users (id))";
        assert!(told(Postgres, &[refers, MAKES]).is_some());
        assert!(told(Sqlite, &[refers, MAKES]).is_none());
        assert!(
            told(MySql, &[refers, MAKES]).is_none(),
            "unless the session looks after them"
        );
    }

    #[test]
    fn what_may_be_there_all_the_same_is_not() {
        let up = "ALTER TABLE users ADD COLUMN phone text";
        for dialect in Dialect::ALL {
            for later in [
                &["CREATE TABLE IF NOT EXISTS users (id int)"][..],
                &["DROP TABLE users", MAKES],
                &["ALTER TABLE users RENAME TO people", MAKES],
                &["CREATE TABLE other (id int)"],
            ] {
                let ups: Vec<&str> = [up].iter().chain(later).copied().collect();
                assert_eq!(told(dialect, &ups), None, "{later:?}");
            }
            assert_eq!(told(dialect, &[MAKES, up, "DROP TABLE users", MAKES]), None);
        }
        let views = ["CREATE VIEW v AS SELECT id FROM users", MAKES];
        assert_eq!(told(Sqlite, &views), None);
        let guarded = "DO $$ BEGIN IF to_regclass('users') IS NOT NULL THEN ALTER TABLE users ADD COLUMN a int; END IF; END $$";
        assert_eq!(told(Postgres, &[guarded, MAKES]), None);
        assert_eq!(
            told(
                Postgres,
                &["ALTER TABLE IF EXISTS users ADD COLUMN a int", MAKES]
            ),
            None
        );
    }

    #[test]
    fn one_that_need_not_run_makes_nothing_for_others() {
        let own = || member(1, "ALTER TABLE users ADD COLUMN phone text");
        let mut maker = member(2, MAKES);
        assert!(told_of(Postgres, vec![own(), maker.clone()]).is_some());
        maker.only = vec!["staging".to_owned()];
        assert!(told_of(Postgres, vec![own(), maker]).is_none());
    }

    #[test]
    fn the_later_one_takes_nothing_older() {
        let mut members = vec![
            member(1, "ALTER TABLE users ADD COLUMN phone text"),
            member(2, MAKES),
        ];
        members[1].down = Some(Text::Sql("DROP TABLE users".to_owned()));
        members[1].dialects = vec![Postgres];
        members[0].dialects = vec![Postgres];
        let own = members[1].clone();
        let checked = Sequence::open(members).check(&own).unwrap();
        assert_eq!(checked.down[0].losses[0].age, crate::Age::SinceUp);
    }
}
