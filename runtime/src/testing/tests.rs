//! Does the tester find what it should, and nothing else?

#![cfg(feature = "sqlite")]

mod beside;

use onward_analysis::check::{Code as Checkable, Style};
use onward_analysis::{
    Analysis, Down, Marks, Place, Reason, Schema, Script, Span, Subject, Unknown, Verdict, check,
    sql_hash,
};

use super::*;
use crate::fixture::snapshot;

/// A folder of migrations in memory.
struct Shop {
    dialect: Dialect,
    schema: [Schema; 1],
    records: Vec<Record>,
}

impl Shop {
    fn new(dialect: Dialect) -> Shop {
        Shop {
            dialect,
            schema: [Schema::empty()],
            records: Vec::new(),
        }
    }

    /// The next migration, with the marks that its verdicts call for.
    fn with(mut self, name: &str, up: &str, down: &str) -> Shop {
        let marks = Marks::default();
        let subject = Subject {
            up: Checkable::Sql(up),
            down: Some(Checkable::Sql(down)),
            marks: &marks,
            style: Style::Attribute,
        };
        let checked = check(&subject, &[self.dialect], &mut self.schema);
        let script = |sql: &str, analyses: Vec<Analysis>| Script {
            sql: Some(sql.to_owned()),
            file: None,
            hash: sql_hash(sql),
            analyses,
        };
        let version = i64::try_from(self.records.len()).unwrap() + 1;
        let mut record = crate::fixture::record(
            version,
            name,
            script(up, checked.up),
            Down::Script(script(down, checked.down)),
        );
        record.marks = checked.marks;
        record.place = Place {
            file: "src/migrations.rs".to_owned(),
            line: u32::try_from(version).unwrap() * 10,
        };
        self.records.push(record);
        self
    }

    /// What the last down is judged to do, changed.
    fn whose_down_is(mut self, change: impl Fn(&mut Analysis)) -> Shop {
        let last = self.records.last_mut().unwrap();
        if let Down::Script(script) = &mut last.down {
            script.analyses.iter_mut().for_each(change);
        }
        self
    }

    /// The marks of the last, changed.
    fn marked(mut self, change: impl Fn(&mut Marks)) -> Shop {
        change(&mut self.records.last_mut().unwrap().marks);
        self
    }

    async fn trip(self) -> Result<Report> {
        round_trip_of(self.records, "sqlite::memory:", "").await
    }
}

const BOOKS: &str = "CREATE TABLE books (id integer PRIMARY KEY, title text NOT NULL, pages int)";

fn books() -> Shop {
    Shop::new(Dialect::Sqlite).with("create_books", BOOKS, "DROP TABLE books")
}

async fn faults(shop: Shop) -> String {
    match shop.trip().await {
        Err(error @ Error::RoundTrip(_)) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(report) => panic!("nothing was found: {report}"),
    }
}

#[tokio::test]
async fn what_keeps_its_word_comes_through() {
    let report = books()
        .with(
            "add_isbn",
            "ALTER TABLE books ADD COLUMN isbn varchar(20)",
            "ALTER TABLE books DROP COLUMN isbn",
        )
        .with(
            "create_lendings",
            "CREATE TABLE lendings (id integer PRIMARY KEY, book integer NOT NULL REFERENCES books (id), \
             state text NOT NULL CHECK (state IN ('out', 'back')), code text UNIQUE CHECK (length(code) = 8)); \
             CREATE INDEX lendings_by_book ON lendings (book)",
            "DROP TABLE lendings",
        )
        .with(
            "rename_title",
            "ALTER TABLE books RENAME COLUMN title TO name",
            "ALTER TABLE books RENAME COLUMN name TO title",
        )
        .with(
            "count_from_zero",
            "UPDATE books SET pages = pages - 1",
            "UPDATE books SET pages = pages + 1",
        )
        .trip()
        .await
        .unwrap();
    assert_eq!(report.notes, []);
    assert_eq!(report.skipped.len(), 0);
    snapshot("testing/comes_through.txt", &report.to_string());
}

