//! What does a view compute, and from what?

use crate::act::{Name, Query};
use crate::judge::renaming::text::may_name;
use crate::schema::View;
use crate::{Dialect, family, read};

impl View {
    /// What it computes; none where that cannot be read.
    pub(in crate::judge) fn query(&self, dialect: Dialect) -> Option<&Query> {
        let read = || family::query_of_view(dialect, &self.text);
        self.query.get_or_init(read).as_ref()
    }

    /// Whether something that is called `name` may stand in what it computes. Most views are told apart so without being read.
    pub(in crate::judge) fn may_name(&self, name: &str) -> bool {
        // A quote in a name stands twice in the text, and an escape stands for another letter.
        let is_coded = name.contains(['"', '`']) || self.text.contains("&\"");
        // What is read may have followed a table to another name, unlike the text.
        is_coded || self.query.get().is_some() || may_name(&self.text, name)
    }

    /// The tables and views that it reads, where one that is called `name` may be among them.
    pub(in crate::judge) fn reads(&self, dialect: Dialect, name: &str) -> Vec<Name> {
        let query = self.may_name(name).then(|| self.query(dialect));
        query.flatten().map(read::tables).unwrap_or_default()
    }
}
