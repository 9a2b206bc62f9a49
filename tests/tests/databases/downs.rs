//! What does it take to go back, in each environment?

use std::sync::Arc;

use onward::{Consent, Environment, Event, Plan, Revert, Site, Version};
use onward_tests::{Database, Pool, on_every_database, with_pool};

use super::{DEVELOPMENT, PRODUCTION, STAGING, refusal, revert, run, shop, up_to, versions};

on_every_database!(
    development_goes_back_freely,
    goes_all_the_way_back,
    staging_asks_for_consent_that_names_what_is_lost,
    staging_goes_back_freely_where_nothing_is_lost,
    consent_is_good_for_one_site_and_one_plan,
    consent_is_to_the_very_values_that_were_seen,
    production_refuses_and_counts_what_is_there,
    production_refuses_even_what_loses_nothing,
    staging_stops_where_what_was_empty_fills_right_before,
    staging_stops_where_more_is_lost_than_somebody_saw,
);

async fn development_goes_back_freely(database: Database) {
    up_to(&database, &shop(DEVELOPMENT), 40).await.unwrap();
    let before = database.picture().await;
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let report = revert(&database, &shop(DEVELOPMENT), Revert::Last)
        .await
        .unwrap();
    assert_eq!(versions(&report), [50]);
    assert_eq!(database.picture().await, before);
    assert_eq!(database.applied().await, ["10", "20", "30", "40"]);
    let report = run(&database, &shop(DEVELOPMENT)).await.unwrap();
    assert_eq!(versions(&report), [50]);
}

async fn goes_all_the_way_back(database: Database) {
    let empty = database.picture().await;
    run(&database, &shop(DEVELOPMENT)).await.unwrap();
    let everything = Revert::To(Version::new(0));
    let report = revert(&database, &shop(DEVELOPMENT), everything)
        .await
        .unwrap();
    assert_eq!(versions(&report), [50, 40, 30, 20, 10]);
    assert_eq!(database.picture().await, empty);
}

async fn staging_asks_for_consent_that_names_what_is_lost(database: Database) {
    with_phone_numbers(&database, STAGING).await;
    let before = database.picture().await;
    let said = refusal(revert(&database, &shop(STAGING), Revert::Last).await);
    assert!(said.contains("users.phone_number"), "{said}");
    assert!(said.contains('2'), "how many rows hold a number: {said}");
    assert_eq!(database.picture().await, before);

    let plan = planned(&database, STAGING).await;
    let unnamed = Consent::new(
        "ada",
        &site(&database, STAGING).await,
        &plan.hash(),
        ["users.name"],
    );
    let said = refusal(revert(&database, &shop(STAGING).consent(unnamed), Revert::Last).await);
    assert!(said.contains("users.phone_number"), "{said}");
    assert_eq!(database.picture().await, before);

    let consent = Consent::new(
        "ada",
        &site(&database, STAGING).await,
        &plan.hash(),
        ["users.phone_number"],
    );
    let migrator = shop(STAGING).consent(consent);
    let report = revert(&database, &migrator, Revert::Last).await.unwrap();
    assert_eq!(versions(&report), [40]);
    let evidence = database
        .column("SELECT evidence FROM _onward_journal WHERE action = 'reverted'")
        .await;
    assert!(
        evidence[0].contains("ada"),
        "who consented is on record: {evidence:?}"
    );
}

async fn staging_goes_back_freely_where_nothing_is_lost(database: Database) {
    up_to(&database, &shop(STAGING), 30).await.unwrap();
    let report = revert(&database, &shop(STAGING), Revert::Last)
        .await
        .unwrap();
    assert_eq!(versions(&report), [30]);
}

