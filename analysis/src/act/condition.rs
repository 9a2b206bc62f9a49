//! Which rows does a condition pick, and how is it told from another?

use super::Name;

/// A condition on rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Filter {
    /// In one spelling, so that the same condition has the same text: unqualified, folded, single blanks.
    pub(crate) text: String,
    /// The columns that it reads, qualifier and name.
    pub(crate) reads: Vec<(Option<String>, String)>,
    /// Where it is nothing but `column = constant` or `column IN (constants)` joined by AND or, over the same column,
    /// OR: each alternative set of keys.
    pub(crate) keys: Option<Vec<Vec<(String, String)>>>,
    /// The columns that must be of whole numbers for `keys` to say the same: those between two bounds.
    pub(crate) whole: Vec<String>,
    /// Which rows it picks, where that can be told without looking at them.
    pub(crate) picks: Picks,
    /// The parts of it, joined by AND, that hold for a column's value and all greater ones (`x > 5`), or all lesser ones.
    pub(crate) bounds: Vec<Bound>,
    /// The columns of its own table that no row it picks is without: `x IS NOT NULL AND …`, `x > 5 AND …`.
    pub(crate) filled: Vec<String>,
    /// The columns of its own table that no row it leaves out has a value in: `x IS NOT NULL OR y IS NOT NULL OR …`.
    pub(crate) met: Vec<String>,
    /// The columns of its own table in which each row it leaves out has a value: `x IS NULL OR …`.
    pub(crate) present: Vec<String>,
    /// The columns of its own table that no row it picks has a value in: `x IS NULL AND …`.
    pub(crate) absent: Vec<String>,
    /// Which rows it picks of those that other conditions of the kind pick.
    pub(crate) choice: Choice,
    /// Where it is nothing but `column IN (SELECT other FROM table)`, or says the same in other words.
    pub(crate) member: Option<Member>,
    /// Where it is nothing but `column IN (SELECT other FROM table WHERE …)`, or says the same in other words.
    pub(crate) children: Option<Box<Children>>,
    /// Where it asks other tables, and picks the same rows each time as long as those hold the same.
    pub(crate) asked: Option<Asked>,
    /// What it does besides: a sub-query over these tables.
    pub(crate) tables: Vec<Name>,
    /// Functions in it that may do anything.
    pub(crate) calls: Vec<Name>,
    /// It meets other rows each time it is asked: `random()`.
    pub(crate) volatile: bool,
    /// It asks what time it is.
    pub(crate) clock: Option<Clock>,
}

/// When a clock moves on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    /// With each statement.
    Statement,
    /// With each transaction.
    Transaction,
}

/// `column > constant` (`up`) or `column < constant`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) column: String,
    pub(crate) up: bool,
}

impl Filter {
    /// Whether its rows are still told apart from the others once the `column` has been shifted: those that it met it still
    /// meets, and no other row got there.
    pub(crate) fn survives_shift(&self, column: impl Fn(&str) -> bool, up: bool) -> bool {
        let reads = self.reads.iter().filter(|(_, read)| column(read));
        let bounds = self.bounds.iter();
        let along = bounds.filter(|bound| column(&bound.column) && bound.up == up);
        reads.count() == along.count()
    }

    /// Whether no row that it picks is without a value in the column.
    pub(crate) fn leaves_no_null(&self, column: &str) -> bool {
        let filled = &self.filled;
        filled
            .iter()
            .any(|filled| filled.eq_ignore_ascii_case(column))
    }

    /// Whether it meets the same rows wherever its text stands.
    pub(crate) fn is_repeatable(&self) -> bool {
        !self.volatile && self.clock != Some(Clock::Statement)
    }

    /// Whether it compares with a row that the body at hand knows by name.
    pub(crate) fn asks_row(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.row)
    }

    /// A condition that other tables decide on.
    pub(crate) fn of_others() -> Filter {
        Filter {
            text: String::new(),
            reads: Vec::new(),
            keys: None,
            whole: Vec::new(),
            picks: Picks::Some,
            bounds: Vec::new(),
            filled: Vec::new(),
            met: Vec::new(),
            present: Vec::new(),
            absent: Vec::new(),
            choice: Choice {
                atom: String::new(),
                column: None,
                holds: [false; 3],
            },
            member: None,
            children: None,
            asked: None,
            tables: Vec::new(),
            calls: Vec::new(),
            volatile: true,
            clock: None,
        }
    }
}

/// A condition with sub-queries over other tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    /// As it is written: a column that is not qualified may be the one table's or the other's.
    pub(crate) text: String,
    pub(crate) tables: Vec<Name>,
}

/// The rows that refer to others: `column IN (SELECT other FROM table WHERE …)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Children {
    /// Each column, and the other one.
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) of: Name,
    /// Which of its rows, where not all.
    pub(crate) filter: Option<Box<Filter>>,
}

/// `column IN (SELECT other FROM table)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    /// Each column, and the other one.
    pub(crate) pairs: Vec<(String, String)>,
    pub(crate) of: Name,
    /// It is no table but a row that the body at hand knows by that name.
    pub(crate) row: bool,
    /// Whether the condition says nothing else, which would pick fewer.
    pub(crate) exact: bool,
}

/// A condition as a choice among the three truth values of a simpler one: `x <> 1` holds where `x = 1` is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    /// In one spelling.
    pub(crate) atom: String,
    /// The column that is NULL wherever the atom is, if it is known.
    pub(crate) column: Option<String>,
    /// Whether the condition holds where the atom is true, false, NULL.
    pub(crate) holds: [bool; 3],
}

/// Which rows a condition picks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picks {
    /// Each one: `1 = 1`, `TRUE`.
    All,
    /// Not one, whatever they hold: `FALSE`, `x = NULL`.
    None,
    Some,
}
