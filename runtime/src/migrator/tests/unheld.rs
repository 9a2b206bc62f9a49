//! Is it said of tables of MySQL that keep no transactions that what is done to them stays?

use onward_analysis::Dialect;

use super::migrator;
use super::mysql::{fresh, number};
use crate::fixture::judged;
use crate::{Environment, Error, Question, Revert, State};

#[tokio::test]
async fn what_fails_half_way_stays_and_every_question_says_so() {
    for engine in ["MyISAM", "Aria"] {
        let pool = fresh().await;
        let create = format!(
            "CREATE TABLE log (id int) ENGINE={engine}; CREATE TABLE notes (id int PRIMARY KEY) ENGINE=InnoDB; \
             INSERT INTO log VALUES (1), (2); INSERT INTO notes VALUES (1), (2)"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(create))
            .execute(&pool)
            .await
            .unwrap();
        let down = "UPDATE log SET id = id + 10; UPDATE notes SET id = 2 WHERE id = 1";
        let mut record = judged(1, Dialect::MySql, "SELECT 1", down);
        record.catalog = "app".to_owned();
        let migrator = migrator(&[record]).environment(Environment::production());
        migrator.run(&pool).await.unwrap();
        let stays = format!(
            "`log` keeps no transactions ({engine}): where 1 judged fails half-way, what it did to those rows stays"
        );

        let decision = migrator.judge(&pool, Revert::Last).await.unwrap();
        for question in [Question::Reversible, Question::Downtime] {
            let of = |answer: &&crate::Answer| answer.question == question;
            let answer = decision.answers.iter().find(of).unwrap();
            assert_ne!(answer.state, State::Clear, "{answer:#?}");
            let said = answer
                .evidence
                .iter()
                .any(|one| one.sentence.starts_with(&stays));
            assert!(said, "{answer:#?}");
        }
    }
}

/// The rest is undone, and the error names what is not.
#[tokio::test]
async fn an_error_names_what_was_not_undone_with_the_rest() {
    for apart in ["", "; ALTER TABLE notes ADD COLUMN x int"] {
        let pool = fresh().await;
        sqlx::raw_sql("CREATE TABLE log (id int) ENGINE=MyISAM; INSERT INTO log VALUES (1); CREATE TABLE notes (id int) ENGINE=InnoDB")
            .execute(&pool)
            .await
            .unwrap();
        let up = format!(
            "INSERT INTO notes VALUES (1); UPDATE log SET id = id + 10; INSERT INTO nowhere VALUES (1){apart}"
        );
        let mut record = judged(1, Dialect::MySql, &up, "SELECT 1");
        record.catalog = "app".to_owned();
        let failed = migrator(&[record]).run(&pool).await.unwrap_err();
        assert!(matches!(failed, Error::Migration(_)), "{failed}");
        let said = failed.to_string();
        assert!(
            said.contains("What it did to rows of `log` (MyISAM) before that stays done, since no transaction holds such a table"),
            "{said}"
        );
        assert!(!said.contains("It was undone"), "{said}");
        assert_eq!(
            number(&pool, "SELECT CAST(sum(id) AS SIGNED) FROM log").await,
            11
        );
        assert_eq!(number(&pool, "SELECT count(*) FROM notes").await, 0);
    }
}
