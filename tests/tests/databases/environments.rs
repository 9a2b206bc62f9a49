//! Does the database know which environment it belongs to?

use onward::{Environment, Revert, Tier};
use onward_tests::{Database, on_every_database};

use super::{DEVELOPMENT, PRODUCTION, STAGING, refusal, revert, run, shop, up_to};

on_every_database!(
    refuses_a_process_that_says_another_environment,
    labels_no_database_with_a_name_that_nobody_declared,
    takes_a_label_that_nobody_declares_any_more_for_production,
    keeps_the_tier_that_the_database_is_labelled_with,
);

async fn refuses_a_process_that_says_another_environment(database: Database) {
    up_to(&database, &shop(PRODUCTION), 40).await.unwrap();
    let before = database.picture().await;
    for other in [DEVELOPMENT, STAGING] {
        let said = refusal(run(&database, &shop(other)).await);
        assert!(
            said.contains("production") && said.contains(other),
            "{said}"
        );
        let said = refusal(revert(&database, &shop(other), Revert::Last).await);
        assert!(
            said.contains("production") && said.contains(other),
            "{said}"
        );
    }
    assert_eq!(database.picture().await, before);
    assert_eq!(database.applied().await, ["10", "20", "30", "40"]);
}

async fn labels_no_database_with_a_name_that_nobody_declared(database: Database) {
    let before = database.picture().await;
    let said = refusal(run(&database, &shop("developmnet")).await);
    assert!(said.contains("did you mean `development`?"), "{said}");
    assert_eq!(database.picture().await, before);
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
}

async fn takes_a_label_that_nobody_declares_any_more_for_production(database: Database) {
    let declared = Environment::new("preview", Tier::Staging);
    run(&database, &shop(STAGING).environment(declared))
        .await
        .unwrap();
    database
        .execute("INSERT INTO orders (id, user_id) SELECT id, id FROM users")
        .await;
    let said = refusal(revert(&database, &shop("preview"), Revert::Last).await);
    assert!(said.contains("can never be waived"), "{said}");
}

/// Somebody makes the tier of an environment milder; its databases stay as careful as they were.
async fn keeps_the_tier_that_the_database_is_labelled_with(database: Database) {
    let preview = |tier| shop(STAGING).environment(Environment::new("preview", tier));
    run(&database, &preview(Tier::Staging)).await.unwrap();
    let milder = preview(Tier::Development);
    let said = refusal(revert(&database, &milder, Revert::Last).await);
    assert!(said.contains("nobody consented"), "{said}");
    let stricter = preview(Tier::Production);
    let said = refusal(revert(&database, &stricter, Revert::Last).await);
    assert!(said.contains("can never be waived"), "{said}");
}
