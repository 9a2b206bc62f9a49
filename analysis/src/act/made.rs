//! Of which type is what a query puts into a column beside values of others, as far as it can be read off?

/// What tells the type of a value that is not simply a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Made {
    /// This one, by a cast, the way that it is written, or the function that makes it.
    Of(String),
    /// That of a column.
    Column(Option<String>, String),
    /// The one that all of these become: `COALESCE(a, b)`.
    Alike(Vec<Made>),
    /// A number, computed of such numbers: `a * b`.
    Number(Vec<Made>),
    /// Whichever the values beside it have: NULL, a text in quotes.
    Any,
    /// Nobody knows.
    Unknown,
}