#[tokio::test]
async fn flags_hold_truths_so_that_their_opposites_tell_them() {
    for flag in ["BOOLEAN", "tinyint(1)", "BIT"] {
        let report = Shop::new(Dialect::Sqlite)
            .with(
                "create",
                &format!("CREATE TABLE shops (id integer PRIMARY KEY, open {flag})"),
                "DROP TABLE shops",
            )
            .with(
                "close",
                "ALTER TABLE shops ADD COLUMN closed boolean; UPDATE shops SET closed = NOT open; \
                 ALTER TABLE shops DROP COLUMN open",
                &format!(
                    "ALTER TABLE shops ADD COLUMN open {flag}; UPDATE shops SET open = NOT closed; \
                     ALTER TABLE shops DROP COLUMN closed"
                ),
            )
            .trip()
            .await;
        assert!(report.is_ok(), "{flag}: {}", report.unwrap_err());
    }
    let lost = books()
        .with(
            "add_open",
            "ALTER TABLE books ADD COLUMN open boolean",
            "ALTER TABLE books ADD COLUMN shut boolean; UPDATE books SET shut = 1; ALTER TABLE books DROP COLUMN open",
        )
        .whose_down_is(|analysis| {
            analysis.verdict = Verdict::Lossless;
            analysis.losses.clear();
        });
    assert!(faults(lost).await.contains("books.open"));
}

#[tokio::test]
async fn what_a_trigger_makes_of_older_rows_is_not_the_downs_doing() {
    let report = Shop::new(Dialect::Sqlite)
        .with(
            "count",
            "CREATE TABLE counts (id integer PRIMARY KEY, n integer NOT NULL); \
             CREATE TABLE sales (id integer PRIMARY KEY); \
             CREATE TRIGGER counted AFTER INSERT ON sales BEGIN UPDATE counts SET n = n + 1000; END;",
            "DROP TRIGGER counted; DROP TABLE sales; DROP TABLE counts;",
        )
        .with(
            "index",
            "CREATE INDEX counts_by_n ON counts (n)",
            "DROP INDEX counts_by_n",
        )
        .trip()
        .await
        .unwrap();
    assert_eq!(report.skipped.len(), 0);
}

#[tokio::test]
async fn what_is_wrong_is_named_all_at_once() {
    let lossless = |analysis: &mut Analysis| {
        analysis.verdict = Verdict::Lossless;
        analysis.losses.clear();
    };
    let shop = books()
        // As if the verdict had overlooked it.
        .with(
            "add_isbn",
            "ALTER TABLE books ADD COLUMN isbn varchar(20)",
            "ALTER TABLE books DROP COLUMN isbn",
        )
        .whose_down_is(lossless)
        .with(
            "add_shelf",
            "ALTER TABLE books ADD COLUMN shelf text; ALTER TABLE books ADD COLUMN room text",
            "ALTER TABLE books DROP COLUMN room; ALTER TABLE books DROP COLUMN shelf",
        )
        .whose_down_is(|analysis| {
            analysis.losses.pop();
        })
        .with(
            "add_price",
            "ALTER TABLE books ADD COLUMN price int",
            "ALTER TABLE books DROP COLUMN price",
        )
        .whose_down_is(|analysis| {
            analysis.verdict = Verdict::Unknown;
            analysis.losses.clear();
        })
        .marked(|marks| {
            marks.destructive = None;
            marks.assert_lossless = Some("nobody enters prices".to_owned());
        })
        .with(
            "index_titles",
            "CREATE INDEX by_title ON books (title); CREATE INDEX by_pages ON books (pages)",
            "DROP INDEX by_pages",
        )
        .with(
            "drop_nothing",
            "CREATE VIEW titles AS SELECT title FROM books",
            "DROP VIEW headlines",
        )
        .with(
            "count_from_zero",
            "UPDATE books SET pages = pages - 1",
            "SELECT 1",
        )
        .with(
            "plant",
            "CREATE TABLE IF NOT EXISTS kinds (name text PRIMARY KEY); INSERT INTO kinds VALUES ('novel')",
            "SELECT 1",
        );
    snapshot("testing/faults.txt", &faults(shop).await);
}

#[tokio::test]
async fn an_admitted_loss_is_none_of_the_testers_business() {
    let report = books()
        .with("clear", "SELECT 1", "DELETE FROM books")
        .whose_down_is(|analysis| {
            analysis.verdict = Verdict::Unknown;
            analysis.losses.clear();
        })
        .marked(|marks| marks.destructive = Some(Reason(None)))
        .trip()
        .await;
    report.unwrap();
}

