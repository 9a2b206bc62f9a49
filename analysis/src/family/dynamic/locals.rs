//! Which texts do the variables of a body of MySQL hold?
//!
//! What a parameter was called with, until the body sets it; and the name that a query over the catalogs has found.

use crate::Dialect;
use crate::act::{Act, HOLE, Step};
use crate::family::Script;
use crate::family::cursor::Cursor;

impl Script<'_> {
    /// Variables of these names begin. One that is called like another of the body's is not followed: behind the block that is meant again.
    pub(in crate::family) fn declare_locals(&mut self, declaration: Cursor<'_>, names: &[String]) {
        let arguments = &mut self.dynamic.arguments;
        for name in names {
            if declaration.holds("DEFAULT") || arguments.contains_key(name) {
                arguments.insert(name.clone(), None);
            }
        }
    }

    /// What a statement sets holds a text from here on that nobody knows, or a name where it looks that up.
    pub(in crate::family) fn note_locals(&mut self, cursor: Cursor<'_>, assigned: &[Step]) {
        if self.dialect != Dialect::MySql || self.nesting == 0 {
            return;
        }
        let names = assigned.iter().filter_map(|step| match &step.act {
            Act::Assign(names) => Some(names),
            _ => None,
        });
        for name in names.flatten() {
            let name = name.name.as_str();
            if name.starts_with('@') {
                continue;
            }
            let name_alone = Some(vec![HOLE.to_owned()]);
            let held = self.dynamic.arguments.get(name);
            let held = held.is_none_or(|held| *held == name_alone);
            let texts = name_alone.filter(|_| held && self.looks_up(cursor));
            self.dynamic.arguments.insert(name.to_owned(), texts);
        }
    }

    /// `SELECT constraint_name INTO name FROM information_schema…`
    fn looks_up(&self, mut cursor: Cursor<'_>) -> bool {
        let selects = cursor.eat("SELECT") && cursor.holds("INTO");
        let texts = selects.then(|| self.texts_of_query(cursor, 0)).flatten();
        texts.is_some_and(|texts| matches!(texts.as_slice(), [only] if only == HOLE))
    }
}
