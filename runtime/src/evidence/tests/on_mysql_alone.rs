//! What does MySQL have that the others have not: databases within reach, users that see nothing?

use super::*;

#[tokio::test]
async fn a_table_of_another_database_is_not_taken_for_none() {
    mysql("elsewhere", async |session| {
        session
            .execute("CREATE TABLE only_elsewhere (id int)")
            .await
            .unwrap();
        session.execute("USE information_schema").await.unwrap();
        let finding = found(session, "only_elsewhere", LossKind::DropTable).await;
        assert_eq!(finding.state, State::Unknown, "{finding:#?}");
        assert!(
            finding.sentence.contains("schema `gate_elsewhere` has one"),
            "{finding:#?}"
        );
    })
    .await;
}

/// A role that may change a table but not read it.
#[tokio::test]
async fn a_user_without_privileges_gets_unknown() {
    mysql("denied", async |session| {
        users(session, "int", &["1"]).await;
        for sql in [
            "DROP USER IF EXISTS gate_stranger@localhost",
            "CREATE USER gate_stranger@localhost IDENTIFIED BY 'stranger'",
            "GRANT ALTER, DROP ON gate_denied.* TO gate_stranger@localhost",
        ] {
            session.execute(sql).await.unwrap();
        }
        let options: sqlx::mysql::MySqlConnectOptions =
            server("ONWARD_TEST_MYSQL").parse().unwrap();
        let options = options
            .username("gate_stranger")
            .password("stranger")
            .database("gate_denied");
        let pool = PoolOptions::<sqlx::MySql>::new()
            .connect_with(options)
            .await
            .unwrap();
        let mut stranger = (&pool).open().0.await.unwrap();
        let finding = found(&mut *stranger, "users.phone", LossKind::DropColumn).await;
        assert_eq!(finding.state, State::Unknown, "{finding:#?}");
        assert!(finding.sentence.contains("denied"), "{finding:#?}");
        let plan = losing(Dialect::MySql, &[&[("users.phone", LossKind::DropColumn)]]);
        let downtime = answers(&mut *stranger, &plan).await.swap_remove(5);
        assert_eq!(downtime.state, State::Unknown, "{downtime:#?}");
        session
            .execute("DROP USER gate_stranger@localhost")
            .await
            .unwrap();
    })
    .await;
}
