//! Each is refused where the type before is not known.

#[derive(onward::Migration)]
#[migration(
    version = 8,
    up = "ALTER TABLE a ALTER COLUMN a TYPE varchar(40); \
          ALTER TABLE b ALTER COLUMN a TYPE varchar(40); \
          ALTER TABLE c ALTER COLUMN a TYPE varchar(40); \
          ALTER TABLE d ALTER COLUMN a TYPE varchar(40); \
          ALTER TABLE e ALTER COLUMN a TYPE varchar(40); \
          ALTER TABLE f ALTER COLUMN a TYPE varchar(40); \
          ALTER TABLE g ALTER COLUMN a TYPE varchar(40); CREATE INDEX i ON a (a)",
    down = "DROP INDEX i"
)]
struct Longer;
