//! What does SQLite do to a value that is put into a column of another affinity?

use super::{Affinity, Cast, Fit, Type, keeps_if};

pub(super) fn fit(from: &Type, to: &Type, cast: Cast) -> Fit {
    let (Type::Affinity(from), Type::Affinity(to)) = (from, to) else {
        return Fit::Unknown;
    };
    match cast {
        Cast::Assigned => assigned(*from, *to),
        Cast::Explicit => explicit(*from, *to),
    }
}

/// A column takes any value, and changes it only to one of its preferred kind that is equal to it; a text that looks
/// like a number loses its spelling, a number with many digits some of them.
fn assigned(from: Affinity, to: Affinity) -> Fit {
    use Affinity::{Any, Blob, Foreign, Integer, Numeric, Other, Real, Text};
    let keeps = match (from, to) {
        (_, Blob | Any) => true,
        (Integer | Real | Numeric | Other | Foreign, Integer | Numeric | Other | Foreign) => true,
        // A column of numbers holds no text that looks like one, so that none is written as another is. Of one with a fraction or
        // twenty digits a text has but fifteen: `0.1 + 0.2` becomes '0.3', as it does under a foreign name.
        (Integer | Other | Blob, Text) => true,
        (from, to) => from == to,
    };
    keeps_if(keeps, Fit::Cuts)
}

/// A cast makes the value one of that kind, whatever is lost.
fn explicit(from: Affinity, to: Affinity) -> Fit {
    use Affinity::{Any, Blob, Foreign, Integer, Numeric, Other, Real, Text};
    // `CAST('2024-01-01' AS DATETIME)` is 2024.
    let same = from == to && !matches!(from, Other | Foreign | Any);
    let keeps = same
        || matches!(
            (from, to),
            (Integer, Text | Numeric | Other | Foreign)
                | (Other, Text)
                | (Real, Numeric | Foreign)
                | (Text, Blob)
        );
    keeps_if(keeps, Fit::Cuts)
}