async fn consent_is_good_for_one_site_and_one_plan(database: Database) {
    with_phone_numbers(&database, STAGING).await;
    let before = database.picture().await;
    let hash = planned(&database, STAGING).await.hash();
    let here = site(&database, STAGING).await;
    let another = Site {
        database: "another".to_owned(),
        ..here.clone()
    };
    let production = Site {
        environment: Environment::named(PRODUCTION),
        ..here.clone()
    };
    // Of the same name, on another server; and one that stood here before, or is a copy of it.
    let served = Site {
        server: Some("system 7, 10.0.0.5:5432".to_owned()),
        ..here.clone()
    };
    let before_it = Site {
        ledger: Some("another beginning".to_owned()),
        ..here.clone()
    };
    for (elsewhere, named) in [
        (another, "`another` (staging)"),
        (production, "(production)"),
        (served, "(staging): on another server."),
        (before_it, "(staging): this one was made anew since"),
    ] {
        let consent = Consent::new("ada", &elsewhere, &hash, ["users.phone_number"]);
        let said = refusal(revert(&database, &shop(STAGING).consent(consent), Revert::Last).await);
        let why = said.lines().find(|line| line.contains("was given for"));
        assert!(why.is_some_and(|why| why.contains(named)), "{said}");
    }

    let good = Consent::new("ada", &here, &hash, ["users.phone_number"]);
    refusal(
        revert(
            &database,
            &shop(STAGING).consent(good.clone()),
            Revert::Steps(2),
        )
        .await,
    );
    let expired = good.valid_for(std::time::Duration::ZERO);
    let said = refusal(revert(&database, &shop(STAGING).consent(expired), Revert::Last).await);
    assert!(said.contains("expired"), "{said}");
    assert_eq!(database.picture().await, before);
}

async fn production_refuses_and_counts_what_is_there(database: Database) {
    with_phone_numbers(&database, PRODUCTION).await;
    let before = database.picture().await;
    let said = refusal(revert(&database, &shop(PRODUCTION), Revert::Last).await);
    assert!(said.contains("users.phone_number"), "{said}");
    assert!(
        said.contains("2 rows") || said.contains("2 of 3 rows"),
        "{said}"
    );
    assert_eq!(database.picture().await, before);
    assert_eq!(database.applied().await, ["10", "20", "30", "40"]);

    // No consent opens production.
    let hash = planned(&database, PRODUCTION).await.hash();
    let consent = Consent::new(
        "ada",
        &site(&database, PRODUCTION).await,
        &hash,
        ["users.phone_number"],
    );
    refusal(revert(&database, &shop(PRODUCTION).consent(consent), Revert::Last).await);
    assert_eq!(database.picture().await, before);
}

/// Whether running code or a job needs the view cannot be known yet, so it counts as needed.
async fn production_refuses_even_what_loses_nothing(database: Database) {
    up_to(&database, &shop(PRODUCTION), 30).await.unwrap();
    let before = database.picture().await;
    refusal(revert(&database, &shop(PRODUCTION), Revert::Last).await);
    assert_eq!(database.picture().await, before);
}

/// Ada saw an empty column and consented to lose it. Before the step runs somebody types a number in.
async fn staging_stops_where_what_was_empty_fills_right_before(database: Database) {
    up_to(&database, &shop(STAGING), 40).await.unwrap();
    let said = hindered(&database, consent(&database).await).await;
    let grown = "  then: `users.phone_number` holds no value.\n  now:  `users.phone_number` holds a value in 1 row.";
    assert!(said.contains(grown), "{said}");
    assert_eq!(
        database.column("SELECT phone_number FROM users").await,
        ["1815"]
    );
    assert_eq!(database.applied().await, ["10", "20", "30", "40"]);
    run(&database, &shop(STAGING)).await.unwrap();
}

/// She saw two numbers, whether her program passed that on or not; a third one comes. One that goes is no reason to stop.
async fn staging_stops_where_more_is_lost_than_somebody_saw(database: Database) {
    with_phone_numbers(&database, STAGING).await;
    let seen = consent(&database).await;
    let plan = planned(&database, STAGING).await;
    let blind = Consent::new(
        "ada",
        &site(&database, STAGING).await,
        &plan.hash(),
        ["users.phone_number"],
    );
    for consent in [seen.clone(), blind] {
        database.execute("DELETE FROM users WHERE id = 9").await;
        let said = hindered(&database, consent).await;
        let grown = "  then: `users.phone_number` holds a value in 2 rows.\n  now:  `users.phone_number` holds a value in 3 rows.";
        assert!(said.contains(grown), "{said}");
    }
    let before = database.picture().await;
    let said = refusal(
        revert(
            &database,
            &shop(STAGING).consent(seen.clone()),
            Revert::Last,
        )
        .await,
    );
    assert!(said.contains("Nothing was changed."), "{said}");
    assert_eq!(database.picture().await, before);

    // Fewer, and nobody can tell which: whoever consents looks again.
    database.execute("DELETE FROM users WHERE id > 1").await;
    let migrator = shop(STAGING).consent(seen);
    let said = refusal(revert(&database, &migrator, Revert::Last).await);
    assert!(said.contains("1 row, digest"), "{said}");
    let migrator = shop(STAGING).consent(consent(&database).await);
    revert(&database, &migrator, Revert::Last).await.unwrap();
}

