//! What stands in the database, as far as the migrations tell?

/// A model of a database's schema, on which statements act.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Whether it began empty, so that what is not in it does not exist.
    complete: bool,
}

impl Schema {
    /// The schema of a database that nothing is known of: any table may exist, with any columns.
    #[must_use]
    pub fn unknown() -> Schema {
        Schema { complete: false }
    }

    /// The schema of an empty database, on which a folder's first migration runs.
    #[must_use]
    pub fn empty() -> Schema {
        Schema { complete: true }
    }

    /// Whether it began empty.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}
