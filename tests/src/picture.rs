//! What stands in a database? Everything that a migration can make, as text to compare.

use onward::Dialect;

use crate::Database;

impl Database {
    /// The tables with their columns, indexes, constraints and rows, and the views; Onward's own tables left out.
    pub async fn picture(&self) -> String {
        let mut picture = String::new();
        for object in self.objects().await {
            picture.push_str(&object);
            picture.push('\n');
        }
        for table in self.tables().await {
            picture.push_str(&format!("rows of {table}\n"));
            for row in self.contents(&table).await {
                picture.push_str(&format!("  {row}\n"));
            }
        }
        picture
    }

    /// The names of the application's tables.
    pub async fn tables(&self) -> Vec<String> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table'",
            Dialect::Postgres => {
                "SELECT table_name::text FROM information_schema.tables \
                 WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            }
            Dialect::MySql => {
                "SELECT table_name FROM information_schema.tables \
                 WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'"
            }
        };
        let mut tables = self.column(sql).await;
        tables.retain(|table| !table.starts_with("_onward_") && !table.starts_with("sqlite_"));
        tables.sort();
        tables
    }

    async fn objects(&self) -> Vec<String> {
        let mut objects = Vec::new();
        match self.dialect() {
            Dialect::Sqlite => {
                objects = self
                    .column(
                        "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master \
                         WHERE tbl_name NOT LIKE '\\_onward\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
                    )
                    .await;
            }
            Dialect::Postgres => {
                for sql in [
                    "SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'",
                    "SELECT 'column ' || table_schema || '.' || table_name || '.' || column_name || ' ' || data_type || ' ' \
                     || is_nullable || ' ' || coalesce(column_default, '') FROM information_schema.columns \
                     WHERE table_schema !~ '^(pg_|information_schema)'",
                    "SELECT 'index ' || indexrelid::regclass || ' ' || pg_get_indexdef(indexrelid) || ' ' || indisvalid \
                     FROM pg_index JOIN pg_class ON pg_class.oid = indrelid \
                     WHERE relnamespace::regnamespace::text !~ '^(pg_|information_schema)'",
                    "SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) \
                     FROM pg_constraint WHERE connamespace::regnamespace::text !~ '^(pg_|information_schema)'",
                    "SELECT 'view ' || schemaname || '.' || viewname || ' ' || definition FROM pg_views \
                     WHERE schemaname !~ '^(pg_|information_schema)'",
                ] {
                    objects.extend(self.column(sql).await);
                }
                objects.retain(|object| !object.contains("_onward_"));
            }
            Dialect::MySql => {
                let all = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()";
                for name in self.column(all).await {
                    if !name.starts_with("_onward_") {
                        let shown = self.rows(&format!("SHOW CREATE TABLE `{name}`")).await;
                        objects.extend(
                            shown
                                .iter()
                                .map(|row| row[1].replace(&self.name, "DATABASE")),
                        );
                    }
                }
            }
        }
        objects.sort();
        objects
    }

    async fn contents(&self, table: &str) -> Vec<String> {
        let row = match self.dialect() {
            Dialect::Sqlite => {
                let columns = self
                    .column(&format!("SELECT name FROM pragma_table_info('{table}')"))
                    .await;
                let quoted: Vec<String> = columns
                    .iter()
                    .map(|name| format!("quote(\"{name}\")"))
                    .collect();
                quoted.join(" || ', ' || ")
            }
            Dialect::Postgres => format!("\"{table}\"::text"),
            Dialect::MySql => {
                let columns = self
                    .column(&format!(
                        "SELECT concat('quote(`', column_name, '`)') FROM information_schema.columns \
                         WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY ordinal_position"
                    ))
                    .await;
                format!("concat_ws(', ', {})", columns.join(", "))
            }
        };
        let quote = if self.dialect() == Dialect::MySql {
            '`'
        } else {
            '"'
        };
        let mut rows = self
            .column(&format!("SELECT {row} FROM {quote}{table}{quote}"))
            .await;
        rows.sort();
        rows
    }
}