/// The consent of somebody who sees what there is now.
pub(super) async fn consent(database: &Database) -> Consent {
    let seen =
        with_pool!(database.pool, pool => shop(STAGING).judge(pool, Revert::Last).await).unwrap();
    let hash = &seen.plan.hash;
    Consent::new("ada", &seen.site, hash, ["users.phone_number"]).seeing(&seen.answers)
}

/// What a revert says with that consent, when somebody types a number in right before the step runs.
async fn hindered(database: &Database, consent: Consent) -> String {
    let other = Arc::new(Pool::connect(&database.url).await);
    let runtime = tokio::runtime::Handle::current();
    let migrator = shop(STAGING).consent(consent).on_progress(move |event| {
        if !matches!(event, Event::Started { .. }) {
            return;
        }
        let (other, runtime) = (Arc::clone(&other), runtime.clone());
        let typing = std::thread::spawn(move || {
            let row = "INSERT INTO users (id, name, phone_number) VALUES (9, 'Ada', '1815')";
            runtime.block_on(other.execute(row));
        });
        typing.join().unwrap();
    });
    let said = refusal(revert(database, &migrator, Revert::Last).await);
    assert!(said.contains("asked again right before 40"), "{said}");
    said
}

/// Applies everything up to the column, and fills it for two of three users.
pub(super) async fn with_phone_numbers(database: &Database, environment: &str) {
    up_to(database, &shop(environment), 40).await.unwrap();
    database
        .execute(
            "INSERT INTO users (id, name, phone_number) VALUES \
             (1, 'Ada', '1815'), (2, 'Alan', '1912'), (3, 'Grace', NULL)",
        )
        .await;
}

/// The plan to take the last one back.
async fn planned(database: &Database, environment: &str) -> Plan {
    let migrator = shop(environment);
    let plan = with_pool!(database.pool, pool => migrator.plan_back(pool, Revert::Last).await);
    plan.unwrap()
}

/// Where a consent is given.
async fn site(database: &Database, environment: &str) -> Site {
    let migrator = shop(environment);
    let seen = with_pool!(database.pool, pool => migrator.judge(pool, Revert::Last).await);
    let site = seen.unwrap().site;
    assert!(site.server.is_some() && site.ledger.is_some(), "{site:?}");
    site
}

/// Who agreed to lose two numbers did not agree to lose two others, nor one other.
async fn consent_is_to_the_very_values_that_were_seen(database: Database) {
    with_phone_numbers(&database, STAGING).await;
    let migrator = shop(STAGING);
    let seen = with_pool!(database.pool, pool => migrator.judge(pool, Revert::Last).await).unwrap();
    let shown = seen.question();
    assert!(
        shown.contains("Consent is for these alone: where one is added, edited or deleted before this runs, nothing runs."),
        "{shown}"
    );
    let consent = Consent::new("ada", &seen.site, &seen.plan.hash, &*seen.losing);
    let migrator = shop(STAGING).consent(consent.seeing(&seen.answers));
    let write = async |number: &str| {
        let edit = format!("UPDATE users SET phone_number = {number} WHERE id = 1");
        database.execute(&edit).await;
    };
    write("'1816'").await;
    let said = refusal(revert(&database, &migrator, Revert::Last).await);
    assert!(
        said.contains("what would be lost is not what the consent was given for"),
        "{said}"
    );
    assert!(
        said.contains("then: `users.phone_number`: 2 rows, digest"),
        "{said}"
    );
    write("'1815'").await;
    // What else is written to the table is none of what is lost.
    database
        .execute("UPDATE users SET name = 'Ada Lovelace' WHERE id = 1")
        .await;
    let allowed = with_pool!(database.pool, pool => migrator.judge(pool, Revert::Last).await);
    assert!(allowed.unwrap().runs());
    // One left, and nobody can tell which it was.
    write("NULL").await;
    let said = refusal(revert(&database, &migrator, Revert::Last).await);
    assert!(
        said.contains("now:  `users.phone_number`: 1 row, digest"),
        "{said}"
    );
    write("'1815'").await;
    let report = revert(&database, &migrator, Revert::Last).await.unwrap();
    assert_eq!(versions(&report), [40]);
}