#[tokio::test]
async fn what_stands_beside_something_unknown_is_not_all_that_is_lost() {
    let shop = |unknown: Vec<Unknown>| {
        books()
            .with(
                "clear",
                "CREATE TABLE more (id integer PRIMARY KEY)",
                "DROP TABLE more; DELETE FROM books",
            )
            .whose_down_is(move |analysis| {
                analysis.losses.retain(|loss| loss.object.table == "more");
                analysis.unknowns = unknown.clone();
            })
    };
    let somewhere = Unknown {
        reason: "the SQL is built at run time".to_owned(),
        statement: 1,
        span: Span::default(),
        type_before: None,
    };
    shop(vec![somewhere]).trip().await.unwrap();
    shop(Vec::new()).trip().await.unwrap_err();
}

#[tokio::test]
async fn what_lets_no_row_in_is_said() {
    let report = Shop::new(Dialect::Sqlite)
        .with(
            "create_audit",
            "CREATE TABLE audit (id integer PRIMARY KEY, what text); \
             CREATE TRIGGER closed BEFORE INSERT ON audit BEGIN SELECT raise(ABORT, 'audit is closed'); END",
            "DROP TABLE audit",
        )
        .with(
            "create_people",
            "CREATE TABLE people (id integer PRIMARY KEY)",
            "DROP TABLE people",
        )
        .with(
            "require_name",
            "ALTER TABLE people ADD COLUMN email text; CREATE UNIQUE INDEX one ON people (coalesce(email, ''))",
            "DROP INDEX one; ALTER TABLE people DROP COLUMN email",
        )
        .trip()
        .await
        .unwrap();
    snapshot("testing/not_filled.txt", &report.to_string());
}

#[tokio::test]
async fn what_was_released_can_be_let_pass() {
    let shop = books().with(
        "add_isbn",
        "ALTER TABLE books ADD COLUMN isbn text",
        "SELECT 1",
    );
    let records: Vec<Arc<Record>> = shop.records.into_iter().map(Arc::new).collect();
    let wish = |versions: &[i64]| RoundTrip {
        catalogs: Vec::new(),
        url: None,
        on_connect: String::new(),
        let_pass: versions
            .iter()
            .map(|version| (Version::new(*version), "it is out".to_owned()))
            .collect(),
    };
    let trip = async |versions: &[i64]| go(&wish(versions), records.clone(), &HashMap::new()).await;

    assert!(matches!(trip(&[]).await, Err(Error::RoundTrip(_))));
    let report = trip(&[1, 2]).await.unwrap().to_string();
    assert!(
        report.contains(
            "note: 1 create_books is let pass (it is out), and there is nothing to let pass\n"
        ),
        "{report}"
    );
    assert!(
        report.contains("note: let pass (it is out): The down of 2 add_isbn"),
        "{report}"
    );
    let stranger = trip(&[7]).await.unwrap_err().to_string();
    assert!(
        stranger.starts_with("There is no migration 7 to let pass."),
        "{stranger}"
    );
}

#[tokio::test]
async fn what_its_author_allows_is_a_note() {
    let report = books()
        .with(
            "index_titles",
            "CREATE INDEX by_title ON books (title); CREATE INDEX by_pages ON books (pages)",
            "DROP INDEX by_pages",
        )
        .marked(|marks| {
            let why = "the older release needs it".to_owned();
            marks.allow = [("leaves_behind".to_owned(), why)].into();
        })
        .trip()
        .await
        .unwrap();
    let note =
        "note: let pass (the older release needs it): The down of 2 index_titles does not restore";
    assert!(report.to_string().contains(note), "{report}");
}

#[test]
fn the_server_is_the_one_that_fits() {
    let known = |dialects: &[Dialect]| dialects.iter().copied().collect::<BTreeSet<Dialect>>();
    let memory = "sqlite::memory:";
    let postgres = "postgres://localhost/x";
    for (given, variable, dialects, expected) in [
        (None, None, &[Dialect::Sqlite][..], Some(memory)),
        (None, Some(postgres), &[Dialect::Sqlite], Some(memory)),
        (None, Some(postgres), &[Dialect::Postgres], Some(postgres)),
        (None, Some("sqlite:app.db"), &[Dialect::Postgres], None),
        (None, None, &[Dialect::Postgres], None),
        (
            Some(postgres),
            Some("mysql://x"),
            &[Dialect::MySql],
            Some(postgres),
        ),
        (None, None, &[], Some(memory)),
    ] {
        let found = url(
            given.map(str::to_owned),
            variable.map(str::to_owned),
            &known(dialects),
        );
        assert_eq!(
            found.ok().as_deref(),
            expected,
            "{given:?} {variable:?} {dialects:?}"
        );
    }
}

