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
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    let keeps = match (from, to) {
        (_, Blob) | (Integer | Real | Numeric, Integer | Numeric) | (Integer | Blob, Text) => true,
        (from, to) => from == to,
    };
    keeps_if(keeps, Fit::Cuts)
}

/// A cast makes the value one of that kind, whatever is lost.
fn explicit(from: Affinity, to: Affinity) -> Fit {
    use Affinity::{Blob, Integer, Numeric, Real, Text};
    let keeps = from == to
        || matches!(
            (from, to),
            (Integer, Text | Numeric) | (Real, Numeric) | (Text, Blob)
        );
    keeps_if(keeps, Fit::Cuts)
}
