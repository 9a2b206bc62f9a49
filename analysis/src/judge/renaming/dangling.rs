//! Which view or trigger of SQLite names a table that is gone, so that no table can be renamed and no column renamed or dropped?
//!
//! SQLite reads the whole schema before each of these, unless its legacy mode says otherwise: a table that was dropped to be built anew
//! is missed by all that names it. (<https://sqlite.org/lang_altertable.html>)

use crate::act::{Change, Name, Trigger};
use crate::judge::run::Run;
use crate::lex::{Kind, lex};
use crate::schema::Key;
use crate::{Dialect, read};

impl Run<'_> {
    pub(in crate::judge) fn refuse_dangling(&mut self, change: &Change) {
        let reads_all = matches!(
            change,
            Change::Rename(_) | Change::RenameColumn { .. } | Change::DropColumn { .. }
        );
        if self.dialect != Dialect::Sqlite || self.legacy || !reads_all {
            return;
        }
        if self.schema.gone.is_empty() {
            return;
        }
        if let Some(why) = self.dangling_view().or_else(|| self.dangling_trigger()) {
            self.refuse_always(why);
        }
    }

    fn dangling_view(&self) -> Option<String> {
        let mut views = self.each(2, self.schema.views.values());
        views.find_map(|view| {
            let mut tables = read::tables(view.query(self.dialect)?).into_iter();
            let gone = tables.find(|table| self.is_gone(&self.key(table)))?;
            let view = &view.name.name;
            Some(format!(
                "the view `{view}` names `{}`, which is gone",
                gone.name
            ))
        })
    }

    fn dangling_trigger(&self) -> Option<String> {
        let mut triggers = self.each(4, self.schema.triggers.values());
        triggers.find_map(|trigger| {
            self.spend(trigger.text.len() / 16);
            let tables = written_or_read(trigger).into_iter();
            let gone = tables
                .map(|table| self.key(&table))
                .find(|table| self.is_gone(table))?;
            let trigger = &trigger.name.name;
            Some(format!(
                "the trigger `{trigger}` names `{}`, which is gone",
                gone.name
            ))
        })
    }

    fn is_gone(&self, key: &Key) -> bool {
        let there = self.schema.tables.contains_key(key) || self.schema.views.contains_key(key);
        self.schema.gone.contains(key) && !there
    }
}

/// The tables that stand where a statement of the trigger's body writes or reads.
fn written_or_read(trigger: &Trigger) -> Vec<Name> {
    let text = trigger.text.as_str();
    let mut tokens = lex(text, Dialect::Sqlite);
    tokens.retain(|token| token.is_significant());
    let body = tokens.iter().position(|token| token.is_word(text, "BEGIN"));
    let tokens = tokens
        .get(body.unwrap_or(tokens.len())..)
        .unwrap_or_default();
    let named = tokens.windows(3).filter_map(|three| {
        let [word, name, next] = three else {
            return None;
        };
        let stands = ["INTO", "FROM", "JOIN", "UPDATE"];
        let stands = stands.iter().any(|one| word.is_word(text, one));
        let plain = matches!(name.kind, Kind::Word | Kind::Quoted);
        // A function's rows, or a table of another database.
        let other = next.is_symbol(text, "(") || next.is_symbol(text, ".");
        let is_it = stands && plain && (!other || word.is_word(text, "INTO"));
        is_it.then(|| Name::plain(name.text(text).trim_matches(['"', '`', '[', ']'])))
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use crate::Dialect::Sqlite;
    use crate::rules::pairs::fails;

    /// Checked on SQLite 3.40.
    #[test]
    fn nothing_is_renamed_while_a_view_or_trigger_names_what_is_gone() {
        let table = "CREATE TABLE t (id int PRIMARY KEY, a text); CREATE TABLE p (id int);";
        let up = "CREATE TABLE x (id int);";
        let rebuild = "CREATE TABLE n (id int PRIMARY KEY, a text); INSERT INTO n SELECT id, a FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;";
        let view = "CREATE VIEW v AS SELECT a FROM t;";
        let trigger =
            "CREATE TRIGGER g AFTER INSERT ON p BEGIN INSERT INTO t VALUES (new.id, ''); END;";
        for (named, what) in [(view, "view `v`"), (trigger, "trigger `g`")] {
            assert_eq!(
                fails(Sqlite, &format!("{table} {named}"), up, rebuild),
                [format!(
                    "the down fails: the {what} names `t`, which is gone"
                )]
            );
        }
        let before = &format!("{table} {view} {trigger}");
        for down in [
            format!("PRAGMA legacy_alter_table = ON; {rebuild}"),
            format!("DROP VIEW v; DROP TRIGGER g; {rebuild} {view} {trigger}"),
            "ALTER TABLE t RENAME TO old; ALTER TABLE old RENAME TO t;".to_owned(),
            "DROP TABLE t; ALTER TABLE p ADD COLUMN more int;".to_owned(),
        ] {
            assert_eq!(fails(Sqlite, before, up, &down), [""; 0], "{down}");
        }
        // That of the table itself goes with it.
        let own = "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = ''; END;";
        assert_eq!(
            fails(Sqlite, &format!("{table} {own}"), up, rebuild),
            [""; 0]
        );
    }
}