/// Held by the tests that make databases on servers, since one of them looks for what is left there.
static SERVERS: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn rust_runs_too_and_a_panic_leaves_no_database() {
    let _alone = SERVERS.lock().await;
    for (url, names) in servers() {
        let dialect = database::dialect(&url).unwrap();
        let code: &'static Code = Box::leak(Box::new(panicking(dialect)));
        let mut shop = Shop::new(dialect).with(
            "create_books",
            "CREATE TABLE books (id integer PRIMARY KEY)",
            "DROP TABLE books",
        );
        let mut rust = shop.records[0].clone();
        rust.version = Version::new(2);
        rust.up.sql = None;
        rust.up.analyses.clear();
        shop.records.push(rust);
        let wish = RoundTrip {
            catalogs: Vec::new(),
            url: Some(url.clone()),
            on_connect: String::new(),
            let_pass: Vec::new(),
        };
        let records = shop.records.into_iter().map(Arc::new).collect();
        let ran = tokio::spawn(async move {
            go(&wish, records, &HashMap::from([(Version::new(2), code)])).await
        });
        let panic = ran.await.unwrap_err().into_panic();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"in the middle of it"));
        if names.is_empty() {
            continue;
        }
        let left = databases(&url, names).await;
        let own = format!("_{}_", std::process::id());
        let left: Vec<&String> = left
            .iter()
            .filter(|name| name.starts_with("onward_round_trip_") && name.contains(&own))
            .collect();
        assert_eq!(left, Vec::<&String>::new());
    }
}

#[tokio::test]
async fn rows_that_only_the_up_lets_in_meet_the_down() {
    let _alone = SERVERS.lock().await;
    for (url, _) in servers() {
        let dialect = database::dialect(&url).unwrap();
        let table = |required: &str, key: &str| {
            format!(
                "CREATE TABLE people (id integer PRIMARY KEY, name varchar(40){required}, mail varchar(40){key})"
            )
        };
        // Each database changes a table in its own way; made anew it is alike in all of them.
        let made_anew = |required: &str, key: &str| {
            format!(
                "ALTER TABLE people RENAME TO old; {}; INSERT INTO people SELECT id, name, mail FROM old; DROP TABLE old",
                table(required, key)
            )
        };
        let strict = made_anew(" NOT NULL", "").replace(") NOT NULL", ") NOT NULL DEFAULT ''");
        let shop = Shop::new(dialect)
            .with(
                "create_people",
                &table(" NOT NULL DEFAULT ''", ""),
                "DROP TABLE people",
            )
            .with("allow_no_name", &made_anew("", ""), &strict)
            .with(
                "one_mail_each",
                "CREATE UNIQUE INDEX one_mail ON people (mail)",
                if dialect == Dialect::MySql {
                    "DROP INDEX one_mail ON people"
                } else {
                    "DROP INDEX one_mail"
                },
            )
            .with(
                "many_of_a_mail",
                if dialect == Dialect::MySql {
                    "DROP INDEX one_mail ON people"
                } else {
                    "DROP INDEX one_mail"
                },
                "CREATE UNIQUE INDEX one_mail ON people (mail)",
            );
        // Else MySQL puts an empty text in the place of the name that is missing.
        let strict = match dialect {
            Dialect::MySql => "SET sql_mode = 'STRICT_ALL_TABLES'",
            Dialect::Sqlite | Dialect::Postgres => "",
        };
        let report = round_trip_of(shop.records, &url, strict).await;
        let notes = report.map(|report| report.notes).unwrap();
        let stopped: Vec<&str> = notes
            .iter()
            .filter(|note| matches!(note.remark, Remark::NewRowsInTheWay(_)))
            .map(|note| note.migration.name.as_str())
            .collect();
        assert_eq!(
            stopped,
            ["allow_no_name", "many_of_a_mail"],
            "{dialect}: {notes:?}"
        );
    }
}

