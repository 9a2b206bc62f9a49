//! What does a function of PostgreSQL return, as far as its definition tells?

use crate::Dialect;
use crate::lex::Words;
use crate::types::Type;

/// What may stand behind the type, or the columns.
const BEHIND: [&str; 20] = [
    "as",
    "begin",
    "called",
    "cost",
    "external",
    "immutable",
    "language",
    "leakproof",
    "not",
    "parallel",
    "return",
    "rows",
    "security",
    "set",
    "stable",
    "strict",
    "support",
    "transform",
    "volatile",
    "window",
];

/// The words for what is no column's type, or stands for one of no other name.
const OTHERS: [&str; 5] = ["event_trigger", "record", "trigger", "uuid", "void"];

/// What a function returns: one value or row, or the columns of a row by their names. None is a type of which another name may be in
/// use, as after a rename.
#[derive(Debug)]
pub(super) struct Returned {
    many: bool,
    what: What,
}

#[derive(Debug)]
enum What {
    One(Option<String>),
    Row(Vec<(String, Option<String>)>),
}

impl Returned {
    /// Whether the other is certainly something else.
    pub(super) fn differs(&self, other: &Returned) -> bool {
        let apart = |one: &Option<String>, other: &Option<String>| {
            one.as_ref()
                .zip(other.as_ref())
                .is_some_and(|(one, other)| one != other)
        };
        let what = match (&self.what, &other.what) {
            (What::One(one), What::One(other)) => apart(one, other),
            (What::Row(one), What::Row(other)) => {
                let mut columns = one.iter().zip(other);
                one.len() != other.len()
                    || columns.any(|(one, other)| one.0 != other.0 || apart(&one.1, &other.1))
            }
            // The columns of a record are those parameters that are OUT.
            (What::One(one), What::Row(_)) | (What::Row(_), What::One(one)) => {
                one.as_ref().is_some_and(|one| one != "record")
            }
        };
        what || self.many != other.many
    }
}

/// What stands behind `RETURNS`, where that is said.
pub(super) fn returned(dialect: Dialect, text: &str) -> Option<Returned> {
    let words = Words::of(dialect, text);
    let count = words.tokens.len();
    let start = 1 + (0..count).find(|at| words.is(*at, "returns"))?;
    let is_table = words.is(start, "table");
    let many = is_table || words.is(start, "setof");
    let first = if many { start + 1 } else { start };
    let (mut depth, mut parts) = (0_usize, vec![Vec::new()]);
    for at in first..count {
        let word = words.tokens[at].text(text);
        if depth == 0 && BEHIND.iter().any(|behind| words.is(at, behind)) {
            break;
        }
        match word {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "," if depth == 1 && is_table => parts.push(Vec::new()),
            _ => {}
        }
        // A function returns no length.
        let is_said = depth == usize::from(is_table) && !["(", ")", ","].contains(&word);
        if let Some(part) = parts.last_mut().filter(|_| is_said) {
            part.push(word);
        }
    }
    let what = match parts.as_slice() {
        [part] if !is_table => What::One(known(dialect, part)),
        // That of one column is no row: its name does not count.
        [part] => What::One(known(dialect, part.get(1..)?)),
        parts => {
            let columns = parts.iter().map(|part| {
                let (name, ty) = part.split_first()?;
                let name = name.trim_matches('"').to_lowercase();
                Some((name, known(dialect, ty)))
            });
            What::Row(columns.collect::<Option<_>>()?)
        }
    };
    Some(Returned { many, what })
}

/// One name for a type of the server's own, which has many.
fn known(dialect: Dialect, words: &[&str]) -> Option<String> {
    let first = words.first()?.to_lowercase();
    if words.len() == 1 && OTHERS.contains(&first.as_str()) {
        return Some(first);
    }
    // Which of two it is, its length tells; and `%TYPE` is that of a column.
    if first == "float" || words.contains(&"%") {
        return None;
    }
    one_name(&Type::parse(dialect, &words.join(" ")))
}

fn one_name(ty: &Type) -> Option<String> {
    Some(match ty {
        Type::Named(_) => return None,
        Type::Array(of) => format!("{}[]", one_name(of)?),
        Type::Interval { .. } => "interval".to_owned(),
        Type::Text { fixed: true, .. } => "bpchar".to_owned(),
        ty => format!("{ty:?}"),
    })
}

#[cfg(test)]
mod tests {
    use crate::Dialect::Postgres;
    use crate::rules::pairs::told;

    fn fails(was: &str, now: &str) -> bool {
        let made = |returns: &str| {
            format!(
                "CREATE OR REPLACE FUNCTION f(a int) RETURNS {returns} LANGUAGE sql AS 'SELECT 1';"
            )
        };
        let up = "CREATE TABLE x (id int);";
        let told = told(Postgres, &made(was), up, &made(now));
        let why = "cannot_run: the down fails: `f` returns another type, which `OR REPLACE` does not change";
        told.iter().any(|one| one == why)
    }

    /// Run on PostgreSQL 15.
    #[test]
    fn a_function_keeps_its_type() {
        for (was, now) in [
            ("int", "bigint"),
            ("int", "SETOF int"),
            ("trigger", "void"),
            ("TABLE (a int)", "TABLE (a bigint)"),
            ("TABLE (a int, b int)", "TABLE (a int, c int)"),
            ("TABLE (a int)", "TABLE (a int, b int)"),
            ("int[]", "text[]"),
            ("u", "SETOF u"),
            ("SETOF uuid", "TABLE (a int, b int)"),
        ] {
            assert!(fails(was, now), "{was}: {now}");
        }
        for (was, now) in [
            ("int", "integer"),
            ("varchar(10)", "varchar"),
            ("timestamptz", "timestamp with time zone"),
            (
                "TABLE (a int, b numeric(4, 2))",
                "table(A  int4, b decimal(4,2))",
            ),
            ("int IMMUTABLE", "int STRICT"),
            ("TABLE (a int)", "TABLE (b integer)"),
            ("TABLE (a int)", "SETOF int4"),
            ("u", "public.u"),
            ("u", "U"),
            ("int", "t.id%TYPE"),
            ("int[3]", "integer[]"),
            ("char(3)", "bpchar"),
            ("varchar(3)[]", "varchar[]"),
            ("interval", "interval year to month"),
            ("float(24)", "real"),
            ("int RETURNS NULL ON NULL INPUT", "int STRICT"),
        ] {
            assert!(!fails(was, now), "{was}: {now}");
        }
    }
}
