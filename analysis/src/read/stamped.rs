//! Does a format of MySQL write a day, or a moment, so that no two of them look alike?

use crate::act::Kind;

/// `DATE_FORMAT(x, '%Y-%m-%d')`: each part stands there, and has the same number of digits for each value.
/// (<https://mariadb.com/kb/en/date_format/>)
pub(super) fn stamped(format: &str) -> Option<Kind> {
    let mut rest = format.strip_prefix('\'')?.strip_suffix('\'')?.chars();
    let (mut day, mut clock) = ([false; 3], [false; 3]);
    let mut length = 0;
    while let Some(letter) = rest.next() {
        if !letter.is_ascii() || matches!(letter, '\'' | '\\') {
            return None;
        }
        if letter != '%' {
            length += 1;
            continue;
        }
        length += match rest.next()? {
            'Y' => {
                day[0] = true;
                4
            }
            'm' => {
                day[1] = true;
                2
            }
            'd' => {
                day[2] = true;
                2
            }
            'H' => {
                clock[0] = true;
                2
            }
            'i' => {
                clock[1] = true;
                2
            }
            's' | 'S' => {
                clock[2] = true;
                2
            }
            'T' => {
                clock = [true; 3];
                8
            }
            _ => return None,
        };
    }
    let clock = clock == [true; 3];
    (day == [true; 3]).then_some(Kind::Stamped { length, clock })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_must_stand_there_in_as_many_digits_for_each_value() {
        let day = |length| {
            let clock = false;
            Some(Kind::Stamped { length, clock })
        };
        assert_eq!(stamped("'%Y-%m-%d'"), day(10));
        assert_eq!(stamped("'%d%m%Y %H:%i'"), day(14));
        let (length, clock) = (19, true);
        let moment = Some(Kind::Stamped { length, clock });
        assert_eq!(stamped("'%Y-%m-%d %H:%i:%s'"), moment);
        assert_eq!(stamped("'%Y-%m-%dT%T'"), moment);
        for format in [
            "'%y-%m-%d'",
            "'%Y-%m'",
            "'%Y-%c-%e'",
            "'%Y%m%d%%'",
            "%Y%m%d",
        ] {
            assert_eq!(stamped(format), None, "{format}");
        }
    }
}