/// What a trigger makes of each row is no migration's, be it there before the up or not.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn tables_that_a_trigger_makes_are_nobodys_fault() {
    let Ok(url) = std::env::var("ONWARD_TEST_POSTGRES") else {
        return;
    };
    let _alone = SERVERS.lock().await;
    let shop = Shop::new(Dialect::Postgres)
        .with(
            "a_table_for_each",
            "CREATE TABLE shelves (id serial PRIMARY KEY, name text NOT NULL); \
             CREATE FUNCTION add_shelf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             EXECUTE format('CREATE TABLE shelf_%s (book int)', NEW.id); RETURN NULL; END $$; \
             CREATE TRIGGER add AFTER INSERT ON shelves FOR EACH ROW EXECUTE FUNCTION add_shelf()",
            "DROP TABLE shelves; DROP FUNCTION add_shelf()",
        )
        .with(
            "allow_no_name",
            "ALTER TABLE shelves ALTER COLUMN name DROP NOT NULL",
            "ALTER TABLE shelves ALTER COLUMN name SET NOT NULL",
        );
    let report = round_trip_of(shop.records, &url, "").await;
    let notes = report.map(|report| report.notes).unwrap();
    let stopped = |note: &Note| matches!(note.remark, Remark::NewRowsInTheWay(_));
    assert!(notes.iter().any(stopped), "{notes:?}");
}

#[tokio::test]
async fn a_fault_points_to_the_file_of_its_direction() {
    let mut shop = books()
        .with(
            "index_titles",
            "CREATE INDEX by_title ON books (title)",
            "SELECT 1",
        )
        .with(
            "add_isbn",
            "ALTER TABLE books ADD COLUMN isbn text",
            "SELECT 1;\nDROP VIEW headlines",
        );
    for record in &mut shop.records {
        let name = format!("migrations/{}_{}", record.version, record.name);
        record.up.file = Some(format!("{name}.up.sql"));
        if let Down::Script(down) = &mut record.down {
            down.file = Some(format!("{name}.down.sql"));
        }
    }
    let faults = faults(shop).await;
    assert!(
        faults.contains("\n   --> migrations/2_index_titles.down.sql\n"),
        "{faults}"
    );
    let at = "fails on empty tables: no such view: headlines\n   --> migrations/3_add_isbn.down.sql:2:1\n";
    assert!(faults.contains(at), "{faults}");
    assert!(faults.contains("2 | DROP VIEW headlines\n"), "{faults}");
}

/// Those that a test may use, and what lists the databases there.
fn servers() -> Vec<(String, &'static str)> {
    #[allow(unused_mut, reason = "where no server's driver is there")]
    let mut servers = vec![("sqlite::memory:".to_owned(), "")];
    #[cfg(feature = "postgres")]
    servers.extend(
        std::env::var("ONWARD_TEST_POSTGRES")
            .ok()
            .map(|url| (url, "SELECT datname::text FROM pg_database")),
    );
    #[cfg(feature = "mysql")]
    servers.extend(std::env::var("ONWARD_TEST_MYSQL").ok().map(|url| {
        (
            url,
            "SELECT CAST(schema_name AS CHAR) FROM information_schema.schemata",
        )
    }));
    servers
}

/// A migration that runs on the database, and does not come to its end.
fn panicking(dialect: Dialect) -> Code {
    let up = match dialect {
        Dialect::Sqlite => Function::Sqlite(|_| Box::pin(async { panic!("in the middle of it") })),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => {
            Function::Postgres(|_| Box::pin(async { panic!("in the middle of it") }))
        }
        #[cfg(feature = "mysql")]
        Dialect::MySql => Function::MySql(|_| Box::pin(async { panic!("in the middle of it") })),
        #[allow(unreachable_patterns, reason = "where every driver is there")]
        other => panic!("no driver for {other}"),
    };
    Code {
        version: 2,
        up: Some(up),
        down: None,
    }
}

/// The names of a server's databases.
async fn databases(url: &str, sql: &str) -> Vec<String> {
    let server = Server::parse(url).unwrap();
    let database = server.create().await.unwrap();
    let mut session = database.connect().await.unwrap();
    let rows = session.query(sql, &[]).await.unwrap();
    let own = session_name(&mut *session).await;
    session.close().await;
    database.remove().await.unwrap();
    let names = rows.iter().filter_map(|row| row.text(0).map(str::to_owned));
    names.filter(|name| *name != own).collect()
}

async fn session_name(session: &mut dyn crate::session::Session) -> String {
    let sql = match session.dialect() {
        Dialect::Postgres => "SELECT current_database()::text",
        Dialect::MySql | Dialect::Sqlite => "SELECT CAST(DATABASE() AS CHAR)",
    };
    let rows = session.query(sql, &[]).await.unwrap();
    rows[0].text(0).unwrap().to_owned()
}
