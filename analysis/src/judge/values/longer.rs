//! How long is what MySQL makes of a value by putting a text before or behind it?

use crate::Dialect;
use crate::act::Kind;
use crate::types::mysql::HEX;
use crate::types::{Length, Type};

/// The type of the text that is made of a value of type `ty`; none where two values may become one, or are too long.
pub(super) fn longer(ty: &Type, kind: Kind) -> Option<String> {
    let number = matches!(ty, Type::Int { .. });
    match kind {
        Kind::AtTime if *ty == Type::Date => Some("datetime".to_owned()),
        Kind::AtTime => longer(ty, Kind::Longer(9)),
        Kind::Padded(length) => {
            let wide = ty.width(Dialect::MySql).filter(|_| number)?;
            (wide <= u64::from(length)).then(|| fixed(u64::from(length)))
        }
        Kind::Longer(by) => match ty {
            Type::Text {
                length: Length::Characters(length),
                ..
            } => Some(format!("varchar({})", length + u64::from(by))),
            Type::Int { .. } | Type::Decimal { .. } | Type::Date => ty
                .width(Dialect::MySql)
                .map(|wide| fixed(wide + u64::from(by))),
            Type::Timestamp { zoned: false, .. } => ty
                .width(Dialect::MySql)
                .map(|wide| fixed(wide + u64::from(by))),
            _ => None,
        },
        _ => None,
    }
}

/// A text without blanks at its end, and without a letter that a character set may lack.
fn fixed(length: u64) -> String {
    format!("char({length}) character set {HEX}")
}
